/* A list of names with contents. */
#include "resources/sent_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void tmd_sent_files_release(struct tmd_sent_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].name);
		tmd_buf_release(&files->items[i].content);
	}
	free(files->items);
	memset(files, 0, sizeof(*files));
}

struct tmd_sent_file *tmd_sent_files_add(struct tmd_sent_files *files, const char *name)
{
	struct tmd_sent_file *file;

	files->items = tmd_grow(files->items, &files->cap, files->count + 1, sizeof(*file));
	file = &files->items[files->count++];
	memset(file, 0, sizeof(*file));
	file->name = tmd_strdup(name);
	return file;
}

const struct tmd_sent_file *tmd_sent_files_find(const struct tmd_sent_files *files,
						const char *name)
{
	for (size_t i = 0; files && i < files->count; i++) {
		if (strcmp(files->items[i].name, name) == 0)
			return &files->items[i];
	}
	return NULL;
}

enum tmd_rc tmd_sent_file_read(const struct tmd_sent_file *file, size_t max, struct tmd_buf *out,
			       struct tmd_error *err)
{
	if (file->missing)
		return tmd_fail(err, TMD_E_NOT_FOUND, file->name, NULL,
				"there is no such file where the request was written");
	if (file->content.len > max)
		return tmd_fail(err, TMD_E_REFUSED, file->name, "is this the right file?",
				"larger than the %zu bytes that are accepted", max);
	tmd_buf_clear(out);
	tmd_buf_add(out, tmd_buf_str(&file->content), file->content.len);
	return tmd_buf_check(out, file->name, err);
}
