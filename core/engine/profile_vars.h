/* The variables of a profile, what they stand for in its texts, and its errors with their lines. */
#ifndef TMD_ENGINE_PROFILE_VARS_H
#define TMD_ENGINE_PROFILE_VARS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "yaml/doc.h"

struct tmd_variable {
	char *name;
	const char *doc; /* what it means, borrowed from the document; NULL: not said */
	const struct tmd_yaml_node *value; /* its default, or a mapping from systems to defaults */
	bool is_list;
	bool set;		/* a setting has replaced the default */
	bool missing;		/* it has values for other systems only */
	struct tmd_strv values; /* exactly one for a string */
};

/* Zero-initialise it and set `name`. */
struct tmd_profile {
	const char *name; /* of the file, for messages */
	struct tmd_yaml_doc doc;
	struct tmd_variable *variables;
	size_t variable_count;
	size_t variable_cap;
	const char *item; /* what ${item} stands for in a foreach, or NULL */
};

void tmd_profile_release(struct tmd_profile *profile);

/* Fails with invalid_input, "FILE:LINE: " in front of the message, LINE being that of `node`. */
void tmd_profile_set_error(const struct tmd_profile *profile, const struct tmd_yaml_node *node,
			   const char *hint, struct tmd_error *err, const char *fmt, ...)
	TMD_PRINTF(5, 6);
#define tmd_profile_fail(...) (tmd_profile_set_error(__VA_ARGS__), TMD_FAILED)

/* Fails with what `err` says already, and the same in front. */
void tmd_profile_add_line(const struct tmd_profile *profile, size_t line, struct tmd_error *err);
#define tmd_profile_fail_at(...) (tmd_profile_add_line(__VA_ARGS__), TMD_FAILED)

/* `what` is what stands there, for the message. */
enum tmd_rc tmd_profile_want_scalar(const struct tmd_profile *profile,
				    const struct tmd_yaml_node *node, const char *what,
				    struct tmd_error *err) TMD_MUST_CHECK;

/* Are the keys of a mapping texts, each once? */
enum tmd_rc tmd_profile_check_keys(const struct tmd_profile *profile,
				   const struct tmd_yaml_node *map,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* Reads the value of `variables`. */
enum tmd_rc tmd_profile_read_variables(struct tmd_profile *profile,
				       const struct tmd_yaml_node *node,
				       struct tmd_error *err) TMD_MUST_CHECK;

/* NAME=value in place of the default: see tmd_profile_add(). */
enum tmd_rc tmd_profile_apply_setting(struct tmd_profile *profile, const char *setting,
				      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The list variable that the scalar `node` names: as "${name}" alone, or as "name" where `bare`.
 * *out is NULL when it names none. Fails when that has no value on this system.
 */
enum tmd_rc tmd_profile_find_list(const struct tmd_profile *profile,
				  const struct tmd_yaml_node *node, bool bare,
				  const struct tmd_variable **out,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* Is a scalar nothing but "${any LIST}"? Of an empty list it is no item. */
bool tmd_profile_is_any(const struct tmd_yaml_node *node);

/* The names of all variables, for a hint. */
void tmd_profile_list_variables(const struct tmd_profile *profile, const char *word, size_t len,
				struct tmd_buf *out);

/* Appends the text of a scalar with its variables replaced. */
enum tmd_rc tmd_profile_substitute(const struct tmd_profile *profile,
				   const struct tmd_yaml_node *node, struct tmd_buf *out,
				   struct tmd_error *err) TMD_MUST_CHECK;

#endif
