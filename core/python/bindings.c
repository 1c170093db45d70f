/* Collects what gives names a meaning: imports, assignments, classes, parameters … */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "python/names_internal.h"

#define ROUNDS_MAX 8	    /* of looking for names that stand for each other */
#define CANDIDATES_MAX 1000 /* names for one class */
#define ALIAS_MAX 64	    /* nodes of an expression that may stand for a class */

static void add(struct tmd_py_names *names, uint32_t identifier, enum tmd_py_how how, uint32_t node,
		const char *module)
{
	struct tmd_py_binding *binding;

	names->bindings = tmd_grow(names->bindings, &names->cap, names->count + 1,
				   sizeof(*names->bindings));
	binding = &names->bindings[names->count++];
	*binding = (struct tmd_py_binding){ .name = tmd_py_text(names->tree, identifier),
					    .how = how,
					    .scope = tmd_py_scope_of(names->tree, identifier),
					    .node = node,
					    .module = tmd_strdup(module) };
}

/* Every identifier of a target that is bound itself: not `a.b`, not `a[b]`. */
static void add_targets(struct tmd_py_names *names, uint32_t target)
{
	const struct tmd_py_tree *tree = names->tree;
	uint32_t last = target == TMD_PY_NONE ? 0 : tree->nodes[target].last;

	for (uint32_t i = target; target != TMD_PY_NONE && i <= last; i++) {
		enum tmd_py_kind kind = tmd_py_kind(tree, i);

		if (kind == TMD_PY_ATTRIBUTE || kind == TMD_PY_SUBSCRIPT)
			i = tree->nodes[i].last;
		else if (kind == TMD_PY_IDENTIFIER)
			add(names, i, TMD_PY_BY_OTHER, i, NULL);
	}
}

/* ---- imports ---- */

/* A dotted name without blanks and comments, and without the dots of a relative import. */
static char *path_of(const struct tmd_py_tree *tree, uint32_t node)
{
	TMD_AUTO_BUF struct tmd_buf path = { 0 };

	for (uint32_t i = node; node != TMD_PY_NONE && i <= tree->nodes[node].last; i++) {
		TMD_AUTO_FREE char *part = NULL;

		if (tmd_py_kind(tree, i) != TMD_PY_IDENTIFIER)
			continue;
		part = tmd_py_text(tree, i);
		tmd_buf_addf(&path, "%s%s", path.len ? "." : "", part);
	}
	return tmd_buf_steal(&path);
}

static void add_import(struct tmd_py_names *names, uint32_t item)
{
	const struct tmd_py_tree *tree = names->tree;
	TMD_AUTO_FREE char *path = NULL;

	if (tmd_py_kind(tree, item) == TMD_PY_ALIASED_IMPORT) {
		path = path_of(tree, tmd_py_child(tree, item, TMD_PY_FIELD_NAME));
		add(names, tmd_py_child(tree, item, TMD_PY_FIELD_ALIAS), TMD_PY_BY_IMPORT, item,
		    path);
	} else if (tmd_py_kind(tree, item) == TMD_PY_DOTTED_NAME) {
		path = tmd_py_text(tree, tmd_py_first(tree, item)); /* `import a.b` binds a */
		add(names, tmd_py_first(tree, item), TMD_PY_BY_IMPORT, item, path);
	}
}

static void add_import_from(struct tmd_py_names *names, uint32_t item, const char *module)
{
	const struct tmd_py_tree *tree = names->tree;
	bool aliased = tmd_py_kind(tree, item) == TMD_PY_ALIASED_IMPORT;
	uint32_t name = aliased ? tmd_py_child(tree, item, TMD_PY_FIELD_NAME) : item;
	uint32_t bound = aliased ? tmd_py_child(tree, item, TMD_PY_FIELD_ALIAS) :
				   tmd_py_first(tree, item);
	TMD_AUTO_FREE char *last = path_of(tree, name);
	TMD_AUTO_FREE char *path = *module ? tmd_format("%s.%s", module, last) : tmd_strdup(last);

	if (bound != TMD_PY_NONE)
		add(names, bound, TMD_PY_BY_IMPORT, item, path);
}

/* What `from shotgun_api3 import *` brings in: of another module nobody knows. */
static void add_import_all(struct tmd_py_names *names, uint32_t star, const char *module)
{
	struct tmd_py_binding *binding;

	if (strcmp(module, "shotgun_api3") != 0 && !tmd_str_ends(module, ".shotgun_api3")) {
		names->imports_all = true;
		return;
	}
	add(names, star, TMD_PY_BY_IMPORT, star, "shotgun_api3.Shotgun");
	binding = &names->bindings[names->count - 1];
	free(binding->name);
	binding->name = tmd_strdup("Shotgun");
}

static void add_imports_from(struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;
	uint32_t from = tmd_py_child(tree, node, TMD_PY_FIELD_MODULE_NAME);
	TMD_AUTO_FREE char *module = path_of(tree, from);

	for (uint32_t i = tmd_py_first(tree, node); i != TMD_PY_NONE; i = tree->nodes[i].next) {
		if (tmd_py_kind(tree, i) == TMD_PY_WILDCARD)
			add_import_all(names, i, module);
		else if (tmd_py_field(tree, i) == TMD_PY_FIELD_NAME)
			add_import_from(names, i, module);
	}
}

/* ---- everything else ---- */

static void add_assignment(struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;
	bool walrus = tmd_py_kind(tree, node) == TMD_PY_WALRUS;
	uint32_t left = tmd_py_child(tree, node, walrus ? TMD_PY_FIELD_NAME : TMD_PY_FIELD_LEFT);
	uint32_t right = tmd_py_child(tree, node, walrus ? TMD_PY_FIELD_VALUE : TMD_PY_FIELD_RIGHT);

	if (right == TMD_PY_NONE)
		return; /* `name: type` binds nothing */
	if (tmd_py_kind(tree, left) == TMD_PY_IDENTIFIER)
		add(names, left, TMD_PY_BY_VALUE, right, NULL);
	else
		add_targets(names, left);
}

/* What is a default or a type in it is none. */
static void add_parameters(struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;

	for (uint32_t i = tmd_py_first(tree, node); i != TMD_PY_NONE; i = tree->nodes[i].next) {
		enum tmd_py_kind kind = tmd_py_kind(tree, i);

		if (kind == TMD_PY_DEFAULT_PARAMETER || kind == TMD_PY_TYPED_DEFAULT_PARAMETER)
			add_targets(names, tmd_py_child(tree, i, TMD_PY_FIELD_NAME));
		else if (kind == TMD_PY_TYPED_PARAMETER)
			add_targets(names, tmd_py_first(tree, i));
		else
			add_targets(names, i);
	}
}

/* `except Error, name` of Python 2; an `as` has a node of its own. */
static void add_except(struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;
	bool behind = false;

	for (uint32_t i = tmd_py_first(tree, node); i != TMD_PY_NONE; i = tree->nodes[i].next) {
		if (behind && tmd_py_kind(tree, i) == TMD_PY_IDENTIFIER)
			add_targets(names, i);
		behind = tmd_py_kind(tree, i) == TMD_PY_COMMA;
	}
}

/* `case name:`; the class of `case name():` is looked up. */
static void add_capture(struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;
	uint32_t child = tmd_py_first(tree, node);
	uint32_t name = tmd_py_first(tree, child);

	if (tmd_py_kind(tree, child) == TMD_PY_DOTTED_NAME && tree->nodes[name].next == TMD_PY_NONE)
		add_targets(names, name);
}

static void add_definition(struct tmd_py_names *names, uint32_t node, enum tmd_py_how how)
{
	uint32_t name = tmd_py_child(names->tree, node, TMD_PY_FIELD_NAME);

	if (name != TMD_PY_NONE)
		add(names, name, how, node, NULL);
}

static void add_plain_imports(struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;

	for (uint32_t i = tmd_py_first(tree, node); i != TMD_PY_NONE; i = tree->nodes[i].next)
		add_import(names, i);
}

static void collect(struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;

	switch (tmd_py_kind(tree, node)) {
	case TMD_PY_IMPORT:
		add_plain_imports(names, node);
		break;
	case TMD_PY_IMPORT_FROM:
		add_imports_from(names, node);
		break;
	case TMD_PY_ASSIGNMENT:
	case TMD_PY_WALRUS:
		add_assignment(names, node);
		break;
	case TMD_PY_AUGMENTED:
	case TMD_PY_FOR:
	case TMD_PY_FOR_IN:
		add_targets(names, tmd_py_child(tree, node, TMD_PY_FIELD_LEFT));
		break;
	case TMD_PY_AS_TARGET:
	case TMD_PY_NONLOCAL:
		add_targets(names, node);
		break;
	case TMD_PY_CASE_PATTERN:
		add_capture(names, node);
		break;
	case TMD_PY_EXCEPT:
		add_except(names, node);
		break;
	case TMD_PY_PARAMETERS:
	case TMD_PY_LAMBDA_PARAMETERS:
		add_parameters(names, node);
		break;
	case TMD_PY_FUNCTION:
		add_definition(names, node, TMD_PY_BY_FUNCTION);
		break;
	case TMD_PY_CLASS:
		add_definition(names, node, TMD_PY_BY_CLASS);
		break;
	default:
		break;
	}
}

/* ---- global ---- */

/* A name that a function declares global is bound in the module. */
static void move_global(struct tmd_py_names *names, uint32_t identifier)
{
	TMD_AUTO_FREE char *name = tmd_py_text(names->tree, identifier);
	uint32_t scope = tmd_py_scope_of(names->tree, identifier);

	for (size_t i = tmd_py_first_binding(names, name);
	     i < names->count && strcmp(names->bindings[i].name, name) == 0; i++) {
		if (names->bindings[i].scope == scope)
			names->bindings[i].scope = 0;
	}
}

static void move_globals(struct tmd_py_names *names)
{
	const struct tmd_py_tree *tree = names->tree;

	for (uint32_t i = 0; i < tree->count; i++) {
		if (tmd_py_kind(tree, i) == TMD_PY_IDENTIFIER &&
		    tmd_py_kind(tree, tree->nodes[i].parent) == TMD_PY_GLOBAL)
			move_global(names, i);
	}
}

/* ---- candidates ---- */

static const char *last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* Does the expression, as it is written, mention a candidate? */
static bool mentions(const struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;

	if (node == TMD_PY_NONE || tree->nodes[node].last - node > ALIAS_MAX)
		return false;
	for (uint32_t i = node; i <= tree->nodes[node].last; i++) {
		if (tmd_py_kind(tree, i) == TMD_PY_IDENTIFIER && tmd_py_is_candidate(names, i))
			return true;
	}
	return false;
}

static bool may_be_the_class(const struct tmd_py_names *names, const struct tmd_py_binding *binding)
{
	const struct tmd_py_tree *tree = names->tree;

	switch (binding->how) {
	case TMD_PY_BY_IMPORT:
		return tmd_strv_has(&names->candidates, last_part(binding->module));
	case TMD_PY_BY_VALUE:
		return tmd_py_kind(tree, binding->node) != TMD_PY_CALL &&
		       mentions(names, binding->node);
	case TMD_PY_BY_CLASS:
		return mentions(names,
				tmd_py_child(tree, binding->node, TMD_PY_FIELD_SUPERCLASSES));
	case TMD_PY_BY_FUNCTION:
	case TMD_PY_BY_OTHER:
	default:
		return false;
	}
}

static void find_candidates(struct tmd_py_names *names)
{
	size_t before = 0;

	tmd_strv_add(&names->candidates, "Shotgun");
	for (unsigned round = 0; round < ROUNDS_MAX && names->candidates.count > before; round++) {
		before = names->candidates.count;
		for (size_t i = 0; i < names->count && before < CANDIDATES_MAX; i++) {
			if (may_be_the_class(names, &names->bindings[i]))
				tmd_strv_add_once(&names->candidates, names->bindings[i].name);
		}
	}
}

bool tmd_py_is_candidate(const struct tmd_py_names *names, uint32_t identifier)
{
	for (size_t i = 0; i < names->candidates.count; i++) {
		if (tmd_py_is(names->tree, identifier, names->candidates.items[i]))
			return true;
	}
	return false;
}

bool tmd_py_imports_all(const struct tmd_py_names *names)
{
	return names->imports_all;
}

/* ---- the whole ---- */

/* In the order of the text where the names are equal. */
static int compare(const void *a, const void *b)
{
	const struct tmd_py_binding *one = a;
	const struct tmd_py_binding *other = b;
	int order = strcmp(one->name, other->name);

	if (order)
		return order;
	return one->node < other->node ? -1 : one->node > other->node;
}

size_t tmd_py_first_binding(const struct tmd_py_names *names, const char *name)
{
	size_t low = 0;
	size_t high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names->bindings[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct tmd_py_names *tmd_py_names_new(const struct tmd_py_tree *tree)
{
	struct tmd_py_names *names = tmd_alloc(1, sizeof(*names));

	names->tree = tree;
	for (uint32_t i = 0; i < tree->count; i++)
		collect(names, i);
	if (names->count)
		qsort(names->bindings, names->count, sizeof(*names->bindings), compare);
	move_globals(names);
	find_candidates(names);
	return names;
}

void tmd_py_names_free(struct tmd_py_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++) {
		free(names->bindings[i].name);
		free(names->bindings[i].module);
	}
	free(names->bindings);
	tmd_strv_release(&names->candidates);
	free(names);
}

void tmd_py_names_free_ptr(struct tmd_py_names **names)
{
	tmd_py_names_free(*names);
}

/* ---- for what is written into a source ---- */

static const char *const builtins[] = { "str", "open", "getattr", "None", "True", "False", NULL };

static bool is_builtin(const char *name)
{
	const char *const *builtin = builtins;

	while (*builtin && strcmp(*builtin, name) != 0)
		builtin++;
	return *builtin;
}

/* At the top of the module, and in no branch. */
static bool is_at_top(const struct tmd_py_names *names, const struct tmd_py_binding *binding)
{
	const struct tmd_py_tree *tree = names->tree;
	uint32_t at = binding->node;

	while (at && tree->nodes[at].parent != 0)
		at = tree->nodes[at].parent;
	return !binding->scope && (tmd_py_kind(tree, at) == TMD_PY_IMPORT ||
				   tmd_py_kind(tree, at) == TMD_PY_IMPORT_FROM);
}

bool tmd_py_is_imported(const struct tmd_py_names *names, const char *name, size_t at)
{
	size_t first = tmd_py_first_binding(names, name);
	bool found = false;

	for (size_t i = first; i < names->count && strcmp(names->bindings[i].name, name) == 0; i++) {
		const struct tmd_py_binding *binding = &names->bindings[i];

		if (binding->how != TMD_PY_BY_IMPORT || !is_at_top(names, binding))
			return false;
		found = found || names->tree->nodes[binding->node].start < at;
	}
	return found || (first == names->count ? is_builtin(name) :
			 strcmp(names->bindings[first].name, name) != 0 && is_builtin(name));
}
