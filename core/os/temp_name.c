/* The names of temporary files: made, and known again. */
#include "os/temp_name.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define SUFFIX ".trustmend-tmp"
#define TAG_LEN 16

uint64_t tmd_hash(uint64_t so_far, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		so_far = (so_far ^ bytes[i]) * 1099511628211u;
	return so_far;
}

char *tmd_temp_prefix(const char *name)
{
	return tmd_format(".%s.", name);
}

char *tmd_temp_prefix_cut(const char *beginning, const char *key)
{
	return tmd_format(".%s-%016llx.", beginning,
			  (unsigned long long)tmd_hash(TMD_HASH_START, key, strlen(key)));
}

char *tmd_temp_name(const char *prefix, uint64_t tag)
{
	return tmd_format("%s%0*llx" SUFFIX, prefix, TAG_LEN, (unsigned long long)tag);
}

bool tmd_temp_is_tail(const char *text)
{
	if (strlen(text) != TMD_TEMP_TAIL)
		return false;
	for (size_t i = 0; i < TAG_LEN; i++) {
		if (!tmd_is_hex(text[i]))
			return false;
	}
	return strcmp(text + TAG_LEN, SUFFIX) == 0;
}
