/* Debian and Ubuntu: update-ca-certificates and what it compiles. */
#include "resources/anchor/unix/debian.h"

const struct tmd_anchor_backend tmd_anchor_debian = {
	.name = "debian",
	.read = tmd_debian_read,
	.plan = tmd_debian_plan,
	.commit = tmd_debian_rebuild,
	.busy = tmd_debian_is_busy,
	.list = tmd_debian_list,
};
