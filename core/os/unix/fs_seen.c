/* Watching: what reading found is noted, and compared before a change. */
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

void tmd_fs_watch(struct tmd_fs *fs, bool on)
{
	tmd_seen_release(&fs->seen);
	fs->seen.on = on;
}

/* Where it would be made is known too, unless parents are missing. */
static void note_missing(struct tmd_fs *fs, struct tmd_seen_name *name, unsigned flags)
{
	const struct tmd_identity nothing = { .exists = false };
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	struct tmd_error ignored;

	if (tmd_place_find(fs, name->asked, flags | TMD_PLACE_MISSING, &place, &ignored) == TMD_OK)
		name->place = place.path;
	tmd_seen_note(&fs->seen, name, &nothing);
}

enum tmd_rc tmd_place_look(struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err)
{
	struct tmd_seen_name name = { .asked = path, .followed = flags & TMD_PLACE_FOLLOW };
	struct tmd_identity identity;
	struct tmd_error local = { 0 };

	if (tmd_place_find(fs, path, flags, out, &local) == TMD_OK) {
		name.place = out->path;
		identity = identity_of(&out->st);
		tmd_seen_note(&fs->seen, &name, &identity);
		return TMD_OK;
	}
	if (local.kind == TMD_E_NOT_FOUND && fs->seen.on)
		note_missing(fs, &name, flags);
	*err = local;
	return TMD_FAILED;
}

enum tmd_rc tmd_place_check_seen(const struct tmd_place *place, const char *path, bool followed,
				 struct tmd_error *err)
{
	const struct tmd_seen_name name = { path, followed, place->path };
	struct tmd_identity now = { .exists = false };

	if (place->exists)
		now = identity_of(&place->st);
	if (!tmd_seen_differs(&place->fs->seen, &name, &now))
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, path,
			"run again: what is there now is taken into account then",
			"somebody else changed it since it was read, so it is left alone");
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

enum tmd_rc tmd_fs_check_seen(struct tmd_fs *fs, const char *path, bool followed,
			      struct tmd_error *err)
{
	unsigned flags = TMD_PLACE_MISSING | (followed ? TMD_PLACE_FOLLOW : 0u);
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (!fs->seen.on)
		return TMD_OK;
	if (tmd_place_find(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_place_check_seen(&place, path, followed, err);
}
