/* What no name in an archive may be, on any system that it is unpacked on. */
#include "archive/names.h"

#include <stdbool.h>
#include <string.h>

#include "archive/archive.h"
#include "base/buf.h"
#include "base/str.h"

static const char *check_text(const char *text)
{
	size_t len = strlen(text);

	if (!len)
		return "has no name";
	if (len > TMD_ARCHIVE_NAME_MAX)
		return "has a name that is too long";
	if (*text == '/')
		return "has an absolute name";
	if (!tmd_utf8_valid(text, len))
		return "has a name that is not UTF-8";
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return "has control characters in its name";
		if (text[i] == '\\' || text[i] == ':')
			return "has a name that means another place on Windows";
	}
	return NULL;
}

static const char *check_part(const char *part, size_t len)
{
	if (len == 2 && memcmp(part, "..", 2) == 0)
		return "has a name that leads out of the archive";
	if (part[len - 1] == '.' || part[len - 1] == ' ')
		return "has a name that means another file on Windows";
	return NULL;
}

const char *tmd_archive_name(const char *text, char **out)
{
	TMD_AUTO_BUF struct tmd_buf name = { 0 };
	const char *why = check_text(text);
	unsigned depth = 0;

	while (!why && *text) {
		size_t len = strcspn(text, "/");
		bool none = !len || (len == 1 && *text == '.');

		why = none ? NULL : check_part(text, len);
		if (!none && ++depth > TMD_ARCHIVE_DEPTH_MAX)
			why = "lies too deep";
		if (!none)
			tmd_buf_addf(&name, "%s%.*s", name.len ? "/" : "", (int)len, text);
		text += len + (text[len] == '/');
	}
	if (!why)
		*out = tmd_buf_steal(&name);
	return why;
}
