# What keeps each small program below 288 KB, the tables of a grammar aside: optimisation for size alone, over all files at once,
# calls of shared libraries without a table of stubs, no page of padding between code and constants,
# no notes of the tools that built it, and packed relocations, where this machine's linker and loader
# know them (a loader that does not would crash, so the probe is run). Portable builds have a linker
# of their own.
if(CMAKE_BUILD_TYPE STREQUAL MinSizeRel AND NOT TRUSTMEND_PORTABLE)
  include(CheckCCompilerFlag)
  include(CheckCSourceRuns)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  set(CMAKE_EXE_LINKER_FLAGS_MINSIZEREL
    "-s -Wl,-z,noseparate-code -Wl,-z,nodynamic-undefined-weak -Wl,--build-id=none")
  check_c_compiler_flag(-Oz TMD_HAS_OZ) # gcc since 12
  if(TMD_HAS_OZ)
    string(REPLACE -Os -Oz CMAKE_C_FLAGS_MINSIZEREL "${CMAKE_C_FLAGS_MINSIZEREL}")
  endif()
  check_c_compiler_flag(-fno-plt TMD_HAS_NO_PLT)
  if(TMD_HAS_NO_PLT)
    string(APPEND CMAKE_C_FLAGS_MINSIZEREL " -fno-plt")
  endif()
  if(CMAKE_C_COMPILER_ID STREQUAL GNU)
    # Each of these passes is meant to save time or space, and was measured to cost space here.
    string(APPEND CMAKE_C_FLAGS_MINSIZEREL
      " -fno-ipa-icf -fno-move-loop-invariants -fno-caller-saves -fno-gcse -flto-partition=one")
  endif()
  if(CMAKE_STRIP)
    list(APPEND CMAKE_C_LINK_EXECUTABLE "${CMAKE_STRIP} -R .comment <TARGET>")
  endif()
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
