/*
 * How pam_env (Linux-PAM 1.4 and later) reads /etc/environment and pam_env.conf. It knows
 * no shell grammar: a '#' ends the line even inside quotes, one quote at each end of a value
 * is dropped, and a line that it cannot buffer ends the reading without a word.
 */
#include "resources/env/unix/readers.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

struct pam_input {
	struct tmd_env_reader *reader;
	const char *data;
	size_t len;
	size_t at;
	size_t number; /* of the physical line at `at` */

	/* the logical line read last */
	struct tmd_buf text;
	size_t start;
	size_t line;
};

enum pam_line { LINE_READ, LINE_END, LINE_BROKEN };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/*
 * One physical line into *text and *len, without what follows a NUL; false where the
 * real buffer of `room` bytes does not take it.
 */
static bool next_physical(struct pam_input *in, size_t room, const char **text, size_t *len)
{
	const char *from = in->data + in->at;
	size_t left = in->len - in->at;
	const char *newline = memchr(from, '\n', left);
	size_t size = newline ? (size_t)(newline - from) + 1 : left;
	const char *nul = memchr(from, '\0', size);

	if (size > room - 1 || (!newline && size == room - 1)) {
		tmd_env_reader_problem(in->reader, in->number,
				       "too long for pam_env, which reads nothing from here on");
		return false;
	}
	if (nul && (newline || nul == from)) {
		tmd_env_reader_problem(in->reader, in->number,
				       "holds a NUL byte; pam_env reads nothing from here on");
		return false;
	}
	if (size >= TMD_ENV_PAM_LINE_OLD)
		tmd_env_reader_problem(in->reader, in->number,
				       "longer than %d bytes, where older pam_env cuts it",
				       TMD_ENV_PAM_LINE_OLD - 1);
	*text = from;
	*len = nul ? (size_t)(nul - from) : size;
	in->at += size;
	in->number++;
	return true;
}

/* Does the line go on? Then *len is cut before its backslash. */
static bool cut_backslash(const char *text, size_t *len)
{
	size_t end = *len;

	while (end && is_blank(text[end - 1]))
		end--;
	if (!end || text[end - 1] != '\\')
		return false;
	*len = end - 1;
	return true;
}

/* Adds one physical line; true when the logical line is complete with it. */
static bool add_physical(struct pam_input *in, const char *text, size_t len, size_t start,
			 bool *begun)
{
	const char *hash = memchr(text, '#', len);
	size_t skip = 0;
	bool joins = false;

	while (skip < len && is_blank(text[skip]))
		skip++;
	if (skip == len || text[skip] == '#')
		return false;
	if (!*begun) {
		*begun = true;
		in->start = start;
		in->line = in->number - 1;
	}
	if (hash)
		len = (size_t)(hash - text);
	else
		joins = cut_backslash(text, &len);
	tmd_buf_add(&in->text, text, len);
	return !joins;
}

static enum pam_line next_logical(struct pam_input *in)
{
	bool begun = false;
	const char *text;
	size_t len;

	tmd_buf_clear(&in->text);
	for (;;) {
		size_t start = in->at;

		if (in->at == in->len) {
			if (!in->text.len)
				return LINE_END;
			tmd_env_reader_problem(in->reader, in->line,
					       "ends in a backslash with nothing after it; "
					       "pam_env drops the line");
			return LINE_BROKEN;
		}
		if (!next_physical(in, TMD_ENV_PAM_LINE - in->text.len, &text, &len))
			return LINE_BROKEN;
		if (add_physical(in, text, len, start, &begun))
			return LINE_READ;
	}
}

/* A quote in front goes, and then one of either kind at the very end. */
static const char *strip_quotes(char *value)
{
	size_t len = strlen(value);

	if (value[0] != '"' && value[0] != '\'')
		return value;
	if (len > 1 && (value[len - 1] == '"' || value[len - 1] == '\''))
		value[len - 1] = '\0';
	return value + 1;
}

static void assign(struct pam_input *in, const char *name, char *equals)
{
	struct tmd_env_reader *reader = in->reader;
	struct tmd_env_var *var;

	if (equals) {
		const char *value = strip_quotes(equals + 1);

		if (value[0] && value[strlen(value) - 1] == '\r')
			tmd_env_reader_problem(reader, in->line,
					       "ends in CR LF; pam_env makes the CR part of %s",
					       name);
		tmd_env_vars_set(reader->vars, name, value, reader->path, in->line);
	} else if (tmd_env_vars_find(reader->vars, name)) {
		var = tmd_env_vars_touch(reader->vars, name, reader->path, in->line);
		free(var->value);
		var->value = NULL;
	}
	if (tmd_str_equal(name, reader->watch))
		tmd_env_spans_add(&reader->spans, in->start, in->at);
}

static bool key_valid(const char *key)
{
	for (const char *c = key; *c; c++) {
		if (!tmd_env_name_char(*c))
			return false;
	}
	return key[0] != '\0';
}

/* People who write NAME = value mean a variable, and systemd takes it for one. */
static void note_blank(struct pam_input *in, const char *key)
{
	const struct tmd_env_vars *vars = in->reader->vars;
	TMD_AUTO_FREE char *name = tmd_strndup(key, strcspn(key, " \t"));

	if (key[strlen(name) + strspn(key + strlen(name), " \t")] || !key_valid(name) ||
	    (vars->keeps && !vars->keeps(vars->watch, name)))
		return;
	tmd_env_reader_problem(in->reader, in->line,
			       "pam_env passes over %s for the blank before its '=': remove the blank",
			       name);
}

static void read_assignment(struct pam_input *in)
{
	TMD_AUTO_FREE char *line = tmd_buf_steal(&in->text);
	char *key = line + strspn(line, " \n\t");
	char *equals;

	if (tmd_str_starts(key, "export "))
		key += strlen("export ");
	key[strcspn(key, "\n")] = '\0';
	equals = strchr(key, '=');
	if (equals)
		*equals = '\0';
	if (key_valid(key))
		assign(in, key, equals);
	else if (equals)
		note_blank(in, key);
}

static void warn_of_mark(struct pam_input *in)
{
	if (in->len >= 3 && memcmp(in->data, "\xEF\xBB\xBF", 3) == 0)
		tmd_env_reader_problem(in->reader, 1,
				       "begins with a byte order mark, so its variable is lost");
}

static void skip_plain_lines(struct pam_input *in)
{
	size_t size;

	while ((size = tmd_env_reader_skip(in->reader, "", in->data + in->at, in->len - in->at))) {
		in->at += size;
		in->number++;
	}
}

void tmd_env_read_pam(struct tmd_env_reader *reader, const char *data, size_t len)
{
	struct pam_input in = { .reader = reader, .data = data, .len = len, .number = 1 };

	warn_of_mark(&in);
	skip_plain_lines(&in);
	while (next_logical(&in) == LINE_READ) {
		read_assignment(&in);
		skip_plain_lines(&in);
	}
	tmd_buf_release(&in.text);
}

/* ---- pam_env.conf ---- */

/* The value at *at, which moves past it; false when the line is no good. Caller frees. */
static bool conf_value(const char **at, char **value)
{
	const char *from = *at;
	size_t len;

	if (*from != '"') {
		len = strcspn(from, " \t\n");
		*value = tmd_strndup(from, len);
		*at = from + len;
		return true;
	}
	from++;
	len = strcspn(from, "\"");
	if (from[len] != '"' || (from[len + 1] && !is_blank(from[len + 1])))
		return false;
	*value = tmd_strndup(from, len);
	*at = from + len + 1;
	return true;
}

/* The arguments of a line; false when it is ignored as a whole. */
static bool conf_arguments(const char *at, char **fallback, char **override)
{
	while (is_blank(*at)) {
		char **slot;
		char *value;

		at += strspn(at, " \t\n");
		if (!*at)
			return true;
		if (tmd_str_starts(at, "DEFAULT="))
			slot = fallback;
		else if (tmd_str_starts(at, "OVERRIDE="))
			slot = override;
		else
			return false;
		at = strchr(at, '=') + 1;
		if (!conf_value(&at, &value))
			return false;
		free(*slot);
		*slot = value;
	}
	return true;
}

/* Ends the name at its '=' and returns the value behind it; NULL without one. */
static char *split(char *assignment)
{
	char *equals = strchr(assignment, '=');

	if (!equals)
		return NULL;
	*equals = '\0';
	return equals + 1;
}

static void read_conf_line(struct pam_input *in)
{
	TMD_AUTO_FREE char *line = tmd_buf_steal(&in->text);
	TMD_AUTO_FREE char *fallback = NULL;
	TMD_AUTO_FREE char *override = NULL;
	TMD_AUTO_FREE char *name = NULL;
	const char *from = line + strspn(line, " \n\t");
	size_t len = strcspn(from, " \t\n");
	struct tmd_env_var *var;
	const char *value;

	if (!len || !conf_arguments(from + len, &fallback, &override))
		return;
	value = override && *override ? override : fallback;
	/* What pam_env makes of it, by its own account: "NAME=value", or "NAME" to unset. */
	name = tmd_format("%.*s%s%s", (int)len, from, value ? "=" : "", value ? value : "");
	value = split(name);
	if (!*name)
		return;
	var = tmd_env_vars_touch(in->reader->vars, name, in->reader->path, in->line);
	if (!var)
		return;
	free(var->value);
	var->value = tmd_strdup(value);
	var->exported = true;
	var->unknown = value && (strstr(value, "${") || strstr(value, "@{") || strchr(value, '\\'));
}

void tmd_env_read_pam_conf(struct tmd_env_reader *reader, const char *data, size_t len)
{
	struct pam_input in = { .reader = reader, .data = data, .len = len, .number = 1 };

	while (next_logical(&in) == LINE_READ)
		read_conf_line(&in);
	tmd_buf_release(&in.text);
}
