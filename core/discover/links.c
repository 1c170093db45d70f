/* Copies of the API that an installation only refers to: pip install -e, setup.py develop. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "discover/search.h"
#include "os/path.h"

#define TEXT_MAX ((size_t)64 << 10)
#define KEY "'shotgun_api3': '" /* in the MAPPING of a finder of setuptools */

static bool is_finder(const char *name)
{
	return tmd_str_starts(name, "__editable___shotgun_api3_") &&
	       tmd_str_ends(name, "_finder.py");
}

bool tmd_is_link_name(const char *name)
{
	if (name[0] == 'e')
		return strcmp(name, "easy-install.pth") == 0;
	if (name[0] == 's')
		return strcmp(name, "shotgun_api3.egg-link") == 0;
	return name[0] == '_' &&
	       (is_finder(name) || (tmd_str_starts(name, "__editable__.shotgun_api3-") &&
				    tmd_str_ends(name, ".pth")));
}

/* `path` is that of the package. What lies on the network is not looked at for this. */
static void take_target(struct tmd_search *search, const char *path)
{
	TMD_AUTO_FREE char *source = tmd_path_join(path, "shotgun.py");
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	if (!tmd_path_is_absolute(path) || !tmd_tree_is_near(search->fs, path) ||
	    !tmd_fs_exists(search->fs, source) ||
	    tmd_fs_resolve(search->fs, path, &real, &ignored))
		return;
	tmd_search_add(search, TMD_FIND_API, real, "editable install");
	real = NULL;
}

/* A line names a directory, or is an instruction of Python's. */
static void take_line(struct tmd_search *search, const struct tmd_tree_dir *dir, const char *line)
{
	TMD_AUTO_FREE char *joined = NULL;
	TMD_AUTO_FREE char *package = NULL;

	if (!*line || *line == '#' || tmd_str_starts(line, "import ") || strcmp(line, ".") == 0)
		return;
	if (!tmd_path_is_absolute(line))
		joined = tmd_tree_path(dir, line);
	package = tmd_path_join(joined ? joined : line, "shotgun_api3");
	take_target(search, package);
}

static void take_lines(struct tmd_search *search, const struct tmd_tree_dir *dir)
{
	const char *at = tmd_buf_str(&search->text);

	while (*at) {
		size_t len = strcspn(at, "\r\n");
		TMD_AUTO_FREE char *line = tmd_strndup(at, len);

		take_line(search, dir, line);
		at += len;
		at += strspn(at, "\r\n");
	}
}

/* The text of a string of Python's that holds a path: backslashes stand twice. */
static void take_mapping(struct tmd_search *search)
{
	const char *at = strstr(tmd_buf_str(&search->text), KEY);
	TMD_AUTO_BUF struct tmd_buf path = { 0 };

	if (!at)
		return;
	for (at += strlen(KEY); *at && *at != '\''; at++) {
		at += at[0] == '\\' && at[1];
		tmd_buf_add_char(&path, *at);
	}
	take_target(search, tmd_buf_str(&path));
}

void tmd_take_link(struct tmd_search *search, struct tmd_tree *tree, const char *name)
{
	struct tmd_error ignored;

	if (tmd_tree_read(tree, name, TEXT_MAX, &search->text, &ignored))
		return;
	if (is_finder(name))
		take_mapping(search);
	else
		take_lines(search, tmd_tree_here(tree));
}
