/* One rebuild for all resources of a type. */
#include "engine/loop.h"

#include "base/mem.h"
#include "resources/session.h"

/* Those of the type that take part; the caller frees the list. */
static struct tmd_resource **find_taking_part(struct tmd_run *run, const struct tmd_type *type,
					      size_t *count)
{
	struct tmd_resource **found = tmd_alloc(run->count, sizeof(struct tmd_resource *));

	*count = 0;
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].resource.type == type &&
		    run->results[i].state == TMD_RESULT_IN_REBUILD)
			found[(*count)++] = &run->results[i].resource;
	}
	return found;
}

static bool is_busy(struct tmd_run *run, const struct tmd_type *type)
{
	size_t count;
	TMD_AUTO_FREE struct tmd_resource **taking_part = find_taking_part(run, type, &count);

	return type->busy && type->busy(&run->ctx, taking_part, count);
}

static void commit_type(struct tmd_run *run, const struct tmd_type *type)
{
	size_t count;
	TMD_AUTO_FREE struct tmd_resource **taking_part = find_taking_part(run, type, &count);
	struct tmd_error err = { 0 };

	if (run->status)
		run->status(run->status_arg, type->commit_text);
	if (type->commit(&run->ctx, taking_part, count, &err) == TMD_OK)
		tmd_error_clear(&err);
	tmd_sessions_forget(&run->ctx, NULL);
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->resource.type != type || result->state != TMD_RESULT_IN_REBUILD)
			continue;
		result->state = TMD_RESULT_OPEN;
		if (!err.kind)
			result->changed = true;
		else if (!result->error.kind)
			result->error = err;
	}
}

/* True when one of them is left for later, because it would have to wait. */
bool tmd_rebuild_rank(struct tmd_run *run, int rank, bool may_wait)
{
	bool left = false;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_type *type = run->results[i].resource.type;

		if (run->results[i].state != TMD_RESULT_IN_REBUILD ||
		    run->results[i].resource.rank != rank)
			continue;
		if (!may_wait && is_busy(run, type))
			left = true;
		else
			commit_type(run, type);
	}
	return left;
}
