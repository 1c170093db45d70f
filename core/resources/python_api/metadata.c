/* Versions out of Python sources and out of the files of packaging tools. */
#include "resources/python_api/metadata.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define NAME "shotgun_api3"
#define VERSION_MAX 100 /* bytes */

/* ---- lines ---- */

struct line {
	const char *at;
	size_t len;
};

/* The next line of the text, without its end; false at the end of it. */
static bool next_line(const char **at, const char *end, struct line *line)
{
	const char *stop;

	if (*at == end)
		return false;
	stop = memchr(*at, '\n', (size_t)(end - *at));
	line->at = *at;
	line->len = (size_t)((stop ? stop : end) - *at);
	*at = stop ? stop + 1 : end;
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

static void skip_blanks(struct line *line)
{
	while (line->len && (*line->at == ' ' || *line->at == '\t')) {
		line->at++;
		line->len--;
	}
}

static bool skip_char(struct line *line, char c)
{
	if (!line->len || *line->at != c)
		return false;
	line->at++;
	line->len--;
	return true;
}

/* A version is shown to people and compared: nothing but what versions are made of. */
static char *take_version(const char *text, size_t len)
{
	if (!len || len > VERSION_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (!tmd_is_digit(text[i]) && !tmd_is_alpha(text[i]) &&
		    (!text[i] || !strchr(".-+_!", text[i])))
			return NULL;
	}
	return tmd_strndup(text, len);
}

/* ---- __version__ = "3.9.0" ---- */

static char *assigned_version(struct line line)
{
	const char *name = "__version__";
	const char *end;
	char quote;

	if (line.len < strlen(name) || memcmp(line.at, name, strlen(name)) != 0)
		return NULL;
	line.at += strlen(name);
	line.len -= strlen(name);
	skip_blanks(&line);
	if (!skip_char(&line, '='))
		return NULL;
	skip_blanks(&line);
	quote = line.len ? *line.at : '\0';
	if ((quote != '"' && quote != '\'') || !skip_char(&line, quote))
		return NULL;
	end = line.len ? memchr(line.at, quote, line.len) : NULL;
	return end ? take_version(line.at, (size_t)(end - line.at)) : NULL;
}

char *tmd_api_source_version(const char *text, size_t len)
{
	const char *end = text + len;
	struct line line;
	char *version = NULL;

	while (!version && next_line(&text, end, &line))
		version = assigned_version(line);
	return version;
}

/* ---- METADATA ---- */

static bool is_field(const struct line *line, const char *name)
{
	TMD_AUTO_FREE char *beginning = NULL;
	size_t len = strlen(name);

	if (line->len <= len || line->at[len] != ':')
		return false;
	beginning = tmd_strndup(line->at, len);
	return tmd_str_equal_nocase(beginning, name);
}

char *tmd_api_metadata_field(const char *text, size_t len, const char *name)
{
	const char *end = text + len;
	struct line line;

	while (next_line(&text, end, &line) && line.len) {
		if (!is_field(&line, name))
			continue;
		line.at += strlen(name) + 1;
		line.len -= strlen(name) + 1;
		skip_blanks(&line);
		while (line.len && tmd_is_space(line.at[line.len - 1]))
			line.len--;
		return take_version(line.at, line.len);
	}
	return NULL;
}

/* ---- names ---- */

/* How much of it names shotgun_api3, in any of the spellings that mean the same to pip; 0: none. */
static size_t name_len(const char *text)
{
	size_t i = 0;

	for (; NAME[i]; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (NAME[i] == '_' ? !c || !strchr("_-.", c) : c != NAME[i])
			return 0;
	}
	return i;
}

bool tmd_api_is_metadata_name(const char *name, bool *dist)
{
	size_t len = name_len(name);

	if (!len || (name[len] != '-' && name[len] != '.'))
		return false;
	*dist = tmd_str_ends(name, ".dist-info");
	return *dist || tmd_str_ends(name, ".egg-info");
}
