/* Judging source files as p11-kit's loader does (its trust/persist.c and trust/token.c). */
#include "resources/anchor/unix/p11_sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
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

static const char *distrust_by_any(const struct tmd_p11_object *object,
				   const struct tmd_cert *cert)
{
	const char *by = NULL;

	for (struct tmd_cert **banned = object->banned; *banned && !by; banned++)
		by = distrust_by_certificate(*banned, cert);
	return by;
}

/* ---- p11-kit's own format ---- */

/* The value of "name: value" in an object, cut to `size`; "" when it has none. */
static void find_attribute(const struct tmd_p11_object *object, const char *name, char *out,
			   size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	while (at < object->len) {
		const char *line = object->text + at;
		const char *end = memchr(line, '\n', object->len - at);
		size_t len = end ? (size_t)(end - line) : object->len - at;
		size_t skip = strlen(name);

		at += len + 1;
		if (len <= skip || memcmp(line, name, skip) != 0 || line[skip] != ':')
			continue;
		for (skip++; skip < len && tmd_is_space(line[skip]); skip++)
			;
		while (len > skip && tmd_is_space(line[len - 1]))
			len--;
		if (len - skip >= size)
			return;
		memcpy(out, line + skip, len - skip);
		out[len - skip] = '\0';
		return;
	}
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

	find_attribute(object, "serial-number", value, sizeof(value));
	if (!value_is(value, parts->serial))
		return false;
	find_attribute(object, "issuer", value, sizeof(value));
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
	const char *by = distrust_by_any(object, cert);
	struct parts parts;

	if (by || !find_parts(cert, &parts))
		return by;
	if (names_key(object, &parts))
		return "public key";
	return names_issuer_and_serial(object, &parts) ? "issuer and serial number" : NULL;
}

/* ---- what a file says of a certificate ---- */

static bool is_trusted_block(const struct tmd_anchor_file *file,
			     const struct tmd_bundle_entry *entry)
{
	static const char begin[] = "-----BEGIN TRUSTED CERTIFICATE-----";

	return entry->at + strlen(begin) <= file->text.len &&
	       memcmp(file->text.data + entry->at, begin, strlen(begin)) == 0;
}

static bool trusted_here(const struct tmd_p11_source *source, const struct tmd_cert *cert)
{
	const struct tmd_anchor_file *file = &source->file;
	const struct tmd_bundle_entry *entry;

	if (source->role == TMD_P11_ANCHORS)
		return tmd_anchor_file_holds(file, cert);
	entry = tmd_bundle_find(&file->scan, cert->der, cert->der_len, 0);
	return entry && is_trusted_block(file, entry);
}

static bool anchors_here(const struct tmd_p11_source *source, const struct tmd_p11_object *object,
			 const struct tmd_cert *cert)
{
	if (!source->is_own_format)
		return trusted_here(source, cert);
	return (source->role == TMD_P11_ANCHORS || object->trusted) &&
	       tmd_bundle_find(&object->scan, cert->der, cert->der_len, 0);
}

size_t tmd_p11_source_count(const struct tmd_p11_source *source)
{
	return source->is_own_format ? source->count : tmd_anchor_file_count(&source->file);
}

struct tmd_p11_verdict tmd_p11_judge(const struct tmd_p11_source *source,
				     const struct tmd_cert *cert)
{
	struct tmd_p11_verdict out = { .count = tmd_p11_source_count(source) };
	const struct tmd_anchor_file *file = &source->file;

	out.sound = source->is_own_format || file->is_der || file->scan.loads;
	for (size_t i = 0; i < source->count; i++) {
		const struct tmd_p11_object *object = &source->objects[i];
		const char *by;

		if (!object->banned) {
			out.anchors = out.anchors || anchors_here(source, object, cert);
			continue;
		}
		by = source->is_own_format ? distrust_by_object(object, cert) :
					     distrust_by_any(object, cert);
		out.by = by ? by : out.by;
	}
	out.distrusts = out.by != NULL;
	return out;
}

/* ---- loading ---- */

static bool attribute_is_true(const struct tmd_p11_object *object, const char *name)
{
	char value[16];

	find_attribute(object, name, value, sizeof(value));
	return strcmp(value, "true") == 0;
}

static struct tmd_cert **parse_all(const struct tmd_bundle_entry *entries, size_t count)
{
	struct tmd_cert **certs = tmd_alloc(count + 1, sizeof(struct tmd_cert *));
	struct tmd_error ignored = { 0 };
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (tmd_cert_parse(entries[i].der, entries[i].der_len, &certs[found], &ignored) ==
		    TMD_OK)
			found++;
	}
	return certs;
}

static struct tmd_p11_object *add_object(struct tmd_p11_source *source)
{
	struct tmd_p11_object *object;

	source->objects = tmd_grow(source->objects, &source->cap, source->count + 1,
				   sizeof(*source->objects));
	object = &source->objects[source->count++];
	memset(object, 0, sizeof(*object));
	return object;
}

static void load_plain(struct tmd_p11_source *source)
{
	const struct tmd_anchor_file *file = &source->file;
	struct tmd_bundle_entry whole = { .der = (const unsigned char *)tmd_buf_str(&file->text),
					  .der_len = file->text.len };
	struct tmd_p11_object *object = add_object(source);

	if (source->role == TMD_P11_BLOCK)
		object->banned = file->is_der ? parse_all(&whole, 1) :
						parse_all(file->scan.entries, file->scan.count);
}

static enum tmd_rc load_object(struct tmd_p11_source *source, size_t start, struct tmd_error *err)
{
	const struct tmd_buf *text = &source->file.text;
	struct tmd_p11_object *object = add_object(source);

	object->text = text->data + start;
	object->len = tmd_text_find(object->text, text->len - start, OBJECT);
	object->trusted = attribute_is_true(object, "trusted");
	object->distrusted = attribute_is_true(object, "x-distrusted");
	if (tmd_bundle_scan(object->text, object->len, &object->scan, err))
		return TMD_FAILED;
	if (source->role == TMD_P11_BLOCK || object->distrusted)
		object->banned = parse_all(object->scan.entries, object->scan.count);
	return TMD_OK;
}

static enum tmd_rc load_objects(struct tmd_p11_source *source, size_t first, struct tmd_error *err)
{
	for (size_t at = first; at < source->file.text.len;) {
		size_t start = at + strlen(OBJECT);

		if (load_object(source, start, err))
			return TMD_FAILED;
		at = start + source->objects[source->count - 1].len;
	}
	return TMD_OK;
}

void tmd_p11_source_release(struct tmd_p11_source *source)
{
	for (size_t i = 0; i < source->count; i++) {
		struct tmd_p11_object *object = &source->objects[i];

		for (size_t k = 0; object->banned && object->banned[k]; k++)
			tmd_cert_free(object->banned[k]);
		free(object->banned);
		tmd_bundle_release(&object->scan);
	}
	free(source->objects);
	tmd_anchor_file_release(&source->file);
	memset(source, 0, sizeof(*source));
}

enum tmd_rc tmd_p11_source_load(struct tmd_ctx *ctx, const char *path, enum tmd_p11_role role,
				struct tmd_p11_source *out, struct tmd_error *err)
{
	struct tmd_p11_source source = { .role = role };
	size_t first;

	if (tmd_anchor_file_load(ctx, path, &source.file, err))
		return TMD_FAILED;
	first = tmd_text_find(tmd_buf_str(&source.file.text), source.file.text.len, OBJECT);
	source.is_own_format = first < source.file.text.len;
	if (!source.is_own_format) {
		load_plain(&source);
	} else if (load_objects(&source, first, err)) {
		tmd_p11_source_release(&source);
		return TMD_FAILED;
	}
	*out = source;
	return TMD_OK;
}
