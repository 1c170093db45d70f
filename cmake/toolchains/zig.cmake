# What the portable targets share. TRUSTMEND_TOOLS names the directory in which
# scripts/build-portable puts trustmend-cc and its neighbours for one target.
if(NOT TRUSTMEND_TOOLS)
  message(FATAL_ERROR "TRUSTMEND_TOOLS is not set: use scripts/build-portable")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TRUSTMEND_TOOLS)
set(CMAKE_C_COMPILER ${TRUSTMEND_TOOLS}/trustmend-cc)
set(CMAKE_AR ${TRUSTMEND_TOOLS}/trustmend-ar)
set(CMAKE_RANLIB ${TRUSTMEND_TOOLS}/trustmend-ranlib)
set(CMAKE_RC_COMPILER ${TRUSTMEND_TOOLS}/trustmend-rc)
# No path of the machine that builds, and no sanitizer that zig adds by itself.
set(CMAKE_C_FLAGS_INIT "-fno-sanitize=undefined -ffunction-sections -fdata-sections \
-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
# -O2 is for the C library, which zig compiles when it links: at -Os it clears memory byte by byte.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -s -O2")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
