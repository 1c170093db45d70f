/*
 * The machine as one run sees it: what is there, with what the run plans laid on top. The only way
 * in which a type reads the machine, so that whether a change was made or is only planned is
 * nobody's business.
 */
#ifndef TMD_RESOURCES_VIEW_H
#define TMD_RESOURCES_VIEW_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "os/fs.h"
#include "resources/sent_files.h"

struct tmd_view;

/* Both are borrowed, and outlive the view: the managed tree, and the caller's own. */
struct tmd_view *tmd_view_new(struct tmd_fs *fs, struct tmd_fs *input) TMD_MUST_CHECK;

/*
 * An empty layer on top of another view, which is borrowed and stays as it is: to try out what
 * else might be planned. Freed, it leaves no trace.
 */
struct tmd_view *tmd_view_new_layer(const struct tmd_view *below) TMD_MUST_CHECK;

/* Moves all that a layer plans to the view below it; the layer is empty then. */
void tmd_view_settle(struct tmd_view *view, struct tmd_view *layer);

void tmd_view_free(struct tmd_view *view); /* NULL is fine */
void tmd_view_free_ptr(struct tmd_view **view);

/* Forgets what was planned; what is there shows again. */
void tmd_view_clear(struct tmd_view *view);

/* ---- reading: each as the function of its name in os/fs.h, on what is planned first ---- */

/* A planned file that is not there yet has the mode it was planned with, 0644 if none. */
enum tmd_rc tmd_view_read(struct tmd_view *view, const char *path, size_t max, struct tmd_buf *out,
			  struct tmd_stat *st, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_read_real(struct tmd_view *view, const char *path, size_t max,
			       struct tmd_buf *out, char **real,
			       struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_stat(struct tmd_view *view, const char *path, struct tmd_stat *st,
			  struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_lstat(struct tmd_view *view, const char *path, struct tmd_stat *st,
			   struct tmd_error *err) TMD_MUST_CHECK;
bool tmd_view_exists(struct tmd_view *view, const char *path);
enum tmd_rc tmd_view_readlink(struct tmd_view *view, const char *path, char **target,
			      struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_resolve(struct tmd_view *view, const char *path, char **real,
			     struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_world_readable(struct tmd_view *view, const char *path, bool *readable,
				    char **why, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_find_obstacle(struct tmd_view *view, const char *path,
				   const struct tmd_user *reader, char **why, uint32_t *owner,
				   struct tmd_error *err) TMD_MUST_CHECK;
/* A file that is planned to be root's is judged by its directory. */
enum tmd_rc tmd_view_changeable_by_others(struct tmd_view *view, const char *path, uint32_t user,
					  char **why, struct tmd_error *err) TMD_MUST_CHECK;

/* Names in a directory, sorted; none when there is no such directory. */
enum tmd_rc tmd_view_list(struct tmd_view *view, const char *dir, struct tmd_strv *names,
			  struct tmd_error *err) TMD_MUST_CHECK;

bool tmd_view_is_live(const struct tmd_view *view);
const char *tmd_view_root(const struct tmd_view *view);

/* Is anything planned about the file that `path` leads to, its removal included? */
bool tmd_view_is_planned(const struct tmd_view *view, const char *path);

/* Adds the canonical paths of which this layer itself plans anything. */
void tmd_view_planned_paths(const struct tmd_view *view, struct tmd_strv *paths);

/* The same, with those of all layers below, each once. */
void tmd_view_all_planned_paths(const struct tmd_view *view, struct tmd_strv *paths);

/* What is planned about a thing that is not a file, a registry value for one; NULL: nothing. */
const struct tmd_buf *tmd_view_fact(const struct tmd_view *view, const char *name);

/* Files that tmd_view_read_input() reads instead of the caller's own; borrowed. NULL: none came. */
void tmd_view_send(struct tmd_view *view, const struct tmd_sent_files *files);

/*
 * Reads a file that the user named as input (certificate, bundle source): what came with the
 * request under that name, else relative to `base_dir` and seen as the caller sees it. Fails as
 * tmd_fs_read(), and with invalid_input for a relative path where `base_dir` is NULL.
 */
enum tmd_rc tmd_view_read_input(struct tmd_view *view, const char *base_dir, const char *path,
				size_t max, struct tmd_buf *out,
				struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The same for what it is, links followed, and for the names in a directory, sorted. What came with
 * the request is a file.
 */
enum tmd_rc tmd_view_stat_input(struct tmd_view *view, const char *base_dir, const char *path,
				struct tmd_stat *st, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_list_input(struct tmd_view *view, const char *base_dir, const char *path,
				struct tmd_strv *names, struct tmd_error *err) TMD_MUST_CHECK;

/* ---- planning: what is read from now on; later calls win. Links are followed as a change would */

/* `attr` NULL, and TMD_KEEP in it, leave mode and owner as they are. */
enum tmd_rc tmd_view_put_file(struct tmd_view *view, const char *path, const struct tmd_buf *content,
			      const struct tmd_fs_attr *attr, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_view_put_attr(struct tmd_view *view, const char *path,
			      const struct tmd_fs_attr *attr, struct tmd_error *err) TMD_MUST_CHECK;
/* The name itself, be it a link. */
enum tmd_rc tmd_view_put_gone(struct tmd_view *view, const char *path,
			      struct tmd_error *err) TMD_MUST_CHECK;
void tmd_view_put_fact(struct tmd_view *view, const char *name, const struct tmd_buf *content);

#endif
