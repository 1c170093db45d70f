/*
 * Imitations of the programs that read environment files: each turns a file's bytes into
 * the variables which the real reader would set. tests/integration/test_env_parsers.py
 * holds them against the real ones.
 */
#ifndef TMD_RESOURCES_ENV_READERS_H
#define TMD_RESOURCES_ENV_READERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "resources/env/vars.h"

#define TMD_ENV_FILE_MAX ((size_t)1 << 20) /* bytes of one environment file */
#define TMD_ENV_VALUE_MAX ((size_t)128 << 10) /* bytes of one value, expanded */
#define TMD_ENV_PAM_LINE 8192 /* pam_env's buffer: a line that does not fit ends its reading */
#define TMD_ENV_PAM_LINE_OLD 1024 /* the same of Linux-PAM before 1.4 */

struct tmd_env_span { /* bytes [start, end) of a file */
	size_t start;
	size_t end;
};

struct tmd_env_spans { /* zero-initialise; the items are freed by whoever owns the list */
	struct tmd_env_span *items;
	size_t count;
	size_t cap;
};

void tmd_env_spans_add(struct tmd_env_spans *spans, size_t start, size_t end);

/* Where a program leaves off: READS_ON means with the next file. */
enum tmd_env_end {
	TMD_ENV_READS_ON,
	TMD_ENV_EXITS,    /* a script's `exit` was met: what came before counts */
	TMD_ENV_GIVES_UP, /* the file at hand is too much for systemd, which reads no later one */
};

struct tmd_envd_reading { /* environment.d */
	const struct tmd_env_vars *around; /* what the generator is started with; may be NULL */
	bool literal;        /* leave $ alone */
	bool comment_joins;  /* before systemd 254 a comment's final backslash took the next line */
	bool expands;        /* out: values refer to other variables */
	bool comment_splits; /* out: a comment ends in a backslash, so that comment_joins matters */
	size_t expanded;     /* bytes that expansions made so far */
};

enum tmd_sh_allexport { TMD_SH_EXPORTS_NAMED, TMD_SH_MAY_EXPORT_ALL, TMD_SH_EXPORTS_ALL };

struct tmd_sh_reading {
	enum tmd_sh_allexport allexport; /* is set -a in force? */
	struct tmd_strv functions;       /* the names of those that were defined */
	bool functions_set;              /* at least one of them names `watch` */
};

/*
 * One reading of one or several files in order. Set up what applies and zero the rest;
 * `vars` is carried from file to file.
 */
struct tmd_env_reader {
	struct tmd_env_vars *vars;
	const char *path; /* of the file at hand, for messages and as setter */

	/* The lines whose statements concern `watch` and nothing else; NULL: not wanted. */
	const char *watch;
	struct tmd_env_spans spans;

	struct tmd_strv *problems; /* takes "line N of PATH: …"; may be NULL */
	enum tmd_env_end end;      /* out */
	struct tmd_envd_reading envd;
	struct tmd_sh_reading sh;
};

/* Frees what the reader owns: spans and functions. `vars` and the rest are the caller's. */
void tmd_env_reader_release(struct tmd_env_reader *reader);
#define TMD_AUTO_ENV_READER TMD_CLEANUP(tmd_env_reader_release)

/*
 * The bytes of the line at `data` with its newline, when it is PREFIX, NAME=value and nothing
 * that any reader could take differently, and when NAME is not kept; else 0. Long files of
 * such lines are passed over quickly.
 */
size_t tmd_env_reader_skip(const struct tmd_env_reader *reader, const char *prefix,
			   const char *data, size_t len);
void tmd_env_reader_problem(struct tmd_env_reader *reader, size_t line, const char *fmt, ...)
	TMD_PRINTF(3, 4);

/* pam_env on /etc/environment. */
void tmd_env_read_pam(struct tmd_env_reader *reader, const char *data, size_t len);
/* pam_env on pam_env.conf: NAME DEFAULT=… OVERRIDE=…; unknown with ${…} or @{…} in it. */
void tmd_env_read_pam_conf(struct tmd_env_reader *reader, const char *data, size_t len);
/* systemd's environment.d generator on one file. */
void tmd_env_read_environment_d(struct tmd_env_reader *reader, const char *data, size_t len);
/*
 * From the values that the generator has to those that programs get: it writes control characters
 * as escapes inside quotes ("\\t"), and the manager that reads its output takes these for letters.
 */
void tmd_env_hand_to_manager(struct tmd_env_vars *vars);
/*
 * Does it hold "%%" or a percent sign and a letter? In DefaultEnvironment= systemd expands
 * these since version 250.
 */
bool tmd_env_has_specifier(const char *value);
/* DefaultEnvironment= of system.conf, user.conf and their drop-ins. */
void tmd_env_read_manager_conf(struct tmd_env_reader *reader, const char *data, size_t len);
/*
 * A POSIX shell sourcing a file, as far as plain assignments go. What is set inside a
 * condition, from an expansion or by other means becomes unknown.
 */
void tmd_env_read_sh(struct tmd_env_reader *reader, const char *data, size_t len);

#endif
