/*
 * The contract between the engine and the resource types: what a resource carries through a
 * run, and how it asks for changes without making any.
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
#include "resources/field.h"
#include "resources/step.h"
#include "resources/view.h"

/* ---- one resource in one run ---- */

struct tmd_type;

struct tmd_resource {
	const struct tmd_type *type;
	char *base_dir; /* relative input files are looked up here: the profile's directory, or
			   the caller's working directory; NULL: a relative path means nothing */

	const struct tmd_value *input; /* per field, as given; null: not given */
	unsigned withheld; /* a bit per field whose input no report repeats: see below */
	struct tmd_value *desired; /* per field, canonical; null: no wish */
	struct tmd_value *current; /* per field, as last read */

	/* Set by normalize(): two different wishes of a run with one identity are an input error
	   unless the type reconciles them, and the identity never depends on the order of
	   anything. */
	char *identity;
	char *name;          /* what the report calls it; set by normalize() */
	int rank;            /* its type's; normalize() may set a higher one for a resource that
				depends on others */
	bool after_rebuild;  /* set by normalize(): reads what the rebuild of another type makes */
	const char *backend; /* set by normalize() or read(): "debian", "p11kit", "file", … */

	struct tmd_strv warnings; /* of the last read() or plan(); the engine clears it before read */
	struct tmd_error shortfall; /* set by read() of a resource that is about many things: what
				       of them cannot be had or brought about, while the others
				       can. It fails with this in the end; cleared as warnings are */
	size_t read_warnings; /* in plan(): how many of them are of read(), and come first */
	struct tmd_diff diff;     /* of the last plan(); set by the engine from its steps */
	void *priv;               /* the type's own, freed by its release() */
};

/*
 * For parameters and fields with a fallback: `desired` becomes what was given, or else the
 * fallback. For others it becomes null.
 */
void tmd_resource_wish(struct tmd_resource *r);

/* For normalize(): what was given for this field may be a secret, and stays out of reports. */
void tmd_resource_withhold(struct tmd_resource *r, size_t field);

/* The input of a field; null where it is withheld. */
const struct tmd_value *tmd_resource_given(const struct tmd_resource *r, size_t field);

/* What a report says of a field: as read, or what names or steers the resource as given. */
const struct tmd_value *tmd_resource_told(const struct tmd_resource *r, size_t field);

/* Does the input ask for it to be gone? */
bool tmd_resource_is_to_go(const struct tmd_resource *r);

/* The managed path that names it; NULL when something else does. */
const char *tmd_resource_path(const struct tmd_resource *r);

enum tmd_reference {
	TMD_REFERS_NOT,
	TMD_REFERS_TO_FILE, /* a value is the file's path */
	TMD_REFERS_INSIDE,  /* it is about something in the file, as store=bundle:FILE */
};

/* How the fields with TMD_F_REFERS speak of a file. */
enum tmd_reference tmd_resource_refers(const struct tmd_resource *r, const char *path);

/* ---- what a type gets to work with ---- */

struct tmd_sessions; /* what types keep of what they have read: session.h */

struct tmd_ctx {
	struct tmd_view *view; /* through which a type reads */
	struct tmd_fs *fs;     /* the managed tree itself: for users, programs, and commit() */
	struct tmd_sessions *sessions;
	int64_t now; /* seconds since 1970 UTC, one value for the run */
	void (*tick)(void *arg); /* progress while a program runs; may be NULL */
	void *tick_arg;
	bool converges; /* plan and apply: what is read is to become what is wished for */
	bool asks_nobody; /* --no-observe: programs of the managed tree are not asked what they do */
	bool for_others; /* a plan by somebody who lacks the rights: what others could do is planned */
};

/* ---- what is there: the verb list ---- */

struct tmd_listing {
	/*
	 * A new instance for the report, of the type that lists, without input. The type sets its
	 * name and backend, fills `current` as read() does (the key included, so that the state
	 * can be fed back), and may add warnings. Valid until the next call.
	 */
	struct tmd_resource *(*add)(struct tmd_listing *listing);
	struct tmd_strv *remarks; /* to add to: a line each about all that was found, or was not */
};

/* ---- what is to be said of it: the verbs check and explain ---- */

enum tmd_standing {
	TMD_STANDS_WELL,
	TMD_STANDS_UNSURE,
	TMD_STANDS_BADLY,
};

/* Zero-initialised; the engine releases it. */
struct tmd_said {
	enum tmd_standing standing;
	char *subject;		   /* "shotgun_api3 3.9.0 in /opt/studio, Python 3.11" */
	struct tmd_strv reasons;   /* why it stands as it does, a clause each, the file to blame in it */
	struct tmd_strv remedies;  /* what to do or to type, and when it counts; the best first */
	struct tmd_strv sentences; /* all of it, for explain */
};

/*
 * ---- a resource type ----
 *
 * In which order its functions are called; `apply` of two variables, of which b differs:
 *
 *	normalize(a) check_wish(a)  normalize(b) check_wish(b) contradicts(a, b)
 *	read(a)                     read(b) in_sync(b, field) plan(b)       writes nothing
 *	- the lock is taken; what plan(b) laid on the view is gone again -
 *	read(a)                     read(b) plan(b), then its steps         in order of rank
 *	commit({ b })               when plan(b) asked for a rebuild
 *	read(a)                     read(b)                                 all must be as wished for
 *	release(a)                  release(b)
 *
 * `plan` ends before the lock, and `get` after the first reading. check_wish() is not asked for
 * `get`; in_sync() is asked for each field whose wish differs from the reading. normalize() and
 * read() may be called more often than is shown: a plan is verified on the view, as an apply is on
 * the disk. `list` calls list() and release() alone. tests/unit/engine/test_calls.c tests the order.
 */

struct tmd_type {
	const char *name;    /* "core_api" */
	const char *plural;  /* for people who read a list: "anchors"; NULL: the name */
	const char *summary; /* one sentence */
	const struct tmd_field *fields;
	size_t field_count;
	const char *const *backends; /* NULL-terminated */
	int rank; /* types with a lower rank converge first: 0 anchor, 10 bundle, 20 env, 30 others */

	/*
	 * From r->input to r->desired: canonical forms, refusals that need no look at the resource
	 * itself. Sets identity and name. Field types, choices and required fields were checked
	 * already; read-only input is null here; parameters and fields with a fallback stand in
	 * r->desired (tmd_resource_wish). Leave no wish for what is to be left alone; a wish may be
	 * set on a read-only field (effective=true). For the verb get the engine calls it too, with
	 * only the keys guaranteed. Called through tmd_resource_normalize().
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
	 * Of two different wishes with one identity: can both hold all the same, brought about one
	 * after the other in any order? NULL: never.
	 */
	bool (*reconciles)(const struct tmd_resource *a, const struct tmd_resource *b);

	/*
	 * Fills r->current from the machine (values are null before). May complete r->desired
	 * where the wish depends on what other files hold. An absent resource is no failure.
	 * Parameters that it leaves null are reported as wished for. Called again after apply: must
	 * not trust anything it kept. Called through tmd_resource_read().
	 */
	enum tmd_rc (*read)(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err);

	/*
	 * Is a field whose wish differs from the reading good enough all the same (match=at_least)?
	 * NULL: never.
	 */
	bool (*in_sync)(const struct tmd_resource *r, size_t field);

	/*
	 * Called when something differs: describes in `set` everything that has to change. Refuses
	 * (conflict, refused) what must not be touched. NULL: the type has the verbs that read alone.
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
	 * `query` has input for TMD_F_WHERE fields alone, and the wishes of tmd_resource_wish():
	 * neither normalize() nor read() was called on it. NULL: the type has no such verb.
	 */
	enum tmd_rc (*list)(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    struct tmd_listing *listing, struct tmd_error *err);

	/* The TMD_F_WHERE field without which list has nowhere to look. NULL: none. */
	const char *list_needs;

	/* Of a resource that was read: how it stands. NULL: the type judges nothing. */
	void (*judge)(const struct tmd_resource *r, struct tmd_said *out);

	/* Frees r->priv. May be NULL. */
	void (*release)(struct tmd_resource *r);
};

/* The field with TMD_F_STATE; NULL: instances of the type cannot go. */
const struct tmd_field *tmd_type_state(const struct tmd_type *type);

/* The type's normalize(), on the wishes of tmd_resource_wish(). */
enum tmd_rc tmd_resource_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* The type's read(), and the parameters that it leaves null as wished for. */
enum tmd_rc tmd_resource_read(struct tmd_ctx *ctx, struct tmd_resource *r,
			      struct tmd_error *err) TMD_MUST_CHECK;

#endif
