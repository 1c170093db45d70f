/*
 * Every variable that some target sets. All names are collected first; then each variable is
 * read as any other, because what a script does to one depends on which one is asked about.
 */
#include "resources/env/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/user.h"
#include "resources/env/unix/linux_effective.h"

/* A variable that is read, and may turn out not to be there. */
struct instance {
	struct tmd_resource r;
	struct tmd_value input[TMD_ENV_FIELDS];
	struct tmd_value desired[TMD_ENV_FIELDS];
	struct tmd_value current[TMD_ENV_FIELDS];
};

static void begin(struct instance *instance, const struct tmd_resource *query, const char *name)
{
	memset(instance, 0, sizeof(*instance));
	instance->r.type = query->type;
	instance->r.input = instance->input;
	instance->r.desired = instance->desired;
	instance->r.current = instance->current;
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++)
		tmd_value_copy(&instance->input[i], &query->input[i]);
	tmd_value_set_string(&instance->input[TMD_ENV_NAME], name);
}

static void end(struct instance *instance)
{
	tmd_env_backend_release(&instance->r);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++) {
		tmd_value_release(&instance->input[i]);
		tmd_value_release(&instance->desired[i]);
		tmd_value_release(&instance->current[i]);
	}
	free(instance->r.identity);
	free(instance->r.name);
	tmd_strv_release(&instance->r.warnings);
}

static bool has_target(const struct tmd_resource *r, enum tmd_env_target target)
{
	return tmd_strv_has(&r->desired[TMD_ENV_TARGETS_FIELD].list, tmd_env_target_name(target));
}

/* `r` is normalized, and its name means nothing. */
static enum tmd_rc find_names(struct tmd_ctx *ctx, const struct tmd_resource *r,
			      struct tmd_strv *names, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };
	struct tmd_env_site site = {
		.files = tmd_env_files(ctx),
		.asking = tmd_env_observes(ctx, r) ? tmd_env_asking(ctx) : NULL
	};

	if (tmd_env_user_scope(r)) {
		if (tmd_user_find(ctx->fs, tmd_value_str(&r->desired[TMD_ENV_USER]), &user, err))
			return TMD_FAILED;
		site.user = &user;
	}
	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		if (has_target(r, (enum tmd_env_target)i) &&
		    tmd_env_names(&site, (enum tmd_env_target)i, names, err))
			return TMD_FAILED;
	}
	/* systemd may see names in /etc/environment that pam_env does not. */
	if (has_target(r, TMD_ENV_ETC_ENVIRONMENT))
		return tmd_env_names(&site, TMD_ENV_ENVIRONMENT_D, names, err);
	return TMD_OK;
}

/* Moves what was read into the report. */
static void report(struct instance *instance, struct tmd_resource *r)
{
	r->name = instance->r.name;
	r->backend = instance->r.backend;
	r->warnings = instance->r.warnings;
	memcpy(r->current, instance->current, sizeof(instance->current));
	memset(instance->current, 0, sizeof(instance->current));
	memset(&instance->r.warnings, 0, sizeof(instance->r.warnings));
	instance->r.name = NULL;
}

static enum tmd_rc list_one(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    const char *name, struct tmd_listing *listing, struct tmd_error *err)
{
	struct instance instance;
	enum tmd_rc rc = TMD_FAILED;

	begin(&instance, query, name);
	if (tmd_resource_normalize(ctx, &instance.r, err) == TMD_OK)
		rc = tmd_resource_read(ctx, &instance.r, err);
	if (rc == TMD_OK &&
	    strcmp(tmd_value_str(&instance.current[TMD_ENV_STATE]), "present") == 0)
		report(&instance, listing->add(listing));
	end(&instance);
	return rc;
}

enum tmd_rc tmd_env_backend_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
				 struct tmd_listing *listing, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct instance place;
	enum tmd_rc rc = TMD_FAILED;

	begin(&place, query, "list");
	if (tmd_resource_normalize(ctx, &place.r, err) == TMD_OK)
		rc = find_names(ctx, &place.r, &names, err);
	end(&place);
	tmd_strv_sort(&names);
	for (size_t i = 0; i < names.count && rc == TMD_OK; i++) {
		const char *name = names.items[i];

		if (tmd_env_can_be_managed(name) && (!i || strcmp(names.items[i - 1], name) != 0))
			rc = list_one(ctx, query, name, listing, err);
	}
	return rc;
}
