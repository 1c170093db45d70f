/* gzip by zlib itself, which compares the sum and the length at its end. */
#include "archive/gunzip.h"

#include <zlib.h>

#define GZIP_ONLY (15 + 16)
#define CHUNK ((size_t)64 << 10)

/* More of the output, at most `max` bytes of it in all and one more to tell. */
static int inflate_some(z_stream *z, size_t max, struct tmd_buf *out)
{
	size_t room = max + 1 - out->len < CHUNK ? max + 1 - out->len : CHUNK;
	char *to = tmd_buf_reserve(out, room);
	int rc;

	if (!to)
		return Z_MEM_ERROR;
	z->next_out = (Bytef *)to;
	z->avail_out = (uInt)room;
	rc = inflate(z, Z_NO_FLUSH);
	out->len += room - z->avail_out;
	out->data[out->len] = '\0';
	return rc;
}

static enum tmd_rc fail_damaged(const z_stream *z, const char *path, struct tmd_error *err)
{
	if (!z->avail_in)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "fetch it again",
				"the archive ends in the middle");
	return tmd_fail(err, TMD_E_INVALID_INPUT, path, "fetch it again",
			"the archive is damaged: %s", z->msg ? z->msg : "gzip cannot be unpacked");
}

static enum tmd_rc unpack(z_stream *z, size_t max, const char *path, struct tmd_buf *out,
			  struct tmd_error *err)
{
	int rc;

	do {
		rc = inflate_some(z, max, out);
		if (out->len > max || rc == Z_MEM_ERROR)
			return tmd_fail(err, TMD_E_REFUSED, path, NULL,
					"the archive unpacks to more than %zu bytes", max);
	} while (rc == Z_OK);
	if (rc != Z_STREAM_END)
		return fail_damaged(z, path, err);
	if (z->avail_in)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "fetch it again",
				"%u bytes follow the end of the archive", z->avail_in);
	return TMD_OK;
}

enum tmd_rc tmd_gunzip(const void *data, size_t len, size_t max, const char *path,
		       struct tmd_buf *out, struct tmd_error *err)
{
	z_stream z = { 0 };
	enum tmd_rc rc;

	z.next_in = data;
	z.avail_in = (uInt)len;
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return tmd_fail(err, TMD_E_INTERNAL, path, NULL, "zlib does not start");
	rc = unpack(&z, max, path, out, err);
	(void)inflateEnd(&z);
	return rc;
}
