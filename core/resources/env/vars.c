/* A short list of variables: login environments hold dozens, not thousands. */
#include "resources/env/vars.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

bool tmd_env_name_char(char c)
{
	return tmd_is_alpha(c) || tmd_is_digit(c) || c == '_';
}

bool tmd_env_name_valid(const char *name)
{
	if (!*name || tmd_is_digit(*name))
		return false;
	for (; *name; name++) {
		if (!tmd_env_name_char(*name))
			return false;
	}
	return true;
}

void tmd_env_vars_release(struct tmd_env_vars *vars)
{
	for (size_t i = 0; i < vars->count; i++) {
		free(vars->items[i].name);
		free(vars->items[i].value);
		free(vars->items[i].path);
	}
	free(vars->items);
	memset(vars, 0, sizeof(*vars));
}

struct tmd_env_var *tmd_env_vars_entry(const struct tmd_env_vars *vars, const char *name)
{
	for (size_t i = 0; i < vars->count; i++) {
		if (strcmp(vars->items[i].name, name) == 0)
			return &vars->items[i];
	}
	return NULL;
}

struct tmd_env_var *tmd_env_vars_find(const struct tmd_env_vars *vars, const char *name)
{
	struct tmd_env_var *var = tmd_env_vars_entry(vars, name);

	return var && var->value ? var : NULL;
}

struct tmd_env_var *tmd_env_vars_touch(struct tmd_env_vars *vars, const char *name,
				       const char *path, size_t line)
{
	struct tmd_env_var *var = tmd_env_vars_entry(vars, name);

	if (!var) {
		if (vars->count == TMD_ENV_VARS_MAX) {
			vars->overflow = true;
			return NULL;
		}
		vars->items = tmd_grow(vars->items, &vars->cap, vars->count + 1, sizeof(*var));
		var = &vars->items[vars->count++];
		memset(var, 0, sizeof(*var));
		var->name = tmd_strdup(name);
	}
	free(var->path);
	var->path = tmd_strdup(path);
	var->line = line;
	return var;
}

void tmd_env_vars_set(struct tmd_env_vars *vars, const char *name, const char *value,
		      const char *path, size_t line)
{
	struct tmd_env_var *var = tmd_env_vars_touch(vars, name, path, line);

	if (!var)
		return;
	free(var->value);
	var->value = tmd_strdup(value);
	var->exported = true;
	var->maybe_exported = false;
	var->unknown = false;
}

static bool covered(const struct tmd_env_vars *a, const struct tmd_env_vars *b, const char *except)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct tmd_env_var *var = &a->items[i];
		const struct tmd_env_var *twin;

		if (!var->value || tmd_str_equal(var->name, except))
			continue;
		twin = tmd_env_vars_find(b, var->name);
		if (!twin || strcmp(twin->value, var->value) != 0 ||
		    twin->exported != var->exported || twin->unknown != var->unknown ||
		    twin->maybe_exported != var->maybe_exported)
			return false;
	}
	return true;
}

bool tmd_env_vars_same(const struct tmd_env_vars *a, const struct tmd_env_vars *b,
		       const char *except)
{
	return covered(a, b, except) && covered(b, a, except);
}
