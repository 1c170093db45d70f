/* Filling error objects; the texts that system errors are reported with. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy_text(char *to, size_t size, const char *from)
{
	size_t len = from ? strlen(from) : 0;

	if (len >= size)
		len = size - 1;
	if (from)
		memcpy(to, from, len);
	to[len] = '\0';
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
	copy_text(made.path, sizeof(made.path), path);
	copy_text(made.hint, sizeof(made.hint), hint);
	*err = made;
}

static const struct {
	int sys;
	enum tmd_error_kind kind;
	const char *hint;
} sys_errors[] = {
	{ EACCES, TMD_E_PERMISSION, "run as root, or as the owner of the file" },
	{ EPERM, TMD_E_PERMISSION,
	  "run as root; if you are, look for an immutable flag with lsattr" },
	{ ENOENT, TMD_E_NOT_FOUND, "check the path" },
	{ ENOTDIR, TMD_E_NOT_FOUND, "a part of the path is a file, not a directory" },
	{ EISDIR, TMD_E_REFUSED, "name the file inside the directory" },
	{ EROFS, TMD_E_IO, "the file system is read-only: remount it writable" },
	{ ENOSPC, TMD_E_IO, "the disk is full: free some space and run again" },
	{ EDQUOT, TMD_E_IO, "the disk quota is used up: free some space and run again" },
	{ EBUSY, TMD_E_CONFLICT,
	  "the file is a mount point of its own (a container?): change it where it comes from" },
	{ ELOOP, TMD_E_CONFLICT, "symbolic links lead in a circle" },
	{ ENAMETOOLONG, TMD_E_INVALID_INPUT, "the path is too long" },
};

void tmd_error_set_sys(struct tmd_error *err, int sys, const char *path, const char *what)
{
	enum tmd_error_kind kind = TMD_E_IO;
	const char *hint = NULL;

	for (size_t i = 0; i < sizeof(sys_errors) / sizeof(*sys_errors); i++) {
		if (sys_errors[i].sys != sys)
			continue;
		kind = sys_errors[i].kind;
		hint = sys_errors[i].hint;
	}
	tmd_error_set(err, kind, path, hint, "%s: %s", what, strerror(sys));
	err->sys = sys;
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
