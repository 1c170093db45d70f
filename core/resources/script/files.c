/* From a path to the files that it means. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/paths.h"
#include "resources/script/script.h"

void tmd_script_files_release(struct tmd_script_files *files)
{
	tmd_strv_release(&files->paths);
	tmd_strv_release(&files->unread);
	tmd_strv_release(&files->passed);
}

/* ---- whose it is ---- */

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* Are these the directories of the path, one in the other, from some place on? */
static bool has_directories(const char *path, const char *directories)
{
	size_t len = strlen(directories);

	for (const char *at = path; *at; at++) {
		size_t i = 0;

		if (at != path && !is_separator(at[-1]))
			continue;
		while (i < len && (at[i] == directories[i] ||
				   (is_separator(at[i]) && directories[i] == '/')))
			i++;
		if (i == len && is_separator(at[i]))
			return true;
	}
	return false;
}

const char *tmd_script_owner(const char *path)
{
	static const struct {
		const char *directories;
		const char *owner;
	} places[] = {
		{ "shotgun_api3", "it belongs to the Python API itself" },
		{ "tank_vendor", "it belongs to Toolkit's core" },
		{ "python/tank", "it belongs to Toolkit's core" },
		{ "install/core", "it belongs to Toolkit's core" },
		{ "tk-core", "it belongs to Toolkit's core" },
		{ "bundle_cache", "it belongs to Toolkit's bundle cache" },
		{ "install/app_store", "it belongs to an app of Toolkit's" },
		{ "install/apps", "it belongs to an app of Toolkit's" },
		{ "install/engines", "it belongs to an engine of Toolkit's" },
		{ "install/frameworks", "it belongs to a framework of Toolkit's" },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (has_directories(path, places[i].directories))
			return places[i].owner;
	}
	return NULL;
}

/* ---- looking through directories ---- */

struct walk {
	struct tmd_ctx *ctx;
	struct tmd_script_files *files;
	size_t seen;
};

static bool is_source_name(const char *name)
{
	return tmd_str_ends(name, ".py") || tmd_str_ends(name, ".pyw");
}

/* Links are not followed: what they lead to is found where it lies, or not at all. */
static bool is_of_type(struct walk *w, const char *path, enum tmd_file_type type)
{
	struct tmd_stat st;
	struct tmd_error ignored;

	return tmd_view_lstat(w->ctx->view, path, &st, &ignored) == TMD_OK && st.type == type;
}

static enum tmd_rc search(struct walk *w, const char *dir, unsigned depth, struct tmd_error *err);

static enum tmd_rc take_name(struct walk *w, const char *dir, const char *name, unsigned depth,
			     struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);

	if (is_source_name(name)) {
		if (is_of_type(w, path, TMD_FILE_REGULAR))
			tmd_strv_add(&w->files->paths, path);
		return TMD_OK;
	}
	if (strcmp(name, "__pycache__") == 0 || strcmp(name, ".git") == 0 ||
	    !is_of_type(w, path, TMD_FILE_DIRECTORY) || depth == TMD_SCRIPT_DEPTH_MAX)
		return TMD_OK;
	return search(w, path, depth + 1, err);
}

/* With a name behind it a directory is judged as what lies in it. */
static bool is_owned(const char *dir)
{
	TMD_AUTO_FREE char *inside = tmd_path_join(dir, "x");

	return tmd_script_owner(inside);
}

static enum tmd_rc search(struct walk *w, const char *dir, unsigned depth, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (is_owned(dir)) {
		tmd_strv_add(&w->files->passed, dir);
		return TMD_OK;
	}
	if (tmd_view_list(w->ctx->view, dir, &names, err)) {
		if (!depth)
			return TMD_FAILED;
		tmd_strv_addf(&w->files->unread, "%s: %s", dir, err->message);
		return TMD_OK;
	}
	w->seen += names.count;
	if (w->seen > TMD_SCRIPT_NAMES_MAX)
		return tmd_fail(err, TMD_E_REFUSED, dir, "name directories nearer to the scripts",
				"more than %d names to look at", TMD_SCRIPT_NAMES_MAX);
	for (size_t i = 0; i < names.count; i++) {
		if (take_name(w, dir, names.items[i], depth, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static bool is_directory(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_stat st;
	struct tmd_error ignored;

	return tmd_view_stat(ctx->view, path, &st, &ignored) == TMD_OK &&
	       st.type == TMD_FILE_DIRECTORY;
}

enum tmd_rc tmd_script_find_files(struct tmd_ctx *ctx, const char *path, enum tmd_file_type want,
				  struct tmd_script_files *out, struct tmd_error *err)
{
	struct walk w = { .ctx = ctx, .files = out };
	TMD_AUTO_STRV struct tmd_strv named = { 0 };

	if (tmd_paths_expand(ctx->view, path, want, &named, &out->many, err))
		return TMD_FAILED;
	for (size_t i = 0; i < named.count; i++) {
		if (!is_directory(ctx, named.items[i])) {
			tmd_strv_add(&out->paths, named.items[i]);
			continue;
		}
		out->many = true;
		if (search(&w, named.items[i], 0, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}
