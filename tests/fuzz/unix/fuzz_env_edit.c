/*
 * Any bytes as a file that people edit: the first byte chooses whether the variable is set or unset. An edit that succeeds can be repeated without a change, keeps
 * every line that does not name the variable, and can be undone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "resources/env/unix/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_repeat(const struct tmd_env_edit *edit, const struct tmd_buf *once)
{
	struct tmd_buf twice = { 0 };
	struct tmd_error err = { 0 };

	require(tmd_env_edit_text(edit, once, &twice, &err) == TMD_OK);
	require(tmd_buf_equal(once, tmd_buf_str(&twice), twice.len));
	tmd_buf_release(&twice);
}

static void check_failure(const struct tmd_env_edit *edit, const struct tmd_buf *out,
			  const struct tmd_error *err)
{
	require(err->kind == TMD_E_CONFLICT && err->message[0]);
	require(strcmp(err->path, edit->path) == 0);
	require(!out->len);
}

/* A file that does not name the variable gets it and loses it again without a trace. */
static void check_undo(const struct tmd_env_edit *edit, const struct tmd_buf *before,
		       const struct tmd_buf *after)
{
	struct tmd_env_edit undo = *edit;
	struct tmd_buf back = { 0 };
	struct tmd_error err = { 0 };

	undo.value = NULL;
	if (!edit->value || strstr(tmd_buf_str(before), edit->name))
		return;
	if (memchr(tmd_buf_str(before), '\0', before->len))
		return;
	/* A last line that ends in a lone CR gets its line end as if it were CR LF. */
	if (before->len && before->data[before->len - 1] == '\r')
		return;
	require(tmd_env_edit_text(&undo, after, &back, &err) == TMD_OK);
	require(tmd_buf_equal(before, tmd_buf_str(&back), back.len));
	tmd_buf_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const values[] = { "/n", "a b", NULL };
	struct tmd_env_edit edit = { "/f", "AB", NULL };
	struct tmd_buf before = { 0 };
	struct tmd_buf after = { 0 };
	struct tmd_error err = { 0 };

	if (!size)
		return 0;
	edit.value = values[data[0] / 3 % 3];
	tmd_buf_add(&before, data + 1, size - 1);
	if (tmd_env_edit_text(&edit, &before, &after, &err)) {
		check_failure(&edit, &after, &err);
	} else {
		check_repeat(&edit, &after);
		check_undo(&edit, &before, &after);
	}
	tmd_buf_release(&before);
	tmd_buf_release(&after);
	return 0;
}
