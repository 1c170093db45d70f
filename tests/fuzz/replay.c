/*
 * Feeds every file of the directories named as arguments to a fuzz target, so that the
 * corpora are ordinary tests where there is no libFuzzer. An empty corpus is a failure: it
 * would test nothing and look fine.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUTS 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *path)
{
	perror(path);
	exit(EXIT_FAILURE);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long end;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0)
		fail(path);
	rewind(file);
	/* Exactly as long as the input, so that a sanitizer sees the first byte too many. */
	data = malloc(end ? (size_t)end : 1);
	if (!data)
		abort();
	*size = fread(data, 1, (size_t)end, file);
	if (*size != (size_t)end)
		fail(path);
	fclose(file);
	return data;
}

static void replay_file(const char *dir, const char *name)
{
	char path[4096];
	size_t size = 0;
	uint8_t *data;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	data = read_file(path, &size);
	/* Names the culprit when the target aborts. */
	fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static size_t replay_dir(const char *dir)
{
	static char *names[MAX_INPUTS];
	DIR *entries = opendir(dir);
	struct dirent *entry;
	size_t count = 0;

	if (!entries)
		fail(dir);
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (count == MAX_INPUTS) {
			fprintf(stderr, "%s: more than %d inputs\n", dir, MAX_INPUTS);
			exit(EXIT_FAILURE);
		}
		names[count++] = strdup(entry->d_name);
	}
	closedir(entries);
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count; i++) {
		replay_file(dir, names[i]);
		free(names[i]);
	}
	return count;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		size_t count = replay_dir(argv[i]);

		if (!count) {
			fprintf(stderr, "%s: no corpus\n", argv[i]);
			return EXIT_FAILURE;
		}
		printf("%s: %zu inputs\n", argv[i], count);
	}
	return EXIT_SUCCESS;
}
