/* Installations of Python on Linux and its like: PREFIX/bin/pythonX.Y, PREFIX/lib/pythonX.Y. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/verdict/interpreter.h"

#define OPENSSL_DIR "OPENSSLDIR: \"" /* as `openssl version -d` says it, in each libcrypto */
#define LIBRARY "libcrypto.so."

static const char *const library_dirs[] = { "lib", "lib64" };
#define LIBRARY_DIRS (sizeof(library_dirs) / sizeof(*library_dirs))

char *tmd_interpreter_prefix(const char *programs)
{
	return tmd_path_dir(programs);
}

/* "3.11" of "3.11.2"; the caller frees. */
static char *short_version(const char *version)
{
	const char *dot = strchr(version, '.');
	size_t len = dot ? (size_t)(dot - version) + 1 : 0;

	while (tmd_is_digit(version[len]))
		len++;
	return tmd_strndup(version, len);
}

const char *const tmd_interpreter_programs[] = { "bin/python", "bin/python3", "bin/python2.7", NULL };

/* PREFIX/lib/pythonX.Y/site-packages; Debian's own names stand for more than one installation. */
char *tmd_interpreter_owner(const char *packages)
{
	TMD_AUTO_FREE char *library = tmd_path_dir(packages);
	TMD_AUTO_FREE char *lib = tmd_path_dir(library);
	TMD_AUTO_FREE char *version = tmd_interpreter_version_in(tmd_path_base(library));

	if (strcmp(tmd_path_base(packages), "site-packages") != 0 || !version ||
	    !tmd_str_starts(tmd_path_base(lib), "lib"))
		return NULL;
	return tmd_path_dir(lib);
}

/* ---- versions ---- */

/* Has the directory a standard library, and not only packages? */
static bool is_library(struct tmd_ctx *ctx, const char *dir)
{
	TMD_AUTO_FREE char *os = tmd_path_join(dir, "os.py");

	return tmd_view_exists(ctx->view, os);
}

static void take_library(struct tmd_ctx *ctx, const char *dir, const char *name,
			 struct tmd_strv *versions)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);
	TMD_AUTO_FREE char *version = NULL;

	if (!tmd_str_starts(name, "python"))
		return;
	version = tmd_interpreter_version_in(name);
	if (version && is_library(ctx, path))
		tmd_strv_add_once(versions, version);
}

char *tmd_interpreter_installed(struct tmd_ctx *ctx, const char *prefix)
{
	TMD_AUTO_STRV struct tmd_strv versions = { 0 };
	struct tmd_error ignored = { 0 };

	for (size_t i = 0; i < LIBRARY_DIRS; i++) {
		TMD_AUTO_FREE char *dir = tmd_path_join(prefix, library_dirs[i]);
		TMD_AUTO_STRV struct tmd_strv names = { 0 };

		if (tmd_view_list(ctx->view, dir, &names, &ignored))
			continue;
		for (size_t k = 0; k < names.count; k++)
			take_library(ctx, dir, names.items[k], &versions);
	}
	return versions.count == 1 ? tmd_strdup(versions.items[0]) : NULL;
}

/* ---- packages ---- */

static void add_place(struct tmd_ctx *ctx, struct tmd_strv *places, char *dir)
{
	tmd_interpreter_add_place(ctx, dir, places);
	free(dir);
}

/* Debian has its own names in /usr, and looks into /usr/local first. */
static void add_of_debian(struct tmd_ctx *ctx, const char *version, struct tmd_strv *places)
{
	add_place(ctx, places, tmd_format("/usr/local/lib/python%s/dist-packages", version));
	if (*version == '3')
		add_place(ctx, places, tmd_strdup("/usr/lib/python3/dist-packages"));
	add_place(ctx, places, tmd_format("/usr/lib/python%s/dist-packages", version));
}

void tmd_interpreter_add_places(struct tmd_ctx *ctx, const char *prefix, const char *version,
				struct tmd_strv *places)
{
	TMD_AUTO_FREE char *number = short_version(version);

	for (size_t i = 0; i < LIBRARY_DIRS; i++)
		add_place(ctx, places, tmd_format("%s/%s/python%s/site-packages", prefix,
						  library_dirs[i], number));
	if (strcmp(prefix, "/usr") == 0)
		add_of_debian(ctx, number, places);
}

void tmd_interpreter_add_user_places(struct tmd_ctx *ctx, const char *home, const char *version,
				     struct tmd_strv *places)
{
	TMD_AUTO_FREE char *number = short_version(version);

	add_place(ctx, places, tmd_format("%s/.local/lib/python%s/site-packages", home, number));
}

/* ---- OpenSSL ---- */

static char *read_dir(struct tmd_ctx *ctx, const char *path)
{
	return tmd_interpreter_find_text(ctx, path, OPENSSL_DIR, '"');
}

/* Python's own module, PREFIX/lib/pythonX.Y/lib-dynload/_ssl*.so; NULL: there is none. */
static char *find_module(struct tmd_ctx *ctx, const char *prefix, const char *version)
{
	TMD_AUTO_FREE char *number = short_version(version);

	for (size_t i = 0; i < LIBRARY_DIRS; i++) {
		TMD_AUTO_FREE char *dir = tmd_format("%s/%s/python%s/lib-dynload", prefix,
						     library_dirs[i], number);
		TMD_AUTO_STRV struct tmd_strv names = { 0 };
		struct tmd_error ignored = { 0 };

		if (tmd_view_list(ctx->view, dir, &names, &ignored))
			continue;
		for (size_t k = 0; k < names.count; k++) {
			if (tmd_str_starts(names.items[k], "_ssl."))
				return tmd_path_join(dir, names.items[k]);
			if (tmd_str_starts(names.items[k], "_ssl") && tmd_str_ends(names.items[k], ".so"))
				return tmd_path_join(dir, names.items[k]);
		}
	}
	return NULL;
}

/* The library of this name in DIR, or in its subdirectory for one kind of machine: x86_64-linux-gnu. */
static char *look_in(struct tmd_ctx *ctx, const char *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored = { 0 };
	char *found = read_dir(ctx, path);

	if (found || tmd_view_list(ctx->view, dir, &names, &ignored))
		return found;
	for (size_t i = 0; !found && i < names.count; i++) {
		if (strstr(names.items[i], "-linux-")) {
			TMD_AUTO_FREE char *sub = tmd_format("%s/%s/%s", dir, names.items[i], name);

			found = read_dir(ctx, sub);
		}
	}
	return found;
}

/* As the loader looks for it: with the installation, then in the system's directories. */
static char *look_for(struct tmd_ctx *ctx, const char *prefix, const char *name)
{
	static const char *const dirs[] = { "/lib64", "/usr/lib64", "/lib", "/usr/lib",
					    "/usr/local/lib" };
	char *found = NULL;

	for (size_t i = 0; prefix && !found && i < LIBRARY_DIRS; i++) {
		TMD_AUTO_FREE char *dir = tmd_path_join(prefix, library_dirs[i]);

		found = look_in(ctx, dir, name);
	}
	for (size_t i = 0; !found && i < sizeof(dirs) / sizeof(*dirs); i++)
		found = look_in(ctx, dirs[i], name);
	return found;
}

/* The system's, where nobody says which of them it is: newer names first. */
static char *look_for_any(struct tmd_ctx *ctx, const char *prefix)
{
	static const char *const names[] = { LIBRARY "3", LIBRARY "1.1", LIBRARY "10", LIBRARY "1.0.0" };
	char *found = NULL;

	for (size_t i = 0; !found && i < sizeof(names) / sizeof(*names); i++)
		found = look_for(ctx, prefix, names[i]);
	return found;
}

/* Some are built with an OpenSSL inside: in the module, the program, or libpython. */
static char *look_inside(struct tmd_ctx *ctx, const char *program, const char *prefix,
			 const char *version)
{
	TMD_AUTO_FREE char *number = short_version(version);
	TMD_AUTO_FREE char *library = tmd_format("%s/lib/libpython%s.so.1.0", prefix, number);
	char *found = read_dir(ctx, program);

	return found ? found : read_dir(ctx, library);
}

static char *look_by_module(struct tmd_ctx *ctx, const char *module, const char *prefix)
{
	TMD_AUTO_FREE char *suffix = NULL;
	TMD_AUTO_FREE char *name = NULL;
	char *found = read_dir(ctx, module);

	if (found)
		return found;
	suffix = tmd_interpreter_find_text(ctx, module, LIBRARY, '\0');
	if (!suffix || strlen(suffix) > 16 || strchr(suffix, '/'))
		return NULL;
	name = tmd_format(LIBRARY "%s", suffix);
	return look_for(ctx, prefix, name);
}

char *tmd_interpreter_openssl_dir(struct tmd_ctx *ctx, const char *program, const char *prefix,
				  const char *version)
{
	TMD_AUTO_FREE char *module = NULL;

	if (!program)
		return look_for_any(ctx, NULL);
	if (!version)
		return NULL;
	module = find_module(ctx, prefix, version);
	return module ? look_by_module(ctx, module, prefix)
		      : look_inside(ctx, program, prefix, version);
}
