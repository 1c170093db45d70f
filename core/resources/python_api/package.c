/* A package read whole. */
#include "resources/python_api/package.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define DEPTH_MAX 16

void tmd_api_package_release(struct tmd_api_package *package)
{
	for (size_t i = 0; i < package->count; i++) {
		free(package->items[i].name);
		tmd_buf_release(&package->items[i].content);
	}
	free(package->items);
	memset(package, 0, sizeof(*package));
}

struct loading {
	const struct tmd_api_files *files;
	size_t skip; /* bytes of the package's own name, with a separator */
	struct tmd_api_package *out;
};

/* What running it makes, and what keeps its history. */
static bool is_passed_over(const char *name)
{
	return strcmp(name, "__pycache__") == 0 || strcmp(name, ".git") == 0 ||
	       tmd_str_ends(name, ".pyc") || tmd_str_ends(name, ".pyo");
}

static enum tmd_rc load_file(struct loading *l, const char *name, struct tmd_error *err)
{
	struct tmd_api_package *out = l->out;
	struct tmd_buf content = { 0 };

	if (out->count == TMD_API_PACKAGE_FILES_MAX)
		return tmd_fail(err, TMD_E_REFUSED, l->files->root, NULL,
				"the package has more than %d files", TMD_API_PACKAGE_FILES_MAX);
	if (l->files->ops->read(l->files, name, TMD_API_PACKAGE_BYTES_MAX - out->bytes, &content,
				err)) {
		tmd_buf_release(&content);
		return TMD_FAILED;
	}
	tmd_buf_fit(&content);
	out->bytes += content.len;
	out->items = tmd_grow(out->items, &out->cap, out->count + 1, sizeof(*out->items));
	out->items[out->count++] = (struct tmd_api_item){ tmd_strdup(name + l->skip), content };
	return TMD_OK;
}

static enum tmd_rc load_directory(struct loading *l, const char *dir, unsigned depth,
				  struct tmd_error *err);

static enum tmd_rc load_entry(struct loading *l, const char *name, unsigned depth,
			      struct tmd_error *err)
{
	enum tmd_file_type type;

	if (l->files->ops->type(l->files, name, &type, err))
		return TMD_FAILED;
	if (type == TMD_FILE_REGULAR)
		return load_file(l, name, err);
	if (type != TMD_FILE_DIRECTORY || depth == DEPTH_MAX)
		return tmd_fail(err, TMD_E_REFUSED, l->files->root, "remove it",
				"%s is neither a file nor a directory, or lies too deep", name);
	return load_directory(l, name, depth + 1, err);
}

static enum tmd_rc load_directory(struct loading *l, const char *dir, unsigned depth,
				  struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (l->files->ops->list(l->files, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *name = tmd_format("%s/%s", dir, names.items[i]);

		if (!is_passed_over(names.items[i]) && load_entry(l, name, depth, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tmd_api_item *)a)->name,
		      ((const struct tmd_api_item *)b)->name);
}

enum tmd_rc tmd_api_package_load(const struct tmd_api_files *files, const char *name,
				 struct tmd_api_package *out, struct tmd_error *err)
{
	struct tmd_api_package package = { 0 };
	struct loading l = { files, strlen(name) + 1, &package };

	if (tmd_api_files_has(files, name, TMD_FILE_DIRECTORY) &&
	    load_directory(&l, name, 0, err)) {
		tmd_api_package_release(&package);
		return TMD_FAILED;
	}
	if (package.count)
		qsort(package.items, package.count, sizeof(*package.items), by_name);
	*out = package;
	return TMD_OK;
}

bool tmd_api_package_equal(const struct tmd_api_package *a, const struct tmd_api_package *b)
{
	if (a->count != b->count || a->bytes != b->bytes)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct tmd_buf *content = &b->items[i].content;

		if (strcmp(a->items[i].name, b->items[i].name) != 0 ||
		    !tmd_buf_equal(&a->items[i].content, tmd_buf_str(content), content->len))
			return false;
	}
	return true;
}
