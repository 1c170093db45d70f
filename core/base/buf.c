/* The growing buffer. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void tmd_buf_init(struct tmd_buf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

void tmd_buf_release(struct tmd_buf *buf)
{
	if (!buf)
		return;
	tmd_wipe(buf->data, buf->cap);
	free(buf->data);
	memset(buf, 0, sizeof(*buf));
}

void tmd_buf_clear(struct tmd_buf *buf)
{
	buf->len = 0;
	buf->overflow = false;
	if (buf->data)
		buf->data[0] = '\0';
}

/* As tmd_grow(), but the old memory does not go back as it is. */
static void grow(struct tmd_buf *buf, size_t need)
{
	char *old = buf->data;
	size_t cap = buf->cap;

	if (need <= cap)
		return;
	/* The first size asked for is often the last one. */
	buf->data = cap ? tmd_grow(NULL, &cap, need, 1) : tmd_alloc_raw(cap = need);
	if (old)
		memcpy(buf->data, old, buf->len + 1);
	tmd_wipe(old, buf->cap);
	free(old);
	buf->cap = cap;
}

#define SLACK 8 /* of this part of a text is not worth a copy of it */

void tmd_buf_fit(struct tmd_buf *buf)
{
	char *old = buf->data;

	if (!old || buf->cap - buf->len <= buf->len / SLACK + 1)
		return;
	buf->data = tmd_memdup(old, buf->len + 1);
	tmd_wipe(old, buf->cap);
	free(old);
	buf->cap = buf->len + 1;
}

char *tmd_buf_reserve(struct tmd_buf *buf, size_t extra)
{
	size_t max = buf->max ? buf->max : TMD_BUF_MAX;

	if (extra > max || buf->len > max - extra) {
		buf->overflow = true;
		return NULL;
	}
	grow(buf, buf->len + extra + 1);
	return buf->data + buf->len;
}

void tmd_buf_add(struct tmd_buf *buf, const void *data, size_t len)
{
	char *end = tmd_buf_reserve(buf, len);

	if (!end)
		return;
	if (len)
		memcpy(end, data, len);
	end[len] = '\0';
	buf->len += len;
}

void tmd_buf_add_str(struct tmd_buf *buf, const char *text)
{
	tmd_buf_add(buf, text, strlen(text));
}

void tmd_buf_add_char(struct tmd_buf *buf, char c)
{
	tmd_buf_add(buf, &c, 1);
}

void tmd_buf_addf(struct tmd_buf *buf, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = tmd_vformat(fmt, args);
	va_end(args);
	tmd_buf_add_str(buf, text);
	tmd_wipe_text(text);
}

void tmd_buf_splice(struct tmd_buf *buf, size_t at, size_t cut, const void *data, size_t len)
{
	if (at > buf->len || cut > buf->len - at)
		abort();
	if (len > cut && !tmd_buf_reserve(buf, len - cut))
		return;
	if (!buf->data)
		return;
	memmove(buf->data + at + len, buf->data + at + cut, buf->len - at - cut);
	if (len)
		memcpy(buf->data + at, data, len);
	buf->len = buf->len - cut + len;
	buf->data[buf->len] = '\0';
}

enum tmd_rc tmd_buf_check(const struct tmd_buf *buf, const char *path, struct tmd_error *err)
{
	if (!buf->overflow)
		return TMD_OK;
	return tmd_fail(err, TMD_E_IO, path, NULL, "larger than %zu bytes",
			buf->max ? buf->max : TMD_BUF_MAX);
}

char *tmd_buf_steal(struct tmd_buf *buf)
{
	char *text = buf->data ? buf->data : tmd_strdup("");

	buf->data = NULL;
	buf->len = 0;
	buf->cap = 0;
	buf->overflow = false;
	return text;
}

const char *tmd_buf_str(const struct tmd_buf *buf)
{
	return buf->data ? buf->data : "";
}

bool tmd_buf_equal(const struct tmd_buf *buf, const void *data, size_t len)
{
	return buf->len == len && (!len || memcmp(buf->data, data, len) == 0);
}
