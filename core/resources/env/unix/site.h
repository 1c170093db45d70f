/*
 * One variable's place: the machine or a user, the four ways in which programs come by their
 * environment there, and the files that say what it is.
 */
#ifndef TMD_RESOURCES_ENV_SITE_H
#define TMD_RESOURCES_ENV_SITE_H

#include "os/user.h"
#include "resources/type.h"

#define TMD_ENV_MACHINE_FILE "/etc/environment"

enum tmd_env_target {
	TMD_ENV_ETC_ENVIRONMENT, /* pam_env: logins, su, sshd, cron */
	TMD_ENV_PROFILE_D,       /* login shells */
	TMD_ENV_ENVIRONMENT_D,   /* the user's systemd manager, and so desktops */
	TMD_ENV_SYSTEMD,         /* services */
	TMD_ENV_TARGETS,
};

/* "etc_environment" and so on. */
const char *tmd_env_target_name(enum tmd_env_target target);

struct tmd_env_conf {
	char *path;
	const char *known; /* what people call it: Debian has a link to /etc/environment */
	bool of_user;      /* in the user's own directories */
};

struct tmd_env_confs {
	struct tmd_env_conf *items;
	size_t count;
	size_t cap;
};

/* What was read of one file. */
struct tmd_env_file {
	char *path;
	unsigned known; /* the site's own: which of these were looked at */
	bool exists;
	bool found; /* it is a regular file, which could be read */
	struct tmd_buf text;
	char *obstacle;
	struct tmd_env_confs confs; /* with a file of ours: what stands in its target's directories */
};

/* What is read of a view is read once. Zero-initialise, then set the view, which is borrowed. */
struct tmd_env_files {
	struct tmd_view *view;
	struct tmd_env_file **items;
	size_t count;
	size_t cap;
	struct tmd_buf planned; /* what the view plans, as asked.c tells it from other plans */
};

void tmd_env_files_release(struct tmd_env_files *files); /* frees and forgets, but for the view */

/* Those of the run, which forget by themselves what a change makes untrue. */
struct tmd_env_files *tmd_env_files(struct tmd_ctx *ctx) TMD_MUST_CHECK;

struct tmd_env_asking;

struct tmd_env_site { /* all borrowed */
	struct tmd_env_files *files;
	const char *name; /* NULL: all of them, for tmd_env_names() */
	const struct tmd_user *user; /* NULL: the machine scope */
	struct tmd_env_asking *asking; /* asked.h; NULL: nobody is to be asked */
};

/* The file of ours (or that we edit) for a target in this scope. Caller frees. */
char *tmd_env_own_path(const struct tmd_env_site *site, enum tmd_env_target target) TMD_MUST_CHECK;

/* Is that a file which people edit? Others are ours alone. */
bool tmd_env_is_edited(const struct tmd_env_site *site, enum tmd_env_target target);

/* What these give is valid until something is forgotten. */

/* *text is NULL where there is no such regular file. Fails: permission, refused (too large), io. */
enum tmd_rc tmd_env_site_read(const struct tmd_env_site *site, const char *path,
			      const struct tmd_buf **text, struct tmd_error *err) TMD_MUST_CHECK;

bool tmd_env_site_exists(const struct tmd_env_site *site, const char *path);

/* Can everybody read it? Then, or when that cannot be told, NULL; else why not. */
const char *tmd_env_site_obstacle(const struct tmd_env_site *site, const char *path);

/*
 * The files that a target finds in its directories, in the order of their names: a name in an
 * earlier directory stands for all later ones. etc_environment has none.
 */
enum tmd_rc tmd_env_site_list(const struct tmd_env_site *site, enum tmd_env_target target,
			      const struct tmd_env_confs **confs,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* Does the environment.d generator read /etc/environment through a link, as on Debian? */
enum tmd_rc tmd_env_site_linked(const struct tmd_env_site *site, bool *linked,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
