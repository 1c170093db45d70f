/* The registry keys that make up somebody's environment. */
#ifndef TMD_RESOURCES_ENV_WIN32_PLACES_H
#define TMD_RESOURCES_ENV_WIN32_PLACES_H

#include "os/registry.h"
#include "resources/type.h"

/* One registry key, with what is planned for it. */
struct tmd_env_place {
	char *path;
	char *user; /* "DOMAIN\NAME"; NULL: the machine */
	char *sid;  /* NULL: the machine */
	struct tmd_reg_values values;
};

/*
 * A key and those that count besides: for the machine's the keys of every loaded user that the
 * caller may read, for a user's the machine's.
 */
struct tmd_env_places {
	struct tmd_env_place own;
	struct tmd_env_place *others;
	size_t count;
	size_t cap;
};

void tmd_env_places_release(struct tmd_env_places *places); /* frees and zeroes */

/*
 * `user` as tmd_env_key_open() takes it; `name` is the variable that it is all about, or NULL.
 * `places` is empty before. Fails as tmd_env_key_open(), for the first key alone.
 */
enum tmd_rc tmd_env_places_read(const struct tmd_view *view, const char *user, const char *name,
				struct tmd_env_places *places,
				struct tmd_error *err) TMD_MUST_CHECK;

/* Is that the caller's own key? */
bool tmd_env_place_is_callers(const struct tmd_env_place *place);

/* The value of this name in any case, or NULL. */
struct tmd_reg_value *tmd_env_find_value(const struct tmd_reg_values *values, const char *name);

/* The variable as programs may get it: a value of another type is none. */
const struct tmd_reg_value *tmd_env_find_variable(const struct tmd_env_place *place,
						  const char *name);

/*
 * Sets the variable of `r`, whose value is `old` now (NULL: there is none), with the spelling that
 * is wished for its name; `text` NULL deletes it.
 */
void tmd_env_add_step(struct tmd_changeset *set, const struct tmd_resource *r,
		      const struct tmd_env_place *place, const struct tmd_reg_value *old,
		      enum tmd_reg_type type, const char *text);

#endif
