/* Who is calling, and the users and groups of the managed root. */
#ifndef TMD_OS_USER_H
#define TMD_OS_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "os/fs.h"

struct tmd_user {
	char *name;
	uint32_t uid;
	uint32_t gid;
	char *home; /* as seen inside the root */
	char *shell; /* the same, of logins; NULL on Windows */
};

void tmd_user_release(struct tmd_user *user); /* zero-initialised is fine */

/*
 * A user by name, or the calling one for NULL. Looks in <root>/etc/passwd; on the live
 * machine directory services (LDAP, SSSD) are asked through getent when the file lacks
 * the name. Fails: not_found, invalid_input (a name that no system allows: empty, with ':',
 * '/' or control characters, with a leading '-'; an entry without home).
 *
 * On Windows names are reported as "DOMAIN\\NAME", and a plain NAME or a SID is found as well;
 * the home is the profile directory (not_found: a user who never signed in), numbers are 0, and
 * the users of an offline root are unsupported.
 */
enum tmd_rc tmd_user_find(struct tmd_fs *fs, const char *name, struct tmd_user *out,
			  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * One line of passwd as the C library takes it: where it names no shell that is /bin/sh. False for
 * what is no entry. Name and home are as they stand there. Not on Windows.
 */
bool tmd_user_parse(const char *line, size_t len, struct tmd_user *out) TMD_MUST_CHECK;

/*
 * Numeric ids for a name or a decimal number, and back: to a name that leads to this number
 * again, or else to the number as text (caller frees). Fail: not_found, invalid_input. Windows has
 * no such numbers: names fail with unsupported there, and both texts are NULL.
 */
enum tmd_rc tmd_user_id(struct tmd_fs *fs, const char *name, uint32_t *uid,
			struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_group_id(struct tmd_fs *fs, const char *name, uint32_t *gid,
			 struct tmd_error *err) TMD_MUST_CHECK;
char *tmd_user_name(struct tmd_fs *fs, uint32_t uid) TMD_MUST_CHECK;
char *tmd_group_name(struct tmd_fs *fs, uint32_t gid) TMD_MUST_CHECK;

/*
 * Do owner, group and mode of a file let the user do that? `right` is that of everybody else:
 * 4 reads, 1 passes a directory. Access lists are not asked. A group that the root's own files do
 * not know counts as his: it cannot be told. Not on Windows.
 */
bool tmd_user_may(struct tmd_fs *fs, const struct tmd_user *user, const struct tmd_stat *st,
		  unsigned right) TMD_MUST_CHECK;

bool tmd_user_is_admin(void); /* root; an elevated token on Windows */

/* Who may run a command that needs it, and how: "root: sudo COMMAND". Caller frees. */
char *tmd_user_as_admin(const char *command) TMD_MUST_CHECK;

#endif
