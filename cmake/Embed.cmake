# Files as tables in C, in the order given and ended by a NULL name; each is named after its file.

function(tmd_write_table output content)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output} CONTENT "${content}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
endfunction()

# tmd_embed_text(OUTPUT.c SYMBOL FILE...) writes tmd_SYMBOL, a table of struct tmd_embedded: the
# text of each file.
function(tmd_embed_text output symbol)
  string(CONCAT content "/* Generated from the files named below. */\n#include <stddef.h>\n"
    "struct tmd_embedded { const char *name; const char *text; };\n"
    "extern const struct tmd_embedded tmd_${symbol}[];\n"
    "const struct tmd_embedded tmd_${symbol}[] = {\n")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME_WE)
    string(APPEND content "\t/* ${name} */\n\t{ \"${name}\",\n")
    file(READ ${file} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n\t  \"" text "${text}")
    string(APPEND content "\t  \"${text}\" },\n")
  endforeach()
  string(APPEND content "\t{ NULL, NULL },\n};\n")
  tmd_write_table(${output} "${content}" ${ARGN})
endfunction()

# tmd_embed_certificates(OUTPUT.c SYMBOL FILE.der...) writes tmd_SYMBOL, a table of struct
# tmd_builtin (x509/cert.h): the bytes of each file.
function(tmd_embed_certificates output symbol)
  string(CONCAT content "/* Generated from the files named below. */\n"
    "#include \"x509/cert.h\"\n")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(MAKE_C_IDENTIFIER ${name} array)
    string(APPEND content "static const unsigned char ${array}[] = { ${bytes} };\n")
    string(APPEND rows "\t{ \"${name}\", ${array}, sizeof(${array}) },\n")
  endforeach()
  string(APPEND content "const struct tmd_builtin tmd_${symbol}[] = {\n"
    "${rows}\t{ NULL, NULL, 0 },\n};\n")
  tmd_write_table(${output} "${content}" ${ARGN})
endfunction()

# tmd_embed_program(OUTPUT.c SYMBOL SOURCE.c HEADER...) compiles a program that needs no C library and
# writes its bytes: `const unsigned char tmd_SYMBOL[]` and `const size_t tmd_SYMBOL_size`. The compiler
# is run without the flags of everything else: no sanitizer, position-independence or coverage.
function(tmd_embed_program output symbol source)
  set(program ${CMAKE_CURRENT_BINARY_DIR}/${symbol})
  set(unpadded "")
  if(NOT TRUSTMEND_PORTABLE) # whose linker does not know it, and does not pad
    set(unpadded -Wl,-z,noseparate-code)
  endif()
  add_custom_command(OUTPUT ${program}
    COMMAND ${CMAKE_C_COMPILER} -std=c11 -Os -ffreestanding -fno-builtin -fno-stack-protector
      -fno-asynchronous-unwind-tables -fno-sanitize=all -fno-pie -no-pie -static -nostdlib -s
      -Wl,--build-id=none ${unpadded} -o ${program} ${source}
    DEPENDS ${source} ${ARGN} VERBATIM)
  add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output}
    COMMAND ${CMAKE_COMMAND} -DFROM=${program} -DTO=${CMAKE_CURRENT_BINARY_DIR}/${output}
      -DSYMBOL=tmd_${symbol} -P ${PROJECT_SOURCE_DIR}/cmake/WriteBytes.cmake
    DEPENDS ${program} ${PROJECT_SOURCE_DIR}/cmake/WriteBytes.cmake VERBATIM)
endfunction()
