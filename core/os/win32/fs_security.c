/*
 * Access lists: who may read a file, what is kept when it is replaced, and the list of what an
 * elevated caller makes.
 */
#include "os/win32/fs_internal.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- who may read ---- */

/* Every user who logs in is one of these, by whatever way he does. */
static bool is_world(PSID sid)
{
	return IsWellKnownSid(sid, WinWorldSid) || IsWellKnownSid(sid, WinAuthenticatedUserSid) ||
	       IsWellKnownSid(sid, WinBuiltinUsersSid);
}

/*
 * As the system goes through a list: in order, until all rights are given or one is denied.
 * Entries with a condition are passed over: not everybody fulfils it.
 */
bool tmd_acl_world_readable(const ACL *acl)
{
	GENERIC_MAPPING mapping = { FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
				    FILE_ALL_ACCESS };
	DWORD missing = FILE_GENERIC_READ;
	void *entry;

	if (!acl)
		return true;
	for (DWORD i = 0; missing && i < acl->AceCount; i++) {
		const ACCESS_ALLOWED_ACE *ace; /* one that denies is laid out alike */
		DWORD mask;

		if (!GetAce((PACL)(uintptr_t)acl, i, &entry))
			return false;
		ace = entry;
		if (ace->Header.AceFlags & INHERIT_ONLY_ACE)
			continue;
		if (ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE &&
		    ace->Header.AceType != ACCESS_DENIED_ACE_TYPE)
			continue;
		if (!is_world((PSID)(uintptr_t)&ace->SidStart))
			continue;
		mask = ace->Mask;
		MapGenericMask(&mask, &mapping);
		if (ace->Header.AceType == ACCESS_DENIED_ACE_TYPE && (mask & missing))
			return false;
		if (ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE)
			missing &= ~mask;
	}
	return !missing;
}

DWORD tmd_handle_world_readable(HANDLE handle, bool *readable)
{
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR descriptor = NULL;
	DWORD code = tmd_handle_security(handle, DACL_SECURITY_INFORMATION, &descriptor);
	BOOL defaulted;
	BOOL present = FALSE;
	PACL acl = NULL;

	if (code)
		return code;
	if (!GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted))
		return GetLastError();
	*readable = tmd_acl_world_readable(present ? acl : NULL);
	return 0;
}

bool tmd_handle_readable_by(HANDLE handle, const struct tmd_sid *user)
{
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR descriptor = NULL;
	TRUSTEE_W trustee = { 0 };
	BOOL defaulted;
	BOOL present = FALSE;
	PACL acl = NULL;
	ACCESS_MASK rights = 0;

	BuildTrusteeWithSidW(&trustee, tmd_sid_pointer(user));
	return !tmd_handle_security(handle, DACL_SECURITY_INFORMATION, &descriptor) &&
	       GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted) && acl &&
	       GetEffectiveRightsFromAclW(acl, &trustee, &rights) == ERROR_SUCCESS &&
	       (rights & FILE_GENERIC_READ) == FILE_GENERIC_READ;
}

/* ---- what is kept ---- */

static bool same_acl(const ACL *a, const ACL *b)
{
	void *left;
	void *right;

	if (!a || !b)
		return a == b;
	if (a->AceCount != b->AceCount)
		return false;
	for (DWORD i = 0; i < a->AceCount; i++) {
		if (!GetAce((PACL)(uintptr_t)a, i, &left) ||
		    !GetAce((PACL)(uintptr_t)b, i, &right) ||
		    ((ACE_HEADER *)left)->AceSize != ((ACE_HEADER *)right)->AceSize ||
		    memcmp(left, right, ((ACE_HEADER *)left)->AceSize) != 0)
			return false;
	}
	return true;
}

static bool same_access(PSECURITY_DESCRIPTOR a, PSECURITY_DESCRIPTOR b)
{
	SECURITY_DESCRIPTOR_CONTROL control[2] = { 0, 0 };
	BOOL present[2] = { FALSE, FALSE };
	PACL acl[2] = { NULL, NULL };
	BOOL defaulted;
	DWORD revision;

	return GetSecurityDescriptorControl(a, &control[0], &revision) &&
	       GetSecurityDescriptorControl(b, &control[1], &revision) &&
	       (control[0] & SE_DACL_PROTECTED) == (control[1] & SE_DACL_PROTECTED) &&
	       GetSecurityDescriptorDacl(a, &present[0], &acl[0], &defaulted) &&
	       GetSecurityDescriptorDacl(b, &present[1], &acl[1], &defaulted) &&
	       same_acl(present[0] ? acl[0] : NULL, present[1] ? acl[1] : NULL);
}

static bool same_owner(PSECURITY_DESCRIPTOR a, PSECURITY_DESCRIPTOR b)
{
	PSID owner[2] = { NULL, NULL };
	PSID group[2] = { NULL, NULL };
	BOOL defaulted;

	return GetSecurityDescriptorOwner(a, &owner[0], &defaulted) &&
	       GetSecurityDescriptorOwner(b, &owner[1], &defaulted) &&
	       GetSecurityDescriptorGroup(a, &group[0], &defaulted) &&
	       GetSecurityDescriptorGroup(b, &group[1], &defaulted) && owner[0] && owner[1] &&
	       group[0] && group[1] && EqualSid(owner[0], owner[1]) && EqualSid(group[0], group[1]);
}

/* Elevated callers may give files away, but have to say first that they are about to. */
static void give_away(HANDLE file, PSECURITY_DESCRIPTOR descriptor)
{
	const SECURITY_INFORMATION what = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION;
	TOKEN_PRIVILEGES wish = { .PrivilegeCount = 1 };
	TOKEN_PRIVILEGES before = { 0 };
	DWORD size = sizeof(before);
	TMD_AUTO_HANDLE HANDLE token = NULL;

	wish.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
	if (!LookupPrivilegeValueW(NULL, L"SeRestorePrivilege", &wish.Privileges[0].Luid) ||
	    !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES, &token) ||
	    !AdjustTokenPrivileges(token, FALSE, &wish, sizeof(wish), &before, &size))
		before.PrivilegeCount = 0;
	(void)SetKernelObjectSecurity(file, what, descriptor);
	if (before.PrivilegeCount)
		(void)AdjustTokenPrivileges(token, FALSE, &before, sizeof(before), NULL, NULL);
}

DWORD tmd_copy_security(HANDLE from, HANDLE to)
{
	const SECURITY_INFORMATION what =
		OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR old = NULL;
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR now = NULL;
	SECURITY_DESCRIPTOR_CONTROL control = 0;
	DWORD revision;
	DWORD code = tmd_handle_security(from, what, &old);

	if (!code)
		code = tmd_handle_security(to, what, &now);
	if (code == ERROR_NOT_SUPPORTED || code == ERROR_INVALID_FUNCTION)
		return 0; /* this file system has no such thing */
	if (code)
		return code;
	if (!same_owner(old, now))
		give_away(to, old);
	if (same_access(old, now))
		return 0;
	/* Set as it is, entry by entry; the flag keeps inherited entries known as such. */
	if (GetSecurityDescriptorControl(old, &control, &revision) &&
	    (control & SE_DACL_AUTO_INHERITED))
		(void)SetSecurityDescriptorControl(old, SE_DACL_AUTO_INHERIT_REQ,
						   SE_DACL_AUTO_INHERIT_REQ);
	return SetKernelObjectSecurity(to, DACL_SECURITY_INFORMATION, old) ? 0 : GetLastError();
}

/* ---- what is made ---- */

PSECURITY_DESCRIPTOR tmd_protected_descriptor(void)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
		    SDDL_REVISION_1, &descriptor, NULL))
		return NULL;
	return descriptor;
}
