/* Usual places: what all systems do in one way. */
#include "discover/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/console.h"
#include "os/path.h"

const char *const tmd_place_variables[] = { "SHOTGUN_BUNDLE_CACHE_PATH", "SHOTGUN_HOME", NULL };

void tmd_places_release(struct tmd_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		free(places->items[i].path);
	free(places->items);
	memset(places, 0, sizeof(*places));
}

void tmd_places_add(struct tmd_places *places, const char *path, unsigned depth)
{
	places->items = tmd_grow(places->items, &places->cap, places->count + 1,
				 sizeof(*places->items));
	places->items[places->count++] = (struct tmd_find_tree){ tmd_strdup(path), depth };
}

void tmd_places_add_like(struct tmd_fs *fs, struct tmd_places *places, const char *dir,
			 const char *beginning, unsigned depth)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored;

	if (!tmd_tree_is_near(fs, dir) || tmd_fs_list(fs, dir, &names, &ignored))
		return;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);

		if (tmd_str_starts(names.items[i], beginning))
			tmd_places_add(places, path, depth);
	}
}

void tmd_places_add_rows(struct tmd_fs *fs, struct tmd_places *places, const char *above,
			 const struct tmd_place_row *rows)
{
	for (; rows->dir; rows++) {
		TMD_AUTO_FREE char *dir =
			*rows->dir ? tmd_path_join(above, rows->dir) : tmd_strdup(above);

		if (rows->beginning)
			tmd_places_add_like(fs, places, dir, rows->beginning, rows->depth);
		else
			tmd_places_add(places, dir, rows->depth);
	}
}

void tmd_places_add_variables(struct tmd_fs *fs, struct tmd_places *places)
{
	for (size_t i = 0; tmd_place_variables[i] && tmd_fs_is_live(fs); i++) {
		const char *value = tmd_console_env(tmd_place_variables[i]);

		if (value && tmd_path_is_absolute(value))
			tmd_places_add(places, value, 0);
	}
}

void tmd_places_usual(struct tmd_fs *fs, struct tmd_places *out)
{
	tmd_places_of_system(fs, out);
	tmd_places_add_variables(fs, out);
}
