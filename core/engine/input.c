/* Files and standard input, as the caller sees them. */
#include "engine/input.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/console.h"
#include "os/path.h"

enum tmd_rc tmd_read_named(struct tmd_run *run, const char *name, const char *cwd, size_t max,
			   struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *joined = NULL;

	if (strcmp(name, "-") == 0)
		return tmd_console_read_input(max, out, err);
	joined = tmd_path_is_absolute(name) ? tmd_strdup(name) : tmd_path_join(cwd, name);
	return tmd_fs_read(run->input, joined, max, out, NULL, err);
}
