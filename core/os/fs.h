/*
 * The managed tree: every file that trustmend reads or changes on a machine, seen
 * below a root ("/" live, any directory for an offline image or a test).
 *
 * Paths are absolute (os/path.h) and as seen from inside the root; symbolic
 * links are followed as a process chrooted there would follow them and can never
 * lead out of it. Only tmd_fs_replace() and its neighbours write, and only after
 * tmd_fs_allow_writes(): before that each of them fails with `internal`.
 */
/*
 * On Windows an offline root is one drive's image: "/dir/file" and "C:/dir/file" are the same
 * file in it, other drives and shares are refused. Links are reparse points (symbolic links and
 * junctions). There is no mode: files have 0644, with the read-only attribute 0444, directories
 * 0755, and uid and gid are 0; tmd_fs_check_attr() refuses other wishes as unsupported. Access
 * control lists are kept on replace. A file that another program holds open without sharing is
 * tried again for two seconds; then the change fails with busy and names the file.
 * tmd_fs_world_readable() asks the file's own access list only: everybody may pass directories.
 * "Root" below is an elevated caller, and other users are all but Administrators, SYSTEM,
 * TrustedInstaller and himself. Below ProgramData, where every user may make files, he does not
 * write into what one of them owns, and a directory that he makes there only administrators may
 * change.
 */
#ifndef TMD_OS_FS_H
#define TMD_OS_FS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

#define TMD_FS_FILE_MAX ((size_t)16 << 20) /* bytes: the usual ceiling for a managed file */
#define TMD_FS_DIR_MAX 65536               /* entries in one directory */

enum tmd_file_type {
	TMD_FILE_REGULAR,
	TMD_FILE_DIRECTORY,
	TMD_FILE_SYMLINK,
	TMD_FILE_OTHER,
};

struct tmd_stat {
	enum tmd_file_type type;
	uint32_t mode; /* permission bits, 07777 */
	uint32_t uid;
	uint32_t gid;
	uint64_t size;
	uint64_t links; /* hard links */
	uint64_t device;
	uint64_t inode;
};

struct tmd_fs;

/* `root` NULL or "/" is the live machine. Fails when it is no directory. */
enum tmd_rc tmd_fs_open(const char *root, struct tmd_fs **out, struct tmd_error *err)
	TMD_MUST_CHECK;
void tmd_fs_free(struct tmd_fs *fs);
void tmd_fs_free_ptr(struct tmd_fs **fs);
bool tmd_fs_is_live(const struct tmd_fs *fs);
const char *tmd_fs_root(const struct tmd_fs *fs); /* "/" when live, else absolute, no final '/' */
void tmd_fs_allow_writes(struct tmd_fs *fs, bool allowed);
bool tmd_fs_writes_allowed(const struct tmd_fs *fs);

/*
 * Watching: from tmd_fs_watch(…, true), which forgets what was noted before, every read, stat and
 * readlink notes which file was found, or that none was. As long as that is so, each change of
 * such a file fails with conflict when another one, another content or another owner or mode is
 * there by then; a change of our own is noted anew. To be begun before a change is planned, and
 * ended before other programs are let loose on the files. Off at first.
 */
void tmd_fs_watch(struct tmd_fs *fs, bool on);

/*
 * Fails with conflict as a change of the path would; `followed` as tmd_fs_replace() follows a
 * link in the last component, else as tmd_fs_remove(). To be asked for all files of a change
 * before the first is touched.
 */
enum tmd_rc tmd_fs_check_seen(struct tmd_fs *fs, const char *path, bool followed,
			      struct tmd_error *err) TMD_MUST_CHECK;

bool tmd_fs_has_modes(void); /* do files of this system have permission bits, uid and gid? */

/*
 * The file as the administrator would name it from outside: root and path joined.
 * For messages and for programs that run outside the root. Caller frees.
 */
char *tmd_fs_outside_path(const struct tmd_fs *fs, const char *path) TMD_MUST_CHECK;

/*
 * Whose symbolic links are followed, for root and for any other caller alike: those of root and
 * of the caller always; those of another user only to what is his, or for reading also to what
 * everybody may read, directories on the way included. The caller would show him a secret else,
 * or write for him what he could not. In a project that is shared, a caller who is not root also
 * reads what a group may read that the link belongs to as well. A link that is found on the way
 * is opened once: its text and its owner are of one and the same link.
 *
 * tmd_fs_read(), tmd_fs_stat() and tmd_fs_list() fail with refused where that does not hold.
 */

/*
 * Reads a regular file of at most `max` bytes (0: TMD_FS_FILE_MAX) into `out`, which
 * is replaced. `st` may be NULL. Fails: not_found, permission, refused (a directory,
 * a device, too large, a user's link to a secret), io.
 */
enum tmd_rc tmd_fs_read(struct tmd_fs *fs, const char *path, size_t max, struct tmd_buf *out,
			struct tmd_stat *st, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * tmd_fs_stat follows a final link, tmd_fs_lstat does not. Fails: not_found, permission,
 * refused (tmd_fs_stat: a user's link to a secret), io.
 */
enum tmd_rc tmd_fs_stat(struct tmd_fs *fs, const char *path, struct tmd_stat *st,
			struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_fs_lstat(struct tmd_fs *fs, const char *path, struct tmd_stat *st,
			 struct tmd_error *err) TMD_MUST_CHECK;

/* Does it exist, links followed? Any failure to find out counts as no. */
bool tmd_fs_exists(struct tmd_fs *fs, const char *path);

/* Names in a directory, sorted, without "." and "..". `names` is replaced. */
enum tmd_rc tmd_fs_list(struct tmd_fs *fs, const char *path, struct tmd_strv *names,
			struct tmd_error *err) TMD_MUST_CHECK;

/* The text of a symbolic link; the caller frees. Fails with invalid_input for a non-link. */
enum tmd_rc tmd_fs_readlink(struct tmd_fs *fs, const char *path, char **target,
			    struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The canonical path inside the root with every link followed; the caller frees. The
 * last component, and missing parents, need not exist. Fails: a link loop, permission.
 */
enum tmd_rc tmd_fs_resolve(struct tmd_fs *fs, const char *path, char **real,
			   struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Can every user read it: o+r on the file, o+x on each directory on the way, links
 * included? When not, `*why` (caller frees) names the culprit: "/etc/x has mode 0600". The
 * directory that holds an offline root does not count: while it lies there it may be private.
 */
enum tmd_rc tmd_fs_world_readable(struct tmd_fs *fs, const char *path, bool *readable, char **why,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * What keeps others from a file that is, or would be, at `path`, whatever its own mode: the first
 * directory on the way that not everybody may pass, as `*why` (caller frees) has it above. NULL
 * when there is none, and always on Windows. `*owner` is whose that directory is: one of a
 * user's own may well be private.
 */
enum tmd_rc tmd_fs_find_obstacle(struct tmd_fs *fs, const char *path, char **why, uint32_t *owner,
				 struct tmd_error *err) TMD_MUST_CHECK;

#define TMD_KEEP UINT32_MAX

/*
 * Can anybody but root, the caller and `user` (a uid, or TMD_KEEP: nobody further) change what a
 * program finds at `path`, by its owner, its mode, or those of a directory or link on the way?
 * When so, `*why` (caller frees) names the first culprit, "/opt/x belongs to user bob"; else NULL.
 * A path that does not exist is judged by where it would be made. A group counts as others where
 * it has, or may have, such members. The directory that holds an offline root does not count. On
 * Windows others are all but administrators, and with a `user` that is not TMD_KEEP the caller;
 * what does not exist is judged by what it will be when the caller makes it, and in an offline
 * root nothing is: its access lists are those of the machine that it lies on.
 * Fails: invalid_input (not absolute), permission, conflict (a link loop).
 */
enum tmd_rc tmd_fs_changeable_by_others(struct tmd_fs *fs, const char *path, uint32_t user,
					char **why, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Would tmd_fs_replace() of this path be permitted? Looks at rights of the directory (or
 * the nearest existing parent), read-only mounts, immutable and append-only flags, and
 * whether the path is itself a mount point. Writes nothing.
 */
enum tmd_rc tmd_fs_check_write(struct tmd_fs *fs, const char *path,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* The same for tmd_fs_remove() and tmd_fs_rename(): about a link itself, not its target. */
enum tmd_rc tmd_fs_check_remove(struct tmd_fs *fs, const char *path,
				struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Everything from tmd_fs_replace() on changes the tree. Where a link of a user who is neither
 * root nor the caller leads to a file that is not that user's, or to a missing one in a directory
 * that is not his, the change (and tmd_fs_check_write()) fails with refused. What was judged is
 * what is changed: a name that means something else by then is a conflict.
 */

struct tmd_fs_attr {
	uint32_t mode; /* TMD_KEEP: the old file's, 0644 for a new one; new content never has a
			  set-id or sticky bit */
	uint32_t uid;  /* TMD_KEEP: the old file's, the caller's for a new one */
	uint32_t gid;
	uint32_t dir_mode; /* for missing parents, which are made; 0: 0755 */
	/* Parents that are made belong to uid and gid when these are given. */
};

/*
 * Would the caller be permitted to give the file, or a new one at this path, these attributes?
 * Root may everything; others may use their own user and groups only, and change mode and
 * group of their own files only. To be asked besides tmd_fs_check_write(). `attr` NULL is
 * fine. Fails: permission, and what the path itself may be refused for. Writes nothing.
 */
enum tmd_rc tmd_fs_check_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Makes `path` hold exactly these bytes, old or new and never between: missing parents, each
 * with its mode and owner before it gets its name; temporary file beside the target (links followed, so the link survives), written, owner, mode
 * and extended attributes (ACL, SELinux) carried over by descriptor, fsync, read back,
 * rename, fsync of the directory. `attr` NULL keeps everything. A killed run leaves at
 * most a hidden temporary file, which the next replace of the same target removes (after an
 * hour where file locks do not work). Writers that no common lock keeps apart, on two machines
 * for one, do not hurt each other: the last one wins, or is told of the conflict.
 * Fails: permission, io (no space, read-only), conflict (a mount point: EBUSY; somebody else
 * changes the file at the same moment, or did since it was read while watched).
 */
enum tmd_rc tmd_fs_replace(struct tmd_fs *fs, const char *path, const void *data, size_t len,
			   const struct tmd_fs_attr *attr, struct tmd_error *err) TMD_MUST_CHECK;

/* Removes a file or a link itself (never its target); a missing one is fine. */
enum tmd_rc tmd_fs_remove(struct tmd_fs *fs, const char *path,
			  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Renames a file or a link within one directory; an existing `to` is a conflict, never
 * overwritten. Fails with invalid_input for another directory.
 */
enum tmd_rc tmd_fs_rename(struct tmd_fs *fs, const char *from, const char *to,
			  struct tmd_error *err) TMD_MUST_CHECK;

/* Mode and owner of an existing file (links followed); TMD_KEEP leaves a part alone. */
enum tmd_rc tmd_fs_set_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			    struct tmd_error *err) TMD_MUST_CHECK;

#endif
