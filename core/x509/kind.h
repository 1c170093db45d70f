/*
 * What a file is that no certificate could be taken from: one recogniser and one answer for
 * all who take certificates. The commands in the hints work as they stand, with FILE replaced;
 * nothing of the content is ever repeated.
 */
#ifndef TMD_X509_KIND_H
#define TMD_X509_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "x509/pem.h"

enum tmd_kind {
	TMD_KIND_OTHER, /* text or bytes that say nothing of themselves */
	TMD_KIND_EMPTY,
	TMD_KIND_HTML,
	TMD_KIND_UTF16,
	TMD_KIND_UTF16_BE, /* without a mark */
	TMD_KIND_UTF32,
	TMD_KIND_CR_ONLY,
	TMD_KIND_DER, /* one certificate, binary */
	TMD_KIND_OTHER_DER,
	TMD_KIND_PKCS7,
	TMD_KIND_PKCS7_DER,
	TMD_KIND_PKCS7_MISNAMED, /* between the lines of a CERTIFICATE */
	TMD_KIND_PKCS12,
	TMD_KIND_PKCS12_MISNAMED,
	TMD_KIND_JKS,
	TMD_KIND_SST,
	TMD_KIND_REQUEST,
	TMD_KIND_CRL,
	TMD_KIND_TRUSTED,
	TMD_KIND_PRIVATE_KEY,
	TMD_KIND_PUBLIC_KEY,
	TMD_KIND_SSH_KEY,
	TMD_KIND_PGP,
	TMD_KIND_GZIP,
	TMD_KIND_ZIP,
	TMD_KIND_TAR,
	TMD_KIND_PACKED,
	TMD_KIND_JSON,
	TMD_KIND_JSON_WITH_PEM,
	TMD_KIND_YAML_WITH_PEM,
	TMD_KIND_XML,
	TMD_KIND_NUMBERED,   /* PEM with a number before each line, as `cat -n` prints it */
	TMD_KIND_BASE64,     /* of a certificate, without its BEGIN and END lines */
	TMD_KIND_BASE64_OTHER,
	TMD_KIND_BASE64_PEM, /* of a whole PEM text on one line, as Kubernetes has it */
	TMD_KIND_BASE64_PEM_LINES,
	TMD_KIND_DAMAGED,    /* it has or had a CERTIFICATE block */
};

enum tmd_kind tmd_kind_of(const char *data, size_t len);

/* The same of DER alone; TMD_KIND_OTHER: not even that. */
enum tmd_kind tmd_kind_of_der(const void *der, size_t len);

/* What a block is called; TMD_KIND_OTHER for a CERTIFICATE, and for what needs no answer. */
enum tmd_kind tmd_kind_of_label(const struct tmd_pem_marker *marker);

/* One line each, constants; NULL for TMD_KIND_OTHER. */
const char *tmd_kind_message(enum tmd_kind kind);
const char *tmd_kind_hint(enum tmd_kind kind);

/* Fills `err`, as refused; `hint` is for TMD_KIND_OTHER, "there is no certificate in it". */
void tmd_kind_explain(enum tmd_kind kind, const char *name, const char *hint,
		      struct tmd_error *err);

/* The same, and always fails. */
enum tmd_rc tmd_kind_refuse(enum tmd_kind kind, const char *name, const char *hint,
			    struct tmd_error *err) TMD_MUST_CHECK;

/* PKCS#8, with a password or without, or an older form. */
bool tmd_der_is_private_key(const void *der, size_t len);

/* What to do about a text whose blocks are damaged. */
#define TMD_MEND_HINT                                                                             \
	"fetch it again, or let the type bundle mend a copy of it: "                              \
	"trustmend bundle apply path=COPY requires="

#endif
