/*
 * Any bytes as /etc/ca-certificates.conf: what we say that it lists, the script's own tools read
 * in it, and what is switched off is switched off for them while everything else stays.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf_reading.h"
#include "resources/anchor/unix/debian_conf.h"
#include "resources/anchor/unix/debian_inputs.h"

#define NAMES_MAX 16 /* looked at of one input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/*
 * A backslash at the end of a line joins it with the next one: both name no file for us. So may
 * one before a blank.
 */
static bool may_join(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\\' && (i + 1 == len || !data[i + 1] || strchr("\n \t", data[i + 1])))
			return true;
	}
	return false;
}

static void names_of(const struct tmd_buf *conf, bool raw, bool off, struct tmd_strv *names)
{
	tmd_strv_release(names);
	conf_names(tmd_buf_str(conf), conf->len, raw, off, names);
}

static char *vendor_path(const char *name)
{
	return tmd_format(TMD_DEBIAN_VENDOR "/%s", name);
}

static void check_listed(const struct tmd_buf *conf, bool raw, const char *name)
{
	TMD_AUTO_FREE char *path = vendor_path(name);
	TMD_AUTO_STRV struct tmd_strv on = { 0 };
	bool listed = *name && tmd_debian_conf_lists(conf, raw, path);

	names_of(conf, raw, false, &on);
	require(!listed || tmd_strv_has(&on, name));
	if (raw || !may_join(conf->data, conf->len))
		require(listed == (*name && tmd_strv_has(&on, name)));
}

/* `after` is `before` with marks, and perhaps with a line of its own at the end. */
static void check_bytes(const struct tmd_buf *before, const struct tmd_buf *after, const char *name)
{
	TMD_AUTO_FREE char *line = tmd_format("!%s\n", name);
	size_t at = 0;

	for (size_t i = 0; i < before->len; i++, at++) {
		if (at < after->len && after->data[at] == '!' && before->data[i] != '!')
			at++;
		require(at < after->len && after->data[at] == before->data[i]);
	}
	if (at < after->len && before->len && before->data[before->len - 1] != '\n')
		require(after->data[at++] == '\n');
	if (at == after->len)
		return;
	require(after->len - at == strlen(line) && !memcmp(after->data + at, line, strlen(line)));
}

static void remove_all(struct tmd_strv *names, const char *name)
{
	for (size_t i = names->count; i-- > 0;) {
		if (strcmp(names->items[i], name) == 0)
			tmd_strv_remove(names, i);
	}
}

static void check_switched_off(const struct tmd_buf *conf, bool raw, const char *name)
{
	TMD_AUTO_FREE char *path = vendor_path(name);
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	TMD_AUTO_BUF struct tmd_buf ended = { 0 };
	TMD_AUTO_STRV struct tmd_strv on = { 0 };
	TMD_AUTO_STRV struct tmd_strv on_after = { 0 };

	tmd_buf_add(&after, tmd_buf_str(conf), conf->len);
	tmd_debian_conf_switch_off(&after, raw, path);
	require(!tmd_debian_conf_lists(&after, raw, path));
	check_bytes(conf, &after, name);
	if (!raw && may_join(conf->data, conf->len))
		return;
	tmd_buf_add(&ended, tmd_buf_str(conf), conf->len);
	if (after.len > conf->len && after.data[after.len - 1] == '\n' &&
	    (!conf->len || conf->data[conf->len - 1] != '\n'))
		tmd_buf_add_char(&ended, '\n'); /* the line that had no end has one now */
	names_of(&ended, raw, false, &on);
	remove_all(&on, name);
	names_of(&after, raw, false, &on_after);
	require(tmd_strv_equal(&on, &on_after));
	names_of(&after, raw, true, &on_after);
	require(tmd_strv_has(&on_after, name) || strpbrk(name, "\\\r"));
}

static void check_names(const struct tmd_buf *conf, bool raw, bool off)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	names_of(conf, raw, off, &names);
	for (size_t i = 0; i < names.count && i < NAMES_MAX; i++) {
		check_listed(conf, raw, names.items[i]);
		if (*names.items[i] && !strchr(names.items[i], '\n'))
			check_switched_off(conf, raw, names.items[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TMD_AUTO_BUF struct tmd_buf conf = { 0 };

	tmd_buf_add(&conf, data, size);
	for (unsigned i = 0; i < 4; i++)
		check_names(&conf, i & 1, i & 2);
	for (unsigned raw = 0; raw < 2; raw++) {
		check_listed(&conf, raw, "mozilla/A.crt");
		check_switched_off(&conf, raw, "mozilla/A.crt");
	}
	return 0;
}
