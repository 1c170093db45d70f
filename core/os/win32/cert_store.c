/*
 * The certificate stores of Windows, through crypt32. It is loaded when the first store is
 * opened: most runs of most types never need it, and it costs a third of a program's start.
 */
#include "os/cert_store.h"

#include <windows.h>
#include <wincrypt.h>

#include <string.h>

#include "base/mem.h"
#include "os/win32/sys_error.h"

#define COPIES_MAX 16 /* of one certificate in one store: it has fewer parts than that */
#define ELEVATE "run it in an elevated prompt (as administrator)"
#define STORES_KEY L"Software\\Microsoft\\SystemCertificates"
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

/* ---- crypt32 ---- */

struct crypt32 {
	__typeof__(CertOpenStore) *open;
	__typeof__(CertCloseStore) *close;
	__typeof__(CertEnumCertificatesInStore) *next;
	__typeof__(CertFreeCertificateContext) *free_context;
	__typeof__(CertAddEncodedCertificateToStore) *add;
	__typeof__(CertDeleteCertificateFromStore) *delete_context;
	__typeof__(CertControlStore) *control;
	__typeof__(CertGetEnhancedKeyUsage) *usage;
};

static bool find_function(HMODULE module, const char *name, void *pointer)
{
	FARPROC function = GetProcAddress(module, name);

	memcpy(pointer, &function, sizeof(function));
	return function != NULL;
}

/* Never given back: loading it a second time would cost as much as the first. */
static enum tmd_rc load_crypt32(struct crypt32 *api, struct tmd_error *err)
{
	HMODULE module = LoadLibraryExW(L"crypt32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

	if (module && find_function(module, "CertOpenStore", &api->open) &&
	    find_function(module, "CertCloseStore", &api->close) &&
	    find_function(module, "CertEnumCertificatesInStore", &api->next) &&
	    find_function(module, "CertFreeCertificateContext", &api->free_context) &&
	    find_function(module, "CertAddEncodedCertificateToStore", &api->add) &&
	    find_function(module, "CertDeleteCertificateFromStore", &api->delete_context) &&
	    find_function(module, "CertControlStore", &api->control) &&
	    find_function(module, "CertGetEnhancedKeyUsage", &api->usage))
		return TMD_OK;
	return tmd_fail_win(err, GetLastError(), "crypt32.dll",
			    "cannot use the certificate stores of Windows");
}

/* ---- where a store is ---- */

struct source {
	LPCSTR provider;
	DWORD location;
	wchar_t name[32];
};

static DWORD system_location(enum tmd_store_location location)
{
	return location == TMD_STORE_LOCAL_MACHINE ? CERT_SYSTEM_STORE_LOCAL_MACHINE
						   : CERT_SYSTEM_STORE_CURRENT_USER;
}

static DWORD policy_location(enum tmd_store_location location)
{
	return location == TMD_STORE_LOCAL_MACHINE ? CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY
						   : CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY;
}

/*
 * Where each physical store keeps its certificates. They are opened there, and not by their
 * names with CERT_STORE_PROV_PHYSICAL, which Wine has not got.
 */
static bool find_source(enum tmd_store_location location, const char *name, const char *physical,
			struct source *out)
{
	const char *system_name = name;

	out->provider = physical ? CERT_STORE_PROV_SYSTEM_REGISTRY_W : CERT_STORE_PROV_SYSTEM_W;
	out->location = system_location(location);
	if (!physical || strcmp(physical, ".Default") == 0) {
	} else if (strcmp(physical, ".AuthRoot") == 0) {
		system_name = "AuthRoot";
	} else if (strcmp(physical, ".SmartCard") == 0) {
		system_name = "SmartCardRoot";
	} else {
		out->provider = CERT_STORE_PROV_SYSTEM_W;
		if (strcmp(physical, ".GroupPolicy") == 0)
			out->location = policy_location(location);
		else if (strcmp(physical, ".Enterprise") == 0)
			out->location = CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE;
		else if (strcmp(physical, ".LocalMachine") == 0)
			out->location = CERT_SYSTEM_STORE_LOCAL_MACHINE;
		else
			return false;
	}
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, system_name, -1, out->name,
				   sizeof(out->name) / sizeof(out->name[0])) > 0;
}

/* As a report names it. */
static char *store_label(enum tmd_store_location location, const char *name, const char *physical)
{
	const char *where = location == TMD_STORE_LOCAL_MACHINE ? "LocalMachine" : "CurrentUser";

	if (physical)
		return tmd_format("%s/%s (%s)", where, name, physical);
	return tmd_format("%s/%s", where, name);
}

/* ---- an open store ---- */

struct store {
	struct crypt32 api;
	HCERTSTORE handle;
	char *label;
};

static void store_close(struct store *store)
{
	if (store->handle)
		store->api.close(store->handle, 0);
	free(store->label);
}

static enum tmd_rc fail_store(const struct store *store, DWORD code, const char *what,
			      struct tmd_error *err)
{
	if (code == ERROR_CANCELLED)
		return tmd_fail(err, TMD_E_REFUSED, store->label,
				"use store=LocalMachine/Root, of which nobody is asked",
				"the user did not confirm the change, or could not be asked");
	tmd_error_set_win(err, code, store->label, what);
	if (err->kind == TMD_E_PERMISSION)
		tmd_error_set(err, err->kind, err->path, ELEVATE, "%s", err->message);
	err->sys = (int)code;
	return TMD_FAILED;
}

/*
 * Opens it as it is, never making one. `*code` is not 0 when Windows did not; that is no failure
 * here. Wine leaves the last error alone where it has no such store.
 */
static enum tmd_rc try_open(enum tmd_store_location location, const char *name,
			    const char *physical, DWORD access, struct store *out, DWORD *code,
			    struct tmd_error *err)
{
	struct source source;

	out->label = store_label(location, name, physical);
	*code = ERROR_FILE_NOT_FOUND;
	if (!find_source(location, name, physical, &source))
		return TMD_OK;
	if (load_crypt32(&out->api, err))
		return TMD_FAILED;
	SetLastError(ERROR_FILE_NOT_FOUND);
	out->handle = out->api.open(source.provider, 0, 0,
				    source.location | CERT_STORE_OPEN_EXISTING_FLAG | access,
				    source.name);
	*code = out->handle ? ERROR_SUCCESS : GetLastError();
	return TMD_OK;
}

static bool is_missing(DWORD code)
{
	return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
}

static bool is_same(PCCERT_CONTEXT context, const void *der, size_t len)
{
	return context->cbCertEncoded == len && memcmp(context->pbCertEncoded, der, len) == 0;
}

/*
 * The property that the certificate dialog's list of purposes and Microsoft's root programme
 * set, not the extension, which everybody sees. No property is good for everything, which comes
 * as a failure or as an empty list with this error; an empty list without is good for nothing.
 */
static enum tmd_store_usage usage_of(const struct crypt32 *api, PCCERT_CONTEXT context)
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

static enum tmd_rc read_all(const struct store *store, struct tmd_store_certs *out,
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
	TMD_CLEANUP(store_close) struct store store = { 0 };
	struct tmd_store_certs certs = { 0 };
	DWORD code;

	if (try_open(location, name, physical, CERT_STORE_READONLY_FLAG, &store, &code, err))
		return TMD_FAILED;
	/* Without a store of his own a user still sees the machine's. */
	if (is_missing(code) && location == TMD_STORE_CURRENT_USER && !physical)
		return read_once(TMD_STORE_LOCAL_MACHINE, name, NULL, out, err);
	if (code && !is_missing(code))
		return fail_store(&store, code, "cannot open the certificate store", err);
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
	    RegOpenKeyExW(top, STORES_KEY, 0, KEY_NOTIFY, &watch->key) != ERROR_SUCCESS)
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

/* ---- may it be changed? ---- */

/*
 * Windows asks the user on the screen before his own Root store changes. Where there is no
 * screen, the question waits for ever, or is answered with no.
 */
static bool has_desktop(void)
{
	USEROBJECTFLAGS flags = { 0 };

	return GetUserObjectInformationW(GetProcessWindowStation(), UOI_FLAGS, &flags,
					 sizeof(flags), NULL) &&
	       (flags.dwFlags & WSF_VISIBLE);
}

/* A store that is not there is made below the nearest of these keys that is. */
static DWORD check_parents(enum tmd_store_location location)
{
	static const wchar_t *const keys[] = { STORES_KEY, L"Software\\Microsoft", L"Software" };
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
	TMD_CLEANUP(store_close) struct store store = { 0 };
	DWORD code;

	if (try_open(location, name, NULL, 0, &store, &code, err))
		return TMD_FAILED;
	if (is_missing(code))
		code = check_parents(location);
	if (code)
		return fail_store(&store, code, "cannot change the certificate store", err);
	if (location == TMD_STORE_CURRENT_USER && strcmp(name, "Root") == 0 && !has_desktop())
		return tmd_fail(err, TMD_E_UNSUPPORTED, store.label,
				"use store=LocalMachine/Root, or run it on the user's desktop",
				"Windows asks the user before this store changes, and this session "
				"has no desktop to ask on");
	return TMD_OK;
}

/* ---- changing ---- */

static enum tmd_rc open_to_change(struct tmd_fs *fs, enum tmd_store_location location,
				  const char *name, const char *physical, bool make,
				  struct store *out, struct tmd_error *err)
{
	struct source source;
	DWORD code;

	if (!tmd_fs_writes_allowed(fs) || !tmd_fs_is_live(fs))
		return tmd_fail(err, TMD_E_INTERNAL, NULL, "please report this as a bug",
				"a change of a certificate store was attempted outside apply");
	if (try_open(location, name, physical, 0, out, &code, err))
		return TMD_FAILED;
	if (is_missing(code) && !make)
		return TMD_OK;
	if (is_missing(code) && find_source(location, name, physical, &source)) {
		out->handle = out->api.open(source.provider, 0, 0, source.location, source.name);
		code = out->handle ? ERROR_SUCCESS : GetLastError();
	}
	if (code)
		return fail_store(out, code, "cannot open the certificate store to change it", err);
	return TMD_OK;
}

/* Wine loses what is not committed; Windows writes it at once, and does not mind. */
static enum tmd_rc commit(const struct store *store, struct tmd_error *err)
{
	if (store->api.control(store->handle, 0, CERT_STORE_CTRL_COMMIT, NULL))
		return TMD_OK;
	return fail_store(store, GetLastError(), "cannot save the certificate store", err);
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
	TMD_CLEANUP(store_close) struct store store = { 0 };
	bool there;

	if (open_to_change(fs, location, name, NULL, true, &store, err) ||
	    is_there(location, name, ".Default", der, len, &there, err))
		return TMD_FAILED;
	if (there)
		return TMD_OK;
	if (!store.api.add(store.handle, X509_ASN_ENCODING, der, (DWORD)len, CERT_STORE_ADD_ALWAYS,
			   NULL))
		return fail_store(&store, GetLastError(), "cannot add the certificate", err);
	return commit(&store, err);
}

/* The first copy behind `skip` others; the caller frees it. */
static PCCERT_CONTEXT find_copy(const struct store *store, const void *der, size_t len, size_t skip)
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
static enum tmd_rc delete_copies(const struct store *store, const void *der, size_t len,
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
			return fail_store(store, code, "cannot remove the certificate", err);
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
	TMD_CLEANUP(store_close) struct store store = { 0 };
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
