/* Pythons: of the system, of programs that bring their own, of virtual and conda environments. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "discover/search.h"
#include "os/path.h"

/* "", "3", "3.11"; the end is that of the name, or ".exe" */
static bool is_version(const char *text)
{
	while (tmd_is_digit(*text))
		text++;
	if (text[0] == '.' && tmd_is_digit(text[1])) {
		text++;
		while (tmd_is_digit(*text))
			text++;
	}
	return !*text || strcmp(text, ".exe") == 0;
}

bool tmd_is_python_name(const char *name)
{
	static const char *const names[] = { "python", "mayapy", "hython", "pypy" };

	if (!strchr("pmh", name[0]))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (tmd_str_starts(name, names[i]) && is_version(name + strlen(names[i])))
			return true;
	}
	return false;
}

static bool holds(struct tmd_search *search, const char *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);

	return tmd_fs_exists(search->fs, path);
}

/* Whose it is, by a name on its path. */
static const char *owner_of(const char *path)
{
	static const struct {
		const char *part;
		const char *owner;
	} owners[] = {
		{ "/maya", "Maya" },	      { "/Maya", "Maya" },
		{ "/Nuke", "Nuke" },	      { "/hfs", "Houdini" },
		{ "/Houdini", "Houdini" },    { "/Autodesk/python/", "Flame" },
		{ "/discreet/", "Flame" },    { "/flame", "Flame" },
		{ "/blender", "Blender" },    { "/Blender", "Blender" },
		{ "/ThirdParty/Python", "Unreal" }, { "/Shotgun", "desktop app" },
	};

	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		if (strstr(path, owners[i].part))
			return owners[i].owner;
	}
	return NULL;
}

static const char *python_detail(struct tmd_search *search, const char *path, const char *prefix)
{
	TMD_AUTO_FREE char *text = tmd_strdup(path);
	const char *owner;

	for (char *c = text; *c; c++)
		*c = *c == '\\' ? '/' : *c;
	owner = owner_of(text);
	if (holds(search, prefix, "conda-meta"))
		return "conda environment";
	if (owner)
		return owner;
	return tmd_str_starts(text, "/usr/") || tmd_str_starts(text, "/bin/") ? "system" : "Python";
}

static bool is_program(struct tmd_search *search, const char *path)
{
	struct tmd_stat st;
	struct tmd_error ignored;

	if (tmd_str_ends(path, ".exe"))
		return true;
	return tmd_fs_has_modes() && tmd_fs_lstat(search->fs, path, &st, &ignored) == TMD_OK &&
	       st.mode & 0111;
}

/* Not a program of venv to copy, no shim of pyenv, and not that of a virtual environment, which is found by its file. */
void tmd_take_python(struct tmd_search *search, const struct tmd_tree_dir *dir, const char *name)
{
	const bool inner = tmd_is_in(dir, 0, "bin") || tmd_is_in(dir, 0, "Scripts");
	TMD_AUTO_FREE char *prefix = tmd_path_above(dir, inner);
	TMD_AUTO_FREE char *path = tmd_tree_path(dir, name);

	if (tmd_is_in(dir, 0, "nt") || tmd_is_in(dir, 0, "shims") || holds(search, prefix, "pyvenv.cfg") ||
	    !is_program(search, path))
		return;
	tmd_search_add(search, TMD_FIND_INTERPRETER, path, python_detail(search, path, prefix));
	path = NULL;
}

void tmd_take_environment(struct tmd_search *search, const struct tmd_tree_dir *dir)
{
	static const char *const programs[] = { "bin/python3", "bin/python", "Scripts/python.exe" };
	TMD_AUTO_FREE char *prefix = tmd_tree_path(dir, NULL);

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(prefix, programs[i]);
		struct tmd_stat st;
		struct tmd_error ignored;

		/* Where the link leads to is another question. */
		if (tmd_fs_lstat(search->fs, path, &st, &ignored))
			continue;
		tmd_search_add(search, TMD_FIND_INTERPRETER, path, "virtual environment");
		path = NULL;
		return;
	}
}
