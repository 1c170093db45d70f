/*
 * The list of update-ca-certificates, read by the tools of that script: what the corpus of the
 * fuzz target is held against there is held against sed and sh here.
 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "../fuzz/unix/conf_reading.h"
#include "base/mem.h"

#define CORPUS TEST_DATA "/../fuzz/corpus/fuzz_debian_conf"

/* Each name with a newline behind it, as the script's own pipeline gives it. */
static void read_by_shell(const char *path, bool raw, const char *filter, struct tmd_buf *out)
{
	TMD_AUTO_FREE char *command = tmd_format(
		"LC_ALL=C sed %s '%s' 2>/dev/null | while read %s crt; do printf '%%s\\n' \"$crt\"; done",
		filter, path, raw ? "-r" : "");
	FILE *pipe = popen(command, "r");
	char part[4096];
	size_t len;

	ck_assert_ptr_nonnull(pipe);
	while ((len = fread(part, 1, sizeof(part), pipe)) > 0)
		tmd_buf_add(out, part, len);
	ck_assert_int_eq(pclose(pipe), 0);
}

static void read_file(const char *path, struct tmd_buf *out)
{
	FILE *file = fopen(path, "rb");
	char part[4096];
	size_t len;

	ck_assert_ptr_nonnull(file);
	while ((len = fread(part, 1, sizeof(part), file)) > 0)
		tmd_buf_add(out, part, len);
	fclose(file);
}

static void compare(const char *path, const struct tmd_buf *text, bool raw, bool off)
{
	TMD_AUTO_BUF struct tmd_buf theirs = { 0 };
	TMD_AUTO_BUF struct tmd_buf ours = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	read_by_shell(path, raw, off ? "-n -e '/^$/d' -e 's/^!//p'" : "-e '/^$/d' -e '/^#/d' -e '/^!/d'",
		      &theirs);
	conf_names(tmd_buf_str(text), text->len, raw, off, &names);
	for (size_t i = 0; i < names.count; i++)
		tmd_buf_addf(&ours, "%s\n", names.items[i]);
	ck_assert_msg(tmd_buf_equal(&ours, tmd_buf_str(&theirs), theirs.len),
		      "%s%s%s\nours:\n%s\ntheirs:\n%s", path, off ? " (off)" : "", raw ? " (raw)" : "",
		      tmd_buf_str(&ours), tmd_buf_str(&theirs));
}

START_TEST(the_corpus_is_read_as_sed_and_sh_read_it)
{
	DIR *dir = opendir(CORPUS);
	const struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		TMD_AUTO_BUF struct tmd_buf text = { 0 };
		TMD_AUTO_FREE char *path = tmd_format("%s/%s", CORPUS, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		count++;
		read_file(path, &text);
		for (unsigned i = 0; i < 4; i++)
			compare(path, &text, i & 1, i & 2);
	}
	closedir(dir);
	ck_assert_uint_gt(count, 10);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("resources_debian_conf");
	TCase *c = tcase_create("all");

	tcase_add_test(c, the_corpus_is_read_as_sed_and_sh_read_it);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
