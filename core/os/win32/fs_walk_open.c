/*
 * Opening what a walk comes to, for questions only, and without following what it did not read
 * itself.
 */
#include "os/win32/fs_walk.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define OPEN_MAX_TOTAL 16384 /* names one walk may open: links full of ".." are costly */

void tmd_walk_entry_release(struct tmd_walk_entry *entry)
{
	tmd_handle_close(&entry->handle);
}

enum tmd_rc tmd_walk_fail(const struct tmd_walk *w, DWORD code, struct tmd_error *err)
{
	return tmd_fail_win(err, code, w->asked, "cannot follow the path");
}

static void close_dir(struct tmd_walk *w)
{
	if (w->dir != w->fs->dir)
		tmd_handle_close(&w->dir);
	w->dir = NULL;
}

void tmd_walk_leave(struct tmd_walk *w)
{
	close_dir(w);
	tmd_buf_clear(&w->gap);
	w->reached = false;
	w->trust.below = 0;
}

void tmd_walk_enter(struct tmd_walk *w, HANDLE dir)
{
	close_dir(w);
	tmd_buf_clear(&w->gap);
	w->dir = dir;
	w->reached = true;
}

/* The directory itself, NULL when only one above it is open. */
HANDLE tmd_walk_dir(const struct tmd_walk *w)
{
	return w->gap.len ? NULL : w->dir;
}

/* ---- opening ---- */

static DWORD open_below(const struct tmd_walk *w, const char *name, const struct tmd_open *how,
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
static DWORD open_to_look(const struct tmd_walk *w, const char *name, ULONG options, HANDLE *out)
{
	struct tmd_open how = {
		.access =
			FILE_READ_ATTRIBUTES | (w->trust.care != TMD_CARE_NONE ? READ_CONTROL : 0),
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = options,
	};
	DWORD code = open_below(w, name, &how, out);

	if (code != ERROR_ACCESS_DENIED || w->trust.care == TMD_CARE_NONE)
		return code;
	how.access = FILE_READ_ATTRIBUTES;
	return open_below(w, name, &how, out);
}

static DWORD look_how(struct tmd_walk *w, const char *name, ULONG options,
		      struct tmd_walk_entry *out)
{
	struct tmd_patience patience = { 0 };
	TMD_AUTO_WALK_ENTRY struct tmd_walk_entry found = { 0 };
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
	tmd_walk_entry_release(out);
	out->handle = tmd_handle_take(&found.handle);
	out->info = found.info;
	return 0;
}

/* What is at `name` in the directory reached, not followed. */
DWORD tmd_walk_look(struct tmd_walk *w, const char *name, struct tmd_walk_entry *out)
{
	return look_how(w, name, FILE_OPEN_REPARSE_POINT, out);
}

/* Holds what was looked at, so that nobody puts another thing in its place. */
static DWORD pin(struct tmd_walk *w, const char *name, const struct tmd_walk_entry *entry,
		 HANDLE *out)
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
DWORD tmd_walk_look_through(struct tmd_walk *w, const char *name, struct tmd_walk_entry *entry)
{
	TMD_AUTO_HANDLE HANDLE held = NULL;
	DWORD code = w->trust.care != TMD_CARE_NONE ? pin(w, name, entry, &held) : 0;

	return code ? code : look_how(w, name, 0, entry);
}

/*
 * Rights on a directory are not needed to pass it: what lies in it is then opened right away,
 * by a name of several components. An elevated caller wants to see whom he trusts.
 */
enum tmd_rc tmd_walk_pass(struct tmd_walk *w, const char *name, struct tmd_error *err)
{
	if ((w->trust.below && w->trust.care != TMD_CARE_READ) ||
	    (w->trust.care != TMD_CARE_NONE && !w->dir))
		return tmd_walk_fail(w, ERROR_ACCESS_DENIED, err);
	tmd_buf_add_str(&w->gap, name);
	tmd_buf_add_char(&w->gap, '\\');
	return w->gap.overflow ? tmd_walk_fail(w, ERROR_FILENAME_EXCED_RANGE, err) : TMD_OK;
}

static enum tmd_rc fail_base(const struct tmd_walk *w, DWORD code, struct tmd_error *err)
{
	TMD_AUTO_FREE char *what = tmd_format("cannot open %s", w->base);

	if (!tmd_is_missing(code))
		return tmd_fail_win(err, code, w->asked, what);
	return tmd_fail(err, TMD_E_NOT_FOUND, w->asked,
			w->base[1] == ':' ? "check the drive; one that a user connected is not "
					    "there for elevated programs: name its server and share"
					  : "check the names of the server and the share",
			"there is no %s here", w->base);
}

/* Opens the root of the drive or share, or takes the offline root. */
enum tmd_rc tmd_walk_open_base(struct tmd_walk *w, struct tmd_error *err)
{
	TMD_AUTO_FREE char *top = NULL;
	HANDLE dir = NULL;
	DWORD code;

	if (!w->base) {
		tmd_walk_enter(w, w->fs->dir);
		return TMD_OK;
	}
	top = w->base[0] == '\\' ? tmd_format("\\??\\UNC\\%s\\", w->base + 2)
				 : tmd_format("\\??\\%s\\", w->base);
	tmd_walk_leave(w);
	code = open_to_look(w, top, FILE_DIRECTORY_FILE, &dir);
	if (code && code != ERROR_ACCESS_DENIED)
		return fail_base(w, code, err);
	tmd_walk_enter(w, dir);
	if (code)
		tmd_buf_add_str(&w->gap, top);
	return code ? TMD_OK : tmd_trust_root(&w->trust, w->asked, w->base, dir, err);
}
