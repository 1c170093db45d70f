/*
 * p11-kit's trust store: what its loader makes of source files, and what is planned. The
 * real p11-kit is asked by the integration tests; these follow what it answered there.
 */
#include <unistd.h>

#include "resources/anchor/unix/stores.h"
#include "resources/anchor_fixture.h"
#include "resources/anchor/unix/p11_sources.h"

#define SOURCE "/etc/pki/ca-trust/source"
#define VENDOR "/usr/share/pki/ca-trust-source"
#define BUNDLE "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
#define MODULE "/usr/lib64/pkcs11/p11-kit-trust.so"

static struct root root;
static struct made ca;
static struct made other;

static void set_up(void)
{
	root_open(&root, "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");
	ca = make_ca("Studio Root");
	other = make_ca("Other Root");
	root_write(&root, "/usr/bin/update-ca-trust", "#!/bin/sh\n");
	root_write(&root, MODULE, "token->blocklist");
	root_write(&root, BUNDLE, other.pem);
	root_write(&root, SOURCE "/anchors/other.pem", other.pem);
}

static void tear_down(void)
{
	made_release(&ca);
	made_release(&other);
	root_close(&root);
}

static void bundle_both(void)
{
	TMD_AUTO_FREE char *text = tmd_format("# Other\n%s\n# Studio\n%s", other.pem, ca.pem);

	root_write(&root, BUNDLE, text);
}

static struct tmd_resource read_as(const char *state)
{
	struct tmd_resource r = anchor_new(ca.pem, state);

	anchor_read(&root, &r);
	ck_assert_str_eq(r.backend, "p11kit");
	return r;
}

static const char *own(const char *dir)
{
	static char path[256];
	size_t n = (size_t)snprintf(path, sizeof(path), "%s/trustmend-%.16s.crt", dir,
				    ca.cert->sha256);

	for (size_t i = n - 20; i < n - 4; i++)
		path[i] = path[i] >= 'A' && path[i] <= 'F' ? (char)(path[i] + 32) : path[i];
	return path;
}

static struct tmd_changeset plan(struct tmd_resource *r)
{
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(r));
	ck_ok(r->type->plan(&root.ctx, r, &set, &err), err);
	ck_assert(set.rebuild);
	ck_assert(find_right(&set, BUNDLE));
	return set;
}

static void plan_fails(struct tmd_resource *r, enum tmd_error_kind kind, const char *path)
{
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(r));
	ck_fails(r->type->plan(&root.ctx, r, &set, &err), err, kind);
	ck_assert_str_eq(err.path, path);
	tmd_changeset_release(&set);
	anchor_free_resource(r);
}

static void done(struct tmd_resource *r, struct tmd_changeset *set)
{
	if (set)
		tmd_changeset_release(set);
	anchor_free_resource(r);
}

/* ---- the loader's rules ---- */

static struct tmd_p11_verdict judge(const char *text, enum tmd_p11_role role)
{
	struct tmd_p11_source source = { 0 };
	struct tmd_p11_verdict verdict;
	struct tmd_error err;

	root_write(&root, "/judged", text);
	ck_ok(tmd_p11_source_load(&root.ctx, "/judged", role, &source, &err), err);
	verdict = tmd_p11_judge(&source, ca.cert);
	tmd_p11_source_release(&source);
	return verdict;
}

START_TEST(a_plain_file_means_what_its_directory_means)
{
	ck_assert(judge(ca.pem, TMD_P11_ANCHORS).anchors);
	ck_assert(!judge(ca.pem, TMD_P11_NEUTRAL).anchors);
	ck_assert(!judge(ca.pem, TMD_P11_NEUTRAL).by);
	ck_assert(judge(ca.pem, TMD_P11_BLOCK).by);
	ck_assert(!judge(other.pem, TMD_P11_BLOCK).by);
}
END_TEST

START_TEST(distrust_matches_by_key_and_by_issuer_and_serial)
{
	struct made same_key = make_cert_as(
		(struct making){ "Other Name", "critical,CA:TRUE", NULL, ca.key, 0, 9, 0 });
	struct made same_serial = make_cert_as(
		(struct making){ "Studio Root", "critical,CA:TRUE", NULL, NULL, 0, 1, 0 });
	struct made neither = make_cert_as(
		(struct making){ "Studio Root", "critical,CA:TRUE", NULL, NULL, 0, 2, 0 });

	ck_assert_str_eq(judge(ca.pem, TMD_P11_BLOCK).by, "certificate");
	ck_assert_str_eq(judge(same_key.pem, TMD_P11_BLOCK).by, "public key");
	ck_assert_str_eq(judge(same_serial.pem, TMD_P11_BLOCK).by, "issuer and serial number");
	ck_assert(!judge(neither.pem, TMD_P11_BLOCK).by);
	made_release(&same_key);
	made_release(&same_serial);
	made_release(&neither);
}
END_TEST

START_TEST(objects_say_themselves_what_they_are)
{
	TMD_AUTO_FREE char *trusted = tmd_format(
		"[p11-kit-object-v1]\nclass: certificate\ntrusted: true\n%s", ca.pem);
	TMD_AUTO_FREE char *distrusted = tmd_format(
		"# x\n[p11-kit-object-v1]\ntrusted: true\n%s[p11-kit-object-v1]\n"
		"x-distrusted: true\n%s", other.pem, ca.pem);
	TMD_AUTO_FREE char *known = tmd_format("[p11-kit-object-v1]\n%s", ca.pem);

	ck_assert(judge(trusted, TMD_P11_NEUTRAL).anchors);
	ck_assert(judge(trusted, TMD_P11_BLOCK).by);
	ck_assert(!judge(known, TMD_P11_NEUTRAL).anchors);
	ck_assert(judge(known, TMD_P11_ANCHORS).anchors);
	ck_assert(judge(distrusted, TMD_P11_ANCHORS).by);
	ck_assert(!judge(distrusted, TMD_P11_ANCHORS).anchors);
	ck_assert_uint_eq(judge(distrusted, TMD_P11_ANCHORS).count, 2);
}
END_TEST

/* Without its class and type p11-kit would drop it, and all that follows. */
#define NAMING                                                                                     \
	"[p11-kit-object-v1]\nclass: certificate\ncertificate-type: x-509\nx-distrusted: true\n"

START_TEST(an_object_that_is_dropped_takes_along_what_follows)
{
	TMD_AUTO_FREE char *behind = tmd_format(
		"[p11-kit-object-v1]\nx-distrusted: true\n[p11-kit-object-v1]\ntrusted: true\n%s",
		ca.pem);
	TMD_AUTO_FREE char *before = tmd_format(
		"[p11-kit-object-v1]\ntrusted: true\n%s[p11-kit-object-v1]\nclass: data\n",
		ca.pem);
	TMD_AUTO_FREE char *unknown = tmd_format(
		"[p11-kit-object-v1]\ncolour: 1\ntrusted: true\n%s", ca.pem);

	ck_assert(!judge(behind, TMD_P11_NEUTRAL).anchors);
	ck_assert(judge(before, TMD_P11_NEUTRAL).anchors);
	/* A name that it does not know, and it takes the file for plain PEM. */
	ck_assert(!judge(unknown, TMD_P11_NEUTRAL).anchors);
	ck_assert(judge(unknown, TMD_P11_ANCHORS).anchors);
}
END_TEST

START_TEST(the_last_attribute_of_a_name_counts)
{
	TMD_AUTO_FREE char *yes = tmd_format(
		"[p11-kit-object-v1]\ntrusted: false\n%strusted: true\n", ca.pem);
	TMD_AUTO_FREE char *no = tmd_format(
		"[p11-kit-object-v1]\ntrusted: true\ntrusted: false\n%s", ca.pem);

	ck_assert(judge(yes, TMD_P11_NEUTRAL).anchors);
	ck_assert(!judge(no, TMD_P11_NEUTRAL).anchors);
}
END_TEST

START_TEST(an_object_may_name_a_key_alone)
{
	BIO *bio = BIO_new(BIO_s_mem());
	TMD_AUTO_FREE char *key = NULL;
	TMD_AUTO_FREE char *text = NULL;

	PEM_write_bio_PUBKEY(bio, ca.key);
	key = bio_text(bio);
	text = tmd_format(NAMING "%s", key);
	ck_assert_str_eq(judge(text, TMD_P11_NEUTRAL).by, "public key");
	free(text);
	text = tmd_format("[p11-kit-object-v1]\nclass: x-certificate-extension\n%s", key);
	ck_assert(!judge(text, TMD_P11_NEUTRAL).by);
}
END_TEST

START_TEST(an_object_may_name_issuer_and_serial_alone)
{
	const unsigned char *issuer;
	size_t issuer_len;
	X509 *x;
	const unsigned char *der = ca.der;
	struct tmd_buf text = { 0 };

	x = d2i_X509(NULL, &der, (long)ca.der_len);
	X509_NAME_get0_der(X509_get_issuer_name(x), &issuer, &issuer_len);
	tmd_buf_add_str(&text, NAMING "issuer: \"");
	for (size_t i = 0; i < issuer_len; i++) {
		if (issuer[i] >= 'a' && issuer[i] <= 'z')
			tmd_buf_add_char(&text, (char)issuer[i]);
		else
			tmd_buf_addf(&text, "%%%02x", issuer[i]);
	}
	tmd_buf_add_str(&text, "\"\nserial-number: \"%02%01%01\"\n");
	ck_assert_str_eq(judge(tmd_buf_str(&text), TMD_P11_NEUTRAL).by,
			 "issuer and serial number");
	tmd_buf_splice(&text, text.len - 3, 1, "2", 1);
	ck_assert(!judge(tmd_buf_str(&text), TMD_P11_NEUTRAL).by);
	tmd_buf_release(&text);
	X509_free(x);
}
END_TEST

/* ---- states ---- */

START_TEST(nowhere_gets_a_file_of_ours_among_the_anchors)
{
	struct tmd_resource r = read_as(NULL);
	struct tmd_changeset set = plan(&r);
	const struct tmd_file_step *action =
		find_step(&set, &tmd_step_write, own(SOURCE "/anchors"));

	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert_ptr_nonnull(action);
	ck_assert_str_eq(tmd_buf_str(&action->content), ca.pem);
	ck_assert_ptr_nonnull(find_expected(&set, BUNDLE));
	done(&r, &set);
}
END_TEST

START_TEST(compiled_and_anchored_is_effective)
{
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/studio.anything", ca.pem);
	bundle_both();
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective") && current_is(&r, "anchored"));
	ck_assert(!differs(&r));
	ck_assert_uint_eq(r.warnings.count, 0);
	ck_assert_uint_eq(r.current[field("reasons")].list.count, 0);
	done(&r, NULL);
}
END_TEST

START_TEST(the_hashed_directory_counts_where_there_is_one)
{
	static const char dir[] = "/etc/pki/ca-trust/extracted/pem/directory-hash";
	TMD_AUTO_FREE char *entry = tmd_format("%s/%08x.0", dir, ca.cert->subject_hash);
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/studio.pem", ca.pem);
	root_write(&root, "/etc/pki/ca-trust/extracted/pem/directory-hash/other.pem", other.pem);
	bundle_both();
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "directory-hash"));
	done(&r, NULL);
	root_write(&root, entry, ca.pem);
	r = read_as(NULL);
	ck_assert(current_is(&r, "effective"));
	done(&r, NULL);
}
END_TEST

START_TEST(a_vendor_root_is_anchored_by_the_package)
{
	TMD_AUTO_FREE char *text = tmd_format("[p11-kit-object-v1]\ntrusted: true\n%s", ca.pem);
	struct tmd_resource r;

	root_write(&root, VENDOR "/ca-bundle.trust.p11-kit", text);
	bundle_both();
	r = read_as(NULL);
	ck_assert(current_is(&r, "anchored"));
	ck_assert(!differs(&r));
	done(&r, NULL);
	r = read_as("absent");
	plan_fails(&r, TMD_E_CONFLICT, VENDOR "/ca-bundle.trust.p11-kit");
}
END_TEST

START_TEST(blocklisted_is_distrusted_although_anchored)
{
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/studio.pem", ca.pem);
	root_write(&root, SOURCE "/blocklist/no.pem", ca.pem);
	r = read_as(NULL);
	ck_assert_str_eq(current_state(&r), "distrusted");
	ck_assert(current_is(&r, "anchored") && !current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "distrusted_by", "blocklist/no.pem"));
	plan_fails(&r, TMD_E_CONFLICT, SOURCE "/blocklist/no.pem");
}
END_TEST

START_TEST(our_own_distrust_is_taken_back)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, own(SOURCE "/blocklist"), ca.pem);
	r = read_as(NULL);
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, own(SOURCE "/blocklist")));
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_write, own(SOURCE "/anchors")));
	done(&r, &set);
	r = read_as("absent");
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, own(SOURCE "/blocklist")));
	ck_assert_ptr_null(find_step(&set, &tmd_step_write, own(SOURCE "/anchors")));
	done(&r, &set);
}
END_TEST

START_TEST(absent_is_content_with_what_others_distrust)
{
	struct tmd_resource r;

	root_write(&root, SOURCE "/blocklist/no.pem", ca.pem);
	r = read_as("absent");
	ck_assert_str_eq(current_state(&r), "distrusted");
	ck_assert(!differs(&r));
	done(&r, NULL);
}
END_TEST

START_TEST(distrust_goes_where_this_p11_kit_reads)
{
	struct tmd_resource r = read_as("distrusted");
	struct tmd_changeset set = plan(&r);

	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_write, own(SOURCE "/blocklist")));
	done(&r, &set);
	root_write(&root, MODULE, "token->blacklist");
	r = read_as("distrusted");
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_write, own(SOURCE "/blacklist")));
	done(&r, &set);
}
END_TEST

START_TEST(the_module_is_found_in_a_multiarch_directory)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_remove(&root, MODULE);
	root_write(&root, "/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-trust.so", "blacklist");
	r = read_as("distrusted");
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_write, own(SOURCE "/blacklist")));
	done(&r, &set);
}
END_TEST

START_TEST(a_file_in_the_other_directory_has_no_effect)
{
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/studio.pem", ca.pem);
	root_write(&root, SOURCE "/blacklist/no.pem", ca.pem);
	bundle_both();
	r = read_as(NULL);
	ck_assert_str_eq(current_state(&r), "present");
	ck_assert(current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "blacklist/no.pem has no effect"));
	done(&r, NULL);
}
END_TEST

START_TEST(distrusted_but_not_yet_extracted_is_drift)
{
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, SOURCE "/blocklist/no.pem", ca.pem);
	bundle_both();
	r = read_as("distrusted");
	ck_assert(current_is(&r, "effective"));
	set = plan(&r);
	ck_assert_ptr_null(find_step(&set, &tmd_step_write, own(SOURCE "/blocklist")));
	done(&r, &set);
}
END_TEST

START_TEST(what_p11_kit_drops_silently_is_refused_and_explained)
{
	struct made bare = make_cert_as((struct making){ "Bare", NULL, NULL, NULL, 0, 0, 0 });
	struct made mail = make_cert_as((struct making){ "Mail", "critical,CA:TRUE",
							 "emailProtection", NULL, 0, 0, 0 });
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/bare.pem", bare.pem);
	r = anchor_new(bare.pem, NULL);
	anchor_read(&root, &r);
	ck_assert(current_is(&r, "anchored") && !current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "basicConstraints"));
	plan_fails(&r, TMD_E_REFUSED, "");
	r = anchor_new(mail.pem, NULL);
	anchor_read(&root, &r);
	plan_fails(&r, TMD_E_REFUSED, "");
	made_release(&bare);
	made_release(&mail);
}
END_TEST

START_TEST(version_1_roots_are_accepted)
{
	struct made old = make_cert_as((struct making){ "Old", NULL, NULL, NULL, 1, 0, 0 });
	struct tmd_resource r = anchor_new(old.pem, NULL);
	struct tmd_changeset set;

	anchor_read(&root, &r);
	set = plan(&r);
	done(&r, &set);
	made_release(&old);
}
END_TEST

START_TEST(hidden_and_backup_files_are_reported)
{
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/.studio.pem", ca.pem);
	root_write(&root, SOURCE "/anchors/old.pem~", other.pem);
	root_write(&root, SOURCE "/anchors/empty.pem", "\n");
	root_write(&root, SOURCE "/README", "read me");
	r = read_as(NULL);
	ck_assert(current_is(&r, "anchored"));
	ck_assert(list_mentions(&r.warnings, ".studio.pem"));
	ck_assert(list_mentions(&r.warnings, "old.pem~"));
	ck_assert(list_mentions(&r.warnings, "empty.pem"));
	ck_assert(!list_mentions(&r.warnings, "README"));
	done(&r, NULL);
}
END_TEST

START_TEST(absent_removes_whole_files_and_no_parts)
{
	TMD_AUTO_FREE char *both = tmd_format("%s%s", ca.pem, other.pem);
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, SOURCE "/anchors/studio.pem", ca.pem);
	bundle_both();
	r = read_as("absent");
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, SOURCE "/anchors/studio.pem"));
	done(&r, &set);
	root_write(&root, SOURCE "/anchors/both.pem", both);
	r = read_as("absent");
	plan_fails(&r, TMD_E_CONFLICT, SOURCE "/anchors/both.pem");
}
END_TEST

START_TEST(an_open_block_loses_what_is_behind_it_alone)
{
	TMD_AUTO_FREE char *cut = tmd_strndup(other.pem, strlen(other.pem) / 2);
	TMD_AUTO_FREE char *behind = tmd_format("%s%s", ca.pem, cut);
	TMD_AUTO_FREE char *before = tmd_format("%s%s", cut, ca.pem);

	ck_assert(judge(behind, TMD_P11_ANCHORS).anchors);
	ck_assert(!judge(before, TMD_P11_ANCHORS).anchors);
}
END_TEST

static char *with_spaces(const char *pem)
{
	char *text = tmd_strdup(pem);

	for (char *c = text; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	return text;
}

START_TEST(what_openssl_does_not_read_and_p11_kit_does_can_go)
{
	TMD_AUTO_FREE char *folded = with_spaces(ca.pem);
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, SOURCE "/anchors/folded.crt", folded);
	bundle_both();
	r = read_as("absent");
	ck_assert(current_is(&r, "anchored"));
	ck_assert(current_mentions(&r, "where", "folded.crt"));
	ck_assert_uint_eq(r.warnings.count, 0);
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, SOURCE "/anchors/folded.crt"));
	done(&r, &set);
}
END_TEST

START_TEST(what_openssl_reads_and_p11_kit_does_not_is_no_provider)
{
	TMD_AUTO_FREE char *old = tmd_format("-----BEGIN X509 CERTIFICATE-----%.*s"
					     "-----END X509 CERTIFICATE-----\n",
					     (int)(strlen(ca.pem) - 53), ca.pem + 27);
	struct tmd_resource r;
	struct tmd_changeset set;

	root_write(&root, SOURCE "/anchors/old.crt", old);
	r = read_as(NULL);
	ck_assert(!current_is(&r, "anchored"));
	ck_assert(current_mentions(&r, "reasons", "old.crt holds it for OpenSSL alone"));
	set = plan(&r);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_write, own(SOURCE "/anchors")));
	done(&r, &set);
}
END_TEST

/* As `openssl x509 -addtrust emailProtection -trustout` writes it. */
static char *for_mail(const struct made *made)
{
	const unsigned char *der = made->der;
	X509 *x = d2i_X509(NULL, &der, (long)made->der_len);
	BIO *bio = BIO_new(BIO_s_mem());

	X509_add1_trust_object(x, OBJ_nid2obj(NID_email_protect));
	PEM_write_bio_X509_AUX(bio, x);
	X509_free(x);
	return bio_text(bio);
}

START_TEST(trust_for_other_purposes_is_a_conflict)
{
	TMD_AUTO_FREE char *text = for_mail(&ca);
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/mail.pem", text);
	root_write(&root, SOURCE "/anchors/plain.pem", ca.pem);
	r = read_as(NULL);
	ck_assert(current_mentions(&r, "reasons", "mail.pem has it trusted for other purposes"));
	plan_fails(&r, TMD_E_CONFLICT, SOURCE "/anchors/mail.pem");
}
END_TEST

START_TEST(an_object_file_with_a_mistake_is_read_as_pem)
{
	TMD_AUTO_FREE char *text = tmd_format(
		"[p11-kit-object-v1]\nx-distrusted: true\n%s\n[p11-kit-object-v1]\nfoo\n", ca.pem);

	ck_assert(judge(text, TMD_P11_ANCHORS).anchors);
	ck_assert(!judge(text, TMD_P11_ANCHORS).by);
	ck_assert(!judge(text, TMD_P11_NEUTRAL).by);
}
END_TEST

START_TEST(a_private_key_beside_an_anchor_is_never_deleted)
{
	TMD_AUTO_FREE char *key = key_pem(&ca);
	TMD_AUTO_FREE char *text = tmd_format("%s%s", ca.pem, key);
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/both.pem", text);
	r = read_as("absent");
	plan_fails(&r, TMD_E_CONFLICT, SOURCE "/anchors/both.pem");
}
END_TEST

START_TEST(an_empty_bundle_is_told)
{
	struct tmd_resource r;

	root_write(&root, SOURCE "/anchors/studio.pem", ca.pem);
	root_write(&root, BUNDLE, "");
	r = read_as(NULL);
	ck_assert(current_mentions(&r, "reasons", "is empty"));
	done(&r, NULL);
}
END_TEST

START_TEST(arch_has_its_own_places)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, "/etc/os-release", "ID=arch\n");
	r = read_as(NULL);
	ck_ok(r.type->plan(&root.ctx, &r, &set, &err), err);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_write,
					  own("/etc/ca-certificates/trust-source/anchors")));
	ck_assert(find_right(&set, "/etc/ca-certificates/extracted/tls-ca-bundle.pem"));
	done(&r, &set);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor p11kit");
	TCase *t = tcase_create("p11kit");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_plain_file_means_what_its_directory_means);
	tcase_add_test(t, distrust_matches_by_key_and_by_issuer_and_serial);
	tcase_add_test(t, objects_say_themselves_what_they_are);
	tcase_add_test(t, an_object_that_is_dropped_takes_along_what_follows);
	tcase_add_test(t, the_last_attribute_of_a_name_counts);
	tcase_add_test(t, an_object_may_name_a_key_alone);
	tcase_add_test(t, an_object_may_name_issuer_and_serial_alone);
	tcase_add_test(t, compiled_and_anchored_is_effective);
	tcase_add_test(t, the_hashed_directory_counts_where_there_is_one);
	tcase_add_test(t, a_vendor_root_is_anchored_by_the_package);
	tcase_add_test(t, blocklisted_is_distrusted_although_anchored);
	tcase_add_test(t, absent_is_content_with_what_others_distrust);
	tcase_add_test(t, a_file_in_the_other_directory_has_no_effect);
	tcase_add_test(t, what_p11_kit_drops_silently_is_refused_and_explained);
	tcase_add_test(t, hidden_and_backup_files_are_reported);
	tcase_add_test(t, an_empty_bundle_is_told);
	suite_add_tcase(s, t);
	if (geteuid() != 0) /* a rebuild in another root takes root's rights, and plan says so */
		return s;
	tcase_add_test(t, nowhere_gets_a_file_of_ours_among_the_anchors);
	tcase_add_test(t, our_own_distrust_is_taken_back);
	tcase_add_test(t, distrust_goes_where_this_p11_kit_reads);
	tcase_add_test(t, the_module_is_found_in_a_multiarch_directory);
	tcase_add_test(t, distrusted_but_not_yet_extracted_is_drift);
	tcase_add_test(t, version_1_roots_are_accepted);
	tcase_add_test(t, absent_removes_whole_files_and_no_parts);
	tcase_add_test(t, an_open_block_loses_what_is_behind_it_alone);
	tcase_add_test(t, what_openssl_does_not_read_and_p11_kit_does_can_go);
	tcase_add_test(t, what_openssl_reads_and_p11_kit_does_not_is_no_provider);
	tcase_add_test(t, trust_for_other_purposes_is_a_conflict);
	tcase_add_test(t, an_object_file_with_a_mistake_is_read_as_pem);
	tcase_add_test(t, a_private_key_beside_an_anchor_is_never_deleted);
	tcase_add_test(t, arch_has_its_own_places);
	return s;
}

UNIT_MAIN(suite)
