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
#include "os/console.h"
#include "os/registry.h"
#include "resources/env/ca_file.h"
#include "resources/env/owner.h"
#include "resources/env/strays.h"
#include "resources/env/vars.h"

#define BROADCAST_MS 200 /* for each window: one that hangs must not hold up a fleet */

/*
 * No variable may be longer, its name, '=' and end included. Shorter ones already meet limits of
 * those who make an environment of the registry key, and of the dialog in which people edit it.
 */
#define LENGTH_MAX 32767
#define LENGTH_SAFE 2047
#define EXCERPT_MAX 200 /* bytes of a value in a message */

#define NAME_A_USER "name a user, or leave user out for the caller's own"

/* One registry key, with what earlier resources of this run plan for it. */
struct place {
	char *path;
	char *user; /* "DOMAIN\NAME"; NULL: the machine */
	char *sid;  /* NULL: the machine */
	struct tmd_reg_values values;
};

/*
 * A key and those that count besides: for the machine's the keys of every loaded user that the
 * caller may read, for a user's the machine's.
 */
struct view {
	struct place own;
	struct place *others;
	size_t count;
	size_t cap;
};

struct env_private {
	struct view view;
	enum tmd_reg_type type; /* plan(): of the wished value; with `text` NULL it is to go */
	char *text;
};

const char *const tmd_env_backend_names[] = { "windows", NULL };

static void release_place(struct place *place)
{
	free(place->path);
	free(place->user);
	free(place->sid);
	tmd_reg_values_release(&place->values);
}

static void release_view(struct view *view)
{
	release_place(&view->own);
	for (size_t i = 0; i < view->count; i++)
		release_place(&view->others[i]);
	free(view->others);
	memset(view, 0, sizeof(*view));
}

static void release(struct tmd_resource *r)
{
	struct env_private *priv = r->priv;

	if (!priv)
		return;
	release_view(&priv->view);
	free(priv->text);
	free(priv);
	r->priv = NULL;
}

/* ---- names ---- */

/* Windows ignores case in names, and ours are ASCII. Caller frees. */
static char *fold(const char *name)
{
	char *folded = tmd_strdup(name);

	for (char *c = folded; *c; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return folded;
}

/* What a variable is called in this run, whatever its spelling. Caller frees. */
static char *identity_of(const char *sid, const char *name)
{
	TMD_AUTO_FREE char *folded = fold(name);

	return sid ? tmd_format("env:user:%s:%s", sid, folded)
		   : tmd_format("env:machine:%s", folded);
}

/* Back from there: the SID, NULL for the machine. Caller frees. */
static char *sid_of(const struct tmd_resource *r)
{
	static const char prefix[] = "env:user:";
	const char *sid = r->identity + strlen(prefix);

	if (!tmd_str_starts(r->identity, prefix))
		return NULL;
	return tmd_strndup(sid, strcspn(sid, ":"));
}

static struct tmd_reg_value *find_value(const struct tmd_reg_values *values, const char *name)
{
	for (size_t i = 0; i < values->count; i++) {
		if (tmd_str_equal_nocase(values->items[i].name, name))
			return &values->items[i];
	}
	return NULL;
}

/* The variable as programs may get it: a value of another type is none. */
static const struct tmd_reg_value *find_variable(const struct place *place, const char *name)
{
	const struct tmd_reg_value *value = find_value(&place->values, name);

	return value && value->type != TMD_REG_OTHER ? value : NULL;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (tmd_str_equal_nocase(name, *names))
			return true;
	}
	return false;
}

/* Names that Windows itself puts into every environment, or into that of every session. */
static bool is_given_by_system(const char *name)
{
	static const char *const given[] = {
		"ALLUSERSPROFILE", "APPDATA", "CommonProgramFiles", "CommonProgramFiles(x86)",
		"CommonProgramW6432", "COMPUTERNAME", "HOMEDRIVE", "HOMEPATH", "HOMESHARE",
		"LOCALAPPDATA", "LOGONSERVER", "ProgramData", "ProgramFiles",
		"ProgramFiles(x86)", "ProgramW6432", "PUBLIC", "SESSIONNAME", "SystemDrive",
		"SystemRoot", "USERDNSDOMAIN", "USERDOMAIN", "USERNAME", "USERPROFILE", NULL,
	};

	return is_one_of(name, given);
}

/* Why a variable is not to be set or unset as a whole, as a phrase; NULL: nothing against it. */
static const char *protection(const char *name, bool wanted)
{
	static const char *const lists[] = { "PATH", "PATHEXT", "PSModulePath", NULL };
	static const char *const needed[] = { "TEMP", "TMP", NULL };
	static const char *const kept[] = { "ComSpec", "DriverData", "OS", "NUMBER_OF_PROCESSORS",
					    "windir",  NULL };
	TMD_AUTO_FREE char *folded = fold(name);

	if (is_one_of(name, lists))
		return "is a list that other programs add to, and is not to be replaced";
	if (is_given_by_system(name) || is_one_of(name, kept) ||
	    tmd_str_starts(folded, "PROCESSOR_"))
		return "is kept by Windows itself";
	if (!wanted && is_one_of(name, needed))
		return "is needed by most programs";
	return NULL;
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
		r->identity = identity_of(NULL, r->name);
		return TMD_OK;
	}
	if (user && !*user)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NAME_A_USER,
				"env %s: 'user' is empty", r->name);
	if (tmd_env_key_find_user(user ? user : "", &sid, &name, err))
		return TMD_FAILED;
	tmd_value_take_string(&r->desired[TMD_ENV_USER], name);
	r->identity = identity_of(sid, r->name);
	return TMD_OK;
}

/*
 * Values are looked at in plan() alone: what stands in the registry already may be fed back,
 * whatever it is.
 */
static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	if (check_live(ctx, err) || set_place(r, err))
		return TMD_FAILED;
	/* One spelling for all, until read() knows the one that stands there. */
	tmd_value_take_string(&r->desired[TMD_ENV_NAME], fold(r->name));
	if (!tmd_env_wanted(r))
		return TMD_OK;
	tmd_value_copy(&r->desired[TMD_ENV_VALUE], &r->input[TMD_ENV_VALUE]);
	tmd_value_copy(&r->desired[TMD_ENV_VALUE_TYPE], &r->input[TMD_ENV_VALUE_TYPE]);
	return TMD_OK;
}

/* ---- looking at the registry ---- */

/* What plan() leaves for later resources of the run: a letter for the type, and the text. */
#define PLANNED_STRING 's'
#define PLANNED_EXPAND 'e'
#define PLANNED_GONE '-'

static void remove_value(struct tmd_reg_values *values, size_t index)
{
	free(values->items[index].name);
	free(values->items[index].text);
	values->count--;
	memmove(&values->items[index], &values->items[index + 1],
		(values->count - index) * sizeof(*values->items));
}

static void set_value(struct tmd_reg_values *values, const char *name, const char *planned)
{
	enum tmd_reg_type type = *planned == PLANNED_EXPAND ? TMD_REG_EXPAND : TMD_REG_STRING;
	struct tmd_reg_value *value = find_value(values, name);

	if (!value) {
		tmd_reg_values_add(values, name, type, planned + 1);
		return;
	}
	free(value->text);
	value->text = tmd_strdup(planned + 1);
	value->type = type;
}

static void apply_planned(const struct tmd_ctx *ctx, struct place *place, const char *name)
{
	TMD_AUTO_FREE char *identity = identity_of(place->sid, name);
	const struct tmd_buf *planned = tmd_view_fact(ctx->view, identity);

	if (!planned)
		return;
	if (*tmd_buf_str(planned) != PLANNED_GONE) {
		set_value(&place->values, name, tmd_buf_str(planned));
		return;
	}
	for (size_t i = place->values.count; i-- > 0;) {
		if (tmd_str_equal_nocase(place->values.items[i].name, name))
			remove_value(&place->values, i);
	}
}

static void apply_all_planned(const struct tmd_ctx *ctx, struct place *place, const char *name)
{
	for (size_t i = place->values.count; i-- > 0;) {
		TMD_AUTO_FREE char *other = tmd_strdup(place->values.items[i].name);

		apply_planned(ctx, place, other);
	}
	if (name)
		apply_planned(ctx, place, name);
}

/* `user` as tmd_env_key_open() takes it; `name` is the variable that it is all about, or NULL. */
static enum tmd_rc read_place(const struct tmd_ctx *ctx, const char *user, const char *name,
			      struct place *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = NULL;
	struct tmd_reg_values values = { 0 };

	if (tmd_env_key_open(user, &key, err) || tmd_env_key_read(key, &values, err))
		return TMD_FAILED;
	out->values = values;
	out->path = tmd_strdup(tmd_env_key_path(key));
	out->user = tmd_strdup(tmd_env_key_user(key));
	out->sid = tmd_strdup(tmd_env_key_sid(key));
	apply_all_planned(ctx, out, name);
	return TMD_OK;
}

/* What the caller may not see is no reason to fail: another user's affairs are a remark. */
static void add_other(const struct tmd_ctx *ctx, const char *user, const char *name,
		      struct view *view)
{
	struct place place = { 0 };
	struct tmd_error ignored = { 0 };

	if (read_place(ctx, user, name, &place, &ignored))
		return;
	view->others = tmd_grow(view->others, &view->cap, view->count + 1, sizeof(place));
	view->others[view->count++] = place;
}

static enum tmd_rc read_view(const struct tmd_ctx *ctx, const char *user, const char *name,
			     struct view *view, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv sids = { 0 };
	struct tmd_error ignored = { 0 };

	if (read_place(ctx, user, name, &view->own, err))
		return TMD_FAILED;
	if (user) {
		add_other(ctx, NULL, name, view);
		return TMD_OK;
	}
	if (tmd_env_key_list_users(&sids, &ignored))
		return TMD_OK;
	for (size_t i = 0; i < sids.count; i++)
		add_other(ctx, sids.items[i], name, view);
	return TMD_OK;
}

/* ---- references: %NAME% ---- */

struct reference {
	const char *name;
	size_t len;
};

/* Could that be meant as a name? "100% of 50%" holds none. */
static bool is_name_like(const char *name, size_t len)
{
	return len && !memchr(name, '=', len) && !tmd_is_space(name[0]) &&
	       !tmd_is_space(name[len - 1]);
}

/* The next one from *at on. A '%' that ends no reference may begin the next, as for Windows. */
static bool next_reference(const char **at, struct reference *out)
{
	const char *start = strchr(*at, '%');

	while (start) {
		const char *end = strchr(start + 1, '%');

		if (end && is_name_like(start + 1, (size_t)(end - start - 1))) {
			*out = (struct reference){ start + 1, (size_t)(end - start - 1) };
			*at = end;
			return true;
		}
		start = end;
	}
	return false;
}

/* A variable that refers to itself means what was set before: the machine's, in a user's. */
static bool is_defined(const struct view *view, const char *name, const char *other)
{
	if (is_given_by_system(other))
		return true;
	if (!tmd_str_equal_nocase(name, other) && find_variable(&view->own, other))
		return true;
	return view->own.user && view->count && find_variable(&view->others[0], other);
}

static void note_undefined(const struct view *view, const char *name, const char *text,
			   struct tmd_strv *out)
{
	const char *at = text;
	struct reference reference;

	while (next_reference(&at, &reference)) {
		TMD_AUTO_FREE char *other = tmd_strndup(reference.name, reference.len);
		TMD_AUTO_FREE char *line = NULL;

		if (is_defined(view, name, other)) {
			at++;
			continue;
		}
		line = tmd_format("%s: %%%s%% is not defined, and stays in the value as it is",
				  name, other);
		tmd_strv_add_once(out, line);
	}
}

/* ---- what is worth a word ---- */

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* With a drive or a share; what begins with a reference is what that expands to. */
static bool is_absolute(const char *value)
{
	if (value[0] == '%')
		return true;
	if (tmd_is_alpha(value[0]) && value[1] == ':')
		return is_separator(value[2]);
	return is_separator(value[0]) && is_separator(value[1]);
}

/* At most EXCERPT_MAX bytes of a text, cut between characters. Caller frees. */
static char *excerpt(const char *text)
{
	size_t len = strlen(text);

	if (len <= EXCERPT_MAX)
		return tmd_strdup(text);
	len = EXCERPT_MAX;
	while (len && ((unsigned char)text[len] & 0xC0) == 0x80)
		len--;
	return tmd_format("%.*s…", (int)len, text);
}

/* As Windows counts: 16-bit units. The text is valid UTF-8. */
static size_t length_of(const char *text)
{
	size_t units = 0;

	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;

		units += (byte & 0xC0) != 0x80;
		units += byte >= 0xF0;
	}
	return units;
}

/* Without its name, '=' and the end. */
static size_t longest_value(const char *name)
{
	return LENGTH_MAX - length_of(name) - 2;
}

static void note_length(const char *name, const char *text, struct tmd_strv *out)
{
	size_t length = length_of(text);

	if (length > longest_value(name))
		tmd_strv_addf(out,
			      "%s: the value is too long: it has %zu characters, and no program "
			      "gets a variable with more than %zu",
			      name, length, longest_value(name));
	else if (length > LENGTH_SAFE)
		tmd_strv_addf(out,
			      "%s: the value is longer than %d characters, which some programs "
			      "that read or edit variables cut or drop",
			      name, LENGTH_SAFE);
}

/* Whose variable of this name counts instead of this one, or in its stead. */
static void note_others(const struct view *view, const char *name, struct tmd_strv *out)
{
	bool here = find_variable(&view->own, name);
	bool joined = tmd_str_equal_nocase(name, "PATH"); /* the machine's, and then the user's */

	for (size_t i = 0; i < view->count && !joined; i++) {
		const struct place *other = &view->others[i];
		const struct tmd_reg_value *value = find_variable(other, name);
		TMD_AUTO_FREE char *text = value ? excerpt(value->text) : NULL;

		if (text && other->user)
			tmd_strv_addf(
				out,
				"%s: the user %s has a variable of this name, which beats the "
				"machine's: %s (%s)",
				name, other->user, text, other->path);
		else if (text && !here)
			tmd_strv_addf(out, "%s: the user %s gets the machine's: %s (%s)", name,
				      view->own.user, text, other->path);
	}
}

static bool holds_reference(const char *text)
{
	struct reference ignored;

	return next_reference(&text, &ignored);
}

/* Nobody expands a string; a name that is defined was surely meant to be expanded. */
static void note_literal(const struct view *view, const char *name, const char *text,
			 struct tmd_strv *out)
{
	bool names_file = tmd_env_names_ca_file(name);
	const char *at = text;
	struct reference reference;

	while (next_reference(&at, &reference)) {
		TMD_AUTO_FREE char *other = tmd_strndup(reference.name, reference.len);

		if (names_file || is_defined(view, name, other))
			tmd_strv_addf(out,
				      "%s: %%%s%% is not expanded in a variable of type string: "
				      "programs get it as it stands; write value_type=expand",
				      name, other);
		at++;
	}
}

/* What people write into the value of a variable that names a file, and no program takes off. */
static void note_spelling(const char *name, const char *text, struct tmd_strv *out)
{
	size_t len = strlen(text);

	if (text[0] == '"' || text[0] == '\'')
		tmd_strv_addf(out,
			      "%s: the value is in quotes, which programs take for a part of the "
			      "file's name",
			      name);
	if (len && (tmd_is_space(text[0]) || tmd_is_space(text[len - 1])))
		tmd_strv_addf(out,
			      "%s: the value begins or ends with a blank, which programs take "
			      "for a part of the file's name",
			      name);
}

/* ---- whose file it is ---- */

/* With what the caller's own environment says for each %NAME%; NULL where it does not. */
static char *expanded(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	const char *done = text;
	const char *at = text;
	struct reference reference;

	while (next_reference(&at, &reference)) {
		TMD_AUTO_FREE char *name = tmd_strndup(reference.name, reference.len);
		const char *value = tmd_console_env(name);

		if (!value)
			return NULL;
		tmd_buf_add(&out, done, (size_t)(reference.name - 1 - done));
		tmd_buf_add_str(&out, value);
		done = ++at;
	}
	tmd_buf_add_str(&out, done);
	return tmd_strdup(tmd_buf_str(&out));
}

/*
 * Who else could change what is trusted by a value with a reference, as a clause; the caller frees.
 * NULL: nobody, or it cannot be told, as for the file of another user. The type looks itself at
 * what stands there as a path.
 */
static char *changeable(struct tmd_ctx *ctx, const struct place *place, const char *name,
			enum tmd_reg_type type, const char *text)
{
	bool refers = type == TMD_REG_EXPAND && holds_reference(text);
	TMD_AUTO_FREE char *value = refers ? expanded(text) : NULL;
	bool own = !place->user || tmd_str_starts(place->path, "HKEY_CURRENT_USER\\");
	const char *at = value;
	struct tmd_error ignored = { 0 };
	char *path;
	char *why = NULL;

	if (!own || !value || !tmd_env_names_trust(name))
		return NULL;
	while (!why && (path = tmd_env_next_path(name, ';', &at))) {
		if (tmd_view_changeable_by_others(ctx->view, path, place->user ? 0 : TMD_KEEP,
						  &why, &ignored))
			why = NULL;
		free(path);
	}
	return why;
}

static void note_changeable(struct tmd_ctx *ctx, const struct place *place, const char *name,
			    enum tmd_reg_type type, const char *text, struct tmd_strv *out)
{
	TMD_AUTO_FREE char *why = changeable(ctx, place, name, type, text);

	if (why)
		tmd_strv_addf(out, "%s: other users could change what is trusted: %s", name, why);
}

/* What a program gets that looks for a CA file there. */
static void note_file(struct tmd_ctx *ctx, const char *name, const char *text, struct tmd_strv *out)
{
	size_t spelling = out->count;

	if (!tmd_env_names_ca_file(name) || !*text)
		return;
	note_spelling(name, text, out);
	/* What a reference expands to depends on who is asking. */
	if (out->count > spelling || holds_reference(text))
		return;
	if (is_absolute(text))
		tmd_env_note_ca_file(ctx, name, text, out);
	else
		tmd_strv_addf(out,
			      "%s: the value is no whole path: programs look for the file in "
			      "whatever directory they run",
			      name);
}

static void note_value(struct tmd_ctx *ctx, const struct view *view,
		       const struct tmd_reg_value *value, struct tmd_strv *out)
{
	if (value->type == TMD_REG_OTHER) {
		tmd_strv_addf(out,
			      "%s: the registry holds %s of this name, which no program gets "
			      "as a variable (%s)",
			      value->name, value->text, view->own.path);
		return;
	}
	if (!*value->text)
		tmd_strv_addf(out, "%s: the value is empty, which many programs take for not set",
			      value->name);
	note_length(value->name, value->text, out);
	if (value->type == TMD_REG_EXPAND)
		note_undefined(view, value->name, value->text, out);
	else
		note_literal(view, value->name, value->text, out);
	note_file(ctx, value->name, value->text, out);
	note_changeable(ctx, &view->own, value->name, value->type, value->text, out);
}

static void note_strays_in(const struct place *place, const char *name, struct tmd_strv *out)
{
	TMD_AUTO_FREE char *watched = fold(name);

	for (size_t i = 0; i < place->values.count; i++) {
		const struct tmd_reg_value *value = &place->values.items[i];
		TMD_AUTO_FREE char *other = fold(value->name);
		const char *why = tmd_env_stray(watched, other);
		const char *quote = strchr(value->name, ' ') ? "\"" : ""; /* or nobody sees it */

		if (why && value->type != TMD_REG_OTHER)
			tmd_strv_addf(out, "%s%s%s (%s): %s", quote, value->name, quote, why,
				      place->path);
	}
}

static void note_strays(const struct view *view, const char *name, struct tmd_strv *out)
{
	note_strays_in(&view->own, name, out);
	for (size_t i = 0; i < view->count; i++)
		note_strays_in(&view->others[i], name, out);
}

/* ---- reading ---- */

/* Explorer heeds the announcement of a change, and hands it on to what it starts from then on. */
#define AT_SIGN_IN "next sign-in, or at once for what Explorer starts in this session"

static char *effective_from(const struct place *place)
{
	if (!place->user)
		return tmd_strdup(AT_SIGN_IN "; for services: next boot");
	if (tmd_str_starts(place->path, "HKEY_CURRENT_USER\\"))
		return tmd_strdup(AT_SIGN_IN);
	return tmd_format("next sign-in of %s", place->user);
}

static const char *type_name(enum tmd_reg_type type)
{
	return type == TMD_REG_EXPAND ? "expand" : "string";
}

static void fill_current(struct tmd_ctx *ctx, struct tmd_resource *r, const struct view *view,
			 const char *name)
{
	const struct tmd_reg_value *value = find_value(&view->own.values, name);
	const struct tmd_reg_value *variable = find_variable(&view->own, name);
	TMD_AUTO_STRV struct tmd_strv problems = { 0 };
	TMD_AUTO_STRV struct tmd_strv strays = { 0 };
	struct tmd_value *current = r->current;

	if (value)
		note_value(ctx, view, value, &problems);
	note_others(view, value ? value->name : name, &problems);
	note_strays(view, name, &strays);
	tmd_value_set_string(&current[TMD_ENV_NAME], value ? value->name : name);
	tmd_value_set_string(&current[TMD_ENV_STATE], variable ? "present" : "absent");
	tmd_value_set_string(&current[TMD_ENV_SCOPE], view->own.user ? "user" : "machine");
	tmd_value_set_string(&current[TMD_ENV_USER], view->own.user);
	tmd_value_set_string(&current[TMD_ENV_VALUE], variable ? variable->text : NULL);
	tmd_value_set_string(&current[TMD_ENV_VALUE_TYPE],
			     variable ? type_name(variable->type) : NULL);
	tmd_value_take_string(&current[TMD_ENV_EFFECTIVE_FROM], effective_from(&view->own));
	tmd_value_set_list(&current[TMD_ENV_PROBLEMS], &problems);
	tmd_value_set_list(&current[TMD_ENV_STRAYS], &strays);
}

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_AUTO_FREE char *sid = sid_of(r);
	struct env_private *priv;

	release(r);
	priv = tmd_alloc(1, sizeof(*priv));
	r->priv = priv;
	if (read_view(ctx, sid, r->name, &priv->view, err))
		return TMD_FAILED;
	fill_current(ctx, r, &priv->view, r->name);
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
	const char *why = protection(r->name, tmd_env_wanted(r));

	if (!why)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, priv->view.own.path,
			"change it by hand, in the system settings", "env %s: this variable %s",
			r->name, why);
}

static enum tmd_rc check_type(const struct tmd_resource *r, const struct env_private *priv,
			      const struct tmd_reg_value *old, struct tmd_error *err)
{
	if (!old || old->type != TMD_REG_OTHER)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, priv->view.own.path,
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
	size_t limit = longest_value(r->name);

	if (!*value)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "use state=absent to unset it",
				"env %s: the value is empty", r->name);
	if (has_control(value))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"choose a value, such as another path, without it",
				"env %s: the value holds a control character", r->name);
	if (length_of(value) > limit)
		return tmd_fail(
			err, TMD_E_INVALID_INPUT, NULL, NULL,
			"env %s: the value is longer than %zu characters, more than Windows "
			"allows",
			r->name, limit);
	return tmd_env_check_ca_file(r, value, is_absolute(value), err);
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
	const struct place *place = &priv->view.own;
	TMD_AUTO_FREE char *why =
		place->user ? NULL : changeable(ctx, place, r->name, priv->type, priv->text);

	if (!why)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, priv->text,
			"name a file that only administrators may change, below C:\\Program Files "
			"or C:\\ProgramData",
			"env %s: other users could change what the machine is to trust: %s", r->name,
			why);
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
	return check_owner(ctx, r, priv, err);
}

/* One line, as `reg query` would have it. NULL where there is nothing. Caller frees. */
static void warn_of_value(struct tmd_ctx *ctx, struct tmd_resource *r,
			  const struct env_private *priv)
{
	bool given = r->input[TMD_ENV_VALUE_TYPE].kind != TMD_V_NULL;
	const char *at = priv->text;
	struct reference reference;

	note_length(r->name, priv->text, &r->warnings);
	if (priv->type == TMD_REG_EXPAND)
		note_undefined(&priv->view, r->name, priv->text, &r->warnings);
	else if (!given && next_reference(&at, &reference))
		tmd_strv_addf(&r->warnings,
			      "%s: %%%.*s%% will not be expanded in a variable of type string; "
			      "write value_type=expand if it is meant to be",
			      r->name, (int)reference.len, reference.name);
	note_file(ctx, r->name, priv->text, &r->warnings);
	note_changeable(ctx, &priv->view.own, r->name, priv->type, priv->text, &r->warnings);
}

static void warn(struct tmd_ctx *ctx, struct tmd_resource *r, const struct env_private *priv)
{
	tmd_strv_addf(&r->warnings, "%s: programs that run keep what they have; it counts from: %s",
		      r->name, tmd_value_str(&r->current[TMD_ENV_EFFECTIVE_FROM]));
	if (priv->text)
		warn_of_value(ctx, r, priv);
	note_others(&priv->view, r->name, &r->warnings);
	note_strays(&priv->view, r->name, &r->warnings);
}

/* ---- the step: one value of one key ---- */

struct value_step {
	struct tmd_step base;
	char *identity; /* the resource's: the name under which it is planned */
	char *path;
	char *sid;
	char *name;
	enum tmd_reg_type type;
	char *text;   /* NULL: the value goes */
	char *before; /* as the difference shows it */
};

static const struct value_step *of(const struct tmd_step *step)
{
	return (const struct value_step *)step;
}

static char *diff_line(const char *name, enum tmd_reg_type type, const char *text)
{
	if (!text)
		return NULL;
	return tmd_format("%s=%s (%s)\n", name, text,
			  type == TMD_REG_EXPAND ? "REG_EXPAND_SZ" : "REG_SZ");
}

static enum tmd_rc check_key(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = NULL;

	(void)fs;
	if (tmd_env_key_open(of(step)->sid, &key, err))
		return TMD_FAILED;
	return tmd_env_key_check(key, err);
}

static enum tmd_rc change_key(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = NULL;

	if (tmd_env_key_open(of(step)->sid, &key, err))
		return TMD_FAILED;
	if (!of(step)->text)
		return tmd_env_key_delete(fs, key, of(step)->name, err);
	return tmd_env_key_set(fs, key, of(step)->name, of(step)->type, of(step)->text, err);
}

static enum tmd_rc preview_key(const struct tmd_step *step, struct tmd_view *view,
			       struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf content = { 0 };

	(void)err;
	if (of(step)->text)
		tmd_buf_addf(&content, "%c%s",
			     of(step)->type == TMD_REG_EXPAND ? PLANNED_EXPAND : PLANNED_STRING,
			     of(step)->text);
	else
		tmd_buf_add_char(&content, PLANNED_GONE);
	tmd_view_put_fact(view, of(step)->identity, &content);
	return TMD_OK;
}

static void describe_key(const struct tmd_step *step, struct tmd_view *view, struct tmd_diff *diff)
{
	(void)view;
	diff->path = tmd_strdup(of(step)->path);
	diff->before = tmd_strdup(of(step)->before);
	diff->after = diff_line(of(step)->name, of(step)->type, of(step)->text);
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

static const struct tmd_step_ops value_step_ops = { check_key, change_key, preview_key,
						    describe_key, release_step };

static struct tmd_step *make_step(const struct tmd_resource *r, const struct env_private *priv,
				  const struct tmd_reg_value *old)
{
	const char *name = tmd_value_str(&r->desired[TMD_ENV_NAME]);
	struct value_step *step = tmd_alloc(1, sizeof(*step));

	step->base.ops = &value_step_ops;
	step->identity = tmd_strdup(r->identity);
	step->path = tmd_format("%s\\%s", priv->view.own.path, name);
	step->sid = tmd_strdup(priv->view.own.sid);
	step->name = tmd_strdup(name);
	step->type = priv->type;
	step->text = tmd_strdup(priv->text);
	step->before = old ? diff_line(name, old->type, old->text) : NULL;
	return &step->base;
}

static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	struct env_private *priv = r->priv;
	const struct tmd_reg_value *old = find_value(&priv->view.own.values, r->name);

	if (decide(ctx, r, priv, old, err))
		return TMD_FAILED;
	tmd_changeset_add(set, make_step(r, priv, old));
	set->rebuild = true;
	warn(ctx, r, priv);
	return TMD_OK;
}

/* ---- once for all of them ---- */

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

		if (tmd_str_equal(priv->view.own.sid, sid))
			return true;
	}
	return false;
}

/* Each key is written to the disk once for all variables of the run, and programs told once. */
static enum tmd_rc commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources, size_t count,
			  struct tmd_error *err)
{
	enum tmd_rc rc = TMD_OK;

	for (size_t i = 0; i < count && rc == TMD_OK; i++) {
		const struct env_private *priv = resources[i]->priv;

		if (!flushed_before(resources, i, priv->view.own.sid))
			rc = flush(ctx, priv->view.own.sid, err);
	}
	tmd_env_broadcast(BROADCAST_MS);
	return rc;
}

/* ---- what is there ---- */

static int compare_names(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;
	TMD_AUTO_FREE char *folded_left = fold(*left);
	TMD_AUTO_FREE char *folded_right = fold(*right);

	return strcmp(folded_left, folded_right);
}

static void add_instance(struct tmd_ctx *ctx, const struct view *view, const char *name,
			 struct tmd_listing *listing)
{
	struct tmd_resource *r = listing->add(listing);

	r->name = tmd_strdup(name);
	r->backend = tmd_env_backend_names[0];
	fill_current(ctx, r, view, name);
}

/*
 * The others could not be fed back; and what no program gets as a variable is none: a state
 * `absent` in a list would say that there is nothing, and in an export ask for its removal.
 */
static bool can_be_managed(const struct tmd_reg_value *value)
{
	return value->type != TMD_REG_OTHER && tmd_env_name_valid(value->name) &&
	       strlen(value->name) <= TMD_ENV_NAME_MAX;
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

static enum tmd_rc list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			struct tmd_listing *listing, struct tmd_error *err)
{
	TMD_CLEANUP(release_view) struct view view = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	const char *user;

	if (check_live(ctx, err) || query_user(query, &user, err) ||
	    read_view(ctx, user, NULL, &view, err))
		return TMD_FAILED;
	for (size_t i = 0; i < view.own.values.count; i++) {
		if (can_be_managed(&view.own.values.items[i]))
			tmd_strv_add(&names, view.own.values.items[i].name);
	}
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	for (size_t i = 0; i < names.count; i++)
		add_instance(ctx, &view, names.items[i], listing);
	return TMD_OK;
}

const struct tmd_env_backend tmd_env_backend = {
	.names = tmd_env_backend_names,
	.normalize = normalize,
	.read = read_current,
	.plan = plan,
	.release = release,
	.list = list,
	.commit = commit,
};
