/* Reading the files that update-ca-certificates would compile. */
#include "resources/anchor/unix/debian_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/scans.h"

#define CONF_MAX ((size_t)1 << 20) /* bytes */
#define DEPTH_MAX 16		   /* directories below the local one */
#define INPUTS_MAX 8192		   /* files */
#define MANY 8			   /* files, from which on one scan of all is worth it */

/* ---- collecting ---- */

struct collecting {
	struct tmd_ctx *ctx;
	struct tmd_debian_inputs *old; /* files that were read already are taken from here */
	size_t old_at;		       /* they mostly come in the same order again */
	struct tmd_debian_inputs *inputs;
};

static bool take(struct tmd_anchor_file *from, const char *path, struct tmd_anchor_file *out)
{
	if (!from->path || strcmp(from->path, path) != 0)
		return false;
	*out = *from;
	memset(from, 0, sizeof(*from));
	return true;
}

/* False when it was not read already. */
static bool take_old(struct collecting *c, const char *path, struct tmd_anchor_file *out)
{
	for (size_t i = 0; i < c->old->count; i++) {
		size_t at = (c->old_at + i) % c->old->count;

		if (!take(&c->old->items[at].file, path, out))
			continue;
		c->old_at = at + 1;
		return true;
	}
	for (size_t i = 0; i < c->old->ignored_count; i++) {
		if (take(&c->old->ignored[i], path, out))
			return true;
	}
	return false;
}

/* Takes `file` over. */
static enum tmd_rc add_input(struct collecting *c, struct tmd_debian_input input,
			     struct tmd_anchor_file *file, struct tmd_error *err)
{
	struct tmd_debian_inputs *inputs = c->inputs;

	if (inputs->count == INPUTS_MAX) {
		enum tmd_rc rc = tmd_fail(err, TMD_E_REFUSED, file->path, NULL,
					  "more than %d certificate files", INPUTS_MAX);

		tmd_anchor_file_release(file);
		return rc;
	}
	if (file->gone) { /* the script warns of it and goes on */
		tmd_anchor_file_release(file);
		return TMD_OK;
	}
	input.file = *file;
	input.link = tmd_debian_link(file->path);
	inputs->items =
		tmd_grow(inputs->items, &inputs->cap, inputs->count + 1, sizeof(*inputs->items));
	inputs->items[inputs->count++] = input;
	return TMD_OK;
}

/*
 * Older scripts say `read` without -r, which takes backslashes out of a name; a newline makes two
 * names of one. No file has the name that is left, and the script ends there with an error.
 */
static bool name_is_mangled(const char *path, bool raw)
{
	return strchr(path, '\n') || (!raw && strchr(path, '\\'));
}

static enum tmd_rc load_conf(struct collecting *c, struct tmd_error *err)
{
	struct tmd_debian_inputs *inputs = c->inputs;
	struct tmd_error local = { 0 };

	inputs->raw = tmd_debian_reads_raw(c->ctx);
	if (tmd_view_read(c->ctx->view, TMD_DEBIAN_CONF, CONF_MAX, &inputs->conf, NULL, &local) ==
	    TMD_OK) {
		inputs->has_conf = true;
		return TMD_OK;
	}
	if (local.kind == TMD_E_NOT_FOUND)
		return TMD_OK;
	*err = local;
	return TMD_FAILED;
}

static bool is_regular(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	return tmd_view_stat(ctx->view, path, &st, &ignored) == TMD_OK &&
	       st.type == TMD_FILE_REGULAR;
}

/* Reads what a line of the list names; false when that is not a file. */
static bool read_vendor(struct collecting *c, const char *path, struct tmd_anchor_file *out)
{
	if (!take_old(c, path, out))
		tmd_anchor_file_read(c->ctx, path, out);
	if (!out->trouble || is_regular(c->ctx, path))
		return true;
	tmd_anchor_file_release(out);
	return false;
}

/* The script warns of a line that names no file, and goes on. */
static enum tmd_rc add_vendor(struct collecting *c, const struct tmd_debian_line *line,
			      struct tmd_error *err)
{
	struct tmd_debian_input input = { 0 };
	TMD_AUTO_FREE char *path = tmd_format(TMD_DEBIAN_VENDOR "/%s", tmd_buf_str(&line->name));
	struct tmd_anchor_file file;

	if (line->unfinished)
		input.passed_over = "its line is the last of " TMD_DEBIAN_CONF
				    " and has no newline";
	if (read_vendor(c, path, &file))
		return add_input(c, input, &file, err);
	if (!tmd_str_ends(path, "\r"))
		return TMD_OK;
	path[strlen(path) - 1] = '\0';
	input.passed_over = "its line in " TMD_DEBIAN_CONF " ends in a carriage return";
	return read_vendor(c, path, &file) ? add_input(c, input, &file, err) : TMD_OK;
}

static enum tmd_rc load_vendor(struct collecting *c, struct tmd_error *err)
{
	const struct tmd_debian_inputs *inputs = c->inputs;
	struct tmd_debian_line line = { 0 };
	enum tmd_rc rc = TMD_OK;

	for (size_t at = 0;
	     rc == TMD_OK && tmd_debian_conf_line(&inputs->conf, inputs->raw, at, &line);
	     at += line.len + 1) {
		if (line.names_file && !line.off)
			rc = add_vendor(c, &line, err);
	}
	tmd_buf_release(&line.name);
	return rc;
}

/* One directory on the way down, to notice links that lead back up. */
struct walk {
	const struct walk *parent;
	uint64_t device;
	uint64_t inode;
	unsigned depth;
};

static bool is_above(const struct walk *dir, const struct tmd_stat *st)
{
	for (; dir; dir = dir->parent) {
		if (dir->device == st->device && dir->inode == st->inode)
			return true;
	}
	return false;
}

/* As `find -L DIR -type f`: paths of regular files, links followed. */
static enum tmd_rc walk_local(struct tmd_ctx *ctx, const char *dir, const struct walk *parent,
			      struct tmd_debian_local *found, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error local = { 0 };
	struct tmd_stat st;

	if (tmd_view_list(ctx->view, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);

		if (tmd_view_stat(ctx->view, path, &st, &local)) {
			found->shape = TMD_LOCAL_ODD; /* a dangling link: `find` passes it over */
			continue;
		}
		if (st.type == TMD_FILE_REGULAR)
			tmd_strv_add(&found->paths, path);
		if (st.type != TMD_FILE_DIRECTORY)
			continue;
		found->shape = TMD_LOCAL_ODD;
		if (is_above(parent, &st))
			continue;
		struct walk here = { parent, st.device, st.inode, parent->depth + 1 };

		if (here.depth < DEPTH_MAX && walk_local(ctx, path, &here, found, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static void add_ignored(struct collecting *c, const struct tmd_anchor_file *file)
{
	struct tmd_debian_inputs *inputs = c->inputs;

	inputs->ignored = tmd_grow(inputs->ignored, &inputs->ignored_cap, inputs->ignored_count + 1,
				   sizeof(*file));
	inputs->ignored[inputs->ignored_count++] = *file;
}

static enum tmd_rc add_local(struct collecting *c, const char *path, bool walked,
			     struct tmd_error *err)
{
	struct tmd_debian_input input = { .local = true,
					  .mangled = name_is_mangled(path, c->inputs->raw) };
	struct tmd_anchor_file file;

	if (!take_old(c, path, &file)) {
		if (!walked && !is_regular(c->ctx, path))
			return TMD_OK;
		tmd_anchor_file_read(c->ctx, path, &file);
	}
	if (tmd_str_ends(path, ".crt"))
		return add_input(c, input, &file, err);
	add_ignored(c, &file);
	return TMD_OK;
}

static enum tmd_rc find_local(struct tmd_ctx *ctx, struct tmd_debian_local *out,
			      struct tmd_error *err)
{
	struct tmd_error ignored = { 0 };
	struct walk top = { 0 };
	struct tmd_stat st;

	if (tmd_view_stat(ctx->view, TMD_DEBIAN_LOCAL, &st, &ignored) == TMD_OK) {
		top.device = st.device;
		top.inode = st.inode;
	}
	out->shape = TMD_LOCAL_PLAIN;
	tmd_strv_release(&out->paths);
	if (walk_local(ctx, TMD_DEBIAN_LOCAL, &top, out, err))
		return TMD_FAILED;
	tmd_strv_sort(&out->paths);
	return TMD_OK;
}

/* Takes the paths over from what was known. */
static enum tmd_rc load_local(struct collecting *c, struct tmd_error *err)
{
	struct tmd_debian_local *local = &c->inputs->local;
	bool walk = c->old->local.shape == TMD_LOCAL_UNKNOWN;

	*local = c->old->local;
	memset(&c->old->local, 0, sizeof(c->old->local));
	if (walk && find_local(c->ctx, local, err))
		return TMD_FAILED;
	for (size_t i = 0; i < local->paths.count; i++) {
		if (add_local(c, local->paths.items[i], walk, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- what is in them ---- */

static bool is_scanned(const struct tmd_anchor_file *file)
{
	return file->trouble || file->scan.arena;
}

static size_t count_unscanned(const struct tmd_debian_inputs *inputs)
{
	size_t count = 0;

	for (size_t i = 0; i < inputs->count; i++)
		count += !is_scanned(&inputs->items[i].file);
	return count;
}

/*
 * Scans what the script compiles of them, which the bundle often is already, and cuts it into
 * pieces. What has no place in it, or shares it with something odd, is left to be scanned alone.
 */
static void scan_together(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs)
{
	TMD_AUTO_FREE size_t *places = tmd_alloc(inputs->count, sizeof(*places));
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle scan = { 0 };
	TMD_AUTO_BUF struct tmd_buf whole = { 0 };
	struct tmd_error ignored = { 0 };

	for (size_t i = 0; i < inputs->count; i++) {
		places[i] = whole.len;
		if (tmd_debian_input_is_compiled(&inputs->items[i]))
			tmd_anchor_file_compile(&inputs->items[i].file, &whole);
	}
	if (whole.overflow || tmd_scan_once(ctx, &whole, &scan, &ignored))
		return;
	for (size_t i = 0; i < inputs->count; i++) {
		struct tmd_anchor_file *file = &inputs->items[i].file;

		if (!is_scanned(file) && tmd_debian_input_is_compiled(&inputs->items[i]))
			(void)tmd_bundle_slice(&scan, whole.data, places[i],
					       places[i] + file->text.len, &file->scan);
	}
}

static enum tmd_rc scan_all(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			    struct tmd_error *err)
{
	if (count_unscanned(inputs) >= MANY)
		scan_together(ctx, inputs);
	for (size_t i = 0; i < inputs->count; i++) {
		struct tmd_anchor_file *file = &inputs->items[i].file;

		if (!is_scanned(file) && tmd_anchor_file_scan(ctx, file, err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < inputs->ignored_count; i++) {
		struct tmd_anchor_file *file = &inputs->ignored[i];

		if (!is_scanned(file) && tmd_anchor_file_scan(ctx, file, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_debian_inputs_load(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
				   struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_inputs_release) struct tmd_debian_inputs old = *inputs;
	struct collecting c = { .ctx = ctx, .old = &old, .inputs = inputs };

	memset(inputs, 0, sizeof(*inputs));
	if (load_conf(&c, err) || load_vendor(&c, err) || load_local(&c, err) ||
	    scan_all(ctx, inputs, err)) {
		tmd_debian_inputs_release(inputs);
		return TMD_FAILED;
	}
	tmd_debian_inputs_sort(inputs);
	return TMD_OK;
}
