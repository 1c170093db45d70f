/*
 * Any bytes as a Python source: reading never crashes; what is edited has in every call that was to
 * change what was wished for, is not to be changed again, and every byte that went is of ca_certs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "python/source.h"

#define SIZE_LIMIT 20000 /* bytes; larger inputs only make it slow */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_to_change(const struct tmd_py_source *source, size_t index,
			 const struct tmd_py_wish *wish)
{
	struct tmd_error err = { 0 };
	bool change = false;

	if (tmd_py_judge(source, &source->calls[index], wish, "/a.py", &change, &err)) {
		require(err.kind == TMD_E_REFUSED && err.message[0]);
		return false;
	}
	return change;
}

static size_t count_changes(const struct tmd_py_source *source, const struct tmd_py_wish *wish)
{
	size_t count = 0;

	for (size_t i = 0; i < source->count; i++)
		count += is_to_change(source, i, wish);
	return count;
}

static bool holds_none(const struct tmd_buf *text)
{
	return strstr(tmd_buf_str(text), "None");
}

/* Are the bytes of `part` in `whole`, in their order? */
static bool is_left_of(const struct tmd_buf *part, const char *whole, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len && at < part->len; i++)
		at += part->data[at] == whole[i];
	return at == part->len;
}

static void check_edit(const struct tmd_py_source *source, const struct tmd_py_wish *wish,
		       const char *text, size_t len)
{
	TMD_CLEANUP(tmd_py_source_release) struct tmd_py_source again = { 0 };
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	struct tmd_error err = { 0 };
	size_t changes = count_changes(source, wish);

	if (!source->count || tmd_py_edit(source, wish, "/a.py", &edited, &err))
		return;
	if (!changes) {
		require(edited.len == len && memcmp(edited.data, text, len) == 0);
		return;
	}
	require(tmd_py_read(edited.data, edited.len, "/a.py", &again, &err) == TMD_OK);
	require(again.count == source->count && count_changes(&again, wish) == 0);
	for (size_t i = 0; i < again.count; i++)
		require(!is_to_change(source, i, wish) ||
			(wish ? again.calls[i].value && !strcmp(again.calls[i].value, wish->value) :
				!again.calls[i].value));
	if (!wish && !holds_none(&edited))
		require(is_left_of(&edited, text, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TMD_CLEANUP(tmd_py_source_release) struct tmd_py_source source = { 0 };
	TMD_CLEANUP(tmd_py_wish_release) struct tmd_py_wish wish = { 0 };
	const char *text = (const char *)data;
	struct tmd_error err = { 0 };

	if (size > SIZE_LIMIT || tmd_py_read(text, size, "/a.py", &source, &err))
		return 0;
	require(tmd_py_wish_parse("/opt/ca.pem", &wish, &err) == TMD_OK);
	check_edit(&source, &wish, text, size);
	check_edit(&source, NULL, text, size);
	return 0;
}
