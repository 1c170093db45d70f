/* Is a wish one for this project, does it hold, and what should be known when it is brought about? */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "resources/core_api/project.h"

#define VERSION_MAX 128 /* bytes of a version that is written */

static enum tmd_rc check_text(const char *version, const char *path, struct tmd_error *err)
{
	size_t len = strlen(version);

	if (!len || len > VERSION_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "name a version such as v0.23.10",
				"version must have 1 to %d characters", VERSION_MAX);
	for (size_t i = 0; i < len; i++) {
		if (version[i] <= ' ' || version[i] > '~' || strchr("'\"`\\", version[i]))
			return tmd_fail(err, TMD_E_INVALID_INPUT, path,
					"write letters, digits and marks like . - _ +",
					"version must not hold blanks, quotes, backslashes or "
					"anything beyond ASCII");
	}
	return TMD_OK;
}

static enum tmd_rc pass_on(const struct tmd_error *from, struct tmd_error *err)
{
	*err = *from;
	return from->kind ? TMD_FAILED : TMD_OK;
}

static enum tmd_rc check_kind(const struct tmd_core_project *p, struct tmd_error *err)
{
	if (pass_on(&p->pin.broken, err) || pass_on(&p->pin.refused, err))
		return TMD_FAILED;
	if (p->pin.kind->version == TMD_CORE_NO_VERSION)
		return tmd_fail(err, TMD_E_REFUSED, p->file,
				"leave version null here, or write an app_store descriptor by hand",
				"line %zu: a %s descriptor uses the core at its path: no version "
				"decides there",
				p->pin.type_line, p->pin.kind->name);
	return TMD_OK;
}

static enum tmd_rc check_form(const struct tmd_core_project *p, const char *wish,
			      struct tmd_error *err)
{
	const struct tmd_core_file *pin = &p->pin;
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(pin->version ? pin->version : "");

	if (pin->kind->version == TMD_CORE_RELEASE && !tmd_core_is_release(wish))
		return tmd_fail(err, TMD_E_INVALID_INPUT, p->file,
				"write vMAJOR.MINOR.PATCH, v0.23.10 for one",
				"version %s is none of the app store's", wish);
	if (!tmd_core_version_fits(pin->kind, wish))
		return tmd_fail(err, TMD_E_REFUSED, p->file,
				"give one, or write an app_store descriptor by hand",
				"line %zu: %s versions %s, and %s is none", pin->type_line,
				pin->kind->name, tmd_core_version_form(pin->kind), wish);
	if (pin->kind->version != TMD_CORE_RELEASE && pin->version &&
	    !tmd_core_version_fits(pin->kind, pin->version))
		return tmd_fail(err, TMD_E_REFUSED, p->file, "mend the version by hand first",
				"line %zu: %s versions %s, and %s is none", pin->line,
				pin->kind->name, tmd_core_version_form(pin->kind), shown);
	return TMD_OK;
}

static enum tmd_rc check_present(const struct tmd_core_project *p, const char *wish,
				 struct tmd_error *err)
{
	const struct tmd_core_file *pin = &p->pin;
	TMD_AUTO_FREE char *hint = NULL;

	if (pin->has_version)
		return TMD_OK;
	hint = tmd_core_file_missing_hint(pin, wish);
	return tmd_fail(err, TMD_E_CONFLICT, p->file, hint, "line %zu: no version to replace%s",
			pin->location_line, pin->kind->latest ? ": Toolkit uses the latest" : "");
}

static enum tmd_rc fail_unknown_order(const struct tmd_core_project *p, const char *wish,
				      const char *why, struct tmd_error *err)
{
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(p->pin.version);

	return tmd_fail(err, TMD_E_CONFLICT, p->file,
			"ask for match=exact, or look at what it holds and leave version null",
			"line %zu: cannot tell whether %s is at least %s: %s", p->pin.line, shown, wish,
			why);
}

/* Commits and numbers of attachments have no order, whatever Toolkit sorts them after. */
static enum tmd_rc compare(const struct tmd_core_project *p, const char *wish, int *order,
			   struct tmd_error *err)
{
	const struct tmd_core_kind *kind = p->pin.kind;
	const char *version = p->pin.version;
	struct tmd_error why = { 0 };

	if (kind->version == TMD_CORE_ATTACHMENT)
		return fail_unknown_order(p, wish, "it is the number of an attachment", err);
	if (tmd_version_is_commit(version) || tmd_version_is_commit(wish))
		return fail_unknown_order(p, wish, "a commit id says nothing of the version", err);
	if (!tmd_core_version_fits(kind, version))
		return fail_unknown_order(p, wish, "it is no version of this descriptor's type", err);
	if (tmd_version_compare(version, wish, order, &why))
		return fail_unknown_order(p, wish, why.message, err);
	return TMD_OK;
}

static enum tmd_rc check_order(const struct tmd_core_project *p, const struct tmd_core_wish *wish,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(p->pin.version ? p->pin.version : "");
	struct tmd_error ignored = { 0 };
	int order;

	/* Where there is no order, there is no downgrade either. */
	if (wish->allow_downgrade ||
	    tmd_version_compare(p->pin.version, wish->version, &order, &ignored) || order <= 0)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, p->file,
			"ask for match=at_least to keep it, or for allow_downgrade=true",
			"line %zu: %s is newer than %s", p->pin.line, shown, wish->version);
}

static enum tmd_rc check_edit(const struct tmd_core_project *p, const struct tmd_core_wish *wish,
			      struct tmd_error *err)
{
	if (check_form(p, wish->version, err) || check_present(p, wish->version, err) ||
	    pass_on(&p->pin.locked, err))
		return TMD_FAILED;
	return wish->at_least ? TMD_OK : check_order(p, wish, err);
}

enum tmd_rc tmd_core_judge(const struct tmd_core_project *project, const struct tmd_core_wish *wish,
			   bool *holds, struct tmd_error *err)
{
	const char *pin = project->pin.version;
	int order = -1;

	*holds = !wish->version;
	if (*holds)
		return TMD_OK;
	if (check_text(wish->version, project->file, err) || check_kind(project, err))
		return TMD_FAILED;
	*holds = tmd_str_equal(pin, wish->version);
	if (!*holds && wish->at_least && pin && *pin) {
		if (compare(project, wish->version, &order, err))
			return TMD_FAILED;
		*holds = order >= 0;
	}
	return *holds ? TMD_OK : check_edit(project, wish, err);
}

static bool is_branch(const char *version)
{
	return tmd_str_equal_nocase(version, "head") || tmd_str_equal_nocase(version, "master");
}

/* HEAD is what the info.yml of every core says that came out of a repository. */
bool tmd_core_runs_wish(const struct tmd_core_project *project, const struct tmd_core_wish *wish)
{
	const char *runs = project->installed.version;
	struct tmd_error ignored = { 0 };
	int order;

	if (!project->installed.root || !wish->version || tmd_str_equal(runs, wish->version))
		return true;
	return wish->at_least && runs && !is_branch(runs) && !tmd_version_is_commit(runs) &&
	       !tmd_version_is_commit(wish->version) &&
	       !tmd_version_compare(runs, wish->version, &order, &ignored) && order >= 0;
}

/* ---- what should be known ---- */

static void note_python(const char *from, const char *wish, struct tmd_strv *notes)
{
	const char *needed = tmd_era_python(wish);

	if (needed && from && tmd_core_is_release(from) && !tmd_era_python(from))
		tmd_strv_addf(notes,
			      "core %s needs Python %s or newer, and %s does not: every program "
			      "that starts Toolkit here has to have it, with the Python that it brings",
			      wish, needed, from);
}

static bool is_official(const struct tmd_core_file *pin)
{
	const char *path = tmd_value_map_get(&pin->descriptor, "path");
	const char *owner = tmd_value_map_get(&pin->descriptor, "organization");

	if (strcmp(pin->kind->name, "github_release") == 0)
		return tmd_str_equal_nocase(owner, "shotgunsoftware");
	return path && (strstr(path, "github.com/shotgunsoftware/tk-core") ||
			strstr(path, "github.com:shotgunsoftware/tk-core"));
}

static void note_tag(const struct tmd_core_project *p, const char *wish, struct tmd_strv *notes)
{
	const char *path = tmd_value_map_get(&p->pin.descriptor, "path");
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(path ? path : "the repository");

	if (p->pin.kind->version == TMD_CORE_TAG && !is_official(&p->pin))
		tmd_strv_addf(notes,
			      "%s is not Toolkit's own repository: look whether it has the tag %s "
			      "before the next start",
			      shown, wish);
}

void tmd_core_note_change(const struct tmd_core_project *project, const char *wish,
			  struct tmd_strv *notes)
{
	const char *runs = tmd_core_project_runs(project);
	TMD_AUTO_FREE char *why = tmd_core_era_complaint(runs);

	if (why)
		tmd_strv_add_once(notes, why);
	note_python(runs, wish, notes);
	note_tag(project, wish, notes);
}

void tmd_core_note_held(const struct tmd_core_project *project, const struct tmd_core_wish *wish,
			struct tmd_strv *notes)
{
	const char *pin = tmd_core_project_pin(project);
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(pin ? pin : "");

	if (!pin || !wish->version || !wish->at_least || tmd_str_equal(pin, wish->version) ||
	    tmd_era_of(pin).env != TMD_ERA_ENV_UNKNOWN)
		return;
	if (is_branch(pin))
		tmd_strv_addf(notes,
			      "%s is taken for newer than %s; it is what the branch held when it was "
			      "fetched last",
			      shown, wish->version);
	else if (project->pin.kind->version != TMD_CORE_RELEASE)
		tmd_strv_addf(notes,
			      "%s is taken for newer than %s by its numbers alone: no release of "
			      "Toolkit has them",
			      shown, wish->version);
}
