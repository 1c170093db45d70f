# tree-sitter and its grammar of Python, from source in every build: one parser for all of them.
if(NOT TRUSTMEND_TREE_SITTER)
  execute_process(COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/scripts/tree-sitter
    OUTPUT_VARIABLE TRUSTMEND_TREE_SITTER OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "scripts/tree-sitter cannot have the sources; the lines above say why")
  endif()
endif()
add_library(tmd_tree_sitter STATIC
  ${TRUSTMEND_TREE_SITTER}/tree-sitter/src/lib.c
  ${TRUSTMEND_TREE_SITTER}/tree-sitter-python/src/parser.c
  ${TRUSTMEND_TREE_SITTER}/tree-sitter-python/src/scanner.c)
target_include_directories(tmd_tree_sitter SYSTEM
  PUBLIC ${TRUSTMEND_TREE_SITTER}/tree-sitter/include
  PRIVATE ${TRUSTMEND_TREE_SITTER}/tree-sitter/src ${TRUSTMEND_TREE_SITTER}/tree-sitter-python/src)
target_compile_definitions(tmd_tree_sitter PRIVATE _DEFAULT_SOURCE)
# Its warnings are its authors', and its shifts of signed numbers too.
target_compile_options(tmd_tree_sitter PRIVATE ${TMD_HARDENING} -w)
