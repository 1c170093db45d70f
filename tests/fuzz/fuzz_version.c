/* Two lines as versions: the order is one, whichever way round they are compared. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_pair(const char *a, const char *b)
{
	struct tmd_error err = { 0 };
	int there = 99;
	int back = 99;
	enum tmd_rc rc = tmd_version_compare(a, b, &there, &err);

	require(rc == tmd_version_compare(b, a, &back, &err));
	if (rc != TMD_OK) {
		require(err.kind == TMD_E_INVALID_INPUT && there == 99 && back == 99);
		return;
	}
	require(sign(there) == -sign(back));
	if (tmd_version_compare(a, a, &there, &err) == TMD_OK)
		require(there == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(size + 1, 1);
	char *second;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	second = strchr(text, '\n');
	if (second)
		*second++ = '\0';
	check_pair(text, second ? second : "v0.23.10");
	(void)tmd_version_is_commit(text);
	free(text);
	return 0;
}
