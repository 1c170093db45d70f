/* Reading something to its end, up to a ceiling. */
#ifndef TMD_OS_COLLECT_H
#define TMD_OS_COLLECT_H

#include "base/buf.h"
#include "base/error.h"

struct tmd_reader {
	/* Reads at most `room` bytes, which are some thousand; *got is 0 at the end. */
	enum tmd_rc (*read)(void *source, char *to, size_t room, size_t *got,
			    struct tmd_error *err);
	void *source;
	size_t expected; /* bytes that seem to be there: a guess, 0 for none */
};

/*
 * Replaces `out`, which keeps its ceiling, by all there is; *fits is false, and `out` as it was,
 * when that is more than `max` bytes (less than TMD_BUF_MAX). Fails as `read` does.
 */
enum tmd_rc tmd_collect(const struct tmd_reader *reader, size_t max, struct tmd_buf *out,
			bool *fits, struct tmd_error *err) TMD_MUST_CHECK;

#endif
