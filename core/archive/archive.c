/* What was read of an archive: looked up, and judged as a whole. */
#include "archive/archive.h"

#include <stdlib.h>
#include <string.h>

#include "archive/reader.h"
#include "base/mem.h"
#include "base/str.h"

void tmd_archive_release(struct tmd_archive *archive)
{
	for (size_t i = 0; i < archive->count; i++) {
		free(archive->files[i].name);
		tmd_buf_release(&archive->files[i].content);
	}
	free(archive->files);
	memset(archive, 0, sizeof(*archive));
}

/* ---- looked up ---- */

static size_t place_of(const struct tmd_archive *archive, const char *name)
{
	return tmd_sorted_place(archive->files, archive->count, sizeof(*archive->files), name);
}

const struct tmd_archive_file *tmd_archive_find(const struct tmd_archive *archive, const char *name)
{
	size_t at = place_of(archive, name);

	if (at == archive->count || strcmp(archive->files[at].name, name) != 0)
		return NULL;
	return &archive->files[at];
}

/* "NAME/", or "" for the archive itself. The caller frees. */
static char *directory(const char *name)
{
	return tmd_format("%s%s", name, *name ? "/" : "");
}

bool tmd_archive_has_directory(const struct tmd_archive *archive, const char *name)
{
	TMD_AUTO_FREE char *prefix = directory(name);
	size_t at = place_of(archive, prefix);

	return at < archive->count && tmd_str_starts(archive->files[at].name, prefix);
}

void tmd_archive_list(const struct tmd_archive *archive, const char *name, struct tmd_strv *names)
{
	TMD_AUTO_FREE char *prefix = directory(name);
	size_t len = strlen(prefix);

	tmd_strv_release(names);
	for (size_t at = place_of(archive, prefix);
	     at < archive->count && tmd_str_starts(archive->files[at].name, prefix); at++) {
		const char *rest = archive->files[at].name + len;
		TMD_AUTO_FREE char *part = tmd_strndup(rest, strcspn(rest, "/"));

		if (!names->count || strcmp(names->items[names->count - 1], part) != 0)
			tmd_strv_add(names, part);
	}
	tmd_strv_sort(names);
}

/* ---- judged ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tmd_archive_file *)a)->name,
		      ((const struct tmd_archive_file *)b)->name);
}

static char *lower(const char *name)
{
	char *text = tmd_strdup(name);

	for (char *c = text; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return text;
}

/* Two names that are one, perhaps only where letters have no case. */
static enum tmd_rc check_twice(const struct tmd_archive *archive, const char *path,
			       struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	for (size_t i = 0; i < archive->count; i++) {
		TMD_AUTO_FREE char *name = lower(archive->files[i].name);

		tmd_strv_add(&names, name);
	}
	tmd_strv_sort(&names);
	for (size_t i = 1; i < names.count; i++) {
		if (strcmp(names.items[i - 1], names.items[i]) == 0)
			return tmd_fail(err, TMD_E_REFUSED, path, NULL,
					"the archive holds %s twice", names.items[i]);
	}
	return TMD_OK;
}

/* A file that is a directory of another one. */
static enum tmd_rc check_parents(const struct tmd_archive *archive, const char *path,
				 struct tmd_error *err)
{
	for (size_t i = 0; i < archive->count; i++) {
		if (tmd_archive_has_directory(archive, archive->files[i].name))
			return tmd_fail(err, TMD_E_REFUSED, path, NULL,
					"the archive has %s as a file and as a directory",
					archive->files[i].name);
	}
	return TMD_OK;
}

bool tmd_archive_is_one(const void *data, size_t len)
{
	return tmd_archive_is_zip(data, len) || tmd_archive_is_gzip(data, len);
}

static enum tmd_rc read_any(const void *data, size_t len, const char *path,
			    bool (*wanted)(const char *name), struct tmd_archive *archive,
			    struct tmd_error *err)
{
	if (len > TMD_ARCHIVE_MAX)
		return tmd_fail(err, TMD_E_REFUSED, path, NULL, "larger than %zu bytes",
				TMD_ARCHIVE_MAX);
	if (!tmd_archive_is_one(data, len))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path,
				"name a wheel, a zip file or a .tar.gz", "not an archive");
	if (tmd_archive_read_entries(data, len, path, wanted, archive, err))
		return TMD_FAILED;
	if (archive->count)
		qsort(archive->files, archive->count, sizeof(*archive->files), by_name);
	if (check_twice(archive, path, err))
		return TMD_FAILED;
	return check_parents(archive, path, err);
}

enum tmd_rc tmd_archive_read(const void *data, size_t len, const char *path,
			     bool (*wanted)(const char *name), struct tmd_archive *out,
			     struct tmd_error *err)
{
	struct tmd_archive archive = { 0 };

	if (read_any(data, len, path, wanted, &archive, err)) {
		tmd_archive_release(&archive);
		return TMD_FAILED;
	}
	*out = archive;
	return TMD_OK;
}
