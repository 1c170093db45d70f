/* Filling error objects, and the names of their kinds. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* A text that fills its field may have been cut within its last character: that one goes. */
static void trim(char *text, size_t size)
{
	size_t len = strlen(text);
	size_t last = len;
	uint32_t code;

	if (len + 1 < size)
		return;
	while (last > len - 3 && ((unsigned char)text[last - 1] & 0xC0) == 0x80)
		last--;
	if ((unsigned char)text[last - 1] >= 0xC0 &&
	    !tmd_utf8_next(text + last - 1, len - last + 1, &code))
		text[last - 1] = '\0';
}

static void copy_text(char *to, size_t size, const char *from)
{
	size_t len = from ? strlen(from) : 0;

	if (len >= size)
		len = size - 1;
	if (from)
		memcpy(to, from, len);
	to[len] = '\0';
	trim(to, size);
}

void tmd_error_set(struct tmd_error *err, enum tmd_error_kind kind, const char *path,
		   const char *hint, const char *fmt, ...)
{
	struct tmd_error made = { .kind = kind };
	va_list args;

	/* Made aside first: any of the texts may be the error's own. */
	va_start(args, fmt);
	vsnprintf(made.message, sizeof(made.message), fmt, args);
	va_end(args);
	trim(made.message, sizeof(made.message));
	copy_text(made.path, sizeof(made.path), path);
	copy_text(made.hint, sizeof(made.hint), hint);
	*err = made;
}

const char *tmd_error_kind_name(enum tmd_error_kind kind)
{
	static const char *const names[] = {
		[TMD_E_NONE] = "none",
		[TMD_E_INVALID_INPUT] = "invalid_input",
		[TMD_E_NOT_FOUND] = "not_found",
		[TMD_E_PERMISSION] = "permission",
		[TMD_E_UNSUPPORTED] = "unsupported",
		[TMD_E_BUSY] = "busy",
		[TMD_E_CONFLICT] = "conflict",
		[TMD_E_REFUSED] = "refused",
		[TMD_E_NOT_CONVERGED] = "not_converged",
		[TMD_E_IO] = "io",
		[TMD_E_INTERNAL] = "internal",
	};

	if ((size_t)kind >= sizeof(names) / sizeof(*names))
		return "internal";
	return names[kind];
}

void tmd_error_clear(struct tmd_error *err)
{
	err->kind = TMD_E_NONE;
	err->sys = 0;
	err->message[0] = '\0';
	err->path[0] = '\0';
	err->hint[0] = '\0';
}
