/* Reading and changing the list of vendor files. */
#include "resources/anchor/unix/debian_conf.h"

#include <string.h>

#include "base/str.h"
#include "resources/anchor/unix/debian_inputs.h"

/* What `read` makes of the text; true when it ends in a backslash that joins the next line. */
static bool decode(const char *text, size_t len, bool raw, struct tmd_buf *name)
{
	bool escaped = false;

	for (size_t i = 0; i < len; i++) {
		if (!text[i])
			continue;
		if (text[i] == '\\' && !raw && !escaped) {
			escaped = true;
			continue;
		}
		tmd_buf_add_char(name, text[i]);
		escaped = false;
	}
	return escaped;
}

/* `read` takes NULs out before it trims. */
static bool is_trimmed(char c)
{
	return c == ' ' || c == '\t' || c == '\0';
}

bool tmd_debian_conf_line(const struct tmd_buf *conf, bool raw, size_t at,
			  struct tmd_debian_line *line)
{
	const char *start = tmd_buf_str(conf) + at;
	bool joined = line->joins;
	const char *end;
	size_t len;

	if (at >= conf->len)
		return false;
	end = memchr(start, '\n', conf->len - at);
	line->at = at;
	len = line->len = end ? (size_t)(end - start) : conf->len - at;
	line->unfinished = !end;
	line->off = len && *start == '!';
	line->names_file = len && *start != '#';
	start += line->off;
	len -= line->off;
	while (len && is_trimmed(*start)) {
		start++;
		len--;
	}
	while (len && is_trimmed(start[len - 1]))
		len--;
	tmd_buf_clear(&line->name);
	if (!line->names_file || line->off) { /* it is sed that passes these over */
		decode(start, len, raw, &line->name);
		return true;
	}
	line->joins = decode(start, len, raw, &line->name);
	line->names_file = line->name.len && !joined && !line->joins;
	return true;
}

static bool line_names(const struct tmd_debian_line *line, const char *path)
{
	const char *name = path + strlen(TMD_DEBIAN_VENDOR "/");

	return line->names_file && tmd_str_starts(path, TMD_DEBIAN_VENDOR "/") &&
	       tmd_buf_equal(&line->name, name, strlen(name));
}

bool tmd_debian_conf_lists(const struct tmd_buf *conf, bool raw, const char *path)
{
	struct tmd_debian_line line = { 0 };
	bool lists = false;

	for (size_t at = 0; !lists && tmd_debian_conf_line(conf, raw, at, &line);
	     at += line.len + 1)
		lists = !line.off && !line.unfinished && line_names(&line, path);
	tmd_buf_release(&line.name);
	return lists;
}

void tmd_debian_conf_switch_off(struct tmd_buf *conf, bool raw, const char *path)
{
	struct tmd_debian_line line = { 0 };
	bool found = false;

	for (size_t at = 0; tmd_debian_conf_line(conf, raw, at, &line); at += line.len + 1) {
		if (!line_names(&line, path))
			continue;
		found = true;
		if (line.unfinished)
			tmd_buf_add_char(conf, '\n');
		if (line.off)
			continue;
		tmd_buf_splice(conf, at, 0, "!", 1);
		at++;
	}
	tmd_buf_release(&line.name);
	if (found)
		return;
	if (conf->len && conf->data[conf->len - 1] != '\n')
		tmd_buf_add_char(conf, '\n');
	tmd_buf_addf(conf, "!%s\n", path + strlen(TMD_DEBIAN_VENDOR "/"));
}
