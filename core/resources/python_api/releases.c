/* Facts of releases, as tables. */
#include "resources/python_api/releases.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

bool tmd_api_release_parse(const char *text, struct tmd_api_release *out)
{
	struct tmd_api_release release = { { 0 } };
	size_t parts = 0;

	if (text && *text == 'v')
		text++;
	while (text && parts < 3 && tmd_is_digit(*text)) {
		unsigned number = 0;

		for (; tmd_is_digit(*text); text++) {
			if (number > 100000)
				return false;
			number = number * 10 + (unsigned)(*text - '0');
		}
		release.part[parts++] = number;
		if (*text != '.')
			break;
		text++;
	}
	if (parts < 2)
		return false;
	*out = release;
	return true;
}

bool tmd_api_release_is(const struct tmd_api_release *release, const char *at_least)
{
	struct tmd_api_release bound = { { 0 } };

	if (!tmd_api_release_parse(at_least, &bound))
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (release->part[i] != bound.part[i])
			return release->part[i] > bound.part[i];
	}
	return true;
}

/* ---- Pythons ---- */

static const struct {
	const char *since;
	struct tmd_api_pythons pythons;
} imports[] = { /* the newest first */
	{ "3.10.3", { false, 9, 0 } },
	{ "3.9.1", { false, 7, 0 } },
	{ "3.9.0", { false, 6, 0 } },
	{ "3.6.2", { false, 6, 11 } },
	{ "3.1.0", { true, 6, 11 } },
	{ "3.0.8", { true, 0, 0 } },
};

struct tmd_api_pythons tmd_api_pythons_of(const struct tmd_api_release *release)
{
	const struct tmd_api_pythons unknown = { false, 0, 0 };

	for (size_t i = 0; i < sizeof(imports) / sizeof(*imports); i++) {
		if (tmd_api_release_is(release, imports[i].since))
			return imports[i].pythons;
	}
	return unknown;
}

bool tmd_api_pythons_are_known(const struct tmd_api_pythons *pythons)
{
	return pythons->python2 || pythons->from;
}

bool tmd_api_imports(const struct tmd_api_pythons *pythons, unsigned major, unsigned minor)
{
	if (major == 2)
		return pythons->python2 && minor == 7;
	return major == 3 && pythons->from && minor >= pythons->from &&
	       (!pythons->up_to || minor <= pythons->up_to);
}

char *tmd_api_pythons_text(const struct tmd_api_pythons *pythons)
{
	const char *two = pythons->python2 ? "2.7" : "";
	const char *comma = pythons->python2 ? ", " : "";

	if (!pythons->from)
		return pythons->python2 ? tmd_strdup(two) : NULL;
	if (!pythons->up_to)
		return tmd_format("%s%s3.%u and later", two, comma, pythons->from);
	return tmd_format("%s%s3.%u-3.%u", two, comma, pythons->from, pythons->up_to);
}

/* ---- releases that call themselves by the number of the one before ---- */

const char *tmd_api_says(const char *version)
{
	static const struct {
		const char *version;
		const char *says;
	} lags[] = {
		{ "3.2.5", "3.2.4" },
		{ "3.8.3", "3.8.2" },
		{ "3.8.5", "3.8.4" },
	};

	for (size_t i = 0; i < sizeof(lags) / sizeof(*lags); i++) {
		if (tmd_str_equal(version, lags[i].version))
			return lags[i].says;
	}
	return version;
}
