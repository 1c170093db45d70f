/* Bindings of names, and what follows from them. */
#include "python/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "python/names_internal.h"

#define DEPTH_MAX 12	/* names that stand for each other */
#define STEPS_MAX 20000 /* expressions that one question leads to */

/* ---- scopes ---- */

static bool is_scope(enum tmd_py_kind kind)
{
	return kind == TMD_PY_FUNCTION || kind == TMD_PY_LAMBDA || kind == TMD_PY_CLASS;
}

uint32_t tmd_py_scope_of(const struct tmd_py_tree *tree, uint32_t node)
{
	uint32_t child = node;
	uint32_t at = tree->nodes[node].parent;

	while (at != TMD_PY_NONE) {
		enum tmd_py_kind kind = tmd_py_kind(tree, child);

		if (is_scope(tmd_py_kind(tree, at)) &&
		    (tmd_py_field(tree, child) == TMD_PY_FIELD_BODY ||
		     kind == TMD_PY_PARAMETERS || kind == TMD_PY_LAMBDA_PARAMETERS))
			return at;
		child = at;
		at = tree->nodes[at].parent;
	}
	return 0;
}

uint32_t tmd_py_class_of_method(const struct tmd_py_tree *tree, uint32_t node)
{
	uint32_t scope = tmd_py_scope_of(tree, node);

	while (scope && tmd_py_kind(tree, scope) != TMD_PY_FUNCTION)
		scope = tmd_py_scope_of(tree, scope);
	if (!scope)
		return TMD_PY_NONE;
	scope = tmd_py_scope_of(tree, scope);
	return tmd_py_kind(tree, scope) == TMD_PY_CLASS ? scope : TMD_PY_NONE;
}

/* ---- looking up ---- */

void tmd_py_what_release(struct tmd_py_what *what)
{
	free(what->module);
	what->module = NULL;
}

static struct tmd_py_what plain(enum tmd_py_meaning meaning)
{
	return (struct tmd_py_what){ meaning, TMD_PY_NONE, NULL };
}

static struct tmd_py_what resolve(struct tmd_py_names *names, uint32_t node, unsigned depth);

/* Is the API's module the last part, or the one before `shotgun`? */
static bool is_api_module(const char *path)
{
	static const char package[] = "shotgun_api3";
	TMD_AUTO_FREE char *copy = tmd_strdup(path);
	char *last;

	if (tmd_str_ends(copy, ".shotgun"))
		copy[strlen(copy) - strlen(".shotgun")] = '\0';
	last = strrchr(copy, '.');
	return strcmp(last ? last + 1 : copy, package) == 0;
}

static struct tmd_py_what member(const char *path, const char *name)
{
	struct tmd_py_what what = plain(TMD_PY_MODULE_OR_ITS);

	if (strcmp(name, "Shotgun") == 0 && is_api_module(path))
		return plain(TMD_PY_API);
	if (strcmp(name, "Shotgun") == 0 && strstr(path, "mockgun"))
		return plain(TMD_PY_MOCKGUN);
	what.module = *path ? tmd_format("%s.%s", path, name) : tmd_strdup(name);
	return what;
}

static struct tmd_py_what module_at(const char *path)
{
	struct tmd_py_what what = plain(TMD_PY_MODULE_OR_ITS);
	const char *name = strrchr(path, '.');

	if (name) {
		TMD_AUTO_FREE char *before = tmd_strndup(path, (size_t)(name - path));

		return member(before, name + 1);
	}
	what.module = tmd_strdup(path);
	return what;
}

/* Of two bindings of one name; None stands aside. */
static struct tmd_py_what join(struct tmd_py_what a, struct tmd_py_what b)
{
	bool api;

	if (a.meaning == TMD_PY_UNBOUND || a.meaning == TMD_PY_NOTHING)
		return b;
	if (b.meaning == TMD_PY_NOTHING || b.meaning == TMD_PY_UNBOUND)
		return a;
	if (a.meaning == b.meaning && a.class_node == b.class_node) {
		tmd_py_what_release(&b);
		return a;
	}
	api = a.meaning == TMD_PY_API || a.meaning == TMD_PY_DERIVED || a.meaning == TMD_PY_MIXED ||
	      b.meaning == TMD_PY_API || b.meaning == TMD_PY_DERIVED || b.meaning == TMD_PY_MIXED;
	tmd_py_what_release(&a);
	tmd_py_what_release(&b);
	return plain(api ? TMD_PY_MIXED : TMD_PY_UNKNOWN);
}

static uint32_t bases_of(const struct tmd_py_tree *tree, uint32_t class_node)
{
	return tmd_py_child(tree, class_node, TMD_PY_FIELD_SUPERCLASSES);
}

static bool is_expression(const struct tmd_py_tree *tree, uint32_t node)
{
	enum tmd_py_kind kind = tmd_py_kind(tree, node);

	return kind != TMD_PY_OPEN && kind != TMD_PY_CLOSE && kind != TMD_PY_COMMA &&
	       kind != TMD_PY_COMMENT;
}

static struct tmd_py_what resolve_class(struct tmd_py_names *names, uint32_t class_node,
					unsigned depth)
{
	const struct tmd_py_tree *tree = names->tree;
	uint32_t base = tmd_py_first(tree, bases_of(tree, class_node));
	struct tmd_py_what found = plain(TMD_PY_OWN);

	for (; base != TMD_PY_NONE; base = tree->nodes[base].next) {
		struct tmd_py_what what;

		if (!is_expression(tree, base))
			continue;
		what = resolve(names, base, depth);
		if (what.meaning == TMD_PY_API || what.meaning == TMD_PY_DERIVED)
			found.meaning = TMD_PY_DERIVED;
		else if (what.meaning == TMD_PY_MIXED && found.meaning == TMD_PY_OWN)
			found.meaning = TMD_PY_MIXED;
		tmd_py_what_release(&what);
	}
	if (found.meaning == TMD_PY_DERIVED)
		found.class_node = class_node;
	return found;
}

static struct tmd_py_what resolve_binding(struct tmd_py_names *names,
					  const struct tmd_py_binding *binding, unsigned depth)
{
	switch (binding->how) {
	case TMD_PY_BY_IMPORT:
		return module_at(binding->module);
	case TMD_PY_BY_VALUE:
		return resolve(names, binding->node, depth);
	case TMD_PY_BY_CLASS:
		return resolve_class(names, binding->node, depth);
	case TMD_PY_BY_FUNCTION:
		return plain(TMD_PY_OWN);
	case TMD_PY_BY_OTHER:
	default:
		return plain(TMD_PY_UNKNOWN);
	}
}

static struct tmd_py_what look_up_in(struct tmd_py_names *names, uint32_t scope,
				     const char *name, bool *found, unsigned depth)
{
	struct tmd_py_what what = plain(TMD_PY_UNBOUND);

	for (size_t i = tmd_py_first_binding(names, name);
	     i < names->count && strcmp(names->bindings[i].name, name) == 0; i++) {
		if (names->bindings[i].scope != scope)
			continue;
		*found = true;
		what = join(what, resolve_binding(names, &names->bindings[i], depth));
	}
	return what;
}

/* The scope of a class is seen by what stands directly in it alone. */
static struct tmd_py_what look_up(struct tmd_py_names *names, uint32_t node, unsigned depth)
{
	const struct tmd_py_tree *tree = names->tree;
	TMD_AUTO_FREE char *name = tmd_py_text(tree, node);
	uint32_t scope = tmd_py_scope_of(tree, node);
	bool direct = true;

	for (;;) {
		struct tmd_py_what what;
		bool found = false;

		if (direct || tmd_py_kind(tree, scope) != TMD_PY_CLASS) {
			what = look_up_in(names, scope, name, &found, depth);
			if (found)
				return what;
		}
		if (!scope)
			return plain(TMD_PY_UNBOUND);
		scope = tmd_py_scope_of(tree, scope);
		direct = false;
	}
}

static struct tmd_py_what resolve_attribute(struct tmd_py_names *names, uint32_t node,
					    unsigned depth)
{
	const struct tmd_py_tree *tree = names->tree;
	struct tmd_py_what of =
		resolve(names, tmd_py_child(tree, node, TMD_PY_FIELD_OBJECT), depth);
	uint32_t attribute = tmd_py_child(tree, node, TMD_PY_FIELD_ATTRIBUTE);
	struct tmd_py_what what = plain(TMD_PY_UNKNOWN);

	if (of.meaning == TMD_PY_MODULE_OR_ITS && attribute != TMD_PY_NONE) {
		TMD_AUTO_FREE char *name = tmd_py_text(tree, attribute);

		what = member(of.module, name);
	}
	tmd_py_what_release(&of);
	return what;
}

/* __import__("shotgun_api3") and importlib.import_module("shotgun_api3") */
static struct tmd_py_what resolve_call(const struct tmd_py_names *names, uint32_t node)
{
	const struct tmd_py_tree *tree = names->tree;
	uint32_t function = tmd_py_child(tree, node, TMD_PY_FIELD_FUNCTION);
	uint32_t list = tmd_py_child(tree, node, TMD_PY_FIELD_ARGUMENTS);

	if (!tmd_py_is(tree, function, "__import__") &&
	    !tmd_py_is(tree, function, "importlib.import_module"))
		return plain(TMD_PY_UNKNOWN);
	if (tmd_py_is(tree, list, "(\"shotgun_api3\")") || tmd_py_is(tree, list, "('shotgun_api3')"))
		return module_at("shotgun_api3");
	return plain(TMD_PY_UNKNOWN);
}

static uint32_t inner(const struct tmd_py_tree *tree, uint32_t parenthesized)
{
	uint32_t child = tmd_py_first(tree, parenthesized);

	while (child != TMD_PY_NONE && !is_expression(tree, child))
		child = tree->nodes[child].next;
	return child;
}

static struct tmd_py_what resolve(struct tmd_py_names *names, uint32_t node, unsigned depth)
{
	if (node == TMD_PY_NONE || ++depth > DEPTH_MAX || ++names->steps > STEPS_MAX)
		return plain(TMD_PY_UNKNOWN);
	switch (tmd_py_kind(names->tree, node)) {
	case TMD_PY_IDENTIFIER:
		return look_up(names, node, depth);
	case TMD_PY_ATTRIBUTE:
		return resolve_attribute(names, node, depth);
	case TMD_PY_CALL:
		return resolve_call(names, node);
	case TMD_PY_PARENTHESIZED:
		return resolve(names, inner(names->tree, node), depth);
	case TMD_PY_ASSIGNMENT: /* a = b = c */
		return resolve(names, tmd_py_child(names->tree, node, TMD_PY_FIELD_RIGHT), depth);
	case TMD_PY_NONE_VALUE:
		return plain(TMD_PY_NOTHING);
	default:
		return plain(TMD_PY_UNKNOWN);
	}
}

struct tmd_py_what tmd_py_resolve(struct tmd_py_names *names, uint32_t expression)
{
	names->steps = 0;
	return resolve(names, expression, 0);
}

/* ---- classes ---- */

static bool is_constructor(const struct tmd_py_tree *tree, uint32_t node)
{
	enum tmd_py_kind kind = tmd_py_kind(tree, node);
	uint32_t name = TMD_PY_NONE;

	if (kind == TMD_PY_FUNCTION)
		name = tmd_py_child(tree, node, TMD_PY_FIELD_NAME);
	else if (kind == TMD_PY_ASSIGNMENT)
		name = tmd_py_child(tree, node, TMD_PY_FIELD_LEFT);
	return tmd_py_is(tree, name, "__init__") || tmd_py_is(tree, name, "__new__");
}

bool tmd_py_has_constructor(const struct tmd_py_tree *tree, uint32_t class_node)
{
	for (uint32_t i = class_node + 1; i <= tree->nodes[class_node].last; i++) {
		if (is_constructor(tree, i) && tmd_py_scope_of(tree, i) == class_node)
			return true;
	}
	return false;
}

bool tmd_py_is_plain_class(const struct tmd_py_tree *tree, uint32_t class_node)
{
	uint32_t base = tmd_py_first(tree, bases_of(tree, class_node));
	size_t count = 0;

	if (tmd_py_kind(tree, tree->nodes[class_node].parent) == TMD_PY_DECORATED)
		return false;
	for (; base != TMD_PY_NONE; base = tree->nodes[base].next)
		count += is_expression(tree, base) && !tmd_py_is(tree, base, "object");
	return count == 1;
}
