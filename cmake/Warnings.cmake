set(TMD_WARNINGS
  -Wall -Wextra -Wshadow -Wconversion -Wpointer-arith -Wcast-qual -Wwrite-strings
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla
  -Wformat=2 -Wnull-dereference -Wimplicit-fallthrough)
option(TRUSTMEND_WERROR "Treat warnings as errors" ON)
if(TRUSTMEND_WERROR)
  list(APPEND TMD_WARNINGS -Werror)
endif()
