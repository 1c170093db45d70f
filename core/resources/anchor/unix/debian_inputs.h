/*
 * What update-ca-certificates would compile: the lines of /etc/ca-certificates.conf and
 * every .crt below /usr/local/share/ca-certificates, with that script's own rules for
 * lines, names and links.
 */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_INPUTS_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_INPUTS_H

#include "resources/anchor/files.h"
#include "resources/anchor/unix/debian_conf.h"
#include "resources/type.h"

#define TMD_DEBIAN_LOCAL "/usr/local/share/ca-certificates"
#define TMD_DEBIAN_VENDOR "/usr/share/ca-certificates"
#define TMD_DEBIAN_CONF "/etc/ca-certificates.conf"
#define TMD_DEBIAN_HASHED "/etc/ssl/certs"
#define TMD_DEBIAN_BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define TMD_DEBIAN_PROGRAM "/usr/sbin/update-ca-certificates"
#define TMD_DEBIAN_OPENSSL "/usr/bin/openssl"

struct tmd_debian_input {
	char *link;   /* path of the link that the script makes for it, /etc/ssl/certs/NAME.pem */
	bool local;   /* of the administrator, not named by a line of the list */
	bool clashes; /* another input has the same link: the script swaps them for ever */
	bool mangled; /* the script cannot read its name, and fails: backslash, newline */
	const char *passed_over; /* why the script does not read its line, a clause; or NULL */
	struct tmd_anchor_file file;
};

/* Regular files below the local directory, as `find -L` names them; some may be gone since. */
struct tmd_debian_local {
	enum {
		TMD_LOCAL_UNKNOWN, /* not walked, or not since a file came that may have more names */
		TMD_LOCAL_PLAIN,   /* files only: one that comes has the one name */
		TMD_LOCAL_ODD,	   /* a directory or a dangling link in it */
	} shape;
	struct tmd_strv paths; /* sorted */
};

struct tmd_debian_inputs {
	struct tmd_debian_input *items; /* in the order in which they are compiled */
	size_t count;
	size_t cap;
	struct tmd_debian_input **by_path;
	struct tmd_anchor_file *ignored; /* local ones that the script passes over, by their name */
	size_t ignored_count;
	size_t ignored_cap;
	struct tmd_debian_local local;
	struct tmd_buf conf;	 /* the list as it is, or as this run plans it */
	bool has_conf;
	bool raw; /* as tmd_debian_reads_raw() says */
};

void tmd_debian_inputs_release(struct tmd_debian_inputs *inputs); /* frees and zeroes */

/*
 * Reads all of them; files that `inputs` has already are not read again. On failure it is empty.
 * Fails: permission or io on the directories and the list, not on a file.
 */
enum tmd_rc tmd_debian_inputs_load(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* Once they are loaded: sets what depends on all of them. */
void tmd_debian_inputs_sort(struct tmd_debian_inputs *inputs);

/* That file was changed, made or removed: they are to be loaded again before they are used. */
void tmd_debian_inputs_forget(struct tmd_debian_inputs *inputs, const char *path);

/* Does the script compile it, now that it stands as it does? */
bool tmd_debian_input_is_compiled(const struct tmd_debian_input *input);

/* The input with this path, or NULL. */
const struct tmd_debian_input *tmd_debian_inputs_find(const struct tmd_debian_inputs *inputs,
						      const char *path);

/* Path of the link for an input file; the caller frees. */
char *tmd_debian_link(const char *path) TMD_MUST_CHECK;

/* Does the script read names with `read -r`, so that a backslash in one is kept? */
bool tmd_debian_reads_raw(struct tmd_ctx *ctx);

/*
 * Changes the text of the list so that the script reads the lines that it would pass over although
 * their files are there, and adds to `told` what was changed and why.
 */
void tmd_debian_inputs_mend(const struct tmd_debian_inputs *inputs, struct tmd_buf *conf,
			    struct tmd_strv *told);

/* What of a file is compiled and never trusted, as a warning; NULL when there is nothing. */
char *tmd_debian_input_useless(const struct tmd_debian_input *input);

#endif
