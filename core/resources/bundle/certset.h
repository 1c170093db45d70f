/* An ordered list of certificates by their DER, and what two of them have in common. */
#ifndef TMD_RESOURCES_BUNDLE_CERTSET_H
#define TMD_RESOURCES_BUNDLE_CERTSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strv.h"
#include "x509/bundle.h"

struct tmd_cert_item {
	unsigned char *der; /* owned */
	size_t len;
};

struct tmd_certset {
	struct tmd_cert_item *items; /* in the order in which they were added */
	size_t count;
	size_t cap;
};

void tmd_certset_release(struct tmd_certset *set);
void tmd_certset_add(struct tmd_certset *set, const void *der, size_t len);
void tmd_certset_add_bundle(struct tmd_certset *set, const struct tmd_bundle *bundle);

/* Those that readers do not see as well, in the order of the text. */
void tmd_certset_add_all(struct tmd_certset *set, const struct tmd_bundle *bundle);

/* Drops what came before already; the order of the rest stays. */
void tmd_certset_make_unique(struct tmd_certset *set);

bool tmd_certset_has(const struct tmd_certset *set, const void *der, size_t len);

/* The one with this fingerprint, upper-case hex; NULL: none. */
const struct tmd_cert_item *tmd_certset_find_sha256(const struct tmd_certset *set,
						    const char *sha256);

/* What is in `from` and not in `without`; `out` is replaced. */
void tmd_certset_subtract(const struct tmd_certset *from, const struct tmd_certset *without,
			  struct tmd_certset *out);

/* One line each, sorted: "SUBJECT (sha256 HEX)"; `digits` of the fingerprint are shown. */
void tmd_certset_describe(const struct tmd_certset *set, size_t digits, struct tmd_strv *out);

/* The text of a bundle: each certificate below a comment with its subject. */
void tmd_certset_render(const struct tmd_certset *set, struct tmd_buf *out);

#endif
