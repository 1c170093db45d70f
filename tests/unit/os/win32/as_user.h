/*
 * For tests of what an ordinary user gets: this thread goes on without the membership in the
 * Administrators group, as a program of theirs that was not elevated.
 */
#ifndef TESTS_OS_WIN32_AS_USER_H
#define TESTS_OS_WIN32_AS_USER_H

#include <windows.h>

#include "unit.h"

/* False where the caller is no administrator in the first place. */
static inline bool become_user(void)
{
	BYTE sid[SECURITY_MAX_SID_SIZE];
	DWORD size = sizeof(sid);
	SID_AND_ATTRIBUTES drop = { .Sid = sid };
	HANDLE token = NULL;
	HANDLE lesser = NULL;
	BOOL member = FALSE;

	ck_assert(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size));
	if (!CheckTokenMembership(NULL, sid, &member) || !member)
		return false;
	ck_assert(OpenProcessToken(
		GetCurrentProcess(),
		TOKEN_DUPLICATE | TOKEN_QUERY | TOKEN_IMPERSONATE | TOKEN_ASSIGN_PRIMARY, &token));
	ck_assert(CreateRestrictedToken(token, 0, 1, &drop, 0, NULL, 0, NULL, &lesser));
	ck_assert(ImpersonateLoggedOnUser(lesser));
	CloseHandle(lesser);
	CloseHandle(token);
	return true;
}

static inline void become_self(void)
{
	ck_assert(RevertToSelf());
}

#endif
