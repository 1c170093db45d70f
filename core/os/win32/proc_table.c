/* Looking for a running program in the process table, by file rather than by name. */
#include "os/proc.h"

#include <windows.h>
#include <tlhelp32.h>

#include "base/mem.h"
#include "os/win32/fs_internal.h"
#include "os/win32/text.h"

#define PATH_UNITS 32768 /* of any path */

static bool is_file(struct tmd_fs *fs, const char *path, const struct tmd_stat *wanted)
{
	struct tmd_error ignored;
	struct tmd_stat st;

	return tmd_fs_stat(fs, path, &st, &ignored) == TMD_OK && st.device == wanted->device &&
	       st.inode == wanted->inode;
}

/* The table has names of files only; the process itself knows where its own lies. */
static bool runs_file(struct tmd_fs *fs, DWORD pid, const struct tmd_stat *wanted)
{
	TMD_AUTO_HANDLE HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
	TMD_AUTO_FREE wchar_t *wide = NULL;
	TMD_AUTO_FREE char *path = NULL;
	DWORD units = PATH_UNITS;

	if (!process)
		return false;
	wide = tmd_alloc(PATH_UNITS, sizeof(*wide));
	if (!QueryFullProcessImageNameW(process, 0, wide, &units))
		return false;
	path = tmd_narrow(wide);
	return is_file(fs, path, wanted);
}

/* Scripts are not found: what an interpreter was told is the process's own. */
bool tmd_proc_running(struct tmd_fs *fs, const char *program)
{
	TMD_AUTO_HANDLE HANDLE table = NULL;
	PROCESSENTRY32W entry = { .dwSize = sizeof(entry) };
	struct tmd_error ignored;
	struct tmd_stat st;
	bool found = false;

	if (!fs->live || tmd_fs_stat(fs, program, &st, &ignored) != TMD_OK)
		return false;
	table = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
	if (table == INVALID_HANDLE_VALUE)
		table = NULL;
	for (BOOL more = table && Process32FirstW(table, &entry); more && !found;
	     more = Process32NextW(table, &entry)) {
		if (entry.th32ProcessID != GetCurrentProcessId())
			found = runs_file(fs, entry.th32ProcessID, &st);
	}
	return found;
}
