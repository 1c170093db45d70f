# Which operating-system layer is compiled: core/os/unix or core/os/win32.
if(WIN32)
  set(TMD_OS win32)
  set(TMD_DEFINITIONS _WIN32_WINNT=0x0a00 UNICODE _UNICODE) # Windows 10, Server 2016
  set(TMD_OS_DEFINITIONS "")
  set(TMD_OS_LIBRARIES advapi32 ntdll) # what is slow to load is loaded by core/os/win32/late.c
  set(CMAKE_C_STANDARD_LIBRARIES "")   # nothing that nobody named
  include(WindowsResource)
else()
  set(TMD_OS unix)
  set(TMD_DEFINITIONS _POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64)
  set(TMD_OS_DEFINITIONS _GNU_SOURCE)
  set(TMD_OS_LIBRARIES "")
endif()
