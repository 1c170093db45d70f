/*
 * A fix is a change to what a process is given. Whether it helps is not written down anywhere: the
 * process is judged again as it would be.
 */
#include "resources/verdict/fixes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define TOGETHER_MAX 3 /* changes that are tried together */
#define TOLD_MAX 4
#define BUNDLE "/opt/trustmend/cacert.pem"

/* In the order in which they are preferred: what takes something away before what adds to it. */
enum fix {
	FIX_UNSET_HTTPLIB2,
	FIX_UNSET_VARIABLE,
	FIX_DROP_ARGUMENT,
	FIX_VARIABLE,
	FIX_SYSTEM,
	FIX_RELEASE,
	FIX_ARGUMENT,
	FIXES,
};

/* ---- releases to go to ---- */

static const char *const releases[] = { "3.10.3", "3.10.2", "3.9.0", "3.5.1" }; /* newest first */

static const struct {
	const char *core;
	const char *release; /* inside */
	enum tmd_core_patch patch;
} cores[] = {
	{ "v0.24.0", "3.10.3", TMD_CORE_EMPTY_IS_UNSET },
	{ "v0.23.6", "3.10.0", TMD_CORE_PLAIN },
	{ "v0.21.2", "3.5.1", TMD_CORE_PLAIN },
};
#define CORES (sizeof(cores) / sizeof(*cores))

static bool suits(const char *release, const char *python)
{
	return tmd_rules_runs_on(release, python) && !tmd_rules_refuses(release, python);
}

/* The newest that is for this Python; NULL: none. */
static const char *best_release(const char *python)
{
	for (size_t i = 0; i < sizeof(releases) / sizeof(*releases); i++) {
		if (suits(releases[i], python))
			return releases[i];
	}
	return NULL;
}

/* CORES: none. */
static size_t best_core(const char *python)
{
	size_t i = 0;

	while (i < CORES && !suits(cores[i].release, python))
		i++;
	return i;
}

/* ---- changes ---- */

/* False where there is nothing to change. */
static bool change_release(const struct tmd_fix_site *site, struct tmd_process *p)
{
	const size_t core = best_core(p->python);
	const char *release = best_release(p->python);

	if (site->subject->in_core) {
		if (core == CORES || tmd_str_equal(site->subject->core, cores[core].core))
			return false;
		release = cores[core].release;
		p->patch = cores[core].patch;
	}
	if (!release || tmd_str_equal(release, p->release))
		return false;
	p->release = release;
	p->certs = tmd_public_file; /* no release has a better file than the public roots */
	return true;
}

static bool change(enum fix fix, const struct tmd_fix_site *site, struct tmd_process *p)
{
	struct tmd_rules_settings *settings = &p->settings;

	switch (fix) {
	case FIX_UNSET_HTTPLIB2:
		if (!settings->httplib2)
			return false;
		settings->httplib2 = NULL;
		return true;
	case FIX_UNSET_VARIABLE:
		if (!settings->variable)
			return false;
		settings->variable = NULL;
		return true;
	case FIX_DROP_ARGUMENT:
		if (!settings->argument)
			return false;
		settings->argument = NULL;
		return true;
	case FIX_VARIABLE:
		settings->variable = tmd_good_file;
		return true;
	case FIX_SYSTEM:
		p->ca_file = tmd_good_file;
		return true;
	case FIX_RELEASE:
		return change_release(site, p);
	case FIX_ARGUMENT:
		settings->argument = tmd_good_file;
		return !site->subject->in_core; /* Toolkit takes none */
	case FIXES:
		break;
	}
	return false;
}

/* ---- words ---- */

/* A certificate that is required, to name it in a command; the caller frees. */
static char *required_certificate(const struct tmd_process *p)
{
	const char *label = p->required->count ? p->required->items[0].label
					       : "builtin:amazon-root-ca-1";
	const char *or = strstr(label, " or ");

	return tmd_strndup(label, or ? (size_t)(or - label) : strlen(label));
}

/* A file that is made from what the system trusts, with what is required. */
static char *make_bundle(const struct tmd_process *p, const char *path)
{
	TMD_AUTO_FREE char *certificate = required_certificate(p);

	return tmd_format("trustmend bundle apply path=%s sources=system extra=%s", path, certificate);
}

static char *tell_variable(const struct tmd_process *p, const char *name, const char *value)
{
	const bool keeps = value && value[0] && tmd_path_is_absolute(value);
	TMD_AUTO_FREE char *bundle = make_bundle(p, keeps ? value : BUNDLE);

	if (keeps)
		return tmd_format("mend the file that %s names (%s)", name, bundle);
	return tmd_format("set %s to a CA bundle (%s; trustmend env apply name=%s value=%s)", name,
			  bundle, name, BUNDLE);
}

static char *tell_system(const struct tmd_process *p, const struct tmd_fix_site *site)
{
	TMD_AUTO_FREE char *certificate = required_certificate(p);

	if (site->system_is_own)
		return tell_variable(p, "SSL_CERT_FILE", p->ca_file);
	return tmd_format("trust the root in the store of the system (trustmend anchor apply "
			  "certificate=%s)", certificate);
}

static char *tell_release(const struct tmd_process *p, const struct tmd_fix_site *site)
{
	if (site->subject->in_core)
		return tmd_format("bring the core to %s, whose API is %s (trustmend core_api apply "
				  "path=CONFIGURATION version=%s)", cores[best_core(p->python)].core,
				  cores[best_core(p->python)].release,
				  cores[best_core(p->python)].core);
	return tmd_format("bring shotgun_api3 to %s (trustmend python_api apply path=%s version=%s "
			  "source=WHEEL)", best_release(p->python), site->path,
			  best_release(p->python));
}

static char *tell_argument(const struct tmd_process *p)
{
	const char *argument = p->settings.argument;
	TMD_AUTO_FREE char *bundle = NULL;

	if (argument && *argument && tmd_path_is_absolute(argument)) {
		bundle = make_bundle(p, argument);
		return tmd_format("mend the file that ca_certs names (%s)", bundle);
	}
	bundle = make_bundle(p, BUNDLE);
	return tmd_format("give Shotgun() a CA bundle as ca_certs (%s; trustmend script apply "
			  "path=SCRIPT ca_certs=%s)", bundle, BUNDLE);
}

static char *tell(enum fix fix, const struct tmd_process *p, const struct tmd_fix_site *site)
{
	switch (fix) {
	case FIX_UNSET_HTTPLIB2:
		return tmd_strdup("remove HTTPLIB2_CA_CERTS (trustmend env apply "
				  "name=HTTPLIB2_CA_CERTS state=absent)");
	case FIX_UNSET_VARIABLE:
		return tmd_strdup("remove SHOTGUN_API_CACERTS (trustmend env apply "
				  "name=SHOTGUN_API_CACERTS state=absent)");
	case FIX_DROP_ARGUMENT:
		return tmd_strdup("leave ca_certs of Shotgun() out (trustmend script apply "
				  "path=SCRIPT state=absent)");
	case FIX_VARIABLE:
		return tell_variable(p, "SHOTGUN_API_CACERTS", p->settings.variable);
	case FIX_SYSTEM:
		return tell_system(p, site);
	case FIX_RELEASE:
		return tell_release(p, site);
	case FIX_ARGUMENT:
		return tell_argument(p);
	case FIXES:
		break;
	}
	return NULL;
}

/* ---- trying them ---- */

/* Those that contradict each other or say the same twice are not tried together. */
static bool is_sensible(unsigned set)
{
	static const unsigned pairs[] = {
		1u << FIX_UNSET_VARIABLE | 1u << FIX_VARIABLE,
		1u << FIX_DROP_ARGUMENT | 1u << FIX_ARGUMENT,
		1u << FIX_VARIABLE | 1u << FIX_ARGUMENT,
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		if ((set & pairs[i]) == pairs[i])
			return false;
	}
	return true;
}

static size_t count_uses(const struct tmd_outcome *outcome, enum tmd_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < TMD_USES; i++)
		count += outcome->uses[i].state == state;
	return count;
}

static bool helps(const struct tmd_process *process, const struct tmd_outcome *now,
		  const struct tmd_fix_site *site, unsigned set)
{
	TMD_CLEANUP(tmd_outcome_release) struct tmd_outcome then = { 0 };
	struct tmd_process changed = *process;

	for (unsigned i = 0; i < FIXES; i++) {
		if (set & 1u << i && !change((enum fix)i, site, &changed))
			return false;
	}
	tmd_process_judge(&changed, &then);
	return !then.refuses && !count_uses(&then, TMD_STATE_BROKEN) &&
	       count_uses(&then, TMD_STATE_UNSURE) <= count_uses(now, TMD_STATE_UNSURE);
}

static void tell_set(const struct tmd_process *process, const struct tmd_fix_site *site,
		     unsigned set, struct tmd_strv *out)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (unsigned i = 0; i < FIXES; i++) {
		TMD_AUTO_FREE char *one = set & 1u << i ? tell((enum fix)i, process, site) : NULL;

		if (one)
			tmd_buf_addf(&text, "%s%s", text.len ? ", and " : "", one);
	}
	tmd_strv_add(out, tmd_buf_str(&text));
}

static size_t size_of(unsigned set)
{
	size_t size = 0;

	for (; set; set &= set - 1)
		size++;
	return size;
}

/*
 * Of sets with one size the first in the order of preference come first: as numbers those that lack
 * the last fixes.
 */
static void try_sets(const struct tmd_process *process, const struct tmd_outcome *outcome,
		     const struct tmd_fix_site *site, size_t size, struct tmd_strv *out)
{
	for (unsigned set = 1; set < 1u << FIXES && out->count < TOLD_MAX; set++) {
		if (size_of(set) == size && is_sensible(set) &&
		    helps(process, outcome, site, set))
			tell_set(process, site, set, out);
	}
}

void tmd_fixes_find(const struct tmd_process *process, const struct tmd_outcome *outcome,
		    const struct tmd_fix_site *site, struct tmd_strv *out)
{
	if (tmd_outcome_state(outcome) != TMD_STATE_BROKEN)
		return;
	for (size_t size = 1; size <= TOGETHER_MAX && !out->count; size++)
		try_sets(process, outcome, site, size, out);
}
