# What keeps each small program below 150 KB: link-time optimisation, no page of padding between
# code and constants, and packed relocations, where this machine's linker and loader know them (a
# loader that does not would crash, so the probe is run). Portable builds have a linker of their own.
if(CMAKE_BUILD_TYPE STREQUAL MinSizeRel AND NOT TRUSTMEND_PORTABLE)
  include(CheckCSourceRuns)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  set(CMAKE_EXE_LINKER_FLAGS_MINSIZEREL "-s -Wl,-z,noseparate-code")
  set(CMAKE_REQUIRED_FLAGS -fPIE)
  set(CMAKE_REQUIRED_LINK_OPTIONS -pie -Wl,-z,pack-relative-relocs)
  check_c_source_runs("
    static int zero;
    static int *const volatile pointers[] = { &zero, &zero };
    int main(void) { return *pointers[1]; }" TMD_PACKED_RELOCATIONS)
  unset(CMAKE_REQUIRED_FLAGS)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  if(TMD_PACKED_RELOCATIONS)
    string(APPEND CMAKE_EXE_LINKER_FLAGS_MINSIZEREL " -Wl,-z,pack-relative-relocs")
  endif()
endif()
