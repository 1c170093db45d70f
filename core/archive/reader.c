/* libarchive says what is in the archive; what of it is taken is decided here. */
#include "archive/reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "archive/gunzip.h"
#include "archive/names.h"
#include "base/display.h"
#include "base/mem.h"

#define SLACK ((size_t)1 << 20) /* bytes that the smallest archive may unpack to */
#define CHUNK ((size_t)64 << 10)
#define TAR_BLOCK 512
#define AGAIN "fetch it again"

struct reader {
	struct archive *from;
	const char *path;
	size_t budget; /* bytes that may still come */
	size_t entries;
	bool (*wanted)(const char *name);
	struct tmd_archive *out;
};

static bool begins(const void *data, size_t len, const char *magic, size_t magic_len)
{
	return len >= magic_len && memcmp(data, magic, magic_len) == 0;
}

bool tmd_archive_is_zip(const void *data, size_t len)
{
	return begins(data, len, "PK\3\4", 4) || begins(data, len, "PK\5\6", 4);
}

bool tmd_archive_is_gzip(const void *data, size_t len)
{
	return begins(data, len, "\x1f\x8b", 2);
}

/* ---- refusals ---- */

/* An archive names its files, and a message what is wrong with them: nothing of it is a command. */
static enum tmd_rc refuse(struct reader *r, const char *name, const char *why,
			  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf shown = { 0 };

	tmd_display_add(&shown, name, strlen(name), 80);
	return tmd_fail(err, TMD_E_REFUSED, r->path, NULL, "the archive's entry \"%s\" %s",
			tmd_buf_str(&shown), why);
}

static enum tmd_rc fail_damaged(struct reader *r, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf shown = { 0 };
	const char *text = archive_error_string(r->from);

	tmd_display_add(&shown, text ? text : "", text ? strlen(text) : 0, 160);
	return tmd_fail(err, TMD_E_INVALID_INPUT, r->path, AGAIN, "the archive is damaged: %s",
			text ? tmd_buf_str(&shown) : "libarchive cannot read it");
}

static enum tmd_rc fail_budget(struct reader *r, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, r->path, NULL,
			"the archive unpacks to more than a release of the API could be");
}

/* ---- one entry ---- */

/* Why it is neither a file nor a directory; NULL: it is one. */
static const char *check_kind(struct archive_entry *entry)
{
	if (archive_entry_is_encrypted(entry))
		return "is encrypted";
	if (archive_entry_hardlink(entry) || archive_entry_symlink(entry) ||
	    archive_entry_filetype(entry) == AE_IFLNK)
		return "is a link";
	if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR)
		return "is no file";
	return NULL;
}

static enum tmd_rc name_of(struct reader *r, struct archive_entry *entry, char **name,
			   struct tmd_error *err)
{
	const char *text = archive_entry_pathname_utf8(entry);
	const char *why;

	if (!text)
		text = archive_entry_pathname(entry);
	why = text ? tmd_archive_name(text, name) : "has a name that is not UTF-8";
	return why ? refuse(r, text ? text : "", why, err) : TMD_OK;
}

/* Sparse files come with their holes filled in, which count. */
static enum tmd_rc read_content(struct reader *r, struct tmd_buf *content, struct tmd_error *err)
{
	for (;;) {
		char *room = tmd_buf_reserve(content, CHUNK);
		la_ssize_t got;

		if (!room)
			return fail_budget(r, err);
		got = archive_read_data(r->from, room, CHUNK);
		if (got < 0)
			return fail_damaged(r, err);
		if ((size_t)got > r->budget)
			return fail_budget(r, err);
		if (!got)
			return TMD_OK;
		r->budget -= (size_t)got;
		content->len += (size_t)got;
		content->data[content->len] = '\0';
	}
}

static enum tmd_rc add_file(struct reader *r, char **name, struct tmd_error *err)
{
	struct tmd_archive *out = r->out;
	struct tmd_archive_file *file;

	out->files = tmd_grow(out->files, &out->cap, out->count + 1, sizeof(*out->files));
	file = &out->files[out->count++];
	memset(file, 0, sizeof(*file));
	file->name = *name;
	*name = NULL;
	file->wanted = !r->wanted || r->wanted(file->name);
	if (!file->wanted)
		return TMD_OK;
	if (read_content(r, &file->content, err))
		return TMD_FAILED;
	tmd_buf_fit(&file->content);
	return TMD_OK;
}

static enum tmd_rc take_entry(struct reader *r, struct archive_entry *entry, struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = NULL;
	const char *why;

	if (++r->entries > TMD_ARCHIVE_ENTRIES_MAX)
		return tmd_fail(err, TMD_E_REFUSED, r->path, NULL,
				"the archive has more than %d entries", TMD_ARCHIVE_ENTRIES_MAX);
	if (name_of(r, entry, &name, err))
		return TMD_FAILED;
	why = check_kind(entry);
	if (why)
		return refuse(r, name, why, err);
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return TMD_OK;
	if (!*name)
		return refuse(r, "", "has no name", err);
	return add_file(r, &name, err);
}

static enum tmd_rc take_entries(struct reader *r, struct tmd_error *err)
{
	struct archive_entry *entry;
	int rc;

	while ((rc = archive_read_next_header(r->from, &entry)) == ARCHIVE_OK) {
		if (take_entry(r, entry, err))
			return TMD_FAILED;
	}
	return rc == ARCHIVE_EOF ? TMD_OK : fail_damaged(r, err);
}

/* ---- the two kinds ---- */

static enum tmd_rc read_as(struct reader *r, int (*support)(struct archive *), const void *data,
			   size_t len, struct tmd_error *err)
{
	enum tmd_rc rc;

	r->from = archive_read_new();
	if (!r->from || support(r->from) != ARCHIVE_OK ||
	    archive_read_open_memory(r->from, data, len) != ARCHIVE_OK)
		rc = fail_damaged(r, err);
	else
		rc = take_entries(r, err);
	archive_read_free(r->from);
	return rc;
}

/* Two blocks of zeros end a tar: without them it is a half, which libarchive takes for whole. */
static bool ends_as_a_tar_does(const struct tmd_buf *tar)
{
	static const char zeros[2 * TAR_BLOCK];

	for (size_t at = 0; at + sizeof(zeros) <= tar->len; at += TAR_BLOCK) {
		if (memcmp(tar->data + at, zeros, sizeof(zeros)) == 0)
			return true;
	}
	return false;
}

static enum tmd_rc read_tar(struct reader *r, const void *data, size_t len, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf tar = { .max = TMD_ARCHIVE_BYTES_MAX + CHUNK };

	if (tmd_gunzip(data, len, r->budget, r->path, &tar, err))
		return TMD_FAILED;
	if (!ends_as_a_tar_does(&tar))
		return tmd_fail(err, TMD_E_INVALID_INPUT, r->path, AGAIN,
				"the archive ends in the middle");
	return read_as(r, archive_read_support_format_tar, tar.data, tar.len, err);
}

enum tmd_rc tmd_archive_read_entries(const void *data, size_t len, const char *path,
				     bool (*wanted)(const char *name), struct tmd_archive *out,
				     struct tmd_error *err)
{
	size_t budget = len * TMD_ARCHIVE_RATIO_MAX + SLACK;
	struct reader r = { .path = path, .wanted = wanted, .out = out };

	r.budget = budget < TMD_ARCHIVE_BYTES_MAX ? budget : TMD_ARCHIVE_BYTES_MAX;
	if (tmd_archive_is_gzip(data, len))
		return read_tar(&r, data, len, err);
	return read_as(&r, archive_read_support_format_zip_seekable, data, len, err);
}
