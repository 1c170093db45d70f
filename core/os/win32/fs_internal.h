/*
 * What the files of the managed tree share: the tree itself, and places in it, which hold a
 * directory open and open what lies in it relative to that, so that nothing that happens to
 * its path matters any more. Errors below this level are codes as GetLastError() gives them.
 */
#ifndef TMD_OS_WIN32_FS_INTERNAL_H
#define TMD_OS_WIN32_FS_INTERNAL_H

#include <windows.h>

typedef HANDLE tmd_file;
#define TMD_NO_FILE NULL
#define TMD_AUTO_FILE TMD_AUTO_HANDLE

#include "os/place.h"

#define TMD_PATH_LIMIT 32000 /* bytes: Windows has 32,767 characters, prefixes included */
#define TMD_NAME_LIMIT 255   /* 16-bit units in one name */

/*
 * How long a file may stay in use before we give up, and how often we try at least: on a busy
 * machine pauses become long, and a file that is read again and again is free in few moments only.
 */
#define TMD_PATIENCE_MS 2000
#define TMD_PATIENCE_TRIES 64

struct tmd_fs {
	char *root; /* "/" when live, else "C:\\image" */
	HANDLE dir; /* the root directory; NULL when live */
	bool live;
	bool writes;
	struct tmd_seen seen;
};

/* ---- handles ---- */

#define TMD_AUTO_HANDLE TMD_CLEANUP(tmd_handle_close)

void tmd_handle_close(HANDLE *handle);	/* NULL is fine; becomes NULL; GetLastError() is kept */
HANDLE tmd_handle_take(HANDLE *handle); /* for TMD_AUTO_HANDLE: hands it out and leaves NULL */

/* How to open: as NtCreateFile() has it. Synchronous, and with names compared without case. */
struct tmd_open {
	ACCESS_MASK access;
	ULONG share;	   /* FILE_SHARE_… */
	ULONG disposition; /* FILE_OPEN, FILE_CREATE … */
	ULONG options;	   /* FILE_OPEN_REPARSE_POINT, FILE_DIRECTORY_FILE … */
	ULONG attributes;  /* of a new file; 0: normal */
	bool no_links; /* fail with ERROR_REPARSE_POINT_ENCOUNTERED where the name leads over one */
	PSECURITY_DESCRIPTOR descriptor; /* of a new file; NULL: inherited */
};

#define TMD_SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/*
 * Opens `name` relative to `dir` (NULL: an NT path, "\\??\\C:\\"); "" opens `dir` again. 0, or a
 * code; ERROR_DELETE_PENDING for what is being removed, which Windows itself reports as access
 * denied.
 */
DWORD tmd_open_at(HANDLE dir, const wchar_t *name, const struct tmd_open *how, HANDLE *out);

/* Does the code say that somebody else has the file open? */
bool tmd_is_busy(DWORD code);

/* Does it say that there is no such file, or no directory to hold it? */
bool tmd_is_missing(DWORD code);

/* For loops that try again while a file is in use. Zero-initialise. */
struct tmd_patience {
	int64_t until;	/* tmd_monotonic_ms() */
	unsigned pause; /* milliseconds */
	unsigned tries; /* so far */
};

/* Sleeps a little; false when TMD_PATIENCE_MS and TMD_PATIENCE_TRIES are over. */
bool tmd_wait_again(struct tmd_patience *patience);

struct tmd_file_info {
	enum tmd_file_type type; /* symbolic links and junctions are TMD_FILE_SYMLINK */
	DWORD attributes;
	DWORD tag; /* of a reparse point, else 0 */
	uint64_t size;
	uint64_t links;
	uint64_t device;
	uint64_t inode;
	int64_t modified; /* as FILETIME has it */
	int64_t created;
};

/* 0, or a code. */
DWORD tmd_handle_info(HANDLE handle, struct tmd_file_info *out);
bool tmd_same_file(const struct tmd_file_info *a, const struct tmd_file_info *b);

/*
 * The canonical path of what is open, "C:\\dir\\File" or "\\\\server\\share\\dir"; the caller
 * frees. NULL where the system has none (a volume without a letter).
 */
char *tmd_final_path(HANDLE handle) TMD_MUST_CHECK;

/*
 * Appends the names in an open directory (access FILE_LIST_DIRECTORY), without "." and "..". 0,
 * ERROR_MORE_DATA when there are more than `max`, or another code.
 */
DWORD tmd_read_names(HANDLE dir, size_t max, struct tmd_strv *names);

/*
 * Gives an open file (access DELETE and FILE_WRITE_ATTRIBUTES) another name in `dir`. With
 * `replace` the file that has the name is replaced, read-only or not, and whoever looks finds
 * the old or the new one. 0, or a code.
 */
DWORD tmd_rename_handle(HANDLE file, HANDLE dir, const char *name, bool replace);

/*
 * The same as tmd_open_at() takes it, "\\??\\C:\\dir", with a name behind it unless that is "".
 * The caller frees. NULL as above.
 */
wchar_t *tmd_nt_path(HANDLE dir, const char *name) TMD_MUST_CHECK;

/* Deletes an open file (same access), read-only or not. 0, or a code. */
DWORD tmd_delete_handle(HANDLE file);

/* Sets the read-only, hidden, system … attributes (access FILE_WRITE_ATTRIBUTES). */
DWORD tmd_set_attributes(HANDLE file, DWORD attributes);

/* ---- names ---- */

enum tmd_root_kind {
	TMD_ROOT_NONE,	     /* relative */
	TMD_ROOT_SEPARATOR,  /* "/dir" */
	TMD_ROOT_DRIVE,	     /* "C:/dir" */
	TMD_ROOT_DRIVE_ONLY, /* "C:dir": where that is depends on the process */
	TMD_ROOT_SHARE,	     /* "//server/share/dir" */
	TMD_ROOT_DEVICE,     /* "//./x", "//?/Volume{…}/", "//server" */
};

/* What a path begins with. */
struct tmd_path_root {
	enum tmd_root_kind kind;
	size_t len;	    /* bytes of the root, the separators after it included */
	char drive;	    /* as written */
	const char *server; /* TMD_ROOT_SHARE; within the path */
	size_t server_len;
	const char *share;
	size_t share_len;
};

struct tmd_path_root tmd_path_root(const char *path);
bool tmd_is_separator(char c);

/* Fails with invalid_input for a name (UTF-8, one component) that Windows cannot or must not have.
 */
enum tmd_rc tmd_name_check(const char *name, size_t len, const char *path,
			   struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Checks a path that was asked for, and takes it apart: the base ("C:" or "\\\\server\\share",
 * which the caller frees; NULL inside an offline root), and the names below it, each with a
 * '\\' before it, "." and ".." resolved, appended to `names`. Fails with invalid_input, also for
 * a variable of the caller's environment in it, "%ProgramData%", which nobody expands.
 */
enum tmd_rc tmd_path_take_apart(const char *path, bool live, char **base, struct tmd_buf *names,
				struct tmd_error *err) TMD_MUST_CHECK;

/* The base as above, for a drive or a share. The caller frees. */
char *tmd_root_text(const struct tmd_path_root *root) TMD_MUST_CHECK;

/*
 * The target of a symbolic link or junction from its reparse data, as Windows would write it:
 * "C:\\x", "\\\\server\\share\\x", "\\x", "..\\x", "\\\\?\\Volume{…}\\x". NULL when the data are
 * malformed or of another kind. The caller frees.
 */
char *tmd_link_target(const void *data, size_t len) TMD_MUST_CHECK;

/* The target of an open link. 0, or a code. */
DWORD tmd_handle_link(HANDLE handle, char **target);

/* ---- places ---- */

/* With TMD_PLACE_WRITE, which distrusts directories of other users below ProgramData as well. */
enum {
	TMD_PLACE_OWN = TMD_PLACE_SYSTEMS, /* such directories anywhere, and whoever the caller is;
					      on the live machine */
	TMD_PLACE_MACHINE = TMD_PLACE_SYSTEMS << 1, /* with OWN: distrust the caller too, unless
						       he is elevated */
};

struct tmd_place {
	const struct tmd_fs *fs;
	HANDLE dir; /* holds the last component; with missing parents the nearest existing one */
	wchar_t *
		gap; /* what lies between `dir` and there and may be passed but not opened, or "" */
	char *path;  /* canonical: "C:\\a\\b" when live, "/a/b" inside an offline root */
	const char *name; /* last component, within `path`; "" for a root itself */
	size_t missing;	  /* parents of the last component that do not exist */
	size_t below; /* levels that a new entry of `dir` is below ProgramData; 0: no matter here */
	bool own;     /* found with TMD_PLACE_OWN */
	bool exists;
	struct tmd_file_info info; /* of the last component, not followed; when it exists */
};

/*
 * Walks `path`. Links are read and followed here, one component at a time; inside an offline
 * root they restart at that root. Fails: invalid_input (names, drives, too long), not_found,
 * permission, conflict (a loop), refused (a link that leads out of an offline root;
 * TMD_PLACE_WRITE: a link or a directory below ProgramData of a user whom an elevated caller
 * must not trust, with TMD_PLACE_OWN anywhere; TMD_PLACE_READ: such a link to a secret).
 */
enum tmd_rc tmd_place_find(const struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err) TMD_MUST_CHECK;

/* Looks at a place anew after a change of our own, and notes what is there. */
void tmd_place_renew(struct tmd_fs *fs, const char *path, bool followed);

/* Opens `name` in the directory of a place; "" is that directory. 0, or a code. */
DWORD tmd_place_open_at(const struct tmd_place *place, const char *name, const struct tmd_open *how,
			HANDLE *out);

/* The same, trying again, with patience, while the file is in use. */
DWORD tmd_place_open_patiently(const struct tmd_place *place, const char *name,
			       const struct tmd_open *how, HANDLE *out);

/* What is at the name of a place now, not followed? 0, or a code. */
DWORD tmd_place_look_again(const struct tmd_place *place, struct tmd_file_info *info);

/* Directories that were made, open for questions only, outermost first. Zero-initialise. */
struct tmd_made {
	HANDLE *dirs;
	size_t count;
	size_t cap;
};

/*
 * Makes the missing parents of `place`, whose directory is then open. Those that were made are
 * appended to `made` (may be NULL). What an elevated caller makes directly below ProgramData, or
 * where other users would inherit the right to change it, only administrators may change.
 */
enum tmd_rc tmd_place_make_parents(struct tmd_place *place, struct tmd_made *made,
				   struct tmd_error *err) TMD_MUST_CHECK;

void tmd_made_undo(struct tmd_made *made); /* removes those that are empty, and closes all */
void tmd_made_release(struct tmd_made *made);

/* Opens the regular file at a place for reading, READ_CONTROL included. Fails as tmd_fs_read(). */
enum tmd_rc tmd_place_open(const struct tmd_place *place, const char *path, HANDLE *file,
			   struct tmd_file_info *info, struct tmd_error *err) TMD_MUST_CHECK;

/* The read-only attribute that `attr` asks for. */
enum tmd_wish {
	TMD_WISH_NONE,
	TMD_WISH_WRITABLE,  /* mode 0644 */
	TMD_WISH_READ_ONLY, /* mode 0444 */
};

/* NULL is no wish. Fails with unsupported for owners, groups, and modes that Windows has not. */
enum tmd_rc tmd_attr_wish(const struct tmd_fs_attr *attr, bool is_dir, const char *path,
			  enum tmd_wish *wish, struct tmd_error *err) TMD_MUST_CHECK;

/* The attributes of a file with the wish fulfilled. */
DWORD tmd_wish_attributes(DWORD attributes, enum tmd_wish wish);

/*
 * Fulfils the wish for the file at an existing place. Fails: refused (a hard link that another
 * user may have planted), permission, io.
 */
enum tmd_rc tmd_place_apply_wish(const struct tmd_place *place, enum tmd_wish wish,
				 const char *path, struct tmd_error *err) TMD_MUST_CHECK;

/* ---- temporary files ---- */

/*
 * A temporary file beside the last component of a place: ".NAME.TAG.trustmend-tmp". It is in
 * use, and nobody else may open it, as long as one of its handles is open.
 */
struct tmd_temp {
	char *name;
	HANDLE content; /* to read, write and dress it; to be closed before it gets its real name */
	HANDLE entry;	/* to rename or delete it */
};

enum tmd_rc tmd_temp_make(const struct tmd_place *place, const char *path, struct tmd_temp *out,
			  struct tmd_error *err) TMD_MUST_CHECK;
void tmd_temp_release(struct tmd_temp *temp); /* zero-initialised is fine; the file stays */

/* ---- security ---- */

#define TMD_SID_SIZE SECURITY_MAX_SID_SIZE

/* Room for any SID. */
struct tmd_sid {
	_Alignas(8) unsigned char bytes[TMD_SID_SIZE];
};

/* As the functions of the system take it: also those that change nothing take no constant. */
PSID tmd_sid_pointer(const struct tmd_sid *sid);

/* For TMD_CLEANUP: what the system allocated and wants back by LocalFree(). */
void tmd_local_free(void *pointer_to_pointer);

/* These parts of the security of what is open (access READ_CONTROL); free() it. 0, or a code. */
DWORD tmd_handle_security(HANDLE handle, SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR *out);

/* The owner in a descriptor, and of what is open (access READ_CONTROL). 0, or a code. */
DWORD tmd_descriptor_owner(PSECURITY_DESCRIPTOR descriptor, struct tmd_sid *owner);
DWORD tmd_handle_owner(HANDLE handle, struct tmd_sid *owner);
bool tmd_sid_equal(const struct tmd_sid *a, const struct tmd_sid *b);

/*
 * May an elevated caller be led by what this user owns? Administrators, SYSTEM,
 * TrustedInstaller and the caller himself.
 */
bool tmd_sid_trusted(const struct tmd_sid *owner);
bool tmd_sid_is_system(const struct tmd_sid *owner); /* all of these but the caller */

/*
 * What other users may have of what an elevated caller relies on: a file they may read and
 * execute; in a directory they may besides make entries, and set its attributes, which is what
 * every user may by default below ProgramData: the entries of trusted users are as safe as
 * their own access lists say. Never to delete anything in it, or to delete, own or give rights
 * on the thing itself.
 */
#define TMD_OTHERS_CALLER 0x800000u /* to be added, a bit that no right has: he is one of them */
#define TMD_OTHERS_FILE 0x1200A9u
#define TMD_OTHERS_DIRECTORY 0x1201BFu
#define TMD_OTHERS_ANY (~TMD_OTHERS_CALLER) /* only the owner matters */
/* Of a drive's root, which nobody can delete or rename. */
#define TMD_OTHERS_ROOT (TMD_OTHERS_DIRECTORY | DELETE)

/* A user whom tmd_sid_trusted() does not know, and on whom something depends. */
struct tmd_stranger {
	enum {
		TMD_STRANGER_NONE,
		TMD_STRANGER_OWNS,
		TMD_STRANGER_CHANGES, /* has more than TMD_OTHERS_… by the access list */
	} kind;
	struct tmd_sid sid; /* unless none; the first one that was found */
};

/*
 * Who else could exchange what has this security descriptor, of which owner and access list
 * count? `others` is what others may have. Entries that deny are not counted in anybody's
 * favour. 0, or a code.
 */
DWORD tmd_descriptor_stranger(PSECURITY_DESCRIPTOR descriptor, DWORD others,
			      struct tmd_stranger *out);
/* The same for what is open (access READ_CONTROL). */
DWORD tmd_handle_stranger(HANDLE handle, DWORD others, struct tmd_stranger *out);

/*
 * Who else could exchange a file that the caller makes in the directory that has this security
 * descriptor, by the access list that it hands down? With `directories` also one in directories
 * that are made on the way. 0, or a code.
 */
DWORD tmd_descriptor_heir(PSECURITY_DESCRIPTOR descriptor, bool directories,
			  struct tmd_stranger *out);
DWORD tmd_handle_heir(HANDLE handle, bool directories, struct tmd_stranger *out);

/* "DOMAIN\\name", or the SID as text. The caller frees. */
char *tmd_sid_name(const struct tmd_sid *sid) TMD_MUST_CHECK;

/* May that user read what is open (access READ_CONTROL), as far as can be found out? */
bool tmd_handle_readable_by(HANDLE handle, const struct tmd_sid *user);

/* Does an access list (NULL: everybody may everything) let every user read the file? */
bool tmd_acl_world_readable(const ACL *acl);
/* The same for what is open (access READ_CONTROL). 0, or a code. */
DWORD tmd_handle_world_readable(HANDLE handle, bool *readable);

/*
 * Gives `to` the access list of `from` (access READ_CONTROL; WRITE_DAC where they differ), and
 * its owner and group if permitted. 0, or a code.
 */
DWORD tmd_copy_security(HANDLE from, HANDLE to);

/*
 * What an elevated caller makes where others would have a say: SYSTEM and Administrators may do
 * everything in it, Users read, and what is made in it later inherits that. LocalFree() it.
 * NULL when the system cannot make one, GetLastError() tells why.
 */
PSECURITY_DESCRIPTOR tmd_protected_descriptor(void) TMD_MUST_CHECK;

/*
 * %ProgramData% of this machine as the registry has it, whatever the environment says:
 * "C:\\ProgramData". The caller frees.
 */
char *tmd_program_data_path(void) TMD_MUST_CHECK;

/* Identifies that directory. False when it is not there. */
bool tmd_program_data_info(struct tmd_file_info *out);

/* The same for "C:\\Program Files", in which only administrators make anything. Caller frees. */
char *tmd_program_files_path(void) TMD_MUST_CHECK;

/* ---- trust ---- */

/* Of whom one walk is wary. */
enum tmd_care {
	TMD_CARE_NONE,	/* of nobody: the caller is not elevated, or nothing can be lost */
	TMD_CARE_READ,	/* of links of other users, that they lead to no secret */
	TMD_CARE_WRITE, /* of their links, and of what is theirs to change below ProgramData */
	TMD_CARE_OWN,	/* of that anywhere: TMD_PLACE_OWN */
};

/* What one walk knows about other users. Zero-initialise. */
struct tmd_trust {
	enum tmd_care care;
	DWORD caller; /* TMD_OTHERS_CALLER where TMD_PLACE_MACHINE asks for it, or 0 */
	enum {
		TMD_LED_BY_NOBODY,
		TMD_LED_BY_ONE,	 /* links of `leader` were followed */
		TMD_LED_BY_MANY, /* TMD_CARE_READ only: and those of another one */
	} led;
	struct tmd_sid leader;
	bool has_program_data;
	struct tmd_file_info program_data;
	size_t below; /* levels below ProgramData, 0: elsewhere */
};

void tmd_trust_begin(struct tmd_trust *trust, unsigned flags, bool live);

/*
 * A link in `dir` is going to be followed. One that others may change counts as theirs. Handles
 * without READ_CONTROL are refused.
 */
enum tmd_rc tmd_trust_link(struct tmd_trust *trust, const char *path, const char *name, HANDLE link,
			   HANDLE dir, struct tmd_error *err) TMD_MUST_CHECK;

/* The walk goes on to an entry of `dir`; start again with `below` 0. */
void tmd_trust_descend(struct tmd_trust *trust, HANDLE dir);

/* With TMD_PLACE_OWN refuses a drive or share whose root others own or may change. */
enum tmd_rc tmd_trust_root(const struct tmd_trust *trust, const char *path, const char *root,
			   HANDLE dir, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Refuses the entry that was descended to when it is below ProgramData, or TMD_PLACE_OWN asks for
 * it, and another user owns it or may do more with it than TMD_OTHERS_…. Reading refuses nothing.
 */
enum tmd_rc tmd_trust_entry(const struct tmd_trust *trust, const char *path, const char *name,
			    HANDLE entry, bool is_dir, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Refuses to make the last component of a place below ProgramData, or found with TMD_PLACE_OWN,
 * in a directory that hands down to other users the right to change it. Directories that are
 * missing on the way are made with a list of our own where that is so.
 */
enum tmd_rc tmd_trust_new(const struct tmd_place *place, const char *path,
			  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Refuses an existing directory, found with TMD_PLACE_OWN, to which others may add files: programs
 * read all that is in it. `caller` is TMD_OTHERS_CALLER to count him too, or 0.
 */
enum tmd_rc tmd_trust_content(const struct tmd_place *place, const char *path, DWORD caller,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The walk ended at `target`, whose directory is `dir`; `entry` is NULL when it does not exist.
 * Where a user's links led there it has to be his, or when reading for everybody to read.
 */
enum tmd_rc tmd_trust_target(const struct tmd_trust *trust, const char *path, const char *target,
			     HANDLE entry, HANDLE dir, struct tmd_error *err) TMD_MUST_CHECK;

#endif
