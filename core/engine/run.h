/*
 * The loop: desired -> normalize -> read -> diff -> plan -> apply -> read again. Owns the
 * lock, the rights check, the order of types, and the verdict on each resource.
 */
#ifndef TMD_ENGINE_RUN_H
#define TMD_ENGINE_RUN_H

#include "discover/find.h"
#include "resources/type.h"

#define TMD_RESOURCES_MAX 10000 /* in one run */

enum tmd_verb {
	TMD_VERB_GET,
	TMD_VERB_PLAN,
	TMD_VERB_APPLY,
	TMD_VERB_LIST,
	TMD_VERB_DESCRIBE,
	TMD_VERB_CHECK,
	TMD_VERB_EXPLAIN,
	TMD_VERB_COUNT,
};

const char *tmd_verb_name(enum tmd_verb verb);

static inline bool tmd_verb_converges(enum tmd_verb verb)
{
	return verb == TMD_VERB_PLAN || verb == TMD_VERB_APPLY;
}

/* Has the type what the verb needs: plan() for plan and apply, judge() for check and explain? */
bool tmd_verb_is_offered(enum tmd_verb verb, const struct tmd_type *type);

/* One attribute that differs (plan) or was changed (apply). */
struct tmd_change {
	size_t field;
	struct tmd_value from;
	struct tmd_value to;
};

enum tmd_result_state {
	TMD_RESULT_OPEN,       /* gets its turn, or had it */
	TMD_RESULT_POSTPONED,  /* waits for the commit of another type, which waits itself */
	TMD_RESULT_IN_REBUILD, /* takes part in its type's commit */
	TMD_RESULT_SUSPECT,    /* would not hold with all that is planned: what undoes it is looked for */
	TMD_RESULT_LACKS_RIGHTS, /* plan: the caller may not do it, and whoever may would; the error
				    says what is lacking */
	TMD_RESULT_QUERY,      /* check, explain: what list finds with it takes its place */
	TMD_RESULT_BARRED,     /* plans are made without it, and nothing is done about it */
};

/* Where a profile asks for something; zero: no profile does. */
struct tmd_origin {
	char *file;
	size_t line;	  /* of the resource, or of what is wrong with it */
	size_t *lines;	  /* per field: of the attribute; 0: it does not stand there */
};

struct tmd_result {
	struct tmd_resource resource;
	struct tmd_value *input; /* what resource.input shows */
	struct tmd_origin origin;
	bool *given; /* per field: named in the input, an explicit null and what is read-only included */
	struct tmd_change *changes;
	size_t change_count;
	size_t change_cap;
	struct tmd_outline outline; /* of the last plan */
	enum tmd_result_state state;
	uint64_t unsettled;	/* bits: fields that its own plan leaves to a rebuild that is to come */
	bool changed;           /* apply: something was written; plan: something would be */
	struct tmd_error error; /* kind none: fine; set before the run: malformed, not tried */
};

struct tmd_run {
	enum tmd_verb verb;
	struct tmd_ctx ctx;
	struct tmd_sent_files files; /* what came with the request; the view reads them first */
	struct tmd_fs *input; /* the caller's own view, never written: files that the caller names */
	unsigned lock_timeout; /* seconds */
	struct tmd_result *results;
	size_t count;
	size_t cap;
	size_t malformed;	/* of the results: not understood, and so not tried */
	struct tmd_strv remarks; /* of the verb list, on what was found as a whole */
	const struct tmd_strv *under; /* of list for all types: below these directories, or, where it
					 is empty, in the usual places; NULL: for what stands in results.
					 Borrowed */
	struct tmd_findings found; /* there, of kinds that none of the types lists */
	bool judges;		/* get, check: readings are held against the wishes, a profile's */
	bool plan_is_void;	/* resources were barred on whose changes others were planned */
	struct tmd_error error; /* of the run itself: bad input, lock not obtained */
	/* Called on what the run is doing, for a progress line; NULL: nobody listens. */
	void (*status)(void *arg, const char *text);
	void *status_arg;
};

void tmd_run_release(struct tmd_run *run);

/* A new empty resource of the run; valid until the next call. */
struct tmd_result *tmd_run_add(struct tmd_run *run, const struct tmd_type *type,
			       const char *base_dir);

/*
 * Carries the verb out on every resource that was understood. Failures of resources stand in the
 * results, with those that came with an error of their own (engine/malformed.h). Fails
 * with run->error set when nothing was tried: for busy the results stand, else there are none.
 *
 * For the verb list the resources are queries, which have input for TMD_F_WHERE fields alone;
 * what is found takes their place in the results. A listing that fails is the run's error, with
 * what the others found in the results. For check and explain, queries are those of that state,
 * and come last.
 */
enum tmd_rc tmd_run_execute(struct tmd_run *run) TMD_MUST_CHECK;

/* Of the verb plan: how many resources would change if the caller had the rights for it. */
size_t tmd_run_lacking(const struct tmd_run *run);

/* For check and explain: adds a query for each type that judges. `under`: directories, or none. */
void tmd_run_add_queries(struct tmd_run *run, const struct tmd_type *const *types,
			 const struct tmd_strv *under, const char *base_dir);

/* Does a reading differ from its wish? For a run that judges. */
bool tmd_result_differs(const struct tmd_result *result);

/* How a result of the verb check stands: as its type judges, or as its profile wishes. */
enum tmd_standing tmd_result_standing(const struct tmd_result *result);

bool tmd_run_changed(const struct tmd_run *run);
bool tmd_run_failed(const struct tmd_run *run);

/* 0, 1, 2, 3, 4 or 70; 10 for a change where `detailed`. */
int tmd_run_exit_status(const struct tmd_run *run, bool detailed);

#endif
