/* Counting what a rebuild changes besides, and saying it once. */
#include "resources/anchor/aside.h"

#include <stdlib.h>
#include <string.h>

#include "x509/cert.h"

void tmd_anchor_asides_release(struct tmd_anchor_asides *asides)
{
	tmd_strv_release(&asides->asked);
	tmd_strv_release(&asides->told);
}

void tmd_anchor_aside_release(struct tmd_anchor_aside *aside)
{
	free(aside->first);
	memset(aside, 0, sizeof(*aside));
}

bool tmd_anchor_aside_note(struct tmd_anchor_aside *aside, struct tmd_anchor_asides *asides,
			   const void *der, size_t len)
{
	char sha256[65];

	tmd_sha256_hex(der, len, sha256);
	if (tmd_strv_has(&asides->asked, sha256))
		return false;
	aside->count++;
	if (tmd_strv_has(&asides->told, sha256))
		return true;
	tmd_strv_add(&asides->told, sha256);
	if (!aside->untold++)
		aside->first = tmd_cert_subject(der, len);
	return true;
}

void tmd_anchor_aside_tell(const struct tmd_anchor_aside *aside, const char *does, const char *why,
			   const char *where, struct tmd_strv *warnings)
{
	bool one = aside->untold == 1;

	if (aside->untold)
		tmd_strv_addf(warnings, "the rebuild also %s %zu certificate%s %s, %s%s: look at %s",
			      does, aside->untold, one ? "" : "s", why, aside->first,
			      one ? "" : " among them", where);
}
