/* A shell script on its way through the reader: what grammar, commands and lines share. */
#ifndef TMD_RESOURCES_ENV_SH_INPUT_H
#define TMD_RESOURCES_ENV_SH_INPUT_H

#include "resources/env/unix/readers.h"
#include "resources/env/unix/sh_blocks.h"
#include "resources/env/unix/sh_lexer.h"

enum tmd_sh_run { TMD_SH_RUNS, TMD_SH_MAY_BE_OVER, TMD_SH_IS_OVER };

struct tmd_sh_extent { /* of a command or operator, to find the lines that are all about `watch` */
	struct tmd_env_span span;
	bool own;
};

struct tmd_sh_input {
	struct tmd_env_reader *reader;
	struct tmd_sh_lexer lexer;

	struct tmd_sh_word *words; /* of the command at hand */
	size_t count;
	size_t cap;

	struct tmd_sh_blocks blocks;
	bool conditional; /* the command stands behind &&, || or a pipe */
	bool behind_paren; /* a ')' came last */
	bool defines;      /* "name()" came last: what follows is the function's body */
	size_t definition; /* where that name stands */
	enum tmd_sh_run run; /* was there a return or exit? */
	bool redirected; /* the command at hand */

	size_t begun; /* where the lines begin that shells take as a whole, the one at hand last */

	size_t line_at; /* the last answer of tmd_sh_line_of() */
	size_t line;

	struct tmd_sh_extent *extents;
	size_t extent_count;
	size_t extent_cap;
};

/* ---- words ---- */

void tmd_sh_free_words(struct tmd_sh_input *in);
/* The length of NAME in "NAME=…", or 0. */
size_t tmd_sh_assigned_name(const char *text);
/* Is it an assignment in front of a command, or alone? Quotes may begin behind the '='. */
bool tmd_sh_is_assignment(const struct tmd_sh_word *word);
/* The length of NAME in bash's "NAME+=…" and "NAME[…]=…", which mean nothing to dash, or 0. */
size_t tmd_sh_appended_name(const struct tmd_sh_word *word);

/* ---- commands ---- */

/* Does the command at hand run once, in every shell? */
bool tmd_sh_is_certain(const struct tmd_sh_input *in);
/* Runs the words at hand, of which there is one at least. */
void tmd_sh_run_words(struct tmd_sh_input *in, bool sure);
/* `exports`: it may have become exported on the way. */
void tmd_sh_make_unknown(struct tmd_sh_input *in, const char *name, const char *source, size_t at,
			 bool exports);
/*
 * Could the command set `name` in a way that is not followed here? That is when its source
 * names the variable other than to read it.
 */
bool tmd_sh_mentions(const char *text, size_t len, const char *name);
/* Then `watch` is unknown from here. `exports`: as above. */
void tmd_sh_suspect(struct tmd_sh_input *in, size_t start, size_t end, bool exports);
/* For words that are not looked at otherwise: do they set `watch` by being expanded? */
void tmd_sh_suspect_expansions(struct tmd_sh_input *in, const struct tmd_sh_word *word);

/* ---- lines ---- */

size_t tmd_sh_line_of(struct tmd_sh_input *in, size_t at);
/* Is the command at hand about `name` and nothing else? */
bool tmd_sh_names_only(const struct tmd_sh_input *in, const char *name);
void tmd_sh_note_extent(struct tmd_sh_input *in, size_t start, size_t end, bool own);
/* Tells the reader the lines that are all about `watch`. Once, at the end. */
void tmd_sh_note_own_lines(struct tmd_sh_input *in);

#endif
