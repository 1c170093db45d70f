/* On Windows the machine and every user have one place each. */
#include "resources/env/dangling.h"

#include "resources/env/ca_file.h"
#include "resources/env/trust_vars.h"
#include "resources/env/win32/places.h"
#include "resources/env/win32/references.h"

static void note_variables(struct tmd_ctx *ctx, const struct tmd_env_place *place,
			   const char *path, struct tmd_strv *out)
{
	const char *name;

	for (size_t i = 0; (name = tmd_env_trust_variable(i)); i++) {
		const struct tmd_reg_value *variable = tmd_env_find_variable(place, name);

		if (variable && tmd_env_names_ca_file(name) &&
		    !tmd_env_holds_reference(variable->text) &&
		    tmd_env_dangles(ctx, variable->text, path))
			tmd_env_add_dangling(variable->name, place->path, place->user, out);
	}
}

void tmd_env_note_dangling(struct tmd_ctx *ctx, const char *path, struct tmd_strv *out)
{
	TMD_CLEANUP(tmd_env_places_release) struct tmd_env_places places = { 0 };
	struct tmd_error ignored = { 0 };

	if (!tmd_view_is_live(ctx->view) ||
	    tmd_env_places_read(ctx->view, NULL, NULL, &places, &ignored))
		return;
	note_variables(ctx, &places.own, path, out);
	for (size_t i = 0; i < places.count; i++)
		note_variables(ctx, &places.others[i], path, out);
}
