/*
 * For the tests of the bundle type: a small root, a directory with the caller's files, and the
 * type driven the way the engine drives it.
 */
#ifndef TESTS_BUNDLE_FIXTURE_H
#define TESTS_BUNDLE_FIXTURE_H

#include "unit.h"

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/changes.h"
#include "resources/types.h"
#include "x509/bundle.h"

#include "x509/make_cert.h"

#define NOW 1790000000 /* in 2026 */
#define PATH "/opt/ca/bundle.pem"

static char dir[UNIT_DIR_MAX];
static struct tmd_ctx ctx;
static struct tmd_value input[TMD_FIELDS_MAX];
static struct tmd_resource r;
static struct tmd_changeset set;
static char *one;
static char *two;
static char *three;
static char *starfield;
static char *amazon;

/* ---- the root and the caller's files ---- */

static inline void put(const char *path, const char *text)
{
	struct tmd_error err;

	ck_ok(tmd_fs_replace(ctx.fs, path, text, strlen(text), NULL, &err), err);
}

static inline void put_input(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "in/%s", name);
	unit_write(dir, path, text, strlen(text));
}

/* Frees `text`. */
static inline void put_text(const char *path, char *text)
{
	put(path, text);
	free(text);
}

static inline char *get_file(const char *path)
{
	struct tmd_buf text = { 0 };
	struct tmd_error err;

	ck_ok(tmd_fs_read(ctx.fs, path, 0, &text, NULL, &err), err);
	return tmd_buf_steal(&text);
}

static inline void file_is(const char *path, char *wanted)
{
	char *text = get_file(path);

	ck_assert_str_eq(text, wanted);
	free(text);
	free(wanted);
}

/* ---- one resource ---- */

static inline size_t field(const char *name)
{
	for (size_t i = 0; i < tmd_type_bundle.field_count; i++) {
		if (strcmp(tmd_type_bundle.fields[i].name, name) == 0)
			return i;
	}
	ck_abort_msg("no field %s", name);
	return 0;
}

static inline void give(const char *name, const char *text)
{
	struct tmd_value *value = &input[field(name)];

	if (tmd_type_bundle.fields[field(name)].type == TMD_T_LIST)
		tmd_value_list_add(value, text);
	else
		tmd_value_set_string(value, text);
}

static inline void give_nothing(const char *name)
{
	static const struct tmd_strv nothing = { 0 };

	tmd_value_set_list(&input[field(name)], &nothing);
}

static inline const struct tmd_value *current(const char *name)
{
	return &r.current[field(name)];
}

static inline const struct tmd_value *desired(const char *name)
{
	return &r.desired[field(name)];
}

static inline void drop_plan(void)
{
	free(r.diff.path);
	free(r.diff.before);
	free(r.diff.after);
	memset(&r.diff, 0, sizeof(r.diff));
	tmd_changeset_release(&set);
}

static inline void drop_resource(void)
{
	if (!r.input)
		return;
	drop_plan();
	for (size_t i = 0; i < tmd_type_bundle.field_count; i++) {
		tmd_value_release(&input[i]);
		tmd_value_release(&r.desired[i]);
		tmd_value_release(&r.current[i]);
	}
	tmd_type_bundle.release(&r);
	tmd_strv_release(&r.warnings);
	free(r.desired);
	free(r.current);
	free(r.identity);
	free(r.name);
	free(r.base_dir);
	memset(&r, 0, sizeof(r));
}

/* A new resource for the path, with no other attribute. */
static inline void resource(const char *path)
{
	drop_resource();
	r.type = &tmd_type_bundle;
	r.input = input;
	r.desired = tmd_alloc(tmd_type_bundle.field_count, sizeof(*r.desired));
	r.current = tmd_alloc(tmd_type_bundle.field_count, sizeof(*r.current));
	r.base_dir = tmd_format("%s/in", dir);
	give("path", path);
}

/* For tests that are not about what must be inside. */
static inline void free_resource(const char *path)
{
	resource(path);
	give_nothing("requires");
}

static inline void read_now(void)
{
	struct tmd_error err;

	for (size_t i = 0; i < tmd_type_bundle.field_count; i++)
		tmd_value_release(&r.current[i]);
	tmd_strv_release(&r.warnings);
	tmd_type_bundle.release(&r);
	tmd_sessions_forget(&ctx, NULL);
	ck_ok(tmd_resource_read(&ctx, &r, &err), err);
}

static inline void look(void)
{
	struct tmd_error err;

	drop_plan();
	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	read_now();
}

static inline bool differs(const char *name)
{
	size_t i = field(name);

	return r.desired[i].kind != TMD_V_NULL &&
	       !(tmd_type_bundle.fields[i].flags & TMD_F_PARAM) &&
	       !tmd_value_equal(&r.desired[i], &r.current[i]);
}

/* Names of the fields that differ, with blanks between. */
static inline const char *drift(void)
{
	static char names[256];

	names[0] = '\0';
	for (size_t i = 0; i < tmd_type_bundle.field_count; i++) {
		if (!differs(tmd_type_bundle.fields[i].name))
			continue;
		if (names[0])
			strcat(names, " ");
		strcat(names, tmd_type_bundle.fields[i].name);
	}
	return names;
}

static inline void carry_out(void)
{
	ctx_carry_out(&ctx, &set);
}

/* Plans, carries out, and checks that nothing differs any more. */
static inline void converge(void)
{
	struct tmd_error err;

	look();
	ck_assert_msg(drift()[0] != '\0', "nothing differs");
	ck_ok(tmd_type_bundle.plan(&ctx, &r, &set, &err), err);
	ck_assert_uint_gt(set.count, 0);
	carry_out();
	read_now();
	ck_assert_str_eq(drift(), "");
}

static inline void in_sync(void)
{
	look();
	ck_assert_str_eq(drift(), "");
}

/* Something differs, and the plan refuses with these words; nothing is planned. */
static inline struct tmd_error plan_fails(enum tmd_error_kind kind, const char *word)
{
	struct tmd_error err;

	look();
	ck_assert_msg(drift()[0] != '\0', "nothing differs");
	ck_fails(tmd_type_bundle.plan(&ctx, &r, &set, &err), err, kind);
	ck_assert_msg(strstr(err.message, word) != NULL, "'%s' lacks '%s'", err.message, word);
	ck_assert_msg(err.hint[0] != '\0', "no hint with '%s'", err.message);
	ck_assert_uint_eq(set.count, 0);
	return err;
}

static inline void list_is(const struct tmd_value *list, size_t count, const char *word)
{
	ck_assert_int_eq(list->kind, TMD_V_LIST);
	ck_assert_msg(list->list.count == count, "%zu items, wanted %zu: %s", list->list.count,
		      count, list->list.count ? list->list.items[0] : "");
	if (count)
		ck_assert_msg(strstr(list->list.items[0], word) != NULL, "'%s' lacks '%s'",
			      list->list.items[0], word);
}

static inline bool warned(const char *word)
{
	for (size_t i = 0; i < r.warnings.count; i++) {
		if (strstr(r.warnings.items[i], word))
			return true;
	}
	return false;
}

/* Does the file hold exactly these, in this order (last: NULL)? */
static inline void holds(const char *path, ...)
{
	char *text = get_file(path);
	struct tmd_bundle bundle;
	struct tmd_error err;
	const char *pem;
	size_t at = 0;
	va_list args;

	ck_ok(tmd_bundle_scan(text, strlen(text), &bundle, &err), err);
	ck_assert(bundle.loads);
	ck_assert_uint_eq(bundle.problems.count, 0);
	va_start(args, path);
	for (; (pem = va_arg(args, const char *)) != NULL; at++) {
		size_t len;
		unsigned char *der = make_der(pem, &len);

		ck_assert_uint_lt(at, bundle.count);
		ck_assert_uint_eq(bundle.entries[at].der_len, len);
		ck_assert_mem_eq(bundle.entries[at].der, der, len);
		OPENSSL_free(der);
	}
	va_end(args);
	ck_assert_uint_eq(at, bundle.count);
	tmd_bundle_release(&bundle);
	free(text);
}

static inline char *builtin(const char *name)
{
	struct tmd_buf der = { 0 };
	struct tmd_buf pem = { 0 };
	struct tmd_error err;

	ck_ok(tmd_cert_builtin_der(name, &der, &err), err);
	tmd_cert_add_pem(&pem, der.data, der.len);
	tmd_buf_release(&der);
	return tmd_buf_steal(&pem);
}

static inline void set_up(void)
{
	char path[UNIT_DIR_MAX + 8];

	unit_make_dir(dir);
	snprintf(path, sizeof(path), "%s/in", dir);
	unit_mkdir(path);
	snprintf(path, sizeof(path), "%s/root", dir);
	unit_mkdir(path);
	ctx_open(&ctx, path);
	tmd_fs_allow_writes(ctx.fs, true);
	ctx.now = NOW;
	one = make_ca("One");
	two = make_ca("Two");
	three = make_ca("Three");
	starfield = builtin("starfield-services-root-g2");
	amazon = builtin("amazon-root-ca-1");
}

static inline void tear_down(void)
{
	drop_resource();
	ctx_close(&ctx);
	free(one);
	free(two);
	free(three);
	free(starfield);
	free(amazon);
	unit_remove_tree(dir);
}

#endif
