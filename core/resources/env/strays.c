/* Which variables nobody reads, though whoever set them thought so. */
#include "resources/env/strays.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"
#include "resources/env/env.h"
#include "resources/env/trust_vars.h"

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

static bool means(const char *other, const char *name)
{
	return tmd_str_equal(tmd_env_meant(other), name);
}

/* What switched checks off, or on, in old releases of the Python API. */
static const char *find_switch(const char *other)
{
	if (strcmp(other, "NO_SSL_VALIDATION") == 0)
		return "turned certificate checks off before API 3.9.0";
	if (strcmp(other, "SHOTGUN_FORCE_CERTIFICATE_VALIDATION") == 0)
		return "means nothing since API 3.9.0";
	return NULL;
}

static const char *find_padded(const char *name, const char *other)
{
	TMD_AUTO_FREE char *bare = trimmed(other);

	return strcmp(bare, name) == 0 || means(bare, name) || find_switch(bare) ?
		       "its name has a blank at an end; nothing reads it" : NULL;
}

const char *tmd_env_stray(const char *name, const char *other)
{
	bool is_api = strcmp(name, TMD_ENV_API_VARIABLE) == 0;

	if (tmd_env_trust(name) == TMD_ENV_TRUST_NOT || strcmp(other, name) == 0)
		return NULL;
	if (is_padded(other))
		return find_padded(name, other);
	if (is_api && find_switch(other))
		return find_switch(other);
	if (!means(other, name))
		return NULL;
	return is_api ? "nothing reads it; " TMD_ENV_API_VARIABLE " is meant" :
			"nothing reads it; a letter is wrong";
}

char *tmd_env_stray_removal(const char *other, const char *user)
{
	if (!tmd_env_can_be_managed(other))
		return tmd_strdup("remove it by hand");
	return tmd_format("remove it with: trustmend env apply name=%s state=absent%s%s", other,
			  user ? " scope=user user=" : "", user ? user : "");
}

void tmd_env_note_meaning(const char *name, struct tmd_strv *out)
{
	const char *meant = tmd_env_meant(name);
	TMD_AUTO_FREE char *line = NULL;

	if (!meant)
		return;
	line = tmd_format("%s: nothing reads a variable of this name; %s is meant", name, meant);
	tmd_strv_add_once(out, line);
}
