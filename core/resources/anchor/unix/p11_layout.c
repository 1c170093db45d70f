/* Where the families of p11-kit's systems keep sources and extracts, and how this p11-kit reads. */
#include "resources/anchor/unix/p11_layout.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/anchor/unix/stores.h"
#include "x509/pem.h"

/* ---- places ---- */

#define RHEL "/etc/pki/ca-trust"
#define RHEL_VENDOR "/usr/share/pki/ca-trust-source"
#define RHEL_HASHED RHEL "/extracted/pem/directory-hash"
#define ARCH "/etc/ca-certificates"
#define ARCH_VENDOR "/usr/share/ca-certificates/trust-source"
#define ARCH_HASHED "/etc/ssl/certs"

static const char *const rhel_places[] = { RHEL "/source",
					   RHEL "/source/anchors",
					   RHEL "/source/blocklist",
					   RHEL "/source/blacklist",
					   RHEL_VENDOR,
					   RHEL_VENDOR "/anchors",
					   RHEL_VENDOR "/blocklist",
					   RHEL_HASHED,
					   RHEL "/extracted/pem/tls-ca-bundle.pem",
					   NULL };
static const char *const arch_places[] = { ARCH "/trust-source",
					   ARCH "/trust-source/anchors",
					   ARCH "/trust-source/blocklist",
					   ARCH "/trust-source/blacklist",
					   ARCH_VENDOR,
					   ARCH_VENDOR "/anchors",
					   ARCH_VENDOR "/blocklist",
					   ARCH_HASHED,
					   ARCH "/extracted/tls-ca-bundle.pem",
					   NULL };

struct tmd_p11_layout tmd_p11_layout_of(const struct tmd_anchor *anchor)
{
	static const struct tmd_p11_layout rhel = {
		.admin = RHEL "/source",
		.vendor = RHEL_VENDOR,
		.hashed = RHEL_HASHED,
		.places = rhel_places,
	};
	static const struct tmd_p11_layout arch = {
		.admin = ARCH "/trust-source",
		.vendor = ARCH_VENDOR,
		.hashed = ARCH_HASHED,
		.places = arch_places,
	};
	struct tmd_p11_layout layout = anchor->family == TMD_FAMILY_ARCH ? arch : rhel;

	layout.bundle = tmd_system_bundle_path((enum tmd_family)anchor->family);
	return layout;
}

/* ---- which of blocklist and blacklist this p11-kit reads ---- */

static bool module_says(struct tmd_fs *fs, const char *path, const char **name)
{
	TMD_AUTO_BUF struct tmd_buf module = { 0 };
	struct tmd_error ignored = { 0 };

	if (tmd_fs_read(fs, path, 0, &module, NULL, &ignored))
		return false;
	if (tmd_text_find(tmd_buf_str(&module), module.len, "blocklist") < module.len)
		*name = "blocklist";
	else if (tmd_text_find(tmd_buf_str(&module), module.len, "blacklist") < module.len)
		*name = "blacklist";
	else
		return false;
	return true;
}

/* The module in /usr/lib64, /usr/lib or a multiarch directory below that. */
const char *tmd_p11_blocklist_name(struct tmd_fs *fs)
{
	static const char module[] = "pkcs11/p11-kit-trust.so";
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored = { 0 };
	const char *name = "blocklist";

	if (module_says(fs, "/usr/lib64/pkcs11/p11-kit-trust.so", &name) ||
	    module_says(fs, "/usr/lib/pkcs11/p11-kit-trust.so", &name) ||
	    tmd_fs_list(fs, "/usr/lib", &names, &ignored))
		return name;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = NULL;

		if (!strstr(names.items[i], "-linux-"))
			continue;
		path = tmd_format("/usr/lib/%s/%s", names.items[i], module);
		if (module_says(fs, path, &name))
			return name;
	}
	return name;
}
