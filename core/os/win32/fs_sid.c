/* Owners: whom an elevated caller may trust, and what they are called. */
#include "os/win32/fs_internal.h"

#include <sddl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/text.h"

#define NAME_MAX_UNITS 512

/* S-1-5-80-…: the service that owns Windows' own files. */
static const DWORD trusted_installer[] = {
	SECURITY_SERVICE_ID_BASE_RID, 956008885, 3418522649, 1831038044, 1853292631, 2271478464
};

void tmd_local_free(void *pointer_to_pointer)
{
	LocalFree(*(void **)pointer_to_pointer);
}

/* The security descriptor of what is open; the caller frees. */
DWORD tmd_handle_security(HANDLE handle, SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR *out)
{
	DWORD size = 256;

	for (;;) {
		DWORD had = size;
		PSECURITY_DESCRIPTOR descriptor = tmd_alloc(size, 1);
		DWORD code;

		if (GetKernelObjectSecurity(handle, what, descriptor, had, &size)) {
			*out = descriptor;
			return 0;
		}
		code = GetLastError();
		free(descriptor);
		if (code != ERROR_INSUFFICIENT_BUFFER || size <= had)
			return code;
	}
}

DWORD tmd_descriptor_owner(PSECURITY_DESCRIPTOR descriptor, struct tmd_sid *owner)
{
	BOOL defaulted;
	PSID sid = NULL;

	if (!GetSecurityDescriptorOwner(descriptor, &sid, &defaulted))
		return GetLastError();
	if (!sid)
		return ERROR_NO_SECURITY_ON_OBJECT;
	return CopySid(sizeof(owner->bytes), owner->bytes, sid) ? 0 : GetLastError();
}

DWORD tmd_handle_owner(HANDLE handle, struct tmd_sid *owner)
{
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR descriptor = NULL;
	DWORD code = tmd_handle_security(handle, OWNER_SECURITY_INFORMATION, &descriptor);

	return code ? code : tmd_descriptor_owner(descriptor, owner);
}

/* The functions of the system take SIDs that they do not change as if they did. */
PSID tmd_sid_pointer(const struct tmd_sid *sid)
{
	return (PSID)(uintptr_t)sid->bytes;
}

bool tmd_sid_equal(const struct tmd_sid *a, const struct tmd_sid *b)
{
	return EqualSid(tmd_sid_pointer(a), tmd_sid_pointer(b));
}

static bool is_trusted_installer(const struct tmd_sid *owner)
{
	const size_t count = sizeof(trusted_installer) / sizeof(*trusted_installer);
	static const SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
	PSID sid = tmd_sid_pointer(owner);

	if (*GetSidSubAuthorityCount(sid) != count ||
	    memcmp(GetSidIdentifierAuthority(sid), &authority, sizeof(authority)) != 0)
		return false;
	for (DWORD i = 0; i < count; i++) {
		if (*GetSidSubAuthority(sid, i) != trusted_installer[i])
			return false;
	}
	return true;
}

static bool is_caller(const struct tmd_sid *owner)
{
	TMD_AUTO_HANDLE HANDLE token = NULL;
	TMD_AUTO_FREE TOKEN_USER *user = tmd_alloc(1, sizeof(*user) + TMD_SID_SIZE);
	DWORD len = 0;

	return OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
	       GetTokenInformation(token, TokenUser, user, sizeof(*user) + TMD_SID_SIZE, &len) &&
	       EqualSid(user->User.Sid, tmd_sid_pointer(owner));
}

bool tmd_sid_is_system(const struct tmd_sid *owner)
{
	return IsWellKnownSid(tmd_sid_pointer(owner), WinBuiltinAdministratorsSid) ||
	       IsWellKnownSid(tmd_sid_pointer(owner), WinLocalSystemSid) ||
	       is_trusted_installer(owner);
}

bool tmd_sid_trusted(const struct tmd_sid *owner)
{
	return tmd_sid_is_system(owner) || is_caller(owner);
}

char *tmd_sid_name(const struct tmd_sid *sid)
{
	wchar_t name[NAME_MAX_UNITS] = { 0 };
	wchar_t domain[NAME_MAX_UNITS] = { 0 };
	DWORD name_len = NAME_MAX_UNITS;
	DWORD domain_len = NAME_MAX_UNITS;
	TMD_CLEANUP(tmd_local_free) wchar_t *text = NULL;
	SID_NAME_USE use;

	if (LookupAccountSidW(NULL, tmd_sid_pointer(sid), name, &name_len, domain, &domain_len,
			      &use)) {
		TMD_AUTO_FREE char *user = tmd_narrow(name);
		TMD_AUTO_FREE char *of = tmd_narrow(domain);

		return *of ? tmd_format("%s\\%s", of, user) : tmd_strdup(user);
	}
	if (ConvertSidToStringSidW(tmd_sid_pointer(sid), &text))
		return tmd_narrow(text);
	return tmd_strdup("unknown");
}
