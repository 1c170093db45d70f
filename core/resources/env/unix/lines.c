/* What can be seen of a line without knowing who reads it. */
#include "resources/env/unix/lines.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/vars.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A copy of the line, from its first character that is not a blank. */
static char *copy_line(const struct tmd_buf *text, const struct tmd_env_line *line)
{
	const char *at = text->data + line->start;
	size_t len = line->end - line->start;

	while (len && is_blank(*at)) {
		at++;
		len--;
	}
	return tmd_strndup(at, len);
}

static size_t count(const char *text, char c)
{
	size_t found = 0;

	for (; *text; text++)
		found += *text == c;
	return found;
}

static bool ends_in_backslash(const struct tmd_buf *text, const struct tmd_env_line *line)
{
	return line->end > line->start && text->data[line->end - 1] == '\\';
}

bool tmd_env_line_upsets(const struct tmd_buf *text, const struct tmd_env_line *line)
{
	TMD_AUTO_FREE char *copy = copy_line(text, line);
	size_t len = line->end - line->start;

	if (ends_in_backslash(text, line) || len >= TMD_ENV_PAM_LINE_OLD ||
	    memchr(text->data + line->start, '\0', len))
		return true;
	return *copy != '#' && *copy != ';' && (count(copy, '"') % 2 || count(copy, '\'') % 2);
}

bool tmd_env_next_line(const struct tmd_buf *text, struct tmd_env_line *line)
{
	const char *newline;

	if (line->next >= text->len)
		return false;
	if (line->number) {
		line->joined = ends_in_backslash(text, line);
		line->upset = line->upset || tmd_env_line_upsets(text, line);
	}
	line->start = line->next;
	newline = memchr(text->data + line->start, '\n', text->len - line->start);
	line->end = newline ? (size_t)(newline - text->data) : text->len;
	line->next = line->end + (newline != NULL);
	line->number++;
	return true;
}

/* ---- names ---- */

static const char *skip_export(const char *at)
{
	static const char word[] = "export";
	const char *behind = at + strlen(word);

	if (strncmp(at, word, strlen(word)) != 0 || !is_blank(*behind))
		return at;
	while (is_blank(*behind))
		behind++;
	return behind;
}

char *tmd_env_line_name(const struct tmd_buf *text, const struct tmd_env_line *line)
{
	TMD_AUTO_FREE char *copy = copy_line(text, line);
	const char *at = skip_export(copy);
	size_t len = 0;

	while (tmd_env_name_char(at[len]))
		len++;
	if (!len || tmd_is_digit(*at) || (at[len] != '=' && (at == copy || at[len])))
		return NULL;
	return tmd_strndup(at, len);
}

/* Is it only read here, as in "$NAME" and "${NAME#x}"? "${NAME:=x}" sets it. */
static bool is_read(const char *line, const char *at, size_t len)
{
	const char *behind = at + len;

	if (at > line && at[-1] == '$')
		return true;
	if (at - line < 2 || at[-1] != '{' || at[-2] != '$')
		return false;
	return behind[behind[0] == ':'] != '=';
}

/* Is the name a word of the line, other than to be read? */
static bool names(const char *line, const char *name)
{
	size_t len = strlen(name);
	const char *at = line;

	for (; (at = strstr(at, name)); at++) {
		if ((at > line && tmd_env_name_char(at[-1])) || tmd_env_name_char(at[len]))
			continue;
		if (!is_read(line, at, len))
			return true;
	}
	return false;
}

/* ---- values ---- */

/* What some reader takes for more than itself, in quotes or not. */
static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("#$\\'\"`", text[i]))
			return false;
	}
	return true;
}

/* pam_env keeps the carriage return of a file that was written on Windows. */
static char *plain_bare(const char *at)
{
	size_t len = strcspn(at, " \t\r");
	size_t end = len + (at[len] == '\r');

	return len && !at[end] && is_plain(at, len) ? tmd_strndup(at, end) : NULL;
}

static char *plain_quoted(const char *at)
{
	const char *close = strchr(at + 1, *at);
	size_t len = close ? (size_t)(close - at - 1) : 0;

	return len && !close[1] && is_plain(at + 1, len) ? tmd_strndup(at + 1, len) : NULL;
}

/* What stands behind "NAME=", "export NAME=" or "NAME =" at the beginning of a line; else NULL. */
static const char *assigned(const char *copy, const char *name, bool blanks)
{
	const char *at = skip_export(copy);
	size_t len = strlen(name);

	if (strncmp(at, name, len) != 0)
		return NULL;
	at += len;
	while (blanks && is_blank(*at))
		at++;
	return *at == '=' ? at + 1 : NULL;
}

enum tmd_env_says tmd_env_line_says(const struct tmd_buf *text, const struct tmd_env_line *line,
				    const char *name, enum tmd_env_kind kind, char **value)
{
	TMD_AUTO_FREE char *copy = copy_line(text, line);
	const char *at;

	if (*copy == '#' || !names(copy, name))
		return TMD_ENV_SAYS_NOTHING;
	if (kind != TMD_ENV_DATA || line->joined || line->upset)
		return TMD_ENV_SAYS_OPEN;
	at = assigned(copy, name, false);
	*value = !at ? NULL : *at == '"' || *at == '\'' ? plain_quoted(at) : plain_bare(at);
	if (*value)
		return TMD_ENV_SAYS_VALUE;
	/* Data that assigns to another variable says nothing of this one. */
	return assigned(copy, name, true) ? TMD_ENV_SAYS_OPEN : TMD_ENV_SAYS_NOTHING;
}

bool tmd_env_line_is_own(const struct tmd_buf *text, const struct tmd_env_line *line,
			 const char *name)
{
	TMD_AUTO_FREE char *copy = copy_line(text, line);

	return assigned(copy, name, true) && !line->joined && !tmd_env_line_upsets(text, line);
}
