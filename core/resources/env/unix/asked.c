/* One sandbox for each set of planned contents, and the questions that are put to it. */
#include "resources/env/unix/asked.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/unix/logins.h"
#include "resources/env/unix/questions.h"
#include "resources/session.h"

#define SETS_MAX 4 /* sandboxes that stand at a time */

struct group { /* the answers of one target, in one scope */
	enum tmd_env_target target;
	char *user; /* NULL: the machine's */
	struct tmd_env_asked asked;
};

struct set {
	struct tmd_buf key; /* what is planned, each path with its content */
	struct tmd_observer *observer; /* NULL: there is none, for this reason */
	char *why;
	struct group **groups;
	size_t count;
	size_t cap;
};

struct tmd_env_asking {
	struct tmd_fs *fs;
	struct set **sets;
	size_t count;
	size_t cap;
};

void tmd_env_asked_release(struct tmd_env_asked *asked)
{
	for (size_t i = 0; i < asked->count; i++) {
		free(asked->items[i].program);
		free(asked->items[i].user);
		free(asked->items[i].zdotdir);
		tmd_answer_release(&asked->items[i].answer);
	}
	free(asked->items);
	free(asked->why);
	memset(asked, 0, sizeof(*asked));
}

static void free_set(struct set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		tmd_env_asked_release(&set->groups[i]->asked);
		free(set->groups[i]->user);
		free(set->groups[i]);
	}
	free(set->groups);
	free(set->why);
	tmd_buf_release(&set->key);
	tmd_observer_close(set->observer);
	free(set);
}

/* ---- the run's ---- */

static void *make_asking(void)
{
	return tmd_alloc(1, sizeof(struct tmd_env_asking));
}

static void forget_sets(struct tmd_env_asking *asking)
{
	for (size_t i = 0; i < asking->count; i++)
		free_set(asking->sets[i]);
	asking->count = 0;
}

/* What is only planned makes no answer untrue: its own are kept under what is planned. */
static void forget_answers(void *session, const char *path)
{
	struct tmd_env_asking *asking = session;

	if (!path || (asking->fs && tmd_fs_writes_allowed(asking->fs)))
		forget_sets(asking);
}

static void free_asking(void *session)
{
	struct tmd_env_asking *asking = session;

	forget_sets(asking);
	free(asking->sets);
	free(asking);
}

struct tmd_env_asking *tmd_env_asking(struct tmd_ctx *ctx)
{
	static const struct tmd_session_kind kind = { make_asking, forget_answers, free_asking };
	struct tmd_env_asking *asking = tmd_session(ctx, &kind);

	asking->fs = ctx->fs;
	return asking;
}

/* ---- sandboxes ---- */

struct planned { /* the files of one sandbox, and what they point to */
	struct tmd_strv paths;
	struct tmd_buf *contents;
	struct tmd_observed_file *files;
	size_t count;
	struct tmd_buf service;
};

static void release_planned(struct planned *planned)
{
	for (size_t i = 0; i < planned->count; i++)
		tmd_buf_release(&planned->contents[i]);
	free(planned->contents);
	free(planned->files);
	tmd_strv_release(&planned->paths);
	tmd_buf_release(&planned->service);
}

/* Directories that are only given another mode are no files; nor is what cannot be read. */
static bool load_planned(struct tmd_view *view, const char *path, struct tmd_buf *content,
			 struct tmd_observed_file *file)
{
	struct tmd_error why = { 0 };
	struct tmd_stat st = { 0 };

	*file = (struct tmd_observed_file){ .path = path };
	if (tmd_view_read(view, path, 0, content, &st, &why)) {
		file->gone = why.kind == TMD_E_NOT_FOUND;
		return file->gone;
	}
	file->data = tmd_buf_str(content);
	file->len = content->len;
	file->mode = st.mode;
	file->uid = st.uid;
	file->gid = st.gid;
	return true;
}

static void collect_planned(const struct tmd_env_site *site, struct planned *out)
{
	struct tmd_view *view = site->files->view;

	tmd_view_all_planned_paths(view, &out->paths);
	out->contents = tmd_alloc(out->paths.count + 1, sizeof(*out->contents));
	out->files = tmd_alloc(out->paths.count + 2, sizeof(*out->files));
	for (size_t i = 0; i < out->paths.count; i++) {
		if (load_planned(view, out->paths.items[i], &out->contents[out->count],
				 &out->files[out->count]))
			out->count++;
	}
}

static void make_key(const struct planned *planned, struct tmd_buf *key)
{
	for (size_t i = 0; i < planned->count; i++) {
		const struct tmd_observed_file *file = &planned->files[i];

		tmd_buf_addf(key, "%s %d %o %u %u %zu\n", file->path, file->gone,
			     (unsigned)file->mode, (unsigned)file->uid, (unsigned)file->gid,
			     file->len);
		tmd_buf_add(key, file->data, file->len);
	}
}

/* Made once for what is read of a view; where nothing is planned it is "", and soon made again. */
static const struct tmd_buf *key_of(const struct tmd_env_site *site)
{
	TMD_CLEANUP(release_planned) struct planned planned = { 0 };
	struct tmd_buf *key = &site->files->planned;

	if (!key->len) {
		collect_planned(site, &planned);
		make_key(&planned, key);
	}
	return key;
}

/* runuser, under this name, is asked instead of login: its own stack is not to be run. */
static enum tmd_rc add_service(const struct tmd_env_site *site, struct planned *planned,
			       size_t *count, struct tmd_error *err)
{
	if (tmd_env_pam_service(site, &planned->service, err))
		return TMD_FAILED;
	planned->files[planned->count] = (struct tmd_observed_file){
		.path = "/etc/pam.d/runuser-l",
		.data = tmd_buf_str(&planned->service),
		.len = planned->service.len,
	};
	*count = planned->count + tmd_env_site_exists(site, "/etc/pam.d");
	return TMD_OK;
}

/* There is one when somebody is asked first. */
static enum tmd_rc open_set(const struct tmd_env_site *site, struct set *set, struct tmd_error *err)
{
	TMD_CLEANUP(release_planned) struct planned planned = { 0 };
	struct tmd_error why = { 0 };
	size_t count;

	if (set->observer || set->why)
		return TMD_OK;
	collect_planned(site, &planned);
	if (add_service(site, &planned, &count, err))
		return TMD_FAILED;
	if (tmd_observer_open(site->asking->fs, planned.files, count, &set->observer, &why))
		set->why = tmd_strdup(why.message);
	return TMD_OK;
}

/* The one that was asked last is at the end, and the first makes room. */
static struct set *find_set(struct tmd_env_asking *asking, const struct tmd_buf *key)
{
	size_t i = 0;
	struct set *set;

	while (i < asking->count &&
	       !tmd_buf_equal(&asking->sets[i]->key, tmd_buf_str(key), key->len))
		i++;
	if (i == asking->count)
		return NULL;
	set = asking->sets[i];
	memmove(&asking->sets[i], &asking->sets[i + 1], (asking->count - i - 1) * sizeof(set));
	asking->sets[asking->count - 1] = set;
	return set;
}

static void keep_set(struct tmd_env_asking *asking, struct set *set)
{
	if (asking->count == SETS_MAX) {
		free_set(asking->sets[0]);
		memmove(&asking->sets[0], &asking->sets[1], (SETS_MAX - 1) * sizeof(set));
		asking->count--;
	}
	asking->sets = tmd_grow(asking->sets, &asking->cap, asking->count + 1, sizeof(set));
	asking->sets[asking->count++] = set;
}

static struct set *set_for(const struct tmd_env_site *site)
{
	const struct tmd_buf *key = key_of(site);
	struct set *set = find_set(site->asking, key);

	if (set)
		return set;
	set = tmd_alloc(1, sizeof(*set));
	tmd_buf_add(&set->key, tmd_buf_str(key), key->len);
	keep_set(site->asking, set);
	return set;
}

/* ---- answers ---- */

static struct tmd_env_asked *add_group(struct set *set, const char *user,
				       enum tmd_env_target target)
{
	struct group *group = tmd_alloc(1, sizeof(*group));

	group->target = target;
	group->user = tmd_strdup(user);
	set->groups = tmd_grow(set->groups, &set->cap, set->count + 1, sizeof(group));
	set->groups[set->count++] = group;
	return &group->asked;
}

static struct tmd_env_asked *find_group(struct set *set, const char *user,
					enum tmd_env_target target)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->groups[i]->target == target && tmd_str_equal(set->groups[i]->user, user))
			return &set->groups[i]->asked;
	}
	return NULL;
}

static enum tmd_rc ask_group(const struct tmd_env_site *site, struct set *set,
			     enum tmd_env_target target, struct tmd_env_asked *asked,
			     struct tmd_error *err)
{
	static const struct tmd_env_asked nothing;
	const struct tmd_env_asked *pam = &nothing;
	TMD_AUTO_ENV_PEOPLE struct tmd_env_people people = { 0 };

	if (tmd_env_people_find(site, site->asking->fs, &people, err))
		return TMD_FAILED;
	if (!people.shells.count)
		return TMD_OK;
	if (open_set(site, set, err))
		return TMD_FAILED;
	if (!set->observer) {
		asked->why = tmd_strdup(set->why);
		return TMD_OK;
	}
	if (target == TMD_ENV_PROFILE_D && tmd_env_ask(site, TMD_ENV_ETC_ENVIRONMENT, &pam, err))
		return TMD_FAILED;
	return tmd_env_put_questions(site, site->asking->fs, set->observer, &people, target, pam,
				     asked, err);
}

enum tmd_rc tmd_env_ask(const struct tmd_env_site *site, enum tmd_env_target target,
			const struct tmd_env_asked **asked, struct tmd_error *err)
{
	static char reason[] = "observe=false";
	static const struct tmd_env_asked unwanted = { .why = reason };
	const char *user = site->user ? site->user->name : NULL;
	struct tmd_env_asked *found;
	struct set *set;

	*asked = &unwanted;
	if (!site->asking)
		return TMD_OK;
	set = set_for(site);
	found = find_group(set, user, target);
	if (!found) {
		found = add_group(set, user, target);
		if (ask_group(site, set, target, found, err))
			return TMD_FAILED;
	}
	*asked = found;
	return TMD_OK;
}

enum tmd_rc tmd_env_ask_anew(const struct tmd_env_site *site, enum tmd_env_target target,
			     struct tmd_env_asked *asked, struct tmd_error *err)
{
	if (!site->asking)
		return TMD_OK;
	return ask_group(site, set_for(site), target, asked, err);
}

bool tmd_env_is_answered(const struct tmd_env_asked *asked)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (asked->items[i].answer.kind == TMD_OBSERVED)
			return true;
	}
	return false;
}
