/* Contents by name out of JSON, which knows no bytes. */
#include "engine/request_files.h"

#include <string.h>

#include "base/mem.h"
#include "x509/base64.h"

static bool decode(json_t *text, struct tmd_buf *out)
{
	size_t len = json_string_length(text);
	char *data;

	if (!len)
		return true;
	data = tmd_buf_reserve(out, len / 4 * 3);
	if (!data || !tmd_base64_decode(json_string_value(text), len, true, (unsigned char *)data,
					&out->len))
		return false;
	data[out->len] = '\0';
	return true;
}

static enum tmd_rc take_file(struct tmd_run *run, const char *path, json_t *content,
			     const char *name, struct tmd_error *err)
{
	struct tmd_sent_file *file;

	if (!*path || strlen(path) > TMD_SENT_NAME_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL,
				"files: a name is empty or longer than %zu bytes", TMD_SENT_NAME_MAX);
	file = tmd_sent_files_add(&run->files, path);
	file->missing = json_is_null(content);
	if (file->missing || (json_is_string(content) && decode(content, &file->content)))
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, name,
			"give base64 in one line with its padding, or null where there is no such file",
			"files: '%.200s' is not base64", path);
}

enum tmd_rc tmd_request_take_files(struct tmd_run *run, json_t *files, const char *name,
				   struct tmd_error *err)
{
	const char *path;
	json_t *content;

	if (!json_is_object(files))
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL, "'files' is not an object");
	if (json_object_size(files) > TMD_SENT_FILES_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, "split the run",
				"more than %d files", TMD_SENT_FILES_MAX);
	json_object_foreach(files, path, content) {
		if (take_file(run, path, content, name, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}
