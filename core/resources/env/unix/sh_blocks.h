/* The compound commands of a shell script that are open at a point, and what may end them. */
#ifndef TMD_RESOURCES_ENV_SH_BLOCKS_H
#define TMD_RESOURCES_ENV_SH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

enum tmd_sh_block_kind {
	TMD_SH_IF,
	TMD_SH_LOOP, /* for, select, while, until */
	TMD_SH_CASE,
	TMD_SH_BRACE,
	TMD_SH_PAREN,
};

struct tmd_sh_block {
	enum tmd_sh_block_kind kind;
	const char *word; /* what opened it: "if", "(" … */
	size_t at;        /* the offset of that */
	bool pattern;     /* CASE: what comes next is a pattern and no command */
	bool named;       /* PAREN: directly behind a word, as in "name()" */
	bool function;    /* it is the body of a function, whose definition begins at… */
	size_t definition;
};

/* Zero-initialise. */
struct tmd_sh_blocks {
	struct tmd_sh_block *items;
	size_t count;
	size_t cap;
};

enum tmd_sh_role {
	TMD_SH_COMMAND,   /* no keyword: a command begins */
	TMD_SH_OPENS,     /* a keyword that opened a block */
	TMD_SH_GOES_ON,   /* one inside of a block, such as "then" */
	TMD_SH_CLOSES,    /* one that closed the innermost block */
	TMD_SH_MISPLACED, /* a keyword that no shell takes here: a syntax error */
};

void tmd_sh_blocks_release(struct tmd_sh_blocks *blocks);

/* The innermost open block, or NULL. Valid until the next change. */
struct tmd_sh_block *tmd_sh_blocks_top(const struct tmd_sh_blocks *blocks);

/*
 * What an unquoted word at the place of a command is; blocks are opened and closed
 * accordingly. `closed` becomes the block that it closed.
 */
enum tmd_sh_role tmd_sh_blocks_word(struct tmd_sh_blocks *blocks, const char *word, size_t at,
				    struct tmd_sh_block *closed);

/* '(' and ')' outside of patterns; false where nothing is open that ')' could close. */
struct tmd_sh_block *tmd_sh_blocks_open_paren(struct tmd_sh_blocks *blocks, size_t at);
bool tmd_sh_blocks_close_paren(struct tmd_sh_blocks *blocks, struct tmd_sh_block *closed);

/* Are patterns expected, as behind "case x in" and ";;"? */
bool tmd_sh_blocks_in_pattern(const struct tmd_sh_blocks *blocks);
bool tmd_sh_blocks_in_function(const struct tmd_sh_blocks *blocks);

#endif
