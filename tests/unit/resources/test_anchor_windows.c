/*
 * The certificate stores of Windows, their logic: against stores in memory, so that group
 * policy, automatic root update and other people's decisions can be had, and on any system. The
 * real stores are in tests/integration/test_windows_anchor.py.
 */
#include "resources/anchor_fixture.h"

#include "engine/attributes.h"
#include "engine/run.h"

#include "resources/anchor/win32/backend_windows.c"
#include "resources/anchor/win32/contents.c"
#include "resources/anchor/win32/platform.c"
#include "resources/anchor/win32/trusted.c"
#include "resources/anchor/win32/world.c"
#include "resources/types.h"

#define MACHINE TMD_STORE_LOCAL_MACHINE
#define USER TMD_STORE_CURRENT_USER

/* ---- stores in memory ---- */

struct fake {
	enum tmd_store_location location;
	const char *name;
	const char *part;
	struct tmd_store_certs certs;
};

static struct fake fakes[32];
static size_t fake_count;
static unsigned root_reads;    /* of physical stores of LocalMachine/Root */
static unsigned logical_reads; /* of any logical store */
static bool denied[2];	       /* by location: the caller may not change it */
static const char *unreadable; /* physical store, or logical ones, that cannot be opened */
static char operations[512];   /* what was changed, in order */

void tmd_store_certs_release(struct tmd_store_certs *certs)
{
	for (size_t i = 0; i < certs->count; i++)
		free(certs->items[i].der);
	free(certs->items);
	memset(certs, 0, sizeof(*certs));
}

void tmd_store_certs_add(struct tmd_store_certs *certs, const void *der, size_t len)
{
	certs->items = tmd_grow(certs->items, &certs->cap, certs->count + 1, sizeof(*certs->items));
	certs->items[certs->count++] = (struct tmd_store_cert){ tmd_memdup(der, len), len, TMD_USAGE_ALL };
}

static struct fake *fake_of(enum tmd_store_location location, const char *name, const char *part)
{
	struct fake *fake;

	for (size_t i = 0; i < fake_count; i++) {
		fake = &fakes[i];
		if (fake->location == location && strcmp(fake->name, name) == 0 &&
		    strcmp(fake->part, part) == 0)
			return fake;
	}
	ck_assert_uint_lt(fake_count, sizeof(fakes) / sizeof(*fakes));
	fake = &fakes[fake_count++];
	*fake = (struct fake){ location, name, part, { 0 } };
	return fake;
}

static struct tmd_store_cert *put(enum tmd_store_location location, const char *name,
				  const char *part, const struct made *made)
{
	struct fake *fake = fake_of(location, name, part);

	tmd_store_certs_add(&fake->certs, made->der, made->der_len);
	return &fake->certs.items[fake->certs.count - 1];
}

static bool has(enum tmd_store_location location, const char *name, const char *part,
		const struct made *made)
{
	const struct fake *fake = fake_of(location, name, part);

	return tmd_win_is_among(&fake->certs, tmd_win_der_of(made->cert));
}

static void copy_certs(const struct fake *fake, struct tmd_store_certs *out)
{
	for (size_t i = 0; i < fake->certs.count; i++) {
		const struct tmd_store_cert *cert = &fake->certs.items[i];

		tmd_store_certs_add(out, cert->der, cert->der_len);
		out->items[out->count - 1].usage = cert->usage;
	}
}

/* The logical store: all its parts, and for a user all of the machine's. */
static void copy_logical(enum tmd_store_location location, const char *name,
			 struct tmd_store_certs *out)
{
	for (size_t i = 0; i < fake_count; i++) {
		if ((fakes[i].location == location || fakes[i].location == MACHINE) &&
		    strcmp(fakes[i].name, name) == 0)
			copy_certs(&fakes[i], out);
	}
}

enum tmd_rc tmd_cert_store_read(enum tmd_store_location location, const char *name,
				const char *physical, struct tmd_store_certs *out,
				struct tmd_error *err)
{
	if (tmd_str_equal(physical ? physical : name, unreadable))
		return tmd_fail(err, TMD_E_PERMISSION, physical, "run it in an elevated prompt",
				"cannot open the certificate store");
	tmd_store_certs_release(out);
	logical_reads += !physical;
	if (!physical)
		copy_logical(location, name, out);
	else if (strcmp(physical, ".LocalMachine") == 0)
		copy_logical(MACHINE, name, out);
	else
		copy_certs(fake_of(location, name, physical), out);
	if (physical && location == MACHINE && strcmp(name, "Root") == 0)
		root_reads++;
	return TMD_OK;
}

enum tmd_rc tmd_cert_store_check(enum tmd_store_location location, const char *name,
				 struct tmd_error *err)
{
	if (!denied[location])
		return TMD_OK;
	return tmd_fail(err, TMD_E_PERMISSION, name, "run it in an elevated prompt",
			"cannot change the certificate store");
}

static void note(const char *what, enum tmd_store_location location, const char *name)
{
	size_t len = strlen(operations);

	ck_assert(!denied[location]);
	snprintf(operations + len, sizeof(operations) - len, "%s %s/%s;", what,
		 location == MACHINE ? "LocalMachine" : "CurrentUser", name);
}

enum tmd_rc tmd_cert_store_add(struct tmd_fs *fs, enum tmd_store_location location,
			       const char *name, const void *der, size_t len, struct tmd_error *err)
{
	struct fake *fake = fake_of(location, name, ".Default");

	(void)fs;
	(void)err;
	note("add", location, name);
	if (!tmd_win_is_among(&fake->certs, (struct tmd_win_der){ der, len }))
		tmd_store_certs_add(&fake->certs, der, len);
	return TMD_OK;
}

static void cut_certs(struct tmd_store_certs *certs, struct tmd_win_der der)
{
	size_t kept = 0;

	for (size_t i = 0; i < certs->count; i++) {
		struct tmd_win_der one = { certs->items[i].der, certs->items[i].der_len };

		if (tmd_win_der_compare(&one, &der) == 0)
			free(certs->items[i].der);
		else
			certs->items[kept++] = certs->items[i];
	}
	certs->count = kept;
}

enum tmd_rc tmd_cert_store_remove(struct tmd_fs *fs, enum tmd_store_location location,
				  const char *name, const void *der, size_t len,
				  struct tmd_error *err)
{
	(void)fs;
	(void)err;
	note("remove", location, name);
	cut_certs(&fake_of(location, name, ".Default")->certs, (struct tmd_win_der){ der, len });
	if (strcmp(name, "Root") == 0)
		cut_certs(&fake_of(location, name, ".AuthRoot")->certs, (struct tmd_win_der){ der, len });
	return TMD_OK;
}

/* ---- a live machine, of which nothing but the stores above is looked at ---- */

static struct tmd_ctx ctx;
static struct tmd_strv system_warnings;
static struct made ca;
static struct made other;

static void set_up(void)
{
	memset(fakes, 0, sizeof(fakes));
	memset(denied, 0, sizeof(denied));
	fake_count = 0;
	root_reads = 0;
	logical_reads = 0;
	unreadable = NULL;
	operations[0] = '\0';
	ctx_open(&ctx, NULL);
	ctx.now = tmd_now();
	ca = make_ca("Studio Root");
	other = make_ca("Other Root");
	put(MACHINE, "Root", ".Default", &other);
}

static void tear_down(void)
{
	for (size_t i = 0; i < fake_count; i++)
		tmd_store_certs_release(&fakes[i].certs);
	made_release(&ca);
	made_release(&other);
	tmd_strv_release(&system_warnings);
	ctx_close(&ctx);
}

static struct tmd_resource read_in(const struct made *made, const char *store, const char *state)
{
	struct tmd_resource r = anchor_new(made->pem, state);
	struct tmd_error err;

	if (store)
		anchor_give(&r, "store", store);
	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	ck_ok(tmd_resource_read(&ctx, &r, &err), err);
	return r;
}

/* Plans it, checks rights, carries it out, reads again, as the engine does. */
static void converges(struct tmd_resource *r)
{
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(r));
	ck_ok(r->type->plan(&ctx, r, &set, &err), err);
	ck_assert_str_eq(operations, "");
	ck_ok(tmd_changeset_check(&set, ctx.fs, &err), err);
	ck_assert_str_eq(operations, "");
	ctx_carry_out(&ctx, &set);
	tmd_changeset_release(&set);
	for (size_t i = 0; i < r->type->field_count; i++)
		tmd_value_release(&r->current[i]);
	r->type->release(r);
	ck_ok(tmd_resource_read(&ctx, r, &err), err);
	ck_assert(!differs(r));
}

static void converges_as(const struct made *made, const char *store, const char *state,
			 const char *expected)
{
	struct tmd_resource r = read_in(made, store, state);

	operations[0] = '\0';
	converges(&r);
	ck_assert_str_eq(operations, expected);
	operations[0] = '\0';
	anchor_free_resource(&r);
}

static void in_sync_as(const struct made *made, const char *store, const char *state)
{
	struct tmd_resource r = read_in(made, store, state);

	ck_assert(!differs(&r));
	anchor_free_resource(&r);
}

/* The plan refuses; the words are in message, path or hint. */
static void refuses(const struct made *made, const char *store, const char *state,
		    enum tmd_error_kind kind, const char *path, const char *says)
{
	struct tmd_resource r = read_in(made, store, state);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(&r));
	ck_fails(r.type->plan(&ctx, &r, &set, &err), err, kind);
	ck_assert_str_eq(err.path, path);
	ck_assert_msg(strstr(err.message, says) || strstr(err.hint, says), "'%s' / '%s' lacks '%s'",
		      err.message, err.hint, says);
	ck_assert_str_ne(err.hint, "");
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	ck_assert_str_eq(operations, "");
}

static void normalize_fails(const char *store, const char *state, enum tmd_error_kind kind,
			    const char *message, const char *hint)
{
	struct tmd_resource r = anchor_new(ca.pem, state);
	struct tmd_error err;

	anchor_give(&r, "store", store);
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, kind);
	ck_assert_msg(strstr(err.message, message), "'%s' lacks '%s'", err.message, message);
	ck_assert_msg(strstr(err.hint, hint), "'%s' lacks '%s'", err.hint, hint);
	anchor_free_resource(&r);
}

static const char *where_of(const struct tmd_resource *r, size_t index)
{
	const struct tmd_strv *where = &r->current[field("where")].list;

	ck_assert_uint_lt(index, where->count);
	return where->items[index];
}

/* ---- names of stores ---- */

START_TEST(every_spelling_of_a_store_is_the_same_store)
{
	static const char *const spellings[] = { "system", "LocalMachine/Root",
						 "LocalMachine\\Root", "localmachine/ROOT",
						 "Cert:\\LocalMachine\\Root",
						 "cert:/localmachine\\root" };
	TMD_AUTO_FREE char *identity = tmd_format("anchor:LocalMachine/Root:%s", ca.cert->sha256);
	struct tmd_resource r = read_in(&ca, spellings[_i], NULL);

	ck_assert_str_eq(r.identity, identity);
	ck_assert_str_eq(r.backend, "windows");
	ck_assert_str_eq(tmd_value_str(&r.current[field("store")]),
			 _i ? "LocalMachine/Root" : "system");
	anchor_free_resource(&r);
}
END_TEST

START_TEST(each_store_is_one_of_its_own)
{
	for (int i = 0; i < TMD_WINDOWS_STORES; i++) {
		const struct tmd_windows_store *store = &tmd_windows_stores[i];
		TMD_AUTO_FREE char *label = tmd_format("%s (.Default)", store->name);
		struct tmd_resource r;

		put(store->location, store->system, ".Default", &ca);
		r = read_in(&ca, store->name, NULL);
		ck_assert_str_eq(where_of(&r, 0), label);
		ck_assert(current_is(&r, "anchored"));
		anchor_free_resource(&r);
		cut_certs(&fake_of(store->location, store->system, ".Default")->certs,
			  tmd_win_der_of(ca.cert));
	}
}
END_TEST

START_TEST(names_of_other_systems_say_what_to_write_here)
{
	static const struct {
		const char *store;
		enum tmd_error_kind kind;
		const char *message;
		const char *hint;
	} cases[] = {
		{ "/etc/ssl/certs", TMD_E_UNSUPPORTED, "path of another system", "store=system" },
		{ "/etc/pki/ca-trust/source/anchors", TMD_E_UNSUPPORTED, "path of another",
		  "store=system" },
		{ "debian", TMD_E_UNSUPPORTED, "store of another system", "store=system" },
		{ "p11kit", TMD_E_UNSUPPORTED, "store of another system", "store=system" },
		{ "bundle:/etc/ssl/certs/ca-certificates.crt", TMD_E_UNSUPPORTED, "another system",
		  "store=system" },
		{ "C:\\ca\\cacert.pem", TMD_E_INVALID_INPUT, "is a path",
		  "store=bundle:C:\\ca\\cacert.pem" },
		{ "Root", TMD_E_INVALID_INPUT, "unknown store 'Root'", "LocalMachine/Root" },
		{ "Cert:\\LocalMachine\\My", TMD_E_INVALID_INPUT, "unknown store",
		  "LocalMachine/Root" },
		{ "Cert:LocalMachine\\Root", TMD_E_INVALID_INPUT, "unknown store",
		  "LocalMachine/Root" },
		{ "LocalMachine/My", TMD_E_INVALID_INPUT, "unknown store", "LocalMachine/CA" },
		{ "", TMD_E_INVALID_INPUT, "unknown store", "LocalMachine/Disallowed" },
	};

	normalize_fails(cases[_i].store, NULL, cases[_i].kind, cases[_i].message, cases[_i].hint);
}
END_TEST

START_TEST(an_offline_root_has_no_certificate_store)
{
	struct tmd_ctx live = ctx;
	char dir[UNIT_DIR_MAX];
	struct tmd_buf pem = { 0 };
	const char *path = NULL;
	struct tmd_error err;

	unit_make_dir(dir);
	ctx_open(&ctx, dir);
	normalize_fails("system", NULL, TMD_E_UNSUPPORTED, "offline root", "store=bundle:PATH");
	normalize_fails("CurrentUser/CA", NULL, TMD_E_UNSUPPORTED, "offline root", "registry");
	normalize_fails("nonsense", NULL, TMD_E_INVALID_INPUT, "unknown store", "store=system");
	ck_fails(tmd_anchor_system_pem(&ctx, &pem, &path, &system_warnings, &err), err, TMD_E_UNSUPPORTED);
	ck_ok(tmd_anchor_check_bundle(&ctx, "/etc/ssl/certs/ca-certificates.crt", &err), err);
	ctx_close(&ctx);
	unit_remove_tree(dir);
	ctx = live;
}
END_TEST

/* ---- present and absent ---- */

START_TEST(an_absent_root_is_planned_then_added)
{
	struct tmd_resource r = read_in(&ca, NULL, NULL);
	TMD_AUTO_FREE char *line =
		tmd_format("LocalMachine/Root: CN=Studio Root, SHA-1 %s\n", ca.cert->sha1);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;
	const struct tmd_expectation *expect;

	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert(!current_is(&r, "effective"));
	ck_assert_uint_eq(r.current[field("reasons")].list.count, 0);
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	expect = find_expected(&set, "store:LocalMachine/Root");
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&expect->content), ca.pem));
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&expect->content), other.pem));
	ck_assert_uint_eq(set.count, 1);
	ck_assert(!set.rebuild);
	tmd_changeset_describe(&set, ctx.view, &r.diff);
	ck_assert_str_eq(r.diff.path, "LocalMachine/Root");
	ck_assert_str_eq(r.diff.before, "");
	ck_assert_str_eq(r.diff.after, line);
	ck_assert_uint_eq(r.warnings.count, 0);
	ck_assert_str_eq(operations, "");
	tmd_changeset_release(&set);
	anchor_free_resource(&r);

	converges_as(&ca, NULL, NULL, "add LocalMachine/Root;");
	r = read_in(&ca, NULL, NULL);
	ck_assert_str_eq(current_state(&r), "present");
	ck_assert(current_is(&r, "effective"));
	ck_assert_str_eq(where_of(&r, 0), "LocalMachine/Root (.Default)");
	anchor_free_resource(&r);
	in_sync_as(&ca, "LocalMachine/Root", "present");
}
END_TEST

START_TEST(only_exactly_these_bytes_are_removed)
{
	struct made twin = make_cert_as(
		(struct making){ .cn = "Studio Root", .constraints = "critical,CA:TRUE" });

	ck_assert_str_eq(twin.cert->serial, ca.cert->serial);
	ck_assert_str_eq(twin.cert->issuer, ca.cert->issuer);
	put(MACHINE, "Root", ".Default", &ca);
	put(MACHINE, "Root", ".Default", &twin);
	converges_as(&ca, NULL, "absent", "remove LocalMachine/Root;");
	ck_assert(!has(MACHINE, "Root", ".Default", &ca));
	ck_assert(has(MACHINE, "Root", ".Default", &twin));
	in_sync_as(&ca, NULL, "absent");
	in_sync_as(&twin, NULL, NULL);
	made_release(&twin);
}
END_TEST

START_TEST(what_is_not_ours_to_remove_is_refused_by_name)
{
	static const struct {
		const char *part;
		const char *says;
	} cases[] = {
		{ ".GroupPolicy", "group policy" },
		{ ".Enterprise", "enterprise" },
		{ ".SmartCard", "smart card" },
	};
	TMD_AUTO_FREE char *label = tmd_format("LocalMachine/Root (%s)", cases[_i].part);

	put(MACHINE, "Root", cases[_i].part, &ca);
	refuses(&ca, NULL, "absent", TMD_E_CONFLICT, label, cases[_i].says);
	/* A copy of our own besides does not help. */
	put(MACHINE, "Root", ".Default", &ca);
	refuses(&ca, NULL, "absent", TMD_E_CONFLICT, label, cases[_i].says);
}
END_TEST

START_TEST(a_policys_root_is_present_and_can_be_distrusted)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".GroupPolicy", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_assert(!differs(&r));
	ck_assert(current_is(&r, "anchored"));
	ck_assert_str_eq(where_of(&r, 0), "LocalMachine/Root (.GroupPolicy)");
	anchor_free_resource(&r);
	converges_as(&ca, NULL, "distrusted", "add LocalMachine/Disallowed;");
	ck_assert(has(MACHINE, "Root", ".GroupPolicy", &ca));
}
END_TEST

START_TEST(a_card_only_lends_its_root)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".SmartCard", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_assert(current_is(&r, "effective"));
	ck_assert(!current_is(&r, "anchored"));
	anchor_free_resource(&r);
	converges_as(&ca, NULL, NULL, "add LocalMachine/Root;");
	put(USER, "Root", ".SmartCard", &other);
	r = read_in(&other, "CurrentUser/Root", NULL);
	ck_assert_str_eq(where_of(&r, 1), "CurrentUser/Root (.SmartCard)");
	anchor_free_resource(&r);
}
END_TEST

START_TEST(automatic_root_update_may_bring_it_back_and_that_is_said)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	put(MACHINE, "Root", ".AuthRoot", &ca);
	put(MACHINE, "Root", ".Default", &ca);
	r = read_in(&ca, NULL, "absent");
	ck_assert_str_eq(where_of(&r, 0), "LocalMachine/Root (.Default)");
	ck_assert_str_eq(where_of(&r, 1), "LocalMachine/Root (.AuthRoot)");
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert(list_mentions(&r.warnings, "automatic root update"));
	ck_assert(list_mentions(&r.warnings, "state=distrusted"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	converges_as(&ca, NULL, "absent", "remove LocalMachine/Root;");
	ck_assert(!has(MACHINE, "Root", ".AuthRoot", &ca));
}
END_TEST

START_TEST(a_part_that_nobody_knows_still_counts)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".Registered", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_assert(!differs(&r));
	ck_assert_str_eq(where_of(&r, 0), "LocalMachine/Root");
	anchor_free_resource(&r);
}
END_TEST

/* ---- distrust ---- */

START_TEST(distrusted_is_named_with_its_store_and_has_no_effect)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".Default", &ca);
	put(MACHINE, "Disallowed", ".Default", &ca);
	put(USER, "Disallowed", ".Default", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_assert_str_eq(current_state(&r), "distrusted");
	ck_assert(current_is(&r, "anchored"));
	ck_assert(!current_is(&r, "effective"));
	ck_assert_uint_eq(r.current[field("distrusted_by")].list.count, 2);
	ck_assert(current_mentions(&r, "distrusted_by", "LocalMachine/Disallowed (.Default)"));
	ck_assert(current_mentions(&r, "distrusted_by", "CurrentUser/Disallowed (.Default)"));
	ck_assert(current_mentions(&r, "reasons", "distrusts it"));
	anchor_free_resource(&r);
	r = read_in(&other, NULL, NULL);
	ck_assert(!differs(&r));
	anchor_free_resource(&r);
}
END_TEST

START_TEST(a_ban_in_a_part_that_nobody_knows_still_counts)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".Default", &ca);
	put(MACHINE, "Disallowed", ".Registered", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_assert_uint_eq(r.current[field("distrusted_by")].list.count, 1);
	ck_assert_str_eq(r.current[field("distrusted_by")].list.items[0],
			 "LocalMachine/Disallowed");
	ck_assert(!current_is(&r, "effective"));
	anchor_free_resource(&r);
}
END_TEST

START_TEST(distrusting_adds_to_the_list_of_the_same_location)
{
	put(MACHINE, "Root", ".Default", &ca);
	converges_as(&ca, NULL, "distrusted",
		     "add LocalMachine/Disallowed;remove LocalMachine/Root;");
	ck_assert(!has(MACHINE, "Root", ".Default", &ca));
	in_sync_as(&ca, NULL, "distrusted");
	converges_as(&other, "CurrentUser/Root", "distrusted", "add CurrentUser/Disallowed;");
	ck_assert(!has(MACHINE, "Disallowed", ".Default", &other));
	ck_assert(has(MACHINE, "Root", ".Default", &other));
}
END_TEST

/* Python's ssl reads Root and CA, of the machine and of the user, and never Disallowed. */
START_TEST(distrusting_takes_it_from_where_python_finds_it)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".AuthRoot", &ca);
	put(MACHINE, "CA", ".Default", &ca);
	put(MACHINE, "Disallowed", ".Default", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_assert_str_eq(current_state(&r), "distrusted");
	ck_assert(current_mentions(&r, "reasons", "Python loads it all the same"));
	ck_assert(current_mentions(&r, "reasons", "LocalMachine/Root (.AuthRoot)"));
	ck_assert(current_mentions(&r, "reasons", "LocalMachine/CA (.Default)"));
	anchor_free_resource(&r);
	converges_as(&ca, NULL, "distrusted",
		     "add LocalMachine/Disallowed;remove LocalMachine/Root;remove LocalMachine/CA;");
	r = read_in(&ca, NULL, "distrusted");
	ck_assert(!current_is(&r, "anchored"));
	ck_assert(!current_mentions(&r, "reasons", "Python"));
	anchor_free_resource(&r);
	put(MACHINE, "CA", ".Default", &ca);
	converges_as(&ca, NULL, "distrusted",
		     "add LocalMachine/Disallowed;remove LocalMachine/CA;");
	converges_as(&ca, NULL, NULL, "add LocalMachine/Root;remove LocalMachine/Disallowed;");
}
END_TEST

START_TEST(a_copy_that_python_keeps_finding_is_told)
{
	static const struct {
		enum tmd_store_location location;
		const char *name;
		const char *part;
		const char *says;
	} cases[] = {
		{ MACHINE, "Root", ".GroupPolicy", "group policy" },
		{ MACHINE, "CA", ".Enterprise", "enterprise" },
		{ MACHINE, "Root", ".SmartCard", "smart card" },
		{ USER, "Root", ".Default", "CurrentUser/Root (.Default)" },
		{ USER, "CA", ".Default", "CurrentUser/CA (.Default)" },
	};
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	put(cases[_i].location, cases[_i].name, cases[_i].part, &ca);
	r = read_in(&ca, NULL, "distrusted");
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert(list_mentions(&r.warnings, cases[_i].says));
	ck_assert(list_mentions(&r.warnings, "Python"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	converges_as(&ca, NULL, "distrusted", "add LocalMachine/Disallowed;");
	r = read_in(&ca, NULL, "distrusted");
	ck_assert(current_mentions(&r, "reasons", cases[_i].name));
	ck_assert(current_mentions(&r, "reasons", "Python loads it all the same"));
	anchor_free_resource(&r);
}
END_TEST

/* What Python's own filter leaves out, it does not load from anywhere. */
START_TEST(a_copy_that_python_does_not_load_is_not_told)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".GroupPolicy", &ca)->usage = TMD_USAGE_OTHERS;
	put(MACHINE, "Disallowed", ".Default", &ca);
	r = read_in(&ca, NULL, "distrusted");
	ck_assert(!differs(&r));
	ck_assert(!current_mentions(&r, "reasons", "Python loads"));
	anchor_free_resource(&r);
}
END_TEST

START_TEST(naming_the_list_itself_says_that_python_does_not_read_it)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	put(MACHINE, "Root", ".Default", &ca);
	r = read_in(&ca, "LocalMachine/Disallowed", NULL);
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert(list_mentions(&r.warnings, "state=distrusted with store=LocalMachine/Root"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	converges_as(&ca, "LocalMachine/Disallowed", NULL, "add LocalMachine/Disallowed;");
	ck_assert(has(MACHINE, "Root", ".Default", &ca));
}
END_TEST

START_TEST(the_dialog_is_announced_when_distrusting_empties_a_users_root_store)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	put(USER, "Root", ".Default", &ca);
	r = read_in(&ca, "CurrentUser/CA", "distrusted");
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert(list_mentions(&r.warnings, "asks the user"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	converges_as(&ca, "CurrentUser/CA", "distrusted",
		     "add CurrentUser/Disallowed;remove CurrentUser/Root;");
}
END_TEST

START_TEST(present_takes_our_ban_back_after_it_has_added)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	put(MACHINE, "Disallowed", ".Default", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ctx_describe(&ctx, &set, &r);
	ck_assert(list_mentions(&r.warnings, "does not record who"));
	ck_assert_ptr_nonnull(strstr(r.diff.before, "LocalMachine/Disallowed: CN=Studio Root"));
	ck_assert_ptr_null(strstr(r.diff.after, "Disallowed"));
	ck_assert_ptr_nonnull(strstr(r.diff.after, "LocalMachine/Root: CN=Studio Root"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	converges_as(&ca, NULL, NULL, "add LocalMachine/Root;remove LocalMachine/Disallowed;");
}
END_TEST

START_TEST(present_in_the_store_already_only_takes_the_ban_back)
{
	put(MACHINE, "Root", ".GroupPolicy", &ca);
	put(MACHINE, "Disallowed", ".Default", &ca);
	converges_as(&ca, NULL, NULL, "remove LocalMachine/Disallowed;");
}
END_TEST

START_TEST(a_policys_ban_is_a_conflict)
{
	put(MACHINE, "Disallowed", ".GroupPolicy", &ca);
	refuses(&ca, NULL, NULL, TMD_E_CONFLICT, "LocalMachine/Disallowed (.GroupPolicy)",
		"group policy");
	put(MACHINE, "Disallowed", ".Default", &ca);
	refuses(&ca, NULL, NULL, TMD_E_CONFLICT, "LocalMachine/Disallowed (.GroupPolicy)",
		"group policy");
	in_sync_as(&ca, NULL, "distrusted");
}
END_TEST

START_TEST(the_other_locations_ban_is_a_conflict_that_names_the_way)
{
	put(USER, "Disallowed", ".Default", &ca);
	refuses(&ca, NULL, NULL, TMD_E_CONFLICT, "CurrentUser/Disallowed (.Default)",
		"store=CurrentUser/Disallowed with state=absent");
	put(MACHINE, "Disallowed", ".Default", &other);
	refuses(&other, "CurrentUser/Root", NULL, TMD_E_CONFLICT,
		"LocalMachine/Disallowed (.Default)",
		"store=LocalMachine/Disallowed with state=absent");
}
END_TEST

START_TEST(absent_leaves_a_ban_alone)
{
	put(MACHINE, "Disallowed", ".Default", &ca);
	in_sync_as(&ca, NULL, "absent");
	put(MACHINE, "Root", ".Default", &ca);
	converges_as(&ca, NULL, "absent", "remove LocalMachine/Root;");
	ck_assert(has(MACHINE, "Disallowed", ".Default", &ca));
}
END_TEST

START_TEST(the_list_of_bans_can_be_named_itself)
{
	struct tmd_resource r;

	converges_as(&ca, "LocalMachine/Disallowed", NULL, "add LocalMachine/Disallowed;");
	r = read_in(&ca, "LocalMachine\\disallowed", NULL);
	ck_assert_str_eq(current_state(&r), "present");
	ck_assert_str_eq(tmd_value_str(&r.current[field("store")]), "LocalMachine/Disallowed");
	ck_assert(current_is(&r, "anchored"));
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "not trusted"));
	anchor_free_resource(&r);
	in_sync_as(&ca, "LocalMachine/Disallowed", NULL);
	in_sync_as(&ca, NULL, "distrusted");
	converges_as(&ca, "LocalMachine/Disallowed", "absent", "remove LocalMachine/Disallowed;");
	normalize_fails("LocalMachine/Disallowed", "distrusted", TMD_E_INVALID_INPUT,
			"distrusted by being there", "state=present");
}
END_TEST

START_TEST(a_server_certificate_can_be_banned_but_not_trusted)
{
	struct made leaf = make_cert_as(
		(struct making){ .cn = "leaf", .constraints = "CA:FALSE", .days = -3, .issued = true });
	struct tmd_resource r;

	refuses(&leaf, NULL, NULL, TMD_E_REFUSED, "", "no CA");
	converges_as(&leaf, "LocalMachine/Disallowed", NULL, "add LocalMachine/Disallowed;");
	r = read_in(&leaf, "LocalMachine/Disallowed", NULL);
	ck_assert_uint_eq(r.warnings.count, 0);
	ck_assert(!current_mentions(&r, "reasons", "no CA"));
	anchor_free_resource(&r);
	made_release(&leaf);
}
END_TEST

/* ---- certificates that a store cannot make effective ---- */

START_TEST(a_restricted_copy_has_no_effect)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".Default", &ca)->usage = TMD_USAGE_OTHERS;
	r = read_in(&ca, NULL, NULL);
	ck_assert_str_eq(current_state(&r), "present");
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "other purposes"));
	anchor_free_resource(&r);
	refuses(&ca, NULL, NULL, TMD_E_CONFLICT, "LocalMachine/Root", "certlm.msc");
	/* Another copy without the restriction is enough. */
	put(MACHINE, "Root", ".GroupPolicy", &ca);
	in_sync_as(&ca, NULL, NULL);
}
END_TEST

START_TEST(a_root_that_is_not_for_servers_is_refused)
{
	struct made mail = make_cert_as((struct making){
		.cn = "Mail Root", .constraints = "critical,CA:TRUE", .usage = "emailProtection" });
	struct tmd_resource r;

	refuses(&mail, NULL, NULL, TMD_E_REFUSED, "", "serverAuth");
	put(MACHINE, "Root", ".Default", &mail);
	r = read_in(&mail, NULL, NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "serverAuth"));
	anchor_free_resource(&r);
	made_release(&mail);
}
END_TEST

/* ---- what Windows and Python make of it, each for itself ---- */

static char *pem_of(const unsigned char *der, size_t len)
{
	struct tmd_buf pem = { 0 };

	tmd_cert_add_pem(&pem, der, len);
	return tmd_buf_steal(&pem);
}

/* What was made becomes the certificate `x`, signed anew, which is freed. */
static void resign(struct made *made, X509 *x, EVP_PKEY *key)
{
	struct tmd_error err;

	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	free(made->pem);
	OPENSSL_free(made->der);
	tmd_cert_free(made->cert);
	made->der = NULL;
	made->der_len = (size_t)i2d_X509(x, &made->der);
	made->pem = pem_of(made->der, made->der_len);
	X509_free(x);
	ck_ok(tmd_cert_parse(made->der, made->der_len, &made->cert, &err), err);
}

static struct made make_below(const struct made *issuer, const char *cn)
{
	const char *name = issuer->cert->subject + strlen("CN=");
	struct made made = make_ca(cn);
	const unsigned char *at = made.der;
	X509 *x = d2i_X509(NULL, &at, (long)made.der_len);
	X509_NAME *by = X509_NAME_new();

	X509_NAME_add_entry_by_txt(by, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, by);
	X509_NAME_free(by);
	resign(&made, x, issuer->key);
	return made;
}

static void told_and_done(const struct made *made, const char *store, const char *says)
{
	struct tmd_resource r = read_in(made, store, NULL);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert(list_mentions(&r.warnings, says));
	tmd_changeset_release(&set);
	converges(&r);
	anchor_free_resource(&r);
	r = read_in(made, store, NULL);
	ck_assert(!differs(&r));
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", says));
	anchor_free_resource(&r);
	operations[0] = '\0';
}

START_TEST(a_root_in_ca_counts_for_python_alone)
{
	struct tmd_resource r;

	told_and_done(&ca, "LocalMachine/CA", "Windows does not trust it");
	put(MACHINE, "Root", ".GroupPolicy", &ca);
	r = read_in(&ca, "LocalMachine/CA", NULL);
	ck_assert(current_is(&r, "effective"));
	ck_assert_uint_eq(r.current[field("reasons")].list.count, 0);
	anchor_free_resource(&r);
}
END_TEST

START_TEST(a_servers_own_certificate_in_ca_counts_for_python_alone)
{
	struct made site = make_cert_as(
		(struct making){ .cn = "site.studio", .constraints = "critical,CA:FALSE" });

	told_and_done(&site, "LocalMachine/CA", "Windows does not trust it");
	made_release(&site);
}
END_TEST

START_TEST(an_intermediate_counts_when_its_chain_ends_in_root)
{
	static const char *const stores[] = { "LocalMachine/Root", "LocalMachine/CA" };
	struct made middle = make_below(&ca, "Middle");
	struct made low = make_below(&middle, "Low");
	struct tmd_resource r;

	told_and_done(&low, stores[_i], "issued by CN=Middle");
	put(MACHINE, "CA", ".Default", &middle);
	r = read_in(&low, stores[_i], NULL);
	ck_assert(!current_is(&r, "effective"));
	anchor_free_resource(&r);
	put(MACHINE, "Root", ".Default", &ca);
	r = read_in(&low, stores[_i], NULL);
	ck_assert(current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "it is no root") == (_i == 0));
	anchor_free_resource(&r);
	made_release(&middle);
	made_release(&low);
}
END_TEST

/* By extension and by property, and both: who is left to take it for servers. */
START_TEST(purposes_are_those_that_each_of_the_two_reads)
{
	static const struct {
		const char *extension;
		enum tmd_store_usage property;
		const char *says; /* NULL: effective */
		bool names_windows_alone;
	} cases[] = {
		{ NULL, TMD_USAGE_ALL, NULL, false },
		{ NULL, TMD_USAGE_SERVERS, NULL, false },
		{ "serverAuth", TMD_USAGE_SERVERS, NULL, false },
		{ "serverAuth,anyExtendedKeyUsage", TMD_USAGE_ALL, NULL, false },
		{ "serverAuth", TMD_USAGE_OTHERS, "other purposes", false },
		{ NULL, TMD_USAGE_OTHERS, "other purposes", false },
		{ NULL, TMD_USAGE_ANY, "properties in this store name anyExtendedKeyUsage", true },
		{ "anyExtendedKeyUsage", TMD_USAGE_ALL, "key usage names anyExtendedKeyUsage", true },
		{ "anyExtendedKeyUsage", TMD_USAGE_OTHERS, "other purposes", false },
		{ "clientAuth", TMD_USAGE_ALL, "lacks serverAuth", false },
		{ "clientAuth", TMD_USAGE_SERVERS, "lacks serverAuth", false },
	};
	struct made made = make_cert_as((struct making){ .cn = "Purposeful Root",
							 .constraints = "critical,CA:TRUE",
							 .usage = cases[_i].extension });
	struct tmd_resource r;

	put(MACHINE, "Root", ".Default", &made)->usage = cases[_i].property;
	r = read_in(&made, NULL, NULL);
	ck_assert(current_is(&r, "effective") == !cases[_i].says);
	if (cases[_i].says) {
		ck_assert(current_mentions(&r, "reasons", cases[_i].says));
		ck_assert(current_mentions(&r, "reasons", "Windows takes it") ==
			  cases[_i].names_windows_alone);
	}
	anchor_free_resource(&r);
	made_release(&made);
}
END_TEST

START_TEST(a_root_for_any_purpose_is_refused_for_pythons_sake)
{
	struct made any = make_cert_as((struct making){ .cn = "Any Root",
							.constraints = "critical,CA:TRUE",
							.usage = "anyExtendedKeyUsage" });

	refuses(&any, NULL, NULL, TMD_E_REFUSED, "", "Python does not load it");
	made_release(&any);
}
END_TEST

static void drop_extension(X509 *x, int nid)
{
	int at = X509_get_ext_by_NID(x, nid, -1);

	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(x, at));
}

START_TEST(a_root_that_may_not_sign_is_refused)
{
	struct made idle = make_ca("Idle Root");
	const unsigned char *at = idle.der;
	X509 *x = d2i_X509(NULL, &at, (long)idle.der_len);
	struct tmd_resource r;

	drop_extension(x, NID_key_usage);
	add_extension(x, NID_key_usage, "critical,digitalSignature");
	resign(&idle, x, idle.key);
	refuses(&idle, NULL, NULL, TMD_E_REFUSED, "", "sign");
	put(MACHINE, "Root", ".Default", &idle);
	r = read_in(&idle, NULL, NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "Windows and Python take it for nobody's"));
	anchor_free_resource(&r);
	made_release(&idle);
}
END_TEST

/* Replaces it by one with a value that is no list of anything. */
static void spoil_extension(struct made *made, int nid)
{
	const unsigned char *at = made->der;
	X509 *x = d2i_X509(NULL, &at, (long)made->der_len);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2);
	extension = X509_EXTENSION_create_by_NID(NULL, nid, 0, value);
	drop_extension(x, nid);
	ck_assert_int_eq(X509_add_ext(x, extension, -1), 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	resign(made, x, made->key);
}

/* OpenSSL says of such a certificate that it may not sign: what it says of signing is not that. */
START_TEST(an_unreadable_extension_is_named_and_no_other_blamed)
{
	static const struct {
		int nid;
		bool names_windows;
	} cases[] = {
		{ NID_ext_key_usage, true },
		{ NID_key_usage, false },
		{ NID_name_constraints, false },
	};
	struct made made = make_ca("Spoilt Root");
	struct tmd_resource r;

	spoil_extension(&made, cases[_i].nid);
	refuses(&made, NULL, NULL, TMD_E_REFUSED, "", "read");
	put(MACHINE, "Root", ".Default", &made);
	r = read_in(&made, NULL, NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", OBJ_nid2sn(cases[_i].nid)));
	ck_assert(current_mentions(&r, "reasons", "Windows cannot read its extended key usage") ==
		  cases[_i].names_windows);
	ck_assert(!current_mentions(&r, "reasons", "lacks"));
	anchor_free_resource(&r);
	made_release(&made);
}
END_TEST

/* ---- what OpenSSL cannot read ---- */

/* The same certificate with a serial number that has a zero too many in front. */
static struct made make_padded(const char *cn)
{
	struct made made = make_ca(cn);
	size_t outer = 4;
	size_t inner = made.der[outer + 1] == 0x82 ? 4 : 3;
	size_t serial = outer + inner + 5;
	unsigned char *der = OPENSSL_malloc(made.der_len + 1);

	ck_assert_uint_eq(made.der[1], 0x82);
	ck_assert_mem_eq(made.der + serial, "\x02\x01\x01", 3);
	memcpy(der, made.der, serial + 1);
	memcpy(der + serial + 1, "\x02\x00", 2);
	memcpy(der + serial + 3, made.der + serial + 2, made.der_len - serial - 2);
	der[3]++;
	der[outer + inner - 1]++;
	ck_assert_uint_ne(der[3], 0);
	ck_assert_uint_ne(der[outer + inner - 1], 0);
	OPENSSL_free(made.der);
	free(made.pem);
	tmd_cert_free(made.cert);
	made.der = der;
	made.der_len++;
	made.cert = tmd_cert_opaque(der, made.der_len);
	made.pem = pem_of(der, made.der_len);
	ck_assert(!tmd_cert_loads(der, made.der_len));
	return made;
}

START_TEST(an_unreadable_certificate_is_told_with_every_other_of_either_store)
{
	static const char *const stores[] = { "Root", "CA" };
	struct made padded = make_padded("Padded Root");
	struct tmd_resource r;

	put(MACHINE, stores[_i], ".Default", &padded);
	r = read_in(&other, NULL, NULL);
	ck_assert(!differs(&r));
	ck_assert(list_mentions(&r.warnings, padded.cert->sha1));
	ck_assert(list_mentions(&r.warnings, stores[_i]));
	ck_assert(list_mentions(&r.warnings, "CN=Padded Root"));
	ck_assert(list_mentions(&r.warnings, "certutil -delstore"));
	ck_assert_uint_eq(r.warnings.count, 1);
	anchor_free_resource(&r);
	made_release(&padded);
}
END_TEST

START_TEST(an_unreadable_certificate_that_python_passes_over_spoils_nothing)
{
	struct made padded = make_padded("Padded Root");
	struct tmd_resource r;

	put(MACHINE, "Root", ".Default", &padded)->usage = TMD_USAGE_OTHERS;
	r = read_in(&other, NULL, NULL);
	ck_assert_uint_eq(r.warnings.count, 0);
	anchor_free_resource(&r);
	made_release(&padded);
}
END_TEST

START_TEST(an_unreadable_certificate_that_policy_brought_is_its_business)
{
	struct made padded = make_padded("Padded Root");
	struct tmd_resource r;

	put(MACHINE, "Root", ".GroupPolicy", &padded);
	r = read_in(&other, NULL, NULL);
	ck_assert(list_mentions(&r.warnings, "remove it from the policy"));
	anchor_free_resource(&r);
	r = read_in(&other, "CurrentUser/Root", NULL);
	ck_assert(list_mentions(&r.warnings, padded.cert->sha1));
	anchor_free_resource(&r);
	made_release(&padded);
}
END_TEST

START_TEST(an_unreadable_certificate_can_go_and_not_come)
{
	struct made padded = make_padded("Padded Root");
	struct tmd_resource r = anchor_new(padded.pem, NULL);
	struct tmd_error err;

	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_REFUSED);
	anchor_free_resource(&r);
	put(MACHINE, "Root", ".Default", &padded);
	converges_as(&padded, NULL, "absent", "remove LocalMachine/Root;");
	ck_assert(has(MACHINE, "Root", ".Default", &other));
	put(MACHINE, "CA", ".Default", &padded);
	converges_as(&padded, NULL, "distrusted",
		     "add LocalMachine/Disallowed;remove LocalMachine/CA;");
	made_release(&padded);
}
END_TEST

/* ---- the user's view ---- */

START_TEST(a_user_sees_the_machines_roots_without_having_them)
{
	struct tmd_resource r;

	put(MACHINE, "Root", ".Default", &ca);
	r = read_in(&ca, "CurrentUser/Root", NULL);
	ck_assert(current_is(&r, "effective"));
	ck_assert(!current_is(&r, "anchored"));
	ck_assert_str_eq(where_of(&r, 0), "CurrentUser/Root (.LocalMachine)");
	ck_assert(current_mentions(&r, "reasons", "CurrentUser/Root itself does not hold it"));
	anchor_free_resource(&r);
	refuses(&ca, "CurrentUser/Root", "absent", TMD_E_CONFLICT,
		"CurrentUser/Root (.LocalMachine)", "write LocalMachine instead of CurrentUser");
	converges_as(&ca, "CurrentUser/Root", NULL, "add CurrentUser/Root;");
	ck_assert(has(USER, "Root", ".Default", &ca));
}
END_TEST

START_TEST(the_machine_does_not_see_a_users_roots)
{
	put(USER, "Root", ".Default", &ca);
	converges_as(&ca, "CurrentUser/Root", "absent", "remove CurrentUser/Root;");
	put(USER, "Root", ".Default", &ca);
	in_sync_as(&ca, NULL, "absent");
	converges_as(&ca, NULL, NULL, "add LocalMachine/Root;");
}
END_TEST

START_TEST(the_dialog_of_a_users_root_store_is_announced)
{
	struct tmd_resource r = read_in(&ca, "CurrentUser/Root", NULL);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert(list_mentions(&r.warnings, "asks the user"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	r = read_in(&ca, "CurrentUser/CA", NULL);
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert(!list_mentions(&r.warnings, "asks the user"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	/* Its list of bans has none. */
	r = read_in(&ca, "CurrentUser/Root", "distrusted");
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_assert_uint_eq(r.warnings.count, 0);
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
}
END_TEST

/* ---- rights ---- */

START_TEST(missing_rights_are_known_at_plan_time)
{
	static const char *const states[] = { "present", "absent", "distrusted" };
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	if (_i == 1)
		put(MACHINE, "Root", ".Default", &ca);
	denied[MACHINE] = true;
	r = read_in(&ca, NULL, states[_i]);
	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_fails(tmd_changeset_check(&set, ctx.fs, &err), err, TMD_E_PERMISSION);
	ck_assert_ptr_nonnull(strstr(err.hint, "elevated prompt"));
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	/* The user's own stores need none. */
	converges_as(&ca, "CurrentUser/CA", NULL, "add CurrentUser/CA;");
}
END_TEST

START_TEST(a_store_that_cannot_be_read_is_an_error)
{
	struct tmd_resource r = anchor_new(ca.pem, NULL);
	struct tmd_error err;

	unreadable = "Disallowed";
	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	ck_fails(tmd_resource_read(&ctx, &r, &err), err, TMD_E_PERMISSION);
	anchor_free_resource(&r);
}
END_TEST

/* What it holds is known all the same, only not who brought it. */
START_TEST(a_part_that_cannot_be_read_hides_nothing)
{
	struct tmd_resource r;

	unreadable = ".GroupPolicy";
	put(MACHINE, "Root", ".GroupPolicy", &ca);
	r = read_in(&ca, NULL, NULL);
	ck_assert(!differs(&r));
	ck_assert_str_eq(where_of(&r, 0), "LocalMachine/Root");
	ck_assert(list_mentions(&r.warnings, "LocalMachine/Root (.GroupPolicy): cannot open"));
	anchor_free_resource(&r);
	put(MACHINE, "Disallowed", ".GroupPolicy", &other);
	r = read_in(&other, NULL, NULL);
	ck_assert_str_eq(current_state(&r), "distrusted");
	ck_assert(list_mentions(&r.warnings, "LocalMachine/Disallowed (.GroupPolicy): cannot"));
	anchor_free_resource(&r);
}
END_TEST

/* ---- what the machine trusts, as a bundle ---- */

static char *system_pem(void)
{
	struct tmd_buf pem = { 0 };
	const char *path = NULL;
	struct tmd_error err;

	ck_ok(tmd_anchor_system_pem(&ctx, &pem, &path, &system_warnings, &err), err);
	ck_assert_str_eq(path, "LocalMachine/Root");
	return tmd_buf_steal(&pem);
}

START_TEST(the_system_bundle_holds_what_is_trusted_once_and_in_one_order)
{
	struct made mail = make_ca("Mail Root");
	struct made banned = make_ca("Banned Root");
	TMD_AUTO_FREE char *pem = NULL;
	TMD_AUTO_FREE char *again = NULL;

	put(MACHINE, "Root", ".Default", &ca);
	put(MACHINE, "Root", ".AuthRoot", &ca);
	put(MACHINE, "Root", ".AuthRoot", &mail)->usage = TMD_USAGE_OTHERS;
	put(MACHINE, "Root", ".Default", &banned);
	put(MACHINE, "Disallowed", ".GroupPolicy", &banned);
	put(USER, "Root", ".Default", &mail);
	tmd_store_certs_add(&fake_of(MACHINE, "Root", ".Default")->certs, "no DER", 6);
	pem = system_pem();
	ck_assert_uint_eq(system_warnings.count, 1);
	ck_assert(list_mentions(&system_warnings, "LocalMachine/Root holds"));
	ck_assert_uint_eq(strlen(pem), strlen(ca.pem) + strlen(other.pem));
	ck_assert_ptr_nonnull(strstr(pem, ca.pem));
	ck_assert_ptr_nonnull(strstr(pem, other.pem));
	cut_certs(&fake_of(MACHINE, "Root", ".Default")->certs, tmd_win_der_of(other.cert));
	put(MACHINE, "Root", ".Default", &other);
	again = system_pem();
	ck_assert_str_eq(pem, again);
	made_release(&mail);
	made_release(&banned);
}
END_TEST

START_TEST(a_store_without_anything_makes_no_bundle)
{
	struct tmd_buf pem = { 0 };
	const char *path = NULL;
	struct tmd_error err;

	cut_certs(&fake_of(MACHINE, "Root", ".Default")->certs, tmd_win_der_of(other.cert));
	ck_fails(tmd_anchor_system_pem(&ctx, &pem, &path, &system_warnings, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

/* Plans one anchor and takes the plan into the view, as a run does. */
static void plan_into_view(const struct made *made, const char *store, const char *state)
{
	struct tmd_resource r = read_in(made, store, state);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_ok(r.type->plan(&ctx, &r, &set, &err), err);
	ck_ok(tmd_changeset_preview(&set, ctx.view, &err), err);
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	ck_assert_str_eq(operations, "");
}

START_TEST(later_resources_of_a_run_see_what_is_planned)
{
	struct made mail = make_ca("Mail Root");
	TMD_AUTO_FREE char *pem = NULL;
	struct tmd_resource r;

	put(MACHINE, "Root", ".AuthRoot", &mail)->usage = TMD_USAGE_OTHERS;
	plan_into_view(&ca, NULL, NULL);
	in_sync_as(&ca, "LocalMachine/Root", NULL);
	r = read_in(&ca, NULL, NULL);
	ck_assert_str_eq(where_of(&r, 0), "LocalMachine/Root (.Default)");
	anchor_free_resource(&r);
	pem = system_pem();
	ck_assert_uint_eq(strlen(pem), strlen(ca.pem) + strlen(other.pem));
	free(pem);
	plan_into_view(&other, NULL, "distrusted");
	pem = system_pem();
	ck_assert_str_eq(pem, ca.pem);
	free(pem);
	plan_into_view(&other, NULL, "present");
	plan_into_view(&ca, NULL, "absent");
	pem = system_pem();
	ck_assert_str_eq(pem, other.pem);
	in_sync_as(&ca, NULL, "absent");
	made_release(&mail);
}
END_TEST

/* A PEM block is forgiven the bytes behind its certificate; Windows' stores and Python are not. */
START_TEST(a_plan_makes_nothing_readable)
{
	struct made ragged = make_ca("Ragged Root");
	TMD_AUTO_FREE char *pem = NULL;
	TMD_AUTO_FREE char *planned = NULL;

	ragged.der = OPENSSL_realloc(ragged.der, ragged.der_len + 2);
	memset(ragged.der + ragged.der_len, 0, 2);
	ragged.der_len += 2;
	ck_assert(!tmd_cert_loads(ragged.der, ragged.der_len));
	put(MACHINE, "Root", ".Default", &ragged);
	pem = system_pem();
	ck_assert_str_eq(pem, other.pem);
	plan_into_view(&ca, NULL, NULL);
	planned = system_pem();
	ck_assert_uint_eq(strlen(planned), strlen(ca.pem) + strlen(other.pem));
	ck_assert_uint_eq(system_warnings.count, 1);
	made_release(&ragged);
}
END_TEST

/* ---- whole runs, through the engine ---- */

static struct tmd_run run;

static void add_to_run(const struct tmd_type *type, const char *const pairs[])
{
	struct tmd_result *result = tmd_run_add(&run, type, "/");
	struct tmd_error err;

	for (; pairs[0]; pairs += 2) {
		for (size_t i = 0; i < type->field_count; i++) {
			if (strcmp(type->fields[i].name, pairs[0]) == 0)
				ck_ok(tmd_attribute_set_text(result, i, pairs[1], &err), err);
		}
	}
}

static void plan_run(void)
{
	run.verb = TMD_VERB_PLAN;
	run.ctx = ctx;
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_str_eq(operations, "");
}

static void add_wish(const struct made *made, const char *store, const char *state)
{
	add_to_run(&tmd_type_anchor, (const char *const[]){ "certificate", made->pem, "store",
							    store, "state", state, NULL });
}

struct two_wishes { /* for one certificate */
	const char *store[2];
	const char *state[2];
};

/* A run of the two, the one numbered `first` first, and a third one between them. */
static void plan_two(const struct two_wishes *wishes, int first)
{
	add_wish(&ca, wishes->store[first], wishes->state[first]);
	add_wish(&other, "system", "present");
	add_wish(&ca, wishes->store[!first], wishes->state[!first]);
	plan_run();
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
}

static bool holds_as_wished(const char *store, const char *state)
{
	struct tmd_resource r = read_in(&ca, store, state);
	bool holds = !differs(&r);

	anchor_free_resource(&r);
	return holds;
}

/* Does what it takes, where that can be done at all. */
static void carry_out(const char *store, const char *state)
{
	struct tmd_resource r = read_in(&ca, store, state);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	if (differs(&r) && r.type->plan(&ctx, &r, &set, &err) == TMD_OK)
		ctx_carry_out(&ctx, &set);
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
}

static bool can_both_hold(const struct two_wishes *wishes)
{
	carry_out(wishes->store[0], wishes->state[0]);
	carry_out(wishes->store[1], wishes->state[1]);
	return holds_as_wished(wishes->store[0], wishes->state[0]) &&
	       holds_as_wished(wishes->store[1], wishes->state[1]);
}

static void names_both(const char *message, const char *const words[2])
{
	ck_assert_msg(strstr(message, words[0]) && strstr(message, words[1]), "'%s' lacks %s or %s",
		      message, words[0], words[1]);
}

START_TEST(two_wishes_for_one_certificate_that_cannot_both_hold_are_refused)
{
	static const struct two_wishes cases[] = {
		/* One store under two names. */
		{ { "system", "LocalMachine/Root" }, { "present", "absent" } },
		{ { "system", "cert:\\localmachine\\ROOT" }, { "present", "distrusted" } },
		{ { "LocalMachine\\Root", "LocalMachine/Root" }, { "present", "absent" } },
		/* What is in Disallowed is trusted nowhere. */
		{ { "system", "LocalMachine/Disallowed" }, { "present", "present" } },
		{ { "system", "CurrentUser/Disallowed" }, { "present", "present" } },
		{ { "CurrentUser/Root", "LocalMachine/Disallowed" }, { "present", "present" } },
		{ { "CurrentUser/CA", "system" }, { "present", "distrusted" } },
		{ { "system", "CurrentUser/Root" }, { "present", "distrusted" } },
		/* state=distrusted is being in Disallowed. */
		{ { "system", "LocalMachine/Disallowed" }, { "distrusted", "absent" } },
		{ { "CurrentUser/CA", "CurrentUser/Disallowed" }, { "distrusted", "absent" } },
		/* What the machine holds, the user's stores hold. */
		{ { "system", "CurrentUser/Root" }, { "present", "absent" } },
		{ { "LocalMachine/CA", "CurrentUser/CA" }, { "present", "absent" } },
		{ { "system", "CurrentUser/Disallowed" }, { "distrusted", "absent" } },
	};
	const struct two_wishes *wishes = &cases[_i];
	bool same_state = strcmp(wishes->state[0], wishes->state[1]) == 0;

	for (int first = 0; first < 2; first++) {
		plan_two(wishes, first);
		for (int i = 0; i < 3; i += 2) {
			const char *message = run.results[i].error.message;

			ck_assert_int_eq(run.results[i].error.kind, TMD_E_INVALID_INPUT);
			ck_assert(!run.results[i].changed);
			ck_assert_ptr_nonnull(strstr(message, "cannot both hold"));
			names_both(message, same_state ? wishes->store : wishes->state);
		}
		tmd_run_release(&run);
	}
	ck_assert(!can_both_hold(wishes));
}
END_TEST

START_TEST(wishes_for_one_certificate_that_can_hold_are_all_done)
{
	static const struct two_wishes cases[] = {
		{ { "system", "LocalMachine\\Root" }, { "present", "present" } },
		{ { "system", "CurrentUser/Root" }, { "present", "present" } },
		{ { "system", "LocalMachine/CA" }, { "present", "absent" } },
		{ { "system", "LocalMachine/Disallowed" }, { "present", "absent" } },
		{ { "system", "LocalMachine/Disallowed" }, { "absent", "present" } },
		{ { "system", "CurrentUser/Root" }, { "absent", "present" } },
		{ { "system", "LocalMachine/Disallowed" }, { "distrusted", "present" } },
		{ { "system", "CurrentUser/CA" }, { "distrusted", "distrusted" } },
		{ { "CurrentUser/Root", "LocalMachine/Disallowed" }, { "distrusted", "absent" } },
		{ { "system", "CurrentUser/Root" }, { "distrusted", "absent" } },
	};
	const struct two_wishes *wishes = &cases[_i];

	for (int first = 0; first < 2; first++) {
		plan_two(wishes, first);
		ck_assert_str_eq(run.results[0].error.message, "");
		ck_assert_str_eq(run.results[2].error.message, "");
		tmd_run_release(&run);
	}
	ck_assert(can_both_hold(wishes));
}
END_TEST

/*
 * Every store and state beside every other, from stores that are empty. Two different wishes for
 * one store are refused as well where both could be met: absent and distrusted.
 */
START_TEST(what_is_refused_is_what_cannot_both_hold)
{
	static const char *const states[] = { "present", "absent", "distrusted" };
	const struct tmd_windows_store *a = &tmd_windows_stores[_i / 3];
	const char *state = states[_i % 3];

	for (int i = 0; i < TMD_WINDOWS_STORES * 3; i++) {
		const struct tmd_windows_store *b = &tmd_windows_stores[i / 3];
		struct two_wishes wishes = { { a->name, b->name }, { state, states[i % 3] } };
		bool is_one_store = a == b && i % 3 != _i % 3;
		bool refused;

		if ((a->bans && _i % 3 == 2) || (b->bans && i % 3 == 2))
			continue;
		plan_two(&wishes, 0);
		refused = run.results[0].error.kind == TMD_E_INVALID_INPUT;
		tmd_run_release(&run);
		ck_assert_msg(refused == (!can_both_hold(&wishes) || is_one_store),
			      "%s %s, %s %s", a->name, state, b->name, states[i % 3]);
		for (size_t k = 0; k < fake_count; k++)
			cut_certs(&fakes[k].certs, tmd_win_der_of(ca.cert));
		operations[0] = '\0';
	}
}
END_TEST

START_TEST(two_certificates_never_contradict)
{
	add_wish(&ca, "system", "present");
	add_wish(&other, "LocalMachine/Disallowed", "present");
	plan_run();
	ck_assert_str_eq(run.results[0].error.message, "");
	ck_assert_str_eq(run.results[1].error.message, "");
	tmd_run_release(&run);
}
END_TEST

/* A bundle is no store of Windows: what Disallowed says does not reach it. */
START_TEST(a_bundle_file_contradicts_no_store)
{
	TMD_AUTO_FREE char *store = NULL;
	char dir[UNIT_DIR_MAX];

	unit_make_dir(dir);
	store = tmd_format("bundle:%s/cacert.pem", dir);
	add_wish(&ca, "system", "present");
	add_wish(&ca, store, "absent");
	plan_run();
	ck_assert_str_eq(run.results[0].error.message, "");
	ck_assert_str_eq(run.results[1].error.message, "");
	tmd_run_release(&run);
	unit_remove_tree(dir);
}
END_TEST

START_TEST(both_stores_can_be_read_in_one_run)
{
	add_to_run(&tmd_type_anchor, (const char *const[]){ "certificate", ca.pem, NULL });
	add_to_run(&tmd_type_anchor, (const char *const[]){ "certificate", ca.pem, "store",
							    "LocalMachine/Disallowed", NULL });
	run.verb = TMD_VERB_GET;
	run.ctx = ctx;
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NONE);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
	tmd_run_release(&run);
}
END_TEST

START_TEST(missing_rights_fail_the_plan_and_nothing_else)
{
	denied[MACHINE] = true;
	add_to_run(&tmd_type_anchor, (const char *const[]){ "certificate", ca.pem, NULL });
	add_to_run(&tmd_type_anchor, (const char *const[]){ "certificate", other.pem, NULL });
	plan_run();
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_PERMISSION);
	ck_assert(!run.results[0].changed);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
	tmd_run_release(&run);
}
END_TEST

START_TEST(what_openssl_cannot_read_is_listed_all_the_same)
{
	struct made padded = make_padded("A Padded Root");
	struct tmd_resource *r;

	put(MACHINE, "Root", ".Default", &padded);
	put(MACHINE, "Root", ".Default", &ca);
	tmd_store_certs_add(&fake_of(MACHINE, "Root", ".Default")->certs, "no DER", 6);
	run.verb = TMD_VERB_LIST;
	run.ctx = ctx;
	add_to_run(&tmd_type_anchor, (const char *const[]){ NULL });
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_uint_eq(run.count, 4);
	r = &run.results[0].resource;
	ck_assert_ptr_nonnull(strstr(r->name, "cannot read"));
	r = &run.results[1].resource;
	ck_assert_str_eq(r->name, "CN=A Padded Root");
	ck_assert_str_eq(tmd_value_str(&r->current[field("sha1")]), padded.cert->sha1);
	ck_assert_str_eq(tmd_value_str(&r->current[field("certificate")]), padded.pem);
	ck_assert_str_eq(current_state(r), "present");
	ck_assert(!current_is(r, "effective"));
	ck_assert(current_mentions(r, "reasons", "OpenSSL cannot read it"));
	ck_assert(current_is(&run.results[2].resource, "effective"));
	tmd_run_release(&run);
	made_release(&padded);
}
END_TEST

START_TEST(every_certificate_is_listed_and_each_store_read_once)
{
	enum {
		COUNT = 150
	};
	struct made roots[COUNT];
	char name[32];

	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "Root %03d", i);
		roots[i] = make_ca(name);
		put(MACHINE, "Root", i % 2 ? ".Default" : ".AuthRoot", &roots[i]);
	}
	put(MACHINE, "Root", ".GroupPolicy", &roots[7]);
	put(MACHINE, "Disallowed", ".Default", &roots[8]);
	put(MACHINE, "Disallowed", ".Default", &ca);
	run.verb = TMD_VERB_LIST;
	run.ctx = ctx;
	add_to_run(&tmd_type_anchor, (const char *const[]){ NULL });
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_uint_eq(run.count, COUNT + 1);
	ck_assert_uint_eq(root_reads, 5);
	ck_assert_uint_eq(logical_reads, 6); /* Root, CA and Disallowed, of both */
	for (size_t i = 0; i < run.count; i++) {
		struct tmd_resource *r = &run.results[i].resource;
		const struct made *made = i ? &roots[i - 1] : &other;

		ck_assert_str_eq(tmd_value_str(&r->current[field("certificate")]), made->pem);
		ck_assert_str_eq(tmd_value_str(&r->current[field("sha1")]), made->cert->sha1);
		ck_assert_str_eq(current_state(r), i == 9 ? "distrusted" : "present");
		ck_assert(current_is(r, "effective") == (i != 9));
		ck_assert_str_eq(where_of(r, 0), i % 2 ? "LocalMachine/Root (.AuthRoot)"
						       : "LocalMachine/Root (.Default)");
	}
	ck_assert_str_eq(where_of(&run.results[8].resource, 1), "LocalMachine/Root (.GroupPolicy)");
	tmd_run_release(&run);
	for (int i = 0; i < COUNT; i++)
		made_release(&roots[i]);
}
END_TEST

START_TEST(another_store_is_listed_when_asked_for)
{
	put(MACHINE, "Disallowed", ".Default", &ca);
	run.verb = TMD_VERB_LIST;
	run.ctx = ctx;
	add_to_run(&tmd_type_anchor,
		   (const char *const[]){ "store", "localmachine\\Disallowed", NULL });
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_uint_eq(run.count, 1);
	ck_assert_str_eq(current_state(&run.results[0].resource), "present");
	ck_assert(!current_is(&run.results[0].resource, "effective"));
	ck_assert_str_eq(tmd_value_str(&run.results[0].resource.current[field("store")]),
			 "LocalMachine/Disallowed");
	tmd_run_release(&run);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor windows");
	TCase *t = tcase_create("windows");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, every_spelling_of_a_store_is_the_same_store, 0, 6);
	tcase_add_test(t, each_store_is_one_of_its_own);
	tcase_add_loop_test(t, names_of_other_systems_say_what_to_write_here, 0, 11);
	tcase_add_test(t, an_offline_root_has_no_certificate_store);
	tcase_add_test(t, an_absent_root_is_planned_then_added);
	tcase_add_test(t, only_exactly_these_bytes_are_removed);
	tcase_add_loop_test(t, what_is_not_ours_to_remove_is_refused_by_name, 0, 3);
	tcase_add_test(t, a_policys_root_is_present_and_can_be_distrusted);
	tcase_add_test(t, a_card_only_lends_its_root);
	tcase_add_test(t, automatic_root_update_may_bring_it_back_and_that_is_said);
	tcase_add_test(t, a_part_that_nobody_knows_still_counts);
	tcase_add_test(t, distrusted_is_named_with_its_store_and_has_no_effect);
	tcase_add_test(t, a_ban_in_a_part_that_nobody_knows_still_counts);
	tcase_add_test(t, distrusting_adds_to_the_list_of_the_same_location);
	tcase_add_test(t, distrusting_takes_it_from_where_python_finds_it);
	tcase_add_loop_test(t, a_copy_that_python_keeps_finding_is_told, 0, 5);
	tcase_add_test(t, a_copy_that_python_does_not_load_is_not_told);
	tcase_add_test(t, naming_the_list_itself_says_that_python_does_not_read_it);
	tcase_add_test(t, the_dialog_is_announced_when_distrusting_empties_a_users_root_store);
	tcase_add_test(t, present_takes_our_ban_back_after_it_has_added);
	tcase_add_test(t, present_in_the_store_already_only_takes_the_ban_back);
	tcase_add_test(t, a_policys_ban_is_a_conflict);
	tcase_add_test(t, the_other_locations_ban_is_a_conflict_that_names_the_way);
	tcase_add_test(t, absent_leaves_a_ban_alone);
	tcase_add_test(t, the_list_of_bans_can_be_named_itself);
	tcase_add_test(t, a_server_certificate_can_be_banned_but_not_trusted);
	tcase_add_test(t, a_restricted_copy_has_no_effect);
	tcase_add_test(t, a_root_that_is_not_for_servers_is_refused);
	tcase_add_test(t, a_root_in_ca_counts_for_python_alone);
	tcase_add_test(t, a_servers_own_certificate_in_ca_counts_for_python_alone);
	tcase_add_loop_test(t, an_intermediate_counts_when_its_chain_ends_in_root, 0, 2);
	tcase_add_loop_test(t, purposes_are_those_that_each_of_the_two_reads, 0, 11);
	tcase_add_test(t, a_root_for_any_purpose_is_refused_for_pythons_sake);
	tcase_add_test(t, a_root_that_may_not_sign_is_refused);
	tcase_add_loop_test(t, an_unreadable_extension_is_named_and_no_other_blamed, 0, 3);
	tcase_add_loop_test(t, an_unreadable_certificate_is_told_with_every_other_of_either_store, 0,
			    2);
	tcase_add_test(t, an_unreadable_certificate_that_python_passes_over_spoils_nothing);
	tcase_add_test(t, an_unreadable_certificate_that_policy_brought_is_its_business);
	tcase_add_test(t, an_unreadable_certificate_can_go_and_not_come);
	tcase_add_test(t, a_user_sees_the_machines_roots_without_having_them);
	tcase_add_test(t, the_machine_does_not_see_a_users_roots);
	tcase_add_test(t, the_dialog_of_a_users_root_store_is_announced);
	tcase_add_loop_test(t, missing_rights_are_known_at_plan_time, 0, 3);
	tcase_add_test(t, a_store_that_cannot_be_read_is_an_error);
	tcase_add_test(t, a_part_that_cannot_be_read_hides_nothing);
	tcase_add_test(t, the_system_bundle_holds_what_is_trusted_once_and_in_one_order);
	tcase_add_test(t, a_store_without_anything_makes_no_bundle);
	tcase_add_test(t, later_resources_of_a_run_see_what_is_planned);
	tcase_add_test(t, a_plan_makes_nothing_readable);
	tcase_add_loop_test(t, two_wishes_for_one_certificate_that_cannot_both_hold_are_refused, 0,
			    13);
	tcase_add_loop_test(t, wishes_for_one_certificate_that_can_hold_are_all_done, 0, 10);
	tcase_add_loop_test(t, what_is_refused_is_what_cannot_both_hold, 0, TMD_WINDOWS_STORES * 3);
	tcase_add_test(t, two_certificates_never_contradict);
	tcase_add_test(t, a_bundle_file_contradicts_no_store);
	tcase_add_test(t, both_stores_can_be_read_in_one_run);
	tcase_add_test(t, missing_rights_fail_the_plan_and_nothing_else);
	tcase_add_test(t, what_openssl_cannot_read_is_listed_all_the_same);
	tcase_add_test(t, every_certificate_is_listed_and_each_store_read_once);
	tcase_add_test(t, another_store_is_listed_when_asked_for);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
