/* Descriptor URIs: sgtk:descriptor:TYPE?key=value&key=value, as Toolkit takes them apart. */
#ifndef TMD_CORE_API_URI_H
#define TMD_CORE_API_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/value.h"

struct tmd_uri {
	char *type;
	struct tmd_value parameters; /* map, decoded, in the order of the text */
	bool has_version;
	size_t version_at; /* first byte of the version's value in the text, as written */
	size_t version_len;
};

/*
 * Fails with invalid_input (no path in it): not a descriptor URI, no parameters, a repeated
 * parameter. Parameters without a value do not count, as in Python's parse_qs(). Release
 * `out` in any case.
 */
enum tmd_rc tmd_uri_parse(const char *text, struct tmd_uri *out,
			  struct tmd_error *err) TMD_MUST_CHECK;
void tmd_uri_release(struct tmd_uri *uri);

/* The value percent-encoded for a parameter; the caller frees. */
char *tmd_uri_encode(const char *value) TMD_MUST_CHECK;

#endif
