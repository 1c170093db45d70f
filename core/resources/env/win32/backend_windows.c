/*
 * Environment variables on Windows: values of one registry key for the machine and of one for
 * each user, whose own beat the machine's. Text and type are taken and compared raw: what is
 * expanded differs from session to session.
 */
#include "resources/env/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/registry.h"
#include "resources/env/ca_file.h"
#include "resources/env/owner.h"
#include "resources/env/strays.h"
#include "resources/env/win32/names.h"
#include "resources/env/win32/places.h"
#include "resources/env/win32/references.h"
#include "resources/env/win32/remarks.h"

#define BROADCAST_MS 200 /* for each window: one that hangs must not hold up a fleet */

#define NAME_A_USER "name a user, or leave user out for the caller's own"

struct env_private {
	struct tmd_env_places places;
	enum tmd_reg_type type; /* of the wish, set by plan(); with `text` NULL the variable goes */
	char *text;
};

const char *const tmd_env_backend_names[] = { "windows", NULL };

void tmd_env_backend_release(struct tmd_resource *r)
{
	struct env_private *priv = r->priv;

	if (!priv)
		return;
	tmd_env_places_release(&priv->places);
	free(priv->text);
	free(priv);
	r->priv = NULL;
}

/* ---- input ---- */

static enum tmd_rc check_live(const struct tmd_ctx *ctx, struct tmd_error *err)
{
	if (tmd_view_is_live(ctx->view))
		return TMD_OK;
	return tmd_fail(err, TMD_E_UNSUPPORTED, tmd_view_root(ctx->view),
			"run trustmend on the running system, without --root",
			"env: the registry of an offline image is not touched");
}

static enum tmd_rc set_place(struct tmd_resource *r, struct tmd_error *err)
{
	const char *user = tmd_value_str(&r->input[TMD_ENV_USER]);
	TMD_AUTO_FREE char *sid = NULL;
	char *name;

	free(r->identity);
	r->identity = NULL;
	if (!tmd_env_user_scope(r)) {
		r->identity = tmd_env_identity(NULL, r->name);
		return TMD_OK;
	}
	if (user && !*user)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NAME_A_USER,
				"env %s: 'user' is empty", r->name);
	if (tmd_env_key_find_user(user ? user : "", &sid, &name, err))
		return TMD_FAILED;
	tmd_value_take_string(&r->desired[TMD_ENV_USER], name);
	r->identity = tmd_env_identity(sid, r->name);
	return TMD_OK;
}

/*
 * Values are looked at in plan() alone: what stands in the registry already may be fed back,
 * whatever it is.
 */
enum tmd_rc tmd_env_backend_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
				      struct tmd_error *err)
{
	if (check_live(ctx, err) || set_place(r, err))
		return TMD_FAILED;
	/* One spelling for all, until read() knows the one that stands there. */
	tmd_value_take_string(&r->desired[TMD_ENV_NAME], tmd_env_fold(r->name));
	if (!tmd_env_wanted(r))
		return TMD_OK;
	tmd_value_copy(&r->desired[TMD_ENV_VALUE], &r->input[TMD_ENV_VALUE]);
	tmd_value_copy(&r->desired[TMD_ENV_VALUE_TYPE], &r->input[TMD_ENV_VALUE_TYPE]);
	return TMD_OK;
}

/* ---- reading ---- */

/* Explorer heeds the announcement of a change, and hands it on to what it starts from then on. */
#define AT_SIGN_IN "next sign-in, or at once for what Explorer starts in this session"

static char *effective_from(const struct tmd_env_place *place)
{
	if (!place->user)
		return tmd_strdup(AT_SIGN_IN "; for services: next boot");
	if (tmd_env_place_is_callers(place))
		return tmd_strdup(AT_SIGN_IN);
	return tmd_format("next sign-in of %s", place->user);
}

static const char *type_name(enum tmd_reg_type type)
{
	return type == TMD_REG_EXPAND ? "expand" : "string";
}

static void note_problems(struct tmd_ctx *ctx, const struct tmd_env_places *places,
			  const char *name, struct tmd_strv *problems)
{
	const struct tmd_reg_value *value = tmd_env_find_value(&places->own.values, name);
	TMD_AUTO_FREE char *folded = tmd_env_fold(name);

	if (value)
		tmd_env_note_value(ctx, places, value, problems);
	tmd_env_note_namesakes(places, value ? value->name : name, problems);
	tmd_env_note_meaning(folded, problems);
}

/* What is wrong with the file that is named, behind all else. */
static void note_file(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_strv *problems)
{
	const char *value = tmd_value_str(&r->current[TMD_ENV_VALUE]);
	TMD_AUTO_STRV struct tmd_strv faults = { 0 };
	TMD_AUTO_STRV struct tmd_strv losses = { 0 };

	if (value)
		tmd_env_note_file(ctx, tmd_value_str(&r->current[TMD_ENV_NAME]), value, &faults,
				  &losses);
	tmd_env_report_ca_file(r, &faults, &losses, problems);
}

static void fill_current(struct tmd_ctx *ctx, struct tmd_resource *r,
			 const struct tmd_env_places *places, const char *name)
{
	const struct tmd_reg_value *value = tmd_env_find_value(&places->own.values, name);
	const struct tmd_reg_value *variable = tmd_env_find_variable(&places->own, name);
	TMD_AUTO_STRV struct tmd_strv problems = { 0 };
	TMD_AUTO_STRV struct tmd_strv strays = { 0 };
	struct tmd_value *current = r->current;

	note_problems(ctx, places, name, &problems);
	tmd_env_note_strays(places, name, &strays);
	tmd_value_set_string(&current[TMD_ENV_NAME], value ? value->name : name);
	tmd_value_set_string(&current[TMD_ENV_STATE], variable ? "present" : "absent");
	tmd_value_set_string(&current[TMD_ENV_SCOPE], places->own.user ? "user" : "machine");
	tmd_value_set_string(&current[TMD_ENV_USER], places->own.user);
	tmd_value_set_string(&current[TMD_ENV_VALUE], variable ? variable->text : NULL);
	tmd_value_set_string(&current[TMD_ENV_VALUE_TYPE],
			     variable ? type_name(variable->type) : NULL);
	tmd_value_take_string(&current[TMD_ENV_EFFECTIVE_FROM], effective_from(&places->own));
	note_file(ctx, r, &problems);
	tmd_value_set_list(&current[TMD_ENV_PROBLEMS], &problems);
	tmd_value_set_list(&current[TMD_ENV_STRAYS], &strays);
}

enum tmd_rc tmd_env_backend_read(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err)
{
	TMD_AUTO_FREE char *sid = tmd_env_sid_of(r);
	struct env_private *priv;

	tmd_env_backend_release(r);
	priv = tmd_alloc(1, sizeof(*priv));
	r->priv = priv;
	if (tmd_env_places_read(ctx->view, sid, r->name, &priv->places, err))
		return TMD_FAILED;
	fill_current(ctx, r, &priv->places, r->name);
	/* A variable keeps the spelling that it has. */
	tmd_value_copy(&r->desired[TMD_ENV_NAME], &r->current[TMD_ENV_NAME]);
	if (r->input[TMD_ENV_TARGETS_FIELD].kind != TMD_V_NULL)
		tmd_strv_addf(&r->warnings, "%s: 'targets' is for Linux, and ignored here",
			      r->name);
	return TMD_OK;
}

/* ---- planning ---- */

static enum tmd_rc check_name(const struct tmd_resource *r, const struct env_private *priv,
			      struct tmd_error *err)
{
	const char *why = tmd_env_protection(r->name, tmd_env_wanted(r));

	if (!why)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, priv->places.own.path,
			"change it by hand, in the system settings", "env %s: this variable %s",
			r->name, why);
}

static enum tmd_rc check_type(const struct tmd_resource *r, const struct env_private *priv,
			      const struct tmd_reg_value *old, struct tmd_error *err)
{
	if (!old || old->type != TMD_REG_OTHER)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, priv->places.own.path,
			"look what it is for, and remove it with regedit",
			"env %s: the registry holds %s of this name, and no variable", r->name,
			old->text);
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7F)
			return true;
	}
	return false;
}

static enum tmd_rc check_value(const struct tmd_resource *r, const char *value,
			       struct tmd_error *err)
{
	size_t limit = tmd_env_longest_value(r->name);

	if (!*value)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "use state=absent to unset it",
				"env %s: the value is empty", r->name);
	if (has_control(value))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"choose a value, such as another path, without it",
				"env %s: the value holds a control character", r->name);
	if (tmd_env_length(value) > limit)
		return tmd_fail(
			err, TMD_E_INVALID_INPUT, NULL, NULL,
			"env %s: the value is longer than %zu characters, more than Windows "
			"allows",
			r->name, limit);
	return tmd_env_check_ca_path(r, value, tmd_env_is_absolute(value), err);
}

static enum tmd_reg_type wished_type(const struct tmd_resource *r, const struct tmd_reg_value *old)
{
	const char *given = tmd_value_str(&r->desired[TMD_ENV_VALUE_TYPE]);

	if (given)
		return tmd_str_equal(given, "expand") ? TMD_REG_EXPAND : TMD_REG_STRING;
	return old ? old->type : TMD_REG_STRING;
}

/* The whole machine is not pointed at what others than administrators could change. */
static enum tmd_rc check_owner(struct tmd_ctx *ctx, const struct tmd_resource *r,
			       const struct env_private *priv, struct tmd_error *err)
{
	const struct tmd_env_place *place = &priv->places.own;
	TMD_AUTO_FREE char *why = place->user ? NULL :
		tmd_env_changeable(ctx, place, r->name, priv->type, priv->text);

	return why ? tmd_env_refuse_others(r, priv->text, why, err) : TMD_OK;
}

static enum tmd_rc check_file(struct tmd_ctx *ctx, struct tmd_resource *r, const char *value,
			      struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv faults = { 0 };
	TMD_AUTO_STRV struct tmd_strv losses = { 0 };

	tmd_env_note_file(ctx, r->name, value, &faults, &losses);
	return tmd_env_refuse_ca_file(r, value, &faults, &losses, err);
}

static enum tmd_rc decide(struct tmd_ctx *ctx, struct tmd_resource *r, struct env_private *priv,
			  const struct tmd_reg_value *old, struct tmd_error *err)
{
	const char *value = tmd_value_str(&r->desired[TMD_ENV_VALUE]);

	free(priv->text);
	priv->text = NULL;
	if (check_name(r, priv, err))
		return TMD_FAILED;
	if (!tmd_env_wanted(r))
		return TMD_OK;
	if (check_type(r, priv, old, err))
		return TMD_FAILED;
	/* The state that get reports may lack a value: then only the type is to change. */
	if (!value)
		value = old ? old->text : "";
	if (check_value(r, value, err))
		return TMD_FAILED;
	priv->type = wished_type(r, old);
	priv->text = tmd_strdup(value);
	return check_file(ctx, r, value, err) || check_owner(ctx, r, priv, err) ? TMD_FAILED :
										   TMD_OK;
}

static void warn_of_value(struct tmd_ctx *ctx, struct tmd_resource *r,
			  const struct env_private *priv)
{
	bool given = r->input[TMD_ENV_VALUE_TYPE].kind != TMD_V_NULL;
	const char *at = priv->text;
	struct tmd_env_reference reference;

	tmd_env_note_length(r->name, priv->text, &r->warnings);
	if (priv->type == TMD_REG_EXPAND)
		tmd_env_note_undefined(&priv->places, r->name, priv->text, &r->warnings);
	else if (!given && tmd_env_next_reference(&at, &reference))
		tmd_strv_addf(&r->warnings,
			      "%s: %%%.*s%% will not be expanded in a variable of type string; "
			      "write value_type=expand if it is meant to be",
			      r->name, (int)reference.len, reference.name);
	tmd_env_note_changeable(ctx, &priv->places.own, r->name, priv->type, priv->text,
				&r->warnings);
}

enum tmd_rc tmd_env_backend_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_changeset *set, struct tmd_error *err)
{
	struct env_private *priv = r->priv;
	const struct tmd_env_place *place = &priv->places.own;
	const struct tmd_reg_value *old = tmd_env_find_value(&place->values, r->name);

	if (decide(ctx, r, priv, old, err))
		return TMD_FAILED;
	tmd_env_add_step(set, r, place, old, priv->type, priv->text);
	set->rebuild = true;
	if (priv->text)
		warn_of_value(ctx, r, priv);
	tmd_env_note_namesakes(&priv->places, r->name, &r->warnings);
	return TMD_OK;
}

/* ---- once for all variables of a run ---- */

static enum tmd_rc flush(struct tmd_ctx *ctx, const char *sid, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = NULL;

	if (tmd_env_key_open(sid, &key, err))
		return TMD_FAILED;
	return tmd_env_key_flush(ctx->fs, key, err);
}

static bool flushed_before(struct tmd_resource *const *resources, size_t index, const char *sid)
{
	for (size_t i = 0; i < index; i++) {
		const struct env_private *priv = resources[i]->priv;

		if (tmd_str_equal(priv->places.own.sid, sid))
			return true;
	}
	return false;
}

/* Each key is written to the disk once for all variables of the run, and programs told once. */
enum tmd_rc tmd_env_backend_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
				   size_t count, struct tmd_error *err)
{
	enum tmd_rc rc = TMD_OK;

	for (size_t i = 0; i < count && rc == TMD_OK; i++) {
		const struct env_private *priv = resources[i]->priv;

		if (!flushed_before(resources, i, priv->places.own.sid))
			rc = flush(ctx, priv->places.own.sid, err);
	}
	tmd_env_broadcast(BROADCAST_MS);
	return rc;
}

/* ---- what is there ---- */

static int compare_names(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;
	TMD_AUTO_FREE char *folded_left = tmd_env_fold(*left);
	TMD_AUTO_FREE char *folded_right = tmd_env_fold(*right);

	return strcmp(folded_left, folded_right);
}

static void add_instance(struct tmd_ctx *ctx, const struct tmd_env_places *places, const char *name,
			 struct tmd_listing *listing)
{
	struct tmd_resource *r = listing->add(listing);

	r->name = tmd_strdup(name);
	r->backend = tmd_env_backend_names[0];
	fill_current(ctx, r, places, name);
}

/*
 * The others could not be fed back; and what no program gets as a variable is none: a state
 * `absent` in a list would say that there is nothing, and in an export ask for its removal.
 */
static bool can_be_managed(const struct tmd_reg_value *value)
{
	return value->type != TMD_REG_OTHER && tmd_env_can_be_managed(value->name);
}

/* As tmd_env_key_open() takes it. */
static enum tmd_rc query_user(const struct tmd_resource *query, const char **out,
			      struct tmd_error *err)
{
	const char *user = tmd_value_str(&query->input[TMD_ENV_USER]);
	bool one = tmd_str_equal(tmd_value_str(&query->input[TMD_ENV_SCOPE]), "user");

	if (user && !one)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "add scope=user, or drop user",
				"env: 'user' means nothing with scope=machine");
	if (user && !*user)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NAME_A_USER,
				"env: 'user' is empty");
	*out = one && !user ? "" : user;
	return TMD_OK;
}

enum tmd_rc tmd_env_backend_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
				 struct tmd_listing *listing, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_places_release) struct tmd_env_places places = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	const char *user;

	if (check_live(ctx, err) || query_user(query, &user, err) ||
	    tmd_env_places_read(ctx->view, user, NULL, &places, err))
		return TMD_FAILED;
	for (size_t i = 0; i < places.own.values.count; i++) {
		if (can_be_managed(&places.own.values.items[i]))
			tmd_strv_add(&names, places.own.values.items[i].name);
	}
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	for (size_t i = 0; i < names.count; i++)
		add_instance(ctx, &places, names.items[i], listing);
	return TMD_OK;
}
