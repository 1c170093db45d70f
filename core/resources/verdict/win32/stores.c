/* Python's default context takes the stores CA and Root of Windows, as the user sees them. */
#include "os/cert_store.h"
#include "resources/verdict/trusted.h"

static bool add_store(const char *name, struct tmd_trusted *trusted)
{
	TMD_CLEANUP(tmd_store_certs_release) struct tmd_store_certs certs = { 0 };
	struct tmd_error ignored = { 0 };

	if (tmd_cert_store_read(TMD_STORE_CURRENT_USER, name, NULL, &certs, &ignored))
		return false;
	for (size_t i = 0; i < certs.count; i++) {
		const struct tmd_store_cert *cert = &certs.items[i];

		if (cert->usage == TMD_USAGE_ALL || cert->usage == TMD_USAGE_SERVERS)
			tmd_certset_add(&trusted->stores, cert->der, cert->der_len);
	}
	return true;
}

bool tmd_trusted_add_stores(struct tmd_ctx *ctx, struct tmd_trusted *trusted)
{
	bool looked = tmd_view_is_live(ctx->view) && add_store("CA", trusted) &&
		      add_store("Root", trusted);

	tmd_trusted_take_stores(trusted);
	return looked;
}
