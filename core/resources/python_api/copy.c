/* One copy of the Python API: found, dated, and its CA files told apart. */
#include "resources/python_api/copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "os/path.h"
#include "resources/python_api/copy_internal.h"
#include "resources/python_api/metadata.h"

#define PACKAGE TMD_API_PACKAGE
#define SOURCE_MAX ((size_t)4 << 20)  /* bytes of shotgun.py */
#define SMALL_MAX ((size_t)256 << 10) /* bytes of METADATA and the like */

const char *tmd_api_layout_name(enum tmd_api_layout layout)
{
	static const char *const names[] = { "source", "dist-info", "egg",  "sdist",
					     "wheel",  "zip",	    "core", "core zip" };

	return names[layout];
}

void tmd_api_copy_release(struct tmd_api_copy *copy)
{
	char *texts[] = { copy->path,	      copy->package,	  copy->inside,
			  copy->version,      copy->source_version, copy->dist_version,
			  copy->metadata,     copy->installer,	  copy->commit,
			  copy->python };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < copy->ca_count; i++)
		free(copy->ca_files[i].path);
	tmd_strv_release(&copy->problems);
	memset(copy, 0, sizeof(*copy));
}

const char *tmd_api_ca_use_text(const struct tmd_api_ca_file *file)
{
	switch (file->use) {
	case TMD_API_CA_UNKNOWN:
		return "not known: the release is not";
	case TMD_API_CA_UNREAD:
		return "nothing";
	case TMD_API_CA_DEFAULT:
		return file->transfers ? "API calls and transfers that are given no other file"
				       : "API calls that are given no other file";
	case TMD_API_CA_FALLBACK:
		break;
	}
	if (file->python)
		return file->python == 2 ? "API calls of Python 2 as the last resort"
					 : "API calls of Python 3 as the last resort";
	return "API calls as the last resort";
}

/* ---- versions ---- */

/* NULL where there is no such file, or it says nothing of the kind. */
static char *read_small(const struct tmd_api_files *files, const char *name)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;

	if (files->ops->read(files, name, SMALL_MAX, &text, &ignored))
		return NULL;
	return tmd_buf_steal(&text);
}

static char *read_word(const struct tmd_api_files *files, const char *name)
{
	TMD_AUTO_FREE char *text = read_small(files, name);
	size_t len = text ? strcspn(text, " \t\r\n") : 0;

	return len && len <= 64 && tmd_utf8_valid(text, len) ? tmd_strndup(text, len) : NULL;
}

static enum tmd_rc read_source(struct tmd_api_copy *copy, const struct tmd_api_files *files,
			       struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const char *name = PACKAGE "/shotgun.py";

	if (!tmd_api_files_has(files, name, TMD_FILE_REGULAR)) {
		tmd_strv_add(&copy->problems, "shotgun.py is missing: the copy cannot be imported");
		return TMD_OK;
	}
	if (files->ops->read(files, name, SOURCE_MAX, &text, err))
		return TMD_FAILED;
	copy->source_version = tmd_api_source_version(tmd_buf_str(&text), text.len);
	if (!copy->source_version)
		tmd_strv_add(&copy->problems, "shotgun.py sets no __version__");
	return TMD_OK;
}

/* Of METADATA or PKG-INFO; false where it is not there, or is about something else. */
static bool read_metadata(struct tmd_api_copy *copy, const struct tmd_api_files *files,
			  const char *name)
{
	TMD_AUTO_FREE char *text = read_small(files, name);
	TMD_AUTO_FREE char *about = NULL;
	TMD_AUTO_FREE char *entry = NULL;
	bool dist;

	if (!text)
		return false;
	about = tmd_api_metadata_field(text, strlen(text), "Name");
	entry = tmd_format("%s.dist-info", about ? about : "");
	if (!tmd_api_is_metadata_name(entry, &dist))
		return false;
	copy->metadata = tmd_api_files_path(files, name);
	copy->dist_version = tmd_api_metadata_field(text, strlen(text), "Version");
	return true;
}

/* shotgun_api3-V.dist-info/METADATA, or one of the kinds of egg-info. */
static bool read_beside(struct tmd_api_copy *copy, const struct tmd_api_files *files,
			const char *name, bool dist)
{
	TMD_AUTO_FREE char *metadata = tmd_format("%s/%s", name, dist ? "METADATA" : "PKG-INFO");
	TMD_AUTO_FREE char *installer = tmd_format("%s/INSTALLER", name);

	if (!read_metadata(copy, files, metadata) && (dist || !read_metadata(copy, files, name)))
		return false;
	copy->layout = dist ? TMD_API_DIST : TMD_API_EGG;
	copy->installer = read_word(files, installer);
	return true;
}

static void forget_metadata(struct tmd_api_copy *copy)
{
	free(copy->metadata);
	free(copy->dist_version);
	free(copy->installer);
	copy->metadata = copy->dist_version = copy->installer = NULL;
}

/* Of two, one left behind by somebody, that of the version which the source has counts. */
static void take_beside(struct tmd_api_copy *copy, const struct tmd_api_files *files,
			const char *name, bool dist)
{
	if (copy->metadata) {
		tmd_strv_addf(&copy->problems, "%s is beside it as well as %s: remove the one that "
			      "is left over", name, copy->metadata);
		if (tmd_str_equal(tmd_api_says(copy->dist_version), copy->source_version))
			return;
		forget_metadata(copy);
	}
	(void)read_beside(copy, files, name, dist);
}

static enum tmd_rc find_beside(struct tmd_api_copy *copy, const struct tmd_api_files *files,
			       struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (files->ops->list(files, "", &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		bool dist;

		if (tmd_api_is_metadata_name(names.items[i], &dist))
			take_beside(copy, files, names.items[i], dist);
	}
	return TMD_OK;
}

/* A source distribution may have an egg-info inside as well. */
static enum tmd_rc read_distribution(struct tmd_api_copy *copy, const struct tmd_api_files *files,
				     struct tmd_error *err)
{
	if (read_metadata(copy, files, "PKG-INFO"))
		copy->layout = TMD_API_SDIST;
	else if (read_metadata(copy, files, "EGG-INFO/PKG-INFO"))
		copy->layout = TMD_API_EGG;
	else
		return find_beside(copy, files, err);
	return TMD_OK;
}

static int compare(const char *a, const char *b)
{
	struct tmd_error ignored;
	int order = 0;

	return tmd_version_compare(a, b, &order, &ignored) == TMD_OK ? order : strcmp(a, b);
}

/*
 * The distribution knows better than a source that is known to lag, in 3.0.37 the source better
 * than its setup.py. In a copy of two releases what runs is the source.
 */
static void choose_version(struct tmd_api_copy *copy)
{
	const char *source = copy->source_version;
	const char *dist = copy->dist_version;

	if (!source || !dist) {
		copy->version = tmd_strdup(source ? source : dist);
		return;
	}
	if (compare(tmd_api_says(dist), source) == 0) {
		copy->version = tmd_strdup(dist);
		return;
	}
	copy->version = tmd_strdup(source);
	if (!(tmd_str_equal(source, "3.0.37") && tmd_str_equal(dist, "3.0.36")))
		tmd_strv_addf(&copy->problems, "shotgun.py says %s and %s says %s: files of two "
			      "releases lie there, or its installation failed half-way; install it "
			      "again", source, copy->metadata, dist);
}

/* ---- CA files ---- */

static bool is_between(const struct tmd_api_release *release, const char *first, const char *after)
{
	return tmd_api_release_is(release, first) && !tmd_api_release_is(release, after);
}

/* `name` is that of a file of httplib2's. */
static bool reads_httplib2(const struct tmd_api_release *release, struct tmd_api_ca_file *file)
{
	if (file->python == 2)
		return is_between(release, "3.1.0", "3.6.2");
	if (file->python == 3)
		return is_between(release, "3.1.0", "3.9.0");
	return !is_between(release, "3.1.0", "3.9.0");
}

static void judge_httplib2(const struct tmd_api_release *release, struct tmd_api_ca_file *file)
{
	if (!reads_httplib2(release, file))
		file->use = TMD_API_CA_UNREAD;
	else if (tmd_api_release_is(release, "3.0.38"))
		file->use = TMD_API_CA_FALLBACK;
	else
		file->use = TMD_API_CA_DEFAULT;
}

static void judge_certifi(const struct tmd_api_release *release, struct tmd_api_ca_file *file)
{
	file->use = TMD_API_CA_UNREAD;
	if (!tmd_api_release_is(release, "3.2.6"))
		return;
	file->use = TMD_API_CA_DEFAULT;
	file->transfers = !is_between(release, "3.8.2", "3.9.0");
}

static const struct {
	const char *name;
	int python;
	bool certifi;
} ca_places[] = {
	{ "lib/certifi/cacert.pem", 0, true },
	{ "lib/httplib2/cacerts.txt", 0, false },
	{ "lib/httplib2/python2/cacerts.txt", 2, false },
	{ "lib/httplib2/python3/cacerts.txt", 3, false },
};

/* Below `package`; the release is NULL when it is not known. */
void tmd_api_copy_find_ca_files(struct tmd_api_copy *copy, const struct tmd_api_files *files,
			  const char *package, const struct tmd_api_release *release)
{
	for (size_t i = 0; i < sizeof(ca_places) / sizeof(*ca_places); i++) {
		TMD_AUTO_FREE char *name = tmd_format("%s/%s", package, ca_places[i].name);
		struct tmd_api_ca_file file = { .python = ca_places[i].python };

		if (!tmd_api_files_has(files, name, TMD_FILE_REGULAR))
			continue;
		file.path = tmd_api_files_path(files, name);
		if (release && ca_places[i].certifi)
			judge_certifi(release, &file);
		else if (release)
			judge_httplib2(release, &file);
		copy->ca_files[copy->ca_count++] = file;
	}
}

static bool has_default_ca(const struct tmd_api_copy *copy)
{
	for (size_t i = 0; i < copy->ca_count; i++) {
		if (copy->ca_files[i].use == TMD_API_CA_DEFAULT)
			return true;
	}
	return false;
}

void tmd_api_copy_note_missing_ca(struct tmd_api_copy *copy)
{
	struct tmd_api_release release;

	if (tmd_api_release_parse(copy->version, &release) &&
	    tmd_api_release_is(&release, "3.2.6") && !has_default_ca(copy))
		tmd_strv_add(&copy->problems, "lib/certifi/cacert.pem is missing: calls fail that are "
					      "given no other file");
}

/* ---- one tree ---- */

enum tmd_rc tmd_api_copy_read_tree(struct tmd_api_copy *copy, const struct tmd_api_files *files,
			     struct tmd_error *err)
{
	struct tmd_api_release release;
	bool known;

	if (read_source(copy, files, err) || read_distribution(copy, files, err))
		return TMD_FAILED;
	choose_version(copy);
	known = tmd_api_release_parse(copy->version, &release);
	if (known)
		copy->pythons = tmd_api_pythons_of(&release);
	if (!tmd_api_files_has(files, PACKAGE "/__init__.py", TMD_FILE_REGULAR))
		tmd_strv_add(&copy->problems, "__init__.py is missing: the copy cannot be imported");
	tmd_api_copy_find_ca_files(copy, files, PACKAGE, known ? &release : NULL);
	return TMD_OK;
}

/* ---- directories ---- */

static bool is_package(const struct tmd_api_files *files, const char *name)
{
	TMD_AUTO_FREE char *module = tmd_format("%s%sshotgun.py", name, *name ? "/" : "");
	TMD_AUTO_FREE char *init = tmd_format("%s%s__init__.py", name, *name ? "/" : "");

	return tmd_api_files_has(files, module, TMD_FILE_REGULAR) ||
	       (strcmp(name, PACKAGE) == 0 && tmd_api_files_has(files, init, TMD_FILE_REGULAR));
}

static enum tmd_rc fail_none(const struct tmd_api_files *files, struct tmd_error *err)
{
	const char *hint = "name the directory that holds shotgun_api3, or an archive of it";

	if (tmd_api_files_has(files, "python/tank_vendor/" PACKAGE, TMD_FILE_DIRECTORY))
		hint = "a Toolkit core has it in python/tank_vendor";
	else if (tmd_api_files_has(files, "requirements", TMD_FILE_DIRECTORY))
		hint = "a Toolkit core has it in requirements/X.Y/pkgs.zip";
	else if (tmd_api_files_has(files, "python/" PACKAGE, TMD_FILE_DIRECTORY))
		hint = "it has a directory python that holds it";
	if (tmd_api_files_has(files, PACKAGE ".py", TMD_FILE_REGULAR))
		return tmd_fail(err, TMD_E_UNSUPPORTED, files->root,
				"use a release of today: its files are of another shape",
				"shotgun_api3.py is of a release before 3.0.8");
	return tmd_fail(err, TMD_E_NOT_FOUND, files->root, hint, "there is no shotgun_api3");
}

static bool is_in_core(const char *dir)
{
	return strcmp(tmd_path_base(dir), "tank_vendor") == 0;
}

static enum tmd_rc read_directory(struct tmd_ctx *ctx, const char *path, struct tmd_api_copy *copy,
				  struct tmd_error *err)
{
	struct tmd_api_files files = tmd_api_files_in(ctx->view, path);

	if (!is_package(&files, PACKAGE) && is_package(&files, "") &&
	    strcmp(tmd_path_base(path), PACKAGE) == 0)
		copy->path = tmd_path_dir(path);
	else
		copy->path = tmd_strdup(path);
	files.root = copy->path;
	if (!is_package(&files, PACKAGE))
		return fail_none(&files, err);
	copy->package = tmd_api_files_path(&files, PACKAGE);
	if (tmd_api_copy_read_tree(copy, &files, err))
		return TMD_FAILED;
	tmd_api_copy_note_missing_ca(copy);
	if (is_in_core(copy->path)) {
		copy->layout = TMD_API_CORE;
		copy->commit = read_word(&files, PACKAGE "/commit_id");
	}
	return TMD_OK;
}

static enum tmd_rc read_any(struct tmd_ctx *ctx, const char *path, struct tmd_api_copy *copy,
			    struct tmd_error *err)
{
	struct tmd_stat st;

	if (tmd_view_stat(ctx->view, path, &st, err))
		return TMD_FAILED;
	if (st.type == TMD_FILE_DIRECTORY)
		return read_directory(ctx, path, copy, err);
	return tmd_api_copy_read_archive(ctx, path, copy, err);
}

enum tmd_rc tmd_api_copy_read(struct tmd_ctx *ctx, const char *path, struct tmd_api_copy *out,
			      struct tmd_error *err)
{
	struct tmd_api_copy copy = { 0 };

	if (read_any(ctx, path, &copy, err)) {
		tmd_api_copy_release(&copy);
		return TMD_FAILED;
	}
	*out = copy;
	return TMD_OK;
}
