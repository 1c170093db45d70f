/*
 * Paths of the live machine and below an offline root, walked one component at a time with
 * handles. Symbolic links and junctions are read and followed here, so that no link can lead
 * out of an offline root, and so that it is known whose links an elevated caller follows.
 */
#include "os/win32/fs_walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define LINK_MAX_FOLLOWED 63 /* as Windows */

/* Somebody plays with the tree while we walk it. */
static enum tmd_rc fail_raced(const struct tmd_walk *w, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, w->asked, "run again when nobody changes it",
			"a link took the place of a directory at the same moment");
}

static enum tmd_rc push_name(struct tmd_walk *w, const char *name, struct tmd_error *err)
{
	tmd_buf_add_char(&w->at, '\\');
	tmd_buf_add_str(&w->at, name);
	return w->at.overflow ? tmd_walk_fail(w, ERROR_FILENAME_EXCED_RANGE, err) : TMD_OK;
}

static void pop_name(struct tmd_walk *w)
{
	const char *last;

	if (!w->at.len)
		return;
	last = strrchr(w->at.data, '\\');
	tmd_buf_splice(&w->at, (size_t)(last - w->at.data), strlen(last), "", 0);
	if (w->missing)
		w->missing--;
	else
		tmd_walk_leave(w);
}

/* ---- links ---- */

/* Starts again where an absolute target begins; false when that is no place we can walk to. */
static bool restart(struct tmd_walk *w, const struct tmd_path_root *root)
{
	if (root->kind == TMD_ROOT_DEVICE || root->kind == TMD_ROOT_DRIVE_ONLY ||
	    (root->kind == TMD_ROOT_SHARE && !w->fs->live))
		return false;
	tmd_walk_leave(w);
	tmd_buf_clear(&w->at);
	/* Below an offline root every drive is the same; "\\dir" is on the drive of the link. */
	if (!w->fs->live || root->kind == TMD_ROOT_SEPARATOR)
		return true;
	free(w->base);
	w->base = tmd_root_text(root);
	return true;
}

/* Puts the target before what is left to walk; `*can` false: the system has to follow it. */
static enum tmd_rc follow_text(struct tmd_walk *w, const char *target, bool *can,
			       struct tmd_error *err)
{
	struct tmd_path_root root = tmd_path_root(target);

	*can = root.kind == TMD_ROOT_NONE || restart(w, &root);
	if (!*can)
		return w->fs->live ? TMD_OK : tmd_walk_fail_outside(w, target, err);
	target += root.len;
	tmd_buf_splice(&w->rest, 0, w->rest_at, "\\", 1);
	tmd_buf_splice(&w->rest, 0, 0, target, strlen(target));
	w->rest_at = 0;
	return w->rest.overflow ? tmd_walk_fail(w, ERROR_FILENAME_EXCED_RANGE, err) : TMD_OK;
}

/*
 * Follows the link `name`: either its text comes before what is left to walk, and `*again` is
 * set, or on the live machine the system follows it and `entry` becomes what it leads to.
 */
static enum tmd_rc follow(struct tmd_walk *w, const char *name, struct tmd_walk_entry *entry,
			  bool *again, struct tmd_error *err)
{
	TMD_AUTO_FREE char *target = NULL;
	DWORD code;

	*again = false;
	if (++w->links > LINK_MAX_FOLLOWED)
		return tmd_walk_fail(w, ERROR_CANT_RESOLVE_FILENAME, err);
	if (tmd_trust_link(&w->trust, w->asked, name, entry->handle, tmd_walk_dir(w), err) !=
	    TMD_OK)
		return TMD_FAILED;
	code = tmd_handle_link(entry->handle, &target);
	if (code && !w->fs->live)
		return tmd_fail_win(err, code, w->asked, "cannot read a link in the path");
	if (!code && follow_text(w, target, again, err) != TMD_OK)
		return TMD_FAILED;
	if (*again)
		return TMD_OK;
	code = tmd_walk_look_through(w, name, entry);
	if (!code && entry->info.type == TMD_FILE_SYMLINK)
		code = ERROR_CANT_ACCESS_FILE;
	return code ? tmd_walk_fail(w, code, err) : TMD_OK;
}

/* ---- walking ---- */

/* Goes into a directory that was looked at, `code` being what looking gave. */
static enum tmd_rc descend(struct tmd_walk *w, const char *name, struct tmd_walk_entry *entry,
			   DWORD code, struct tmd_error *err)
{
	if (!code && entry->info.type != TMD_FILE_DIRECTORY)
		code = ERROR_DIRECTORY;
	if (!code && (entry->info.attributes & FILE_ATTRIBUTE_REPARSE_POINT))
		code = tmd_walk_look_through(w, name, entry);
	tmd_trust_descend(&w->trust, tmd_walk_dir(w));
	if (code == ERROR_ACCESS_DENIED)
		return tmd_walk_pass(w, name, err);
	if (code)
		return tmd_walk_fail(w, code, err);
	if (tmd_trust_entry(&w->trust, w->asked, name, entry->handle, true, err) != TMD_OK)
		return TMD_FAILED;
	tmd_walk_enter(w, tmd_handle_take(&entry->handle));
	return TMD_OK;
}

/* Opens the directory `at` again, after ".." or an absolute link. */
static enum tmd_rc reopen(struct tmd_walk *w, struct tmd_error *err)
{
	TMD_AUTO_FREE char *names = NULL;
	char *name;
	char *next;

	if (w->reached)
		return TMD_OK;
	if (tmd_walk_open_base(w, err) != TMD_OK)
		return TMD_FAILED;
	names = tmd_strdup(tmd_buf_str(&w->at));
	for (name = *names ? names + 1 : NULL; name; name = next) {
		TMD_AUTO_WALK_ENTRY struct tmd_walk_entry entry = { 0 };
		bool again = false;
		DWORD code;

		next = strchr(name, '\\');
		if (next)
			*next++ = '\0';
		code = tmd_walk_look(w, name, &entry);
		if (!code && entry.info.type == TMD_FILE_SYMLINK &&
		    follow(w, name, &entry, &again, err) != TMD_OK)
			return TMD_FAILED;
		if (again)
			return fail_raced(w, err);
		if (descend(w, name, &entry, code, err) != TMD_OK)
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* One component in the middle of the path. */
static enum tmd_rc step(struct tmd_walk *w, const char *name, struct tmd_error *err)
{
	TMD_AUTO_WALK_ENTRY struct tmd_walk_entry entry = { 0 };
	bool again = false;
	DWORD code;

	if (w->missing) {
		w->missing++;
		return push_name(w, name, err);
	}
	if (reopen(w, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_walk_look(w, name, &entry);
	if (tmd_is_missing(code) && (w->flags & TMD_PLACE_MISSING)) {
		w->missing = 1;
		return push_name(w, name, err);
	}
	if (!code && entry.info.type == TMD_FILE_SYMLINK &&
	    follow(w, name, &entry, &again, err) != TMD_OK)
		return TMD_FAILED;
	if (again)
		return TMD_OK;
	if (descend(w, name, &entry, code, err) != TMD_OK)
		return TMD_FAILED;
	return push_name(w, name, err);
}

/* ---- the last component ---- */

static enum tmd_rc settle(struct tmd_walk *w, const char *name, const struct tmd_walk_entry *entry,
			  struct tmd_place *out, struct tmd_error *err)
{
	bool is_dir = entry->info.type == TMD_FILE_DIRECTORY;

	out->exists = entry->handle != NULL;
	out->info = entry->info;
	tmd_trust_descend(&w->trust, tmd_walk_dir(w));
	if (out->exists && *name &&
	    tmd_trust_entry(&w->trust, w->asked, name, entry->handle, is_dir, err) != TMD_OK)
		return TMD_FAILED;
	if (tmd_walk_name_place(w, name, entry, out, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_trust_target(&w->trust, w->asked, out->path, entry->handle, tmd_walk_dir(w),
				err);
}

/* `name` is "" for a root; `*again` when it was a link and the walk goes on. */
static enum tmd_rc finish(struct tmd_walk *w, const char *name, struct tmd_place *out, bool *again,
			  struct tmd_error *err)
{
	TMD_AUTO_WALK_ENTRY struct tmd_walk_entry entry = { 0 };
	DWORD code = ERROR_PATH_NOT_FOUND;

	*again = false;
	if (!w->missing && reopen(w, err) != TMD_OK)
		return TMD_FAILED;
	if (!w->missing)
		code = tmd_walk_look(w, name, &entry);
	if (code && !(tmd_is_missing(code) && (w->flags & TMD_PLACE_MISSING)))
		return tmd_fail_win(err, code, w->asked, "cannot open");
	if (!code && entry.info.type == TMD_FILE_SYMLINK && (w->flags & TMD_PLACE_FOLLOW) &&
	    follow(w, name, &entry, again, err) != TMD_OK)
		return TMD_FAILED;
	return *again ? TMD_OK : settle(w, name, &entry, out, err);
}

/* The path ended on a separator, "." or "..": what was reached is itself the last component. */
static enum tmd_rc finish_directory(struct tmd_walk *w, struct tmd_place *out,
				    struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = NULL;
	bool again;

	if (w->at.len) {
		name = tmd_strdup(strrchr(w->at.data, '\\') + 1);
		pop_name(w);
	}
	if (finish(w, name ? name : "", out, &again, err) != TMD_OK)
		return TMD_FAILED;
	return again ? fail_raced(w, err) : TMD_OK;
}

/* Takes the next component off `rest`; NULL at its end. The caller frees. */
static char *next_name(struct tmd_walk *w, bool *last)
{
	const char *rest = tmd_buf_str(&w->rest);
	size_t len;
	char *name;

	w->rest_at += strspn(rest + w->rest_at, "/\\");
	len = strcspn(rest + w->rest_at, "/\\");
	if (!len)
		return NULL;
	name = tmd_strndup(rest + w->rest_at, len);
	w->rest_at += len;
	*last = !rest[w->rest_at + strspn(rest + w->rest_at, "/\\")];
	return name;
}

static enum tmd_rc walk_path(struct tmd_walk *w, struct tmd_place *out, struct tmd_error *err)
{
	bool again;
	bool last;

	for (;;) {
		TMD_AUTO_FREE char *name = next_name(w, &last);

		if (!name)
			return finish_directory(w, out, err);
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			pop_name(w);
			continue;
		}
		if (tmd_name_check(name, strlen(name), w->asked, err) != TMD_OK)
			return TMD_FAILED;
		if (!last && step(w, name, err) != TMD_OK)
			return TMD_FAILED;
		if (!last)
			continue;
		if (finish(w, name, out, &again, err) != TMD_OK)
			return TMD_FAILED;
		if (!again)
			return TMD_OK;
	}
}

/* ---- places ---- */

static enum tmd_rc start_walk(struct tmd_walk *w, struct tmd_error *err)
{
	tmd_buf_init(&w->gap, TMD_PATH_LIMIT);
	tmd_buf_init(&w->at, TMD_PATH_LIMIT);
	tmd_buf_init(&w->rest, (size_t)2 * TMD_PATH_LIMIT);
	if (tmd_path_take_apart(w->asked, w->fs->live, &w->base, &w->rest, err) != TMD_OK)
		return TMD_FAILED;
	tmd_trust_begin(&w->trust, w->flags, w->fs->live);
	return TMD_OK;
}

static void walk_release(struct tmd_walk *w)
{
	tmd_walk_leave(w);
	free(w->base);
	tmd_buf_release(&w->gap);
	tmd_buf_release(&w->at);
	tmd_buf_release(&w->rest);
}

enum tmd_rc tmd_place_find(const struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err)
{
	struct tmd_walk w = { .fs = fs, .asked = path, .flags = flags };
	struct tmd_place place = { .fs = fs };
	enum tmd_rc rc = start_walk(&w, err);

	if (rc == TMD_OK)
		rc = walk_path(&w, &place, err);
	if (rc == TMD_OK) {
		place.dir = w.dir;
		place.gap = tmd_wide(tmd_buf_str(&w.gap));
		place.missing = w.missing;
		place.below = w.trust.care == TMD_CARE_READ ? 0 : w.trust.below;
		place.own = w.trust.care == TMD_CARE_OWN;
		w.dir = NULL;
		*out = place;
	} else {
		tmd_place_release(&place);
	}
	walk_release(&w);
	return rc;
}
