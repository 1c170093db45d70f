/* Names that Windows has, refuses, or takes for something else. */
#include "os/win32/fs_internal.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/console.h"

#define HINT "use a name without any of < > : \" | ? *, and without a blank or dot at its end"

static enum tmd_rc fail_name(const char *name, size_t len, const char *path, const char *why,
			     const char *hint, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, path, hint, "the name %.*s %s", (int)len, name,
			why);
}

/* The digit of COM1 and LPT1; Windows takes superscripts for digits too. */
static bool is_port_number(const char *text, size_t len)
{
	static const char *const raised[] = { "\xC2\xB9", "\xC2\xB2", "\xC2\xB3" };

	if (len == 1)
		return tmd_is_digit(text[0]);
	for (size_t i = 0; len == 2 && i < sizeof(raised) / sizeof(*raised); i++) {
		if (memcmp(text, raised[i], 2) == 0)
			return true;
	}
	return false;
}

/* Windows takes these for devices in every directory, with any extension. */
static bool is_device(const char *name, size_t len)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };
	const char *dot = memchr(name, '.', len);
	size_t stem_len = dot ? (size_t)(dot - name) : len;
	TMD_AUTO_FREE char *stem = NULL;
	TMD_AUTO_FREE char *port = NULL;

	while (stem_len && name[stem_len - 1] == ' ')
		stem_len--;
	stem = tmd_strndup(name, stem_len);
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		if (tmd_str_equal_nocase(stem, devices[i]))
			return true;
	}
	if (stem_len < 4 || !is_port_number(stem + 3, stem_len - 3))
		return false;
	port = tmd_strndup(stem, 3);
	return tmd_str_equal_nocase(port, "COM") || tmd_str_equal_nocase(port, "LPT");
}

/* 16-bit units of valid UTF-8. */
static size_t count_units(const char *name, size_t len)
{
	size_t units = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		units += (c & 0xC0) != 0x80;
		units += c >= 0xF0;
	}
	return units;
}

enum tmd_rc tmd_name_check(const char *name, size_t len, const char *path, struct tmd_error *err)
{
	if (!len || !tmd_utf8_valid(name, len))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "give it as UTF-8",
				"the path is not valid UTF-8");
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < ' ' || name[i] == '\x7F')
			return tmd_fail(err, TMD_E_INVALID_INPUT, path, HINT,
					"a name in the path has control characters in it");
		if (name[i] == ':')
			return fail_name(name, len, path,
					 "has a : in it, which would be a drive or an alternate "
					 "data stream",
					 HINT, err);
		if (strchr("<>\"|?*/\\", name[i]))
			return fail_name(name, len, path, "has a character that Windows forbids",
					 HINT, err);
	}
	if (name[len - 1] == ' ' || name[len - 1] == '.')
		return fail_name(name, len, path,
				 "ends on a blank or a dot, which other programs cannot open", HINT,
				 err);
	if (is_device(name, len))
		return fail_name(name, len, path, "is a device on Windows, whatever its directory",
				 "use another name", err);
	if (count_units(name, len) > TMD_NAME_LIMIT)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "use a shorter name",
				"a name in the path is longer than %d characters", TMD_NAME_LIMIT);
	return TMD_OK;
}

/* ---- whole paths ---- */

static enum tmd_rc fail_path(const char *path, const char *hint, const char *message,
			     struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, path, hint, "%s", message);
}

/* Windows takes ".." back as text, before it looks at anything; that is to stay inside. */
static enum tmd_rc add_names(const char *path, const char *names, struct tmd_buf *out,
			     struct tmd_error *err)
{
	for (names += strspn(names, "/\\"); *names; names += strspn(names, "/\\")) {
		size_t len = strcspn(names, "/\\");

		if (len == 2 && names[0] == '.' && names[1] == '.') {
			const char *last = out->len ? strrchr(out->data, '\\') : NULL;

			if (!last)
				return fail_path(path, "check the path",
						 "the path leads out of its root with ..", err);
			tmd_buf_splice(out, (size_t)(last - out->data), strlen(last), "", 0);
		} else if (len != 1 || names[0] != '.') {
			if (tmd_name_check(names, len, path, err) != TMD_OK)
				return TMD_FAILED;
			tmd_buf_add_char(out, '\\');
			tmd_buf_add(out, names, len);
		}
		names += len;
	}
	return TMD_OK;
}

static enum tmd_rc check_offline_root(const char *path, const struct tmd_path_root *root,
				      struct tmd_error *err)
{
	if (root->kind == TMD_ROOT_DRIVE && (root->drive == 'C' || root->drive == 'c'))
		return TMD_OK;
	if (root->kind == TMD_ROOT_SEPARATOR)
		return TMD_OK;
	return fail_path(path, "write it as /dir/file or C:/dir/file",
			 "an offline root is one drive's image: other drives and shares are not in "
			 "it",
			 err);
}

static enum tmd_rc check_live_root(const char *path, const struct tmd_path_root *root,
				   struct tmd_error *err)
{
	if (root->kind == TMD_ROOT_SEPARATOR) {
		TMD_AUTO_FREE char *hint = tmd_format("write it with its drive: C:%s", path);

		return fail_path(path, hint, "the path has no drive", err);
	}
	if (root->kind != TMD_ROOT_DRIVE && root->kind != TMD_ROOT_SHARE)
		return fail_path(path, "name a file on a drive (C:/dir/file) or on a share",
				 "this names a device, or no share of the server", err);
	if (root->kind == TMD_ROOT_SHARE &&
	    (tmd_name_check(root->server, root->server_len, path, err) != TMD_OK ||
	     tmd_name_check(root->share, root->share_len, path, err) != TMD_OK))
		return TMD_FAILED;
	return TMD_OK;
}

char *tmd_root_text(const struct tmd_path_root *root)
{
	if (root->kind == TMD_ROOT_DRIVE)
		return tmd_format("%c:", root->drive & ~0x20); /* upper case */
	return tmd_format("\\\\%.*s\\%.*s", (int)root->server_len, root->server,
			  (int)root->share_len, root->share);
}

/*
 * "%ProgramData%\\x" is what shells make a path of, and nobody else does: as it stands it would
 * be a directory of that name, below whatever directory the caller is in.
 */
static enum tmd_rc check_expanded(const char *path, struct tmd_error *err)
{
	for (const char *start = strchr(path, '%'); start; start = strchr(start + 1, '%')) {
		size_t len = strcspn(start + 1, "%/\\=");
		TMD_AUTO_FREE char *name = tmd_strndup(start + 1, len);
		const char *value = start[1 + len] == '%' && len ? tmd_console_env(name) : NULL;
		TMD_AUTO_FREE char *hint = NULL;

		if (!value)
			continue;
		hint = tmd_format("write what it stands for: %s", value);
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, hint,
				"%%%s%% is not expanded in a path", name);
	}
	return TMD_OK;
}

enum tmd_rc tmd_path_take_apart(const char *path, bool live, char **base, struct tmd_buf *names,
				struct tmd_error *err)
{
	struct tmd_path_root root = tmd_path_root(path);

	if (strlen(path) >= TMD_PATH_LIMIT)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "use a shorter path",
				"the path is longer than %d bytes", TMD_PATH_LIMIT);
	if (!tmd_utf8_valid(path, strlen(path)))
		return fail_path(path, "give it as UTF-8", "the path is not valid UTF-8", err);
	if (check_expanded(path, err) != TMD_OK)
		return TMD_FAILED;
	if (root.kind == TMD_ROOT_DRIVE_ONLY)
		return fail_path(path, "write a separator after the drive: C:/dir/file",
				 "the path is relative to the drive's own directory", err);
	if (root.kind == TMD_ROOT_NONE)
		return fail_path(path, "give the whole path, with its drive: C:/dir/file",
				 "the path is not absolute", err);
	if ((live ? check_live_root(path, &root, err) : check_offline_root(path, &root, err)) !=
		    TMD_OK ||
	    add_names(path, path + root.len, names, err) != TMD_OK)
		return TMD_FAILED;
	*base = live ? tmd_root_text(&root) : NULL;
	return TMD_OK;
}
