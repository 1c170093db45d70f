/* One walk: a stack of open directories, and a stack of the names that are still to be entered. */
#include "os/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/path.h"
#include "os/proc.h"
#include "os/tree_node.h"
#include "os/tree_seen.h"

#define TICK_MS 100
#define TICK_EVERY 512 /* directories: so rarely is the clock asked */
#define QUEUE_MAX ((size_t)256 << 20)

struct level {
	struct tmd_tree_dir dir;
	struct tmd_node node;
	enum tmd_mount_kind mount;
	struct tmd_mount_span span;
	size_t name;  /* where its own name stands in the queue */
	size_t begin; /* where the names of its directories stand */
	size_t next;
};

struct tmd_tree {
	const struct tmd_tree_visitor *visitor;
	struct tmd_tree_seen *seen;
	struct tmd_mounts *mounts;
	struct level *levels;
	size_t depth;	      /* levels that are open */
	size_t limit;
	struct tmd_buf queue; /* marks and name of each directory, with a NUL behind it */
	char *chunk;
	size_t ticks;
	int64_t ticked;
};

const struct tmd_tree_dir *tmd_tree_here(const struct tmd_tree *tree)
{
	return &tree->levels[tree->depth - 1].dir;
}

static struct level *top(struct tmd_tree *tree)
{
	return &tree->levels[tree->depth - 1];
}

char *tmd_tree_path(const struct tmd_tree_dir *dir, const char *name)
{
	TMD_AUTO_FREE char *above = NULL;

	if (!dir->parent)
		return name ? tmd_path_join(dir->name, name) : tmd_strdup(dir->name);
	above = tmd_tree_path(dir->parent, dir->name);
	return name ? tmd_path_join(above, name) : tmd_strdup(above);
}

static void pass(struct tmd_tree *tree, const char *name, const char *why)
{
	TMD_AUTO_FREE char *path = tmd_tree_path(tmd_tree_here(tree), name);

	tree->visitor->pass(tree->visitor->arg, path, why);
}

/* ---- the names that are still to be entered ---- */

/* The queue may have moved. */
static void renew_names(struct tmd_tree *tree)
{
	for (size_t i = 1; i < tree->depth; i++)
		tree->levels[i].dir.name = tree->queue.data + tree->levels[i].name;
}

static void push(struct tmd_tree *tree, const char *name, unsigned marks)
{
	const char *before = tree->queue.data;
	size_t len = strlen(name) + 1;
	char *room = tmd_buf_reserve(&tree->queue, sizeof(marks) + len);

	if (!room) {
		pass(tree, name, "too many directories lie beside it");
		return;
	}
	memcpy(room, &marks, sizeof(marks));
	memcpy(room + sizeof(marks), name, len);
	tree->queue.len += sizeof(marks) + len;
	if (tree->queue.data != before)
		renew_names(tree);
}

/* ---- which directories are entered ---- */

static bool takes_network(const struct tmd_tree *tree)
{
	enum tmd_mount_kind first = tree->levels[0].mount;

	return tree->visitor->network == TMD_TREE_EVERY ||
	       (tree->visitor->network == TMD_TREE_NAMED &&
		(first == TMD_MOUNT_NETWORK || first == TMD_MOUNT_AUTO));
}

static bool enters_mount(struct tmd_tree *tree, const char *name, enum tmd_mount_kind kind,
			 const char *type)
{
	TMD_AUTO_FREE char *why = NULL;

	if (kind == TMD_MOUNT_DISK || (kind == TMD_MOUNT_NETWORK && takes_network(tree)))
		return true;
	if (kind == TMD_MOUNT_KERNEL)
		return false; /* nobody looks for a file in there */
	why = tmd_format("a network file system is mounted there, or would be (%s): name it to look "
			 "through it", type);
	pass(tree, name, why);
	return false;
}

/* In what mounts by itself, only what is mounted already is entered. */
static bool enters(struct tmd_tree *tree, const char *name, struct level *child)
{
	const struct level *here = top(tree);
	const char *type = NULL;

	child->mount = tmd_mounts_find(tree->mounts, &here->span, name, &child->span, &type);
	if (child->mount != TMD_MOUNT_NONE)
		return enters_mount(tree, name, child->mount, type);
	child->mount = here->mount;
	return here->mount != TMD_MOUNT_AUTO;
}

static void open_child(struct tmd_tree *tree, const char *name, struct level *child)
{
	struct level *here = top(tree);
	struct tmd_error err = { 0 };

	if (tmd_node_open(&here->node, name, &child->node, &err)) {
		if (err.kind != TMD_E_NOT_FOUND)
			pass(tree, name, err.message);
		return;
	}
	if (child->node.device != here->node.device && child->mount == here->mount &&
	    !tmd_node_is_akin(&here->node, &child->node)) {
		pass(tree, name, "another file system is mounted there");
		tmd_node_close(&child->node);
		return;
	}
	if (!tmd_tree_seen_add(tree->seen, child->node.device, child->node.inode)) {
		tmd_node_close(&child->node);
		return;
	}
	child->dir.parent = &here->dir;
	tree->levels[tree->depth++] = *child;
}

static void enter(struct tmd_tree *tree, size_t at)
{
	struct level child = { .node.file = TMD_NO_FILE };
	const char *item = tmd_buf_str(&tree->queue) + at;
	const char *name = item + sizeof(unsigned);

	memcpy(&child.dir.marks, item, sizeof(unsigned));
	child.name = at + sizeof(unsigned);
	child.dir.name = name;
	child.begin = child.next = tree->queue.len;
	if (tree->depth > tree->limit) {
		if (!tree->visitor->depth)
			pass(tree, name, "too many directories lie one in the other");
		return;
	}
	if (enters(tree, name, &child))
		open_child(tree, name, &child);
}

/* ---- reading a directory ---- */

static void take(void *arg, const char *name, enum tmd_file_type type)
{
	struct tmd_tree *tree = arg;
	unsigned marks = top(tree)->dir.marks;

	if (tree->visitor->take(tree->visitor->arg, tree, name, type, &marks) &&
	    type == TMD_FILE_DIRECTORY)
		push(tree, name, marks);
}

static void tick(struct tmd_tree *tree)
{
	int64_t now;

	if (!tree->visitor->tick || ++tree->ticks % TICK_EVERY)
		return;
	now = tmd_monotonic_ms();
	if (now - tree->ticked < TICK_MS)
		return;
	tree->ticked = now;
	tree->visitor->tick(tree->visitor->arg);
}

static enum tmd_rc list(struct tmd_tree *tree, struct tmd_error *err)
{
	const struct tmd_node_names names = { tree->chunk, take, tree };

	tick(tree);
	return tmd_node_list(&top(tree)->node, &names, err);
}

static void leave(struct tmd_tree *tree)
{
	struct level *here = top(tree);

	tree->queue.len = here->begin;
	tmd_node_close(&here->node);
	tree->depth--;
}

static void go_on(struct tmd_tree *tree)
{
	struct level *here = top(tree);
	struct tmd_error err = { 0 };
	size_t at = here->next;
	size_t depth = tree->depth;

	if (at == tree->queue.len) {
		leave(tree);
		return;
	}
	here->next += sizeof(unsigned);
	here->next += strlen(tmd_buf_str(&tree->queue) + here->next) + 1;
	enter(tree, at);
	if (tree->depth > depth && list(tree, &err))
		pass(tree, NULL, err.message);
}

/* ---- where it begins ---- */

static enum tmd_rc refuse_mount(const struct tmd_tree *tree, enum tmd_mount_kind kind,
				const char *path, struct tmd_error *err)
{
	if (kind == TMD_MOUNT_KERNEL)
		return tmd_fail(err, TMD_E_REFUSED, path, "name a directory that holds files",
				"this is a file system of the kernel's own");
	if (tree->visitor->network == TMD_TREE_LOCAL &&
	    (kind == TMD_MOUNT_NETWORK || kind == TMD_MOUNT_AUTO))
		return tmd_fail(err, TMD_E_REFUSED, path, "name it to look through it",
				"it lies on a network file system");
	return TMD_OK;
}

/* By the path as it is asked for: to follow it would already touch what may not answer. */
static enum tmd_rc check_mount(const struct tmd_tree *tree, const struct tmd_fs *fs,
			       const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *outside = tmd_fs_outside_path(fs, path);
	enum tmd_mount_kind kind;
	struct tmd_mount_span ignored;

	tmd_mounts_free(tmd_mounts_read(outside, &kind, &ignored));
	return refuse_mount(tree, kind, path, err);
}

bool tmd_tree_is_near(struct tmd_fs *fs, const char *path)
{
	TMD_AUTO_FREE char *outside = tmd_fs_outside_path(fs, path);
	enum tmd_mount_kind kind;
	struct tmd_mount_span ignored;

	tmd_mounts_free(tmd_mounts_read(outside, &kind, &ignored));
	return kind == TMD_MOUNT_DISK;
}

static enum tmd_rc begin_at(struct tmd_tree *tree, const struct tmd_fs *fs,
			    const struct tmd_place *place, const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *outside = tmd_fs_outside_path(fs, place->path);
	struct level *first = &tree->levels[0];

	tree->mounts = tmd_mounts_read(outside, &first->mount, &first->span);
	if (refuse_mount(tree, first->mount, path, err) ||
	    tmd_node_open_place(place, path, &first->node, err))
		return TMD_FAILED;
	tree->depth = 1;
	first->dir.name = place->path;
	if (!tmd_tree_seen_add(tree->seen, first->node.device, first->node.inode))
		return TMD_OK;
	return list(tree, err);
}

static void release(struct tmd_tree *tree)
{
	while (tree->depth)
		leave(tree);
	tmd_mounts_free(tree->mounts);
	tmd_buf_release(&tree->queue);
	free(tree->levels);
	free(tree->chunk);
}

enum tmd_rc tmd_tree_walk(struct tmd_fs *fs, const char *path, const struct tmd_tree_visitor *visitor,
			  struct tmd_tree_seen *seen, struct tmd_error *err)
{
	const unsigned limit = visitor->depth ? visitor->depth : TMD_TREE_DEPTH_MAX;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_CLEANUP(release) struct tmd_tree tree = { .visitor = visitor,
						      .seen = seen,
						      .limit = limit,
						      .queue = { .max = QUEUE_MAX } };

	if (check_mount(&tree, fs, path, err) ||
	    tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, &place, err))
		return TMD_FAILED;
	tree.levels = tmd_alloc(limit + 1, sizeof(*tree.levels));
	tree.chunk = tmd_alloc(1, TMD_NODE_CHUNK);
	if (begin_at(&tree, fs, &place, path, err))
		return TMD_FAILED;
	while (tree.depth)
		go_on(&tree);
	return TMD_OK;
}

/* ---- files ---- */

static enum tmd_rc read_all(tmd_file file, const char *name, size_t max, struct tmd_buf *out,
			    struct tmd_error *err)
{
	size_t got = 1;

	while (out->len < max && got) {
		size_t want = max - out->len;
		char *room;

		want = want < TMD_NODE_CHUNK ? want : TMD_NODE_CHUNK;
		room = tmd_buf_reserve(out, want);
		if (!room)
			return TMD_OK;
		if (tmd_file_read(file, name, room, want, &got, err))
			return TMD_FAILED;
		out->len += got;
		out->data[out->len] = '\0';
	}
	return TMD_OK;
}

enum tmd_rc tmd_tree_read(struct tmd_tree *tree, const char *name, size_t max, struct tmd_buf *out,
			  struct tmd_error *err)
{
	TMD_AUTO_FILE tmd_file file = TMD_NO_FILE;

	tmd_buf_clear(out);
	if (tmd_node_open_file(&top(tree)->node, name, &file, err))
		return TMD_FAILED;
	return read_all(file, name, max, out, err);
}
