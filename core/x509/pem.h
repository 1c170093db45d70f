/*
 * PEM seen as text: where blocks begin and end, what else stands around them, and what is
 * not PEM at all. Nothing here decodes anything.
 */
#ifndef TMD_X509_PEM_H
#define TMD_X509_PEM_H

#include <stdbool.h>
#include <stddef.h>

#define TMD_PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define TMD_PEM_END "-----END CERTIFICATE-----"
#define TMD_PEM_NAME_MAX 64

enum tmd_text_kind {
	TMD_TEXT_PLAIN,
	TMD_TEXT_EMPTY, /* nothing, or white space only */
	TMD_TEXT_HTML,
	TMD_TEXT_UTF16, /* either byte order, with or without a mark */
};

enum tmd_text_kind tmd_text_kind(const char *data, size_t len);

/* 3 when the text starts with the UTF-8 byte order mark, else 0. */
size_t tmd_text_bom(const char *data, size_t len);

/* A marker such as -----BEGIN CERTIFICATE-----, wherever it stands in its line. */
struct tmd_pem_marker {
	bool begin;	  /* or END */
	size_t at;	  /* its first '-' */
	size_t end;	  /* behind its last '-' */
	const char *name; /* "CERTIFICATE", into the text */
	size_t name_len;
};

/* The first marker at or behind `from`; false when there is none. */
bool tmd_pem_find(const char *data, size_t len, size_t from, struct tmd_pem_marker *marker);
bool tmd_pem_is(const struct tmd_pem_marker *marker, const char *name);

/* Is it PEM, well or damaged, that stands where a path may stand too? */
bool tmd_pem_is_text(const char *text);

/*
 * Does the text data[from..to) name a private key whose body stands below it, or above an END
 * line? The name alone is no key: people write comments about keys.
 */
bool tmd_pem_is_key_at(const char *data, size_t len, size_t from, size_t to);
bool tmd_pem_has_private_key(const char *data, size_t len); /* anywhere */

/* Where the first of `what` stands in the text, or `len`. */
size_t tmd_text_find(const char *data, size_t len, const char *what);

/* How much of a UTF-8 text fits into `max` bytes without cutting a character. */
size_t tmd_text_clip(const char *text, size_t max);

/* What a line outside of every block is. */
enum tmd_loose {
	TMD_LOOSE_FINE,	       /* blank, a comment, a label, output of openssl */
	TMD_LOOSE_TEXT,	       /* anything else that a person may have written */
	TMD_LOOSE_BASE64,      /* looks like the inside of a block */
	TMD_LOOSE_MARKER,      /* a PEM marker that readers do not see here */
	TMD_LOOSE_PRIVATE_KEY, /* the heading of a private key with its body */
	TMD_LOOSE_BINARY,      /* control characters */
};

/*
 * Judges the line data[at..end), without its newline. Looks at the next line too: a ruler
 * ("=====") there makes a label of this one.
 */
enum tmd_loose tmd_loose_line(const char *data, size_t len, size_t at, size_t end);

#endif
