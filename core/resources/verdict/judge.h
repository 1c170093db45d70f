/* One process that uses the API: what it trusts for each use, and what comes of it. */
#ifndef TMD_VERDICT_JUDGE_H
#define TMD_VERDICT_JUDGE_H

#include "resources/verdict/rules.h"
#include "resources/verdict/trusted.h"

/* Files that were looked at, each once, for one reader. */
struct tmd_looked {
	char *path; /* of the system's its file and directories, with a newline between */
	struct tmd_trusted trusted;
	char *why; /* it does not load; NULL: it does */
};

struct tmd_looks { /* zero-initialise */
	struct tmd_looked **items;
	size_t count;
	size_t cap;
};

void tmd_looks_release(struct tmd_looks *looks);

/*
 * Paths that nobody has, of files that are not there, to try out what a change would bring: one
 * that holds all that is required, and one with the public roots that newer releases come with.
 * They are compared as pointers.
 */
extern const char tmd_good_file[];
extern const char tmd_public_file[];

/* What Toolkit's core makes of the variable, where it hands the API a file of its own. */
enum tmd_core_patch {
	TMD_CORE_PLAIN,		  /* nothing: the API decides */
	TMD_CORE_IGNORES,	  /* v0.23.7 to v0.23.9: the variable does not count */
	TMD_CORE_EMPTY_IS_UNSET, /* from v0.23.10 on */
};

/* All borrowed. */
struct tmd_process {
	struct tmd_ctx *ctx;
	struct tmd_looks *looks;
	const struct tmd_requirements *required;
	const struct tmd_user *reader; /* who runs it; NULL: not known */
	const char *directory;	       /* where it runs, for relative paths; NULL: not known */

	const char *unsure;  /* why nothing can be told; NULL: something can */
	const char *release; /* of the API; NULL: not known */
	const char *package; /* the directory shotgun_api3, or its path in an archive */
	const char *archive; /* the archive that it lies in; NULL: none */
	const char *certs; /* what a core puts in the place of the package's lib/certifi/cacert.pem;
			      NULL: nothing */
	enum tmd_core_patch patch;
	const char *python; /* version; NULL: not known */
	const char *ca_file; /* the system's, SSL_CERT_FILE heeded; NULL: not known */
	const char *ca_dirs; /* a list */
	struct tmd_rules_settings settings;
};

enum tmd_state {
	TMD_STATE_NO_USE, /* the release has no such use */
	TMD_STATE_WORKS,
	TMD_STATE_UNSURE,
	TMD_STATE_BROKEN,
};

/* "works" and so on. */
const char *tmd_state_name(enum tmd_state state);

enum tmd_told { /* of a file: is it so? */
	TMD_TOLD_NOT,
	TMD_TOLD_YES,
	TMD_TOLD_NO,
};

struct tmd_judgement {
	enum tmd_state state;
	enum tmd_from from;
	enum tmd_name_check name;
	bool strict;
	char *file;	 /* NULL: none, or not known */
	char *directory; /* of the system: a list */
	enum tmd_told loads;
	enum tmd_told holds; /* what is required */
	char *why; /* of UNSURE and BROKEN, one clause */
};

struct tmd_outcome {
	bool refuses; /* tmd_rules_refuses(): what it trusts does not matter then */
	struct tmd_rules_answer rules;
	struct tmd_judgement uses[TMD_USES];
};

/* `out` is replaced. */
void tmd_process_judge(struct tmd_process *process, struct tmd_outcome *out);

/*
 * The same after an answer to the rules that came from elsewhere. `answer` moves into `out`, which is
 * replaced.
 */
void tmd_process_judge_as(struct tmd_process *process, struct tmd_rules_answer *answer,
			  struct tmd_outcome *out);

void tmd_outcome_release(struct tmd_outcome *outcome); /* zero-initialised is fine */

/* The worst of its uses. */
enum tmd_state tmd_outcome_state(const struct tmd_outcome *outcome);

#endif
