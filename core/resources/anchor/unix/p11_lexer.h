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

/* Is the value of this field one that the loader can read? */
bool tmd_p11_field_is_sound(const struct tmd_p11_lexer *lexer);

#endif
