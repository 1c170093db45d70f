/*
 * What another program finds in a certificate store, for tests that are not to take trustmend's
 * word for it; and what other programs may have done to one.
 *
 *     show_roots LOCATION STORE             the SHA-1 thumbprint of each certificate, one a line
 *     show_roots LOCATION STORE add FILE    adds one from a DER file
 *     show_roots LOCATION STORE only SHA1 OID...
 *                                           lets this one vouch for these purposes alone
 *
 * LOCATION is LocalMachine or CurrentUser.
 */
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX 65536

static void thumbprint(PCCERT_CONTEXT cert, char out[41])
{
	BYTE hash[20];
	DWORD size = sizeof(hash);

	out[0] = '\0';
	if (!CertGetCertificateContextProperty(cert, CERT_SHA1_HASH_PROP_ID, hash, &size))
		return;
	for (int i = 0; i < 20; i++)
		snprintf(out + 2 * i, 3, "%02X", hash[i]);
}

static int show(HCERTSTORE store)
{
	PCCERT_CONTEXT cert = NULL;
	char text[41];

	while ((cert = CertEnumCertificatesInStore(store, cert)) != NULL) {
		thumbprint(cert, text);
		puts(text);
	}
	return 0;
}

static int commit(HCERTSTORE store)
{
	return CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL) ? 0 : 1;
}

static int add(HCERTSTORE store, const char *path)
{
	static BYTE der[FILE_MAX];
	FILE *file = fopen(path, "rb");
	size_t len = file ? fread(der, 1, sizeof(der), file) : 0;

	if (file)
		fclose(file);
	if (!len || !CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, (DWORD)len,
						      CERT_STORE_ADD_ALWAYS, NULL))
		return 1;
	return commit(store);
}

static PCCERT_CONTEXT find(HCERTSTORE store, const char *sha1)
{
	PCCERT_CONTEXT cert = NULL;
	char text[41];

	while ((cert = CertEnumCertificatesInStore(store, cert)) != NULL) {
		thumbprint(cert, text);
		if (strcmp(text, sha1) == 0)
			return cert;
	}
	return NULL;
}

/* Wine keeps a property only when it comes with a certificate that is new to the store. */
static int only_for(HCERTSTORE store, const char *sha1, char **purposes, DWORD count)
{
	CERT_ENHKEY_USAGE usage = { count, purposes };
	PCCERT_CONTEXT held = find(store, sha1);
	PCCERT_CONTEXT cert =
		held ? CertCreateCertificateContext(X509_ASN_ENCODING, held->pbCertEncoded,
						    held->cbCertEncoded)
		     : NULL;

	if (!cert || !CertSetEnhancedKeyUsage(cert, &usage) ||
	    !CertDeleteCertificateFromStore(held) || commit(store) ||
	    !CertAddCertificateContextToStore(store, cert, CERT_STORE_ADD_ALWAYS, NULL))
		return 1;
	return commit(store);
}

int main(int argc, char **argv)
{
	wchar_t name[64];
	HCERTSTORE store;
	DWORD where;

	if (argc < 3 || argc == 4)
		return 2;
	where = strcmp(argv[1], "LocalMachine") == 0 ? CERT_SYSTEM_STORE_LOCAL_MACHINE
						     : CERT_SYSTEM_STORE_CURRENT_USER;
	if (!MultiByteToWideChar(CP_UTF8, 0, argv[2], -1, name, 64))
		return 2;
	store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, where, name);
	if (!store)
		return 1;
	if (argc == 3)
		return show(store);
	if (strcmp(argv[3], "add") == 0)
		return add(store, argv[4]);
	return only_for(store, argv[4], argv + 5, (DWORD)argc - 5);
}
