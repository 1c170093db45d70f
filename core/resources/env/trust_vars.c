/*
 * Sources: the manuals of OpenSSL, Requests, curl, pip, Node.js, git, botocore, Cargo, Nix, Deno,
 * LWP and gRPC. Requests, and so pip, takes a directory in the place of a file.
 *
 * The documentation of the Flow Production Tracking API once named its variable after whatever the
 * product was called that year ({product}_API_CACERTS); only one spelling was ever read.
 */
#include "resources/env/trust_vars.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/spelling.h"
#include "base/str.h"
#include "os/path.h"

#define SLIPS_MAX 2	  /* letters in which the API's name may differ and still be meant */
#define SHORTEST_MEANT 12 /* letters; names like PIP_CERT are too close to others' */

static const struct {
	const char *name;
	enum tmd_env_trust trust;
} variables[] = {
	{ TMD_ENV_API_VARIABLE, TMD_ENV_TRUST_FILE },
	{ "SSL_CERT_FILE", TMD_ENV_TRUST_FILE },
	{ "REQUESTS_CA_BUNDLE", TMD_ENV_TRUST_FILE_OR_DIR },
	{ "CURL_CA_BUNDLE", TMD_ENV_TRUST_FILE_OR_DIR },
	{ "SSL_CERT_DIR", TMD_ENV_TRUST_DIRS },
	{ "HTTPLIB2_CA_CERTS", TMD_ENV_TRUST_FILE },
	{ "PIP_CERT", TMD_ENV_TRUST_FILE_OR_DIR },
	{ "NODE_EXTRA_CA_CERTS", TMD_ENV_TRUST_FILE },
	{ "GIT_SSL_CAINFO", TMD_ENV_TRUST_FILE },
	{ "GIT_SSL_CAPATH", TMD_ENV_TRUST_DIRS },
	{ "AWS_CA_BUNDLE", TMD_ENV_TRUST_FILE },
	{ "CARGO_HTTP_CAINFO", TMD_ENV_TRUST_FILE },
	{ "NIX_SSL_CERT_FILE", TMD_ENV_TRUST_FILE },
	{ "DENO_CERT", TMD_ENV_TRUST_FILE },
	{ "PERL_LWP_SSL_CA_FILE", TMD_ENV_TRUST_FILE },
	{ "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", TMD_ENV_TRUST_FILE },
};
#define VARIABLES (sizeof(variables) / sizeof(*variables))

enum tmd_env_trust tmd_env_trust(const char *name)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		if (tmd_str_equal_nocase(variables[i].name, name))
			return variables[i].trust;
	}
	return TMD_ENV_TRUST_NOT;
}

char *tmd_env_next_path(const char *name, const char **at)
{
	const char *start = *at;
	bool is_list = tmd_env_trust(name) == TMD_ENV_TRUST_DIRS;
	size_t len = strcspn(start, is_list ? tmd_path_list_separator : "");

	if (!*start)
		return NULL;
	*at = start + len + (start[len] != '\0');
	return tmd_strndup(start, len);
}

const char *tmd_env_trust_variable(size_t index)
{
	return index < VARIABLES ? variables[index].name : NULL;
}

/* ---- look-alikes ---- */

/* Moves `*at` behind the first of the words that stands there; longer ones come first. */
static bool pass(const char *const *words, const char **at)
{
	for (; *words; words++) {
		if (!tmd_str_starts_nocase(*at, *words))
			continue;
		*at += strlen(*words);
		return true;
	}
	return false;
}

/* "{product}_API_CACERTS", with what people made of either part. */
static bool follows_product(const char *name)
{
	static const char *const products[] = {
		"FLOW_PRODUCTION_TRACKING_", "FLOWPRODUCTIONTRACKING_", "FLOW_PT_", "SHOTGRID_",
		"SHOTGUN_", "FLOWPT_", "FLOW_", "FPTR_", "SGTK_", "TANK_", "FPT_", "PTR_", "SG_",
		NULL,
	};
	static const char *const apis[] = { "PYTHON_API_", "API3_", "API_", NULL };
	static const char *const files[] = {
		"CA_CERTIFICATES", "CACERTIFICATES", "CA_CERTS", "CA_CERT", "CACERTS", "CACERT",
		"CA_BUNDLE", "CA_FILE", NULL,
	};
	static const char *const kinds[] = { "_FILE", "_PATH", "_BUNDLE", NULL };

	if (!pass(products, &name))
		return false;
	(void)pass(apis, &name);
	if (!pass(files, &name))
		return false;
	(void)pass(kinds, &name);
	return !*name;
}

static bool is_slip(const char *name, const char *meant)
{
	size_t allowed = strcmp(meant, TMD_ENV_API_VARIABLE) == 0 ? SLIPS_MAX : 1;
	size_t distance;

	if (name[0] != meant[0] || strlen(meant) < SHORTEST_MEANT ||
	    strlen(name) + allowed < strlen(meant) || strlen(meant) + allowed < strlen(name))
		return false;
	distance = tmd_spelling_distance(name, meant);
	return distance && distance <= allowed;
}

const char *tmd_env_meant(const char *name)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		if (tmd_str_equal_nocase(variables[i].name, name))
			return strcmp(variables[i].name, name) == 0 ? NULL : variables[i].name;
	}
	if (follows_product(name))
		return TMD_ENV_API_VARIABLE;
	for (size_t i = 0; i < VARIABLES; i++) {
		if (is_slip(name, variables[i].name))
			return variables[i].name;
	}
	return NULL;
}
