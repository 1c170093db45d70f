# The one list of resource types, in the order in which `describe` tells of them. What names every
# type follows from it: resources/types.h and types.c, and a program for each type; by way of
# `trustmend describe`, what scripts/generate-* write; and what tests run for every type.
set(TMD_TYPES anchor bundle env core_api python_api script verdict)

# Leaves resources/types.h and resources/types.c in DIRECTORY.
function(tmd_write_types directory)
  foreach(type ${TMD_TYPES})
    string(APPEND TMD_DECLARATIONS "extern const struct tmd_type tmd_type_${type};\n")
    string(APPEND TMD_ROWS "\t&tmd_type_${type},\n")
  endforeach()
  foreach(file types.h types.c)
    configure_file(core/resources/${file}.in ${directory}/resources/${file} @ONLY)
  endforeach()
endfunction()

# tmd_write_program(TYPE DIRECTORY PROGRAM) sets PROGRAM to the name of the type's own program, and
# leaves DIRECTORY/tools/NAME.c.
function(tmd_write_program TMD_TYPE directory program)
  string(REPLACE _ - TMD_PROGRAM trustmend-${TMD_TYPE})
  configure_file(core/tools/trustmend-type.c.in ${directory}/tools/${TMD_PROGRAM}.c @ONLY)
  set(${program} ${TMD_PROGRAM} PARENT_SCOPE)
endfunction()
