/* An interpreter by its name, its links and the pyvenv.cfg of a virtual environment. */
#include "resources/verdict/interpreter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define PROGRAM_MAX ((size_t)64 << 20) /* bytes of a program or library that is searched */
#define CONF_MAX ((size_t)64 << 10)    /* of pyvenv.cfg */
#define PYTHON "python"
#define DIGITS "0123456789"

void tmd_interpreter_release(struct tmd_interpreter *interpreter)
{
	free(interpreter->version);
	free(interpreter->ca_file);
	free(interpreter->ca_dir);
	tmd_strv_release(&interpreter->places);
	memset(interpreter, 0, sizeof(*interpreter));
}

/* ---- versions in text ---- */

/* Length of "3.11" or "2.7.18" at the start; 0: there is none. */
static size_t version_length(const char *text)
{
	size_t len = strspn(text, DIGITS);
	size_t numbers = len > 0;

	while (numbers && numbers < 3 && text[len] == '.' && tmd_is_digit(text[len + 1])) {
		len += 1 + strspn(text + len + 1, DIGITS);
		numbers++;
	}
	return numbers < 2 ? 0 : len;
}

/* The version in "python3.11"; NULL: it has none. */
static char *version_in_name(const char *name)
{
	size_t len = 0;

	if (tmd_str_starts_nocase(name, PYTHON))
		len = version_length(name + strlen(PYTHON));
	return len ? tmd_strndup(name + strlen(PYTHON), len) : NULL;
}

char *tmd_interpreter_version_in(const char *path)
{
	TMD_AUTO_FREE char *rest = tmd_strdup(path);

	for (;;) {
		const char *base = tmd_path_base(rest);
		char *version = version_in_name(base);
		char *parent;

		if (version)
			return version;
		parent = tmd_path_dir(rest);
		if (strcmp(parent, rest) == 0 || strcmp(parent, ".") == 0) {
			free(parent);
			return NULL;
		}
		free(rest);
		rest = parent;
	}
}

/* ---- files ---- */

char *tmd_interpreter_find_text(struct tmd_ctx *ctx, const char *path, const char *before, char end)
{
	TMD_AUTO_BUF struct tmd_buf data = { 0 };
	struct tmd_error ignored = { 0 };
	const size_t len = strlen(before);
	const char *at;
	const char *stop;

	if (tmd_view_read(ctx->view, path, PROGRAM_MAX, &data, NULL, &ignored))
		return NULL;
	for (size_t i = 0; i + len < data.len; i = (size_t)(at - data.data) + 1) {
		at = memchr(data.data + i, *before, data.len - len - i);
		if (!at)
			return NULL;
		if (memcmp(at, before, len) != 0)
			continue;
		at += len;
		stop = memchr(at, end, data.len - (size_t)(at - data.data));
		return stop ? tmd_strndup(at, (size_t)(stop - at)) : NULL;
	}
	return NULL;
}

void tmd_interpreter_add_place(struct tmd_ctx *ctx, const char *dir, struct tmd_strv *places)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (!tmd_view_stat(ctx->view, dir, &st, &ignored) && st.type == TMD_FILE_DIRECTORY)
		tmd_strv_add_once(places, dir);
}

char *tmd_interpreter_beside(struct tmd_ctx *ctx, const char *packages)
{
	TMD_AUTO_FREE char *prefix = tmd_interpreter_owner(packages);

	for (size_t i = 0; prefix && tmd_interpreter_programs[i]; i++) {
		char *program = tmd_path_join(prefix, tmd_interpreter_programs[i]);

		if (tmd_view_exists(ctx->view, program))
			return program;
		free(program);
	}
	return NULL;
}

/* ---- virtual environments ---- */

struct venv {
	char *prefix; /* NULL: it is none */
	char *home;   /* where the programs are that it was made from */
	char *version;
	bool with_system; /* it sees their packages as well */
};

static void venv_release(struct venv *venv)
{
	free(venv->prefix);
	free(venv->home);
	free(venv->version);
}

/* The value of "key = value"; NULL: another line. */
static const char *value_of(const char *line, const char *key)
{
	const size_t len = strlen(key);

	if (strncmp(line, key, len) != 0)
		return NULL;
	line += len;
	line += strspn(line, " \t");
	if (*line++ != '=')
		return NULL;
	return line + strspn(line, " \t");
}

static void take_line(struct venv *venv, char *line)
{
	size_t len = strlen(line);
	const char *value;

	while (len && tmd_is_space(line[len - 1]))
		line[--len] = '\0';
	if ((value = value_of(line, "home")) && !venv->home)
		venv->home = tmd_strdup(value);
	/* venv writes one, virtualenv the other: "3.11.2.final.0" */
	else if (((value = value_of(line, "version")) || (value = value_of(line, "version_info"))) &&
		 !venv->version && version_length(value))
		venv->version = tmd_strndup(value, version_length(value));
	else if ((value = value_of(line, "include-system-site-packages")))
		venv->with_system = tmd_str_equal_nocase(value, "true");
}

static bool read_venv(struct tmd_ctx *ctx, const char *dir, struct venv *venv)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, "pyvenv.cfg");
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored = { 0 };
	char *line;
	char *next;

	if (tmd_view_read(ctx->view, path, CONF_MAX, &text, NULL, &ignored))
		return false;
	venv->prefix = tmd_strdup(dir);
	for (line = text.data; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		take_line(venv, line);
	}
	return true;
}

/* Beside the program, or above the directory that it is in: as Python looks for it. */
static void find_venv(struct tmd_ctx *ctx, const char *program, struct venv *venv)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(program);
	TMD_AUTO_FREE char *above = tmd_path_dir(dir);

	if (!read_venv(ctx, dir, venv))
		(void)read_venv(ctx, above, venv);
}

/* ---- an interpreter ---- */

static void add_openssl(struct tmd_ctx *ctx, const char *program, const char *prefix,
			struct tmd_interpreter *out)
{
	TMD_AUTO_FREE char *dir = tmd_interpreter_openssl_dir(ctx, program, prefix, out->version);

	if (!dir || !tmd_path_is_absolute(dir))
		return;
	out->ca_file = tmd_path_join(dir, "cert.pem");
	out->ca_dir = tmd_path_join(dir, "certs");
}

static void add_places(struct tmd_ctx *ctx, const struct venv *venv, const char *prefix,
		       const char *home, struct tmd_interpreter *out)
{
	const bool alone = venv->prefix && !venv->with_system;

	if (!out->version)
		return;
	if (home && !alone)
		tmd_interpreter_add_user_places(ctx, home, out->version, &out->places);
	if (venv->prefix)
		tmd_interpreter_add_places(ctx, venv->prefix, out->version, &out->places);
	if (!alone)
		tmd_interpreter_add_places(ctx, prefix, out->version, &out->places);
}

static enum tmd_rc read_program(struct tmd_ctx *ctx, const char *program, const char *home,
				struct tmd_interpreter *out, struct tmd_error *err)
{
	TMD_CLEANUP(venv_release) struct venv venv = { 0 };
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *programs = NULL;
	TMD_AUTO_FREE char *prefix = NULL;
	struct tmd_stat st;

	if (tmd_view_stat(ctx->view, program, &st, err) ||
	    tmd_view_resolve(ctx->view, program, &real, err))
		return TMD_FAILED;
	if (st.type != TMD_FILE_REGULAR)
		return tmd_fail(err, TMD_E_INVALID_INPUT, program, "name its program, bin/python for one",
				"verdict: python: not a program");
	find_venv(ctx, program, &venv);
	programs = venv.home ? tmd_strdup(venv.home) : tmd_path_dir(real);
	prefix = tmd_interpreter_prefix(programs);
	out->version = tmd_strdup(venv.version);
	if (!out->version)
		out->version = version_in_name(tmd_path_base(real));
	if (!out->version)
		out->version = tmd_interpreter_installed(ctx, prefix);
	add_openssl(ctx, real, prefix, out);
	add_places(ctx, &venv, prefix, home, out);
	return TMD_OK;
}

enum tmd_rc tmd_interpreter_read(struct tmd_ctx *ctx, const char *text, const char *home,
				 struct tmd_interpreter *out, struct tmd_error *err)
{
	struct tmd_interpreter found = { 0 };

	if (tmd_path_is_absolute(text)) {
		if (read_program(ctx, text, home, &found, err)) {
			tmd_interpreter_release(&found);
			return TMD_FAILED;
		}
	} else if (version_length(text) && !text[version_length(text)]) {
		found.version = tmd_strdup(text);
		add_openssl(ctx, NULL, NULL, &found);
	} else {
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"write python=/usr/bin/python3, or python=3.11",
				"verdict: python: neither an absolute path nor a version");
	}
	tmd_interpreter_release(out);
	*out = found;
	return TMD_OK;
}
