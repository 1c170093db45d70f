/* Where symbolic links and junctions lead, from their reparse data. */
#include "os/win32/fs_internal.h"

#include <winioctl.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/text.h"

/* REPARSE_DATA_BUFFER, which only drivers have a header for; offsets in bytes. */
#define AT_TAG 0
#define AT_DATA_LENGTH 4
#define AT_NAME_OFFSET 8 /* of the name that counts, not the one for show */
#define AT_NAME_LENGTH 10
#define AT_FLAGS 16 /* symbolic links only */
#define HEADER_LEN 8
#define JUNCTION_NAMES 16
#define LINK_NAMES 20

#define NT_PREFIX "\\??\\"

static unsigned get16(const unsigned char *at)
{
	return at[0] | (unsigned)at[1] << 8;
}

static uint32_t get32(const unsigned char *at)
{
	return get16(at) | (uint32_t)get16(at + 2) << 16;
}

/* The name in the part of the data that begins at `names`. */
static char *get_name(const unsigned char *bytes, size_t len, size_t names)
{
	size_t offset = get16(bytes + AT_NAME_OFFSET);
	size_t name_len = get16(bytes + AT_NAME_LENGTH);
	TMD_AUTO_FREE wchar_t *wide = NULL;

	if (!name_len || name_len % sizeof(*wide) || names + offset + name_len > len)
		return NULL;
	wide = tmd_alloc(name_len / sizeof(*wide) + 1, sizeof(*wide));
	memcpy(wide, bytes + names + offset, name_len);
	if (wcslen(wide) * sizeof(*wide) != name_len)
		return NULL;
	return tmd_narrow(wide);
}

/* What the kernel calls "\\??\\C:\\x" Windows calls "C:\\x". */
static char *from_nt(const char *name)
{
	const char *rest = name + strlen(NT_PREFIX);

	if (!tmd_str_starts(name, NT_PREFIX))
		return NULL;
	if (tmd_is_alpha(rest[0]) && rest[1] == ':')
		return tmd_is_separator(rest[2]) ? tmd_strdup(rest) : tmd_format("%.2s\\", rest);
	if (tmd_str_starts(rest, "UNC\\"))
		return tmd_format("\\\\%s", rest + strlen("UNC\\"));
	return tmd_format("\\\\?\\%s", rest);
}

char *tmd_link_target(const void *data, size_t len)
{
	const unsigned char *bytes = data;
	TMD_AUTO_FREE char *name = NULL;
	uint32_t tag;

	if (len < LINK_NAMES)
		return NULL;
	tag = get32(bytes + AT_TAG);
	if (HEADER_LEN + get16(bytes + AT_DATA_LENGTH) < len)
		len = HEADER_LEN + get16(bytes + AT_DATA_LENGTH);
	if (tag == IO_REPARSE_TAG_MOUNT_POINT) {
		name = get_name(bytes, len, JUNCTION_NAMES);
		return name ? from_nt(name) : NULL;
	}
	if (tag != IO_REPARSE_TAG_SYMLINK || len < LINK_NAMES)
		return NULL;
	name = get_name(bytes, len, LINK_NAMES);
	if (!name)
		return NULL;
	if (get32(bytes + AT_FLAGS) & SYMLINK_FLAG_RELATIVE)
		return tmd_strdup(name);
	return from_nt(name);
}

DWORD tmd_handle_link(HANDLE handle, char **target)
{
	TMD_AUTO_FREE void *data = tmd_alloc(MAXIMUM_REPARSE_DATA_BUFFER_SIZE, 1);
	DWORD len = 0;
	char *found;

	if (!DeviceIoControl(handle, FSCTL_GET_REPARSE_POINT, NULL, 0, data,
			     MAXIMUM_REPARSE_DATA_BUFFER_SIZE, &len, NULL))
		return GetLastError();
	found = tmd_link_target(data, len);
	if (!found)
		return ERROR_INVALID_REPARSE_DATA;
	*target = found;
	return 0;
}
