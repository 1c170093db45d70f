/* The table of descriptor types, as the io_descriptor classes of Toolkit check their keys. */
#include "resources/core_api/kinds.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "os/console.h"

#define PLATFORM_PATH "(platform)_path" /* linux_path, windows_path */

static const struct tmd_core_kind kinds[] = {
	{ "app_store", TMD_CORE_RELEASE, true, { "name", NULL }, { NULL, NULL } },
	{ "shotgun", TMD_CORE_ATTACHMENT, true, { "entity_type", "field" }, { "id", "name" } },
	{ "manual", TMD_CORE_FOLDER, true, { "name", NULL }, { NULL, NULL } },
	{ "git", TMD_CORE_TAG, true, { "path", NULL }, { NULL, NULL } },
	{ "git_branch", TMD_CORE_COMMIT, true, { "path", "branch" }, { NULL, NULL } },
	{ "github_release",
	  TMD_CORE_TAG,
	  false,
	  { "organization", "repository" },
	  { NULL, NULL } },
	{ "dev", TMD_CORE_NO_VERSION, false, { NULL, NULL }, { "path", PLATFORM_PATH } },
	{ "path", TMD_CORE_NO_VERSION, false, { NULL, NULL }, { "path", PLATFORM_PATH } },
};

const struct tmd_core_kind *tmd_core_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool has_key(const struct tmd_value *keys, const char *key)
{
	return keys->kind == TMD_V_MAP && tmd_strv_has(&keys->list, key);
}

static char *refuse_missing(const struct tmd_core_kind *kind, const struct tmd_value *keys)
{
	for (size_t i = 0; i < 2 && kind->needs[i]; i++) {
		const char *key = kind->needs[i];

		if (!has_key(keys, key))
			return tmd_format("a descriptor of type %s needs the key %s", kind->name, key);
		if (!tmd_value_map_get(keys, key))
			return tmd_format("%s has no value, and type %s needs one", key,
					  kind->name);
	}
	return NULL;
}

/* Of path and a path for this system, the first counts; of id and name, only one may be there. */
static char *refuse_either(const struct tmd_core_kind *kind, const struct tmd_value *keys)
{
	bool paths = kind->version == TMD_CORE_NO_VERSION;
	TMD_AUTO_FREE char *platform = tmd_format("%s_path", tmd_os_name());
	const char *first = kind->either[0];
	const char *second = paths ? platform : kind->either[1];
	const char *counts = first && has_key(keys, first) ? first : second;

	if (!first)
		return NULL;
	if (!has_key(keys, counts))
		return tmd_format("a descriptor of type %s needs the key %s or %s%s", kind->name, first,
				  second, paths ? " here" : "");
	if (!paths && has_key(keys, first) && has_key(keys, second))
		return tmd_format("a descriptor of type %s cannot have both %s and %s", kind->name,
				  first, second);
	if (!tmd_value_map_get(keys, counts))
		return tmd_format("%s has no value, and type %s needs one", counts, kind->name);
	return NULL;
}

static bool is_number(const char *text)
{
	uint64_t ignored;

	return tmd_parse_u64(text, &ignored);
}

static char *refuse_numbers(const struct tmd_core_kind *kind, const struct tmd_value *keys)
{
	static const char *const numbers[] = { "id", "project_id" };

	for (size_t i = 0; i < 2 && kind->version == TMD_CORE_ATTACHMENT; i++) {
		const char *text = tmd_value_map_get(keys, numbers[i]);

		if (has_key(keys, numbers[i]) && (!text || !is_number(text)))
			return tmd_format("%s is not a number", numbers[i]);
	}
	return NULL;
}

char *tmd_core_kind_refuses(const struct tmd_core_kind *kind, const struct tmd_value *keys)
{
	char *why = refuse_missing(kind, keys);

	if (!why)
		why = refuse_either(kind, keys);
	return why ? why : refuse_numbers(kind, keys);
}

/* ---- versions ---- */

bool tmd_core_is_release(const char *version)
{
	const char *at = version + 1;

	if (*version != 'v')
		return false;
	for (int i = 0; i < 3; i++) {
		if (i && *at++ != '.')
			return false;
		if (!tmd_is_digit(*at))
			return false;
		while (tmd_is_digit(*at))
			at++;
	}
	return true;
}

bool tmd_core_version_fits(const struct tmd_core_kind *kind, const char *version)
{
	switch (kind->version) {
	case TMD_CORE_RELEASE:
		return tmd_core_is_release(version);
	case TMD_CORE_COMMIT:
		return tmd_version_is_commit(version);
	case TMD_CORE_ATTACHMENT:
		return is_number(version);
	case TMD_CORE_NO_VERSION:
	case TMD_CORE_TAG:
	case TMD_CORE_FOLDER:
		break;
	}
	return true;
}

const char *tmd_core_version_form(const struct tmd_core_kind *kind)
{
	if (kind->version == TMD_CORE_RELEASE)
		return "look like v1.2.3";
	return kind->version == TMD_CORE_COMMIT ? "are commit ids" : "are numbers of attachments";
}
