/*
 * Files by handle: opened relative to a directory, looked at, renamed and deleted without
 * their path being walked again.
 */
#include "os/win32/fs_internal.h"

#include <winternl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"
#include "os/win32/text.h"

/* Of ntstatus.h, which does not go together with windows.h. */
#define NT_DELETE_PENDING ((NTSTATUS)0xC0000056)
#define NT_NOT_IMPLEMENTED ((NTSTATUS)0xC0000002)
#define NT_INVALID_INFO_CLASS ((NTSTATUS)0xC0000003)
#define NT_INVALID_PARAMETER ((NTSTATUS)0xC000000D)
#define NT_INVALID_DEVICE_REQUEST ((NTSTATUS)0xC0000010)
#define NT_NOT_SUPPORTED ((NTSTATUS)0xC00000BB)
#define NT_FILE_SYSTEM_LIMITATION ((NTSTATUS)0xC0000427)

/* Information classes of NtSetInformationFile() that winternl.h lacks, with their flags. */
#define CLASS_RENAME_EX ((FILE_INFORMATION_CLASS)65)	  /* Windows 10 1607 */
#define CLASS_DISPOSITION_EX ((FILE_INFORMATION_CLASS)64) /* Windows 10 1607 */

#define RENAME_REPLACE 0x01u
#define RENAME_POSIX 0x02u
#define RENAME_IGNORE_READ_ONLY 0x40u /* Windows 10 1809 */

#define DISPOSITION_DELETE 0x01u
#define DISPOSITION_POSIX 0x02u
#define DISPOSITION_IGNORE_READ_ONLY 0x10u /* Windows 10 1809 */

#define FINAL_PATH_MAX 33000 /* 16-bit units */

#define DIR_CHUNK 65536 /* bytes of a directory read at once */

#define PAUSE_MIN 1 /* milliseconds */
#define PAUSE_MAX 16

#define KEPT_ATTRIBUTES                                                                            \
	(FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM |                 \
	 FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED)

void tmd_handle_close(HANDLE *handle)
{
	DWORD saved = GetLastError();

	if (*handle)
		CloseHandle(*handle);
	*handle = NULL;
	SetLastError(saved);
}

HANDLE tmd_handle_take(HANDLE *handle)
{
	HANDLE taken = *handle;

	*handle = NULL;
	return taken;
}

static DWORD code_of(NTSTATUS status)
{
	if (status >= 0)
		return 0;
	/* Windows makes "access denied" of it, which it is not. */
	if (status == NT_DELETE_PENDING)
		return ERROR_DELETE_PENDING;
	return RtlNtStatusToDosError(status);
}

DWORD tmd_open_at(HANDLE dir, const wchar_t *name, const struct tmd_open *how, HANDLE *out)
{
	size_t len = wcslen(name) * sizeof(*name);
	TMD_AUTO_FREE wchar_t *copy = NULL;
	UNICODE_STRING text = { 0 };
	OBJECT_ATTRIBUTES object = { .Length = sizeof(object), .RootDirectory = dir };
	IO_STATUS_BLOCK io = { 0 };
	HANDLE handle = NULL;
	NTSTATUS status;

	if (len > UINT16_MAX - sizeof(*name))
		return ERROR_FILENAME_EXCED_RANGE;
	copy = tmd_memdup(name, len + sizeof(*name)); /* the system's type is not const */
	text.Buffer = copy;
	text.Length = (USHORT)len;
	text.MaximumLength = (USHORT)len;
	object.ObjectName = &text;
	object.Attributes = OBJ_CASE_INSENSITIVE | (how->no_links ? OBJ_DONT_REPARSE : 0);
	object.SecurityDescriptor = how->descriptor;
	status = NtCreateFile(&handle, how->access | SYNCHRONIZE, &object, &io, NULL,
			      how->attributes ? how->attributes : FILE_ATTRIBUTE_NORMAL, how->share,
			      how->disposition, how->options | FILE_SYNCHRONOUS_IO_NONALERT, NULL,
			      0);
	if (status < 0)
		return code_of(status);
	*out = handle;
	return 0;
}

/* ---- patience ---- */

bool tmd_is_busy(DWORD code)
{
	return code == ERROR_SHARING_VIOLATION || code == ERROR_LOCK_VIOLATION ||
	       code == ERROR_DELETE_PENDING || code == ERROR_USER_MAPPED_FILE;
}

bool tmd_is_missing(DWORD code)
{
	return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
}

bool tmd_wait_again(struct tmd_patience *patience)
{
	int64_t now = tmd_monotonic_ms();

	if (!patience->tries) {
		patience->until = now + TMD_PATIENCE_MS;
		patience->pause = PAUSE_MIN;
	}
	if (now >= patience->until && patience->tries >= TMD_PATIENCE_TRIES)
		return false;
	patience->tries++;
	tmd_sleep_ms(patience->pause);
	if (patience->pause < PAUSE_MAX)
		patience->pause *= 2;
	return true;
}

/* ---- looking ---- */

static enum tmd_file_type type_of(HANDLE handle, DWORD attributes, DWORD tag)
{
	if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) && IsReparseTagNameSurrogate(tag))
		return TMD_FILE_SYMLINK;
	if (attributes & FILE_ATTRIBUTE_DIRECTORY)
		return TMD_FILE_DIRECTORY;
	if ((attributes & FILE_ATTRIBUTE_DEVICE) || GetFileType(handle) != FILE_TYPE_DISK)
		return TMD_FILE_OTHER;
	return TMD_FILE_REGULAR;
}

static int64_t time_of(const FILETIME *time)
{
	return (int64_t)((uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime);
}

DWORD tmd_handle_info(HANDLE handle, struct tmd_file_info *out)
{
	BY_HANDLE_FILE_INFORMATION info;
	FILE_ATTRIBUTE_TAG_INFO tag = { 0 };

	if (!GetFileInformationByHandle(handle, &info))
		return GetLastError();
	if ((info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) &&
	    !GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag)))
		return GetLastError();
	out->attributes = info.dwFileAttributes;
	out->tag = tag.ReparseTag;
	out->type = type_of(handle, info.dwFileAttributes, tag.ReparseTag);
	out->size = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow;
	out->links = info.nNumberOfLinks;
	out->device = info.dwVolumeSerialNumber;
	out->inode = (uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow;
	out->modified = time_of(&info.ftLastWriteTime);
	out->created = time_of(&info.ftCreationTime);
	return 0;
}

bool tmd_same_file(const struct tmd_file_info *a, const struct tmd_file_info *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static char *plain_path(const wchar_t *wide)
{
	TMD_AUTO_FREE char *text = tmd_narrow(wide);

	if (tmd_str_starts(text, "\\\\?\\UNC\\"))
		return tmd_format("\\\\%s", text + strlen("\\\\?\\UNC\\"));
	if (tmd_str_starts(text, "\\\\?\\") && text[4] && text[5] == ':')
		return tmd_strdup(text + strlen("\\\\?\\"));
	return NULL;
}

char *tmd_final_path(HANDLE handle)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_alloc(FINAL_PATH_MAX, sizeof(*wide));
	DWORD len = GetFinalPathNameByHandleW(handle, wide, FINAL_PATH_MAX,
					      FILE_NAME_NORMALIZED | VOLUME_NAME_DOS);

	/* Real names cannot be found out where a parent may not be read, nor on every server. */
	if (!len)
		len = GetFinalPathNameByHandleW(handle, wide, FINAL_PATH_MAX,
						FILE_NAME_OPENED | VOLUME_NAME_DOS);
	return len && len < FINAL_PATH_MAX ? plain_path(wide) : NULL;
}

wchar_t *tmd_nt_path(HANDLE dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_final_path(dir);
	TMD_AUTO_FREE char *whole = NULL;
	const char *between;

	if (!path)
		return NULL;
	between = *name && !tmd_str_ends(path, "\\") ? "\\" : "";
	whole = path[0] == '\\' ? tmd_format("\\??\\UNC\\%s%s%s", path + 2, between, name)
				: tmd_format("\\??\\%s%s%s", path, between, name);
	return tmd_wide(whole);
}

DWORD tmd_read_names(HANDLE dir, size_t max, struct tmd_strv *names)
{
	TMD_AUTO_FREE char *chunk = tmd_alloc(DIR_CHUNK, 1);

	while (GetFileInformationByHandleEx(dir, FileFullDirectoryInfo, chunk, DIR_CHUNK)) {
		const char *at = chunk;
		const FILE_FULL_DIR_INFO *entry;

		do {
			TMD_AUTO_FREE char *name = NULL;

			entry = (const FILE_FULL_DIR_INFO *)(const void *)at;
			name = tmd_narrow_n(entry->FileName,
					    entry->FileNameLength / sizeof(*entry->FileName));
			at += entry->NextEntryOffset;
			if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
				continue;
			if (names->count == max)
				return ERROR_MORE_DATA;
			tmd_strv_add(names, name);
		} while (entry->NextEntryOffset);
	}
	/* The root of a volume has not even the entries with dots. */
	if (GetLastError() == ERROR_NO_MORE_FILES || GetLastError() == ERROR_FILE_NOT_FOUND)
		return 0;
	return GetLastError();
}

/* ---- changing ---- */

DWORD tmd_set_attributes(HANDLE file, DWORD attributes)
{
	FILE_BASIC_INFO info = { .FileAttributes = attributes & KEPT_ATTRIBUTES };
	struct tmd_file_info now;

	if (!tmd_handle_info(file, &now) &&
	    (now.attributes & KEPT_ATTRIBUTES) == info.FileAttributes)
		return 0;
	if (!info.FileAttributes)
		info.FileAttributes = FILE_ATTRIBUTE_NORMAL; /* 0 would change nothing */
	if (!SetFileInformationByHandle(file, FileBasicInfo, &info, sizeof(info)))
		return GetLastError();
	return 0;
}

/* Does the system, or the file system, not know this way of doing it? */
static bool is_unknown(NTSTATUS status)
{
	return status == NT_NOT_IMPLEMENTED || status == NT_INVALID_INFO_CLASS ||
	       status == NT_INVALID_PARAMETER || status == NT_INVALID_DEVICE_REQUEST ||
	       status == NT_NOT_SUPPORTED || status == NT_FILE_SYSTEM_LIMITATION;
}

/* What a file is to be called, and where. */
struct new_name {
	HANDLE dir;
	const char *name;
	const wchar_t *wide;
};

/* FILE_RENAME_INFORMATION, whose flags were once one BOOLEAN. */
struct rename_info {
	ULONG flags;
	HANDLE dir;	/* NULL: `name` is a whole path */
	ULONG name_len; /* bytes */
	wchar_t name[];
};

static NTSTATUS set_name_in(HANDLE file, HANDLE dir, const wchar_t *name, ULONG flags,
			    FILE_INFORMATION_CLASS class)
{
	size_t len = wcslen(name) * sizeof(*name);
	size_t size = sizeof(struct rename_info) + len + sizeof(*name);
	TMD_AUTO_FREE struct rename_info *info = tmd_alloc(1, size);
	IO_STATUS_BLOCK io = { 0 };

	info->flags = flags;
	info->dir = dir;
	info->name_len = (ULONG)len;
	memcpy(info->name, name, len);
	return NtSetInformationFile(file, &io, info, (ULONG)size, class);
}

static NTSTATUS set_name(HANDLE file, const struct new_name *to, ULONG flags,
			 FILE_INFORMATION_CLASS class)
{
	return set_name_in(file, to->dir, to->wide, flags, class);
}

/* Does the path lead to the open directory? Where that cannot be found out it does not. */
static bool leads_to(const wchar_t *path, HANDLE dir)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };
	TMD_AUTO_HANDLE HANDLE again = NULL;
	struct tmd_file_info there;
	struct tmd_file_info here;

	return !tmd_open_at(NULL, path, &how, &again) && !tmd_handle_info(again, &there) &&
	       !tmd_handle_info(dir, &here) && tmd_same_file(&there, &here);
}

/*
 * The way that every system and file server knows. The protocol of file servers has whole paths
 * only, so where the handle of the directory is refused the name goes by its path: not when that
 * leads elsewhere by now.
 */
static NTSTATUS set_name_plainly(HANDLE file, const struct new_name *to, bool replace)
{
	NTSTATUS status = set_name(file, to, replace, FileRenameInformation);
	TMD_AUTO_FREE wchar_t *dir = NULL;
	TMD_AUTO_FREE wchar_t *path = NULL;

	if (!is_unknown(status))
		return status;
	dir = tmd_nt_path(to->dir, "");
	path = tmd_nt_path(to->dir, to->name);
	if (!dir || !path || !leads_to(dir, to->dir))
		return status;
	return set_name_in(file, NULL, path, replace, FileRenameInformation);
}

/*
 * For a system that minds the read-only attribute of the file to be replaced: takes it away.
 * `*cleared` is the file, to have it again when the change fails.
 */
static void clear_read_only(HANDLE dir, const wchar_t *name, HANDLE *cleared, DWORD *attributes)
{
	const struct tmd_open how = {
		.access = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT | FILE_NON_DIRECTORY_FILE,
	};
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_file_info info;

	if (tmd_open_at(dir, name, &how, &file) || tmd_handle_info(file, &info) ||
	    !(info.attributes & FILE_ATTRIBUTE_READONLY) ||
	    tmd_set_attributes(file, info.attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY))
		return;
	*attributes = info.attributes;
	*cleared = tmd_handle_take(&file);
}

/*
 * The ways of older systems and other file systems. They replace a file that nobody has open
 * only, us included: what was read-only is found by its name again when it has to be so again.
 */
static NTSTATUS replace_as_before(HANDLE file, const struct new_name *to)
{
	const struct tmd_open again = {
		.access = FILE_WRITE_ATTRIBUTES,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT | FILE_NON_DIRECTORY_FILE,
	};
	TMD_AUTO_HANDLE HANDLE old = NULL;
	DWORD attributes = 0;
	NTSTATUS status;

	clear_read_only(to->dir, to->wide, &old, &attributes);
	tmd_handle_close(&old);
	status = set_name(file, to, RENAME_REPLACE | RENAME_POSIX, CLASS_RENAME_EX);
	if (is_unknown(status))
		status = set_name_plainly(file, to, true);
	if (status < 0 && attributes && !tmd_open_at(to->dir, to->wide, &again, &old))
		(void)tmd_set_attributes(old, attributes);
	return status;
}

DWORD tmd_rename_handle(HANDLE file, HANDLE dir, const char *name, bool replace)
{
	const ULONG flags = RENAME_REPLACE | RENAME_POSIX | RENAME_IGNORE_READ_ONLY;
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(name);
	const struct new_name to = { .dir = dir, .name = name, .wide = wide };
	size_t len = wide ? wcslen(wide) : 0;
	NTSTATUS status;

	if (!len)
		return ERROR_INVALID_NAME;
	if (len > TMD_NAME_LIMIT)
		return ERROR_FILENAME_EXCED_RANGE;
	if (!replace)
		return code_of(set_name_plainly(file, &to, false));
	status = set_name(file, &to, flags, CLASS_RENAME_EX);
	return code_of(is_unknown(status) ? replace_as_before(file, &to) : status);
}

DWORD tmd_delete_handle(HANDLE file)
{
	ULONG flags = DISPOSITION_DELETE | DISPOSITION_POSIX | DISPOSITION_IGNORE_READ_ONLY;
	IO_STATUS_BLOCK io = { 0 };
	BOOLEAN delete = TRUE;
	struct tmd_file_info info;
	bool read_only;
	NTSTATUS status =
		NtSetInformationFile(file, &io, &flags, sizeof(flags), CLASS_DISPOSITION_EX);

	if (!is_unknown(status))
		return code_of(status);
	read_only = !tmd_handle_info(file, &info) && (info.attributes & FILE_ATTRIBUTE_READONLY);
	if (read_only)
		(void)tmd_set_attributes(file, info.attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
	status = NtSetInformationFile(file, &io, &delete, sizeof(delete),
				      FileDispositionInformation);
	/* Its other names are to stay as they were. */
	if (read_only && (status < 0 || info.links > 1))
		(void)tmd_set_attributes(file, info.attributes);
	return code_of(status);
}
