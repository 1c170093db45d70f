/* The parts of reading a copy, for the files that do it. */
#ifndef TMD_PYTHON_API_COPY_INTERNAL_H
#define TMD_PYTHON_API_COPY_INTERNAL_H

#include "resources/python_api/copy.h"
#include "resources/python_api/files.h"

#define TMD_API_PACKAGE "shotgun_api3"

/* Fills in what the tree that holds shotgun_api3 tells, save where it lies. */
enum tmd_rc tmd_api_copy_read_tree(struct tmd_api_copy *copy, const struct tmd_api_files *files,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* Adds the CA files below `package`; the release is NULL when it is not known. */
void tmd_api_copy_find_ca_files(struct tmd_api_copy *copy, const struct tmd_api_files *files,
				const char *package, const struct tmd_api_release *release);

/* After that: a release that loads a file by default has it. */
void tmd_api_copy_note_missing_ca(struct tmd_api_copy *copy);

/*
 * Where shotgun_api3 stands in an archive: what is before it in its names, "" or "NAME/", which the
 * caller frees. Fails with not_found, and with refused where there are several.
 */
enum tmd_rc tmd_api_archive_find(const struct tmd_archive *archive, const char *path, char **inside,
				 struct tmd_error *err) TMD_MUST_CHECK;

enum tmd_rc tmd_api_copy_read_archive(struct tmd_ctx *ctx, const char *path,
				      struct tmd_api_copy *copy,
				      struct tmd_error *err) TMD_MUST_CHECK;

#endif
