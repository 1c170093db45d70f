/* Which file systems are mounted below a path, from /proc/self/mountinfo. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/tree_node.h"
#include "os/unix/observe_mounts.h"

struct mount {
	char *path; /* below the beginning, without a '/' before it */
	char *type;
	enum tmd_mount_kind kind;
	size_t line; /* in the table: of several at one place the last is on top */
};

struct tmd_mounts {
	struct mount *items;
	size_t count;
	size_t cap;
};

/* ---- kinds ---- */

static const char *const network[] = {
	"nfs",	  "nfs4",   "cifs",	"smb3",	  "smbfs", "afs",    "auristorfs", "coda", "ceph",
	"9p",	  "lustre", "gpfs",	"beegfs", "ncpfs", "panfs",  "pvfs2",	   "orangefs",
	"glusterfs", "vboxsf", "prl_fs", "fuse", NULL,
};

static const char *const kernel[] = {
	"proc",	      "sysfs",	   "devtmpfs", "devpts",    "cgroup",	 "cgroup2", "securityfs",
	"debugfs",    "tracefs",   "pstore",   "bpf",	    "configfs",	 "mqueue",  "hugetlbfs",
	"binfmt_misc", "efivarfs", "fusectl",  "selinuxfs", "rpc_pipefs", "nsfs",   "nfsd",
	"resctrl",    "smackfs",   "apparmorfs", NULL,
};

static bool has(const char *const *list, const char *type)
{
	for (; *list; list++) {
		if (strcmp(*list, type) == 0)
			return true;
	}
	return false;
}

/* A disk that a program of the user's reads ("fuseblk") is a disk. */
static enum tmd_mount_kind kind_of(const char *type)
{
	if (strcmp(type, "autofs") == 0)
		return TMD_MOUNT_AUTO;
	if (has(network, type) || tmd_str_starts(type, "fuse."))
		return TMD_MOUNT_NETWORK;
	return has(kernel, type) ? TMD_MOUNT_KERNEL : TMD_MOUNT_DISK;
}

/* ---- the table ---- */

struct reading {
	struct tmd_mounts *mounts;
	const char *path;
	size_t len;	/* of `path`, without a '/' at the end */
	size_t nearest; /* length of the place that it lies on */
	enum tmd_mount_kind *at;
	size_t lines;
};

static bool leads_to(const char *place, size_t len, const char *path)
{
	return strncmp(place, path, len) == 0 && (path[len] == '/' || !path[len]);
}

static void take(void *arg, const char *place, const char *type)
{
	struct reading *r = arg;
	struct tmd_mounts *mounts = r->mounts;
	size_t len = strcmp(place, "/") == 0 ? 0 : strlen(place);

	r->lines++;
	if (leads_to(place, len, r->path) && len >= r->nearest) {
		r->nearest = len;
		*r->at = kind_of(type);
		return;
	}
	if (len <= r->len || !leads_to(r->path, r->len, place))
		return;
	mounts->items = tmd_grow(mounts->items, &mounts->cap, mounts->count + 1,
				 sizeof(*mounts->items));
	mounts->items[mounts->count++] = (struct mount){ tmd_strdup(place + r->len + 1),
							 tmd_strdup(type), kind_of(type), r->lines };
}

/* What lies below one place stands together. */
static int compare(const void *a, const void *b)
{
	const struct mount *first = a;
	const struct mount *second = b;
	int order = strcmp(first->path, second->path);

	return order ? order : first->line < second->line ? -1 : 1;
}

struct tmd_mounts *tmd_mounts_read(const char *path, enum tmd_mount_kind *at,
				   struct tmd_mount_span *span)
{
	struct tmd_mounts *mounts = tmd_alloc(1, sizeof(*mounts));
	struct reading reading = { .mounts = mounts, .path = path, .at = at };
	TMD_AUTO_FD int table = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (reading.len = strlen(path); reading.len && path[reading.len - 1] == '/';)
		reading.len--; /* "/", and the root of what is a root itself */
	*at = TMD_MOUNT_DISK;
	if (table >= 0)
		(void)tmd_mounts_each(table, take, &reading);
	if (mounts->count)
		qsort(mounts->items, mounts->count, sizeof(*mounts->items), compare);
	*span = (struct tmd_mount_span){ 0, mounts->count, 0 };
	return mounts;
}

void tmd_mounts_free(struct tmd_mounts *mounts)
{
	for (size_t i = 0; mounts && i < mounts->count; i++) {
		free(mounts->items[i].path);
		free(mounts->items[i].type);
	}
	if (mounts)
		free(mounts->items);
	free(mounts);
}

enum tmd_mount_kind tmd_mounts_find(const struct tmd_mounts *mounts, const struct tmd_mount_span *dir,
				    const char *name, struct tmd_mount_span *below, const char **type)
{
	enum tmd_mount_kind kind = TMD_MOUNT_NONE;
	size_t len = dir->count ? strlen(name) : 0;

	*below = (struct tmd_mount_span){ 0, 0, dir->skip + len + 1 };
	for (size_t i = dir->first; i < dir->first + dir->count; i++) {
		const struct mount *mount = &mounts->items[i];
		const char *rest = mount->path + dir->skip;

		if (!leads_to(name, len, rest))
			continue;
		if (!rest[len]) {
			kind = mount->kind;
			*type = mount->type;
		} else if (!below->count++) {
			below->first = i;
		}
	}
	return kind;
}
