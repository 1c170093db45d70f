/* Remarks on variables, a line each. All of these add to `out`, and nothing when all is well. */
#ifndef TMD_RESOURCES_ENV_WIN32_REMARKS_H
#define TMD_RESOURCES_ENV_WIN32_REMARKS_H

#include "resources/env/win32/places.h"

/* A value in the registry as it is: all that can be said of it alone, but of a file it names. */
void tmd_env_note_value(struct tmd_ctx *ctx, const struct tmd_env_places *places,
			const struct tmd_reg_value *value, struct tmd_strv *out);

/* Nobody gets a longer one, or some may cut it. */
void tmd_env_note_length(const char *name, const char *text, struct tmd_strv *out);

/* References to what is not defined, in a variable of type expand. */
void tmd_env_note_undefined(const struct tmd_env_places *places, const char *name,
			    const char *text, struct tmd_strv *out);

/*
 * What a program gets that looks for a CA file there. The first line is the worst; `losses` is as
 * for tmd_env_note_ca_file().
 */
void tmd_env_note_file(struct tmd_ctx *ctx, const char *name, const char *text,
		       struct tmd_strv *out, struct tmd_strv *losses);

/* Whose variable of this name counts instead of this one, or in its stead. */
void tmd_env_note_namesakes(const struct tmd_env_places *places, const char *name,
			 struct tmd_strv *out);

void tmd_env_note_strays(const struct tmd_env_places *places, const char *name,
			 struct tmd_strv *out);

/* That tmd_env_changeable() finds somebody. */
void tmd_env_note_changeable(struct tmd_ctx *ctx, const struct tmd_env_place *place,
			     const char *name, enum tmd_reg_type type, const char *text,
			     struct tmd_strv *out);

/*
 * Who else could change what is trusted by a value with a reference, as a clause; the caller frees.
 * NULL: nobody, or it cannot be told, as for the file of another user. The type looks itself at
 * what stands there as a path.
 */
char *tmd_env_changeable(struct tmd_ctx *ctx, const struct tmd_env_place *place, const char *name,
			 enum tmd_reg_type type, const char *text) TMD_MUST_CHECK;

/* With a drive or a share; what begins with a reference is what that expands to. */
bool tmd_env_is_absolute(const char *value);

/* As Windows counts: 16-bit units. The text is valid UTF-8. */
size_t tmd_env_length(const char *text);

/* The limit, without the name, '=' and the end. */
size_t tmd_env_longest_value(const char *name);

#endif
