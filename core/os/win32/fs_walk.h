/*
 * One walk along a path: where it is, and what it may do there. fs_path.c walks, fs_walk_open.c
 * opens what lies in the directory reached, fs_walk_name.c says where the walk ended.
 */
#ifndef TMD_OS_WIN32_FS_WALK_H
#define TMD_OS_WIN32_FS_WALK_H

#include "os/win32/fs_internal.h"

struct tmd_walk {
	const struct tmd_fs *fs;
	const char *asked; /* the path as given, for messages */
	unsigned flags;
	char *base;   /* live: where it began, "C:" or "\\\\server\\share"; NULL: fs->root */
	bool reached; /* `dir` and `gap` are the directory `at`; else it is to be opened again */
	HANDLE dir;   /* may be fs->dir; NULL when the base itself may not be opened */
	struct tmd_buf gap; /* below `dir`, each with a '\\' behind it: passed but not opened */
	struct tmd_buf at; /* names below the base, each with a '\\' before it; missing ones last */
	size_t missing;	   /* so many at the end of `at` do not exist */
	struct tmd_buf rest; /* what is left to walk */
	size_t rest_at;
	unsigned links;
	unsigned opened;
	struct tmd_trust trust;
};

/* What lies at a name, open for questions only. */
struct tmd_walk_entry {
	HANDLE handle;
	struct tmd_file_info info;
};

#define TMD_AUTO_WALK_ENTRY TMD_CLEANUP(tmd_walk_entry_release)

void tmd_walk_entry_release(struct tmd_walk_entry *entry); /* zero-initialised is fine */

/* "cannot follow the path", with the kind and hint that belong to the code. */
enum tmd_rc tmd_walk_fail(const struct tmd_walk *w, DWORD code, struct tmd_error *err);

/* Refuses what a link leads to outside of an offline root. */
enum tmd_rc tmd_walk_fail_outside(const struct tmd_walk *w, const char *target,
				  struct tmd_error *err);

/* ---- the directory reached ---- */

void tmd_walk_leave(struct tmd_walk *w);	     /* it has to be opened again */
void tmd_walk_enter(struct tmd_walk *w, HANDLE dir); /* takes the handle */

/* The directory itself; NULL when only one above it is open. Borrowed. */
HANDLE tmd_walk_dir(const struct tmd_walk *w);

/* Opens the root of the drive or share, or takes the offline root. */
enum tmd_rc tmd_walk_open_base(struct tmd_walk *w, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Goes on below a directory that may be passed but not opened. Fails with permission where an
 * elevated caller has to see whom he trusts.
 */
enum tmd_rc tmd_walk_pass(struct tmd_walk *w, const char *name,
			  struct tmd_error *err) TMD_MUST_CHECK;

/* ---- its entries ---- */

/* What is at `name` in the directory reached, not followed. 0, or a code. */
DWORD tmd_walk_look(struct tmd_walk *w, const char *name, struct tmd_walk_entry *out);

/*
 * What the system makes of an entry that was looked at, which is replaced: it follows links that
 * we cannot, and tells those who keep a directory elsewhere. 0, or a code.
 */
DWORD tmd_walk_look_through(struct tmd_walk *w, const char *name, struct tmd_walk_entry *entry);

/* ---- the end ---- */

/*
 * Fills `path` and `name` of a place whose `exists` is set: names as they are on the disk.
 * Fails: refused (it lies outside of an offline root), invalid_input (too long).
 */
enum tmd_rc tmd_walk_name_place(const struct tmd_walk *w, const char *name,
				const struct tmd_walk_entry *entry, struct tmd_place *out,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
