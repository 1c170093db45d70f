/*
 * From the command line to a profile's text. Apart from profile.c, so that programs with one
 * type carry neither the YAML reader nor the built-in profiles.
 */
#include "engine/profile.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/input.h"
#include "os/path.h"

#define DEFAULT_PROFILE "shotgrid-ssl"

enum tmd_rc tmd_profile_load(struct tmd_run *run, const struct tmd_type *const *types,
			     const struct tmd_options *options, const char *cwd,
			     struct tmd_error *err)
{
	const char *name = options->words.count ? options->words.items[0] : DEFAULT_PROFILE;
	const char *builtin = tmd_profile_builtin(name);
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *absolute = NULL;
	TMD_AUTO_FREE char *dir = NULL;

	if (builtin)
		return tmd_profile_add(run, types, builtin, strlen(builtin), name, cwd,
				       &options->settings, err);
	if (tmd_read_named(run, name, cwd, TMD_PROFILE_MAX, &text, err))
		return TMD_FAILED;
	absolute = tmd_path_is_absolute(name) ? tmd_strdup(name) : tmd_path_join(cwd, name);
	dir = strcmp(name, "-") == 0 ? tmd_strdup(cwd) : tmd_path_dir(absolute);
	return tmd_profile_add(run, types, tmd_buf_str(&text), text.len, name, dir,
			       &options->settings, err);
}
