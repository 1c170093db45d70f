/* Standard input, whatever it is read with. */
#ifndef TMD_OS_CONSOLE_INPUT_H
#define TMD_OS_CONSOLE_INPUT_H

#include "os/collect.h"

/* tmd_console_read_input() with the system's own way to read. */
enum tmd_rc tmd_console_collect(const struct tmd_reader *reader, size_t max, struct tmd_buf *out,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
