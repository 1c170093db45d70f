/*
 * What has to change, as steps: what plan shows and apply carries out. A type describes steps and
 * never takes one; the engine does, and knows nothing of their kinds.
 */
#ifndef TMD_RESOURCES_STEP_H
#define TMD_RESOURCES_STEP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "os/fs.h"
#include "resources/view.h"

struct tmd_step;

struct tmd_diff { /* of the most telling thing; NULL texts: it is not there */
	char *path;
	char *before;
	char *after;
};

void tmd_diff_clear(struct tmd_diff *diff);

struct tmd_step_ops {
	/*
	 * Would carry_out() be permitted, and is what it changes still as it was when that was read
	 * (tmd_fs_watch())? Writes nothing. Asked when planned, and for all steps of a resource
	 * before the first is taken.
	 */
	enum tmd_rc (*check)(const struct tmd_step *step, struct tmd_fs *fs,
			     struct tmd_error *err);

	/* Takes it, wholly or not at all. Called with writes allowed, under the lock. */
	enum tmd_rc (*carry_out)(const struct tmd_step *step, struct tmd_fs *fs,
				 struct tmd_error *err);

	/* Lays on the view what carry_out() would leave. */
	enum tmd_rc (*preview)(const struct tmd_step *step, struct tmd_view *view,
			       struct tmd_error *err);

	/*
	 * Fills the empty `diff`, or leaves it so where there is nothing to show. The view is that
	 * from before the step. NULL: never anything.
	 */
	void (*describe)(const struct tmd_step *step, struct tmd_view *view, struct tmd_diff *diff);

	/* Frees the step itself. */
	void (*release)(struct tmd_step *step);
};

struct tmd_step { /* the first member of each kind's own */
	const struct tmd_step_ops *ops;
};

/* ---- steps that every type can use: files ---- */

struct tmd_file_step {
	struct tmd_step base;
	char *path;
	char *to;		/* rename: the new path, in the same directory */
	struct tmd_buf content; /* write: what the file holds exactly */
	struct tmd_fs_attr attr;
};

#define TMD_BACKUP_ENDING ".trustmend-backup"

extern const struct tmd_step_ops tmd_step_write;  /* the file holds exactly `content` */
extern const struct tmd_step_ops tmd_step_remove; /* a file or link is gone */
extern const struct tmd_step_ops tmd_step_rename;
extern const struct tmd_step_ops tmd_step_attr;   /* mode and owner of an existing file */
extern const struct tmd_step_ops tmd_step_backup; /* PATH.trustmend-backup holds what PATH holds */

/* ---- all that one resource needs ---- */

/* What a rebuild that comes later is expected to leave; see tmd_view_put_file(), _put_fact(). */
struct tmd_expectation {
	char *path;
	struct tmd_buf content;
};

/* What becomes of one field in a clause, for a reader whom the whole difference would only tire. */
struct tmd_outline {
	size_t field;
	char *text;
};

struct tmd_changeset {
	struct tmd_step **steps; /* in the order in which they are taken */
	size_t count;
	size_t cap;
	struct tmd_strv rights; /* files that a later rebuild writes: the right is asked for */
	struct tmd_expectation *expected;
	size_t expected_count;
	size_t expected_cap;
	struct tmd_diff told; /* shown instead of what the steps describe; path NULL: nothing */
	struct tmd_outline outline; /* text NULL: none */
	bool rebuild;	      /* the type's commit() has work to do after this */
};

void tmd_changeset_release(struct tmd_changeset *set);
void tmd_changeset_add(struct tmd_changeset *set, struct tmd_step *step); /* takes it over */

/* `content` is moved out of the caller's buffer. `attr` NULL keeps mode and owner. */
void tmd_changeset_write(struct tmd_changeset *set, const char *path, struct tmd_buf *content,
			 const struct tmd_fs_attr *attr);
void tmd_changeset_remove(struct tmd_changeset *set, const char *path);
void tmd_changeset_rename(struct tmd_changeset *set, const char *path, const char *to);
void tmd_changeset_attr(struct tmd_changeset *set, const char *path,
			const struct tmd_fs_attr *attr);
void tmd_changeset_backup(struct tmd_changeset *set, const char *path);
void tmd_changeset_touch(struct tmd_changeset *set, const char *path); /* adds to `rights` */
void tmd_changeset_expect(struct tmd_changeset *set, const char *path, struct tmd_buf *content);
/* Both texts are taken over; NULL: not there. */
void tmd_changeset_tell(struct tmd_changeset *set, const char *path, char *before, char *after);
void tmd_changeset_outline(struct tmd_changeset *set, size_t field, char *text); /* takes it over */

/* Is the removal of that path one of the steps already? */
bool tmd_changeset_removes(const struct tmd_changeset *set, const char *path);

/* The rights for all steps, and for what a rebuild writes. */
enum tmd_rc tmd_changeset_check(const struct tmd_changeset *set, struct tmd_fs *fs,
				struct tmd_error *err) TMD_MUST_CHECK;

/* Lays on the view what the steps alone would leave. */
enum tmd_rc tmd_changeset_preview_steps(const struct tmd_changeset *set, struct tmd_view *view,
					struct tmd_error *err) TMD_MUST_CHECK;

/* The same, and what a rebuild is expected to leave. */
enum tmd_rc tmd_changeset_preview(const struct tmd_changeset *set, struct tmd_view *view,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* Fills the empty `diff` with the most telling change, the view being that from before it. */
void tmd_changeset_describe(const struct tmd_changeset *set, struct tmd_view *view,
			    struct tmd_diff *diff);

#endif
