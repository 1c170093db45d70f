/* The readings of one target's files: what a program started that way has in its environment. */
#ifndef TMD_RESOURCES_ENV_WAYS_H
#define TMD_RESOURCES_ENV_WAYS_H

#include "resources/env/unix/readers.h"
#include "resources/env/unix/site.h"

struct tmd_env_reading {
	const struct tmd_env_site *site;
	struct tmd_env_vars vars;
	struct tmd_env_vars around;
	struct tmd_env_reader reader;
	struct tmd_strv *problems;
	bool own; /* a file of the user sets the variable */
};

/* `site` and `problems`, which is added to, are the caller's and must outlive the reading. */
void tmd_env_reading_begin(struct tmd_env_reading *reading, const struct tmd_env_site *site,
			   struct tmd_strv *problems);
void tmd_env_reading_end(struct tmd_env_reading *reading);
#define TMD_AUTO_ENV_READING TMD_CLEANUP(tmd_env_reading_end)

/* These read once after begin; `vars` then hold what is set. Fail as tmd_env_site_read(). */

enum tmd_rc tmd_env_read_way(struct tmd_env_reading *reading, enum tmd_env_target target,
			     struct tmd_error *err) TMD_MUST_CHECK;
/* environment.d as systemd before 254 reads it. */
enum tmd_rc tmd_env_read_older_way(struct tmd_env_reading *reading,
				   struct tmd_error *err) TMD_MUST_CHECK;
/* /etc/environment alone, as the environment.d generator reads it. */
enum tmd_rc tmd_env_read_linked_way(struct tmd_env_reading *reading,
				    struct tmd_error *err) TMD_MUST_CHECK;

#endif
