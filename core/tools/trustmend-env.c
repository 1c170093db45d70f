/* trustmend-env: the type env alone. */
#include "engine/main.h"

static const struct tmd_type *const types[] = { &tmd_type_env, NULL };
static const struct tmd_program program = { .name = "trustmend-env", .types = types };

int main(int argc, char **argv)
{
	return tmd_main(&program, argc, argv);
}
