/* What the files of Windows do not have. */
#include "os/fs.h"

bool tmd_fs_has_modes(void)
{
	return false;
}
