/* Where the files of one machine or user stand, and what they hold or will hold. */
#include "resources/env/unix/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/unix/lines.h"
#include "resources/session.h"

#define OWN_CONF "60-trustmend.conf"
/*
 * A user's file must not bear the name of the machine's, which it would replace whole, and
 * has to sort behind Debian's 99-environment.conf.
 */
#define USER_ENVIRONMENT_CONF "99-trustmend.conf"
#define OWN_SCRIPT "trustmend.sh"

const char *tmd_env_target_name(enum tmd_env_target target)
{
	static const char *const names[TMD_ENV_TARGETS] = {
		[TMD_ENV_ETC_ENVIRONMENT] = "etc_environment",
		[TMD_ENV_PROFILE_D] = "profile_d",
		[TMD_ENV_ENVIRONMENT_D] = "environment_d",
		[TMD_ENV_SYSTEMD] = "systemd",
	};

	return names[target];
}

char *tmd_env_own_path(const struct tmd_env_site *site, enum tmd_env_target target)
{
	static const char *const machine[TMD_ENV_TARGETS] = {
		[TMD_ENV_ETC_ENVIRONMENT] = TMD_ENV_MACHINE_FILE,
		[TMD_ENV_PROFILE_D] = "/etc/profile.d/" OWN_SCRIPT,
		[TMD_ENV_ENVIRONMENT_D] = "/etc/environment.d/" OWN_CONF,
		[TMD_ENV_SYSTEMD] = "/etc/systemd/system.conf.d/" OWN_CONF,
	};
	static const char *const user[TMD_ENV_TARGETS] = {
		[TMD_ENV_ETC_ENVIRONMENT] = ".pam_environment", /* refused by normalize */
		[TMD_ENV_PROFILE_D] = ".profile",
		[TMD_ENV_ENVIRONMENT_D] = ".config/environment.d/" USER_ENVIRONMENT_CONF,
		[TMD_ENV_SYSTEMD] = ".config/systemd/user.conf.d/" OWN_CONF,
	};

	if (site->user)
		return tmd_path_join(site->user->home, user[target]);
	return tmd_strdup(machine[target]);
}

bool tmd_env_is_edited(const struct tmd_env_site *site, enum tmd_env_target target)
{
	return target == TMD_ENV_ETC_ENVIRONMENT || (site->user && target == TMD_ENV_PROFILE_D);
}

/* ---- what was read ---- */

enum part { PART_EXISTS = 1 << 0, PART_TEXT = 1 << 1, PART_OBSTACLE = 1 << 2, PART_CONFS = 1 << 3 };

static void free_file(struct tmd_env_file *file)
{
	for (size_t i = 0; i < file->confs.count; i++)
		free(file->confs.items[i].path);
	free(file->confs.items);
	free(file->path);
	free(file->obstacle);
	tmd_buf_release(&file->text);
	free(file);
}

void tmd_env_files_release(struct tmd_env_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free_file(files->items[i]);
	free(files->items);
	tmd_buf_release(&files->planned);
	*files = (struct tmd_env_files){ .view = files->view };
}

static void *make_files(void)
{
	return tmd_alloc(1, sizeof(struct tmd_env_files));
}

/* A change of any file may be one of ours by another name: they are few, and soon read again. */
static void forget_files(void *files, const char *path)
{
	(void)path;
	tmd_env_files_release(files);
}

static void free_files(void *files)
{
	tmd_env_files_release(files);
	free(files);
}

struct tmd_env_files *tmd_env_files(struct tmd_ctx *ctx)
{
	static const struct tmd_session_kind kind = { make_files, forget_files, free_files };
	struct tmd_env_files *files = tmd_session(ctx, &kind);

	files->view = ctx->view;
	return files;
}

static struct tmd_env_file *file_at(const struct tmd_env_site *site, const char *path)
{
	struct tmd_env_files *files = site->files;
	struct tmd_env_file *file;

	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->items[i]->path, path) == 0)
			return files->items[i];
	}
	files->items = tmd_grow(files->items, &files->cap, files->count + 1,
				sizeof(*files->items));
	file = tmd_alloc(1, sizeof(*file));
	file->path = tmd_strdup(path);
	files->items[files->count++] = file;
	return file;
}

/* ---- files ---- */

/* Directories and links to /dev/null are no environment files, and no failures. */
static bool is_no_file(struct tmd_view *view, const char *path, const struct tmd_error *why)
{
	struct tmd_error ignored;
	struct tmd_stat st;

	return why->kind == TMD_E_NOT_FOUND ||
	       (why->kind == TMD_E_REFUSED && !tmd_view_stat(view, path, &st, &ignored) &&
		st.type != TMD_FILE_REGULAR);
}

static enum tmd_rc load_text(struct tmd_view *view, struct tmd_env_file *file,
			     struct tmd_error *err)
{
	struct tmd_error why = { 0 };

	file->found = tmd_view_read(view, file->path, TMD_ENV_FILE_MAX, &file->text, NULL, &why) ==
		      TMD_OK;
	if (file->found || is_no_file(view, file->path, &why))
		return TMD_OK;
	*err = why;
	return TMD_FAILED;
}

enum tmd_rc tmd_env_site_read(const struct tmd_env_site *site, const char *path,
			      const struct tmd_buf **text, struct tmd_error *err)
{
	struct tmd_env_file *file = file_at(site, path);

	if (!(file->known & PART_TEXT) && load_text(site->files->view, file, err))
		return TMD_FAILED;
	file->known |= PART_TEXT;
	*text = file->found ? &file->text : NULL;
	return TMD_OK;
}

bool tmd_env_site_exists(const struct tmd_env_site *site, const char *path)
{
	struct tmd_env_file *file = file_at(site, path);

	if (!(file->known & PART_EXISTS))
		file->exists = tmd_view_exists(site->files->view, path);
	file->known |= PART_EXISTS;
	return file->exists;
}

static char *find_obstacle(struct tmd_view *view, const char *path)
{
	struct tmd_error ignored;
	bool readable = true;
	char *why = NULL;

	if (tmd_view_world_readable(view, path, &readable, &why, &ignored))
		return NULL;
	return why || readable ? why : tmd_strdup(path);
}

const char *tmd_env_site_obstacle(const struct tmd_env_site *site, const char *path)
{
	struct tmd_env_file *file = file_at(site, path);

	if (!(file->known & PART_OBSTACLE))
		file->obstacle = find_obstacle(site->files->view, path);
	file->known |= PART_OBSTACLE;
	return file->obstacle;
}

/* ---- lists of files ---- */

/* Adds a file unless one of the same name is there already: earlier directories win. */
static void add_conf(struct tmd_env_confs *confs, const char *dir, const char *name, bool of_user)
{
	struct tmd_env_conf *conf;

	for (size_t i = 0; i < confs->count; i++) {
		if (strcmp(tmd_path_base(confs->items[i].path), name) == 0)
			return;
	}
	confs->items = tmd_grow(confs->items, &confs->cap, confs->count + 1, sizeof(*confs->items));
	conf = &confs->items[confs->count++];
	conf->path = tmd_path_join(dir, name);
	conf->known = conf->path;
	conf->of_user = of_user;
}

static enum tmd_rc add_dir(const struct tmd_env_site *site, struct tmd_env_confs *confs,
			   const char *dir, const char *suffix, bool of_user, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_view_list(site->files->view, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		if (names.items[i][0] != '.' && tmd_str_ends(names.items[i], suffix))
			add_conf(confs, dir, names.items[i], of_user);
	}
	return TMD_OK;
}

/* `sub` in systemd's directories. */
static enum tmd_rc add_systemd(const struct tmd_env_site *site, struct tmd_env_confs *confs,
			       const char *sub, struct tmd_error *err)
{
	static const char *const bases[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib" };

	if (site->user) {
		TMD_AUTO_FREE char *config = tmd_path_join(site->user->home, ".config");
		TMD_AUTO_FREE char *dir = tmd_path_join(config, sub);

		if (add_dir(site, confs, dir, ".conf", true, err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		TMD_AUTO_FREE char *dir = tmd_path_join(bases[i], sub);

		if (add_dir(site, confs, dir, ".conf", false, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc add_target(const struct tmd_env_site *site, struct tmd_env_confs *confs,
			      enum tmd_env_target target, struct tmd_error *err)
{
	switch (target) {
	case TMD_ENV_PROFILE_D:
		return add_dir(site, confs, "/etc/profile.d", ".sh", false, err);
	case TMD_ENV_ENVIRONMENT_D:
		return add_systemd(site, confs, "environment.d", err);
	case TMD_ENV_SYSTEMD:
		return add_systemd(site, confs,
				   site->user ? "systemd/user.conf.d" : "systemd/system.conf.d",
				   err);
	case TMD_ENV_ETC_ENVIRONMENT:
	case TMD_ENV_TARGETS:
		break;
	}
	return TMD_OK;
}

static int compare_names(const void *a, const void *b)
{
	const struct tmd_env_conf *left = a;
	const struct tmd_env_conf *right = b;

	return strcmp(tmd_path_base(left->path), tmd_path_base(right->path));
}

static enum tmd_rc find_links(const struct tmd_env_site *site, struct tmd_env_confs *confs,
			      struct tmd_error *err)
{
	TMD_AUTO_FREE char *machine_file = NULL;

	if (tmd_view_resolve(site->files->view, TMD_ENV_MACHINE_FILE, &machine_file, err))
		return TMD_FAILED;
	for (size_t i = 0; i < confs->count; i++) {
		TMD_AUTO_FREE char *real = NULL;

		if (tmd_view_resolve(site->files->view, confs->items[i].path, &real, err))
			return TMD_FAILED;
		if (strcmp(real, machine_file) == 0)
			confs->items[i].known = TMD_ENV_MACHINE_FILE;
	}
	return TMD_OK;
}

static enum tmd_rc load_confs(const struct tmd_env_site *site, enum tmd_env_target target,
			      struct tmd_env_confs *confs, struct tmd_error *err)
{
	if (add_target(site, confs, target, err))
		return TMD_FAILED;
	if (confs->count)
		qsort(confs->items, confs->count, sizeof(*confs->items), compare_names);
	return target == TMD_ENV_ENVIRONMENT_D ? find_links(site, confs, err) : TMD_OK;
}

enum tmd_rc tmd_env_site_list(const struct tmd_env_site *site, enum tmd_env_target target,
			      const struct tmd_env_confs **confs, struct tmd_error *err)
{
	TMD_AUTO_FREE char *own = tmd_env_own_path(site, target);
	struct tmd_env_file *file = file_at(site, own);

	if (!(file->known & PART_CONFS) && load_confs(site, target, &file->confs, err)) {
		tmd_env_files_release(site->files);
		return TMD_FAILED;
	}
	file->known |= PART_CONFS;
	*confs = &file->confs;
	return TMD_OK;
}

enum tmd_rc tmd_env_site_linked(const struct tmd_env_site *site, bool *linked,
				struct tmd_error *err)
{
	const struct tmd_env_confs *confs;

	if (tmd_env_site_list(site, TMD_ENV_ENVIRONMENT_D, &confs, err))
		return TMD_FAILED;
	*linked = false;
	for (size_t i = 0; i < confs->count; i++)
		*linked = *linked || confs->items[i].known != confs->items[i].path;
	return TMD_OK;
}
