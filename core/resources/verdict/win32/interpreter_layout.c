/* Installations of Python on Windows: PREFIX\python.exe, PREFIX\pythonXY.dll, PREFIX\Lib. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/verdict/interpreter.h"

#define OPENSSL_DIR "OPENSSLDIR: \""

char *tmd_interpreter_prefix(const char *programs)
{
	return tmd_strdup(programs);
}

const char *const tmd_interpreter_programs[] = { "python.exe", "Scripts/python.exe", NULL };

/* PREFIX\Lib\site-packages */
char *tmd_interpreter_owner(const char *packages)
{
	TMD_AUTO_FREE char *lib = tmd_path_dir(packages);

	if (!tmd_str_equal_nocase(tmd_path_base(packages), "site-packages") ||
	    !tmd_str_equal_nocase(tmd_path_base(lib), "Lib"))
		return NULL;
	return tmd_path_dir(lib);
}

/* "3.11" of "python311.dll"; NULL: another name. */
static char *version_of_library(const char *name)
{
	size_t digits;

	if (!tmd_str_starts_nocase(name, "python"))
		return NULL;
	name += strlen("python");
	digits = strspn(name, "0123456789");
	if (digits < 2 || digits > 3 || !tmd_str_equal_nocase(name + digits, ".dll"))
		return NULL;
	return tmd_format("%c.%.*s", *name, (int)digits - 1, name + 1);
}

char *tmd_interpreter_installed(struct tmd_ctx *ctx, const char *prefix)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored = { 0 };
	char *version = NULL;

	if (tmd_view_list(ctx->view, prefix, &names, &ignored))
		return NULL;
	for (size_t i = 0; !version && i < names.count; i++)
		version = version_of_library(names.items[i]);
	return version;
}

void tmd_interpreter_add_places(struct tmd_ctx *ctx, const char *prefix, const char *version,
				struct tmd_strv *places)
{
	TMD_AUTO_FREE char *dir = tmd_path_join(prefix, "Lib/site-packages");

	(void)version;
	tmd_interpreter_add_place(ctx, dir, places);
}

void tmd_interpreter_add_user_places(struct tmd_ctx *ctx, const char *home, const char *version,
				     struct tmd_strv *places)
{
	const char *dot = strchr(version, '.');
	const int minor = dot ? (int)strspn(dot + 1, "0123456789") : 0;
	TMD_AUTO_FREE char *name = tmd_format("AppData/Roaming/Python/Python%c%.*s/site-packages",
					      *version, minor, dot ? dot + 1 : "");
	TMD_AUTO_FREE char *dir = tmd_path_join(home, name);

	tmd_interpreter_add_place(ctx, dir, places);
}

/* libcrypto lies beside the module that uses it, or the program. */
static char *look_in(struct tmd_ctx *ctx, const char *prefix, const char *name)
{
	TMD_AUTO_FREE char *dir = tmd_path_join(prefix, name);
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored = { 0 };
	char *found = NULL;

	if (tmd_view_list(ctx->view, dir, &names, &ignored))
		return NULL;
	for (size_t i = 0; !found && i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);

		if (tmd_str_starts_nocase(names.items[i], "libcrypto") ||
		    tmd_str_starts_nocase(names.items[i], "_ssl."))
			found = tmd_interpreter_find_text(ctx, path, OPENSSL_DIR, '"');
	}
	return found;
}

char *tmd_interpreter_openssl_dir(struct tmd_ctx *ctx, const char *program, const char *prefix,
				  const char *version)
{
	char *found;

	(void)version;
	if (!program)
		return NULL;
	found = look_in(ctx, prefix, "DLLs");
	return found ? found : look_in(ctx, prefix, "Library/bin"); /* conda's place */
}
