/* PyYAML's scanner where it is another than libyaml's. */
#include "yaml/strict.h"

#include <string.h>

#include "base/str.h"

const struct tmd_yaml_flaw tmd_yaml_tab = {
	0,
	"a tab stands where YAML wants blanks",
	"replace the tab with blanks",
};

const char *tmd_yaml_libyaml_alone(const char *problem)
{
	static const struct {
		const char *problem;
		const char *hint;
	} known[] = {
		{ "found unknown directive name", "remove the directive" },
		{ "found incompatible YAML document", "write %YAML 1.1, or leave the line out" },
		{ "found unexpected ':'", "put the text in quotes" },
		{ "found invalid Unicode character escape code", "write the character itself" },
		{ "found a tab character where an indentation space is expected",
		  "write the indentation behind | or >, |2 for one" },
	};

	for (size_t i = 0; problem && i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(known[i].problem, problem) == 0)
			return known[i].hint;
	}
	return NULL;
}

static bool has_flaw(struct tmd_yaml_flaw *out, size_t at, const char *what, const char *hint)
{
	out->at = at;
	out->what = what;
	out->hint = hint;
	return true;
}

static bool has_tab(struct tmd_yaml_flaw *out, size_t at)
{
	return has_flaw(out, at, tmd_yaml_tab.what, tmd_yaml_tab.hint);
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

/* The first byte from `start` on that is none of `set`. */
static size_t skip(const char *data, size_t start, size_t end, const char *set)
{
	while (start < end && data[start] && strchr(set, data[start]))
		start++;
	return start;
}

bool tmd_yaml_flaw_in_gap(const char *data, size_t start, size_t end, struct tmd_yaml_flaw *out)
{
	bool comment = false;

	for (size_t i = start; i < end; i++) {
		char before = i ? data[i - 1] : '\n';

		if (ends_line(data[i]))
			comment = false;
		else if (data[i] == '#' && (tmd_is_space(before) || i == start))
			comment = true;
		else if (data[i] == '\t' && !comment)
			return has_tab(out, i);
		else if (!comment && end - i >= 3 && memcmp(data + i, "\xEF\xBB\xBF", 3) == 0)
			return has_flaw(out, i, "a byte order mark stands inside of the file",
					"remove the mark, which is not seen");
	}
	return false;
}

bool tmd_yaml_flaw_in_directives(const char *data, size_t start, size_t end,
				 struct tmd_yaml_flaw *out)
{
	bool directive = false;

	for (size_t i = start; i < end; i++) {
		char before = i ? data[i - 1] : '\n';

		if (ends_line(before))
			directive = data[i] == '%';
		else if (directive && data[i] == '#' && !tmd_is_space(before))
			return has_flaw(out, i, "a # stands right behind a directive",
					"put a blank before the comment");
	}
	return false;
}

bool tmd_yaml_flaw_in_plain(const char *data, size_t start, size_t end, bool flow,
			    struct tmd_yaml_flaw *out)
{
	const char *tab = memchr(data + start, '\t', end - start);
	const char *mark = flow ? memchr(data + start, '?', end - start) : NULL;

	if (tab)
		return has_tab(out, (size_t)(tab - data));
	if (mark)
		return has_flaw(out, (size_t)(mark - data),
				"a \"?\" in brackets is taken for the start of a key",
				"put the text in quotes");
	return false;
}

bool tmd_yaml_flaw_in_header(const char *data, size_t start, size_t end,
			     struct tmd_yaml_flaw *out)
{
	size_t behind = skip(data, start + 1, end, "+-0123456789");
	size_t at = skip(data, behind, end, " ");

	if (at < end && data[at] == '\t')
		return has_tab(out, at);
	if (at < end && at == behind && data[at] == '#')
		return has_flaw(out, at, "a # stands right behind | or >",
				"put a blank before the comment");
	return false;
}

bool tmd_yaml_flaw_in_tag(const char *data, size_t start, size_t end, struct tmd_yaml_flaw *out)
{
	bool verbatim = start + 1 < end && data[start + 1] == '<';
	size_t at = start;

	while (at < end && !tmd_is_space(data[at]) && (verbatim || !strchr(",[]{}", data[at])))
		at++;
	if (verbatim ? data[at - 1] == '>' : at == end || tmd_is_space(data[at]))
		return false;
	return has_flaw(out, start, "a tag ends without a blank", "put a blank behind the tag");
}

size_t tmd_yaml_behind_property(const char *data, size_t at, size_t end)
{
	bool anchor = data[at++] == '&';

	while (at < end && (anchor ? tmd_is_alpha(data[at]) || tmd_is_digit(data[at]) ||
					     data[at] == '-' || data[at] == '_'
				   : !tmd_is_space(data[at])))
		at++;
	for (at = skip(data, at, end, " \t\r\n"); at < end && data[at] == '#';
	     at = skip(data, at, end, " \t\r\n")) {
		while (at < end && !ends_line(data[at]))
			at++;
	}
	return at;
}
