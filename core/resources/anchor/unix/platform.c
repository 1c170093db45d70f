/* The trust stores of Linux: which of them a root has, and the bundle that each compiles. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/anchor/anchor.h"
#include "resources/anchor/unix/stores.h"
#include "x509/bundle.h"

const char *const tmd_anchor_backend_names[] = { "debian", "p11kit", "bundle", NULL };
const bool tmd_anchor_holds_opaque = false;
const char tmd_anchor_store_hint[] = "write store=system or store=bundle:PATH";
const struct tmd_anchor_backend *const tmd_anchor_committing[] = { &tmd_anchor_debian,
								   &tmd_anchor_p11kit, NULL };

static enum tmd_rc no_backend(const struct tmd_system *system, struct tmd_error *err)
{
	const char *id = system->id;

	switch (system->family) {
	case TMD_FAMILY_NIXOS:
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL,
				"write security.pki.certificateFiles = [ ./root.pem ]; in "
				"configuration.nix and run nixos-rebuild switch",
				"the trust store of NixOS is built from its configuration");
	case TMD_FAMILY_SUSE:
		return tmd_fail(
			err, TMD_E_UNSUPPORTED, NULL, "store=bundle:PATH manages one bundle file",
			"the trust store of SUSE (%s) is not supported, transactional or not", id);
	case TMD_FAMILY_ALPINE:
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL,
				"store=bundle:PATH manages one bundle file",
				"the trust store of Alpine Linux (%s) is not supported", id);
	default:
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL,
				"store=bundle:PATH manages one bundle file",
				"the trust store of this system (%s) is not known",
				*id ? id : "no os-release");
	}
}

static const struct tmd_anchor_backend *family_backend(enum tmd_family family)
{
	switch (family) {
	case TMD_FAMILY_DEBIAN:
		return &tmd_anchor_debian;
	case TMD_FAMILY_RHEL:
	case TMD_FAMILY_ARCH:
		return &tmd_anchor_p11kit;
	default:
		return NULL;
	}
}

static bool is_windows_store(const char *store)
{
	return tmd_str_starts(store, "LocalMachine") || tmd_str_starts(store, "CurrentUser") ||
	       tmd_str_starts(store, "Cert:");
}

enum tmd_rc tmd_anchor_choose_store(struct tmd_ctx *ctx, const char *store,
				    struct tmd_anchor *anchor, struct tmd_error *err)
{
	struct tmd_system system;

	if (is_windows_store(store))
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "write store=system",
				"store=%s is a store of Windows", store);
	if (strcmp(store, "system") != 0)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_anchor_store_hint,
				"unknown store '%s'", store);
	if (tmd_system_detect(ctx, &system, err))
		return TMD_FAILED;
	anchor->family = (int)system.family;
	anchor->backend = family_backend(system.family);
	return anchor->backend ? TMD_OK : no_backend(&system, err);
}

enum tmd_rc tmd_anchor_check_bundle(struct tmd_ctx *ctx, const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *compiled = NULL;
	struct tmd_system system;

	if (tmd_system_detect(ctx, &system, err) || tmd_view_resolve(ctx->view, path, &real, err))
		return TMD_FAILED;
	if (!family_backend(system.family))
		return TMD_OK;
	if (tmd_view_resolve(ctx->view, tmd_system_bundle_path(system.family), &compiled, err))
		return TMD_FAILED;
	if (strcmp(real, compiled) != 0)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, path, "write store=system",
			"this bundle is compiled: the next rebuild would undo any change");
}

/* There is one store besides bundles. */
const char *tmd_anchor_contradiction(const struct tmd_anchor *a, const struct tmd_anchor *b)
{
	(void)a;
	(void)b;
	return NULL;
}

bool tmd_anchor_is_compiled(const char *path)
{
	for (int family = 0; family < TMD_FAMILY_UNKNOWN; family++) {
		if (tmd_str_equal(tmd_system_bundle_path((enum tmd_family)family), path))
			return true;
	}
	return false;
}

enum tmd_rc tmd_anchor_system_pem(struct tmd_ctx *ctx, struct tmd_buf *out, const char **path,
				  struct tmd_strv *warnings, struct tmd_error *err)
{
	struct tmd_system system;

	(void)warnings;
	if (tmd_system_detect(ctx, &system, err))
		return TMD_FAILED;
	*path = tmd_system_bundle_path(system.family);
	if (!*path)
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "name the PEM file instead",
				"where this system (%s) keeps its bundle is not known",
				*system.id ? system.id : "it has no os-release");
	if (tmd_view_read(ctx->view, *path, TMD_BUNDLE_MAX, out, NULL, err) == TMD_OK)
		return TMD_OK;
	if (err->kind != TMD_E_NOT_FOUND)
		return TMD_FAILED;
	return tmd_fail(err, TMD_E_NOT_FOUND, *path,
			"install ca-certificates and compile the trust store, or name a PEM file",
			"this system has no compiled bundle");
}
