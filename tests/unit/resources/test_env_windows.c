/*
 * The env resource as Windows has it, on a registry that this file makes up: types and raw text,
 * names in any case, users before the machine, refusals, permissions, one announcement.
 *
 * The backend is part of this file. Programs take from a library only what they lack, so that
 * neither this system's backend nor, on Windows, its registry is linked besides.
 */
#include "unit.h"

#include "base/mem.h"
#include "base/str.h"
#include "os/registry.h"
#include "resources/changes.h"
#include "resources/env/env.h"
#include "resources/types.h"

#define tmd_console_env fake_console_env
#define tmd_view_changeable_by_others fake_changeable_by_others
static const char *fake_console_env(const char *name);
static enum tmd_rc fake_changeable_by_others(struct tmd_view *view, const char *path, uint32_t user,
					     char **why, struct tmd_error *error);

#define tmd_path_list_separator windows_separator
extern const char windows_separator[];
const char windows_separator[] = ";";

#define tmd_env_dangles fake_dangles
static bool fake_dangles(struct tmd_ctx *ctx, const char *value, const char *path);

#include "resources/env/owner.c"
#include "resources/env/trust_vars.c"
#include "resources/env/win32/backend_windows.c"
#include "resources/env/win32/dangling.c"
#include "resources/env/win32/names.c"
#include "resources/env/win32/places.c"
#include "resources/env/win32/references.c"
#include "resources/env/win32/remarks.c"

/* Files are no part of this; test_env_ca_file.c looks at them. */
static const char *missing_file;
static const char *damaged_file;

void tmd_env_note_ca_file(struct tmd_ctx *ctx, const char *name, const char *path,
			  struct tmd_strv *out, struct tmd_strv *losses)
{
	(void)ctx;
	if (tmd_str_equal(damaged_file, path))
		tmd_strv_addf(losses, "%s: %s: line 9: damaged", name, path);
	if (tmd_str_equal(missing_file, path))
		tmd_strv_addf(out, "%s: there is no file %s", name, path);
}

static bool fake_dangles(struct tmd_ctx *ctx, const char *value, const char *path)
{
	(void)ctx;
	return strcmp(value, path) == 0;
}

#define VAR "SHOTGUN_API_CACERTS"
#define MACHINE                                                                                    \
	"HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control"                                   \
	"\\Session Manager\\Environment"
#define ANN "S-1-5-21-1-2-3-1001" /* who calls */
#define BOB "S-1-5-21-1-2-3-1002" /* logged in */
#define CAY "S-1-5-21-1-2-3-1003" /* not logged in */
#define CERTS "C:/ProgramData/trustmend/cacert.pem"

/* ---- the registry ---- */

struct tmd_env_key {
	const char *sid; /* NULL: the machine */
	const char *user;
	const char *path;
	bool loaded;
	bool unreadable;
	bool read_only;
	struct tmd_reg_values values;
};

static struct tmd_env_key keys[] = {
	{ NULL, NULL, MACHINE, true, false, false, { 0 } },
	{ ANN, "STUDIO\\ann", "HKEY_CURRENT_USER\\Environment", true, false, false, { 0 } },
	{ BOB, "STUDIO\\bob", "HKEY_USERS\\" BOB "\\Environment", true, false, false, { 0 } },
	{ CAY, "STUDIO\\cay", "HKEY_USERS\\" CAY "\\Environment", false, false, false, { 0 } },
};

enum {
	KEYS = sizeof(keys) / sizeof(*keys)
};

static unsigned opened; /* keys that nobody closed */
static unsigned changes;
static unsigned announcements;
static unsigned flushes;
static unsigned announced_ms;

static struct tmd_env_key *find_key(const char *user)
{
	if (!user)
		return &keys[0];
	if (!*user)
		return &keys[1];
	for (size_t i = 1; i < KEYS; i++) {
		const char *bare = strchr(keys[i].user, '\\') + 1;

		if (tmd_str_equal(user, keys[i].sid) || tmd_str_equal_nocase(user, keys[i].user) ||
		    tmd_str_equal_nocase(user, bare))
			return &keys[i];
	}
	return NULL;
}

void tmd_reg_values_release(struct tmd_reg_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		free(values->items[i].name);
		free(values->items[i].text);
	}
	free(values->items);
	memset(values, 0, sizeof(*values));
}

void tmd_reg_values_add(struct tmd_reg_values *values, const char *name, enum tmd_reg_type type,
			const char *text)
{
	struct tmd_reg_value value = { tmd_strdup(name), type, tmd_strdup(text) };

	values->items = tmd_grow(values->items, &values->cap, values->count + 1, sizeof(value));
	values->items[values->count++] = value;
}

enum tmd_rc tmd_env_key_find_user(const char *user, char **sid, char **name,
				  struct tmd_error *error)
{
	const struct tmd_env_key *key = find_key(user);

	if (!key)
		return tmd_fail(error, TMD_E_NOT_FOUND, NULL, NULL, "there is no user \"%s\"",
				user);
	if (sid)
		*sid = tmd_strdup(key->sid);
	if (name)
		*name = tmd_strdup(key->user);
	return TMD_OK;
}

enum tmd_rc tmd_env_key_list_users(struct tmd_strv *sids, struct tmd_error *error)
{
	(void)error;
	tmd_strv_release(sids);
	for (size_t i = 1; i < KEYS; i++) {
		if (keys[i].loaded)
			tmd_strv_add(sids, keys[i].sid);
	}
	return TMD_OK;
}

enum tmd_rc tmd_env_key_open(const char *user, struct tmd_env_key **out, struct tmd_error *error)
{
	struct tmd_env_key *key = find_key(user);

	ck_assert_ptr_nonnull(key);
	if (key->unreadable)
		return tmd_fail(error, TMD_E_PERMISSION, key->path, "elevate", "no");
	opened++;
	*out = key;
	return TMD_OK;
}

void tmd_env_key_close(struct tmd_env_key *key)
{
	opened -= key != NULL;
}

void tmd_env_key_close_ptr(struct tmd_env_key **key)
{
	tmd_env_key_close(*key);
}

const char *tmd_env_key_path(const struct tmd_env_key *key)
{
	return key->path;
}

const char *tmd_env_key_user(const struct tmd_env_key *key)
{
	return key->user;
}

const char *tmd_env_key_sid(const struct tmd_env_key *key)
{
	return key->sid;
}

enum tmd_rc tmd_env_key_read(struct tmd_env_key *key, struct tmd_reg_values *out,
			     struct tmd_error *error)
{
	(void)error;
	tmd_reg_values_release(out);
	for (size_t i = 0; i < key->values.count; i++) {
		const struct tmd_reg_value *value = &key->values.items[i];

		tmd_reg_values_add(out, value->name, value->type, value->text);
	}
	return TMD_OK;
}

enum tmd_rc tmd_env_key_check(struct tmd_env_key *key, struct tmd_error *error)
{
	if (!key->read_only)
		return TMD_OK;
	return tmd_fail(error, TMD_E_PERMISSION, key->path, "elevate", "no");
}

static struct tmd_reg_value *find_in(struct tmd_env_key *key, const char *name)
{
	for (size_t i = 0; i < key->values.count; i++) {
		if (tmd_str_equal_nocase(key->values.items[i].name, name))
			return &key->values.items[i];
	}
	return NULL;
}

enum tmd_rc tmd_env_key_set(struct tmd_fs *fs, struct tmd_env_key *key, const char *name,
			    enum tmd_reg_type type, const char *text, struct tmd_error *error)
{
	struct tmd_reg_value *value = find_in(key, name);

	(void)error;
	ck_assert_msg(tmd_fs_writes_allowed(fs), "a change without permission to make any");
	changes++;
	if (!value) {
		tmd_reg_values_add(&key->values, name, type, text);
		return TMD_OK;
	}
	value->type = type;
	free(value->text);
	value->text = tmd_strdup(text);
	return TMD_OK;
}

enum tmd_rc tmd_env_key_delete(struct tmd_fs *fs, struct tmd_env_key *key, const char *name,
			       struct tmd_error *error)
{
	struct tmd_reg_value *value = find_in(key, name);
	size_t behind;

	(void)error;
	ck_assert_msg(tmd_fs_writes_allowed(fs), "a change without permission to make any");
	changes++;
	if (!value)
		return TMD_OK;
	free(value->name);
	free(value->text);
	behind = (size_t)(key->values.items + key->values.count - value) - 1;
	memmove(value, value + 1, behind * sizeof(*value));
	key->values.count--;
	return TMD_OK;
}

enum tmd_rc tmd_env_key_flush(struct tmd_fs *fs, struct tmd_env_key *key, struct tmd_error *error)
{
	(void)error;
	(void)key;
	ck_assert_msg(tmd_fs_writes_allowed(fs), "a change without permission to make any");
	flushes++;
	return TMD_OK;
}

void tmd_env_broadcast(unsigned timeout_ms)
{
	announcements++;
	announced_ms = timeout_ms;
}

/* ---- whose files they are ---- */

#define MALLORYS "C:\\mallory\\" /* everybody's; ANNS is the caller's */
#define ANNS "C:\\Users\\ann\\"

static const char *fake_console_env(const char *name)
{
	if (tmd_str_equal(name, "Ann"))
		return "C:\\Users\\ann";
	return tmd_str_equal(name, "Mallory") ? "C:\\mallory" : NULL;
}

static enum tmd_rc fake_changeable_by_others(struct tmd_view *view, const char *path, uint32_t user,
					     char **why, struct tmd_error *error)
{
	(void)view;
	*why = NULL;
	if (path[0] == '?')
		return tmd_fail(error, TMD_E_PERMISSION, path, NULL, "no");
	if (tmd_str_starts(path, MALLORYS))
		*why = tmd_strdup("the directory mallory is everybody's");
	else if (tmd_str_starts(path, ANNS) && user == TMD_KEEP)
		*why = tmd_strdup("it belongs to ann");
	return TMD_OK;
}

/* ---- one resource, taken through the steps of the engine ---- */

struct wish {
	struct tmd_resource r;
	struct tmd_value input[TMD_ENV_FIELDS];
	struct tmd_value desired[TMD_ENV_FIELDS];
	struct tmd_value current[TMD_ENV_FIELDS];
	struct tmd_changeset set;
};

static struct tmd_ctx ctx;
static struct tmd_error err;
static struct wish wish;

static void set_up(void)
{
	ctx_open(&ctx, NULL);
	for (size_t i = 0; i < KEYS; i++) {
		keys[i].unreadable = false;
		keys[i].read_only = false;
	}
	opened = 0;
	changes = 0;
	announcements = 0;
	flushes = 0;
}

static void clear_outcome(struct wish *w)
{
	struct tmd_resource *r = &w->r;

	if (r->type)
		r->type->release(r);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++) {
		tmd_value_release(&w->desired[i]);
		tmd_value_release(&w->current[i]);
	}
	tmd_changeset_release(&w->set);
	tmd_strv_release(&r->warnings);
	free(r->identity);
	free(r->name);
	free(r->diff.path);
	free(r->diff.before);
	free(r->diff.after);
	memset(r, 0, sizeof(*r));
}

static void clear(struct wish *w)
{
	clear_outcome(w);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++)
		tmd_value_release(&w->input[i]);
}

static void tear_down(void)
{
	ck_assert_uint_eq(opened, 0);
	clear(&wish);
	ctx_close(&ctx);
	for (size_t i = 0; i < KEYS; i++)
		tmd_reg_values_release(&keys[i].values);
}

static void put(const char *user, const char *name, enum tmd_reg_type type, const char *text)
{
	tmd_reg_values_add(&find_key(user)->values, name, type, text);
}

static void set_input(enum tmd_env_field field, const char *text)
{
	tmd_value_set_string(&wish.input[field], text);
}

static void want(const char *name, const char *value)
{
	clear(&wish);
	set_input(TMD_ENV_NAME, name);
	if (value)
		set_input(TMD_ENV_VALUE, value);
	else
		set_input(TMD_ENV_STATE, "absent");
}

static void want_for(const char *user, const char *name, const char *value)
{
	want(name, value);
	set_input(TMD_ENV_SCOPE, "user");
	set_input(TMD_ENV_USER, user);
}

static enum tmd_rc normalize_wish(struct wish *w)
{
	clear_outcome(w);
	w->r.type = &tmd_type_env;
	w->r.input = w->input;
	w->r.desired = w->desired;
	w->r.current = w->current;
	return tmd_resource_normalize(&ctx, &w->r, &err);
}

static void read_wish(struct wish *w)
{
	ck_ok(normalize_wish(w), err);
	ck_ok(tmd_resource_read(&ctx, &w->r, &err), err);
}

/* As the engine compares: parameters never, and no wish is content with everything. */
static bool differs(const struct wish *w)
{
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++) {
		if (tmd_type_env.fields[i].flags & TMD_F_PARAM)
			continue;
		if (w->desired[i].kind != TMD_V_NULL &&
		    !tmd_value_equal(&w->desired[i], &w->current[i]))
			return true;
	}
	return false;
}

static enum tmd_rc plan_wish(struct wish *w)
{
	read_wish(w);
	ck_assert(differs(w));
	if (tmd_type_env.plan(&ctx, &w->r, &w->set, &err))
		return TMD_FAILED;
	ctx_describe(&ctx, &w->set, &w->r);
	return TMD_OK;
}

/* What the engine does with a plan: the rights first. */
static void check_rights(struct wish *w)
{
	ck_ok(tmd_changeset_check(&w->set, ctx.fs, &err), err);
}

static void carry_out(struct wish *w)
{
	tmd_fs_allow_writes(ctx.fs, true);
	ctx_carry_out(&ctx, &w->set);
	tmd_fs_allow_writes(ctx.fs, false);
	ck_assert_uint_eq(w->set.count, 1);
}

/* Plans, which changes nothing; carries out; and must then find nothing more to do. */
static void converge(void)
{
	unsigned before = changes;

	ck_ok(plan_wish(&wish), err);
	check_rights(&wish);
	ck_assert_uint_eq(changes, before);
	carry_out(&wish);
	ck_assert_uint_eq(changes, before + 1);
	read_wish(&wish);
	ck_assert(!differs(&wish));
}

static const char *state_of(enum tmd_env_field field)
{
	return tmd_value_str(&wish.current[field]);
}

static void ck_value(const char *user, const char *name, enum tmd_reg_type type, const char *text)
{
	const struct tmd_reg_value *value = find_in(find_key(user), name);

	ck_assert_msg(value != NULL, "%s is not set", name);
	ck_assert_str_eq(value->name, name);
	ck_assert_int_eq((int)value->type, (int)type);
	ck_assert_str_eq(value->text, text);
}

static bool has_text(const struct tmd_strv *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strstr(list->items[i], text))
			return true;
	}
	return false;
}

#define ck_listed(list, text)                                                                      \
	ck_assert_msg(has_text(list, text), "nothing in %s says: %s", #list, text)
#define ck_unlisted(list, text) ck_assert_msg(!has_text(list, text), "%s says: %s", #list, text)

static const struct tmd_strv *problems(void)
{
	return &wish.current[TMD_ENV_PROBLEMS].list;
}

static const struct tmd_strv *strays(void)
{
	return &wish.current[TMD_ENV_STRAYS].list;
}

static const struct tmd_strv *warnings(void)
{
	return &wish.r.warnings;
}

static void ck_refused(enum tmd_error_kind kind, const char *text)
{
	ck_fails(plan_wish(&wish), err, kind);
	ck_assert_msg(strstr(err.message, text) != NULL, "%s", err.message);
	ck_assert_uint_eq(wish.set.count, 0);
}

/* ---- values and types ---- */

START_TEST(new_variable_is_a_string)
{
	want(VAR, CERTS);
	ck_ok(plan_wish(&wish), err);
	ck_assert_str_eq(state_of(TMD_ENV_STATE), "absent");
	ck_assert_str_eq(wish.r.diff.path, MACHINE "\\" VAR);
	ck_assert_ptr_null(wish.r.diff.before);
	ck_assert_str_eq(wish.r.diff.after, VAR "=" CERTS " (REG_SZ)\n");
	converge();
	ck_value(NULL, VAR, TMD_REG_STRING, CERTS);
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), CERTS);
	ck_assert_str_eq(state_of(TMD_ENV_VALUE_TYPE), "string");
	ck_assert_str_eq(state_of(TMD_ENV_STATE), "present");
	ck_assert_str_eq(wish.r.backend, "windows");
}
END_TEST

START_TEST(what_is_as_wished_needs_no_change)
{
	put(NULL, VAR, TMD_REG_STRING, CERTS);
	want(VAR, CERTS);
	read_wish(&wish);
	ck_assert(!differs(&wish));
}
END_TEST

START_TEST(changed_variable_keeps_its_type)
{
	put(NULL, VAR, TMD_REG_EXPAND, "%ProgramData%\\old.pem");
	want(VAR, "%ProgramData%\\new.pem");
	ck_ok(plan_wish(&wish), err);
	ck_assert_str_eq(wish.r.diff.before, VAR "=%ProgramData%\\old.pem (REG_EXPAND_SZ)\n");
	ck_assert_str_eq(wish.r.diff.after, VAR "=%ProgramData%\\new.pem (REG_EXPAND_SZ)\n");
	ck_unlisted(warnings(), "value_type=expand");
	converge();
	ck_value(NULL, VAR, TMD_REG_EXPAND, "%ProgramData%\\new.pem");
}
END_TEST

START_TEST(raw_text_is_compared_and_not_what_it_expands_to)
{
	put(NULL, VAR, TMD_REG_EXPAND, "%ProgramData%\\cacert.pem");
	want(VAR, "%ProgramData%\\cacert.pem");
	read_wish(&wish);
	ck_assert(!differs(&wish));
	want(VAR, "C:\\ProgramData\\cacert.pem");
	read_wish(&wish);
	ck_assert(differs(&wish));
}
END_TEST

START_TEST(values_differ_by_case)
{
	put(NULL, VAR, TMD_REG_STRING, "c:/programdata/trustmend/cacert.pem");
	want(VAR, CERTS);
	converge();
	ck_value(NULL, VAR, TMD_REG_STRING, CERTS);
}
END_TEST

START_TEST(type_changes_when_asked_for)
{
	put(NULL, VAR, TMD_REG_STRING, "%ProgramData%\\cacert.pem");
	want(VAR, "%ProgramData%\\cacert.pem");
	set_input(TMD_ENV_VALUE_TYPE, "expand");
	converge();
	ck_value(NULL, VAR, TMD_REG_EXPAND, "%ProgramData%\\cacert.pem");
}
END_TEST

START_TEST(type_alone_can_be_asked_for)
{
	put(NULL, VAR, TMD_REG_EXPAND, CERTS);
	clear(&wish);
	set_input(TMD_ENV_NAME, VAR);
	set_input(TMD_ENV_STATE, "present");
	set_input(TMD_ENV_VALUE_TYPE, "string");
	converge();
	ck_value(NULL, VAR, TMD_REG_STRING, CERTS);
}
END_TEST

START_TEST(signs_that_linux_refuses_are_taken)
{
	static const char text[] = "C:\\Program Files\\x #1 $y 'z' \"q\" `t` \xC3\xA9";

	want(VAR, text);
	converge();
	ck_value(NULL, VAR, TMD_REG_STRING, text);
}
END_TEST

START_TEST(absent_removes_the_variable_alone)
{
	put(NULL, "A", TMD_REG_STRING, "1");
	put(NULL, VAR, TMD_REG_EXPAND, CERTS);
	put(NULL, "B", TMD_REG_STRING, "2");
	want(VAR, NULL);
	ck_ok(plan_wish(&wish), err);
	ck_assert_str_eq(wish.r.diff.before, VAR "=" CERTS " (REG_EXPAND_SZ)\n");
	ck_assert_ptr_null(wish.r.diff.after);
	converge();
	ck_assert_uint_eq(keys[0].values.count, 2);
	ck_value(NULL, "A", TMD_REG_STRING, "1");
	ck_value(NULL, "B", TMD_REG_STRING, "2");
	ck_assert_ptr_null(state_of(TMD_ENV_VALUE_TYPE));
}
END_TEST

START_TEST(state_that_get_reports_is_no_change)
{
	static const enum tmd_env_field settable[] = { TMD_ENV_NAME,  TMD_ENV_VALUE,
						       TMD_ENV_STATE, TMD_ENV_SCOPE,
						       TMD_ENV_USER,  TMD_ENV_VALUE_TYPE };
	struct tmd_value state[TMD_ENV_FIELDS] = { 0 };

	put("bob", "Odd", TMD_REG_EXPAND, "line 1\nline 2");
	want_for("bob", "ODD", NULL);
	read_wish(&wish);
	for (size_t i = 0; i < sizeof(settable) / sizeof(*settable); i++)
		tmd_value_copy(&state[settable[i]], &wish.current[settable[i]]);
	clear(&wish);
	memcpy(wish.input, state, sizeof(state));
	ck_assert_str_eq(tmd_value_str(&wish.input[TMD_ENV_USER]), "STUDIO\\bob");
	read_wish(&wish);
	ck_assert(!differs(&wish));
}
END_TEST

/* ---- names ---- */

START_TEST(name_in_another_case_is_the_same_variable_and_stays)
{
	put(NULL, "Shotgun_Api_Cacerts", TMD_REG_STRING, "old");
	want(VAR, CERTS);
	converge();
	ck_assert_uint_eq(keys[0].values.count, 1);
	ck_value(NULL, "Shotgun_Api_Cacerts", TMD_REG_STRING, CERTS);
	ck_assert_str_eq(state_of(TMD_ENV_NAME), "Shotgun_Api_Cacerts");
	want("shotgun_api_cacerts", NULL);
	converge();
	ck_assert_uint_eq(keys[0].values.count, 0);
}
END_TEST

START_TEST(new_variable_is_spelled_as_asked_for)
{
	want("Studio_Root", "P:/");
	converge();
	ck_value(NULL, "Studio_Root", TMD_REG_STRING, "P:/");
}
END_TEST

START_TEST(identity_does_not_depend_on_spelling)
{
	TMD_AUTO_FREE char *identity = NULL;

	want_for("bob", "abc", "1");
	ck_ok(normalize_wish(&wish), err);
	identity = tmd_strdup(wish.r.identity);
	/* Nor does the wish: two of them are then one, and no conflict. */
	ck_assert_str_eq(tmd_value_str(&wish.desired[TMD_ENV_NAME]), "ABC");
	ck_assert_str_eq(wish.r.name, "abc");
	want_for("STUDIO\\BOB", "ABC", "1");
	ck_ok(normalize_wish(&wish), err);
	ck_assert_str_eq(wish.r.identity, identity);
	want_for(BOB, "Abc", "1");
	ck_ok(normalize_wish(&wish), err);
	ck_assert_str_eq(wish.r.identity, identity);
	want("ABC", "1");
	ck_ok(normalize_wish(&wish), err);
	ck_assert_str_ne(wish.r.identity, identity);
}
END_TEST

static void ck_protected(const char *name, const char *value)
{
	want(name, value);
	ck_refused(TMD_E_REFUSED, name);
	ck_assert_uint_gt(strlen(err.hint), 0);
}

START_TEST(lists_that_programs_share_are_not_replaced)
{
	put(NULL, "Path", TMD_REG_EXPAND, "%SystemRoot%");
	ck_protected("PATH", "C:\\bin");
	ck_protected("Path", NULL);
	ck_protected("PATHEXT", ".EXE");
	ck_protected("PSModulePath", "C:\\modules");
}
END_TEST

START_TEST(what_windows_keeps_itself_is_not_changed)
{
	put(NULL, "windir", TMD_REG_EXPAND, "%SystemRoot%");
	ck_protected("windir", NULL);
	ck_protected("SystemRoot", "D:\\");
	ck_protected("COMSPEC", "C:\\bash.exe");
	ck_protected("OS", "Linux");
	ck_protected("NUMBER_OF_PROCESSORS", "1");
	ck_protected("processor_architecture", "x86");
	ck_protected("USERNAME", "bob");
}
END_TEST

START_TEST(temp_can_be_moved_but_not_removed)
{
	put(NULL, "TEMP", TMD_REG_EXPAND, "%SystemRoot%\\temp");
	ck_protected("TEMP", NULL);
	want("TEMP", "D:\\temp");
	converge();
	ck_value(NULL, "TEMP", TMD_REG_EXPAND, "D:\\temp");
}
END_TEST

START_TEST(protected_variables_can_be_read)
{
	put(NULL, "Path", TMD_REG_EXPAND, "%SystemRoot%");
	clear(&wish);
	set_input(TMD_ENV_NAME, "PATH");
	read_wish(&wish);
	ck_assert_str_eq(state_of(TMD_ENV_NAME), "Path");
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), "%SystemRoot%");
}
END_TEST

/* ---- refusals and warnings ---- */

START_TEST(value_of_another_type_is_a_conflict_that_names_it)
{
	put(NULL, VAR, TMD_REG_OTHER, "REG_MULTI_SZ");
	want(VAR, CERTS);
	ck_refused(TMD_E_CONFLICT, "REG_MULTI_SZ");
	ck_assert_str_eq(err.path, MACHINE);
	ck_assert_uint_gt(strlen(err.hint), 0);
	ck_listed(problems(), "REG_MULTI_SZ");
	want(VAR, NULL); /* no program gets it, and so it is not set */
	read_wish(&wish);
	ck_assert(!differs(&wish));
	ck_listed(problems(), "REG_MULTI_SZ");
}
END_TEST

START_TEST(percent_signs_in_a_new_string_are_warned_of)
{
	want(VAR, "%ProgramData%\\cacert.pem");
	ck_ok(plan_wish(&wish), err);
	ck_listed(warnings(), "%ProgramData% will not be expanded");
	ck_listed(warnings(), "value_type=expand");
	set_input(TMD_ENV_VALUE_TYPE, "string");
	ck_ok(plan_wish(&wish), err);
	ck_unlisted(warnings(), "value_type=expand");
	set_input(TMD_ENV_VALUE_TYPE, "expand");
	ck_ok(plan_wish(&wish), err);
	ck_unlisted(warnings(), "value_type=expand");
	want("STUDIO_NOTE", "100% of 50%, and %=C:%");
	ck_ok(plan_wish(&wish), err);
	ck_unlisted(warnings(), "value_type=expand");
}
END_TEST

START_TEST(reference_to_nothing_is_a_problem)
{
	put(NULL, "STUDIO", TMD_REG_STRING, "P:");
	put("bob", "HOME", TMD_REG_STRING, "H:");
	put(NULL, VAR, TMD_REG_EXPAND, "%studio%%NOPE%%ProgramFiles(x86)%;%HOME%;%" VAR "%");
	want(VAR, "%ALSO_NOT%");
	ck_ok(plan_wish(&wish), err);
	ck_listed(problems(), "%NOPE%");
	ck_listed(problems(), "%HOME%");
	ck_listed(problems(), "%" VAR "%");
	ck_unlisted(problems(), "studio");
	ck_unlisted(problems(), "ProgramFiles");
	ck_listed(warnings(), "%ALSO_NOT%");
}
END_TEST

START_TEST(user_may_refer_to_what_the_machine_has)
{
	put(NULL, "STUDIO", TMD_REG_STRING, "P:");
	put(NULL, "LIB", TMD_REG_STRING, "L:");
	put("bob", "LIB", TMD_REG_EXPAND, "%LIB%;%STUDIO%;%USERPROFILE%;%NOPE%");
	want_for("bob", "LIB", NULL);
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 1);
	ck_listed(problems(), "%NOPE%");
}
END_TEST

START_TEST(string_may_hold_percent_signs_without_a_problem)
{
	put(NULL, "RATE", TMD_REG_STRING, "%NOPE%");
	want("RATE", "%NOPE%");
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 0);
}
END_TEST

START_TEST(reference_in_a_string_that_was_meant_is_a_problem)
{
	put(NULL, "RATE", TMD_REG_STRING, "%ProgramData%\\rates");
	want("RATE", "%ProgramData%\\rates");
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 1);
	ck_listed(problems(), "%ProgramData% is not expanded");
	put(NULL, VAR, TMD_REG_STRING, "%NOPE%\\cacert.pem");
	want(VAR, "%NOPE%\\cacert.pem");
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 1);
	ck_listed(problems(), "%NOPE% is not expanded");
}
END_TEST

/* Of a variable that names a CA file; others may hold what they like. */
START_TEST(value_that_cannot_name_a_file_is_a_problem)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "\"C:\\ca\\cacert.pem\"", "in quotes" },
		{ "'C:/ca/cacert.pem'", "in quotes" },
		{ "C:\\ca\\cacert.pem ", "blank" },
		{ " C:/ca/cacert.pem", "blank" },
		{ "cacert.pem", "no whole path" },
		{ "\\ca\\cacert.pem", "no whole path" },
		{ "C:\\gone.pem", "there is no file C:\\gone.pem" },
	};

	missing_file = "C:\\gone.pem";
	put(NULL, VAR, TMD_REG_STRING, cases[_i].text);
	put(NULL, "NOTE", TMD_REG_STRING, cases[_i].text);
	want(VAR, CERTS);
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 1);
	ck_listed(problems(), cases[_i].says);
	want("NOTE", "x");
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 0);
	missing_file = NULL;
}
END_TEST

START_TEST(variable_is_not_pointed_to_a_file_that_is_not_there)
{
	missing_file = "C:\\gone.pem";
	want(VAR, "C:\\gone.pem");
	ck_assert_int_eq(plan_wish(&wish), TMD_FAILED);
	ck_assert_int_eq(err.kind, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "there is no file C:\\gone.pem"));
	want(VAR, "C:\\gone.pem");
	tmd_value_set_bool(&wish.input[TMD_ENV_FORCE], true);
	ck_ok(plan_wish(&wish), err);
	ck_listed(warnings(), "there is no file C:\\gone.pem");
	missing_file = NULL;
}
END_TEST

/* Somebody else set it: nothing is to change, and it does not count as converged. */
START_TEST(variable_that_names_a_missing_file_is_not_as_wished)
{
	missing_file = "C:\\gone.pem";
	put(NULL, VAR, TMD_REG_STRING, "C:\\gone.pem");
	want(VAR, "C:\\gone.pem");
	read_wish(&wish);
	ck_assert_int_eq(wish.desired[TMD_ENV_PROBLEMS].kind, TMD_V_LIST);
	ck_assert_uint_eq(wish.desired[TMD_ENV_PROBLEMS].list.count, 0);
	ck_assert_uint_eq(problems()->count, 1);
	missing_file = NULL;
	read_wish(&wish);
	ck_assert_int_eq(wish.desired[TMD_ENV_PROBLEMS].kind, TMD_V_NULL);
}
END_TEST

START_TEST(what_is_lost_of_the_file_is_a_problem_and_a_warning)
{
	damaged_file = "C:\\damaged.pem";
	want(VAR, "C:\\damaged.pem");
	ck_ok(plan_wish(&wish), err);
	ck_listed(warnings(), "line 9: damaged");
	put(NULL, VAR, TMD_REG_STRING, "C:\\damaged.pem");
	want(VAR, "C:\\damaged.pem");
	read_wish(&wish);
	ck_listed(problems(), "line 9: damaged");
	ck_listed(warnings(), "line 9: damaged");
	ck_assert_int_eq(wish.desired[TMD_ENV_PROBLEMS].kind, TMD_V_NULL);
	damaged_file = NULL;
}
END_TEST

START_TEST(look_alike_name_is_answered_with_the_right_one)
{
	want("shotgrid_api_cacerts", CERTS);
	read_wish(&wish);
	ck_listed(problems(), VAR " is meant");
	ck_assert_int_eq(tmd_type_env.check_wish(&wish.r, &err), TMD_FAILED);
	ck_assert_int_eq(err.kind, TMD_E_REFUSED);
	put(NULL, VAR, TMD_REG_STRING, CERTS);
	want("shotgun_api_cacerts", CERTS); /* upper and lower case are the same here */
	read_wish(&wish);
	ck_ok(tmd_type_env.check_wish(&wish.r, &err), err);
}
END_TEST

START_TEST(empty_value_is_refused)
{
	want(VAR, "");
	ck_refused(TMD_E_INVALID_INPUT, "empty");
	ck_assert_ptr_nonnull(strstr(err.hint, "state=absent"));
}
END_TEST

START_TEST(control_characters_are_refused)
{
	want(VAR, "a\nb");
	ck_refused(TMD_E_INVALID_INPUT, "control character");
	want(VAR, "a\x7F");
	ck_refused(TMD_E_INVALID_INPUT, "control character");
}
END_TEST

/* `count` times a character of two bytes and one unit. */
static char *repeat(size_t count)
{
	char *text = tmd_alloc(2 * count + 1, 1);

	for (size_t i = 0; i < count; i++)
		memcpy(text + 2 * i, "\xC3\xA9", 2);
	return text;
}

#define NOTE "STUDIO_NOTE"

START_TEST(longest_value_counts_name_and_end)
{
	TMD_AUTO_FREE char *fits = repeat(32767 - strlen(NOTE) - 2);
	TMD_AUTO_FREE char *too_long = repeat(32767 - strlen(NOTE) - 1);

	want(NOTE, too_long);
	ck_refused(TMD_E_INVALID_INPUT, "longer than 32754 characters");
	want(NOTE, fits);
	converge();
}
END_TEST

START_TEST(long_value_is_warned_of)
{
	TMD_AUTO_FREE char *safe = repeat(2047);
	TMD_AUTO_FREE char *cut = repeat(2048);

	want(NOTE, safe);
	ck_ok(plan_wish(&wish), err);
	ck_unlisted(warnings(), "2047");
	want(NOTE, cut);
	ck_ok(plan_wish(&wish), err);
	ck_listed(warnings(), "2047");
	converge();
	ck_listed(problems(), "2047");
}
END_TEST

START_TEST(value_that_no_program_gets_is_called_too_long)
{
	TMD_AUTO_FREE char *giant = repeat(40000);

	put(NULL, NOTE, TMD_REG_STRING, giant);
	want(NOTE, giant);
	read_wish(&wish);
	ck_listed(problems(), "too long: it has 40000 characters, and no program gets");
	ck_unlisted(problems(), "2047");
}
END_TEST

START_TEST(ca_file_must_be_named_wholly)
{
	static const char *const refused[] = { "rel.pem", "C:rel.pem", "/opt/ca.pem", "\\ca.pem",
					       "C:\\Studio CA\\", "C:/ca/" };
	static const char *const taken[] = { "C:\\ca.pem", "c:/ca.pem", "\\\\srv\\share\\ca.pem",
					     "%ProgramData%\\ca.pem" };

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		want(VAR, refused[i]);
		ck_fails(plan_wish(&wish), err, TMD_E_INVALID_INPUT);
		want(NOTE, refused[i]);
		ck_ok(plan_wish(&wish), err);
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		want(VAR, taken[i]);
		ck_ok(plan_wish(&wish), err);
	}
}
END_TEST

START_TEST(characters_beyond_the_first_plane_count_twice)
{
	ck_assert_uint_eq(tmd_env_length("a\xC3\xA9\xE2\x82\xAC"), 3);
	ck_assert_uint_eq(tmd_env_length("\xF0\x9F\x98\x80"), 2);
}
END_TEST

START_TEST(targets_of_linux_are_ignored_with_a_warning)
{
	want(VAR, CERTS);
	tmd_value_list_add(&wish.input[TMD_ENV_TARGETS_FIELD], "etc_environment");
	converge();
	ck_listed(warnings(), "'targets'");
}
END_TEST

START_TEST(offline_root_is_refused)
{
	char root[UNIT_DIR_MAX];

	unit_make_dir(root);
	ctx_close(&ctx);
	ctx_open(&ctx, root);
	want(VAR, CERTS);
	ck_fails(normalize_wish(&wish), err, TMD_E_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "offline"));
	ck_assert_uint_gt(strlen(err.hint), 0);
	unit_remove_tree(root);
}
END_TEST

START_TEST(missing_right_is_told_by_the_check)
{
	keys[0].read_only = true;
	want(VAR, CERTS);
	ck_ok(plan_wish(&wish), err);
	ck_fails(tmd_changeset_check(&wish.set, ctx.fs, &err), err, TMD_E_PERMISSION);
	ck_assert_uint_eq(changes, 0);
	want_for("bob", VAR, CERTS);
	ck_ok(plan_wish(&wish), err);
	ck_ok(tmd_changeset_check(&wish.set, ctx.fs, &err), err);
}
END_TEST

START_TEST(hive_that_cannot_be_read_is_an_error)
{
	keys[2].unreadable = true;
	want_for("bob", VAR, CERTS);
	ck_ok(normalize_wish(&wish), err);
	ck_fails(tmd_resource_read(&ctx, &wish.r, &err), err, TMD_E_PERMISSION);
}
END_TEST

/* ---- users ---- */

START_TEST(callers_variable_is_his_own)
{
	want(VAR, CERTS);
	set_input(TMD_ENV_SCOPE, "user");
	converge();
	ck_value("", VAR, TMD_REG_STRING, CERTS);
	ck_assert_uint_eq(keys[0].values.count, 0);
	ck_assert_str_eq(state_of(TMD_ENV_USER), "STUDIO\\ann");
	ck_assert_ptr_null(strstr(state_of(TMD_ENV_EFFECTIVE_FROM), "boot"));
}
END_TEST

START_TEST(variable_of_a_user_who_is_not_logged_in)
{
	want_for("cay", VAR, CERTS);
	converge();
	ck_value("cay", VAR, TMD_REG_STRING, CERTS);
	ck_assert_str_eq(state_of(TMD_ENV_EFFECTIVE_FROM), "next sign-in of STUDIO\\cay");
}
END_TEST

START_TEST(unknown_user_is_not_found)
{
	want_for("nobody", VAR, CERTS);
	ck_fails(normalize_wish(&wish), err, TMD_E_NOT_FOUND);
	want_for("", VAR, CERTS);
	ck_fails(normalize_wish(&wish), err, TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(users_variable_that_beats_the_machines_is_named)
{
	put("bob", "shotgun_api_cacerts", TMD_REG_STRING, "D:/bobs.pem");
	put("cay", VAR, TMD_REG_STRING, "not loaded");
	want(VAR, CERTS);
	ck_ok(plan_wish(&wish), err);
	ck_listed(warnings(), "STUDIO\\bob");
	converge();
	ck_assert_uint_eq(problems()->count, 1);
	ck_listed(problems(), "STUDIO\\bob");
	ck_listed(problems(), "D:/bobs.pem");
	ck_listed(problems(), "HKEY_USERS\\" BOB "\\Environment");
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), CERTS);
}
END_TEST

START_TEST(path_of_a_user_is_joined_to_the_machines)
{
	put(NULL, "Path", TMD_REG_EXPAND, "%SystemRoot%");
	put("bob", "PATH", TMD_REG_STRING, "D:/bin");
	clear(&wish);
	set_input(TMD_ENV_NAME, "PATH");
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 0);
}
END_TEST

START_TEST(hives_that_the_caller_may_not_read_are_passed_over)
{
	put("bob", VAR, TMD_REG_STRING, "D:/bobs.pem");
	keys[2].unreadable = true;
	want(VAR, CERTS);
	converge();
	ck_assert_uint_eq(problems()->count, 0);
}
END_TEST

START_TEST(user_without_a_variable_gets_the_machines)
{
	put(NULL, VAR, TMD_REG_STRING, CERTS);
	put("bob", VAR, TMD_REG_STRING, "D:/bobs.pem");
	want_for("bob", VAR, NULL);
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 0);
	converge();
	ck_listed(problems(), CERTS);
	ck_listed(problems(), "STUDIO\\bob");
}
END_TEST

START_TEST(long_values_are_cut_between_characters_in_a_problem)
{
	TMD_AUTO_FREE char *text = repeat(300);
	const char *problem;

	text[0] = 'x'; /* so that the limit falls into a character */
	text[1] = 'y';
	memmove(text + 1, text + 2, strlen(text + 2) + 1);
	put("bob", VAR, TMD_REG_STRING, text);
	want(VAR, CERTS);
	read_wish(&wish);
	ck_assert_uint_eq(problems()->count, 1);
	problem = problems()->items[0];
	ck_assert(tmd_utf8_valid(problem, strlen(problem)));
	ck_assert_uint_lt(strlen(problem), 450);
}
END_TEST

/* ---- whose file it is ---- */

static void expand(const char *user, const char *name, const char *value)
{
	if (user)
		want_for(user, name, value);
	else
		want(name, value);
	set_input(TMD_ENV_VALUE_TYPE, "expand");
}

START_TEST(the_machine_is_not_pointed_at_what_others_could_change)
{
	expand(NULL, VAR, "%Mallory%\\ca.pem");
	ck_refused(TMD_E_REFUSED, "the directory mallory is everybody's");
	expand(NULL, VAR, "%Ann%\\ca.pem");
	ck_refused(TMD_E_REFUSED, "the whole machine would trust what others can change");
	expand(NULL, "OTHER", "%Mallory%\\x");
	ck_ok(plan_wish(&wish), err);
	expand(NULL, VAR, "%Nowhere%\\ca.pem");
	ck_ok(plan_wish(&wish), err);
	want(VAR, "%Mallory%\\ca.pem"); /* a string, as it stands */
	ck_ok(plan_wish(&wish), err);
}
END_TEST

/* What a variable names is trusted whether or not this program looks into the file. */
START_TEST(every_variable_that_names_trust_is_asked_who_could_change_it)
{
	static const char *const names[] = { VAR, "ssl_cert_file", "NODE_EXTRA_CA_CERTS",
					     "GIT_SSL_CAINFO", "PIP_CERT" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		expand(NULL, names[i], "%Mallory%\\ca.pem");
		ck_refused(TMD_E_REFUSED, "the directory mallory is everybody's");
	}
	expand(NULL, "SSL_CERT_DIR", "C:\\safe;%Mallory%\\certs");
	ck_refused(TMD_E_REFUSED, "the directory mallory is everybody's");
	expand(NULL, "SSL_CERT_DIR", "%Mallory%\\certs;C:\\safe");
	ck_refused(TMD_E_REFUSED, "the directory mallory is everybody's");
	put(NULL, "GIT_SSL_CAINFO", TMD_REG_EXPAND, "%Mallory%\\ca.pem");
	want("GIT_SSL_CAINFO", CERTS);
	read_wish(&wish);
	ck_listed(problems(), "others can change what is trusted by it");
}
END_TEST

START_TEST(a_user_is_told_that_others_could_change_it)
{
	expand("ann", VAR, "%Mallory%\\ca.pem");
	ck_ok(plan_wish(&wish), err);
	ck_listed(warnings(), "others can change what is trusted by it");
	converge();
	ck_listed(problems(), "others can change what is trusted by it");
	expand("ann", VAR, "%Ann%\\ca.pem");
	ck_ok(plan_wish(&wish), err);
	ck_unlisted(warnings(), "others can change");
	/* Of another user's files nobody knows whose they should be. */
	expand("bob", VAR, "%Ann%\\ca.pem");
	ck_ok(plan_wish(&wish), err);
	ck_unlisted(warnings(), "others can change");
	put(NULL, "SSL_CERT_FILE", TMD_REG_EXPAND, "%Mallory%\\ca.pem");
	want("SSL_CERT_FILE", CERTS);
	read_wish(&wish);
	ck_listed(problems(), "the directory mallory is everybody's");
}
END_TEST

/* ---- strays ---- */

START_TEST(look_alikes_are_named_in_any_case)
{
	put(NULL, "ShotGrid_Api_Cacerts", TMD_REG_STRING, CERTS);
	put("bob", "no_ssl_validation", TMD_REG_STRING, "1");
	put(NULL, "SG_API_CACERTS", TMD_REG_OTHER, "REG_DWORD");
	want("shotgun_api_cacerts", CERTS);
	ctx.converges = true;
	ck_ok(plan_wish(&wish), err);
	ctx.converges = false;
	ck_listed(strays(), "ShotGrid_Api_Cacerts (nothing reads it");
	ck_listed(strays(), MACHINE);
	ck_listed(strays(), "no_ssl_validation");
	ck_listed(strays(), BOB);
	ck_assert_uint_eq(strays()->count, 2);
	ck_listed(warnings(), "ShotGrid_Api_Cacerts");
	want("OTHER", "x");
	read_wish(&wish);
	ck_assert_uint_eq(strays()->count, 0);
}
END_TEST

START_TEST(variables_of_the_machine_and_of_users_that_name_a_file_which_goes_are_told)
{
	TMD_AUTO_STRV struct tmd_strv told = { 0 };

	put(NULL, "shotgun_api_cacerts", TMD_REG_STRING, CERTS);
	put("bob", "PIP_CERT", TMD_REG_EXPAND, CERTS);
	put("ann", "SSL_CERT_FILE", TMD_REG_STRING, CERTS ".old");
	put(NULL, "EDITOR", TMD_REG_STRING, CERTS);
	put(NULL, "CURL_CA_BUNDLE", TMD_REG_EXPAND, "%ProgramData%/cacert.pem");
	tmd_env_note_dangling(&ctx, CERTS, &told);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_str_eq(told.items[0],
			 "shotgun_api_cacerts names this file (" MACHINE "), and programs that heed "
			 "it will not find it: remove it with: trustmend env apply "
			 "name=shotgun_api_cacerts state=absent");
	ck_assert_ptr_nonnull(strstr(told.items[1], "PIP_CERT names this file (HKEY_USERS\\" BOB));
	ck_assert_ptr_nonnull(strstr(told.items[1], "state=absent scope=user user=STUDIO\\bob"));
}
END_TEST

START_TEST(a_blank_at_the_end_of_a_name_is_seen)
{
	put(NULL, VAR " ", TMD_REG_STRING, CERTS);
	put("bob", " shotgrid_api_cacerts", TMD_REG_STRING, CERTS);
	put(NULL, "OTHER ", TMD_REG_STRING, "1");
	want(VAR, CERTS);
	read_wish(&wish);
	ck_listed(strays(), "\"" VAR " \" (its name has a blank at an end; nothing reads it");
	ck_listed(strays(), "\" shotgrid_api_cacerts\" (");
	ck_assert_uint_eq(strays()->count, 2);
}
END_TEST

START_TEST(variable_itself_is_no_stray)
{
	put(NULL, "shotgun_api_cacerts", TMD_REG_STRING, CERTS);
	want(VAR, CERTS);
	read_wish(&wish);
	ck_assert_uint_eq(strays()->count, 0);
}
END_TEST

/* ---- one run ---- */

START_TEST(several_variables_are_announced_once)
{
	struct wish second = { 0 };
	struct tmd_resource *both[2];

	want("A", "1");
	ck_ok(plan_wish(&wish), err);
	tmd_value_set_string(&second.input[TMD_ENV_NAME], "B");
	tmd_value_set_string(&second.input[TMD_ENV_VALUE], "2");
	ck_ok(plan_wish(&second), err);
	carry_out(&wish);
	carry_out(&second);
	/* The engine commits a type once for all that ask for it. */
	ck_assert(wish.set.rebuild && second.set.rebuild);
	ck_assert_uint_eq(announcements, 0);
	both[0] = &wish.r;
	both[1] = &second.r;
	tmd_fs_allow_writes(ctx.fs, true);
	ck_ok(tmd_type_env.commit(&ctx, both, 2, &err), err);
	tmd_fs_allow_writes(ctx.fs, false);
	ck_assert_uint_eq(announcements, 1);
	ck_assert_uint_le(announced_ms, 500);
	ck_assert_uint_eq(flushes, 1); /* of the key that both are in */
	clear(&second);
}
END_TEST

START_TEST(what_is_planned_already_is_planned_once)
{
	struct wish second = { 0 };

	want("Abc", "1");
	ck_ok(plan_wish(&wish), err);
	ck_ok(tmd_changeset_preview(&wish.set, ctx.view, &err), err);
	tmd_value_set_string(&second.input[TMD_ENV_NAME], "ABC");
	tmd_value_set_string(&second.input[TMD_ENV_VALUE], "1");
	read_wish(&second);
	ck_assert(!differs(&second));
	clear(&second);
	ck_assert_uint_eq(keys[0].values.count, 0);
}
END_TEST

START_TEST(what_another_resource_plans_counts)
{
	put(NULL, "SHOTGRID_API_CACERTS", TMD_REG_STRING, CERTS);
	put(NULL, "STUDIO", TMD_REG_STRING, "P:");
	want("SHOTGRID_API_CACERTS", NULL);
	ck_ok(plan_wish(&wish), err);
	ck_ok(tmd_changeset_preview(&wish.set, ctx.view, &err), err);
	want("STUDIO", "Q:");
	set_input(TMD_ENV_VALUE_TYPE, "expand");
	ck_ok(plan_wish(&wish), err);
	ck_ok(tmd_changeset_preview(&wish.set, ctx.view, &err), err);
	want(VAR, CERTS);
	read_wish(&wish);
	ck_assert_uint_eq(strays()->count, 0);
	clear(&wish);
	set_input(TMD_ENV_NAME, "STUDIO");
	set_input(TMD_ENV_STATE, "present");
	read_wish(&wish);
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), "Q:");
	ck_assert_str_eq(state_of(TMD_ENV_VALUE_TYPE), "expand");
}
END_TEST

START_TEST(effective_from_tells_services_apart)
{
	want(VAR, CERTS);
	read_wish(&wish);
	ck_assert_ptr_nonnull(strstr(state_of(TMD_ENV_EFFECTIVE_FROM), "next sign-in"));
	ck_assert_ptr_nonnull(strstr(state_of(TMD_ENV_EFFECTIVE_FROM), "services: next boot"));
}
END_TEST

/* ---- list ---- */

#define FOUND_MAX 8

static struct wish found[FOUND_MAX];
static size_t found_count;

static struct tmd_resource *add_found(struct tmd_listing *listing)
{
	struct wish *w = &found[found_count++];

	(void)listing;
	ck_assert_uint_le(found_count, FOUND_MAX);
	w->r.type = &tmd_type_env;
	w->r.input = w->input;
	w->r.desired = w->desired;
	w->r.current = w->current;
	return &w->r;
}

static const char *found_text(size_t index, enum tmd_env_field field)
{
	return tmd_value_str(&found[index].current[field]);
}

static void clear_found(void)
{
	while (found_count)
		clear(&found[--found_count]);
}

static enum tmd_rc list_all(const char *scope, const char *user)
{
	struct tmd_listing listing = { add_found };

	clear(&wish);
	set_input(TMD_ENV_SCOPE, scope);
	set_input(TMD_ENV_USER, user);
	wish.r.type = &tmd_type_env;
	wish.r.input = wish.input;
	wish.r.desired = wish.desired;
	wish.r.current = wish.current;
	return tmd_env_backend_list(&ctx, &wish.r, &listing, &err);
}

START_TEST(list_shows_every_variable_of_the_machine_sorted)
{
	put(NULL, "b", TMD_REG_EXPAND, "%NOPE%");
	put(NULL, "A", TMD_REG_STRING, "1");
	put(NULL, "Common(x86)", TMD_REG_STRING, "2");
	put(NULL, "D", TMD_REG_OTHER, "REG_DWORD");
	put("", "MINE", TMD_REG_STRING, "3");
	put("", "a", TMD_REG_STRING, "4");
	ck_ok(list_all(NULL, NULL), err);
	/* A name with parentheses could not be fed back, and a number is no variable. */
	ck_assert_uint_eq(found_count, 2);
	ck_assert_str_eq(found[0].r.name, "A");
	ck_assert_str_eq(found_text(0, TMD_ENV_VALUE), "1");
	ck_assert_str_eq(found_text(0, TMD_ENV_SCOPE), "machine");
	ck_listed(&found[0].current[TMD_ENV_PROBLEMS].list, "STUDIO\\ann");
	ck_assert_str_eq(found_text(1, TMD_ENV_NAME), "b");
	ck_assert_str_eq(found_text(1, TMD_ENV_VALUE_TYPE), "expand");
	ck_listed(&found[1].current[TMD_ENV_PROBLEMS].list, "%NOPE%");
	clear_found();
}
END_TEST

START_TEST(list_shows_the_variables_of_a_user)
{
	put(NULL, "A", TMD_REG_STRING, "1");
	put("", "MINE", TMD_REG_STRING, "2");
	put("cay", "HERS", TMD_REG_STRING, "3");
	ck_ok(list_all("user", NULL), err);
	ck_assert_uint_eq(found_count, 1);
	ck_assert_str_eq(found_text(0, TMD_ENV_NAME), "MINE");
	ck_assert_str_eq(found_text(0, TMD_ENV_USER), "STUDIO\\ann");
	clear_found();
	ck_ok(list_all("user", "cay"), err);
	ck_assert_uint_eq(found_count, 1);
	ck_assert_str_eq(found_text(0, TMD_ENV_VALUE), "3");
	ck_assert_str_eq(found_text(0, TMD_ENV_EFFECTIVE_FROM), "next sign-in of STUDIO\\cay");
	clear_found();
}
END_TEST

START_TEST(list_refuses_a_user_without_the_scope)
{
	ck_fails(list_all(NULL, "cay"), err, TMD_E_INVALID_INPUT);
	ck_fails(list_all("machine", "cay"), err, TMD_E_INVALID_INPUT);
	ck_fails(list_all("user", ""), err, TMD_E_INVALID_INPUT);
	ck_assert_uint_eq(found_count, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env_windows");
	TCase *values = tcase_create("values");
	TCase *limits = tcase_create("limits");
	TCase *others = tcase_create("others");

	tcase_add_checked_fixture(values, set_up, tear_down);
	tcase_add_test(values, new_variable_is_a_string);
	tcase_add_test(values, what_is_as_wished_needs_no_change);
	tcase_add_test(values, changed_variable_keeps_its_type);
	tcase_add_test(values, raw_text_is_compared_and_not_what_it_expands_to);
	tcase_add_test(values, values_differ_by_case);
	tcase_add_test(values, type_changes_when_asked_for);
	tcase_add_test(values, type_alone_can_be_asked_for);
	tcase_add_test(values, signs_that_linux_refuses_are_taken);
	tcase_add_test(values, absent_removes_the_variable_alone);
	tcase_add_test(values, state_that_get_reports_is_no_change);
	tcase_add_test(values, name_in_another_case_is_the_same_variable_and_stays);
	tcase_add_test(values, new_variable_is_spelled_as_asked_for);
	tcase_add_test(values, identity_does_not_depend_on_spelling);
	suite_add_tcase(s, values);

	tcase_add_checked_fixture(limits, set_up, tear_down);
	tcase_add_test(limits, lists_that_programs_share_are_not_replaced);
	tcase_add_test(limits, what_windows_keeps_itself_is_not_changed);
	tcase_add_test(limits, temp_can_be_moved_but_not_removed);
	tcase_add_test(limits, protected_variables_can_be_read);
	tcase_add_test(limits, value_of_another_type_is_a_conflict_that_names_it);
	tcase_add_test(limits, percent_signs_in_a_new_string_are_warned_of);
	tcase_add_test(limits, reference_to_nothing_is_a_problem);
	tcase_add_test(limits, user_may_refer_to_what_the_machine_has);
	tcase_add_test(limits, string_may_hold_percent_signs_without_a_problem);
	tcase_add_test(limits, reference_in_a_string_that_was_meant_is_a_problem);
	tcase_add_loop_test(limits, value_that_cannot_name_a_file_is_a_problem, 0, 7);
	tcase_add_test(limits, variable_is_not_pointed_to_a_file_that_is_not_there);
	tcase_add_test(limits, variable_that_names_a_missing_file_is_not_as_wished);
	tcase_add_test(limits, what_is_lost_of_the_file_is_a_problem_and_a_warning);
	tcase_add_test(limits, look_alike_name_is_answered_with_the_right_one);
	tcase_add_test(limits, empty_value_is_refused);
	tcase_add_test(limits, control_characters_are_refused);
	tcase_add_test(limits, longest_value_counts_name_and_end);
	tcase_add_test(limits, long_value_is_warned_of);
	tcase_add_test(limits, value_that_no_program_gets_is_called_too_long);
	tcase_add_test(limits, ca_file_must_be_named_wholly);
	tcase_add_test(limits, characters_beyond_the_first_plane_count_twice);
	tcase_add_test(limits, targets_of_linux_are_ignored_with_a_warning);
	tcase_add_test(limits, offline_root_is_refused);
	tcase_add_test(limits, missing_right_is_told_by_the_check);
	tcase_add_test(limits, hive_that_cannot_be_read_is_an_error);
	suite_add_tcase(s, limits);

	tcase_add_checked_fixture(others, set_up, tear_down);
	tcase_add_test(others, callers_variable_is_his_own);
	tcase_add_test(others, variable_of_a_user_who_is_not_logged_in);
	tcase_add_test(others, unknown_user_is_not_found);
	tcase_add_test(others, users_variable_that_beats_the_machines_is_named);
	tcase_add_test(others, path_of_a_user_is_joined_to_the_machines);
	tcase_add_test(others, hives_that_the_caller_may_not_read_are_passed_over);
	tcase_add_test(others, user_without_a_variable_gets_the_machines);
	tcase_add_test(others, long_values_are_cut_between_characters_in_a_problem);
	tcase_add_test(others, the_machine_is_not_pointed_at_what_others_could_change);
	tcase_add_test(others, every_variable_that_names_trust_is_asked_who_could_change_it);
	tcase_add_test(others, a_user_is_told_that_others_could_change_it);
	tcase_add_test(others, look_alikes_are_named_in_any_case);
	tcase_add_test(others,
		       variables_of_the_machine_and_of_users_that_name_a_file_which_goes_are_told);
	tcase_add_test(others, a_blank_at_the_end_of_a_name_is_seen);
	tcase_add_test(others, variable_itself_is_no_stray);
	tcase_add_test(others, several_variables_are_announced_once);
	tcase_add_test(others, what_is_planned_already_is_planned_once);
	tcase_add_test(others, what_another_resource_plans_counts);
	tcase_add_test(others, effective_from_tells_services_apart);
	tcase_add_test(others, list_shows_every_variable_of_the_machine_sorted);
	tcase_add_test(others, list_shows_the_variables_of_a_user);
	tcase_add_test(others, list_refuses_a_user_without_the_scope);
	suite_add_tcase(s, others);
	return s;
}

UNIT_MAIN(suite)
