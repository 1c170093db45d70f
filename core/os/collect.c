/* Reading to the end: what is announced is only a guess, the source may be growing. */
#include "os/collect.h"

#include <string.h>

#define CHUNK_MIN ((size_t)4096)    /* bytes asked for at once, however small it seems */
#define CHUNK_MAX ((size_t)1 << 30) /* what every system takes */

static size_t chunk_for(size_t expected)
{
	if (expected >= CHUNK_MAX)
		return CHUNK_MAX;
	return expected < CHUNK_MIN ? CHUNK_MIN : expected + 1;
}

enum tmd_rc tmd_collect(const struct tmd_reader *reader, size_t max, struct tmd_buf *out,
			bool *fits, struct tmd_error *err)
{
	const size_t chunk = chunk_for(reader->expected);
	TMD_AUTO_BUF struct tmd_buf text = { .max = max + chunk };
	size_t got = 0;

	/* As much as was announced, and less than was asked for: that was the end. */
	do {
		char *end = tmd_buf_reserve(&text, chunk);

		if (!end || reader->read(reader->source, end, chunk, &got, err) != TMD_OK)
			return TMD_FAILED;
		end[got] = '\0';
		text.len += got;
		*fits = text.len <= max;
	} while (*fits && got && !(text.len == reader->expected && got < chunk));
	if (!*fits)
		return TMD_OK;
	tmd_buf_fit(&text);
	text.max = out->max; /* the caller's: it may append more than was to be read */
	tmd_buf_release(out);
	*out = text;
	memset(&text, 0, sizeof(text));
	return TMD_OK;
}
