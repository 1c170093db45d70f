/* Variables that name a file which is going to be removed. */
#ifndef TMD_RESOURCES_ENV_DANGLING_H
#define TMD_RESOURCES_ENV_DANGLING_H

#include "resources/type.h"

/*
 * Adds a line for each variable that programs heed for their CA file and that names the file at
 * `path`, as this run leaves the environment: its name, where it is set, and how to unset it. The
 * machine's are looked at and the caller's own, on Windows those of every user whose variables can
 * be read. What cannot be read is passed over.
 */
void tmd_env_note_dangling(struct tmd_ctx *ctx, const char *path, struct tmd_strv *out);

/*
 * For the implementations. Would a variable of this value name nothing any more, once the file at
 * `path` is gone?
 */
bool tmd_env_dangles(struct tmd_ctx *ctx, const char *value, const char *path);

/* The line; `where` is "line 3 of /etc/environment", `user` as for tmd_env_stray_removal(). */
void tmd_env_add_dangling(const char *name, const char *where, const char *user,
			  struct tmd_strv *out);

#endif
