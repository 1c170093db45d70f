/* From the name of a profile, on the command line or in a request, to its text. */
#include "engine/profile.h"

#include <string.h>

#include "base/mem.h"
#include "base/spelling.h"
#include "base/str.h"
#include "engine/input.h"
#include "engine/profile_describe.h"
#include "engine/profiles.h"
#include "engine/request_files.h"
#include "engine/request_profile.h"
#include "os/path.h"

#define DEFAULT_PROFILE "shotgrid-ssl"

/* A word that is no path may be meant for one that is built in. */
static enum tmd_rc blame_name(const char *name, struct tmd_error *err)
{
	struct tmd_guess guess = { .word = name };
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };

	tmd_guess_try(&guess, DEFAULT_PROFILE);
	if (err->kind != TMD_E_NOT_FOUND || !guess.meant)
		return TMD_FAILED;
	tmd_guess_tell(&guess, &hint);
	tmd_buf_add_str(&hint, "that is the profile which is built in");
	return tmd_fail(err, TMD_E_NOT_FOUND, err->path, tmd_buf_str(&hint), "%s", err->message);
}

/* Of the caller's own file, and the directory where its relative paths begin. */
static enum tmd_rc read_file(struct tmd_run *run, const char *name, const char *cwd,
			     struct tmd_buf *text, char **dir, struct tmd_error *err)
{
	TMD_AUTO_FREE char *absolute = NULL;

	if (tmd_read_named(run, name, cwd, TMD_PROFILE_MAX, text, err))
		return blame_name(name, err);
	absolute = tmd_path_is_absolute(name) ? tmd_strdup(name) : tmd_path_join(cwd, name);
	*dir = strcmp(name, "-") == 0 ? tmd_strdup(cwd) : tmd_path_dir(absolute);
	return TMD_OK;
}

enum tmd_rc tmd_profile_add_named(struct tmd_run *run, const struct tmd_type *const *types,
				  const char *name, const char *cwd,
				  const struct tmd_strv *settings, struct tmd_error *err)
{
	const char *builtin = tmd_profile_builtin(name);
	const struct tmd_sent_file *sent = tmd_sent_files_find(&run->files, name);
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *dir = NULL;

	if (builtin)
		return tmd_profile_add(run, types, builtin, strlen(builtin), name, cwd, settings,
				       err);
	if (sent && tmd_sent_file_read(sent, TMD_PROFILE_MAX, &text, err))
		return TMD_FAILED;
	if (!sent && read_file(run, name, cwd, &text, &dir, err))
		return TMD_FAILED;
	return tmd_profile_add(run, types, tmd_buf_str(&text), text.len, name, dir, settings, err);
}

static enum tmd_rc load(struct tmd_run *run, const struct tmd_type *const *types,
			const struct tmd_options *options, const char *cwd, struct tmd_error *err)
{
	const char *name = options->words.count ? options->words.items[0] : DEFAULT_PROFILE;

	return tmd_profile_add_named(run, types, name, cwd, &options->settings, err);
}

static enum tmd_rc describe_builtin(const struct tmd_type *const *types, const char *name,
				    json_t *out, struct tmd_error *err)
{
	const char *text = tmd_profile_builtin(name);

	return tmd_profile_describe(types, text, strlen(text), name, out, err);
}

static enum tmd_rc describe_every(const struct tmd_type *const *types, json_t *out,
				  struct tmd_error *err)
{
	const char *name;

	for (size_t i = 0; (name = tmd_profile_builtin_name(i)); i++) {
		if (describe_builtin(types, name, out, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc describe_named(struct tmd_run *run, const struct tmd_type *const *types,
				  const char *name, const char *cwd, json_t *out,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *dir = NULL;

	if (tmd_profile_builtin(name))
		return describe_builtin(types, name, out, err);
	if (read_file(run, name, cwd, &text, &dir, err))
		return TMD_FAILED;
	return tmd_profile_describe(types, tmd_buf_str(&text), text.len, name, out, err);
}

static enum tmd_rc describe(struct tmd_run *run, const struct tmd_type *const *types,
			    const struct tmd_options *options, const char *cwd, json_t *out,
			    struct tmd_error *err)
{
	if (!options->words.count)
		return describe_every(types, out, err);
	return describe_named(run, types, options->words.items[0], cwd, out, err);
}

const struct tmd_profiles tmd_profiles = {
	.load = load,
	.add_request = tmd_request_add_profile,
	.describe = describe,
};
