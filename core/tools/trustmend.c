/* trustmend: every type in one program, and whole profiles. */
#include "engine/main.h"
#include "engine/profile.h"

static const struct tmd_type *const types[] = {
	&tmd_type_anchor, &tmd_type_bundle, &tmd_type_env, &tmd_type_core_api, NULL,
};
static const struct tmd_program program = {
	.name = "trustmend",
	.types = types,
	.load_profile = tmd_profile_load,
	.dsc = &tmd_dsc,
};

int main(int argc, char **argv)
{
	return tmd_main(&program, argc, argv);
}
