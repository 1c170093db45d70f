/*
 * What the commands of a shell script do to the variables: assignments, export, unset and set are
 * followed; of all others it is told whether they may have set the variable in question.
 */
#include "resources/env/unix/sh_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

void tmd_sh_free_words(struct tmd_sh_input *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->words[i].text);
	in->count = 0;
}

size_t tmd_sh_assigned_name(const char *text)
{
	size_t len = 0;

	while (tmd_env_name_char(text[len]))
		len++;
	return len && !tmd_is_digit(text[0]) && text[len] == '=' ? len : 0;
}

bool tmd_sh_is_assignment(const struct tmd_sh_word *word)
{
	size_t len = tmd_sh_assigned_name(word->text);

	return len && word->bare > len;
}

size_t tmd_sh_appended_name(const struct tmd_sh_word *word)
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

bool tmd_sh_is_certain(const struct tmd_sh_input *in)
{
	return !in->blocks.count && !in->conditional && in->run == TMD_SH_RUNS && !in->lexer.lost;
}

static struct tmd_env_var *touch(struct tmd_sh_input *in, const char *name, size_t at)
{
	return tmd_env_vars_touch(in->reader->vars, name, in->reader->path, tmd_sh_line_of(in, at));
}

void tmd_sh_make_unknown(struct tmd_sh_input *in, const char *name, const char *source, size_t at,
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

bool tmd_sh_mentions(const char *text, size_t len, const char *name)
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

void tmd_sh_suspect(struct tmd_sh_input *in, size_t start, size_t end, bool exports)
{
	const struct tmd_env_reader *reader = in->reader;

	if (reader->watch && tmd_sh_mentions(in->lexer.data + start, end - start, reader->watch))
		tmd_sh_make_unknown(in, reader->watch, "", start,
			     exports || reader->sh.allexport != TMD_SH_EXPORTS_NAMED);
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

void tmd_sh_suspect_expansions(struct tmd_sh_input *in, const struct tmd_sh_word *word)
{
	const char *watch = in->reader->watch;
	const char *text = in->lexer.data + word->start;
	size_t len = word->end - word->start;

	if (!watch || word->plain)
		return;
	if (sets_by_default(text, len, watch) ||
	    (strstr(word->text, "$((") && tmd_sh_mentions(text, len, watch)))
		tmd_sh_make_unknown(in, watch, "", word->start,
			     in->reader->sh.allexport == TMD_SH_EXPORTS_ALL);
}

/* "NAME=value", with `exports` behind the word export. */
static void assign(struct tmd_sh_input *in, const struct tmd_sh_word *word, bool sure, bool exports)
{
	const struct tmd_env_reader *reader = in->reader;
	size_t len = tmd_sh_assigned_name(word->text);
	TMD_AUTO_FREE char *name = tmd_strndup(word->text, len);
	const char *value = word->text + len + 1;
	bool may_export_all = reader->sh.allexport == TMD_SH_MAY_EXPORT_ALL;
	struct tmd_env_var *var = tmd_env_vars_entry(reader->vars, name);

	tmd_sh_suspect_expansions(in, word);
	exports = exports || reader->sh.allexport == TMD_SH_EXPORTS_ALL;
	if (!sure || !word->plain || (exports && word->globs) || (var && var->fixed)) {
		tmd_sh_make_unknown(in, name, value, word->start, exports || may_export_all);
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
	var->maybe_exported = var->maybe_exported || (!var->exported && may_export_all);
	var->unknown = var->maybe_exported;
}

/* What bash alone takes for an assignment: whether it is one depends on the shell. */
static void append(struct tmd_sh_input *in, const struct tmd_sh_word *word, bool exports)
{
	TMD_AUTO_FREE char *name = tmd_strndup(word->text, tmd_sh_appended_name(word));

	exports = exports || in->reader->sh.allexport != TMD_SH_EXPORTS_NAMED;
	tmd_sh_make_unknown(in, name, "", word->start, exports);
}

static void export_name(struct tmd_sh_input *in, const struct tmd_sh_word *word, bool sure)
{
	struct tmd_env_var *var = tmd_env_vars_entry(in->reader->vars, word->text);

	if (!tmd_env_name_valid(word->text))
		return;
	if (!sure && var && var->value && !var->exported) {
		tmd_sh_make_unknown(in, word->text, var->value, word->start, true);
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
static void doubt_export(struct tmd_sh_input *in, const struct tmd_sh_word *word)
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
	tmd_sh_make_unknown(in, name, var && var->value ? var->value : "", word->start, true);
}

/* "-n" takes the export back in bash and is an error elsewhere; "-f" means functions there. */
static void run_export(struct tmd_sh_input *in, size_t from, bool sure)
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
		else if (tmd_sh_assigned_name(word->text))
			assign(in, word, sure, true);
		else if (tmd_sh_appended_name(word))
			append(in, word, true);
		else if (word->plain)
			export_name(in, word, sure);
		else
			tmd_sh_suspect(in, word->start, word->end, true);
	}
}

static void unset_name(struct tmd_sh_input *in, const struct tmd_sh_word *word, bool sure)
{
	struct tmd_env_var *var = tmd_env_vars_entry(in->reader->vars, word->text);

	if (!var)
		return;
	if (!sure || var->fixed) {
		var->maybe_exported = var->maybe_exported || var->exported;
		var->exported = false;
		if (var->value)
			tmd_sh_make_unknown(in, word->text, var->value, word->start, false);
		return;
	}
	var = touch(in, word->text, word->start);
	free(var->value);
	var->value = NULL;
	var->exported = false;
	var->maybe_exported = false;
}

static void run_unset(struct tmd_sh_input *in, size_t from, bool sure)
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
			tmd_sh_suspect(in, word->start, word->end, false);
		}
	}
}

static void set_allexport(struct tmd_env_reader *reader, bool on, bool sure)
{
	enum tmd_sh_allexport wish = on ? TMD_SH_EXPORTS_ALL : TMD_SH_EXPORTS_NAMED;

	if (wish != reader->sh.allexport)
		reader->sh.allexport = sure ? wish : TMD_SH_MAY_EXPORT_ALL;
}

static void run_set(struct tmd_sh_input *in, size_t from, bool sure)
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
static bool may_fix(const struct tmd_sh_input *in, size_t first)
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

static void suspect_command(struct tmd_sh_input *in, size_t first, size_t from)
{
	const char *watch = in->reader->watch;
	size_t start = in->words[from].start;
	size_t end = in->words[in->count - 1].end;
	struct tmd_env_var *var;

	tmd_sh_suspect(in, start, end, !sets_alone(in->words[first].text));
	if (!watch || !may_fix(in, first) ||
	    !tmd_sh_mentions(in->lexer.data + start, end - start, watch))
		return;
	var = tmd_env_vars_entry(in->reader->vars, watch);
	if (var)
		var->fixed = true;
}

/* A function that was defined here or in an earlier file may do what its text tells of. */
static bool calls_setter(const struct tmd_sh_input *in, const char *command)
{
	return in->reader->sh.functions_set && tmd_strv_has(&in->reader->sh.functions, command);
}

static void run_other(struct tmd_sh_input *in, size_t first)
{
	const char *command = in->words[first].text;
	/* That a program bears the variable's name says nothing. */
	size_t from = in->words[first].plain ? first + 1 : first;

	if (tmd_str_starts(command, "\xEF\xBB\xBF"))
		tmd_env_reader_problem(in->reader, tmd_sh_line_of(in, in->words[first].start),
				       "begins with a byte order mark, so its command is lost");
	else if (!only_prints(command) && from < in->count)
		suspect_command(in, first, from);
	for (size_t i = from; i < in->count; i++)
		tmd_sh_suspect_expansions(in, &in->words[i]);
	if (in->reader->watch && calls_setter(in, command))
		tmd_sh_make_unknown(in, in->reader->watch, "", in->words[first].start, true);
}

static void leave(struct tmd_sh_input *in, const char *command, bool sure)
{
	if (!sure) {
		/* A function that returns ends nothing else. */
		if (strcmp(command, "return") != 0 || !tmd_sh_blocks_in_function(&in->blocks))
			in->run = TMD_SH_MAY_BE_OVER;
		return;
	}
	in->run = TMD_SH_IS_OVER;
	if (strcmp(command, "return") != 0)
		in->reader->end = TMD_ENV_EXITS;
}

/* exec with redirections alone changes only where output goes. */
static bool leaves(const struct tmd_sh_input *in, size_t first)
{
	const char *command = in->words[first].text;

	return strcmp(command, "return") == 0 || strcmp(command, "exit") == 0 ||
	       (strcmp(command, "exec") == 0 && first + 1 < in->count);
}

/* Runs a command that is followed here; false when it is another one. */
static bool run_known(struct tmd_sh_input *in, size_t first, bool sure)
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

static void run_command(struct tmd_sh_input *in, size_t first, bool sure)
{
	const struct tmd_sh_word *command = &in->words[first];

	for (size_t i = 0; i < first; i++)
		tmd_sh_suspect_expansions(in, &in->words[i]);
	/* A command that expands to nothing leaves mere assignments, too. */
	if (first && (!command->plain || is_special_builtin(command->text)))
		tmd_sh_suspect(in, in->words[0].start, command->start, true);
	if (!command->plain || !run_known(in, first, sure))
		run_other(in, first);
}

void tmd_sh_run_words(struct tmd_sh_input *in, bool sure)
{
	size_t first = 0;

	while (first < in->count &&
	       (tmd_sh_is_assignment(&in->words[first]) || tmd_sh_appended_name(&in->words[first])))
		first++;
	if (first < in->count) {
		run_command(in, first, sure);
		return;
	}
	for (size_t i = 0; i < in->count; i++) {
		if (tmd_sh_is_assignment(&in->words[i]))
			assign(in, &in->words[i], sure, false);
		else
			append(in, &in->words[i], false);
	}
}
