/* The registry keys that make an environment: read with what is planned for them, and changed. */
#include "resources/env/win32/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/env.h"
#include "resources/env/win32/names.h"

static void release_place(struct tmd_env_place *place)
{
	free(place->path);
	free(place->user);
	free(place->sid);
	tmd_reg_values_release(&place->values);
}

void tmd_env_places_release(struct tmd_env_places *places)
{
	release_place(&places->own);
	for (size_t i = 0; i < places->count; i++)
		release_place(&places->others[i]);
	free(places->others);
	memset(places, 0, sizeof(*places));
}

struct tmd_reg_value *tmd_env_find_value(const struct tmd_reg_values *values, const char *name)
{
	for (size_t i = 0; i < values->count; i++) {
		if (tmd_str_equal_nocase(values->items[i].name, name))
			return &values->items[i];
	}
	return NULL;
}

const struct tmd_reg_value *tmd_env_find_variable(const struct tmd_env_place *place,
						  const char *name)
{
	const struct tmd_reg_value *value = tmd_env_find_value(&place->values, name);

	return value && value->type != TMD_REG_OTHER ? value : NULL;
}

/* ---- facts: "string TEXT", "expand TEXT"; empty where the variable is to go ---- */

#define STRING "string "
#define EXPAND "expand "

static void remove_value(struct tmd_reg_values *values, size_t index)
{
	free(values->items[index].name);
	free(values->items[index].text);
	values->count--;
	memmove(&values->items[index], &values->items[index + 1],
		(values->count - index) * sizeof(*values->items));
}

static void set_value(struct tmd_reg_values *values, const char *name, const char *fact)
{
	enum tmd_reg_type type = tmd_str_starts(fact, EXPAND) ? TMD_REG_EXPAND : TMD_REG_STRING;
	struct tmd_reg_value *value = tmd_env_find_value(values, name);
	const char *text = fact + strlen(type == TMD_REG_EXPAND ? EXPAND : STRING);

	if (!value) {
		tmd_reg_values_add(values, name, type, text);
		return;
	}
	free(value->text);
	value->text = tmd_strdup(text);
	value->type = type;
}

static void apply_planned(const struct tmd_view *view, struct tmd_env_place *place,
			  const char *name)
{
	TMD_AUTO_FREE char *identity = tmd_env_identity(place->sid, name);
	const struct tmd_buf *fact = tmd_view_fact(view, identity);

	if (!fact)
		return;
	if (fact->len) {
		set_value(&place->values, name, tmd_buf_str(fact));
		return;
	}
	for (size_t i = place->values.count; i-- > 0;) {
		if (tmd_str_equal_nocase(place->values.items[i].name, name))
			remove_value(&place->values, i);
	}
}

static void apply_all_planned(const struct tmd_view *view, struct tmd_env_place *place,
			      const char *name)
{
	for (size_t i = place->values.count; i-- > 0;) {
		TMD_AUTO_FREE char *other = tmd_strdup(place->values.items[i].name);

		apply_planned(view, place, other);
	}
	if (name)
		apply_planned(view, place, name);
}

/* `user` as tmd_env_key_open() takes it; `name` is the variable that it is all about, or NULL. */
static enum tmd_rc read_place(const struct tmd_view *view, const char *user, const char *name,
			      struct tmd_env_place *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = NULL;
	struct tmd_reg_values values = { 0 };

	if (tmd_env_key_open(user, &key, err) || tmd_env_key_read(key, &values, err))
		return TMD_FAILED;
	out->values = values;
	out->path = tmd_strdup(tmd_env_key_path(key));
	out->user = tmd_strdup(tmd_env_key_user(key));
	out->sid = tmd_strdup(tmd_env_key_sid(key));
	apply_all_planned(view, out, name);
	return TMD_OK;
}

/* What the caller may not see is no reason to fail: another user's affairs are a remark. */
static void add_other(const struct tmd_view *view, const char *user, const char *name,
		      struct tmd_env_places *places)
{
	struct tmd_env_place place = { 0 };
	struct tmd_error ignored = { 0 };

	if (read_place(view, user, name, &place, &ignored))
		return;
	places->others = tmd_grow(places->others, &places->cap, places->count + 1, sizeof(place));
	places->others[places->count++] = place;
}

enum tmd_rc tmd_env_places_read(const struct tmd_view *view, const char *user, const char *name,
			     struct tmd_env_places *places, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv sids = { 0 };
	struct tmd_error ignored = { 0 };

	if (read_place(view, user, name, &places->own, err))
		return TMD_FAILED;
	if (user) {
		add_other(view, NULL, name, places);
		return TMD_OK;
	}
	if (tmd_env_key_list_users(&sids, &ignored))
		return TMD_OK;
	for (size_t i = 0; i < sids.count; i++)
		add_other(view, sids.items[i], name, places);
	return TMD_OK;
}

bool tmd_env_place_is_callers(const struct tmd_env_place *place)
{
	return tmd_str_starts(place->path, "HKEY_CURRENT_USER\\");
}

/* ---- the step: one value ---- */

struct value_step {
	struct tmd_step base;
	char *identity; /* the resource's, under which the value is planned */
	char *path;     /* with the name, for the report */
	char *sid;
	char *name;
	enum tmd_reg_type type;
	char *text;
	char *before; /* as the difference shows it */
};

static const struct value_step *of(const struct tmd_step *step)
{
	return (const struct value_step *)step;
}

static enum tmd_rc check_step(const struct tmd_step *step, struct tmd_fs *fs,
			       struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = NULL;

	(void)fs;
	if (tmd_env_key_open(of(step)->sid, &key, err))
		return TMD_FAILED;
	return tmd_env_key_check(key, err);
}

static enum tmd_rc carry_out_step(const struct tmd_step *step, struct tmd_fs *fs,
				struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = NULL;

	if (tmd_env_key_open(of(step)->sid, &key, err))
		return TMD_FAILED;
	if (!of(step)->text)
		return tmd_env_key_delete(fs, key, of(step)->name, err);
	return tmd_env_key_set(fs, key, of(step)->name, of(step)->type, of(step)->text, err);
}

static enum tmd_rc preview_step(const struct tmd_step *step, struct tmd_view *view,
				 struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf fact = { 0 };

	(void)err;
	if (of(step)->text)
		tmd_buf_addf(&fact, "%s%s", of(step)->type == TMD_REG_EXPAND ? EXPAND : STRING,
			     of(step)->text);
	tmd_view_put_fact(view, of(step)->identity, &fact);
	return TMD_OK;
}

/* One line, as `reg query` would have it. NULL where there is nothing. Caller frees. */
static char *shown(const char *name, enum tmd_reg_type type, const char *text)
{
	if (!text)
		return NULL;
	return tmd_format("%s=%s (%s)\n", name, text,
			  type == TMD_REG_EXPAND ? "REG_EXPAND_SZ" : "REG_SZ");
}

static void describe_step(const struct tmd_step *step, struct tmd_view *view,
			   struct tmd_diff *diff)
{
	(void)view;
	diff->path = tmd_strdup(of(step)->path);
	diff->before = of(step)->before ? tmd_strdup(of(step)->before) : NULL;
	diff->after = shown(of(step)->name, of(step)->type, of(step)->text);
}

static void release_step(struct tmd_step *base)
{
	struct value_step *step = (struct value_step *)base;

	free(step->identity);
	free(step->path);
	free(step->sid);
	free(step->name);
	free(step->text);
	free(step->before);
	free(step);
}

static const struct tmd_step_ops ops = { check_step, carry_out_step, preview_step, describe_step,
					 release_step };

void tmd_env_add_step(struct tmd_changeset *set, const struct tmd_resource *r,
		      const struct tmd_env_place *place, const struct tmd_reg_value *old,
		      enum tmd_reg_type type, const char *text)
{
	const char *name = tmd_value_str(&r->desired[TMD_ENV_NAME]);
	struct value_step *step = tmd_alloc(1, sizeof(*step));

	step->base.ops = &ops;
	step->identity = tmd_strdup(r->identity);
	step->path = tmd_format("%s\\%s", place->path, name);
	step->sid = tmd_strdup(place->sid);
	step->name = tmd_strdup(name);
	step->type = type;
	step->text = tmd_strdup(text);
	step->before = old ? shown(name, old->type, old->text) : NULL;
	tmd_changeset_add(set, &step->base);
}
