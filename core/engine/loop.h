/*
 * What the parts of the loop know of each other: wishes -> turns -> converge -> rebuild -> verify.
 * The verbs are in run.c, and nothing else includes this.
 */
#ifndef TMD_ENGINE_LOOP_H
#define TMD_ENGINE_LOOP_H

#include "engine/run.h"

/* ---- results.c ---- */

void tmd_values_clear(struct tmd_value *values, size_t count);
void tmd_result_clear_changes(struct tmd_result *result);
void tmd_result_release(struct tmd_result *result);

const char *tmd_resource_key(const struct tmd_resource *r); /* as given; NULL: not given */

/* Fills r->current through the view, after all that was known is forgotten. */
enum tmd_rc tmd_result_read(struct tmd_run *run, struct tmd_resource *r,
			    struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Fills the changes from what is desired and what was read; `judge`: with what no step can bring
 * about.
 */
void tmd_result_compare(struct tmd_result *result, bool judge);

/* ---- wishes.c ---- */

/*
 * From input to wish, for the verb of the run. What is wrong with it, or contradicts a resource
 * before it, stands in the results.
 */
void tmd_wish_normalize(struct tmd_run *run, size_t index);

/* `because` is one clause. */
void tmd_refuse_both(struct tmd_result *a, struct tmd_result *b, const char *because);

/* ---- turns.c ---- */

/* Every resource without an error gets its turn: is planned, or with `apply` carried out. */
void tmd_run_turns(struct tmd_run *run, bool apply);

/* For the progress line: "reading anchor NAME". */
void tmd_run_say(struct tmd_run *run, const struct tmd_resource *r, const char *doing);

/* ---- converge.c ---- */

/* Reads, compares and plans one resource; then its steps are laid on the view or, with `apply`,
   carried out. */
enum tmd_rc tmd_converge(struct tmd_run *run, struct tmd_result *result, bool apply,
			 struct tmd_error *err) TMD_MUST_CHECK;

/* ---- rebuild.c ---- */

/* The rebuilds that resources of this rank asked for. True when one is left for later because it
   would have to wait and may not. */
bool tmd_rebuild_rank(struct tmd_run *run, int rank, bool may_wait);

/* ---- verify.c ---- */

/* To be called when a plan was laid on the view: what of the wish is still to come. */
void tmd_verify_note(struct tmd_run *run, struct tmd_result *result);

/* The same while a void plan is made once more: does the plan of `result` undo a suspect? */
void tmd_verify_watch(struct tmd_run *run, struct tmd_result *result);

/*
 * Does every wish hold in the view, with all that is planned on it? Two resources of which one
 * undoes what the other does get an error each, by name. True when there are such: all others were
 * planned on what those would have done, so the plan is void.
 */
bool tmd_verify_planned(struct tmd_run *run);

/* Reads all resources again when anything was to change; what does not hold is not_converged. */
void tmd_verify_applied(struct tmd_run *run);

/* ---- listing.c ---- */

enum tmd_rc tmd_run_list(struct tmd_run *run) TMD_MUST_CHECK;

#endif
