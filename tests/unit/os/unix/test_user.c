/* Users and groups: the root's own files, directory services on the live machine. */
#include "sandbox.h"

#include <pwd.h>

#include "base/mem.h"
#include "os/user.h"

static const char passwd_text[] = "# a comment\n"
				  "root:x:0:0:root:/root:/bin/sh\n"
				  "+nis::::::\n"
				  "broken:x:notanumber:0::/x:/bin/sh\n"
				  "short:x:5\n"
				  "\n"
				  "toobig:x:4294967295:0::/x:/bin/sh\n"
				  "artist:x:1234:5678:An Artist,,,:/home/artist:/bin/bash\n"
				  "artist:x:9999:9999:again:/home/other:/bin/bash\n"
				  "homeless:x:1300:5678:::/bin/bash\n"
				  "last:x:1400:1400::/home/last:/bin/sh"; /* no newline */

static void setup(void)
{
	sandbox_setup();
	tmd_fs_allow_writes(fs, false); /* everything here is done by plan too */
	make_dir("root/etc");
	put("root/etc/passwd", passwd_text);
	put("root/etc/group", "root:x:0:\nstudio:x:5678:artist,last\nshort:x\n");
}

START_TEST(users_come_from_the_roots_own_file)
{
	struct tmd_user user = { 0 };

	ck_ok(tmd_user_find(fs, "artist", &user, &err), err);
	ck_assert_str_eq(user.name, "artist");
	ck_assert_uint_eq(user.uid, 1234);
	ck_assert_uint_eq(user.gid, 5678);
	ck_assert_str_eq(user.home, "/home/artist");
	ck_assert_str_eq(user.shell, "/bin/bash");
	tmd_user_release(&user);
	ck_assert_ptr_null(user.name);
	ck_ok(tmd_user_find(fs, "last", &user, &err), err);
	ck_assert_str_eq(user.home, "/home/last");
	tmd_user_release(&user);
}
END_TEST

START_TEST(what_is_no_entry_is_not_found)
{
	static const char *const names[] = { "nobody-here", "broken", "short", "toobig",
					     "+nis",	    "art",    "1234" };
	struct tmd_user user = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_fails(tmd_user_find(fs, names[i], &user, &err), err, TMD_E_NOT_FOUND);
	ck_assert_ptr_null(user.name);
}
END_TEST

static void expect_user(const char *name, uint32_t uid, uint32_t gid, const char *home)
{
	struct tmd_user user = { 0 };

	ck_ok(tmd_user_find(fs, name, &user, &err), err);
	ck_assert_uint_eq(user.uid, uid);
	ck_assert_uint_eq(user.gid, gid);
	ck_assert_str_eq(user.home, home);
	tmd_user_release(&user);
}

static void expect_shell(const char *name, const char *wanted)
{
	struct tmd_user user = { 0 };

	ck_ok(tmd_user_find(fs, name, &user, &err), err);
	ck_assert_str_eq(user.shell, wanted);
	tmd_user_release(&user);
}

static void expect_user_name(uint32_t uid, const char *wanted)
{
	TMD_AUTO_FREE char *name = tmd_user_name(fs, uid);

	ck_assert_str_eq(name, wanted);
}

/* As the C library, which every other program asks: corpora of fuzz_passwd compare the two. */
START_TEST(lines_are_read_as_the_c_library_reads_them)
{
	put("root/etc/passwd", "#gone:x:1000:1000::/home/gone:/bin/sh\n"
			       "+::0:0:::\n"
			       "+@studio:x:1000:1000::/home/x:\n"
			       "-sly:x:1000:1000::/home/x:\n"
			       " \tindented:x:1000: 1001::/home/i:/bin/sh\n"
			       "noshell:x:1002:1002::/home/noshell\n"
			       "nogroup:x:1003::/home/nogroup:/bin/sh\n"
			       "crlf:x:1004:1004::/home/crlf:/bin/sh\r\n");
	expect_user_name(1000, "indented");
	expect_user_name(0, "0");
	expect_user("indented", 1000, 1001, "/home/i");
	expect_user("noshell", 1002, 1002, "/home/noshell");
	expect_shell("noshell", "/bin/sh");
	expect_user("crlf", 1004, 1004, "/home/crlf");
	ck_fails(tmd_user_find(fs, "nogroup", &(struct tmd_user){ 0 }, &err), err,
		 TMD_E_NOT_FOUND);
	ck_fails(tmd_user_find(fs, "+@studio", &(struct tmd_user){ 0 }, &err), err,
		 TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(a_number_is_called_what_leads_back_to_it)
{
	put("root/etc/passwd", "4711:x:1000:1000::/home/n:/bin/sh\n"
			       "twice:x:1001:1000::/home/one:/bin/sh\n"
			       "twice:x:1002:1000::/home/two:/bin/sh\n"
			       "a/b:x:1003:1000::/home/s:/bin/sh\n");
	expect_user_name(1000, "1000");
	expect_user_name(1001, "twice");
	expect_user_name(1002, "1002");
	expect_user_name(1003, "1003");
}
END_TEST

START_TEST(long_lines_and_nuls_hide_nobody_behind_them)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	uint32_t gid;

	tmd_buf_add_str(&text, "everybody:x:2000:first");
	for (int i = 0; i < 10000; i++)
		tmd_buf_addf(&text, ",member%d", i);
	tmd_buf_add_str(&text, "\nrender:x:2001:\nnul");
	tmd_buf_add(&text, "\0:x:2002:\n\0\n", 12);
	tmd_buf_add_str(&text, "last:x:2003");
	unit_write(base, "root/etc/group", text.data, text.len);
	ck_ok(tmd_group_id(fs, "everybody", &gid, &err), err);
	ck_assert_uint_eq(gid, 2000);
	ck_ok(tmd_group_id(fs, "render", &gid, &err), err);
	ck_assert_uint_eq(gid, 2001);
	ck_fails(tmd_group_id(fs, "nul", &gid, &err), err, TMD_E_NOT_FOUND);
	ck_ok(tmd_group_id(fs, "last", &gid, &err), err);
	ck_assert_uint_eq(gid, 2003);
}
END_TEST

START_TEST(names_that_cannot_be_are_invalid_input)
{
	static const char *const names[] = { "", "a:b", "a/b", "../x", "-x", "a\nb", "a\tb" };
	struct tmd_user user = { 0 };
	uint32_t id;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		ck_fails(tmd_user_find(fs, names[i], &user, &err), err, TMD_E_INVALID_INPUT);
		ck_fails(tmd_group_id(fs, names[i], &id, &err), err, TMD_E_INVALID_INPUT);
	}
}
END_TEST

START_TEST(a_user_without_a_home_is_an_error)
{
	struct tmd_user user = { 0 };
	uint32_t uid;

	ck_fails(tmd_user_find(fs, "homeless", &user, &err), err, TMD_E_INVALID_INPUT);
	ck_ok(tmd_user_id(fs, "homeless", &uid, &err), err);
	ck_assert_uint_eq(uid, 1300);
}
END_TEST

START_TEST(numbers_and_names_go_both_ways)
{
	uint32_t id = 1;
	char *name;

	ck_ok(tmd_user_id(fs, "artist", &id, &err), err);
	ck_assert_uint_eq(id, 1234);
	ck_ok(tmd_user_id(fs, "4321", &id, &err), err);
	ck_assert_uint_eq(id, 4321);
	ck_ok(tmd_group_id(fs, "studio", &id, &err), err);
	ck_assert_uint_eq(id, 5678);
	ck_ok(tmd_group_id(fs, "0", &id, &err), err);
	ck_assert_uint_eq(id, 0);
	ck_fails(tmd_group_id(fs, "artist", &id, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_user_id(fs, "4294967295", &id, &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_user_id(fs, "99999999999999999999999", &id, &err), err, TMD_E_INVALID_INPUT);
	ck_assert_uint_eq(id, 0);
	name = tmd_user_name(fs, 1234);
	ck_assert_str_eq(name, "artist");
	free(name);
	name = tmd_group_name(fs, 5678);
	ck_assert_str_eq(name, "studio");
	free(name);
	name = tmd_user_name(fs, 4242);
	ck_assert_str_eq(name, "4242");
	free(name);
	name = tmd_group_name(fs, 4242);
	ck_assert_str_eq(name, "4242");
	free(name);
}
END_TEST

START_TEST(a_root_without_the_files_still_knows_numbers)
{
	struct tmd_user user = { 0 };
	uint32_t id;
	char *name;

	ck_assert_int_eq(unlink(below("root/etc/passwd")), 0);
	ck_ok(tmd_user_id(fs, "17", &id, &err), err);
	ck_assert_uint_eq(id, 17);
	ck_fails(tmd_user_find(fs, "artist", &user, &err), err, TMD_E_NOT_FOUND);
	name = tmd_user_name(fs, 17);
	ck_assert_str_eq(name, "17");
	free(name);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_not_taken_for_empty)
{
	struct tmd_user user = { 0 };

	ck_assert_int_eq(unlink(below("root/etc/passwd")), 0);
	ck_assert_int_eq(mkfifo(below("root/etc/passwd"), 0644), 0);
	ck_fails(tmd_user_find(fs, "artist", &user, &err), err, TMD_E_REFUSED);
}
END_TEST

START_TEST(the_caller_is_found_on_the_live_machine)
{
	TMD_CLEANUP(tmd_fs_free_ptr) struct tmd_fs *live = NULL;
	const struct passwd *me = getpwuid(geteuid());
	struct tmd_user user = { 0 };

	ck_ok(tmd_fs_open("/", &live, &err), err);
	if (skip_when(!me, "this user has no entry"))
		return;
	ck_ok(tmd_user_find(live, NULL, &user, &err), err);
	ck_assert_str_eq(user.name, me->pw_name);
	ck_assert_uint_eq(user.uid, geteuid());
	ck_assert_str_eq(user.home, me->pw_dir);
	tmd_user_release(&user);
	ck_assert_int_eq(tmd_user_is_admin(), geteuid() == 0);
	ck_fails(tmd_user_find(live, "no-such-user-at-all", &user, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

/* Stands in for a directory service; the file has none of these users. */
static const char fake_getent[] =
	"#!/bin/sh\n"
	"case \"$1 $2\" in\n"
	"'passwd remote' | 'passwd 7000')\n"
	"	echo 'getent: the server is slow' >&2\n"
	"	echo 'remote:*:7000:7001:Remote:/net/home/remote:/bin/sh' ;;\n"
	"'passwd 7002') echo 'other:*:7002:7001:Other:/net/home/other:/bin/sh' ;;\n"
	"'group far') echo 'far:*:7001:remote,other' ;;\n"
	"*) exit 2 ;;\n"
	"esac\n";

START_TEST(directory_services_are_asked_on_the_live_machine)
{
	TMD_CLEANUP(tmd_fs_free_ptr) struct tmd_fs *live = NULL;
	struct tmd_user user = { 0 };
	uint32_t id;
	char *name;

	put("getent", fake_getent);
	ck_assert_int_eq(chmod(below("getent"), 0755), 0);
	if (skip_when(!own_mounts() ||
			      mount(below("getent"), "/usr/bin/getent", NULL, MS_BIND, NULL) != 0,
		      "a getent of our own needs root"))
		return;
	ck_ok(tmd_fs_open("/", &live, &err), err);
	ck_ok(tmd_user_find(live, "remote", &user, &err), err);
	ck_assert_uint_eq(user.uid, 7000);
	ck_assert_str_eq(user.home, "/net/home/remote");
	tmd_user_release(&user);
	ck_ok(tmd_group_id(live, "far", &id, &err), err);
	ck_assert_uint_eq(id, 7001);
	name = tmd_user_name(live, 7002);
	ck_assert_str_eq(name, "other");
	free(name);
	ck_fails(tmd_user_find(live, "7000", &user, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_user_find(live, "stranger", &user, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_user_find(fs, "remote", &user, &err), err, TMD_E_NOT_FOUND); /* offline */
	umount2("/usr/bin/getent", MNT_DETACH);
}
END_TEST

START_TEST(only_root_is_the_administrator)
{
	if (skip_when(geteuid() != 0, "becoming another needs root"))
		return;
	ck_assert(tmd_user_is_admin());
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert(!tmd_user_is_admin());
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(a_mode_counts_for_one_class_of_users_only)
{
	static const struct {
		uint32_t mode;
		uint32_t uid;
		uint32_t gid;
		bool reads;
	} cases[] = {
		{ 0600, 1234, 0, true },   { 0077, 1234, 0, false },  { 0604, 0, 0, true },
		{ 0600, 0, 5678, false },  { 0640, 0, 5678, true },   { 0604, 0, 5678, false },
		{ 0640, 0, 0, false },     { 0640, 0, 77, true },     { 0640, 0, 78, false },
		{ 0640, 0, 4242, true },   { 0600, 0, 4242, false },  { 0630, 0, 5678, false },
	};
	struct tmd_user user = { .name = "artist", .uid = 1234, .gid = 5678 };
	const struct tmd_user root_user = { .name = "root" };

	put("root/etc/group", "root:x:0:\nstudio:x:5678:\n"
			      "film:x:77:art, artist\nart:x:78:artis,artists\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct tmd_stat st = { .mode = cases[i].mode, .uid = cases[i].uid,
					     .gid = cases[i].gid };

		ck_assert_msg(tmd_user_may(fs, &user, &st, 4) == cases[i].reads, "case %zu", i);
		ck_assert(tmd_user_may(fs, &root_user, &st, 4));
	}
}
END_TEST

START_TEST(a_line_is_an_entry_as_for_the_c_library)
{
	static const char *const none[] = { "", "# c", "+::::::/bin/bash", "a:x:one:1::/:/bin/sh" };
	static const char line[] = " studio:x:1000:100::/home/studio:";
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert(!tmd_user_parse(none[i], strlen(none[i]), &user));
	ck_assert(tmd_user_parse(line, strlen(line), &user));
	ck_assert_str_eq(user.name, "studio");
	ck_assert_uint_eq(user.uid, 1000);
	ck_assert_uint_eq(user.gid, 100);
	ck_assert_str_eq(user.home, "/home/studio");
	ck_assert_str_eq(user.shell, "/bin/sh");
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/user");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, sandbox_teardown);
	tcase_add_test(cases, users_come_from_the_roots_own_file);
	tcase_add_test(cases, what_is_no_entry_is_not_found);
	tcase_add_test(cases, lines_are_read_as_the_c_library_reads_them);
	tcase_add_test(cases, a_number_is_called_what_leads_back_to_it);
	tcase_add_test(cases, long_lines_and_nuls_hide_nobody_behind_them);
	tcase_add_test(cases, names_that_cannot_be_are_invalid_input);
	tcase_add_test(cases, a_user_without_a_home_is_an_error);
	tcase_add_test(cases, numbers_and_names_go_both_ways);
	tcase_add_test(cases, a_root_without_the_files_still_knows_numbers);
	tcase_add_test(cases, a_file_that_cannot_be_read_is_not_taken_for_empty);
	tcase_add_test(cases, the_caller_is_found_on_the_live_machine);
	tcase_add_test(cases, directory_services_are_asked_on_the_live_machine);
	tcase_add_test(cases, only_root_is_the_administrator);
	tcase_add_test(cases, a_mode_counts_for_one_class_of_users_only);
	tcase_add_test(cases, a_line_is_an_entry_as_for_the_c_library);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
