/* The rules as a table, a row for each range of releases in which none of them changes. */
#include "resources/verdict/rules.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define R(major, minor, patch) (((major) * 1000 + (minor)) * 1000 + (patch))
#define NUMBER_MAX 999
#define NEWEST_PYTHON 13 /* 3.13: what later ones verify with is not known */
#define STRICT_PYTHON 13 /* from here on default contexts are strict */

/* What the API's setting can come from, each with all before it. */
enum setting {
	SET_BY_NOTHING,
	SET_BY_ARGUMENT,
	SET_BY_VARIABLE,
	SET_BY_CERTIFI, /* its own lib/certifi/cacert.pem */
};

/* Who decides about API calls where there is no setting. */
enum fallback {
	OWN_FILE,
	LOCATER, /* a module ca_certs_locater, else its own file */
	HTTPLIB2 /* lib/httplib2/certs.py, once at import */
};

/* What transfers trust. */
enum reach {
	NO_USE,
	SYSTEM,
	SETTING, /* the system where it is none, or empty */
	LATER,	 /* the system until the first download from the site, then the setting */
};

/* With which Pythons it can be imported. */
struct pythons {
	bool two; /* 2.7 */
	unsigned char oldest; /* 3.oldest to 3.newest; 0: none */
	unsigned char newest;
};

struct row {
	unsigned first; /* releases */
	unsigned last;
	enum setting setting;
	enum fallback fallback;
	unsigned char transfers[4]; /* enum reach of: form, storage upload, site download, storage
				       download */
	struct pythons pythons;
};

#define ONLY_2 { true, 0, 0 }
#define TWO_AND_3_11 { true, 6, 11 }
#define UP_TO_3_11 { false, 6, 11 }
#define FROM(minor) { false, minor, 255 }

static const struct row rows[] = {
	{ R(3, 0, 8), R(3, 0, 11), SET_BY_NOTHING, OWN_FILE,
	  { SYSTEM, NO_USE, SYSTEM, SYSTEM }, ONLY_2 },
	/* 3.0.12 has no tag: it is the argument's first or last release without it. */
	{ R(3, 0, 13), R(3, 0, 18), SET_BY_ARGUMENT, OWN_FILE,
	  { SYSTEM, NO_USE, SYSTEM, SYSTEM }, ONLY_2 },
	{ R(3, 0, 19), R(3, 0, 20), SET_BY_VARIABLE, OWN_FILE,
	  { SYSTEM, NO_USE, SYSTEM, SYSTEM }, ONLY_2 },
	{ R(3, 0, 21), R(3, 0, 32), SET_BY_VARIABLE, LOCATER,
	  { SYSTEM, NO_USE, SYSTEM, SYSTEM }, ONLY_2 },
	{ R(3, 0, 33), R(3, 0, 35), SET_BY_VARIABLE, LOCATER,
	  { SYSTEM, SYSTEM, SYSTEM, SYSTEM }, ONLY_2 },
	{ R(3, 0, 36), R(3, 0, 37), SET_BY_VARIABLE, LOCATER,
	  { SETTING, SYSTEM, SETTING, LATER }, ONLY_2 },
	{ R(3, 0, 38), R(3, 0, 38), SET_BY_VARIABLE, HTTPLIB2,
	  { SETTING, SYSTEM, SETTING, LATER }, ONLY_2 },
	{ R(3, 0, 39), R(3, 0, 41), SET_BY_VARIABLE, HTTPLIB2,
	  { SETTING, SETTING, SETTING, LATER }, ONLY_2 },
	{ R(3, 1, 0), R(3, 2, 5), SET_BY_VARIABLE, HTTPLIB2,
	  { SETTING, SETTING, SETTING, LATER }, TWO_AND_3_11 },
	{ R(3, 2, 6), R(3, 6, 0), SET_BY_CERTIFI, HTTPLIB2,
	  { SETTING, SETTING, SETTING, LATER }, TWO_AND_3_11 },
	{ R(3, 6, 1), R(3, 6, 1), SET_BY_CERTIFI, HTTPLIB2,
	  { SETTING, SETTING, SETTING, SETTING }, TWO_AND_3_11 },
	{ R(3, 6, 2), R(3, 8, 1), SET_BY_CERTIFI, HTTPLIB2,
	  { SETTING, SETTING, SETTING, SETTING }, UP_TO_3_11 },
	{ R(3, 8, 2), R(3, 8, 5), SET_BY_CERTIFI, HTTPLIB2,
	  { SYSTEM, SYSTEM, SYSTEM, SYSTEM }, UP_TO_3_11 },
	{ R(3, 9, 0), R(3, 9, 0), SET_BY_CERTIFI, HTTPLIB2,
	  { SETTING, SETTING, SETTING, SETTING }, FROM(6) },
	{ R(3, 9, 1), R(3, 10, 2), SET_BY_CERTIFI, HTTPLIB2,
	  { SETTING, SETTING, SETTING, SETTING }, FROM(7) },
	{ R(3, 10, 3), R(3, 10, 3), SET_BY_CERTIFI, HTTPLIB2,
	  { SETTING, SETTING, SETTING, SETTING }, FROM(9) },
};

/* Boundaries of single rules that would only split rows. */
#define OPENSSL_CHECKS_NAMES R(3, 0, 38) /* of API calls; httplib2 itself before */
#define TRANSFERS_VERIFY R(3, 9, 0)	 /* host names too, where they use the setting */
#define CALLS_AT_ONCE_FIRST R(3, 0, 33)
#define CALLS_AT_ONCE_LAST R(3, 0, 35)

/* ---- versions ---- */

/* A number at `*at`, which moves behind it. */
static bool take_number(const char **at, unsigned *out)
{
	unsigned number = 0;

	if (!tmd_is_digit(**at))
		return false;
	for (; tmd_is_digit(**at); ++*at) {
		number = number * 10 + (unsigned)(**at - '0');
		if (number > NUMBER_MAX)
			return false;
	}
	*out = number;
	return true;
}

static bool take_dotted(const char **at, unsigned *out)
{
	if (**at != '.')
		return false;
	++*at;
	return take_number(at, out);
}

/* 0: it is no release. */
static unsigned parse_release(const char *text)
{
	unsigned major;
	unsigned minor;
	unsigned patch;

	if (!text)
		return 0;
	text += *text == 'v';
	if (!take_number(&text, &major) || !take_dotted(&text, &minor) ||
	    !take_dotted(&text, &patch))
		return 0;
	return R(major, minor, patch);
}

struct python {
	unsigned major;
	unsigned minor;
	bool old; /* 2.7 before 2.7.9, whose ssl is another one */
};

static bool parse_python(const char *text, struct python *out)
{
	unsigned patch = 0;

	if (!text || !take_number(&text, &out->major) || !take_dotted(&text, &out->minor))
		return false;
	out->old = out->major == 2 && take_dotted(&text, &patch) && patch < 9;
	return true;
}

/* The Pythons that the rules are about: 2.7 from 2.7.9 on, and 3.6 to the newest. */
static bool is_known_python(const struct python *python)
{
	if (python->major == 2)
		return python->minor == 7 && !python->old;
	return python->major == 3 && python->minor >= 6 && python->minor <= NEWEST_PYTHON;
}

static bool runs_on(const struct row *row, const struct python *python)
{
	if (python->major == 2)
		return row->pythons.two;
	return row->pythons.oldest && python->minor >= row->pythons.oldest &&
	       python->minor <= row->pythons.newest;
}

static const struct row *find_row(unsigned release)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (release >= rows[i].first && release <= rows[i].last)
			return &rows[i];
	}
	return NULL;
}

bool tmd_rules_know(const char *release)
{
	return find_row(parse_release(release)) != NULL;
}

bool tmd_rules_runs_on(const char *release, const char *python)
{
	const struct row *row = find_row(parse_release(release));
	struct python version;

	return row && parse_python(python, &version) && is_known_python(&version) &&
	       runs_on(row, &version);
}

bool tmd_rules_refuses(const char *release, const char *python)
{
	const unsigned number = parse_release(release);
	struct python version;

	return number >= R(3, 6, 0) && number <= R(3, 9, 0) &&
	       parse_python(python, &version) &&
	       (version.major == 2 || (version.major == 3 && version.minor < 7));
}

/* ---- where certificates come from ---- */

/* One process: what is asked about. */
struct matter {
	unsigned release;
	const struct row *row;
	struct python python;
	const struct tmd_rules_settings *settings;
};

static struct tmd_rules_use from(enum tmd_from from, const char *path)
{
	return (struct tmd_rules_use){ .from = from, .path = path };
}

/* NO_USE: there is none. */
static struct tmd_rules_use find_setting(const struct matter *m)
{
	const struct tmd_rules_settings *settings = m->settings;

	if (m->row->setting >= SET_BY_ARGUMENT && settings->argument)
		return from(TMD_FROM_ARGUMENT, settings->argument);
	if (m->row->setting >= SET_BY_VARIABLE && settings->variable)
		return from(TMD_FROM_VARIABLE, settings->variable);
	if (m->row->setting >= SET_BY_CERTIFI)
		return from(TMD_FROM_PACKAGE, "lib/certifi/cacert.pem");
	return from(TMD_FROM_NO_USE, NULL);
}

static bool is_given(const struct tmd_rules_use *setting)
{
	return setting->from != TMD_FROM_NO_USE && *setting->path;
}

/* The one that httplib2 reads: releases that ship several do not read all. */
static const char *httplib2_file(const struct matter *m)
{
	if (m->release < R(3, 1, 0) || m->release >= R(3, 9, 0))
		return "lib/httplib2/cacerts.txt";
	return m->python.major == 2 ? "lib/httplib2/python2/cacerts.txt"
				    : "lib/httplib2/python3/cacerts.txt";
}

static struct tmd_rules_use find_fallback(const struct matter *m)
{
	const struct tmd_rules_settings *settings = m->settings;

	if (m->row->fallback == HTTPLIB2 && settings->httplib2)
		return from(TMD_FROM_HTTPLIB2, settings->httplib2);
	if (m->row->fallback != OWN_FILE && settings->has_locater)
		return from(TMD_FROM_LOCATER, NULL);
	if (m->row->fallback == HTTPLIB2 && settings->certifi)
		return from(TMD_FROM_CERTIFI, settings->certifi);
	return from(TMD_FROM_PACKAGE, httplib2_file(m));
}

static struct tmd_rules_use tell_api(const struct matter *m)
{
	struct tmd_rules_use use = find_setting(m);

	if (use.from == TMD_FROM_NO_USE || (!*use.path && m->python.major == 3))
		use = find_fallback(m);
	else if (!*use.path)
		use = from(TMD_FROM_NOWHERE, NULL);
	use.name = m->release < OPENSSL_CHECKS_NAMES ? TMD_NAME_CHECKED_NO_SNI : TMD_NAME_CHECKED;
	return use;
}

static bool is_strict(const struct matter *m)
{
	return m->python.major == 3 && m->python.minor >= STRICT_PYTHON;
}

/* Python's default context. */
static struct tmd_rules_use system_use(const struct matter *m)
{
	struct tmd_rules_use use = from(TMD_FROM_SYSTEM, NULL);

	if (m->python.major == 2 && tmd_str_equal(m->settings->https_verify, "0")) {
		use.from = TMD_FROM_UNASKED;
		use.name = TMD_NAME_IGNORED;
	}
	use.strict = is_strict(m);
	return use;
}

static struct tmd_rules_use setting_use(const struct matter *m)
{
	struct tmd_rules_use use = find_setting(m);

	if (!is_given(&use))
		return system_use(m);
	use.name = m->release < TRANSFERS_VERIFY ? TMD_NAME_IGNORED : TMD_NAME_CHECKED;
	use.strict = use.name == TMD_NAME_CHECKED && is_strict(m);
	return use;
}

static struct tmd_rules_use tell_transfer(const struct matter *m, enum reach reach, bool after)
{
	switch (reach) {
	case NO_USE:
		break;
	case SYSTEM:
		return system_use(m);
	case SETTING:
		return setting_use(m);
	case LATER:
		return after ? setting_use(m) : system_use(m);
	}
	return from(TMD_FROM_NO_USE, NULL);
}

static void tell_uses(const struct matter *m, struct tmd_rules_use *uses)
{
	const unsigned char *reach = m->row->transfers;

	uses[TMD_USE_API] = tell_api(m);
	for (size_t i = 0; i < sizeof(m->row->transfers); i++)
		uses[TMD_USE_FORM + i] = tell_transfer(m, reach[i], false);
	uses[TMD_USE_STORAGE_DOWNLOAD_AFTER] =
		tell_transfer(m, reach[TMD_USE_STORAGE_DOWNLOAD - TMD_USE_FORM], true);
}

/* ---- what it comes to ---- */

static void answer_unsure(struct tmd_rules_answer *out, char *why)
{
	out->fate = TMD_RULES_UNSURE;
	out->why = why;
}

static void answer_fails(struct tmd_rules_answer *out, enum tmd_rules_obstacle obstacle, char *why)
{
	out->fate = TMD_RULES_FAILS;
	out->obstacle = obstacle;
	out->why = why;
}

/* What Pythons a release is for, as people say it; the caller frees. */
static char *pythons_text(const struct pythons *pythons)
{
	if (!pythons->oldest)
		return tmd_strdup("2.7");
	if (pythons->newest == 255)
		return tmd_format("3.%d or newer", pythons->oldest);
	return tmd_format("%s3.%d to 3.%d", pythons->two ? "2.7 and " : "", pythons->oldest,
			  pythons->newest);
}

static void refuse_python(const struct matter *m, const char *release, const char *python,
			  struct tmd_rules_answer *out)
{
	TMD_AUTO_FREE char *wanted = pythons_text(&m->row->pythons);

	answer_fails(out, TMD_OBSTACLE_PYTHON,
		     tmd_format("Python %s cannot import shotgun_api3 %s, which is for Python %s",
				python, release, wanted));
}

static bool check_release(const char *release, struct matter *m, struct tmd_rules_answer *out)
{
	m->release = parse_release(release);
	m->row = find_row(m->release);
	if (m->row)
		return true;
	answer_unsure(out, release ? tmd_format("what shotgun_api3 %s trusts is not known, only "
						"that of releases " TMD_RULES_OLDEST
						" to " TMD_RULES_NEWEST, release)
				   : tmd_strdup("the release of shotgun_api3 is not known"));
	return false;
}

/* Of a Python that is not known all the same, where the release is for none that is like it. */
static bool is_refused(const struct matter *m)
{
	if (runs_on(m->row, &m->python))
		return false;
	if (m->python.major == 2)
		return true;
	return m->python.major == 3 &&
	       (is_known_python(&m->python) || !m->row->pythons.oldest ||
		m->python.minor > m->row->pythons.newest);
}

static void doubt_python(const struct matter *m, const char *release, const char *python,
			 struct tmd_rules_answer *out)
{
	TMD_AUTO_FREE char *wanted = pythons_text(&m->row->pythons);

	if (python)
		answer_unsure(out, tmd_format("what Python %s verifies with is not known, only that "
					      "of 2.7.9 and later, and 3.6 to 3.%d", python,
					      NEWEST_PYTHON));
	else
		answer_unsure(out, tmd_format("which Python imports it is not known; shotgun_api3 %s "
					      "is for Python %s", release, wanted));
}

static bool check_python(const char *release, const char *python, struct matter *m,
			 struct tmd_rules_answer *out)
{
	bool parsed = parse_python(python, &m->python);

	if (parsed && is_refused(m)) {
		refuse_python(m, release, python, out);
		return false;
	}
	if (parsed && is_known_python(&m->python))
		return true;
	doubt_python(m, release, python, out);
	return false;
}

static bool check_settings(const char *release, const struct matter *m,
			   struct tmd_rules_answer *out)
{
	const struct tmd_rules_settings *settings = m->settings;

	if (m->row->fallback == HTTPLIB2 && settings->httplib2 && !settings->httplib2_is_file) {
		answer_fails(out, TMD_OBSTACLE_HTTPLIB2,
			     tmd_format("import shotgun_api3 fails: HTTPLIB2_CA_CERTS is set%s%s, "
					"which is not a file", *settings->httplib2 ? " to " : "",
					*settings->httplib2 ? settings->httplib2
							    : " and empty"));
		return false;
	}
	if (m->row->setting == SET_BY_NOTHING && settings->argument) {
		answer_fails(out, TMD_OBSTACLE_ARGUMENT,
			     tmd_format("Shotgun() of shotgun_api3 %s has no argument ca_certs",
					release));
		return false;
	}
	return true;
}

void tmd_rules_tell(const char *release, const char *python,
		    const struct tmd_rules_settings *settings, struct tmd_rules_answer *out)
{
	struct matter m = { .settings = settings };

	memset(out, 0, sizeof(*out));
	if (!check_release(release, &m, out) || !check_python(release, python, &m, out) ||
	    !check_settings(release, &m, out))
		return;
	out->calls_at_once = m.release >= CALLS_AT_ONCE_FIRST && m.release <= CALLS_AT_ONCE_LAST;
	tell_uses(&m, out->uses);
}

void tmd_rules_answer_release(struct tmd_rules_answer *answer)
{
	free(answer->why);
	memset(answer, 0, sizeof(*answer));
}

/* ---- names ---- */

const char *tmd_use_name(enum tmd_use use)
{
	static const char *const names[TMD_USES] = {
		[TMD_USE_API] = "api",
		[TMD_USE_FORM] = "form",
		[TMD_USE_STORAGE_UPLOAD] = "storage_upload",
		[TMD_USE_SITE_DOWNLOAD] = "site_download",
		[TMD_USE_STORAGE_DOWNLOAD] = "storage_download",
		[TMD_USE_STORAGE_DOWNLOAD_AFTER] = "storage_download_after",
	};

	return names[use];
}

const char *tmd_from_name(enum tmd_from from)
{
	static const char *const names[] = {
		[TMD_FROM_NO_USE] = "not there",
		[TMD_FROM_ARGUMENT] = "argument",
		[TMD_FROM_VARIABLE] = "SHOTGUN_API_CACERTS",
		[TMD_FROM_HTTPLIB2] = "HTTPLIB2_CA_CERTS",
		[TMD_FROM_LOCATER] = "ca_certs_locater",
		[TMD_FROM_CERTIFI] = "certifi",
		[TMD_FROM_PACKAGE] = "package",
		[TMD_FROM_SYSTEM] = "system",
		[TMD_FROM_NOWHERE] = "nothing",
		[TMD_FROM_UNASKED] = "unverified",
		[TMD_FROM_OTHER] = "other",
	};

	return names[from];
}
