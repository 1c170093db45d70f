/* Is there a desktop that this process could show something on, with programs that listen? */
#ifndef TMD_OS_WIN32_DESKTOP_H
#define TMD_OS_WIN32_DESKTOP_H

#include <stdbool.h>

bool tmd_has_desktop(void); /* not in services, nor over SSH */

#endif
