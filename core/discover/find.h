/*
 * What there is of the Python API, of Toolkit and of what they trust below given directories: told
 * by names, and by a look into the file where the name does not say enough. Nothing is run.
 */
#ifndef TMD_DISCOVER_FIND_H
#define TMD_DISCOVER_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "os/fs.h"
#include "os/tree.h"

enum tmd_find_kind {
	TMD_FIND_API,	       /* shotgun_api3: its directory, or the archive that holds it */
	TMD_FIND_CORE,	       /* a Toolkit core: the directory with its info.yml */
	TMD_FIND_BUNDLE_CACHE, /* the directory that holds app_store, git, manual and so on */
	TMD_FIND_INTERPRETER,  /* a Python: the program; of a virtual environment its own name for it */
	TMD_FIND_CORE_API,     /* a core_api.yml: the file */
	TMD_FIND_CA_BUNDLE,    /* a PEM file with several certificates and without keys */
	TMD_FIND_SCRIPT,       /* a Python source with the word Shotgun, in no directory that is `owned` */
	TMD_FIND_KINDS,
};

#define TMD_FIND_ALL ((1u << TMD_FIND_KINDS) - 1)

struct tmd_finding {
	enum tmd_find_kind kind;
	char *path;	    /* absolute, as seen inside the root */
	const char *detail; /* a few words that say more, constant: "source", "wheel", "installed" */
};

/* By kind, then by path as bytes; none twice. */
struct tmd_findings {
	struct tmd_finding *items;
	size_t count;
	size_t cap;
	struct tmd_strv remarks; /* a sentence each about what was not looked through */
	struct tmd_strv owned;	 /* directories with sources of Toolkit's or the API's own: no scripts */
};

void tmd_findings_release(struct tmd_findings *finds);

/* The first of a kind, and how many there are. */
const struct tmd_finding *tmd_findings_of(const struct tmd_findings *finds, enum tmd_find_kind kind,
				    size_t *count);

/* "interpreter"; with `many` "interpreters". */
const char *tmd_find_kind_name(enum tmd_find_kind kind, bool many);

/* As one word, which for what has a resource type is that: "python_api". */
const char *tmd_find_kind_word(enum tmd_find_kind kind);

/* Where to look, and for what. */
struct tmd_find_tree {
	char *path;	/* absolute, of a directory; links in it are followed */
	unsigned depth;	  /* directories below it; 0: all */
};

struct tmd_find_query {
	const struct tmd_find_tree *trees;
	size_t count;
	unsigned kinds; /* 1 << TMD_FIND_API and so on */
	enum tmd_tree_network network; /* TMD_TREE_LOCAL: the trees are places where one just looks */
	void (*tick)(void *arg); /* progress, some times a second; may be NULL */
	void *tick_arg;
};

/*
 * Looks through all trees once, for all kinds, as os/tree.h has it. What cannot be looked through is
 * a remark; with TMD_TREE_LOCAL a tree is as well, and passed by where it is not there. Else fails
 * as tmd_tree_walk() for a tree. `out` is added to, and left sorted.
 */
enum tmd_rc tmd_find(struct tmd_fs *fs, const struct tmd_find_query *query, struct tmd_findings *out,
		     struct tmd_error *err) TMD_MUST_CHECK;

#endif
