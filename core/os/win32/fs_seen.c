/* What tells a file from another, for watching. */
#include "os/win32/fs_internal.h"

struct tmd_identity tmd_place_identity(const struct tmd_place *place)
{
	const struct tmd_file_info *info = &place->info;
	struct tmd_identity identity = { .exists = place->exists };

	if (!place->exists)
		return identity;
	identity.device = info->device;
	identity.inode = info->inode;
	/* A directory changes with what is written into it. */
	if (info->type == TMD_FILE_DIRECTORY)
		return identity;
	identity.size = info->size;
	identity.modified = info->modified;
	identity.changed = info->created;
	return identity;
}

void tmd_place_renew(struct tmd_fs *fs, const char *path, bool followed)
{
	const unsigned flags = TMD_PLACE_MISSING | (followed ? TMD_PLACE_FOLLOW : 0u);
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	struct tmd_seen_name name = { path, followed, NULL };
	struct tmd_identity now;
	struct tmd_error ignored;

	if (!fs->seen.on || tmd_place_find(fs, path, flags, &place, &ignored) != TMD_OK)
		return;
	name.place = place.path;
	now = tmd_place_identity(&place);
	tmd_seen_renew(&fs->seen, &name, &now);
}
