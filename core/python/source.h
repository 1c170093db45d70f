/*
 * The constructions of shotgun_api3's class Shotgun in one Python source, of Python 2 or 3, and
 * their argument ca_certs: found by tree-sitter, told with line and column, changed at their very
 * bytes.
 */
#ifndef TMD_PYTHON_SOURCE_H
#define TMD_PYTHON_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "python/encoding.h"
#include "python/tree.h"

#define TMD_PY_CALLS_MAX 10000 /* in one source */

enum tmd_py_fate {
	TMD_PY_SURE,	/* it constructs the class, and what ca_certs is stands in it */
	TMD_PY_UNSURE,	/* it does, or may; what ca_certs is cannot be told */
	TMD_PY_FOREIGN, /* it has the name only */
};

enum tmd_py_place {
	TMD_PY_NOT_GIVEN,
	TMD_PY_BY_KEYWORD,
	TMD_PY_BY_POSITION, /* the eighth */
};

struct tmd_py_call {
	enum tmd_py_fate fate;
	enum tmd_py_place place;
	size_t line;   /* from 1 */
	size_t column; /* in characters, from 1 */
	char *why;     /* it is not SURE; else NULL */
	char *locked;  /* why it must not be changed though it is; else NULL */
	char *value;   /* of ca_certs, as in struct tmd_py_wish; NULL: none, or None */

	/* nodes */
	uint32_t list;	   /* the arguments */
	uint32_t argument; /* ca_certs; TMD_PY_NONE: not given */
	uint32_t kept;	   /* why removing it would not do: a further positional argument */
};

struct tmd_py_source {
	struct tmd_py_tree *tree; /* NULL where the word is not in the text */
	struct tmd_py_names *names;
	enum tmd_py_encoding encoding;
	struct tmd_py_call *calls; /* in the order of the text */
	size_t count;
	size_t cap;
};

/* Does the text hold the word at all? Without it there is nothing to parse. */
bool tmd_py_mentions_api(const char *text, size_t len);

/*
 * The text is borrowed. Fails with refused: no Python that is read here (python/encoding.h), too
 * large, too long to parse, more calls than TMD_PY_CALLS_MAX. Release `out`.
 */
enum tmd_rc tmd_py_read(const char *text, size_t len, const char *path, struct tmd_py_source *out,
			struct tmd_error *err) TMD_MUST_CHECK;
void tmd_py_source_release(struct tmd_py_source *source);

/* ---- wishes ---- */

/* What ca_certs is to be. */
struct tmd_py_wish {
	bool is_path;
	char *value; /* a path, or an expression in one spelling: what two of them are compared by */
	char *text;  /* what is written into the source */
	struct tmd_strv names; /* that the expression needs: `os` of os.environ.get("X") */
};

/* An absolute path of any system. */
bool tmd_py_is_path(const char *text);

/* Fails with invalid_input for what is neither an absolute path nor an expression that serves. */
enum tmd_rc tmd_py_wish_parse(const char *text, struct tmd_py_wish *out,
			      struct tmd_error *err) TMD_MUST_CHECK;
void tmd_py_wish_release(struct tmd_py_wish *wish);

/* ---- changing ---- */

/*
 * Would the call be changed, and can it be? `wish` NULL: no argument. `*change`: it differs from
 * the wish. Fails with refused, which says where: it differs and cannot be changed, or nobody can
 * tell.
 */
enum tmd_rc tmd_py_judge(const struct tmd_py_source *source, const struct tmd_py_call *call,
			 const struct tmd_py_wish *wish, const char *path, bool *change,
			 struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The source with the wish in every call that tmd_py_judge() says is changed, all other bytes as
 * they were. The result is read again before it is given out. Fails with refused when that check
 * does not hold.
 */
enum tmd_rc tmd_py_edit(const struct tmd_py_source *source, const struct tmd_py_wish *wish,
			const char *path, struct tmd_buf *out, struct tmd_error *err) TMD_MUST_CHECK;

#endif
