/* The only place that knows of terminals. */
#include "engine/screen.h"

#include <string.h>

#include "base/display.h"
#include "base/layout.h"
#include "os/console.h"

#define PROGRESS_SHOWN 70 /* characters, where the terminal has room */
#define DOTS 3		  /* that follow the text */
#define ERASE_LINE "\r\033[K"

static struct tmd_layout layout_of(int descriptor)
{
	return (struct tmd_layout){
		.width = tmd_console_width(descriptor),
		.ascii = !tmd_console_shows_utf8(descriptor),
	};
}

enum tmd_rc tmd_screen_write(int descriptor, const struct tmd_buf *text, struct tmd_error *err)
{
	struct tmd_layout layout = layout_of(descriptor);
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_layout_add(&out, tmd_buf_str(text), text->len, &layout);
	return tmd_console_write(descriptor, tmd_buf_str(&out), out.len, err);
}

void tmd_screen_complain(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };
	struct tmd_error ignored;

	tmd_buf_add_str(&buf, text);
	(void)(tmd_screen_write(2, &buf, &ignored) == TMD_OK);
}

bool tmd_screen_has_colours(void)
{
	const char *no_colour = tmd_console_env("NO_COLOR");

	return tmd_console_obeys(1) && !(no_colour && *no_colour);
}

/* ---- progress ---- */

static void put(const char *text)
{
	struct tmd_error ignored;

	(void)(tmd_console_write(2, text, strlen(text), &ignored) == TMD_OK);
}

static void show(struct tmd_progress *progress)
{
	TMD_AUTO_BUF struct tmd_buf line = { 0 };

	if (!progress->enabled)
		return;
	tmd_buf_addf(&line, ERASE_LINE "%s", tmd_buf_str(&progress->text));
	for (unsigned i = 0; i < (progress->ticks / 5) % (DOTS + 1); i++)
		tmd_buf_add_char(&line, '.');
	progress->shown = true;
	put(tmd_buf_str(&line));
}

/* A line that is too long would be folded by the terminal, and not be erased. */
static size_t room(void)
{
	unsigned width = tmd_console_width(2);

	if (!width || width > PROGRESS_SHOWN + DOTS)
		return PROGRESS_SHOWN;
	return width > DOTS + 1 ? width - DOTS - 1 : 0;
}

void tmd_progress_begin(struct tmd_progress *progress)
{
	progress->enabled = tmd_console_obeys(2);
}

static void set_text(struct tmd_progress *progress, const char *text)
{
	struct tmd_layout layout = { .ascii = !tmd_console_shows_utf8(2) };
	TMD_AUTO_BUF struct tmd_buf safe = { 0 };
	TMD_AUTO_BUF struct tmd_buf plain = { 0 };

	(void)tmd_display_add(&safe, text, strlen(text), PROGRESS_SHOWN);
	tmd_layout_add(&plain, tmd_buf_str(&safe), safe.len, &layout);
	tmd_buf_clear(&progress->text);
	(void)tmd_display_add(&progress->text, tmd_buf_str(&plain), plain.len, room());
}

/* Where nobody looks, the terminal is not asked for its width either. */
void tmd_progress_say(void *arg, const char *text)
{
	struct tmd_progress *progress = arg;

	if (!progress->enabled)
		return;
	set_text(progress, text);
	progress->ticks = 0;
	show(progress);
}

void tmd_progress_tick(void *arg)
{
	struct tmd_progress *progress = arg;

	progress->ticks++;
	show(progress);
}

void tmd_progress_end(struct tmd_progress *progress)
{
	if (progress->shown)
		put(ERASE_LINE);
	progress->shown = false;
	tmd_buf_release(&progress->text);
}
