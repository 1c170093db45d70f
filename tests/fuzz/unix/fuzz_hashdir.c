/*
 * Names of a hashed directory, a line each: one is an entry's exactly when it is what a reader
 * asks for, which prints the hash and counts.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/anchor/unix/hashdir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* As OpenSSL's by_dir.c: "%08lx.%s%d", with "r" before the number of a CRL. */
static bool is_asked_for(const char *name)
{
	unsigned long hash = strtoul(name, NULL, 16);
	size_t dot = strcspn(name, ".");
	unsigned long number = name[dot] ? strtoul(name + dot + 1, NULL, 10) : 0;
	char asked[64];

	snprintf(asked, sizeof(asked), "%08lx.%d", hash & 0xFFFFFFFF, (int)(number & INT32_MAX));
	return strcmp(asked, name) == 0;
}

static void check_name(const char *name)
{
	uint32_t hash = 77;
	uint32_t number = 78;
	char back[32];

	if (!tmd_hashdir_parse_name(name, &hash, &number)) {
		require(hash == 77 && number == 78 && !is_asked_for(name));
		return;
	}
	snprintf(back, sizeof(back), "%08" PRIx32 ".%" PRIu32, hash, number);
	require(strcmp(back, name) == 0 && is_asked_for(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	const char *end = at + size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);
		TMD_AUTO_FREE char *name = tmd_strndup(at, len);

		check_name(name);
		at += len + 1;
	}
	return 0;
}
