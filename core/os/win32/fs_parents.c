/* The directories that are missing on the way to a file. */
#include "os/win32/fs_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"
#include "os/win32/sys_error.h"

/* Where the first missing parent begins in the place's path. */
static size_t first_missing(const struct tmd_place *place)
{
	size_t at = (size_t)(place->name - place->path);

	for (size_t i = 0; i < place->missing; i++) {
		at--;
		while (!tmd_is_separator(place->path[at - 1]))
			at--;
	}
	return at;
}

/*
 * Would other users have a say in what an elevated caller makes here? In ProgramData they may make
 * entries in every directory that does not say otherwise, and directly below a drive's root change
 * whatever is in it.
 */
static bool needs_protection(const struct tmd_place *place)
{
	struct tmd_file_info here;
	struct tmd_file_info program_data;
	struct tmd_stranger stranger;

	if (!place->fs->live || !place->dir || *place->gap || !tmd_user_is_admin())
		return false;
	if (!tmd_handle_heir(place->dir, true, &stranger) && stranger.kind != TMD_STRANGER_NONE)
		return true;
	return !tmd_handle_info(place->dir, &here) && tmd_program_data_info(&program_data) &&
	       tmd_same_file(&here, &program_data);
}

static DWORD make_directory(const struct tmd_place *place, const char *name, HANDLE *dir)
{
	TMD_CLEANUP(tmd_local_free) PSECURITY_DESCRIPTOR descriptor = NULL;
	struct tmd_open how = { .access = FILE_READ_ATTRIBUTES | READ_CONTROL,
				.share = TMD_SHARE_ALL,
				.disposition = FILE_CREATE,
				.options = FILE_DIRECTORY_FILE | FILE_WRITE_THROUGH };

	if (needs_protection(place)) {
		descriptor = tmd_protected_descriptor();
		if (!descriptor)
			return GetLastError();
	}
	how.descriptor = descriptor;
	return tmd_place_open_at(place, name, &how, dir);
}

/* May an elevated caller rely on what somebody else just made? */
static bool is_reliable(const struct tmd_place *place, HANDLE dir)
{
	DWORD others = place->below || place->own ? TMD_OTHERS_DIRECTORY : TMD_OTHERS_ANY;
	struct tmd_stranger stranger;

	return !tmd_user_is_admin() ||
	       (!tmd_handle_stranger(dir, others, &stranger) && stranger.kind == TMD_STRANGER_NONE);
}

/* One that somebody else just made is as good, if we may trust him. */
static enum tmd_rc open_made_by_other(const struct tmd_place *place, const char *name,
				      const char *whole, HANDLE *dir, struct tmd_error *err)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES | READ_CONTROL,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE found = NULL;
	struct tmd_file_info info;
	DWORD code = tmd_place_open_at(place, name, &how, &found);

	if (!code)
		code = tmd_handle_info(found, &info);
	if (code)
		return tmd_fail_win(err, code, whole, "cannot open the directory");
	if (info.type != TMD_FILE_DIRECTORY || !is_reliable(place, found))
		return tmd_fail_raced(whole, "made this", err);
	*dir = tmd_handle_take(&found);
	return TMD_OK;
}

/* What cannot be noted stays, should the change fail. */
static void note_made(struct tmd_made *made, HANDLE dir)
{
	const HANDLE self = GetCurrentProcess();
	HANDLE copy = NULL;

	if (!DuplicateHandle(self, dir, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
		return;
	made->dirs = tmd_grow(made->dirs, &made->cap, made->count + 1, sizeof(*made->dirs));
	made->dirs[made->count++] = copy;
}

/* Makes and enters one directory. */
static enum tmd_rc make_parent(struct tmd_place *place, const char *whole, struct tmd_made *made,
			       struct tmd_error *err)
{
	const char *name = tmd_path_base(whole);
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	DWORD code = make_directory(place, name, &dir);

	if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS) {
		if (open_made_by_other(place, name, whole, &dir, err) != TMD_OK)
			return TMD_FAILED;
	} else if (code) {
		return tmd_fail_win(err, code, whole, "cannot make the directory");
	} else if (made) {
		note_made(made, dir);
	}
	if (place->dir != place->fs->dir)
		tmd_handle_close(&place->dir);
	place->dir = tmd_handle_take(&dir);
	place->gap[0] = L'\0';
	place->missing--;
	return TMD_OK;
}

enum tmd_rc tmd_place_make_parents(struct tmd_place *place, struct tmd_made *made,
				   struct tmd_error *err)
{
	size_t at = first_missing(place);

	while (place->missing) {
		TMD_AUTO_FREE char *whole = NULL;

		at += strcspn(place->path + at, "/\\");
		whole = tmd_strndup(place->path, at++);
		if (make_parent(place, whole, made, err) != TMD_OK)
			return TMD_FAILED;
	}
	return TMD_OK;
}

/*
 * An empty directory goes, one in which somebody made something meanwhile stays; by its handle,
 * whatever has its name by now.
 */
void tmd_made_undo(struct tmd_made *made)
{
	const struct tmd_open how = { .access = DELETE | FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };

	for (size_t i = made->count; i > 0; i--) {
		HANDLE *dir = &made->dirs[i - 1];
		HANDLE again = NULL;

		if (!tmd_open_at(*dir, L"", &how, &again))
			(void)tmd_delete_handle(again);
		tmd_handle_close(&again);
		tmd_handle_close(dir); /* only then may the one above be empty */
	}
}

void tmd_made_release(struct tmd_made *made)
{
	for (size_t i = 0; i < made->count; i++)
		tmd_handle_close(&made->dirs[i]);
	free(made->dirs);
}
