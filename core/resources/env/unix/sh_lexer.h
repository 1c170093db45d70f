/*
 * The tokens of a shell script: where words and operators begin and end, and what a word is once
 * its quotes are resolved. Keywords, commands and here-documents are the business of others.
 */
#ifndef TMD_RESOURCES_ENV_SH_LEXER_H
#define TMD_RESOURCES_ENV_SH_LEXER_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise, then set data and len. */
struct tmd_sh_lexer {
	const char *data;
	size_t len;
	size_t at;
	bool lost; /* quoting ran off the end, or the user says so: nothing is certain from here */
};

struct tmd_sh_word {
	size_t start; /* in the file */
	size_t end;
	char *text;   /* with quotes and backslashes resolved, expansions left as written */
	size_t bare;  /* bytes of `text` before the first quote or backslash */
	bool plain;   /* nothing in it is expanded by the shell */
	bool quoted;  /* has quotes or backslashes: is no keyword */
	bool globs;   /* holds pattern characters outside quotes */
};

enum tmd_sh_token {
	TMD_TOKEN_WORD,
	TMD_TOKEN_NEWLINE,
	TMD_TOKEN_SEMICOLON,
	TMD_TOKEN_BREAK,      /* ";;" and bash's ";&" */
	TMD_TOKEN_AND_OR,     /* "&&" and "||" */
	TMD_TOKEN_PIPE,
	TMD_TOKEN_BACKGROUND, /* a single '&' */
	TMD_TOKEN_OPEN,
	TMD_TOKEN_CLOSE,
	TMD_TOKEN_REDIRECT,
	TMD_TOKEN_HEREDOC,
	TMD_TOKEN_END,
};

/* The next token. For TMD_TOKEN_WORD *word is filled, and the caller frees its text. */
enum tmd_sh_token tmd_sh_lexer_next(struct tmd_sh_lexer *lexer, struct tmd_sh_word *word);

/* Passes over blanks and the word behind them, when one is there. */
void tmd_sh_lexer_skip_word(struct tmd_sh_lexer *lexer);

/* Behind a '(': passes over everything up to and with its ')'. */
void tmd_sh_lexer_skip_parens(struct tmd_sh_lexer *lexer);

/* The next byte; NUL at the end. */
char tmd_sh_lexer_peek(const struct tmd_sh_lexer *lexer);

#endif
