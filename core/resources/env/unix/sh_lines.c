/* The lines of a shell script, and which of them are about one variable alone. */
#include "resources/env/unix/sh_input.h"

#include <string.h>

#include "base/mem.h"

size_t tmd_sh_line_of(struct tmd_sh_input *in, size_t at)
{
	if (!in->line || at < in->line_at) {
		in->line = 1;
		in->line_at = 0;
	}
	for (; in->line_at < at; in->line_at++)
		in->line += in->lexer.data[in->line_at] == '\n';
	return in->line;
}

bool tmd_sh_names_only(const struct tmd_sh_input *in, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < in->count && name; i++) {
		const char *text = in->words[i].text;
		bool assigns = i || tmd_sh_is_assignment(&in->words[i]);
		size_t len = assigns ? tmd_sh_assigned_name(text) : 0;

		if (!i && (strcmp(text, "export") == 0 || strcmp(text, "unset") == 0))
			continue;
		if (!len)
			len = strlen(text);
		if (len != strlen(name) || strncmp(text, name, len) != 0)
			return false;
		/* A lone NAME is a program to run, not a variable. */
		found = found || i || text[len] == '=';
	}
	return found;
}

void tmd_sh_note_extent(struct tmd_sh_input *in, size_t start, size_t end, bool own)
{
	struct tmd_sh_extent *extent;

	in->extents = tmd_grow(in->extents, &in->extent_cap, in->extent_count + 1,
			       sizeof(*in->extents));
	extent = &in->extents[in->extent_count++];
	extent->span.start = start;
	extent->span.end = end;
	extent->own = own;
}

static size_t line_start(const struct tmd_sh_input *in, size_t at)
{
	while (at && in->lexer.data[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct tmd_sh_input *in, size_t at)
{
	while (at < in->lexer.len && in->lexer.data[at] != '\n')
		at++;
	return at < in->lexer.len ? at + 1 : at;
}

/* Extents stand in the order of the file: those that share lines count as one. */
void tmd_sh_note_own_lines(struct tmd_sh_input *in)
{
	size_t i = 0;

	while (i < in->extent_count) {
		size_t start = line_start(in, in->extents[i].span.start);
		size_t end = start;
		bool own = true;

		for (; i < in->extent_count; i++) {
			const struct tmd_sh_extent *extent = &in->extents[i];

			if (end > start && extent->span.start >= end)
				break;
			if (extent->span.end > end)
				end = line_end(in, extent->span.end);
			own = own && extent->own;
		}
		if (own)
			tmd_env_spans_add(&in->reader->spans, start, end);
	}
}
