/* Sources of copies, read whole. */
#include "resources/python_api/source.h"

#include <string.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/python_api/copy_internal.h"

void tmd_api_source_release(struct tmd_api_source *source)
{
	tmd_api_copy_release(&source->copy);
	tmd_api_package_release(&source->package);
}

/* Half a copy would be put in the place of a whole one. */
static enum tmd_rc check_whole(const struct tmd_api_source *source, const char *path,
			       struct tmd_error *err)
{
	if (source->copy.problems.count)
		return tmd_fail(err, TMD_E_REFUSED, path, "name a whole copy",
				"the source cannot be used: %s", source->copy.problems.items[0]);
	if (!tmd_api_pythons_are_known(&source->copy.pythons))
		return tmd_fail(err, TMD_E_REFUSED, path, "name a release of 3.0.8 or later",
				"the source is of no release that is known");
	return TMD_OK;
}

static enum tmd_rc read_tree(struct tmd_api_source *source, const struct tmd_api_files *files,
			     struct tmd_error *err)
{
	if (tmd_api_copy_read_tree(&source->copy, files, err))
		return TMD_FAILED;
	tmd_api_copy_note_missing_ca(&source->copy);
	return tmd_api_package_load(files, TMD_API_PACKAGE, &source->package, err);
}

static enum tmd_rc read_archive(struct tmd_ctx *ctx, const char *base_dir, const char *path,
				struct tmd_api_source *source, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf data = { 0 };
	TMD_AUTO_ARCHIVE struct tmd_archive archive = { 0 };
	struct tmd_api_files_archive from = { &archive, NULL };
	struct tmd_api_files files;

	if (tmd_view_read_input(ctx->view, base_dir, path, TMD_ARCHIVE_MAX, &data, err) ||
	    tmd_archive_read(data.data, data.len, path, NULL, &archive, err) ||
	    tmd_api_archive_find(&archive, path, &source->copy.inside, err))
		return TMD_FAILED;
	from.inside = source->copy.inside;
	files = tmd_api_files_of(&from, path);
	return read_tree(source, &files, err);
}

/* The directory that holds the package, or the package. */
static enum tmd_rc read_directory(struct tmd_ctx *ctx, const char *base_dir, const char *path,
				  struct tmd_api_source *source, struct tmd_error *err)
{
	TMD_AUTO_FREE char *above = tmd_path_dir(path);
	struct tmd_api_files files = tmd_api_files_in_input(ctx->view, base_dir, path);

	if (strcmp(tmd_path_base(path), TMD_API_PACKAGE) == 0 &&
	    !tmd_api_files_has(&files, TMD_API_PACKAGE, TMD_FILE_DIRECTORY))
		files.root = above;
	if (!tmd_api_files_has(&files, TMD_API_PACKAGE, TMD_FILE_DIRECTORY))
		return tmd_fail(err, TMD_E_NOT_FOUND, path,
				"name the directory that holds shotgun_api3",
				"there is no shotgun_api3 in the source");
	return read_tree(source, &files, err);
}

enum tmd_rc tmd_api_source_read(struct tmd_ctx *ctx, const char *base_dir, const char *path,
				struct tmd_api_source *out, struct tmd_error *err)
{
	struct tmd_api_source source = { 0 };
	struct tmd_stat st;
	enum tmd_rc rc;

	if (tmd_view_stat_input(ctx->view, base_dir, path, &st, err))
		return TMD_FAILED;
	rc = st.type == TMD_FILE_DIRECTORY ? read_directory(ctx, base_dir, path, &source, err)
					   : read_archive(ctx, base_dir, path, &source, err);
	if (rc != TMD_OK || check_whole(&source, path, err)) {
		tmd_api_source_release(&source);
		return TMD_FAILED;
	}
	*out = source;
	return TMD_OK;
}
