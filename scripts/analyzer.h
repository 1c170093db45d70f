/*
 * Read before every source file by scripts/lint, and by nothing else: tells the static
 * analyzer, which sees one file at a time, that tmd_fail() never answers TMD_OK.
 */
#include "base/error.h"

#define tmd_fail(...) ((void)tmd_fail(__VA_ARGS__), TMD_FAILED)
#define tmd_fail_sys(...) ((void)tmd_fail_sys(__VA_ARGS__), TMD_FAILED)
