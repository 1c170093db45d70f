/* The lines of a file in p11-kit's own format, as its lexer takes them. */
#ifndef TMD_RESOURCES_ANCHOR_P11_LEXER_H
#define TMD_RESOURCES_ANCHOR_P11_LEXER_H

#include <stdbool.h>
#include <stddef.h>

enum tmd_p11_token {
	TMD_P11_END,
	TMD_P11_FAILED, /* the loader takes the file for something else */
	TMD_P11_OBJECT, /* [p11-kit-object-v1] */
	TMD_P11_SECTION, /* any other; what is in it does not count */
	TMD_P11_FIELD,
	TMD_P11_PEM,
};

/* Where a token stands in the text. Start with `next` 0. */
struct tmd_p11_lexer {
	const char *text;
	size_t len;
	size_t next;
	size_t at; /* of the token … */
	size_t end;
};

enum tmd_p11_token tmd_p11_lex(struct tmd_p11_lexer *lexer);

/* The parts of a TMD_P11_FIELD, without the blanks around them; into the text. */
struct tmd_p11_field {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
};

struct tmd_p11_field tmd_p11_field(const struct tmd_p11_lexer *l);

/* What kinds of objects have an attribute of this name. */
enum tmd_p11_fits {
	TMD_P11_FITS_CERTIFICATE = 1,
	TMD_P11_FITS_EXTENSION = 2,
};

/*
 * Does the loader take the field, which is not yet to say: in this object? `fits` is set then.
 * It takes names that it knows, and numbers for names; a value is a quoted string, true, false,
 * a number, a word of its own or an object identifier (in which it knows no 8).
 */
bool tmd_p11_field_is_sound(const struct tmd_p11_lexer *l, unsigned *fits);

#endif
