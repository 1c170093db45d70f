/* The readable side of reporting: what a person at a terminal wants to know, in few lines. */
#include "engine/report_parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define VALUE_SHOWN 400 /* characters of one value, or line of a file, before the rest is counted */
#define NAME_SHOWN 60	/* characters of a key */
#define LIST_SHOWN 6	/* items of a list before the rest is counted */

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
		tmd_text_add_short(out, value->string, VALUE_SHOWN);
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

static void add_list(struct tmd_buf *out, const struct tmd_strv *list, const char *mark, bool all)
{
	size_t shown = all || list->count < LIST_SHOWN ? list->count : LIST_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		tmd_buf_addf(out, "        %s ", mark);
		tmd_text_add_short(out, list->items[i], VALUE_SHOWN);
		tmd_buf_add_char(out, '\n');
	}
	if (list->count > shown)
		tmd_buf_addf(out, "        %s … and %zu more\n", mark, list->count - shown);
}

static void add_key(struct tmd_buf *out, const char *key)
{
	tmd_buf_add_str(out, "        ");
	tmd_text_add_short(out, key, NAME_SHOWN);
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
		tmd_text_add_short(out, from ? from : "(none)", VALUE_SHOWN);
		tmd_buf_add_str(out, arrow);
		tmd_text_add_short(out, to ? to : "(none)", VALUE_SHOWN);
		tmd_buf_add_char(out, '\n');
	}
}

/* What failed did not happen, or nobody knows how much of it did. */
static const char *fate_of(const struct tmd_run *run, const struct tmd_result *result)
{
	if (!tmd_text_failed(result) || result->resource.shortfall.kind)
		return "";
	return run->verb == TMD_VERB_APPLY && !result->changed ? "not done: " : "wanted: ";
}

static void add_list_change(struct tmd_buf *out, const struct tmd_change *change, bool all)
{
	tmd_buf_add_char(out, '\n');
	if (change->from.kind == TMD_V_LIST)
		add_list(out, &change->from.list, "-", all);
	add_list(out, &change->to.list, "+", all);
}

void tmd_text_add_change(struct tmd_buf *out, const struct tmd_result *result, size_t i, bool all)
{
	const struct tmd_change *change = &result->changes[i];
	const struct tmd_outline *outline = &result->outline;
	const char *arrow = " -> ";

	tmd_buf_addf(out, "%s: ", result->resource.type->fields[change->field].name);
	if (change->to.kind == TMD_V_MAP) {
		tmd_buf_add_char(out, '\n');
		add_map_change(out, change, arrow);
		return;
	}
	if (change->to.kind == TMD_V_LIST) {
		add_list_change(out, change, all);
		return;
	}
	if (outline->text && outline->field == change->field) {
		tmd_text_add_short(out, outline->text, VALUE_SHOWN);
		tmd_buf_add_char(out, '\n');
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

static const char *mark_of(const struct tmd_result *result, enum tmd_colour *colour)
{
	*colour = TMD_RED;
	if (tmd_text_failed(result))
		return "!";
	*colour = TMD_GREEN;
	if (!result->change_count)
		return "=";
	if (state_moves(result, TMD_ABSENT, NULL))
		return "+";
	*colour = TMD_YELLOW;
	return state_moves(result, NULL, TMD_ABSENT) ? "-" : "~";
}

static bool is_empty(const struct tmd_value *value)
{
	return (value->kind == TMD_V_LIST || value->kind == TMD_V_MAP) && !value->list.count;
}

static void add_state(const struct tmd_result *result, bool all, struct tmd_buf *out)
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
			add_list(out, &value->list, "·", all);
		for (size_t k = 0; value->kind == TMD_V_MAP && k < value->list.count; k++) {
			add_key(out, value->list.items[k]);
			tmd_text_add_short(out, value->map_values[k] ? value->map_values[k] : "(none)",
				  VALUE_SHOWN);
			tmd_buf_add_char(out, '\n');
		}
	}
}

void tmd_report_error(const struct tmd_error *err, struct tmd_buf *out)
{
	tmd_text_add(out, err->message, SIZE_MAX);
	if (err->path[0] && !strstr(err->message, err->path)) {
		tmd_buf_add_str(out, ": ");
		tmd_text_add(out, err->path, SIZE_MAX);
	}
	if (err->hint[0]) {
		tmd_buf_add_str(out, " (");
		tmd_text_add(out, err->hint, SIZE_MAX);
		tmd_buf_add_char(out, ')');
	}
	tmd_buf_add_char(out, '\n');
}

static void add_error(const struct tmd_text_options *options, const struct tmd_error *err,
		      struct tmd_buf *out)
{
	tmd_buf_add_str(out, "      ");
	tmd_text_paint(options, out, TMD_RED, tmd_error_kind_name(err->kind));
	tmd_buf_add_str(out, ": ");
	tmd_report_error(err, out);
}

static void add_lines(struct tmd_buf *out, char mark, const char *lines)
{
	for (const char *line = lines ? lines : ""; *line;) {
		size_t len = strcspn(line, "\n");
		TMD_AUTO_FREE char *text = tmd_strndup(line, len);

		tmd_buf_addf(out, "      %c ", mark);
		tmd_text_add_short(out, text, VALUE_SHOWN);
		tmd_buf_add_char(out, '\n');
		line += len + (line[len] == '\n');
	}
}

static void add_diff(const struct tmd_diff *diff, struct tmd_buf *out)
{
	if (!diff->path)
		return;
	tmd_buf_add_str(out, "      ");
	tmd_text_add(out, diff->path, SIZE_MAX);
	tmd_buf_add_str(out, ":\n");
	add_lines(out, '-', diff->before);
	add_lines(out, '+', diff->after);
}

/* What failed is marked as such even where nothing was to change. */
static void add_head(const struct tmd_run *run, const struct tmd_result *result,
		     const struct tmd_text_options *options, struct tmd_buf *out)
{
	const struct tmd_resource *r = &result->resource;
	bool read = tmd_text_reads(run) && !result->error.kind;
	TMD_AUTO_BUF struct tmd_buf name = { 0 };
	enum tmd_colour colour;
	const char *mark = mark_of(result, &colour);

	tmd_buf_add_str(out, "  ");
	tmd_text_paint(options, out, read ? TMD_PLAIN : colour, read ? "·" : mark);
	tmd_buf_addf(out, " %s ", r->type->name);
	tmd_text_add_short(&name, r->name ? r->name : "?", VALUE_SHOWN);
	tmd_text_paint(options, out, TMD_BOLD, tmd_buf_str(&name));
	tmd_buf_add_char(out, '\n');
}

static void add_warnings(const struct tmd_text_options *options, const struct tmd_resource *r,
			 struct tmd_buf *out)
{
	for (size_t i = 0; i < r->warnings.count; i++) {
		tmd_buf_add_str(out, "      ");
		tmd_text_paint(options, out, TMD_YELLOW, "warning");
		tmd_buf_add_str(out, ": ");
		tmd_text_add(out, r->warnings.items[i], SIZE_MAX);
		tmd_buf_add_char(out, '\n');
	}
}

void tmd_report_result(const struct tmd_run *run, const struct tmd_result *result,
		       const struct tmd_text_options *options, struct tmd_buf *out)
{
	const struct tmd_resource *r = &result->resource;
	bool read = tmd_text_reads(run);

	add_head(run, result, options, out);
	if (tmd_text_failed(result))
		add_error(options, &result->error, out);
	for (size_t i = 0; i < result->change_count && !read; i++) {
		tmd_buf_addf(out, "      %s", fate_of(run, result));
		tmd_text_add_change(out, result, i, options->verbose);
	}
	if ((!result->error.kind || r->shortfall.kind) && (read || options->verbose))
		add_state(result, options->verbose, out);
	if ((options->diff || options->verbose) && result->change_count && !read &&
	    (!tmd_text_failed(result) || result->changed) &&
	    (options->verbose || !result->outline.text))
		add_diff(&r->diff, out);
	add_warnings(options, r, out);
}

void tmd_report_text(const struct tmd_run *run, const struct tmd_text_options *options,
		     struct tmd_buf *out)
{
	if (run->verb == TMD_VERB_LIST) {
		tmd_report_list(run, options, out);
		return;
	}
	if (run->verb == TMD_VERB_CHECK) {
		tmd_report_check(run, options, out);
		return;
	}
	if (run->verb == TMD_VERB_EXPLAIN) {
		tmd_report_explain(run, options, out);
		return;
	}
	for (size_t i = 0; i < run->count; i++)
		tmd_report_result(run, &run->results[i], options, out);
	if (run->count)
		tmd_report_close(run, options, out);
}
