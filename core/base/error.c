/* Filling error objects, and the names of their kinds. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* A text that fills its field may have been cut within its last character: that one goes. */
static void trim(char *text, size_t size)
{
	size_t len = strlen(text);
	size_t last = len;
	uint32_t code;

	if (len + 1 < size)
		return;
	while (last > len - 3 && ((unsigned char)text[last - 1] & 0xC0) == 0x80)
		last--;
	if ((unsigned char)text[last - 1] >= 0xC0 &&
	    !tmd_utf8_next(text + last - 1, len - last + 1, &code))
		text[last - 1] = '\0';
}

/* ---- texts that stay ---- */

/*
 * Errors are copied and dropped without an owner, and nearly all of them are about the same few
 * paths with the same few hints: each text is kept once, to the end.
 */
static struct {
	char **slots; /* by hash; NULL: free */
	size_t count;
	size_t size;
} texts;

static size_t slot_of(const char *text)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a */
	size_t slot;

	for (const char *c = text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
	slot = (size_t)(hash % texts.size);
	while (texts.slots[slot] && strcmp(texts.slots[slot], text) != 0)
		slot = (slot + 1) % texts.size;
	return slot;
}

static void make_room(void)
{
	char **old = texts.slots;
	size_t old_size = texts.size;

	if (2 * texts.count < texts.size)
		return;
	texts.size = old_size ? 2 * old_size : 64;
	texts.slots = tmd_alloc(texts.size, sizeof(*texts.slots));
	for (size_t i = 0; i < old_size; i++) {
		if (old[i])
			texts.slots[slot_of(old[i])] = old[i];
	}
	free(old);
}

static const char *keep(const char *text, size_t max)
{
	TMD_AUTO_FREE char *copy = tmd_strndup(text ? text : "", text ? strnlen(text, max) : 0);
	char **slot;

	trim(copy, max + 1);
	make_room();
	slot = &texts.slots[slot_of(copy)];
	if (!*slot) {
		*slot = copy;
		copy = NULL;
		texts.count++;
	}
	return *slot;
}

/* ---- errors ---- */

void tmd_error_set(struct tmd_error *err, enum tmd_error_kind kind, const char *path,
		   const char *hint, const char *fmt, ...)
{
	struct tmd_error made = { .kind = kind };
	va_list args;

	/* Made aside first: any of the texts may be the error's own. */
	va_start(args, fmt);
	vsnprintf(made.message, sizeof(made.message), fmt, args);
	va_end(args);
	trim(made.message, sizeof(made.message));
	made.path = keep(path, TMD_ERROR_PATH_MAX);
	made.hint = keep(hint, TMD_ERROR_TEXT_MAX);
	*err = made;
}

const char *tmd_error_kind_name(enum tmd_error_kind kind)
{
	static const char *const names[] = {
		[TMD_E_NONE] = "none",
		[TMD_E_INVALID_INPUT] = "invalid_input",
		[TMD_E_NOT_FOUND] = "not_found",
		[TMD_E_PERMISSION] = "permission",
		[TMD_E_UNSUPPORTED] = "unsupported",
		[TMD_E_BUSY] = "busy",
		[TMD_E_CONFLICT] = "conflict",
		[TMD_E_REFUSED] = "refused",
		[TMD_E_NOT_CONVERGED] = "not_converged",
		[TMD_E_IO] = "io",
		[TMD_E_INTERNAL] = "internal",
	};

	if ((size_t)kind >= sizeof(names) / sizeof(*names))
		return "internal";
	return names[kind];
}

void tmd_error_clear(struct tmd_error *err)
{
	err->kind = TMD_E_NONE;
	err->sys = 0;
	err->message[0] = '\0';
	err->path = "";
	err->hint = "";
}
