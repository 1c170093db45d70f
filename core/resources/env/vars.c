/* The variables in a table, so that files with thousands of lines are read in linear time. */
#include "resources/env/vars.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define FIRST_SLOTS 64 /* a power of two */

bool tmd_env_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
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
	}
	free(vars->items);
	free(vars->slots);
	tmd_strv_release(&vars->paths);
	memset(vars, 0, sizeof(*vars));
}

/* FNV-1a: names are short, and the table is small. */
static uint32_t hash(const char *name)
{
	uint32_t value = 2166136261U;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 16777619U;
	return value;
}

/* The slot of a name, or the free one where it belongs. `slot_count` is a power of two. */
static size_t *find_slot(const struct tmd_env_vars *vars, const char *name)
{
	size_t mask = vars->slot_count - 1;
	size_t at = hash(name) & mask;

	while (vars->slots[at] && strcmp(vars->items[vars->slots[at] - 1].name, name) != 0)
		at = (at + 1) & mask;
	return &vars->slots[at];
}

struct tmd_env_var *tmd_env_vars_entry(const struct tmd_env_vars *vars, const char *name)
{
	size_t place = vars->slot_count ? *find_slot(vars, name) : 0;

	return place ? &vars->items[place - 1] : NULL;
}

/* At most half of the slots are taken. */
static void make_room(struct tmd_env_vars *vars)
{
	if (2 * (vars->count + 1) <= vars->slot_count)
		return;
	free(vars->slots);
	vars->slot_count = vars->slot_count ? 2 * vars->slot_count : FIRST_SLOTS;
	vars->slots = tmd_alloc(vars->slot_count, sizeof(*vars->slots));
	for (size_t i = 0; vars->items && i < vars->count; i++)
		*find_slot(vars, vars->items[i].name) = i + 1;
}

/* The set's own copy of a path. One file sets many variables in a row. */
static const char *keep_path(struct tmd_env_vars *vars, const char *path)
{
	for (size_t i = vars->paths.count; i-- > 0;) {
		if (strcmp(vars->paths.items[i], path) == 0)
			return vars->paths.items[i];
	}
	tmd_strv_add(&vars->paths, path);
	return vars->paths.items[vars->paths.count - 1];
}

struct tmd_env_var *tmd_env_vars_find(const struct tmd_env_vars *vars, const char *name)
{
	struct tmd_env_var *var = tmd_env_vars_entry(vars, name);

	return var && var->value ? var : NULL;
}

/* The entry of a name, made (unset) when missing; NULL past the limit, and where none is kept. */
static struct tmd_env_var *touch(struct tmd_env_vars *vars, const char *name, const char *path,
				 size_t line)
{
	struct tmd_env_var *var = tmd_env_vars_entry(vars, name);

	if (!var && vars->keeps && !vars->keeps(vars->watch, name))
		return NULL;
	if (!var) {
		if (vars->count == TMD_ENV_VARS_MAX) {
			vars->overflow = true;
			return NULL;
		}
		make_room(vars);
		vars->items = tmd_grow(vars->items, &vars->cap, vars->count + 1, sizeof(*var));
		*find_slot(vars, name) = vars->count + 1;
		var = &vars->items[vars->count++];
		memset(var, 0, sizeof(*var));
		var->name = tmd_strdup(name);
	}
	var->path = keep_path(vars, path);
	var->line = line;
	return var;
}

void tmd_env_vars_set(struct tmd_env_vars *vars, const char *name, const char *value,
		      const char *path, size_t line)
{
	struct tmd_env_var *var = touch(vars, name, path, line);

	if (!var)
		return;
	free(var->value);
	var->value = tmd_strdup(value);
	var->unknown = false;
}

void tmd_env_vars_forget(struct tmd_env_vars *vars, const char *path, size_t line)
{
	for (size_t i = 0; i < vars->count; i++) {
		free(vars->items[i].value);
		vars->items[i].value = NULL;
		vars->items[i].path = keep_path(vars, path);
		vars->items[i].line = line;
	}
}
