/*
 * What the two halves of planning for Debian's store share: what is to change (debian_plan.c), and
 * what has to be out of the way of the rebuild (debian_ask.c).
 */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_PLANNING_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_PLANNING_H

#include "resources/anchor/unix/debian.h"

struct tmd_planning {
	struct tmd_ctx *ctx;
	struct tmd_resource *r;
	const struct tmd_anchor *anchor;
	struct tmd_changeset *set;
	struct tmd_debian_store *store; /* its inputs are there */
	struct tmd_debian_links links;
	struct tmd_strv dropped; /* inputs that the rebuild will not find any more */
	struct tmd_buf conf;	 /* the list as it will be */
	char *own;		 /* path of the input that is ours */
	bool writes_own;
	bool removes_local; /* a file of the administrator's goes */
};

/* Removes the link that the script made for this input, and that it would take for done. */
void tmd_debian_drop_link_of(struct tmd_planning *p, const char *input);

/* Fails with conflict for what is merely linked from the administrator's directory. */
enum tmd_rc tmd_debian_must_live_in_local(struct tmd_planning *p, const char *path,
					  struct tmd_error *err) TMD_MUST_CHECK;

/* Renames a damaged file of the administrator's so that nothing compiles it, with a warning. */
enum tmd_rc tmd_debian_set_aside(struct tmd_planning *p, const struct tmd_debian_input *input,
				 struct tmd_error *err) TMD_MUST_CHECK;

/* The list as the rebuild has to find it, so that what it means to name is not lost. */
void tmd_debian_mend_conf(struct tmd_planning *p);

/*
 * After everything else was planned: sets aside or refuses whatever would spoil the compiled
 * bundle, says what it is expected to be, and asks for the rebuild.
 */
enum tmd_rc tmd_debian_ask_for_rebuild(struct tmd_planning *p,
				       struct tmd_error *err) TMD_MUST_CHECK;

#endif
