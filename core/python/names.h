/*
 * What names mean in one Python source, as far as the source itself says: which of them are the
 * class Shotgun of shotgun_api3, or a class that is derived from it.
 */
#ifndef TMD_PYTHON_NAMES_H
#define TMD_PYTHON_NAMES_H

#include "python/tree.h"

enum tmd_py_meaning {
	TMD_PY_UNBOUND, /* nothing in the source gives it a meaning */
	TMD_PY_NOTHING, /* None */
	TMD_PY_API,	/* the class Shotgun */
	TMD_PY_DERIVED, /* a class of this source that is derived from it */
	TMD_PY_MODULE_OR_ITS, /* a module that is imported, or what it has under some name */
	TMD_PY_MOCKGUN,
	TMD_PY_OWN, /* a class or function of this source that has nothing to do with it */
	TMD_PY_MIXED,	/* the API's class or something else: that depends */
	TMD_PY_UNKNOWN,
};

struct tmd_py_what {
	enum tmd_py_meaning meaning;
	uint32_t class_node; /* of DERIVED */
	char *module;	     /* of MODULE_OR_ITS: "package.module" or "package.module.name" */
};

struct tmd_py_names;

/* The tree is borrowed. */
struct tmd_py_names *tmd_py_names_new(const struct tmd_py_tree *tree) TMD_MUST_CHECK;
void tmd_py_names_free(struct tmd_py_names *names);
void tmd_py_names_free_ptr(struct tmd_py_names **names);

/* What an expression stands for, at the place where it stands. Release it. */
struct tmd_py_what tmd_py_resolve(struct tmd_py_names *names, uint32_t expression);
void tmd_py_what_release(struct tmd_py_what *what);

/*
 * May a name be the class, or a derived one, somewhere? Quick. What it says no of is none, unless a
 * source has more than a thousand names for the class.
 */
bool tmd_py_is_candidate(const struct tmd_py_names *names, uint32_t identifier);

/* Is everything of some module imported, so that a name may mean anything? */
bool tmd_py_imports_all(const struct tmd_py_names *names);

/* Of a derived class: has it a constructor of its own? Has it bases besides? Is it decorated? */
bool tmd_py_has_constructor(const struct tmd_py_tree *tree, uint32_t class_node);
bool tmd_py_is_plain_class(const struct tmd_py_tree *tree, uint32_t class_node);

/* The class whose method the node is in, or TMD_PY_NONE. */
uint32_t tmd_py_class_of_method(const struct tmd_py_tree *tree, uint32_t node);

/*
 * Does the name mean an import of the whole source before `at`, or a built-in, wherever it is used?
 * For what is written into the source.
 */
bool tmd_py_is_imported(const struct tmd_py_names *names, const char *name, size_t at);

#endif
