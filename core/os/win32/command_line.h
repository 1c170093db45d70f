/* What a new program is told, in the forms in which Windows passes it on. */
#ifndef TMD_OS_WIN32_COMMAND_LINE_H
#define TMD_OS_WIN32_COMMAND_LINE_H

#include <stdbool.h>
#include <wchar.h>

#include "base/strv.h"

/*
 * A command line that the C run-time library of the new program takes apart into exactly these
 * arguments (UTF-8, NULL-terminated). The caller frees. False when there is none: invalid
 * UTF-8, '"' in the program's name, more than 32,766 characters.
 */
bool tmd_command_line(const char *const argv[], wchar_t **out) TMD_MUST_CHECK;

/*
 * "NAME=value" texts as an environment block, sorted as Windows wants it. The caller frees.
 * False when a text is invalid UTF-8 or has no name.
 */
bool tmd_environment_block(const struct tmd_strv *list, wchar_t **out) TMD_MUST_CHECK;

#endif
