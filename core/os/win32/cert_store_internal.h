/* What the files that read and change certificate stores share: an open one. */
#ifndef TMD_OS_WIN32_CERT_STORE_INTERNAL_H
#define TMD_OS_WIN32_CERT_STORE_INTERNAL_H

#include <windows.h>
#include <wincrypt.h>

#include "os/cert_store.h"

#define TMD_STORES_KEY L"Software\\Microsoft\\SystemCertificates"

struct tmd_crypt32 {
	__typeof__(CertOpenStore) *open;
	__typeof__(CertCloseStore) *close;
	__typeof__(CertEnumCertificatesInStore) *next;
	__typeof__(CertFreeCertificateContext) *free_context;
	__typeof__(CertAddEncodedCertificateToStore) *add;
	__typeof__(CertDeleteCertificateFromStore) *delete_context;
	__typeof__(CertControlStore) *control;
	__typeof__(CertGetEnhancedKeyUsage) *usage;
};

struct tmd_store_source {
	LPCSTR provider;
	DWORD location;
	wchar_t name[32];
};

bool tmd_store_find_source(
	enum tmd_store_location location, const char *name, const char *physical,
	struct tmd_store_source *out); /* false: there is no physical store of that name */

struct tmd_open_store {
	struct tmd_crypt32 api;
	HCERTSTORE handle;
	char *label;
};

void tmd_store_close(struct tmd_open_store *store); /* zero-initialised is fine */

/* The label as path, with the kind and hint of the code; refused where the user said no. */
enum tmd_rc tmd_store_fail(const struct tmd_open_store *store, DWORD code, const char *what,
			   struct tmd_error *err);

/*
 * Opens a store as it is, never making one. *code is not 0 when Windows did not, which is not a
 * failure here. Fails where crypt32 cannot be had.
 */
enum tmd_rc tmd_store_try_open(enum tmd_store_location location, const char *name,
			       const char *physical, DWORD access, struct tmd_open_store *out,
			       DWORD *code, struct tmd_error *err) TMD_MUST_CHECK;

#endif
