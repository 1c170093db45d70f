/* Every look that found something new is a row, and all have to agree with what is there later. */
#include "os/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct tmd_seen_row {
	char *asked;
	char *place;
	bool followed;
	struct tmd_identity identity;
};

static void release_row(struct tmd_seen_row *row)
{
	free(row->asked);
	free(row->place);
}

void tmd_seen_release(struct tmd_seen *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		release_row(&seen->rows[i]);
	free(seen->rows);
	memset(seen, 0, sizeof(*seen));
}

bool tmd_identity_equal(const struct tmd_identity *a, const struct tmd_identity *b)
{
	if (!a->exists || !b->exists)
		return a->exists == b->exists;
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified == b->modified && a->changed == b->changed;
}

static bool asked_the_same(const struct tmd_seen_row *row, const struct tmd_seen_name *name)
{
	return row->followed == name->followed && strcmp(row->asked, name->asked) == 0;
}

static bool is_at_place(const struct tmd_seen_row *row, const struct tmd_seen_name *name)
{
	return row->place && tmd_str_equal(row->place, name->place);
}

static bool is_noted(const struct tmd_seen *seen, const struct tmd_seen_name *name,
		     const struct tmd_identity *identity)
{
	for (size_t i = 0; i < seen->count; i++) {
		const struct tmd_seen_row *row = &seen->rows[i];

		if (tmd_identity_equal(&row->identity, identity) && asked_the_same(row, name) &&
		    tmd_str_equal(row->place, name->place))
			return true;
	}
	return false;
}

static void add_row(struct tmd_seen *seen, const struct tmd_seen_name *name,
		    const struct tmd_identity *identity)
{
	struct tmd_seen_row *row;

	seen->rows = tmd_grow(seen->rows, &seen->cap, seen->count + 1, sizeof(*seen->rows));
	row = &seen->rows[seen->count++];
	row->asked = tmd_strdup(name->asked);
	row->place = tmd_strdup(name->place);
	row->followed = name->followed;
	row->identity = *identity;
}

void tmd_seen_note(struct tmd_seen *seen, const struct tmd_seen_name *name,
		   const struct tmd_identity *identity)
{
	if (seen->on && !is_noted(seen, name, identity))
		add_row(seen, name, identity);
}

bool tmd_seen_differs(const struct tmd_seen *seen, const struct tmd_seen_name *name,
		      const struct tmd_identity *now)
{
	for (size_t i = 0; i < seen->count; i++) {
		const struct tmd_seen_row *row = &seen->rows[i];
		bool same_place = is_at_place(row, name);

		if (!asked_the_same(row, name) && !same_place)
			continue;
		/* The same words lead elsewhere now. */
		if (row->place && name->place && !same_place)
			return true;
		if (!tmd_identity_equal(&row->identity, now))
			return true;
	}
	return false;
}

void tmd_seen_renew(struct tmd_seen *seen, const struct tmd_seen_name *name,
		    const struct tmd_identity *now)
{
	size_t kept = 0;

	for (size_t i = 0; i < seen->count; i++) {
		struct tmd_seen_row *row = &seen->rows[i];

		/* A name that went or came may have been a link to elsewhere. */
		if (strcmp(row->asked, name->asked) == 0 || is_at_place(row, name))
			release_row(row);
		else
			seen->rows[kept++] = *row;
	}
	seen->count = kept;
	if (seen->on)
		add_row(seen, name, now);
}
