/*
 * The type of docs/add-a-type.md: a file with one line of text. It is in no program; the test
 * tests/integration/test_add_a_type.py puts it into a copy of this repository.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/types.h"

#define NOTE_MAX ((size_t)4096) /* bytes of the file */

enum field {
	F_PATH,
	F_TEXT,
	F_STATE,
	F_BACKUP,
	F_BYTES,
	F_COUNT,
};

static const char *const states[] = { "present", TMD_ABSENT, NULL };
static const char *const backends[] = { "file", NULL };

static const struct tmd_field fields[F_COUNT] = {
	[F_PATH] = { "path", TMD_T_PATH, TMD_F_KEY, NULL, NULL, "The file." },
	[F_TEXT] = { "text", TMD_T_STRING, TMD_F_REQUIRED | TMD_F_UNLESS_ABSENT, NULL, NULL,
		     "Its one line, without the end of the line." },
	[F_STATE] = { "state", TMD_T_ENUM, TMD_F_STATE, "present", states,
		      "Whether the note is there." },
	[F_BACKUP] = { "backup", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
		       "Keep the old note beside it." },
	[F_BYTES] = { "bytes", TMD_T_INT, TMD_F_READ_ONLY, NULL, NULL, "Size of the file." },
};

/* What is wished for, in one spelling; and which thing it is. state and backup are filled in. */
static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->input[F_PATH]);
	const char *text = tmd_value_str(&r->input[F_TEXT]);
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;

	if (text && strchr(text, '\n'))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "write one line",
				"note: attribute 'text' has several lines");
	if (tmd_view_resolve(ctx->view, path, &real, err))
		return TMD_FAILED;
	key = tmd_path_key(real);
	free(r->identity);
	free(r->name);
	r->identity = tmd_format("note:%s", key);
	r->name = tmd_strdup(path);
	r->backend = backends[0];
	if (!tmd_resource_is_to_go(r))
		tmd_value_copy(&r->desired[F_TEXT], &r->input[F_TEXT]);
	return TMD_OK;
}

/* What is there. A note that is not there is no failure. */
static enum tmd_rc read_note(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->input[F_PATH]);
	TMD_AUTO_BUF struct tmd_buf found = { 0 };
	size_t len;

	tmd_value_set_string(&r->current[F_STATE], TMD_ABSENT);
	if (tmd_view_read(ctx->view, path, NOTE_MAX, &found, NULL, err))
		return err->kind == TMD_E_NOT_FOUND ? TMD_OK : TMD_FAILED;
	len = strcspn(tmd_buf_str(&found), "\n");
	tmd_value_set_string(&r->current[F_STATE], "present");
	tmd_value_take_string(&r->current[F_TEXT], tmd_strndup(tmd_buf_str(&found), len));
	tmd_value_set_int(&r->current[F_BYTES], (int64_t)found.len);
	return TMD_OK;
}

/* Steps that would converge it. The engine asks for the rights, shows them, and takes them. */
static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->input[F_PATH]);
	TMD_AUTO_BUF struct tmd_buf line = { 0 };

	(void)ctx;
	(void)err;
	if (tmd_value_bool(&r->desired[F_BACKUP], false))
		tmd_changeset_backup(set, path);
	if (tmd_resource_is_to_go(r)) {
		tmd_changeset_remove(set, path);
		return TMD_OK;
	}
	tmd_buf_addf(&line, "%s\n", tmd_value_str(&r->desired[F_TEXT]));
	tmd_changeset_write(set, path, &line, NULL);
	return TMD_OK;
}

const struct tmd_type tmd_type_note = {
	.name = "note",
	.plural = "notes",
	.summary = "A file with one line of text.",
	.fields = fields,
	.field_count = F_COUNT,
	.backends = backends,
	.rank = 30,
	.normalize = normalize,
	.read = read_note,
	.plan = plan,
};
