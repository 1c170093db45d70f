/* From trees to a sorted list. */
#include "discover/find.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "discover/search.h"

#define TOLD_MAX 20 /* directories that were not looked through */

void tmd_findings_release(struct tmd_findings *finds)
{
	for (size_t i = 0; i < finds->count; i++)
		free(finds->items[i].path);
	free(finds->items);
	tmd_strv_release(&finds->remarks);
	tmd_strv_release(&finds->owned);
	memset(finds, 0, sizeof(*finds));
}

const struct tmd_finding *tmd_findings_of(const struct tmd_findings *finds, enum tmd_find_kind kind,
				    size_t *count)
{
	size_t first = 0;

	while (first < finds->count && finds->items[first].kind < kind)
		first++;
	*count = 0;
	while (first + *count < finds->count && finds->items[first + *count].kind == kind)
		++*count;
	return *count ? &finds->items[first] : NULL;
}

const char *tmd_find_kind_name(enum tmd_find_kind kind, bool many)
{
	static const char *const names[][2] = {
		[TMD_FIND_API] = { "Python API", "Python APIs" },
		[TMD_FIND_CORE] = { "Toolkit core", "Toolkit cores" },
		[TMD_FIND_BUNDLE_CACHE] = { "bundle cache", "bundle caches" },
		[TMD_FIND_INTERPRETER] = { "interpreter", "interpreters" },
		[TMD_FIND_CORE_API] = { "core_api.yml", "core_api.yml" },
		[TMD_FIND_CA_BUNDLE] = { "CA bundle", "CA bundles" },
		[TMD_FIND_SCRIPT] = { "script", "scripts" },
	};

	return names[kind][many];
}

const char *tmd_find_kind_word(enum tmd_find_kind kind)
{
	static const char *const words[] = {
		[TMD_FIND_API] = "python_api",	    [TMD_FIND_CORE] = "core",
		[TMD_FIND_BUNDLE_CACHE] = "bundle_cache", [TMD_FIND_INTERPRETER] = "interpreter",
		[TMD_FIND_CORE_API] = "core_api",   [TMD_FIND_CA_BUNDLE] = "bundle",
		[TMD_FIND_SCRIPT] = "script",
	};

	return words[kind];
}

bool tmd_search_wants(const struct tmd_search *search, enum tmd_find_kind kind)
{
	return search->query->kinds & (1u << kind);
}

void tmd_search_add(struct tmd_search *search, enum tmd_find_kind kind, char *path,
		    const char *detail)
{
	struct tmd_findings *out = search->out;
	struct tmd_finding *found;

	out->items = tmd_grow(out->items, &out->cap, out->count + 1, sizeof(*out->items));
	found = &out->items[out->count++];
	found->kind = kind;
	found->path = path;
	found->detail = detail;
}

/* ---- the walk ---- */

static bool take(void *arg, struct tmd_tree *tree, const char *name, enum tmd_file_type type,
		 unsigned *marks)
{
	if (type == TMD_FILE_DIRECTORY)
		return tmd_take_directory(arg, tree, name, marks);
	if (type == TMD_FILE_REGULAR)
		tmd_take_file(arg, tree, name);
	return false;
}

static void note_passed(void *arg, const char *path, const char *why)
{
	struct tmd_search *search = arg;

	if (search->passed++ < TOLD_MAX)
		tmd_strv_addf(&search->out->remarks, "not looked through: %s: %s", path, why);
}

static void tick(void *arg)
{
	const struct tmd_search *search = arg;

	search->query->tick(search->query->tick_arg);
}

static enum tmd_rc walk(struct tmd_search *search, const struct tmd_find_tree *tree,
			struct tmd_tree_seen *seen, struct tmd_error *err)
{
	const struct tmd_find_query *query = search->query;
	const struct tmd_tree_visitor visitor = {
		.take = take,
		.pass = note_passed,
		.tick = query->tick ? tick : NULL,
		.arg = search,
		.network = query->network,
		.depth = tree->depth,
	};
	struct tmd_error why = { 0 };

	if (tmd_tree_walk(search->fs, tree->path, &visitor, seen, &why) == TMD_OK)
		return TMD_OK;
	if (query->network != TMD_TREE_LOCAL) {
		*err = why;
		return TMD_FAILED;
	}
	if (why.kind != TMD_E_NOT_FOUND)
		note_passed(search, tree->path, why.message);
	return TMD_OK;
}

/* ---- the list ---- */

static int compare(const void *a, const void *b)
{
	const struct tmd_finding *first = a;
	const struct tmd_finding *second = b;

	if (first->kind != second->kind)
		return first->kind < second->kind ? -1 : 1;
	return strcmp(first->path, second->path);
}

/* What was found twice keeps the detail that says more: only a copy as such is a "source". */
static void sort(struct tmd_findings *out)
{
	size_t kept = 0;

	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare);
	for (size_t i = 0; i < out->count; i++) {
		struct tmd_finding *last = kept ? &out->items[kept - 1] : NULL;

		if (!last || compare(last, &out->items[i])) {
			out->items[kept++] = out->items[i];
			continue;
		}
		if (strcmp(last->detail, "source") == 0)
			last->detail = out->items[i].detail;
		free(out->items[i].path);
	}
	out->count = kept;
	tmd_strv_sort(&out->remarks);
	tmd_strv_sort(&out->owned);
}

/* What is looked through to its end comes before what another tree would look through in part. */
static enum tmd_rc walk_all(struct tmd_search *search, struct tmd_tree_seen *seen,
			    struct tmd_error *err)
{
	const struct tmd_find_query *query = search->query;

	for (int limited = 0; limited < 2; limited++) {
		for (size_t i = 0; i < query->count; i++) {
			if (!query->trees[i].depth == !limited &&
			    walk(search, &query->trees[i], seen, err))
				return TMD_FAILED;
		}
	}
	return TMD_OK;
}

enum tmd_rc tmd_find(struct tmd_fs *fs, const struct tmd_find_query *query, struct tmd_findings *out,
		     struct tmd_error *err)
{
	struct tmd_search search = { .fs = fs, .query = query, .out = out };
	struct tmd_tree_seen *seen = tmd_tree_seen_new();
	enum tmd_rc rc = walk_all(&search, seen, err);

	sort(out);
	if (search.passed > TOLD_MAX)
		tmd_strv_addf(&out->remarks, "not looked through: %zu further directories",
			      search.passed - TOLD_MAX);
	tmd_tree_seen_free(seen);
	tmd_buf_release(&search.text);
	return rc;
}
