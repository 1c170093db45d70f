/*
 * Reading certificates out of text that strict readers do not understand: damaged or missing
 * markers, quoted or folded lines, newlines written as \n, NUL bytes between. What is found
 * is found by its base64 alone, which says itself how long it is, and parses to the last byte.
 */
#ifndef TMD_X509_SALVAGE_H
#define TMD_X509_SALVAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum tmd_flaw {
	TMD_FLAW_NO_BEGIN,    /* base64 alone */
	TMD_FLAW_BEGIN,	      /* a BEGIN line with a typing error in it */
	TMD_FLAW_NOT_AT_START, /* a marker that something stands before */
	TMD_FLAW_LITERAL,     /* "\n" as two characters */
	TMD_FLAW_FOLDED,      /* blanks where newlines were */
	TMD_FLAW_HEADERS,     /* "Name: value" below the BEGIN line */
	TMD_FLAW_NO_END,
	TMD_FLAW_END, /* an END line with a typing error in it */
	TMD_FLAW_LINES, /* nothing of the above */
};

struct tmd_find {
	size_t at;   /* first byte of its BEGIN marker, or of its base64 */
	size_t body; /* first byte of its base64 */
	size_t end;  /* behind its END marker and newline, or behind its base64 */
	enum tmd_flaw flaw; /* what a strict reader stumbles over, if it does */
	bool key;	    /* a private key, and no certificate: `der` is empty */
	bool foreign; /* whole markers around it call it something else than a CERTIFICATE */
	struct tmd_buf der;
};

struct tmd_finds {
	struct tmd_find *items; /* in the order of the text, not overlapping */
	size_t count;
	size_t cap;
	bool gave_up; /* so much damage that the rest was not looked at */
};

void tmd_finds_release(struct tmd_finds *finds);

/* Lines that start with '#' are left out: what somebody commented out stays out. */
void tmd_salvage(const char *data, size_t len, struct tmd_finds *out);

/* "a damaged BEGIN line" and so on. */
const char *tmd_flaw_text(enum tmd_flaw flaw);

/* One marker, however it is damaged, whose word BEGIN or END stands at `word`. */
struct tmd_loose_marker {
	bool begin;
	bool exact;	 /* spelled as PEM wants it */
	bool certificate; /* its label is that of a plain certificate */
	bool trusted;	 /* or of one with trust settings */
	size_t at;	 /* first dash, or the word */
	size_t end;	 /* behind the last dash, or the label */
	size_t label;
	size_t label_len;
};
bool tmd_loose_marker(const char *data, size_t len, size_t from, size_t word,
		      struct tmd_loose_marker *out);

/* How many bytes at `at` may stand between the lines of a mangled block; 0: none. */
size_t tmd_salvage_noise(const char *data, size_t len, size_t at);

#endif
