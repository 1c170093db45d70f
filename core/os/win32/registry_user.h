/* Whose part of the registry it is: between the two files that know the registry. */
#ifndef TMD_OS_WIN32_REGISTRY_USER_H
#define TMD_OS_WIN32_REGISTRY_USER_H

#include <windows.h>

#include "base/error.h"

/* tmd_fail_win() for a key: who may not write it is told to run elevated. */
void tmd_error_set_reg(struct tmd_error *err, LSTATUS status, const char *path, const char *what);
#define tmd_fail_reg(...) (tmd_error_set_reg(__VA_ARGS__), TMD_FAILED)

/* The root of one user's hive. Zero-initialise. */
struct tmd_user_hive {
	HKEY root;
	wchar_t *mount; /* the name under HKEY_USERS that is ours to unload; NULL: none */
};

/*
 * For reading. The hive that is loaded, else the user's NTUSER.DAT, loaded until it is closed.
 * `user` is for messages. Fails as tmd_env_key_open().
 */
enum tmd_rc tmd_user_hive_open(const char *sid, const char *user, struct tmd_user_hive *out,
			       struct tmd_error *err) TMD_MUST_CHECK;
/* Every other handle into the hive has to be closed before. */
void tmd_user_hive_close(struct tmd_user_hive *hive);

#endif
