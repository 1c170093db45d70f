/*
 * Any bytes as shotgun.py and as METADATA: a version that is found stands in the text, and is made of
 * nothing but what versions are made of.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "resources/python_api/metadata.h"
#include "resources/python_api/releases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fulfilled)
{
	if (!fulfilled)
		abort();
}

static bool holds(const char *text, size_t size, const char *part)
{
	size_t len = strlen(part);

	for (size_t at = 0; at + len <= size; at++) {
		if (memcmp(text + at, part, len) == 0)
			return true;
	}
	return false;
}

static void check(char *version, const char *text, size_t size)
{
	const char *digits = "0123456789";
	const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct tmd_api_release release;

	if (!version)
		return;
	require(*version && holds(text, size, version));
	for (const char *c = version; *c; c++)
		require(strchr(digits, *c) || strchr(letters, *c) || strchr(".-+_!", *c));
	if (tmd_api_release_parse(version, &release)) {
		struct tmd_api_pythons pythons = tmd_api_pythons_of(&release);

		free(tmd_api_pythons_text(&pythons));
	}
	free(version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	bool dist;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	check(tmd_api_source_version(text, size), text, size);
	check(tmd_api_metadata_field(text, size, "Version"), text, size);
	check(tmd_api_metadata_field(text, size, "Name"), text, size);
	(void)tmd_api_is_metadata_name(text, &dist);
	free(text);
	return 0;
}
