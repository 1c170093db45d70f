/* Hives of users who are not signed in, loaded below HKEY_USERS for a moment. */
#ifndef TMD_OS_WIN32_HIVE_H
#define TMD_OS_WIN32_HIVE_H

#include <windows.h>

#define TMD_HIVE_PREFIX "trustmend-" /* a user's SID follows: a later run finds it by that */

/* By the privileges to back up and restore, which are held for as long as the call takes. */
LSTATUS tmd_hive_load(const wchar_t *mount, const wchar_t *file);
LSTATUS tmd_hive_unload(const wchar_t *mount); /* fails while somebody has a key of it open */

/*
 * Unloads what killed runs left loaded: the owner would get a temporary profile when he signs in.
 * Each program of an elevated caller does that when it starts; for others it does nothing.
 */
void tmd_hives_release_left(void);

#endif
