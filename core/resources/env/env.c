/*
 * The env type: one persistent environment variable, for the machine or for one user. What
 * counts is the value that programs started by each way (login, login shell, desktop,
 * service) really get.
 */
#include "resources/env/env.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/owner.h"
#include "resources/env/strays.h"
#include "resources/env/trust_vars.h"
#include "resources/env/vars.h"
#include "resources/types.h"

static const char *const states[] = { "present", "absent", NULL };
static const char *const scopes[] = { "machine", "user", NULL };
static const char *const targets[] = { "etc_environment", "profile_d", "environment_d", "systemd",
				       NULL };
static const char *const value_types[] = { "string", "expand", NULL };

static const struct tmd_field fields[TMD_ENV_FIELDS] = {
	[TMD_ENV_NAME] = { "name", TMD_T_STRING, TMD_F_KEY, NULL, NULL,
			   "Name of the variable: letters, digits and underscores, not beginning "
			   "with a digit. On Windows upper and lower case are the same." },
	[TMD_ENV_VALUE] = { "value", TMD_T_STRING,
			    TMD_F_REQUIRED | TMD_F_UNLESS_ABSENT | TMD_F_REFERS, NULL, NULL,
			    "The value, never empty: use state=absent to unset. It must not hold "
			    "control characters; on Linux neither # $ \\ quotes nor backquotes, "
			    "which the readers of environment files take differently." },
	[TMD_ENV_STATE] = { "state", TMD_T_ENUM, TMD_F_STATE, "present", states,
			    "Whether the variable is set with the value, or unset everywhere." },
	[TMD_ENV_SCOPE] = { "scope", TMD_T_ENUM, TMD_F_PARAM | TMD_F_WHERE | TMD_F_PLACE,
			    "machine", scopes,
			    "Whether it is set for the whole machine or for one user." },
	[TMD_ENV_USER] = { "user", TMD_T_STRING, TMD_F_PARAM | TMD_F_WHERE | TMD_F_PLACE,
			   NULL, NULL,
			   "With scope=user: whose variable it is. The caller's when not given. On "
			   "Windows also DOMAIN\\NAME or a SID." },
	[TMD_ENV_TARGETS_FIELD] = { "targets", TMD_T_LIST, TMD_F_PARAM | TMD_F_WHERE, NULL, targets,
				    "Linux: where it is set. etc_environment reaches logins, "
				    "profile_d login shells, environment_d the user's systemd "
				    "manager and desktops, systemd services. By default all that "
				    "this machine has; etc_environment is for the machine only. "
				    "Windows has one place, and ignores this with a warning." },
	[TMD_ENV_VALUE_TYPE] = { "value_type", TMD_T_ENUM, 0, NULL, value_types,
				 "Windows: whether %NAME% inside the value is expanded. When not "
				 "given, a variable keeps its type, and a new one is a string. "
				 "Elsewhere only string." },
	[TMD_ENV_FORCE] = { "force", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
			    "Sets a variable that names a CA file although no program could load "
			    "that file, those whom the variable is for could not read it, or it "
			    "lacks the roots that SHOTGUN_API_CACERTS is for; one that names "
			    "directories although OpenSSL would find nothing in any of them; and a "
			    "variable that nothing reads, such as SHOTGRID_API_CACERTS. Without it "
			    "these are refused." },
	[TMD_ENV_OBSERVE] = { "observe", TMD_T_BOOL, TMD_F_PARAM | TMD_F_WHERE, "true", NULL,
			      "Linux: whether login shells, PAM and systemd's environment "
			      "generators may be asked what they give to programs. They run in a "
			      "sandbox that cannot change anything. Without it only the text of "
			      "the files is read, and what scripts make of a variable cannot be "
			      "told." },
	[TMD_ENV_PER_TARGET] = { "per_target", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
				 "Linux: the value that programs get per target, null where it is "
				 "not set." },
	[TMD_ENV_EFFECTIVE_FROM] = { "effective_from", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				     "When a change reaches programs." },
	[TMD_ENV_STRAYS] = { "strays", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			     "Look-alike variables that are set and that nothing reads, or that "
			     "should not be set, with the way to remove them." },
	[TMD_ENV_PROBLEMS] = { "problems", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			       "What in the environment is read otherwise than it looks, with "
			       "file and line; a CA file that is missing, that no program can "
			       "load, with what it is, or that lacks the roots which "
			       "SHOTGUN_API_CACERTS is for; a directory that SSL_CERT_DIR names and "
			       "in which OpenSSL would find nothing; what in a CA file is lost or does not belong "
			       "there, such as a damaged block or a private key; on Windows also a "
			       "value that cannot work (in quotes, %NAME% that nobody expands), and "
			       "which users have a variable of their own of this name, as far as "
			       "the caller may see it." },
};

bool tmd_env_wanted(const struct tmd_resource *r)
{
	return !tmd_resource_is_to_go(r);
}

bool tmd_env_forced(const struct tmd_resource *r)
{
	return tmd_value_bool(&r->desired[TMD_ENV_FORCE], false);
}

bool tmd_env_observes(const struct tmd_ctx *ctx, const struct tmd_resource *r)
{
	return !ctx->asks_nobody && tmd_value_bool(&r->desired[TMD_ENV_OBSERVE], true);
}

bool tmd_env_user_scope(const struct tmd_resource *r)
{
	return tmd_str_equal(tmd_value_str(&r->desired[TMD_ENV_SCOPE]), "user");
}

bool tmd_env_can_be_managed(const char *name)
{
	return tmd_env_name_valid(name) && strlen(name) <= TMD_ENV_NAME_MAX;
}

static enum tmd_rc check_name(const char *name, struct tmd_error *err)
{
	if (tmd_env_can_be_managed(name))
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
			"use letters, digits and underscores, not beginning with a digit",
			"env: '%.80s' is no name for a variable", name);
}

static enum tmd_rc check_combination(const struct tmd_resource *r, struct tmd_error *err)
{
	if (tmd_value_str(&r->input[TMD_ENV_USER]) && !tmd_env_user_scope(r))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "add scope=user, or drop user",
				"env %s: 'user' means nothing with scope=machine", r->name);
	return TMD_OK;
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *name = tmd_value_str(&r->input[TMD_ENV_NAME]);

	if (check_name(name, err))
		return TMD_FAILED;
	free(r->name);
	r->name = tmd_strdup(name);
	r->backend = tmd_env_backend_names[0];
	tmd_value_set_string(&r->desired[TMD_ENV_NAME], name);
	if (check_combination(r, err))
		return TMD_FAILED;
	return tmd_env_backend_normalize(ctx, r, err);
}

/* Whoever writes SHOTGRID_API_CACERTS means another variable, and would wait for it in vain. */
static enum tmd_rc check_meaning(const struct tmd_resource *r, struct tmd_error *err)
{
	const char *meant = tmd_env_meant(tmd_value_str(&r->desired[TMD_ENV_NAME]));
	TMD_AUTO_FREE char *hint = NULL;

	if (!meant || !tmd_env_wanted(r) || tmd_env_forced(r))
		return TMD_OK;
	hint = tmd_format("write name=%s; force=true sets %s all the same", meant, r->name);
	return tmd_fail(err, TMD_E_REFUSED, NULL, hint,
			"env %s: nothing reads a variable of this name; %s is meant", r->name, meant);
}

/*
 * The state that get reports has no value where the targets differ. Fed back it is no wish for
 * one, and all is well as long as the variable is there: so plan() asks, and here only the one who
 * gives nothing but a name.
 */
static enum tmd_rc fail_without_value(const struct tmd_resource *r, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "add a value; state=absent unsets it",
			"env %s: value is missing", r->name);
}

static enum tmd_rc check_wish(const struct tmd_resource *r, struct tmd_error *err)
{
	bool only_named = r->input[TMD_ENV_VALUE].kind == TMD_V_NULL &&
			  r->input[TMD_ENV_STATE].kind == TMD_V_NULL;

	if (check_meaning(r, err))
		return TMD_FAILED;
	return only_named ? fail_without_value(r, err) : TMD_OK;
}

/* Of whoever only reads they are part of the answer already. */
static void warn_of_strays(const struct tmd_ctx *ctx, struct tmd_resource *r)
{
	const struct tmd_strv *strays = &r->current[TMD_ENV_STRAYS].list;

	for (size_t i = 0; ctx->converges && i < strays->count; i++)
		tmd_strv_add_once(&r->warnings, strays->items[i]);
}

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	if (tmd_env_backend_read(ctx, r, err))
		return TMD_FAILED;
	tmd_env_warn_of_others(ctx, r);
	warn_of_strays(ctx, r);
	if (tmd_env_wanted(r) && tmd_env_forced(r))
		tmd_env_note_meaning(tmd_value_str(&r->desired[TMD_ENV_NAME]), &r->warnings);
	return TMD_OK;
}

static bool is_present(const struct tmd_resource *r)
{
	return tmd_str_equal(tmd_value_str(&r->current[TMD_ENV_STATE]), "present");
}

static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	if (tmd_env_wanted(r) && r->input[TMD_ENV_VALUE].kind == TMD_V_NULL && !is_present(r))
		return fail_without_value(r, err);
	if (tmd_env_check_others(ctx, r, err) || tmd_env_backend_plan(ctx, r, set, err))
		return TMD_FAILED;
	tmd_strv_addf(&r->warnings, "%s: programs that run keep what they have; it counts from: %s",
		      r->name, tmd_value_str(&r->current[TMD_ENV_EFFECTIVE_FROM]));
	return TMD_OK;
}

const struct tmd_type tmd_type_env = {
	.name = "env",
	.plural = "variables",
	.summary = "A persistent environment variable, for the machine or for one user",
	.fields = fields,
	.field_count = TMD_ENV_FIELDS,
	.backends = tmd_env_backend_names,
	.rank = 20,
	.normalize = normalize,
	.check_wish = check_wish,
	.read = read_current,
	.plan = plan,
	.commit = tmd_env_backend_commit,
	.commit_text = "telling running programs",
	.list = tmd_env_backend_list,
	.release = tmd_env_backend_release,
};
