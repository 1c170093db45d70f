/*
 * The verb list. A copy among an interpreter's packages is judged with that one; any other, and a
 * core, with the newest that is found and imports it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "os/path.h"
#include "resources/env/login.h"
#include "resources/finds.h"
#include "resources/python_api/copy.h"
#include "resources/verdict/verdict.h"

struct python {
	char *path;
	char *version;
};

struct search {
	struct tmd_ctx *ctx;
	struct tmd_listing *listing;
	const struct tmd_findings *findings;
	struct tmd_looks looks;
	struct python *pythons; /* newest first */
	size_t python_count;
	size_t python_cap;
	bool has_pythons; /* they were looked at */
	char *user;	  /* who is asked about; NULL: nobody */
	struct tmd_value wishes[TMD_VERDICT_FIELDS];
};

static void search_release(struct search *s)
{
	tmd_looks_release(&s->looks);
	for (size_t i = 0; i < s->python_count; i++) {
		free(s->pythons[i].path);
		free(s->pythons[i].version);
	}
	free(s->pythons);
	free(s->user);
	for (size_t i = 0; i < TMD_VERDICT_FIELDS; i++)
		tmd_value_release(&s->wishes[i]);
}

/* ---- interpreters ---- */

static int compare_pythons(const void *a, const void *b)
{
	const struct python *one = a;
	const struct python *other = b;
	struct tmd_error ignored = { 0 };
	int order = 0;

	if (tmd_version_compare(other->version, one->version, &order, &ignored) || !order)
		return strcmp(one->path, other->path);
	return order;
}

static void add_pythons(struct search *s, const struct tmd_findings *findings)
{
	size_t count = 0;
	const struct tmd_finding *found = tmd_findings_of(findings, TMD_FIND_INTERPRETER, &count);

	s->pythons = tmd_grow(s->pythons, &s->python_cap, s->python_count + count,
			      sizeof(*s->pythons));
	for (size_t i = 0; i < count; i++) {
		TMD_CLEANUP(tmd_interpreter_release) struct tmd_interpreter python = { 0 };
		struct tmd_error ignored = { 0 };

		if (tmd_interpreter_read(s->ctx, found[i].path, NULL, &python, &ignored) ||
		    !python.version)
			continue;
		s->pythons[s->python_count].path = tmd_strdup(found[i].path);
		s->pythons[s->python_count++].version = tmd_strdup(python.version);
	}
}

/* Those below the directories that were named, or else those of the machine. */
static void read_pythons(struct search *s)
{
	const struct tmd_findings *usual;
	struct tmd_error ignored = { 0 };

	s->has_pythons = true;
	add_pythons(s, s->findings);
	if (!s->python_count && !tmd_finds_under(s->ctx, NULL, 1u << TMD_FIND_INTERPRETER, &usual,
						 &ignored))
		add_pythons(s, usual);
	if (s->python_count)
		qsort(s->pythons, s->python_count, sizeof(*s->pythons), compare_pythons);
}

/* Which copy a core has depends on the interpreter. */
static bool suits(struct search *s, const struct python *python, const char *core,
		  const char *release)
{
	TMD_CLEANUP(tmd_subject_release) struct tmd_subject subject = { 0 };
	struct tmd_error ignored = { 0 };

	if (core) {
		if (tmd_subject_read_core(s->ctx, core, python->version, &subject, &ignored))
			return false;
		release = subject.unsure ? NULL : subject.release;
	}
	return release && tmd_rules_runs_on(release, python->version);
}

/* NULL: none suits, or is there. */
static const char *choose_python(struct search *s, const char *core, const char *release)
{
	if (!s->has_pythons)
		read_pythons(s);
	for (size_t i = 0; i < s->python_count; i++) {
		if (suits(s, &s->pythons[i], core, release))
			return s->pythons[i].path;
	}
	return NULL;
}

/* ---- copies and cores ---- */

/* Whoever owns what keeps the user from the directory; the caller frees. NULL: nothing does. */
static char *owner_instead(struct search *s, const char *user, const char *dir)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user reader = { 0 };
	TMD_CLEANUP(tmd_user_release) struct tmd_user owner = { 0 };
	TMD_AUTO_FREE char *inside = tmd_path_join(dir, "0");
	TMD_AUTO_FREE char *name = NULL;
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_error ignored = { 0 };
	uint32_t id;

	if (tmd_user_find(s->ctx->fs, user, &reader, &ignored) ||
	    tmd_view_find_obstacle(s->ctx->view, inside, &reader, &why, &id, &ignored) || !why)
		return NULL;
	name = tmd_user_name(s->ctx->fs, id);
	if (!name || tmd_user_find(s->ctx->fs, name, &owner, &ignored))
		return NULL;
	return tmd_strdup(owner.name);
}

/* What the user of the query cannot reach is not his: it is judged as its owner's. */
static void choose_user(struct search *s, const char *path)
{
	TMD_AUTO_FREE char *owner = s->user ? owner_instead(s, s->user, path) : NULL;

	tmd_value_set_string(&s->wishes[TMD_VERDICT_USER], owner ? owner : s->user);
}

static void add_verdict(struct search *s, enum tmd_verdict_field key, const char *path,
			const char *python)
{
	struct tmd_resource *r = s->listing->add(s->listing);
	struct tmd_error err = { 0 };

	tmd_value_release(&s->wishes[TMD_VERDICT_PYTHON_API]);
	tmd_value_release(&s->wishes[TMD_VERDICT_CORE]);
	tmd_value_set_string(&s->wishes[key], path);
	tmd_value_set_string(&s->wishes[TMD_VERDICT_PYTHON], python);
	choose_user(s, path);
	r->name = tmd_strdup(path);
	r->backend = "predicted";
	for (size_t i = TMD_VERDICT_PYTHON; i <= TMD_VERDICT_REQUIRES; i++)
		tmd_value_copy(&r->current[i], &s->wishes[i]);
	if (tmd_verdict_read(s->ctx, r, s->wishes, &s->looks, &err))
		tmd_strv_addf(s->listing->remarks, "not judged: %s: %s", path, err.message);
}

/*
 * Archives that lie about are in nobody's use; what is inside a core is told with the core. A
 * problem of one that cannot be read is a remark.
 */
static void look_at_copy(struct search *s, const char *path)
{
	TMD_CLEANUP(tmd_api_copy_release) struct tmd_api_copy copy = { 0 };
	TMD_AUTO_FREE char *own = NULL;
	struct tmd_error err = { 0 };

	if (tmd_api_copy_read(s->ctx, path, &copy, &err)) {
		tmd_strv_addf(s->listing->remarks, "not judged: %s: %s", path, err.message);
		return;
	}
	if (copy.layout == TMD_API_CORE || copy.layout == TMD_API_CORE_ZIP ||
	    (copy.is_archive && copy.layout != TMD_API_EGG))
		return;
	own = copy.is_archive ? NULL : tmd_interpreter_beside(s->ctx, copy.path);
	add_verdict(s, TMD_VERDICT_PYTHON_API, copy.path,
		    own ? own : choose_python(s, NULL, copy.version));
}

static enum tmd_rc begin(struct search *s, const struct tmd_resource *query, struct tmd_error *err)
{
	const char *user = tmd_value_str(&query->input[TMD_VERDICT_USER]);

	if (user)
		s->user = tmd_strdup(user);
	else if (tmd_env_usual_user(s->ctx, &s->user, err))
		return TMD_FAILED;
	tmd_value_copy(&s->wishes[TMD_VERDICT_REQUIRES], &query->desired[TMD_VERDICT_REQUIRES]);
	return tmd_finds_under(s->ctx, &query->input[TMD_VERDICT_UNDER].list,
			       1u << TMD_FIND_API | 1u << TMD_FIND_CORE | 1u << TMD_FIND_INTERPRETER,
			       &s->findings, err);
}

static void look_at_all(struct search *s)
{
	size_t count = 0;
	const struct tmd_finding *found = tmd_findings_of(s->findings, TMD_FIND_API, &count);

	for (size_t i = 0; i < count; i++)
		look_at_copy(s, found[i].path);
	found = tmd_findings_of(s->findings, TMD_FIND_CORE, &count);
	for (size_t i = 0; i < count; i++)
		add_verdict(s, TMD_VERDICT_CORE, found[i].path,
			    choose_python(s, found[i].path, NULL));
	for (size_t i = 0; i < s->findings->remarks.count; i++)
		tmd_strv_add_once(s->listing->remarks, s->findings->remarks.items[i]);
}

enum tmd_rc tmd_verdict_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			     struct tmd_listing *listing, struct tmd_error *err)
{
	TMD_CLEANUP(search_release) struct search s = { .ctx = ctx, .listing = listing };

	if (begin(&s, query, err))
		return TMD_FAILED;
	look_at_all(&s);
	return TMD_OK;
}
