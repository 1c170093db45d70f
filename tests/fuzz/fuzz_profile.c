/*
 * Any bytes as a profile, with --set words behind the first NUL, a line each: what is understood
 * says the same as JSON, as words and as a profile without variables; the rest is refused with
 * the line that it is about. A setting for a variable that is not there is refused.
 */
#include <stdint.h>

#include "requests.h"

#define BASE "/base"
#define NAME "p.yml"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void split_settings(const char *text, struct tmd_strv *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		tmd_strv_addn(out, text, len);
		text += len + (text[len] == '\n');
	}
}

/* "p.yml:LINE: …" with a line that the file has; a setting has none. */
static void require_place(const char *message, const char *text, size_t len)
{
	size_t lines = 2; /* libyaml finds an end behind the last line */
	unsigned long line;

	if (tmd_str_starts(message, "--set"))
		return;
	require(tmd_str_starts(message, NAME ":"));
	line = strtoul(message + strlen(NAME ":"), NULL, 10);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n' || text[i] == '\r' || (unsigned char)text[i] >= 0x80;
	require(line >= 1 && line <= lines);
}

static void check_unknown_setting(const char *text, size_t len, const struct tmd_strv *settings)
{
	AUTO_RUN struct tmd_run run = run_new();
	TMD_AUTO_STRV struct tmd_strv more = { 0 };
	struct tmd_error err = { 0 };

	tmd_strv_copy(&more, settings);
	tmd_strv_add(&more, "no-name-of-a-variable=x");
	require(tmd_profile_add(&run, fuzz_types(), text, len, NAME, BASE, &more, &err) != TMD_OK);
	require_invalid(&err);
	require(tmd_str_starts(err.message, "--set"));
}

static void check_text(const char *text, size_t len, const struct tmd_strv *settings)
{
	AUTO_RUN struct tmd_run run = run_new();
	struct tmd_error err = { 0 };

	if (tmd_profile_add(&run, fuzz_types(), text, len, NAME, BASE, settings, &err)) {
		require_invalid(&err);
		require_place(err.message, text, len);
		return;
	}
	require(run.count <= TMD_RESOURCES_MAX);
	for (size_t i = 0; i < run.count; i++) {
		if (run.results[i].error.kind)
			require_place(run.results[i].error.message, text, len);
	}
	if (all_well_formed(&run))
		check_every_way(&run, BASE);
	check_unknown_setting(text, len, settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TMD_AUTO_STRV struct tmd_strv settings = { 0 };
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;
	TMD_AUTO_FREE char *behind = nul ? tmd_strndup((const char *)nul + 1, size - len - 1) : NULL;
	/* A copy of exactly this size, so that reading past it is seen. */
	TMD_AUTO_FREE char *text = malloc(len ? len : 1);

	require(text != NULL);
	if (len)
		memcpy(text, data, len);
	if (behind)
		split_settings(behind, &settings);
	check_text(text, len, &settings);
	return 0;
}
