/* A stack of what is open, driven by the table of the shell's keywords. */
#include "resources/env/unix/sh_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct keyword {
	const char *word;
	enum tmd_sh_role does;
	enum tmd_sh_block_kind kind; /* of the block that it opens, closes or stands in */
};

static const struct keyword keywords[] = {
	{ "if", TMD_SH_OPENS, TMD_SH_IF },	 { "for", TMD_SH_OPENS, TMD_SH_LOOP },
	{ "select", TMD_SH_OPENS, TMD_SH_LOOP }, { "while", TMD_SH_OPENS, TMD_SH_LOOP },
	{ "until", TMD_SH_OPENS, TMD_SH_LOOP },	 { "case", TMD_SH_OPENS, TMD_SH_CASE },
	{ "{", TMD_SH_OPENS, TMD_SH_BRACE },	 { "then", TMD_SH_GOES_ON, TMD_SH_IF },
	{ "else", TMD_SH_GOES_ON, TMD_SH_IF },	 { "elif", TMD_SH_GOES_ON, TMD_SH_IF },
	{ "do", TMD_SH_GOES_ON, TMD_SH_LOOP },	 { "fi", TMD_SH_CLOSES, TMD_SH_IF },
	{ "done", TMD_SH_CLOSES, TMD_SH_LOOP },	 { "esac", TMD_SH_CLOSES, TMD_SH_CASE },
	{ "}", TMD_SH_CLOSES, TMD_SH_BRACE },
};

static const struct keyword *find_keyword(const char *word)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
		if (keywords[i].word[0] == word[0] && strcmp(keywords[i].word, word) == 0)
			return &keywords[i];
	}
	return NULL;
}

void tmd_sh_blocks_release(struct tmd_sh_blocks *blocks)
{
	free(blocks->items);
	memset(blocks, 0, sizeof(*blocks));
}

struct tmd_sh_block *tmd_sh_blocks_top(const struct tmd_sh_blocks *blocks)
{
	return blocks->count ? &blocks->items[blocks->count - 1] : NULL;
}

static struct tmd_sh_block *push(struct tmd_sh_blocks *blocks, enum tmd_sh_block_kind kind,
				 const char *word, size_t at)
{
	struct tmd_sh_block *block;

	blocks->items = tmd_grow(blocks->items, &blocks->cap, blocks->count + 1, sizeof(*block));
	block = &blocks->items[blocks->count++];
	memset(block, 0, sizeof(*block));
	block->kind = kind;
	block->word = word;
	block->at = at;
	block->pattern = kind == TMD_SH_CASE;
	return block;
}

static bool top_is(const struct tmd_sh_blocks *blocks, enum tmd_sh_block_kind kind)
{
	const struct tmd_sh_block *top = tmd_sh_blocks_top(blocks);

	return top && top->kind == kind;
}

enum tmd_sh_role tmd_sh_blocks_word(struct tmd_sh_blocks *blocks, const char *word, size_t at,
				    struct tmd_sh_block *closed)
{
	const struct keyword *keyword = find_keyword(word);

	if (!keyword)
		return TMD_SH_COMMAND;
	if (keyword->does == TMD_SH_OPENS) {
		push(blocks, keyword->kind, keyword->word, at);
		return TMD_SH_OPENS;
	}
	if (!top_is(blocks, keyword->kind))
		return TMD_SH_MISPLACED;
	if (keyword->does == TMD_SH_CLOSES)
		*closed = blocks->items[--blocks->count];
	return keyword->does;
}

struct tmd_sh_block *tmd_sh_blocks_open_paren(struct tmd_sh_blocks *blocks, size_t at)
{
	return push(blocks, TMD_SH_PAREN, "(", at);
}

bool tmd_sh_blocks_close_paren(struct tmd_sh_blocks *blocks, struct tmd_sh_block *closed)
{
	if (!top_is(blocks, TMD_SH_PAREN))
		return false;
	*closed = blocks->items[--blocks->count];
	return true;
}

bool tmd_sh_blocks_in_pattern(const struct tmd_sh_blocks *blocks)
{
	const struct tmd_sh_block *top = tmd_sh_blocks_top(blocks);

	return top && top->pattern;
}

bool tmd_sh_blocks_in_function(const struct tmd_sh_blocks *blocks)
{
	for (size_t i = 0; i < blocks->count; i++) {
		if (blocks->items[i].function)
			return true;
	}
	return false;
}
