/*
 * The files that a way of starting a program reads, and what their text says of a variable: all
 * that is known where the program cannot be asked, and where to look for the line that decides.
 */
#ifndef TMD_RESOURCES_ENV_TEXTS_H
#define TMD_RESOURCES_ENV_TEXTS_H

#include "resources/env/unix/lines.h"
#include "resources/env/unix/login_file.h"
#include "resources/env/unix/site.h"

#define TMD_ENV_CANNOT_TELL "(cannot tell)"

struct tmd_env_effect {
	char *value;  /* NULL: not set. Where it cannot be told, a text that says so */
	bool unknown;
	char *path;   /* the file and line that decide, also when they unset it; NULL: none */
	size_t line;
};

void tmd_env_effect_release(struct tmd_env_effect *effect);

struct tmd_env_text {
	char *path;  /* where it is read */
	char *known; /* what people call it: Debian has a link to /etc/environment */
	enum tmd_env_kind kind;
	enum tmd_env_syntax syntax; /* of a script */
	bool of_user; /* in the user's own directories */
};

struct tmd_env_texts { /* zero-initialise */
	struct tmd_env_text *items;
	size_t count;
	size_t cap;
};

void tmd_env_texts_release(struct tmd_env_texts *texts);
#define TMD_AUTO_ENV_TEXTS TMD_CLEANUP(tmd_env_texts_release)

/*
 * Adds those of a target (all but systemd, whose one program has a reader of ours), in the order in
 * which they are read as far as that is to be seen. Those that not everybody can read are left out
 * and told. Fails as tmd_env_site_read().
 */
enum tmd_rc tmd_env_texts_find(const struct tmd_env_site *site, enum tmd_env_target target,
			       struct tmd_env_texts *texts, struct tmd_strv *problems,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* The file of the site's user through which his shell comes by a variable: login_file.h. */
enum tmd_rc tmd_env_user_file(const struct tmd_env_site *site, struct tmd_env_login_file *file,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* `out` is replaced. What foreign lines make of the variable cannot be told. */
enum tmd_rc tmd_env_texts_effect(const struct tmd_env_site *site,
				 const struct tmd_env_texts *texts, struct tmd_env_effect *out,
				 struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Calls `found` for each line of each text: of all that is set or exported there, by name, when
 * `name` is NULL; else of the lines that name the variable.
 */
typedef void tmd_env_text_fn(void *arg, const struct tmd_env_text *text, size_t line,
			     const char *name, const char *content);
enum tmd_rc tmd_env_texts_scan(const struct tmd_env_site *site, const struct tmd_env_texts *texts,
			       const char *name, tmd_env_text_fn *found, void *arg,
			       struct tmd_error *err) TMD_MUST_CHECK;

#endif
