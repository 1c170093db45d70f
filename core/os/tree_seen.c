/* A hash table with open addressing, at most half full. */
#include "os/tree_seen.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_ROOM 1024

struct row {
	uint64_t device;
	uint64_t inode; /* 0: the row is free */
};

struct tmd_tree_seen {
	struct row *rows;
	size_t room; /* a power of two */
	size_t count;
};

struct tmd_tree_seen *tmd_tree_seen_new(void)
{
	struct tmd_tree_seen *seen = tmd_alloc(1, sizeof(*seen));

	seen->room = FIRST_ROOM;
	seen->rows = tmd_alloc(seen->room, sizeof(*seen->rows));
	return seen;
}

void tmd_tree_seen_free(struct tmd_tree_seen *seen)
{
	if (!seen)
		return;
	free(seen->rows);
	free(seen);
}

/* The row that holds it, or the free one where it belongs. */
static struct row *find(const struct tmd_tree_seen *seen, uint64_t device, uint64_t inode)
{
	uint64_t hash = (inode ^ (device << 32 | device >> 32)) * 0x9E3779B97F4A7C15u;
	size_t at = (size_t)(hash >> 32) & (seen->room - 1);

	while (seen->rows[at].inode &&
	       (seen->rows[at].inode != inode || seen->rows[at].device != device))
		at = (at + 1) & (seen->room - 1);
	return &seen->rows[at];
}

static void grow(struct tmd_tree_seen *seen)
{
	struct tmd_tree_seen larger = { .room = seen->room * 2, .count = seen->count };

	larger.rows = tmd_alloc(larger.room, sizeof(*larger.rows));
	for (size_t i = 0; i < seen->room; i++) {
		const struct row *row = &seen->rows[i];

		if (row->inode)
			*find(&larger, row->device, row->inode) = *row;
	}
	free(seen->rows);
	*seen = larger;
}

bool tmd_tree_seen_add(struct tmd_tree_seen *seen, uint64_t device, uint64_t inode)
{
	struct row *row;

	if (!inode)
		return true;
	row = find(seen, device, inode);
	if (row->inode)
		return false;
	if (seen->count == TMD_TREE_SEEN_MAX)
		return true;
	*row = (struct row){ device, inode };
	if (++seen->count * 2 > seen->room)
		grow(seen);
	return true;
}
