/* What the reporter writes: a head, and `len` bytes of strings, each with its NUL. */
#ifndef TMD_OS_UNIX_REPORT_H
#define TMD_OS_UNIX_REPORT_H

#include <stdint.h>

#define TMD_REPORT_FIFO "/dev/trustmend.fifo"
#define TMD_REPORT_TOKEN 32 /* characters */

struct tmd_report_head {
	char token[TMD_REPORT_TOKEN];
	int32_t pid; /* as the sandbox numbers it */
	uint32_t len;
};

#endif
