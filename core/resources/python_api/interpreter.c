/* The directories of interpreters and of virtual environments. */
#include "resources/python_api/interpreter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define SMALL_MAX ((size_t)64 << 10) /* bytes of pyvenv.cfg and of a .pth file */
#define PTH_MAX 200		     /* lines of .pth files */

void tmd_api_interpreter_release(struct tmd_api_interpreter *interpreter)
{
	tmd_strv_release(&interpreter->dirs);
	free(interpreter->version);
	free(interpreter->managed);
	memset(interpreter, 0, sizeof(*interpreter));
}

bool tmd_api_is_interpreter(struct tmd_ctx *ctx, const char *path)
{
	const char *name = tmd_path_base(path);
	struct tmd_stat st;
	struct tmd_error ignored;

	if (!tmd_str_starts_nocase(name, "python"))
		return false;
	name += strlen("python");
	name += strspn(name, "0123456789.");
	return (!*name || tmd_str_equal_nocase(name, "exe") || tmd_str_equal_nocase(name, "w.exe")) &&
	       tmd_view_stat(ctx->view, path, &st, &ignored) == TMD_OK &&
	       st.type == TMD_FILE_REGULAR;
}

/* ---- one prefix ---- */

static bool is_directory(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_stat st;
	struct tmd_error ignored;

	return tmd_view_stat(ctx->view, path, &st, &ignored) == TMD_OK &&
	       st.type == TMD_FILE_DIRECTORY;
}

static void add(struct tmd_ctx *ctx, struct tmd_api_interpreter *out, char *dir)
{
	if (is_directory(ctx, dir))
		tmd_strv_add_once(&out->dirs, dir);
	free(dir);
}

static void note_managed(struct tmd_ctx *ctx, struct tmd_api_interpreter *out, const char *prefix)
{
	char *file = tmd_format("%s/lib/python%s/EXTERNALLY-MANAGED", prefix, out->version);

	if (!out->managed && tmd_view_exists(ctx->view, file))
		out->managed = file;
	else
		free(file);
}

/* Debian's interpreter has dist-packages, and those of /usr/local come first. */
static void add_prefix(struct tmd_ctx *ctx, struct tmd_api_interpreter *out, const char *prefix)
{
	const char *version = out->version;
	bool system = strcmp(prefix, "/usr") == 0;

	add(ctx, out, tmd_format("%s/Lib/site-packages", prefix));
	if (!version)
		return;
	if (system)
		add(ctx, out, tmd_format("%s/local/lib/python%s/dist-packages", prefix, version));
	add(ctx, out, tmd_format("%s/lib/python%s/site-packages", prefix, version));
	add(ctx, out, tmd_format("%s/lib64/python%s/site-packages", prefix, version));
	if (system)
		add(ctx, out, tmd_format("%s/lib/python%.1s/dist-packages", prefix, version));
	if (system)
		add(ctx, out, tmd_format("%s/lib/python%s/dist-packages", prefix, version));
	note_managed(ctx, out, prefix);
}

/* ---- which version ---- */

/* "3.11" of "python3.11"; NULL where a name has not both numbers. */
static char *version_of(const char *name)
{
	size_t major;
	size_t minor;

	name = strpbrk(name, "23");
	if (!name)
		return NULL;
	major = strspn(name, "0123456789");
	minor = name[major] == '.' ? strspn(name + major + 1, "0123456789") : 0;
	return minor ? tmd_strndup(name, major + 1 + minor) : NULL;
}

/* By the one directory lib/pythonX.Y that there is. */
static char *version_in(struct tmd_ctx *ctx, const char *prefix)
{
	TMD_AUTO_FREE char *lib = tmd_path_join(prefix, "lib");
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored;
	char *found = NULL;

	if (tmd_view_list(ctx->view, lib, &names, &ignored))
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		char *version = tmd_str_starts(names.items[i], "python") ? version_of(names.items[i])
									 : NULL;

		if (version && found) {
			free(version);
			free(found);
			return NULL;
		}
		if (version)
			found = version;
	}
	return found;
}

/* ---- virtual environments ---- */

/* The value of a key in pyvenv.cfg; NULL: it is not there. The caller frees. */
static char *setting(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *end;

		line += *line == '\n';
		if (!tmd_str_starts(line, key) || !strchr(" =", line[len]) || !line[len])
			continue;
		line += len + strspn(line + len, " =");
		end = line + strcspn(line, "\r\n");
		return tmd_strndup(line, (size_t)(end - line));
	}
	return NULL;
}

static char *read_small(struct tmd_ctx *ctx, const char *path)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;

	return tmd_view_read(ctx->view, path, SMALL_MAX, &text, NULL, &ignored) ? NULL
										: tmd_buf_steal(&text);
}

/* `home` is the directory of the interpreter that the environment was made by. */
static void add_system(struct tmd_ctx *ctx, struct tmd_api_interpreter *out, const char *config)
{
	TMD_AUTO_FREE char *wanted = setting(config, "include-system-site-packages");
	TMD_AUTO_FREE char *home = setting(config, "home");
	TMD_AUTO_FREE char *prefix = NULL;

	if (!home || !wanted || !tmd_str_equal_nocase(wanted, "true") || !tmd_path_is_absolute(home))
		return;
	prefix = tmd_path_dir(home);
	add_prefix(ctx, out, prefix);
}

/* False where `prefix` is no virtual environment. */
static bool read_environment(struct tmd_ctx *ctx, struct tmd_api_interpreter *out,
			     const char *prefix)
{
	TMD_AUTO_FREE char *file = tmd_path_join(prefix, "pyvenv.cfg");
	TMD_AUTO_FREE char *config = read_small(ctx, file);
	TMD_AUTO_FREE char *version = config ? setting(config, "version") : NULL;

	if (!config)
		return false;
	out->version = version ? version_of(version) : version_in(ctx, prefix);
	add_prefix(ctx, out, prefix);
	add_system(ctx, out, config);
	return true;
}

static void read_real(struct tmd_ctx *ctx, struct tmd_api_interpreter *out, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *bin = NULL;
	TMD_AUTO_FREE char *prefix = NULL;
	struct tmd_error ignored;

	if (tmd_view_resolve(ctx->view, path, &real, &ignored))
		real = tmd_strdup(path);
	bin = tmd_path_dir(real);
	prefix = tmd_path_dir(bin);
	out->version = version_of(tmd_path_base(real));
	if (!out->version)
		out->version = version_in(ctx, prefix);
	add_prefix(ctx, out, bin); /* on Windows the packages lie beside the program */
	add_prefix(ctx, out, prefix);
}

/* ---- .pth files: what develop installs leave ---- */

static void follow_pth(struct tmd_ctx *ctx, struct tmd_api_interpreter *out, const char *dir,
		       const char *name)
{
	TMD_AUTO_FREE char *file = tmd_path_join(dir, name);
	TMD_AUTO_FREE char *text = read_small(ctx, file);
	const char *line = text;

	for (int i = 0; line && *line && i < PTH_MAX; i++) {
		size_t len = strcspn(line, "\r\n");
		TMD_AUTO_FREE char *path = tmd_strndup(line, len);

		if (len && *path != '#' && !tmd_str_starts(path, "import"))
			add(ctx, out, tmd_path_is_absolute(path) ? tmd_strdup(path)
								 : tmd_path_join(dir, path));
		line += len + strspn(line + len, "\r\n");
	}
}

static void add_pth(struct tmd_ctx *ctx, struct tmd_api_interpreter *out)
{
	const size_t count = out->dirs.count;

	for (size_t i = 0; i < count; i++) {
		TMD_AUTO_FREE char *dir = tmd_strdup(out->dirs.items[i]);
		TMD_AUTO_STRV struct tmd_strv names = { 0 };
		struct tmd_error ignored;

		if (tmd_view_list(ctx->view, dir, &names, &ignored))
			continue;
		for (size_t k = 0; k < names.count; k++) {
			if (tmd_str_ends(names.items[k], ".pth"))
				follow_pth(ctx, out, dir, names.items[k]);
		}
	}
}

void tmd_api_interpreter_read(struct tmd_ctx *ctx, const char *path,
			      struct tmd_api_interpreter *out)
{
	TMD_AUTO_FREE char *bin = tmd_path_dir(path);
	TMD_AUTO_FREE char *prefix = tmd_path_dir(bin);

	memset(out, 0, sizeof(*out));
	if (!read_environment(ctx, out, prefix) && !read_environment(ctx, out, bin))
		read_real(ctx, out, path);
	add_pth(ctx, out);
}
