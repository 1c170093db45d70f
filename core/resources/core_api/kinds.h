/* The descriptor types of Toolkit: what each needs, and what its version is. */
#ifndef TMD_CORE_API_KINDS_H
#define TMD_CORE_API_KINDS_H

#include <stdbool.h>

#include "base/value.h"

enum tmd_core_version {
	TMD_CORE_NO_VERSION, /* the core at a path is used, whatever the version says */
	TMD_CORE_RELEASE,    /* of the app store: v1.2.3 */
	TMD_CORE_TAG,	     /* of a repository */
	TMD_CORE_FOLDER,     /* in the bundle cache */
	TMD_CORE_COMMIT,
	TMD_CORE_ATTACHMENT, /* the number of an uploaded file */
};

struct tmd_core_kind {
	const char *name;
	enum tmd_core_version version;
	bool latest;	      /* without a version the latest is looked up */
	const char *needs[2]; /* keys; NULL: no more */
	const char *either[2];	/* keys of which exactly one is needed; NULL: no such thing */
};

/* NULL: Toolkit knows no such type. */
const struct tmd_core_kind *tmd_core_kind_find(const char *name);

/*
 * Why Toolkit refuses a descriptor of this type, a key that it needs for one, as a clause that the
 * caller frees; NULL: it takes it. `keys` is the map of its keys, null where there is no value. A
 * missing version is not looked at.
 */
char *tmd_core_kind_refuses(const struct tmd_core_kind *kind,
			    const struct tmd_value *keys) TMD_MUST_CHECK;

/* Can this be a version of such a descriptor? Of a tag or a folder anything can. */
bool tmd_core_version_fits(const struct tmd_core_kind *kind, const char *version);

/* "look like v1.2.3" and so on, where there is such a rule. */
const char *tmd_core_version_form(const struct tmd_core_kind *kind);

/* Does it look like v1.2.3, with or without a suffix? */
bool tmd_core_is_release(const char *version);

#endif
