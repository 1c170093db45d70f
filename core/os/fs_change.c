/* May it be changed, and changing it: what is judged before the system does its part. */
#include "fs_internal.h"

#include <string.h>

#define REPLACED (TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE)
#define REMOVED (TMD_PLACE_MISSING | TMD_PLACE_WRITE)

enum tmd_rc tmd_fail_raced(const char *path, const char *did, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, path, "run again when nobody changes it",
			"somebody else %s at the same moment", did);
}

#define LOOKS_MAX 8

bool tmd_looks_again(unsigned failed, struct tmd_error *err)
{
	if (err->kind != TMD_E_CONFLICT || failed == LOOKS_MAX)
		return false;
	tmd_error_clear(err);
	return true;
}

/* A regular file, or of another type that is as good. */
static enum tmd_rc check_kind(const struct tmd_place *place, enum tmd_file_type other,
			      const char *path, struct tmd_error *err)
{
	struct tmd_stat st;

	if (!place->exists)
		return TMD_OK;
	tmd_place_stat(place, &st);
	return st.type == other ? TMD_OK : tmd_type_check_regular(st.type, path, err);
}

static enum tmd_rc check_write(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, REPLACED, &place, err) != TMD_OK ||
	    check_kind(&place, TMD_FILE_REGULAR, path, err) != TMD_OK ||
	    tmd_place_check_directory(&place, path, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_place_check_replace(&place, path, err);
}

/* Nothing is changed yet, so a file that another run replaces in the middle is looked at again. */
enum tmd_rc tmd_fs_check_write(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	for (unsigned failed = 1; check_write(fs, path, err) != TMD_OK; failed++) {
		if (!tmd_looks_again(failed, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_fs_check_remove(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, REMOVED, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (!place.exists)
		return TMD_OK;
	if (check_kind(&place, TMD_FILE_SYMLINK, path, err) != TMD_OK ||
	    tmd_place_check_directory(&place, path, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_place_check_remove(&place, path, err);
}

enum tmd_rc tmd_fs_remove(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, REMOVED, &place, err) != TMD_OK ||
	    check_kind(&place, TMD_FILE_SYMLINK, path, err) != TMD_OK ||
	    tmd_place_check_seen(&place, path, false, err) != TMD_OK)
		return TMD_FAILED;
	tmd_temp_clean(&place);
	return place.exists ? tmd_place_remove(fs, &place, path, err) : TMD_OK;
}

static bool same_directory(const struct tmd_place *a, const struct tmd_place *b)
{
	size_t len = (size_t)(a->name - a->path);

	return !a->missing && !b->missing && len == (size_t)(b->name - b->path) &&
	       memcmp(a->path, b->path, len) == 0;
}

enum tmd_rc tmd_fs_rename(struct tmd_fs *fs, const char *from, const char *to,
			  struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place old = { 0 };
	TMD_AUTO_PLACE struct tmd_place new = { 0 };

	if (tmd_fs_gate(fs, from, err) != TMD_OK ||
	    tmd_place_find(fs, from, TMD_PLACE_WRITE, &old, err) != TMD_OK ||
	    tmd_place_find(fs, to, REMOVED, &new, err) != TMD_OK ||
	    check_kind(&old, TMD_FILE_SYMLINK, from, err) != TMD_OK ||
	    tmd_place_check_seen(&old, from, false, err) != TMD_OK)
		return TMD_FAILED;
	if (!same_directory(&old, &new))
		return tmd_fail(err, TMD_E_INVALID_INPUT, to, NULL,
				"cannot rename %s into another directory", from);
	return tmd_place_rename(fs, &old, &new, from, to, err);
}

enum tmd_rc tmd_fs_set_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			    struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_WRITE, &place, err) != TMD_OK ||
	    check_kind(&place, TMD_FILE_DIRECTORY, path, err) != TMD_OK ||
	    tmd_place_check_seen(&place, path, true, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_place_set_attr(fs, &place, attr, path, err);
}
