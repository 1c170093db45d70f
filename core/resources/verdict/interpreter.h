/*
 * A Python interpreter, told from its name and the files around it: it is not run. Where that is
 * not enough, a part stays unknown.
 */
#ifndef TMD_VERDICT_INTERPRETER_H
#define TMD_VERDICT_INTERPRETER_H

#include "resources/type.h"

struct tmd_interpreter {
	char *version; /* "3.11", or with a third number where that is known; NULL: not known */
	char *ca_file; /* where its OpenSSL looks by default; NULL: not known */
	char *ca_dir;
	struct tmd_strv places; /* where it imports packages from, in its order, those that exist */
};

void tmd_interpreter_release(struct tmd_interpreter *interpreter);

/*
 * `text` is the absolute path of one, or a version, "3.11": one of which only that is known, with
 * the OpenSSL of the system. `home` is that of the user who runs it; NULL: not known. Fails with
 * invalid_input for any other text, and as tmd_view_resolve() for a path. `out` is replaced.
 */
enum tmd_rc tmd_interpreter_read(struct tmd_ctx *ctx, const char *text, const char *home,
				 struct tmd_interpreter *out, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The interpreter whose package directory this is in ("…/lib/python3.11/site-packages/…"), as a
 * version that the caller frees; NULL: in none.
 */
char *tmd_interpreter_version_in(const char *path) TMD_MUST_CHECK;

/*
 * The program of the installation or virtual environment that a package directory belongs to; the
 * caller frees. NULL: it belongs to none, or there is no such program.
 */
char *tmd_interpreter_beside(struct tmd_ctx *ctx, const char *packages) TMD_MUST_CHECK;

/* ---- how a system lays an installation out; in unix/ and win32/ ---- */

/* The directory of an installation, from that of its programs. The caller frees. */
char *tmd_interpreter_prefix(const char *programs) TMD_MUST_CHECK;

/* From an installation to its programs, and their places below it; ends with NULL. */
extern const char *const tmd_interpreter_programs[];

/* The installation that has this directory for its packages; the caller frees. NULL: none. */
char *tmd_interpreter_owner(const char *packages) TMD_MUST_CHECK;

/* The version by what is installed below `prefix`; the caller frees. NULL: it does not show. */
char *tmd_interpreter_installed(struct tmd_ctx *ctx, const char *prefix) TMD_MUST_CHECK;

/* Adds directories from which packages of the installation or virtual environment come. */
void tmd_interpreter_add_places(struct tmd_ctx *ctx, const char *prefix, const char *version,
				struct tmd_strv *places);

/* The same of a user's own. */
void tmd_interpreter_add_user_places(struct tmd_ctx *ctx, const char *home, const char *version,
				     struct tmd_strv *places);

/*
 * OPENSSLDIR of the OpenSSL that it uses; the caller frees. NULL: it was not found. `program` and
 * `prefix` are NULL for an interpreter of which only the version is known.
 */
char *tmd_interpreter_openssl_dir(struct tmd_ctx *ctx, const char *program, const char *prefix,
				  const char *version) TMD_MUST_CHECK;

/* ---- for those ---- */

/* What stands between `before` and the next `end` in a file; the caller frees. NULL: nothing. */
char *tmd_interpreter_find_text(struct tmd_ctx *ctx, const char *path, const char *before,
				char end) TMD_MUST_CHECK;

/* Adds a directory, once and if it is there. */
void tmd_interpreter_add_place(struct tmd_ctx *ctx, const char *dir, struct tmd_strv *places);

#endif
