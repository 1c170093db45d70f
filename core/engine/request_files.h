/* The files that a request brings along. */
#ifndef TMD_ENGINE_REQUEST_FILES_H
#define TMD_ENGINE_REQUEST_FILES_H

#include <jansson.h>

#include "engine/run.h"

/*
 * From {PATH: base64 of its content, or null for a file that the caller does not have}, into
 * run->files, which run->ctx knows then. A PATH is what a resource writes, to the letter. Fails
 * with invalid_input. `name` is the request's for messages.
 */
enum tmd_rc tmd_request_take_files(struct tmd_run *run, json_t *files, const char *name,
				   struct tmd_error *err) TMD_MUST_CHECK;

#endif
