/*
 * Running update-ca-certificates once, and not believing it: the program takes no lock and
 * appends to a temporary file with a fixed name, so two of them at a time, or one that was
 * killed before, lose certificates or bring removed ones back, with status 0.
 */
#include "resources/anchor/unix/debian_losses.h"
#include "resources/anchor/unix/debian_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define NEW_BUNDLE TMD_DEBIAN_BUNDLE ".new"
#define ATTEMPTS 3
#define WAIT_SECONDS 60
#define RUN_SECONDS 120
#define POLL_MS 100
#define GROWTH_MS 500 /* a run that is alive adds to its temporary file in that time */

struct rebuild {
	struct tmd_ctx *ctx;
	struct tmd_debian_store *store;
	struct tmd_resource *const *resources;
	size_t count;
	struct tmd_strv unhashed_before; /* inputs that the hashed directory lacked at the start */
	struct tmd_buf bundle_before;	 /* empty: it did not load, or was not there */
	bool others_ran;		 /* while we were at it */
};

static void warn_all(const struct rebuild *b, const char *text)
{
	for (size_t i = 0; i < b->count; i++)
		tmd_strv_add_once(&b->resources[i]->warnings, text);
}

/* ---- runs of others ---- */

static void tick(const struct rebuild *b)
{
	if (b->ctx->tick)
		b->ctx->tick(b->ctx->tick_arg);
}

static bool stat_new_bundle(const struct rebuild *b, struct tmd_stat *st)
{
	struct tmd_error ignored = { 0 };

	return tmd_view_lstat(b->ctx->view, NEW_BUNDLE, st, &ignored) == TMD_OK;
}

/* Where the process table is hidden from us (a chroot without /proc), the file tells. */
static bool new_bundle_changes(const struct rebuild *b)
{
	struct tmd_stat before;
	struct tmd_stat after;

	if (!stat_new_bundle(b, &before))
		return false;
	tmd_sleep_ms(GROWTH_MS);
	return !stat_new_bundle(b, &after) || after.size != before.size ||
	       after.inode != before.inode;
}

static bool others_run(const struct rebuild *b)
{
	return tmd_proc_running(b->ctx->fs, TMD_DEBIAN_PROGRAM) || new_bundle_changes(b);
}

bool tmd_debian_is_busy(struct tmd_ctx *ctx)
{
	const struct rebuild b = { .ctx = ctx };

	return others_run(&b);
}

/* *waited tells whether there was anyone to wait for. */
static enum tmd_rc wait_for_others(struct rebuild *b, bool *waited, struct tmd_error *err)
{
	int64_t deadline = tmd_monotonic_ms() + WAIT_SECONDS * 1000;

	*waited = false;
	while (others_run(b)) {
		*waited = true;
		b->others_ran = true;
		if (tmd_monotonic_ms() > deadline)
			return tmd_fail(err, TMD_E_BUSY, TMD_DEBIAN_PROGRAM,
					"wait for it or end it, then run again",
					"another update-ca-certificates has been running for "
					"%d seconds",
					WAIT_SECONDS);
		tmd_sleep_ms(POLL_MS);
		tick(b);
	}
	return TMD_OK;
}

/* ---- programs ---- */

static char *last_line(const struct tmd_buf *output)
{
	const char *text = tmd_buf_str(output);
	size_t end = output->len;
	size_t start;

	while (end && tmd_is_space(text[end - 1]))
		end--;
	for (start = end; start && text[start - 1] != '\n'; start--)
		;
	return tmd_strndup(text + start, end - start);
}

static enum tmd_rc run_program(const struct rebuild *b, const char *const argv[],
			       struct tmd_buf *output, struct tmd_error *err)
{
	struct tmd_proc_options options = {
		.timeout = RUN_SECONDS,
		.tick = b->ctx->tick,
		.tick_arg = b->ctx->tick_arg,
	};
	TMD_CLEANUP(tmd_proc_result_release) struct tmd_proc_result result = { 0 };
	TMD_AUTO_FREE char *said = NULL;

	if (tmd_proc_run(b->ctx->fs, argv, &options, &result, err))
		return TMD_FAILED;
	if (result.timed_out)
		return tmd_fail(err, TMD_E_BUSY, argv[0], "look at its hooks and at the disk",
				"the program did not finish in %d seconds and was ended",
				RUN_SECONDS);
	said = last_line(&result.output);
	if (result.status)
		return tmd_fail(err, TMD_E_IO, argv[0], "run it by hand to see all that it says",
				"the program failed with status %d: %s", result.status, said);
	if (output)
		tmd_buf_add(output, tmd_buf_str(&result.output), result.output.len);
	return TMD_OK;
}

/* "E: /etc/ca-certificates/update.d/x exited with code 1." and nothing else tells of it. */
static void warn_of_hooks(const struct rebuild *b, const struct tmd_buf *output)
{
	const char *line = tmd_buf_str(output);

	while (*line) {
		size_t len = strcspn(line, "\n");
		TMD_AUTO_FREE char *text = tmd_strndup(line, len);

		if (tmd_str_starts(text, "E: ") && strstr(text, " exited with code "))
			warn_all(b, text + strlen("E: "));
		line += len;
		line += *line == '\n';
	}
}

static enum tmd_rc is_anything_left(const struct rebuild *b, bool *left, struct tmd_error *err)
{
	*left = false;
	tmd_debian_store_forget(b->store, NULL);
	if (tmd_debian_load_inputs(b->store, err))
		return TMD_FAILED;
	for (size_t i = 0; i < b->store->inputs.count; i++)
		*left |= tmd_debian_input_is_compiled(&b->store->inputs.items[i]);
	return TMD_OK;
}

/*
 * The script appends to its temporary file, and with nothing to append it leaves the earlier bundle
 * as it is. An empty one of ours is what it then puts in place. Older and other releases keep their
 * file elsewhere and need none.
 */
static enum tmd_rc run_script(const struct rebuild *b, struct tmd_buf *output, struct tmd_error *err)
{
	static const char *const argv[] = { TMD_DEBIAN_PROGRAM, NULL };
	static const struct tmd_fs_attr attr = { 0644, TMD_KEEP, TMD_KEEP, 0 };
	bool left = false;

	if (tmd_fs_remove(b->ctx->fs, NEW_BUNDLE, err) || is_anything_left(b, &left, err) ||
	    (!left && tmd_fs_replace(b->ctx->fs, NEW_BUNDLE, "", 0, &attr, err)) ||
	    run_program(b, argv, output, err))
		return TMD_FAILED;
	return left ? TMD_OK : tmd_fs_remove(b->ctx->fs, NEW_BUNDLE, err);
}

static enum tmd_rc compile(const struct rebuild *b, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf output = { 0 };

	if (run_script(b, &output, err))
		return TMD_FAILED;
	warn_of_hooks(b, &output);
	return TMD_OK;
}

/* ---- the hashed directory ---- */

static enum tmd_rc rehash(const struct rebuild *b, struct tmd_error *err)
{
	static const char *const argv[] = { TMD_DEBIAN_OPENSSL, "rehash", TMD_DEBIAN_HASHED, NULL };

	if (!tmd_view_exists(b->ctx->view, TMD_DEBIAN_OPENSSL))
		return tmd_fail(err, TMD_E_NOT_FOUND, TMD_DEBIAN_OPENSSL,
				"install the package openssl",
				"nothing here can put the hashed directory in order");
	if (tmd_debian_remove_orphans(b->store, err))
		return TMD_FAILED;
	return run_program(b, argv, NULL, err);
}

/* ---- is everything there? ---- */

static enum tmd_rc compare_hashed(const struct rebuild *b, struct tmd_debian_losses *losses,
				  struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv unhashed = { 0 };

	if (tmd_debian_find_unhashed(b->store, &unhashed, err))
		return TMD_FAILED;
	for (size_t i = 0; i < unhashed.count; i++) {
		TMD_AUTO_FREE char *text = NULL;

		if (!tmd_strv_has(&b->unhashed_before, unhashed.items[i])) {
			tmd_strv_add(&losses->unhashed, unhashed.items[i]);
			continue;
		}
		text = tmd_format("the hashed directory does not lead to %s, before and after",
				  unhashed.items[i]);
		warn_all(b, text);
	}
	return TMD_OK;
}

static enum tmd_rc settle_hashed(const struct rebuild *b, struct tmd_error *err)
{
	bool right = true;

	if (tmd_debian_hashed_is_right(b->store, b->resources, b->count, &right, err))
		return TMD_FAILED;
	return right ? TMD_OK : rehash(b, err);
}

/* One look at inputs and outputs; the hashed directory is put in order on the way. */
static enum tmd_rc settle(const struct rebuild *b, struct tmd_debian_losses *losses,
			  struct tmd_error *err)
{
	tmd_debian_store_forget(b->store, NULL);
	if (settle_hashed(b, err) || tmd_debian_compare_bundle(b->store, losses, err))
		return TMD_FAILED;
	return compare_hashed(b, losses, err);
}

/*
 * A run of another that overlapped ours may still replace the bundle: only what was seen
 * with nobody else running counts.
 */
static enum tmd_rc attempt(struct rebuild *b, struct tmd_debian_losses *losses,
			   struct tmd_error *err)
{
	bool waited = false;

	if (wait_for_others(b, &waited, err) || compile(b, err))
		return TMD_FAILED;
	do {
		tmd_debian_losses_clear(losses);
		if (settle(b, losses, err) || wait_for_others(b, &waited, err))
			return TMD_FAILED;
	} while (waited);
	return TMD_OK;
}

/* More than the inputs explain, time and again and with nobody else running: a hook's work. */
static void warn_of_surplus(const struct rebuild *b, const struct tmd_debian_losses *losses)
{
	TMD_AUTO_FREE char *text = NULL;

	if (!losses->foreign && !losses->repeated)
		return;
	text = tmd_format(TMD_DEBIAN_BUNDLE
			  " holds %zu certificate%s of no input and %zu too often; "
			  "a hook may add them",
			  losses->foreign, losses->foreign == 1 ? "" : "s", losses->repeated);
	warn_all(b, text);
}

/* Old or new, never something that no program can load. */
static const char *restore_bundle(const struct rebuild *b)
{
	struct tmd_error ignored = { 0 };

	if (!b->bundle_before.len)
		return "";
	if (tmd_fs_replace(b->ctx->fs, TMD_DEBIAN_BUNDLE, b->bundle_before.data,
			   b->bundle_before.len, NULL, &ignored))
		return ", and the earlier one could not be written back";
	return "; the earlier one was put back";
}

static enum tmd_rc report_losses(const struct rebuild *b, const struct tmd_debian_losses *losses,
				 struct tmd_error *err)
{
	const char *why = b->others_ran ? ": another update-ca-certificates ran at the same time" :
					  "";
	const char *hint = b->others_ran ? "run again" :
					   "run update-ca-certificates by hand, and look at its "
					   "hooks and at what else writes there";

	if (losses->broken)
		return tmd_fail(err, TMD_E_CONFLICT, TMD_DEBIAN_BUNDLE, hint,
				"the rebuild left a bundle that does not load%s%s", why,
				restore_bundle(b));
	if (losses->lost)
		return tmd_fail(err, TMD_E_CONFLICT, TMD_DEBIAN_BUNDLE, hint,
				"the rebuild left out %zu certificate%s of its inputs, %s%s%s",
				losses->lost, losses->lost == 1 ? "" : "s",
				losses->first_lost ? losses->first_lost : "?",
				losses->lost == 1 ? "" : " among them", why);
	if (losses->unhashed.count)
		return tmd_fail(err, TMD_E_CONFLICT, TMD_DEBIAN_HASHED, "run again",
				"the hashed directory lost %zu certificate%s, %s%s",
				losses->unhashed.count, losses->unhashed.count == 1 ? "" : "s",
				losses->unhashed.items[0],
				losses->unhashed.count == 1 ? "" : " among them");
	return TMD_OK;
}

static enum tmd_rc look_before(struct rebuild *b, struct tmd_error *err)
{
	const struct tmd_anchor_file *bundle = &b->store->bundle;
	const struct tmd_debian_inputs *inputs = &b->store->inputs;
	TMD_AUTO_STRV struct tmd_strv unhashed = { 0 };

	if (tmd_debian_load_bundle(b->store, err) || tmd_debian_find_unhashed(b->store, &unhashed, err))
		return TMD_FAILED;
	if (bundle->scan.loads)
		tmd_buf_add(&b->bundle_before, bundle->text.data, bundle->text.len);
	for (size_t i = 0; i < inputs->count; i++) {
		const struct tmd_debian_input *input = &inputs->items[i];

		/* A missing link is for the rebuild to make, one that is there was of no use. */
		if (tmd_strv_has(&unhashed, input->file.path) &&
		    tmd_view_exists(b->ctx->view, input->link))
			tmd_strv_add(&b->unhashed_before, input->file.path);
	}
	return TMD_OK;
}

/* Another's run can make ours fail as well; what hangs is not tried again. */
static enum tmd_rc attempts(struct rebuild *b, struct tmd_debian_losses *losses,
			    struct tmd_error *err)
{
	for (unsigned n = 1;; n++) {
		enum tmd_rc rc = attempt(b, losses, err);

		if (rc == TMD_OK && tmd_debian_losses_none(losses))
			return TMD_OK;
		if (n == ATTEMPTS || (rc != TMD_OK && err->kind == TMD_E_BUSY))
			return rc;
	}
}

enum tmd_rc tmd_debian_rebuild(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			       size_t count, struct tmd_error *err)
{
	struct rebuild b = { .ctx = ctx,
			     .store = tmd_debian_store(ctx),
			     .resources = resources,
			     .count = count };
	struct tmd_debian_losses losses = { 0 };
	enum tmd_rc rc = TMD_FAILED;

	if (look_before(&b, err) == TMD_OK)
		rc = attempts(&b, &losses, err);
	if (rc == TMD_OK) {
		warn_of_surplus(&b, &losses);
		rc = report_losses(&b, &losses, err);
	}
	tmd_debian_losses_clear(&losses);
	tmd_strv_release(&b.unhashed_before);
	tmd_buf_release(&b.bundle_before);
	return rc;
}
