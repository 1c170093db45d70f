/*
 * Paths of the live machine and below an offline root, walked one component at a time with
 * handles. Symbolic links and junctions are read and followed here, so that no link can lead
 * out of an offline root, and so that it is known whose links an elevated caller follows.
 */
#include "os/win32/fs_internal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define LINK_MAX_FOLLOWED 63 /* as Windows */
#define OPEN_MAX_TOTAL 16384 /* names one walk may open: links full of ".." are costly */

struct walk {
	const struct tmd_fs *fs;
	const char *asked; /* the path as given, for messages */
	unsigned flags;
	char *base;   /* live: where it began, "C:" or "\\\\server\\share"; NULL: fs->root */
	bool reached; /* `dir` and `gap` are the directory `at`; else it is to be opened again */
	HANDLE dir;   /* may be fs->dir; NULL when the base itself may not be opened */
	struct tmd_buf gap; /* below `dir`, each with a '\\' behind it: passed but not opened */
	struct tmd_buf at; /* names below the base, each with a '\\' before it; missing ones last */
	size_t missing;	   /* so many at the end of `at` do not exist */
	struct tmd_buf rest; /* what is left to walk */
	size_t rest_at;
	unsigned links;
	unsigned opened;
	struct tmd_trust trust;
};

/* What lies at a name, open for questions only. */
struct entry {
	HANDLE handle;
	struct tmd_file_info info;
};

#define AUTO_ENTRY TMD_CLEANUP(entry_release)

static void entry_release(struct entry *entry)
{
	tmd_handle_close(&entry->handle);
}

static enum tmd_rc fail_walk(const struct walk *w, DWORD code, struct tmd_error *err)
{
	return tmd_fail_win(err, code, w->asked, "cannot follow the path");
}

/* Somebody plays with the tree while we walk it. */
static enum tmd_rc fail_raced(const struct walk *w, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, w->asked, "run again when nobody changes it",
			"a link took the place of a directory at the same moment");
}

static enum tmd_rc fail_outside(const struct walk *w, const char *target, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, w->asked, "name the file itself, inside the root",
			"a link leads out of the root, to %s", target);
}

static bool is_missing(DWORD code)
{
	return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
}

/* ---- the directory reached ---- */

static void close_dir(struct walk *w)
{
	if (w->dir != w->fs->dir)
		tmd_handle_close(&w->dir);
	w->dir = NULL;
}

static void leave(struct walk *w)
{
	close_dir(w);
	tmd_buf_clear(&w->gap);
	w->reached = false;
	w->trust.below = 0;
}

static void enter(struct walk *w, HANDLE dir)
{
	close_dir(w);
	tmd_buf_clear(&w->gap);
	w->dir = dir;
	w->reached = true;
}

/* The directory itself, NULL when only one above it is open. */
static HANDLE reached_dir(const struct walk *w)
{
	return w->gap.len ? NULL : w->dir;
}

static enum tmd_rc push_name(struct walk *w, const char *name, struct tmd_error *err)
{
	tmd_buf_add_char(&w->at, '\\');
	tmd_buf_add_str(&w->at, name);
	return w->at.overflow ? fail_walk(w, ERROR_FILENAME_EXCED_RANGE, err) : TMD_OK;
}

static void pop_name(struct walk *w)
{
	const char *last;

	if (!w->at.len)
		return;
	last = strrchr(w->at.data, '\\');
	tmd_buf_splice(&w->at, (size_t)(last - w->at.data), strlen(last), "", 0);
	if (w->missing)
		w->missing--;
	else
		leave(w);
}

/* ---- opening ---- */

static DWORD open_below(const struct walk *w, const char *name, const struct tmd_open *how,
			HANDLE *out)
{
	TMD_AUTO_FREE char *below = tmd_format("%s%s", tmd_buf_str(&w->gap), name);
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(below);
	struct tmd_open careful = *how;

	if (!wide)
		return ERROR_INVALID_NAME;
	careful.no_links = w->gap.len && w->dir; /* nobody looked at what is passed */
	return tmd_open_at(w->dir, wide, &careful, out);
}

/* The owner is to be known where we do not trust everybody, unless that is forbidden. */
static DWORD open_to_look(const struct walk *w, const char *name, ULONG options, HANDLE *out)
{
	struct tmd_open how = {
		.access = FILE_READ_ATTRIBUTES | (w->trust.active ? READ_CONTROL : 0),
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = options,
	};
	DWORD code = open_below(w, name, &how, out);

	if (code != ERROR_ACCESS_DENIED || !w->trust.active)
		return code;
	how.access = FILE_READ_ATTRIBUTES;
	return open_below(w, name, &how, out);
}

static DWORD look_how(struct walk *w, const char *name, ULONG options, struct entry *out)
{
	struct tmd_patience patience = { 0 };
	AUTO_ENTRY struct entry found = { 0 };
	DWORD code;

	if (++w->opened > OPEN_MAX_TOTAL)
		return ERROR_CANT_RESOLVE_FILENAME;
	do
		code = open_to_look(w, name, options, &found.handle);
	while (tmd_is_busy(code) && tmd_wait_again(&patience));
	if (!code)
		code = tmd_handle_info(found.handle, &found.info);
	if (code)
		return code;
	entry_release(out);
	out->handle = tmd_handle_take(&found.handle);
	out->info = found.info;
	return 0;
}

/* What is at `name` in the directory reached, not followed. */
static DWORD look(struct walk *w, const char *name, struct entry *out)
{
	return look_how(w, name, FILE_OPEN_REPARSE_POINT, out);
}

/* Holds what was looked at, so that nobody puts another thing in its place. */
static DWORD pin(struct walk *w, const char *name, const struct entry *entry, HANDLE *out)
{
	const struct tmd_open how = {
		.access = FILE_READ_DATA | FILE_READ_ATTRIBUTES,
		.share = FILE_SHARE_READ | FILE_SHARE_WRITE,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT,
	};
	struct tmd_file_info info;
	DWORD code = open_below(w, name, &how, out);

	if (!code)
		code = tmd_handle_info(*out, &info);
	if (!code && !tmd_same_file(&info, &entry->info))
		code = ERROR_CANT_ACCESS_FILE;
	return code;
}

/*
 * What the system makes of it: it follows links that we cannot, volumes mounted in directories
 * for one, and tells those who keep a directory elsewhere, a cloud's for one. It goes by the name
 * once more, which for an elevated caller has to be that of what was judged.
 */
static DWORD look_through(struct walk *w, const char *name, struct entry *entry)
{
	TMD_AUTO_HANDLE HANDLE held = NULL;
	DWORD code = w->trust.active ? pin(w, name, entry, &held) : 0;

	return code ? code : look_how(w, name, 0, entry);
}

/*
 * Rights on a directory are not needed to pass it: what lies in it is then opened right away,
 * by a name of several components. An elevated caller wants to see whom he trusts.
 */
static enum tmd_rc pass(struct walk *w, const char *name, struct tmd_error *err)
{
	if ((w->trust.below && !w->trust.reading) || (w->trust.active && !w->dir))
		return fail_walk(w, ERROR_ACCESS_DENIED, err);
	tmd_buf_add_str(&w->gap, name);
	tmd_buf_add_char(&w->gap, '\\');
	return w->gap.overflow ? fail_walk(w, ERROR_FILENAME_EXCED_RANGE, err) : TMD_OK;
}

static enum tmd_rc fail_base(const struct walk *w, DWORD code, struct tmd_error *err)
{
	TMD_AUTO_FREE char *what = tmd_format("cannot open %s", w->base);

	if (!is_missing(code))
		return tmd_fail_win(err, code, w->asked, what);
	return tmd_fail(err, TMD_E_NOT_FOUND, w->asked,
			w->base[1] == ':' ? "check the drive; one that a user connected is not "
					    "there for elevated programs: name its server and share"
					  : "check the names of the server and the share",
			"there is no %s here", w->base);
}

/* Opens the root of the drive or share, or takes the offline root. */
static enum tmd_rc open_base(struct walk *w, struct tmd_error *err)
{
	TMD_AUTO_FREE char *top = NULL;
	HANDLE dir = NULL;
	DWORD code;

	if (!w->base) {
		enter(w, w->fs->dir);
		return TMD_OK;
	}
	top = w->base[0] == '\\' ? tmd_format("\\??\\UNC\\%s\\", w->base + 2)
				 : tmd_format("\\??\\%s\\", w->base);
	leave(w);
	code = open_to_look(w, top, FILE_DIRECTORY_FILE, &dir);
	if (code && code != ERROR_ACCESS_DENIED)
		return fail_base(w, code, err);
	enter(w, dir);
	if (code)
		tmd_buf_add_str(&w->gap, top);
	return code ? TMD_OK : tmd_trust_root(&w->trust, w->asked, w->base, dir, err);
}

/* ---- links ---- */

/* Starts again where an absolute target begins; false when that is no place we can walk to. */
static bool restart(struct walk *w, const struct tmd_path_root *root)
{
	if (root->kind == TMD_ROOT_DEVICE || root->kind == TMD_ROOT_DRIVE_ONLY ||
	    (root->kind == TMD_ROOT_SHARE && !w->fs->live))
		return false;
	leave(w);
	tmd_buf_clear(&w->at);
	/* Below an offline root every drive is the same; "\\dir" is on the drive of the link. */
	if (!w->fs->live || root->kind == TMD_ROOT_SEPARATOR)
		return true;
	free(w->base);
	w->base = tmd_root_text(root);
	return true;
}

/* Puts the target before what is left to walk; `*can` false: the system has to follow it. */
static enum tmd_rc follow_text(struct walk *w, const char *target, bool *can, struct tmd_error *err)
{
	struct tmd_path_root root = tmd_path_root(target);

	*can = root.kind == TMD_ROOT_NONE || restart(w, &root);
	if (!*can)
		return w->fs->live ? TMD_OK : fail_outside(w, target, err);
	target += root.len;
	tmd_buf_splice(&w->rest, 0, w->rest_at, "\\", 1);
	tmd_buf_splice(&w->rest, 0, 0, target, strlen(target));
	w->rest_at = 0;
	return w->rest.overflow ? fail_walk(w, ERROR_FILENAME_EXCED_RANGE, err) : TMD_OK;
}

/*
 * Follows the link `name`: either its text comes before what is left to walk, and `*again` is
 * set, or on the live machine the system follows it and `entry` becomes what it leads to.
 */
static enum tmd_rc follow(struct walk *w, const char *name, struct entry *entry, bool *again,
			  struct tmd_error *err)
{
	TMD_AUTO_FREE char *target = NULL;
	DWORD code;

	*again = false;
	if (++w->links > LINK_MAX_FOLLOWED)
		return fail_walk(w, ERROR_CANT_RESOLVE_FILENAME, err);
	if (tmd_trust_link(&w->trust, w->asked, name, entry->handle, reached_dir(w), err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_handle_link(entry->handle, &target);
	if (code && !w->fs->live)
		return tmd_fail_win(err, code, w->asked, "cannot read a link in the path");
	if (!code && follow_text(w, target, again, err) != TMD_OK)
		return TMD_FAILED;
	if (*again)
		return TMD_OK;
	code = look_through(w, name, entry);
	if (!code && entry->info.type == TMD_FILE_SYMLINK)
		code = ERROR_CANT_ACCESS_FILE;
	return code ? fail_walk(w, code, err) : TMD_OK;
}

/* ---- walking ---- */

/* Goes into a directory that was looked at, `code` being what looking gave. */
static enum tmd_rc descend(struct walk *w, const char *name, struct entry *entry, DWORD code,
			   struct tmd_error *err)
{
	if (!code && entry->info.type != TMD_FILE_DIRECTORY)
		code = ERROR_DIRECTORY;
	if (!code && (entry->info.attributes & FILE_ATTRIBUTE_REPARSE_POINT))
		code = look_through(w, name, entry);
	tmd_trust_descend(&w->trust, reached_dir(w));
	if (code == ERROR_ACCESS_DENIED)
		return pass(w, name, err);
	if (code)
		return fail_walk(w, code, err);
	if (tmd_trust_entry(&w->trust, w->asked, name, entry->handle, true, err) != TMD_OK)
		return TMD_FAILED;
	enter(w, tmd_handle_take(&entry->handle));
	return TMD_OK;
}

/* Opens the directory `at` again, after ".." or an absolute link. */
static enum tmd_rc reopen(struct walk *w, struct tmd_error *err)
{
	TMD_AUTO_FREE char *names = NULL;
	char *name;
	char *next;

	if (w->reached)
		return TMD_OK;
	if (open_base(w, err) != TMD_OK)
		return TMD_FAILED;
	names = tmd_strdup(tmd_buf_str(&w->at));
	for (name = *names ? names + 1 : NULL; name; name = next) {
		AUTO_ENTRY struct entry entry = { 0 };
		bool again = false;
		DWORD code;

		next = strchr(name, '\\');
		if (next)
			*next++ = '\0';
		code = look(w, name, &entry);
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
static enum tmd_rc step(struct walk *w, const char *name, struct tmd_error *err)
{
	AUTO_ENTRY struct entry entry = { 0 };
	bool again = false;
	DWORD code;

	if (w->missing) {
		w->missing++;
		return push_name(w, name, err);
	}
	if (reopen(w, err) != TMD_OK)
		return TMD_FAILED;
	code = look(w, name, &entry);
	if (is_missing(code) && (w->flags & TMD_PLACE_MISSING)) {
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

/* ---- the canonical path ---- */

static void cut_separators(char *path)
{
	size_t len = strlen(path);

	while (len && tmd_is_separator(path[len - 1]))
		path[--len] = '\0';
}

/* The names at the end of `at` that do not exist: "\\a\\b". */
static const char *missing_names(const struct walk *w)
{
	const char *at = tmd_buf_str(&w->at) + w->at.len;

	for (size_t i = 0; i < w->missing; i++) {
		do
			at--;
		while (*at != '\\');
	}
	return at;
}

/* What follows the root in the canonical path of something inside it; NULL: it is outside. */
static const char *below_root(const struct tmd_fs *fs, const char *path)
{
	TMD_AUTO_FREE char *key = tmd_path_key(path);
	TMD_AUTO_FREE char *root = tmd_path_key(fs->root);
	size_t names = strlen(fs->root);
	size_t len;

	cut_separators(root);
	len = strlen(root);
	if (!tmd_str_starts(key, root) || (key[len] && key[len] != '\\'))
		return NULL;
	while (names && tmd_is_separator(fs->root[names - 1]))
		names--;
	return strlen(path) >= names ? path + names : NULL;
}

/*
 * The directory reached (the nearest existing one), with the names as they are on the disk and
 * no separator at its end: "C:\\dir", or below an offline root "\\dir". NULL: it is outside.
 */
static char *real_directory(const struct walk *w)
{
	TMD_AUTO_FREE char *found = reached_dir(w) ? tmd_final_path(w->dir) : NULL;
	const char *below;
	size_t names = (size_t)(missing_names(w) - tmd_buf_str(&w->at));

	if (!found)
		return tmd_format("%s%.*s", w->base ? w->base : "", (int)names,
				  tmd_buf_str(&w->at));
	cut_separators(found);
	below = w->fs->live ? found : below_root(w->fs, found);
	return tmd_strdup(below);
}

/* The name as it is on the disk, when that is another spelling of the one asked for. */
static char *real_name(const struct walk *w, const char *name, const struct entry *entry)
{
	TMD_AUTO_FREE char *dir = reached_dir(w) ? tmd_final_path(w->dir) : NULL;
	TMD_AUTO_FREE char *whole = dir ? tmd_final_path(entry->handle) : NULL;
	TMD_AUTO_FREE char *found = whole ? tmd_path_dir(whole) : NULL;

	if (!found)
		return tmd_strdup(name);
	cut_separators(found);
	cut_separators(dir);
	return tmd_strdup(strcmp(found, dir) == 0 ? tmd_path_base(whole) : name);
}

/* What we do not know as a link may lead out of an offline root all the same. */
static bool is_outside(const struct walk *w, const struct entry *entry)
{
	TMD_AUTO_FREE char *path = w->fs->live ? NULL : tmd_final_path(entry->handle);

	return path && !below_root(w->fs, path);
}

/* "C:" and "\\a\\b" as people write them: "C:\\a\\b", "/a/b", "C:\\", "/". */
static char *shown_path(const struct walk *w, const char *dir, const char *names)
{
	bool is_drive = dir[0] && dir[1] == ':' && !dir[2];
	char *shown;

	if (!*names && (!*dir || is_drive))
		names = "\\";
	shown = tmd_format("%s%s", dir, names);
	for (char *c = shown; *c && !w->fs->live; c++) {
		if (*c == '\\')
			*c = '/';
	}
	return shown;
}

static enum tmd_rc name_place(const struct walk *w, const char *name, const struct entry *entry,
			      struct tmd_place *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = real_directory(w);
	TMD_AUTO_FREE char *last = out->exists ? real_name(w, name, entry) : tmd_strdup(name);
	TMD_AUTO_FREE char *names = NULL;

	if (!dir || (out->exists && is_outside(w, entry)))
		return fail_outside(w, "what lies elsewhere", err);
	names = tmd_format("%s%s%s", missing_names(w), *name ? "\\" : "", *name ? last : "");
	out->path = shown_path(w, dir, names);
	out->name = *name ? tmd_path_base(out->path) : out->path + strlen(out->path);
	if (strlen(out->path) >= TMD_PATH_LIMIT)
		return fail_walk(w, ERROR_FILENAME_EXCED_RANGE, err);
	return TMD_OK;
}

/* ---- the last component ---- */

static enum tmd_rc settle(struct walk *w, const char *name, const struct entry *entry,
			  struct tmd_place *out, struct tmd_error *err)
{
	bool is_dir = entry->info.type == TMD_FILE_DIRECTORY;

	out->exists = entry->handle != NULL;
	out->info = entry->info;
	tmd_trust_descend(&w->trust, reached_dir(w));
	if (out->exists && *name &&
	    tmd_trust_entry(&w->trust, w->asked, name, entry->handle, is_dir, err) != TMD_OK)
		return TMD_FAILED;
	if (name_place(w, name, entry, out, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_trust_target(&w->trust, w->asked, out->path, entry->handle, reached_dir(w), err);
}

/* `name` is "" for a root; `*again` when it was a link and the walk goes on. */
static enum tmd_rc finish(struct walk *w, const char *name, struct tmd_place *out, bool *again,
			  struct tmd_error *err)
{
	AUTO_ENTRY struct entry entry = { 0 };
	DWORD code = ERROR_PATH_NOT_FOUND;

	*again = false;
	if (!w->missing && reopen(w, err) != TMD_OK)
		return TMD_FAILED;
	if (!w->missing)
		code = look(w, name, &entry);
	if (code && !(is_missing(code) && (w->flags & TMD_PLACE_MISSING)))
		return tmd_fail_win(err, code, w->asked, "cannot open");
	if (!code && entry.info.type == TMD_FILE_SYMLINK && (w->flags & TMD_PLACE_FOLLOW) &&
	    follow(w, name, &entry, again, err) != TMD_OK)
		return TMD_FAILED;
	return *again ? TMD_OK : settle(w, name, &entry, out, err);
}

/* The path ended on a separator, "." or "..": what was reached is itself the last component. */
static enum tmd_rc finish_directory(struct walk *w, struct tmd_place *out, struct tmd_error *err)
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
static char *next_name(struct walk *w, bool *last)
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

static enum tmd_rc walk_path(struct walk *w, struct tmd_place *out, struct tmd_error *err)
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

static enum tmd_rc start_walk(struct walk *w, struct tmd_error *err)
{
	tmd_buf_init(&w->gap, TMD_PATH_LIMIT);
	tmd_buf_init(&w->at, TMD_PATH_LIMIT);
	tmd_buf_init(&w->rest, (size_t)2 * TMD_PATH_LIMIT);
	if (tmd_path_take_apart(w->asked, w->fs->live, &w->base, &w->rest, err) != TMD_OK)
		return TMD_FAILED;
	tmd_trust_begin(&w->trust, w->flags, w->fs->live);
	return TMD_OK;
}

static void walk_release(struct walk *w)
{
	leave(w);
	free(w->base);
	tmd_buf_release(&w->gap);
	tmd_buf_release(&w->at);
	tmd_buf_release(&w->rest);
}

enum tmd_rc tmd_place_find(const struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err)
{
	struct walk w = { .fs = fs, .asked = path, .flags = flags };
	struct tmd_place place = { .fs = fs };
	enum tmd_rc rc = start_walk(&w, err);

	if (rc == TMD_OK)
		rc = walk_path(&w, &place, err);
	if (rc == TMD_OK) {
		place.dir = w.dir;
		place.gap = tmd_wide(tmd_buf_str(&w.gap));
		place.missing = w.missing;
		place.below = w.trust.reading ? 0 : w.trust.below;
		place.own = w.trust.own;
		w.dir = NULL;
		*out = place;
	} else {
		tmd_place_release(&place);
	}
	walk_release(&w);
	return rc;
}

void tmd_place_release(struct tmd_place *place)
{
	if (!place->fs)
		return;
	if (place->dir != place->fs->dir)
		tmd_handle_close(&place->dir);
	free(place->gap);
	free(place->path);
	memset(place, 0, sizeof(*place));
}

/* File servers that cannot open a directory again by its handle can by its path. */
static DWORD open_by_path(const struct tmd_place *place, const struct tmd_open *how, HANDLE *out)
{
	TMD_AUTO_FREE wchar_t *path = tmd_nt_path(place->dir, "");

	return path ? tmd_open_at(NULL, path, how, out) : ERROR_NOT_SUPPORTED;
}

DWORD tmd_place_open_at(const struct tmd_place *place, const char *name, const struct tmd_open *how,
			HANDLE *out)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(name);
	size_t gap_len = wcslen(place->gap);
	size_t len = wide ? wcslen(wide) : 0;
	TMD_AUTO_FREE wchar_t *below = tmd_alloc(gap_len + len + 1, sizeof(*below));
	struct tmd_open careful = *how;
	DWORD code;

	if (!wide)
		return ERROR_INVALID_NAME;
	memcpy(below, place->gap, gap_len * sizeof(*below));
	memcpy(below + gap_len, wide, len * sizeof(*below));
	if (!len && gap_len && place->dir)
		below[gap_len - 1] = L'\0';
	careful.no_links = gap_len && place->dir;
	code = tmd_open_at(place->dir, below, &careful, out);
	if (!*below && (code == ERROR_INVALID_PARAMETER || code == ERROR_INVALID_NAME ||
			code == ERROR_NOT_SUPPORTED || code == ERROR_INVALID_HANDLE))
		code = open_by_path(place, how, out);
	return code;
}

DWORD tmd_place_open_patiently(const struct tmd_place *place, const char *name,
			       const struct tmd_open *how, HANDLE *out)
{
	struct tmd_patience patience = { 0 };
	DWORD code;

	do
		code = tmd_place_open_at(place, name, how, out);
	while (tmd_is_busy(code) && tmd_wait_again(&patience));
	return code;
}
