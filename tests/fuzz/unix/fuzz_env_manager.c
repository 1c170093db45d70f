/*
 * Any bytes as a configuration of systemd's manager. Every variable that comes out has a name, a
 * setter and, where it is set, a value.
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
		require(!var->value || strlen(var->value) <= (size_t)1 << 20);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tmd_env_vars vars = { 0 };
	struct tmd_strv problems = { 0 };
	struct tmd_env_reader reader = { .vars = &vars, .path = "/f", .problems = &problems };

	tmd_env_read_manager_conf(&reader, (const char *)data, size);
	check_vars(&vars);
	tmd_env_vars_release(&vars);
	tmd_strv_release(&problems);
	return 0;
}
