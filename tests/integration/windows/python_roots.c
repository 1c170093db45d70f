/*
 * What Python's ssl.create_default_context() loads on this machine, for this user: of the stores CA
 * and Root, in all places where a program may find one, each certificate that is for servers. A
 * property about purposes counts before the extension, which is asked where there is none; either
 * has to name serverAuth. Disallowed is not read. One certificate a line, its DER as hex.
 */
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const DWORD places[] = {
	CERT_SYSTEM_STORE_LOCAL_MACHINE, CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE,
	CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY, CERT_SYSTEM_STORE_CURRENT_USER,
	CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY, CERT_SYSTEM_STORE_SERVICES,
	CERT_SYSTEM_STORE_USERS,
};

enum verdict { SAYS_NOTHING, FOR_SERVERS, FOR_OTHERS };

static enum verdict ask(PCCERT_CONTEXT cert, DWORD where)
{
	enum verdict verdict = FOR_OTHERS;
	CERT_ENHKEY_USAGE *usage;
	DWORD size = 0;

	if (!CertGetEnhancedKeyUsage(cert, where, NULL, &size))
		return GetLastError() == (DWORD)CRYPT_E_NOT_FOUND ? SAYS_NOTHING : FOR_OTHERS;
	usage = malloc(size);
	if (!usage)
		exit(1);
	if (!CertGetEnhancedKeyUsage(cert, where, usage, &size)) {
		free(usage);
		return GetLastError() == (DWORD)CRYPT_E_NOT_FOUND ? SAYS_NOTHING : FOR_OTHERS;
	}
	for (DWORD i = 0; i < usage->cUsageIdentifier; i++) {
		if (strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) == 0)
			verdict = FOR_SERVERS;
	}
	free(usage);
	return verdict;
}

static int is_loaded(PCCERT_CONTEXT cert)
{
	enum verdict verdict = ask(cert, CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG);

	if (verdict == SAYS_NOTHING)
		verdict = ask(cert, CERT_FIND_EXT_ONLY_ENHKEY_USAGE_FLAG);
	return verdict != FOR_OTHERS;
}

static void show(const wchar_t *name)
{
	HCERTSTORE all = CertOpenStore(CERT_STORE_PROV_COLLECTION, 0, 0, 0, NULL);
	PCCERT_CONTEXT cert = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		HCERTSTORE one = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
					       CERT_STORE_READONLY_FLAG | places[i], name);

		if (one)
			CertAddStoreToCollection(all, one, 0, 0);
	}
	while ((cert = CertEnumCertificatesInStore(all, cert)) != NULL) {
		if (!is_loaded(cert))
			continue;
		for (DWORD i = 0; i < cert->cbCertEncoded; i++)
			printf("%02x", cert->pbCertEncoded[i]);
		puts("");
	}
}

int main(void)
{
	show(L"CA");
	show(L"Root");
	return 0;
}
