/* The file that a variable names: what keeps programs from loading it, each in its own words. */
#include "resources/anchor_fixture.h"

#include "resources/env/ca_file.h"
#include "x509/bundle.h"

#define PATH "/opt/ca/cacert.pem"

static struct root root;
static struct tmd_strv said;
static struct tmd_strv lost;

static void set_up(void)
{
	root_open(&root, NULL);
}

static void tear_down(void)
{
	tmd_strv_release(&said);
	tmd_strv_release(&lost);
	root_close(&root);
}

static void look(const char *path)
{
	tmd_env_note_ca_file(&root.ctx, "SSL_CERT_FILE", path, &said, &lost);
}

static void says(const char *words)
{
	look(PATH);
	ck_assert_uint_eq(said.count, 1);
	ck_assert_msg(strstr(said.items[0], words), "'%s' lacks '%s'", said.items[0], words);
	ck_assert(tmd_str_starts(said.items[0], "SSL_CERT_FILE: "));
	ck_assert_ptr_nonnull(strstr(said.items[0], PATH));
}

START_TEST(file_that_loads_is_not_worth_a_word)
{
	struct made ca = make_ca("Studio Root");

	root_write(&root, PATH, ca.pem);
	look(PATH);
	ck_assert_uint_eq(said.count, 0);
	ck_assert_uint_eq(lost.count, 0);
	made_release(&ca);
}
END_TEST

/* The words are those of type bundle; where programs load the file all the same, it is no fault. */
START_TEST(what_is_lost_of_a_file_that_loads_is_named)
{
	struct made ca = make_ca("Studio Root");
	struct made other = make_ca("Other Root");
	TMD_AUTO_FREE char *key = key_pem(&ca);
	TMD_AUTO_FREE char *damaged = tmd_format("%s%s", ca.pem, other.pem + 1);
	TMD_AUTO_FREE char *secret = tmd_format("%s%s", ca.pem, key);

	root_write(&root, PATH, damaged);
	look(PATH);
	ck_assert_uint_eq(said.count, 0);
	ck_assert_uint_eq(lost.count, 1);
	ck_assert(tmd_str_starts(lost.items[0], "SSL_CERT_FILE: " PATH ": line "));
	ck_assert_ptr_nonnull(strstr(lost.items[0], "a damaged BEGIN line"));
	tmd_strv_release(&lost);
	root_write(&root, PATH, secret);
	tmd_env_note_ca_file(&root.ctx, "SSL_CERT_FILE", PATH, &said, NULL);
	look(PATH);
	ck_assert_uint_eq(said.count, 0);
	ck_assert_uint_eq(lost.count, 1);
	ck_assert_ptr_nonnull(strstr(lost.items[0], "a private key"));
	made_release(&other);
	made_release(&ca);
}
END_TEST

START_TEST(what_programs_cannot_load_is_named)
{
	static const struct {
		const char *content;
		const char *says;
	} cases[] = {
		{ NULL, "there is no file" },
		{ "", "is empty" },
		{ "<!DOCTYPE html>\n<html></html>\n", "web page" },
		{ "no certificate here\n", "there is no certificate in it; name a CA bundle" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "line 1: a damaged certificate; fetch it again" },
	};

	if (cases[_i].content)
		root_write(&root, PATH, cases[_i].content);
	says(cases[_i].says);
}
END_TEST

START_TEST(file_with_one_damaged_block_does_not_load)
{
	struct made ca = make_ca("Studio Root");
	TMD_AUTO_FREE char *text = tmd_format("%s-----BEGIN CERTIFICATE-----\nAAAA\n", ca.pem);

	root_write(&root, PATH, text);
	says("a block without an END line; fetch it again, or let the type bundle mend");
	made_release(&ca);
}
END_TEST

START_TEST(directory_is_no_file)
{
	root_write(&root, PATH "/file", "");
	says("is a directory");
}
END_TEST

static char *builtin_pem(const char *name)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_BUF struct tmd_buf der = { 0 };
	struct tmd_error err;

	ck_ok(tmd_cert_builtin_der(name, &der, &err), err);
	tmd_bundle_append(&text, tmd_buf_str(&der), der.len);
	return tmd_buf_steal(&text);
}

static const char *const roots[] = { "starfield-services-root-g2", "amazon-root-ca-1" };

START_TEST(bundle_with_a_needed_root_serves_the_api)
{
	TMD_AUTO_FREE char *text = builtin_pem(roots[_i]);

	root_write(&root, PATH, text);
	tmd_env_note_ca_file(&root.ctx, "SHOTGUN_API_CACERTS", PATH, &said, &lost);
	ck_assert_uint_eq(said.count, 0);
}
END_TEST

START_TEST(bundle_without_the_needed_roots_is_named_for_the_api_alone)
{
	TMD_AUTO_FREE char *text = builtin_pem("amazon-root-ca-2");

	root_write(&root, PATH, text);
	look(PATH);
	ck_assert_uint_eq(said.count, 0);
	tmd_env_note_ca_file(&root.ctx, "SHOTGUN_API_CACERTS", PATH, &said, &lost);
	ck_assert_uint_eq(said.count, 1);
	ck_assert_ptr_nonnull(strstr(said.items[0], "neither starfield-services-root-g2 nor "
						    "amazon-root-ca-1"));
}
END_TEST

START_TEST(variables_of_other_kinds_are_not_looked_at)
{
	tmd_env_note_ca_file(&root.ctx, "EDITOR", PATH, &said, &lost);
	ck_assert_uint_eq(said.count, 0);
	tmd_env_note_ca_file(&root.ctx, "AWS_CA_BUNDLE", PATH, &said, &lost);
	ck_assert_uint_eq(said.count, 1);
}
END_TEST

/* A new certificate as OpenSSL looks for it; its look-up comes to it as number `number`. */
static void write_hashed(const char *dir, const char *name, unsigned number)
{
	struct made ca = make_ca(name);
	TMD_AUTO_FREE char *path =
		tmd_format("%s/%08x.%u", dir, (unsigned)ca.cert->subject_hash, number);

	root_write(&root, path, ca.pem);
	made_release(&ca);
}

START_TEST(requests_takes_a_directory_with_names_by_hash)
{
	root_write(&root, PATH "/readme", "");
	tmd_env_note_ca_file(&root.ctx, "REQUESTS_CA_BUNDLE", PATH, &said, &lost);
	ck_assert_uint_eq(said.count, 1);
	ck_assert_ptr_nonnull(strstr(said.items[0], "none has its hash for a name"));
	tmd_strv_release(&said);
	tmd_strv_release(&lost);
	root_write(&root, PATH "/5ad8a5d6.0", "");
	tmd_env_note_ca_file(&root.ctx, "REQUESTS_CA_BUNDLE", PATH, &said, &lost);
	ck_assert_uint_eq(said.count, 1);
	ck_assert_ptr_nonnull(strstr(said.items[0], "not one that loads stands under its hash"));
	tmd_strv_release(&said);
	write_hashed(PATH, "Studio Root", 0);
	tmd_env_note_ca_file(&root.ctx, "REQUESTS_CA_BUNDLE", PATH, &said, &lost);
	ck_assert_uint_eq(said.count, 0);
	look(PATH);
	ck_assert_uint_eq(said.count, 1);
}
END_TEST

static void look_into(const char *list)
{
	TMD_AUTO_FREE char *value = tmd_strdup(list);

	for (char *c = value; *c && !tmd_fs_has_modes(); c++)
		*c = *c == ':' ? ';' : *c;
	tmd_strv_release(&said);
	tmd_strv_release(&lost);
	tmd_env_note_ca_file(&root.ctx, "SSL_CERT_DIR", value, &said, &lost);
}

START_TEST(one_directory_of_a_list_with_a_certificate_is_enough)
{
	write_hashed("/good", "Studio Root", 0);
	root_write(&root, "/empty/readme", "");
	root_write(&root, "/file", "");
	look_into("/good");
	ck_assert_uint_eq(said.count + lost.count, 0);
	look_into("/empty::/good:/none:/file:certs");
	ck_assert_uint_eq(said.count, 0);
	ck_assert_uint_eq(lost.count, 4);
	ck_assert_ptr_nonnull(strstr(lost.items[0], "directory /empty: none has its hash"));
	ck_assert_ptr_nonnull(strstr(lost.items[1], "there is no directory /none"));
	ck_assert_ptr_nonnull(strstr(lost.items[2], "/file is a file, not a directory"));
	ck_assert_ptr_nonnull(strstr(lost.items[3], "certs is no whole path"));
	look_into("/empty:/none");
	ck_assert_uint_eq(said.count, 2);
	ck_assert_uint_eq(lost.count, 0);
	look_into(":");
	ck_assert_uint_eq(said.count, 1);
}
END_TEST

START_TEST(a_look_up_counts_from_zero_and_ends_where_a_file_does_not_load)
{
	struct made ca = make_ca("Studio Root");
	struct made other = make_ca("Other Root");
	TMD_AUTO_FREE char *first = tmd_format("/dir/%08x.0", (unsigned)ca.cert->subject_hash);

	write_hashed("/dir", "Studio Root", 1);
	look_into("/dir");
	ck_assert_uint_eq(said.count, 1);
	root_write(&root, first, "no certificate\n");
	look_into("/dir");
	ck_assert_uint_eq(said.count, 1);
	root_write(&root, first, other.pem);
	look_into("/dir");
	ck_assert_uint_eq(said.count, 0);
	made_release(&ca);
	made_release(&other);
}
END_TEST

/* It may be anybody's secret that a careless value points at. */
START_TEST(nothing_of_the_content_is_repeated)
{
	root_write(&root, PATH, "password=hunter2\n");
	says("there is no certificate in it");
	ck_assert_ptr_null(strstr(said.items[0], "hunter2"));
}
END_TEST

START_TEST(what_the_run_is_going_to_write_counts)
{
	struct made ca = make_ca("Studio Root");
	struct tmd_changeset set = { 0 };
	struct tmd_buf content = { 0 };
	struct tmd_error err;

	tmd_buf_add_str(&content, ca.pem);
	tmd_changeset_write(&set, PATH, &content, NULL);
	ck_ok(tmd_changeset_preview(&set, root.ctx.view, &err), err);
	look(PATH);
	ck_assert_uint_eq(said.count, 0);
	tmd_changeset_release(&set);
	made_release(&ca);
}
END_TEST

START_TEST(path_that_is_not_absolute_is_not_looked_at)
{
	look("cacert.pem");
	ck_assert_uint_eq(said.count, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env ca file");
	TCase *t = tcase_create("file");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, file_that_loads_is_not_worth_a_word);
	tcase_add_test(t, what_is_lost_of_a_file_that_loads_is_named);
	tcase_add_loop_test(t, what_programs_cannot_load_is_named, 0, 5);
	tcase_add_test(t, file_with_one_damaged_block_does_not_load);
	tcase_add_test(t, directory_is_no_file);
	tcase_add_loop_test(t, bundle_with_a_needed_root_serves_the_api, 0, 2);
	tcase_add_test(t, bundle_without_the_needed_roots_is_named_for_the_api_alone);
	tcase_add_test(t, variables_of_other_kinds_are_not_looked_at);
	tcase_add_test(t, requests_takes_a_directory_with_names_by_hash);
	tcase_add_test(t, one_directory_of_a_list_with_a_certificate_is_enough);
	tcase_add_test(t, a_look_up_counts_from_zero_and_ends_where_a_file_does_not_load);
	tcase_add_test(t, nothing_of_the_content_is_repeated);
	tcase_add_test(t, what_the_run_is_going_to_write_counts);
	tcase_add_test(t, path_that_is_not_absolute_is_not_looked_at);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
