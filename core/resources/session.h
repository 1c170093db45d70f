/*
 * What a type has read of the machine and keeps for the run, so that nothing is read twice: one
 * object of each kind, made when it is first asked for and told of every path that the run
 * changes, or plans to.
 */
#ifndef TMD_RESOURCES_SESSION_H
#define TMD_RESOURCES_SESSION_H

#include "resources/type.h"

struct tmd_session_kind {
	void *(*make)(void); /* an object that has read nothing yet */

	/*
	 * Drops what was read from `path`, links followed, and everything when that may be known
	 * under another name; `path` NULL: everything.
	 */
	void (*forget)(void *session, const char *path);

	void (*free)(void *session);
};

struct tmd_sessions *tmd_sessions_new(void) TMD_MUST_CHECK;
void tmd_sessions_free(struct tmd_sessions *sessions); /* NULL is fine */

/* The run's object of this kind, never NULL. */
void *tmd_session(struct tmd_ctx *ctx, const struct tmd_session_kind *kind);

/* `path` NULL: everything that was read, by whatever type. */
void tmd_sessions_forget(struct tmd_ctx *ctx, const char *path);

#endif
