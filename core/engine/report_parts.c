/* Pieces of a report for a person. */
#include "engine/report_parts.h"

#include <string.h>

#include "base/display.h"
#include "base/str.h"

void tmd_text_paint(const struct tmd_text_options *options, struct tmd_buf *out,
		    enum tmd_colour colour, const char *text)
{
	static const char *const codes[] = { "", "\033[31m", "\033[32m", "\033[33m", "\033[2m",
					     "\033[1m" };

	if (!options->colour || colour == TMD_PLAIN) {
		tmd_buf_add_str(out, text);
		return;
	}
	tmd_buf_addf(out, "%s%s\033[0m", codes[colour], text);
}

size_t tmd_text_add(struct tmd_buf *out, const char *text, size_t width)
{
	size_t left_out = tmd_display_add(out, text, strlen(text), width);

	if (left_out)
		tmd_buf_add_str(out, " …");
	return left_out;
}

void tmd_text_add_short(struct tmd_buf *out, const char *text, size_t width)
{
	size_t left_out;

	if (tmd_str_starts(text, "-----BEGIN")) {
		tmd_buf_add_str(out, "(PEM text)");
		return;
	}
	left_out = tmd_text_add(out, text, width);
	if (left_out)
		tmd_buf_addf(out, " (%zu more)", left_out);
}
