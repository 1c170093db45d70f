/*
 * The bundle that a rebuild would compile, byte for byte and in the script's own order, and what
 * OpenSSL makes of it as a whole: a file that is damaged can take its neighbours with it.
 */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_COMPILE_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_COMPILE_H

#include "resources/anchor/unix/debian_inputs.h"

/* The bytes of one file in the compiled text. */
struct tmd_debian_part {
	const struct tmd_debian_input *input; /* NULL: the file that is ours, as it will be */
	size_t at;
};

struct tmd_debian_whole {
	struct tmd_buf text;
	struct tmd_bundle scan;
	struct tmd_debian_part *parts;
	size_t count;
	size_t cap;
};

void tmd_debian_whole_release(struct tmd_debian_whole *whole); /* frees and zeroes */

/*
 * Compiles the inputs without those whose paths are `dropped`. `own` is the path at which `cert`
 * alone will stand, or NULL. The inputs and `cert` have to outlive the result.
 */
enum tmd_rc tmd_debian_compile(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
			       const struct tmd_strv *dropped, const char *own,
			       const struct tmd_cert *cert, struct tmd_debian_whole *out,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* Does it load, with every certificate of every sound file in its place? */
bool tmd_debian_whole_is_sound(const struct tmd_debian_whole *whole);

/*
 * The first input, from part `*next` on, that loads alone and is not read in its place; NULL when
 * there is none. `*next` is moved behind it.
 */
const struct tmd_debian_input *tmd_debian_whole_lost(const struct tmd_debian_whole *whole,
						     size_t *next);

#endif
