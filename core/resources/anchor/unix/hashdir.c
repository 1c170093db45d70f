/* A hashed directory: looking names up once, and walking the entries of one subject hash. */
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
#define HOPS_MAX 8    /* links; what is longer is left to the kernel */

/* ---- what is looked up ---- */

static void drop_file(struct tmd_hashed_name *name)
{
	if (name->file)
		tmd_anchor_file_release(name->file);
	free(name->file);
	name->file = NULL;
}

static void drop_look(struct tmd_hashed_name *name)
{
	drop_file(name);
	free(name->target);
	name->target = NULL;
	name->kind = TMD_HASHED_UNKNOWN;
}

static void drop_names(struct tmd_hashed_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		drop_look(&names->items[i]);
		free(names->items[i].path);
	}
	free(names->items);
	memset(names, 0, sizeof(*names));
}

void tmd_hashdir_release(struct tmd_hashdir *hashed)
{
	drop_names(&hashed->names);
	drop_names(&hashed->elsewhere);
	hashed->listed = false;
	hashed->owner = TMD_HASHDIR_UNJUDGED;
}

static size_t place_of(const struct tmd_hashed_names *names, const char *path)
{
	return tmd_sorted_place(names->items, names->count, sizeof(*names->items), path);
}

static struct tmd_hashed_name *find_name(const struct tmd_hashed_names *names, const char *path)
{
	size_t at = place_of(names, path);

	return at < names->count && strcmp(names->items[at].path, path) == 0 ? &names->items[at] :
									       NULL;
}

static struct tmd_hashed_name *insert(struct tmd_hashed_names *names, const char *path)
{
	size_t at = place_of(names, path);

	names->items = tmd_grow(names->items, &names->cap, names->count + 1, sizeof(*names->items));
	memmove(&names->items[at + 1], &names->items[at],
		(names->count - at) * sizeof(*names->items));
	names->items[at] = (struct tmd_hashed_name){ .path = tmd_strdup(path) };
	names->count++;
	return &names->items[at];
}

static struct tmd_hashed_name *find_or_insert(struct tmd_hashed_names *names, const char *path)
{
	struct tmd_hashed_name *name = find_name(names, path);

	return name ? name : insert(names, path);
}

void tmd_hashdir_forget(struct tmd_hashdir *hashed, const char *path)
{
	struct tmd_hashed_name *name = path ? find_name(&hashed->names, path) : NULL;

	drop_names(&hashed->elsewhere);
	for (size_t i = 0; i < hashed->names.count; i++)
		drop_file(&hashed->names.items[i]);
	if (name)
		drop_look(name);
	else if (path && hashed->listed)
		insert(&hashed->names, path);
}

enum tmd_rc tmd_hashdir_load(struct tmd_ctx *ctx, struct tmd_hashdir *hashed, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (hashed->listed)
		return TMD_OK;
	if (tmd_view_list(ctx->view, hashed->dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(hashed->dir, names.items[i]);

		(void)find_or_insert(&hashed->names, path);
	}
	hashed->listed = true;
	return TMD_OK;
}

bool tmd_hashdir_is_empty(const struct tmd_hashdir *hashed)
{
	for (size_t i = 0; i < hashed->names.count; i++) {
		if (hashed->names.items[i].kind != TMD_HASHED_GONE)
			return false;
	}
	return true;
}

static enum tmd_rc look(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
			struct tmd_hashed_name *name, struct tmd_error *err)
{
	TMD_AUTO_FREE char *text = NULL;
	struct tmd_error why = { 0 };

	if (name->kind != TMD_HASHED_UNKNOWN)
		return TMD_OK;
	if (tmd_view_readlink(ctx->view, name->path, &text, &why) == TMD_OK) {
		name->kind = TMD_HASHED_LINK;
		name->target = tmd_path_is_absolute(text) ? tmd_strdup(text) :
							    tmd_path_join(hashed->dir, text);
		return TMD_OK;
	}
	if (why.kind == TMD_E_NOT_FOUND || why.kind == TMD_E_INVALID_INPUT) {
		name->kind = why.kind == TMD_E_NOT_FOUND ? TMD_HASHED_GONE : TMD_HASHED_OTHER;
		return TMD_OK;
	}
	*err = why;
	return TMD_FAILED;
}

static bool is_in(const struct tmd_hashdir *hashed, const char *path)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);

	return strcmp(dir, hashed->dir) == 0;
}

/* *name is NULL where there is none. */
static enum tmd_rc look_up(struct tmd_ctx *ctx, struct tmd_hashdir *hashed, const char *path,
			   struct tmd_hashed_name **name, struct tmd_error *err)
{
	bool inside = is_in(hashed, path);
	struct tmd_hashed_names *names = inside ? &hashed->names : &hashed->elsewhere;
	struct tmd_hashed_name *found = find_name(names, path);

	if (!found && !(inside && hashed->listed))
		found = insert(names, path);
	if (found && look(ctx, hashed, found, err))
		return TMD_FAILED;
	*name = found && found->kind != TMD_HASHED_GONE ? found : NULL;
	return TMD_OK;
}

const char *tmd_hashdir_target(struct tmd_ctx *ctx, struct tmd_hashdir *hashed, const char *path)
{
	struct tmd_hashed_name *name = NULL;
	struct tmd_error ignored = { 0 };

	if (look_up(ctx, hashed, path, &name, &ignored))
		return NULL;
	return name ? name->target : NULL;
}

/* ---- what a name leads to ---- */

/* Where others can put links of theirs, what a link leads to is for os/fs.h to judge. */
static bool is_safe(struct tmd_ctx *ctx, struct tmd_hashdir *hashed)
{
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_error ignored = { 0 };
	bool others;

	if (hashed->owner == TMD_HASHDIR_UNJUDGED) {
		others = tmd_view_changeable_by_others(ctx->view, hashed->dir, TMD_KEEP, &why,
						     &ignored) ||
			 why;
		hashed->owner = others ? TMD_HASHDIR_OF_OTHERS : TMD_HASHDIR_SAFE;
	}
	return hashed->owner == TMD_HASHDIR_SAFE;
}

/*
 * A file that was loaded already, at the end of links that stand in the directory. The names may
 * move while it is looked for.
 */
static const struct tmd_anchor_file *find_known(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
						const char *path)
{
	if (!path || !hashed->known || !is_safe(ctx, hashed))
		return NULL;
	for (unsigned hops = 0; path && hops < HOPS_MAX; hops++) {
		const struct tmd_anchor_file *file = hashed->known(hashed->known_arg, path);

		if (file || !is_in(hashed, path))
			return file;
		path = tmd_hashdir_target(ctx, hashed, path);
	}
	return NULL;
}

enum tmd_rc tmd_hashdir_file(struct tmd_ctx *ctx, struct tmd_hashdir *hashed, const char *path,
			     const struct tmd_anchor_file **file, struct tmd_error *err)
{
	struct tmd_anchor_file loaded;
	struct tmd_hashed_name *name = find_or_insert(&hashed->names, path);

	*file = name->file;
	if (!*file)
		*file = find_known(ctx, hashed, tmd_hashdir_target(ctx, hashed, path));
	if (*file)
		return TMD_OK;
	if (tmd_anchor_file_load(ctx, path, &loaded, err))
		return TMD_FAILED;
	name = find_or_insert(&hashed->names, path);
	name->file = tmd_memdup(&loaded, sizeof(loaded));
	*file = name->file;
	return TMD_OK;
}

/* ---- one hash ---- */

void tmd_hash_chain_release(struct tmd_hash_chain *chain)
{
	free(chain->entry);
	free(chain->vacant);
	free(chain->beyond);
	tmd_strv_release(&chain->holders);
	tmd_strv_release(&chain->dangling);
	tmd_strv_release(&chain->unloadable);
	memset(chain, 0, sizeof(*chain));
}

static void note_vacant(struct tmd_hash_chain *chain, const char *path)
{
	if (!chain->vacant)
		chain->vacant = tmd_strdup(path);
}

static enum tmd_rc look_at_entry(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
				 const char *path, const struct tmd_cert *cert,
				 struct tmd_hash_chain *chain, struct tmd_error *err)
{
	const struct tmd_anchor_file *file;

	if (tmd_hashdir_file(ctx, hashed, path, &file, err))
		return TMD_FAILED;
	if (file->gone || !file->scan.loads) {
		tmd_strv_add(file->gone ? &chain->dangling : &chain->unloadable, path);
		note_vacant(chain, path);
		return TMD_OK;
	}
	if (!tmd_anchor_file_holds(file, cert))
		return TMD_OK;
	if (!chain->holders.count)
		chain->trust = tmd_anchor_file_trust(file, cert);
	tmd_strv_add(&chain->holders, path);
	return TMD_OK;
}

static enum tmd_rc walk(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
			const struct tmd_cert *cert, bool thorough, struct tmd_hash_chain *chain,
			struct tmd_error *err)
{
	unsigned missing = 0;

	for (unsigned n = 0; n < ENTRY_MAX && missing < GAP_MAX; n++) {
		TMD_AUTO_FREE char *path =
			tmd_format("%s/%08x.%u", hashed->dir, cert->subject_hash, n);
		struct tmd_hashed_name *name;

		if (look_up(ctx, hashed, path, &name, err))
			return TMD_FAILED;
		if (!name) {
			note_vacant(chain, path);
			missing++;
			continue;
		}
		if (missing && !chain->beyond)
			chain->beyond = tmd_strdup(path);
		if (look_at_entry(ctx, hashed, path, cert, chain, err))
			return TMD_FAILED;
		if (!chain->vacant && !chain->entry && chain->holders.count)
			chain->entry = tmd_strdup(chain->holders.items[0]);
		if (chain->entry && !thorough)
			break;
	}
	return TMD_OK;
}

enum tmd_rc tmd_hashdir_find(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
			     const struct tmd_cert *cert, bool thorough,
			     struct tmd_hash_chain *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_hash_chain_release) struct tmd_hash_chain chain = { 0 };

	if (walk(ctx, hashed, cert, thorough, &chain, err))
		return TMD_FAILED;
	*out = chain;
	memset(&chain, 0, sizeof(chain));
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

enum tmd_rc tmd_hashdir_collect(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
				struct tmd_anchor_certs *certs, struct tmd_error *err)
{
	if (tmd_hashdir_load(ctx, hashed, err))
		return TMD_FAILED;
	for (size_t i = 0; i < hashed->names.count; i++) {
		const char *path = hashed->names.items[i].path;
		const struct tmd_anchor_file *file;
		uint32_t hash;
		uint32_t number;

		if (!tmd_hashdir_parse_name(tmd_path_base(path), &hash, &number))
			continue;
		if (tmd_hashdir_file(ctx, hashed, path, &file, err))
			return TMD_FAILED;
		tmd_anchor_certs_add(certs, file);
	}
	return TMD_OK;
}
