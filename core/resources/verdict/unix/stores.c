/* Elsewhere than on Windows there are OpenSSL's file and directories, and no more. */
#include "resources/verdict/trusted.h"

bool tmd_trusted_add_stores(struct tmd_ctx *ctx, struct tmd_trusted *trusted)
{
	(void)ctx;
	(void)trusted;
	return true;
}
