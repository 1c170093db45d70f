/* Judging source files as p11-kit's loader does (its trust/persist.c and trust/token.c). */
#include "resources/anchor/unix/p11_sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/anchor/unix/p11_lexer.h"
#include "x509/p11_pem.h"
#include "x509/pem.h"

#define OBJECT "[p11-kit-object-v1]"

/* ---- parts of a certificate, as encoded ---- */

struct span {
	const unsigned char *data;
	size_t len;
};

/* Reads one DER element at the start of `in`: the whole of it, and what is inside. */
static bool read_element(struct span in, struct span *whole, struct span *inside)
{
	size_t header = 2;
	size_t len;

	if (in.len < 2)
		return false;
	len = in.data[1];
	if (len & 0x80) {
		size_t octets = len & 0x7F;

		if (octets < 1 || octets > 4 || in.len < 2 + octets)
			return false;
		len = 0;
		for (size_t i = 0; i < octets; i++)
			len = len << 8 | in.data[2 + i];
		header += octets;
	}
	if (len > in.len - header)
		return false;
	*whole = (struct span){ in.data, header + len };
	*inside = (struct span){ in.data + header, len };
	return true;
}

static struct span behind(struct span in, struct span element)
{
	return (struct span){ in.data + element.len, in.len - element.len };
}

struct parts {
	struct span serial;
	struct span issuer;
	struct span key; /* SubjectPublicKeyInfo */
};

/* The fields of TBSCertificate that a distrust can name. */
static bool find_parts(const struct tmd_cert *cert, struct parts *out)
{
	struct span fields[7];
	struct span rest = { cert->der, cert->der_len };
	struct span whole;
	struct span inside;

	for (int depth = 0; depth < 2; depth++) { /* Certificate, then TBSCertificate */
		if (!read_element(rest, &whole, &inside))
			return false;
		rest = inside;
	}
	if (!read_element(rest, &whole, &inside))
		return false;
	if (whole.data[0] == 0xA0) /* the version, which v1 leaves out */
		rest = behind(rest, whole);
	for (size_t i = 0; i < 6; i++) {
		if (!read_element(rest, &fields[i], &inside))
			return false;
		rest = behind(rest, fields[i]);
	}
	out->serial = fields[0];
	out->issuer = fields[2];
	out->key = fields[5];
	return true;
}

/* ---- by which a distrusted certificate matches another ---- */

static const char *distrust_by_certificate(const struct tmd_cert *banned,
					   const struct tmd_cert *cert)
{
	if (strcmp(banned->sha256, cert->sha256) == 0)
		return "certificate";
	if (strcmp(banned->spki_sha256, cert->spki_sha256) == 0)
		return "public key";
	if (strcmp(banned->serial, cert->serial) == 0 &&
	    tmd_str_equal(banned->issuer, cert->issuer))
		return "issuer and serial number";
	return NULL;
}

/* ---- p11-kit's own format ---- */

/* The last value of "name: value" in an object, "" when it is longer; false when it has none. */
static bool find_attribute(const struct tmd_p11_object *object, const char *name, char *out,
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

static unsigned hex_digit(char c)
{
	if (tmd_is_digit(c))
		return (unsigned)(c - '0');
	return (unsigned)(c | 0x20) - 'a' + 10;
}

/* Is the quoted, percent-encoded value exactly these bytes? */
static bool value_is(const char *value, struct span bytes)
{
	size_t n = 0;

	if (*value++ != '"')
		return false;
	for (; *value && *value != '"'; value++, n++) {
		unsigned byte = (unsigned char)*value;

		if (*value == '%' && tmd_is_hex(value[1]) && tmd_is_hex(value[2])) {
			byte = hex_digit(value[1]) << 4 | hex_digit(value[2]);
			value += 2;
		}
		if (n >= bytes.len || bytes.data[n] != byte)
			return false;
	}
	return *value == '"' && n == bytes.len;
}

static bool names_issuer_and_serial(const struct tmd_p11_object *object, const struct parts *parts)
{
	char value[8192];

	(void)find_attribute(object, "serial-number", value, sizeof(value));
	if (!value_is(value, parts->serial))
		return false;
	(void)find_attribute(object, "issuer", value, sizeof(value));
	return value_is(value, parts->issuer);
}

/* Adds the characters between the first BEGIN line and the END line, without white space. */
static void add_base64(const char *text, size_t len, const char *name, struct tmd_buf *out)
{
	struct tmd_pem_marker begin;
	struct tmd_pem_marker end;

	if (!tmd_pem_find(text, len, 0, &begin) || !begin.begin || !tmd_pem_is(&begin, name) ||
	    !tmd_pem_find(text, len, begin.end, &end))
		return;
	for (size_t i = begin.end; i < end.at; i++) {
		if (!tmd_is_space(text[i]))
			tmd_buf_add_char(out, text[i]);
	}
}

static bool names_key(const struct tmd_p11_object *object, const struct parts *parts)
{
	TMD_AUTO_BUF struct tmd_buf pem = { 0 };
	TMD_AUTO_BUF struct tmd_buf ours = { 0 };
	TMD_AUTO_BUF struct tmd_buf theirs = { 0 };

	/* The base64 of a key is the same under whatever heading. */
	tmd_cert_add_pem(&pem, parts->key.data, parts->key.len);
	add_base64(tmd_buf_str(&pem), pem.len, "CERTIFICATE", &ours);
	add_base64(object->text, object->len, "PUBLIC KEY", &theirs);
	return ours.len && tmd_buf_equal(&theirs, tmd_buf_str(&ours), ours.len);
}

static const char *distrust_by_object(const struct tmd_p11_object *object,
				      const struct tmd_cert *cert)
{
	const char *by = object->banned ? distrust_by_certificate(object->banned, cert) : NULL;
	struct parts parts;

	if (by || !object->text || !find_parts(cert, &parts))
		return by;
	if (names_key(object, &parts))
		return "public key";
	return names_issuer_and_serial(object, &parts) ? "issuer and serial number" : NULL;
}

/* ---- what a file says of a certificate ---- */

static bool is_trusted(enum tmd_p11_role role, const struct tmd_p11_object *object)
{
	return !object->distrusted && (role == TMD_P11_ANCHORS ||
				       (role == TMD_P11_NEUTRAL && object->trusted));
}

static bool is_distrusted(enum tmd_p11_role role, const struct tmd_p11_object *object)
{
	return role == TMD_P11_BLOCK || object->distrusted;
}

static void judge_object(enum tmd_p11_role role, const struct tmd_p11_object *object,
			 const struct tmd_cert *cert, struct tmd_p11_verdict *out)
{
	bool holds = object->der.len && tmd_buf_equal(&object->der, cert->der, cert->der_len);
	const char *by = NULL;

	out->misread &= !holds;
	if (holds && is_trusted(role, object)) {
		out->anchors = true;
		out->narrows |= object->not_servers;
	}
	if (is_distrusted(role, object))
		by = distrust_by_object(object, cert);
	out->by = by ? by : out->by;
}

struct tmd_p11_verdict tmd_p11_judge(const struct tmd_p11_source *source,
				     const struct tmd_cert *cert)
{
	size_t others = tmd_anchor_file_count(&source->file);
	struct tmd_p11_verdict out = {
		.count = source->count > others ? source->count : others,
		.misread = tmd_anchor_file_holds(&source->file, cert),
		.has_key = source->file.scan.has_private_key,
	};

	for (size_t i = 0; i < source->count; i++)
		judge_object(source->role, &source->objects[i], cert, &out);
	out.distrusts = out.by != NULL;
	return out;
}

/* ---- loading ---- */

static bool attribute_is_true(const struct tmd_p11_object *object, const char *name)
{
	char value[16];

	(void)find_attribute(object, name, value, sizeof(value));
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
		object->trusted = block.has_settings;
		object->distrusted = block.distrusted;
		object->not_servers = block.has_settings && !block.for_servers;
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

	if (!find_attribute(object, "value", value, object->len + 1))
		return;
	tmd_buf_release(&object->der);
	for (const char *c = value + 1; *value == '"' && *c && !(*c == '"' && !c[1]); c++) {
		if (*c != '%') {
			tmd_buf_add_char(&der, *c);
			continue;
		}
		tmd_buf_add_char(&der, (char)(hex_digit(c[1]) << 4 | hex_digit(c[2])));
		c += 2;
	}
	if (tmd_p11_is_certificate(tmd_buf_str(&der), der.len))
		take_der(object, &der);
}

static bool has_attribute(const struct tmd_p11_object *object, const char *name)
{
	char value[2];

	return find_attribute(object, name, value, sizeof(value));
}

/* A class is a word or its number; a block with a certificate says which, where nothing does. */
static bool is_of(const struct tmd_p11_object *object, const char *attribute, const char *word,
		  uint64_t number, bool otherwise)
{
	char value[32];
	uint64_t given;

	if (!find_attribute(object, attribute, value, sizeof(value)))
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
	object->trusted = attribute_is_true(object, "trusted");
	object->distrusted = attribute_is_true(object, "x-distrusted");
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

		source->unloadable |= object->unloadable && is_trusted(source->role, object);
		if (is_distrusted(source->role, object) && object->der.len &&
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
