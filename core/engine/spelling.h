/* Words that were meant, for hints. */
#ifndef TMD_ENGINE_SPELLING_H
#define TMD_ENGINE_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#define TMD_SPELLING_FAR ((size_t)-1)

/*
 * How far `word` is from `meant`: letters that are wrong, missing, too many, or in each other's
 * place; 1 for the beginning of a word. TMD_SPELLING_FAR when nobody would take one for the other.
 */
size_t tmd_spelling_distance(const char *word, const char *meant);

#endif
