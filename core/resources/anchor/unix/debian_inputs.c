/* Collecting the inputs of update-ca-certificates. */
#include "resources/anchor/unix/debian_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define CONF_MAX ((size_t)1 << 20) /* bytes */
#define DEPTH_MAX 16		   /* directories below the local one */
#define INPUTS_MAX 8192		   /* files */

void tmd_debian_inputs_release(struct tmd_debian_inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		free(inputs->items[i].link);
		tmd_anchor_file_release(&inputs->items[i].file);
	}
	free(inputs->items);
	for (size_t i = 0; i < inputs->ignored_count; i++)
		tmd_anchor_file_release(&inputs->ignored[i]);
	free(inputs->ignored);
	tmd_buf_release(&inputs->conf);
	memset(inputs, 0, sizeof(*inputs));
}

char *tmd_debian_link(const char *path)
{
	const char *base = tmd_path_base(path);
	size_t len = strlen(base);
	char *link;

	if (tmd_str_ends(base, ".crt"))
		len -= strlen(".crt");
	link = tmd_format(TMD_DEBIAN_HASHED "/%.*s.pem", (int)len, base);
	for (char *c = link + strlen(TMD_DEBIAN_HASHED "/"); *c; c++) {
		if (*c == ' ' || *c == ',')
			*c = '_';
		if (*c == '(' || *c == ')')
			*c = '=';
	}
	return link;
}

/* `while read crt` without -r takes these for something else. */
static bool name_is_mangled(const char *path)
{
	size_t len = strlen(path);

	return strpbrk(path, "\\\n\r") || (len && strchr(" \t", path[len - 1]));
}

/* ---- the list of vendor files ---- */

struct conf_line {
	const char *start;
	size_t len;	  /* without the newline */
	const char *name; /* what `read` makes of it: without '!' and outer blanks */
	size_t name_len;
	bool off;	 /* starts with '!' */
	bool names_file; /* neither empty nor a comment */
};

/* The line at `at`; false at the end. */
static bool conf_line_at(const struct tmd_buf *conf, size_t at, struct conf_line *line)
{
	const char *text = tmd_buf_str(conf);
	const char *end;

	if (at >= conf->len)
		return false;
	memset(line, 0, sizeof(*line));
	line->start = text + at;
	end = memchr(line->start, '\n', conf->len - at);
	line->len = end ? (size_t)(end - line->start) : conf->len - at;
	line->off = line->len && *line->start == '!';
	line->names_file = line->len && *line->start != '#';
	line->name = line->start + line->off;
	line->name_len = line->len - line->off;
	while (line->name_len && strchr(" \t", *line->name)) {
		line->name++;
		line->name_len--;
	}
	while (line->name_len && strchr(" \t", line->name[line->name_len - 1]))
		line->name_len--;
	return true;
}

static bool line_names(const struct conf_line *line, const char *path)
{
	const char *name = path + strlen(TMD_DEBIAN_VENDOR "/");

	return line->names_file && tmd_str_starts(path, TMD_DEBIAN_VENDOR "/") &&
	       strlen(name) == line->name_len && memcmp(name, line->name, line->name_len) == 0;
}

bool tmd_debian_conf_lists(const struct tmd_buf *conf, const char *path)
{
	struct conf_line line;

	for (size_t at = 0; conf_line_at(conf, at, &line); at += line.len + 1) {
		if (!line.off && line_names(&line, path))
			return true;
	}
	return false;
}

void tmd_debian_conf_switch_off(struct tmd_buf *conf, const char *path)
{
	struct conf_line line;
	bool found = false;

	for (size_t at = 0; conf_line_at(conf, at, &line); at += line.len + 1) {
		if (!line_names(&line, path))
			continue;
		found = true;
		if (line.off)
			continue;
		tmd_buf_splice(conf, at, 0, "!", 1);
		at++;
	}
	if (found)
		return;
	if (conf->len && conf->data[conf->len - 1] != '\n')
		tmd_buf_add_char(conf, '\n');
	tmd_buf_addf(conf, "!%s\n", path + strlen(TMD_DEBIAN_VENDOR "/"));
}

/* ---- collecting ---- */

static enum tmd_rc add_input(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			     const char *path, bool local, struct tmd_error *err)
{
	struct tmd_debian_input input = { .local = local, .mangled = name_is_mangled(path) };

	if (inputs->count == INPUTS_MAX)
		return tmd_fail(err, TMD_E_REFUSED, path, NULL, "more than %d certificate files",
				INPUTS_MAX);
	if (tmd_anchor_file_load(ctx, path, &input.file, err))
		return TMD_FAILED;
	if (input.file.gone) { /* the script warns of it and goes on */
		tmd_anchor_file_release(&input.file);
		return TMD_OK;
	}
	input.link = tmd_debian_link(path);
	for (size_t i = 0; i < inputs->count; i++) {
		if (strcmp(inputs->items[i].link, input.link) != 0 ||
		    strcmp(inputs->items[i].file.path, path) == 0)
			continue;
		inputs->items[i].clashes = true;
		input.clashes = true;
	}
	inputs->items =
		tmd_grow(inputs->items, &inputs->cap, inputs->count + 1, sizeof(*inputs->items));
	inputs->items[inputs->count++] = input;
	return TMD_OK;
}

static enum tmd_rc load_conf(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			     struct tmd_error *err)
{
	struct tmd_error local = { 0 };

	if (tmd_ctx_read(ctx, TMD_DEBIAN_CONF, CONF_MAX, &inputs->conf, NULL, &local) == TMD_OK) {
		inputs->has_conf = true;
		return TMD_OK;
	}
	if (local.kind == TMD_E_NOT_FOUND)
		return TMD_OK;
	*err = local;
	return TMD_FAILED;
}

static enum tmd_rc load_vendor(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			       struct tmd_error *err)
{
	struct conf_line line;

	for (size_t at = 0; conf_line_at(&inputs->conf, at, &line); at += line.len + 1) {
		TMD_AUTO_FREE char *path = NULL;

		if (!line.names_file || line.off || !line.name_len)
			continue;
		path = tmd_format(TMD_DEBIAN_VENDOR "/%.*s", (int)line.name_len, line.name);
		if (add_input(ctx, inputs, path, false, err))
			return TMD_FAILED;
	}
	return TMD_OK;
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
			      struct tmd_strv *files, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error local = { 0 };
	struct tmd_stat st;

	if (tmd_ctx_list(ctx, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);

		if (tmd_fs_stat(ctx->fs, path, &st, &local))
			continue; /* a dangling link: `find` passes it over */
		if (st.type == TMD_FILE_REGULAR)
			tmd_strv_add(files, path);
		if (st.type != TMD_FILE_DIRECTORY || is_above(parent, &st))
			continue;
		struct walk here = { parent, st.device, st.inode, parent->depth + 1 };

		if (here.depth < DEPTH_MAX && walk_local(ctx, path, &here, files, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc add_ignored(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			       const char *path, struct tmd_error *err)
{
	struct tmd_anchor_file file = { 0 };

	if (tmd_anchor_file_load(ctx, path, &file, err))
		return TMD_FAILED;
	inputs->ignored = tmd_grow(inputs->ignored, &inputs->ignored_cap, inputs->ignored_count + 1,
				   sizeof(file));
	inputs->ignored[inputs->ignored_count++] = file;
	return TMD_OK;
}

static enum tmd_rc load_local(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			      struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv files = { 0 };
	struct tmd_error ignored = { 0 };
	struct walk top = { 0 };
	struct tmd_stat st;

	if (tmd_fs_stat(ctx->fs, TMD_DEBIAN_LOCAL, &st, &ignored) == TMD_OK) {
		top.device = st.device;
		top.inode = st.inode;
	}
	if (walk_local(ctx, TMD_DEBIAN_LOCAL, &top, &files, err))
		return TMD_FAILED;
	tmd_strv_sort(&files);
	for (size_t i = 0; i < files.count; i++) {
		const char *path = files.items[i];
		bool taken = tmd_str_ends(path, ".crt");

		if (taken ? add_input(ctx, inputs, path, true, err) :
			    add_ignored(ctx, inputs, path, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_debian_inputs_load(struct tmd_ctx *ctx, struct tmd_debian_inputs *out,
				   struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_inputs_release) struct tmd_debian_inputs inputs = { 0 };

	if (load_conf(ctx, &inputs, err) || load_vendor(ctx, &inputs, err) ||
	    load_local(ctx, &inputs, err))
		return TMD_FAILED;
	*out = inputs;
	memset(&inputs, 0, sizeof(inputs));
	return TMD_OK;
}

const struct tmd_debian_input *tmd_debian_inputs_find(const struct tmd_debian_inputs *inputs,
						      const char *path)
{
	for (size_t i = 0; i < inputs->count; i++) {
		if (strcmp(inputs->items[i].file.path, path) == 0)
			return &inputs->items[i];
	}
	return NULL;
}
