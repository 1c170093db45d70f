/* Reading the parts of Debian's trust store, each of them once. */
#include "resources/anchor/unix/debian.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/session.h"

enum part {
	PART_BUNDLE = 1 << 0,
	PART_INPUTS = 1 << 1,
	PART_CONF = 1 << 2,
	PART_REACH = 1 << 3,
};

/* ---- the run's ---- */

static const struct tmd_anchor_file *find_input(void *arg, const char *path)
{
	const struct tmd_debian_store *store = arg;
	const struct tmd_debian_input *input =
		store->loaded & PART_INPUTS ? tmd_debian_inputs_find(&store->inputs, path) : NULL;

	return input ? &input->file : NULL;
}

static void *make(void)
{
	struct tmd_debian_store *store = tmd_alloc(1, sizeof(*store));

	store->hashed.dir = TMD_DEBIAN_HASHED;
	store->hashed.known = find_input;
	store->hashed.known_arg = store;
	return store;
}

static void forget_bundle(struct tmd_debian_store *store)
{
	tmd_anchor_file_release(&store->bundle);
	free(store->bundle_private);
	store->bundle_private = NULL;
	store->loaded &= ~(unsigned)(PART_BUNDLE | PART_REACH);
}

static void forget_conf(struct tmd_debian_store *store)
{
	tmd_buf_release(&store->conf);
	store->loaded &= ~(unsigned)(PART_CONF | PART_INPUTS);
}

static void forget_all(struct tmd_debian_store *store)
{
	forget_bundle(store);
	forget_conf(store);
	tmd_debian_inputs_release(&store->inputs);
	tmd_hashdir_release(&store->hashed);
	tmd_strv_release(&store->asides.told);
	tmd_anchor_others_forget(&store->others);
	store->leftover = TMD_DEBIAN_NOT_LOOKED;
	store->keystore = TMD_DEBIAN_NOT_LOOKED;
}

static bool is_below(const char *path, const char *dir)
{
	return tmd_str_starts(path, dir) && path[strlen(dir)] == '/';
}

/* What is none of the store's own names may be what one of them leads to. */
void tmd_debian_store_forget(struct tmd_debian_store *store, const char *path)
{
	tmd_anchor_others_forget(&store->others);
	if (path && strcmp(path, TMD_DEBIAN_BUNDLE) == 0) {
		forget_bundle(store);
	} else if (path && strcmp(path, TMD_DEBIAN_CONF) == 0) {
		forget_conf(store);
	} else if (path && is_below(path, TMD_DEBIAN_LOCAL)) {
		tmd_debian_inputs_forget(&store->inputs, path);
		store->loaded &= ~(unsigned)PART_INPUTS;
		tmd_hashdir_forget(&store->hashed, NULL);
	} else if (path && is_below(path, TMD_DEBIAN_HASHED)) {
		tmd_hashdir_forget(&store->hashed, path);
	} else {
		forget_all(store);
	}
}

static void forget(void *session, const char *path)
{
	tmd_debian_store_forget(session, path);
}

static void release(void *session)
{
	struct tmd_debian_store *store = session;

	forget_all(store);
	tmd_anchor_asides_release(&store->asides);
	free(store);
}

static const struct tmd_session_kind kind = { make, forget, release };

struct tmd_debian_store *tmd_debian_store(struct tmd_ctx *ctx)
{
	struct tmd_debian_store *store = tmd_session(ctx, &kind);

	store->ctx = ctx;
	return store;
}

/* ---- its parts ---- */

enum tmd_rc tmd_debian_load_bundle(struct tmd_debian_store *store, struct tmd_error *err)
{
	if (!(store->loaded & PART_BUNDLE) &&
	    tmd_anchor_file_load(store->ctx, TMD_DEBIAN_BUNDLE, &store->bundle, err))
		return TMD_FAILED;
	store->loaded |= PART_BUNDLE;
	return TMD_OK;
}

enum tmd_rc tmd_debian_load_reach(struct tmd_debian_store *store, struct tmd_error *err)
{
	bool readable = false;

	if (store->loaded & PART_REACH)
		return TMD_OK;
	if (tmd_view_world_readable(store->ctx->view, TMD_DEBIAN_BUNDLE, &readable,
				    &store->bundle_private, err))
		return TMD_FAILED;
	if (!readable && !store->bundle_private)
		store->bundle_private = tmd_strdup(TMD_DEBIAN_BUNDLE);
	store->loaded |= PART_REACH;
	return TMD_OK;
}

enum tmd_rc tmd_debian_load_inputs(struct tmd_debian_store *store, struct tmd_error *err)
{
	if (!(store->loaded & PART_INPUTS) &&
	    tmd_debian_inputs_load(store->ctx, &store->inputs, err))
		return TMD_FAILED;
	store->loaded |= PART_INPUTS;
	return TMD_OK;
}

const struct tmd_buf *tmd_debian_conf(struct tmd_debian_store *store)
{
	struct tmd_error ignored = { 0 };

	if (store->loaded & PART_CONF)
		return &store->conf;
	if (tmd_view_read(store->ctx->view, TMD_DEBIAN_CONF, 0, &store->conf, NULL, &ignored))
		tmd_buf_clear(&store->conf);
	store->conf_raw = memchr(tmd_buf_str(&store->conf), '\\', store->conf.len) &&
			  tmd_debian_reads_raw(store->ctx);
	store->loaded |= PART_CONF;
	return &store->conf;
}

bool tmd_debian_new_is_left(struct tmd_debian_store *store)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (store->leftover == TMD_DEBIAN_NOT_LOOKED)
		store->leftover =
			tmd_view_lstat(store->ctx->view, TMD_DEBIAN_BUNDLE ".new", &st, &ignored) ==
						TMD_OK &&
					!tmd_proc_running(store->ctx->fs, TMD_DEBIAN_PROGRAM) ?
				TMD_DEBIAN_THERE_IS :
				TMD_DEBIAN_THERE_IS_NONE;
	return store->leftover == TMD_DEBIAN_THERE_IS;
}

bool tmd_debian_has_keystore(struct tmd_debian_store *store)
{
	if (store->keystore == TMD_DEBIAN_NOT_LOOKED)
		store->keystore = tmd_view_exists(store->ctx->view, TMD_DEBIAN_KEYSTORE) ?
					  TMD_DEBIAN_THERE_IS :
					  TMD_DEBIAN_THERE_IS_NONE;
	return store->keystore == TMD_DEBIAN_THERE_IS;
}
