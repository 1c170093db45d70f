/* Looks into files whose name does not say enough. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "discover/search.h"

#define BEGINNING ((size_t)16 << 10) /* a bundle shows itself within so many bytes */
#define BUNDLE_MAX ((size_t)16 << 20)
#define SOURCE_MAX ((size_t)2 << 20)
#define ARCHIVE_MAX ((size_t)48 << 20)
#define CERTIFICATES 3 /* fewer make a chain, or one that somebody added */

static bool read_some(struct tmd_search *search, struct tmd_tree *tree, const char *name, size_t max)
{
	struct tmd_error err = { 0 };

	if (tmd_tree_read(tree, name, max, &search->text, &err) == TMD_OK)
		return true;
	return false;
}

/* The text may hold NULs. Behind what was found, or NULL. */
static const char *find(const char *at, const char *end, const char *word)
{
	const size_t len = strlen(word);

	while ((size_t)(end - at) >= len) {
		at = memchr(at, word[0], (size_t)(end - at) - len + 1);
		if (!at)
			return NULL;
		if (memcmp(at, word, len) == 0)
			return at + len;
		at++;
	}
	return NULL;
}

static bool has(const struct tmd_search *search, const char *word)
{
	const char *text = tmd_buf_str(&search->text);

	return find(text, text + search->text.len, word) != NULL;
}

static bool is_bundle(const struct tmd_search *search)
{
	const char *at = tmd_buf_str(&search->text);
	const char *end = at + search->text.len;
	size_t count = 0;

	while ((at = find(at, end, "CERTIFICATE-----")) != NULL)
		count++;
	return count >= (size_t)2 * CERTIFICATES && !has(search, "PRIVATE KEY-----");
}

bool tmd_holds_certificates(struct tmd_search *search, struct tmd_tree *tree, const char *name)
{
	if (!read_some(search, tree, name, BEGINNING) || !has(search, "CERTIFICATE-----"))
		return false;
	if (search->text.len == BEGINNING && !read_some(search, tree, name, BUNDLE_MAX))
		return false;
	return is_bundle(search);
}

bool tmd_holds_word(struct tmd_search *search, struct tmd_tree *tree, const char *name)
{
	return read_some(search, tree, name, SOURCE_MAX) && has(search, "Shotgun");
}

/* Names stand in a zip as they are. */
bool tmd_holds_api(struct tmd_search *search, struct tmd_tree *tree, const char *name)
{
	return read_some(search, tree, name, ARCHIVE_MAX) && has(search, "shotgun_api3/shotgun.py");
}
