/* Quoting arguments by the rules of the C run-time library, and environment blocks. */
#include "os/win32/command_line.h"

#include <windows.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "os/win32/text.h"

#define UNITS_MAX 32766 /* of a command line, as CreateProcessW() says */

/* ---- command line ---- */

static void add_backslashes(struct tmd_buf *line, size_t count)
{
	while (count--)
		tmd_buf_add_char(line, '\\');
}

/*
 * Backslashes mean themselves but before a quote, where two mean one: those that come before
 * a quote of ours, at the end, are doubled too.
 */
static void add_quoted(struct tmd_buf *line, const char *text)
{
	size_t backslashes = 0;

	tmd_buf_add_char(line, '"');
	for (const char *c = text; *c; c++) {
		if (*c == '\\') {
			backslashes++;
			continue;
		}
		add_backslashes(line, *c == '"' ? 2 * backslashes + 1 : backslashes);
		backslashes = 0;
		tmd_buf_add_char(line, *c);
	}
	add_backslashes(line, 2 * backslashes);
	tmd_buf_add_char(line, '"');
}

/* The program's name ends at the next quote; backslashes mean nothing there. */
bool tmd_command_line(const char *const argv[], wchar_t **out)
{
	TMD_AUTO_BUF struct tmd_buf line = { 0 };
	wchar_t *wide;

	if (strchr(argv[0], '"'))
		return false;
	tmd_buf_addf(&line, "\"%s\"", argv[0]);
	for (size_t i = 1; argv[i]; i++) {
		tmd_buf_add_char(&line, ' ');
		add_quoted(&line, argv[i]);
	}
	wide = line.overflow ? NULL : tmd_wide_n(line.data, line.len);
	if (!wide)
		return false;
	if (wcslen(wide) > UNITS_MAX) {
		free(wide);
		return false;
	}
	*out = wide;
	return true;
}

/* ---- environment ---- */

static size_t name_length(const wchar_t *text)
{
	return wcscspn(text + 1, L"=") + 1; /* "=C:" is a name as well */
}

static int compare_names(const void *a, const void *b)
{
	const wchar_t *left = *(wchar_t *const *)a;
	const wchar_t *right = *(wchar_t *const *)b;

	return CompareStringOrdinal(left, (int)name_length(left), right, (int)name_length(right),
				    TRUE) -
	       CSTR_EQUAL;
}

static void free_texts(wchar_t **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

static wchar_t *join(wchar_t **texts, size_t count, size_t units)
{
	wchar_t *block = tmd_alloc(units + 2, sizeof(*block));
	wchar_t *end = block;

	for (size_t i = 0; i < count; i++) {
		size_t len = wcslen(texts[i]) + 1;

		memcpy(end, texts[i], len * sizeof(*end));
		end += len;
	}
	return block;
}

bool tmd_environment_block(const struct tmd_strv *list, wchar_t **out)
{
	wchar_t **texts = tmd_alloc(list->count + 1, sizeof(*texts));
	size_t units = 0;
	bool valid = true;

	for (size_t i = 0; i < list->count && valid; i++) {
		texts[i] = tmd_wide(list->items[i]);
		valid = texts[i] && texts[i][0] && texts[i][name_length(texts[i])] == L'=';
		units += valid ? wcslen(texts[i]) + 1 : 0;
	}
	if (valid) {
		qsort(texts, list->count, sizeof(*texts), compare_names);
		*out = join(texts, list->count, units);
	}
	free_texts(texts, list->count);
	return valid;
}
