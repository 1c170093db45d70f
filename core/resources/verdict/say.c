/* A verdict in words, for check and explain: made of what was reported, and of nothing else. */
#include "resources/verdict/verdict.h"

#include "base/mem.h"
#include "base/str.h"

static const char *text_of(const struct tmd_resource *r, enum tmd_verdict_field field)
{
	return tmd_value_str(&r->current[field]);
}

/* "core v0.23.8 with shotgun_api3 3.10.0 in /mnt/projects/demo, Python 3.11" */
static char *subject_of(const struct tmd_resource *r)
{
	const char *core = text_of(r, TMD_VERDICT_CORE);
	const char *path = core ? core : text_of(r, TMD_VERDICT_PYTHON_API);
	const char *version = text_of(r, TMD_VERDICT_CORE_VERSION);
	const char *release = text_of(r, TMD_VERDICT_PYTHON_API_VERSION);
	const char *python = text_of(r, TMD_VERDICT_PYTHON_VERSION);
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	if (core)
		tmd_buf_addf(&out, "core %s with ", version ? version : "of unknown version");
	tmd_buf_addf(&out, "shotgun_api3 %s in %s", release ? release : "of unknown version", path);
	if (python)
		tmd_buf_addf(&out, ", Python %s", python);
	return tmd_buf_steal(&out);
}

static enum tmd_standing standing_of(const struct tmd_resource *r)
{
	const struct tmd_value *works = &r->current[TMD_VERDICT_WORKS];

	if (works->kind == TMD_V_NULL)
		return TMD_STANDS_UNSURE;
	return works->boolean ? TMD_STANDS_WELL : TMD_STANDS_BADLY;
}

/* ---- sentences ---- */

static const struct {
	enum tmd_verdict_field field;
	const char *name;
} uses[] = {
	{ TMD_VERDICT_API, "API calls" },
	{ TMD_VERDICT_FORM, "Uploads through the site" },
	{ TMD_VERDICT_STORAGE_UPLOAD, "Uploads to cloud storage" },
	{ TMD_VERDICT_SITE_DOWNLOAD, "Downloads from the site" },
	{ TMD_VERDICT_STORAGE_DOWNLOAD, "Downloads from cloud storage" },
	{ TMD_VERDICT_STORAGE_DOWNLOAD_AFTER, "Downloads from cloud storage after one from the site" },
};
#define USES (sizeof(uses) / sizeof(*uses))

static void say_place(const struct tmd_value *use, struct tmd_buf *out)
{
	const char *file = tmd_value_map_get(use, "file");
	const char *directory = tmd_value_map_get(use, "directory");
	const char *source = tmd_value_map_get(use, "source");

	tmd_buf_addf(out, " take %s",
		     file ? file : directory ? directory : "certificates from a place not known");
	if (file && directory)
		tmd_buf_addf(out, " and %s", directory);
	if (source)
		tmd_buf_addf(out, " (from: %s)", source);
}

static void say_worth(const struct tmd_value *use, struct tmd_buf *out)
{
	if (tmd_str_equal(tmd_value_map_get(use, "loads"), "no"))
		tmd_buf_add_str(out, ", which does not load");
	else if (tmd_str_equal(tmd_value_map_get(use, "holds"), "no"))
		tmd_buf_add_str(out, ", which lacks what is required");
	else if (tmd_str_equal(tmd_value_map_get(use, "holds"), "yes"))
		tmd_buf_add_str(out, ", which loads and holds what is required");
}

static void say_rules(const struct tmd_value *use, struct tmd_buf *out)
{
	const char *names = tmd_value_map_get(use, "host_names");

	if (names && !tmd_str_equal(names, "checked"))
		tmd_buf_addf(out, "; host names: %s", names);
	if (tmd_str_equal(tmd_value_map_get(use, "strict"), "yes"))
		tmd_buf_add_str(out, "; by OpenSSL's strict rules");
}

/* All that is said of a use, but for its name. */
static char *clause_of(const struct tmd_resource *r, size_t i)
{
	const struct tmd_value *use = &r->current[uses[i].field];
	const char *state = tmd_value_map_get(use, "state");
	const char *why = tmd_value_map_get(use, "why");
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	if (tmd_value_map_get(use, "source")) {
		say_place(use, &out);
		say_worth(use, &out);
		say_rules(use, &out);
	} else {
		tmd_buf_addf(&out, ": %s", state ? state : "unsure");
	}
	if (why)
		tmd_buf_addf(&out, ": %s", why);
	tmd_buf_add_char(&out, '.');
	return tmd_buf_steal(&out);
}

/* Those of which the same is to be said, this one the first; NULL: another one is. Caller frees. */
static char *names_of(const struct tmd_strv *clauses, size_t first)
{
	TMD_AUTO_BUF struct tmd_buf names = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < USES; i++) {
		if (!tmd_str_equal(clauses->items[i], clauses->items[first]))
			continue;
		if (i < first)
			return NULL;
		tmd_buf_addf(&names, "%s%s", count++ ? ", " : "", uses[i].name);
	}
	if (count == USES)
		return tmd_strdup("API calls and all transfers");
	return count == USES - 1 && first ? tmd_strdup("All transfers") : tmd_buf_steal(&names);
}

/* Uses of which the same is to be said share a sentence. */
static void say_uses(const struct tmd_resource *r, struct tmd_strv *sentences)
{
	TMD_AUTO_STRV struct tmd_strv clauses = { 0 };

	for (size_t i = 0; i < USES; i++) {
		TMD_AUTO_FREE char *clause = clause_of(r, i);

		tmd_strv_add(&clauses, clause);
	}
	for (size_t i = 0; i < USES; i++) {
		TMD_AUTO_FREE char *names = names_of(&clauses, i);

		if (names)
			tmd_strv_addf(sentences, "%s%s", names, clauses.items[i]);
	}
}

/* Is it said of a use already? */
static bool is_said(const struct tmd_resource *r, const char *problem)
{
	for (size_t i = 0; i < USES; i++) {
		const char *why = tmd_value_map_get(&r->current[uses[i].field], "why");

		if (why && tmd_str_ends(problem, why))
			return true;
	}
	return false;
}

static void say_problems(const struct tmd_resource *r, struct tmd_strv *sentences)
{
	const struct tmd_strv *problems = &r->current[TMD_VERDICT_PROBLEMS].list;

	for (size_t i = 0; i < problems->count; i++) {
		if (!is_said(r, problems->items[i]))
			tmd_strv_addf(sentences, "Besides: %s.", problems->items[i]);
	}
}

static void say_fixes(const struct tmd_resource *r, struct tmd_strv *sentences)
{
	const struct tmd_strv *fixes = &r->current[TMD_VERDICT_FIXES].list;

	for (size_t i = 0; i < fixes->count; i++)
		tmd_strv_addf(sentences, "%s: %s.", i ? "Or else" : "To mend it", fixes->items[i]);
}

void tmd_verdict_judge(const struct tmd_resource *r, struct tmd_said *out)
{
	const char *basis = text_of(r, TMD_VERDICT_BASIS);

	out->standing = standing_of(r);
	out->subject = subject_of(r);
	tmd_strv_copy(&out->reasons, &r->current[TMD_VERDICT_PROBLEMS].list);
	tmd_strv_copy(&out->remedies, &r->current[TMD_VERDICT_FIXES].list);
	say_uses(r, &out->sentences);
	say_problems(r, &out->sentences);
	say_fixes(r, &out->sentences);
	tmd_strv_addf(&out->sentences, "All this is %s.", basis ? basis : "predicted");
}
