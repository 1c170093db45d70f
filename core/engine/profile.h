/*
 * Profiles: YAML files that list resources, with variables.
 *
 *     trustmend: 1
 *     description: What it is for.            # for `describe`, as those of variables are
 *     variables:
 *       bundle: /opt/trustmend/cacert.pem     # a string …
 *       core_configs: []                      # … or a list of strings
 *       cache:                                # … or either of them for each system
 *         linux: /var/cache/ca
 *         windows: C:\ProgramData\ca
 *       roots:                                # … with what the variable means
 *         description: Roots to trust.
 *         default: [builtin:amazon-root-ca-1]
 *     resources:
 *       - type: env
 *         name: SHOTGUN_API_CACERTS
 *         value: ${bundle}
 *       - type: core_api
 *         foreach: core_configs               # once for each item
 *         path: ${item}
 *         version: v0.23.10
 *
 * `${name}` stands for a variable anywhere in a scalar, `${any list}` for the items of a list with
 * " or " between them, `$${` for a literal `${`. A list item that is nothing but `${list}` becomes
 * the items of that list, and none where it is `${any list}` of an empty one. Every scalar is taken as the
 * text that is written, but for a null; aliases, merge keys and repeated keys are refused.
 */
#ifndef TMD_ENGINE_PROFILE_H
#define TMD_ENGINE_PROFILE_H

#include "base/strv.h"
#include "engine/run.h"

#define TMD_PROFILE_MAX ((size_t)4 << 20) /* bytes */
#define TMD_PROFILE_NODES 100000          /* scalars, lists and mappings */

/*
 * Adds the resources of a profile. `settings` are NAME=value words that replace variables;
 * repeated ones fill a list, and an empty value empties it. What is wrong with one resource is
 * its own error (engine/malformed.h). Fails with invalid_input for what is wrong with the
 * profile. Both have "FILE:LINE: …" in front of the message.
 */
enum tmd_rc tmd_profile_add(struct tmd_run *run, const struct tmd_type *const *types,
			    const char *data, size_t len, const char *name, const char *base_dir,
			    const struct tmd_strv *settings, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Adds the profile of this name: a built-in one, one of the files that came with the request, or a
 * file relative to `cwd`, "-" for standard input. Relative paths of the resources begin at `cwd`,
 * or in the file's own directory. `cwd` may be NULL where the name is one of the first two.
 */
enum tmd_rc tmd_profile_add_named(struct tmd_run *run, const struct tmd_type *const *types,
				  const char *name, const char *cwd,
				  const struct tmd_strv *settings,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* The text of a built-in profile, or NULL. */
const char *tmd_profile_builtin(const char *name);

/* From 0; NULL behind the last one. */
const char *tmd_profile_builtin_name(size_t index);

#endif
