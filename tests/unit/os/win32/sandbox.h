/* A scratch root with files beside it that nothing may reach, and the same files seen live. */
#ifndef TESTS_UNIT_OS_WIN32_SANDBOX_H
#define TESTS_UNIT_OS_WIN32_SANDBOX_H

#include <windows.h>

#include <stdarg.h>
#include <stdlib.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/fs.h"
#include "os/win32/text.h"
#include "unit.h"

#define KEEP_ALL                                                                                   \
	{                                                                                          \
		TMD_KEEP, TMD_KEEP, TMD_KEEP, 0                                                    \
	}

static char base[UNIT_DIR_MAX]; /* holds "outside" and "root"; with '/' */
static struct tmd_fs *fs;	/* the offline root */
static struct tmd_fs *live;
static struct tmd_error err;

/* A path below the scratch directory; valid until the fourth call after this one. */
static inline const char *below(const char *fmt, ...)
{
	static char paths[4][4200];
	static unsigned next;
	char *path = paths[next++ % 4];
	va_list args;
	int len = snprintf(path, sizeof(paths[0]), "%s/", base);

	va_start(args, fmt);
	vsnprintf(path + len, sizeof(paths[0]) - (size_t)len, fmt, args);
	va_end(args);
	return path;
}

/* The same as the wide functions take it, however long; the caller frees. */
static inline wchar_t *wide_path(const char *path)
{
	char *text = tmd_format("\\\\?\\%s", path);
	wchar_t *wide = tmd_wide(text);

	for (wchar_t *c = wide; *c; c++) {
		if (*c == L'/')
			*c = L'\\';
	}
	free(text);
	return wide;
}

static inline void put(const char *name, const char *text)
{
	unit_write(base, name, text, strlen(text));
}

static inline void make_dir(const char *name)
{
	unit_mkdir(below("%s", name));
}

/* Only where links can be made; see unit_symlink(). */
static inline bool make_link(const char *target, const char *name)
{
	return unit_symlink(target, below("%s", name));
}

static inline bool is_there(const char *name)
{
	return unit_exists(below("%s", name));
}

static inline void assert_file(const char *name, const char *text)
{
	size_t len;
	char *content = unit_read(below("%s", name), &len);

	ck_assert_str_eq(content, text);
	ck_assert_uint_eq(len, strlen(text));
	free(content);
}

static inline DWORD attributes_of(const char *name)
{
	return GetFileAttributesA(below("%s", name));
}

static inline void set_attributes(const char *name, DWORD attributes)
{
	ck_assert(SetFileAttributesA(below("%s", name), attributes));
}

/* Opens a file as another program might. */
static inline HANDLE hold(const char *name, DWORD access, DWORD share)
{
	HANDLE file = CreateFileA(below("%s", name), access, share, NULL, OPEN_EXISTING, 0, NULL);

	ck_assert_msg(file != INVALID_HANDLE_VALUE, "%s: error %lu", name, GetLastError());
	return file;
}

static inline bool is_temporary(const char *name)
{
	return tmd_str_ends(name, ".trustmend-tmp");
}

static inline unsigned temporary_files(const char *dir)
{
	WIN32_FIND_DATAA found;
	HANDLE search = FindFirstFileA(below("%s/*", dir), &found);
	unsigned count = 0;

	ck_assert(search != INVALID_HANDLE_VALUE);
	do
		count += is_temporary(found.cFileName);
	while (FindNextFileA(search, &found));
	FindClose(search);
	return count;
}

static inline void assert_no_temporary_files(const char *dir)
{
	ck_assert_uint_eq(temporary_files(dir), 0);
}

/* Wine keeps access lists only as far as the modes of unix can say the same. */
static inline bool is_wine(void)
{
	return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

/* Also what has long paths and names that are not ASCII, which unit_remove_tree() cannot. */
static inline void remove_wide(const wchar_t *path)
{
	const size_t room = wcslen(path) + 300;
	wchar_t *below_it = tmd_alloc(room, sizeof(*below_it));
	WIN32_FIND_DATAW found;
	HANDLE search;

	swprintf(below_it, room, L"%ls\\*", path);
	search = FindFirstFileW(below_it, &found);
	if (search != INVALID_HANDLE_VALUE) {
		do {
			swprintf(below_it, room, L"%ls\\%ls", path, found.cFileName);
			SetFileAttributesW(below_it, FILE_ATTRIBUTE_NORMAL);
			if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
				DeleteFileW(below_it);
			else if (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
				RemoveDirectoryW(below_it);
			else if (wcscmp(found.cFileName, L".") != 0 &&
				 wcscmp(found.cFileName, L"..") != 0)
				remove_wide(below_it);
		} while (FindNextFileW(search, &found));
		FindClose(search);
	}
	RemoveDirectoryW(path);
	free(below_it);
}

static inline void sandbox_setup(void)
{
	memset(&err, 0, sizeof(err));
	unit_make_dir(base);
	make_dir("root");
	make_dir("outside");
	put("outside/secret", "secret\n");
	ck_ok(tmd_fs_open(below("root"), &fs, &err), err);
	ck_ok(tmd_fs_open(NULL, &live, &err), err);
	tmd_fs_allow_writes(fs, true);
	tmd_fs_allow_writes(live, true);
}

static inline void sandbox_teardown(void)
{
	wchar_t *path = wide_path(base);

	tmd_fs_free_ptr(&fs);
	tmd_fs_free_ptr(&live);
	remove_wide(path);
	free(path);
	ck_assert(!unit_exists(base));
}

#endif
