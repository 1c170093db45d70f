/* Names in the hashed directory that belong to no input in use. */
#include "resources/anchor/unix/debian.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

const char *tmd_debian_link_target(struct tmd_debian_store *store, const char *link)
{
	return tmd_hashdir_target(store->ctx, &store->hashed, link);
}

bool tmd_debian_is_input_path(const char *path)
{
	return tmd_str_starts(path, TMD_DEBIAN_LOCAL "/") ||
	       tmd_str_starts(path, TMD_DEBIAN_VENDOR "/");
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

/* What a name is to the inputs, and the path of the link or file that is to be named. */
struct standing {
	enum { IN_USE, STALE, FOREIGN } kind;
	const char *path;
};

/* Is it the link that the script made for an input that is in use? */
static struct standing judge_link(struct tmd_debian_store *store, const char *path)
{
	const char *target = tmd_debian_link_target(store, path);
	const struct tmd_debian_input *input =
		target ? tmd_debian_inputs_find(&store->inputs, target) : NULL;

	if (input && strcmp(input->link, path) == 0)
		return (struct standing){ IN_USE, path };
	return (struct standing){ target ? STALE : FOREIGN, path };
}

/* One that leads to a name of rehash's, or straight to an input, adds nothing to those. */
static struct standing judge_entry(struct tmd_debian_store *store, const char *path)
{
	const char *target = tmd_debian_link_target(store, path);

	if (!target)
		return (struct standing){ FOREIGN, path };
	/* A rehash makes an entry for the bundle as for any file that holds one certificate. */
	if (strcmp(target, TMD_DEBIAN_BUNDLE) == 0 ||
	    tmd_debian_inputs_find(&store->inputs, target))
		return (struct standing){ IN_USE, path };
	if (!tmd_str_starts(target, TMD_DEBIAN_HASHED "/"))
		return (struct standing){ STALE, path };
	if (is_hashed_name(tmd_path_base(target)))
		return (struct standing){ IN_USE, path };
	if (tmd_debian_link_target(store, target))
		return (struct standing){ STALE, path };
	return (struct standing){ FOREIGN, target };
}

static struct standing judge_name(struct tmd_debian_store *store, const char *path)
{
	const char *name = tmd_path_base(path);
	uint32_t hash;
	uint32_t number;

	if (tmd_hashdir_parse_name(name, &hash, &number))
		return judge_entry(store, path);
	return is_hashed_name(name) ? judge_link(store, path) :
				      (struct standing){ IN_USE, path };
}

typedef void (*see_link)(void *arg, const struct standing *standing,
			 const struct tmd_anchor_file *file);

static enum tmd_rc each_link(struct tmd_debian_store *store, see_link see, void *arg,
			     struct tmd_error *err)
{
	if (tmd_debian_load_inputs(store, err) ||
	    tmd_hashdir_load(store->ctx, &store->hashed, err))
		return TMD_FAILED;
	for (size_t i = 0; i < store->hashed.names.count; i++) {
		const char *path = store->hashed.names.items[i].path;
		const struct standing standing = judge_name(store, path);
		const struct tmd_anchor_file *file;

		if (standing.kind == IN_USE)
			continue;
		if (tmd_hashdir_file(store->ctx, &store->hashed, path, &file, err))
			return TMD_FAILED;
		see(arg, &standing, file);
	}
	return TMD_OK;
}

struct finding {
	const struct tmd_cert *cert;
	struct tmd_debian_links *links;
};

static void find(void *arg, const struct standing *standing, const struct tmd_anchor_file *file)
{
	const struct finding *finding = arg;

	if (tmd_anchor_file_holds(file, finding->cert))
		tmd_strv_add(standing->kind == FOREIGN ? &finding->links->foreign :
							 &finding->links->stale,
			     standing->path);
}

void tmd_debian_links_release(struct tmd_debian_links *links)
{
	tmd_strv_release(&links->stale);
	tmd_strv_release(&links->foreign);
	memset(links, 0, sizeof(*links));
}

enum tmd_rc tmd_debian_links_find(struct tmd_debian_store *store, const struct tmd_cert *cert,
				  struct tmd_debian_links *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_links_release) struct tmd_debian_links links = { 0 };
	struct finding finding = { cert, &links };

	if (each_link(store, find, &finding, err))
		return TMD_FAILED;
	*out = links;
	memset(&links, 0, sizeof(links));
	return TMD_OK;
}

static void collect(void *arg, const struct standing *standing, const struct tmd_anchor_file *file)
{
	(void)standing;
	tmd_anchor_certs_add(arg, file);
}

enum tmd_rc tmd_debian_links_collect(struct tmd_debian_store *store, struct tmd_anchor_certs *certs,
				     struct tmd_error *err)
{
	return each_link(store, collect, certs, err);
}
