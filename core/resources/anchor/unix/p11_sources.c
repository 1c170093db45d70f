/* Reading source files as p11-kit's loader does (its trust/persist.c and trust/token.c). */
#include "resources/anchor/unix/p11_sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/anchor/unix/p11_lexer.h"
#include "x509/p11_pem.h"
#include "x509/pem.h"

#define OBJECT "[p11-kit-object-v1]"

/* ---- attributes ---- */

bool tmd_p11_find_attribute(const struct tmd_p11_object *object, const char *name, char *out,
			   size_t size)
{
	struct tmd_p11_lexer lexer = { .text = object->text, .len = object->len };
	enum tmd_p11_token token;
	bool found = false;

	out[0] = '\0';
	while ((token = tmd_p11_lex(&lexer)) == TMD_P11_FIELD || token == TMD_P11_PEM) {
		struct tmd_p11_field field;

		if (token == TMD_P11_PEM)
			continue;
		field = tmd_p11_field(&lexer);
		if (field.name_len != strlen(name) || memcmp(field.name, name, field.name_len) != 0)
			continue;
		found = true;
		out[0] = '\0';
		if (field.value_len >= size)
			continue;
		memcpy(out, field.value, field.value_len);
		out[field.value_len] = '\0';
	}
	return found;
}

unsigned tmd_p11_hex_digit(char c)
{
	if (tmd_is_digit(c))
		return (unsigned)(c - '0');
	return (unsigned)(c | 0x20) - 'a' + 10;
}

/* ---- loading ---- */

static bool attribute_is_true(const struct tmd_p11_object *object, const char *name)
{
	char value[16];

	(void)tmd_p11_find_attribute(object, name, value, sizeof(value));
	return strcmp(value, "true") == 0;
}

static struct tmd_p11_object *add_object(struct tmd_p11_source *source)
{
	struct tmd_p11_object *object;

	source->objects = tmd_grow(source->objects, &source->cap, source->count + 1,
				   sizeof(*source->objects));
	object = &source->objects[source->count++];
	memset(object, 0, sizeof(*object));
	object->fits = TMD_P11_FITS_CERTIFICATE | TMD_P11_FITS_EXTENSION;
	return object;
}

/* All but the first `kept`. */
static void release_objects(struct tmd_p11_source *source, size_t kept)
{
	while (source->count > kept) {
		struct tmd_p11_object *object = &source->objects[--source->count];

		tmd_buf_release(&object->der);
		tmd_cert_free(object->banned);
	}
}

void tmd_p11_source_release(struct tmd_p11_source *source)
{
	release_objects(source, 0);
	free(source->objects);
	tmd_anchor_file_release(&source->file);
	memset(source, 0, sizeof(*source));
}

static void take_der(struct tmd_p11_object *object, struct tmd_buf *der)
{
	object->der = *der;
	memset(der, 0, sizeof(*der));
}

/* True when it found PEM that can be decoded, whatever that is. */
static bool load_pem(struct tmd_p11_source *source)
{
	const struct tmd_buf *text = &source->file.text;
	TMD_CLEANUP(tmd_p11_block_release) struct tmd_p11_block block = { 0 };
	bool found = false;

	while (tmd_p11_pem_next(tmd_buf_str(text), text->len, block.next, &block)) {
		struct tmd_p11_object *object;

		found |= block.decoded;
		source->unloadable |= block.kind == TMD_P11_UNLOADABLE &&
				      source->role == TMD_P11_ANCHORS;
		if (block.kind != TMD_P11_CERTIFICATE && block.kind != TMD_P11_TRUSTED)
			continue;
		object = add_object(source);
		take_der(object, &block.der);
		object->says.trusted = block.has_settings;
		object->says.distrusted = block.distrusted;
		object->says.not_servers = block.has_settings && !block.for_servers;
	}
	return found;
}

static void load_der(struct tmd_p11_source *source)
{
	const struct tmd_buf *text = &source->file.text;

	if (text->len && tmd_p11_is_certificate(text->data, text->len))
		tmd_buf_add(&add_object(source)->der, text->data, text->len);
	else if (source->role == TMD_P11_ANCHORS)
		source->unloadable = tmd_p11_is_unloadable(tmd_buf_str(text), text->len);
}

/* The certificate of an object, from its PEM block; false for a block that the loader refuses. */
static bool load_block(struct tmd_p11_object *object, const struct tmd_p11_lexer *lexer)
{
	TMD_CLEANUP(tmd_p11_block_release) struct tmd_p11_block block = { 0 };

	if (!tmd_p11_pem_next(lexer->text + lexer->at, lexer->end - lexer->at, 0, &block) ||
	    !block.decoded)
		return false;
	if (tmd_str_starts(lexer->text + lexer->at, TMD_PEM_BEGIN))
		object->has_type = true;
	else
		object->has_key = true;
	if (block.kind == TMD_P11_CERTIFICATE && !object->der.len)
		take_der(object, &block.der);
	object->unloadable |= block.kind == TMD_P11_UNLOADABLE;
	return block.kind != TMD_P11_OTHER && block.kind != TMD_P11_TRUSTED;
}

/* A certificate as an attribute: it takes the place of a block, and may be none at all. */
static void load_value(struct tmd_p11_object *object)
{
	TMD_AUTO_FREE char *value = tmd_alloc(object->len + 1, 1);
	TMD_AUTO_BUF struct tmd_buf der = { 0 };

	if (!tmd_p11_find_attribute(object, "value", value, object->len + 1))
		return;
	tmd_buf_release(&object->der);
	for (const char *c = value + 1; *value == '"' && *c && !(*c == '"' && !c[1]); c++) {
		if (*c != '%') {
			tmd_buf_add_char(&der, *c);
			continue;
		}
		tmd_buf_add_char(&der, (char)(tmd_p11_hex_digit(c[1]) << 4 | tmd_p11_hex_digit(c[2])));
		c += 2;
	}
	if (tmd_p11_is_certificate(tmd_buf_str(&der), der.len))
		take_der(object, &der);
}

static bool has_attribute(const struct tmd_p11_object *object, const char *name)
{
	char value[2];

	return tmd_p11_find_attribute(object, name, value, sizeof(value));
}

/* A class is a word or its number; a block with a certificate says which, where nothing does. */
static bool is_of(const struct tmd_p11_object *object, const char *attribute, const char *word,
		  uint64_t number, bool otherwise)
{
	char value[32];
	uint64_t given;

	if (!tmd_p11_find_attribute(object, attribute, value, sizeof(value)))
		return otherwise;
	if (!*value)
		return number == 0;
	return strcmp(value, word) == 0 || (tmd_parse_u64(value, &given) && given == number);
}

/* Does the loader take it, now that it has read it? */
static bool is_taken(const struct tmd_p11_object *object)
{
	bool has_key = object->has_key || has_attribute(object, "public-key-info");

	if (is_of(object, "class", "certificate", 1, object->has_type))
		return object->fits & TMD_P11_FITS_CERTIFICATE &&
		       is_of(object, "certificate-type", "x-509", 0, object->has_type);
	return is_of(object, "class", "x-certificate-extension", UINT64_MAX, false) &&
	       object->fits & TMD_P11_FITS_EXTENSION && !object->has_type && has_key &&
	       has_attribute(object, "value");
}

static void finish_object(struct tmd_p11_object *object, const char *end)
{
	object->len = (size_t)(end - object->text);
	object->says.trusted = attribute_is_true(object, "trusted");
	object->says.distrusted = attribute_is_true(object, "x-distrusted");
	load_value(object);
	object->taken = is_taken(object);
}

/* One object that it does not take, and it drops that and all behind it. */
static void drop_objects(struct tmd_p11_source *source)
{
	size_t kept = 0;

	while (kept < source->count && source->objects[kept].taken)
		kept++;
	release_objects(source, kept);
}

/* One mistake anywhere, and the loader takes the file for something else. */
static bool load_objects(struct tmd_p11_source *source)
{
	const char *text = tmd_buf_str(&source->file.text);
	struct tmd_p11_lexer lexer = { .text = text, .len = source->file.text.len };
	struct tmd_p11_object *object = NULL;
	unsigned fits;
	bool skips = false;

	for (;;) {
		enum tmd_p11_token token = tmd_p11_lex(&lexer);

		switch (token) {
		case TMD_P11_FAILED:
			return false;
		case TMD_P11_END:
		case TMD_P11_OBJECT:
		case TMD_P11_SECTION:
			if (object)
				finish_object(object, text + (token == TMD_P11_END ? lexer.len :
										     lexer.at));
			if (token == TMD_P11_END) {
				drop_objects(source);
				return true;
			}
			object = token == TMD_P11_OBJECT ? add_object(source) : NULL;
			if (object)
				object->text = text + lexer.next;
			skips = !object;
			break;
		case TMD_P11_FIELD:
			if (!skips && (!object || !tmd_p11_field_is_sound(&lexer, &fits)))
				return false;
			if (object)
				object->fits &= fits;
			break;
		case TMD_P11_PEM:
			if (!skips && (!object || !load_block(object, &lexer)))
				return false;
			break;
		}
	}
}

static void judge_objects(struct tmd_p11_source *source)
{
	struct tmd_error ignored = { 0 };

	for (size_t i = 0; i < source->count; i++) {
		struct tmd_p11_object *object = &source->objects[i];

		source->unloadable |= object->unloadable && tmd_p11_is_trusted(source->role, object);
		if (tmd_p11_is_distrusted(source->role, object) && object->der.len &&
		    tmd_cert_parse(object->der.data, object->der.len, &object->banned, &ignored))
			object->banned = NULL;
	}
}

enum tmd_rc tmd_p11_source_load(struct tmd_ctx *ctx, const char *path, enum tmd_p11_role role,
				struct tmd_p11_source *out, struct tmd_error *err)
{
	struct tmd_p11_source source = { .role = role };
	const struct tmd_buf *text = &source.file.text;
	size_t seen;

	if (tmd_anchor_file_load(ctx, path, &source.file, err))
		return TMD_FAILED;
	seen = tmd_p11_seen(tmd_buf_str(text), text->len);
	if (tmd_text_find(tmd_buf_str(text), seen, OBJECT) == seen || !load_objects(&source)) {
		release_objects(&source, 0);
		if (!load_pem(&source))
			load_der(&source);
	}
	judge_objects(&source);
	*out = source;
	return TMD_OK;
}
