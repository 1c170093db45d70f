# What a program that root runs should be built with; sanitizers and counters on request.
set(TMD_HARDENING -ffunction-sections -fdata-sections -fvisibility=hidden)
if(TRUSTMEND_SANITIZE OR TRUSTMEND_FUZZ)
  list(APPEND TMD_HARDENING -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
else()
  # C without exceptions needs no tables to unwind by; debuggers get theirs from -g.
  list(APPEND TMD_HARDENING -fstack-protector-strong -fno-asynchronous-unwind-tables)
  if(NOT TRUSTMEND_PORTABLE)
    list(APPEND TMD_HARDENING -D_FORTIFY_SOURCE=2 -fPIE)
    add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  endif()
  add_link_options(-Wl,--gc-sections)
endif()
if(TRUSTMEND_PORTABLE)
  # No path of the machine that builds: the toolchain file takes those that cmake gives out of the
  # program, and this those that ccache makes of them, from where compilers run.
  file(RELATIVE_PATH from_here ${CMAKE_BINARY_DIR}/ ${CMAKE_SOURCE_DIR}/)
  string(REGEX REPLACE "/$" "" from_here "${from_here}")
  list(APPEND TMD_HARDENING "-ffile-prefix-map=${from_here}=.")
endif()
if(TRUSTMEND_FUZZ)
  list(APPEND TMD_HARDENING -fsanitize=fuzzer-no-link)
endif()
if(TRUSTMEND_COVERAGE)
  list(APPEND TMD_HARDENING --coverage -O0)
  add_link_options(--coverage)
endif()
