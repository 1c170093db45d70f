/*
 * What was read while a change was planned, so that the change can be refused when somebody
 * else was there in between (tmd_fs_watch() in os/fs.h). The list is short: one resource's files.
 */
#ifndef TMD_OS_SEEN_H
#define TMD_OS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What tells a file, with this content, from another. Of a directory only device and inode count:
   leave the others 0. The unit of times is the system's finest. */
struct tmd_identity {
	bool exists; /* false: all others are 0 */
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	int64_t modified;
	int64_t changed; /* owner, mode, names */
};

/* Where a file was looked for. Both are borrowed. */
struct tmd_seen_name {
	const char *asked; /* the path as given */
	bool followed;	   /* a link in the last component was followed */
	const char *place; /* canonical; NULL: not known, because parents are missing */
};

struct tmd_seen_row;

struct tmd_seen { /* zero-initialised is fine */
	bool on;
	struct tmd_seen_row *rows;
	size_t count;
	size_t cap;
};

void tmd_seen_release(struct tmd_seen *seen); /* forgets everything, and is off */

bool tmd_identity_equal(const struct tmd_identity *a, const struct tmd_identity *b);

/* Nothing happens while it is off. */
void tmd_seen_note(struct tmd_seen *seen, const struct tmd_seen_name *name,
		   const struct tmd_identity *identity);

/* Was anything else noted of that name, or of that place under any name? Nothing noted is no. */
bool tmd_seen_differs(const struct tmd_seen *seen, const struct tmd_seen_name *name,
		      const struct tmd_identity *now);

/* A change of our own: what was noted of it before is forgotten. */
void tmd_seen_renew(struct tmd_seen *seen, const struct tmd_seen_name *name,
		    const struct tmd_identity *now);

#endif
