/* The command line: options, verb, and what is left for the verb. */
#ifndef TMD_ENGINE_OPTIONS_H
#define TMD_ENGINE_OPTIONS_H

#include "base/strv.h"
#include "engine/run.h"

#define TMD_LOCK_TIMEOUT 60       /* seconds */
#define TMD_LOCK_TIMEOUT_MAX 3600 /* seconds */

enum tmd_output {
	TMD_OUTPUT_AUTO, /* text on a terminal, JSON otherwise */
	TMD_OUTPUT_JSON,
	TMD_OUTPUT_TEXT,
	TMD_OUTPUT_DSC, /* engine/dsc.h, these three */
	TMD_OUTPUT_DSC_TEST,
	TMD_OUTPUT_DSC_WHAT_IF,
};

enum tmd_asked {
	TMD_ASKED_WORK,
	TMD_ASKED_NOTHING, /* there is no verb */
	TMD_ASKED_HELP,
	TMD_ASKED_VERSION, /* stands before help where both are asked for */
};

enum tmd_observing { TMD_OBSERVES, TMD_OBSERVES_NOT }; /* --no-observe */

struct tmd_options {
	const char *program;
	const struct tmd_type *type; /* NULL: a profile, or all types for describe */
	enum tmd_verb verb;
	const char *input; /* --input, or NULL */
	const char *root;  /* --root, or NULL */
	enum tmd_output output;
	bool detailed_exitcode;
	bool diff;
	bool verbose;
	bool what_if; /* of apply, no more than what plan does */
	enum tmd_observing observing;
	enum tmd_asked asked;
	unsigned lock_timeout;
	struct tmd_strv settings; /* --set */
	struct tmd_strv under;	  /* --under, where no type was named; else in the words */
	struct tmd_strv words;    /* attribute=value words, or the profile */
};

void tmd_options_release(struct tmd_options *options);

/*
 * Fills what it can even on failure, so that --output is known when the error is reported.
 * Fails with invalid_input. Points into argv.
 */
enum tmd_rc tmd_options_parse(struct tmd_options *options, const struct tmd_type *const *types,
			      int argc, char **argv, struct tmd_error *err) TMD_MUST_CHECK;

/* Relative directories to look in begin at `cwd`, where the machine itself is looked through. */
void tmd_options_settle_under(struct tmd_options *options, const char *cwd);

#endif
