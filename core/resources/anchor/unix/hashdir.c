/* Walking the entries of one subject hash. */
#include "resources/anchor/unix/hashdir.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define ENTRY_MAX 256 /* certificates of one subject; OpenSSL's rehash stops there too */
#define GAP_MAX 4     /* missing numbers that are looked across */
#define HASH_LEN 8    /* hexadecimal digits */

void tmd_hashdir_release(struct tmd_hashdir *found)
{
	free(found->entry);
	free(found->beyond);
	tmd_strv_release(&found->holders);
	tmd_strv_release(&found->dangling);
	memset(found, 0, sizeof(*found));
}

static enum tmd_rc look_at_entry(struct tmd_ctx *ctx, const char *path, const struct tmd_cert *cert,
				 struct tmd_hashdir *found, struct tmd_error *err)
{
	/* Nothing plans a hashed directory: without the overlay, reading is on disk alone. */
	struct tmd_ctx on_disk = { .fs = ctx->fs, .input = ctx->input, .now = ctx->now };
	struct tmd_anchor_file file = { 0 };

	if (tmd_anchor_file_load(&on_disk, path, &file, err))
		return TMD_FAILED;
	if (file.gone)
		tmd_strv_add(&found->dangling, path);
	else if (tmd_anchor_file_is_only(&file, cert))
		tmd_strv_add(&found->holders, path);
	tmd_anchor_file_release(&file);
	return TMD_OK;
}

enum tmd_rc tmd_hashdir_find(struct tmd_ctx *ctx, const char *dir, const struct tmd_cert *cert,
			     bool thorough, struct tmd_hashdir *out, struct tmd_error *err)
{
	struct tmd_hashdir found = { 0 };
	unsigned missing = 0;

	for (unsigned n = 0; n < ENTRY_MAX && missing < GAP_MAX; n++) {
		TMD_AUTO_FREE char *path = tmd_format("%s/%08x.%u", dir, cert->subject_hash, n);
		struct tmd_error local = { 0 };
		struct tmd_stat st;

		if (tmd_fs_lstat(ctx->fs, path, &st, &local)) {
			if (local.kind != TMD_E_NOT_FOUND) {
				*err = local;
				tmd_hashdir_release(&found);
				return TMD_FAILED;
			}
			missing++;
			continue;
		}
		if (missing && !found.beyond)
			found.beyond = tmd_strdup(path);
		if (look_at_entry(ctx, path, cert, &found, err)) {
			tmd_hashdir_release(&found);
			return TMD_FAILED;
		}
		if (!missing && !found.entry && found.holders.count)
			found.entry = tmd_strdup(found.holders.items[0]);
		if (found.entry && !thorough)
			break;
	}
	*out = found;
	return TMD_OK;
}

bool tmd_hashdir_parse_name(const char *name, uint32_t *hash, uint32_t *number)
{
	uint64_t value;

	if (strspn(name, "0123456789abcdef") != HASH_LEN || name[HASH_LEN] != '.')
		return false;
	name += HASH_LEN + 1;
	/* A reader counts: it asks for no "00" and for nothing behind the number. */
	if (!tmd_parse_u64(name, &value) || value > INT32_MAX || (name[0] == '0' && name[1]))
		return false;
	*hash = (uint32_t)strtoul(name - HASH_LEN - 1, NULL, 16);
	*number = (uint32_t)value;
	return true;
}

enum tmd_rc tmd_hashdir_collect(struct tmd_ctx *ctx, const char *dir,
				struct tmd_anchor_certs *certs, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_ctx_list(ctx, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file file = { 0 };
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);
		uint32_t hash;
		uint32_t number;

		if (!tmd_hashdir_parse_name(names.items[i], &hash, &number))
			continue;
		if (tmd_anchor_file_load(ctx, path, &file, err))
			return TMD_FAILED;
		tmd_anchor_certs_add(certs, &file);
	}
	return TMD_OK;
}
