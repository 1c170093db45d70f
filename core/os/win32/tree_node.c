/* Directories of a walk as handles. No reparse point is followed, so nothing is mounted in between. */
#include "os/tree_node.h"

#include <string.h>

#include "base/mem.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define NAME_BYTES (TMD_NAME_LIMIT * 3 + 1) /* of a name in UTF-8 */

static const struct tmd_open directory = {
	.access = FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES,
	.share = TMD_SHARE_ALL,
	.disposition = FILE_OPEN,
	.options = FILE_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT,
};

static enum tmd_rc fill(HANDLE *dir, const char *path, struct tmd_node *out, struct tmd_error *err)
{
	struct tmd_file_info info;
	DWORD code = tmd_handle_info(*dir, &info);

	if (code)
		return tmd_fail_win(err, code, path, "cannot open the directory");
	if (info.type != TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_REFUSED, path, "name a directory", "not a directory");
	out->device = info.device;
	out->inode = info.inode;
	out->file = tmd_handle_take(dir);
	return TMD_OK;
}

enum tmd_rc tmd_node_open_place(const struct tmd_place *place, const char *path,
				struct tmd_node *out, struct tmd_error *err)
{
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	DWORD code;

	if (place->info.type != TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_REFUSED, path, "name a directory", "not a directory");
	code = tmd_place_open_at(place, place->name, &directory, &dir);
	if (code)
		return tmd_fail_win(err, code, path, "cannot open the directory");
	return fill(&dir, path, out, err);
}

static DWORD open_below(const struct tmd_node *dir, const char *name, const struct tmd_open *how,
			HANDLE *out)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(name);

	return wide ? tmd_open_at(dir->file, wide, how, out) : ERROR_INVALID_NAME;
}

enum tmd_rc tmd_node_open(const struct tmd_node *dir, const char *name, struct tmd_node *out,
			  struct tmd_error *err)
{
	TMD_AUTO_HANDLE HANDLE handle = NULL;
	DWORD code = open_below(dir, name, &directory, &handle);

	if (code)
		return tmd_fail_win(err, code, name, "cannot open the directory");
	return fill(&handle, name, out, err);
}

enum tmd_rc tmd_node_open_file(const struct tmd_node *dir, const char *name, tmd_file *out,
			       struct tmd_error *err)
{
	static const struct tmd_open how = {
		.access = FILE_GENERIC_READ,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_NON_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT,
	};
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_file_info info;
	DWORD code = open_below(dir, name, &how, &file);

	if (!code)
		code = tmd_handle_info(file, &info);
	if (code)
		return tmd_fail_win(err, code, name, "cannot open");
	if (tmd_type_check_regular(info.type, name, err))
		return TMD_FAILED;
	*out = tmd_handle_take(&file);
	return TMD_OK;
}

void tmd_node_close(struct tmd_node *node)
{
	tmd_handle_close(&node->file);
}

static enum tmd_file_type type_of(DWORD attributes)
{
	if (attributes & FILE_ATTRIBUTE_REPARSE_POINT)
		return TMD_FILE_SYMLINK;
	if (attributes & FILE_ATTRIBUTE_DIRECTORY)
		return TMD_FILE_DIRECTORY;
	/* Kept elsewhere: a look at it would fetch it. */
	return attributes & FILE_ATTRIBUTE_OFFLINE ? TMD_FILE_OTHER : TMD_FILE_REGULAR;
}

static void add(const FILE_FULL_DIR_INFO *entry, const struct tmd_node_names *names)
{
	char name[NAME_BYTES];
	int len = WideCharToMultiByte(CP_UTF8, 0, entry->FileName,
				      (int)(entry->FileNameLength / sizeof(*entry->FileName)), name,
				      sizeof(name) - 1, NULL, NULL);

	name[len] = '\0';
	if (len && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		names->add(names->arg, name, type_of(entry->FileAttributes));
}

enum tmd_rc tmd_node_list(const struct tmd_node *dir, const struct tmd_node_names *names,
			  struct tmd_error *err)
{
	DWORD code;

	while (GetFileInformationByHandleEx(dir->file, FileFullDirectoryInfo, names->chunk,
					    (DWORD)TMD_NODE_CHUNK)) {
		const char *at = names->chunk;
		DWORD next;

		do {
			const FILE_FULL_DIR_INFO *entry =
				(const FILE_FULL_DIR_INFO *)(const void *)at;

			next = entry->NextEntryOffset;
			at += next;
			add(entry, names);
		} while (next);
	}
	code = GetLastError();
	/* The root of a volume has not even the entries with dots. */
	if (code == ERROR_NO_MORE_FILES || code == ERROR_FILE_NOT_FOUND)
		return TMD_OK;
	return tmd_fail_win(err, code, NULL, "cannot read the directory");
}

/* What lies on another volume is a reparse point, and was not opened. */
bool tmd_node_is_akin(const struct tmd_node *a, const struct tmd_node *b)
{
	(void)a;
	(void)b;
	return true;
}

/* ---- mounts ---- */

struct tmd_mounts *tmd_mounts_read(const char *path, enum tmd_mount_kind *at,
				   struct tmd_mount_span *span)
{
	struct tmd_path_root root = tmd_path_root(path);
	const wchar_t drive[] = { (wchar_t)root.drive, L':', L'\\', L'\0' };
	bool remote = root.kind == TMD_ROOT_SHARE ||
		      (root.kind == TMD_ROOT_DRIVE && GetDriveTypeW(drive) == DRIVE_REMOTE);

	*at = remote ? TMD_MOUNT_NETWORK : TMD_MOUNT_DISK;
	*span = (struct tmd_mount_span){ 0 };
	return NULL;
}

void tmd_mounts_free(struct tmd_mounts *mounts)
{
	(void)mounts;
}

enum tmd_mount_kind tmd_mounts_find(const struct tmd_mounts *mounts, const struct tmd_mount_span *dir,
				    const char *name, struct tmd_mount_span *below, const char **type)
{
	(void)mounts;
	(void)dir;
	(void)name;
	(void)type;
	*below = (struct tmd_mount_span){ 0 };
	return TMD_MOUNT_NONE;
}
