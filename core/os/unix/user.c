/*
 * Users and groups of the managed root, from its own files: the C library would ask the
 * machine we run on, and in a static program cannot ask directory services at all.
 */
#include "os/user.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/proc_internal.h"
#include "os/unix/user_internal.h"

#define GETENT "/usr/bin/getent"
#define GETENT_TIMEOUT 30 /* seconds: a directory server may be far away or down */
#define FIELDS_MAX 7
#define ANY_ID UINT32_MAX /* no id, neither here nor for the kernel */
#define ID_MAX ((uint64_t)UINT32_MAX - 1)

/* One of the two files; name, password and id come first in both. */
struct database {
	const char *name; /* as getent calls it */
	const char *path;
	size_t fields;
	size_t ids; /* numbers among them: a user has a group as well */
	const char *what;
};

static const struct database passwd = { "passwd", "/etc/passwd", 7, 2, "user" };
static const struct database group = { "group", "/etc/group", 4, 1, "group" };

struct entry {
	char *line; /* owns what the fields point to */
	const char *fields[FIELDS_MAX];
	uint32_t id;
	uint32_t gid; /* of a user */
};

static void entry_release(struct entry *entry)
{
	free(entry->line);
	memset(entry, 0, sizeof(*entry));
}

/* As the C library: blanks may stand in front of the number. */
static bool parse_id(const char *text, uint32_t *id)
{
	uint64_t value;

	while (tmd_is_space(*text))
		text++;
	if (!tmd_parse_u64(text, &value) || value > ID_MAX)
		return false;
	*id = (uint32_t)value;
	return true;
}

/* The C library passes these over, whatever follows: comments, and what NIS adds and takes. */
static bool is_name(const char *text)
{
	return *text && !strchr("#+-", *text);
}

/* Cuts `line` at its colons; fields that are missing are empty. */
static void split_line(char *line, const char **fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(line, ":");
		bool more = line[len] == ':';

		line[len] = '\0';
		fields[i] = line;
		line += len + more;
	}
}

/*
 * False for what is no entry. As in the C library, blanks in front do not count, and the last
 * fields may be missing: then they are empty.
 */
static bool parse_line(const struct database *db, const char *text, size_t len, struct entry *out)
{
	struct entry entry = { 0 };

	for (; len && tmd_is_space(*text); len--)
		text++;
	entry.line = tmd_strndup(text, len);
	split_line(entry.line, entry.fields, db->fields);
	if (!is_name(entry.fields[0]) || !parse_id(entry.fields[2], &entry.id) ||
	    (db->ids > 1 && !parse_id(entry.fields[3], &entry.gid))) {
		entry_release(&entry);
		return false;
	}
	*out = entry;
	return true;
}

/* By name, by id when `name` is NULL, or the first entry for ANY_ID. */
static bool find_in_text(const struct database *db, const struct tmd_buf *text, const char *name,
			 uint32_t id, struct entry *out)
{
	const char *at = tmd_buf_str(text);
	const char *end = at + text->len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		if (parse_line(db, at, len, out)) {
			if (name ? strcmp(out->fields[0], name) == 0
				 : id == ANY_ID || id == out->id)
				return true;
			entry_release(out);
		}
		at += len + 1;
	}
	return false;
}

static enum tmd_rc find_in_file(struct tmd_fs *fs, const struct database *db, const char *name,
				uint32_t id, bool *found, struct entry *out, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	*found = false;
	if (tmd_fs_read(fs, db->path, 0, &text, NULL, err) != TMD_OK)
		return err->kind == TMD_E_NOT_FOUND ? TMD_OK : TMD_FAILED;
	*found = find_in_text(db, &text, name, id, out);
	return TMD_OK;
}

/*
 * Directory services may answer with another spelling of the name, so that the first entry
 * is taken as it is.
 */
static bool find_by_getent(struct tmd_fs *fs, const struct database *db, const char *key,
			   struct entry *out)
{
	const char *const argv[] = { GETENT, db->name, key, NULL };
	const struct tmd_proc_options options = { .timeout = GETENT_TIMEOUT };
	struct tmd_proc_result result = { 0 };
	struct tmd_error ignored;
	bool found = false;

	if (!tmd_fs_is_live(fs) ||
	    tmd_proc_run_reader(fs, argv, &options, &result, &ignored) != TMD_OK)
		return false;
	if (result.status == 0)
		found = find_in_text(db, &result.output, NULL, ANY_ID, out);
	tmd_proc_result_release(&result);
	return found;
}

static enum tmd_rc check_name(const struct database *db, const char *name, struct tmd_error *err)
{
	bool valid = name[0] && name[0] != '-' && !strpbrk(name, ":/");

	for (const char *c = name; *c; c++)
		valid = valid && (unsigned char)*c >= ' ' && *c != 0x7F;
	if (valid)
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL, "\"%s\" is not a valid %s name", name,
			db->what);
}

static bool is_number(const char *text)
{
	return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* By name, never by number, which getent would take as well. */
static enum tmd_rc find_by_name(struct tmd_fs *fs, const struct database *db, const char *name,
				struct entry *out, struct tmd_error *err)
{
	bool found;

	if (check_name(db, name, err) != TMD_OK ||
	    find_in_file(fs, db, name, 0, &found, out, err) != TMD_OK)
		return TMD_FAILED;
	if (found || (!is_number(name) && find_by_getent(fs, db, name, out)))
		return TMD_OK;
	return tmd_fail(err, TMD_E_NOT_FOUND, db->path, "check the spelling",
			"there is no %s \"%s\"", db->what, name);
}

static enum tmd_rc find_by_id(struct tmd_fs *fs, const struct database *db, uint32_t id,
			      struct entry *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *number = tmd_format("%lu", (unsigned long)id);
	bool found;

	if (find_in_file(fs, db, NULL, id, &found, out, err) != TMD_OK)
		return TMD_FAILED;
	if (found || find_by_getent(fs, db, number, out))
		return TMD_OK;
	return tmd_fail(err, TMD_E_NOT_FOUND, db->path, "name one that exists",
			"there is no %s with number %s", db->what, number);
}

static void take_user(const struct entry *entry, struct tmd_user *out)
{
	out->name = tmd_strdup(entry->fields[0]);
	out->uid = entry->id;
	out->gid = entry->gid;
	out->home = tmd_strdup(entry->fields[5]);
	out->shell = tmd_strdup(*entry->fields[6] ? entry->fields[6] : "/bin/sh");
}

enum tmd_rc tmd_user_find(struct tmd_fs *fs, const char *name, struct tmd_user *out,
			  struct tmd_error *err)
{
	TMD_CLEANUP(entry_release) struct entry entry = { 0 };
	enum tmd_rc rc;

	if (name)
		rc = find_by_name(fs, &passwd, name, &entry, err);
	else
		rc = find_by_id(fs, &passwd, geteuid(), &entry, err);
	if (rc != TMD_OK)
		return TMD_FAILED;
	if (!tmd_path_is_absolute(entry.fields[5]))
		return tmd_fail(err, TMD_E_INVALID_INPUT, passwd.path, "mend the user's entry",
				"user \"%s\" has no usable home directory", entry.fields[0]);
	take_user(&entry, out);
	return TMD_OK;
}

bool tmd_user_parse(const char *line, size_t len, struct tmd_user *out)
{
	TMD_CLEANUP(entry_release) struct entry entry = { 0 };

	if (!parse_line(&passwd, line, len, &entry))
		return false;
	take_user(&entry, out);
	return true;
}

void tmd_user_release(struct tmd_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	memset(user, 0, sizeof(*user));
}

static enum tmd_rc find_number(struct tmd_fs *fs, const struct database *db, const char *name,
			       uint32_t *id, struct tmd_error *err)
{
	TMD_CLEANUP(entry_release) struct entry entry = { 0 };

	if (is_number(name)) {
		if (parse_id(name, id))
			return TMD_OK;
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL, "%s is not a valid %s number",
				name, db->what);
	}
	if (find_by_name(fs, db, name, &entry, err) != TMD_OK)
		return TMD_FAILED;
	*id = entry.id;
	return TMD_OK;
}

/*
 * Would the name, given back to us, mean this number? One of digits alone would not, nor one
 * that another entry has as well, which stands before.
 */
static bool leads_back(struct tmd_fs *fs, const struct database *db, const char *name, uint32_t id)
{
	TMD_CLEANUP(entry_release) struct entry first = { 0 };
	struct tmd_error ignored;
	bool found;

	return !is_number(name) && check_name(db, name, &ignored) == TMD_OK &&
	       find_in_file(fs, db, name, 0, &found, &first, &ignored) == TMD_OK &&
	       (!found || first.id == id);
}

static char *find_text(struct tmd_fs *fs, const struct database *db, uint32_t id)
{
	TMD_CLEANUP(entry_release) struct entry entry = { 0 };
	struct tmd_error ignored;

	if (find_by_id(fs, db, id, &entry, &ignored) != TMD_OK ||
	    !leads_back(fs, db, entry.fields[0], id))
		return tmd_format("%lu", (unsigned long)id);
	return tmd_strdup(entry.fields[0]);
}

enum tmd_rc tmd_user_id(struct tmd_fs *fs, const char *name, uint32_t *uid, struct tmd_error *err)
{
	return find_number(fs, &passwd, name, uid, err);
}

enum tmd_rc tmd_group_id(struct tmd_fs *fs, const char *name, uint32_t *gid, struct tmd_error *err)
{
	return find_number(fs, &group, name, gid, err);
}

char *tmd_user_name(struct tmd_fs *fs, uint32_t uid)
{
	return find_text(fs, &passwd, uid);
}

char *tmd_group_name(struct tmd_fs *fs, uint32_t gid)
{
	return find_text(fs, &group, gid);
}

/* ---- who is in a group ---- */

static bool is_among(uint32_t uid, const uint32_t *users, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (users[i] == uid)
			return true;
	}
	return uid == 0;
}

/* The users whose own group it is. */
static bool owners_are_among(struct tmd_fs *fs, uint32_t gid, const uint32_t *users, size_t count)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;
	bool all = true;

	if (tmd_fs_read(fs, passwd.path, 0, &text, NULL, &ignored) != TMD_OK)
		return false;
	for (const char *at = tmd_buf_str(&text); *at && all; at += strcspn(at, "\n")) {
		TMD_CLEANUP(entry_release) struct entry entry = { 0 };
		uint32_t own;

		at += strspn(at, "\n");
		if (parse_line(&passwd, at, strcspn(at, "\n"), &entry) &&
		    parse_id(entry.fields[3], &own) && own == gid)
			all = is_among(entry.id, users, count);
	}
	return all;
}

/* Of "a,b": the next name from `*at` on, which the caller frees; NULL: there is none. */
static char *next_member(const char **at)
{
	char *name;

	*at += strspn(*at, ", ");
	if (!**at)
		return NULL;
	name = tmd_strndup(*at, strcspn(*at, ","));
	*at += strlen(name);
	return name;
}

static bool members_are_among(struct tmd_fs *fs, const char *members, const uint32_t *users,
			      size_t count)
{
	TMD_AUTO_FREE char *name = next_member(&members);

	while (name) {
		TMD_CLEANUP(entry_release) struct entry entry = { 0 };
		struct tmd_error ignored;
		bool found;

		if (find_in_file(fs, &passwd, name, 0, &found, &entry, &ignored) || !found ||
		    !is_among(entry.id, users, count))
			return false;
		free(name);
		name = next_member(&members);
	}
	return true;
}

bool tmd_group_has_only(struct tmd_fs *fs, uint32_t gid, const uint32_t *users, size_t count)
{
	TMD_CLEANUP(entry_release) struct entry entry = { 0 };
	struct tmd_error ignored;
	bool found;

	if (find_in_file(fs, &group, NULL, gid, &found, &entry, &ignored) != TMD_OK || !found)
		return false;
	return members_are_among(fs, entry.fields[3], users, count) &&
	       owners_are_among(fs, gid, users, count);
}

static bool names_member(const char *members, const char *name)
{
	TMD_AUTO_FREE char *member = next_member(&members);

	while (member && strcmp(member, name) != 0) {
		free(member);
		member = next_member(&members);
	}
	return member;
}

static bool may_be_in_group(struct tmd_fs *fs, const struct tmd_user *user, uint32_t gid)
{
	TMD_CLEANUP(entry_release) struct entry entry = { 0 };
	struct tmd_error ignored;
	bool found;

	if (gid == user->gid)
		return true;
	if (find_in_file(fs, &group, NULL, gid, &found, &entry, &ignored) != TMD_OK || !found)
		return true;
	return names_member(entry.fields[3], user->name);
}

size_t tmd_user_groups(struct tmd_fs *fs, const struct tmd_user *user, uint32_t *out, size_t max)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;
	size_t count = 0;

	out[count++] = user->gid;
	if (!user->name || tmd_fs_read(fs, group.path, 0, &text, NULL, &ignored) != TMD_OK)
		return count;
	for (const char *at = tmd_buf_str(&text); *at && count < max; at += strcspn(at, "\n")) {
		TMD_CLEANUP(entry_release) struct entry entry = { 0 };

		at += strspn(at, "\n");
		if (parse_line(&group, at, strcspn(at, "\n"), &entry) &&
		    names_member(entry.fields[3], user->name))
			out[count++] = entry.id;
	}
	return count;
}

bool tmd_user_may(struct tmd_fs *fs, const struct tmd_user *user, const struct tmd_stat *st,
		  unsigned right)
{
	const unsigned of_group = right << 3;
	const unsigned of_owner = right << 6;

	if (user->uid == 0)
		return true;
	if (st->uid == user->uid)
		return st->mode & of_owner;
	/* Groups are looked up only where they matter. */
	if (!(st->mode & of_group) == !(st->mode & right))
		return st->mode & right;
	return st->mode & (may_be_in_group(fs, user, st->gid) ? of_group : right);
}

bool tmd_user_is_admin(void)
{
	return geteuid() == 0;
}

char *tmd_user_as_admin(const char *command)
{
	return tmd_format("root: sudo %s", command);
}
