/* Changing certificate stores: asking first, adding, deleting. */
#include "os/win32/cert_store_internal.h"

#include <string.h>

#include "base/mem.h"
#include "os/win32/desktop.h"
#include "os/win32/fs_internal.h"

#define COPIES_MAX 16 /* of one certificate in one store: it has fewer parts than that */

static bool is_same(PCCERT_CONTEXT context, const void *der, size_t len)
{
	return context->cbCertEncoded == len && memcmp(context->pbCertEncoded, der, len) == 0;
}

/* ---- may it be changed? ---- */

/* A store that is not there is made below the nearest of these keys that is. */
static DWORD check_parents(enum tmd_store_location location)
{
	static const wchar_t *const keys[] = { TMD_STORES_KEY, L"Software\\Microsoft",
					       L"Software" };
	HKEY top = location == TMD_STORE_LOCAL_MACHINE ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER;
	LSTATUS status = ERROR_FILE_NOT_FOUND;

	for (size_t i = 0; i < 3 && status == ERROR_FILE_NOT_FOUND; i++) {
		HKEY key;

		status = RegOpenKeyExW(top, keys[i], 0, KEY_CREATE_SUB_KEY, &key);
		if (status == ERROR_SUCCESS)
			RegCloseKey(key);
	}
	return (DWORD)status;
}

enum tmd_rc tmd_cert_store_check(enum tmd_store_location location, const char *name,
				 struct tmd_error *err)
{
	TMD_CLEANUP(tmd_store_close) struct tmd_open_store store = { 0 };
	DWORD code;

	if (tmd_store_try_open(location, name, NULL, 0, &store, &code, err))
		return TMD_FAILED;
	if (tmd_is_missing(code))
		code = check_parents(location);
	if (code)
		return tmd_store_fail(&store, code, "cannot change the certificate store", err);
	/* Where there is no screen to ask on, the question waits for ever, or is answered with no.
	 */
	if (location == TMD_STORE_CURRENT_USER && strcmp(name, "Root") == 0 && !tmd_has_desktop())
		return tmd_fail(err, TMD_E_UNSUPPORTED, store.label,
				"use store=LocalMachine/Root, or run it on the user's desktop",
				"Windows asks the user before this store changes, and this session "
				"has no desktop to ask on");
	return TMD_OK;
}

/* ---- changing ---- */

static enum tmd_rc open_to_change(struct tmd_fs *fs, enum tmd_store_location location,
				  const char *name, const char *physical, bool make,
				  struct tmd_open_store *out, struct tmd_error *err)
{
	struct tmd_store_source source;
	DWORD code;

	if (!tmd_fs_writes_allowed(fs) || !tmd_fs_is_live(fs))
		return tmd_fail(err, TMD_E_INTERNAL, NULL, "please report this as a bug",
				"a change of a certificate store was attempted outside apply");
	if (tmd_store_try_open(location, name, physical, 0, out, &code, err))
		return TMD_FAILED;
	if (tmd_is_missing(code) && !make)
		return TMD_OK;
	if (tmd_is_missing(code) && tmd_store_find_source(location, name, physical, &source)) {
		out->handle = out->api.open(source.provider, 0, 0, source.location, source.name);
		code = out->handle ? ERROR_SUCCESS : GetLastError();
	}
	if (code)
		return tmd_store_fail(out, code, "cannot open the certificate store to change it",
				      err);
	return TMD_OK;
}

/* Wine loses what is not committed; Windows writes it at once, and does not mind. */
static enum tmd_rc commit(const struct tmd_open_store *store, struct tmd_error *err)
{
	if (store->api.control(store->handle, 0, CERT_STORE_CTRL_COMMIT, NULL))
		return TMD_OK;
	return tmd_store_fail(store, GetLastError(), "cannot save the certificate store", err);
}

static enum tmd_rc is_there(enum tmd_store_location location, const char *name,
			    const char *physical, const void *der, size_t len, bool *there,
			    struct tmd_error *err)
{
	struct tmd_store_certs certs = { 0 };

	if (tmd_cert_store_read(location, name, physical, &certs, err))
		return TMD_FAILED;
	*there = false;
	for (size_t i = 0; i < certs.count; i++) {
		if (certs.items[i].der_len == len && memcmp(certs.items[i].der, der, len) == 0)
			*there = true;
	}
	tmd_store_certs_release(&certs);
	return TMD_OK;
}

/*
 * Windows itself would look for an "existing" one by its own idea of equality, and in all parts
 * of the store: here the bytes decide, and then it is always added.
 */
enum tmd_rc tmd_cert_store_add(struct tmd_fs *fs, enum tmd_store_location location,
			       const char *name, const void *der, size_t len, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_store_close) struct tmd_open_store store = { 0 };
	bool there;

	if (open_to_change(fs, location, name, NULL, true, &store, err) ||
	    is_there(location, name, ".Default", der, len, &there, err))
		return TMD_FAILED;
	if (there)
		return TMD_OK;
	if (!store.api.add(store.handle, X509_ASN_ENCODING, der, (DWORD)len, CERT_STORE_ADD_ALWAYS,
			   NULL))
		return tmd_store_fail(&store, GetLastError(), "cannot add the certificate", err);
	return commit(&store, err);
}

/* The first copy behind `skip` others; the caller frees it. */
static PCCERT_CONTEXT find_copy(const struct tmd_open_store *store, const void *der, size_t len,
				size_t skip)
{
	PCCERT_CONTEXT context = NULL;

	while ((context = store->api.next(store->handle, context)) != NULL) {
		if (is_same(context, der, len) && skip-- == 0)
			return context;
	}
	return NULL;
}

/*
 * From the start again after each: an enumeration does not survive that what it stands on is
 * deleted. Copies that cannot be deleted are passed over.
 */
static enum tmd_rc delete_copies(const struct tmd_open_store *store, const void *der, size_t len,
				 struct tmd_error *err)
{
	size_t stay = 0;

	for (unsigned n = 0; n < COPIES_MAX; n++) {
		PCCERT_CONTEXT context = find_copy(store, der, len, stay);
		DWORD code;

		if (!context)
			break;
		/* Frees the context, whatever it answers. */
		if (store->api.delete_context(context))
			continue;
		code = GetLastError();
		/* crypt32 reports some refusals as an HRESULT. */
		if (code != ERROR_ACCESS_DENIED && code != (DWORD)E_ACCESSDENIED)
			return tmd_store_fail(store, code, "cannot remove the certificate", err);
		stay++;
	}
	return TMD_OK;
}

/*
 * A user's logical store shows the machine's certificates as well, and an administrator could
 * delete those through it: with one of them there, only the user's own part is opened.
 */
enum tmd_rc tmd_cert_store_remove(struct tmd_fs *fs, enum tmd_store_location location,
				  const char *name, const void *der, size_t len,
				  struct tmd_error *err)
{
	TMD_CLEANUP(tmd_store_close) struct tmd_open_store store = { 0 };
	bool machines = false;

	if (location == TMD_STORE_CURRENT_USER &&
	    is_there(TMD_STORE_LOCAL_MACHINE, name, NULL, der, len, &machines, err))
		return TMD_FAILED;
	if (open_to_change(fs, location, name, machines ? ".Default" : NULL, false, &store, err))
		return TMD_FAILED;
	if (!store.handle)
		return TMD_OK;
	if (delete_copies(&store, der, len, err))
		return TMD_FAILED;
	return commit(&store, err);
}
