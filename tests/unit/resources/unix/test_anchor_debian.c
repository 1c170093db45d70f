/*
 * Debian's trust store: every split-brain state as update-ca-certificates leaves it, told
 * by read and healed by plan. The rebuild itself is tested on real Debian roots.
 */
#include "os/path.h"
#include "resources/unix/anchor_links.h"
#include "resources/anchor/unix/debian.h"

#define LOCAL TMD_DEBIAN_LOCAL
#define VENDOR TMD_DEBIAN_VENDOR
#define HASHED TMD_DEBIAN_HASHED
#define BUNDLE TMD_DEBIAN_BUNDLE

static struct root root;
static struct made ca;
static struct made other; /* always there and sound */

static char *hash_path(const struct made *made, unsigned n)
{
	return tmd_format(HASHED "/%08x.%u", made->cert->subject_hash, n);
}

static void hash_link(const struct made *made, unsigned n, const char *target)
{
	TMD_AUTO_FREE char *path = hash_path(made, n);

	root_link(&root, path, target);
}

/* What the script makes of an input, the bundle aside. */
static void link_input(const struct made *made, const char *path)
{
	TMD_AUTO_FREE char *link = tmd_debian_link(path);

	root_link(&root, link, path);
	hash_link(made, 0, tmd_path_base(link));
}

static void install(const struct made *made, const char *path)
{
	root_write(&root, path, made->pem);
	link_input(made, path);
}

static void bundle(const char *first, const char *second)
{
	TMD_AUTO_FREE char *text =
		tmd_format("%s%s%s", other.pem, first ? first : "", second ? second : "");

	root_write(&root, BUNDLE, text);
}

static void set_up(void)
{
	root_open(&root, "ID=debian\n");
	ca = make_ca("Studio Root");
	other = make_ca("Other Root");
	root_write(&root, "/etc/ca-certificates.conf", "# list\nmozilla/Other.crt\n");
	root_write(&root, TMD_DEBIAN_PROGRAM, "#!/bin/sh\n");
	root_write(&root, TMD_DEBIAN_OPENSSL, "#!/bin/sh\n");
	install(&other, VENDOR "/mozilla/Other.crt");
	bundle(NULL, NULL);
}

static void tear_down(void)
{
	made_release(&ca);
	made_release(&other);
	root_close(&root);
}

static struct tmd_resource read_as(const char *state)
{
	struct tmd_resource r = anchor_new(ca.pem, state);

	anchor_read(&root, &r);
	return r;
}

static const char *own_path(void)
{
	static char path[256];
	size_t n;

	n = (size_t)snprintf(path, sizeof(path), LOCAL "/trustmend-%.16s.crt", ca.cert->sha256);
	for (size_t i = n - 20; i < n - 4; i++)
		path[i] = path[i] >= 'A' && path[i] <= 'F' ? (char)(path[i] + 32) : path[i];
	return path;
}

static struct tmd_changeset plan(struct tmd_resource *r)
{
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(r));
	ck_ok(r->type->plan(&root.ctx, r, &set, &err), err);
	ck_assert(set.rebuild);
	ck_assert(find_right(&set, BUNDLE));
	ctx_describe(&root.ctx, &set, r);
	return set;
}

static void done(struct tmd_resource *r, struct tmd_changeset *set)
{
	if (set)
		tmd_changeset_release(set);
	anchor_free_resource(r);
}

static void writes_own(const struct tmd_changeset *set)
{
	const struct tmd_file_step *action = find_step(set, &tmd_step_write, own_path());

	ck_assert_ptr_nonnull(action);
	ck_assert_str_eq(tmd_buf_str(&action->content), ca.pem);
	ck_assert_uint_eq(action->attr.mode, 0644);
}

static bool expects(const struct tmd_changeset *set, const struct made *made)
{
	const struct tmd_expectation *action = find_expected(set, BUNDLE);

	ck_assert_ptr_nonnull(action);
	return strstr(tmd_buf_str(&action->content), made->pem) != NULL;
}

/* ---- whole states ---- */

START_TEST(nowhere_is_absent_and_gets_a_file_of_ours)
{
	struct tmd_resource r = read_as(NULL);
	struct tmd_changeset set = plan(&r);

	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert_uint_eq(r.current[field("reasons")].list.count, 0);
	writes_own(&set);
	ck_assert(expects(&set, &ca) && expects(&set, &other));
	ck_assert_str_eq(r.diff.path, own_path());
	ck_assert_ptr_null(r.diff.before);
	done(&r, &set);
}
END_TEST

START_TEST(effective_needs_bundle_and_hashed_directory_and_nothing_else)
{
	struct tmd_resource r;

	install(&ca, LOCAL "/studio.crt");
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert_str_eq(current_state(&r), "present");
	ck_assert(current_is(&r, "effective") && current_is(&r, "anchored"));
	ck_assert_uint_eq(r.current[field("where")].list.count, 3);
	ck_assert_uint_eq(r.warnings.count, 0);
	ck_assert(!differs(&r));
	done(&r, NULL);
}
END_TEST

START_TEST(a_block_that_rejects_servers_is_ineffective_and_named)
{
	TMD_AUTO_FREE char *rejecting = rejecting_pem(&ca);
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	install(&ca, LOCAL "/studio.crt");
	root_write(&root, LOCAL "/studio.crt", rejecting);
	bundle(rejecting, NULL);
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "trust settings"));
	ck_assert(differs(&r));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, LOCAL "/studio.crt");
	done(&r, &set);
}
END_TEST

START_TEST(a_dropped_file_that_was_never_compiled_is_drift)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, LOCAL "/studio.crt", ca.pem);
	r = read_as(NULL);
	set = plan(&r);
	ck_assert_str_eq(current_state(&r), "present");
	ck_assert(current_is(&r, "anchored") && !current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "does not hold it"));
	ck_assert_ptr_null(find_step(&set, &tmd_step_write, own_path()));
	done(&r, &set);
}
END_TEST

START_TEST(compiled_without_an_input_is_drift_too)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, HASHED "/hand.pem", ca.pem);
	hash_link(&ca, 0, "hand.pem");
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective") && !current_is(&r, "anchored"));
	ck_assert(current_mentions(&r, "reasons", "the next full rebuild drops it"));
	set = plan(&r);
	writes_own(&set);
	done(&r, &set);
}
END_TEST

/* ---- split-brain states ---- */

START_TEST(content_rotated_under_the_same_name)
{
	struct made old = make_ca("Old Root");
	struct tmd_resource r;
	struct tmd_changeset set;

	install(&old, LOCAL "/studio.crt");
	root_write(&root, LOCAL "/studio.crt", ca.pem);
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert(current_is(&r, "anchored") && !current_is(&r, "effective"));
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, HASHED "/studio.pem"));
	ck_assert_ptr_null(find_step(&set, &tmd_step_write, own_path()));
	done(&r, &set);
	made_release(&old);
}
END_TEST

START_TEST(deleted_without_fresh_is_absent_with_leftovers)
{
	struct tmd_resource r;
	struct tmd_changeset set;
	TMD_AUTO_FREE char *entry = hash_path(&ca, 0);

	link_input(&ca, LOCAL "/studio.crt");
	r = read_as("absent");
	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert(current_mentions(&r, "where", entry));
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, HASHED "/studio.pem"));
	ck_assert_ptr_null(find_step(&set, &tmd_step_remove, entry));
	done(&r, &set);
}
END_TEST

START_TEST(a_gap_that_a_removal_left_is_closed)
{
	struct made twin = make_ca("Studio Root");
	struct tmd_resource r;
	struct tmd_changeset set;
	TMD_AUTO_FREE char *entry = hash_path(&ca, 1);

	root_write(&root, LOCAL "/twin.crt", twin.pem);
	root_link(&root, HASHED "/twin.pem", LOCAL "/twin.crt");
	hash_link(&ca, 1, "twin.pem");
	r = read_as("absent");
	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert(current_mentions(&r, "where", entry));
	set = plan(&r);
	ck_assert_ptr_null(find_step(&set, &tmd_step_remove, entry));
	ck_assert_ptr_null(find_step(&set, &tmd_step_remove, LOCAL "/twin.crt"));
	done(&r, &set);
	made_release(&twin);
}
END_TEST

START_TEST(vendor_line_deleted_is_not_absent)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	install(&ca, VENDOR "/mozilla/Studio.crt");
	r = read_as(NULL);
	ck_assert_str_eq(current_state(&r), "present");
	ck_assert(!current_is(&r, "anchored") && !current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "not switched on"));
	set = plan(&r);
	writes_own(&set);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, HASHED "/Studio.pem"));
	done(&r, &set);
}
END_TEST

START_TEST(vendor_line_deleted_goes_for_good_with_an_exclamation_mark)
{
	struct tmd_resource r;
	struct tmd_changeset set;
	const struct tmd_file_step *conf;

	install(&ca, VENDOR "/mozilla/Studio.crt");
	r = read_as("absent");
	set = plan(&r);
	conf = find_step(&set, &tmd_step_write, "/etc/ca-certificates.conf");
	ck_assert_str_eq(tmd_buf_str(&conf->content),
			 "# list\nmozilla/Other.crt\n!mozilla/Studio.crt\n");
	/* The script's own removal tells its hooks; ours would not. */
	ck_assert_ptr_null(find_step(&set, &tmd_step_remove, HASHED "/Studio.pem"));
	done(&r, &set);
}
END_TEST

START_TEST(two_certificates_in_one_file)
{
	TMD_AUTO_FREE char *both = tmd_format("%s%s", other.pem, ca.pem);
	struct tmd_resource r;
	struct tmd_changeset set;
	struct tmd_error err;

	root_write(&root, LOCAL "/both.crt", both);
	root_link(&root, HASHED "/both.pem", LOCAL "/both.crt");
	bundle(both, NULL);
	r = read_as(NULL);
	ck_assert(current_is(&r, "anchored") && !current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "holds 2 certificates"));
	set = plan(&r);
	writes_own(&set);
	done(&r, &set);

	r = read_as("absent");
	memset(&set, 0, sizeof(set));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, LOCAL "/both.crt");
	done(&r, &set);
}
END_TEST

START_TEST(mode_0600_names_the_culprit_and_is_mended)
{
	struct tmd_resource r;
	struct tmd_changeset set;
	const struct tmd_file_step *attr;

	install(&ca, LOCAL "/studio.crt");
	root_mode(&root, LOCAL "/studio.crt", 0600);
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "0600"));
	set = plan(&r);
	attr = find_step(&set, &tmd_step_attr, LOCAL "/studio.crt");
	ck_assert_ptr_nonnull(attr);
	ck_assert_uint_eq(attr->attr.mode, 0644);
	ck_assert_ptr_null(find_step(&set, &tmd_step_remove, HASHED "/studio.pem"));
	done(&r, &set);
}
END_TEST

START_TEST(a_directory_that_only_root_enters_is_a_conflict)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	install(&ca, LOCAL "/studio.crt");
	root_mode(&root, LOCAL, 0700);
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, LOCAL);
	ck_assert_uint_eq(set.count, 0);
	done(&r, &set);
}
END_TEST

START_TEST(der_in_a_crt_is_anchored_but_without_effect)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write_bytes(&root, LOCAL "/studio.crt", ca.der, ca.der_len);
	root_link(&root, HASHED "/studio.pem", LOCAL "/studio.crt");
	r = read_as(NULL);
	ck_assert(current_is(&r, "anchored") && !current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "is DER"));
	set = plan(&r);
	writes_own(&set);
	done(&r, &set);

	r = read_as("absent");
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, LOCAL "/studio.crt"));
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, HASHED "/studio.pem"));
	done(&r, &set);
}
END_TEST

START_TEST(a_damaged_foreign_file_is_set_aside)
{
	TMD_AUTO_FREE char *cut = tmd_strndup(other.pem, strlen(other.pem) / 2);
	TMD_AUTO_FREE char *with_newline = tmd_format("%s\n", cut);
	struct tmd_resource r;
	struct tmd_changeset set;
	const struct tmd_file_step *rename;

	install(&ca, LOCAL "/studio.crt");
	root_write(&root, LOCAL "/broken.crt", cut);
	root_link(&root, HASHED "/broken.pem", LOCAL "/broken.crt");
	root_write(&root, LOCAL "/broken.crt.trustmend-disabled", "an earlier one");
	bundle(with_newline, ca.pem);
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "cannot be loaded"));
	set = plan(&r);
	rename = find_step(&set, &tmd_step_rename, LOCAL "/broken.crt");
	ck_assert_ptr_nonnull(rename);
	ck_assert_str_eq(rename->to, LOCAL "/broken.crt.trustmend-disabled-2");
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, HASHED "/broken.pem"));
	ck_assert(list_mentions(&r.warnings, "broken.crt"));
	ck_assert(expects(&set, &ca) && expects(&set, &other));
	done(&r, &set);
}
END_TEST

START_TEST(our_own_damaged_file_is_written_anew)
{
	TMD_AUTO_FREE char *cut = tmd_strndup(ca.pem, strlen(ca.pem) / 2);
	TMD_AUTO_FREE char *link = tmd_debian_link(own_path());
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, own_path(), cut);
	root_link(&root, link, own_path());
	r = read_as(NULL);
	set = plan(&r);
	writes_own(&set);
	ck_assert_ptr_null(find_step(&set, &tmd_step_rename, own_path()));
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, link));
	done(&r, &set);
}
END_TEST

START_TEST(a_damaged_vendor_file_is_a_conflict)
{
	TMD_AUTO_FREE char *cut = tmd_strndup(other.pem, strlen(other.pem) / 2);
	struct tmd_resource r = read_as(NULL);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, VENDOR "/mozilla/Other.crt", cut);
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	done(&r, &set);
}
END_TEST

/* ---- names ---- */

START_TEST(names_become_links_as_in_the_script)
{
	TMD_AUTO_FREE char *link = tmd_debian_link(LOCAL "/a b/My Root (new), v1.crt");

	ck_assert_str_eq(link, HASHED "/My_Root_=new=__v1.pem");
}
END_TEST

START_TEST(a_base_name_that_clashes_is_no_provider)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, LOCAL "/sub/Other.crt", ca.pem);
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert(current_mentions(&r, "reasons", "is called Other.crt too"));
	set = plan(&r);
	writes_own(&set);
	done(&r, &set);
}
END_TEST

START_TEST(a_name_that_the_script_cannot_read_is_no_provider)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, LOCAL "/back\\slash.crt", ca.pem);
	r = read_as(NULL);
	set = plan(&r);
	writes_own(&set);
	done(&r, &set);
}
END_TEST

START_TEST(files_that_do_not_end_in_crt_are_reported)
{
	struct tmd_resource r;

	root_write(&root, LOCAL "/studio.pem", ca.pem);
	root_write_bytes(&root, LOCAL "/deep/STUDIO.CRT", ca.der, ca.der_len);
	r = read_as(NULL);
	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert(current_mentions(&r, "reasons", "studio.pem is ignored"));
	ck_assert(current_mentions(&r, "reasons", "STUDIO.CRT is ignored"));
	done(&r, NULL);
}
END_TEST

START_TEST(links_in_the_local_directory_are_followed_and_loops_end)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, "/opt/pki/studio.crt", ca.pem);
	root_link(&root, LOCAL "/pki", "/opt/pki");
	root_link(&root, LOCAL "/loop", ".");
	r = read_as("absent");
	ck_assert(current_mentions(&r, "where", LOCAL "/pki/studio.crt"));
	ck_assert_uint_eq(r.current[field("where")].list.count, 1);
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	done(&r, &set);
}
END_TEST

static const char *root_full(const char *path)
{
	static char full[UNIT_PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root.dir, path);
	return full;
}

static bool is_input(const char *path)
{
	struct tmd_debian_store *store = tmd_debian_store(&root.ctx);
	struct tmd_error err;

	ck_ok(tmd_debian_load_inputs(store, &err), err);
	return tmd_debian_inputs_find(&store->inputs, path);
}

START_TEST(what_the_run_changes_in_the_local_directory_is_seen)
{
	root_write(&root, LOCAL "/a.crt", ca.pem);
	ck_assert(is_input(LOCAL "/a.crt"));
	root_change(&root, LOCAL "/b.crt", ca.pem);
	ck_assert(is_input(LOCAL "/b.crt") && is_input(LOCAL "/a.crt"));
	ck_assert_int_eq(remove(root_full(LOCAL "/b.crt")), 0);
	tmd_sessions_forget(&root.ctx, LOCAL "/b.crt");
	ck_assert(!is_input(LOCAL "/b.crt") && is_input(LOCAL "/a.crt"));
	root_change(&root, LOCAL "/b.crt", ca.pem);
	ck_assert(is_input(LOCAL "/b.crt"));
	root_change(&root, LOCAL "/new/c.crt", ca.pem);
	ck_assert(is_input(LOCAL "/new/c.crt") && is_input(LOCAL "/a.crt"));
}
END_TEST

/* One file may come by several names. */
START_TEST(what_comes_behind_links_in_the_local_directory_is_seen)
{
	root_write(&root, LOCAL "/new/c.crt", ca.pem);
	root_link(&root, LOCAL "/also", "new");
	ck_assert(is_input(LOCAL "/also/c.crt"));
	root_change(&root, LOCAL "/new/d.crt", ca.pem);
	ck_assert(is_input(LOCAL "/new/d.crt") && is_input(LOCAL "/also/d.crt"));
}
END_TEST

START_TEST(a_dangling_link_in_the_local_directory_comes_with_its_file)
{
	root_link(&root, LOCAL "/waits.crt", "later.crt");
	ck_assert(!is_input(LOCAL "/waits.crt"));
	root_change(&root, LOCAL "/later.crt", ca.pem);
	ck_assert(is_input(LOCAL "/later.crt") && is_input(LOCAL "/waits.crt"));
}
END_TEST

START_TEST(our_name_taken_by_a_link_is_a_conflict)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, "/opt/precious", "precious");
	root_link(&root, own_path(), "/opt/precious");
	r = read_as(NULL);
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_ptr_null(find_step(&set, &tmd_step_write, own_path()));
	done(&r, &set);
}
END_TEST

/* ---- the hashed directory ---- */

/* The one entry of the certificate is number one. */
static void install_as_number_one(void)
{
	root_write(&root, LOCAL "/studio.crt", ca.pem);
	root_link(&root, HASHED "/studio.pem", LOCAL "/studio.crt");
	hash_link(&ca, 1, "studio.pem");
	bundle(ca.pem, NULL);
}

/* OpenSSL counts up, and before 3.0.22 it stops at a dangling link as at a missing number. */
START_TEST(a_gap_hides_a_certificate_and_so_does_a_dangling_link)
{
	struct tmd_resource r;

	install_as_number_one();
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "does not lead to " HASHED));
	done(&r, NULL);

	hash_link(&ca, 0, "nowhere.pem");
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "does not lead to " HASHED));
	ck_assert(current_mentions(&r, "reasons", "leads nowhere"));
	done(&r, NULL);
}
END_TEST

START_TEST(a_file_that_does_not_load_hides_what_is_behind_it)
{
	TMD_AUTO_FREE char *entry = hash_path(&ca, 0);
	struct tmd_resource r;
	struct tmd_changeset set;
	struct tmd_error err;

	install_as_number_one();
	root_write(&root, HASHED "/notes.txt", "not a certificate\n");
	hash_link(&ca, 0, "notes.txt");
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "no certificate can be loaded from "));
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, entry));
	ck_assert_ptr_nonnull(find_expected(&set, entry));
	done(&r, &set);

	root_remove(&root, entry);
	root_write(&root, entry, "somebody's own\n");
	r = read_as(NULL);
	memset(&set, 0, sizeof(set));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, entry);
	done(&r, &set);
}
END_TEST

START_TEST(an_entry_that_holds_others_as_well_reaches_it)
{
	struct tmd_resource r;

	root_write(&root, LOCAL "/studio.crt", ca.pem);
	root_link(&root, HASHED "/studio.pem", LOCAL "/studio.crt");
	hash_link(&ca, 0, "ca-certificates.crt");
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective") && current_is(&r, "anchored"));
	ck_assert(!differs(&r));
	done(&r, NULL);
}
END_TEST

START_TEST(an_entry_for_the_bundle_is_no_file_of_somebody_elses)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_remove(&root, VENDOR "/mozilla/Other.crt");
	root_remove(&root, HASHED "/Other.pem");
	install(&ca, LOCAL "/studio.crt");
	hash_link(&ca, 1, "ca-certificates.crt");
	root_write(&root, BUNDLE, ca.pem);
	r = read_as("absent");
	ck_assert(!current_mentions(&r, "reasons", "a file of its own"));
	set = plan(&r);
	ck_assert_ptr_null(find_step(&set, &tmd_step_remove, BUNDLE));
	ck_assert_uint_eq(find_expected(&set, BUNDLE)->content.len, 0);
	ck_assert(list_mentions(&r.warnings, "it is the last one"));
	done(&r, &set);
}
END_TEST

START_TEST(a_second_certificate_of_the_same_subject_is_number_one)
{
	struct made twin = make_ca("Studio Root");
	struct tmd_resource r;

	install(&ca, LOCAL "/studio.crt");
	install(&twin, LOCAL "/twin.crt");
	hash_link(&ca, 1, "studio.pem");
	bundle(ca.pem, twin.pem);
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "where", ".1"));
	done(&r, NULL);
	made_release(&twin);
}
END_TEST

/* ---- absent ---- */

START_TEST(every_local_copy_goes_with_its_link)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	install(&ca, LOCAL "/studio.crt");
	root_write(&root, LOCAL "/b/again.crt", ca.pem);
	bundle(ca.pem, ca.pem);
	r = read_as("absent");
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, LOCAL "/studio.crt"));
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, LOCAL "/b/again.crt"));
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, HASHED "/studio.pem"));
	ck_assert(!expects(&set, &ca) && expects(&set, &other));
	ck_assert_ptr_null(r.diff.after);
	done(&r, &set);
}
END_TEST

START_TEST(a_vendor_copy_is_switched_off_and_nothing_else_changes)
{
	struct tmd_resource r;
	struct tmd_changeset set;
	const struct tmd_file_step *conf;

	root_write(&root, "/etc/ca-certificates.conf",
		   "# a comment\r\n\n mozilla/Studio.crt\n!mozilla/Gone.crt\nmozilla/Other.crt\n");
	install(&ca, VENDOR "/mozilla/Studio.crt");
	bundle(ca.pem, NULL);
	r = read_as("absent");
	set = plan(&r);
	conf = find_step(&set, &tmd_step_write, "/etc/ca-certificates.conf");
	ck_assert_str_eq(tmd_buf_str(&conf->content), "# a comment\r\n\n! mozilla/Studio.crt\n"
						      "!mozilla/Gone.crt\nmozilla/Other.crt\n");
	ck_assert_str_eq(r.diff.path, "/etc/ca-certificates.conf");
	done(&r, &set);
}
END_TEST

START_TEST(a_switched_off_vendor_copy_is_absent)
{
	struct tmd_resource r;

	root_write(&root, "/etc/ca-certificates.conf", "!mozilla/Studio.crt\nmozilla/Other.crt\n");
	root_write(&root, VENDOR "/mozilla/Studio.crt", ca.pem);
	r = read_as("absent");
	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert(!differs(&r));
	done(&r, NULL);
}
END_TEST

START_TEST(a_private_key_beside_the_certificate_is_never_deleted)
{
	TMD_AUTO_FREE char *key = key_pem(&ca);
	TMD_AUTO_FREE char *text = tmd_format("%s%s", ca.pem, key);
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, LOCAL "/studio.crt", text);
	r = read_as("absent");
	ck_assert(list_mentions(&r.warnings, "private key"));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, LOCAL "/studio.crt");
	done(&r, &set);
}
END_TEST

START_TEST(a_file_of_its_own_in_the_hashed_directory_is_a_conflict)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, HASHED "/hand.pem", ca.pem);
	hash_link(&ca, 0, "hand.pem");
	r = read_as("absent");
	ck_assert_str_eq(current_state(&r), "present");
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, HASHED "/hand.pem");
	done(&r, &set);
}
END_TEST

/* OpenSSL keeps the first of several, with its settings; the bundle is read on its own. */
START_TEST(an_entry_that_rejects_it_counts_for_readers_of_the_directory)
{
	char *rejecting = rejecting_pem(&ca);
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	install(&ca, LOCAL "/studio.crt");
	bundle(ca.pem, NULL);
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective"));
	done(&r, NULL);
	root_write(&root, HASHED "/hand.pem", rejecting);
	hash_link(&ca, 1, "hand.pem");
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective"));
	done(&r, NULL);
	hash_link(&ca, 0, "hand.pem");
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "reject it for servers: programs that read the"));
	ck_assert(differs(&r));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, HASHED "/hand.pem");
	done(&r, &set);
	free(rejecting);
}
END_TEST

START_TEST(distrust_is_not_to_be_had)
{
	struct tmd_resource r = read_as("distrusted");
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(&r));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.hint, "state=absent"));
	done(&r, &set);
}
END_TEST

START_TEST(a_root_without_the_program_is_told_what_to_install)
{
	struct tmd_resource r = read_as(NULL);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_remove(&root, TMD_DEBIAN_PROGRAM);
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err.hint, "ca-certificates"));
	done(&r, &set);
}
END_TEST

START_TEST(the_leftover_of_a_killed_rebuild_is_warned_of)
{
	struct tmd_resource r;

	root_write(&root, BUNDLE ".new", ca.pem);
	r = read_as(NULL);
	ck_assert(list_mentions(&r.warnings, "ca-certificates.crt.new"));
	done(&r, NULL);
}
END_TEST

/* Else nothing could be said of what undoes it. */
START_TEST(what_is_planned_is_effective_in_the_view)
{
	struct tmd_resource r = read_as(NULL);
	struct tmd_changeset set = plan(&r);
	TMD_AUTO_FREE char *entry = tmd_format(HASHED "/%08x.0", ca.cert->subject_hash);

	ck_assert_ptr_nonnull(find_expected(&set, entry));
	ctx_preview(&root.ctx, &set);
	tmd_sessions_forget(&root.ctx, NULL);
	done(&r, &set);
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective"));
	ck_assert(!differs(&r));
	done(&r, NULL);
}
END_TEST

START_TEST(two_anchors_of_one_run_see_each_other)
{
	struct made second = make_ca("Second Root");
	struct tmd_resource a = read_as(NULL);
	struct tmd_changeset set = plan(&a);
	struct tmd_resource b = anchor_new(second.pem, NULL);
	struct tmd_changeset set_b;
	struct tmd_error err;

	ck_ok(tmd_changeset_preview(&set, root.ctx.view, &err), err);
	anchor_read(&root, &b);
	set_b = plan(&b);
	ck_assert(expects(&set_b, &ca) && expects(&set_b, &second) && expects(&set_b, &other));
	done(&b, &set_b);
	done(&a, &set);
	made_release(&second);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor debian");
	TCase *t = tcase_create("debian");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, effective_needs_bundle_and_hashed_directory_and_nothing_else);
	tcase_add_test(t, names_become_links_as_in_the_script);
	tcase_add_test(t, files_that_do_not_end_in_crt_are_reported);
	tcase_add_test(t, a_gap_hides_a_certificate_and_so_does_a_dangling_link);
	tcase_add_test(t, a_file_that_does_not_load_hides_what_is_behind_it);
	tcase_add_test(t, an_entry_that_holds_others_as_well_reaches_it);
	tcase_add_test(t, an_entry_for_the_bundle_is_no_file_of_somebody_elses);
	tcase_add_test(t, a_second_certificate_of_the_same_subject_is_number_one);
	tcase_add_test(t, a_switched_off_vendor_copy_is_absent);
	tcase_add_test(t, distrust_is_not_to_be_had);
	tcase_add_test(t, what_the_run_changes_in_the_local_directory_is_seen);
	tcase_add_test(t, what_comes_behind_links_in_the_local_directory_is_seen);
	tcase_add_test(t, a_dangling_link_in_the_local_directory_comes_with_its_file);
	tcase_add_test(t, the_leftover_of_a_killed_rebuild_is_warned_of);
	suite_add_tcase(s, t);
	if (geteuid() != 0) /* a rebuild in another root takes root's rights, and plan says so */
		return s;
	tcase_add_test(t, nowhere_is_absent_and_gets_a_file_of_ours);
	tcase_add_test(t, a_block_that_rejects_servers_is_ineffective_and_named);
	tcase_add_test(t, a_dropped_file_that_was_never_compiled_is_drift);
	tcase_add_test(t, compiled_without_an_input_is_drift_too);
	tcase_add_test(t, content_rotated_under_the_same_name);
	tcase_add_test(t, deleted_without_fresh_is_absent_with_leftovers);
	tcase_add_test(t, a_gap_that_a_removal_left_is_closed);
	tcase_add_test(t, vendor_line_deleted_is_not_absent);
	tcase_add_test(t, vendor_line_deleted_goes_for_good_with_an_exclamation_mark);
	tcase_add_test(t, two_certificates_in_one_file);
	tcase_add_test(t, mode_0600_names_the_culprit_and_is_mended);
	tcase_add_test(t, a_directory_that_only_root_enters_is_a_conflict);
	tcase_add_test(t, der_in_a_crt_is_anchored_but_without_effect);
	tcase_add_test(t, a_damaged_foreign_file_is_set_aside);
	tcase_add_test(t, our_own_damaged_file_is_written_anew);
	tcase_add_test(t, a_damaged_vendor_file_is_a_conflict);
	tcase_add_test(t, a_base_name_that_clashes_is_no_provider);
	tcase_add_test(t, a_name_that_the_script_cannot_read_is_no_provider);
	tcase_add_test(t, links_in_the_local_directory_are_followed_and_loops_end);
	tcase_add_test(t, our_name_taken_by_a_link_is_a_conflict);
	tcase_add_test(t, every_local_copy_goes_with_its_link);
	tcase_add_test(t, a_vendor_copy_is_switched_off_and_nothing_else_changes);
	tcase_add_test(t, a_private_key_beside_the_certificate_is_never_deleted);
	tcase_add_test(t, a_file_of_its_own_in_the_hashed_directory_is_a_conflict);
	tcase_add_test(t, an_entry_that_rejects_it_counts_for_readers_of_the_directory);
	tcase_add_test(t, a_root_without_the_program_is_told_what_to_install);
	tcase_add_test(t, what_is_planned_is_effective_in_the_view);
	tcase_add_test(t, two_anchors_of_one_run_see_each_other);
	return s;
}

UNIT_MAIN(suite)
