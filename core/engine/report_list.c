/* What the verb list found: one line for each instance, more only where something is wrong. */
#include "engine/report_parts.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define NAME_SHOWN 60	 /* characters of a name */
#define SUBJECT_SHOWN 52 /* and of one behind date and digits: a line has at most 100 */
#define LINE_SHOWN 100	 /* characters of a value */
#define DATE_LEN 10	 /* "2037-12-31" */
#define DIGITS_SHOWN 16	 /* of a fingerprint; -v has all */

/* A field that many types have; null where this one has none. */
static const struct tmd_value *common_field(const struct tmd_resource *r, const char *name)
{
	static const struct tmd_value none = { 0 };
	size_t i = tmd_field_find(r->type->fields, r->type->field_count, name);

	return i < r->type->field_count ? &r->current[i] : &none;
}

/* What is said of an instance: its n-th list of sentences; NULL behind the last. */
static const struct tmd_strv *notes(const struct tmd_resource *r, size_t n)
{
	static const char *const fields[] = { "reasons", "problems", "strays" };
	size_t count = sizeof(fields) / sizeof(*fields);

	if (n < count)
		return &common_field(r, fields[n])->list;
	return n == count ? &r->warnings : NULL;
}

static bool says(const struct tmd_resource *r, const char *text)
{
	bool found = false;

	for (size_t n = 0; notes(r, n) && !found; n++)
		found = tmd_strv_has(notes(r, n), text);
	return found;
}

/* What is wrong with the store as a whole would be told a hundred times. */
static bool all_say(const struct tmd_run *run, const struct tmd_type *type, const char *text)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *r = &run->results[i].resource;

		if (r->type == type && !says(r, text))
			return false;
		count += r->type == type;
	}
	return count > 1;
}

static void add_notes(const struct tmd_run *run, const struct tmd_resource *r, bool of_all,
		      const char *mark, struct tmd_buf *out)
{
	for (size_t n = 0; notes(r, n); n++) {
		const struct tmd_strv *list = notes(r, n);

		for (size_t i = 0; i < list->count; i++) {
			if (all_say(run, r->type, list->items[i]) != of_all)
				continue;
			tmd_buf_add_str(out, mark);
			tmd_text_add(out, list->items[i], SIZE_MAX);
			tmd_buf_add_char(out, '\n');
		}
	}
}

/* "effective", "distrusted" and so on; NULL where there is nothing but being there. */
static const char *standing(const struct tmd_resource *r, enum tmd_colour *colour)
{
	const struct tmd_value *effective = common_field(r, "effective");
	const struct tmd_field *field = tmd_type_state(r->type);
	const char *state = field ? tmd_value_str(&r->current[field - r->type->fields]) : NULL;

	*colour = TMD_YELLOW;
	if (state && !tmd_str_equal(state, field->fallback))
		return state;
	if (effective->kind == TMD_V_NULL)
		return NULL;
	*colour = effective->boolean ? TMD_GREEN : TMD_RED;
	return effective->boolean ? "effective" : "ineffective";
}

/* Until when a certificate holds, and which one it is; false: it is no certificate. */
static bool add_certificate(const struct tmd_resource *r, struct tmd_buf *out)
{
	const char *expiry = tmd_value_str(common_field(r, "not_after"));
	const char *sha256 = tmd_value_str(common_field(r, "sha256"));

	if (!expiry || !sha256)
		return false;
	tmd_buf_addf(out, "%-*.*s  %.*s  ", DATE_LEN, DATE_LEN, expiry, DIGITS_SHOWN, sha256);
	return true;
}

static void add_instance(const struct tmd_resource *r, const char *value, const char *where,
			 const struct tmd_text_options *options, struct tmd_buf *out)
{
	enum tmd_colour colour;
	const char *word = standing(r, &colour);
	bool is_certificate;

	tmd_buf_add_str(out, "  ");
	if (word) {
		tmd_text_paint(options, out, colour, word);
		tmd_buf_addf(out, "%*s", (int)(13 - strlen(word)), "");
	}
	is_certificate = add_certificate(r, out);
	tmd_text_add(out, r->name, is_certificate ? SUBJECT_SHOWN : NAME_SHOWN);
	if (value) {
		tmd_buf_add_char(out, '=');
		tmd_text_add_short(out, value, LINE_SHOWN);
	}
	if (!is_certificate) {
		tmd_buf_add_str(out, "  (");
		tmd_text_add(out, where, SIZE_MAX);
		tmd_buf_add_char(out, ')');
	}
	tmd_buf_add_char(out, '\n');
}

/* A line for each different value, with the places that have it. */
static void add_values(const struct tmd_resource *r, const struct tmd_value *map,
		       const struct tmd_text_options *options, struct tmd_buf *out)
{
	for (size_t i = 0; i < map->list.count; i++) {
		TMD_AUTO_BUF struct tmd_buf places = { 0 };
		const char *value = map->map_values[i];
		bool told = !value;

		for (size_t k = 0; k < map->list.count && !told; k++) {
			if (!tmd_str_equal(map->map_values[k], value))
				continue;
			told = k < i;
			tmd_buf_addf(&places, "%s%s", places.len ? ", " : "", map->list.items[k]);
		}
		if (!told)
			add_instance(r, value, tmd_buf_str(&places), options, out);
	}
}

static void add_found(const struct tmd_run *run, const struct tmd_resource *r,
		      const struct tmd_text_options *options, struct tmd_buf *out)
{
	const char *value = tmd_value_str(common_field(r, "value"));
	const struct tmd_value *map = common_field(r, "per_target");

	if (!value)
		value = tmd_value_str(common_field(r, "version"));

	if (value || !map->list.count)
		add_instance(r, value, r->backend, options, out);
	else
		add_values(r, map, options, out);
	add_notes(run, r, false, "      ", out);
}

/* The end of what was found of a type: "142 anchors: 141 effective, 1 not". */
static void sum_up(const struct tmd_run *run, const struct tmd_resource *first, struct tmd_buf *out)
{
	const char *plural = first->type->plural ? first->type->plural : first->type->name;
	size_t good = 0;
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *r = &run->results[i].resource;

		if (r->type != first->type)
			continue;
		count++;
		good += tmd_value_bool(common_field(r, "effective"), false);
	}
	add_notes(run, first, true, "  all: ", out);
	tmd_buf_addf(out, "%zu %.*s", count, (int)(strlen(plural) - (count == 1)), plural);
	if (common_field(first, "effective")->kind != TMD_V_NULL)
		tmd_buf_addf(out, ": %zu effective, %zu not", good, count - good);
	tmd_buf_add_char(out, '\n');
}

/* What no type lists, a kind after the other. */
static void add_findings(const struct tmd_findings *found, struct tmd_buf *out)
{
	for (int kind = 0; kind < TMD_FIND_KINDS; kind++) {
		size_t count;
		const struct tmd_finding *items =
			tmd_findings_of(found, (enum tmd_find_kind)kind, &count);

		for (size_t i = 0; i < count; i++) {
			tmd_buf_add_str(out, "  ");
			tmd_text_add(out, items[i].path, SIZE_MAX);
			tmd_buf_addf(out, "  (%s)\n", items[i].detail);
		}
		if (count)
			tmd_buf_addf(out, "%zu %s\n", count,
				     tmd_find_kind_name((enum tmd_find_kind)kind, count > 1));
	}
}

void tmd_report_list(const struct tmd_run *run, const struct tmd_text_options *options,
			    struct tmd_buf *out)
{
	const struct tmd_resource *first = NULL;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *r = &run->results[i].resource;

		if (first && first->type != r->type)
			sum_up(run, first, out);
		if (!first || first->type != r->type)
			first = r;
		if (options->verbose)
			tmd_report_result(run, &run->results[i], options, out);
		else
			add_found(run, r, options, out);
	}
	if (first)
		sum_up(run, first, out);
	add_findings(&run->found, out);
	if (!first && !run->found.count)
		tmd_buf_add_str(out, "nothing found\n");
	for (size_t i = 0; i < run->remarks.count; i++) {
		tmd_text_add(out, run->remarks.items[i], SIZE_MAX);
		tmd_buf_add_char(out, '\n');
	}
}
