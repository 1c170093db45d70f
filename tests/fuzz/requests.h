/*
 * Resources of a run, written as JSON, as words and as a profile: whatever way they came in,
 * each of the others must give the same ones.
 */
#ifndef TESTS_FUZZ_REQUESTS_H
#define TESTS_FUZZ_REQUESTS_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/attributes.h"
#include "engine/fake_type.h"
#include "engine/options.h"
#include "engine/profile.h"
#include "engine/request.h"
#include "resources/types.h"

/* The fake one, and all that there are. */
static inline const struct tmd_type *const *fuzz_types(void)
{
	static const struct tmd_type *types[32] = { &fake_type };

	for (size_t i = 0; tmd_types[i]; i++)
		types[i + 1] = tmd_types[i];
	return types;
}

static inline void require(bool holds)
{
	if (!holds)
		abort();
}

/* A run on the live machine, which nothing here looks at. */
static inline struct tmd_run run_new(void)
{
	static struct tmd_fs *fs;
	struct tmd_run run = { .verb = TMD_VERB_PLAN };
	struct tmd_error err = { 0 };

	if (!fs)
		require(tmd_fs_open(NULL, &fs, &err) == TMD_OK);
	run.ctx.fs = fs;
	return run;
}

#define AUTO_RUN TMD_CLEANUP(tmd_run_release)

/* What is not understood is the caller's fault, and he is told in words. */
static inline void require_invalid(const struct tmd_error *err)
{
	require(err->kind == TMD_E_INVALID_INPUT && err->message[0]);
}

/* Those that are not are told of, each in words. */
static inline bool all_well_formed(const struct tmd_run *run)
{
	bool fine = true;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_error *wrong = &run->results[i].error;

		if (wrong->kind)
			require_invalid(wrong);
		fine = fine && !wrong->kind;
	}
	return fine;
}

static inline void require_same(const struct tmd_run *a, const struct tmd_run *b)
{
	require(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct tmd_resource *left = &a->results[i].resource;
		const struct tmd_resource *right = &b->results[i].resource;

		require(left->type == right->type);
		require(tmd_str_equal(left->base_dir, right->base_dir));
		for (size_t f = 0; f < left->type->field_count; f++)
			require(tmd_value_equal(&left->input[f], &right->input[f]));
	}
}

/* ---- as JSON ---- */

static inline json_t *value_as_json(const struct tmd_value *value)
{
	json_t *list;

	switch (value->kind) {
	case TMD_V_NULL:
		return json_null();
	case TMD_V_BOOL:
		return json_boolean(value->boolean);
	case TMD_V_INT:
		return json_integer(value->integer);
	case TMD_V_STRING:
		return json_string(value->string);
	case TMD_V_LIST:
		list = json_array();
		for (size_t i = 0; i < value->list.count; i++)
			json_array_append_new(list, json_string(value->list.items[i]));
		return list;
	case TMD_V_MAP:
		break;
	}
	abort(); /* no attribute that can be set is a map */
}

static inline void check_json(const struct tmd_run *run, const char *base_dir)
{
	const struct tmd_request_scope scope = { .types = fuzz_types() };
	AUTO_RUN struct tmd_run again = run_new();
	json_t *document = json_object();
	json_t *list = json_array();
	struct tmd_error err = { 0 };
	char *text;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *r = &run->results[i].resource;
		json_t *object = json_object();

		json_object_set_new(object, "type", json_string(r->type->name));
		for (size_t f = 0; f < r->type->field_count; f++)
			json_object_set_new(object, r->type->fields[f].name,
					    value_as_json(&r->input[f]));
		json_array_append_new(list, object);
	}
	json_object_set_new(document, "resources", list);
	text = json_dumps(document, JSON_INDENT(1));
	require(text != NULL);
	require(tmd_request_add_json(&again, &scope, text, strlen(text), "again", base_dir, &err) ==
			TMD_OK && all_well_formed(&again));
	require_same(run, &again);
	free(text);
	json_decref(document);
}

/* ---- as words, and as a profile: text that says the same ---- */

/* Words and profiles write no negative number; a word adds no empty item to a list. */
static inline bool can_be_text(const struct tmd_value *value, bool as_word)
{
	if (value->kind == TMD_V_INT)
		return value->integer >= 0;
	for (size_t i = 0; as_word && value->kind == TMD_V_LIST && i < value->list.count; i++) {
		if (!value->list.items[i][0])
			return false;
	}
	return true;
}

static inline bool resource_can_be_text(const struct tmd_resource *r, bool as_word)
{
	for (size_t f = 0; f < r->type->field_count; f++) {
		if (!can_be_text(&r->input[f], as_word))
			return false;
	}
	return true;
}

static inline char *scalar_as_text(const struct tmd_value *value)
{
	if (value->kind == TMD_V_BOOL)
		return tmd_strdup(value->boolean ? "true" : "false");
	if (value->kind == TMD_V_INT)
		return tmd_format("%lld", (long long)value->integer);
	return tmd_strdup(value->string);
}

static inline void add_words(const char *name, const struct tmd_value *value,
			     struct tmd_strv *words)
{
	TMD_AUTO_FREE char *text = NULL;

	if (value->kind == TMD_V_NULL)
		return;
	if (value->kind != TMD_V_LIST) {
		text = scalar_as_text(value);
		tmd_strv_addf(words, "%s=%s", name, text);
		return;
	}
	if (!value->list.count)
		tmd_strv_addf(words, "%s=", name);
	for (size_t i = 0; i < value->list.count; i++)
		tmd_strv_addf(words, "%s=%s", name, value->list.items[i]);
}

static inline void check_words(const struct tmd_run *run, const char *base_dir)
{
	AUTO_RUN struct tmd_run again = run_new();
	struct tmd_error err = { 0 };

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *r = &run->results[i].resource;
		TMD_AUTO_STRV struct tmd_strv words = { 0 };

		if (!resource_can_be_text(r, true))
			return;
		for (size_t f = 0; f < r->type->field_count; f++)
			add_words(r->type->fields[f].name, &r->input[f], &words);
		require(tmd_request_add_words(&again, r->type, words.items, words.count, base_dir,
					      &err) == TMD_OK && all_well_formed(&again));
	}
	require_same(run, &again);
}

static inline void add_quoted(struct tmd_buf *out, const char *text)
{
	tmd_buf_add_char(out, '"');
	while (*text) {
		uint32_t code = 0;
		size_t len = tmd_utf8_next(text, strlen(text), &code);

		require(len > 0);
		if (tmd_str_starts(text, "${"))
			tmd_buf_add_char(out, '$');
		if (code < ' ' || code > '~' || code == '"' || code == '\\')
			tmd_buf_addf(out, "\\U%08lx", (unsigned long)code);
		else
			tmd_buf_add_char(out, (char)code);
		text += len;
	}
	tmd_buf_add_char(out, '"');
}

static inline void add_yaml(struct tmd_buf *out, const struct tmd_value *value)
{
	if (value->kind != TMD_V_LIST) {
		TMD_AUTO_FREE char *text = scalar_as_text(value);

		add_quoted(out, text);
		return;
	}
	tmd_buf_add_char(out, '[');
	for (size_t i = 0; i < value->list.count; i++) {
		tmd_buf_add_str(out, i ? ", " : "");
		add_quoted(out, value->list.items[i]);
	}
	tmd_buf_add_char(out, ']');
}

static inline void check_profile(const struct tmd_run *run, const char *base_dir)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	AUTO_RUN struct tmd_run again = run_new();
	const struct tmd_strv none = { 0 };
	struct tmd_error err = { 0 };

	tmd_buf_addf(&text, "trustmend: 1\nresources:%s\n", run->count ? "" : " []");
	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *r = &run->results[i].resource;

		if (!resource_can_be_text(r, false))
			return;
		tmd_buf_addf(&text, "  - type: %s\n", r->type->name);
		for (size_t f = 0; f < r->type->field_count; f++) {
			if (r->input[f].kind == TMD_V_NULL)
				continue;
			tmd_buf_addf(&text, "    %s: ", r->type->fields[f].name);
			add_yaml(&text, &r->input[f]);
			tmd_buf_add_char(&text, '\n');
		}
	}
	require(tmd_profile_add(&again, fuzz_types(), tmd_buf_str(&text), text.len, "again", base_dir,
				&none, &err) == TMD_OK && all_well_formed(&again));
	require_same(run, &again);
}

/* Whatever was understood can be said in each way, and means the same. */
static inline void check_every_way(const struct tmd_run *run, const char *base_dir)
{
	check_json(run, base_dir);
	check_words(run, base_dir);
	check_profile(run, base_dir);
}

#endif
