/* The trust stores of Windows: their names, and what to write instead of those of other systems. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/anchor/anchor.h"
#include "resources/anchor/win32/stores.h"

const char *const tmd_anchor_backend_names[] = { "windows", "bundle", NULL };
const bool tmd_anchor_holds_opaque = true;
const char tmd_anchor_store_hint[] =
	"write store=system, which is LocalMachine/Root, or one of CurrentUser/Root, "
	"LocalMachine/CA, CurrentUser/CA, LocalMachine/Disallowed, CurrentUser/Disallowed, "
	"bundle:PATH";
const struct tmd_anchor_backend *const tmd_anchor_committing[] = { NULL };

const struct tmd_windows_store tmd_windows_stores[TMD_WINDOWS_STORES] = {
	[TMD_MACHINE_ROOT] = { "LocalMachine/Root", "Root", TMD_STORE_LOCAL_MACHINE, false },
	[TMD_USER_ROOT] = { "CurrentUser/Root", "Root", TMD_STORE_CURRENT_USER, false },
	[TMD_MACHINE_CA] = { "LocalMachine/CA", "CA", TMD_STORE_LOCAL_MACHINE, false },
	[TMD_USER_CA] = { "CurrentUser/CA", "CA", TMD_STORE_CURRENT_USER, false },
	[TMD_MACHINE_BANS] = { "LocalMachine/Disallowed", "Disallowed", TMD_STORE_LOCAL_MACHINE,
			       true },
	[TMD_USER_BANS] = { "CurrentUser/Disallowed", "Disallowed", TMD_STORE_CURRENT_USER, true },
};

/*
 * With either separator, in any case, and on PowerShell's drive Cert: or not, as people copy it
 * from there and from the console.
 */
static bool is_name(const char *text, const struct tmd_windows_store *store)
{
	TMD_AUTO_FREE char *copy = tmd_strdup(text);
	TMD_AUTO_FREE char *on_drive = tmd_format("Cert:/%s", store->name);

	for (char *c = strchr(copy, '\\'); c; c = strchr(c, '\\'))
		*c = '/';
	return tmd_str_equal_nocase(copy, store->name) || tmd_str_equal_nocase(copy, on_drive);
}

static int find_store(const char *text)
{
	if (strcmp(text, "system") == 0)
		return TMD_MACHINE_ROOT;
	for (int i = 0; i < TMD_WINDOWS_STORES; i++) {
		if (is_name(text, &tmd_windows_stores[i]))
			return i;
	}
	return -1;
}

/* What the stores of other systems are called there, and what people call them. */
static bool is_foreign_word(const char *store)
{
	static const char *const words[] = { "debian", "p11kit", "p11-kit", "ca-certificates",
					     "ca-trust" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (tmd_str_equal_nocase(store, words[i]))
			return true;
	}
	return false;
}

static enum tmd_rc unknown_store(const char *store, struct tmd_error *err)
{
	TMD_AUTO_FREE char *hint = tmd_format("write store=bundle:%s", store);

	if (store[0] == '/')
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL,
				"write store=system, which is LocalMachine/Root here, or "
				"store=bundle:PATH for one PEM file",
				"store=%s is a path of another system", store);
	if (is_foreign_word(store))
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL,
				"write store=system, which is LocalMachine/Root here",
				"store=%s is a store of another system", store);
	if (tmd_is_alpha(store[0]) && store[1] == ':')
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint,
				"store=%s is a path, not a store", store);
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_anchor_store_hint, "unknown store '%s'",
			store);
}

static enum tmd_rc refuse_root(const char *store, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_UNSUPPORTED, NULL,
			"the certificate stores live in the registry of the running system: run "
			"trustmend on it, or use store=bundle:PATH",
			"store=%s cannot be managed in an offline root", store);
}

enum tmd_rc tmd_anchor_choose_store(struct tmd_ctx *ctx, const char *store,
				    struct tmd_anchor *anchor, struct tmd_error *err)
{
	int found = find_store(store);
	const struct tmd_windows_store *chosen;

	if (found < 0)
		return unknown_store(store, err);
	if (!tmd_view_is_live(ctx->view))
		return refuse_root(store, err);
	chosen = &tmd_windows_stores[found];
	if (chosen->bans && anchor->wish == TMD_ANCHOR_DISTRUSTED)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"write state=present, or name the store that trusts it",
				"what %s holds is distrusted by being there", chosen->name);
	anchor->family = found;
	anchor->store = chosen->name;
	anchor->bans = chosen->bans;
	anchor->backend = &tmd_anchor_windows;
	return TMD_OK;
}

/* The store in which a wish puts its certificate, or -1. */
static int filled_by(const struct tmd_anchor *anchor)
{
	enum tmd_store_location location = tmd_windows_stores[anchor->family].location;

	if (anchor->wish == TMD_ANCHOR_PRESENT)
		return anchor->family;
	if (anchor->wish == TMD_ANCHOR_ABSENT)
		return -1;
	return location == TMD_STORE_LOCAL_MACHINE ? TMD_MACHINE_BANS : TMD_USER_BANS;
}

/* Why the wish is not met while the certificate is in `filled`; NULL: that does not matter. */
static const char *denied_by(const struct tmd_anchor *anchor, int filled)
{
	const struct tmd_windows_store *own = &tmd_windows_stores[anchor->family];
	const struct tmd_windows_store *store = &tmd_windows_stores[filled];

	if (anchor->wish == TMD_ANCHOR_PRESENT && store->bans && !own->bans)
		return "what Disallowed holds is not trusted, whatever else holds it";
	if (anchor->wish != TMD_ANCHOR_ABSENT || strcmp(own->system, store->system) != 0)
		return NULL;
	if (own == store)
		return "one puts it where the other removes it";
	return store->location == TMD_STORE_LOCAL_MACHINE
		       ? "the user's stores show what the machine's hold"
		       : NULL;
}

const char *tmd_anchor_contradiction(const struct tmd_anchor *a, const struct tmd_anchor *b)
{
	int by_a = filled_by(a);
	int by_b = filled_by(b);
	const char *because = by_b < 0 ? NULL : denied_by(a, by_b);

	if (!because && by_a >= 0)
		because = denied_by(b, by_a);
	return because;
}

/* Windows compiles no bundle; a path that Linux has says what its profile meant. */
enum tmd_rc tmd_anchor_check_bundle(struct tmd_ctx *ctx, const char *path, struct tmd_error *err)
{
	if (!tmd_view_is_live(ctx->view) ||
	    (!tmd_str_starts(path, "/etc/") && !tmd_str_starts(path, "/usr/")))
		return TMD_OK;
	return tmd_fail(err, TMD_E_UNSUPPORTED, path,
			"write store=system, which is LocalMachine/Root here, or store=bundle:PATH "
			"with a path of this machine",
			"store=bundle:%s is a path of another system", path);
}

bool tmd_anchor_is_compiled(const char *path)
{
	(void)path;
	return false;
}

enum tmd_rc tmd_anchor_system_pem(struct tmd_ctx *ctx, struct tmd_buf *out, const char **path,
				  struct tmd_strv *warnings, struct tmd_error *err)
{
	if (!tmd_view_is_live(ctx->view))
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "name a PEM file instead",
				"what Windows trusts is in its registry, not in an offline root");
	if (tmd_windows_trusted_pem(ctx, out, warnings, err))
		return TMD_FAILED;
	*path = tmd_windows_stores[TMD_MACHINE_ROOT].name;
	return TMD_OK;
}
