/* trustmend-bundle: the type bundle alone. */
#include "engine/main.h"

static const struct tmd_type *const types[] = { &tmd_type_bundle, NULL };
static const struct tmd_program program = { .name = "trustmend-bundle", .types = types };

int main(int argc, char **argv)
{
	return tmd_main(&program, argc, argv);
}
