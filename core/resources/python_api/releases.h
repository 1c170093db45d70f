/*
 * What is known of the releases of shotgun_api3 by their numbers. Of three numbers: what follows
 * them, ".dev" or "-beta.1", changes nothing of it.
 */
#ifndef TMD_PYTHON_API_RELEASES_H
#define TMD_PYTHON_API_RELEASES_H

#include <stdbool.h>

#define TMD_API_NEWEST "3.10.3" /* the last release that was looked at */

struct tmd_api_release {
	unsigned part[3];
};

/* False where the text does not begin with at least two numbers; `text` may be NULL. */
bool tmd_api_release_parse(const char *text, struct tmd_api_release *out);

/* Is the first one `at_least` or newer, "3.2.6" for one, which has to be a release? */
bool tmd_api_release_is(const struct tmd_api_release *release, const char *at_least);

/* Zero: not known. */
struct tmd_api_pythons {
	bool python2;	  /* 2.7 */
	unsigned from;	  /* 6 of 3.6; 0: no Python 3 */
	unsigned up_to;	  /* 11 of 3.11; 0: no upper bound is known */
};

struct tmd_api_pythons tmd_api_pythons_of(const struct tmd_api_release *release);
bool tmd_api_pythons_are_known(const struct tmd_api_pythons *pythons);
bool tmd_api_imports(const struct tmd_api_pythons *pythons, unsigned major, unsigned minor);

/* "2.7, 3.6-3.11", "3.9 and later"; NULL: not known. The caller frees. */
char *tmd_api_pythons_text(const struct tmd_api_pythons *pythons);

/* Release 3.8.5 says that it is 3.8.4: what the source of `version` says, `version` itself mostly. */
const char *tmd_api_says(const char *version);

#endif
