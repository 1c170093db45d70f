/* The certificate that a resource names, parsed and judged once a run, and its pins. */
#ifndef TMD_RESOURCES_ANCHOR_GIVEN_H
#define TMD_RESOURCES_ANCHOR_GIVEN_H

#include "resources/anchor/anchor.h"

/*
 * Sets `cert` and `given` of the anchor, whose wish is set: `given` is PEM text, builtin:NAME or a
 * path, which is read each time. Fails as tmd_cert_load_input(), and as reading the file does.
 */
enum tmd_rc tmd_anchor_load_given(struct tmd_ctx *ctx, const struct tmd_resource *r,
				  const char *given, struct tmd_anchor *anchor,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* As tmd_policy_judge(); valid as long as the run. */
const struct tmd_policy *tmd_anchor_given_policy(struct tmd_anchor_given *given,
						 enum tmd_trust trust);

/* `given` NULL: none. `actual` is the digest as upper-case hex; `name` is the attribute's. */
enum tmd_rc tmd_anchor_check_pin(const char *given, const char *name, const char *actual,
				 struct tmd_error *err) TMD_MUST_CHECK;

#endif
