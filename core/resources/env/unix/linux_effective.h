/*
 * What a program on Linux really gets for one variable, per way of starting it: over all
 * files that the way reads, in their order, not only over ours.
 */
#ifndef TMD_RESOURCES_ENV_LINUX_EFFECTIVE_H
#define TMD_RESOURCES_ENV_LINUX_EFFECTIVE_H

#include "os/user.h"
#include "resources/type.h"

enum tmd_env_target {
	TMD_ENV_ETC_ENVIRONMENT, /* pam_env: logins, su, sshd, cron */
	TMD_ENV_PROFILE_D,       /* login shells */
	TMD_ENV_ENVIRONMENT_D,   /* the user's systemd manager, and so desktops */
	TMD_ENV_SYSTEMD,         /* services */
	TMD_ENV_TARGETS,
};

/* "etc_environment" and so on. */
const char *tmd_env_target_name(enum tmd_env_target target);

struct tmd_env_planned { /* a file as it will be */
	char *path; /* canonical inside the root */
	struct tmd_buf content;
	bool gone;
};

/* One variable on one machine. Zero-initialise, then set ctx, name and user. */
struct tmd_env_site {
	struct tmd_ctx *ctx;
	const char *name; /* NULL: all of them, for tmd_env_names() */
	const struct tmd_user *user; /* NULL: the machine scope */
	struct tmd_env_planned planned[TMD_ENV_TARGETS]; /* stands before what is there */
	size_t planned_count;
};

void tmd_env_site_release(struct tmd_env_site *site);

/* The file of ours (or that we edit) for a target in this scope. Caller frees. */
char *tmd_env_own_path(const struct tmd_env_site *site, enum tmd_env_target target) TMD_MUST_CHECK;

/*
 * Reads a file as it is, as earlier resources plan it, or as the site plans it. Missing, or
 * not a regular file: *found is false and `out` empty. Fails: permission, refused (too
 * large), io.
 */
enum tmd_rc tmd_env_site_read(struct tmd_env_site *site, const char *path, struct tmd_buf *out,
			      bool *found, struct tmd_error *err) TMD_MUST_CHECK;

/* From now on the site sees this content (moved out of `content`), or no file for NULL. */
enum tmd_rc tmd_env_site_plan(struct tmd_env_site *site, const char *path,
			      struct tmd_buf *content, struct tmd_error *err) TMD_MUST_CHECK;

/* Does the environment.d generator read /etc/environment through a link, as on Debian? */
enum tmd_rc tmd_env_site_linked(struct tmd_env_site *site, bool *linked,
				struct tmd_error *err) TMD_MUST_CHECK;

struct tmd_env_effect {
	char *value;  /* NULL: not set. Where it cannot be told, a text that says so */
	bool unknown;
	char *path;   /* the file and line that decide, also when they unset it; NULL: none */
	size_t line;
};

void tmd_env_effect_release(struct tmd_env_effect *effect);

/*
 * Adds the names that some file of this target sets and exports, or may export. What only code
 * sets (eval, a function) has no name that could be found. In the scope of a user there are
 * those of the machine among them. Fails with refused when there are too many.
 */
enum tmd_rc tmd_env_names(struct tmd_env_site *site, enum tmd_env_target target,
			  struct tmd_strv *names, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * `out` is replaced; `problems` and `strays` (look-alike names) are added to. In the scope of
 * a user only what the user's own files set counts as set.
 */
enum tmd_rc tmd_env_effective(struct tmd_env_site *site, enum tmd_env_target target,
			      struct tmd_env_effect *out, struct tmd_strv *problems,
			      struct tmd_strv *strays, struct tmd_error *err) TMD_MUST_CHECK;

#endif
