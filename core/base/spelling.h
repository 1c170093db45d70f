/* Words that were meant, for hints. */
#ifndef TMD_BASE_SPELLING_H
#define TMD_BASE_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define TMD_SPELLING_FAR ((size_t)-1)

/*
 * How far `word` is from `meant`: letters that are wrong, missing, too many, or in each other's
 * place; 1 for the beginning of a word. TMD_SPELLING_FAR when nobody would take one for the other.
 */
size_t tmd_spelling_distance(const char *word, const char *meant);

/* Looks for the nearest of several words: set `word`, zero the rest. */
struct tmd_guess {
	const char *word;
	const char *meant; /* out: the nearest so far, borrowed; NULL: none is near */
	size_t distance;
};

void tmd_guess_try(struct tmd_guess *guess, const char *meant);

/* The same, where `word` may be but the beginning of it, and that misspelt. */
void tmd_guess_try_start(struct tmd_guess *guess, const char *meant);

/* Appends "did you mean 'MEANT'? " where a word was found. */
void tmd_guess_tell(const struct tmd_guess *guess, struct tmd_buf *out);

#endif
