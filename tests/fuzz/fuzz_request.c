/*
 * Any bytes as a JSON request: what is understood is what another reading of the same JSON
 * holds, and says the same as words and as a profile; the rest is refused as invalid input, a
 * resource alone or the whole. Files that come along are what OpenSSL decodes. An instance of DSC
 * gives a request that holds nothing of DSC's own.
 */
#include <openssl/evp.h>
#include <stdint.h>

#include "engine/dsc.h"
#include "requests.h"

#define BASE "/base"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t depth_of(const json_t *json)
{
	size_t deepest = 0;
	const char *key;
	json_t *item;
	size_t i;

	if (!json_is_array(json) && !json_is_object(json))
		return 0;
	json_array_foreach((json_t *)(uintptr_t)json, i, item) {
		size_t depth = depth_of(item);

		deepest = depth > deepest ? depth : deepest;
	}
	json_object_foreach((json_t *)(uintptr_t)json, key, item) {
		size_t depth = depth_of(item);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static bool same_value(const struct tmd_field *field, const struct tmd_value *value,
		       const json_t *json, const char *base_dir)
{
	json_t *ours;
	bool same;

	if (field->flags & TMD_F_READ_ONLY)
		return value->kind == TMD_V_NULL;
	ours = value_as_json(value);
	same = json_equal(ours, json);
	if (!same && field->type == TMD_T_PATH && json_is_string(json))
		same = tmd_str_starts(value->string, base_dir) &&
		       tmd_str_ends(value->string, json_string_value(json));
	json_decref(ours);
	return same;
}

/* Every key is the type or an attribute, and what was read is what stands there. */
static void check_object(const struct tmd_result *result, json_t *object)
{
	const struct tmd_resource *r = &result->resource;
	struct tmd_error err = { 0 };
	const char *key;
	json_t *json;
	size_t given = 0;
	size_t index;

	json_object_foreach(object, key, json) {
		if (strcmp(key, "type") == 0)
			continue;
		require(tmd_attribute_find(r->type, key, &index, &err) == TMD_OK);
		require(result->given[index]);
		require(same_value(&r->type->fields[index], &r->input[index], json, BASE));
	}
	for (size_t f = 0; f < r->type->field_count; f++)
		given += result->given[f];
	require(given == json_object_size(object) - (json_object_get(object, "type") != NULL));
}

/* OpenSSL's decoder, which takes a little more than ours, says what the bytes are. */
static void check_file(const struct tmd_sent_file *file, const json_t *content)
{
	size_t len = json_string_length(content);
	const char *text = json_string_value(content);
	unsigned char *bytes;
	int decoded;

	require(file && file->missing == json_is_null(content));
	if (file->missing || !len) {
		require(!file->content.len && (file->missing || json_is_string(content)));
		return;
	}
	bytes = malloc(len);
	require(bytes && len % 4 == 0);
	decoded = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
	for (size_t i = len; text[i - 1] == '='; i--)
		decoded--;
	require(decoded > 0 && tmd_buf_equal(&file->content, bytes, (size_t)decoded));
	free(bytes);
}

static void check_files(const struct tmd_run *run, json_t *files)
{
	const char *path;
	json_t *content;

	require(run->files.count == json_object_size(files));
	json_object_foreach(files, path, content)
		check_file(tmd_sent_files_find(&run->files, path), content);
}

/* Does a request name a profile? It brings its files then: what lies here is not looked for. */
static bool is_profile(const char *text, size_t len)
{
	json_t *document = json_loadb(text, len, 0, NULL);
	bool found = json_object_get(document, "profile") && json_object_get(document, "files") &&
		     !json_object_get(document, "resources");

	json_decref(document);
	return found;
}

static void check_understood(const struct tmd_run *run, const char *text, size_t len)
{
	json_t *document = json_loadb(text, len, 0, NULL);
	json_t *list = json_object_get(document, "resources");

	require(document && depth_of(document) <= TMD_REQUEST_DEPTH);
	if (is_profile(text, len)) {
		check_files(run, json_object_get(document, "files"));
		json_decref(document);
		return;
	}
	check_files(run, list ? json_object_get(document, "files") : NULL);
	require(run->count == (list ? json_array_size(list) : 1));
	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_result *result = &run->results[i];
		TMD_AUTO_FREE char *place = tmd_format("resources[%zu]: ", i);

		if (!result->error.kind)
			check_object(result, list ? json_array_get(list, i) : document);
		else
			require(!list || tmd_str_starts(result->error.message, place));
	}
	json_decref(document);
}

/* `only` NULL: as `trustmend` itself; else as the program that has one type. */
static void check_request(const char *text, size_t len, const struct tmd_type *only)
{
	struct tmd_request_scope scope = { .types = fuzz_types(), .only = only };
	AUTO_RUN struct tmd_run run = run_new();
	struct tmd_error err = { 0 };
	const char *data = text;
	size_t size = len;

	if (tmd_request_skip_mark(&data, &size, "in.json", &err) == TMD_OK &&
	    is_profile(data, size))
		scope.profiles = &tmd_profiles;
	if (tmd_request_add_json(&run, &scope, text, len, "in.json", BASE, &err)) {
		if (err.kind != TMD_E_NOT_FOUND) /* the profile is a file that the caller lacks */
			require_invalid(&err);
		require(err.kind != TMD_E_NOT_FOUND || scope.profiles);
		return;
	}
	check_understood(&run, data, size);
	if (all_well_formed(&run))
		check_every_way(&run, run.count ? run.results[0].resource.base_dir : BASE);
}

static void check_depth(const char *text, size_t len)
{
	struct tmd_error err = { 0 };
	bool fits = tmd_request_check_depth(text, len, "in.json", &err) == TMD_OK;
	json_t *document = fits ? json_loadb(text, len, JSON_DECODE_ANY, NULL) : NULL;

	require(!document || depth_of(document) <= TMD_REQUEST_DEPTH);
	json_decref(document);
}

static void check_dsc(const struct tmd_type *type, const char *text, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_error err = { 0 };
	const char *key;
	json_t *json;
	json_t *item;

	if (tmd_dsc.read(type, text, len, &out, &err)) {
		require(err.kind == TMD_E_INVALID_INPUT || err.kind == TMD_E_UNSUPPORTED);
		require(err.message[0] && !out.len);
		return;
	}
	json = json_loadb(tmd_buf_str(&out), out.len, JSON_REJECT_DUPLICATES, NULL);
	require(json_is_object(json));
	json_object_foreach(json, key, item)
		require(strcmp(key, "_exist") != 0 && strcmp(key, "_inDesiredState") != 0);
	json_decref(json);
	check_request(tmd_buf_str(&out), out.len, type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of exactly this size, so that reading past it is seen. */
	char *text = malloc(size ? size : 1);

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	check_depth(text, size);
	check_request(text, size, NULL);
	check_request(text, size, &fake_type);
	for (size_t i = 0; fuzz_types()[i]; i++)
		check_dsc(fuzz_types()[i], text, size);
	free(text);
	return 0;
}
