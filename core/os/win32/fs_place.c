/* Places: what was found at the end of a walk, and opening what lies there. */
#include "os/win32/fs_internal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "os/win32/text.h"

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

/* What is at the place now? A code when that cannot be said. */
DWORD tmd_place_look_again(const struct tmd_place *place, struct tmd_file_info *info)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE file = NULL;
	DWORD code = tmd_place_open_at(place, place->name, &how, &file);

	return code ? code : tmd_handle_info(file, info);
}
