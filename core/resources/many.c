/* From one text to the paths that a resource is about. */
#include "resources/many.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/paths.h"

enum tmd_rc tmd_many_check(const struct tmd_resource *r, const struct tmd_many *many,
			   struct tmd_error *err)
{
	if (!tmd_value_str(&r->input[many->path]))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, many->hint_path,
				"%s: attribute 'path' is missing", r->type->name);
	if (r->input[many->under].kind != TMD_V_NULL)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, many->hint_under,
				"%s: attribute 'under' is for list alone", r->type->name);
	return TMD_OK;
}

static void set_keys(struct tmd_ctx *ctx, const struct tmd_many *many,
		     const struct tmd_strv *paths, struct tmd_strv *keys)
{
	tmd_strv_release(keys);
	for (size_t i = 0; i < paths->count; i++) {
		TMD_AUTO_FREE char *key = many->key(ctx, paths->items[i]);

		tmd_strv_add(keys, key);
	}
}

enum tmd_rc tmd_many_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
			       const struct tmd_many *many, struct tmd_strv *keys,
			       struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->input[many->path]);
	TMD_AUTO_STRV struct tmd_strv paths = { 0 };
	bool is_many = false;

	if (tmd_paths_expand(ctx->view, path, many->want, &paths, &is_many, err))
		return TMD_FAILED;
	if (!paths.count)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, many->hint_path,
				"%s: attribute 'path' has nothing between its commas",
				r->type->name);
	tmd_value_set_string(&r->desired[many->path], path);
	free(r->name);
	r->name = tmd_paths_name(path);
	set_keys(ctx, many, &paths, keys);
	free(r->identity);
	r->identity = is_many ? tmd_format("%s many:%s", r->type->name, path) :
				tmd_format("%s:%s", r->type->name, keys->items[0]);
	tmd_strv_sort(keys);
	return TMD_OK;
}
