/* The certificate stores of Windows that an anchor can be in, and what is made of them. */
#ifndef TMD_RESOURCES_ANCHOR_WIN32_STORES_H
#define TMD_RESOURCES_ANCHOR_WIN32_STORES_H

#include "os/cert_store.h"
#include "resources/anchor/anchor.h"

struct tmd_windows_store {
	const char *name; /* "LocalMachine/Root", as store= and reports have it */
	const char *system; /* "Root" */
	enum tmd_store_location location;
	bool bans;	    /* Disallowed */
};

enum {
	TMD_MACHINE_ROOT, /* what store=system means */
	TMD_USER_ROOT,
	TMD_MACHINE_CA,
	TMD_USER_CA,
	TMD_MACHINE_BANS,
	TMD_USER_BANS,
	TMD_WINDOWS_STORES,
};

/* struct tmd_anchor's `family` is an index of it. */
extern const struct tmd_windows_store tmd_windows_stores[TMD_WINDOWS_STORES];

extern const struct tmd_anchor_backend tmd_anchor_windows;

/*
 * What LocalMachine/Root, as it is or as this run plans it, makes programs trust when they verify
 * servers, as PEM in an order that depends on the certificates alone; `out` is replaced. What
 * OpenSSL cannot read is left out, and named in `warnings`. Fails: not_found (nothing),
 * permission, io.
 */
enum tmd_rc tmd_windows_trusted_pem(struct tmd_ctx *ctx, struct tmd_buf *out,
				    struct tmd_strv *warnings,
				    struct tmd_error *err) TMD_MUST_CHECK;

#endif
