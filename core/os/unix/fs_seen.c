/* What tells a file from another, for watching. */
#include "os/unix/fs_internal.h"

#include <errno.h>

#define NS ((int64_t)1000000000)

static struct tmd_identity identity_of(const struct stat *st)
{
	struct tmd_identity identity = {
		.exists = true,
		.device = (uint64_t)st->st_dev,
		.inode = (uint64_t)st->st_ino,
	};

	/* A directory changes with what is written into it. */
	if (S_ISDIR(st->st_mode))
		return identity;
	identity.size = (uint64_t)st->st_size;
	identity.modified = (int64_t)st->st_mtim.tv_sec * NS + st->st_mtim.tv_nsec;
	identity.changed = (int64_t)st->st_ctim.tv_sec * NS + st->st_ctim.tv_nsec;
	return identity;
}

bool tmd_stat_same(const struct stat *a, const struct stat *b)
{
	const struct tmd_identity one = identity_of(a);
	const struct tmd_identity other = identity_of(b);

	return tmd_identity_equal(&one, &other);
}

struct tmd_identity tmd_place_identity(const struct tmd_place *place)
{
	const struct tmd_identity nothing = { .exists = false };

	return place->exists ? identity_of(&place->st) : nothing;
}

void tmd_place_renew(struct tmd_fs *fs, const struct tmd_place *place, const char *path,
		     bool followed, int fd)
{
	const struct tmd_seen_name name = { path, followed, place->path };
	struct tmd_identity now = { .exists = false };
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		now = identity_of(&st);
	tmd_seen_renew(&fs->seen, &name, &now);
}
