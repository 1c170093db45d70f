/* Directories are not replaced as a whole yet. */
#include "os/fs.h"

static enum tmd_rc fail_unsupported(const char *path, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_UNSUPPORTED, path,
			"put the directory there yourself; what it holds is told all the same",
			"a directory cannot be replaced as a whole on Windows yet");
}

enum tmd_rc tmd_fs_replace_tree(struct tmd_fs *fs, const char *path,
				const struct tmd_fs_tree_file *files, size_t count,
				struct tmd_error *err)
{
	(void)fs;
	(void)files;
	(void)count;
	return fail_unsupported(path, err);
}

enum tmd_rc tmd_fs_check_tree(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	(void)fs;
	return fail_unsupported(path, err);
}
