/* The attributes of a verdict, from what was judged. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/verdict/fixes.h"
#include "resources/verdict/verdict.h"

const char *tmd_verdict_variable(const struct tmd_verdict_reading *reading, const char *name)
{
	return tmd_surroundings_get(&reading->around, name);
}

static const char *told_text(enum tmd_told told)
{
	static const char *const texts[] = { NULL, "yes", "no" };

	return texts[told];
}

static const char *name_text(enum tmd_name_check name)
{
	static const char *const texts[] = { "checked", "checked, without SNI", "ignored" };

	return texts[name];
}

static void tell(struct tmd_value *out, const char *name, const char *text)
{
	if (text)
		tmd_value_map_set(out, name, text);
}

static void report_use(const struct tmd_judgement *j, bool ruled, struct tmd_value *out)
{
	tell(out, "state", tmd_state_name(j->state));
	tell(out, "why", j->why);
	if (!ruled || j->from == TMD_FROM_NO_USE || (j->from == TMD_FROM_OTHER && !j->file))
		return;
	tell(out, "source", tmd_from_name(j->from));
	tell(out, "file", j->file);
	tell(out, "directory", j->directory);
	tell(out, "loads", told_text(j->loads));
	tell(out, "holds", told_text(j->holds));
	tell(out, "host_names", name_text(j->name));
	tell(out, "strict", j->strict ? "yes" : "no");
}

/* How many uses have this reason. */
static size_t count_reason(const struct tmd_outcome *outcome, const char *why)
{
	size_t count = 0;

	for (size_t i = 0; i < TMD_USES; i++)
		count += tmd_str_equal(outcome->uses[i].why, why);
	return count;
}

/* Uses with one reason are told in one sentence, at the first of them. */
static void report_reason(const struct tmd_outcome *outcome, size_t first, struct tmd_value *problems)
{
	const struct tmd_judgement *j = &outcome->uses[first];
	const bool all = count_reason(outcome, j->why) == TMD_USES;
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (size_t i = 0; i < first; i++) {
		if (tmd_str_equal(outcome->uses[i].why, j->why))
			return;
	}
	for (size_t i = first; !all && i < TMD_USES; i++) {
		if (tmd_str_equal(outcome->uses[i].why, j->why))
			tmd_buf_addf(&text, "%s%s", text.len ? ", " : "",
				     tmd_use_name((enum tmd_use)i));
	}
	tmd_buf_addf(&text, "%s%s: %s", all ? "" : ": ", tmd_state_name(j->state), j->why);
	tmd_value_list_add(problems, tmd_buf_str(&text));
}

static void report_reasons(const struct tmd_outcome *outcome, struct tmd_value *problems)
{
	for (size_t i = 0; i < TMD_USES; i++) {
		if (outcome->uses[i].why)
			report_reason(outcome, i, problems);
	}
}

static void report_names(const struct tmd_outcome *outcome, struct tmd_value *problems)
{
	bool ignored = false;
	bool unasked = false;

	for (size_t i = TMD_USE_FORM; i < TMD_USES; i++) {
		const struct tmd_judgement *j = &outcome->uses[i];

		unasked = unasked || j->from == TMD_FROM_UNASKED;
		ignored = ignored || (j->name == TMD_NAME_IGNORED && j->from != TMD_FROM_NO_USE &&
				      j->from != TMD_FROM_UNASKED);
	}
	if (ignored)
		tmd_value_list_add(problems, "transfers of this release do not check host names: "
					     "whoever has a certificate that they trust can pose as "
					     "the site; 3.9.0 and later do");
	if (unasked)
		tmd_value_list_add(problems, "PYTHONHTTPSVERIFY=0 is set: transfers that would use "
					     "the store of the system verify nothing");
}

static bool has_proxy(const struct tmd_verdict_reading *reading)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (tmd_verdict_variable(reading, names[i]))
			return true;
	}
	return false;
}

static void report_observation(const struct tmd_observation *seen, struct tmd_value *problems)
{
	TMD_AUTO_FREE char *why = seen->why ? tmd_format("not observed: %s", seen->why) : NULL;

	if (why)
		tmd_value_list_add(problems, why);
	for (size_t i = 0; i < seen->differences.count; i++)
		tmd_value_list_add(problems, seen->differences.items[i]);
	if (seen->differences.count)
		tmd_value_list_add(problems, "this copy does not do what its release does, or something "
					     "changes Python's ssl: no fix can be told, as they are "
					     "judged by the rules of releases");
}

static void report_problems(struct tmd_verdict_reading *reading)
{
	struct tmd_value *problems = &reading->r->current[TMD_VERDICT_PROBLEMS];
	const struct tmd_strv *found = &reading->subject.problems;

	problems->kind = TMD_V_LIST;
	report_reasons(&reading->outcome, problems);
	if (reading->outcome.rules.fate == TMD_RULES_KNOWN)
		report_names(&reading->outcome, problems);
	if (reading->outcome.refuses)
		tmd_value_list_add(problems, "broken: Shotgun() of this release raises an error on "
					     "this Python, unless it is told connect=False: 3.6.0 to "
					     "3.9.0 want 3.7, though older ones import them");
	if (has_proxy(reading))
		tmd_value_list_add(problems, "transfers go through the proxy of the environment and "
					     "API calls do not: the two may meet different "
					     "certificates");
	for (size_t i = 0; i < found->count; i++)
		tmd_value_list_add(problems, found->items[i]);
	report_observation(&reading->observation, problems);
}

/* Values of proxies may hold passwords. */
static void report_environment(const struct tmd_verdict_reading *reading)
{
	const struct tmd_strv *environment = &reading->around.environment;
	struct tmd_value *out = &reading->r->current[TMD_VERDICT_ENVIRONMENT];

	out->kind = TMD_V_MAP;
	for (size_t i = 0; i < environment->count; i++) {
		const char *item = environment->items[i];
		const size_t len = strcspn(item, "=");
		TMD_AUTO_FREE char *name = tmd_strndup(item, len);

		if (!tmd_str_ends(name, "_proxy") && !tmd_str_ends(name, "_PROXY"))
			tmd_value_map_set(out, name, item + len + 1);
	}
}

static void report_works(const struct tmd_verdict_reading *reading)
{
	struct tmd_value *works = &reading->r->current[TMD_VERDICT_WORKS];

	switch (tmd_outcome_state(&reading->outcome)) {
	case TMD_STATE_NO_USE:
	case TMD_STATE_WORKS:
		tmd_value_set_bool(works, true);
		break;
	case TMD_STATE_BROKEN:
		tmd_value_set_bool(works, false);
		break;
	case TMD_STATE_UNSURE:
		break;
	}
}

/* Is the store that it looks into another one than that which programs of the system share? */
static bool system_is_own(const struct tmd_verdict_reading *reading)
{
	static const char *const shared[] = { "/etc/", "/usr/lib/ssl/", "/usr/share/" };
	const char *file = reading->python.ca_file;

	if (tmd_verdict_variable(reading, "SSL_CERT_FILE") ||
	    tmd_verdict_variable(reading, "SSL_CERT_DIR"))
		return true;
	for (size_t i = 0; file && i < sizeof(shared) / sizeof(*shared); i++) {
		if (tmd_str_starts(file, shared[i]))
			return false;
	}
	return file && *file == '/';
}

static void report_fixes(const struct tmd_verdict_reading *reading)
{
	const struct tmd_fix_site site = {
		.path = tmd_value_str(&reading->r->current[TMD_VERDICT_PYTHON_API]),
		.subject = &reading->subject,
		.system_is_own = system_is_own(reading),
	};
	TMD_AUTO_STRV struct tmd_strv fixes = { 0 };

	if (!reading->observation.differences.count)
		tmd_fixes_find(&reading->process, &reading->outcome, &site, &fixes);
	tmd_value_set_list(&reading->r->current[TMD_VERDICT_FIXES], &fixes);
}

void tmd_verdict_report(struct tmd_verdict_reading *reading)
{
	struct tmd_value *current = reading->r->current;
	const bool ruled = reading->outcome.rules.fate == TMD_RULES_KNOWN;

	tmd_value_set_string(&current[TMD_VERDICT_BASIS],
			     reading->observation.made ? "observed" : "predicted");
	tmd_value_set_string(&current[TMD_VERDICT_PYTHON_API_VERSION], reading->subject.release);
	tmd_value_set_string(&current[TMD_VERDICT_CORE_VERSION], reading->subject.core);
	tmd_value_set_string(&current[TMD_VERDICT_PYTHON_VERSION], reading->python.version);
	for (size_t i = 0; i < TMD_USES; i++)
		report_use(&reading->outcome.uses[i], ruled, &current[TMD_VERDICT_API + i]);
	report_environment(reading);
	report_works(reading);
	report_problems(reading);
	report_fixes(reading);
}
