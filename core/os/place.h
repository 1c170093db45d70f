/*
 * What os/fs.h stands on: places in the managed tree, found once and held open. What struct tmd_fs
 * and struct tmd_place are, each system says in its own fs_internal.h, which includes this and is
 * what the files in os/ include; the build looks for it in unix/ or win32/. There `tmd_file` is an
 * open file, TMD_NO_FILE none, and TMD_AUTO_FILE closes one.
 */
#ifndef TMD_OS_PLACE_H
#define TMD_OS_PLACE_H

#include "os/fs.h"
#include "os/seen.h"

struct tmd_place;

enum tmd_place_flag {
	TMD_PLACE_FOLLOW = 1 << 0,  /* a link in the last component is followed */
	TMD_PLACE_MISSING = 1 << 1, /* the last component and its parents may be missing */
	TMD_PLACE_WRITE = 1 << 2,   /* distrust the links of other users: os/fs.h says which */
	TMD_PLACE_READ = 1 << 3,    /* distrust the links of other users that lead to secrets */
	TMD_PLACE_SYSTEMS = 1 << 4, /* the first of the system's own */
};

#define TMD_AUTO_PLACE TMD_CLEANUP(tmd_place_release)

void tmd_place_release(struct tmd_place *place); /* zero-initialised is fine */

/* tmd_place_find() of the system, and it is noted what was found: for everything that reads. */
enum tmd_rc tmd_place_look(struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Fails with conflict when something else was there while it was watched. `followed`: the place
 * was found with TMD_PLACE_FOLLOW.
 */
enum tmd_rc tmd_place_check_seen(const struct tmd_place *place, const char *path, bool followed,
				 struct tmd_error *err) TMD_MUST_CHECK;

/* Refuses what is not a regular file: a directory, a device, a FIFO, a link. */
enum tmd_rc tmd_type_check_regular(enum tmd_file_type type, const char *path,
				   struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Whoever changes nothing looks again, a few times, at what somebody replaced at the same moment:
 * `failed` looks ended with this error, which is cleared where there is to be another.
 */
bool tmd_looks_again(unsigned failed, struct tmd_error *err) TMD_MUST_CHECK;

/* conflict: "somebody else `did` at the same moment", "changed it" for one. */
enum tmd_rc tmd_fail_raced(const char *path, const char *did, struct tmd_error *err);

/* Fails with internal while writes are not allowed. */
enum tmd_rc tmd_fs_gate(const struct tmd_fs *fs, const char *path,
			struct tmd_error *err) TMD_MUST_CHECK;

/* ---- what each system does its own way; `path` is the one asked for, for messages ---- */

struct tmd_identity tmd_place_identity(const struct tmd_place *place);

/* Of an existing place. */
void tmd_place_stat(const struct tmd_place *place, struct tmd_stat *st);
enum tmd_rc tmd_place_open_file(const struct tmd_place *place, const char *path, tmd_file *file,
				struct tmd_stat *st, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_place_read_link(const struct tmd_place *place, const char *path, char **target,
				struct tmd_error *err) TMD_MUST_CHECK;

/* Appends the names in a directory, unsorted; of too many only the first TMD_FS_DIR_MAX + 1. */
enum tmd_rc tmd_place_read_names(const struct tmd_place *place, const char *path,
				 struct tmd_strv *names, struct tmd_error *err) TMD_MUST_CHECK;

/* At most `room` bytes; *got is 0 at the end. */
enum tmd_rc tmd_file_read(tmd_file file, const char *path, char *to, size_t room, size_t *got,
			  struct tmd_error *err) TMD_MUST_CHECK;

/* Would the directory of a place let the caller make and remove names in it? */
enum tmd_rc tmd_place_check_directory(const struct tmd_place *place, const char *path,
				      struct tmd_error *err) TMD_MUST_CHECK;

/* And besides, may the file there be replaced, or made? May it be removed? */
enum tmd_rc tmd_place_check_replace(const struct tmd_place *place, const char *path,
				    struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_place_check_remove(const struct tmd_place *place, const char *path,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* The changes of os/fs.h at places that were judged; what is there then is noted anew. */
enum tmd_rc tmd_place_remove(struct tmd_fs *fs, const struct tmd_place *place, const char *path,
			     struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_place_rename(struct tmd_fs *fs, const struct tmd_place *old,
			     const struct tmd_place *new, const char *from, const char *to,
			     struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_place_set_attr(struct tmd_fs *fs, const struct tmd_place *place,
			       const struct tmd_fs_attr *attr, const char *path,
			       struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Removes the temporary files of the same target that killed runs left behind, as far as they are
 * certainly not in use and the caller may. Nothing depends on it.
 */
void tmd_temp_clean(const struct tmd_place *place);

#endif
