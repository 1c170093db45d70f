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
#include "resources/step.h"
#include "resources/view.h"

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

/* ---- one resource in one run ---- */

struct tmd_type;

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
	struct tmd_diff diff;     /* of the last plan(); set by the engine from its steps */
	void *priv;               /* the type's own, freed by its release() */
};

/* ---- what a type gets to work with ---- */

struct tmd_sessions; /* what types keep of what they have read: session.h */

struct tmd_ctx {
	struct tmd_view *view; /* through which a type reads */
	struct tmd_fs *fs;     /* the managed tree itself: for users, programs, and commit() */
	struct tmd_sessions *sessions;
	int64_t now; /* seconds since 1970 UTC, one value for the run */
	void (*tick)(void *arg); /* progress while a program runs; may be NULL */
	void *tick_arg;
};

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
	 * For the verbs plan and apply: refuses a wish that is good enough to look at the resource
	 * and not to converge it, beyond what the field table says. NULL: never.
	 */
	enum tmd_rc (*check_wish)(const struct tmd_resource *r, struct tmd_error *err);

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
	 * Called when something differs: describes in `set` everything that has to change. Refuses
	 * (conflict, refused) what must not be touched.
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
