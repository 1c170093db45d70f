/* Whose logins are asked what they get, and with which of the root's programs. */
#ifndef TMD_RESOURCES_ENV_LOGINS_H
#define TMD_RESOURCES_ENV_LOGINS_H

#include "os/user.h"
#include "resources/env/unix/site.h"

struct tmd_env_people { /* zero-initialise */
	struct tmd_user items[2];
	size_t count;
	struct tmd_strv shells; /* absolute, each program once */
};

void tmd_env_people_release(struct tmd_env_people *people);
#define TMD_AUTO_ENV_PEOPLE TMD_CLEANUP(tmd_env_people_release)

/*
 * For the machine nobody and the first person who has an account, with every shell that somebody
 * logs in with; whoever is not root can ask as himself alone. For a user he, with his shell. No
 * shells: this root has none. Fails as tmd_env_site_read().
 */
enum tmd_rc tmd_env_people_find(const struct tmd_env_site *site, struct tmd_fs *fs,
				struct tmd_env_people *people, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The lines that set variables, and nothing else, of the stack that logins go through: a service
 * file that can be run without harm. `out` is added to. Fails as tmd_env_site_read().
 */
enum tmd_rc tmd_env_pam_service(const struct tmd_env_site *site, struct tmd_buf *out,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
