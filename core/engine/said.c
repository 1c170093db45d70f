#include "engine/said.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/report_parts.h"

#define NAME_SHOWN 60 /* characters */

const char *tmd_standing_name(enum tmd_standing standing)
{
	static const char *const names[] = { "ok", "unsure", "broken" };

	return names[standing];
}

void tmd_said_release(struct tmd_said *said)
{
	free(said->subject);
	tmd_strv_release(&said->reasons);
	tmd_strv_release(&said->remedies);
	tmd_strv_release(&said->sentences);
	memset(said, 0, sizeof(*said));
}

static void say_name(const struct tmd_result *result, struct tmd_said *out)
{
	const struct tmd_resource *r = &result->resource;
	TMD_AUTO_BUF struct tmd_buf subject = { 0 };

	tmd_buf_addf(&subject, "%s ", r->type->name);
	tmd_text_add_short(&subject, r->name ? r->name : "?", NAME_SHOWN);
	out->subject = tmd_buf_steal(&subject);
}

/* Of a map the keys, of a list how long it is. */
static void add_difference(const struct tmd_result *result, size_t i, struct tmd_buf *line)
{
	const struct tmd_change *change = &result->changes[i];
	const struct tmd_strv *items = &change->to.list;

	if (change->to.kind != TMD_V_MAP && change->to.kind != TMD_V_LIST) {
		tmd_text_add_change(line, result, i, false);
		tmd_buf_splice(line, line->len - 1, 1, NULL, 0); /* its newline */
		return;
	}
	tmd_buf_addf(line, "%s: ", result->resource.type->fields[change->field].name);
	if (change->to.kind == TMD_V_LIST)
		tmd_buf_addf(line, "%zu items, not as wished for: %zu", change->from.list.count,
			     items->count);
	for (size_t k = 0; change->to.kind == TMD_V_MAP && k < items->count; k++) {
		tmd_buf_add_str(line, k ? ", " : "not as wished for: ");
		tmd_text_add_short(line, items->items[k], NAME_SHOWN);
	}
}

static void say_differences(const struct tmd_result *result, struct tmd_said *out)
{
	for (size_t i = 0; i < result->change_count; i++) {
		TMD_AUTO_BUF struct tmd_buf line = { 0 };

		add_difference(result, i, &line);
		tmd_strv_add(&out->reasons, tmd_buf_str(&line));
	}
}

static void say_error(const struct tmd_result *result, struct tmd_said *out)
{
	TMD_AUTO_BUF struct tmd_buf line = { 0 };

	tmd_report_error(&result->error, &line);
	tmd_buf_splice(&line, line.len - 1, 1, NULL, 0); /* its newline */
	tmd_strv_add(&out->reasons, tmd_buf_str(&line));
}

void tmd_result_say(const struct tmd_result *result, struct tmd_said *out)
{
	const struct tmd_resource *r = &result->resource;

	tmd_said_release(out);
	if (!result->error.kind && r->type->judge) {
		r->type->judge(r, out);
		return;
	}
	say_name(result, out);
	if (result->error.kind) {
		out->standing = TMD_STANDS_UNSURE;
		say_error(result, out);
	} else if (tmd_result_differs(result)) {
		out->standing = TMD_STANDS_BADLY;
		say_differences(result, out);
	}
}

enum tmd_standing tmd_result_standing(const struct tmd_result *result)
{
	TMD_AUTO_SAID struct tmd_said said = { 0 };

	tmd_result_say(result, &said);
	return said.standing;
}
