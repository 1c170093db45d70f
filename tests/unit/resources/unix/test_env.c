/* The env resource on a scratch root: wishes, what programs really get, changes, refusals. */
#include "unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/env.h"
#include "resources/changes.h"
#include "resources/types.h"

#define VAR "SHOTGUN_API_CACERTS"
#define HEADER "# Written by trustmend; changes made here are overwritten.\n"

static char root[64];
static struct tmd_ctx ctx;
static struct tmd_error err;

struct wish {
	struct tmd_resource r;
	struct tmd_value input[TMD_ENV_FIELDS];
	struct tmd_value desired[TMD_ENV_FIELDS];
	struct tmd_value current[TMD_ENV_FIELDS];
	struct tmd_changeset set;
};

static struct wish wish;

static void make_root(void)
{
	unit_make_dir(root);
	ctx_open(&ctx, root);
	tmd_fs_allow_writes(ctx.fs, true);
}

static void clear_outcome(void)
{
	struct tmd_resource *r = &wish.r;

	if (r->type)
		r->type->release(r);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++) {
		tmd_value_release(&wish.desired[i]);
		tmd_value_release(&wish.current[i]);
	}
	tmd_changeset_release(&wish.set);
	tmd_strv_release(&r->warnings);
	free(r->identity);
	free(r->name);
	free(r->diff.path);
	free(r->diff.before);
	free(r->diff.after);
	memset(r, 0, sizeof(*r));
}

static void clear_wish(void)
{
	clear_outcome();
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++)
		tmd_value_release(&wish.input[i]);
}

static void remove_root(void)
{
	clear_wish();
	ctx_close(&ctx);
	unit_remove_tree(root);
}

static void put(const char *path, const char *text)
{
	ck_ok(tmd_fs_replace(ctx.fs, path, text, strlen(text), NULL, &err), err);
}

static void put_link(const char *path, const char *target)
{
	TMD_AUTO_FREE char *outside = tmd_fs_outside_path(ctx.fs, path);

	ck_assert_int_eq(symlink(target, outside), 0);
}

static void ck_file(const char *path, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	ck_ok(tmd_fs_read(ctx.fs, path, 0, &text, NULL, &err), err);
	ck_assert_str_eq(tmd_buf_str(&text), wanted);
}

static void ck_gone(const char *path)
{
	ck_assert_msg(!tmd_fs_exists(ctx.fs, path), "%s is still there", path);
}

/* Debian with systemd: the program, and the link that gives /etc/environment two meanings. */
static void make_systemd(void)
{
	put("/usr/lib/systemd/systemd", "");
	put("/usr/lib/environment.d/00-none.conf", "");
	put("/etc/environment", "");
	put_link("/usr/lib/environment.d/99-environment.conf", "/etc/environment");
}

static void set_input(enum tmd_env_field field, const char *text)
{
	tmd_value_set_string(&wish.input[field], text);
}

/* Most tests are about the variable, and no file stands where it points. */
static void want(const char *name, const char *value)
{
	clear_wish();
	tmd_value_set_bool(&wish.input[TMD_ENV_FORCE], true);
	set_input(TMD_ENV_NAME, name);
	if (value)
		set_input(TMD_ENV_VALUE, value);
	else
		set_input(TMD_ENV_STATE, "absent");
}

static void want_target(const char *target)
{
	tmd_value_list_add(&wish.input[TMD_ENV_TARGETS_FIELD], target);
}

static void want_user(const char *user)
{
	set_input(TMD_ENV_SCOPE, "user");
	set_input(TMD_ENV_USER, user);
}

static enum tmd_rc normalize(void)
{
	clear_outcome();
	wish.r.type = &tmd_type_env;
	wish.r.input = wish.input;
	wish.r.desired = wish.desired;
	wish.r.current = wish.current;
	tmd_sessions_forget(&ctx, NULL);
	return tmd_resource_normalize(&ctx, &wish.r, &err);
}

static void read_state(void)
{
	ck_ok(normalize(), err);
	ck_ok(tmd_resource_read(&ctx, &wish.r, &err), err);
}

static bool differs(void)
{
	const struct tmd_value *map = &wish.desired[TMD_ENV_PER_TARGET];

	for (size_t i = 0; i < map->list.count; i++) {
		const char *key = map->list.items[i];

		if (!tmd_str_equal(tmd_value_map_get(map, key),
				   tmd_value_map_get(&wish.current[TMD_ENV_PER_TARGET], key)))
			return true;
	}
	return wish.desired[TMD_ENV_VALUE].kind != TMD_V_NULL &&
	       !tmd_value_equal(&wish.desired[TMD_ENV_VALUE], &wish.current[TMD_ENV_VALUE]);
}

static enum tmd_rc plan(void)
{
	read_state();
	ck_assert(differs());
	if (tmd_type_env.plan(&ctx, &wish.r, &wish.set, &err))
		return TMD_FAILED;
	ctx_describe(&ctx, &wish.set, &wish.r);
	return TMD_OK;
}

static void carry_out(void)
{
	ctx_carry_out(&ctx, &wish.set);
}

/* Plans, carries out, and must then find nothing more to do. */
static void converge(void)
{
	ck_ok(plan(), err);
	carry_out();
	read_state();
	ck_assert(!differs());
}

static const char *state_of(enum tmd_env_field field)
{
	return tmd_value_str(&wish.current[field]);
}

static const char *per_target(const char *target)
{
	return tmd_value_map_get(&wish.current[TMD_ENV_PER_TARGET], target);
}

static void ck_listed(enum tmd_env_field field, const char *part)
{
	const struct tmd_strv *list = &wish.current[field].list;

	for (size_t i = 0; i < list->count; i++) {
		if (strstr(list->items[i], part))
			return;
	}
	ck_abort_msg("'%s' is not listed; %zu entries, first: %s", part, list->count,
		     list->count ? list->items[0] : "none");
}

static void ck_conflict(const char *path, const char *part)
{
	memset(&err, 0, sizeof(err));
	ck_assert_int_ne(plan(), TMD_OK);
	ck_assert_int_eq(err.kind, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, path);
	ck_assert_msg(strstr(err.message, part) || strstr(err.hint, part), "%s (%s)", err.message,
		      err.hint);
}

static void ck_invalid(enum tmd_error_kind kind, const char *part)
{
	memset(&err, 0, sizeof(err));
	ck_assert_int_ne(normalize(), TMD_OK);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_msg(strstr(err.message, part) || strstr(err.hint, part), "%s (%s)", err.message,
		      err.hint);
}

/* A value that may stand where others set it, and that is not written. */
static void ck_not_written(const char *part)
{
	memset(&err, 0, sizeof(err));
	ck_assert_int_ne(plan(), TMD_OK);
	ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
	ck_assert_uint_eq(wish.set.count, 0);
	ck_assert_msg(strstr(err.message, part) || strstr(err.hint, part), "%s (%s)", err.message,
		      err.hint);
}

/* ---- wishes ---- */

START_TEST(names_are_checked)
{
	static const char *const bad[] = { "", "1A", "A-B", "A B", "A=B", "\xC3\xA4" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		want(bad[i], "/x");
		ck_invalid(TMD_E_INVALID_INPUT, "no name for a variable");
	}
}
END_TEST

START_TEST(values_that_readers_disagree_on_are_refused)
{
	static const char *const bad[] = { "a#b", "$HOME/x", "C:\\x", "a\"b", "a'b", "a`b`",
					   "a\nb", " a", "a " };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		want(VAR, bad[i]);
		ck_not_written("the value");
	}
	want(VAR, "");
	ck_not_written("state=absent");
}
END_TEST

START_TEST(a_value_too_long_for_pam_is_refused)
{
	char value[1100];

	memset(value, 'x', sizeof(value));
	value[1000] = '\0';
	want("A", value);
	ck_ok(normalize(), err);
	value[1000] = 'x';
	value[1050] = '\0';
	want("A", value);
	ck_not_written("longer than");
}
END_TEST

START_TEST(a_percent_sequence_is_refused_for_systemd_alone)
{
	want(VAR, "/p/%m");
	want_target("systemd");
	ck_not_written("leave systemd out");
	want(VAR, "/p/%m");
	want_target("etc_environment");
	ck_ok(normalize(), err);
	want(VAR, "/p/50%");
	want_target("systemd");
	ck_ok(normalize(), err);
}
END_TEST

START_TEST(a_file_is_read_once_until_something_changes)
{
	put("/etc/environment", VAR "=/a\n");
	want(VAR, "/a");
	want_target("etc_environment");
	read_state();
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), "/a");
	put("/etc/environment", VAR "=/b\n");
	ck_ok(tmd_resource_read(&ctx, &wish.r, &err), err);
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), "/a");
	tmd_sessions_forget(&ctx, "/etc/environment");
	ck_ok(tmd_resource_read(&ctx, &wish.r, &err), err);
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), "/b");
}
END_TEST

START_TEST(targets_default_to_what_the_machine_has)
{
	want(VAR, "/x");
	ck_ok(normalize(), err);
	ck_assert_uint_eq(wish.desired[TMD_ENV_TARGETS_FIELD].list.count, 2);
	make_systemd();
	ck_ok(normalize(), err);
	ck_assert_uint_eq(wish.desired[TMD_ENV_TARGETS_FIELD].list.count, 4);
	ck_assert_str_eq(wish.r.identity, "env:machine:" VAR);
	ck_assert_str_eq(wish.r.name, VAR);
	ck_assert_str_eq(wish.r.backend, "linux");
}
END_TEST

START_TEST(combinations_without_sense_are_refused)
{
	put("/etc/passwd", "u:x:1:1::/home/u:/bin/sh\n");
	want(VAR, "/x");
	set_input(TMD_ENV_USER, "u");
	ck_invalid(TMD_E_INVALID_INPUT, "scope=user");
	want(VAR, "/x");
	want_user("u");
	want_target("etc_environment");
	ck_invalid(TMD_E_INVALID_INPUT, "etc_environment holds for every user");
	want(VAR, "/x");
	want_user("nobody-here");
	ck_invalid(TMD_E_NOT_FOUND, "nobody-here");
	want(VAR, "/x");
	set_input(TMD_ENV_VALUE_TYPE, "expand");
	ck_invalid(TMD_E_UNSUPPORTED, "Windows");
	want(VAR, "/x");
	set_input(TMD_ENV_VALUE_TYPE, "string");
	ck_ok(normalize(), err);
}
END_TEST

/* As far as a run goes that plans, which is when a wish has to be complete. */
static enum tmd_rc read_for_plan(void)
{
	ck_ok(normalize(), err);
	memset(&err, 0, sizeof(err));
	if (tmd_type_env.check_wish(&wish.r, &err) || tmd_resource_read(&ctx, &wish.r, &err))
		return TMD_FAILED;
	if (tmd_value_equal(&wish.desired[TMD_ENV_STATE], &wish.current[TMD_ENV_STATE]))
		return TMD_OK;
	return tmd_type_env.plan(&ctx, &wish.r, &wish.set, &err);
}

static void ck_value_missing(enum tmd_rc rc)
{
	ck_assert_int_ne(rc, TMD_OK);
	ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
	ck_assert_ptr_nonnull(strstr(err.message, "value is missing"));
	ck_assert_ptr_nonnull(strstr(err.hint, "state=absent"));
}

START_TEST(the_state_of_targets_that_differ_may_come_back)
{
	put("/etc/environment", VAR "=/a\n");
	put("/etc/profile.d/x.sh", "export " VAR "=/b\n");
	clear_wish();
	set_input(TMD_ENV_NAME, VAR);
	set_input(TMD_ENV_STATE, "present");
	ck_ok(read_for_plan(), err);
	ck_assert_ptr_null(state_of(TMD_ENV_VALUE));
	ck_assert(!differs());
}
END_TEST

START_TEST(what_others_set_already_may_stay_though_it_would_not_be_written)
{
	put("/etc/environment", VAR "=/a\r\n");
	want(VAR, "/a\r");
	ck_ok(read_for_plan(), err);
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), "/a\r");
	ck_assert(!differs());
}
END_TEST

START_TEST(a_wish_without_a_value_is_refused)
{
	clear_wish();
	set_input(TMD_ENV_NAME, VAR);
	read_state(); /* looking needs no value */
	ck_value_missing(read_for_plan());
	put("/etc/environment", VAR "=/a\n");
	ck_value_missing(read_for_plan());
	set_input(TMD_ENV_STATE, "absent");
	ck_ok(read_for_plan(), err);
	put("/etc/environment", "");
	set_input(TMD_ENV_STATE, "present");
	ck_value_missing(read_for_plan());
	/* Gone between the two passes of an apply. */
	read_state();
	memset(&err, 0, sizeof(err));
	ck_value_missing(tmd_type_env.plan(&ctx, &wish.r, &wish.set, &err));
	ck_assert_uint_eq(wish.set.count, 0);
}
END_TEST

/* ---- converging ---- */

START_TEST(all_four_files_are_written)
{
	make_systemd();
	put("/etc/environment", "# mine\nPATH=\"/bin\"\n");
	want(VAR, "/opt/ca b/c.pem");
	converge();
	ck_file("/etc/environment", "# mine\nPATH=\"/bin\"\n" VAR "=\"/opt/ca b/c.pem\"\n");
	ck_file("/etc/profile.d/trustmend.sh", HEADER "export " VAR "=\"/opt/ca b/c.pem\"\n");
	ck_file("/etc/environment.d/60-trustmend.conf", HEADER VAR "=\"/opt/ca b/c.pem\"\n");
	ck_file("/etc/systemd/system.conf.d/60-trustmend.conf",
		HEADER "[Manager]\nDefaultEnvironment=\"" VAR "=/opt/ca b/c.pem\"\n");
	ck_assert_str_eq(state_of(TMD_ENV_VALUE), "/opt/ca b/c.pem");
	ck_assert_str_eq(state_of(TMD_ENV_STATE), "present");
	ck_assert_ptr_nonnull(strstr(state_of(TMD_ENV_EFFECTIVE_FROM), "next login"));
	ck_assert_ptr_nonnull(strstr(state_of(TMD_ENV_EFFECTIVE_FROM), "daemon-reexec"));
	ck_assert_uint_eq(wish.current[TMD_ENV_PROBLEMS].list.count, 1);
	ck_listed(TMD_ENV_PROBLEMS, "there is no file /opt/ca b/c.pem");
}
END_TEST

START_TEST(absent_takes_all_of_it_away_again)
{
	make_systemd();
	put("/etc/environment", "PATH=/bin\n");
	want(VAR, "/x");
	converge();
	want(VAR, NULL);
	converge();
	ck_file("/etc/environment", "PATH=/bin\n");
	ck_gone("/etc/profile.d/trustmend.sh");
	ck_gone("/etc/environment.d/60-trustmend.conf");
	ck_gone("/etc/systemd/system.conf.d/60-trustmend.conf");
	ck_assert_str_eq(state_of(TMD_ENV_STATE), "absent");
	ck_assert_ptr_null(state_of(TMD_ENV_VALUE));
}
END_TEST

START_TEST(absent_cleans_our_files_where_systemd_is_gone)
{
	want(VAR, "/x");
	want_target("environment_d");
	want_target("systemd");
	converge();
	want(VAR, NULL);
	converge();
	ck_gone("/etc/environment.d/60-trustmend.conf");
	ck_gone("/etc/systemd/system.conf.d/60-trustmend.conf");
}
END_TEST

START_TEST(etc_environment_stays_when_it_becomes_empty)
{
	want(VAR, "/x");
	want_target("etc_environment");
	converge();
	ck_file("/etc/environment", VAR "=/x\n");
	want(VAR, NULL);
	want_target("etc_environment");
	converge();
	ck_file("/etc/environment", "");
}
END_TEST

START_TEST(several_variables_share_our_files_sorted)
{
	make_systemd();
	want("B", "2");
	converge();
	want("A", "1 1");
	converge();
	ck_file("/etc/profile.d/trustmend.sh", HEADER "export A=\"1 1\"\nexport B=2\n");
	ck_file("/etc/environment.d/60-trustmend.conf", HEADER "A=\"1 1\"\nB=2\n");
	ck_file("/etc/systemd/system.conf.d/60-trustmend.conf",
		HEADER "[Manager]\nDefaultEnvironment=\"A=1 1\"\nDefaultEnvironment=B=2\n");
	ck_file("/etc/environment", "B=2\nA=\"1 1\"\n");
	want("B", NULL);
	converge();
	ck_file("/etc/profile.d/trustmend.sh", HEADER "export A=\"1 1\"\n");
}
END_TEST

START_TEST(the_diff_and_the_warning_tell_what_happens)
{
	put("/etc/environment", "B=1\n");
	want(VAR, "/x");
	ck_ok(plan(), err);
	ck_assert_str_eq(wish.r.diff.path, "/etc/environment");
	ck_assert_str_eq(wish.r.diff.before, "B=1\n");
	ck_assert_str_eq(wish.r.diff.after, "B=1\n" VAR "=/x\n");
	ck_assert_uint_eq(wish.r.warnings.count, 2);
	ck_assert_ptr_nonnull(strstr(wish.r.warnings.items[0], "there is no file /x"));
	ck_assert_ptr_nonnull(strstr(wish.r.warnings.items[1], "next login"));
	ck_assert_uint_eq(wish.set.count, 2);
}
END_TEST

START_TEST(only_the_target_that_drifted_is_written)
{
	want(VAR, "/x");
	converge();
	put("/etc/profile.d/trustmend.sh", HEADER "export " VAR "=/y\n");
	read_state();
	ck_assert_ptr_null(state_of(TMD_ENV_VALUE));
	ck_assert_str_eq(per_target("etc_environment"), "/x");
	ck_assert_str_eq(per_target("profile_d"), "/y");
	converge();
	ck_file("/etc/profile.d/trustmend.sh", HEADER "export " VAR "=/x\n");
}
END_TEST

START_TEST(our_files_that_users_cannot_read_are_mended)
{
	TMD_AUTO_FREE char *path = NULL;
	struct stat st;

	want(VAR, "/x");
	want_target("profile_d");
	converge();
	path = tmd_fs_outside_path(ctx.fs, "/etc/profile.d/trustmend.sh");
	ck_assert_int_eq(chmod(path, 0600), 0);
	read_state();
	ck_assert_ptr_null(per_target("profile_d"));
	ck_listed(TMD_ENV_PROBLEMS, "trustmend.sh");
	converge();
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
}
END_TEST

/* ---- what programs really get ---- */

START_TEST(a_line_with_two_meanings_is_written_anew)
{
	make_systemd();
	put("/etc/environment", "B=1\n" VAR "=/x#y\n");
	want(VAR, "/x");
	want_target("etc_environment");
	read_state();
	ck_assert_ptr_null(state_of(TMD_ENV_VALUE));
	ck_listed(TMD_ENV_PROBLEMS, "line 2 of /etc/environment: what becomes of");
	converge();
	ck_file("/etc/environment", "B=1\n" VAR "=/x\n");
}
END_TEST

START_TEST(a_later_profile_script_cannot_be_told_and_is_named)
{
	put("/etc/profile.d/zz-site.sh", "# c\n" VAR "=/site\nexport " VAR "\n");
	want(VAR, "/x");
	want_target("profile_d");
	read_state();
	ck_assert_str_eq(per_target("profile_d"), "(cannot tell)");
	ck_listed(TMD_ENV_PROBLEMS, "line 3 of /etc/profile.d/zz-site.sh: what becomes of");
	ck_conflict("/etc/profile.d/zz-site.sh", "line 3");
	ck_gone("/etc/profile.d/trustmend.sh");
}
END_TEST

START_TEST(an_earlier_profile_script_is_overridden)
{
	put("/etc/profile.d/aa.sh", "export " VAR "=/y\n");
	put("/etc/profile.d/zz.csh", "setenv " VAR " /z\n");
	want(VAR, "/x");
	want_target("profile_d");
	converge();
	ck_file("/etc/profile.d/aa.sh", "export " VAR "=/y\n");
}
END_TEST

START_TEST(environment_d_sorts_by_name_over_all_directories)
{
	put("/usr/lib/environment.d/70-vendor.conf", VAR "=/vendor\n");
	put("/run/environment.d/65-run.conf", VAR "=/run\n");
	want(VAR, "/x");
	want_target("environment_d");
	read_state();
	ck_assert_str_eq(per_target("environment_d"), "/vendor");
	ck_conflict("/usr/lib/environment.d/70-vendor.conf", "line 1");
	/* A file of the same name in /etc replaces the vendor's whole. */
	put("/etc/environment.d/70-vendor.conf", "B=1\n");
	read_state();
	ck_assert_str_eq(per_target("environment_d"), "/run");
	put("/run/environment.d/65-run.conf", "");
	converge();
}
END_TEST

START_TEST(a_link_to_dev_null_masks_a_vendor_file)
{
	put("/usr/lib/environment.d/70-vendor.conf", VAR "=/vendor\n");
	put("/etc/environment.d/x", "");
	put_link("/etc/environment.d/70-vendor.conf", "/dev/null");
	want(VAR, NULL);
	want_target("environment_d");
	read_state();
	ck_assert_ptr_null(per_target("environment_d"));
}
END_TEST

START_TEST(what_environment_d_expands_cannot_be_told)
{
	put("/etc/environment.d/10-base.conf", "STUDIO=/studio\n");
	put("/usr/lib/environment.d/20-ca.conf", VAR "=${STUDIO}/ca.pem\n");
	want(VAR, NULL);
	want_target("environment_d");
	read_state();
	ck_assert_str_eq(per_target("environment_d"), "(cannot tell)");
	ck_listed(TMD_ENV_PROBLEMS, "line 1 of /usr/lib/environment.d/20-ca.conf");
}
END_TEST

START_TEST(system_conf_drop_ins_are_read_in_order)
{
	put("/etc/systemd/system.conf", "[Manager]\nDefaultEnvironment=" VAR "=/main\n");
	want(VAR, "/x");
	want_target("systemd");
	read_state();
	ck_assert_str_eq(per_target("systemd"), "/main");
	converge();
	ck_file("/etc/systemd/system.conf", "[Manager]\nDefaultEnvironment=" VAR "=/main\n");
	put("/usr/lib/systemd/system.conf.d/90-reset.conf", "[Manager]\nDefaultEnvironment=\n");
	read_state();
	ck_assert_ptr_null(per_target("systemd"));
	ck_conflict("/usr/lib/systemd/system.conf.d/90-reset.conf", "unsets it");
}
END_TEST

START_TEST(a_malformed_drop_in_ends_the_managers_reading)
{
	put("/etc/systemd/system.conf.d/50-bad.conf", "[Manager\n");
	want(VAR, "/x");
	want_target("systemd");
	memset(&err, 0, sizeof(err));
	ck_assert_int_ne(plan(), TMD_OK);
	ck_assert_int_eq(err.kind, TMD_E_CONFLICT);
	ck_listed(TMD_ENV_PROBLEMS, "line 1 of /etc/systemd/system.conf.d/50-bad.conf");
	ck_gone("/etc/systemd/system.conf.d/60-trustmend.conf");
}
END_TEST

START_TEST(absent_names_the_files_that_are_not_ours)
{
	put("/etc/security/pam_env.conf", "# c\n" VAR " DEFAULT=/pam\n");
	want(VAR, NULL);
	want_target("etc_environment");
	read_state();
	ck_assert_str_eq(per_target("etc_environment"), "(cannot tell)");
	ck_conflict("/etc/security/pam_env.conf", "line 2");
	want(VAR, "/x");
	want_target("etc_environment");
	converge();
}
END_TEST

#define SECOND_RUN "session required pam_env.so readenv=1 envfile=/etc/default/locale\n"

START_TEST(debian_reads_a_locale_file_behind_etc_environment)
{
	put("/etc/default/locale", VAR "=/late\n");
	want(VAR, "/x");
	want_target("etc_environment");
	converge();
	put("/etc/pam.d/su", "#" SECOND_RUN);
	read_state();
	ck_assert(!differs());
	put("/etc/pam.d/su", "auth x\n" SECOND_RUN);
	ck_conflict("/etc/default/locale", "line 1");
}
END_TEST

START_TEST(pam_env_conf_beats_etc_environment_where_pam_env_runs_twice)
{
	put("/etc/security/pam_env.conf", VAR " DEFAULT=/pam\n");
	want(VAR, "/x");
	want_target("etc_environment");
	converge();
	put("/etc/pam.d/login", SECOND_RUN);
	ck_conflict("/etc/security/pam_env.conf", "line 1");
}
END_TEST

START_TEST(a_script_whose_place_depends_on_the_order_of_letters_cannot_be_told)
{
	static const char *const names[] = { "/etc/profile.d/Z99.sh", "/etc/profile.d/zz.sh" };

	for (size_t i = 0; i < 2; i++) {
		put(names[i], "export " VAR "=/y\n");
		want(VAR, "/x");
		want_target("profile_d");
		ck_conflict(names[i], "line 1");
		put(names[i], "");
	}
	put("/etc/profile.d/Aa.sh", "export " VAR "=/y\n");
	converge();
}
END_TEST

START_TEST(a_line_that_may_be_a_part_of_another_cannot_be_told)
{
	static const char *const before[] = { "B=x\\\n", "B=\"open\n", "B='open\n" };

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		TMD_AUTO_FREE char *text = tmd_format("%s" VAR "=/x\n", before[i]);

		put("/etc/environment", text);
		want(VAR, "/x");
		want_target("etc_environment");
		read_state();
		ck_assert_str_eq(per_target("etc_environment"), "(cannot tell)");
		ck_listed(TMD_ENV_PROBLEMS, "line 2 of /etc/environment");
	}
}
END_TEST

START_TEST(what_is_made_readonly_before_ours_cannot_be_told)
{
	put("/etc/profile.d/aa.sh", "readonly " VAR "=/y\n");
	want(VAR, "/x");
	want_target("profile_d");
	ck_conflict("/etc/profile.d/aa.sh", "line 1");
}
END_TEST

START_TEST(a_login_shell_begins_with_what_pam_gives)
{
	put("/etc/environment", VAR "=/x\n");
	want(VAR, NULL);
	want_target("profile_d");
	read_state();
	ck_assert_str_eq(per_target("profile_d"), "/x");
	ck_conflict("/etc/environment", "line 1");
}
END_TEST

START_TEST(a_script_that_only_reads_the_variable_changes_nothing)
{
	put("/etc/profile.d/zz.sh", "[ -n \"$" VAR "\" ] && echo ${" VAR "#/}\n# " VAR "=/z\n");
	want(VAR, "/x");
	want_target("profile_d");
	converge();
	put("/etc/profile.d/zz.sh", ": ${" VAR ":=/z}\n");
	ck_conflict("/etc/profile.d/zz.sh", "line 1");
}
END_TEST

START_TEST(what_files_say_of_logins_that_exist_is_told_as_not_observed)
{
	put("/etc/passwd", "root:x:0:0::/root:/bin/bash\n");
	put("/bin/bash", "");
	want(VAR, "/x");
	want_target("profile_d");
	tmd_value_set_bool(&wish.input[TMD_ENV_OBSERVE], false);
	read_state();
	ck_listed(TMD_ENV_PROBLEMS, "profile_d: not observed: observe=false");
	converge();
	ck_file("/etc/profile.d/trustmend.sh", HEADER "export " VAR "=/x\n");
}
END_TEST

START_TEST(strays_are_reported_for_the_real_name_only)
{
	make_systemd();
	put("/etc/environment", "ShotGrid_API_CACERTS=/a\nFPTR_API_CACERTS=/b\n");
	put("/etc/profile.d/ssl.sh", "export NO_SSL_VALIDATION=1\n");
	put("/etc/systemd/system.conf",
	    "[Manager]\nDefaultEnvironment=SHOTGRID_API_CACERTS=/c "
	    "SHOTGUN_FORCE_CERTIFICATE_VALIDATION=1\n");
	want(VAR, "/x");
	read_state();
	ck_listed(TMD_ENV_STRAYS, "ShotGrid_API_CACERTS (nothing reads it; " VAR
				  " is meant): /etc/environment line 1");
	ck_listed(TMD_ENV_STRAYS, "FPTR_API_CACERTS (nothing reads it; " VAR
				  " is meant): /etc/environment line 2");
	ck_listed(TMD_ENV_STRAYS, "NO_SSL_VALIDATION (turned certificate checks off before API "
				  "3.9.0): /etc/profile.d/ssl.sh line 1");
	ck_listed(TMD_ENV_STRAYS, "is meant): /etc/systemd/system.conf line 2");
	ck_listed(TMD_ENV_STRAYS, "SHOTGUN_FORCE_CERTIFICATE_VALIDATION (means nothing since API "
				  "3.9.0): ");
	ck_assert_uint_eq(wish.current[TMD_ENV_STRAYS].list.count, 5);
	want("OTHER", "/x");
	read_state();
	ck_assert_uint_eq(wish.current[TMD_ENV_STRAYS].list.count, 0);
}
END_TEST

START_TEST(a_stray_names_the_right_variable_within_one_line_of_text)
{
	put("/etc/environment", "SHOTGRID_API_CACERTS=/a\n");
	want(VAR, "/x");
	read_state();
	ck_assert_uint_eq(wish.current[TMD_ENV_STRAYS].list.count, 1);
	ck_assert_ptr_nonnull(strstr(wish.current[TMD_ENV_STRAYS].list.items[0], VAR));
	ck_assert_uint_lt(strcspn(wish.current[TMD_ENV_STRAYS].list.items[0], ")"), 70);
}
END_TEST

START_TEST(strays_are_warned_of_once_per_resource)
{
	size_t found = 0;

	make_systemd();
	put("/etc/environment", "SHOTGRID_API_CACERTS=/a\n");
	want(VAR, "/x");
	ctx.converges = true;
	ck_ok(plan(), err);
	ctx.converges = false;
	for (size_t i = 0; i < wish.r.warnings.count; i++)
		found += strstr(wish.r.warnings.items[i], "SHOTGRID_API_CACERTS (") != NULL;
	ck_assert_uint_eq(found, 1);
}
END_TEST

START_TEST(a_later_script_that_shells_take_differently_is_a_conflict)
{
	want(VAR, "/x");
	want_target("profile_d");
	converge();
	put("/etc/profile.d/zz.sh", VAR "+=:/more\n");
	ck_conflict("/etc/profile.d/zz.sh", "cannot tell");
	ck_listed(TMD_ENV_PROBLEMS, "line 1 of /etc/profile.d/zz.sh: what becomes of " VAR);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_shown_escaped)
{
	put("/etc/environment", VAR "=/\xFF\n");
	want(VAR, "/x");
	want_target("etc_environment");
	ck_ok(plan(), err);
	ck_assert_str_eq(per_target("etc_environment"), "/\\xFF");
	ck_assert_str_eq(wish.r.diff.before, VAR "=/\\xFF\n");
}
END_TEST

/* ---- files of ours that others wrote into ---- */

START_TEST(foreign_lines_in_our_file_are_not_dropped)
{
	put("/etc/profile.d/trustmend.sh", HEADER "export B=1\nulimit -n 4096\n");
	want(VAR, "/x");
	want_target("profile_d");
	ck_conflict("/etc/profile.d/trustmend.sh", "did not write");
	ck_file("/etc/profile.d/trustmend.sh", HEADER "export B=1\nulimit -n 4096\n");
}
END_TEST

START_TEST(an_edit_that_no_reader_would_see_is_refused)
{
	make_systemd();
	put("/etc/environment", "B=1\n" VAR "=\"/x\nC=2\n");
	want(VAR, "/y");
	ck_conflict("/etc/environment", "line 2");
}
END_TEST

/* ---- one user ---- */

START_TEST(a_user_gets_files_of_his_own)
{
	TMD_AUTO_FREE char *path = NULL;
	struct stat st;

	make_systemd();
	put("/etc/passwd", "u:x:4321:4322::/home/u:/bin/sh\n");
	put("/home/u/.profile", "umask 022\n");
	want(VAR, "/x");
	want_user("u");
	if (getuid() != 0) {
		ck_ok(plan(), err);
		return;
	}
	converge();
	ck_file("/home/u/.profile", "umask 022\nexport " VAR "=/x\n");
	ck_file("/home/u/.config/environment.d/99-trustmend.conf", HEADER VAR "=/x\n");
	ck_file("/home/u/.config/systemd/user.conf.d/60-trustmend.conf",
		HEADER "[Manager]\nDefaultEnvironment=" VAR "=/x\n");
	ck_assert_str_eq(wish.r.identity, "env:user:u:" VAR);
	path = tmd_fs_outside_path(ctx.fs, "/home/u/.config/environment.d");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 4321);
	ck_assert_uint_eq(st.st_gid, 4322);
	want(VAR, NULL);
	want_user("u");
	converge();
	ck_file("/home/u/.profile", "umask 022\n");
	ck_gone("/home/u/.config/environment.d/99-trustmend.conf");
}
END_TEST

START_TEST(a_users_value_beats_the_machines)
{
	make_systemd();
	put("/etc/passwd", "u:x:4321:4322::/home/u:/bin/sh\n");
	put("/etc/environment", VAR "=/machine\n");
	want(VAR, NULL);
	want_user("u");
	want_target("environment_d");
	read_state();
	ck_assert_ptr_null(per_target("environment_d"));
	put("/home/u/.config/environment.d/99-trustmend.conf", VAR "=/home/u/ca\n");
	read_state();
	ck_assert_str_eq(per_target("environment_d"), "/home/u/ca");
	/* The machine's file has another name, so that the user's does not replace it. */
	put("/etc/environment.d/60-trustmend.conf", "B=1\n");
	want("B", NULL);
	want_target("environment_d");
	read_state();
	ck_assert_str_eq(per_target("environment_d"), "1");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env");
	TCase *wishes = tcase_create("wishes");
	TCase *changes = tcase_create("changes");
	TCase *effects = tcase_create("what programs get");

	tcase_add_checked_fixture(wishes, make_root, remove_root);
	tcase_add_checked_fixture(changes, make_root, remove_root);
	tcase_add_checked_fixture(effects, make_root, remove_root);
	tcase_add_test(wishes, names_are_checked);
	tcase_add_test(wishes, values_that_readers_disagree_on_are_refused);
	tcase_add_test(wishes, a_value_too_long_for_pam_is_refused);
	tcase_add_test(wishes, a_percent_sequence_is_refused_for_systemd_alone);
	tcase_add_test(wishes, targets_default_to_what_the_machine_has);
	tcase_add_test(wishes, a_file_is_read_once_until_something_changes);
	tcase_add_test(wishes, combinations_without_sense_are_refused);
	tcase_add_test(wishes, the_state_of_targets_that_differ_may_come_back);
	tcase_add_test(wishes, what_others_set_already_may_stay_though_it_would_not_be_written);
	tcase_add_test(wishes, a_wish_without_a_value_is_refused);
	tcase_add_test(changes, all_four_files_are_written);
	tcase_add_test(changes, absent_takes_all_of_it_away_again);
	tcase_add_test(changes, absent_cleans_our_files_where_systemd_is_gone);
	tcase_add_test(changes, etc_environment_stays_when_it_becomes_empty);
	tcase_add_test(changes, several_variables_share_our_files_sorted);
	tcase_add_test(changes, the_diff_and_the_warning_tell_what_happens);
	tcase_add_test(changes, only_the_target_that_drifted_is_written);
	tcase_add_test(changes, our_files_that_users_cannot_read_are_mended);
	tcase_add_test(changes, foreign_lines_in_our_file_are_not_dropped);
	tcase_add_test(changes, an_edit_that_no_reader_would_see_is_refused);
	tcase_add_test(changes, a_user_gets_files_of_his_own);
	tcase_add_test(effects, a_line_with_two_meanings_is_written_anew);
	tcase_add_test(effects, a_later_profile_script_cannot_be_told_and_is_named);
	tcase_add_test(effects, an_earlier_profile_script_is_overridden);
	tcase_add_test(effects, environment_d_sorts_by_name_over_all_directories);
	tcase_add_test(effects, a_link_to_dev_null_masks_a_vendor_file);
	tcase_add_test(effects, what_environment_d_expands_cannot_be_told);
	tcase_add_test(effects, system_conf_drop_ins_are_read_in_order);
	tcase_add_test(effects, a_malformed_drop_in_ends_the_managers_reading);
	tcase_add_test(effects, absent_names_the_files_that_are_not_ours);
	tcase_add_test(effects, debian_reads_a_locale_file_behind_etc_environment);
	tcase_add_test(effects, pam_env_conf_beats_etc_environment_where_pam_env_runs_twice);
	tcase_add_test(effects, a_script_whose_place_depends_on_the_order_of_letters_cannot_be_told);
	tcase_add_test(effects, a_line_that_may_be_a_part_of_another_cannot_be_told);
	tcase_add_test(effects, what_is_made_readonly_before_ours_cannot_be_told);
	tcase_add_test(effects, a_login_shell_begins_with_what_pam_gives);
	tcase_add_test(effects, a_script_that_only_reads_the_variable_changes_nothing);
	tcase_add_test(effects, what_files_say_of_logins_that_exist_is_told_as_not_observed);
	tcase_add_test(effects, strays_are_reported_for_the_real_name_only);
	tcase_add_test(effects, a_stray_names_the_right_variable_within_one_line_of_text);
	tcase_add_test(effects, strays_are_warned_of_once_per_resource);
	tcase_add_test(effects, a_later_script_that_shells_take_differently_is_a_conflict);
	tcase_add_test(effects, bytes_that_are_no_text_are_shown_escaped);
	tcase_add_test(effects, a_users_value_beats_the_machines);
	suite_add_tcase(s, wishes);
	suite_add_tcase(s, changes);
	suite_add_tcase(s, effects);
	return s;
}

UNIT_MAIN(suite)
