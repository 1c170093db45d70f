/*
 * The contract between the engine and the resource types: the field table, what a
 * resource carries through a run, and how it asks for changes without making any.
 *
 * A type reads the machine and describes the changes that would converge it; the
 * engine parses input, compares, checks rights, takes the lock, carries the changes
 * out, reads again and reports. A type never prints, exits, locks or writes.
 */
#ifndef TMD_RESOURCES_TYPE_H
#define TMD_RESOURCES_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "base/value.h"
#include "os/fs.h"
#include "os/proc.h"
#include "resources/sent_files.h"

/* ---- the field table: validation, describe, diff and documentation come from it ---- */

enum tmd_field_type {
	TMD_T_STRING,
	TMD_T_ENUM,  /* a string out of `choices` */
	TMD_T_BOOL,
	TMD_T_INT,
	TMD_T_LIST,  /* of strings; out of `choices` when given */
	TMD_T_MAP,   /* string to string-or-null; read-only fields alone use it */
	TMD_T_PATH,  /* a managed path: the engine makes it absolute and rejects "" and NUL */
};

enum tmd_field_flag {
	TMD_F_KEY = 1 << 0,       /* names the resource: needed for every verb */
	TMD_F_REQUIRED = 1 << 1,  /* needed for plan and apply; an explicit null counts as given */
	TMD_F_READ_ONLY = 1 << 2, /* reported; accepted and ignored in input */
	TMD_F_PARAM = 1 << 3,     /* steers the work, is never compared (but is reported) */
	TMD_F_UNLESS_ABSENT = 1 << 4, /* with REQUIRED: not needed when state=absent */
	TMD_F_LONG = 1 << 5,      /* may hold long text: shown cut in readable output */
	TMD_F_WHERE = 1 << 6,     /* says where to look: the verb list takes it */
	TMD_F_FILES = 1 << 7,     /* may name files of the caller's, which are read as input */
	TMD_F_PLACE = 1 << 8,     /* says with the key which thing is meant; part of the identity */
};

struct tmd_field {
	const char *name;
	enum tmd_field_type type;
	unsigned flags;
	const char *fallback;           /* default as text, for documentation; NULL: none */
	const char *const *choices;     /* NULL-terminated, or NULL */
	const char *doc;                /* one or more sentences, plain text */
};

/* ---- changes: what plan shows and apply carries out ---- */

enum tmd_action_kind {
	TMD_ACT_WRITE,  /* path holds exactly `content` */
	TMD_ACT_REMOVE, /* file or link is gone */
	TMD_ACT_RENAME, /* path becomes `to`, in the same directory */
	TMD_ACT_ATTR,   /* mode and owner of an existing file */
	TMD_ACT_TOUCH,  /* a later rebuild writes here: check rights, do nothing */
	TMD_ACT_EXPECT, /* a later rebuild is expected to leave `content` here: do nothing, but
			   resources planned later in the same run read it so. A `path` that is not
			   absolute is a name for what is no file: tmd_ctx_planned() finds it. */
	TMD_ACT_PERFORM, /* what is no file, a registry value or a certificate store, named by
			    `path`: the type's check() and perform() know how */
};

struct tmd_action {
	enum tmd_action_kind kind;
	char *path;
	char *to;
	struct tmd_buf content;
	struct tmd_fs_attr attr;
	bool backup; /* WRITE: keep the old content beside it as PATH.trustmend-backup first */
};

struct tmd_changeset {
	struct tmd_action *actions;
	size_t count;
	size_t cap;
	bool rebuild; /* the type's commit() has work to do after this */
};

void tmd_changeset_release(struct tmd_changeset *set);
/* `content` is moved out of the caller's buffer. `attr` NULL keeps mode and owner. Returns the
   action for further settings; it is valid until the next call. */
struct tmd_action *tmd_changeset_write(struct tmd_changeset *set, const char *path,
				       struct tmd_buf *content, const struct tmd_fs_attr *attr);
void tmd_changeset_remove(struct tmd_changeset *set, const char *path);
void tmd_changeset_rename(struct tmd_changeset *set, const char *path, const char *to);
void tmd_changeset_attr(struct tmd_changeset *set, const char *path,
			const struct tmd_fs_attr *attr);
void tmd_changeset_touch(struct tmd_changeset *set, const char *path);
void tmd_changeset_perform(struct tmd_changeset *set, const char *what);
void tmd_changeset_expect(struct tmd_changeset *set, const char *path, struct tmd_buf *content);

/* ---- one resource in one run ---- */

struct tmd_type;

struct tmd_diff { /* of the most telling file; NULL texts: the file is not there */
	char *path;
	char *before;
	char *after;
};

struct tmd_resource {
	const struct tmd_type *type;
	char *base_dir; /* relative input files are looked up here: the profile's directory, or
			   the caller's working directory; NULL: a relative path means nothing */

	struct tmd_value *input;   /* per field, as given; null: not given */
	struct tmd_value *desired; /* per field, canonical; null: no wish */
	struct tmd_value *current; /* per field, as last read */

	/* Set by normalize(): two different wishes of a run with one identity are an input error,
	   and the identity never depends on the order of anything. */
	char *identity;
	char *name;          /* what the report calls it; set by normalize() */
	int rank;            /* its type's; normalize() may set a higher one for a resource that
				depends on others */
	bool after_rebuild;  /* set by normalize(): reads what the rebuild of another type makes */
	const char *backend; /* set by normalize() or read(): "debian", "p11kit", "file", … */

	struct tmd_strv warnings; /* of the last read() or plan(); the engine clears it before read */
	size_t read_warnings; /* in plan(): how many of them are of read(), and come first */
	struct tmd_diff diff;     /* set by plan() */
	void *priv;               /* the type's own, freed by its release() */
};

/* ---- what a type gets to work with ---- */

struct tmd_sessions; /* what types keep of what they have read: session.h */
struct tmd_overlay; /* planned contents that are not on disk */

struct tmd_ctx {
	struct tmd_fs *fs;    /* the managed tree: the only thing that is changed */
	struct tmd_fs *input; /* the caller's own view, never written: files that the caller names */
	const struct tmd_sent_files *files; /* read instead of them; NULL: none came */
	struct tmd_overlay *overlay;
	struct tmd_sessions *sessions;
	int64_t now; /* seconds since 1970 UTC, one value for the run */
	void (*tick)(void *arg); /* progress while a program runs; may be NULL */
	void *tick_arg;
};

/*
 * Reads a managed file as it is, or as an earlier resource of this run plans it. Use this
 * and not tmd_fs_read() for files that several resources may change. `st` may be NULL; for
 * a planned new file it tells a regular file with mode 0644.
 */
enum tmd_rc tmd_ctx_read(struct tmd_ctx *ctx, const char *path, size_t max, struct tmd_buf *out,
			 struct tmd_stat *st, struct tmd_error *err) TMD_MUST_CHECK;

/* The mode that an earlier resource of this run plans for a file; `now` when none does. */
uint32_t tmd_ctx_mode(struct tmd_ctx *ctx, const char *path, uint32_t now);

/* Names in a managed directory, sorted; none when there is no such directory. */
enum tmd_rc tmd_ctx_list(struct tmd_ctx *ctx, const char *dir, struct tmd_strv *names,
			 struct tmd_error *err) TMD_MUST_CHECK;

/* Does an earlier resource of this run, which is only planned, give this file to root? */
bool tmd_ctx_is_given_to_root(const struct tmd_ctx *ctx, const char *path);

/* What an earlier resource of this run expects under a name that is no path; NULL: nothing. */
const struct tmd_buf *tmd_ctx_planned(const struct tmd_ctx *ctx, const char *name);

/*
 * Reads a file that the user named as input (certificate, bundle source): what came with the
 * request under that name, else relative to the resource's base_dir and seen as the caller sees
 * it. Fails as tmd_fs_read(), and with invalid_input for a relative path without a base.
 */
enum tmd_rc tmd_ctx_read_input(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *path,
			       size_t max, struct tmd_buf *out, struct tmd_error *err)
	TMD_MUST_CHECK;

/* ---- what is there: the verb list ---- */

struct tmd_listing {
	/*
	 * A new instance for the report, of the type that lists, without input. The type sets its
	 * name and backend, fills `current` as read() does (the key included, so that the state
	 * can be fed back), and may add warnings. Valid until the next call.
	 */
	struct tmd_resource *(*add)(struct tmd_listing *listing);
};

/* ---- a resource type ---- */

struct tmd_type {
	const char *name;    /* "core_api" */
	const char *plural;  /* for people who read a list: "anchors"; NULL: the name */
	const char *summary; /* one sentence */
	const struct tmd_field *fields;
	size_t field_count;
	const char *const *backends; /* NULL-terminated */
	int rank; /* types with a lower rank converge first: 0 anchor, 10 bundle, 20 env, 30 others */

	/*
	 * From r->input to r->desired: defaults, canonical forms, refusals that need no look at
	 * the resource itself. Sets identity and name. Field types, choices and required fields
	 * were checked already; read-only input is null here. Set no wish for what is to be left
	 * alone; a wish may be set on a read-only field (effective=true). For the verb get the
	 * engine calls it too, with only the keys guaranteed.
	 */
	enum tmd_rc (*normalize)(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err);

	/*
	 * Of two resources that normalize() took, with identities of their own: why they cannot
	 * both hold, as one clause and a constant, or NULL. Not asked for the verb get. May be NULL.
	 */
	const char *(*contradicts)(const struct tmd_resource *a, const struct tmd_resource *b);

	/*
	 * Fills r->current from the machine (values are null before). May complete r->desired
	 * where the wish depends on what other files hold. An absent resource is no failure.
	 * Called again after apply: must not trust anything it kept.
	 */
	enum tmd_rc (*read)(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err);

	/*
	 * Is a field whose wish differs from the reading good enough all the same (match=at_least)?
	 * NULL: never.
	 */
	bool (*in_sync)(const struct tmd_resource *r, size_t field);

	/*
	 * Called when something differs: describes in `set` everything that has to change, and
	 * fills r->diff. Refuses (conflict, refused) what must not be touched.
	 */
	enum tmd_rc (*plan)(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err);

	/*
	 * Once per run after the changes of all resources of this type, when any asked for a
	 * rebuild. NULL where there is nothing of the kind. Resources that took part are given.
	 * commit_text, set with it, is for the progress line: "rebuilding the trust store".
	 */
	enum tmd_rc (*commit)(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			      size_t count, struct tmd_error *err);
	const char *commit_text;

	/*
	 * Would commit() have to wait for a program of somebody else's? Then resources that do not
	 * need the rebuild come first. NULL: never.
	 */
	bool (*busy)(struct tmd_ctx *ctx, struct tmd_resource *const *resources, size_t count);

	/*
	 * For TMD_ACT_PERFORM. check(): would perform() be permitted? Writes nothing. perform():
	 * carries out what plan() described, from r->desired and r->priv. NULL for types, or on
	 * systems, that only know files.
	 */
	enum tmd_rc (*check)(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err);
	enum tmd_rc (*perform)(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err);

	/*
	 * Finds every instance on this machine, in an order that does not change from run to run.
	 * `query` has the input of the TMD_F_WHERE fields alone and nothing else: neither
	 * normalize() nor read() was called on it. NULL: the type has no such verb.
	 */
	enum tmd_rc (*list)(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    struct tmd_listing *listing, struct tmd_error *err);

	/* Frees r->priv. May be NULL. */
	void (*release)(struct tmd_resource *r);
};

extern const struct tmd_type tmd_type_anchor;
extern const struct tmd_type tmd_type_env;
extern const struct tmd_type tmd_type_bundle;
extern const struct tmd_type tmd_type_core_api;

#endif
