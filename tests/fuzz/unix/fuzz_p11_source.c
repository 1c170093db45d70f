/*
 * Any bytes as a source file of a p11-kit trust store, in each of the places where it can stand.
 * Where p11-kit's own module is installed it is the judge: what we call an anchor it trusts, and
 * what it distrusts we call distrusted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/mem.h"
#include "p11_module.h"
#include "resources/anchor/unix/p11_sources.h"
#include "scratch_root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct place {
	enum tmd_p11_role role;
	const char *path;
} places[] = {
	{ TMD_P11_NEUTRAL, "x" },
	{ TMD_P11_ANCHORS, "anchors/x" },
	{ TMD_P11_BLOCK, "blocklist/x" },
};

static struct tmd_fs *fs;
static struct p11_module *module;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void open_root(void)
{
	struct tmd_error err = { 0 };

	if (fs)
		return;
	require(tmd_fs_open(scratch_root(), &fs, &err) == TMD_OK);
	scratch_root_make_dir("anchors");
	scratch_root_make_dir("blocklist");
	module = p11_module();
}

static void check_verdict(const struct tmd_p11_source *source, const struct tmd_cert *cert)
{
	struct tmd_p11_verdict verdict = tmd_p11_judge(source, cert);

	require(source->role != TMD_P11_BLOCK || !verdict.anchors);
}

static const struct p11_cert *find(const struct p11_cert *certs, size_t count,
				   const struct tmd_cert *cert)
{
	for (size_t i = 0; i < count; i++) {
		if (certs[i].len == cert->der_len && !memcmp(certs[i].der, cert->der, cert->der_len))
			return &certs[i];
	}
	return NULL;
}

/* What we read in it, the module has, and thinks no less of. */
static void check_ours(const struct tmd_p11_source *source, const void *der, size_t len,
		       const struct p11_cert *theirs, size_t count)
{
	struct tmd_error err = { 0 };
	struct tmd_cert *cert = NULL;
	struct tmd_p11_verdict verdict;
	const struct p11_cert *their;

	if (tmd_cert_parse(der, len, &cert, &err))
		return;
	check_verdict(source, cert);
	verdict = tmd_p11_judge(source, cert);
	their = find(theirs, count, cert);
	if (module && count < P11_CERTS_MAX && cert->der_len <= P11_CERT_MAX)
		require(!verdict.anchors || verdict.by ||
			(their && their->trusted && !their->distrusted));
	tmd_cert_free(cert);
}

static void check_theirs(const struct tmd_p11_source *source, const struct p11_cert *theirs,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct tmd_error err = { 0 };
		struct tmd_cert *cert = NULL;
		struct tmd_p11_verdict verdict;

		if (tmd_cert_parse(theirs[i].der, theirs[i].len, &cert, &err))
			continue;
		check_verdict(source, cert);
		verdict = tmd_p11_judge(source, cert);
		require(!theirs[i].distrusted || verdict.by);
		require(!theirs[i].trusted || theirs[i].distrusted || verdict.anchors);
		tmd_cert_free(cert);
	}
}

static void check_place(const struct place *place, const uint8_t *data, size_t size)
{
	static struct p11_cert theirs[P11_CERTS_MAX];
	TMD_AUTO_FREE char *path = tmd_format("/etc/%s", place->path);
	TMD_AUTO_FREE char *dir = tmd_format("%s/etc", scratch_root_path);
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *view = tmd_view_new(fs, fs);
	struct tmd_ctx ctx = { .view = view, .fs = fs };
	struct tmd_p11_source source = { 0 };
	struct tmd_error err = { 0 };
	size_t count;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		scratch_root_write(i, places[i].path, data, &places[i] == place ? size : 0);
	count = module ? p11_certs(module, dir, theirs) : 0;
	require(tmd_p11_source_load(&ctx, path, place->role, &source, &err) == TMD_OK);
	for (size_t i = 0; i < source.file.scan.count; i++)
		check_ours(&source, source.file.scan.entries[i].der,
			   source.file.scan.entries[i].der_len, theirs, count);
	for (size_t i = 0; i < source.count; i++)
		check_ours(&source, tmd_buf_str(&source.objects[i].der), source.objects[i].der.len,
			   theirs, count);
	check_theirs(&source, theirs, count);
	tmd_p11_source_release(&source);
	ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_root();
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		check_place(&places[i], data, size);
	return 0;
}
