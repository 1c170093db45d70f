/*
 * Owners and access lists: whom an elevated caller may trust, who may read or change a file, what
 * is kept when it is replaced.
 */
#include "os/win32/fs_internal.h"

#include <aclapi.h>
#include <sddl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/text.h"

#define NAME_MAX_UNITS 512
#define PATH_UNITS 1024
#define CURRENT_VERSION L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
#define PROFILES L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
#define SYSTEM_DRIVE L"%SystemDrive%"

/* S-1-5-80-…: the service that owns Windows' own files. */
static const DWORD trusted_installer[] = {
	SECURITY_SERVICE_ID_BASE_RID, 956008885, 3418522649, 1831038044, 1853292631, 2271478464
};

static void free_local(void *pointer_to_pointer)
{
	LocalFree(*(void **)pointer_to_pointer);
}

/* ---- owners ---- */

/* The security descriptor of what is open; the caller frees. */
static DWORD get_security(HANDLE handle, SECURITY_INFORMATION what, PSECURITY_DESCRIPTOR *out)
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

static DWORD owner_in(PSECURITY_DESCRIPTOR descriptor, struct tmd_sid *owner)
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
	DWORD code = get_security(handle, OWNER_SECURITY_INFORMATION, &descriptor);

	return code ? code : owner_in(descriptor, owner);
}

/* The functions of the system take SIDs that they do not change as if they did. */
static PSID sid_of(const struct tmd_sid *sid)
{
	return (PSID)(uintptr_t)sid->bytes;
}

bool tmd_sid_equal(const struct tmd_sid *a, const struct tmd_sid *b)
{
	return EqualSid(sid_of(a), sid_of(b));
}

static bool is_trusted_installer(const struct tmd_sid *owner)
{
	const size_t count = sizeof(trusted_installer) / sizeof(*trusted_installer);
	static const SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
	PSID sid = sid_of(owner);

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
	       EqualSid(user->User.Sid, sid_of(owner));
}

static bool is_system(const struct tmd_sid *owner)
{
	return IsWellKnownSid(sid_of(owner), WinBuiltinAdministratorsSid) ||
	       IsWellKnownSid(sid_of(owner), WinLocalSystemSid) || is_trusted_installer(owner);
}

bool tmd_sid_trusted(const struct tmd_sid *owner)
{
	return is_system(owner) || is_caller(owner);
}

static bool is_other(const struct tmd_sid *sid, DWORD others)
{
	return others & TMD_OTHERS_CALLER ? !is_system(sid) : !tmd_sid_trusted(sid);
}

char *tmd_sid_name(const struct tmd_sid *sid)
{
	wchar_t name[NAME_MAX_UNITS] = { 0 };
	wchar_t domain[NAME_MAX_UNITS] = { 0 };
	DWORD name_len = NAME_MAX_UNITS;
	DWORD domain_len = NAME_MAX_UNITS;
	TMD_CLEANUP(free_local) wchar_t *text = NULL;
	SID_NAME_USE use;

	if (LookupAccountSidW(NULL, sid_of(sid), name, &name_len, domain, &domain_len, &use)) {
		TMD_AUTO_FREE char *user = tmd_narrow(name);
		TMD_AUTO_FREE char *of = tmd_narrow(domain);

		return *of ? tmd_format("%s\\%s", of, user) : tmd_strdup(user);
	}
	if (ConvertSidToStringSidW(sid_of(sid), &text))
		return tmd_narrow(text);
	return tmd_strdup("unknown");
}

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
	DWORD code = get_security(handle, DACL_SECURITY_INFORMATION, &descriptor);
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

	BuildTrusteeWithSidW(&trustee, sid_of(user));
	return !get_security(handle, DACL_SECURITY_INFORMATION, &descriptor) &&
	       GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted) && acl &&
	       GetEffectiveRightsFromAclW(acl, &trustee, &rights) == ERROR_SUCCESS &&
	       (rights & FILE_GENERIC_READ) == FILE_GENERIC_READ;
}

/* ---- who may change ---- */

/* Whoever makes or owns a thing: whom its owner tells. */
static bool stands_for_owner(PSID sid)
{
	return IsWellKnownSid(sid, WinCreatorOwnerSid) ||
	       IsWellKnownSid(sid, WinCreatorOwnerRightsSid);
}

/* Where the SID of an entry that gives rights begins; 0: one that gives none. */
static size_t sid_offset(const ACE_HEADER *entry)
{
	const ACCESS_ALLOWED_OBJECT_ACE *object = (const void *)entry;
	size_t at = offsetof(ACCESS_ALLOWED_OBJECT_ACE, ObjectType);
	DWORD has;

	switch (entry->AceType) {
	case ACCESS_ALLOWED_ACE_TYPE:
	case ACCESS_ALLOWED_CALLBACK_ACE_TYPE: /* on a condition, which somebody will fulfil */
		return offsetof(ACCESS_ALLOWED_ACE, SidStart);
	case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
	case ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE:
		has = entry->AceSize < at ? 0 : object->Flags;
		at += has & ACE_OBJECT_TYPE_PRESENT ? sizeof(GUID) : 0;
		at += has & ACE_INHERITED_OBJECT_TYPE_PRESENT ? sizeof(GUID) : 0;
		return at;
	default:
		return 0;
	}
}

/* NULL when the entry ends too early for one. */
static PSID sid_at(const ACE_HEADER *entry, size_t at)
{
	const size_t fixed = offsetof(SID, SubAuthority);
	PSID sid = (PSID)((uintptr_t)entry + at);

	if (entry->AceSize < at + fixed || !IsValidSid(sid) ||
	    entry->AceSize < at + GetLengthSid(sid))
		return NULL;
	return sid;
}

/* The rights that an entry for somebody gives beyond `allowed`. */
static DWORD excess(DWORD mask, DWORD allowed)
{
	GENERIC_MAPPING mapping = { FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
				    FILE_ALL_ACCESS };

	MapGenericMask(&mask, &mapping);
	return mask & ~allowed;
}

/* What cannot be read, and no list at all, is for everybody. */
static bool is_everybody(struct tmd_stranger *out)
{
	DWORD size = sizeof(out->sid.bytes);

	out->kind = TMD_STRANGER_CHANGES;
	return CreateWellKnownSid(WinWorldSid, NULL, out->sid.bytes, &size);
}

static bool entry_gives_more(const ACE_HEADER *entry, DWORD allowed, struct tmd_stranger *out)
{
	const ACCESS_ALLOWED_ACE *ace = (const void *)entry; /* all have the mask there */
	size_t at = sid_offset(entry);
	PSID sid;

	if (!at || (entry->AceSize >= sizeof(*ace) && !excess(ace->Mask, allowed)))
		return false;
	sid = sid_at(entry, at);
	if (!sid || !CopySid(sizeof(out->sid.bytes), out->sid.bytes, sid))
		return is_everybody(out);
	out->kind = TMD_STRANGER_CHANGES;
	return !stands_for_owner(sid) && is_other(&out->sid, allowed);
}

/* For whom the entries are: the thing that has the list, or what is made in a directory. */
enum entry_use { FOR_ITSELF, FOR_FILES, FOR_DIRECTORIES };

static bool is_for(const ACE_HEADER *entry, enum entry_use use)
{
	if (use == FOR_ITSELF)
		return !(entry->AceFlags & INHERIT_ONLY_ACE);
	return entry->AceFlags & (use == FOR_FILES ? OBJECT_INHERIT_ACE : CONTAINER_INHERIT_ACE);
}

/*
 * Does the list give a stranger more than `allowed`? Entries that deny are passed over: at worst
 * somebody counts who was given a right and denied it again.
 */
static bool list_gives_more(const ACL *acl, enum entry_use use, DWORD allowed,
			    struct tmd_stranger *out)
{
	void *found;

	if (!acl)
		return excess(FILE_ALL_ACCESS, allowed) && is_everybody(out);
	for (DWORD i = 0; i < acl->AceCount; i++) {
		const ACE_HEADER *entry;

		if (!GetAce((PACL)(uintptr_t)acl, i, &found))
			return is_everybody(out);
		entry = found;
		if (is_for(entry, use) && entry_gives_more(entry, allowed, out))
			return true;
	}
	return false;
}

static DWORD list_of(PSECURITY_DESCRIPTOR descriptor, PACL *acl)
{
	BOOL present = FALSE;
	BOOL defaulted;

	*acl = NULL;
	return GetSecurityDescriptorDacl(descriptor, &present, acl, &defaulted) ? 0
										: GetLastError();
}

DWORD tmd_descriptor_stranger(PSECURITY_DESCRIPTOR descriptor, DWORD others,
			      struct tmd_stranger *out)
{
	struct tmd_stranger found = { .kind = TMD_STRANGER_OWNS };
	DWORD code = owner_in(descriptor, &found.sid);
	PACL acl = NULL;

	if (!code)
		code = list_of(descriptor, &acl);
	if (code)
		return code;
	if (!is_other(&found.sid, others) && !list_gives_more(acl, FOR_ITSELF, others, &found))
		found.kind = TMD_STRANGER_NONE;
	*out = found;
	return 0;
}

DWORD tmd_descriptor_heir(PSECURITY_DESCRIPTOR descriptor, bool directories,
			  struct tmd_stranger *out)
{
	struct tmd_stranger found = { .kind = TMD_STRANGER_NONE };
	PACL acl = NULL;
	DWORD code = list_of(descriptor, &acl);

	if (code)
		return code;
	/* Without a list nothing is handed down: what is made then has the caller's own default. */
	if (!acl ||
	    (!list_gives_more(acl, FOR_FILES, TMD_OTHERS_FILE, &found) &&
	     !(directories &&
	       list_gives_more(acl, FOR_DIRECTORIES, TMD_OTHERS_DIRECTORY, &found))))
		found.kind = TMD_STRANGER_NONE;
	*out = found;
	return 0;
}

DWORD tmd_handle_stranger(HANDLE handle, DWORD others, struct tmd_stranger *out)
{
	const SECURITY_INFORMATION what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR descriptor = NULL;
	DWORD code = get_security(handle, what, &descriptor);

	return code ? code : tmd_descriptor_stranger(descriptor, others, out);
}

DWORD tmd_handle_heir(HANDLE handle, bool directories, struct tmd_stranger *out)
{
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR descriptor = NULL;
	DWORD code = get_security(handle, DACL_SECURITY_INFORMATION, &descriptor);

	return code ? code : tmd_descriptor_heir(descriptor, directories, out);
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
	DWORD code = get_security(from, what, &old);

	if (!code)
		code = get_security(to, what, &now);
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

PSECURITY_DESCRIPTOR tmd_protected_descriptor(void)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
		    SDDL_REVISION_1, &descriptor, NULL))
		return NULL;
	return descriptor;
}

/* ---- ProgramData, Program Files ---- */

/*
 * A directory of the system's by the registry, not by the environment, which is the caller's.
 * `name` is also its usual one on the system's drive. Caller frees.
 */
static char *system_directory(const wchar_t *key, const wchar_t *value, const char *name)
{
	const size_t prefix = wcslen(SYSTEM_DRIVE);
	wchar_t drive[PATH_UNITS] = L"C:";
	wchar_t raw[PATH_UNITS] = { 0 };
	DWORD size = sizeof(raw);
	TMD_AUTO_FREE char *text = NULL;
	TMD_AUTO_FREE char *start = NULL;

	(void)GetSystemWindowsDirectoryW(drive, PATH_UNITS);
	start = tmd_narrow_n(drive, 2);
	if (RegGetValueW(HKEY_LOCAL_MACHINE, key, value,
			 RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, raw,
			 &size) != ERROR_SUCCESS)
		return tmd_format("%s\\%s", start, name);
	if (_wcsnicmp(raw, SYSTEM_DRIVE, prefix) == 0) {
		text = tmd_narrow(raw + prefix);
		return tmd_format("%s%s", start, text);
	}
	return tmd_narrow(raw);
}

char *tmd_program_data_path(void)
{
	return system_directory(PROFILES, L"ProgramData", "ProgramData");
}

char *tmd_program_files_path(void)
{
	return system_directory(CURRENT_VERSION, L"ProgramFilesDir", "Program Files");
}

bool tmd_program_data_info(struct tmd_file_info *out)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };
	TMD_AUTO_FREE char *path = tmd_program_data_path();
	TMD_AUTO_FREE char *nt_path = tmd_format("\\??\\%s", path);
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(nt_path);
	TMD_AUTO_HANDLE HANDLE dir = NULL;

	return wide && !tmd_open_at(NULL, wide, &how, &dir) && !tmd_handle_info(dir, out);
}
