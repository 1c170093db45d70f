/* The environment of a process: that of a login, with what was given laid over it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/login.h"
#include "resources/verdict/verdict.h"

static const char *const names[] = {
	"SHOTGUN_API_CACERTS", "HTTPLIB2_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"PYTHONHTTPSVERIFY",   "PYTHONPATH",	    "https_proxy",   "HTTPS_PROXY",
	"all_proxy",	       "ALL_PROXY",	    NULL,
};

bool tmd_surroundings_matter(const char *name)
{
	for (size_t i = 0; names[i]; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

void tmd_surroundings_release(struct tmd_surroundings *surroundings)
{
	tmd_strv_release(&surroundings->environment);
	tmd_user_release(&surroundings->user);
	free(surroundings->unsure);
	memset(surroundings, 0, sizeof(*surroundings));
}

/* The index, or the count. */
static size_t find(const struct tmd_strv *environment, const char *name)
{
	const size_t len = strlen(name);
	size_t i = 0;

	while (i < environment->count && (strncmp(environment->items[i], name, len) != 0 ||
					  environment->items[i][len] != '='))
		i++;
	return i;
}

const char *tmd_surroundings_get(const struct tmd_surroundings *surroundings, const char *name)
{
	const size_t at = find(&surroundings->environment, name);

	return at < surroundings->environment.count ?
		       surroundings->environment.items[at] + strlen(name) + 1 :
		       NULL;
}

static void set(struct tmd_strv *environment, const char *name, const char *value)
{
	const size_t at = find(environment, name);

	if (at < environment->count)
		tmd_strv_remove(environment, at);
	if (value && tmd_surroundings_matter(name))
		tmd_strv_addf(environment, "%s=%s", name, value);
}

static enum tmd_rc take_login(struct tmd_ctx *ctx, const char *user, struct tmd_surroundings *out,
			      struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv login = { 0 };

	if (tmd_user_find(ctx->fs, *user ? user : NULL, &out->user, err) ||
	    tmd_env_login(ctx, user, names, &login, &out->unsure, err))
		return TMD_FAILED;
	for (size_t i = 0; i < login.count; i++) {
		const char *item = login.items[i];
		const size_t len = strcspn(item, "=");
		TMD_AUTO_FREE char *name = tmd_strndup(item, len);

		set(&out->environment, name, item[len] ? item + len + 1 : "");
	}
	return TMD_OK;
}

enum tmd_rc tmd_surroundings_read(struct tmd_ctx *ctx, const char *user,
				  const struct tmd_value *given, struct tmd_surroundings *out,
				  struct tmd_error *err)
{
	struct tmd_surroundings found = { 0 };

	if (user && take_login(ctx, user, &found, err)) {
		tmd_surroundings_release(&found);
		return TMD_FAILED;
	}
	for (size_t i = 0; given->kind == TMD_V_MAP && i < given->list.count; i++)
		set(&found.environment, given->list.items[i], given->map_values[i]);
	tmd_surroundings_release(out);
	*out = found;
	return TMD_OK;
}
