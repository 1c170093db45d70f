/* Collecting the inputs of update-ca-certificates. */
#include "resources/anchor/unix/debian_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "x509/pem.h"

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

/*
 * Older scripts say `read` without -r, which takes backslashes out of a name; a newline makes two
 * names of one. No file has the name that is left, and the script ends there with an error.
 */
static bool name_is_mangled(const char *path, bool raw)
{
	return strchr(path, '\n') || (!raw && strchr(path, '\\'));
}

bool tmd_debian_reads_raw(struct tmd_ctx *ctx)
{
	TMD_AUTO_BUF struct tmd_buf script = { 0 };
	struct tmd_error ignored = { 0 };

	return tmd_fs_read(ctx->fs, TMD_DEBIAN_PROGRAM, 0, &script, NULL, &ignored) == TMD_OK &&
	       tmd_text_find(tmd_buf_str(&script), script.len, "read -r crt") < script.len;
}

/* ---- collecting ---- */

static enum tmd_rc add_input(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			     const char *path, struct tmd_debian_input input, struct tmd_error *err)
{

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

	inputs->raw = tmd_debian_reads_raw(ctx);
	if (tmd_ctx_read(ctx, TMD_DEBIAN_CONF, CONF_MAX, &inputs->conf, NULL, &local) == TMD_OK) {
		inputs->has_conf = true;
		return TMD_OK;
	}
	if (local.kind == TMD_E_NOT_FOUND)
		return TMD_OK;
	*err = local;
	return TMD_FAILED;
}

static bool is_file(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	return tmd_fs_stat(ctx->fs, path, &st, &ignored) == TMD_OK && st.type == TMD_FILE_REGULAR;
}

/* The script warns of a line that names no file, and goes on. */
static enum tmd_rc add_vendor(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			      const struct tmd_debian_line *line, struct tmd_error *err)
{
	struct tmd_debian_input input = { 0 };
	TMD_AUTO_FREE char *path = tmd_format(TMD_DEBIAN_VENDOR "/%s", tmd_buf_str(&line->name));

	if (line->unfinished)
		input.passed_over = "its line is the last of " TMD_DEBIAN_CONF
				    " and has no newline";
	if (!is_file(ctx, path) && tmd_str_ends(path, "\r")) {
		path[strlen(path) - 1] = '\0';
		input.passed_over = "its line in " TMD_DEBIAN_CONF " ends in a carriage return";
	}
	return is_file(ctx, path) ? add_input(ctx, inputs, path, input, err) : TMD_OK;
}

static enum tmd_rc load_vendor(struct tmd_ctx *ctx, struct tmd_debian_inputs *inputs,
			       struct tmd_error *err)
{
	struct tmd_debian_line line = { 0 };
	enum tmd_rc rc = TMD_OK;

	for (size_t at = 0;
	     rc == TMD_OK && tmd_debian_conf_line(&inputs->conf, inputs->raw, at, &line);
	     at += line.len + 1) {
		if (line.names_file && !line.off)
			rc = add_vendor(ctx, inputs, &line, err);
	}
	tmd_buf_release(&line.name);
	return rc;
}

static bool is_carriage(const struct tmd_debian_inputs *inputs, const struct tmd_debian_line *line)
{
	const struct tmd_debian_input *input;
	TMD_AUTO_FREE char *path = NULL;

	if (!line->names_file || line->off || line->name.data[line->name.len - 1] != '\r')
		return false;
	path = tmd_format(TMD_DEBIAN_VENDOR "/%.*s", (int)line->name.len - 1, line->name.data);
	input = tmd_debian_inputs_find(inputs, path);
	return input && input->passed_over;
}

void tmd_debian_inputs_mend(const struct tmd_debian_inputs *inputs, struct tmd_buf *conf,
			    struct tmd_strv *told)
{
	struct tmd_debian_line line = { 0 };
	size_t carriages = 0;

	for (size_t at = 0; tmd_debian_conf_line(conf, inputs->raw, at, &line);) {
		if (is_carriage(inputs, &line)) {
			tmd_buf_splice(conf, at + line.len - 1, 1, NULL, 0);
			line.len--;
			carriages++;
		}
		if (line.unfinished && line.names_file) {
			tmd_buf_add_char(conf, '\n');
			tmd_strv_addf(told,
				      "the last line of " TMD_DEBIAN_CONF " (%s) has no newline, so "
				      "update-ca-certificates would pass over it: one is added",
				      tmd_buf_str(&line.name));
		}
		at += line.len + 1;
	}
	tmd_buf_release(&line.name);
	if (carriages)
		tmd_strv_addf(told,
			      "%zu lines of " TMD_DEBIAN_CONF " end in a carriage return, so "
			      "update-ca-certificates would pass over them: it is taken out",
			      carriages);
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

		struct tmd_debian_input input = { .local = true,
						  .mangled = name_is_mangled(path, inputs->raw) };

		if (taken ? add_input(ctx, inputs, path, input, err) :
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

char *tmd_debian_input_useless(const struct tmd_debian_input *input)
{
	const struct tmd_bundle *scan = &input->file.scan;
	const char *path = input->file.path;

	if (input->file.trouble)
		return NULL;
	if (input->file.is_der)
		return tmd_format("%s is DER: update-ca-certificates copies it, and only PEM counts",
				  path);
	if (!scan->loads)
		return tmd_format("%s: %s, although update-ca-certificates compiles it (%s)", path,
				  scan->count ? "OpenSSL does not load it" :
						"no certificate can be read in it",
				  scan->problems.count ? scan->problems.items[0] :
							 "no reason given");
	if (scan->hidden_count)
		return tmd_format("%s: OpenSSL does not read all that is in it (line %zu: %s)",
				  path, scan->hidden[0].line, scan->hidden[0].why);
	return NULL;
}
