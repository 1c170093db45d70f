/* What OpenSSL makes of an anchor, whatever its store holds. */
#include "resources/anchor/given.h"

#include "base/mem.h"

/* `own` is for one that was not given: the caller releases it. */
static const struct tmd_policy *policy_of(const struct tmd_anchor *anchor, enum tmd_trust trust,
					  struct tmd_policy *own)
{
	if (anchor->given)
		return tmd_anchor_given_policy(anchor->given, trust);
	tmd_policy_judge(anchor->cert, trust, own);
	return own;
}

static void add_all(struct tmd_strv *to, const struct tmd_strv *from)
{
	for (size_t i = 0; i < from->count; i++)
		tmd_strv_add_once(to, from->items[i]);
}

/* Of an intermediate: what its issuer's being in the store makes of it. */
static void judge_chain(struct tmd_ctx *ctx, struct tmd_anchor *anchor,
			const struct tmd_policy *policy)
{
	struct tmd_anchor_view *view = &anchor->view;
	const char *told;

	if (!policy->partial || !anchor->backend->has_issuer)
		return;
	told = anchor->backend->has_issuer(ctx, anchor) ? policy->beside : policy->partial;
	if (told && anchor->wish == TMD_ANCHOR_PRESENT)
		tmd_strv_add_once(&view->warnings, told);
	if (!told || told != policy->beside || !view->effective)
		return;
	view->effective = false;
	view->limited = true;
	tmd_strv_add_once(&view->reasons, told);
}

/* What the store says is one half; whether OpenSSL verifies with it is the other. */
static void judge_verification(struct tmd_ctx *ctx, struct tmd_anchor *anchor)
{
	struct tmd_anchor_view *view = &anchor->view;
	TMD_CLEANUP(tmd_policy_release) struct tmd_policy own = { 0 };
	const struct tmd_policy *policy = policy_of(anchor, view->trust, &own);

	view->effective = view->effective && policy->verifies;
	view->limited = view->limited && policy->verifies;
	if (view->held)
		add_all(&view->reasons, &policy->reasons);
	judge_chain(ctx, anchor, policy);
	if (anchor->wish == TMD_ANCHOR_PRESENT)
		add_all(&view->warnings, &policy->warnings);
}

void tmd_anchor_judge(struct tmd_ctx *ctx, struct tmd_anchor *anchor)
{
	struct tmd_anchor_view *view = &anchor->view;

	if (anchor->cert->opaque || anchor->bans)
		return;
	judge_verification(ctx, anchor);
	if (anchor->wish != TMD_ANCHOR_PRESENT)
		return;
	if (anchor->cert->not_after != INT64_MIN && anchor->cert->not_after < ctx->now)
		tmd_strv_addf(&view->warnings,
			      "the certificate expired on %s: verification "
			      "fails all the same",
			      anchor->cert->not_after_text);
	if (anchor->cert->not_before > ctx->now)
		tmd_strv_add(&view->warnings, "the certificate is not valid yet");
}

enum tmd_rc tmd_anchor_check_verification(const struct tmd_anchor *anchor, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_policy_release) struct tmd_policy own = { 0 };
	const struct tmd_policy *policy;
	TMD_AUTO_FREE char *message = NULL;

	if (anchor->wish != TMD_ANCHOR_PRESENT || anchor->bans)
		return TMD_OK;
	policy = policy_of(anchor, TMD_TRUST_UNSET, &own);
	if (policy->verifies)
		return TMD_OK;
	message = tmd_policy_refusal(anchor->cert, policy);
	return tmd_fail(err, TMD_E_REFUSED, NULL, tmd_policy_hint(policy), "%s", message);
}
