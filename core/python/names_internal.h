/* Every binding of every name, sorted by name; shared by what collects and what looks them up. */
#ifndef TMD_PYTHON_NAMES_INTERNAL_H
#define TMD_PYTHON_NAMES_INTERNAL_H

#include "base/strv.h"
#include "python/names.h"

enum tmd_py_how {
	TMD_PY_BY_IMPORT,
	TMD_PY_BY_VALUE, /* an assignment to this one name */
	TMD_PY_BY_CLASS,
	TMD_PY_BY_FUNCTION,
	TMD_PY_BY_OTHER, /* a parameter, a loop, one of several targets … */
};

struct tmd_py_binding {
	char *name;
	enum tmd_py_how how;
	uint32_t scope;
	uint32_t node; /* the value, the class, or where it stands */
	char *module;  /* BY_IMPORT: "package.module.name" */
};

struct tmd_py_names {
	const struct tmd_py_tree *tree;
	struct tmd_py_binding *bindings;
	size_t count;
	size_t cap;
	struct tmd_strv candidates; /* see tmd_py_is_candidate() */
	bool imports_all;
	size_t steps; /* of the question that is being answered */
};

/* The function, lambda or class in whose own scope the node stands; 0: the module. */
uint32_t tmd_py_scope_of(const struct tmd_py_tree *tree, uint32_t node);

/* The first binding of that name, or where it would stand. */
size_t tmd_py_first_binding(const struct tmd_py_names *names, const char *name);

#endif
