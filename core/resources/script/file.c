/* One Python file: read, and what is found in it. */
#include <string.h>

#include "base/mem.h"
#include "resources/script/script.h"

enum tmd_rc tmd_script_read_file(struct tmd_ctx *ctx, const char *path,
				 struct tmd_script_file *out, struct tmd_error *err)
{
	struct tmd_script_file file = { 0 };

	if (tmd_view_read(ctx->view, path, TMD_PY_MAX, &file.text, NULL, err))
		return TMD_FAILED;
	if (tmd_py_mentions_api(tmd_buf_str(&file.text), file.text.len) &&
	    tmd_py_read(tmd_buf_str(&file.text), file.text.len, path, &file.source, err)) {
		tmd_buf_release(&file.text);
		return TMD_FAILED;
	}
	file.path = tmd_strdup(path);
	*out = file;
	return TMD_OK;
}

void tmd_script_file_release(struct tmd_script_file *file)
{
	tmd_py_source_release(&file->source);
	tmd_buf_release(&file->text);
	free(file->path);
	memset(file, 0, sizeof(*file));
}
