/*
 * What the unit tests need of Windows. Their paths are plain ASCII, so the narrow functions serve;
 * what trustmend makes of other names is tested in os/win32.
 */
#include "unit.h"

#include <windows.h>

void unit_set_time_limit(void)
{
	_putenv_s("CK_DEFAULT_TIMEOUT", UNIT_TIME_LIMIT);
}

#define SCRATCH_TRIES 1000

/* Process numbers come again, and a test that failed has left its directory. */
void unit_make_scratch(char *path, size_t size)
{
	static unsigned count;
	char top[MAX_PATH + 1];
	DWORD len = GetTempPathA(sizeof(top), top);
	BOOL made = FALSE;
	int needed;

	ck_assert_msg(len > 0 && len < sizeof(top), "there is no directory for temporary files");
	for (char *at = top; (at = strchr(at, '\\')) != NULL;)
		*at = '/';
	for (int i = 0; i < SCRATCH_TRIES && !made; i++) {
		needed = snprintf(path, size, "%strustmend-unit-%lx-%x", top, GetCurrentProcessId(),
				  ++count);
		ck_assert_msg(needed > 0 && (size_t)needed < size, "the path is too long: %s", top);
		made = CreateDirectoryA(path, NULL);
		if (!made && GetLastError() != ERROR_ALREADY_EXISTS)
			break;
	}
	ck_assert_msg(made, "cannot make %s", path);
}

static void remove_found(const char *dir, const WIN32_FIND_DATAA *found)
{
	char path[2 * MAX_PATH];

	if (strcmp(found->cFileName, ".") == 0 || strcmp(found->cFileName, "..") == 0)
		return;
	snprintf(path, sizeof(path), "%s/%s", dir, found->cFileName);
	SetFileAttributesA(path, FILE_ATTRIBUTE_NORMAL);
	if (!(found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
		DeleteFileA(path);
	else if (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
		RemoveDirectoryA(path);
	else
		unit_remove_tree(path);
}

void unit_remove_tree(const char *path)
{
	WIN32_FIND_DATAA found;
	char pattern[2 * MAX_PATH];
	HANDLE search;

	snprintf(pattern, sizeof(pattern), "%s/*", path);
	search = FindFirstFileA(pattern, &found);
	if (search != INVALID_HANDLE_VALUE) {
		do
			remove_found(path, &found);
		while (FindNextFileA(search, &found));
		FindClose(search);
	}
	RemoveDirectoryA(path);
}

void unit_mkdir(const char *path)
{
	ck_assert_msg(CreateDirectoryA(path, NULL), "cannot make %s", path);
}

bool unit_exists(const char *path)
{
	return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

bool unit_is_link(const char *path)
{
	DWORD attributes = GetFileAttributesA(path);

	return attributes != INVALID_FILE_ATTRIBUTES &&
	       (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

/* Needs a privilege or the developer mode; Wine 8 says that it made one and did not. */
bool unit_symlink(const char *target, const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	DWORD flags = SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE;
	char full[2 * MAX_PATH];
	DWORD attributes;

	snprintf(full, sizeof(full), "%.*s%s", (int)(base - path), path, target);
	attributes = GetFileAttributesA(full);
	if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY))
		flags |= SYMBOLIC_LINK_FLAG_DIRECTORY;
	return CreateSymbolicLinkA(path, target, flags) && unit_is_link(path);
}
