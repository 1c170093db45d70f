/* Who else may change what a path leads to. */
#include "os/fs.h"

enum tmd_rc tmd_fs_changeable_by_others(struct tmd_fs *fs, const char *path, uint32_t user,
					char **why, struct tmd_error *err)
{
	(void)fs;
	(void)user;
	(void)why;
	return tmd_fail(err, TMD_E_UNSUPPORTED, path, "look at its access list yourself",
			"who may change this file is not asked here yet");
}
