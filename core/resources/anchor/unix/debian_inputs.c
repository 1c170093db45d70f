/* The inputs of update-ca-certificates: their names, their links and their list. */
#include "resources/anchor/unix/debian_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "x509/pem.h"

void tmd_debian_inputs_release(struct tmd_debian_inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		free(inputs->items[i].link);
		tmd_anchor_file_release(&inputs->items[i].file);
	}
	free(inputs->items);
	free(inputs->by_path);
	for (size_t i = 0; i < inputs->ignored_count; i++)
		tmd_anchor_file_release(&inputs->ignored[i]);
	free(inputs->ignored);
	tmd_strv_release(&inputs->local.paths);
	tmd_buf_release(&inputs->conf);
	memset(inputs, 0, sizeof(*inputs));
}

char *tmd_debian_link(const char *path)
{
	const char *base = tmd_path_base(path);
	size_t len = strlen(base);
	char *link;

	/* As basename(1), which takes no suffix off a name that is nothing else. */
	if (tmd_str_ends(base, ".crt") && len > strlen(".crt"))
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

bool tmd_debian_reads_raw(struct tmd_ctx *ctx)
{
	TMD_AUTO_BUF struct tmd_buf script = { 0 };
	struct tmd_error ignored = { 0 };

	return tmd_view_read(ctx->view, TMD_DEBIAN_PROGRAM, 0, &script, NULL, &ignored) == TMD_OK &&
	       tmd_text_find(tmd_buf_str(&script), script.len, "read -r crt") < script.len;
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
			      "%zu line%s of " TMD_DEBIAN_CONF " end%s in a carriage return, so "
			      "update-ca-certificates would pass over %s: it is taken out",
			      carriages, carriages == 1 ? "" : "s", carriages == 1 ? "s" : "",
			      carriages == 1 ? "it" : "them");
}

/* ---- in order ---- */

static int compare_links(const void *a, const void *b)
{
	const struct tmd_debian_input *const *left = a;
	const struct tmd_debian_input *const *right = b;

	return strcmp((*left)->link, (*right)->link);
}

static int compare_paths(const void *a, const void *b)
{
	const struct tmd_debian_input *const *left = a;
	const struct tmd_debian_input *const *right = b;
	int order = strcmp((*left)->file.path, (*right)->file.path);

	return order ? order : (*left > *right) - (*left < *right);
}

static void mark_clash(struct tmd_debian_input *one, struct tmd_debian_input *other)
{
	if (strcmp(one->link, other->link) != 0 || strcmp(one->file.path, other->file.path) == 0)
		return;
	one->clashes = true;
	other->clashes = true;
}

void tmd_debian_inputs_sort(struct tmd_debian_inputs *inputs)
{
	struct tmd_debian_input **sorted = tmd_alloc(inputs->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < inputs->count; i++)
		sorted[i] = &inputs->items[i];
	qsort(sorted, inputs->count, sizeof(struct tmd_debian_input *), compare_links);
	for (size_t i = 0; i < inputs->count; i++) {
		for (size_t k = i + 1;
		     k < inputs->count && strcmp(sorted[i]->link, sorted[k]->link) == 0; k++)
			mark_clash(sorted[i], sorted[k]);
	}
	qsort(sorted, inputs->count, sizeof(struct tmd_debian_input *), compare_paths);
	inputs->by_path = sorted;
}

static bool is_file(const struct tmd_anchor_file *file, const struct tmd_anchor_file *forgotten)
{
	return file->path && (strcmp(file->path, forgotten->path) == 0 ||
			      (file->inode && file->inode == forgotten->inode &&
			       file->device == forgotten->device));
}

static void drop_all(struct tmd_debian_inputs *inputs, const struct tmd_anchor_file *forgotten)
{
	for (size_t i = 0; i < inputs->count; i++) {
		if (is_file(&inputs->items[i].file, forgotten))
			tmd_anchor_file_release(&inputs->items[i].file);
	}
	for (size_t i = 0; i < inputs->ignored_count; i++) {
		if (is_file(&inputs->ignored[i], forgotten))
			tmd_anchor_file_release(&inputs->ignored[i]);
	}
}

static const struct tmd_anchor_file *find_file(const struct tmd_debian_inputs *inputs,
					       const char *path)
{
	for (size_t i = 0; i < inputs->count; i++) {
		if (tmd_str_equal(inputs->items[i].file.path, path))
			return &inputs->items[i].file;
	}
	for (size_t i = 0; i < inputs->ignored_count; i++) {
		if (tmd_str_equal(inputs->ignored[i].path, path))
			return &inputs->ignored[i];
	}
	return NULL;
}

/* All is walked again where a file may have come by several names, through links. */
static void note_local(struct tmd_debian_local *local, const char *path)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);

	if (tmd_strv_has(&local->paths, path))
		return;
	if (local->shape != TMD_LOCAL_PLAIN || strcmp(dir, TMD_DEBIAN_LOCAL) != 0) {
		local->shape = TMD_LOCAL_UNKNOWN;
		return;
	}
	tmd_strv_add(&local->paths, path);
	tmd_strv_sort(&local->paths);
}

void tmd_debian_inputs_forget(struct tmd_debian_inputs *inputs, const char *path)
{
	const struct tmd_anchor_file *file = find_file(inputs, path);
	TMD_AUTO_FREE char *name = tmd_strdup(path);
	const struct tmd_anchor_file forgotten = { .path = name,
						   .device = file ? file->device : 0,
						   .inode = file ? file->inode : 0 };

	drop_all(inputs, &forgotten);
	note_local(&inputs->local, path);
}

const struct tmd_debian_input *tmd_debian_inputs_find(const struct tmd_debian_inputs *inputs,
						      const char *path)
{
	size_t from = 0;
	size_t to = inputs->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(inputs->by_path[middle]->file.path, path) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < inputs->count && strcmp(inputs->by_path[from]->file.path, path) == 0 ?
		       inputs->by_path[from] :
		       NULL;
}

bool tmd_debian_input_is_compiled(const struct tmd_debian_input *input)
{
	return !input->mangled && !input->passed_over;
}

static char *useless_whole(const struct tmd_anchor_file *file)
{
	struct tmd_error why = { 0 };

	tmd_bundle_explain(&file->scan, tmd_buf_str(&file->text), file->text.len, file->path, NULL,
			   &why);
	return tmd_format("%s: OpenSSL does not load it, although update-ca-certificates compiles "
			  "it: %s",
			  file->path, why.message);
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
		return useless_whole(&input->file);
	if (scan->hidden_count)
		return tmd_format("%s: OpenSSL does not read all that is in it (line %zu: %s)",
				  path, scan->hidden[0].line, scan->hidden[0].why);
	return NULL;
}
