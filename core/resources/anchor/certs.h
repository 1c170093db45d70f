/* The different certificates of a store's files, for the verb list. */
#ifndef TMD_RESOURCES_ANCHOR_CERTS_H
#define TMD_RESOURCES_ANCHOR_CERTS_H

#include "resources/anchor/anchor.h"
#include "resources/anchor/files.h"

struct tmd_anchor_certs {
	struct tmd_buf *items; /* as DER, no two of them the same */
	size_t count;
	size_t cap;
};

void tmd_anchor_certs_release(struct tmd_anchor_certs *certs); /* frees and zeroes */

/* Adds what the file holds, in PEM or as DER. */
void tmd_anchor_certs_add(struct tmd_anchor_certs *certs, const struct tmd_anchor_file *file);

void tmd_anchor_certs_add_der(struct tmd_anchor_certs *certs, const void *der, size_t len);

/*
 * Asks `judge` about each that OpenSSL can parse, as read() would with state=present, and hands those about which there
 * is something to say to the listing. `certs` is empty afterwards, on failure too.
 */
enum tmd_rc tmd_anchor_certs_list(struct tmd_anchor_certs *certs, const struct tmd_anchor *store,
				  enum tmd_rc (*judge)(void *arg, const struct tmd_anchor *anchor,
						       struct tmd_anchor_view *view,
						       struct tmd_error *err),
				  void *arg, struct tmd_anchor_listing *listing,
				  struct tmd_error *err) TMD_MUST_CHECK;

#endif
