/* Telling the family of a root from its os-release file. */
#include "resources/anchor/unix/system.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/session.h"

#define ETC_RELEASE "/etc/os-release"
#define USR_RELEASE "/usr/lib/os-release"
#define OS_RELEASE_MAX 65536 /* bytes */
#define VALUE_MAX 256	     /* bytes of ID_LIKE; real ones are below 40 */

struct family_name {
	const char *id;
	enum tmd_family family;
};

/* IDs as they stand in os-release. Derivatives that name a parent in ID_LIKE need no line. */
static const struct family_name names[] = {
	{ "debian", TMD_FAMILY_DEBIAN },   { "ubuntu", TMD_FAMILY_DEBIAN },
	{ "raspbian", TMD_FAMILY_DEBIAN }, { "linuxmint", TMD_FAMILY_DEBIAN },
	{ "rhel", TMD_FAMILY_RHEL },	   { "fedora", TMD_FAMILY_RHEL },
	{ "centos", TMD_FAMILY_RHEL },	   { "rocky", TMD_FAMILY_RHEL },
	{ "almalinux", TMD_FAMILY_RHEL },  { "ol", TMD_FAMILY_RHEL },
	{ "amzn", TMD_FAMILY_RHEL },	   { "arch", TMD_FAMILY_ARCH },
	{ "archarm", TMD_FAMILY_ARCH },	   { "manjaro", TMD_FAMILY_ARCH },
	{ "sles", TMD_FAMILY_SUSE },	   { "sled", TMD_FAMILY_SUSE },
	{ "sle-micro", TMD_FAMILY_SUSE },  { "opensuse", TMD_FAMILY_SUSE },
	{ "suse", TMD_FAMILY_SUSE },	   { "opensuse-leap", TMD_FAMILY_SUSE },
	{ "alpine", TMD_FAMILY_ALPINE },   { "opensuse-tumbleweed", TMD_FAMILY_SUSE },
	{ "nixos", TMD_FAMILY_NIXOS },
};

static enum tmd_family family_of(const char *id, size_t len)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].id) == len && memcmp(names[i].id, id, len) == 0)
			return names[i].family;
	}
	return TMD_FAMILY_UNKNOWN;
}

/* The first word of ID_LIKE that means something to us. */
static enum tmd_family family_like(const char *words)
{
	enum tmd_family family = TMD_FAMILY_UNKNOWN;

	while (*words && family == TMD_FAMILY_UNKNOWN) {
		size_t len = strcspn(words, " \t");

		family = family_of(words, len);
		words += len;
		words += strspn(words, " \t");
	}
	return family;
}

/* The value of an assignment without its shell quoting; cut to what `out` takes. */
static void unquote(const char *text, size_t len, char *out, size_t size)
{
	char quote = '\0';
	size_t used = 0;

	for (size_t i = 0; i < len && used + 1 < size; i++) {
		if (!quote && (text[i] == '"' || text[i] == '\'')) {
			quote = text[i];
			continue;
		}
		if (quote && text[i] == quote) {
			quote = '\0';
			continue;
		}
		if (!quote && tmd_is_space(text[i]))
			break;
		if (text[i] == '\\' && quote != '\'' && i + 1 < len)
			i++;
		out[used++] = text[i];
	}
	out[used] = '\0';
}

/* As for a shell that sources the file, the last assignment of a name wins. */
static void find_value(const char *text, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name);

	out[0] = '\0';
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > name_len && memcmp(text, name, name_len) == 0 && text[name_len] == '=')
			unquote(text + name_len + 1, len - name_len - 1, out, size);
		text += len;
		text += *text == '\n';
	}
}

/* *real is where the file is, which may have any name; the caller frees. */
static enum tmd_rc read_os_release(struct tmd_view *view, struct tmd_buf *out, char **real,
				   struct tmd_error *err)
{
	if (tmd_view_read_real(view, ETC_RELEASE, OS_RELEASE_MAX, out, real, err) == TMD_OK)
		return TMD_OK;
	if (err->kind != TMD_E_NOT_FOUND)
		return TMD_FAILED;
	return tmd_view_read_real(view, USR_RELEASE, OS_RELEASE_MAX, out, real, err);
}

static void judge_text(const char *text, struct tmd_system *out)
{
	char like[VALUE_MAX];

	find_value(text, "ID", out->id, sizeof(out->id));
	find_value(text, "VERSION_ID", out->version, sizeof(out->version));
	find_value(text, "ID_LIKE", like, sizeof(like));
	out->family = family_of(out->id, strlen(out->id));
	if (out->family == TMD_FAMILY_UNKNOWN)
		out->family = family_like(like);
}

/* *real stays NULL where there is no os-release. */
static enum tmd_rc detect(struct tmd_view *view, struct tmd_system *out, char **real,
			  struct tmd_error *err)
{
	struct tmd_system found = { .family = TMD_FAMILY_UNKNOWN };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error local = { 0 };

	if (read_os_release(view, &text, real, &local) == TMD_OK) {
		judge_text(tmd_buf_str(&text), &found);
	} else if (local.kind != TMD_E_NOT_FOUND) {
		*err = local;
		return TMD_FAILED;
	}
	*out = found;
	return TMD_OK;
}

/* ---- once a run ---- */

struct session {
	bool known;
	char *real; /* where os-release leads to; NULL: there is none, and any change counts */
	struct tmd_system system;
};

static void *make(void)
{
	return tmd_alloc(1, sizeof(struct session));
}

static void forget(void *arg, const char *path)
{
	struct session *session = arg;

	if (!path || !session->real || strcmp(path, session->real) == 0 ||
	    strcmp(tmd_path_base(path), "os-release") == 0)
		session->known = false;
}

static void release(void *arg)
{
	free(((struct session *)arg)->real);
	free(arg);
}

static const struct tmd_session_kind kind = { make, forget, release };

static enum tmd_rc detect_anew(struct tmd_ctx *ctx, struct session *session, struct tmd_error *err)
{
	free(session->real);
	session->real = NULL;
	if (detect(ctx->view, &session->system, &session->real, err))
		return TMD_FAILED;
	session->known = true;
	return TMD_OK;
}

enum tmd_rc tmd_system_detect(struct tmd_ctx *ctx, struct tmd_system *out, struct tmd_error *err)
{
	struct session *session = tmd_session(ctx, &kind);

	if (!session->known && detect_anew(ctx, session, err))
		return TMD_FAILED;
	*out = session->system;
	return TMD_OK;
}

const char *tmd_system_bundle_path(enum tmd_family family)
{
	switch (family) {
	case TMD_FAMILY_DEBIAN:
	case TMD_FAMILY_ALPINE:
	case TMD_FAMILY_NIXOS:
		return "/etc/ssl/certs/ca-certificates.crt";
	case TMD_FAMILY_RHEL:
		return "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";
	case TMD_FAMILY_ARCH:
		return "/etc/ca-certificates/extracted/tls-ca-bundle.pem";
	case TMD_FAMILY_SUSE:
		return "/var/lib/ca-certificates/ca-bundle.pem";
	case TMD_FAMILY_UNKNOWN:
		break;
	}
	return NULL;
}
