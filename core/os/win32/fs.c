/* The managed tree as an object: opening it, and its names from outside. */
#include "os/fs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define PATH_UNITS 33000

static bool is_live(const char *root)
{
	return !root || strcmp(root, "/") == 0 || strcmp(root, "\\") == 0;
}

/* The root as the caller sees it, absolute; it may be relative to his working directory. */
static enum tmd_rc whole_path(const char *root, char **out, struct tmd_error *err)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(root);
	TMD_AUTO_FREE wchar_t *whole = tmd_alloc(PATH_UNITS, sizeof(*whole));
	DWORD len;

	if (!wide || !*wide)
		return tmd_fail(err, TMD_E_INVALID_INPUT, root, "name a directory",
				"the root is not a valid path");
	len = GetFullPathNameW(wide, PATH_UNITS, whole, NULL);
	if (!len || len >= PATH_UNITS)
		return tmd_fail_win(err, len ? ERROR_FILENAME_EXCED_RANGE : GetLastError(), root,
				    "cannot open the root directory");
	*out = tmd_narrow(whole);
	return TMD_OK;
}

static char *nt_path(const char *path)
{
	struct tmd_path_root root = tmd_path_root(path);
	TMD_AUTO_FREE char *base = NULL;

	if (root.kind != TMD_ROOT_DRIVE && root.kind != TMD_ROOT_SHARE)
		return NULL;
	base = tmd_root_text(&root);
	return tmd_format("\\??\\%s%s\\%s", base[0] == '\\' ? "UNC" : "",
			  base[0] == '\\' ? base + 1 : base, path + root.len);
}

static enum tmd_rc open_root(const char *root, char **path, HANDLE *dir, struct tmd_error *err)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES | READ_CONTROL,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };
	TMD_AUTO_FREE char *whole = NULL;
	TMD_AUTO_FREE char *name = NULL;
	TMD_AUTO_FREE wchar_t *wide = NULL;
	DWORD code;

	if (whole_path(root, &whole, err) != TMD_OK)
		return TMD_FAILED;
	name = nt_path(whole);
	wide = tmd_wide(name);
	code = wide ? tmd_open_at(NULL, wide, &how, dir) : ERROR_BAD_PATHNAME;
	if (code)
		return tmd_fail_win(err, code, root, "cannot open the root directory");
	*path = tmd_final_path(*dir);
	if (!*path)
		*path = tmd_strdup(whole);
	return TMD_OK;
}

enum tmd_rc tmd_fs_open(const char *root, struct tmd_fs **out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = NULL;
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	struct tmd_fs *fs;

	if (is_live(root))
		path = tmd_strdup("/");
	else if (open_root(root, &path, &dir, err) != TMD_OK)
		return TMD_FAILED;
	fs = tmd_alloc(1, sizeof(*fs));
	fs->live = is_live(root);
	fs->root = path;
	fs->dir = tmd_handle_take(&dir);
	path = NULL;
	*out = fs;
	return TMD_OK;
}

void tmd_fs_free(struct tmd_fs *fs)
{
	if (!fs)
		return;
	tmd_handle_close(&fs->dir);
	tmd_seen_release(&fs->seen);
	free(fs->root);
	free(fs);
}

char *tmd_fs_outside_path(const struct tmd_fs *fs, const char *path)
{
	struct tmd_path_root root = tmd_path_root(path);

	if (fs->live)
		return tmd_strdup(path);
	/* The drive of the image is the root itself. */
	return tmd_path_join(fs->root, root.kind == TMD_ROOT_DRIVE ? path + root.len : path);
}
