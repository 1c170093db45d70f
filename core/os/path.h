/*
 * Paths as text, the way this system writes them. Nothing here looks at the disk.
 *
 * '/' separates. On Windows '\\' does as well, in one path with it or not; paths are reported
 * the way they were given. A path may begin with a drive ("C:/dir"), a share ("//server/share"),
 * either of them behind "\\\\?\\", or with a single separator. The last is absolute inside an
 * offline root; on the live machine tmd_fs_*() fails with invalid_input, because it means another
 * place on every drive. "C:name", relative to a drive's own directory, is not absolute, and fails
 * the same way.
 */
#ifndef TMD_OS_PATH_H
#define TMD_OS_PATH_H

#include <stdbool.h>

#include "base/error.h"

/*
 * dir, one separator, name. On Windows the separator, and those inside `name`, become the one
 * that `dir` uses; a `dir` without any gets '\\'. Caller frees.
 */
char *tmd_path_join(const char *dir, const char *name) TMD_MUST_CHECK;
/* Without the last name: "/" and "C:/" are their own, "a" gives ".". Caller frees. */
char *tmd_path_dir(const char *path) TMD_MUST_CHECK;
const char *tmd_path_base(const char *path);         /* what follows the last separator */
bool tmd_path_is_absolute(const char *path);
extern const char tmd_path_list_separator[]; /* of a variable that holds several, such as PATH */

/*
 * Text under which two spellings of one absolute path compare equal with strcmp(): a copy on
 * unix; one kind of separator, upper case, no "." and doubled separators on Windows. Never
 * shown. Caller frees.
 */
char *tmd_path_key(const char *path) TMD_MUST_CHECK;

#endif
