/* Reading the parts of Debian's trust store, each of them once. */
#include "resources/anchor/unix/debian.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

void tmd_debian_store_release(struct tmd_debian_store *store)
{
	tmd_anchor_file_release(&store->bundle);
	tmd_debian_inputs_release(&store->inputs);
	for (size_t i = 0; i < store->link_count; i++)
		tmd_anchor_file_release(&store->links[i].file);
	free(store->links);
	tmd_buf_release(&store->conf);
}

enum tmd_rc tmd_debian_load_bundle(struct tmd_debian_store *store, struct tmd_error *err)
{
	if (!store->has_bundle &&
	    tmd_anchor_file_load(store->ctx, TMD_DEBIAN_BUNDLE, &store->bundle, err))
		return TMD_FAILED;
	store->has_bundle = true;
	return TMD_OK;
}

enum tmd_rc tmd_debian_load_inputs(struct tmd_debian_store *store, struct tmd_error *err)
{
	if (!store->has_inputs && tmd_debian_inputs_load(store->ctx, &store->inputs, err))
		return TMD_FAILED;
	store->has_inputs = true;
	return TMD_OK;
}

const struct tmd_buf *tmd_debian_conf(struct tmd_debian_store *store)
{
	struct tmd_error ignored = { 0 };

	if (!store->has_conf &&
	    tmd_ctx_read(store->ctx, TMD_DEBIAN_CONF, 0, &store->conf, NULL, &ignored))
		tmd_buf_clear(&store->conf);
	if (!store->has_conf && memchr(tmd_buf_str(&store->conf), '\\', store->conf.len))
		store->conf_raw = tmd_debian_reads_raw(store->ctx);
	store->has_conf = true;
	return &store->conf;
}

bool tmd_debian_new_is_left(struct tmd_debian_store *store)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (!store->looked_for_new)
		store->new_is_left = tmd_fs_lstat(store->ctx->fs, TMD_DEBIAN_BUNDLE ".new", &st,
						  &ignored) == TMD_OK &&
				     !tmd_proc_running(store->ctx->fs, TMD_DEBIAN_PROGRAM);
	store->looked_for_new = true;
	return store->new_is_left;
}

/* ---- links in the hashed directory ---- */

char *tmd_debian_link_target(struct tmd_ctx *ctx, const char *link)
{
	struct tmd_error ignored = { 0 };
	TMD_AUTO_FREE char *text = NULL;

	if (tmd_fs_readlink(ctx->fs, link, &text, &ignored))
		return NULL;
	if (tmd_path_is_absolute(text)) {
		char *target = text;

		text = NULL;
		return target;
	}
	return tmd_path_join(TMD_DEBIAN_HASHED, text);
}

bool tmd_debian_is_input_path(const char *path)
{
	return tmd_str_starts(path, TMD_DEBIAN_LOCAL "/") ||
	       tmd_str_starts(path, TMD_DEBIAN_VENDOR "/");
}

/* Is it the link that the script made for an input that is in use? */
static bool is_in_use(const struct tmd_debian_inputs *inputs, const char *link, const char *target)
{
	const struct tmd_debian_input *input =
		target ? tmd_debian_inputs_find(inputs, target) : NULL;

	return input && strcmp(input->link, link) == 0;
}

/* What `openssl rehash` makes an entry for, if one certificate is in it. */
static bool is_hashed_name(const char *name)
{
	static const char *const endings[] = { ".pem", ".crt", ".cer", ".crl" };
	const char *dot = strrchr(name, '.');

	if (strcmp(name, tmd_path_base(TMD_DEBIAN_BUNDLE)) == 0)
		return false;
	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(*endings); i++) {
		if (tmd_str_equal_nocase(dot, endings[i]))
			return true;
	}
	return false;
}

static enum tmd_rc keep_link(struct tmd_debian_store *store, const char *path, bool foreign,
			     struct tmd_error *err)
{
	struct tmd_debian_link link = { .foreign = foreign };

	if (tmd_anchor_file_load(store->ctx, path, &link.file, err))
		return TMD_FAILED;
	store->links = tmd_grow(store->links, &store->link_cap, store->link_count + 1,
				sizeof(link));
	store->links[store->link_count++] = link;
	return TMD_OK;
}

static enum tmd_rc add_link(struct tmd_debian_store *store, const char *path,
			    struct tmd_error *err)
{
	TMD_AUTO_FREE char *target = tmd_debian_link_target(store->ctx, path);

	if (is_in_use(&store->inputs, path, target))
		return TMD_OK;
	return keep_link(store, path, !target, err);
}

/* One that leads to a name of rehash's, or straight to an input, adds nothing to those. */
static enum tmd_rc add_entry(struct tmd_debian_store *store, const char *path,
			     struct tmd_error *err)
{
	TMD_AUTO_FREE char *target = tmd_debian_link_target(store->ctx, path);
	TMD_AUTO_FREE char *further = NULL;

	if (!target)
		return keep_link(store, path, true, err);
	if (tmd_debian_inputs_find(&store->inputs, target))
		return TMD_OK;
	if (!tmd_str_starts(target, TMD_DEBIAN_HASHED "/"))
		return keep_link(store, path, false, err);
	if (is_hashed_name(tmd_path_base(target)))
		return TMD_OK;
	further = tmd_debian_link_target(store->ctx, target);
	return keep_link(store, further ? path : target, !further, err);
}

enum tmd_rc tmd_debian_load_links(struct tmd_debian_store *store, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (store->has_links)
		return TMD_OK;
	if (tmd_debian_load_inputs(store, err) ||
	    tmd_ctx_list(store->ctx, TMD_DEBIAN_HASHED, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(TMD_DEBIAN_HASHED, names.items[i]);
		uint32_t hash;
		uint32_t number;

		if (is_hashed_name(names.items[i]) && add_link(store, path, err))
			return TMD_FAILED;
		if (tmd_hashdir_parse_name(names.items[i], &hash, &number) &&
		    add_entry(store, path, err))
			return TMD_FAILED;
	}
	store->has_links = true;
	return TMD_OK;
}
