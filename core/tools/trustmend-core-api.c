/* trustmend-core-api: the type core_api alone. */
#include "engine/main.h"

static const struct tmd_type *const types[] = { &tmd_type_core_api, NULL };
static const struct tmd_program program = { .name = "trustmend-core-api", .types = types };

int main(int argc, char **argv)
{
	return tmd_main(&program, argc, argv);
}
