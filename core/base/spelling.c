/* Optimal string alignment: the edit distance that counts two swapped letters once. */
#include "base/spelling.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define LONGEST 40 /* letters; longer words are no attributes of ours */
#define SHORTEST_START 3
#define SHORTEST_SLIP 6 /* letters of a beginning that is misspelt */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t low = a < b ? a : b;

	return low < c ? low : c;
}

/* Fills the row of one letter, `i` counted from 1, out of the two rows before. */
static void fill_row(const char *word, const char *meant, size_t i, const size_t *before,
		     const size_t *last, size_t *row)
{
	row[0] = i;
	for (size_t j = 1; meant[j - 1]; j++) {
		row[j] = least(last[j] + 1, row[j - 1] + 1,
			       last[j - 1] + (word[i - 1] != meant[j - 1]));
		if (i > 1 && j > 1 && word[i - 1] == meant[j - 2] && word[i - 2] == meant[j - 1] &&
		    before[j - 2] + 1 < row[j])
			row[j] = before[j - 2] + 1;
	}
}

static size_t distance(const char *word, size_t len, const char *meant, size_t meant_len)
{
	size_t rows[3][LONGEST + 1] = { 0 };

	for (size_t j = 0; j <= meant_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= len; i++)
		fill_row(word, meant, i, rows[(i + 1) % 3], rows[(i + 2) % 3], rows[i % 3]);
	return rows[len % 3][meant_len];
}

size_t tmd_spelling_distance(const char *word, const char *meant)
{
	size_t len = strlen(word);
	size_t meant_len = strlen(meant);
	size_t found;

	if (len > LONGEST || meant_len > LONGEST)
		return TMD_SPELLING_FAR;
	if (len >= SHORTEST_START && tmd_str_starts(meant, word))
		return len != meant_len;
	found = distance(word, len, meant, meant_len);
	return found * 3 <= meant_len ? found : TMD_SPELLING_FAR;
}

static void take(struct tmd_guess *guess, const char *meant, size_t distance)
{
	if (distance == TMD_SPELLING_FAR || (guess->meant && distance >= guess->distance))
		return;
	guess->meant = meant;
	guess->distance = distance;
}

void tmd_guess_try(struct tmd_guess *guess, const char *meant)
{
	take(guess, meant, tmd_spelling_distance(guess->word, meant));
}

/* A letter may be missing, so one more counts. */
void tmd_guess_try_start(struct tmd_guess *guess, const char *meant)
{
	size_t len = strlen(guess->word);

	tmd_guess_try(guess, meant);
	for (size_t cut = len; cut <= len + 1 && cut < strlen(meant) && len >= SHORTEST_SLIP; cut++) {
		TMD_AUTO_FREE char *start = tmd_strndup(meant, cut);
		size_t distance = tmd_spelling_distance(guess->word, start);

		take(guess, meant, distance == TMD_SPELLING_FAR ? distance : distance + 1);
	}
}

void tmd_guess_tell(const struct tmd_guess *guess, struct tmd_buf *out)
{
	if (guess->meant)
		tmd_buf_addf(out, "did you mean '%s'? ", guess->meant);
}
