/* Usual places on Windows. In an offline root all of it is on one drive. */
#include "discover/places.h"

#include "base/mem.h"
#include "os/console.h"
#include "os/path.h"

#define HOME_DEPTH 9

static const struct tmd_place_row machine[] = {
	{ "Program Files\\Autodesk", NULL, 0 },
	{ "Program Files\\Side Effects Software", NULL, 0 },
	{ "Program Files\\Blender Foundation", NULL, 0 },
	{ "Program Files\\Epic Games", NULL, HOME_DEPTH },
	{ "Program Files\\Shotgun", NULL, 0 },
	{ "Program Files", "Nuke", 0 },
	{ "Program Files", "Python", 0 },
	{ "ProgramData", "Miniconda", 0 },
	{ "ProgramData", "miniconda", 0 },
	{ "ProgramData", "Anaconda", 0 },
	{ "ProgramData", "anaconda", 0 },
	{ "", "Python", 0 },
	{ NULL, NULL, 0 },
};

static const struct tmd_place_row home[] = {
	{ "AppData\\Roaming\\Shotgun", NULL, 0 },
	{ "AppData\\Roaming\\Python", NULL, 0 },
	{ "AppData\\Local\\Programs\\Python", NULL, 0 },
	{ "", NULL, HOME_DEPTH },
	{ NULL, NULL, 0 },
};

void tmd_places_of_system(struct tmd_fs *fs, struct tmd_places *places)
{
	const char *drive = tmd_fs_is_live(fs) ? tmd_console_env("SystemDrive") : NULL;
	TMD_AUTO_FREE char *top = tmd_format("%s\\", drive ? drive : "C:");
	TMD_AUTO_FREE char *users = tmd_path_join(top, "Users");
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored;

	tmd_places_add_rows(fs, places, top, machine);
	if (tmd_fs_list(fs, users, &names, &ignored))
		return;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(users, names.items[i]);

		tmd_places_add_rows(fs, places, path, home);
	}
}
