/* Watching: what reading found is noted, and compared before a change. */
#include "fs_internal.h"

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
		identity = tmd_place_identity(out);
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
	const struct tmd_identity now = tmd_place_identity(place);

	if (!tmd_seen_differs(&place->fs->seen, &name, &now))
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, path,
			"run again: what is there now is taken into account then",
			"somebody else changed it since it was read, so it is left alone");
}

enum tmd_rc tmd_fs_check_seen(struct tmd_fs *fs, const char *path, bool followed,
			      struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_MISSING | (followed ? TMD_PLACE_FOLLOW : 0u);
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (!fs->seen.on)
		return TMD_OK;
	if (tmd_place_find(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_place_check_seen(&place, path, followed, err);
}
