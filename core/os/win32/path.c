/* Paths as text: drives and shares, two separators, names without case. */
#include "os/path.h"

#include <windows.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/win32/fs_internal.h"
#include "os/win32/text.h"

const char tmd_path_list_separator[] = ";";

bool tmd_is_separator(char c)
{
	return c == '/' || c == '\\';
}

static size_t span_separators(const char *text)
{
	size_t len = 0;

	while (tmd_is_separator(text[len]))
		len++;
	return len;
}

static size_t span_name(const char *text)
{
	return strcspn(text, "/\\");
}

/* ---- what a path begins with ---- */

/* "C:/…" at `at`, behind a prefix or not. */
static struct tmd_path_root drive_root(const char *path, size_t at)
{
	struct tmd_path_root root = { .kind = TMD_ROOT_DRIVE_ONLY, .drive = path[at] };

	root.len = at + 2;
	if (tmd_is_separator(path[root.len])) {
		root.kind = TMD_ROOT_DRIVE;
		root.len += span_separators(path + root.len);
	} else if (at) {
		root.kind = TMD_ROOT_DEVICE; /* behind a prefix it is the device itself */
	}
	return root;
}

/* "server/share/…" at `at`. */
static struct tmd_path_root share_root(const char *path, size_t at)
{
	struct tmd_path_root root = { .kind = TMD_ROOT_DEVICE, .len = at };

	root.server = path + root.len;
	root.server_len = span_name(root.server);
	root.len += root.server_len;
	root.len += span_separators(path + root.len);
	root.share = path + root.len;
	root.share_len = span_name(root.share);
	root.len += root.share_len;
	root.len += span_separators(path + root.len);
	if (root.server_len && root.share_len)
		root.kind = TMD_ROOT_SHARE;
	return root;
}

static bool is_drive(const char *text)
{
	return tmd_is_alpha(text[0]) && text[1] == ':';
}

static bool is_unc(const char *text)
{
	TMD_AUTO_FREE char *word = tmd_strndup(text, span_name(text));

	return tmd_str_equal_nocase(word, "UNC") && tmd_is_separator(text[3]);
}

/* What follows "//?/" or "//./". */
static struct tmd_path_root prefixed_root(const char *path)
{
	struct tmd_path_root device = { .kind = TMD_ROOT_DEVICE };
	const size_t at = strlen("//?/");

	device.len = at + span_name(path + at);
	device.len += span_separators(path + device.len);
	if (path[2] != '?')
		return device;
	if (is_drive(path + at))
		return drive_root(path, at);
	if (is_unc(path + at))
		return share_root(path, at + strlen("UNC/"));
	return device;
}

struct tmd_path_root tmd_path_root(const char *path)
{
	struct tmd_path_root root = { .kind = TMD_ROOT_NONE };

	if (is_drive(path))
		return drive_root(path, 0);
	if (!tmd_is_separator(path[0]))
		return root;
	if (!tmd_is_separator(path[1])) {
		root.kind = TMD_ROOT_SEPARATOR;
		root.len = 1;
		return root;
	}
	if ((path[2] == '?' || path[2] == '.') && tmd_is_separator(path[3]))
		return prefixed_root(path);
	return share_root(path, 2);
}

bool tmd_path_is_absolute(const char *path)
{
	enum tmd_root_kind kind = tmd_path_root(path).kind;

	return kind != TMD_ROOT_NONE && kind != TMD_ROOT_DRIVE_ONLY;
}

/* ---- taking apart and joining ---- */

const char *tmd_path_base(const char *path)
{
	const char *base = path;

	for (; *path; path++) {
		if (tmd_is_separator(*path))
			base = path + 1;
	}
	return base;
}

char *tmd_path_dir(const char *path)
{
	size_t root = tmd_path_root(path).len;
	size_t len = (size_t)(tmd_path_base(path) - path);

	if (root && len <= root)
		return tmd_strndup(path, root);
	if (!len)
		return tmd_strdup(".");
	while (len > root && len > 1 && tmd_is_separator(path[len - 1]))
		len--;
	return tmd_strndup(path, len);
}

char *tmd_path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);
	size_t first = span_name(dir);
	char separator = dir[first] ? dir[first] : '\\';
	char *joined;

	/* "C:name" is relative to what nobody knows: left as it is, it is refused where it is used. */
	if (tmd_is_alpha(name[0]) && name[1] == ':')
		return tmd_strdup(name);
	while (len && tmd_is_separator(dir[len - 1]))
		len--;
	name += span_separators(name);
	joined = tmd_format("%.*s%c%s", (int)len, dir, separator, name);
	for (char *c = joined + len; *c; c++) {
		if (tmd_is_separator(*c))
			*c = separator;
	}
	return joined;
}

/* ---- keys ---- */

static void add_root(struct tmd_buf *key, const struct tmd_path_root *root, const char *path)
{
	if (root->kind == TMD_ROOT_SEPARATOR)
		tmd_buf_add_char(key, '\\');
	if (root->kind == TMD_ROOT_DRIVE)
		tmd_buf_addf(key, "%c:\\", root->drive);
	if (root->kind == TMD_ROOT_DRIVE_ONLY)
		tmd_buf_addf(key, "%c:", root->drive);
	if (root->kind == TMD_ROOT_SHARE)
		tmd_buf_addf(key, "\\\\%.*s\\%.*s\\", (int)root->server_len, root->server,
			     (int)root->share_len, root->share);
	if (root->kind == TMD_ROOT_DEVICE)
		tmd_buf_add(key, path, root->len);
}

/* Windows takes ".." back as text, whatever the name before it is. */
static void go_up(struct tmd_buf *key, size_t root_len)
{
	size_t len = key->len;

	while (len > root_len && !tmd_is_separator(key->data[len - 1]))
		len--;
	if (len > root_len)
		len--;
	tmd_buf_splice(key, len, key->len - len, "", 0);
}

static void add_name(struct tmd_buf *key, size_t root_len, const char *name, size_t len)
{
	if (len == 1 && name[0] == '.')
		return;
	if (len == 2 && name[0] == '.' && name[1] == '.' && root_len) {
		go_up(key, root_len);
		return;
	}
	if (key->len > root_len)
		tmd_buf_add_char(key, '\\');
	tmd_buf_add(key, name, len);
}

/* Upper case by the rules that file systems go by: one character for one, no language. */
static char *upper(const char *text)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(text);
	TMD_AUTO_FREE wchar_t *mapped = NULL;
	int len = wide ? (int)wcslen(wide) : 0;

	if (!len)
		return tmd_strdup(text); /* empty, or no UTF-8: there is no such path anyway */
	mapped = tmd_alloc((size_t)len + 1, sizeof(*mapped));
	if (LCMapStringEx(LOCALE_NAME_INVARIANT, LCMAP_UPPERCASE, wide, len, mapped, len, NULL,
			  NULL, 0) != len)
		return tmd_strdup(text);
	return tmd_narrow(mapped);
}

char *tmd_path_key(const char *path)
{
	struct tmd_path_root root = tmd_path_root(path);
	TMD_AUTO_BUF struct tmd_buf key = { 0 };
	const char *rest = path + root.len;
	size_t root_len;

	add_root(&key, &root, path);
	for (size_t i = 0; i < key.len; i++) {
		if (key.data[i] == '/')
			key.data[i] = '\\';
	}
	root_len = key.len;
	for (rest += span_separators(rest); *rest; rest += span_separators(rest)) {
		size_t len = span_name(rest);

		add_name(&key, root_len, rest, len);
		rest += len;
	}
	return upper(tmd_buf_str(&key));
}
