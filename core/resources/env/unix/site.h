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

struct tmd_env_site { /* all borrowed */
	struct tmd_view *view;
	const char *name; /* NULL: all of them, for tmd_env_names() */
	const struct tmd_user *user; /* NULL: the machine scope */
};

/* The file of ours (or that we edit) for a target in this scope. Caller frees. */
char *tmd_env_own_path(const struct tmd_env_site *site, enum tmd_env_target target) TMD_MUST_CHECK;

/* Is that a file which people edit? Others are ours alone. */
bool tmd_env_is_edited(const struct tmd_env_site *site, enum tmd_env_target target);

/* Text for a report, which is UTF-8: other bytes are shown as \xNN. Caller frees. */
char *tmd_env_printable(const char *text) TMD_MUST_CHECK;

/*
 * Missing, or not a regular file: *found is false and `out` empty. Fails: permission, refused
 * (too large), io.
 */
enum tmd_rc tmd_env_site_read(const struct tmd_env_site *site, const char *path,
			      struct tmd_buf *out, bool *found,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* Can everybody read it? Then, or when that cannot be told, NULL; else why not. Caller frees. */
char *tmd_env_site_obstacle(const struct tmd_env_site *site, const char *path) TMD_MUST_CHECK;

struct tmd_env_conf {
	char *path;
	const char *known; /* what people call it: Debian has a link to /etc/environment */
	bool of_user;      /* in the user's own directories */
};

/* Zero-initialise. */
struct tmd_env_confs {
	struct tmd_env_conf *items;
	size_t count;
	size_t cap;
};

void tmd_env_confs_release(struct tmd_env_confs *confs); /* frees and zeroes */
#define TMD_AUTO_ENV_CONFS TMD_CLEANUP(tmd_env_confs_release)

/*
 * The files that a target finds in its directories, in the order of their names: a name in an
 * earlier directory stands for all later ones. etc_environment has none. `confs` is empty before.
 */
enum tmd_rc tmd_env_site_list(const struct tmd_env_site *site, enum tmd_env_target target,
			      struct tmd_env_confs *confs, struct tmd_error *err) TMD_MUST_CHECK;

/* Does the environment.d generator read /etc/environment through a link, as on Debian? */
enum tmd_rc tmd_env_site_linked(const struct tmd_env_site *site, bool *linked,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
