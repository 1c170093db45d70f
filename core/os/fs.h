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
 * On Windows
 * - an offline root is one drive's image: "/dir/file" and "C:/dir/file" are the same file in it,
 *   other drives and shares are refused;
 * - links are reparse points: symbolic links and junctions;
 * - files have mode 0644, or 0444 with the read-only attribute; directories have 0755; uid and gid
 *   are 0. tmd_fs_check_attr() fails with unsupported for other wishes. A replaced file keeps its
 *   access list;
 * - a file that another program holds open without sharing is tried again for two seconds; then
 *   the change fails with busy and names the file;
 * - tmd_fs_world_readable() asks the file's own access list only: everybody may pass directories;
 * - "root" below is an elevated caller, and other users are all but Administrators, SYSTEM,
 *   TrustedInstaller and the caller;
 * - in ProgramData every user may make files. Root writes into nothing there that another user
 *   owns, and only administrators may change a directory that root makes there.
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
struct tmd_user; /* os/user.h */

/*
 * `root` NULL or "/" is the live machine. Fails: not_found (also for what is not a directory),
 * permission, invalid_input, io.
 */
enum tmd_rc tmd_fs_open(const char *root, struct tmd_fs **out, struct tmd_error *err)
	TMD_MUST_CHECK;
void tmd_fs_free(struct tmd_fs *fs); /* NULL is fine */
void tmd_fs_free_ptr(struct tmd_fs **fs);
bool tmd_fs_is_live(const struct tmd_fs *fs);
const char *tmd_fs_root(const struct tmd_fs *fs); /* "/" when live, else absolute, no final '/' */
void tmd_fs_allow_writes(struct tmd_fs *fs, bool allowed);
bool tmd_fs_writes_allowed(const struct tmd_fs *fs);

/*
 * Watching, which tmd_fs_watch(fs, true) begins anew: every read, stat and readlink notes which
 * file was found, or that none was. A change of such a file fails with conflict when another file
 * is there by then, or another content, owner or mode. A change of our own is noted anew. To be
 * begun before a change is planned, and ended before other programs are let loose on the files.
 * Off at first.
 */
void tmd_fs_watch(struct tmd_fs *fs, bool on);

/*
 * To be asked for all files of a change before the first is touched. `followed`: the last component
 * is followed when it is a link, as tmd_fs_replace() does and tmd_fs_remove() does not. Fails:
 * conflict, where the change would; permission, invalid_input, io.
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
 * Whose symbolic links are followed. A link belongs to root, to the caller, or to somebody else.
 *
 *   whose            to be read                            to be changed
 *   root, caller     always                                always
 *   somebody else    what is his, or what everybody        what is his
 *                    may read, directories included
 *
 * Else the caller, root above all, would show somebody a secret, or write for him what he could
 * not write himself. One exception, for callers other than root: when the link has a group, what
 * that group may read is read as well, as in a project that is shared. Each link is opened once:
 * its text and its owner are of the same link.
 *
 * tmd_fs_read(), tmd_fs_stat() and tmd_fs_list() fail with refused where a link is not followed.
 */

/*
 * Reads a regular file of at most `max` bytes (0: TMD_FS_FILE_MAX) into `out`, which
 * is replaced. `st` may be NULL. Fails: not_found, permission, refused (a directory,
 * a device, too large, a user's link to a secret), io.
 */
enum tmd_rc tmd_fs_read(struct tmd_fs *fs, const char *path, size_t max, struct tmd_buf *out,
			struct tmd_stat *st, struct tmd_error *err) TMD_MUST_CHECK;

/* The same; *real is the file's own path, as tmd_fs_resolve() has it. The caller frees. */
enum tmd_rc tmd_fs_read_real(struct tmd_fs *fs, const char *path, size_t max, struct tmd_buf *out,
			     char **real, struct tmd_error *err) TMD_MUST_CHECK;

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

/*
 * Names in a directory, sorted by bytes, without "." and "..". `names` is replaced. Fails:
 * not_found, permission, refused (not a directory, more than TMD_FS_DIR_MAX entries, a user's link
 * to a secret), io.
 */
enum tmd_rc tmd_fs_list(struct tmd_fs *fs, const char *path, struct tmd_strv *names,
			struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The text of a symbolic link; the caller frees. Fails: not_found, permission, invalid_input (not
 * a link), io.
 */
enum tmd_rc tmd_fs_readlink(struct tmd_fs *fs, const char *path, char **target,
			    struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The canonical path inside the root with every link followed; the caller frees. The
 * last component, and missing parents, need not exist. Fails: invalid_input (not absolute, too
 * long), permission, conflict (a link loop), io.
 */
enum tmd_rc tmd_fs_resolve(struct tmd_fs *fs, const char *path, char **real,
			   struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Can every user read it? That takes o+r on the file and o+x on each directory on the way, those
 * on the way of links included. When not, `*why` (caller frees) names the culprit: "/etc/x has
 * mode 0600"; else it is NULL. The directory that holds an offline root does not count: while it
 * lies there it may be private. Fails: not_found, permission, io.
 */
enum tmd_rc tmd_fs_world_readable(struct tmd_fs *fs, const char *path, bool *readable, char **why,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * What keeps others from the file at `path`, or from one that will be made there, whatever its own
 * mode? `*why` (caller frees) names the first directory on the way that not everybody may pass,
 * as above, and `*owner` its owner: a user's own may well be private. NULL when there is none, and
 * always on Windows. With a `reader` (NULL: everybody) it is the first that he may not pass. Fails:
 * permission, invalid_input, conflict (a link loop), io.
 */
enum tmd_rc tmd_fs_find_obstacle(struct tmd_fs *fs, const char *path, const struct tmd_user *reader,
				 char **why, uint32_t *owner,
				 struct tmd_error *err) TMD_MUST_CHECK;

#define TMD_KEEP UINT32_MAX

/*
 * Can others change what a program finds at `path`? By owner or mode, of the file or the directory
 * that is there, or of a directory or a link on the way. Others are all but root, the caller and `user` (a uid;
 * TMD_KEEP: nobody further). `*why` (caller frees) names the first culprit, "/opt/x belongs to
 * user bob", or is NULL. A path that does not exist is judged by where it would be made. A group
 * counts as others unless all its members are certainly none. The directory that holds an offline
 * root does not count.
 *
 * On Windows others are all but administrators, and with a `user` that is not TMD_KEEP the caller.
 * What does not exist is judged as the caller would make it. An offline root is not judged: its
 * access lists are those of the machine that it lies on.
 *
 * Fails: invalid_input (not absolute), permission, conflict (a link loop), io.
 */
enum tmd_rc tmd_fs_changeable_by_others(struct tmd_fs *fs, const char *path, uint32_t user,
					char **why, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Would tmd_fs_replace() of this path be permitted? Looks at rights of the directory (or of the
 * nearest existing parent), read-only mounts, immutable and append-only flags, and whether the
 * path is itself a mount point. Writes nothing. Fails: permission, refused (not a regular file;
 * another user's link, as above), conflict (a mount point, a link loop), invalid_input, io.
 */
enum tmd_rc tmd_fs_check_write(struct tmd_fs *fs, const char *path,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* The same for tmd_fs_remove() and tmd_fs_rename(): about a link itself, not its target. */
enum tmd_rc tmd_fs_check_remove(struct tmd_fs *fs, const char *path,
				struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Everything from tmd_fs_replace() on changes the tree. What was judged is what is changed: a name
 * that means something else by then is a conflict. A link of another user may also lead to a
 * missing file, when the directory that it would be made in is his; else the change and
 * tmd_fs_check_write() fail with refused.
 */

struct tmd_fs_attr {
	uint32_t mode; /* TMD_KEEP: the old file's, 0644 for a new one. New content never has a
			  set-id or sticky bit */
	uint32_t uid;  /* TMD_KEEP: the old file's, the caller's for a new one */
	uint32_t gid;
	uint32_t dir_mode; /* for missing parents, which are made; 0: 0755 */
	/* Parents that are made belong to uid and gid when these are given. */
};

/*
 * Would the caller be permitted to give these attributes to the file, or to a new one at this
 * path? Root may give any. Others may give their own user and groups only, and change mode and
 * group of their own files only. To be asked besides tmd_fs_check_write(). `attr` NULL is fine.
 * Writes nothing. Fails: permission, unsupported (Windows), and what the path itself may be
 * refused for.
 */
enum tmd_rc tmd_fs_check_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Makes `path` hold exactly these bytes, old or new and never between:
 * - missing parents are made, each with its mode and owner before it gets its name;
 * - a temporary file is made beside the target (a link in the last component survives), written,
 *   given the old file's owner, mode and extended attributes (ACL, SELinux) by descriptor, synced
 *   to the disk and read back;
 * - it is renamed over the target, and the directory synced.
 * A file that holds these bytes already only gets its attributes. `attr` NULL keeps all of them.
 *
 * A killed run leaves at most a hidden temporary file, which the next replace of the same target
 * removes; where file locks do not work, only after an hour. Writers that no common lock keeps
 * apart, on two machines for one, do not hurt each other: the last one wins, or is told of the
 * conflict.
 *
 * Fails: permission, refused (not a regular file; another user's link; a hard link that a user may
 * have planted), io (no space, read-only, a disk that forgets), conflict (a mount point; somebody
 * else changes the file at the same moment, or did since it was read while watched), busy
 * (Windows), invalid_input.
 */
enum tmd_rc tmd_fs_replace(struct tmd_fs *fs, const char *path, const void *data, size_t len,
			   const struct tmd_fs_attr *attr, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Removes a file, or a link itself and never its target; a missing one is fine. Fails: permission,
 * refused (not a file, another user's link on the way), conflict, busy (Windows), io.
 */
enum tmd_rc tmd_fs_remove(struct tmd_fs *fs, const char *path,
			  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Renames a file or a link within one directory; an existing `to` is a conflict, never
 * overwritten. Fails: invalid_input (another directory), not_found, permission, refused (not a
 * file), conflict, busy (Windows), io.
 */
enum tmd_rc tmd_fs_rename(struct tmd_fs *fs, const char *from, const char *to,
			  struct tmd_error *err) TMD_MUST_CHECK;

#define TMD_FS_TREE_FILES_MAX 20000

struct tmd_fs_tree_file {
	const char *name; /* below the directory, '/' between its parts, no "." or ".." among them */
	const void *data;
	size_t len;
};

/*
 * Makes the directory at `path` hold exactly these files, links in its last component followed, old
 * or new and never between: a directory is filled under a temporary name beside it, given owner and
 * mode of the old one (files have that mode without the right to execute), synced to the disk, and
 * exchanged with the old one by one system call. Where the file system cannot exchange, NFS for
 * one, the old one is renamed first, and a kill in that instant leaves neither. A killed run leaves
 * at most a hidden directory, which the next replace of the same target removes. Missing parents
 * are made.
 *
 * `files` are sorted by name, none twice, none a directory of another. Fails: permission, refused
 * (not a directory; another user's link), io, conflict (a mount point; somebody else exchanged the
 * directory at the same moment), invalid_input, unsupported (Windows).
 */
enum tmd_rc tmd_fs_replace_tree(struct tmd_fs *fs, const char *path,
				const struct tmd_fs_tree_file *files, size_t count,
				struct tmd_error *err) TMD_MUST_CHECK;

/* Would it be permitted? To be asked before; writes nothing. */
enum tmd_rc tmd_fs_check_tree(struct tmd_fs *fs, const char *path,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Mode and owner of an existing file or directory, links followed; TMD_KEEP leaves a part alone.
 * Fails: not_found, permission, refused (another type of file, another user's link, a hard link
 * that a user may have planted), conflict, unsupported (Windows), io.
 */
enum tmd_rc tmd_fs_set_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			    struct tmd_error *err) TMD_MUST_CHECK;

#endif
