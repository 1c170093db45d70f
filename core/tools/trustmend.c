/* trustmend: every type in one program, and whole profiles. */
#include "engine/main.h"
#include "resources/types.h"

int main(int argc, char **argv)
{
	const struct tmd_program program = {
		.name = "trustmend",
		.types = tmd_types,
		.profiles = &tmd_profiles,
		.dsc = &tmd_dsc,
	};

	return tmd_main(&program, argc, argv);
}
