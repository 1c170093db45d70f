/* The readable side of reporting: what a person at a terminal wants to know, in few lines. */
#include "engine/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/mem.h"
#include "base/str.h"

#define VALUE_SHOWN 400 /* characters of one value, or line of a file, before the rest is counted */
#define LIST_SHOWN 6	/* items of a list before the rest is counted */
#define NAME_SHOWN 60	/* characters of a name where each instance has one line */
#define LINE_SHOWN 100	/* characters of a value there */

enum colour {
	PLAIN,
	RED,
	GREEN,
	YELLOW,
	DIM,
	BOLD,
};

static void paint(const struct tmd_text_options *options, struct tmd_buf *out, enum colour colour,
		  const char *text)
{
	static const char *const codes[] = { "", "\033[31m", "\033[32m", "\033[33m", "\033[2m",
					     "\033[1m" };

	if (!options->colour || colour == PLAIN) {
		tmd_buf_add_str(out, text);
		return;
	}
	tmd_buf_addf(out, "%s%s\033[0m", codes[colour], text);
}

/* Text of any origin as part of one line; answers how many characters were left out. */
static size_t add_clean(struct tmd_buf *out, const char *text, size_t width)
{
	size_t left_out = tmd_display_add(out, text, strlen(text), width);

	if (left_out)
		tmd_buf_add_str(out, " …");
	return left_out;
}

static void add_short(struct tmd_buf *out, const char *text, size_t width)
{
	size_t left_out;

	if (tmd_str_starts(text, "-----BEGIN")) {
		tmd_buf_add_str(out, "(PEM text)");
		return;
	}
	left_out = add_clean(out, text, width);
	if (left_out)
		tmd_buf_addf(out, " (%zu more)", left_out);
}

static void add_value(struct tmd_buf *out, const struct tmd_value *value)
{
	switch (value->kind) {
	case TMD_V_NULL:
		tmd_buf_add_str(out, "(none)");
		return;
	case TMD_V_BOOL:
		tmd_buf_add_str(out, value->boolean ? "yes" : "no");
		return;
	case TMD_V_INT:
		tmd_buf_addf(out, "%lld", (long long)value->integer);
		return;
	case TMD_V_STRING:
		add_short(out, value->string, VALUE_SHOWN);
		return;
	case TMD_V_LIST:
		tmd_buf_addf(out, "%zu item%s", value->list.count,
			     value->list.count == 1 ? "" : "s");
		return;
	case TMD_V_MAP:
		tmd_buf_addf(out, "%zu entr%s", value->list.count,
			     value->list.count == 1 ? "y" : "ies");
		return;
	}
}

static void add_list(struct tmd_buf *out, const struct tmd_strv *list, const char *mark)
{
	for (size_t i = 0; i < list->count && i < LIST_SHOWN; i++) {
		tmd_buf_addf(out, "        %s ", mark);
		add_short(out, list->items[i], VALUE_SHOWN);
		tmd_buf_add_char(out, '\n');
	}
	if (list->count > LIST_SHOWN)
		tmd_buf_addf(out, "        %s … and %zu more\n", mark, list->count - LIST_SHOWN);
}

static void add_key(struct tmd_buf *out, const char *key)
{
	tmd_buf_add_str(out, "        ");
	add_short(out, key, NAME_SHOWN);
	tmd_buf_add_str(out, ": ");
}

static void add_map_change(struct tmd_buf *out, const struct tmd_change *change, const char *arrow)
{
	for (size_t i = 0; i < change->to.list.count; i++) {
		const char *key = change->to.list.items[i];
		const char *from = tmd_value_map_get(&change->from, key);
		const char *to = change->to.map_values[i];

		if (tmd_str_equal(from, to))
			continue;
		add_key(out, key);
		add_short(out, from ? from : "(none)", VALUE_SHOWN);
		tmd_buf_add_str(out, arrow);
		add_short(out, to ? to : "(none)", VALUE_SHOWN);
		tmd_buf_add_char(out, '\n');
	}
}

/* What failed did not happen, or nobody knows how much of it did. */
static const char *fate_of(const struct tmd_run *run, const struct tmd_result *result)
{
	if (!result->error.kind)
		return "";
	return run->verb == TMD_VERB_APPLY && !result->changed ? "not done: " : "wanted: ";
}

static void add_change(struct tmd_buf *out, const struct tmd_run *run,
		       const struct tmd_result *result, size_t i)
{
	const struct tmd_change *change = &result->changes[i];
	const char *arrow = " -> ";

	tmd_buf_addf(out, "      %s%s: ", fate_of(run, result),
		     result->resource.type->fields[change->field].name);
	if (change->to.kind == TMD_V_MAP) {
		tmd_buf_add_char(out, '\n');
		add_map_change(out, change, arrow);
		return;
	}
	if (change->to.kind == TMD_V_LIST) {
		tmd_buf_add_char(out, '\n');
		if (change->from.kind == TMD_V_LIST)
			add_list(out, &change->from.list, "-");
		add_list(out, &change->to.list, "+");
		return;
	}
	add_value(out, &change->from);
	tmd_buf_add_str(out, arrow);
	add_value(out, &change->to);
	tmd_buf_add_char(out, '\n');
}

static bool state_moves(const struct tmd_result *result, const char *from, const char *to)
{
	const struct tmd_type *type = result->resource.type;

	for (size_t i = 0; i < result->change_count; i++) {
		const struct tmd_change *change = &result->changes[i];

		if (&type->fields[change->field] != tmd_type_state(type))
			continue;
		return (!from || tmd_str_equal(tmd_value_str(&change->from), from)) &&
		       (!to || tmd_str_equal(tmd_value_str(&change->to), to));
	}
	return false;
}

static const char *mark_of(const struct tmd_result *result, enum colour *colour)
{
	*colour = RED;
	if (result->error.kind)
		return "!";
	*colour = GREEN;
	if (!result->change_count)
		return "=";
	if (state_moves(result, TMD_ABSENT, NULL))
		return "+";
	*colour = YELLOW;
	return state_moves(result, NULL, TMD_ABSENT) ? "-" : "~";
}

static bool is_empty(const struct tmd_value *value)
{
	return (value->kind == TMD_V_LIST || value->kind == TMD_V_MAP) && !value->list.count;
}

static void add_state(const struct tmd_result *result, struct tmd_buf *out)
{
	const struct tmd_resource *r = &result->resource;

	for (size_t i = 0; i < r->type->field_count; i++) {
		const struct tmd_value *value = &r->current[i];

		if (value->kind == TMD_V_NULL || is_empty(value))
			continue;
		tmd_buf_addf(out, "      %s: ", r->type->fields[i].name);
		add_value(out, value);
		tmd_buf_add_char(out, '\n');
		if (value->kind == TMD_V_LIST)
			add_list(out, &value->list, "·");
		for (size_t k = 0; value->kind == TMD_V_MAP && k < value->list.count; k++) {
			add_key(out, value->list.items[k]);
			add_short(out, value->map_values[k] ? value->map_values[k] : "(none)",
				  VALUE_SHOWN);
			tmd_buf_add_char(out, '\n');
		}
	}
}

void tmd_report_error(const struct tmd_error *err, struct tmd_buf *out)
{
	add_clean(out, err->message, SIZE_MAX);
	if (err->path[0] && !strstr(err->message, err->path)) {
		tmd_buf_add_str(out, ": ");
		add_clean(out, err->path, SIZE_MAX);
	}
	if (err->hint[0]) {
		tmd_buf_add_str(out, " (");
		add_clean(out, err->hint, SIZE_MAX);
		tmd_buf_add_char(out, ')');
	}
	tmd_buf_add_char(out, '\n');
}

static void add_error(const struct tmd_text_options *options, const struct tmd_error *err,
		      struct tmd_buf *out)
{
	tmd_buf_add_str(out, "      ");
	paint(options, out, RED, tmd_error_kind_name(err->kind));
	tmd_buf_add_str(out, ": ");
	tmd_report_error(err, out);
}

static void add_lines(struct tmd_buf *out, char mark, const char *lines)
{
	for (const char *line = lines ? lines : ""; *line;) {
		size_t len = strcspn(line, "\n");
		TMD_AUTO_FREE char *text = tmd_strndup(line, len);

		tmd_buf_addf(out, "      %c ", mark);
		add_short(out, text, VALUE_SHOWN);
		tmd_buf_add_char(out, '\n');
		line += len + (line[len] == '\n');
	}
}

static void add_diff(const struct tmd_diff *diff, struct tmd_buf *out)
{
	if (!diff->path)
		return;
	tmd_buf_add_str(out, "      ");
	add_clean(out, diff->path, SIZE_MAX);
	tmd_buf_add_str(out, ":\n");
	add_lines(out, '-', diff->before);
	add_lines(out, '+', diff->after);
}

static void add_result(const struct tmd_run *run, const struct tmd_result *result,
		       const struct tmd_text_options *options, struct tmd_buf *out)
{
	const struct tmd_resource *r = &result->resource;
	enum colour colour;
	const char *mark = mark_of(result, &colour);
	bool get = run->verb == TMD_VERB_GET || run->verb == TMD_VERB_LIST;

	tmd_buf_add_str(out, "  ");
	paint(options, out, get && !result->error.kind ? PLAIN : colour,
	      get && !result->error.kind ? "·" : mark);
	tmd_buf_addf(out, " %s ", r->type->name);
	TMD_AUTO_BUF struct tmd_buf name = { 0 };
	add_short(&name, r->name ? r->name : "?", VALUE_SHOWN);
	paint(options, out, BOLD, tmd_buf_str(&name));
	tmd_buf_add_char(out, '\n');
	if (result->error.kind)
		add_error(options, &result->error, out);
	for (size_t i = 0; i < result->change_count; i++)
		add_change(out, run, result, i);
	if (!result->error.kind && (get || options->verbose))
		add_state(result, out);
	if ((options->diff || options->verbose) && result->change_count && (!result->error.kind || result->changed))
		add_diff(&r->diff, out);
	for (size_t i = 0; i < r->warnings.count; i++) {
		tmd_buf_add_str(out, "      ");
		paint(options, out, YELLOW, "warning");
		tmd_buf_add_str(out, ": ");
		add_clean(out, r->warnings.items[i], SIZE_MAX);
		tmd_buf_add_char(out, '\n');
	}
}

static void add_summary(const struct tmd_run *run, struct tmd_buf *out)
{
	size_t changed = 0;
	size_t failed = 0;

	for (size_t i = 0; i < run->count; i++) {
		failed += run->results[i].error.kind != TMD_E_NONE;
		changed += run->results[i].changed && !run->results[i].error.kind;
	}
	tmd_buf_addf(out, "%s: %zu resource%s", tmd_verb_name(run->verb), run->count,
		     run->count == 1 ? "" : "s");
	if (run->verb != TMD_VERB_GET)
		tmd_buf_addf(out, ", %zu %s, %zu unchanged", changed,
			     run->verb == TMD_VERB_PLAN ? "to change" : "changed",
			     run->count - changed - failed);
	tmd_buf_addf(out, ", %zu failed\n", failed);
}

/* ---- the verb list: one line for each instance, more only where something is wrong ---- */

/* A field that many types have; null where this one has none. */
static const struct tmd_value *common_field(const struct tmd_resource *r, const char *name)
{
	static const struct tmd_value none = { 0 };

	for (size_t i = 0; i < r->type->field_count; i++) {
		if (strcmp(r->type->fields[i].name, name) == 0)
			return &r->current[i];
	}
	return &none;
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
			add_clean(out, list->items[i], SIZE_MAX);
			tmd_buf_add_char(out, '\n');
		}
	}
}

/* "effective", "distrusted" and so on; NULL where there is nothing but being there. */
static const char *standing(const struct tmd_resource *r, enum colour *colour)
{
	const struct tmd_value *effective = common_field(r, "effective");
	const struct tmd_field *field = tmd_type_state(r->type);
	const char *state = field ? tmd_value_str(&r->current[field - r->type->fields]) : NULL;

	*colour = YELLOW;
	if (state && !tmd_str_equal(state, field->fallback))
		return state;
	if (effective->kind == TMD_V_NULL)
		return NULL;
	*colour = effective->boolean ? GREEN : RED;
	return effective->boolean ? "effective" : "ineffective";
}

static void add_instance(const struct tmd_resource *r, const char *value, const char *where,
			 const struct tmd_text_options *options, struct tmd_buf *out)
{
	enum colour colour;
	const char *word = standing(r, &colour);

	tmd_buf_add_str(out, "  ");
	if (word) {
		paint(options, out, colour, word);
		tmd_buf_addf(out, "%*s", (int)(13 - strlen(word)), "");
	}
	add_clean(out, r->name, NAME_SHOWN);
	if (value) {
		tmd_buf_add_char(out, '=');
		add_short(out, value, LINE_SHOWN);
	}
	tmd_buf_add_str(out, "  (");
	add_clean(out, where, SIZE_MAX);
	tmd_buf_add_str(out, ")\n");
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

static void add_list_report(const struct tmd_run *run, const struct tmd_text_options *options,
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
			add_result(run, &run->results[i], options, out);
		else
			add_found(run, r, options, out);
	}
	if (first)
		sum_up(run, first, out);
	else
		tmd_buf_add_str(out, "nothing found\n");
}

void tmd_report_text(const struct tmd_run *run, const struct tmd_text_options *options,
		     struct tmd_buf *out)
{
	if (run->verb == TMD_VERB_LIST) {
		add_list_report(run, options, out);
		return;
	}
	for (size_t i = 0; i < run->count; i++)
		add_result(run, &run->results[i], options, out);
	if (run->count)
		add_summary(run, out);
}
