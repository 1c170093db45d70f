/* The managed tree as an object: what it is, and the gate before writing. */
#include "fs_internal.h"

void tmd_fs_free_ptr(struct tmd_fs **fs)
{
	tmd_fs_free(*fs);
	*fs = NULL;
}

bool tmd_fs_is_live(const struct tmd_fs *fs)
{
	return fs->live;
}

const char *tmd_fs_root(const struct tmd_fs *fs)
{
	return fs->root;
}

void tmd_fs_allow_writes(struct tmd_fs *fs, bool allowed)
{
	fs->writes = allowed;
}

bool tmd_fs_writes_allowed(const struct tmd_fs *fs)
{
	return fs->writes;
}

enum tmd_rc tmd_fs_gate(const struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	if (fs->writes)
		return TMD_OK;
	return tmd_fail(err, TMD_E_INTERNAL, path, "please report this as a bug",
			"a change was attempted outside apply");
}
