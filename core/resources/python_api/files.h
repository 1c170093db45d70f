/* The files of one tree, whatever holds them: names are relative to it, with '/' between parts. */
#ifndef TMD_PYTHON_API_FILES_H
#define TMD_PYTHON_API_FILES_H

#include "archive/archive.h"
#include "resources/view.h"

struct tmd_api_files;
struct tmd_api_files_archive;

struct tmd_api_files_ops {
	/* Replaced, sorted; "" is the tree itself. Fails where it is not a directory. */
	enum tmd_rc (*list)(const struct tmd_api_files *files, const char *name,
			    struct tmd_strv *names, struct tmd_error *err);

	/* Links are followed. Fails with not_found, or where that cannot be said. */
	enum tmd_rc (*type)(const struct tmd_api_files *files, const char *name,
			    enum tmd_file_type *type, struct tmd_error *err);

	enum tmd_rc (*read)(const struct tmd_api_files *files, const char *name, size_t max,
			    struct tmd_buf *out, struct tmd_error *err);
};

struct tmd_api_files {
	const struct tmd_api_files_ops *ops;
	const char *root; /* the directory, or the archive: names in messages begin with it */
	struct tmd_view *view;			     /* what the functions above read: */
	const struct tmd_api_files_archive *archive; /* one of the two */
	const char *base_dir;
};

/* Below a directory of the view. Both are borrowed. */
struct tmd_api_files tmd_api_files_in(struct tmd_view *view, const char *dir);

/* Below a directory of an archive: names in it begin with `inside`, "" or "NAME/". All are borrowed. */
struct tmd_api_files_archive {
	const struct tmd_archive *archive;
	const char *inside;
};
struct tmd_api_files tmd_api_files_of(const struct tmd_api_files_archive *from, const char *root);

/* Below a directory that the caller named as input; `base_dir` as tmd_view_read_input() has it. */
struct tmd_api_files tmd_api_files_in_input(struct tmd_view *view, const char *base_dir,
					    const char *dir);

bool tmd_api_files_has(const struct tmd_api_files *files, const char *name,
		       enum tmd_file_type type);

/* ROOT and the name joined, for people. The caller frees. */
char *tmd_api_files_path(const struct tmd_api_files *files, const char *name) TMD_MUST_CHECK;

#endif
