# tmd_windows_resource(PROGRAM) puts a version and a manifest into PROGRAM.exe, from the templates
# in core/os/win32.
set(CMAKE_RC_COMPILE_OBJECT
  "<CMAKE_RC_COMPILER> <DEFINES> <INCLUDES> <FLAGS> /fo <OBJECT> -- <SOURCE>")

function(tmd_windows_resource program)
  set(TMD_PROGRAM ${program})
  set(TMD_MANIFEST ${PROJECT_BINARY_DIR}/${program}.manifest)
  set(TMD_RESOURCE ${PROJECT_BINARY_DIR}/${program}.rc)
  configure_file(${PROJECT_SOURCE_DIR}/core/os/win32/trustmend.manifest.in ${TMD_MANIFEST} @ONLY)
  configure_file(${PROJECT_SOURCE_DIR}/core/os/win32/trustmend.rc.in ${TMD_RESOURCE} @ONLY)
  target_sources(${program} PRIVATE ${TMD_RESOURCE})
  set_source_files_properties(${TMD_RESOURCE} PROPERTIES OBJECT_DEPENDS ${TMD_MANIFEST})
endfunction()
