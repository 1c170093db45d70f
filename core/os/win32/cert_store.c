/* Reading the certificate stores of Windows. */
#include "os/win32/cert_store_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/win32/fs_internal.h"

#define READINGS_MAX 20 /* of a store that others keep changing */

void tmd_store_certs_release(struct tmd_store_certs *certs)
{
	for (size_t i = 0; i < certs->count; i++)
		free(certs->items[i].der);
	free(certs->items);
	memset(certs, 0, sizeof(*certs));
}

void tmd_store_certs_add(struct tmd_store_certs *certs, const void *der, size_t len)
{
	struct tmd_store_cert *cert;

	certs->items = tmd_grow(certs->items, &certs->cap, certs->count + 1, sizeof(*certs->items));
	cert = &certs->items[certs->count++];
	memset(cert, 0, sizeof(*cert));
	cert->der = tmd_memdup(der, len);
	cert->der_len = len;
}

/*
 * The property that the certificate dialog's list of purposes and Microsoft's root programme
 * set, not the extension, which everybody sees. No property is good for everything, which comes
 * as a failure or as an empty list with this error; an empty list without is good for nothing.
 */
static enum tmd_store_usage usage_of(const struct tmd_crypt32 *api, PCCERT_CONTEXT context)
{
	const DWORD property = CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG;
	TMD_AUTO_FREE CERT_ENHKEY_USAGE *usage = NULL;
	enum tmd_store_usage found = TMD_USAGE_OTHERS;
	DWORD size = 0;

	if (!api->usage(context, property, NULL, &size) || size < sizeof(*usage))
		return TMD_USAGE_ALL;
	usage = tmd_alloc(1, size);
	SetLastError(ERROR_SUCCESS);
	if (!api->usage(context, property, usage, &size) ||
	    GetLastError() == (DWORD)CRYPT_E_NOT_FOUND)
		return TMD_USAGE_ALL;
	for (DWORD i = 0; i < usage->cUsageIdentifier; i++) {
		if (strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) == 0)
			return TMD_USAGE_SERVERS;
		if (strcmp(usage->rgpszUsageIdentifier[i], szOID_ANY_ENHANCED_KEY_USAGE) == 0)
			found = TMD_USAGE_ANY;
	}
	return found;
}

static enum tmd_rc read_all(const struct tmd_open_store *store, struct tmd_store_certs *out,
			    struct tmd_error *err)
{
	PCCERT_CONTEXT context = NULL;

	while ((context = store->api.next(store->handle, context)) != NULL) {
		if (out->count == TMD_STORE_CERTS_MAX) {
			store->api.free_context(context);
			return tmd_fail(err, TMD_E_REFUSED, store->label, NULL,
					"the store holds more than %d certificates",
					TMD_STORE_CERTS_MAX);
		}
		tmd_store_certs_add(out, context->pbCertEncoded, context->cbCertEncoded);
		out->items[out->count - 1].usage = usage_of(&store->api, context);
	}
	return TMD_OK;
}

static enum tmd_rc read_once(enum tmd_store_location location, const char *name,
			     const char *physical, struct tmd_store_certs *out,
			     struct tmd_error *err)
{
	TMD_CLEANUP(tmd_store_close) struct tmd_open_store store = { 0 };
	struct tmd_store_certs certs = { 0 };
	DWORD code;

	if (tmd_store_try_open(location, name, physical, CERT_STORE_READONLY_FLAG, &store, &code,
			       err))
		return TMD_FAILED;
	/* Without a store of his own a user still sees the machine's. */
	if (tmd_is_missing(code) && location == TMD_STORE_CURRENT_USER && !physical)
		return read_once(TMD_STORE_LOCAL_MACHINE, name, NULL, out, err);
	if (code && !tmd_is_missing(code))
		return tmd_store_fail(&store, code, "cannot open the certificate store", err);
	if (!code && read_all(&store, &certs, err)) {
		tmd_store_certs_release(&certs);
		return TMD_FAILED;
	}
	tmd_store_certs_release(out);
	*out = certs;
	return TMD_OK;
}

/*
 * Tells whether the stores of one location change. Their keys are counted through when a store
 * is opened, so that one which goes meanwhile hides the next.
 */
struct watch {
	HKEY key;
	HANDLE event;
};

static void watch_close(struct watch *watch)
{
	if (watch->key)
		RegCloseKey(watch->key); /* signals the event */
	if (watch->event)
		CloseHandle(watch->event);
}

/* Until the first change, from now on. What cannot be watched is taken for quiet. */
static void watch_begin(struct watch *watch, HKEY top)
{
	const DWORD filter = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET;

	if (!watch->event)
		watch->event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!watch->event || !ResetEvent(watch->event))
		return;
	if (!watch->key &&
	    RegOpenKeyExW(top, TMD_STORES_KEY, 0, KEY_NOTIFY, &watch->key) != ERROR_SUCCESS)
		watch->key = NULL;
	if (watch->key)
		(void)RegNotifyChangeKeyValue(watch->key, TRUE, filter, watch->event, TRUE);
}

static bool has_changed(const struct watch *watch)
{
	return watch->event && WaitForSingleObject(watch->event, 0) == WAIT_OBJECT_0;
}

enum tmd_rc tmd_cert_store_read(enum tmd_store_location location, const char *name,
				const char *physical, struct tmd_store_certs *out,
				struct tmd_error *err)
{
	TMD_CLEANUP(watch_close) struct watch machines = { 0 };
	TMD_CLEANUP(watch_close) struct watch users = { 0 };

	for (unsigned n = 0; n < READINGS_MAX; n++) {
		watch_begin(&machines, HKEY_LOCAL_MACHINE);
		if (location == TMD_STORE_CURRENT_USER)
			watch_begin(&users, HKEY_CURRENT_USER);
		if (read_once(location, name, physical, out, err))
			return TMD_FAILED;
		if (!has_changed(&machines) && !has_changed(&users))
			break;
		Sleep(n); /* once more, when it may be quiet again */
	}
	return TMD_OK;
}
