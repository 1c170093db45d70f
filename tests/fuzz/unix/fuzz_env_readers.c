/*
 * Any bytes as an environment file: the first byte chooses the reader. Every variable that
 * comes out has a name, a setter and, where it is set, a value; every line that is said to
 * be ours lies within the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "resources/env/unix/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_vars(const struct tmd_env_vars *vars)
{
	for (size_t i = 0; i < vars->count; i++) {
		const struct tmd_env_var *var = &vars->items[i];

		require(var->name && *var->name && var->path && var->line > 0);
		require(tmd_env_vars_entry(vars, var->name) == var);
		require((tmd_env_vars_find(vars, var->name) != NULL) == (var->value != NULL));
		require(!var->value || strlen(var->value) <= TMD_ENV_FILE_MAX);
	}
	require(tmd_env_vars_same(vars, vars, NULL));
}

static void check_spans(const struct tmd_env_reader *reader, size_t size)
{
	for (size_t i = 0; i < reader->spans.count; i++)
		require(reader->spans.items[i].start < reader->spans.items[i].end &&
			reader->spans.items[i].end <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const reads[])(struct tmd_env_reader *reader, const char *data,
				     size_t len) = {
		tmd_env_read_pam,	   tmd_env_read_pam_conf, tmd_env_read_environment_d,
		tmd_env_read_manager_conf, tmd_env_read_sh,
	};
	struct tmd_env_vars vars = { 0 };
	struct tmd_strv problems = { 0 };
	struct tmd_env_reader reader = {
		.vars = &vars, .path = "/f", .watch = "A", .problems = &problems
	};

	if (!size)
		return 0;
	reader.envd.comment_joins = data[0] & 0x40;
	reader.envd.literal = data[0] & 0x20;
	reads[(data[0] & 0x1F) % (sizeof(reads) / sizeof(*reads))](
		&reader, (const char *)data + 1, size - 1);
	check_vars(&vars);
	check_spans(&reader, size - 1);
	tmd_env_reader_release(&reader);
	tmd_env_vars_release(&vars);
	tmd_strv_release(&problems);
	return 0;
}
