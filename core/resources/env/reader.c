/* What all readers share: noting statements and problems. */
#include "resources/env/readers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PROBLEMS_MAX 16 /* a hopeless file need not be described line by line */

void tmd_env_reader_release(struct tmd_env_reader *reader)
{
	free(reader->spans);
	reader->spans = NULL;
	reader->span_count = 0;
	reader->span_cap = 0;
}

void tmd_env_reader_note(struct tmd_env_reader *reader, size_t start, size_t end)
{
	reader->spans = tmd_grow(reader->spans, &reader->span_cap, reader->span_count + 1,
				 sizeof(*reader->spans));
	reader->spans[reader->span_count].start = start;
	reader->spans[reader->span_count].end = end;
	reader->span_count++;
}

void tmd_env_reader_problem(struct tmd_env_reader *reader, size_t line, const char *fmt, ...)
{
	TMD_AUTO_FREE char *text = NULL;
	char what[256];
	va_list args;

	if (!reader->problems || reader->problems->count >= PROBLEMS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	text = tmd_format("line %zu of %s: %s", line, reader->path, what);
	tmd_strv_add_once(reader->problems, text);
}
