/* Reads the arguments of one call. */
#include "python/arguments.h"

#include "base/mem.h"
#include "python/literal.h"

#define POSITION 7 /* of ca_certs, from 0; the same in every release that has the argument */

bool tmd_py_is_argument(const struct tmd_py_tree *tree, uint32_t node)
{
	enum tmd_py_kind kind = tmd_py_kind(tree, node);

	return kind != TMD_PY_OPEN && kind != TMD_PY_CLOSE && kind != TMD_PY_COMMA &&
	       kind != TMD_PY_COMMENT;
}

uint32_t tmd_py_value_of(const struct tmd_py_tree *tree, uint32_t argument)
{
	return tmd_py_kind(tree, argument) == TMD_PY_KEYWORD_ARGUMENT ?
		       tmd_py_child(tree, argument, TMD_PY_FIELD_VALUE) :
		       argument;
}

struct reading {
	size_t positional; /* so far */
	uint32_t splat;	   /* *args */
	uint32_t keywords; /* **kwargs */
	uint32_t by_keyword;
	uint32_t by_position;
	uint32_t further; /* positional, behind ca_certs */
};

static void read_one(const struct tmd_py_tree *tree, uint32_t node, size_t position,
		     struct reading *r)
{
	switch (tmd_py_kind(tree, node)) {
	case TMD_PY_DICTIONARY_SPLAT:
		r->keywords = node;
		break;
	case TMD_PY_LIST_SPLAT:
		r->splat = node;
		if (r->by_position != TMD_PY_NONE)
			r->further = node;
		break;
	case TMD_PY_KEYWORD_ARGUMENT:
		if (tmd_py_is(tree, tmd_py_child(tree, node, TMD_PY_FIELD_NAME), "ca_certs"))
			r->by_keyword = node;
		break;
	default:
		if (r->by_position != TMD_PY_NONE)
			r->further = node;
		else if (r->positional == position && r->splat == TMD_PY_NONE)
			r->by_position = node;
		r->positional++;
		break;
	}
}

static void set_unsure(struct tmd_py_call *call, char *why)
{
	call->fate = TMD_PY_UNSURE;
	call->why = why;
}

/* What is passed without being written down may hold ca_certs too. */
static void judge(const struct tmd_py_tree *tree, const struct reading *r, struct tmd_py_call *call)
{
	TMD_AUTO_FREE char *text = NULL;
	uint32_t splat = r->keywords != TMD_PY_NONE ? r->keywords : r->splat;

	if (r->by_keyword != TMD_PY_NONE && r->by_position != TMD_PY_NONE) {
		set_unsure(call, tmd_strdup("ca_certs is given twice"));
		return;
	}
	if (splat == TMD_PY_NONE)
		return;
	text = tmd_py_text(tree, splat);
	if (call->argument == TMD_PY_NONE)
		set_unsure(call, tmd_format("%.60s may hold ca_certs", text));
}

static void take(const struct tmd_py_tree *tree, const struct reading *r, struct tmd_py_call *call)
{
	call->place = TMD_PY_NOT_GIVEN;
	call->argument = r->by_keyword;
	if (r->by_keyword != TMD_PY_NONE)
		call->place = TMD_PY_BY_KEYWORD;
	else if (r->by_position != TMD_PY_NONE)
		call->place = TMD_PY_BY_POSITION;
	if (call->place == TMD_PY_BY_POSITION)
		call->argument = r->by_position;
	call->kept = call->place == TMD_PY_BY_POSITION ? r->further : TMD_PY_NONE;
	judge(tree, r, call);
	/* Without it nobody could tell any more what the others bring. */
	if (call->place == TMD_PY_BY_KEYWORD &&
	    (r->splat != TMD_PY_NONE || r->keywords != TMD_PY_NONE))
		call->kept = r->keywords != TMD_PY_NONE ? r->keywords : r->splat;
}

static void read_value(const struct tmd_py_tree *tree, struct tmd_py_call *call)
{
	uint32_t value = tmd_py_value_of(tree, call->argument);

	if (value == TMD_PY_NONE)
		return;
	if (tmd_py_kind(tree, value) != TMD_PY_NONE_VALUE)
		call->value = tmd_py_spell(tree, value);
	if (tmd_py_holds(tree, call->argument, TMD_PY_COMMENT))
		call->locked = tmd_strdup("there is a comment within its ca_certs");
}

void tmd_py_read_arguments(const struct tmd_py_tree *tree, size_t skipped, struct tmd_py_call *call)
{
	struct reading r = { 0,		  TMD_PY_NONE, TMD_PY_NONE,
			     TMD_PY_NONE, TMD_PY_NONE, TMD_PY_NONE };

	if (tmd_py_kind(tree, call->list) != TMD_PY_ARGUMENT_LIST) {
		set_unsure(call, tmd_strdup("its only argument is a generator"));
		return;
	}
	for (uint32_t i = tmd_py_first(tree, call->list); i != TMD_PY_NONE;
	     i = tree->nodes[i].next) {
		if (tmd_py_is_argument(tree, i))
			read_one(tree, i, POSITION + skipped, &r);
	}
	take(tree, &r, call);
	if (call->fate == TMD_PY_SURE)
		read_value(tree, call);
}
