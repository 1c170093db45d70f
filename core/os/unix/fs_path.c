/*
 * Paths below the root, walked one component at a time with descriptors. Each component is
 * opened once, and that descriptor tells everything about it: what it is, whose, and where it
 * leads. The kernel never follows a link for us, so no link can lead out of the root, and a
 * directory that is renamed meanwhile stays the one that was looked at. Several directories without
 * a link among them are entered by one call, where the kernel has it.
 */
#include "os/unix/fs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/sys_error.h"
#include "os/user.h"

#define LINK_MAX_FOLLOWED 40 /* as the kernel */
#define OPEN_MAX_TOTAL 16384 /* directories one walk may open: links full of ".." are costly */

struct walk {
	const struct tmd_fs *fs;
	const char *asked; /* the path as given, for messages */
	unsigned flags;
	int dir;	     /* the directory reached, -1: to be opened again; may be fs->fd */
	struct tmd_buf at;   /* its canonical path, "" for the root; missing components last */
	size_t missing;	     /* so many at the end of `at` do not exist */
	struct tmd_buf rest; /* what is left to walk */
	size_t rest_at;
	unsigned links;
	unsigned opened;
	uid_t link_owner; /* TMD_PLACE_WRITE, _READ: whose links were followed, 0: only of those who
			     are trusted */
	gid_t link_group; /* the group of these links, 0: of no group that counts */
	bool mixed_links; /* TMD_PLACE_READ: links of a second user were followed as well */
	uid_t visitor;	  /* TMD_PLACE_WORLD: can enter his own directories too, 0: nobody */
	gid_t visitor_group; /* and those that are open to this group, 0: none */
	const struct tmd_user *reader; /* TMD_PLACE_WORLD: he alone counts; NULL: everybody */
	struct tmd_fs *groups;	       /* where his groups stand */
	char *culprit;
	uid_t culprit_owner;
};

static enum tmd_rc fail_walk(const struct walk *w, int sys, struct tmd_error *err)
{
	return tmd_fail_sys(err, sys, w->asked, "cannot follow the path");
}

static void close_dir(struct walk *w)
{
	if (w->dir != w->fs->fd)
		tmd_fd_close(&w->dir);
	w->dir = -1;
}

static void walk_release(struct walk *w)
{
	close_dir(w);
	tmd_buf_release(&w->at);
	tmd_buf_release(&w->rest);
	free(w->culprit);
}

static enum tmd_rc push_name(struct walk *w, const char *name, struct tmd_error *err)
{
	tmd_buf_add_char(&w->at, '/');
	tmd_buf_add_str(&w->at, name);
	return w->at.overflow ? fail_walk(w, ENAMETOOLONG, err) : TMD_OK;
}

static void pop_name(struct walk *w)
{
	if (!w->at.len)
		return;
	w->at.len = (size_t)(tmd_path_base(w->at.data) - w->at.data) - 1;
	w->at.data[w->at.len] = '\0';
	if (w->missing)
		w->missing--;
	else
		close_dir(w);
}

static bool can_enter(const struct walk *w, const struct stat *st)
{
	const struct tmd_stat seen = { .mode = st->st_mode & 07777, .uid = st->st_uid,
				       .gid = st->st_gid };

	if (w->reader)
		return tmd_user_may(w->groups, w->reader, &seen, S_IXOTH);
	return (st->st_mode & S_IXOTH) || (w->visitor && st->st_uid == w->visitor) ||
	       (w->visitor_group && st->st_gid == w->visitor_group && (st->st_mode & S_IXGRP));
}

static enum tmd_rc note_directory(struct walk *w, struct tmd_error *err)
{
	struct stat st;

	if (!(w->flags & TMD_PLACE_WORLD) || w->culprit)
		return TMD_OK;
	if (fstat(w->dir, &st) != 0)
		return fail_walk(w, errno, err);
	if (can_enter(w, &st))
		return TMD_OK;
	w->culprit = tmd_format("%s has mode %04o", w->at.len ? w->at.data : "/",
				(unsigned)(st.st_mode & 07777));
	w->culprit_owner = st.st_uid;
	return TMD_OK;
}

/* 0, or an errno value: the directory reached becomes its entry `name`. */
static int enter(struct walk *w, const char *name)
{
	int fd;

	if (++w->opened > OPEN_MAX_TOTAL)
		return ELOOP;
	fd = openat(w->dir, name, TMD_FD_DIRECTORY);
	if (fd < 0)
		return errno;
	close_dir(w);
	w->dir = fd;
	return 0;
}

/* Opens the directory `at` again, after ".." or an absolute link. */
static enum tmd_rc reopen(struct walk *w, struct tmd_error *err)
{
	char name[NAME_MAX + 1];
	const char *at = tmd_buf_str(&w->at);

	if (w->dir >= 0)
		return TMD_OK;
	w->dir = w->fs->fd;
	while (*at) {
		size_t len = strcspn(++at, "/");
		int failed;

		memcpy(name, at, len);
		name[len] = '\0';
		failed = enter(w, name);
		if (failed)
			return fail_walk(w, failed, err);
		at += len;
	}
	return TMD_OK;
}

/* Takes the next component off `rest`; false at its end. Names are at most NAME_MAX long. */
static bool next_name(struct walk *w, char *name, bool *last, bool *too_long)
{
	const char *rest = tmd_buf_str(&w->rest);
	size_t len;

	w->rest_at += strspn(rest + w->rest_at, "/");
	len = strcspn(rest + w->rest_at, "/");
	*too_long = len > NAME_MAX;
	if (!len || *too_long)
		return false;
	memcpy(name, rest + w->rest_at, len);
	name[len] = '\0';
	w->rest_at += len;
	*last = !rest[w->rest_at + strspn(rest + w->rest_at, "/")];
	return true;
}

/* The directories at the start of `rest`, relative and plain; where the text goes on behind them. */
static size_t take_directories(struct walk *w, struct tmd_buf *path, unsigned *count)
{
	size_t start = w->rest_at;
	size_t behind = start;
	char name[NAME_MAX + 1];
	bool too_long;
	bool last;

	while (next_name(w, name, &last, &too_long) && !last && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0) {
		tmd_buf_addf(path, "/%s", name);
		behind = w->rest_at;
		(*count)++;
	}
	w->rest_at = start;
	return behind;
}

/*
 * Enters several directories at once, which costs as much as one. Where this fails, for whatever
 * reason, step() finds out which; and where each has to be looked at, it does not serve.
 */
static void leap(struct walk *w)
{
	TMD_AUTO_BUF struct tmd_buf path = { 0 };
	struct tmd_error ignored;
	unsigned count = 0;
	size_t behind;
	int fd;

	if (w->missing || (w->flags & TMD_PLACE_WORLD))
		return;
	behind = take_directories(w, &path, &count);
	if (count < 2 || w->at.len + path.len >= TMD_PATH_LIMIT || reopen(w, &ignored) != TMD_OK)
		return;
	fd = tmd_fd_open_directories(w->dir, path.data + 1);
	if (fd < 0)
		return;
	close_dir(w);
	w->dir = fd;
	w->opened += count;
	w->rest_at = behind;
	tmd_buf_add(&w->at, path.data, path.len);
}

/*
 * Nobody is led by another user's link to what that user does not own: remember whose links were
 * followed, check_owner() compares at the end.
 */
static enum tmd_rc note_link(struct walk *w, const struct stat *st, struct tmd_error *err)
{
	if (!(w->flags & (TMD_PLACE_WRITE | TMD_PLACE_READ)))
		return TMD_OK;
	if (st->st_uid == 0 || st->st_uid == geteuid())
		return TMD_OK;
	if (!w->link_owner)
		w->link_group = geteuid() == 0 ? 0 : st->st_gid;
	else if (w->link_group != st->st_gid)
		w->link_group = 0;
	w->mixed_links = w->mixed_links || (w->link_owner && w->link_owner != st->st_uid);
	if (w->mixed_links && (w->flags & TMD_PLACE_WRITE))
		return tmd_fail(err, TMD_E_REFUSED, w->asked, "name the file itself, without links",
				"symbolic links of different users (%lu and %lu) lead there",
				(unsigned long)w->link_owner, (unsigned long)st->st_uid);
	w->link_owner = st->st_uid;
	return TMD_OK;
}

static enum tmd_rc walk_fully(struct walk *w, struct tmd_place *out, struct tmd_error *err);

static bool leads_to_secret(const struct walk *w, const struct tmd_place *found)
{
	mode_t mode = found->st.st_mode;

	return found->culprit || (!(mode & S_IROTH) && !(w->link_group && (mode & S_IRGRP) &&
							 found->st.st_gid == w->link_group));
}

/*
 * Could the owner of the links read the target himself, as its owner or as anybody? For all but
 * root it is enough when a group may that the link has too, as in a project that is shared.
 */
static enum tmd_rc check_secret(const struct walk *w, const struct tmd_place *place,
				struct tmd_error *err)
{
	struct walk direct = { .fs = w->fs,
			       .asked = place->path,
			       .flags = TMD_PLACE_WORLD,
			       .dir = -1,
			       .visitor = w->mixed_links ? 0 : w->link_owner,
			       .visitor_group = w->link_group };
	TMD_AUTO_PLACE struct tmd_place found = { 0 };

	if (place->st.st_uid == w->link_owner && !w->mixed_links)
		return TMD_OK;
	if (walk_fully(&direct, &found, err) != TMD_OK)
		return TMD_FAILED;
	if (!leads_to_secret(w, &found) && found.st.st_ino == place->st.st_ino &&
	    found.st.st_dev == place->st.st_dev)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, w->asked, "remove the link",
			"a symbolic link of user %lu leads to %s, which that user has no "
			"right to read",
			(unsigned long)w->link_owner, place->path);
}

/* A new file is made in a directory of the link's owner only; one that is there has to be his. */
static enum tmd_rc check_owner(const struct walk *w, const struct tmd_place *place,
			       struct tmd_error *err)
{
	struct stat st;

	if (!w->link_owner)
		return TMD_OK;
	if (w->flags & TMD_PLACE_READ)
		return place->exists ? check_secret(w, place, err) : TMD_OK;
	if (place->exists)
		st = place->st;
	else if (fstat(w->dir, &st) != 0)
		return fail_walk(w, errno, err);
	if (st.st_uid == w->link_owner)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, w->asked,
			"name the file itself, without the link, if this is meant",
			"a symbolic link of user %lu leads to %s, which is not that user's",
			(unsigned long)w->link_owner, place->path);
}

/* Puts the text of a link, open and examined, before what is left to walk. */
static enum tmd_rc follow(struct walk *w, int link, const struct stat *st, struct tmd_error *err)
{
	char text[TMD_PATH_LIMIT];
	ssize_t len = readlinkat(link, "", text, sizeof(text));

	if (len < 0)
		return fail_walk(w, errno, err);
	if (len == 0)
		return fail_walk(w, ENOENT, err);
	if ((size_t)len == sizeof(text))
		return fail_walk(w, ENAMETOOLONG, err);
	if (++w->links > LINK_MAX_FOLLOWED)
		return fail_walk(w, ELOOP, err);
	if (note_link(w, st, err) != TMD_OK)
		return TMD_FAILED;
	if (text[0] == '/') {
		close_dir(w);
		tmd_buf_clear(&w->at);
	}
	tmd_buf_splice(&w->rest, 0, w->rest_at, "/", 1);
	tmd_buf_splice(&w->rest, 0, 0, text, (size_t)len);
	w->rest_at = 0;
	if (w->rest.overflow)
		return fail_walk(w, ENAMETOOLONG, err);
	leap(w);
	return TMD_OK;
}

/* Something in the middle of the path that is not a directory, or was not one a moment ago. */
static enum tmd_rc step_over_link(struct walk *w, const char *name, int failed,
				  struct tmd_error *err)
{
	TMD_AUTO_FD int fd = -1;
	struct stat st = { 0 };
	int sys = tmd_fd_open_entry(w->dir, name, &fd, &st);

	if (sys)
		return fail_walk(w, sys, err);
	return S_ISLNK(st.st_mode) ? follow(w, fd, &st, err) : fail_walk(w, failed, err);
}

/* One component in the middle of the path. */
static enum tmd_rc step(struct walk *w, const char *name, struct tmd_error *err)
{
	int failed;

	if (w->missing) {
		w->missing++;
		return push_name(w, name, err);
	}
	if (reopen(w, err) != TMD_OK)
		return TMD_FAILED;
	failed = enter(w, name);
	if (failed == ENOENT && (w->flags & TMD_PLACE_MISSING)) {
		w->missing = 1;
		return push_name(w, name, err);
	}
	if (failed == ENOTDIR || failed == ELOOP)
		return step_over_link(w, name, failed, err);
	if (failed)
		return fail_walk(w, failed, err);
	if (push_name(w, name, err) != TMD_OK)
		return TMD_FAILED;
	return note_directory(w, err);
}

/* The last component; `*again` when it was a link and the walk goes on. */
static enum tmd_rc finish(struct walk *w, const char *name, struct tmd_place *out, bool *again,
			  struct tmd_error *err)
{
	int failed;

	*again = false;
	tmd_fd_close(&out->fd);
	if (!w->missing && reopen(w, err) != TMD_OK)
		return TMD_FAILED;
	failed = w->missing ? ENOENT : tmd_fd_open_entry(w->dir, name, &out->fd, &out->st);
	out->exists = !failed;
	if (failed && failed != ENOENT)
		return fail_walk(w, failed, err);
	if (!out->exists && !(w->flags & TMD_PLACE_MISSING))
		return tmd_fail_sys(err, ENOENT, w->asked, "cannot open");
	*again = out->exists && S_ISLNK(out->st.st_mode) && (w->flags & TMD_PLACE_FOLLOW);
	if (*again)
		return follow(w, out->fd, &out->st, err);
	if (strcmp(name, ".") == 0)
		out->path = tmd_strdup("/");
	else
		out->path = tmd_format("%s/%s", tmd_buf_str(&w->at), name);
	out->name = strcmp(name, ".") == 0 ? "." : tmd_path_base(out->path);
	if (strlen(out->path) >= TMD_PATH_LIMIT)
		return fail_walk(w, ENAMETOOLONG, err);
	return check_owner(w, out, err);
}

/* The path ended on "/", "." or "..": what was reached is itself the last component. */
static enum tmd_rc finish_directory(struct walk *w, struct tmd_place *out, struct tmd_error *err)
{
	char name[NAME_MAX + 1] = ".";
	bool again;

	if (w->at.len) {
		const char *last = tmd_path_base(w->at.data);

		memcpy(name, last, strlen(last) + 1);
		pop_name(w);
	}
	if (finish(w, name, out, &again, err) != TMD_OK)
		return TMD_FAILED;
	/* A link where a directory was a moment ago: somebody plays with the tree. */
	return again ? fail_walk(w, ELOOP, err) : TMD_OK;
}

static enum tmd_rc walk_path(struct walk *w, struct tmd_place *out, struct tmd_error *err)
{
	char name[NAME_MAX + 1];
	bool too_long;
	bool last;
	bool again;

	leap(w);
	while (next_name(w, name, &last, &too_long)) {
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			pop_name(w);
			continue;
		}
		if (!last && step(w, name, err) != TMD_OK)
			return TMD_FAILED;
		if (!last)
			continue;
		if (finish(w, name, out, &again, err) != TMD_OK)
			return TMD_FAILED;
		if (!again)
			return TMD_OK;
	}
	if (too_long)
		return fail_walk(w, ENAMETOOLONG, err);
	return finish_directory(w, out, err);
}

static enum tmd_rc start_walk(struct walk *w, struct tmd_error *err)
{
	if (!tmd_path_is_absolute(w->asked))
		return tmd_fail(err, TMD_E_INVALID_INPUT, w->asked, "give the whole path, from /",
				"the path is not absolute");
	w->dir = w->fs->fd;
	tmd_buf_init(&w->at, TMD_PATH_LIMIT);
	tmd_buf_init(&w->rest, (size_t)2 * TMD_PATH_LIMIT);
	if (strlen(w->asked) >= TMD_PATH_LIMIT)
		return fail_walk(w, ENAMETOOLONG, err);
	tmd_buf_add_str(&w->rest, w->asked);
	/* The directory that holds an offline image is not part of it: often it is private. */
	return w->fs->live ? note_directory(w, err) : TMD_OK;
}

static enum tmd_rc walk_fully(struct walk *w, struct tmd_place *out, struct tmd_error *err)
{
	struct tmd_place place = { .fs = w->fs, .dir = -1, .fd = -1 };
	enum tmd_rc rc = start_walk(w, err);

	if (rc == TMD_OK)
		rc = walk_path(w, &place, err);
	if (rc == TMD_OK) {
		place.dir = w->dir;
		place.missing = w->missing;
		place.culprit = w->culprit;
		place.culprit_owner = w->culprit_owner;
		w->dir = -1;
		w->culprit = NULL;
		*out = place;
	} else {
		tmd_place_release(&place);
	}
	walk_release(w);
	return rc;
}

enum tmd_rc tmd_place_find(const struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err)
{
	struct walk w = { .fs = fs, .asked = path, .flags = flags, .dir = -1 };

	return walk_fully(&w, out, err);
}

enum tmd_rc tmd_place_visit(struct tmd_fs *fs, const char *path, const struct tmd_user *reader,
			    struct tmd_place *out, struct tmd_error *err)
{
	struct walk w = { .fs = fs,
			  .asked = path,
			  .flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WORLD,
			  .dir = -1,
			  .reader = reader,
			  .groups = fs };

	return walk_fully(&w, out, err);
}
