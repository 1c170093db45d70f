/* Modules beside the API that decide about its trust, found where Python would import them from. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/verdict/verdict.h"

#define SOURCE_MAX ((size_t)256 << 10)

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

/* Distributions let it name the system's file: a path in quotes, below /etc. The caller frees. */
static char *patched(const char *source)
{
	for (const char *at = source; (at = strstr(at, "/etc/")); at++) {
		const size_t len = strcspn(at, "\"'\n");

		if (at > source && (at[-1] == '"' || at[-1] == '\'') && at[len] == at[-1])
			return tmd_strndup(at, len);
	}
	return NULL;
}

static char *certifi_file(struct tmd_ctx *ctx, const char *place)
{
	TMD_AUTO_FREE char *source = tmd_path_join(place, "certifi/core.py");
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored = { 0 };
	char *file = NULL;

	if (!tmd_view_read(ctx->view, source, SOURCE_MAX, &text, NULL, &ignored))
		file = patched(tmd_buf_str(&text));
	return file ? file : tmd_path_join(place, "certifi/cacert.pem");
}

char *tmd_modules_certifi(struct tmd_ctx *ctx, const struct tmd_strv *places)
{
	for (size_t i = 0; i < places->count; i++) {
		if (has(ctx, places->items[i], "certifi/__init__.py"))
			return certifi_file(ctx, places->items[i]);
	}
	return NULL;
}
