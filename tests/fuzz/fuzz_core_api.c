/*
 * Any bytes as a core_api.yml: reading never fails, and an edit that is given out reads back
 * as the wished version with every byte around it unchanged.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "resources/core_api/core_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_edit(const struct tmd_core_file *file, const char *text, size_t len,
		       const char *version)
{
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	struct tmd_core_file again;
	struct tmd_error err = { 0 };
	size_t tail = len - file->end;

	if (tmd_core_file_edit(file, text, len, "/f", version, &edited, &err) != TMD_OK) {
		require(err.kind == TMD_E_REFUSED && err.message[0]);
		return;
	}
	require(edited.len >= file->start + tail);
	require(memcmp(edited.data, text, file->start) == 0);
	require(memcmp(edited.data + edited.len - tail, text + file->end, tail) == 0);
	tmd_core_file_read(edited.data, edited.len, "/f", &again);
	require(again.broken.kind == TMD_E_NONE);
	require(again.version && strcmp(again.version, version) == 0);
	require(tmd_value_equal(&again.descriptor, &file->descriptor));
	tmd_core_file_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of exactly this size, so that reading past it is seen. */
	char *text = malloc(size ? size : 1);
	struct tmd_core_file file;

	if (!text || size > TMD_CORE_FILE_MAX) {
		free(text);
		return 0;
	}
	if (size)
		memcpy(text, data, size);
	tmd_core_file_read(text, size, "/f", &file);
	if (file.broken.kind == TMD_E_NONE && file.has_version) {
		check_edit(&file, text, size, "v0.23.10");
		check_edit(&file, text, size, "0.20");
		check_edit(&file, text, size, "x: #,]}&%?");
	}
	if (file.broken.kind == TMD_E_NONE && !file.has_version)
		free(tmd_core_file_missing_hint(&file, "v0.23.10"));
	tmd_core_file_release(&file);
	free(text);
	return 0;
}
