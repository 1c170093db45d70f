/* What temporary files are called: ".NAME.TAG.trustmend-tmp", with a tag of hexadecimal digits. */
#ifndef TMD_OS_TEMP_NAME_H
#define TMD_OS_TEMP_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define TMD_TEMP_TAIL ((size_t)30)	     /* bytes of "TAG.trustmend-tmp" */
#define TMD_TEMP_AROUND (TMD_TEMP_TAIL + 2)  /* bytes that a name grows by */
#define TMD_TEMP_TRIES 100		     /* for a name that nobody interferes with */
#define TMD_HASH_START 14695981039346656037u /* FNV-1a */

uint64_t tmd_hash(uint64_t so_far, const void *data, size_t len);

/*
 * What the names of all temporary files of a target begin with: of `name`; or, where that is too
 * long, of its beginning, told apart by a hash of `key`. The caller frees.
 */
char *tmd_temp_prefix(const char *name) TMD_MUST_CHECK;
char *tmd_temp_prefix_cut(const char *beginning, const char *key) TMD_MUST_CHECK;

char *tmd_temp_name(const char *prefix, uint64_t tag) TMD_MUST_CHECK; /* the caller frees */

/* Is it what such a name has behind its prefix? */
bool tmd_temp_is_tail(const char *text);

#endif
