/* What variables are called on Windows, and which of them are not anybody's to set. */
#include "resources/env/win32/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

char *tmd_env_fold(const char *name)
{
	char *folded = tmd_strdup(name);

	for (char *c = folded; *c; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return folded;
}

char *tmd_env_identity(const char *sid, const char *name)
{
	TMD_AUTO_FREE char *folded = tmd_env_fold(name);

	return sid ? tmd_format("env:user:%s:%s", sid, folded)
		   : tmd_format("env:machine:%s", folded);
}

char *tmd_env_sid_of(const struct tmd_resource *r)
{
	static const char prefix[] = "env:user:";
	const char *sid = r->identity + strlen(prefix);

	if (!tmd_str_starts(r->identity, prefix))
		return NULL;
	return tmd_strndup(sid, strcspn(sid, ":"));
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (tmd_str_equal_nocase(name, *names))
			return true;
	}
	return false;
}

bool tmd_env_given_by_system(const char *name)
{
	static const char *const given[] = {
		"ALLUSERSPROFILE", "APPDATA", "CommonProgramFiles", "CommonProgramFiles(x86)",
		"CommonProgramW6432", "COMPUTERNAME", "HOMEDRIVE", "HOMEPATH", "HOMESHARE",
		"LOCALAPPDATA", "LOGONSERVER", "ProgramData", "ProgramFiles",
		"ProgramFiles(x86)", "ProgramW6432", "PUBLIC", "SESSIONNAME", "SystemDrive",
		"SystemRoot", "USERDNSDOMAIN", "USERDOMAIN", "USERNAME", "USERPROFILE", NULL,
	};

	return is_one_of(name, given);
}

const char *tmd_env_protection(const char *name, bool wanted)
{
	static const char *const lists[] = { "PATH", "PATHEXT", "PSModulePath", NULL };
	static const char *const needed[] = { "TEMP", "TMP", NULL };
	static const char *const kept[] = { "ComSpec", "DriverData", "OS", "NUMBER_OF_PROCESSORS",
					    "windir",  NULL };
	TMD_AUTO_FREE char *folded = tmd_env_fold(name);

	if (is_one_of(name, lists))
		return "is a list that other programs add to, and is not to be replaced";
	if (tmd_env_given_by_system(name) || is_one_of(name, kept) ||
	    tmd_str_starts(folded, "PROCESSOR_"))
		return "is kept by Windows itself";
	if (!wanted && is_one_of(name, needed))
		return "is needed by most programs";
	return NULL;
}
