/* Which other user could change a file or directory, or what is made in it, by its access list. */
#include "os/win32/fs_internal.h"

#include <stddef.h>

#include "base/mem.h"

static bool is_other(const struct tmd_sid *sid, DWORD others)
{
	return others & TMD_OTHERS_CALLER ? !tmd_sid_is_system(sid) : !tmd_sid_trusted(sid);
}

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
enum entry_use {
	FOR_ITSELF,
	FOR_FILES,
	FOR_DIRECTORIES
};

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
	DWORD code = tmd_descriptor_owner(descriptor, &found.sid);
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
	     !(directories && list_gives_more(acl, FOR_DIRECTORIES, TMD_OTHERS_DIRECTORY, &found))))
		found.kind = TMD_STRANGER_NONE;
	*out = found;
	return 0;
}

DWORD tmd_handle_stranger(HANDLE handle, DWORD others, struct tmd_stranger *out)
{
	const SECURITY_INFORMATION what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR descriptor = NULL;
	DWORD code = tmd_handle_security(handle, what, &descriptor);

	return code ? code : tmd_descriptor_stranger(descriptor, others, out);
}

DWORD tmd_handle_heir(HANDLE handle, bool directories, struct tmd_stranger *out)
{
	TMD_AUTO_FREE PSECURITY_DESCRIPTOR descriptor = NULL;
	DWORD code = tmd_handle_security(handle, DACL_SECURITY_INFORMATION, &descriptor);

	return code ? code : tmd_descriptor_heir(descriptor, directories, out);
}
