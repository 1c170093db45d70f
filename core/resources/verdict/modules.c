/* Modules beside the API that decide about its trust, found where Python would import them from. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/verdict/verdict.h"

#define SOURCE_MAX ((size_t)256 << 10)
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-"

static bool has(struct tmd_ctx *ctx, const char *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);

	return tmd_view_exists(ctx->view, path);
}

bool tmd_modules_has(struct tmd_ctx *ctx, const struct tmd_strv *places, const char *name)
{
	TMD_AUTO_FREE char *file = tmd_format("%s.py", name);
	TMD_AUTO_FREE char *package = tmd_format("%s/__init__.py", name);

	for (size_t i = 0; i < places->count; i++) {
		if (has(ctx, places->items[i], file) || has(ctx, places->items[i], package))
			return true;
	}
	return false;
}

/*
 * The text in quotes that begins so, or ends so, and has no other than plain characters; the caller
 * frees. NULL: there is none.
 */
static char *find_quoted(const char *source, const char *start, const char *end)
{
	for (const char *at = source; *at; at++) {
		const size_t len = strspn(at + 1, PLAIN);
		TMD_AUTO_FREE char *text = NULL;

		if ((*at != '"' && *at != '\'') || at[len + 1] != *at)
			continue;
		text = tmd_strndup(at + 1, len);
		if (tmd_str_starts(text, start) && tmd_str_ends(text, end))
			return tmd_strdup(text);
	}
	return NULL;
}

/* Distributions let it name the system's file, below /etc; it is cacert.pem beside it otherwise. */
static char *file_in(const char *source, const char *dir)
{
	char *file = find_quoted(source, "/etc/", "");
	TMD_AUTO_FREE char *name = NULL;

	if (file)
		return file;
	name = find_quoted(source, "cacert.pem", "");
	if (!name)
		name = find_quoted(source, "", ".pem");
	return name && !strchr(name, '/') ? tmd_path_join(dir, name) : NULL;
}

static char *certifi_file(struct tmd_ctx *ctx, const char *place)
{
	static const char *const sources[] = { "core.py", "__init__.py" };
	TMD_AUTO_FREE char *dir = tmd_path_join(place, "certifi");
	char *file = NULL;

	for (size_t i = 0; !file && i < sizeof(sources) / sizeof(*sources); i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, sources[i]);
		TMD_AUTO_BUF struct tmd_buf text = { 0 };
		struct tmd_error ignored = { 0 };

		if (!tmd_view_read(ctx->view, path, SOURCE_MAX, &text, NULL, &ignored))
			file = file_in(tmd_buf_str(&text), dir);
	}
	return file ? file : tmd_strdup("");
}

char *tmd_modules_certifi(struct tmd_ctx *ctx, const struct tmd_strv *places)
{
	for (size_t i = 0; i < places->count; i++) {
		if (has(ctx, places->items[i], "certifi/__init__.py"))
			return certifi_file(ctx, places->items[i]);
	}
	return NULL;
}
