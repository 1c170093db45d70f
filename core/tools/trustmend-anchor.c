/* trustmend-anchor: the type anchor alone. */
#include "engine/main.h"

static const struct tmd_type *const types[] = { &tmd_type_anchor, NULL };
static const struct tmd_program program = { .name = "trustmend-anchor", .types = types };

int main(int argc, char **argv)
{
	return tmd_main(&program, argc, argv);
}
