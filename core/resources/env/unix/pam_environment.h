/* ~/.pam_environment: variables of a user that some services give him before any shell runs. */
#ifndef TMD_RESOURCES_ENV_PAM_ENVIRONMENT_H
#define TMD_RESOURCES_ENV_PAM_ENVIRONMENT_H

#include "base/strv.h"
#include "resources/env/unix/site.h"

/*
 * Adds a line to `problems` where the file sets the variable and a service of the machine reads it
 * (user_readenv=1 of pam_env). Fails as tmd_env_site_read().
 */
enum tmd_rc tmd_env_note_pam_environment(const struct tmd_env_site *site,
					 struct tmd_strv *problems,
					 struct tmd_error *err) TMD_MUST_CHECK;

#endif
