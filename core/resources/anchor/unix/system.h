/* Which family of Linux a root holds: it decides where trust is kept and who compiles it. */
#ifndef TMD_RESOURCES_ANCHOR_SYSTEM_H
#define TMD_RESOURCES_ANCHOR_SYSTEM_H

#include "base/error.h"
#include "resources/type.h"

enum tmd_family {
	TMD_FAMILY_DEBIAN,
	TMD_FAMILY_RHEL,
	TMD_FAMILY_ARCH,
	TMD_FAMILY_SUSE,
	TMD_FAMILY_ALPINE,
	TMD_FAMILY_NIXOS,
	TMD_FAMILY_UNKNOWN,
};

struct tmd_system {
	enum tmd_family family;
	char id[64];	  /* ID of os-release as it stands there, "" when there is none */
	char version[64]; /* VERSION_ID, "" when there is none (rolling releases) */
};

/*
 * Reads, once a run, etc/os-release, or usr/lib/os-release when that is missing. ID decides, then the
 * words of ID_LIKE in their order. A root without os-release is TMD_FAMILY_UNKNOWN and no
 * failure. Fails: permission, io, refused (no regular file, too large).
 */
enum tmd_rc tmd_system_detect(struct tmd_ctx *ctx, struct tmd_system *out,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* The compiled PEM bundle that programs of this family read; NULL when not known. */
const char *tmd_system_bundle_path(enum tmd_family family);

#endif
