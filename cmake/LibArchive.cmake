# libarchive's readers of zip and tar, and zlib's of deflate, from source in every build.
if(NOT TRUSTMEND_LIBARCHIVE)
  execute_process(COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/scripts/libarchive
    OUTPUT_VARIABLE TRUSTMEND_LIBARCHIVE OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "scripts/libarchive cannot have the sources; the lines above say why")
  endif()
endif()
set(TMD_ARCHIVE_PARTS acl check_magic cryptor entry entry_sparse entry_xattr hmac ppmd8 rb read
  read_add_passphrase
  read_open_memory read_support_filter_none read_support_format_tar read_support_format_zip string
  string_sprintf util virtual)
if(WIN32)
  list(APPEND TMD_ARCHIVE_PARTS windows)
endif()
list(TRANSFORM TMD_ARCHIVE_PARTS PREPEND ${TRUSTMEND_LIBARCHIVE}/libarchive/archive_)
list(TRANSFORM TMD_ARCHIVE_PARTS APPEND .c)
set(TMD_ZLIB_PARTS adler32 crc32 inffast inflate inftrees zutil)
list(TRANSFORM TMD_ZLIB_PARTS PREPEND ${TRUSTMEND_LIBARCHIVE}/zlib/)
list(TRANSFORM TMD_ZLIB_PARTS APPEND .c)

add_library(tmd_libarchive STATIC ${CMAKE_CURRENT_SOURCE_DIR}/cmake/libarchive_random.c
  ${TMD_ARCHIVE_PARTS} ${TMD_ZLIB_PARTS})
target_include_directories(tmd_libarchive SYSTEM
  PUBLIC ${TRUSTMEND_LIBARCHIVE}/libarchive ${TRUSTMEND_LIBARCHIVE}/zlib)
target_compile_definitions(tmd_libarchive PUBLIC LIBARCHIVE_STATIC ZLIB_CONST
  PRIVATE _GNU_SOURCE __LIBARCHIVE_BUILD
  PLATFORM_CONFIG_H="${CMAKE_CURRENT_SOURCE_DIR}/cmake/libarchive_config.h")
# Its warnings are its authors', and its arithmetic too.
target_compile_options(tmd_libarchive PRIVATE ${TMD_HARDENING} -fno-sanitize=undefined -w)
