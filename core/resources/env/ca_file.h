/* What a program finds where a variable says that a CA file is. */
#ifndef TMD_RESOURCES_ENV_CA_FILE_H
#define TMD_RESOURCES_ENV_CA_FILE_H

#include "base/strv.h"
#include "resources/type.h"

/* Do programs look for a CA file where this variable says? */
bool tmd_env_names_ca_file(const char *name);

/*
 * Adds one line to `out`, which begins with `name`, when a program cannot load certificates from
 * the file at `path`, as it is or as this run plans it: missing, a directory, not readable for the
 * caller, no bundle, with what it is and what to do; or when it loads and lacks every root that
 * SHOTGUN_API_CACERTS is for. Nothing of its content is repeated. A path that is not absolute on
 * this system is not looked at, nor is a variable that does not name a CA file.
 *
 * Of a variable that names directories `path` is the whole list, and a line says of each that it is
 * none, or that OpenSSL finds nothing in it. As long as it finds something in one of them, these
 * lines are for `losses`.
 *
 * Of a file that loads, `losses` (NULL: not wanted) gets what is lost or does not belong there all
 * the same, such as a damaged block or a private key: lines that begin with `name` as well.
 */
void tmd_env_note_ca_file(struct tmd_ctx *ctx, const char *name, const char *path,
			  struct tmd_strv *out, struct tmd_strv *losses);

/*
 * The same for a CA file that something else names, an argument of a program for one: what reads it
 * takes files alone, and needs the roots that SHOTGUN_API_CACERTS is for. `who` begins the lines.
 */
void tmd_env_note_api_ca_file(struct tmd_ctx *ctx, const char *who, const char *path,
			      struct tmd_strv *out, struct tmd_strv *losses);

/* The two for directories: one, of a variable that takes a file or a directory, and a list. */
void tmd_env_note_ca_dir(struct tmd_ctx *ctx, const char *name, const char *dir,
			 struct tmd_strv *out);
void tmd_env_note_ca_dirs(struct tmd_ctx *ctx, const char *name, const char *value,
			  struct tmd_strv *out, struct tmd_strv *losses);

/*
 * To be called at the end of a reading, with what tmd_env_note_ca_file() has to say of the file
 * that is named. All of it is added to `problems`. The faults become a wish for a state without
 * them, so that the resource counts as different and is planned; where it is forced, they become
 * warnings instead. So do the losses where a wish is met by this file, which is then not planned.
 */
void tmd_env_report_ca_file(struct tmd_resource *r, const struct tmd_strv *faults,
			    const struct tmd_strv *losses, struct tmd_strv *problems);

/*
 * Refuses to point programs at a file with which they fail, for the first of the faults; where it
 * is forced, that one becomes a warning. The losses become warnings in any case.
 */
enum tmd_rc tmd_env_refuse_ca_file(struct tmd_resource *r, const char *value,
				   const struct tmd_strv *faults, const struct tmd_strv *losses,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* The same for whatever tmd_env_note_ca_file() has to say of that value. */
enum tmd_rc tmd_env_check_ca_file(struct tmd_ctx *ctx, struct tmd_resource *r, const char *value,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Refuses a value (not empty) that cannot serve a variable which names a CA file: one that is not
 * `absolute` on this system, or has a separator at its end. Programs do not find such a file, and
 * then fail far from here. Fails with invalid_input.
 */
enum tmd_rc tmd_env_check_ca_path(const struct tmd_resource *r, const char *value, bool absolute,
				  struct tmd_error *err) TMD_MUST_CHECK;

#endif
