/*
 * The one lock under which trustmend writes: /run/trustmend.lock inside the managed
 * root (made when missing). A user who may not open it on the live machine has a lock of
 * his own, in the first of these places that is to be had: /run/user/<uid>, where it exists;
 * /tmp/trustmend-<uid>, which is made; ~/.cache/trustmend.lock.
 *
 * On Windows it is %ProgramFiles%/trustmend/lock, where only administrators make anything; a user
 * who may not open that has %LOCALAPPDATA%/trustmend/lock. Inside an offline root it is
 * /trustmend.lock, which is removed when the lock is released, and does not tell who holds it.
 */
#ifndef TMD_OS_LOCK_H
#define TMD_OS_LOCK_H

#include "base/error.h"
#include "os/fs.h"

struct tmd_lock;

/*
 * Waits at most `timeout` seconds (0: one try). The file is the caller's alone: who cannot open it
 * cannot hold the lock. Fails: busy (held by another, who is named by process id), permission,
 * refused (a link, a directory or a FIFO in the lock file's place), io, internal (before
 * tmd_fs_allow_writes()). The kernel drops the lock when the process dies.
 */
enum tmd_rc tmd_lock_acquire(struct tmd_fs *fs, unsigned timeout, struct tmd_lock **out,
			     struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Would tmd_lock_acquire() find a lock file that it may open or make? Makes nothing and does
 * not ask whether it is held; allowed to plan. Fails as tmd_lock_acquire() but for busy.
 */
enum tmd_rc tmd_lock_check(struct tmd_fs *fs, struct tmd_error *err) TMD_MUST_CHECK;

void tmd_lock_release(struct tmd_lock *lock); /* before tmd_fs_free(); NULL is fine */

#endif
