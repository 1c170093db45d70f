/*
 * One text that names several paths, as an attribute with TMD_F_MANY does: a comma between them
 * (two for a comma that belongs to a name), and wildcards in them: * ? [a-z] [!a-z], as a shell has
 * them. What exists under the whole text, or under a part as it is written, is that path.
 */
#ifndef TMD_RESOURCES_PATHS_H
#define TMD_RESOURCES_PATHS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"
#include "resources/view.h"

#define TMD_PATHS_MAX 10000 /* that one text can name */

/* The parts between the commas, without blanks around them; empty parts are none. */
void tmd_paths_split(const char *text, struct tmd_strv *parts);

/* The reverse; the caller frees. */
char *tmd_paths_join(const struct tmd_strv *parts) TMD_MUST_CHECK;

/* The text for a report: a long one is told by its first part. The caller frees. */
char *tmd_paths_name(const char *text) TMD_MUST_CHECK;

/* Has it a comma or a wildcard? Whether such a file exists is another question. */
bool tmd_paths_may_be_many(const char *text);

/*
 * All paths that the text names, in its order, those of a wildcard sorted, none twice. A wildcard in
 * the last name stands for what is of type `want` alone, and no wildcard for a leading dot. A part
 * without wildcards is taken whether it exists or not; one that matches nothing stands as it is
 * written. `*many`: it is not the one path that it is written as. Fails with refused beyond
 * TMD_PATHS_MAX, and as tmd_view_list().
 */
enum tmd_rc tmd_paths_expand(struct tmd_view *view, const char *text, enum tmd_file_type want,
			     struct tmd_strv *out, bool *many, struct tmd_error *err) TMD_MUST_CHECK;

/* Fails with not_found for one of these paths that still is a pattern, which nothing matches. */
enum tmd_rc tmd_paths_check(struct tmd_view *view, const char *path,
			    struct tmd_error *err) TMD_MUST_CHECK;

#endif
