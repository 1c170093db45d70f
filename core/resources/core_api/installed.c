/* The core of an installed configuration, found as Toolkit finds it. */
#include "resources/core_api/installed.h"

#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/console.h"
#include "os/path.h"
#include "resources/core_api/kinds.h"
#include "yaml/doc.h"

#define SMALL_MAX ((size_t)64 << 10) /* bytes of info.yml and core_*.cfg */
#define SHOWN_MAX 80		     /* characters of what a file says */

#define SHARE "write the path of the configuration whose core it shares into that file"

static const struct tmd_yaml_limits limits = { SMALL_MAX, 2000 };

void tmd_core_installed_release(struct tmd_core_installed *installed)
{
	free(installed->root);
	free(installed->home);
	free(installed->core);
	free(installed->version);
	free(installed->problem);
	memset(installed, 0, sizeof(*installed));
}

bool tmd_core_is_shared(const struct tmd_core_installed *installed)
{
	return installed->home && strcmp(installed->home, installed->root) != 0;
}

static char *shown(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_display_add(&out, text, strlen(text), SHOWN_MAX);
	return tmd_buf_steal(&out);
}

/* ---- is it one ---- */

/* ROOT of ROOT/config/core/core_api.yml; NULL: the file stands elsewhere. */
static char *root_of(const char *file)
{
	TMD_AUTO_FREE char *core = tmd_path_dir(file);
	TMD_AUTO_FREE char *config = tmd_path_dir(core);

	if (strcmp(tmd_path_base(core), "core") != 0 || strcmp(tmd_path_base(config), "config") != 0)
		return NULL;
	return tmd_path_dir(config);
}

static bool is_there(struct tmd_ctx *ctx, const char *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);

	return tmd_view_exists(ctx->view, path);
}

/* ---- which core ---- */

/* *out stays NULL where there is no such file. */
static enum tmd_rc read_small(struct tmd_ctx *ctx, const char *path, char **out,
			      struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (tmd_view_read(ctx->view, path, SMALL_MAX, &text, NULL, err))
		return err->kind == TMD_E_NOT_FOUND ? TMD_OK : TMD_FAILED;
	*out = tmd_buf_steal(&text);
	return TMD_OK;
}

static char *trim(char *text)
{
	size_t len;

	while (tmd_is_space(*text))
		text++;
	len = strlen(text);
	while (len && tmd_is_space(text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* "core_Linux.cfg", "core_Windows.cfg" */
static char *link_name(void)
{
	char *name = tmd_format("core_%s.cfg", tmd_os_name());

	name[5] = (char)(name[5] - 'a' + 'A');
	return name;
}

/* Variables and ~ are those of whoever starts a program. */
static void follow(struct tmd_ctx *ctx, struct tmd_core_installed *out, const char *where,
		   const char *link)
{
	TMD_AUTO_FREE char *text = shown(link);

	if (strpbrk(link, "$%") || *link == '~')
		out->problem = tmd_format("%s says %s, which depends on who starts a program: run "
					  "`tank core` there as that user", where, text);
	else if (!*link || !strcmp(link, "None") || !strcmp(link, "undefined"))
		out->problem = tmd_format("%s names no core: Toolkit cannot start here; " SHARE,
					  where);
	else if (!tmd_path_is_absolute(link) || !tmd_view_exists(ctx->view, link))
		out->problem = tmd_format("%s says %s, which is not there: mount it, or mend the "
					  "path", where, text);
	else
		out->home = tmd_strdup(link);
}

static enum tmd_rc find_shared(struct tmd_ctx *ctx, struct tmd_core_installed *out,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = tmd_path_join(out->root, "install/core");
	TMD_AUTO_FREE char *name = link_name();
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);
	TMD_AUTO_FREE char *text = NULL;

	if (read_small(ctx, path, &text, err))
		return TMD_FAILED;
	if (text)
		follow(ctx, out, path, trim(text));
	else
		out->problem = tmd_format("%s holds no core, and %s is missing: Toolkit cannot "
					  "start here; " SHARE, dir, path);
	return TMD_OK;
}

static void set_version(struct tmd_core_installed *out, const char *path, const char *text)
{
	TMD_CLEANUP(tmd_yaml_release) struct tmd_yaml_doc doc = { 0 };
	const struct tmd_yaml_node *version = NULL;
	struct tmd_error ignored;

	if (tmd_yaml_parse(text, strlen(text), &limits, &doc, &ignored) == TMD_OK &&
	    doc.nodes->tag == TMD_YAML_MAP)
		version = tmd_yaml_find(&doc, doc.nodes, "version");
	if (version && version->kind == TMD_YAML_SCALAR && version->tag != TMD_YAML_NULL)
		out->version = tmd_yaml_python_text(version->tag, version->text, version->len);
	if (!out->version)
		out->problem = tmd_format("%s says no version", path);
}

enum tmd_rc tmd_core_read_version(struct tmd_ctx *ctx, const char *core,
				  struct tmd_core_installed *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_path_join(core, "info.yml");
	TMD_AUTO_FREE char *text = NULL;

	out->core = tmd_strdup(core);
	if (read_small(ctx, path, &text, err))
		return TMD_FAILED;
	if (text)
		set_version(out, path, text);
	else
		out->problem = tmd_format("%s is not there", path);
	return TMD_OK;
}

enum tmd_rc tmd_core_installed_read(struct tmd_ctx *ctx, const char *file,
				    struct tmd_core_installed *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *root = root_of(file);
	TMD_AUTO_FREE char *core = NULL;

	memset(out, 0, sizeof(*out));
	if (!root || !is_there(ctx, root, "config/core/roots.yml"))
		return TMD_OK;
	out->root = tmd_strdup(root);
	if (is_there(ctx, root, "install/core/_core_upgrader.py"))
		out->home = tmd_strdup(root);
	else if (find_shared(ctx, out, err))
		return TMD_FAILED;
	if (!out->home)
		return TMD_OK;
	core = tmd_path_join(out->home, "install/core");
	return tmd_core_read_version(ctx, core, out, err);
}

char *tmd_core_installed_change(const struct tmd_core_installed *installed, const char *version)
{
	const char *home = installed->home ? installed->home : installed->root;
	TMD_AUTO_FREE char *tank = tmd_path_join(home, "tank");

	return tmd_format("`%s core%s%s` changes it%s", tank,
			  version && tmd_core_is_release(version) ? " --version=" : "",
			  version && tmd_core_is_release(version) ? version : "",
			  tmd_core_is_shared(installed) ? ", for every project that shares this core" :
							  "");
}
