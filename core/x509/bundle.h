/*
 * A PEM bundle as its consumers see it: OpenSSL's file loader (and so Python's ssl),
 * which takes all of it or nothing.
 *
 * Scanning is fast: blocks in plain shape are decoded and checked structurally here,
 * and OpenSSL itself is asked as soon as anything is out of the ordinary. The promise:
 * `loads` equals what X509_STORE_load_file() would say, never more optimistic.
 */
#ifndef TMD_X509_BUNDLE_H
#define TMD_X509_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "x509/cert.h"

#define TMD_BUNDLE_MAX ((size_t)16 << 20) /* bytes */

struct tmd_bundle_entry {
	const unsigned char *der; /* into the arena; really DER, whatever was read */
	size_t der_len;
	size_t at;    /* first byte of the block in the text, the '-' of BEGIN */
	size_t block; /* bytes up to and with the newline behind END (or the end of the text) */
	size_t own;   /* as `block`, but without what it swallows for want of an END line */
	size_t line;  /* of BEGIN, from 1 */
	int64_t not_after; /* seconds since 1970 UTC; INT64_MIN: unreadable */
	enum tmd_trust trust; /* by its block's trust settings, which OpenSSL obeys */
};

/* A certificate that is in the text and that OpenSSL does not read. */
struct tmd_hidden {
	unsigned char *der; /* it parses, to the last byte */
	size_t der_len;
	size_t at;    /* first byte of its BEGIN marker, or of its base64 */
	size_t block; /* bytes up to and with its END marker and newline, if it has them */
	size_t line;
	int64_t not_after; /* as of an entry */
	char *why;	   /* the problem with it, without its line */
};

/* What the certificates of a scan, and of its slices, lie in. */
struct tmd_arena {
	struct tmd_buf buf;
	size_t users;
};

enum tmd_shape {
	TMD_SHAPE_ANY,
	TMD_SHAPE_PLAIN, /* line by line: what stands before a line changes nothing about it */
};

struct tmd_bundle {
	struct tmd_bundle_entry *entries; /* certificates that could be read, in file order */
	size_t count;			  /* duplicates included */
	size_t cap;
	size_t duplicates; /* entries whose DER came before */
	struct tmd_hidden *hidden; /* in file order; none of a web page or of UTF-16 */
	size_t hidden_count;
	size_t hidden_cap;
	enum tmd_shape shape;
	bool loads;	   /* OpenSSL loads at least one certificate and no error */
	bool has_private_key;
	bool has_trusted; /* a TRUSTED CERTIFICATE block, which carries trust settings */
	bool final_newline;
	struct tmd_strv problems; /* "line 12: …", one line each, worst first */
	struct tmd_strv losses;	  /* those among them that hide something or stop OpenSSL */
	struct tmd_arena *arena;
};

void tmd_bundle_release(struct tmd_bundle *bundle);

/* Never fails on content: what is wrong stands in `problems` and `loads`. */
enum tmd_rc tmd_bundle_scan(const char *data, size_t len, struct tmd_bundle *out,
			    struct tmd_error *err) TMD_MUST_CHECK;

/* The first entry with exactly this DER at or behind index `from`, or NULL. */
const struct tmd_bundle_entry *tmd_bundle_find(const struct tmd_bundle *bundle, const void *der,
					       size_t len, size_t from);

static inline bool tmd_bundle_entry_is(const struct tmd_bundle_entry *entry, const void *der,
				       size_t len)
{
	return entry->der_len == len && memcmp(entry->der, der, len) == 0;
}

/*
 * The scan of the lines data[from..to), of which `whole` is a scan of all; false where only a scan
 * of their own can tell what it is.
 */
bool tmd_bundle_slice(const struct tmd_bundle *whole, const char *data, size_t from, size_t to,
		      struct tmd_bundle *out);

/* Would a repair change the text? `bundle` is the scan of the same bytes. */
bool tmd_bundle_needs_repair(const struct tmd_bundle *bundle, const char *data, size_t len);

/*
 * The text with the fewest changes that make OpenSSL load it and read what it did not: damaged
 * and hidden blocks are written anew where they stand, second copies and NUL bytes are left
 * out, and so is what stops OpenSSL and cannot be read; what that was is told in `dropped`,
 * "line 12: …". All other bytes stay. A text without such needs is copied as it is.
 * `bundle` is the scan of the same bytes; `out` and `dropped` are replaced.
 */
enum tmd_rc tmd_bundle_repair(const struct tmd_bundle *bundle, const char *data, size_t len,
			      struct tmd_buf *out, struct tmd_strv *dropped,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* Is there nothing beside its certificates, damaged ones too, but comments and blanks? */
bool tmd_bundle_is_bare(const struct tmd_bundle *bundle, const char *data, size_t len);

/*
 * Is this the kind of text that a bundle can be made from? Fails with refused and a
 * reason: HTML, UTF-16, a private key, nothing in it, something OpenSSL would not load.
 * `bundle` is the scan of the same bytes; `name` the path for messages.
 */
enum tmd_rc tmd_bundle_check_input(const struct tmd_bundle *bundle, const char *data, size_t len,
				   const char *name, struct tmd_error *err) TMD_MUST_CHECK;

/* Can the type bundle make a file that loads out of this one, with its certificates kept? */
bool tmd_bundle_can_be_mended(const struct tmd_bundle *bundle, const char *data, size_t len);

/*
 * Fills `err`, as refused, for a text that does not load or is no bundle: what it is, or "line 12: …" for
 * what is damaged, and what to do, which works. `hint` is for a text that has nothing of a
 * certificate; `name` is the path, and both may be NULL.
 */
void tmd_bundle_explain(const struct tmd_bundle *bundle, const char *data, size_t len,
			const char *name, const char *hint, struct tmd_error *err);

/* The same as a failure, whose message says that it cannot be read. */
enum tmd_rc tmd_bundle_refuse(const struct tmd_bundle *bundle, const char *data, size_t len,
			      const char *name, const char *hint,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* Would OpenSSL load it? The real loader, whatever the shape. For validation before a write. */
enum tmd_rc tmd_bundle_validate(const char *data, size_t len, const char *name,
				struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Appends one certificate to the text of a bundle, with a newline guard, where OpenSSL still
 * reads it: before the first line that starts with a NUL byte. Removes every block with
 * exactly this DER. Other bytes stay as they are.
 */
void tmd_bundle_append(struct tmd_buf *text, const void *der, size_t len);
enum tmd_rc tmd_bundle_cut(struct tmd_buf *text, const void *der, size_t len,
			   struct tmd_error *err) TMD_MUST_CHECK;

/* The block of one certificate with the line ends of the text around it. */
void tmd_bundle_add_block(struct tmd_buf *text, const void *der, size_t len, bool crlf);
bool tmd_bundle_is_crlf(const char *data, size_t len); /* every line that ends, and there are some */

#endif
