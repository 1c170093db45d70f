/* nameConstraints and path lengths in words. */
#include "x509/limits.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/mem.h"
#include "x509/openssl.h"
#include "x509/pem.h"

#define NAMES_SHOWN 6  /* of each list */
#define NAME_SHOWN 100 /* bytes of each */

/* ---- one name ---- */

static void add_clipped(struct tmd_buf *out, const char *kind, const char *text)
{
	tmd_buf_addf(out, "%s %.*s", kind, (int)tmd_text_clip(text, NAME_SHOWN), text);
	if (!*text)
		tmd_buf_add_str(out, "(every one)");
}

static void add_text(struct tmd_buf *out, const char *kind, const ASN1_STRING *text)
{
	TMD_AUTO_FREE char *copy = tmd_strndup((const char *)ASN1_STRING_get0_data(text),
					       (size_t)ASN1_STRING_length(text));

	add_clipped(out, kind, copy);
}

/* How many bits the mask has before its first 0; -1: others follow. */
static int prefix_of(const unsigned char *mask, int len)
{
	int bits = 0;

	while (bits < len * 8 && mask[bits / 8] & 0x80 >> bits % 8)
		bits++;
	for (int i = bits; i < len * 8; i++) {
		if (mask[i / 8] & 0x80 >> i % 8)
			return -1;
	}
	return bits;
}

/* An address and a mask of the same length, of which OpenSSL takes two. */
static void add_address(struct tmd_buf *out, const ASN1_OCTET_STRING *address)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(address);
	int len = ASN1_STRING_length(address) / 2;
	int prefix = prefix_of(bytes + len, len);

	if ((len != 4 && len != 16) || prefix < 0) {
		tmd_buf_add_str(out, "IP (with an odd mask)");
		return;
	}
	tmd_buf_add_str(out, "IP ");
	for (int i = 0; i < len; i += len == 4 ? 1 : 2) {
		if (len == 4)
			tmd_buf_addf(out, "%s%d", i ? "." : "", bytes[i]);
		else
			tmd_buf_addf(out, "%s%x", i ? ":" : "", bytes[i] << 8 | bytes[i + 1]);
	}
	tmd_buf_addf(out, "/%d", prefix);
}

static void add_directory(struct tmd_buf *out, const X509_NAME *name)
{
	TMD_AUTO_FREE char *text = tmd_openssl_name(name);

	add_clipped(out, "subject", text);
}

static void add_name(struct tmd_buf *out, const GENERAL_NAME *name)
{
	switch (name->type) {
	case GEN_DNS:
		add_text(out, "DNS", name->d.dNSName);
		break;
	case GEN_EMAIL:
		add_text(out, "email", name->d.rfc822Name);
		break;
	case GEN_URI:
		add_text(out, "URI", name->d.uniformResourceIdentifier);
		break;
	case GEN_IPADD:
		add_address(out, name->d.iPAddress);
		break;
	case GEN_DIRNAME:
		add_directory(out, name->d.directoryName);
		break;
	default:
		tmd_buf_add_str(out, "a kind of name that OpenSSL does not compare");
	}
}

/* ---- the lists ---- */

static void add_list(struct tmd_buf *out, const char *word, STACK_OF(GENERAL_SUBTREE) * list)
{
	int count = sk_GENERAL_SUBTREE_num(list);

	if (count <= 0)
		return;
	tmd_buf_addf(out, "%s%s ", out->len ? "; " : "", word);
	for (int i = 0; i < count && i < NAMES_SHOWN; i++) {
		if (i)
			tmd_buf_add_str(out, ", ");
		add_name(out, sk_GENERAL_SUBTREE_value(list, i)->base);
	}
	if (count > NAMES_SHOWN)
		tmd_buf_addf(out, " and %d more", count - NAMES_SHOWN);
}

static void tell_names(X509 *ca, struct tmd_strv *out)
{
	NAME_CONSTRAINTS *names = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const char *refused = "every other name of these kinds";

	ERR_clear_error();
	if (!names)
		return;
	if (sk_GENERAL_SUBTREE_num(names->permittedSubtrees) <= 0)
		refused = "these names";
	add_list(&text, "permitted", names->permittedSubtrees);
	add_list(&text, "excluded", names->excludedSubtrees);
	NAME_CONSTRAINTS_free(names);
	if (text.len)
		tmd_strv_addf(out,
			      "its nameConstraints limit it, and OpenSSL refuses %s: %s", refused,
			      tmd_buf_str(&text));
}

void tmd_limits_tell(X509 *ca, bool root, struct tmd_strv *out)
{
	tell_names(ca, out);
	if (root && X509_get_pathlen(ca) == 0)
		tmd_strv_add(out, "its path length is 0: OpenSSL accepts the servers that it "
				  "certified itself, and none that an intermediate of its did");
}
