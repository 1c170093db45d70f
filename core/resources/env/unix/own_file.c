/* The files that trustmend writes whole: each line of theirs sets one variable, sorted by name. */
#include "resources/env/unix/own_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/env/unix/readers.h"

#define HEADER "# Written by trustmend; changes made here are overwritten.\n"

struct own_format {
	void (*read)(struct tmd_env_reader *reader, const char *data, size_t len);
	const char *head;   /* behind the header comment */
	const char *prefix; /* of each line */
	bool whole_quotes;  /* "NAME=value" and not NAME="value" */
};

static const struct own_format formats[TMD_ENV_TARGETS] = {
	[TMD_ENV_PROFILE_D] = { tmd_env_read_sh, "", "export ", false },
	[TMD_ENV_ENVIRONMENT_D] = { tmd_env_read_environment_d, "", "", false },
	[TMD_ENV_SYSTEMD] = { tmd_env_read_manager_conf, "[Manager]\n", "DefaultEnvironment=",
			      true },
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

/* Lines that say something, other than the section header of ours. */
static size_t count_lines(const struct own_format *format, const struct tmd_buf *text)
{
	const char *at = tmd_buf_str(text);
	size_t count = 0;

	while (*at) {
		size_t len = strcspn(at, "\n");
		size_t skip = strspn(at, " \t\r");

		if (skip < len && at[skip] != '#' &&
		    !(*format->head && strncmp(at, format->head, strlen(format->head)) == 0))
			count++;
		at += len + (at[len] == '\n');
	}
	return count;
}

/* Nothing that someone else wrote into a file of ours is dropped in silence. */
static enum tmd_rc check_own(const struct own_format *format, const char *path,
			     const struct tmd_buf *text, const struct tmd_env_vars *vars,
			     struct tmd_error *err)
{
	size_t plain = 0;

	for (size_t i = 0; i < vars->count; i++) {
		const struct tmd_env_var *var = &vars->items[i];

		plain += var->value && !var->unknown && var->exported &&
			 !tmd_env_value_fault(var->value);
	}
	if (!vars->overflow && plain == count_lines(format, text))
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, path,
			"move them to a file of another name, or remove the file",
			"the file holds lines that trustmend did not write");
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
	TMD_AUTO_ENV_READER struct tmd_env_reader reader = {
		.vars = &vars, .path = edit->path, .watch = edit->name, .envd.literal = true
	};

	format->read(&reader, tmd_buf_str(text), text->len);
	if (check_own(format, edit->path, text, &vars, err))
		return TMD_FAILED;
	if (edit->value)
		tmd_env_vars_set(&vars, edit->name, edit->value, edit->path, 0);
	else
		drop(&vars, edit->name);
	*gone = write_own(format, &vars, out) == 0;
	return TMD_OK;
}
