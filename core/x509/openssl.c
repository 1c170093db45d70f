/* Small services around OpenSSL: setting it up lightly, its error texts, names and times. */
#include "x509/openssl.h"

#include <time.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/der.h"

/* RSA-PSS keys name their digests: without these they are not read. */
static void add_digests(void)
{
	(void)EVP_add_digest(EVP_sha1());
	(void)EVP_add_digest(EVP_sha224());
	(void)EVP_add_digest(EVP_sha256());
	(void)EVP_add_digest(EVP_sha384());
	(void)EVP_add_digest(EVP_sha512());
	(void)EVP_add_digest(EVP_sha512_224());
	(void)EVP_add_digest(EVP_sha512_256());
	(void)EVP_add_digest(EVP_sha3_256());
	(void)EVP_add_digest(EVP_sha3_384());
	(void)EVP_add_digest(EVP_sha3_512());
}

void tmd_openssl_init(void)
{
	static bool ready;

	if (ready)
		return;
	ready = true;
	/* A failure shows in the call that follows. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
					  OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
				  NULL);
	tmd_openssl_few_decoders();
	add_digests();
}

const char *tmd_openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : "unknown reason";
}

char *tmd_openssl_name(const X509_NAME *name)
{
	unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	char *text = NULL;
	long len;

	if (!bio)
		abort();
	if (X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
		len = BIO_get_mem_data(bio, &data);
		if (len >= 0 && (!len || tmd_utf8_valid(data, (size_t)len)))
			text = tmd_strndup(data, (size_t)len);
	}
	BIO_free(bio);
	ERR_clear_error();
	return text ? text : tmd_strdup("?");
}

bool tmd_openssl_time(const ASN1_TIME *time, int64_t *seconds)
{
	struct tm tm = { 0 };

	if (!time || !ASN1_TIME_to_tm(time, &tm)) {
		ERR_clear_error();
		return false;
	}
	return tmd_civil_time(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			      (const int[]){ tm.tm_hour, tm.tm_min, tm.tm_sec }, seconds);
}
