/* The environment of a user on Windows: the machine's variables, and his own over them. */
#include "resources/env/login.h"

#include "base/mem.h"
#include "resources/env/win32/places.h"
#include "resources/env/win32/references.h"

static void add_values(const struct tmd_reg_values *values, struct tmd_strv *out)
{
	for (size_t i = 0; i < values->count; i++) {
		const struct tmd_reg_value *value = &values->items[i];
		TMD_AUTO_FREE char *text = NULL;

		if (value->type == TMD_REG_EXPAND)
			text = tmd_env_expanded(value->text);
		else if (value->type == TMD_REG_STRING)
			text = tmd_strdup(value->text);
		if (text)
			tmd_strv_addf(out, "%s=%s", value->name, text);
	}
}

enum tmd_rc tmd_env_login(struct tmd_ctx *ctx, const char *user, const char *const *names,
			  struct tmd_strv *out, char **why, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_places_release) struct tmd_env_places places = { 0 };

	(void)names;
	(void)why;
	if (tmd_env_places_read(ctx->view, user, NULL, &places, err))
		return TMD_FAILED;
	for (size_t i = 0; i < places.count; i++)
		add_values(&places.others[i].values, out);
	add_values(&places.own.values, out);
	return TMD_OK;
}

/* The caller's, as for the verbs of type env. */
enum tmd_rc tmd_env_usual_user(struct tmd_ctx *ctx, char **name, struct tmd_error *err)
{
	(void)err;
	*name = tmd_view_is_live(ctx->view) ? tmd_strdup("") : NULL;
	return TMD_OK;
}
