/*
 * Environment variables as Windows keeps them: values of a registry key, with their type and
 * their raw text. There is no such thing on other systems, and no implementation.
 */
#ifndef TMD_OS_REGISTRY_H
#define TMD_OS_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "os/fs.h"

enum tmd_reg_type {
	TMD_REG_STRING, /* REG_SZ */
	TMD_REG_EXPAND, /* REG_EXPAND_SZ: %NAME% is expanded when a session starts */
	TMD_REG_OTHER,  /* anything else, which no program gets as a variable */
};

struct tmd_reg_value {
	char *name;
	enum tmd_reg_type type;
	char *text; /* UTF-8, raw: nothing expanded. OTHER: what it is instead, "REG_DWORD" */
};

/* Zero-initialise. */
struct tmd_reg_values {
	struct tmd_reg_value *items;
	size_t count;
	size_t cap;
};

void tmd_reg_values_release(struct tmd_reg_values *values); /* frees and zeroes */
/* Copies. For implementations and for tests that stand in for one. */
void tmd_reg_values_add(struct tmd_reg_values *values, const char *name, enum tmd_reg_type type,
			const char *text);

/*
 * Who that is: "" the caller, else "NAME", "DOMAIN\NAME", ".\NAME" (this computer's) or a SID.
 * `sid` is the SID as text, `name` "DOMAIN\NAME" (the SID where there is no name any more); the
 * caller frees both, and either may be NULL. Opens no hive. Fails: not_found, invalid_input (a
 * group, a malformed SID), io (a domain that does not answer).
 */
enum tmd_rc tmd_env_key_find_user(const char *user, char **sid, char **name,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The SIDs of the users whose hives are loaded, sorted: who is logged in, and the accounts of
 * services. `sids` is replaced. Fails: permission, io.
 */
enum tmd_rc tmd_env_key_list_users(struct tmd_strv *sids, struct tmd_error *err) TMD_MUST_CHECK;

/* Whose environment: opened hives are closed with it. */
struct tmd_env_key;

/*
 * user NULL: the machine's (HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment).
 * "" : the caller's own (HKCU\Environment). Else that user's, as tmd_env_key_find_user() takes
 * it: the loaded hive when he is logged in, else his NTUSER.DAT, loaded for as long as the key
 * is open. Opens for reading only. Fails: not_found (no such user, or one without a profile
 * here), permission (elevation, or the backup and restore privileges, are needed for others),
 * busy (the hive is in use by another program), refused (a link in the key's or the file's
 * place), io. An environment that has no key yet is empty.
 *
 * Keep a key open for moments only: the owner of a hive that is loaded here and that then logs
 * in gets a temporary profile from Windows. A hive that a killed run left loaded is released by
 * the next run of an elevated caller, whatever that is about. The file is found and judged by
 * handles while its directory is held: regular, without a second name, of that user or of an
 * administrator, and the same one after it was loaded.
 */
enum tmd_rc tmd_env_key_open(const char *user, struct tmd_env_key **out,
			     struct tmd_error *err) TMD_MUST_CHECK;
/* NULL is fine. Unloads what was loaded; when another program holds on to it, tries for 2 s. */
void tmd_env_key_close(struct tmd_env_key *key);
void tmd_env_key_close_ptr(struct tmd_env_key **key);

/*
 * The key's full name for messages and reports: "HKEY_CURRENT_USER\Environment" for the caller's
 * own, "HKEY_USERS\S-1-5-…\Environment" for others, whether their hive is loaded or not.
 */
const char *tmd_env_key_path(const struct tmd_env_key *key);
/* The user as "DOMAIN\\NAME" (the SID where there is no name any more); NULL for the machine. */
const char *tmd_env_key_user(const struct tmd_env_key *key);
/* The user's SID as text; NULL for the machine. */
const char *tmd_env_key_sid(const struct tmd_env_key *key);

/*
 * Every value that has a name, in the registry's order; `out` is replaced. What was read is kept
 * until another process changes the key, or tmd_env_key_flush(). Text ends at the first NUL, as for
 * those who make an environment of it. Fails: permission, refused (thousands of values; a link in
 * the key's place), busy (others keep changing it), io.
 */
enum tmd_rc tmd_env_key_read(struct tmd_env_key *key, struct tmd_reg_values *out,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* May the caller write here? Writes nothing. Fails with permission. */
enum tmd_rc tmd_env_key_check(struct tmd_env_key *key, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The three that change a key, like everything that changes the machine, fail with internal
 * before tmd_fs_allow_writes(), and on a tree that is not live.
 */

/*
 * Sets a value; one whose name differs in case only keeps its name. It is on the disk after
 * tmd_env_key_flush(); in a hive that is loaded for this key, before this returns. Fails:
 * permission, invalid_input (the name or text is not valid UTF-8, or too long for the registry),
 * io.
 */
enum tmd_rc tmd_env_key_set(struct tmd_fs *fs, struct tmd_env_key *key, const char *name,
			    enum tmd_reg_type type, const char *text,
			    struct tmd_error *err) TMD_MUST_CHECK;
/* A missing one is fine. Fails as tmd_env_key_set(). */
enum tmd_rc tmd_env_key_delete(struct tmd_fs *fs, struct tmd_env_key *key, const char *name,
			       struct tmd_error *err) TMD_MUST_CHECK;
/* Once after all changes of a run: writes them to the disk. The next reading is a new one. */
enum tmd_rc tmd_env_key_flush(struct tmd_fs *fs, struct tmd_env_key *key,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Tells running programs (WM_SETTINGCHANGE "Environment" to top-level windows of this session),
 * waiting at most `timeout_ms` for each window and a few seconds for all. Where there is no
 * desktop, for a service or over SSH, nobody is told. Whether anybody listened is nobody's
 * failure.
 */
void tmd_env_broadcast(unsigned timeout_ms);

#endif
