/*
 * OpenSSL 3 reads each certificate's key through its decoders, and looks for the right ones anew
 * each time among a hundred: that took longer than all else that is done with a certificate. So the
 * library context that everything uses sees its default provider through another one, that offers
 * the decoders of the usual public keys alone. The rest, and every key that these cannot read, is
 * left to a context that has all of them. What reads and judges keys is OpenSSL's own code in both.
 */
#include "x509/openssl.h"

#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#define NAME "trustmend-usual-keys"
#define FEW 16

/* As long as the program: OpenSSL asks them for whatever it needs next. */
static OSSL_LIB_CTX *complete;
static OSSL_PROVIDER *provider; /* the default one, in `complete` */
static OSSL_PROVIDER *ours;	/* in the context that everything uses */

/* ---- the provider ---- */

static bool reads_usual_key(const OSSL_ALGORITHM *decoder)
{
	static const char *const keys[] = { "RSA", "RSA-PSS", "EC", "ED25519", "ED448" };
	const char *property = decoder->property_definition;
	size_t len = strcspn(decoder->algorithm_names, ":"); /* of the first name of several */
	bool usual = false;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		usual = usual || (strlen(keys[i]) == len &&
				  memcmp(decoder->algorithm_names, keys[i], len) == 0);
	return usual && strstr(property, "input=der") &&
	       strstr(property, "structure=SubjectPublicKeyInfo");
}

/* Ends with the entry without a name that ends every such table. */
static const OSSL_ALGORITHM *usual_decoders(const OSSL_ALGORITHM *all)
{
	static OSSL_ALGORITHM few[FEW];
	size_t count = 0;

	for (; all && all->algorithm_names && count < FEW - 1; all++) {
		if (reads_usual_key(all))
			few[count++] = *all;
	}
	return few;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_store)
{
	const OSSL_ALGORITHM *all =
		OSSL_PROVIDER_query_operation(provider, operation, no_store);

	(void)context;
	return operation == OSSL_OP_DECODER ? usual_decoders(all) : all;
}

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
		 const OSSL_DISPATCH **out, void **context)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
		{ 0, NULL },
	};

	(void)handle;
	(void)core;
	*out = functions;
	*context = OSSL_PROVIDER_get0_provider_ctx(provider);
	return 1;
}

/* Without it OpenSSL loads its default provider when it needs one: slower, and as good. */
void tmd_openssl_few_decoders(void)
{
	if (ours)
		return;
	complete = OSSL_LIB_CTX_new();
	provider = complete ? OSSL_PROVIDER_load(complete, "default") : NULL;
	if (provider && OSSL_PROVIDER_add_builtin(NULL, NAME, start))
		ours = OSSL_PROVIDER_load(NULL, NAME);
}

OSSL_LIB_CTX *tmd_openssl_complete(void)
{
	return complete;
}

/* ---- certificates ---- */

X509 *tmd_openssl_certificate(const unsigned char **der, long len)
{
	const unsigned char *at = *der;
	X509 *x = d2i_X509(NULL, der, len);
	X509 *again;

	if (!x || X509_get0_pubkey(x))
		return x;
	again = X509_new_ex(complete, NULL);
	if (!again || !d2i_X509(&again, &at, len))
		return x;
	X509_free(x);
	return again;
}
