/* Which file of a user sets variables for the shell that he logs in with. */
#include "unit.h"

#include "resources/changes.h"
#include "resources/env/unix/login_file.h"
#include "resources/env/unix/pam_environment.h"

static char root[UNIT_DIR_MAX];
static struct tmd_ctx ctx;
static struct tmd_error err;
static struct tmd_user user;
static struct tmd_env_login_file file;

static void setup(void)
{
	unit_make_dir(root);
	ctx_open(&ctx, root);
	tmd_fs_allow_writes(ctx.fs, true);
	user = (struct tmd_user){ "artist", 1000, 1000, "/home/artist", "/bin/bash" };
}

static void teardown(void)
{
	tmd_env_login_file_release(&file);
	ctx_close(&ctx);
	unit_remove_tree(root);
}

static void put(const char *path, const char *text)
{
	ck_ok(tmd_fs_replace(ctx.fs, path, text, strlen(text), NULL, &err), err);
}

static enum tmd_rc find(char *shell, const char *login)
{
	TMD_CLEANUP(tmd_env_files_release) struct tmd_env_files files = { .view = ctx.view };
	const struct tmd_env_site site = { &files, "A", &user };
	TMD_AUTO_STRV struct tmd_strv environment = { 0 };

	user.shell = shell;
	if (!login)
		return tmd_env_find_login_file(&site, NULL, &file, &err);
	tmd_strv_add(&environment, "ZDOTDIR_OLD=/home/artist/no");
	tmd_strv_add(&environment, login);
	return tmd_env_find_login_file(&site, &environment, &file, &err);
}

static void ck_file(char *shell, const char *login, const char *path, enum tmd_env_syntax syntax)
{
	ck_ok(find(shell, login), err);
	ck_assert_str_eq(file.path, path);
	ck_assert_int_eq(file.syntax, syntax);
}

static void ck_none(char *shell, const char *login, const char *message)
{
	ck_fails(find(shell, login), err, TMD_E_UNSUPPORTED);
	ck_assert_msg(strstr(err.message, message) != NULL, "%s", err.message);
	ck_assert_str_ne(err.hint, "");
}

START_TEST(each_shell_has_its_file)
{
	ck_file("/bin/sh", NULL, "/home/artist/.profile", TMD_ENV_SYNTAX_SH);
	ck_file("/usr/bin/dash", NULL, "/home/artist/.profile", TMD_ENV_SYNTAX_SH);
	ck_file("/bin/mksh", "HOME=/x", "/home/artist/.profile", TMD_ENV_SYNTAX_SH);
	ck_file("/bin/tcsh", NULL, "/home/artist/.login", TMD_ENV_SYNTAX_CSH);
	ck_file("/bin/zsh", NULL, "/home/artist/.zprofile", TMD_ENV_SYNTAX_SH);
	ck_file("/usr/bin/fish", "HOME=/x", "/home/artist/.config/fish/conf.d/trustmend.fish",
		TMD_ENV_SYNTAX_FISH);
}
END_TEST

START_TEST(bash_reads_the_first_of_three)
{
	ck_file("/bin/bash", NULL, "/home/artist/.profile", TMD_ENV_SYNTAX_SH);
	put("/home/artist/.bash_login", "");
	ck_file("/bin/bash", NULL, "/home/artist/.bash_login", TMD_ENV_SYNTAX_SH);
	put("/home/artist/.bash_profile", "");
	ck_file("/bin/rbash", NULL, "/home/artist/.bash_profile", TMD_ENV_SYNTAX_SH);
	ck_file("/bin/sh", NULL, "/home/artist/.profile", TMD_ENV_SYNTAX_SH);
}
END_TEST

START_TEST(the_others_of_bash_are_spares)
{
	TMD_CLEANUP(tmd_env_files_release) struct tmd_env_files files = { .view = ctx.view };
	const struct tmd_env_site site = { &files, "A", &user };
	TMD_AUTO_STRV struct tmd_strv spares = { 0 };

	ck_ok(find("/bin/zsh", NULL), err);
	tmd_env_add_login_spares(&site, &file, &spares);
	ck_assert_uint_eq(spares.count, 0);
	ck_ok(find("/bin/bash", NULL), err);
	tmd_env_add_login_spares(&site, &file, &spares);
	ck_assert_uint_eq(spares.count, 2);
	ck_assert_str_eq(spares.items[0], "/home/artist/.bash_profile");
	ck_assert_str_eq(spares.items[1], "/home/artist/.bash_login");
}
END_TEST

START_TEST(a_directory_that_was_asked_for_counts)
{
	put("/home/artist/.zshenv", "export ZDOTDIR=~/.config/zsh\n");
	ck_file("/bin/zsh", "ZDOTDIR=/home/artist/.config/zsh",
		"/home/artist/.config/zsh/.zprofile", TMD_ENV_SYNTAX_SH);
	ck_file("/bin/zsh", "ZDOTDIR=", "/home/artist/.zprofile", TMD_ENV_SYNTAX_SH);
	ck_file("/bin/fish", "XDG_CONFIG_HOME=/home/artist/c",
		"/home/artist/c/fish/conf.d/trustmend.fish", TMD_ENV_SYNTAX_FISH);
}
END_TEST

START_TEST(a_directory_that_could_not_be_asked_for_is_not_guessed)
{
	put("/home/artist/.zshenv", "export ZDOTDIR=~/.config/zsh\n");
	put("/etc/environment", "XDG_CONFIG_HOME=/x\n");
	ck_none("/bin/zsh", NULL, "sets ZDOTDIR");
	ck_assert_str_eq(err.path, "/home/artist/.zshenv");
	ck_none("/bin/fish", NULL, "sets XDG_CONFIG_HOME");
	ck_assert_str_eq(err.path, "/etc/environment");
}
END_TEST

START_TEST(no_user_leads_out_of_his_home)
{
	ck_none("/bin/zsh", "ZDOTDIR=/etc", "not below his home");
	ck_none("/bin/zsh", "ZDOTDIR=/home/artist2", "not below his home");
	ck_none("/bin/zsh", "ZDOTDIR=/home/artist/../boss", "not below his home");
	ck_none("/bin/zsh", "ZDOTDIR=/home/artist/..", "not below his home");
	ck_none("/bin/fish", "XDG_CONFIG_HOME=c", "not below his home");
}
END_TEST

START_TEST(what_is_no_shell_that_is_known_is_refused)
{
	ck_none("/usr/sbin/nologin", NULL, "/usr/sbin/nologin for a shell");
	ck_none("/bin/false", "HOME=/x", "/bin/false for a shell");
	ck_none("/usr/bin/elvish", NULL, "/usr/bin/elvish, the shell of \"artist\"");
}
END_TEST

static size_t count_problems(void)
{
	TMD_CLEANUP(tmd_env_files_release) struct tmd_env_files files = { .view = ctx.view };
	const struct tmd_env_site site = { &files, "A", &user };
	TMD_AUTO_STRV struct tmd_strv problems = { 0 };

	ck_ok(tmd_env_note_pam_environment(&site, &problems, &err), err);
	if (problems.count)
		ck_assert_str_eq(problems.items[0],
				 "line 2 of /home/artist/.pam_environment sets A at logins through "
				 "services that read this file (user_readenv=1 in /etc/pam.d/sshd)");
	return problems.count;
}

START_TEST(pam_environment_is_told_where_a_service_reads_it)
{
	ck_assert_uint_eq(count_problems(), 0);
	put("/home/artist/.pam_environment", "#A=/n\nA=/p\nAB=/q\n");
	put("/etc/pam.d/login", "session required pam_env.so readenv=1\n");
	put("/etc/pam.d/sshd", "# session required pam_env.so user_readenv=1\n");
	ck_assert_uint_eq(count_problems(), 0);
	put("/etc/pam.d/sshd", "session required pam_env.so user_readenv=1 envfile=/x\n");
	ck_assert_uint_eq(count_problems(), 1);
	put("/home/artist/.pam_environment", "B=1\nA\tDEFAULT=/p");
	ck_assert_uint_eq(count_problems(), 1);
	put("/home/artist/.pam_environment", "B=1\nC=A\n");
	ck_assert_uint_eq(count_problems(), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env login file");
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_shell_has_its_file);
	tcase_add_test(tc, bash_reads_the_first_of_three);
	tcase_add_test(tc, the_others_of_bash_are_spares);
	tcase_add_test(tc, a_directory_that_was_asked_for_counts);
	tcase_add_test(tc, a_directory_that_could_not_be_asked_for_is_not_guessed);
	tcase_add_test(tc, no_user_leads_out_of_his_home);
	tcase_add_test(tc, what_is_no_shell_that_is_known_is_refused);
	tcase_add_test(tc, pam_environment_is_told_where_a_service_reads_it);
	suite_add_tcase(s, tc);
	return s;
}

UNIT_MAIN(suite)
