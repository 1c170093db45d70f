/*
 * Any bytes as a command line of /proc, whole and cut: the arguments with their NULs are the
 * text again, none is lost, and none is taken that was cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "os/unix/cmdline.h"

#define ARGUMENTS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static size_t count_nuls(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '\0';
	return count;
}

/* What lies behind the last NUL. */
static size_t unended(const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && text[len - 1 - count])
		count++;
	return count;
}

static void check_split(const char *text, size_t len, bool cut, size_t max)
{
	const char *arguments[ARGUMENTS_MAX];
	size_t count = tmd_cmdline_split(text, len, cut, arguments, max);
	size_t rest = unended(text, len);
	size_t all = count_nuls(text, len) + (rest && !cut);
	struct tmd_buf joined = { 0 };

	require(count == (all < max ? all : max));
	for (size_t i = 0; i < count; i++)
		tmd_buf_add(&joined, arguments[i], strlen(arguments[i]) + 1);
	require(joined.len <= len + 1 && memcmp(tmd_buf_str(&joined), text, joined.len) == 0);
	if (count == all && all)
		require(joined.len == (cut ? len - rest : len + (rest > 0)));
	tmd_buf_release(&joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(size + 1, 1);

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	for (size_t max = 0; max <= ARGUMENTS_MAX; max += max < 4 ? 1 : ARGUMENTS_MAX - 4) {
		check_split(text, size, false, max);
		check_split(text, size, true, max);
	}
	free(text);
	return 0;
}
