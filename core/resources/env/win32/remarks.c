/* What about a variable on Windows is worth a word: it cannot work, or not as it looks. */
#include "resources/env/win32/remarks.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/ca_file.h"
#include "resources/env/env.h"
#include "resources/env/owner.h"
#include "resources/env/strays.h"
#include "resources/env/trust_vars.h"
#include "resources/env/win32/names.h"
#include "resources/env/win32/references.h"

/*
 * No variable may be longer, its name, '=' and end included. Shorter ones already meet limits of
 * those who make an environment of the registry key, and of the dialog in which people edit it.
 */
#define LENGTH_MAX 32767
#define LENGTH_SAFE 2047
#define EXCERPT_MAX 200 /* bytes of a value in a message */

/* A variable that refers to itself means what was set before: the machine's, in a user's. */
static bool is_defined(const struct tmd_env_places *places, const char *name, const char *other)
{
	if (tmd_env_given_by_system(other))
		return true;
	if (!tmd_str_equal_nocase(name, other) && tmd_env_find_variable(&places->own, other))
		return true;
	return places->own.user && places->count &&
	       tmd_env_find_variable(&places->others[0], other);
}

void tmd_env_note_undefined(const struct tmd_env_places *places, const char *name, const char *text,
			   struct tmd_strv *out)
{
	const char *at = text;
	struct tmd_env_reference reference;

	while (tmd_env_next_reference(&at, &reference)) {
		TMD_AUTO_FREE char *other = tmd_strndup(reference.name, reference.len);
		TMD_AUTO_FREE char *line = NULL;

		if (is_defined(places, name, other)) {
			at++;
			continue;
		}
		line = tmd_format("%s: %%%s%% is not defined, and stays in the value as it is",
				  name, other);
		tmd_strv_add_once(out, line);
	}
}

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

bool tmd_env_is_absolute(const char *value)
{
	if (value[0] == '%')
		return true;
	if (tmd_is_alpha(value[0]) && value[1] == ':')
		return is_separator(value[2]);
	return is_separator(value[0]) && is_separator(value[1]);
}

/* At most EXCERPT_MAX bytes of a text, cut between characters. Caller frees. */
static char *excerpt(const char *text)
{
	size_t len = strlen(text);

	if (len <= EXCERPT_MAX)
		return tmd_strdup(text);
	len = EXCERPT_MAX;
	while (len && ((unsigned char)text[len] & 0xC0) == 0x80)
		len--;
	return tmd_format("%.*s…", (int)len, text);
}

size_t tmd_env_length(const char *text)
{
	size_t units = 0;

	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;

		units += (byte & 0xC0) != 0x80;
		units += byte >= 0xF0;
	}
	return units;
}

size_t tmd_env_longest_value(const char *name)
{
	return LENGTH_MAX - tmd_env_length(name) - 2;
}

void tmd_env_note_length(const char *name, const char *text, struct tmd_strv *out)
{
	size_t length = tmd_env_length(text);

	if (length > tmd_env_longest_value(name))
		tmd_strv_addf(out,
			      "%s: the value is too long: it has %zu characters, and no program "
			      "gets a variable with more than %zu",
			      name, length, tmd_env_longest_value(name));
	else if (length > LENGTH_SAFE)
		tmd_strv_addf(out,
			      "%s: the value is longer than %d characters, which some programs "
			      "that read or edit variables cut or drop",
			      name, LENGTH_SAFE);
}

void tmd_env_note_namesakes(const struct tmd_env_places *places, const char *name,
			 struct tmd_strv *out)
{
	bool here = tmd_env_find_variable(&places->own, name);
	bool joined = tmd_str_equal_nocase(name, "PATH"); /* the machine's, and then the user's */

	for (size_t i = 0; i < places->count && !joined; i++) {
		const struct tmd_env_place *other = &places->others[i];
		const struct tmd_reg_value *value = tmd_env_find_variable(other, name);
		TMD_AUTO_FREE char *text = value ? excerpt(value->text) : NULL;

		if (text && other->user)
			tmd_strv_addf(
				out,
				"%s: the user %s has a variable of this name, which beats the "
				"machine's: %s (%s)",
				name, other->user, text, other->path);
		else if (text && !here)
			tmd_strv_addf(out, "%s: the user %s gets the machine's: %s (%s)", name,
				      places->own.user, text, other->path);
	}
}

/* Nobody expands a string; a name that is defined was surely meant to be expanded. */
static void note_literal(const struct tmd_env_places *places, const char *name, const char *text,
			 struct tmd_strv *out)
{
	bool names_file = tmd_env_names_ca_file(name);
	const char *at = text;
	struct tmd_env_reference reference;

	while (tmd_env_next_reference(&at, &reference)) {
		TMD_AUTO_FREE char *other = tmd_strndup(reference.name, reference.len);

		if (names_file || is_defined(places, name, other))
			tmd_strv_addf(out,
				      "%s: %%%s%% is not expanded in a variable of type string: "
				      "programs get it as it stands; write value_type=expand",
				      name, other);
		at++;
	}
}

/* What people write into the value of a variable that names a file, and no program takes off. */
static void note_spelling(const char *name, const char *text, struct tmd_strv *out)
{
	size_t len = strlen(text);

	if (text[0] == '"' || text[0] == '\'')
		tmd_strv_addf(out,
			      "%s: the value is in quotes, which programs take for a part of the "
			      "file's name",
			      name);
	if (len && (tmd_is_space(text[0]) || tmd_is_space(text[len - 1])))
		tmd_strv_addf(out,
			      "%s: the value begins or ends with a blank, which programs take "
			      "for a part of the file's name",
			      name);
}

char *tmd_env_changeable(struct tmd_ctx *ctx, const struct tmd_env_place *place, const char *name,
			 enum tmd_reg_type type, const char *text)
{
	bool refers = type == TMD_REG_EXPAND && tmd_env_holds_reference(text);
	TMD_AUTO_FREE char *value = refers ? tmd_env_expanded(text) : NULL;

	if (!value || (place->user && !tmd_env_place_is_callers(place)))
		return NULL;
	return tmd_env_find_others(ctx, name, value, place->user ? 0 : TMD_KEEP);
}

void tmd_env_note_changeable(struct tmd_ctx *ctx, const struct tmd_env_place *place,
			     const char *name, enum tmd_reg_type type, const char *text,
			     struct tmd_strv *out)
{
	TMD_AUTO_FREE char *why = tmd_env_changeable(ctx, place, name, type, text);

	if (why)
		tmd_env_note_others(name, why, out);
}

void tmd_env_note_file(struct tmd_ctx *ctx, const char *name, const char *text,
		       struct tmd_strv *out, struct tmd_strv *losses)
{
	enum tmd_env_trust trust = tmd_env_trust(name);
	size_t spelling = out->count;

	if (trust == TMD_ENV_TRUST_NOT || !*text)
		return;
	note_spelling(name, text, out);
	/* What a reference expands to depends on who is asking. */
	if (out->count > spelling || tmd_env_holds_reference(text))
		return;
	if (trust == TMD_ENV_TRUST_DIRS || tmd_env_is_absolute(text))
		tmd_env_note_ca_file(ctx, name, text, out, losses);
	else
		tmd_strv_addf(out,
			      "%s: the value is no whole path: programs look for the file in "
			      "whatever directory they run",
			      name);
}

void tmd_env_note_value(struct tmd_ctx *ctx, const struct tmd_env_places *places,
		       const struct tmd_reg_value *value, struct tmd_strv *out)
{
	if (value->type == TMD_REG_OTHER) {
		tmd_strv_addf(out,
			      "%s: the registry holds %s of this name, which no program gets "
			      "as a variable (%s)",
			      value->name, value->text, places->own.path);
		return;
	}
	if (!*value->text)
		tmd_strv_addf(out, "%s: the value is empty, which many programs take for not set",
			      value->name);
	tmd_env_note_length(value->name, value->text, out);
	if (value->type == TMD_REG_EXPAND)
		tmd_env_note_undefined(places, value->name, value->text, out);
	else
		note_literal(places, value->name, value->text, out);
	tmd_env_note_changeable(ctx, &places->own, value->name, value->type, value->text, out);
}

static void note_strays_in(const struct tmd_env_place *place, const char *name,
			   struct tmd_strv *out)
{
	TMD_AUTO_FREE char *watched = tmd_env_fold(name);

	for (size_t i = 0; i < place->values.count; i++) {
		const struct tmd_reg_value *value = &place->values.items[i];
		TMD_AUTO_FREE char *other = tmd_env_fold(value->name);
		const char *why = tmd_env_stray(watched, other);
		const char *quote = strchr(value->name, ' ') ? "\"" : ""; /* or nobody sees it */
		TMD_AUTO_FREE char *removal = tmd_env_stray_removal(value->name, place->user);

		if (why && value->type != TMD_REG_OTHER)
			tmd_strv_addf(out, "%s%s%s (%s): %s; %s", quote, value->name, quote, why,
				      place->path, removal);
	}
}

void tmd_env_note_strays(const struct tmd_env_places *places, const char *name,
			 struct tmd_strv *out)
{
	note_strays_in(&places->own, name, out);
	for (size_t i = 0; i < places->count; i++)
		note_strays_in(&places->others[i], name, out);
}
