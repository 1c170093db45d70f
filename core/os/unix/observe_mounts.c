/* Reading /proc/self/mountinfo, in which blanks and the like are octal. */
#include "os/unix/observe_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "os/unix/fs_internal.h"

#define PLACE_FIELD 4 /* of a line, counted from 0 */

static bool is_octal(const char *text)
{
	for (int i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '7')
			return false;
	}
	return true;
}

/* In place. */
static void decode(char *text)
{
	char *to = text;

	for (const char *at = text; *at; to++) {
		if (*at == '\\' && is_octal(at + 1)) {
			*to = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
			at += 4;
		} else {
			*to = *at++;
		}
	}
	*to = '\0';
}

/* The word at `at`, NUL-terminated in place; *rest is what follows. */
static char *cut(char *at, char **rest)
{
	size_t len = strcspn(at, " \n");

	*rest = at[len] ? at + len + 1 : at + len;
	at[len] = '\0';
	return at;
}

static char *place_of(char *line, char **rest)
{
	for (int i = 0; i < PLACE_FIELD; i++) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	line = cut(line, rest);
	decode(line);
	return line;
}

/* It stands behind a '-', before which there are any number of words. */
static char *type_of(char *rest)
{
	char *separator = strstr(rest, " - ");

	return separator ? cut(separator + 3, &rest) : rest + strlen(rest);
}

static bool is_below(const char *place, const char *path)
{
	const size_t len = strlen(path);

	if (strcmp(path, "/") == 0)
		return true;
	return strncmp(place, path, len) == 0 && (place[len] == '\0' || place[len] == '/');
}

int tmd_mounts_each(int table, void (*take)(void *arg, const char *place, const char *type),
		    void *arg)
{
	int fd = openat(table, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	int failed = 0;

	if (!file)
		return errno;
	errno = 0;
	while (getline(&line, &size, file) > 0) {
		char *rest;
		const char *place = place_of(line, &rest);

		take(arg, place, type_of(rest));
		errno = 0;
	}
	failed = ferror(file) ? EIO : 0;
	free(line);
	(void)fclose(file);
	return failed;
}

struct below {
	const char *path;
	struct tmd_strv *out;
};

static void take_below(void *arg, const char *place, const char *type)
{
	const struct below *below = arg;

	(void)type;
	if (is_below(place, below->path))
		tmd_strv_add(below->out, place);
}

int tmd_mounts_below(int table, const char *path, struct tmd_strv *out)
{
	struct below below = { path, out };

	return tmd_mounts_each(table, take_below, &below);
}
