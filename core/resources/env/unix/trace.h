/* What bash traces of a login: which commands ran, with file and line. */
#ifndef TMD_RESOURCES_ENV_TRACE_H
#define TMD_RESOURCES_ENV_TRACE_H

#include "os/observe.h"

/* For the environment of a bash that is started with -x. Scripts may set another one. */
#define TMD_ENV_TRACE_PROMPT "PS4=+trustmend{${BASH_SOURCE}:${LINENO}} "

/* Takes the prompt out of the environment that was answered. */
void tmd_env_trace_clear(struct tmd_answer *answer);

/*
 * File and line of the last command that named the variable other than to read it. False: there is
 * none, or it did not give the variable this value (NULL: did not unset it). The caller frees
 * `*path`.
 */
bool tmd_env_trace_place(const struct tmd_answer *answer, const char *name, const char *value,
			 char **path, size_t *line);

/* Did a command of that line name the variable? */
bool tmd_env_trace_shows(const struct tmd_answer *answer, const char *path, size_t line,
			 const char *name);

#endif
