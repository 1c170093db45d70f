/* The kinds and hints that system errors are reported with. */
#include "os/unix/sys_error.h"

#include <errno.h>
#include <string.h>

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
