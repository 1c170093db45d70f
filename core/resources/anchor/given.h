/* The certificate that the caller gives, and what he pins it to. */
#ifndef TMD_RESOURCES_ANCHOR_GIVEN_H
#define TMD_RESOURCES_ANCHOR_GIVEN_H

#include "resources/anchor/anchor.h"

/*
 * `given` is PEM text, builtin:NAME, or a file that is read as input. The caller frees `out`. Fails:
 * invalid_input, refused (a private key, what OpenSSL does not read), and as tmd_view_read_input().
 */
enum tmd_rc tmd_anchor_load_given(struct tmd_ctx *ctx, const char *base_dir, const char *given,
				  enum tmd_anchor_wish wish, struct tmd_cert **out,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Is the fingerprint `given`, however it is written, `actual` (hexadecimal digits in upper case)?
 * NULL is as good. `name` is the attribute's. Fails: invalid_input, refused where it is another.
 */
enum tmd_rc tmd_anchor_check_pin(const char *name, const char *given, const char *actual,
				 struct tmd_error *err) TMD_MUST_CHECK;

#endif
