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
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;

	if (!file || fstat(fileno(file), &st) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	/* Exactly as long as the input, so that a sanitizer sees the first byte too many. */
	data = malloc((size_t)st.st_size ? (size_t)st.st_size : 1);
	if (!data)
		abort();
	*size = fread(data, 1, (size_t)st.st_size, file);
	fclose(file);
	return data;
}

static void replay_file(const char *path)
{
	size_t size = 0;
	uint8_t *data = read_file(path, &size);

	/* Names the culprit when the target aborts. */
	fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static size_t replay_dir(const char *dir)
{
	struct dirent **entries;
	size_t count = 0;
	int found = scandir(dir, &entries, NULL, alphasort);

	if (found < 0) {
		perror(dir);
		return 0;
	}
	for (int i = 0; i < found; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.') {
			replay_file(path);
			count++;
		}
		free(entries[i]);
	}
	free(entries);
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
