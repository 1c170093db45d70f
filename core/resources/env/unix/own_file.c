/* The files that trustmend writes whole: each line of theirs sets one variable, sorted by name. */
#include "resources/env/unix/own_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/vars.h"

#define HEADER "# Written by trustmend; changes made here are overwritten.\n"

struct own_format {
	const char *head;   /* behind the header comment */
	const char *prefix; /* of each line */
	bool whole_quotes;  /* "NAME=value" and not NAME="value" */
};

static const struct own_format formats[TMD_ENV_TARGETS] = {
	[TMD_ENV_PROFILE_D] = { "", "export ", false },
	[TMD_ENV_ENVIRONMENT_D] = { "", "", false },
	[TMD_ENV_SYSTEMD] = { "[Manager]\n", "DefaultEnvironment=", true },
};

static int compare_vars(const void *a, const void *b)
{
	const struct tmd_env_var *const *left = a;
	const struct tmd_env_var *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void write_line(const struct own_format *format, const struct tmd_env_var *var,
		       struct tmd_buf *out)
{
	tmd_buf_add_str(out, format->prefix);
	if (format->whole_quotes) {
		TMD_AUTO_FREE char *both = tmd_format("%s=%s", var->name, var->value);

		tmd_env_add_quoted(out, both);
	} else {
		tmd_buf_add_str(out, var->name);
		tmd_buf_add_char(out, '=');
		tmd_env_add_quoted(out, var->value);
	}
	tmd_buf_add_char(out, '\n');
}

/* The file for these variables; returns how many are set. */
static size_t write_own(const struct own_format *format, const struct tmd_env_vars *vars,
			struct tmd_buf *out)
{
	TMD_AUTO_FREE const struct tmd_env_var **sorted =
		tmd_alloc(vars->count + 1, sizeof(*sorted));
	size_t count = 0;

	for (size_t i = 0; i < vars->count; i++) {
		if (vars->items[i].value)
			sorted[count++] = &vars->items[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_vars);
	tmd_buf_add_str(out, HEADER);
	tmd_buf_add_str(out, format->head);
	for (size_t i = 0; i < count; i++)
		write_line(format, sorted[i], out);
	return count;
}

/* What `text` holds inside one pair of double quotes, or without any; NULL: something else. */
static char *unquote(const char *text)
{
	size_t len = strlen(text);

	if (*text != '"')
		return strchr(text, '"') ? NULL : tmd_strdup(text);
	if (len < 2 || text[len - 1] != '"')
		return NULL;
	return tmd_strndup(text + 1, len - 2);
}

/* Reads a line as write_line() writes it; false where it is another. */
static bool read_own_line(const struct own_format *format, const char *line, const char *path,
			  struct tmd_env_vars *vars)
{
	TMD_AUTO_FREE char *both = NULL;
	TMD_AUTO_FREE char *value = NULL;
	char *equals;

	if (!tmd_str_starts(line, format->prefix))
		return false;
	line += strlen(format->prefix);
	both = format->whole_quotes ? unquote(line) : tmd_strdup(line);
	equals = both ? strchr(both, '=') : NULL;
	if (!equals)
		return false;
	*equals = '\0';
	value = format->whole_quotes ? tmd_strdup(equals + 1) : unquote(equals + 1);
	if (!value || tmd_env_value_fault(value) || !tmd_env_name_valid(both))
		return false;
	tmd_env_vars_set(vars, both, value, path, 0);
	return !vars->overflow;
}

/* Nothing that someone else wrote into a file of ours is dropped in silence. */
static enum tmd_rc read_own(const struct own_format *format, const char *path,
			    const struct tmd_buf *text, struct tmd_env_vars *vars,
			    struct tmd_error *err)
{
	struct tmd_env_line line = { 0 };

	while (tmd_env_next_line(text, &line)) {
		TMD_AUTO_FREE char *copy =
			tmd_strndup(text->data + line.start, line.end - line.start);
		size_t head = strcspn(format->head, "\n");

		if (!copy[strspn(copy, " \t\r")] || *copy == '#' ||
		    (head && strncmp(copy, format->head, head) == 0))
			continue;
		if (!read_own_line(format, copy, path, vars))
			return tmd_fail(err, TMD_E_CONFLICT, path,
					"move them to a file of another name, or remove the file",
					"the file holds lines that trustmend did not write: line "
					"%zu for one", line.number);
	}
	return TMD_OK;
}

static void drop(struct tmd_env_vars *vars, const char *name)
{
	struct tmd_env_var *var = tmd_env_vars_entry(vars, name);

	if (!var)
		return;
	free(var->value);
	var->value = NULL;
}

enum tmd_rc tmd_env_revise_own(enum tmd_env_target target, const struct tmd_env_edit *edit,
			       const struct tmd_buf *text, struct tmd_buf *out, bool *gone,
			       struct tmd_error *err)
{
	const struct own_format *format = &formats[target];
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };

	if (read_own(format, edit->path, text, &vars, err))
		return TMD_FAILED;
	if (edit->value)
		tmd_env_vars_set(&vars, edit->name, edit->value, edit->path, 0);
	else
		drop(&vars, edit->name);
	*gone = write_own(format, &vars, out) == 0;
	return TMD_OK;
}
