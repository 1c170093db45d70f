/* Names that people mistake for the variable they mean. */
#ifndef TMD_RESOURCES_ENV_STRAYS_H
#define TMD_RESOURCES_ENV_STRAYS_H

/*
 * Why `other` is worth a word to whoever manages `name`, as a phrase; NULL when it is not.
 * Only SHOTGUN_API_CACERTS has such look-alikes.
 */
const char *tmd_env_stray(const char *name, const char *other);

#endif
