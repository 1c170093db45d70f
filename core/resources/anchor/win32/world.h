/* A store of Windows together with what gives its certificates effect, and what takes it away. */
#ifndef TMD_RESOURCES_ANCHOR_WIN32_WORLD_H
#define TMD_RESOURCES_ANCHOR_WIN32_WORLD_H

#include "resources/anchor/win32/contents.h"

/* Zero-initialise. */
struct tmd_win_world {
	const struct tmd_windows_store *store;
	struct tmd_win_contents trusting[2]; /* Root and CA of its location, which Python reads */
	struct tmd_win_contents bans[2];     /* the machine's, the user's */
	struct tmd_win_contents users[2];    /* Root and CA of the calling user, when asked for */
	struct tmd_bundle issuers[2];	     /* what `trusting` holds, when asked for */
	bool scanned;
};

void tmd_win_world_release(struct tmd_win_world *world);

enum tmd_rc tmd_win_world_load(struct tmd_ctx *ctx, const struct tmd_windows_store *store,
			       struct tmd_win_world *world, struct tmd_error *err) TMD_MUST_CHECK;

/* The store itself, which is one of them. */
const struct tmd_win_contents *tmd_win_own(const struct tmd_win_world *world);

/* Where a certificate of this store is distrusted: Disallowed of the same location. */
const struct tmd_windows_store *tmd_win_bans_of(const struct tmd_windows_store *store);

/* One entry of a Disallowed store that matches. */
struct tmd_win_ban {
	const struct tmd_windows_store *store;
	const char *part; /* NULL: none of those that are known */
};

#define TMD_WIN_BANS_MAX (2 * TMD_WIN_PARTS_MAX)

/* What distrusts it, besides the store itself. */
size_t tmd_win_find_bans(const struct tmd_win_world *world, struct tmd_win_der der,
			 struct tmd_win_ban bans[TMD_WIN_BANS_MAX]);
char *tmd_win_ban_label(const struct tmd_win_ban *ban) TMD_MUST_CHECK; /* caller frees */

/*
 * Which programs take the copies in a store for servers. Windows asks for a purpose that both
 * the property and the extension allow, and knows anyExtendedKeyUsage. Python's ssl loads a
 * certificate whose property, or without one whose extension, names serverAuth.
 */
struct tmd_win_takers {
	bool windows;
	bool python;
};

/* Of several copies one is enough; one that is not there yet has no property. */
struct tmd_win_takers tmd_win_takers_of(const struct tmd_win_contents *contents,
					const struct tmd_cert *cert);

/*
 * The parts of Root and CA from which Python loads it whatever Disallowed says, of the store's
 * location and, for the machine, of the calling user; labels are added to `out`. What is `ours`
 * to remove is left out when that is asked for.
 */
enum tmd_rc tmd_win_python_holders(struct tmd_ctx *ctx, struct tmd_win_world *world,
				   const struct tmd_cert *cert, bool without_ours,
				   struct tmd_strv *out, struct tmd_error *err) TMD_MUST_CHECK;

/* Why Windows, Python or both do not take it for servers in this store; NULL: they do. */
const char *tmd_win_obstacle(const struct tmd_win_world *world, const struct tmd_cert *cert);

/*
 * Why only some programs trust it in this store, which is told and no reason to refuse it; NULL:
 * all do. Caller frees.
 */
char *tmd_win_limit(struct tmd_win_world *world, const struct tmd_cert *cert) TMD_MUST_CHECK;

/* Fills the (empty) view, as tmd_anchor_backend.read() does. */
enum tmd_rc tmd_win_judge(struct tmd_ctx *ctx, struct tmd_win_world *world,
			  const struct tmd_cert *cert, enum tmd_anchor_wish wish,
			  struct tmd_anchor_view *view, struct tmd_error *err) TMD_MUST_CHECK;

#endif
