/* Requests: resources out of one strict, bounded JSON document or attribute=value words. */
#ifndef TMD_ENGINE_REQUEST_H
#define TMD_ENGINE_REQUEST_H

#include "engine/profiles.h"
#include "engine/run.h"

#define TMD_REQUEST_MAX ((size_t)16 << 20) /* bytes of JSON */
#define TMD_REQUEST_DEPTH 8                /* nested arrays and objects */

/*
 * Passes over a byte order mark in front of UTF-8. Fails with invalid_input for UTF-16, which
 * PowerShell writes by default.
 */
enum tmd_rc tmd_request_skip_mark(const char **data, size_t *len, const char *name,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* Is JSON nested no deeper than TMD_REQUEST_DEPTH? Whether it is JSON at all is not asked. */
enum tmd_rc tmd_request_check_depth(const char *data, size_t len, const char *name,
				    struct tmd_error *err) TMD_MUST_CHECK;

/* What a request may speak of. */
struct tmd_request_scope {
	const struct tmd_type *const *types; /* ends with NULL */
	const struct tmd_type *only;	     /* the type of a program or command that has one, or NULL */
	const struct tmd_profiles *profiles; /* NULL: of none */
};

/*
 * Adds the resources of a JSON document: a profile (engine/profiles.h), one resource object, or
 * {"resources": […]}, which may bring along the files that the resources name
 * (engine/request_files.h): "files": {PATH: base64 or null, where there is none}. With these,
 * relative paths of others are refused. An object names its type ("type"). `name` is the file's
 * name for messages. What is wrong with one resource is its own error (engine/malformed.h), which
 * names the resource (resources[2]) and the attribute. Fails with invalid_input for what is wrong
 * with the document; nothing is to be run then.
 */
enum tmd_rc tmd_request_add_json(struct tmd_run *run, const struct tmd_request_scope *scope,
				 const char *data, size_t len, const char *name,
				 const char *base_dir, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Adds one resource of `type` from "attribute=value" words; a repeated word fills a list. What is
 * wrong with an attribute is the resource's error. Fails for a word that is none of this form.
 */
enum tmd_rc tmd_request_add_words(struct tmd_run *run, const struct tmd_type *type,
				  char *const *words, size_t count, const char *base_dir,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* A type by name ('-' and '_' alike), or NULL. */
const struct tmd_type *tmd_type_find(const struct tmd_type *const *types, const char *name);

/* The type that may be meant, or NULL. */
const struct tmd_type *tmd_type_nearest(const struct tmd_type *const *types, const char *name);

#endif
