/*
 * The one lock under which trustmend writes: /run/trustmend.lock inside the managed
 * root (made when missing), a per-user file when the caller is not root.
 */
#ifndef TMD_OS_LOCK_H
#define TMD_OS_LOCK_H

#include "base/error.h"
#include "os/fs.h"

struct tmd_lock;

/*
 * Waits at most `timeout` seconds (0: one try). Fails: busy (held by another), permission,
 * refused (a link or a FIFO in the lock file's place), io. Needs tmd_fs_allow_writes(). The
 * kernel drops the lock when the process dies.
 */
enum tmd_rc tmd_lock_acquire(struct tmd_fs *fs, unsigned timeout, struct tmd_lock **out,
			     struct tmd_error *err) TMD_MUST_CHECK;
void tmd_lock_release(struct tmd_lock *lock); /* NULL is fine */

#endif
