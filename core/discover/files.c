/* What a file is by its name and where it lies, before anything is opened. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "discover/search.h"
#include "os/path.h"

static bool ends(const char *name, size_t len, const char *ending)
{
	size_t size = strlen(ending);

	return len > size && memcmp(name + len - size, ending, size) == 0;
}

/* ---- copies of the API ---- */

static bool is_beside(struct tmd_search *search, const struct tmd_tree_dir *dir, unsigned up,
		      const char *name)
{
	TMD_AUTO_FREE char *above = tmd_path_above(dir, up);
	TMD_AUTO_FREE char *path = tmd_path_join(above, name);

	return tmd_fs_exists(search->fs, path);
}

static bool is_in_egg(const struct tmd_tree_dir *dir)
{
	return dir->parent && tmd_str_ends(dir->parent->name, ".egg");
}

/* `dir` is the package. A rez package is NAME/VERSION/package.py above python/NAME. */
static const char *api_detail(struct tmd_search *search, const struct tmd_tree_dir *dir)
{
	if (tmd_is_in(dir, 1, "tank_vendor"))
		return "in a core";
	if (tmd_is_in(dir, 1, "site-packages") || tmd_is_in(dir, 1, "dist-packages"))
		return "installed";
	if (is_in_egg(dir))
		return "egg";
	if (tmd_is_in(dir, 3, "shotgun_api3") && is_beside(search, dir, 2, "package.py"))
		return "rez package";
	return "source";
}

static void take_package(struct tmd_search *search, const struct tmd_tree_dir *dir)
{
	if (tmd_is_in(dir, 0, "shotgun_api3") && is_beside(search, dir, 0, "__init__.py"))
		tmd_search_add(search, TMD_FIND_API, tmd_tree_path(dir, NULL),
			       api_detail(search, dir));
}

static const char *archive_detail(const char *name, size_t len)
{
	if (ends(name, len, ".whl"))
		return "wheel";
	if (ends(name, len, ".egg"))
		return "egg";
	return ends(name, len, ".tar.gz") || ends(name, len, ".zip") ? "sdist" : NULL;
}

/* requirements/X.Y/pkgs.zip, or any zip in requirements/any */
static const char *required_detail(const struct tmd_tree_dir *dir, const char *name)
{
	if (!tmd_is_in(dir, 1, "requirements"))
		return NULL;
	return strcmp(name, "pkgs.zip") == 0 || tmd_is_in(dir, 0, "any") ? "in a core's zip" : NULL;
}

static void take_archive(struct tmd_search *search, struct tmd_tree *tree, const char *name,
			 size_t len)
{
	const struct tmd_tree_dir *dir = tmd_tree_here(tree);
	const char *required = ends(name, len, ".zip") ? required_detail(dir, name) : NULL;
	const char *detail = NULL;

	if (required && tmd_holds_api(search, tree, name))
		detail = required;
	else if (tmd_str_starts(name, "shotgun_api3-"))
		detail = archive_detail(name, len);
	if (detail)
		tmd_search_add(search, TMD_FIND_API, tmd_tree_path(dir, name), detail);
}

static void take_api(struct tmd_search *search, struct tmd_tree *tree, const char *name, size_t len)
{
	if (strcmp(name, "shotgun.py") == 0)
		take_package(search, tmd_tree_here(tree));
	else if (tmd_is_link_name(name))
		tmd_take_link(search, tree, name);
	else
		take_archive(search, tree, name, len);
}

/* ---- core_api.yml ---- */

static const char *core_api_detail(struct tmd_search *search, const struct tmd_tree_dir *dir)
{
	if (dir->marks & TMD_MARK_CACHE)
		return "in a bundle";
	if (dir->marks & TMD_MARK_CORE)
		return "in a core";
	if (tmd_is_in(dir, 1, "config") && is_beside(search, dir, 2, "install/core"))
		return "installed";
	return "source";
}

static void take_core_api(struct tmd_search *search, const struct tmd_tree_dir *dir,
			  const char *name)
{
	if (tmd_is_in(dir, 0, "core"))
		tmd_search_add(search, TMD_FIND_CORE_API, tmd_tree_path(dir, name),
			       core_api_detail(search, dir));
}

/* ---- CA bundles ---- */

static const char *bundle_detail(const struct tmd_tree_dir *dir)
{
	if (tmd_is_in(dir, 0, "certifi"))
		return "certifi";
	return dir->marks & TMD_MARK_OWNED ? "Toolkit's or the API's" : "bundle";
}

static void take_bundle(struct tmd_search *search, struct tmd_tree *tree, const char *name)
{
	const struct tmd_tree_dir *dir = tmd_tree_here(tree);

	if (tmd_holds_certificates(search, tree, name))
		tmd_search_add(search, TMD_FIND_CA_BUNDLE, tmd_tree_path(dir, name),
			       bundle_detail(dir));
}

/* ---- all of them ---- */

static void take_script(struct tmd_search *search, struct tmd_tree *tree, const char *name)
{
	const struct tmd_tree_dir *dir = tmd_tree_here(tree);

	if (!(dir->marks & TMD_MARK_OWNED) && tmd_holds_word(search, tree, name))
		tmd_search_add(search, TMD_FIND_SCRIPT, tmd_tree_path(dir, name), "script");
}

static bool has_bundle_name(const char *name, size_t len)
{
	return ends(name, len, ".pem") || ends(name, len, ".crt") || ends(name, len, ".txt") ||
	       tmd_str_starts(name, "cacert");
}

static bool has_api_name(const char *name, size_t len)
{
	return tmd_str_starts(name, "shotgun") || ends(name, len, ".zip") || tmd_is_link_name(name);
}

static bool has_script_name(const char *name, size_t len)
{
	return ends(name, len, ".py") || ends(name, len, ".pyw");
}

void tmd_take_file(struct tmd_search *search, struct tmd_tree *tree, const char *name)
{
	const struct tmd_tree_dir *dir = tmd_tree_here(tree);
	const size_t len = strlen(name);

	if (tmd_search_wants(search, TMD_FIND_API) && has_api_name(name, len))
		take_api(search, tree, name, len);
	if (tmd_search_wants(search, TMD_FIND_SCRIPT) && has_script_name(name, len))
		take_script(search, tree, name);
	else if (tmd_search_wants(search, TMD_FIND_CA_BUNDLE) && has_bundle_name(name, len))
		take_bundle(search, tree, name);
	else if (tmd_search_wants(search, TMD_FIND_CORE_API) && strcmp(name, "core_api.yml") == 0)
		take_core_api(search, dir, name);
	else if (tmd_search_wants(search, TMD_FIND_INTERPRETER) && strcmp(name, "pyvenv.cfg") == 0)
		tmd_take_environment(search, dir);
	else if (tmd_search_wants(search, TMD_FIND_INTERPRETER) && tmd_is_python_name(name))
		tmd_take_python(search, dir, name);
}
