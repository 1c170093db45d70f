/* What the files about a package say: __version__ in its source, and METADATA or PKG-INFO. */
#ifndef TMD_PYTHON_API_METADATA_H
#define TMD_PYTHON_API_METADATA_H

#include <stdbool.h>
#include <stddef.h>

/* The first text that __version__ is set to at the left margin; NULL: none there. The caller frees. */
char *tmd_api_source_version(const char *text, size_t len);

/*
 * A field of a METADATA or PKG-INFO file, whose names have no case; NULL: it is not there before
 * the description. The caller frees.
 */
char *tmd_api_metadata_field(const char *text, size_t len, const char *name);

/*
 * Of an entry beside a package: is it about shotgun_api3 ("shotgun-api3-3.8.5.dist-info",
 * "shotgun_api3.egg-info", "shotgun_api3-3.0.14-py2.7.egg-info")? Then `*dist` says whether it is
 * the former kind.
 */
bool tmd_api_is_metadata_name(const char *name, bool *dist);

#endif
