/* Scanning texts that come again: a bundle is the same from one look to the next. */
#ifndef TMD_RESOURCES_SCANS_H
#define TMD_RESOURCES_SCANS_H

#include "resources/type.h"
#include "x509/bundle.h"

/* As tmd_bundle_scan(). The run keeps what the scans of the last few texts found. */
enum tmd_rc tmd_scan_once(struct tmd_ctx *ctx, const struct tmd_buf *text, struct tmd_bundle *out,
			  struct tmd_error *err) TMD_MUST_CHECK;

#endif
