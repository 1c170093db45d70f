/* A copy in an archive: a wheel, an egg, a source distribution, or what a Toolkit core has. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/python_api/copy_internal.h"

#define MODULE TMD_API_PACKAGE "/shotgun.py"

/* ---- where it is ---- */

/* The length of what is before MODULE in a name; false: it is another file. */
static bool is_module(const char *name, size_t *before)
{
	size_t len = strlen(name);

	if (!tmd_str_ends(name, MODULE))
		return false;
	*before = len - strlen(MODULE);
	return !*before || name[*before - 1] == '/';
}

static size_t depth_of(const char *name)
{
	size_t depth = 0;

	for (; *name; name++)
		depth += *name == '/';
	return depth;
}

enum tmd_rc tmd_api_archive_find(const struct tmd_archive *archive, const char *path, char **inside,
				 struct tmd_error *err)
{
	const char *found = NULL;
	const char *other = NULL;
	size_t before = 0;

	for (size_t i = 0; i < archive->count; i++) {
		const char *name = archive->files[i].name;

		if (!is_module(name, &before))
			continue;
		if (!found || depth_of(name) < depth_of(found)) {
			found = name;
			other = NULL;
		} else if (depth_of(name) == depth_of(found)) {
			other = name;
		}
	}
	if (!found)
		return tmd_fail(err, TMD_E_NOT_FOUND, path, "name an archive of shotgun_api3",
				"there is no shotgun_api3 in the archive");
	if (other)
		return tmd_fail(err, TMD_E_REFUSED, path, "unpack it, and name one of them",
				"the archive holds several copies: %s and %s", found, other);
	(void)is_module(found, &before);
	*inside = tmd_strndup(found, before);
	return TMD_OK;
}

/* ---- what it says ---- */

/* All that tmd_api_copy_read_tree() reads. */
static bool tells_something(const char *name)
{
	static const char module[] = MODULE;
	static const char *const ends[] = { module, "METADATA", "PKG-INFO", "INSTALLER",
					    ".egg-info" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (tmd_str_ends(name, ends[i]))
			return true;
	}
	return false;
}

/* requirements/3.11/pkgs.zip, requirements/any/NAME.zip: X.Y, "any", or NULL. */
static char *requirements_of(const char *path)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);
	TMD_AUTO_FREE char *above = tmd_path_dir(dir);

	if (strcmp(tmd_path_base(above), "requirements") != 0 || !tmd_str_ends(path, ".zip"))
		return NULL;
	return tmd_strdup(tmd_path_base(dir));
}

static void find_certs(struct tmd_ctx *ctx, const char *path, struct tmd_api_copy *copy)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);
	struct tmd_api_files files = tmd_api_files_in(ctx->view, dir);
	struct tmd_api_release release;
	bool known = tmd_api_release_parse(copy->version, &release);

	for (size_t i = 0; i < copy->ca_count; i++)
		copy->ca_files[i].use = TMD_API_CA_UNREAD;
	tmd_api_copy_find_ca_files(copy, &files, "certs/" TMD_API_PACKAGE, known ? &release : NULL);
}

static void judge_place(struct tmd_ctx *ctx, const char *path, struct tmd_api_copy *copy)
{
	TMD_AUTO_FREE char *python = requirements_of(path);

	if (python) {
		copy->layout = TMD_API_CORE_ZIP;
		find_certs(ctx, path, copy);
		if (tmd_is_digit(*python))
			copy->python = tmd_strdup(python);
	} else if (tmd_str_ends(path, ".whl")) {
		copy->layout = TMD_API_WHEEL;
	} else if (copy->layout != TMD_API_SDIST) {
		if (copy->layout != TMD_API_EGG)
			copy->layout = TMD_API_ZIP;
		tmd_strv_add(&copy->problems, "imported from the archive it cannot load its own CA "
					      "files: unpack it");
	}
}

static enum tmd_rc read_found(struct tmd_ctx *ctx, const struct tmd_archive *archive,
			      const char *path, struct tmd_api_copy *copy, struct tmd_error *err)
{
	struct tmd_api_files_archive from = { archive, NULL };
	struct tmd_api_files files;
	TMD_AUTO_FREE char *root = NULL;

	if (tmd_api_archive_find(archive, path, &copy->inside, err))
		return TMD_FAILED;
	from.inside = copy->inside;
	root = *copy->inside ? tmd_path_join(path, copy->inside) : tmd_strdup(path);
	if (*copy->inside)
		root[strlen(root) - 1] = '\0'; /* its separator */
	files = tmd_api_files_of(&from, root);
	copy->path = tmd_strdup(path);
	copy->package = tmd_api_files_path(&files, TMD_API_PACKAGE);
	copy->is_archive = true;
	if (tmd_api_copy_read_tree(copy, &files, err))
		return TMD_FAILED;
	judge_place(ctx, path, copy);
	tmd_api_copy_note_missing_ca(copy);
	return TMD_OK;
}

enum tmd_rc tmd_api_copy_read_archive(struct tmd_ctx *ctx, const char *path,
				      struct tmd_api_copy *copy, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf data = { 0 };
	TMD_AUTO_ARCHIVE struct tmd_archive archive = { 0 };

	if (tmd_view_read(ctx->view, path, TMD_ARCHIVE_MAX, &data, NULL, err) ||
	    tmd_archive_read(data.data, data.len, path, tells_something, &archive, err))
		return TMD_FAILED;
	return read_found(ctx, &archive, path, copy, err);
}
