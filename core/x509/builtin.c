/* The certificates that travel with the program. tmd_builtins is generated from data/. */
#include "x509/cert.h"

#include <string.h>

#include "base/str.h"
#include "x509/bundle.h"

static enum tmd_rc unknown_name(const char *name, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf names = { 0 };

	for (const struct tmd_builtin *b = tmd_builtins; b->name; b++)
		tmd_buf_addf(&names, "%s%s", names.len ? ", " : "one of ", b->name);
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_buf_str(&names),
			"no built-in certificate is called '%s'", name);
}

static const struct tmd_builtin *find(const char *name)
{
	for (const struct tmd_builtin *b = tmd_builtins; b->name; b++) {
		if (tmd_str_equal(b->name, name))
			return b;
	}
	return NULL;
}

enum tmd_rc tmd_cert_builtin(const char *name, struct tmd_cert **out, struct tmd_error *err)
{
	const struct tmd_builtin *builtin = find(name);

	if (!builtin)
		return unknown_name(name, err);
	return tmd_cert_load_input(builtin->pem, strlen(builtin->pem), builtin->name, out, err);
}

enum tmd_rc tmd_cert_builtin_der(const char *name, struct tmd_buf *out, struct tmd_error *err)
{
	const struct tmd_builtin *builtin = find(name);
	struct tmd_bundle bundle = { 0 };
	enum tmd_rc rc;

	if (!builtin)
		return unknown_name(name, err);
	rc = tmd_bundle_scan(builtin->pem, strlen(builtin->pem), &bundle, err);
	if (!rc && bundle.count != 1)
		rc = tmd_fail(err, TMD_E_INTERNAL, NULL, NULL, "built-in '%s' is damaged", name);
	if (!rc) {
		tmd_buf_clear(out);
		tmd_buf_add(out, bundle.entries[0].der, bundle.entries[0].der_len);
	}
	tmd_bundle_release(&bundle);
	return rc;
}
