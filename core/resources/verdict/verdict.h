/* The parts of the verdict type. */
#ifndef TMD_VERDICT_VERDICT_H
#define TMD_VERDICT_VERDICT_H

#include "os/observe.h"
#include "resources/type.h"
#include "resources/verdict/interpreter.h"
#include "resources/verdict/judge.h"
#include "resources/verdict/subject.h"

enum tmd_verdict_field {
	TMD_VERDICT_PYTHON_API,
	TMD_VERDICT_CORE,
	TMD_VERDICT_PYTHON,
	TMD_VERDICT_ENVIRONMENT,
	TMD_VERDICT_USER,
	TMD_VERDICT_CA_CERTS,
	TMD_VERDICT_DIRECTORY,
	TMD_VERDICT_REQUIRES,
	TMD_VERDICT_OBSERVE,
	TMD_VERDICT_UNDER,
	TMD_VERDICT_WORKS,
	TMD_VERDICT_BASIS,
	TMD_VERDICT_PYTHON_API_VERSION,
	TMD_VERDICT_CORE_VERSION,
	TMD_VERDICT_PYTHON_VERSION,
	TMD_VERDICT_API, /* the uses, in the order of enum tmd_use */
	TMD_VERDICT_FORM,
	TMD_VERDICT_STORAGE_UPLOAD,
	TMD_VERDICT_SITE_DOWNLOAD,
	TMD_VERDICT_STORAGE_DOWNLOAD,
	TMD_VERDICT_STORAGE_DOWNLOAD_AFTER,
	TMD_VERDICT_PROBLEMS,
	TMD_VERDICT_FIXES,
	TMD_VERDICT_FIELDS,
};

/* ---- surroundings.c: what a process begins with ---- */

struct tmd_surroundings { /* zero-initialise */
	struct tmd_strv environment; /* "NAME=value" each, a name once */
	struct tmd_user user;	     /* name NULL: nobody was named */
	char *unsure;		     /* why the environment of his logins is not known */
};

void tmd_surroundings_release(struct tmd_surroundings *surroundings);

/*
 * The login environment of `user`, NULL for none, with `given`, a map or null, laid over it: a name
 * that is null there is not set. `out` is replaced. Fails as tmd_env_login().
 */
enum tmd_rc tmd_surroundings_read(struct tmd_ctx *ctx, const char *user,
				  const struct tmd_value *given, struct tmd_surroundings *out,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* The value of a variable; NULL: it is not set. */
const char *tmd_surroundings_get(const struct tmd_surroundings *surroundings, const char *name);

/* Does the type look at this variable? */
bool tmd_surroundings_matter(const char *name);

/* ---- modules.c ---- */

/*
 * The file that certifi.where() names, of the first certifi in these directories, by the text of its
 * source; the caller frees. "" where that does not tell it. NULL: there is none.
 */
char *tmd_modules_certifi(struct tmd_ctx *ctx, const struct tmd_strv *places) TMD_MUST_CHECK;

/* Is this module in one of them? */
bool tmd_modules_has(struct tmd_ctx *ctx, const struct tmd_strv *places, const char *name);

/*
 * As the type's read(), of what `wishes`, a value per field, name; `looks` are of the same reader.
 */
enum tmd_rc tmd_verdict_read(struct tmd_ctx *ctx, struct tmd_resource *r,
			     const struct tmd_value *wishes, struct tmd_looks *looks,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* ---- list.c ---- */

/* The verb list: every copy and core that is found, with an interpreter that is. */
enum tmd_rc tmd_verdict_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			     struct tmd_listing *listing, struct tmd_error *err) TMD_MUST_CHECK;

/* ---- seen.c: the interpreter itself runs the API ---- */

struct tmd_verdict_reading;

struct tmd_observation { /* zero-initialise */
	struct tmd_answer answer; /* a variable for each use: observing.py says what is in it */
	struct tmd_strv paths;	  /* that the uses of the outcome borrow */
	struct tmd_strv differences; /* from what was predicted, a sentence each */
	char *why; /* it was wanted, and not observed; NULL else */
	bool made;
};

void tmd_observation_release(struct tmd_observation *observation);

/* Observes the process, and puts what is seen into the place of the outcome that was predicted. */
enum tmd_rc tmd_verdict_observe(struct tmd_verdict_reading *reading,
				struct tmd_error *err) TMD_MUST_CHECK;

/* The system's file and directories of the process, from its interpreter and environment. */
void tmd_verdict_find_system(struct tmd_verdict_reading *reading);

/*
 * Runs the interpreter with the API below `place`, as the user, in the sandbox; in unix/ and win32/.
 * `why` gets a text that the caller frees where that gave no answer, else NULL.
 */
enum tmd_rc tmd_verdict_ask(const struct tmd_verdict_reading *reading, const char *place,
			    struct tmd_answer *answer, char **why,
			    struct tmd_error *err) TMD_MUST_CHECK;

/* ---- report.c ---- */

/* What one verdict is made of. */
struct tmd_verdict_reading {
	struct tmd_ctx *ctx;
	struct tmd_resource *r;
	const struct tmd_value *given; /* a value per field; borrowed, as looks is */
	struct tmd_looks *looks;
	struct tmd_surroundings around;
	struct tmd_interpreter python;
	struct tmd_subject subject;
	struct tmd_requirements required;
	struct tmd_strv places; /* where modules are imported from */
	char *certifi;
	char *ca_file;
	char *program; /* the interpreter; NULL: none is named, or only its version */
	struct tmd_process process;
	struct tmd_outcome outcome;
	struct tmd_observation observation;
};

/* What the process has in its environment; NULL: it is not set. */
const char *tmd_verdict_variable(const struct tmd_verdict_reading *reading, const char *name);

/* From the outcome to the resource's current attributes. */
void tmd_verdict_report(struct tmd_verdict_reading *reading);

/* ---- say.c ---- */

/* The type's judge(). */
void tmd_verdict_judge(const struct tmd_resource *r, struct tmd_said *out);

#endif
