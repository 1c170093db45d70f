/*
 * Any bytes as an archive: what is taken has names that stay below where they are unpacked, each
 * once, and is no more than the limits allow; what is not taken says why in one line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "archive/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_name(const char *name)
{
	char *same = NULL;

	require(!tmd_archive_name(name, &same) && strcmp(same, name) == 0);
	require(*name && *name != '/' && !strstr(name, "../") && !strchr(name, '\\'));
	free(same);
}

static void check(const struct tmd_archive *archive, size_t size)
{
	size_t total = 0;

	for (size_t i = 0; i < archive->count; i++) {
		const struct tmd_archive_file *file = &archive->files[i];

		check_name(file->name);
		require(!i || strcmp(archive->files[i - 1].name, file->name) < 0);
		require(tmd_archive_find(archive, file->name) == file);
		total += file->content.len;
	}
	require(total <= size * TMD_ARCHIVE_RATIO_MAX + ((size_t)1 << 20));
}

static bool nothing(const char *name)
{
	(void)name;
	return false;
}

/* Names are the same whether contents are wanted or not. */
static void check_names(const uint8_t *data, size_t size, const struct tmd_archive *whole)
{
	TMD_AUTO_ARCHIVE struct tmd_archive names = { 0 };
	struct tmd_error err = { 0 };

	require(tmd_archive_read(data, size, "x", nothing, &names, &err) == TMD_OK);
	require(names.count == whole->count);
	for (size_t i = 0; i < names.count; i++)
		require(strcmp(names.files[i].name, whole->files[i].name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TMD_AUTO_ARCHIVE struct tmd_archive archive = { 0 };
	struct tmd_error err = { 0 };
	uint8_t *copy = malloc(size ? size : 1); /* of exactly this size: reading past it is seen */

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (tmd_archive_read(copy, size, "x", NULL, &archive, &err) == TMD_OK) {
		check(&archive, size);
		check_names(copy, size, &archive);
	} else {
		require(err.kind == TMD_E_INVALID_INPUT || err.kind == TMD_E_REFUSED);
		require(err.message[0] && !strpbrk(err.message, "\n\x1b"));
	}
	free(copy);
	return 0;
}
