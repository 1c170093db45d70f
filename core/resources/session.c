/* The sessions of a run: a handful, in a list. */
#include "resources/session.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/path.h"

struct session {
	const struct tmd_session_kind *kind;
	void *object;
};

struct tmd_sessions {
	struct session *items;
	size_t count;
	size_t cap;
};

struct tmd_sessions *tmd_sessions_new(void)
{
	return tmd_alloc(1, sizeof(struct tmd_sessions));
}

void tmd_sessions_free(struct tmd_sessions *sessions)
{
	if (!sessions)
		return;
	for (size_t i = 0; i < sessions->count; i++)
		sessions->items[i].kind->free(sessions->items[i].object);
	free(sessions->items);
	free(sessions);
}

void *tmd_session(struct tmd_ctx *ctx, const struct tmd_session_kind *kind)
{
	struct tmd_sessions *sessions = ctx->sessions;

	for (size_t i = 0; i < sessions->count; i++) {
		if (sessions->items[i].kind == kind)
			return sessions->items[i].object;
	}
	sessions->items = tmd_grow(sessions->items, &sessions->cap, sessions->count + 1,
				   sizeof(*sessions->items));
	sessions->items[sessions->count] = (struct session){ kind, kind->make() };
	return sessions->items[sessions->count++].object;
}

void tmd_sessions_forget(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_sessions *sessions = ctx->sessions;

	for (size_t i = 0; sessions && i < sessions->count; i++)
		sessions->items[i].kind->forget(sessions->items[i].object, path);
}
