/* Looks into directories the way OpenSSL does: it asks for HASH.0, HASH.1 and so on by name. */
#include "resources/env/ca_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/trust_vars.h"
#include "resources/scans.h"
#include "x509/bundle.h"

#define HASH_DIGITS 8 /* of a subject */
#define SAME_HASH_MAX 256

/* ---- one directory ---- */

/* "5ad8a5d6.0", where a look-up begins. */
static bool is_first_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_DIGITS &&
	       strcmp(name + HASH_DIGITS, ".0") == 0;
}

static bool holds_hash(const struct tmd_bundle *bundle, uint32_t hash)
{
	bool found = false;

	for (size_t i = 0; i < bundle->count && !found; i++) {
		const struct tmd_bundle_entry *entry = &bundle->entries[i];
		TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert =
			tmd_cert_outline(entry->der, entry->der_len);

		found = cert && cert->subject_hash == hash && entry->trust != TMD_TRUST_NONE;
	}
	return found;
}

/* False where a look-up ends: there is no such file, or OpenSSL does not load it. */
static bool look_at(struct tmd_ctx *ctx, const char *path, uint32_t hash, bool *found)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle bundle = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored = { 0 };

	if (tmd_view_read(ctx->view, path, TMD_BUNDLE_MAX, &text, NULL, &ignored) ||
	    tmd_scan_once(ctx, &text, &bundle, &ignored) || !bundle.loads)
		return false;
	*found = holds_hash(&bundle, hash);
	return true;
}

static bool finds_certificate(struct tmd_ctx *ctx, const char *dir, const char *first)
{
	uint32_t hash = (uint32_t)strtoul(first, NULL, 16);
	bool found = false;
	bool more = true;

	for (unsigned n = 0; more && !found && n < SAME_HASH_MAX; n++) {
		TMD_AUTO_FREE char *name = tmd_format("%08x.%u", (unsigned)hash, n);
		TMD_AUTO_FREE char *path = tmd_path_join(dir, name);

		more = look_at(ctx, path, hash, &found);
	}
	return found;
}

static void note_names(struct tmd_ctx *ctx, const char *name, const char *dir,
		       const struct tmd_strv *files, struct tmd_strv *out)
{
	const char *why = "none has its hash for a name";

	for (size_t i = 0; i < files->count; i++) {
		if (!is_first_name(files->items[i]))
			continue;
		if (finds_certificate(ctx, dir, files->items[i]))
			return;
		why = "not one that loads stands under its hash";
	}
	tmd_strv_addf(out, "%s: no program finds a certificate in the directory %s: %s; run c_rehash "
		      "on it%s", name, dir, why,
		      tmd_env_trust(name) == TMD_ENV_TRUST_FILE_OR_DIR ? ", or name a PEM file" : "");
}

void tmd_env_note_ca_dir(struct tmd_ctx *ctx, const char *name, const char *dir,
			 struct tmd_strv *out)
{
	TMD_AUTO_STRV struct tmd_strv files = { 0 };
	struct tmd_error why = { 0 };
	struct tmd_stat st;

	if (!tmd_path_is_absolute(dir))
		tmd_strv_addf(out, "%s: %s is no whole path: programs look for the directory in "
			      "whatever directory they run", name, dir);
	else if (tmd_view_stat(ctx->view, dir, &st, &why) && why.kind == TMD_E_NOT_FOUND)
		tmd_strv_addf(out, "%s: there is no directory %s", name, dir);
	else if (!why.kind && st.type != TMD_FILE_DIRECTORY)
		tmd_strv_addf(out, "%s: %s is a file, not a directory with names by hash", name, dir);
	else if (why.kind || tmd_view_list(ctx->view, dir, &files, &why))
		tmd_strv_addf(out, "%s: %s: %s", name, dir, why.message);
	else
		note_names(ctx, name, dir, &files, out);
}

/* ---- a list of them ---- */

void tmd_env_note_ca_dirs(struct tmd_ctx *ctx, const char *name, const char *value,
			  struct tmd_strv *out, struct tmd_strv *losses)
{
	TMD_AUTO_STRV struct tmd_strv lines = { 0 };
	size_t count = 0;
	char *dir;

	while ((dir = tmd_env_next_path(name, &value))) {
		if (*dir) /* OpenSSL passes over an empty one */
			tmd_env_note_ca_dir(ctx, name, dir, &lines);
		count += *dir != '\0';
		free(dir);
	}
	if (!count)
		tmd_strv_addf(&lines, "%s: it names no directory", name);
	if (lines.count < count)
		out = losses;
	for (size_t i = 0; out && i < lines.count; i++)
		tmd_strv_add(out, lines.items[i]);
}
