/*
 * Who else may change what a path leads to. The path is walked one entry at a time, each from a
 * directory that only trusted users can change: the first that others can ends the walk, so that
 * nobody can exchange what was judged.
 */
#include "os/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"
#include "os/unix/user_internal.h"

#define LINKS_MAX 40 /* as the kernel */
#define ACCESS_LIST "system.posix_acl_access"

struct search {
	struct tmd_fs *fs;
	const char *asked;
	uint32_t trusted[2]; /* besides root */
	struct tmd_buf rest; /* what is left to walk; links are put before it */
	unsigned links;
	bool directory; /* is what was reached one? */
	char *why;
};

static void search_release(struct search *s)
{
	tmd_buf_release(&s->rest);
	free(s->why);
}

static bool is_trusted(const struct search *s, uid_t uid)
{
	return uid == 0 || uid == s->trusted[0] || uid == s->trusted[1];
}

/* The group's bits are the mask where there is an access list: it may name anybody. */
static bool has_access_list(int dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_format("/proc/self/fd/%d/%s", dir, name);

	return lgetxattr(path, ACCESS_LIST, NULL, 0) > 0;
}

/* Says in s->why who else may write to the entry that `shown` names. */
static void judge_mode(struct search *s, int dir, const char *name, const struct stat *st,
		       const char *shown)
{
	if (st->st_mode & S_IWOTH)
		s->why = tmd_format("every user may write to %s", shown);
	else if (!(st->st_mode & S_IWGRP))
		return;
	else if (has_access_list(dir, name))
		s->why = tmd_format("the access list of %s lets others write", shown);
	else if (st->st_gid != 0 && !tmd_group_has_only(s->fs, st->st_gid, s->trusted, 2)) {
		TMD_AUTO_FREE char *group = tmd_group_name(s->fs, st->st_gid);

		s->why = tmd_format("group %s may write to %s", group, shown);
	}
}

static void judge_owner(struct search *s, const struct stat *st, const char *shown)
{
	TMD_AUTO_FREE char *user = NULL;

	if (is_trusted(s, st->st_uid))
		return;
	user = tmd_user_name(s->fs, st->st_uid);
	s->why = tmd_format("%s belongs to user %s", shown, user);
}

/* In a directory such as /tmp others can take away only what is theirs, and make what is not there. */
static bool is_held_back(const struct search *s, const struct tmd_place *place,
			 const struct stat *dir)
{
	return (dir->st_mode & S_ISVTX) && place->exists && !place->missing &&
	       is_trusted(s, place->st.st_uid);
}

static enum tmd_rc judge_directory(struct search *s, const struct tmd_place *place,
				   struct tmd_error *err)
{
	TMD_AUTO_FREE char *shown = tmd_path_dir(place->path);
	struct stat st;

	for (size_t i = 0; i < place->missing; i++) {
		char *parent = tmd_path_dir(shown);

		free(shown);
		shown = parent;
	}
	if (fstat(place->dir, &st) != 0)
		return tmd_fail_sys(err, errno, s->asked, "cannot examine the directory");
	judge_owner(s, &st, shown);
	if (!s->why && !is_held_back(s, place, &st))
		judge_mode(s, place->dir, ".", &st, shown);
	return TMD_OK;
}

static enum tmd_rc follow(struct search *s, const struct tmd_place *place, bool *absolute,
			  struct tmd_error *err)
{
	char text[TMD_PATH_LIMIT];
	ssize_t len = readlinkat(place->fd, "", text, sizeof(text));

	if (len <= 0 || (size_t)len == sizeof(text) || ++s->links > LINKS_MAX)
		return tmd_fail_sys(err, len < 0 ? errno : ELOOP, s->asked,
				    "cannot follow the path");
	*absolute = text[0] == '/';
	tmd_buf_splice(&s->rest, 0, 0, "/", 1);
	tmd_buf_splice(&s->rest, 0, 0, text, (size_t)len);
	return tmd_buf_check(&s->rest, s->asked, err);
}

/* Takes the next name off what is left; the caller frees. NULL: nothing is. */
static char *next_name(struct search *s)
{
	size_t skip = strspn(tmd_buf_str(&s->rest), "/");
	size_t len = strcspn(tmd_buf_str(&s->rest) + skip, "/");
	char *name = len ? tmd_strndup(s->rest.data + skip, len) : NULL;

	tmd_buf_splice(&s->rest, 0, skip + len, NULL, 0);
	return name;
}

/* The next entry below *at, a path without links; *at grows by it, or starts anew after a link. */
static enum tmd_rc step(struct search *s, const char *name, char **at, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_FREE char *path = tmd_path_join(*at, name);
	bool absolute = false;

	if (tmd_place_find(s->fs, path, TMD_PLACE_MISSING, &place, err) ||
	    judge_directory(s, &place, err))
		return TMD_FAILED;
	s->directory = place.exists;
	if (s->why || !place.exists)
		return TMD_OK;
	if (S_ISLNK(place.st.st_mode)) {
		if (follow(s, &place, &absolute, err))
			return TMD_FAILED;
		tmd_free_ptr(&path);
		path = tmd_strdup(absolute ? "/" : *at);
	} else if (!S_ISDIR(place.st.st_mode)) {
		s->directory = false;
		judge_owner(s, &place.st, place.path);
		if (!s->why)
			judge_mode(s, place.dir, place.name, &place.st, place.path);
	}
	free(*at);
	*at = path;
	path = NULL;
	return TMD_OK;
}

static enum tmd_rc walk(struct search *s, char **at, struct tmd_error *err)
{
	while (!s->why && s->directory) {
		TMD_AUTO_FREE char *name = next_name(s);

		if (!name)
			return TMD_OK;
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			char *parent = tmd_path_dir(*at);

			free(*at);
			*at = parent;
		} else if (step(s, name, at, err)) {
			return TMD_FAILED;
		}
	}
	return TMD_OK;
}

/* What the walk ended on, if that is a directory: who may put files there? */
static enum tmd_rc judge_end(struct search *s, const char *at, struct tmd_error *err)
{
	TMD_AUTO_FREE char *inside = tmd_path_join(at, "."); /* no name that a file has */
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (s->why || !s->directory)
		return TMD_OK;
	if (tmd_place_find(s->fs, inside, TMD_PLACE_MISSING, &place, err))
		return TMD_FAILED;
	if (!place.exists)
		return TMD_OK;
	judge_owner(s, &place.st, place.path);
	if (!s->why)
		judge_mode(s, place.dir, place.name, &place.st, place.path);
	return TMD_OK;
}

enum tmd_rc tmd_fs_changeable_by_others(struct tmd_fs *fs, const char *path, uint32_t user,
					char **why, struct tmd_error *err)
{
	TMD_CLEANUP(search_release) struct search s = {
		.fs = fs, .asked = path, .directory = true,
		.trusted = { geteuid(), user == TMD_KEEP ? 0 : user }
	};
	TMD_AUTO_FREE char *at = tmd_strdup("/");

	if (!tmd_path_is_absolute(path))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "give the whole path, from /",
				"the path is not absolute");
	tmd_buf_init(&s.rest, (size_t)2 * TMD_PATH_LIMIT);
	tmd_buf_add_str(&s.rest, path);
	if (tmd_buf_check(&s.rest, path, err) || walk(&s, &at, err) || judge_end(&s, at, err))
		return TMD_FAILED;
	*why = s.why;
	s.why = NULL;
	return TMD_OK;
}
