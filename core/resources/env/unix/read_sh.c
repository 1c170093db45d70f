/*
 * How a POSIX shell that sources a profile file sets variables, told from the text alone:
 * plain assignments, export and unset at the top level are followed exactly; what sits in a
 * condition, comes from an expansion or is done by cleverer means is reported as unknown
 * rather than guessed.
 */
#include "resources/env/unix/readers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/unix/sh_blocks.h"
#include "resources/env/unix/sh_lexer.h"

#define COMMAND_WORDS 4096 /* words of one command that are looked at */
#define FUNCTIONS_MAX 1024 /* functions that are known by name */

struct sh_extent { /* of a command or operator, to find the lines that are all about `watch` */
	struct tmd_env_span span;
	bool own;
};

struct sh_input {
	struct tmd_env_reader *reader;
	struct tmd_sh_lexer lexer;

	struct tmd_sh_word *words; /* of the command at hand */
	size_t count;
	size_t cap;

	struct tmd_sh_blocks blocks;
	bool conditional; /* the command stands behind &&, || or a pipe */
	bool behind_paren; /* a ')' came last */
	bool defines;      /* "name()" came last: what follows is the function's body */
	size_t definition; /* where that name stands */
	bool may_be_over; /* a return or exit that may have run came before */
	bool over;
	bool redirected; /* the command at hand */

	size_t begun; /* where the lines begin that shells take as a whole, the one at hand last */

	size_t line_at; /* the last answer of line_of() */
	size_t line;

	struct sh_extent *extents;
	size_t extent_count;
	size_t extent_cap;
};

/* ---- the words of the command at hand ---- */

static void free_words(struct sh_input *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->words[i].text);
	in->count = 0;
}

/* ---- what a command does to the variables ---- */

static size_t line_of(struct sh_input *in, size_t at)
{
	if (!in->line || at < in->line_at) {
		in->line = 1;
		in->line_at = 0;
	}
	for (; in->line_at < at; in->line_at++)
		in->line += in->lexer.data[in->line_at] == '\n';
	return in->line;
}

/* The length of NAME in "NAME=…", or 0. */
static size_t assigned_name(const char *text)
{
	size_t len = 0;

	while (tmd_env_name_char(text[len]))
		len++;
	return len && !tmd_is_digit(text[0]) && text[len] == '=' ? len : 0;
}

/* Is it an assignment in front of a command, or alone? Quotes may begin behind the '='. */
static bool is_assignment(const struct tmd_sh_word *word)
{
	size_t len = assigned_name(word->text);

	return len && word->bare > len;
}

/* The length of NAME in bash's "NAME+=…" and "NAME[…]=…", which mean nothing to dash, or 0. */
static size_t appended_name(const struct tmd_sh_word *word)
{
	const char *text = word->text;
	size_t len = 0;

	while (tmd_env_name_char(text[len]))
		len++;
	if (!len || tmd_is_digit(text[0]) || word->bare <= len + 1)
		return 0;
	if (text[len] == '+' && text[len + 1] == '=')
		return len;
	return text[len] == '[' && strchr(text + len, '=') ? len : 0;
}

static bool certain(const struct sh_input *in)
{
	return !in->blocks.count && !in->conditional && !in->may_be_over && !in->lexer.lost;
}

static struct tmd_env_var *touch(struct sh_input *in, const char *name, size_t at)
{
	return tmd_env_vars_touch(in->reader->vars, name, in->reader->path, line_of(in, at));
}

/* `exports`: it may have become exported on the way. */
static void make_unknown(struct sh_input *in, const char *name, const char *source, size_t at,
			 bool exports)
{
	struct tmd_env_var *var = touch(in, name, at);
	char *value = tmd_strdup(source); /* which may be the old value itself */

	if (!var) {
		free(value);
		return;
	}
	free(var->value);
	var->value = value;
	var->unknown = true;
	var->maybe_exported = !var->exported && (var->maybe_exported || exports);
}

static void mark_exported(struct tmd_env_var *var)
{
	var->exported = true;
	var->maybe_exported = false;
}

/*
 * Could the command set `name` in a way that is not followed here? That is when its source
 * names the variable other than to read it.
 */
static bool mentions(const char *text, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (size_t i = 0; i + name_len <= len; i++) {
		bool braced = i >= 2 && text[i - 1] == '{' && text[i - 2] == '$';
		size_t end = i + name_len;

		if (memcmp(text + i, name, name_len) != 0)
			continue;
		if ((i && tmd_env_name_char(text[i - 1])) ||
		    (end < len && tmd_env_name_char(text[end])))
			continue;
		if (braced && (end == len || (text[end] != '=' && text[end] != ':')))
			continue;
		if (braced && text[end] == ':' && (end + 1 == len || text[end + 1] != '='))
			continue;
		if (!braced && i && text[i - 1] == '$')
			continue;
		return true;
	}
	return false;
}

/* `exports`: as for make_unknown(). */
static void suspect(struct sh_input *in, size_t start, size_t end, bool exports)
{
	const struct tmd_env_reader *reader = in->reader;

	if (reader->watch && mentions(in->lexer.data + start, end - start, reader->watch))
		make_unknown(in, reader->watch, "", start,
			     exports || reader->allexport || reader->maybe_allexport);
}

/* "${NAME=…}" and "${NAME:=…}" set the variable wherever they stand. */
static bool sets_by_default(const char *text, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (size_t i = 2; i + name_len < len; i++) {
		const char *behind = text + i + name_len;

		if (text[i - 1] != '{' || text[i - 2] != '$' || memcmp(text + i, name, name_len) != 0)
			continue;
		if (*behind == '=' || (*behind == ':' && behind + 1 < text + len && behind[1] == '='))
			return true;
	}
	return false;
}

/* For words that are not looked at otherwise: do they set `watch` by being expanded? */
static void suspect_expansions(struct sh_input *in, const struct tmd_sh_word *word)
{
	const char *watch = in->reader->watch;
	const char *text = in->lexer.data + word->start;
	size_t len = word->end - word->start;

	if (!watch || word->plain)
		return;
	if (sets_by_default(text, len, watch) ||
	    (strstr(word->text, "$((") && mentions(text, len, watch)))
		make_unknown(in, watch, "", word->start, in->reader->allexport);
}

/* "NAME=value", with `exports` behind the word export. */
static void assign(struct sh_input *in, const struct tmd_sh_word *word, bool sure, bool exports)
{
	const struct tmd_env_reader *reader = in->reader;
	size_t len = assigned_name(word->text);
	TMD_AUTO_FREE char *name = tmd_strndup(word->text, len);
	const char *value = word->text + len + 1;
	struct tmd_env_var *var = tmd_env_vars_entry(reader->vars, name);

	suspect_expansions(in, word);
	exports = exports || reader->allexport;
	if (!sure || !word->plain || (exports && word->globs) || (var && var->fixed)) {
		make_unknown(in, name, value, word->start, exports || reader->maybe_allexport);
		var = tmd_env_vars_entry(reader->vars, name);
		if (var && sure && exports)
			mark_exported(var);
		return;
	}
	var = touch(in, name, word->start);
	if (!var)
		return;
	free(var->value);
	var->value = tmd_strdup(value);
	if (exports)
		mark_exported(var);
	var->maybe_exported = var->maybe_exported || (!var->exported && reader->maybe_allexport);
	var->unknown = var->maybe_exported;
}

/* What bash alone takes for an assignment: whether it is one depends on the shell. */
static void append(struct sh_input *in, const struct tmd_sh_word *word, bool exports)
{
	TMD_AUTO_FREE char *name = tmd_strndup(word->text, appended_name(word));

	exports = exports || in->reader->allexport || in->reader->maybe_allexport;
	make_unknown(in, name, "", word->start, exports);
}

static void export_name(struct sh_input *in, const struct tmd_sh_word *word, bool sure)
{
	struct tmd_env_var *var = tmd_env_vars_entry(in->reader->vars, word->text);

	if (!tmd_env_name_valid(word->text))
		return;
	if (!sure && var && var->value && !var->exported) {
		make_unknown(in, word->text, var->value, word->start, true);
		return;
	}
	if (!sure && var && var->exported)
		return;
	var = touch(in, word->text, word->start);
	if (var && sure)
		mark_exported(var);
	else if (var)
		var->maybe_exported = true;
}

/* An exported variable may not be so any more. */
static void doubt_export(struct sh_input *in, const struct tmd_sh_word *word)
{
	const struct tmd_env_reader *reader = in->reader;
	size_t len = strcspn(word->text, "+=");
	TMD_AUTO_FREE char *name = tmd_strndup(word->text, len);
	struct tmd_env_var *var = tmd_env_vars_entry(reader->vars, name);

	if (!var && !tmd_str_equal(name, reader->watch))
		return;
	if (var && var->exported) {
		var->maybe_exported = true;
		var->exported = false;
	}
	make_unknown(in, name, var && var->value ? var->value : "", word->start, true);
}

/* "-n" takes the export back in bash and is an error elsewhere; "-f" means functions there. */
static void run_export(struct sh_input *in, size_t from, bool sure)
{
	bool options = true;
	bool doubt = false;

	for (size_t i = from; i < in->count; i++) {
		const struct tmd_sh_word *word = &in->words[i];

		if (options && word->text[0] == '-') {
			options = strcmp(word->text, "--") != 0;
			doubt = doubt || options;
			continue;
		}
		if (doubt)
			doubt_export(in, word);
		else if (assigned_name(word->text))
			assign(in, word, sure, true);
		else if (appended_name(word))
			append(in, word, true);
		else if (word->plain)
			export_name(in, word, sure);
		else
			suspect(in, word->start, word->end, true);
	}
}

static void unset_name(struct sh_input *in, const struct tmd_sh_word *word, bool sure)
{
	struct tmd_env_var *var = tmd_env_vars_entry(in->reader->vars, word->text);

	if (!var)
		return;
	if (!sure || var->fixed) {
		var->maybe_exported = var->maybe_exported || var->exported;
		var->exported = false;
		if (var->value)
			make_unknown(in, word->text, var->value, word->start, false);
		return;
	}
	var = touch(in, word->text, word->start);
	free(var->value);
	var->value = NULL;
	var->exported = false;
	var->maybe_exported = false;
}

static void run_unset(struct sh_input *in, size_t from, bool sure)
{
	bool options = true;

	for (size_t i = from; i < in->count; i++) {
		const struct tmd_sh_word *word = &in->words[i];

		if (options && strcmp(word->text, "-f") == 0)
			return;
		if (options && word->text[0] == '-') {
			options = strcmp(word->text, "--") != 0;
			sure = sure && (!options || strcmp(word->text, "-v") == 0);
		} else if (word->plain) {
			unset_name(in, word, sure);
		} else {
			suspect(in, word->start, word->end, false);
		}
	}
}

static void set_allexport(struct tmd_env_reader *reader, bool on, bool sure)
{
	reader->maybe_allexport = !sure && (reader->maybe_allexport || on != reader->allexport);
	reader->allexport = sure ? on : on && reader->allexport;
}

static void run_set(struct sh_input *in, size_t from, bool sure)
{
	for (size_t i = from; i < in->count; i++) {
		const char *text = in->words[i].text;
		bool on = text[0] == '-';
		bool named = text[0] && text[strlen(text) - 1] == 'o' && i + 1 < in->count;

		if ((!on && text[0] != '+') || strcmp(text, "--") == 0 || !text[1])
			return;
		if (strchr(text, 'a'))
			set_allexport(in->reader, on, sure);
		if (named && strcmp(in->words[++i].text, "allexport") == 0)
			set_allexport(in->reader, on, sure);
	}
}

static bool only_prints(const char *command)
{
	return strcmp(command, "echo") == 0;
}

/* "NAME=x command": lasts only for the command, unless that is a special builtin. */
static bool is_special_builtin(const char *command)
{
	static const char *const names[] = { ".",    ":",	 "break", "continue", "eval",
					     "exec", "export",	 "exit",  "readonly", "return",
					     "set",  "shift",	 "times", "trap",     "unset" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], command) == 0)
			return true;
	}
	return false;
}

/* Builtins behind which later assignments may fail, or make something else of the value. */
static bool may_fix(const struct sh_input *in, size_t first)
{
	static const char *const declaring[] = { "declare", "typeset", "local" };
	const char *command = in->words[first].text;
	bool declares = false;

	if (strcmp(command, "readonly") == 0)
		return true;
	for (size_t i = 0; i < sizeof(declaring) / sizeof(*declaring); i++)
		declares = declares || strcmp(command, declaring[i]) == 0;
	for (size_t i = first + 1; declares && i < in->count; i++) {
		const char *text = in->words[i].text;

		if ((text[0] == '-' || text[0] == '+') && text[1 + strspn(text + 1, "xgp-")])
			return true;
	}
	return false;
}

/* Builtins that give a variable a value and never export it. */
static bool sets_alone(const char *command)
{
	static const char *const names[] = { "read", "getopts", "printf", "mapfile", "readarray" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], command) == 0)
			return true;
	}
	return false;
}

static void suspect_command(struct sh_input *in, size_t first, size_t from)
{
	const char *watch = in->reader->watch;
	size_t start = in->words[from].start;
	size_t end = in->words[in->count - 1].end;
	struct tmd_env_var *var;

	suspect(in, start, end, !sets_alone(in->words[first].text));
	if (!watch || !may_fix(in, first) || !mentions(in->lexer.data + start, end - start, watch))
		return;
	var = tmd_env_vars_entry(in->reader->vars, watch);
	if (var)
		var->fixed = true;
}

/* A function that was defined here or in an earlier file may do what its text tells of. */
static bool calls_setter(const struct sh_input *in, const char *command)
{
	return in->reader->functions_set && tmd_strv_has(&in->reader->functions, command);
}

static void run_other(struct sh_input *in, size_t first)
{
	const char *command = in->words[first].text;
	/* That a program bears the variable's name says nothing. */
	size_t from = in->words[first].plain ? first + 1 : first;

	if (tmd_str_starts(command, "\xEF\xBB\xBF"))
		tmd_env_reader_problem(in->reader, line_of(in, in->words[first].start),
				       "begins with a byte order mark, so its command is lost");
	else if (!only_prints(command) && from < in->count)
		suspect_command(in, first, from);
	for (size_t i = from; i < in->count; i++)
		suspect_expansions(in, &in->words[i]);
	if (in->reader->watch && calls_setter(in, command))
		make_unknown(in, in->reader->watch, "", in->words[first].start, true);
}

static void leave(struct sh_input *in, const char *command, bool sure)
{
	if (!sure) {
		/* A function that returns ends nothing else. */
		in->may_be_over = in->may_be_over || strcmp(command, "return") != 0 ||
				  !tmd_sh_blocks_in_function(&in->blocks);
		return;
	}
	in->over = true;
	in->reader->stopped = strcmp(command, "return") != 0;
}

/* exec with redirections alone changes only where output goes. */
static bool leaves(const struct sh_input *in, size_t first)
{
	const char *command = in->words[first].text;

	return strcmp(command, "return") == 0 || strcmp(command, "exit") == 0 ||
	       (strcmp(command, "exec") == 0 && first + 1 < in->count);
}

/* Runs a command that is followed here; false when it is another one. */
static bool run_known(struct sh_input *in, size_t first, bool sure)
{
	const char *command = in->words[first].text;

	if (leaves(in, first))
		leave(in, command, sure);
	else if (strcmp(command, "set") == 0)
		run_set(in, first + 1, sure);
	else if (!first && strcmp(command, "export") == 0)
		run_export(in, first + 1, sure);
	else if (!first && strcmp(command, "unset") == 0)
		run_unset(in, first + 1, sure);
	else
		return false;
	return true;
}

static void run_command(struct sh_input *in, size_t first, bool sure)
{
	const struct tmd_sh_word *command = &in->words[first];

	for (size_t i = 0; i < first; i++)
		suspect_expansions(in, &in->words[i]);
	/* A command that expands to nothing leaves mere assignments, too. */
	if (first && (!command->plain || is_special_builtin(command->text)))
		suspect(in, in->words[0].start, command->start, true);
	if (!command->plain || !run_known(in, first, sure))
		run_other(in, first);
}

/* ---- which lines are ours ---- */

static bool names_only(const struct sh_input *in, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < in->count && name; i++) {
		const char *text = in->words[i].text;
		size_t len = i || is_assignment(&in->words[i]) ? assigned_name(text) : 0;

		if (!i && (strcmp(text, "export") == 0 || strcmp(text, "unset") == 0))
			continue;
		if (!len)
			len = strlen(text);
		if (len != strlen(name) || strncmp(text, name, len) != 0)
			return false;
		/* A lone NAME is a program to run, not a variable. */
		found = found || i || text[len] == '=';
	}
	return found;
}

static void note_extent(struct sh_input *in, size_t start, size_t end, bool own)
{
	struct sh_extent *extent;

	in->extents = tmd_grow(in->extents, &in->extent_cap, in->extent_count + 1,
			       sizeof(*in->extents));
	extent = &in->extents[in->extent_count++];
	extent->span.start = start;
	extent->span.end = end;
	extent->own = own;
}

static size_t line_start(const struct sh_input *in, size_t at)
{
	while (at && in->lexer.data[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct sh_input *in, size_t at)
{
	while (at < in->lexer.len && in->lexer.data[at] != '\n')
		at++;
	return at < in->lexer.len ? at + 1 : at;
}

/* Extents stand in the order of the file: those that share lines count as one. */
static void note_own_lines(struct sh_input *in)
{
	size_t i = 0;

	while (i < in->extent_count) {
		size_t start = line_start(in, in->extents[i].span.start);
		size_t end = start;
		bool own = true;

		for (; i < in->extent_count; i++) {
			const struct sh_extent *extent = &in->extents[i];

			if (end > start && extent->span.start >= end)
				break;
			if (extent->span.end > end)
				end = line_end(in, extent->span.end);
			own = own && extent->own;
		}
		if (own)
			tmd_env_reader_note(in->reader, start, end);
	}
}

/* ---- errors ---- */

/* The rest of the file is not read as commands: it may hold anything. */
static void give_up(struct sh_input *in, size_t from)
{
	in->lexer.lost = true;
	suspect(in, from, in->lexer.len, true);
	in->lexer.at = in->lexer.len;
}

static void fail_syntax(struct sh_input *in, const char *word, size_t at)
{
	tmd_env_reader_problem(in->reader, line_of(in, at),
			       "'%.20s' is a syntax error here: bash reads nothing behind it, and "
			       "a login that runs dash ends", word);
	note_extent(in, at, at + 1, false);
	/* What stands before it in the same line is not run either. */
	give_up(in, in->begun);
}

static void drop_first_word(struct sh_input *in)
{
	free(in->words[0].text);
	in->count--;
	memmove(in->words, in->words + 1, in->count * sizeof(*in->words));
}

static bool first_is(const struct sh_input *in, const char *keyword)
{
	return in->count && !in->words[0].quoted && strcmp(in->words[0].text, keyword) == 0;
}

/* ---- functions ---- */

/* Behind it comes "()", or the body when it was introduced by the word function. */
static void note_function(struct sh_input *in, const struct tmd_sh_word *name)
{
	if (in->reader->functions.count < FUNCTIONS_MAX)
		tmd_strv_add_once(&in->reader->functions, name->text);
	else
		in->lexer.lost = true;
	in->definition = name->start;
}

/* A block that opens behind "name()" is the body. */
static void note_body(struct sh_input *in, struct tmd_sh_block *block)
{
	block->function = in->defines;
	block->definition = in->definition;
	in->defines = false;
}

static void end_function(struct sh_input *in, size_t definition, size_t end)
{
	const char *watch = in->reader->watch;

	if (watch && mentions(in->lexer.data + definition, end - definition, watch))
		in->reader->functions_set = true;
}

static void note_closed(struct sh_input *in, const struct tmd_sh_block *closed)
{
	if (closed->function)
		end_function(in, closed->definition, in->lexer.at);
}

/* ---- keywords ---- */

/* "for NAME in …": sets it, as often as there are words. */
static void take_loop_variable(struct sh_input *in)
{
	const struct tmd_env_reader *reader = in->reader;

	if (!in->count)
		return;
	if (tmd_env_name_valid(in->words[0].text))
		make_unknown(in, in->words[0].text, "", in->words[0].start,
			     reader->allexport || reader->maybe_allexport);
	drop_first_word(in);
}

static void drop_words(struct sh_input *in)
{
	for (size_t i = 0; i < in->count; i++)
		suspect_expansions(in, &in->words[i]);
	free_words(in);
}

/* "case WORD in", perhaps with the first pattern or all of it behind. */
static void take_case(struct sh_input *in)
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

static void take_opening(struct sh_input *in, const char *word)
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
static bool take_bash_keyword(struct sh_input *in)
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
static bool take_keywords(struct sh_input *in)
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
			free_words(in);
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

static void run_words(struct sh_input *in, bool sure)
{
	size_t first = 0;

	while (first < in->count &&
	       (is_assignment(&in->words[first]) || appended_name(&in->words[first])))
		first++;
	if (first < in->count) {
		run_command(in, first, sure);
		return;
	}
	for (size_t i = 0; i < in->count; i++) {
		if (is_assignment(&in->words[i]))
			assign(in, &in->words[i], sure, false);
		else
			append(in, &in->words[i], false);
	}
}

/* Runs the words gathered so far; `next` is the operator behind them. */
static void finish_command(struct sh_input *in, enum tmd_sh_token next)
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
		note_extent(in, start, end, false);
		free_words(in);
		return;
	}
	if (!take_keywords(in))
		return;
	sure = certain(in) && !in->defines && next != TMD_TOKEN_PIPE &&
	       next != TMD_TOKEN_BACKGROUND && next != TMD_TOKEN_OPEN;
	note_extent(in, start, end,
		    sure && !redirected && all == in->count &&
			    names_only(in, in->reader->watch));
	if (!in->count)
		return;
	if (next == TMD_TOKEN_OPEN) {
		note_function(in, &in->words[0]);
	} else if (in->defines) {
		/* dash takes a mere command for a function's body. */
		end_function(in, in->definition, end);
		in->defines = false;
	}
	run_words(in, sure);
	free_words(in);
}

static void add_word(struct sh_input *in, struct tmd_sh_word *word)
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
static void drop_descriptor(struct sh_input *in, size_t at)
{
	struct tmd_sh_word *last = in->count ? &in->words[in->count - 1] : NULL;

	if (!last || last->end != at || strspn(last->text, "0123456789") != last->end - last->start)
		return;
	free(last->text);
	in->count--;
}

static void skip_redirection(struct sh_input *in, size_t from)
{
	drop_descriptor(in, from);
	in->redirected = true;
	if (!in->count)
		note_extent(in, in->lexer.at - 1, in->lexer.at, false);
	tmd_sh_lexer_skip_word(&in->lexer);
}

static void open_paren(struct sh_input *in, bool named)
{
	struct tmd_sh_block *block;

	if (tmd_sh_blocks_in_pattern(&in->blocks))
		return;
	block = tmd_sh_blocks_open_paren(&in->blocks, in->lexer.at - 1);
	block->named = named;
	note_body(in, block);
}

static void close_paren(struct sh_input *in, bool empty)
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
static bool take_array(struct sh_input *in)
{
	struct tmd_sh_word *last = in->count ? &in->words[in->count - 1] : NULL;

	if (!last || last->end != in->lexer.at - 1 || in->lexer.data[last->end - 1] != '=' ||
	    !(is_assignment(last) || appended_name(last)))
		return false;
	tmd_sh_lexer_skip_parens(&in->lexer);
	last->end = in->lexer.at;
	last->plain = false;
	return true;
}

static void end_pattern_list(struct sh_input *in)
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
static bool lacks_command(const struct sh_input *in, enum tmd_sh_token token)
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

static void end_command(struct sh_input *in, enum tmd_sh_token token, size_t from)
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
		note_extent(in, in->lexer.at - 1, in->lexer.at, false);
}

static void take_token(struct sh_input *in, enum tmd_sh_token token, struct tmd_sh_word *word,
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
static void check_blocks(struct sh_input *in)
{
	const struct tmd_sh_block *top = tmd_sh_blocks_top(&in->blocks);

	if (!top || in->lexer.lost || in->over)
		return;
	suspect(in, in->begun, in->lexer.len, true);
	tmd_env_reader_problem(in->reader, line_of(in, top->at),
			       "the '%s' is never closed, a syntax error: shells run nothing "
			       "from here on", top->word);
}

/* At the start of a command, plain exports of what nobody asked for. */
static void skip_plain_lines(struct sh_input *in, enum tmd_sh_token last)
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
	struct sh_input in = { .reader = reader, .lexer = { .data = data, .len = len } };
	enum tmd_sh_token token = TMD_TOKEN_NEWLINE;
	struct tmd_sh_word word = { 0 };

	if (len && memchr(data, '\0', len)) {
		tmd_env_reader_problem(reader, 1, "the file holds a NUL byte; no shell script does");
		give_up(&in, 0);
	}
	while (token != TMD_TOKEN_END && !in.over) {
		size_t from;

		skip_plain_lines(&in, token);
		from = in.lexer.at;
		token = tmd_sh_lexer_next(&in.lexer, &word);
		take_token(&in, token, &word, from);
		if (in.lexer.lost && (token == TMD_TOKEN_WORD || token == TMD_TOKEN_OPEN))
			give_up(&in, in.begun);
	}
	check_blocks(&in);
	note_own_lines(&in);
	free_words(&in);
	free(in.words);
	free(in.extents);
	tmd_sh_blocks_release(&in.blocks);
}
