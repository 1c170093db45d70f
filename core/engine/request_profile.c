/* A profile, values for its variables, and the files that these name, out of one JSON document. */
#include "engine/request_profile.h"

#include <string.h>

#include "base/mem.h"
#include "engine/profile.h"
#include "engine/request_files.h"
#include "resources/paths.h"

#define VALUE_FORM "give a text, or a list of texts"

static enum tmd_rc add_text(struct tmd_strv *settings, const char *variable, json_t *text,
			    const char *name, struct tmd_error *err)
{
	if (!json_is_string(text))
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, VALUE_FORM,
				"variables: '%.100s' is no text", variable);
	tmd_strv_addf(settings, "%s=%s", variable, json_string_value(text));
	return TMD_OK;
}

/* An item holds its commas as --set writes them, two for one. */
static enum tmd_rc add_item(struct tmd_strv *settings, const char *variable, json_t *text,
			    const char *name, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv item = { 0 };
	TMD_AUTO_FREE char *written = NULL;

	if (!json_is_string(text))
		return add_text(settings, variable, text, name, err);
	tmd_strv_add(&item, json_string_value(text));
	written = tmd_paths_join(&item);
	tmd_strv_addf(settings, "%s=%s", variable, written);
	return TMD_OK;
}

/* As --set writes it: an item each, and nothing for an empty list. */
static enum tmd_rc add_value(struct tmd_strv *settings, const char *variable, json_t *value,
			     const char *name, struct tmd_error *err)
{
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return add_text(settings, variable, value, name, err);
	if (!json_array_size(value))
		tmd_strv_addf(settings, "%s=", variable);
	json_array_foreach(value, i, item) {
		if (add_item(settings, variable, item, name, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc take_variables(json_t *variables, struct tmd_strv *settings, const char *name,
				  struct tmd_error *err)
{
	const char *variable;
	json_t *value;

	if (variables && !json_is_object(variables))
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL,
				"'variables' is not an object");
	json_object_foreach(variables, variable, value) {
		if (strchr(variable, '='))
			return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL,
					"variables: '%.100s' is no name for a variable", variable);
		if (add_value(settings, variable, value, name, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc check_keys(json_t *document, const char *name, struct tmd_error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(document, key, value) {
		if (strcmp(key, "profile") != 0 && strcmp(key, "variables") != 0 &&
		    strcmp(key, "files") != 0)
			return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL,
					"'%.100s' beside 'profile': only 'variables' and 'files' "
					"may stand there", key);
	}
	return TMD_OK;
}

enum tmd_rc tmd_request_add_profile(struct tmd_run *run, const struct tmd_type *const *types,
				    json_t *document, const char *name, const char *cwd,
				    struct tmd_error *err)
{
	const char *profile = json_string_value(json_object_get(document, "profile"));
	json_t *files = json_object_get(document, "files");
	TMD_AUTO_STRV struct tmd_strv settings = { 0 };

	if (check_keys(document, name, err) ||
	    take_variables(json_object_get(document, "variables"), &settings, name, err) ||
	    (files && tmd_request_take_files(run, files, name, err)))
		return TMD_FAILED;
	if (!profile || !*profile || strcmp(profile, "-") == 0)
		return tmd_fail(err, TMD_E_INVALID_INPUT, name,
				"name a built-in profile, or a profile's file",
				"'profile' names no profile");
	if (!files)
		return tmd_profile_add_named(run, types, profile, cwd, &settings, err);
	if (!tmd_profile_builtin(profile) && !tmd_sent_files_find(&run->files, profile))
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, "send it with the files",
				"the profile '%.100s' is neither built in nor one of 'files'",
				profile);
	/* What brings its files was not written here: no relative path means anything. */
	return tmd_profile_add_named(run, types, profile, NULL, &settings, err);
}
