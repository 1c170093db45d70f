/* The certificates that travel with the program. tmd_builtins is generated from data/. */
#include "x509/cert.h"

#include "base/str.h"

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
	return tmd_cert_parse(builtin->der, builtin->der_len, out, err);
}

enum tmd_rc tmd_cert_builtin_der(const char *name, struct tmd_buf *out, struct tmd_error *err)
{
	const struct tmd_builtin *builtin = find(name);

	if (!builtin)
		return unknown_name(name, err);
	tmd_buf_clear(out);
	tmd_buf_add(out, builtin->der, builtin->der_len);
	return TMD_OK;
}
