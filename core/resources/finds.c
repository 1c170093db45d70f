/* What was found is kept by where it was looked for: a run asks for few places. */
#include "resources/finds.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "discover/places.h"
#include "resources/paths.h"
#include "resources/session.h"

struct kept {
	char *where; /* the directories as asked for */
	unsigned kinds;
	struct tmd_findings finds;
	struct kept *next;
};

struct session {
	struct kept *first;
};

static void *make(void)
{
	return tmd_alloc(1, sizeof(struct session));
}

static void clear(void *arg)
{
	struct session *session = arg;

	while (session->first) {
		struct kept *kept = session->first;

		session->first = kept->next;
		tmd_findings_release(&kept->finds);
		free(kept->where);
		free(kept);
	}
}

static void forget(void *session, const char *path)
{
	(void)path;
	clear(session);
}

static void release(void *session)
{
	clear(session);
	free(session);
}

static const struct tmd_session_kind kind = { make, forget, release };

/* ---- where to look ---- */

static enum tmd_rc check_directory(struct tmd_ctx *ctx, const char *path, struct tmd_error *err)
{
	struct tmd_stat st;

	if (tmd_paths_check(ctx->view, path, err) || tmd_view_stat(ctx->view, path, &st, err))
		return TMD_FAILED;
	if (st.type != TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "name a directory",
				"under: not a directory");
	return TMD_OK;
}

static enum tmd_rc add_named(struct tmd_ctx *ctx, const struct tmd_strv *under,
			     struct tmd_places *out, struct tmd_error *err)
{
	for (size_t i = 0; i < under->count; i++) {
		TMD_AUTO_STRV struct tmd_strv dirs = { 0 };
		bool ignored;

		if (tmd_paths_expand(ctx->view, under->items[i], TMD_FILE_DIRECTORY, &dirs,
				     &ignored, err))
			return TMD_FAILED;
		for (size_t k = 0; k < dirs.count; k++) {
			if (check_directory(ctx, dirs.items[k], err))
				return TMD_FAILED;
			tmd_places_add(out, dirs.items[k], 0);
		}
	}
	return TMD_OK;
}

static enum tmd_rc look(struct tmd_ctx *ctx, const struct tmd_strv *under, struct kept *out,
			struct tmd_error *err)
{
	TMD_CLEANUP(tmd_places_release) struct tmd_places places = { 0 };
	const bool named = under && under->count;
	struct tmd_find_query query = {
		.kinds = out->kinds,
		.network = named ? TMD_TREE_NAMED : TMD_TREE_LOCAL,
		.tick = ctx->tick,
		.tick_arg = ctx->tick_arg,
	};

	if (!named)
		tmd_places_usual(ctx->fs, &places);
	else if (add_named(ctx, under, &places, err))
		return TMD_FAILED;
	query.trees = places.items;
	query.count = places.count;
	return tmd_find(ctx->fs, &query, &out->finds, err);
}

/* ---- what is kept ---- */

static const struct kept *find(const struct session *session, const char *where, unsigned kinds)
{
	for (const struct kept *kept = session->first; kept; kept = kept->next) {
		if ((kept->kinds & kinds) == kinds && strcmp(kept->where, where) == 0)
			return kept;
	}
	return NULL;
}

enum tmd_rc tmd_finds_under(struct tmd_ctx *ctx, const struct tmd_strv *under, unsigned kinds,
			    const struct tmd_findings **out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *where = under ? tmd_paths_join(under) : tmd_strdup("");
	struct session *session = tmd_session(ctx, &kind);
	const struct kept *known = find(session, where, kinds);
	struct kept *kept;

	if (known) {
		*out = &known->finds;
		return TMD_OK;
	}
	kept = tmd_alloc(1, sizeof(*kept));
	kept->where = tmd_strdup(where);
	kept->kinds = kinds;
	kept->next = session->first;
	session->first = kept;
	if (look(ctx, under, kept, err)) {
		session->first = kept->next;
		tmd_findings_release(&kept->finds);
		free(kept->where);
		free(kept);
		return TMD_FAILED;
	}
	*out = &kept->finds;
	return TMD_OK;
}
