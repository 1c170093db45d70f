/* Values of ours as JSON; the new reference is the caller's. Never NULL. */
#ifndef TMD_ENGINE_JSON_VALUES_H
#define TMD_ENGINE_JSON_VALUES_H

#include <jansson.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/value.h"

/* Text of any origin: bytes that are not UTF-8 become U+FFFD, nothing is lost silently. */
json_t *tmd_json_text(const char *text);
json_t *tmd_json_list(const struct tmd_strv *list);
json_t *tmd_json_value(const struct tmd_value *value);

/*
 * What a parser says of a text, without the words "near '…'": those are the text's own, and the
 * file may be another one than was meant. The caller frees.
 */
char *tmd_json_problem(const json_error_t *problem);

/* Appends the document and a newline, safe to be shown on a terminal, and lets go of it. */
void tmd_json_print(json_t *document, size_t flags, struct tmd_buf *out);

#endif
