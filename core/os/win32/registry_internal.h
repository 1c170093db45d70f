/* What the files that read and change a key of environment variables share. */
#ifndef TMD_OS_WIN32_REGISTRY_INTERNAL_H
#define TMD_OS_WIN32_REGISTRY_INTERNAL_H

#include <windows.h>

#include "os/registry.h"
#include "os/win32/registry_user.h"

#define TMD_REG_NAME_UNITS 16384	  /* of a value's name, by definition */
#define TMD_REG_DATA_MAX ((DWORD)1 << 20) /* bytes: no variable is near as long */

struct tmd_env_key {
	struct tmd_user_hive hive; /* a user's; the machine's is always there */
	HKEY parent;		   /* borrowed: the hive's root, or HKEY_LOCAL_MACHINE */
	const wchar_t *name;	   /* below it */
	char *path;
	char *user;
	char *sid;
};

void tmd_reg_close(HKEY *key); /* NULL is fine */

/*
 * Opens the key itself, for questions besides `access`. *out is NULL where there is none. Fails:
 * permission, refused (a link in its place), io.
 */
enum tmd_rc tmd_env_key_open_values(const struct tmd_env_key *key, REGSAM access, HKEY *out,
				    struct tmd_error *err) TMD_MUST_CHECK;

/* ---- what was read is kept ---- */

struct tmd_env_kept;

/* As tmd_env_key_read(), from memory where the key did not change since. `out` is empty. */
enum tmd_rc tmd_env_kept_read(const struct tmd_env_key *key, HKEY opened,
			      struct tmd_reg_values *out, struct tmd_error *err) TMD_MUST_CHECK;

/* What is known of a key; NULL where nothing is, or where others changed it since. Borrowed. */
struct tmd_env_kept *tmd_env_kept_find(const struct tmd_env_key *key, HKEY opened);

/* Our own change, which `kept` was valid before; `text` NULL: the value is gone. */
void tmd_env_kept_change(struct tmd_env_kept *kept, HKEY opened, const char *name,
			 enum tmd_reg_type type, const char *text);

void tmd_env_kept_forget(const struct tmd_env_key *key);

#endif
