/*
 * Any bytes as /etc/passwd and /etc/group of a root. Who is found, by name and by number, is
 * who the C library finds in the same bytes, and a name leads to its number and back.
 */
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/user.h"
#include "scratch_root.h"

#define NUMBERS_MAX 16 /* looked up of one input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tmd_fs *fs;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void open_root(void)
{
	struct tmd_error err = { 0 };

	if (!fs)
		require(tmd_fs_open(scratch_root(), &fs, &err) == TMD_OK);
}

/* Fails only as the header says, and leaves the output alone then. */
static bool find_user(const char *name, struct tmd_user *out)
{
	struct tmd_error err = { 0 };

	if (tmd_user_find(fs, name, out, &err) == TMD_OK) {
		require(strcmp(out->name, name) == 0 && out->home[0] == '/');
		return true;
	}
	require(err.kind == TMD_E_NOT_FOUND || err.kind == TMD_E_INVALID_INPUT);
	require(err.message[0] && !out->name && !out->home && !out->uid && !out->gid);
	return false;
}

static bool find_group(const char *name, uint32_t *gid)
{
	struct tmd_error err = { 0 };

	*gid = 77;
	if (tmd_group_id(fs, name, gid, &err) == TMD_OK)
		return true;
	require(err.kind == TMD_E_NOT_FOUND || err.kind == TMD_E_INVALID_INPUT);
	require(err.message[0] && *gid == 77);
	return false;
}

/* What a number is called means that number again, be it the first of its name or not. */
static void check_back(uint32_t id)
{
	TMD_AUTO_FREE char *user = tmd_user_name(fs, id);
	TMD_AUTO_FREE char *group = tmd_group_name(fs, id);
	struct tmd_error err = { 0 };
	uint32_t again;

	require(tmd_user_id(fs, user, &again, &err) == TMD_OK && again == id);
	require(tmd_group_id(fs, group, &again, &err) == TMD_OK && again == id);
	require(!strchr("#+-", *user) && !strchr("#+-", *group));
}

/* The numbers that stand anywhere, the first ones. */
static void check_numbers(const char *text)
{
	for (int i = 0; i < NUMBERS_MAX; i++) {
		unsigned long long number;

		text += strcspn(text, "0123456789");
		number = strtoull(text, NULL, 10);
		if (*text && number < UINT32_MAX)
			check_back((uint32_t)number);
		text += strspn(text, "0123456789");
	}
}

static void check_user(const char *name)
{
	struct tmd_user user = { 0 };
	struct tmd_error err = { 0 };
	uint32_t uid;

	if (find_user(name, &user))
		require(name[strspn(name, "0123456789")] == '\0' ||
			(tmd_user_id(fs, name, &uid, &err) == TMD_OK && uid == user.uid));
	tmd_user_release(&user);
}

#ifdef __GLIBC__ /* the reader of musl is another one, and stricter */

/* What a system would let anybody be called; the rest is invalid input for us. */
static bool is_plain(const char *name)
{
	bool plain = name[0] && name[strspn(name, "0123456789")] && !strchr("#+-", name[0]);

	for (const char *c = name; *c; c++)
		plain = plain && (unsigned char)*c >= ' ' && *c != 0x7F && *c != '/';
	return plain;
}

static bool seen_before(struct tmd_strv *names, const char *name)
{
	if (tmd_strv_has(names, name))
		return true;
	tmd_strv_add(names, name);
	return false;
}

/* A sign in front of a number, and one that does not fit, the C library takes in its own way. */
static bool has_odd_number(const char *data, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++) {
		if (strchr("+-", data[i]) && tmd_is_digit(data[i + 1]))
			return true;
	}
	return false;
}

static void compare_user(const struct passwd *theirs)
{
	struct tmd_user ours = { 0 };
	bool found = find_user(theirs->pw_name, &ours);

	require(found == (theirs->pw_dir[0] == '/'));
	if (found)
		require(ours.uid == theirs->pw_uid && ours.gid == theirs->pw_gid &&
			strcmp(ours.home, theirs->pw_dir) == 0);
	tmd_user_release(&ours);
}

static void compare_users(const char *data, size_t size)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
	const struct passwd *theirs;

	while (file && (theirs = fgetpwent(file)) != NULL) {
		if (theirs->pw_uid == UINT32_MAX || theirs->pw_gid == UINT32_MAX)
			break;
		if (is_plain(theirs->pw_name) && !seen_before(&names, theirs->pw_name))
			compare_user(theirs);
	}
	if (file)
		fclose(file);
}

static void compare_groups(const char *data, size_t size)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
	const struct group *theirs;
	uint32_t gid;

	while (file && (theirs = fgetgrent(file)) != NULL) {
		if (theirs->gr_gid == UINT32_MAX)
			break;
		if (is_plain(theirs->gr_name) && !seen_before(&names, theirs->gr_name))
			require(find_group(theirs->gr_name, &gid) && gid == theirs->gr_gid);
	}
	if (file)
		fclose(file);
}

/*
 * Where blanks stand in front, the C library moves a line without its end. What a newline does not
 * end comes out with pieces repeated: a line with a NUL in it, and the last one.
 */
static bool is_garbled(const char *data, size_t size)
{
	size_t start = size;

	while (start && data[start - 1] != '\n')
		start--;
	return memchr(data, '\0', size) || (start < size && tmd_is_space(data[start]));
}

static void compare(const char *data, size_t size)
{
	if (!size || has_odd_number(data, size) || is_garbled(data, size))
		return;
	compare_users(data, size);
	compare_groups(data, size);
}

#else

static void compare(const char *data, size_t size)
{
	(void)data;
	(void)size;
}

#endif

/* Each name that stands at the start of a line, and one that may not. */
static void check_names(const char *data, size_t size)
{
	const char *end = data + size;

	for (const char *at = data; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((newline ? newline : end) - at);
		const char *colon = memchr(at, ':', line);
		TMD_AUTO_FREE char *name = tmd_strndup(at, colon ? (size_t)(colon - at) : line);
		uint32_t gid;

		check_user(name);
		(void)find_group(name, &gid);
		at += line + 1;
	}
	check_user("nobody-here");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	open_root();
	scratch_root_write(0, "passwd", data, size);
	scratch_root_write(1, "group", data, size);
	check_names((const char *)data, size);
	compare((const char *)data, size);
	text = tmd_strndup((const char *)data, size);
	check_numbers(text);
	free(text);
	return 0;
}
