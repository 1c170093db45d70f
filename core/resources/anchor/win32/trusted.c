/* What this machine trusts for servers, as PEM: LocalMachine/Root without what is banned. */
#include "resources/anchor/win32/contents.h"

#include "base/mem.h"
#include "x509/der.h"

/* What OpenSSL cannot read would spoil a bundle; it is named once, however often it is met. */
static bool is_readable(const struct tmd_win_contents *root, struct tmd_win_der der,
			struct tmd_strv *warnings)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	TMD_AUTO_FREE char *line = NULL;
	struct tmd_error why = { 0 };

	if (tmd_der_certificate(der.data, der.len, NULL) ||
	    !tmd_cert_parse(der.data, der.len, &cert, &why))
		return true;
	cert = tmd_cert_opaque(der.data, der.len);
	line = tmd_format("left out of what %s holds: %s, SHA-1 %s: %s", root->store->name,
			  cert->subject, cert->sha1, why.message);
	tmd_strv_add_once(warnings, line);
	return false;
}

/* What Python, or Windows, would not take for servers for its properties is left out. */
static bool is_for_servers(const struct tmd_win_contents *root, struct tmd_win_der der)
{
	for (size_t i = 0; i < root->all.count; i++) {
		const struct tmd_store_cert *copy = &root->all.items[i];
		struct tmd_win_der other = { copy->der, copy->der_len };

		if (tmd_win_der_compare(&other, &der) != 0)
			continue;
		if (copy->usage == TMD_USAGE_ALL || copy->usage == TMD_USAGE_SERVERS)
			return true;
	}
	return root->is_planned && !tmd_win_is_among(&root->all, der);
}

/* The machine's own bans: what one user distrusts is his business. */
static enum tmd_rc load_trusted(struct tmd_ctx *ctx, struct tmd_win_contents *root,
				struct tmd_win_contents *bans, struct tmd_error *err)
{
	if (tmd_win_contents_load(ctx, &tmd_windows_stores[TMD_MACHINE_ROOT], false, root, err))
		return TMD_FAILED;
	return tmd_win_contents_load(ctx, &tmd_windows_stores[TMD_MACHINE_BANS], false, bans, err);
}

enum tmd_rc tmd_windows_trusted_pem(struct tmd_ctx *ctx, struct tmd_buf *out,
				    struct tmd_strv *warnings, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_win_contents_release) struct tmd_win_contents root = { 0 };
	TMD_CLEANUP(tmd_win_contents_release) struct tmd_win_contents bans = { 0 };
	TMD_CLEANUP(tmd_win_list_release) struct tmd_win_list listed = { 0 };
	TMD_AUTO_BUF struct tmd_buf pem = { 0 };

	if (load_trusted(ctx, &root, &bans, err))
		return TMD_FAILED;
	tmd_win_collect(&root, &listed);
	for (size_t i = 0; i < listed.count; i++) {
		struct tmd_win_der der = listed.items[i];

		if (!tmd_win_holds(&bans, der) && is_for_servers(&root, der) &&
		    is_readable(&root, der, warnings))
			tmd_cert_add_pem(&pem, der.data, der.len);
	}
	if (tmd_buf_check(&pem, root.store->name, err))
		return TMD_FAILED;
	if (!pem.len)
		return tmd_fail(err, TMD_E_NOT_FOUND, root.store->name, "name a PEM file instead",
				"this store holds nothing that a bundle could be made from");
	tmd_buf_clear(out);
	tmd_buf_add(out, pem.data, pem.len);
	return tmd_buf_check(out, root.store->name, err);
}
