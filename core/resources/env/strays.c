/*
 * The documentation of the Flow Production Tracking API once named its CA variable after
 * whatever the product was called that year; only one spelling was ever read.
 */
#include "resources/env/strays.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"

#define REAL_NAME "SHOTGUN_API_CACERTS"

/* Windows takes blanks for a part of a name: `set NAME =value` in a script makes such ones. */
static bool is_padded(const char *name)
{
	return *name && (tmd_is_space(name[0]) || tmd_is_space(name[strlen(name) - 1]));
}

static char *trimmed(const char *name)
{
	size_t len;

	while (tmd_is_space(*name))
		name++;
	len = strlen(name);
	while (len && tmd_is_space(name[len - 1]))
		len--;
	return tmd_strndup(name, len);
}

const char *tmd_env_stray(const char *name, const char *other)
{
	static const char *const lookalikes[] = {
		"SHOTGUN_API_CACERTS", "SHOTGRID_API_CACERTS", "FPTR_API_CACERTS",
		"PTR_API_CACERTS",     "FLOW_API_CACERTS",     "SG_API_CACERTS",
		"SHOTGUN_API_CACERT",  "SHOTGRID_API_CACERT",  "SHOTGUN_CACERTS",
		"SHOTGRID_CACERTS",    "SHOTGUN_API_CA_CERTS", "SHOTGRID_API_CA_CERTS",
	};

	if (strcmp(name, REAL_NAME) != 0 || strcmp(other, REAL_NAME) == 0)
		return NULL;
	if (is_padded(other)) {
		TMD_AUTO_FREE char *bare = trimmed(other);

		return strcmp(bare, REAL_NAME) == 0 || tmd_env_stray(name, bare)
			       ? "its name has a blank at an end; nothing reads it; " REAL_NAME
				 " is meant"
			       : NULL;
	}
	if (strcmp(other, "NO_SSL_VALIDATION") == 0)
		return "turned certificate checks off before API 3.9.0";
	if (strcmp(other, "SHOTGUN_FORCE_CERTIFICATE_VALIDATION") == 0)
		return "means nothing since API 3.9.0";
	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(*lookalikes); i++) {
		if (tmd_str_equal_nocase(lookalikes[i], other))
			return "nothing reads it; " REAL_NAME " is meant";
	}
	return NULL;
}
