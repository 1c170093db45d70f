/*
 * Functions that must not compile in this project: they have no bound, start a
 * shell, or keep hidden state. Included for every source file by the build.
 */
#ifndef TMD_BASE_BANNED_H
#define TMD_BASE_BANNED_H

#if !defined(TMD_ALLOW_BANNED)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TMD_BANNED(func) trustmend_must_not_use_##func

#undef strcpy
#define strcpy(x, y) TMD_BANNED(strcpy)
#undef strcat
#define strcat(x, y) TMD_BANNED(strcat)
#undef strncpy
#define strncpy(x, y, n) TMD_BANNED(strncpy)
#undef strncat
#define strncat(x, y, n) TMD_BANNED(strncat)
#undef strtok
#define strtok(x, y) TMD_BANNED(strtok)
#undef sprintf
#define sprintf(...) TMD_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) TMD_BANNED(vsprintf)
#undef system
#define system(x) TMD_BANNED(system)
#undef popen
#define popen(x, y) TMD_BANNED(popen)
#undef gets
#define gets(x) TMD_BANNED(gets)
#undef mktemp
#define mktemp(x) TMD_BANNED(mktemp)

#if !defined(TMD_OS_LAYER)
/* Only the OS layer opens files: everything else goes through os/fs.h. */
#undef fopen
#define fopen(x, y) TMD_BANNED(fopen)
#undef freopen
#define freopen(x, y, z) TMD_BANNED(freopen)
#endif

#endif
#endif
