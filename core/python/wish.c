/* What ca_certs is to be: a path, or an expression that stands for one. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "python/literal.h"
#include "python/source.h"

void tmd_py_wish_release(struct tmd_py_wish *wish)
{
	free(wish->value);
	free(wish->text);
	tmd_strv_release(&wish->names);
	memset(wish, 0, sizeof(*wish));
}

static bool has_control(const char *text)
{
	while (*text && (unsigned char)*text >= 0x20 && *text != 0x7f)
		text++;
	return *text;
}

/* Who writes ca.pem means a file, and Python reads the attribute pem of ca. */
static bool looks_like_file(const char *text)
{
	static const char *const endings[] = { ".pem", ".crt", ".cer", ".txt", ".der", NULL };
	const char *const *ending = endings;

	while (*ending && !tmd_str_ends(text, *ending))
		ending++;
	return *ending;
}

static bool serves(enum tmd_py_kind kind)
{
	return kind == TMD_PY_IDENTIFIER || kind == TMD_PY_ATTRIBUTE || kind == TMD_PY_CALL ||
	       kind == TMD_PY_SUBSCRIPT || kind == TMD_PY_BINARY || kind == TMD_PY_BOOLEAN ||
	       kind == TMD_PY_CONDITIONAL || kind == TMD_PY_PARENTHESIZED ||
	       kind == TMD_PY_STRING || kind == TMD_PY_CONCATENATED;
}

/* What another Python may lack, or what does more than to stand for a value. */
static bool is_plain(const struct tmd_py_tree *tree)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		enum tmd_py_kind kind = tmd_py_kind(tree, i);

		if (kind == TMD_PY_INTERPOLATION || kind == TMD_PY_COMMENT ||
		    kind == TMD_PY_WALRUS || kind == TMD_PY_LAMBDA || kind == TMD_PY_GENERATOR ||
		    kind == TMD_PY_FOR_IN || tmd_py_is(tree, i, "await") ||
		    tmd_py_is(tree, i, "yield"))
			return false;
	}
	return tree->doubt == SIZE_MAX;
}

/* The one expression that the text is, or TMD_PY_NONE. */
static uint32_t expression_of(const struct tmd_py_tree *tree)
{
	uint32_t statement = tmd_py_first(tree, 0);
	uint32_t expression = tmd_py_first(tree, statement);

	if (tmd_py_kind(tree, statement) != TMD_PY_EXPRESSION_STATEMENT ||
	    tree->nodes[statement].next != TMD_PY_NONE || expression == TMD_PY_NONE ||
	    tree->nodes[expression].next != TMD_PY_NONE || !serves(tmd_py_kind(tree, expression)) ||
	    !is_plain(tree))
		return TMD_PY_NONE;
	return expression;
}

/* Identifiers that are looked up, not those behind a dot or before the = of an argument. */
static void add_names(const struct tmd_py_tree *tree, struct tmd_strv *names)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		TMD_AUTO_FREE char *name = NULL;

		if (tmd_py_kind(tree, i) != TMD_PY_IDENTIFIER ||
		    tmd_py_field(tree, i) == TMD_PY_FIELD_ATTRIBUTE ||
		    tmd_py_field(tree, i) == TMD_PY_FIELD_NAME)
			continue;
		name = tmd_py_text(tree, i);
		tmd_strv_add_once(names, name);
	}
}

static enum tmd_rc fail_wish(const char *text, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
			"write an absolute path, or an expression such as "
			"os.environ.get(\"STUDIO_CA_CERTS\"); state=absent takes the argument away",
			"script: ca_certs: '%.80s' is neither", text);
}

static enum tmd_rc take_path(char *path, struct tmd_py_wish *out)
{
	out->is_path = true;
	out->value = path;
	out->text = tmd_py_quote(path);
	return TMD_OK;
}

static enum tmd_rc take_expression(const char *text, const struct tmd_py_tree *tree,
				   struct tmd_py_wish *out, struct tmd_error *err)
{
	uint32_t expression = expression_of(tree);
	enum tmd_py_kind kind = tmd_py_kind(tree, expression);
	TMD_AUTO_FREE char *value = NULL;

	if (expression == TMD_PY_NONE || (kind != TMD_PY_STRING && looks_like_file(text)))
		return fail_wish(text, err);
	value = tmd_py_spell(tree, expression);
	if (kind == TMD_PY_STRING && !tmd_py_is_path(value))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "write the whole path",
				"script: ca_certs: %.80s would be looked for in whatever directory "
				"the program happens to run", value);
	if (kind == TMD_PY_STRING)
		return take_path(tmd_strdup(value), out);
	add_names(tree, &out->names);
	out->value = tmd_strdup(value);
	out->text = tmd_py_text(tree, expression);
	return TMD_OK;
}

enum tmd_rc tmd_py_wish_parse(const char *text, struct tmd_py_wish *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_py_tree_release) struct tmd_py_tree tree = { 0 };

	memset(out, 0, sizeof(*out));
	if (has_control(text) || !*text)
		return fail_wish(text, err);
	if (tmd_py_is_path(text))
		return take_path(tmd_strdup(text), out);
	if (tmd_py_parse(text, strlen(text), NULL, &tree, err))
		return TMD_FAILED;
	return take_expression(text, &tree, out, err);
}
