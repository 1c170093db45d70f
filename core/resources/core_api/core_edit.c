/* Writing another version into a core_api.yml, at the very bytes where the old one stands. */
#include "resources/core_api/core_file.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/core_api/uri.h"

char *tmd_core_file_quote(const char *version)
{
	bool plain = tmd_is_alpha(*version) || tmd_is_digit(*version);

	for (const char *c = version; *c; c++)
		plain = plain && (tmd_is_alpha(*c) || tmd_is_digit(*c) || strchr("._-+/", *c));
	if (plain && tmd_yaml_resolve_plain(version) == TMD_YAML_STR)
		return tmd_strdup(version);
	return tmd_format("'%s'", version);
}

/* What the bytes of the old version become. */
static char *replacement(const struct tmd_core_file *file, const char *data, const char *version)
{
	TMD_AUTO_FREE char *plain = NULL;

	if (file->uri)
		return tmd_uri_encode(version);
	if (file->doc.nodes[file->node].style != TMD_YAML_PLAIN)
		return tmd_strdup(version);
	plain = tmd_core_file_quote(version);
	/* "version:" without a value: the text goes right behind the colon. */
	if (file->start == file->end && file->start && data[file->start - 1] == ':')
		return tmd_format(" %s", plain);
	return tmd_strdup(plain);
}

static bool uri_holds(const char *text, const char *version)
{
	TMD_CLEANUP(tmd_uri_release) struct tmd_uri uri = { 0 };
	struct tmd_error ignored = { 0 };

	return tmd_uri_parse(text, &uri, &ignored) == TMD_OK &&
	       tmd_str_equal(tmd_value_map_get(&uri.parameters, "version"), version);
}

/* Reads the new text: the version as wished, everything else as before? */
static bool holds(const struct tmd_core_file *file, const struct tmd_buf *text, const char *version)
{
	TMD_CLEANUP(tmd_yaml_release) struct tmd_yaml_doc doc = { 0 };
	struct tmd_error ignored = { 0 };
	const struct tmd_yaml_node *node;

	if (tmd_yaml_parse(text->data, text->len, &tmd_core_file_limits, &doc, &ignored) != TMD_OK ||
	    !tmd_yaml_same_but(&file->doc, &doc, file->node))
		return false;
	node = &doc.nodes[file->node];
	if (node->tag != TMD_YAML_STR)
		return false;
	return file->uri ? uri_holds(node->text, version) : tmd_yaml_is_text(node, version);
}

enum tmd_rc tmd_core_file_edit(const struct tmd_core_file *file, const char *data, size_t len,
			       const char *path, const char *version, struct tmd_buf *out,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE char *text = NULL;
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };

	if (file->locked.kind != TMD_E_NONE) {
		*err = file->locked;
		return TMD_FAILED;
	}
	text = replacement(file, data, version);
	tmd_buf_add(&edited, data, len);
	tmd_buf_splice(&edited, file->start, file->end - file->start, text, strlen(text));
	if (tmd_buf_check(&edited, path, err) != TMD_OK)
		return TMD_FAILED;
	if (!holds(file, &edited, version))
		return tmd_fail(err, TMD_E_REFUSED, path, "change the version by hand",
				"line %zu: the version cannot be replaced safely", file->line);
	tmd_buf_release(out);
	*out = edited;
	memset(&edited, 0, sizeof(edited));
	return TMD_OK;
}

char *tmd_core_file_missing_hint(const struct tmd_core_file *file, const char *version)
{
	TMD_AUTO_FREE char *text =
		file->uri ? tmd_uri_encode(version) : tmd_core_file_quote(version);

	return tmd_format("%s%s\"", file->missing_hint, text);
}
