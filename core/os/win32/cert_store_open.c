/*
 * Opening certificate stores, through crypt32. It is loaded when the first store is opened: most
 * runs of most types never need it, and it costs a third of a program's start.
 */
#include "os/win32/cert_store_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/win32/sys_error.h"

#define ELEVATE "run it in an elevated prompt (as administrator)"

static bool find_function(HMODULE module, const char *name, void *pointer)
{
	FARPROC function = GetProcAddress(module, name);

	memcpy(pointer, &function, sizeof(function));
	return function != NULL;
}

/* Never given back: loading it a second time would cost as much as the first. */
static enum tmd_rc load_crypt32(struct tmd_crypt32 *api, struct tmd_error *err)
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
bool tmd_store_find_source(enum tmd_store_location location, const char *name, const char *physical,
			   struct tmd_store_source *out)
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

void tmd_store_close(struct tmd_open_store *store)
{
	if (store->handle)
		store->api.close(store->handle, 0);
	free(store->label);
}

enum tmd_rc tmd_store_fail(const struct tmd_open_store *store, DWORD code, const char *what,
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

/* Wine leaves the last error alone where it has no such store. */
enum tmd_rc tmd_store_try_open(enum tmd_store_location location, const char *name,
			       const char *physical, DWORD access, struct tmd_open_store *out,
			       DWORD *code, struct tmd_error *err)
{
	struct tmd_store_source source;

	out->label = store_label(location, name, physical);
	*code = ERROR_FILE_NOT_FOUND;
	if (!tmd_store_find_source(location, name, physical, &source))
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
