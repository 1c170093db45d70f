/* A trace is a hint: scripts can write what they like into it, and it is never believed alone. */
#include "resources/env/unix/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/vars.h"

#define MARK "trustmend{"

struct step { /* of a trace */
	char *path;
	uint64_t line;
	char *command; /* as bash writes it, without quotes and backslashes */
};

static void release_step(struct step *step)
{
	free(step->path);
	free(step->command);
	memset(step, 0, sizeof(*step));
}

void tmd_env_trace_clear(struct tmd_answer *answer)
{
	for (size_t i = answer->environment.count; i-- > 0;) {
		if (strcmp(answer->environment.items[i], TMD_ENV_TRACE_PROMPT) == 0)
			tmd_strv_remove(&answer->environment, i);
	}
}

static char *without_quotes(const char *text, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	for (size_t i = 0; i < len; i++) {
		if (!strchr("'\"\\", text[i]) || !text[i])
			tmd_buf_add_char(&out, text[i]);
	}
	return tmd_strdup(tmd_buf_str(&out));
}

/* "++trustmend{/etc/profile.d/x.sh:3} export A=1": a '+' for each level. */
static bool read_step(const char *at, size_t len, struct step *out)
{
	TMD_AUTO_FREE char *copy = tmd_strndup(at, len);
	char *text = copy + strspn(copy, "+");
	char *close;
	char *colon;

	if (text == copy || !tmd_str_starts(text, MARK))
		return false;
	text += strlen(MARK);
	close = strstr(text, "} ");
	if (!close)
		return false;
	*close = '\0';
	colon = strrchr(text, ':');
	if (!colon || !tmd_parse_u64(colon + 1, &out->line))
		return false;
	*colon = '\0';
	out->path = tmd_strdup(text);
	out->command = without_quotes(close + 2, strlen(close + 2));
	return true;
}

/* Where a command names the variable as a word: "NAME=…", or "unset NAME". NULL: it does not. */
static const char *find_name(const char *command, const char *name)
{
	size_t len = strlen(name);
	const char *at = command;

	for (; (at = strstr(at, name)); at++) {
		if ((at == command || at[-1] == ' ') && !tmd_env_name_char(at[len]))
			return at;
	}
	return NULL;
}

static bool gives(const char *command, const char *name, const char *value)
{
	const char *at = find_name(command, name) + strlen(name);
	TMD_AUTO_FREE char *bare = value ? without_quotes(value, strlen(value)) : NULL;

	if (!value)
		return *at != '=' && tmd_str_starts(command, "unset ");
	return *at == '=' && tmd_str_starts(at + 1, bare) &&
	       (!at[1 + strlen(bare)] || at[1 + strlen(bare)] == ' ');
}

/* `export NAME` behind NAME=… changes nothing. */
static bool is_change(const char *command, const char *name)
{
	const char *at = find_name(command, name);

	return at && (at[strlen(name)] == '=' || tmd_str_starts(command, "unset "));
}

typedef bool step_fn(void *arg, struct step *step); /* false: enough */

static void each_step(const struct tmd_answer *answer, step_fn *look, void *arg)
{
	const char *at = tmd_buf_str(&answer->output);
	const char *end = at + answer->output.len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);
		TMD_CLEANUP(release_step) struct step step = { 0 };

		if (read_step(at, len, &step) && !look(arg, &step))
			return;
		at += len + 1;
	}
}

struct search {
	const char *name;
	const char *path;
	size_t line;
	struct step last;
	bool found;
};

static bool keep_last(void *arg, struct step *step)
{
	struct search *search = arg;

	if (is_change(step->command, search->name)) {
		release_step(&search->last);
		search->last = *step;
		memset(step, 0, sizeof(*step));
	}
	return true;
}

bool tmd_env_trace_place(const struct tmd_answer *answer, const char *name, const char *value,
			 char **path, size_t *line)
{
	struct search search = { .name = name };
	bool found;

	each_step(answer, keep_last, &search);
	found = search.last.path && *search.last.path && gives(search.last.command, name, value);
	if (found) {
		*path = search.last.path;
		*line = (size_t)search.last.line;
		search.last.path = NULL;
	}
	release_step(&search.last);
	return found;
}

static bool is_there(void *arg, struct step *step)
{
	struct search *search = arg;

	search->found = step->line == search->line && strcmp(step->path, search->path) == 0 &&
			find_name(step->command, search->name);
	return !search->found;
}

bool tmd_env_trace_shows(const struct tmd_answer *answer, const char *path, size_t line,
			 const char *name)
{
	struct search search = { .name = name, .path = path, .line = line };

	each_step(answer, is_there, &search);
	return search.found;
}
