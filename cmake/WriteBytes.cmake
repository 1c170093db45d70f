# cmake -DFROM=FILE -DTO=OUTPUT.c -DSYMBOL=NAME -P WriteBytes.cmake: the bytes of a file as an array.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${TO} "/* Generated from a program of this build. */\n#include <stddef.h>\n"
  "extern const unsigned char ${SYMBOL}[];\nextern const size_t ${SYMBOL}_size;\n"
  "const unsigned char ${SYMBOL}[] = { ${bytes} };\nconst size_t ${SYMBOL}_size = sizeof(${SYMBOL});\n")
