/*
 * Several programs read one file with different grammars, so no single rule says where a line
 * may stand. The likely places are tried in turn and each result is read back with the
 * imitation of every reader; the first that all of them read right is taken.
 */
#include "resources/env/unix/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/unix/readers.h"

/* ---- values ---- */

static bool is_bare(const char *value)
{
	for (; *value; value++) {
		if (!tmd_is_alpha(*value) && !tmd_is_digit(*value) &&
		    !strchr("_@%+=:,./-", *value))
			return false;
	}
	return true;
}

void tmd_env_add_quoted(struct tmd_buf *out, const char *value)
{
	const char *quote = is_bare(value) ? "" : "\"";

	tmd_buf_add_str(out, quote);
	tmd_buf_add_str(out, value);
	tmd_buf_add_str(out, quote);
}

/* U+0080 to U+009F: control characters beyond ASCII, "\xC2\x80" to "\xC2\x9F". */
static bool has_high_control(const char *value)
{
	for (; *value; value++) {
		if ((unsigned char)value[0] == 0xC2 && (unsigned char)value[1] < 0xA0)
			return true;
	}
	return false;
}

const char *tmd_env_value_fault(const char *value)
{
	size_t len = strlen(value);

	if (!len)
		return "is empty";
	if (!tmd_utf8_valid(value, len))
		return "is not UTF-8";
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			return "holds a control character";
	}
	if (has_high_control(value))
		return "holds a control character";
	if (strchr(value, '#'))
		return "holds a '#', which pam_env takes for a comment";
	if (strchr(value, '$'))
		return "holds a '$', which systemd and shells expand";
	if (strchr(value, '\\'))
		return "holds a backslash, which systemd and shells drop";
	if (strpbrk(value, "\"'`"))
		return "holds a quote, which no two programs read alike";
	if (value[0] == ' ' || value[len - 1] == ' ')
		return "begins or ends with a blank";
	return NULL;
}

/* ---- readers ---- */

struct dialect {
	void (*read)(struct tmd_env_reader *reader, const char *data, size_t len);
	enum tmd_env_by by;
	bool comment_joins;
};

static const struct dialect dialects[] = {
	{ tmd_env_read_pam, TMD_ENV_BY_PAM, false },
	{ tmd_env_read_environment_d, TMD_ENV_BY_ENVIRONMENT_D, false },
	{ tmd_env_read_environment_d, TMD_ENV_BY_ENVIRONMENT_D, true },
	{ tmd_env_read_sh, TMD_ENV_BY_SH, false },
};

#define DIALECTS (sizeof(dialects) / sizeof(*dialects))

struct editor {
	const struct tmd_env_edit *edit;
	const struct tmd_buf *text;
	struct tmd_env_vars before[DIALECTS];
	struct tmd_env_spans own;  /* whole lines that set or unset the variable, merged */
	struct tmd_env_spans tops; /* only the first line of each */
	struct tmd_strv problems;
	size_t own_line; /* the last one that sets it, 0: none */
	bool wish_holds; /* as the text is */
	bool comment_splits;
};

static void read_with(const struct dialect *dialect, const struct tmd_env_edit *edit,
		      const struct tmd_buf *text, struct tmd_env_reader *reader)
{
	reader->path = edit->path;
	reader->watch = edit->name;
	reader->envd.literal = true;
	reader->envd.comment_joins = dialect->comment_joins;
	dialect->read(reader, tmd_buf_str(text), text->len);
}

/* Does this reader get exactly what is wished for? */
static bool reads_wish(const struct tmd_env_edit *edit, const struct tmd_env_reader *reader)
{
	const struct tmd_env_var *var = tmd_env_vars_find(reader->vars, edit->name);

	if (reader->vars->overflow)
		return false;
	if (!edit->value)
		return !var;
	return var && reader->end != TMD_ENV_GIVES_UP && !var->unknown && var->exported &&
	       strcmp(var->value, edit->value) == 0;
}

/*
 * Does the new line stand by itself for this reader, and not as the end of a line before it
 * that ends in a backslash? It would be hard to find again.
 */
static bool stands_alone(const struct tmd_env_reader *reader, const struct tmd_env_span *line)
{
	bool found = line->start == line->end; /* there is no new line */

	for (size_t i = 0; i < reader->spans.count; i++) {
		const struct tmd_env_span *span = &reader->spans.items[i];

		if (span->start >= line->end || span->end <= line->start)
			continue;
		if (span->start < line->start || span->end > line->end)
			return false;
		found = true;
	}
	return found;
}

/* Does it matter? Two of the dialects are one where no comment ends in a backslash. */
static bool is_needed(const struct editor *ed, const struct dialect *dialect, bool comment_splits)
{
	if (!(ed->edit->readers & dialect->by))
		return false;
	return !dialect->comment_joins || comment_splits || ed->comment_splits;
}

/* Does every reader of `text` get the wish, and everything else as before? */
static bool all_agree(const struct editor *ed, const struct tmd_buf *text,
		      const struct tmd_env_span *line)
{
	bool comment_splits = false;
	bool agree = true;

	for (size_t i = 0; i < DIALECTS && agree; i++) {
		TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
		TMD_AUTO_ENV_READER struct tmd_env_reader reader = { .vars = &vars };

		if (!is_needed(ed, &dialects[i], comment_splits))
			continue;
		read_with(&dialects[i], ed->edit, text, &reader);
		comment_splits = comment_splits || reader.envd.comment_splits;
		agree = reads_wish(ed->edit, &reader) && stands_alone(&reader, line) &&
			tmd_env_vars_same(&ed->before[i], &vars, ed->edit->name);
	}
	return agree;
}

/* ---- the lines that are ours ---- */

static size_t line_start(const struct tmd_buf *text, size_t at)
{
	while (at && text->data[at - 1] != '\n')
		at--;
	return at;
}

/* The end of the line that holds the byte before `at`, its newline included. */
static size_t line_end(const struct tmd_buf *text, size_t at)
{
	while (at < text->len && (!at || text->data[at - 1] != '\n'))
		at++;
	return at;
}

static int compare_spans(const void *a, const void *b)
{
	const struct tmd_env_span *left = a;
	const struct tmd_env_span *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static void merge(struct tmd_env_spans *list)
{
	size_t kept = 0;

	if (!list->count)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_spans);
	for (size_t i = 1; i < list->count; i++) {
		struct tmd_env_span *last = &list->items[kept];

		if (list->items[i].start >= last->end)
			list->items[++kept] = list->items[i];
		else if (list->items[i].end > last->end)
			last->end = list->items[i].end;
	}
	list->count = kept + 1;
}

static void collect_spans(struct editor *ed, const struct tmd_env_reader *reader)
{
	for (size_t i = 0; i < reader->spans.count; i++) {
		size_t start = line_start(ed->text, reader->spans.items[i].start);

		tmd_env_spans_add(&ed->own, start, line_end(ed->text, reader->spans.items[i].end));
		tmd_env_spans_add(&ed->tops, start, line_end(ed->text, start + 1));
	}
}

static void note_setter(struct editor *ed)
{
	for (size_t i = 0; i < DIALECTS; i++) {
		const struct tmd_env_var *var =
			tmd_env_vars_entry(&ed->before[i], ed->edit->name);

		if (var && var->line > ed->own_line)
			ed->own_line = var->line;
	}
}

static void survey(struct editor *ed)
{
	ed->wish_holds = true;
	for (size_t i = 0; i < DIALECTS; i++) {
		TMD_AUTO_ENV_READER struct tmd_env_reader reader = {
			.vars = &ed->before[i], .problems = &ed->problems
		};

		if (!(ed->edit->readers & dialects[i].by))
			continue;
		read_with(&dialects[i], ed->edit, ed->text, &reader);
		ed->wish_holds = ed->wish_holds && reads_wish(ed->edit, &reader);
		ed->comment_splits = ed->comment_splits || reader.envd.comment_splits;
		collect_spans(ed, &reader);
	}
	merge(&ed->own);
	merge(&ed->tops);
	note_setter(ed);
}

static void release(struct editor *ed)
{
	for (size_t i = 0; i < DIALECTS; i++)
		tmd_env_vars_release(&ed->before[i]);
	free(ed->own.items);
	free(ed->tops.items);
	tmd_strv_release(&ed->problems);
}

/* ---- candidates ---- */

enum place { PLACE_KEPT, PLACE_END, PLACE_TOP, PLACE_SECOND, PLACE_COUNT };

#define NOWHERE SIZE_MAX

/* Where the new line goes, as an offset into the old text; NOWHERE when there is no such place. */
static size_t place_offset(const struct editor *ed, const struct tmd_env_spans *cuts,
			   enum place place)
{
	const char *newline;

	switch (place) {
	case PLACE_KEPT:
		return cuts->count ? cuts->items[cuts->count - 1].start : NOWHERE;
	case PLACE_END:
		return ed->text->len;
	case PLACE_TOP:
		return 0;
	case PLACE_SECOND:
		newline = ed->text->len ? memchr(ed->text->data, '\n', ed->text->len) : NULL;
		return newline ? (size_t)(newline - ed->text->data) + 1 : NOWHERE;
	case PLACE_COUNT:
		break;
	}
	return NOWHERE;
}

static void put_line(const struct tmd_env_edit *edit, struct tmd_buf *out,
		     struct tmd_env_span *line)
{
	if (out->len && out->data[out->len - 1] != '\n')
		tmd_buf_add_char(out, '\n');
	line->start = out->len;
	if (edit->readers & TMD_ENV_BY_SH)
		tmd_buf_add_str(out, "export ");
	tmd_buf_addf(out, "%s=", edit->name);
	tmd_env_add_quoted(out, edit->value);
	tmd_buf_add_char(out, '\n');
	line->end = out->len;
}

static void copy_range(const struct editor *ed, size_t from, size_t to, size_t *insert,
		       struct tmd_buf *out, struct tmd_env_span *line)
{
	const char *data = tmd_buf_str(ed->text);

	if (*insert != NOWHERE && *insert <= to) {
		size_t at = *insert > from ? *insert : from;

		tmd_buf_add(out, data + from, at - from);
		put_line(ed->edit, out, line);
		*insert = NOWHERE;
		from = at;
	}
	tmd_buf_add(out, data + from, to - from);
}

/* A file without a final newline stays one, unless the line before ends in CR LF. */
static void keep_missing_newline(const struct tmd_buf *text, struct tmd_buf *out)
{
	if (!text->len || text->data[text->len - 1] == '\n')
		return;
	if (!out->len || out->data[out->len - 1] != '\n')
		return;
	if (out->len > 1 && out->data[out->len - 2] == '\r')
		return;
	out->data[--out->len] = '\0';
}

/*
 * Does the text without the `cuts`, and with the new line at `insert` unless that is NOWHERE,
 * suit every reader? It is left in `out`.
 */
static bool try_text(const struct editor *ed, const struct tmd_env_spans *cuts, size_t insert,
		     struct tmd_buf *out)
{
	struct tmd_env_span line = { 0, 0 };
	size_t at = 0;

	tmd_buf_clear(out);
	for (size_t i = 0; i < cuts->count; i++) {
		copy_range(ed, at, cuts->items[i].start, &insert, out, &line);
		at = cuts->items[i].end;
	}
	copy_range(ed, at, ed->text->len, &insert, out, &line);
	keep_missing_newline(ed->text, out);
	return all_agree(ed, out, &line);
}

static bool try_cuts(const struct editor *ed, const struct tmd_env_spans *cuts, struct tmd_buf *out)
{
	if (!ed->edit->value)
		return try_text(ed, cuts, NOWHERE, out);
	for (int place = 0; place < PLACE_COUNT; place++) {
		size_t insert = place_offset(ed, cuts, (enum place)place);

		if (insert != NOWHERE && try_text(ed, cuts, insert, out))
			return true;
	}
	return false;
}

static enum tmd_rc fail_no_place(const struct editor *ed, struct tmd_error *err)
{
	const struct tmd_env_edit *edit = ed->edit;
	TMD_AUTO_FREE char *hint = NULL;

	if (ed->problems.count)
		return tmd_fail(err, TMD_E_CONFLICT, edit->path,
				"repair that line by hand, then run this again",
				"%s cannot be %s here so that every program reads it: %s",
				edit->name, edit->value ? "set" : "unset",
				ed->problems.items[0]);
	hint = tmd_format("edit line %zu by hand so that %s stands on a plain line of its own, "
			  "or is gone", ed->own_line, edit->name);
	return tmd_fail(err, TMD_E_CONFLICT, edit->path, ed->own_line ? hint : NULL,
			"%s cannot be %s here without changing what else the file does%s",
			edit->name, edit->value ? "set" : "unset",
			ed->own_line ? ", for it is not set by a plain line" : "");
}

enum tmd_rc tmd_env_edit_text(const struct tmd_env_edit *edit, const struct tmd_buf *text,
			      struct tmd_buf *out, struct tmd_error *err)
{
	struct editor ed = { .edit = edit, .text = text };
	TMD_AUTO_BUF struct tmd_buf candidate = { 0 };
	const struct tmd_buf *found = &candidate;
	enum tmd_rc rc = TMD_OK;

	survey(&ed);
	if (ed.wish_holds)
		found = text;
	else if (!try_cuts(&ed, &ed.own, &candidate) && !try_cuts(&ed, &ed.tops, &candidate))
		rc = fail_no_place(&ed, err);
	release(&ed);
	if (rc)
		return TMD_FAILED;
	tmd_buf_clear(out);
	tmd_buf_add(out, tmd_buf_str(found), found->len);
	return TMD_OK;
}
