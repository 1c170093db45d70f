/* A growing byte buffer with a ceiling; always NUL-terminated, may hold NULs. */
#ifndef TMD_BASE_BUF_H
#define TMD_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define TMD_BUF_MAX ((size_t)64 << 20) /* bytes, where no other limit is given */

/*
 * What is in it may be a key that was given by mistake: no memory goes back before it is wiped.
 * `max` 0 means TMD_BUF_MAX. An append that would pass the ceiling is dropped whole
 * and sets `overflow`: append freely, then ask tmd_buf_check() once.
 */
struct tmd_buf {
	char *data; /* NULL while empty and never grown */
	size_t len;
	size_t cap;
	size_t max;
	bool overflow;
};

#define TMD_AUTO_BUF TMD_CLEANUP(tmd_buf_release)

void tmd_buf_init(struct tmd_buf *buf, size_t max); /* or zero-initialise */
void tmd_buf_release(struct tmd_buf *buf);          /* wipes, frees and zeroes; NULL is fine */
void tmd_buf_clear(struct tmd_buf *buf);            /* length 0, keeps memory and ceiling */
void tmd_buf_fit(struct tmd_buf *buf);              /* gives back memory that is not in use,
							    if it is more than some of it */

void tmd_buf_add(struct tmd_buf *buf, const void *data, size_t len);
void tmd_buf_add_str(struct tmd_buf *buf, const char *text);
void tmd_buf_add_char(struct tmd_buf *buf, char c);
void tmd_buf_addf(struct tmd_buf *buf, const char *fmt, ...) TMD_PRINTF(2, 3);

/* Replaces `cut` bytes at `at` by `data`; `at + cut` must lie within the buffer. */
void tmd_buf_splice(struct tmd_buf *buf, size_t at, size_t cut, const void *data, size_t len);

/* Room for `extra` more bytes; NULL when that passes the ceiling. Set `len` yourself. */
char *tmd_buf_reserve(struct tmd_buf *buf, size_t extra) TMD_MUST_CHECK;

/* Fails with `io` "…is larger than N bytes" when an append was dropped. */
enum tmd_rc tmd_buf_check(const struct tmd_buf *buf, const char *path,
			  struct tmd_error *err) TMD_MUST_CHECK;

/* The bytes as a C string the caller frees; the buffer is empty afterwards. Never NULL. */
char *tmd_buf_steal(struct tmd_buf *buf) TMD_MUST_CHECK;

const char *tmd_buf_str(const struct tmd_buf *buf); /* never NULL */
bool tmd_buf_equal(const struct tmd_buf *buf, const void *data, size_t len);

#endif
