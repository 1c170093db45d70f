# Which operating-system layer is compiled: core/os/unix or core/os/win32.
if(WIN32)
  set(TMD_OS win32)
  set(TMD_OS_DEFINITIONS UNICODE _UNICODE)
else()
  set(TMD_OS unix)
  set(TMD_OS_DEFINITIONS _GNU_SOURCE)
endif()
set(TMD_DEFINITIONS _POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64)
