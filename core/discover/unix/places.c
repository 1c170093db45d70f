/* Usual places on Linux; those of macOS are for a root that is the image of a Mac. */
#include "discover/places.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"

#define HOME_DEPTH 10 /* down to a package in a virtual environment of a project */
#define FIRST_PERSON 1000 /* the uid of the first user who is a person */
#define NOBODY 65534
#define TEXT_MAX ((size_t)4 << 20)

static const struct tmd_place_row machine[] = {
	{ "usr/bin", NULL, 1 },
	{ "usr/local/bin", NULL, 1 },
	{ "usr/lib", "python", 0 },
	{ "usr/lib64", "python", 0 },
	{ "usr/local/lib", "python", 0 },
	{ "usr/local/lib64", "python", 0 },
	{ "usr/local", "Nuke", 0 },
	{ "usr/autodesk", NULL, 0 },
	{ "usr/discreet", NULL, 0 },
	{ "opt", NULL, 0 },
	{ "srv", NULL, HOME_DEPTH },
	{ "etc/ssl", NULL, 0 },
	{ "etc/pki", NULL, 0 },
	{ "Applications", "Autodesk", 0 },
	{ "Applications", "Nuke", 0 },
	{ "Applications", "Houdini", 0 },
	{ "Applications", "Blender", 0 },
	{ "Applications", "Shotgun", 0 },
	{ "Library/Frameworks/Python.framework", NULL, 0 },
	{ NULL, NULL, 0 },
};

static const struct tmd_place_row home[] = {
	{ ".shotgun", NULL, 0 },
	{ "Library/Caches/Shotgun", NULL, 0 },
	{ "", NULL, HOME_DEPTH },
	{ NULL, NULL, 0 },
};

/* ---- homes ---- */

static void add_line(struct tmd_fs *fs, struct tmd_places *places, const char *line, size_t len)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };

	if (!tmd_user_parse(line, len, &user) || !tmd_path_is_absolute(user.home) ||
	    strcmp(user.home, "/") == 0)
		return;
	if (user.uid == 0 || (user.uid >= FIRST_PERSON && user.uid != NOBODY))
		tmd_places_add_rows(fs, places, user.home, home);
}

static void add_homes(struct tmd_fs *fs, struct tmd_places *places)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored;

	if (tmd_fs_read(fs, "/etc/passwd", TEXT_MAX, &text, NULL, &ignored) == TMD_OK) {
		for (const char *at = tmd_buf_str(&text); *at; at += strspn(at, "\n")) {
			size_t len = strcspn(at, "\n");

			add_line(fs, places, at, len);
			at += len;
		}
	}
	/* Those of a directory service are in no file. */
	if (!tmd_tree_is_near(fs, "/home") || tmd_fs_list(fs, "/home", &names, &ignored))
		return;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join("/home", names.items[i]);

		tmd_places_add_rows(fs, places, path, home);
	}
}

/* ---- variables of every login ---- */

static void add_value(struct tmd_places *places, const char *value)
{
	const char quote = *value == '"' || *value == '\'' ? *value : '\0';
	const char ends[] = { quote ? quote : '\n', '\n', '\0' };
	TMD_AUTO_FREE char *path = tmd_strndup(value + !!quote, strcspn(value + !!quote, ends));

	if (tmd_path_is_absolute(path))
		tmd_places_add(places, path, 0);
}

static void add_environment(struct tmd_fs *fs, struct tmd_places *places)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;

	if (tmd_fs_read(fs, "/etc/environment", TEXT_MAX, &text, NULL, &ignored))
		return;
	for (const char *line = tmd_buf_str(&text); *line; line += strspn(line, "\n")) {
		const char *name = line + (tmd_str_starts(line, "export ") ? strlen("export ") : 0);

		for (size_t i = 0; tmd_place_variables[i]; i++) {
			size_t len = strlen(tmd_place_variables[i]);

			if (tmd_str_starts(name, tmd_place_variables[i]) && name[len] == '=')
				add_value(places, name + len + 1);
		}
		line += strcspn(line, "\n");
	}
}

void tmd_places_of_system(struct tmd_fs *fs, struct tmd_places *places)
{
	tmd_places_add_rows(fs, places, "/", machine);
	add_homes(fs, places);
	add_environment(fs, places);
}
