/* The directories of this machine's Windows, as the registry has them. */
#include "os/win32/fs_internal.h"

#include <stdlib.h>
#include <wchar.h>

#include "base/mem.h"
#include "os/win32/text.h"

#define PATH_UNITS 1024
#define CURRENT_VERSION L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
#define PROFILES L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
#define SYSTEM_DRIVE L"%SystemDrive%"

/*
 * A directory of the system's by the registry, not by the environment, which is the caller's.
 * `name` is also its usual one on the system's drive. Caller frees.
 */
static char *system_directory(const wchar_t *key, const wchar_t *value, const char *name)
{
	const size_t prefix = wcslen(SYSTEM_DRIVE);
	wchar_t drive[PATH_UNITS] = L"C:";
	wchar_t raw[PATH_UNITS] = { 0 };
	DWORD size = sizeof(raw);
	TMD_AUTO_FREE char *text = NULL;
	TMD_AUTO_FREE char *start = NULL;

	(void)GetSystemWindowsDirectoryW(drive, PATH_UNITS);
	start = tmd_narrow_n(drive, 2);
	if (RegGetValueW(HKEY_LOCAL_MACHINE, key, value,
			 RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, raw,
			 &size) != ERROR_SUCCESS)
		return tmd_format("%s\\%s", start, name);
	if (_wcsnicmp(raw, SYSTEM_DRIVE, prefix) == 0) {
		text = tmd_narrow(raw + prefix);
		return tmd_format("%s%s", start, text);
	}
	return tmd_narrow(raw);
}

char *tmd_program_data_path(void)
{
	return system_directory(PROFILES, L"ProgramData", "ProgramData");
}

char *tmd_program_files_path(void)
{
	return system_directory(CURRENT_VERSION, L"ProgramFilesDir", "Program Files");
}

bool tmd_program_data_info(struct tmd_file_info *out)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };
	TMD_AUTO_FREE char *path = tmd_program_data_path();
	TMD_AUTO_FREE char *nt_path = tmd_format("\\??\\%s", path);
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(nt_path);
	TMD_AUTO_HANDLE HANDLE dir = NULL;

	return wide && !tmd_open_at(NULL, wide, &how, &dir) && !tmd_handle_info(dir, out);
}
