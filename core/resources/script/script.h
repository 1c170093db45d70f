/* The parts of the script type: which files a path means, one file, and all of them. */
#ifndef TMD_SCRIPT_SCRIPT_H
#define TMD_SCRIPT_SCRIPT_H

#include "python/source.h"
#include "resources/type.h"

enum tmd_script_field {
	TMD_SCRIPT_PATH,
	TMD_SCRIPT_CA_CERTS,
	TMD_SCRIPT_STATE,
	TMD_SCRIPT_MISSING,
	TMD_SCRIPT_FORCE,
	TMD_SCRIPT_UNDER,
	TMD_SCRIPT_CALLS,
	TMD_SCRIPT_COUNT,
	TMD_SCRIPT_PROBLEMS,
	TMD_SCRIPT_FIELDS,
};

struct tmd_script_private { /* of a resource */
	struct tmd_strv keys;	  /* by normalize(): of what is named, sorted, for contradicts() */
	struct tmd_strv changing; /* by read(): files that are to change, and can, for plan() */
};

/* What is asked for. */
enum tmd_script_aim {
	TMD_SCRIPT_LOOK, /* nothing: to be told */
	TMD_SCRIPT_SET,
	TMD_SCRIPT_REMOVE,
};

struct tmd_script_wish {
	enum tmd_script_aim aim;
	struct tmd_py_wish ca_certs; /* of SET */
};

/* Release `out`. Fails as tmd_py_wish_parse(). */
enum tmd_rc tmd_script_wish_of(const struct tmd_resource *r, struct tmd_script_wish *out,
			       struct tmd_error *err) TMD_MUST_CHECK;
void tmd_script_wish_release(struct tmd_script_wish *wish);

/* As tmd_py_judge() and tmd_py_edit() take it: NULL is for REMOVE. */
const struct tmd_py_wish *tmd_script_argument(const struct tmd_script_wish *wish);

/* ---- files.c ---- */

#define TMD_SCRIPT_DEPTH_MAX 32	    /* directories below one that is named */
#define TMD_SCRIPT_NAMES_MAX 200000 /* that are looked at, in all */

struct tmd_script_files {
	struct tmd_strv paths;
	struct tmd_strv unread; /* directories that could not be looked through, and why */
	struct tmd_strv passed; /* what belongs to Toolkit or to the API, and is not looked through */
	bool many;		/* path names more than one file */
};

/*
 * Adds what `path` means: files, and below directories all with .py or .pyw at their end. A wildcard
 * in the last name stands for what is of type `want`.
 */
enum tmd_rc tmd_script_find_files(struct tmd_ctx *ctx, const char *path, enum tmd_file_type want,
				  struct tmd_script_files *out,
				  struct tmd_error *err) TMD_MUST_CHECK;
void tmd_script_files_release(struct tmd_script_files *files);

/*
 * Whose a file is that nobody edits: Toolkit's core, a bundle cache, the API itself; by its path.
 * One clause and a constant, or NULL.
 */
const char *tmd_script_owner(const char *path);

/* ---- file.c ---- */

struct tmd_script_file {
	char *path;
	struct tmd_buf text;
	struct tmd_py_source source; /* refers to the text */
};

/*
 * Reads and parses. Where the word is not in the file, that has no calls whatever else it is.
 * Release `out`.
 */
enum tmd_rc tmd_script_read_file(struct tmd_ctx *ctx, const char *path,
				 struct tmd_script_file *out,
				 struct tmd_error *err) TMD_MUST_CHECK;
void tmd_script_file_release(struct tmd_script_file *file);

/* ---- tally.c: all files of a resource ---- */

/* As the type's read(); `files` are what path means. Adds those that are to change, and can. */
enum tmd_rc tmd_script_tally(struct tmd_ctx *ctx, struct tmd_resource *r,
			     const struct tmd_script_files *files, struct tmd_strv *changing,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* Of one file, for a resource that wishes for nothing. */
void tmd_script_tally_file(struct tmd_ctx *ctx, struct tmd_resource *r,
			   const struct tmd_script_file *file);

/* ---- list.c ---- */

/* The verb list: every file with calls below the directories of `under`. */
enum tmd_rc tmd_script_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    struct tmd_listing *listing, struct tmd_error *err) TMD_MUST_CHECK;

#endif
