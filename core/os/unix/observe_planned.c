/*
 * Planned files over the tree. An overlay of two layers and none to write to shows them in one
 * mount; where there is none to be had, or where it would hide mounts, the directory is shown
 * entry by entry.
 */
#include "os/unix/observe_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/fs_internal.h"
#include "os/unix/observe_mounts.h"

#define MIRROR_MAX 4096 /* entries of a directory */
#define LAYER_FLAGS ((unsigned long)(MS_RDONLY | MS_NOSUID | MS_NODEV))

/* ---- what both ways need ---- */

/* The nearest directory on the way to `path` that exists. Caller frees. */
static char *existing_directory(const char *path)
{
	char *dir = tmd_path_dir(path);
	struct stat st;

	while (strcmp(dir, "/") != 0 && (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))) {
		char *up = tmd_path_dir(dir);

		free(dir);
		dir = up;
	}
	return dir;
}

/* What comes after `dir` in a path below it. */
static const char *rest_of(const char *path, const char *dir)
{
	return strcmp(dir, "/") == 0 ? path + 1 : path + strlen(dir) + 1;
}

static bool is_below(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	return strcmp(dir, "/") == 0 || (strncmp(path, dir, len) == 0 && path[len] == '/');
}

/* A user namespace knows one owner only: there it is the caller's. */
static void give_away(int fd, uid_t uid, gid_t gid)
{
	if (fchown(fd, uid, gid) != 0)
		errno = 0;
}

/* Owner and mode as in the tree. */
static int take_looks(int dir, const char *name, const char *original)
{
	TMD_AUTO_FD int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st = { .st_mode = 0755 };

	if (fd < 0)
		return errno;
	if (stat(original, &st) == 0)
		give_away(fd, st.st_uid, st.st_gid);
	return fchmod(fd, st.st_mode & 07777) == 0 ? 0 : errno;
}

static int write_file(int dir, const char *name, const struct tmd_observed_file *file)
{
	TMD_AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	const char *at = file->data;

	if (fd < 0)
		return errno;
	for (size_t left = file->len; left;) {
		ssize_t done = write(fd, at, left);

		if (done <= 0)
			return errno ? errno : EIO;
		at += done;
		left -= (size_t)done;
	}
	give_away(fd, file->uid, file->gid);
	return fchmod(fd, file->mode ? file->mode & 07777 : 0644) == 0 ? 0 : errno;
}

/* The directories on the way to `rest` in `layer`, as they are in `base`. */
static int make_way(int layer, const char *base, const char *rest)
{
	for (const char *slash = strchr(rest, '/'); slash; slash = strchr(slash + 1, '/')) {
		TMD_AUTO_FREE char *name = tmd_strndup(rest, (size_t)(slash - rest));
		TMD_AUTO_FREE char *original = tmd_path_join(base, name);
		int failed = mkdirat(layer, name, 0700) == 0 ? 0 : errno;

		if (failed == EEXIST)
			continue;
		if (!failed)
			failed = take_looks(layer, name, original);
		if (failed)
			return failed;
	}
	return 0;
}

/* A new private directory in the stage, open. -1 with errno. */
static int make_layer(const struct tmd_sandbox *box, const char *name)
{
	if (mkdirat(box->stage, name, 0700) != 0)
		return -1;
	return openat(box->stage, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ---- by overlay ---- */

static bool has_mounts(const struct tmd_sandbox *box, const char *dir)
{
	TMD_AUTO_STRV struct tmd_strv mounts = { 0 };

	if (tmd_mounts_below(box->table, dir, &mounts) != 0)
		return true;
	for (size_t i = 0; i < mounts.count; i++) {
		if (strcmp(mounts.items[i], dir) != 0)
			return true;
	}
	return false;
}

static int fill_layer(const struct tmd_sandbox *box, int layer, const char *base)
{
	for (size_t i = 0; i < box->count; i++) {
		const struct tmd_observed_place *place = &box->places[i];
		const char *rest;
		struct stat st;
		int failed;

		if (!is_below(place->path, base) ||
		    (place->file->gone && lstat(place->path, &st) != 0))
			continue;
		rest = rest_of(place->path, base);
		failed = make_way(layer, base, rest);
		if (!failed && place->file->gone)
			failed = mknodat(layer, rest, S_IFCHR, makedev(0, 0)) == 0 ? 0 : errno;
		else if (!failed)
			failed = write_file(layer, rest, place->file);
		if (failed)
			return failed;
	}
	return take_looks(layer, ".", base);
}

static int lay_overlay(const struct tmd_sandbox *box, const char *base, const char *name)
{
	TMD_AUTO_FREE char *options = tmd_format("lowerdir=.:%s", base);
	TMD_AUTO_FD int layer = -1;
	int failed;

	if (strpbrk(base, ",:\\\"") || strcmp(base, "/") == 0 || has_mounts(box, base))
		return EINVAL;
	layer = make_layer(box, name);
	if (layer < 0)
		return errno;
	failed = fill_layer(box, layer, base);
	if (failed)
		return failed;
	if (fchdir(layer) != 0 || mount("overlay", base, "overlay", LAYER_FLAGS, options) != 0)
		return errno;
	return 0;
}

/* ---- entry by entry ---- */

static int show_entry(int stage, const char *target, const char *source, mode_t type)
{
	char text[TMD_PATH_LIMIT];
	ssize_t len;
	int fd;

	if (S_ISLNK(type)) {
		len = readlink(source, text, sizeof(text) - 1);
		if (len < 0)
			return errno;
		text[len] = '\0';
		return symlinkat(text, stage, target) == 0 ? 0 : errno;
	}
	if (S_ISDIR(type)) {
		if (mkdirat(stage, target, 0700) != 0)
			return errno;
	} else {
		fd = openat(stage, target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return errno;
		close(fd);
	}
	if (fchdir(stage) != 0 || mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0)
		return errno;
	return 0;
}

int tmd_mount_mirror(int stage, const char *target, const char *from,
		     bool (*skip)(void *arg, const char *name), void *arg)
{
	DIR *dir = opendir(from);
	const struct dirent *entry;
	size_t count = 0;
	int failed = 0;

	if (!dir)
		return errno;
	while (!failed && (entry = readdir(dir))) {
		TMD_AUTO_FREE char *shown = tmd_path_join(target, entry->d_name);
		TMD_AUTO_FREE char *source = tmd_path_join(from, entry->d_name);
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    (skip && skip(arg, entry->d_name)) || lstat(source, &st) != 0)
			continue;
		failed = ++count > MIRROR_MAX ? E2BIG
					      : show_entry(stage, shown, source, st.st_mode);
	}
	closedir(dir);
	return failed;
}

/* The planned files whose nearest existing directory is `base`. */
struct mirrored {
	const struct tmd_sandbox *box;
	const char *base;
};

static bool is_planned(void *arg, const char *name)
{
	const struct mirrored *mirrored = arg;
	TMD_AUTO_FREE char *path = tmd_path_join(mirrored->base, name);

	for (size_t i = 0; i < mirrored->box->count; i++) {
		if (strcmp(mirrored->box->places[i].path, path) == 0)
			return true;
	}
	return false;
}

static int fill_mirror(const struct tmd_sandbox *box, int layer, const char *base)
{
	for (size_t i = 0; i < box->count; i++) {
		const struct tmd_observed_place *place = &box->places[i];
		TMD_AUTO_FREE char *dir = existing_directory(place->path);
		int failed;

		if (strcmp(dir, base) != 0 || place->file->gone)
			continue;
		failed = make_way(layer, base, rest_of(place->path, base));
		if (!failed)
			failed = write_file(layer, rest_of(place->path, base), place->file);
		if (failed)
			return failed;
	}
	return take_looks(layer, ".", base);
}

static int lay_mirror(const struct tmd_sandbox *box, const char *base, const char *name)
{
	struct mirrored mirrored = { .box = box, .base = base };
	TMD_AUTO_FD int layer = make_layer(box, name);
	int failed = layer < 0 ? errno : 0;

	if (!failed)
		failed = tmd_mount_mirror(box->stage, name, base, is_planned, &mirrored);
	if (!failed)
		failed = fill_mirror(box, layer, base);
	if (failed)
		return failed;
	if (fchdir(box->stage) != 0 || mount(name, base, NULL, MS_BIND | MS_REC, NULL) != 0)
		return errno;
	return tmd_mount_restrict(base, MS_NOSUID | MS_NODEV);
}

/* ---- the whole ---- */

static int by_length(const void *a, const void *b)
{
	const size_t left = strlen(*(char *const *)a);
	const size_t right = strlen(*(char *const *)b);

	return (left > right) - (left < right);
}

/* Each once, those that hold others first. */
static void find_bases(const struct tmd_sandbox *box, struct tmd_strv *bases)
{
	for (size_t i = 0; i < box->count; i++) {
		TMD_AUTO_FREE char *dir = existing_directory(box->places[i].path);

		tmd_strv_add_once(bases, dir);
	}
	if (bases->count)
		qsort(bases->items, bases->count, sizeof(*bases->items), by_length);
}

static bool is_laid(const struct tmd_strv *laid, const char *base)
{
	for (size_t i = 0; i < laid->count; i++) {
		if (is_below(base, laid->items[i]))
			return true;
	}
	return false;
}

bool tmd_sandbox_lay(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	TMD_AUTO_STRV struct tmd_strv bases = { 0 };
	TMD_AUTO_STRV struct tmd_strv laid = { 0 }; /* with all that is below */

	find_bases(box, &bases);
	for (size_t i = 0; i < bases.count; i++) {
		TMD_AUTO_FREE char *overlay = tmd_format("overlay%zu", i);
		TMD_AUTO_FREE char *mirror = tmd_format("mirror%zu", i);
		const char *base = bases.items[i];
		int failed;

		if (is_laid(&laid, base))
			continue;
		failed = lay_overlay(box, base, overlay);
		if (!failed)
			tmd_strv_add(&laid, base);
		else
			failed = lay_mirror(box, base, mirror);
		if (failed)
			return tmd_observe_fail(failure, failed, "cannot show planned files in",
						base);
	}
	if (tmd_mounts_below(box->table, "/", &box->mounts) != 0)
		tmd_strv_release(&box->mounts);
	return true;
}
