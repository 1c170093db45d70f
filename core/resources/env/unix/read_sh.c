/*
 * How a POSIX shell that sources a profile file sets variables, told from the text alone:
 * plain assignments, export and unset at the top level are followed exactly; what sits in a
 * condition, comes from an expansion or is done by cleverer means is reported as unknown
 * rather than guessed.
 */
#include "resources/env/unix/sh_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define COMMAND_WORDS 4096 /* words of one command that are looked at */
#define FUNCTIONS_MAX 1024 /* functions that are known by name */

/* ---- errors ---- */

/* The rest of the file is not read as commands: it may hold anything. */
static void give_up(struct tmd_sh_input *in, size_t from)
{
	in->lexer.lost = true;
	tmd_sh_suspect(in, from, in->lexer.len, true);
	in->lexer.at = in->lexer.len;
}

static void fail_syntax(struct tmd_sh_input *in, const char *word, size_t at)
{
	tmd_env_reader_problem(in->reader, tmd_sh_line_of(in, at),
			       "'%.20s' is a syntax error here: bash reads nothing behind it, and "
			       "a login that runs dash ends", word);
	tmd_sh_note_extent(in, at, at + 1, false);
	/* What stands before it in the same line is not run either. */
	give_up(in, in->begun);
}

static void drop_first_word(struct tmd_sh_input *in)
{
	free(in->words[0].text);
	in->count--;
	memmove(in->words, in->words + 1, in->count * sizeof(*in->words));
}

static bool first_is(const struct tmd_sh_input *in, const char *keyword)
{
	return in->count && !in->words[0].quoted && strcmp(in->words[0].text, keyword) == 0;
}

/* ---- functions ---- */

/* Behind it comes "()", or the body when it was introduced by the word function. */
static void note_function(struct tmd_sh_input *in, const struct tmd_sh_word *name)
{
	if (in->reader->sh.functions.count < FUNCTIONS_MAX)
		tmd_strv_add_once(&in->reader->sh.functions, name->text);
	else
		in->lexer.lost = true;
	in->definition = name->start;
}

/* A block that opens behind "name()" is the body. */
static void note_body(struct tmd_sh_input *in, struct tmd_sh_block *block)
{
	block->function = in->defines;
	block->definition = in->definition;
	in->defines = false;
}

static void end_function(struct tmd_sh_input *in, size_t definition, size_t end)
{
	const char *watch = in->reader->watch;

	if (watch && tmd_sh_mentions(in->lexer.data + definition, end - definition, watch))
		in->reader->sh.functions_set = true;
}

static void note_closed(struct tmd_sh_input *in, const struct tmd_sh_block *closed)
{
	if (closed->function)
		end_function(in, closed->definition, in->lexer.at);
}

/* ---- keywords ---- */

/* "for NAME in …": sets it, as often as there are words. */
static void take_loop_variable(struct tmd_sh_input *in)
{
	const struct tmd_env_reader *reader = in->reader;

	if (!in->count)
		return;
	if (tmd_env_name_valid(in->words[0].text))
		tmd_sh_make_unknown(in, in->words[0].text, "", in->words[0].start,
			     reader->sh.allexport != TMD_SH_EXPORTS_NAMED);
	drop_first_word(in);
}

static void drop_words(struct tmd_sh_input *in)
{
	for (size_t i = 0; i < in->count; i++)
		tmd_sh_suspect_expansions(in, &in->words[i]);
	tmd_sh_free_words(in);
}

/* "case WORD in", perhaps with the first pattern or all of it behind. */
static void take_case(struct tmd_sh_input *in)
{
	struct tmd_sh_block closed;

	if (in->count < 3 || in->words[2].quoted || strcmp(in->words[2].text, "esac") != 0) {
		drop_words(in);
		return;
	}
	drop_first_word(in);
	drop_first_word(in);
	(void)tmd_sh_blocks_word(&in->blocks, "esac", in->words[0].start, &closed);
	drop_words(in);
}

static void take_opening(struct tmd_sh_input *in, const char *word)
{
	note_body(in, tmd_sh_blocks_top(&in->blocks));
	drop_first_word(in);
	if (strcmp(word, "case") == 0) {
		take_case(in);
	} else if (strcmp(word, "for") == 0 || strcmp(word, "select") == 0) {
		take_loop_variable(in);
		if (!first_is(in, "do"))
			drop_words(in);
	}
}

/* bash's own: "function name", "time" in front of a block, "coproc". */
static bool take_bash_keyword(struct tmd_sh_input *in)
{
	if (first_is(in, "function") && in->count > 1) {
		note_function(in, &in->words[1]);
		in->defines = true;
		drop_first_word(in);
	} else if (first_is(in, "time")) {
		in->conditional = true;
	} else if (!first_is(in, "!")) {
		return false;
	}
	drop_first_word(in);
	return true;
}

/* Takes the keywords in front of a command; false after a syntax error. */
static bool take_keywords(struct tmd_sh_input *in)
{
	enum tmd_sh_role last = TMD_SH_OPENS;

	while (in->count && !in->words[0].quoted) {
		const struct tmd_sh_word *word = &in->words[0];
		struct tmd_sh_block closed = { 0 };
		enum tmd_sh_role does =
			tmd_sh_blocks_word(&in->blocks, word->text, word->start, &closed);

		if (does == TMD_SH_COMMAND && take_bash_keyword(in))
			continue;
		if (does == TMD_SH_MISPLACED || (does == TMD_SH_COMMAND && last == TMD_SH_CLOSES)) {
			fail_syntax(in, word->text, word->start);
			tmd_sh_free_words(in);
			return false;
		}
		if (does == TMD_SH_COMMAND)
			break;
		last = does;
		if (does == TMD_SH_OPENS) {
			take_opening(in, tmd_sh_blocks_top(&in->blocks)->word);
			continue;
		}
		if (does == TMD_SH_CLOSES)
			note_closed(in, &closed);
		drop_first_word(in);
	}
	return true;
}

/* ---- commands ---- */

/* Runs the words gathered so far; `next` is the operator behind them. */
static void finish_command(struct tmd_sh_input *in, enum tmd_sh_token next)
{
	bool redirected = in->redirected;
	size_t all = in->count;
	size_t start;
	size_t end;
	bool sure;

	in->redirected = false;
	if (!in->count)
		return;
	start = in->words[0].start;
	end = in->words[in->count - 1].end;
	if (tmd_sh_blocks_in_pattern(&in->blocks) && !first_is(in, "esac")) {
		tmd_sh_note_extent(in, start, end, false);
		tmd_sh_free_words(in);
		return;
	}
	if (!take_keywords(in))
		return;
	sure = tmd_sh_is_certain(in) && !in->defines && next != TMD_TOKEN_PIPE &&
	       next != TMD_TOKEN_BACKGROUND && next != TMD_TOKEN_OPEN;
	tmd_sh_note_extent(in, start, end,
		    sure && !redirected && all == in->count &&
			    tmd_sh_names_only(in, in->reader->watch));
	if (!in->count)
		return;
	if (next == TMD_TOKEN_OPEN) {
		note_function(in, &in->words[0]);
	} else if (in->defines) {
		/* dash takes a mere command for a function's body. */
		end_function(in, in->definition, end);
		in->defines = false;
	}
	tmd_sh_run_words(in, sure);
	tmd_sh_free_words(in);
}

static void add_word(struct tmd_sh_input *in, struct tmd_sh_word *word)
{
	if (in->count == COMMAND_WORDS) {
		in->lexer.lost = true;
		free(word->text);
		return;
	}
	in->words = tmd_grow(in->words, &in->cap, in->count + 1, sizeof(*in->words));
	in->words[in->count++] = *word;
}

/* "2>file": the digits belong to the operator at `at`. */
static void drop_descriptor(struct tmd_sh_input *in, size_t at)
{
	struct tmd_sh_word *last = in->count ? &in->words[in->count - 1] : NULL;

	if (!last || last->end != at || strspn(last->text, "0123456789") != last->end - last->start)
		return;
	free(last->text);
	in->count--;
}

static void skip_redirection(struct tmd_sh_input *in, size_t from)
{
	drop_descriptor(in, from);
	in->redirected = true;
	if (!in->count)
		tmd_sh_note_extent(in, in->lexer.at - 1, in->lexer.at, false);
	tmd_sh_lexer_skip_word(&in->lexer);
}

static void open_paren(struct tmd_sh_input *in, bool named)
{
	struct tmd_sh_block *block;

	if (tmd_sh_blocks_in_pattern(&in->blocks))
		return;
	block = tmd_sh_blocks_open_paren(&in->blocks, in->lexer.at - 1);
	block->named = named;
	note_body(in, block);
}

static void close_paren(struct tmd_sh_input *in, bool empty)
{
	struct tmd_sh_block closed;

	if (tmd_sh_blocks_in_pattern(&in->blocks)) {
		tmd_sh_blocks_top(&in->blocks)->pattern = false;
		return;
	}
	if (!tmd_sh_blocks_close_paren(&in->blocks, &closed)) {
		fail_syntax(in, ")", in->lexer.at - 1);
		return;
	}
	note_closed(in, &closed);
	in->defines = closed.named && empty;
	in->behind_paren = true;
}

/* bash's "NAME=(…)" goes on with the word; dash stumbles over it. */
static bool take_array(struct tmd_sh_input *in)
{
	struct tmd_sh_word *last = in->count ? &in->words[in->count - 1] : NULL;

	if (!last || last->end != in->lexer.at - 1 || in->lexer.data[last->end - 1] != '=' ||
	    !(tmd_sh_is_assignment(last) || tmd_sh_appended_name(last)))
		return false;
	tmd_sh_lexer_skip_parens(&in->lexer);
	last->end = in->lexer.at;
	last->plain = false;
	return true;
}

static void end_pattern_list(struct tmd_sh_input *in)
{
	struct tmd_sh_block *top = tmd_sh_blocks_top(&in->blocks);

	if (!top || top->kind != TMD_SH_CASE) {
		fail_syntax(in, ";;", in->lexer.at - 2);
		return;
	}
	top->pattern = true;
	in->conditional = false;
}

/* An operator that needs a command before it, and has none. Parentheses hold other grammars. */
static bool lacks_command(const struct tmd_sh_input *in, enum tmd_sh_token token)
{
	const struct tmd_sh_block *top = tmd_sh_blocks_top(&in->blocks);

	if (in->count || in->behind_paren || in->redirected)
		return false;
	if (top && (top->kind == TMD_SH_PAREN || top->pattern))
		return false;
	return token == TMD_TOKEN_SEMICOLON || token == TMD_TOKEN_AND_OR ||
	       token == TMD_TOKEN_PIPE ||
	       (token == TMD_TOKEN_BACKGROUND && tmd_sh_lexer_peek(&in->lexer) != '>');
}

static void end_command(struct tmd_sh_input *in, enum tmd_sh_token token, size_t from)
{
	bool had_words = in->count > 0;
	bool behind_paren = in->behind_paren;
	bool only_paren = token == TMD_TOKEN_CLOSE && !had_words && !behind_paren;

	if (lacks_command(in, token)) {
		TMD_AUTO_FREE char *text = tmd_strndup(in->lexer.data + from, in->lexer.at - from);

		fail_syntax(in, text + strspn(text, " \t"), in->lexer.at - 1);
		return;
	}
	finish_command(in, token);
	if (in->lexer.lost)
		return;
	in->behind_paren = false;
	switch (token) {
	case TMD_TOKEN_NEWLINE:
		/* "a &&", a line end, "b": b still stands behind a. */
		in->conditional = in->conditional && !had_words && !behind_paren;
		if (!in->blocks.count && !in->conditional)
			in->begun = in->lexer.at;
		return;
	case TMD_TOKEN_SEMICOLON:
	case TMD_TOKEN_BACKGROUND:
		in->conditional = false;
		break;
	case TMD_TOKEN_BREAK:
		end_pattern_list(in);
		break;
	case TMD_TOKEN_AND_OR:
	case TMD_TOKEN_PIPE:
		in->conditional = true;
		break;
	case TMD_TOKEN_OPEN:
		open_paren(in, had_words);
		break;
	case TMD_TOKEN_CLOSE:
		close_paren(in, only_paren);
		break;
	default:
		return;
	}
	if (token != TMD_TOKEN_SEMICOLON && !in->lexer.lost)
		tmd_sh_note_extent(in, in->lexer.at - 1, in->lexer.at, false);
}

static void take_token(struct tmd_sh_input *in, enum tmd_sh_token token, struct tmd_sh_word *word,
		       size_t from)
{
	if (token == TMD_TOKEN_WORD)
		add_word(in, word);
	else if (token == TMD_TOKEN_REDIRECT)
		skip_redirection(in, from);
	else if (token == TMD_TOKEN_HEREDOC)
		give_up(in, from);
	else if (token != TMD_TOKEN_OPEN || !take_array(in))
		end_command(in, token, from);
}

/* Shells find out at the end of the file, and run nothing of it. */
static void check_blocks(struct tmd_sh_input *in)
{
	const struct tmd_sh_block *top = tmd_sh_blocks_top(&in->blocks);

	if (!top || in->lexer.lost || in->run == TMD_SH_IS_OVER)
		return;
	tmd_sh_suspect(in, in->begun, in->lexer.len, true);
	tmd_env_reader_problem(in->reader, tmd_sh_line_of(in, top->at),
			       "the '%s' is never closed, a syntax error: shells run nothing "
			       "from here on", top->word);
}

/* At the start of a command, plain exports of what nobody asked for. */
static void skip_plain_lines(struct tmd_sh_input *in, enum tmd_sh_token last)
{
	size_t size;

	if (last != TMD_TOKEN_NEWLINE || in->count || in->defines || in->lexer.lost ||
	    in->redirected)
		return;
	while ((size = tmd_env_reader_skip(in->reader, "export ", in->lexer.data + in->lexer.at,
					   in->lexer.len - in->lexer.at))) {
		in->lexer.at += size;
		in->conditional = false;
	}
}

void tmd_env_read_sh(struct tmd_env_reader *reader, const char *data, size_t len)
{
	struct tmd_sh_input in = { .reader = reader, .lexer = { .data = data, .len = len } };
	enum tmd_sh_token token = TMD_TOKEN_NEWLINE;
	struct tmd_sh_word word = { 0 };

	if (len && memchr(data, '\0', len)) {
		tmd_env_reader_problem(reader, 1, "the file holds a NUL byte; no shell script does");
		give_up(&in, 0);
	}
	while (token != TMD_TOKEN_END && in.run != TMD_SH_IS_OVER) {
		size_t from;

		skip_plain_lines(&in, token);
		from = in.lexer.at;
		token = tmd_sh_lexer_next(&in.lexer, &word);
		take_token(&in, token, &word, from);
		if (in.lexer.lost && (token == TMD_TOKEN_WORD || token == TMD_TOKEN_OPEN))
			give_up(&in, in.begun);
	}
	check_blocks(&in);
	tmd_sh_note_own_lines(&in);
	tmd_sh_free_words(&in);
	free(in.words);
	free(in.extents);
	tmd_sh_blocks_release(&in.blocks);
}
