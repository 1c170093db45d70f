/* Only whole lines are touched; what programs make of the result is asked before it is written. */
#include "resources/env/unix/edit.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

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

/* ---- lines ---- */

#define NOWHERE SIZE_MAX

struct survey { /* of the text as it is */
	size_t last;	/* where the last line that is ours begins, or NOWHERE */
	size_t safe;	/* where a new line is read by everybody: the end, or before an open quote */
	size_t foreign; /* the number of the last line that does more than to set it; 0: none */
	size_t settled; /* that of the last one that is ours */
};

static struct survey look_at(const struct tmd_env_edit *edit, const struct tmd_buf *text)
{
	struct survey survey = { .last = NOWHERE, .safe = NOWHERE };
	struct tmd_env_line line = { 0 };

	while (tmd_env_next_line(text, &line)) {
		TMD_AUTO_FREE char *value = NULL;

		if (tmd_env_line_is_own(text, &line, edit->name)) {
			survey.last = line.start;
			survey.settled = line.number;
			continue;
		}
		if (tmd_env_line_says(text, &line, edit->name, TMD_ENV_DATA, &value))
			survey.foreign = line.number;
		if (survey.safe == NOWHERE && !line.joined &&
		    tmd_env_line_upsets(text, &line))
			survey.safe = line.start;
	}
	if (survey.safe == NOWHERE)
		survey.safe = text->len;
	return survey;
}

static void put_line(const struct tmd_env_edit *edit, struct tmd_buf *out)
{
	if (out->len && out->data[out->len - 1] != '\n')
		tmd_buf_add_char(out, '\n');
	tmd_buf_addf(out, "%s=", edit->name);
	tmd_env_add_quoted(out, edit->value);
	tmd_buf_add_char(out, '\n');
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

static void rewrite(const struct tmd_env_edit *edit, const struct tmd_buf *text, size_t insert,
		    struct tmd_buf *out)
{
	struct tmd_env_line line = { 0 };

	tmd_buf_clear(out);
	while (tmd_env_next_line(text, &line)) {
		if (edit->value && line.start == insert)
			put_line(edit, out);
		if (!tmd_env_line_is_own(text, &line, edit->name))
			tmd_buf_add(out, text->data + line.start, line.next - line.start);
	}
	if (edit->value && insert == text->len)
		put_line(edit, out);
	keep_missing_newline(text, out);
}

static enum tmd_rc fail_foreign_line(const struct tmd_env_edit *edit, size_t line,
				     struct tmd_error *err)
{
	TMD_AUTO_FREE char *hint =
		tmd_format("edit line %zu by hand so that %s stands on a plain line of its own, "
			   "or is gone", line, edit->name);

	return tmd_fail(err, TMD_E_CONFLICT, edit->path, hint,
			"%s cannot be %s here without changing what else the file does, for line "
			"%zu does more than to set it", edit->name, edit->value ? "set" : "unset",
			line);
}

enum tmd_rc tmd_env_edit_text(const struct tmd_env_edit *edit, const struct tmd_buf *text,
			      struct tmd_buf *out, struct tmd_error *err)
{
	const struct survey survey = look_at(edit, text);
	size_t insert = survey.last < survey.safe ? survey.last : survey.safe;

	if (survey.foreign > survey.settled || (survey.foreign && !edit->value))
		return fail_foreign_line(edit, survey.foreign, err);
	rewrite(edit, text, insert, out);
	return TMD_OK;
}
