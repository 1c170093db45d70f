/* The system calls of a sandboxed program. */
#ifndef TMD_OS_UNIX_OBSERVE_SECCOMP_H
#define TMD_OS_UNIX_OBSERVE_SECCOMP_H

/*
 * For the calling process and what it starts, for good; it has to be unable to get rights
 * (PR_SET_NO_NEW_PRIVS). 0, or an errno value.
 */
int tmd_seccomp_refuse(void);

/*
 * Writes, sockets without a name and signals to the outside are refused by Landlock as well, where
 * the kernel has it: beyond the read-only mounts it keeps FIFOs of the tree from being written to.
 * `home` may be written to (NULL: none). 0, or an errno value; a kernel without it is fine.
 */
int tmd_landlock_refuse(const char *home);

#endif
