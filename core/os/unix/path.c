/* Paths as text: one separator, one root. */
#include "os/path.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const char tmd_path_list_separator[] = ":";

char *tmd_path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	while (len && dir[len - 1] == '/')
		len--;
	while (*name == '/')
		name++;
	return tmd_format("%.*s/%s", (int)len, dir, name);
}

char *tmd_path_dir(const char *path)
{
	const char *base = tmd_path_base(path);
	size_t len = (size_t)(base - path);

	if (!len)
		return tmd_strdup(".");
	while (len > 1 && path[len - 1] == '/')
		len--;
	return tmd_strndup(path, len);
}

const char *tmd_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool tmd_path_is_absolute(const char *path)
{
	return path[0] == '/';
}

char *tmd_path_key(const char *path)
{
	return tmd_strdup(path);
}
