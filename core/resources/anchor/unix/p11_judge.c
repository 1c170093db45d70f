/* What a source file means for a certificate, by the rules of p11-kit's trust/token.c. */
#include "resources/anchor/unix/p11_sources.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/pem.h"

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

/* Is the quoted, percent-encoded value exactly these bytes? */
static bool value_is(const char *value, struct span bytes)
{
	size_t n = 0;

	if (*value++ != '"')
		return false;
	for (; *value && *value != '"'; value++, n++) {
		unsigned byte = (unsigned char)*value;

		if (*value == '%' && tmd_is_hex(value[1]) && tmd_is_hex(value[2])) {
			byte = tmd_p11_hex_digit(value[1]) << 4 | tmd_p11_hex_digit(value[2]);
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

	(void)tmd_p11_find_attribute(object, "serial-number", value, sizeof(value));
	if (!value_is(value, parts->serial))
		return false;
	(void)tmd_p11_find_attribute(object, "issuer", value, sizeof(value));
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

bool tmd_p11_is_trusted(enum tmd_p11_role role, const struct tmd_p11_object *object)
{
	return !object->says.distrusted && (role == TMD_P11_ANCHORS ||
				       (role == TMD_P11_NEUTRAL && object->says.trusted));
}

bool tmd_p11_is_distrusted(enum tmd_p11_role role, const struct tmd_p11_object *object)
{
	return role == TMD_P11_BLOCK || object->says.distrusted;
}

static void judge_object(enum tmd_p11_role role, const struct tmd_p11_object *object,
			 const struct tmd_cert *cert, struct tmd_p11_verdict *out)
{
	bool holds = object->der.len && tmd_buf_equal(&object->der, cert->der, cert->der_len);
	const char *by = NULL;

	out->misread &= !holds;
	if (holds && tmd_p11_is_trusted(role, object)) {
		out->anchors = true;
		out->narrows |= object->says.not_servers;
	}
	if (tmd_p11_is_distrusted(role, object))
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
	return out;
}
