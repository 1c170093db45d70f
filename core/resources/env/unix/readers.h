/*
 * How systemd's manager reads DefaultEnvironment= of system.conf, user.conf and their drop-ins,
 * which nobody can be asked. tests/integration/test_env_parsers.py holds it against the real one.
 */
#ifndef TMD_RESOURCES_ENV_READERS_H
#define TMD_RESOURCES_ENV_READERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "resources/env/vars.h"

/* Where it leaves off: READS_ON means with the next file. */
enum tmd_env_end {
	TMD_ENV_READS_ON,
	TMD_ENV_GIVES_UP, /* the file at hand is too much for systemd, which reads no later one */
};

/* One reading of one or several files in order: set what applies and zero the rest. */
struct tmd_env_reader {
	struct tmd_env_vars *vars; /* carried from file to file */
	const char *path;	   /* of the file at hand, for messages and as setter */
	struct tmd_strv *problems; /* takes "line N of PATH: …"; may be NULL */
	enum tmd_env_end end;	   /* out */
};

void tmd_env_read_manager_conf(struct tmd_env_reader *reader, const char *data, size_t len);

/*
 * Does it hold "%%" or a percent sign and a letter? In DefaultEnvironment= systemd expands
 * these since version 250.
 */
bool tmd_env_has_specifier(const char *value);

#endif
