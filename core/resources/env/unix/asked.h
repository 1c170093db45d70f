/*
 * What logins really get: the root's own PAM, shells and environment generators are asked, in a
 * sandbox that cannot change anything. Each answer is a whole environment, so that any number of
 * variables costs one set of questions, for what is there and for each set of planned contents.
 */
#ifndef TMD_RESOURCES_ENV_ASKED_H
#define TMD_RESOURCES_ENV_ASKED_H

#include "os/observe.h"
#include "resources/env/unix/texts.h"

struct tmd_env_login {
	char *program; /* as people call it: "bash" */
	char *user;
	struct tmd_answer answer;
	char *zdotdir; /* where this zsh reads its user's files; NULL: it is not told */
};

struct tmd_env_asked {
	char *why; /* nobody could be asked; NULL where there is nobody, in a root without shells */
	struct tmd_env_login *items;
	size_t count;
	size_t cap;
};

struct tmd_env_asking; /* the run's answers */

/* Those of the run, which forget by themselves what a change makes untrue. */
struct tmd_env_asking *tmd_env_asking(struct tmd_ctx *ctx) TMD_MUST_CHECK;

/*
 * What logins get by this target, with what the site's view plans. `*asked` is valid until the
 * run changes something. All targets but systemd, of which nobody is asked. Fails as
 * tmd_env_site_read().
 */
enum tmd_rc tmd_env_ask(const struct tmd_env_site *site, enum tmd_env_target target,
			const struct tmd_env_asked **asked, struct tmd_error *err) TMD_MUST_CHECK;

/* The same, asked once more; the caller releases `asked`, which is zero. */
enum tmd_rc tmd_env_ask_anew(const struct tmd_env_site *site, enum tmd_env_target target,
			     struct tmd_env_asked *asked, struct tmd_error *err) TMD_MUST_CHECK;

void tmd_env_asked_release(struct tmd_env_asked *asked); /* zero-initialised is fine */

/* Did any of them answer? */
bool tmd_env_is_answered(const struct tmd_env_asked *asked);

#endif
