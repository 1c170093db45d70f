/*
 * What a certificate store of Windows holds, and in which of its physical parts. A certificate is
 * the bytes of its DER here, never a serial number or a subject.
 */
#ifndef TMD_RESOURCES_ANCHOR_WIN32_CONTENTS_H
#define TMD_RESOURCES_ANCHOR_WIN32_CONTENTS_H

#include "resources/anchor/win32/stores.h"
#include "x509/bundle.h"

#define TMD_WIN_OWN_PART ".Default"
#define TMD_WIN_MACHINE_PART ".LocalMachine"
#define TMD_WIN_CARD_PART ".SmartCard"
#define TMD_WIN_UPDATE_PART ".AuthRoot"
#define TMD_WIN_PARTS_MAX 5

/* DER, as it comes out of a store or a certificate. Borrowed. */
struct tmd_win_der {
	const unsigned char *data;
	size_t len;
};

struct tmd_win_part {
	const char *name;
	struct tmd_store_certs certs;
	char *trouble; /* why it cannot be read, one line; NULL when it can */
};

/* Zero-initialise. */
struct tmd_win_contents {
	const struct tmd_windows_store *store;
	struct tmd_win_part parts[TMD_WIN_PARTS_MAX];
	size_t count;
	struct tmd_store_certs all; /* the logical store */
	bool is_planned;	    /* an earlier resource of this run changes it: */
	struct tmd_bundle planned;  /* what `all` will be */
};

void tmd_win_contents_release(struct tmd_win_contents *contents);

/* Without `with_parts` only what the logical store holds: who brought it is not asked for. */
enum tmd_rc tmd_win_contents_load(struct tmd_ctx *ctx, const struct tmd_windows_store *store,
				  bool with_parts, struct tmd_win_contents *contents,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* The name under which a plan leaves what the store will hold. Caller frees. */
char *tmd_win_planned_name(const struct tmd_windows_store *store) TMD_MUST_CHECK;

struct tmd_win_der tmd_win_der_of(const struct tmd_cert *cert);
int tmd_win_der_compare(const void *a, const void *b); /* for qsort() */
bool tmd_win_is_among(const struct tmd_store_certs *certs, struct tmd_win_der der);
bool tmd_win_holds(const struct tmd_win_contents *contents, struct tmd_win_der der);

/*
 * The parts that hold it, in their order; the logical store decides whether anything does. What
 * this run plans to add has no part yet and will be ours.
 */
size_t tmd_win_holders(const struct tmd_win_contents *contents, struct tmd_win_der der,
		       const char *holders[TMD_WIN_PARTS_MAX]);

/* Does a part hold it that lets it go when we delete it? */
bool tmd_win_is_ours(const struct tmd_win_contents *contents, struct tmd_win_der der);

/* "LocalMachine/Root (.Default)"; caller frees. */
char *tmd_win_part_label(const struct tmd_windows_store *store, const char *part) TMD_MUST_CHECK;

/* Who brings what is in a part that is not ours to change, and what can be done about it. */
struct tmd_win_origin {
	const char *part;
	const char *who;
	const char *hint;
};

/* NULL for a part that is ours, and for none (NULL). */
const struct tmd_win_origin *tmd_win_origin_of(const char *part);

/* What a store holds, each certificate once. The bytes belong to the contents. */
struct tmd_win_list {
	struct tmd_win_der *items;
	size_t count;
};

/* Sorted: the order of a store's enumeration means nothing, and must not get into a bundle. */
void tmd_win_collect(const struct tmd_win_contents *contents, struct tmd_win_list *out);
void tmd_win_list_release(struct tmd_win_list *list);

/* Everything but `without`, and but what OpenSSL cannot read, as PEM. */
void tmd_win_add_pem(const struct tmd_win_contents *contents, struct tmd_win_der without,
		     struct tmd_buf *pem);

/* Names each certificate that OpenSSL cannot read, and what comes of it, one line each. */
void tmd_win_note_opaque(const struct tmd_win_contents *contents, struct tmd_win_der without,
			 struct tmd_strv *out);

#endif
