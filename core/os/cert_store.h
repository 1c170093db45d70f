/*
 * The certificate stores of Windows. A store is named by its location and its system name
 * ("Root", "CA", "Disallowed"); the logical store collects physical ones (".Default",
 * ".AuthRoot", ".GroupPolicy", ".Enterprise", ".LocalMachine", …). There is no such thing on
 * other systems, and no implementation.
 */
#ifndef TMD_OS_CERT_STORE_H
#define TMD_OS_CERT_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "os/fs.h"

enum tmd_store_location {
	TMD_STORE_LOCAL_MACHINE,
	TMD_STORE_CURRENT_USER, /* of the calling user; also shows what the machine's holds */
};

/* What a property of one copy lets it be used for, besides what the certificate itself says. */
enum tmd_store_usage {
	TMD_USAGE_ALL,	   /* there is no such property */
	TMD_USAGE_SERVERS, /* its list names serverAuth */
	TMD_USAGE_ANY,	   /* it names anyExtendedKeyUsage, and not serverAuth */
	TMD_USAGE_OTHERS,  /* it names neither, or nothing at all */
};

struct tmd_store_cert {
	unsigned char *der;
	size_t der_len;
	enum tmd_store_usage usage;
};

/* Zero-initialise. */
struct tmd_store_certs {
	struct tmd_store_cert *items;
	size_t count;
	size_t cap;
};

void tmd_store_certs_release(struct tmd_store_certs *certs); /* frees and zeroes */
void tmd_store_certs_add(struct tmd_store_certs *certs, const void *der, size_t len); /* copies */

#define TMD_STORE_CERTS_MAX 65536 /* certificates in one store */

/*
 * Every certificate of a store, in the store's order; `out` is replaced. `physical` names one
 * physical store (".GroupPolicy"), NULL asks the logical one. A store that does not exist is
 * empty. Fails: permission, refused (more than the maximum), io (with the system's error).
 */
enum tmd_rc tmd_cert_store_read(enum tmd_store_location location, const char *name,
				const char *physical, struct tmd_store_certs *out,
				struct tmd_error *err) TMD_MUST_CHECK;

/*
 * May the caller change this store? Opens it for writing (an existing one; for a new one what
 * it would be made in) and writes nothing. Fails: permission (the hint says to run elevated);
 * unsupported (Windows asks the user before CurrentUser/Root changes, and this session has no
 * desktop to ask on).
 */
enum tmd_rc tmd_cert_store_check(enum tmd_store_location location, const char *name,
				 struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The two that change a store, like everything that changes the machine, fail with internal
 * before tmd_fs_allow_writes(), and on a tree that is not live.
 */

/*
 * Adds a certificate to the logical store, which Windows keeps in ".Default"; one that is there
 * already is fine and keeps its properties. Saved before it returns. Fails: permission, refused
 * (the user did not confirm it), io.
 */
enum tmd_rc tmd_cert_store_add(struct tmd_fs *fs, enum tmd_store_location location,
			       const char *name, const void *der, size_t len,
			       struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Deletes every copy of exactly these bytes that the logical store lets go, and commits. Copies
 * that group policy or the enterprise store brought cannot be deleted; one that stays is no
 * failure here: read again. What the machine holds is never deleted through a user's store. Fails:
 * permission, refused (the user did not confirm it), io.
 */
enum tmd_rc tmd_cert_store_remove(struct tmd_fs *fs, enum tmd_store_location location,
				  const char *name, const void *der, size_t len,
				  struct tmd_error *err) TMD_MUST_CHECK;

#endif
