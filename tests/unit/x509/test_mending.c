/* What a bundle hides from its readers, and its text mended without touching the rest. */
#include "unit.h"

#include <openssl/err.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/bundle.h"
#include "x509/kind.h"
#include "x509/pem.h"
#include "x509/salvage.h"

#include "../x509/make_cert.h"

#define LAST "-----END CERTIFICATE-----\n"
#define FIRST "-----BEGIN CERTIFICATE-----\n"

static char *one;
static char *two;

static void set_up(void)
{
	one = make_ca("One");
	two = make_ca("Two");
}

static void tear_down(void)
{
	free(one);
	free(two);
}

static bool found(const struct tmd_bundle *bundle, const char *pem)
{
	size_t len;
	unsigned char *der = make_der(pem, &len);
	bool is = tmd_bundle_find(bundle, der, len, 0) != NULL;

	OPENSSL_free(der);
	return is;
}

/* The mended text, with both certificates in it unless `lost`; the caller frees. */
static char *mend(const char *text, size_t len, bool lost, struct tmd_strv *dropped)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_bundle after = { 0 };
	struct tmd_buf out = { 0 };
	struct tmd_error err;

	ck_ok(tmd_bundle_scan(text, len, &bundle, &err), err);
	ck_ok(tmd_bundle_repair(&bundle, text, len, &out, dropped, &err), err);
	ck_ok(tmd_bundle_scan(tmd_buf_str(&out), out.len, &after, &err), err);
	ck_assert(after.loads);
	ck_assert(lost || found(&after, one));
	ck_assert(found(&after, two));
	ck_assert_uint_eq(after.hidden_count, 0);
	tmd_bundle_release(&after);
	tmd_bundle_release(&bundle);
	return tmd_buf_steal(&out);
}

/* Frees `text` and `wanted`. */
static void becomes(char *text, char *wanted)
{
	TMD_AUTO_STRV struct tmd_strv dropped = { 0 };
	char *out = mend(text, strlen(text), false, &dropped);

	ck_assert_str_eq(out, wanted);
	ck_assert_uint_eq(dropped.count, 0);
	free(out);
	free(text);
	free(wanted);
}

/* `one` with a damage, a title before and behind, and `two`. */
static void damage_becomes_whole(const char *from, const char *to)
{
	TMD_AUTO_FREE char *bad = make_replaced(one, from, to);

	ck_assert_str_ne(bad, one);
	becomes(make_joined("title: f\xfcr One\n", bad, "title of Two\n", two, "# end\n", NULL),
		make_joined("title: f\xfcr One\n", one, "title of Two\n", two, "# end\n", NULL));
}

START_TEST(a_damaged_block_is_written_anew_and_all_else_stays)
{
	TMD_AUTO_FREE char *doubled = make_replaced(one, "\n", "\n\n");

	damage_becomes_whole("-----BEGIN", "----BEGIN");
	damage_becomes_whole("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE----");
	damage_becomes_whole("-----END", "----END");
	damage_becomes_whole(LAST, "");
	damage_becomes_whole(FIRST, "");
	damage_becomes_whole("CERTIFICATE", "certificate");
	damage_becomes_whole("-----", "\xE2\x80\x94\xE2\x80\x94");
	damage_becomes_whole("-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----");
	damage_becomes_whole("-----BEGIN", "  -----BEGIN");
	damage_becomes_whole("-----BEGIN", "\xEF\xBB\xBF-----BEGIN");
	damage_becomes_whole(FIRST, FIRST "X-Mail: yes\n");
	becomes(make_joined(doubled, two, NULL),
		make_joined(one, "\n", two, NULL));
}
END_TEST

START_TEST(glued_blocks_are_parted_and_second_copies_go)
{
	TMD_AUTO_FREE char *glued = tmd_strndup(one, strlen(one) - 1);

	becomes(make_joined(glued, two, NULL), make_joined(one, two, NULL));
	becomes(make_joined("# a\n", one, "# b\n", two, one, "# c", NULL),
		make_joined("# a\n", one, "# b\n", two, "# c\n", NULL));
	becomes(make_joined(one, two, NULL), make_joined(one, two, NULL));
}
END_TEST

START_TEST(line_ends_of_the_text_are_kept)
{
	TMD_AUTO_FREE char *crlf = make_replaced(one, "\n", "\r\n");
	TMD_AUTO_FREE char *crlf_two = make_replaced(two, "\n", "\r\n");
	TMD_AUTO_FREE char *bad = make_replaced(crlf, "-----BEGIN", "----BEGIN");

	becomes(make_joined(bad, crlf_two, NULL), make_joined(crlf, crlf_two, NULL));
}
END_TEST

START_TEST(nul_bytes_go_and_what_stands_behind_them_is_read)
{
	TMD_AUTO_STRV struct tmd_strv dropped = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *wanted = make_joined(one, "# x\n", two, NULL);
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err;
	char *out;

	tmd_buf_add_str(&text, one);
	tmd_buf_add(&text, "\0\0# x\n", 6);
	tmd_buf_add_str(&text, two);
	ck_ok(tmd_bundle_scan(text.data, text.len, &bundle, &err), err);
	ck_assert_uint_eq(bundle.hidden_count, 1);
	ck_assert_ptr_nonnull(strstr(bundle.hidden[0].why, "NUL"));
	ck_assert_uint_eq(bundle.hidden[0].line, tmd_line_of(text.data, text.len, strlen(one) + 6));
	tmd_bundle_release(&bundle);
	out = mend(text.data, text.len, false, &dropped);
	ck_assert_str_eq(out, wanted);
	free(out);
}
END_TEST

START_TEST(what_cannot_be_read_is_dropped_by_name_where_it_stops_openssl)
{
	TMD_AUTO_STRV struct tmd_strv dropped = { 0 };
	TMD_AUTO_FREE char *cut = tmd_strndup(one, 200);
	TMD_AUTO_FREE char *text = make_joined("# a\n", two, "# b\n", cut, "\n", NULL);
	TMD_AUTO_FREE char *wanted = make_joined("# a\n", two, "# b\n", NULL);
	TMD_AUTO_FREE char *out = mend(text, strlen(text), true, &dropped);

	ck_assert_str_eq(out, wanted);
	ck_assert_uint_eq(dropped.count, 1);
	ck_assert_ptr_nonnull(strstr(dropped.items[0], "line "));
}
END_TEST

START_TEST(what_only_hides_and_cannot_be_read_stays)
{
	TMD_AUTO_STRV struct tmd_strv dropped = { 0 };
	TMD_AUTO_FREE char *cut = tmd_strndup(one + strlen(FIRST), 200);
	TMD_AUTO_FREE char *text = make_joined(two, cut, "\n", NULL);
	TMD_AUTO_FREE char *out = mend(text, strlen(text), true, &dropped);

	ck_assert_str_eq(out, text);
	ck_assert_uint_eq(dropped.count, 0);
}
END_TEST

static size_t hidden_in(const char *text)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err;
	size_t count;

	ck_ok(tmd_bundle_scan(text, strlen(text), &bundle, &err), err);
	count = bundle.hidden_count;
	tmd_bundle_release(&bundle);
	return count;
}

START_TEST(what_was_taken_out_on_purpose_stays_out)
{
	TMD_AUTO_FREE char *quiet = make_replaced(one, "\n", "\n# ");
	TMD_AUTO_FREE char *out = make_joined("# ", quiet, "\n", two, NULL);
	TMD_AUTO_FREE char *name = make_replaced(one, "CERTIFICATE", "OLD CERTIFICATE");
	TMD_AUTO_FREE char *renamed = make_joined(name, two, NULL);
	TMD_AUTO_FREE char *trust = make_replaced(one, "-----BEGIN CERT", "----BEGIN TRUSTED CERT");
	TMD_AUTO_FREE char *trusted = make_joined(trust, two, NULL);

	ck_assert_uint_eq(hidden_in(out), 0);
	ck_assert_uint_eq(hidden_in(renamed), 0);
	ck_assert_uint_eq(hidden_in(trusted), 0);
	ck_assert_uint_eq(hidden_in("<html>MIIB"), 0);
}
END_TEST

START_TEST(a_bare_text_has_no_words_of_others)
{
	static const struct {
		const char *before;
		bool bare;
	} texts[] = { { "", true },	    { "# mine\n\n", true },  { "\"", true },
		      { "ca: ", false },    { "{\"ca\": \"", false }, { "CA=\"", false },
		      { "title\n", false } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		TMD_AUTO_FREE char *flat = make_replaced(one, "\n", "\\n");
		TMD_AUTO_FREE char *text = make_joined(texts[i].before, flat, NULL);
		struct tmd_bundle bundle = { 0 };
		struct tmd_error err;

		ck_ok(tmd_bundle_scan(text, strlen(text), &bundle, &err), err);
		ck_assert_uint_eq(bundle.hidden_count, 1);
		ck_assert_msg(tmd_bundle_is_bare(&bundle, text, strlen(text)) == texts[i].bare,
			      "text %zu", i);
		tmd_bundle_release(&bundle);
	}
}
END_TEST

/* Much that looks like a certificate, and none: the effort has an end. */
START_TEST(hopeless_damage_ends_soon_and_is_told)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_finds finds;

	for (int i = 0; i < 40000; i++)
		tmd_buf_add_str(&text, "MIIPoDCC\n");
	tmd_salvage(text.data, text.len, &finds);
	ck_assert(finds.gave_up);
	ck_assert_uint_eq(finds.count, 0);
	tmd_finds_release(&finds);
}
END_TEST

START_TEST(keys_are_their_bodies)
{
	static const char *const none[] = {
		"# never put a -----BEGIN PRIVATE KEY----- here\nMIIB",
		"PRIVATE KEY",
		"-----END PRIVATE KEY-----\n",
		"the PRIVATE KEY lies in\n/etc/ssl/private/server.key\n",
	};
	TMD_AUTO_FREE char *key = make_key_pem();
	char *texts[] = {
		make_replaced(key, "\n", "\n# "),  make_replaced(key, "-----BEGIN", "BEGIN"),
		make_replaced(key, "\n", "\\n"),   make_replaced(key, "\n", " "),
		make_replaced(key, "\n", "\n> "),  make_replaced(key, "-----BEGIN PRIVATE KEY", "x"),
		make_replaced(key, "PRIVATE", "private"),
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_msg(!tmd_pem_has_private_key(none[i], strlen(none[i])), "%s", none[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		ck_assert_msg(tmd_pem_has_private_key(texts[i], strlen(texts[i])), "%s", texts[i]);
		free(texts[i]);
	}
}
END_TEST

START_TEST(a_key_without_its_lines_is_a_key)
{
	TMD_AUTO_FREE char *key = make_key_pem();
	TMD_AUTO_FREE char *body = make_replaced(key, "-----BEGIN PRIVATE KEY-----\n", "");
	TMD_AUTO_FREE char *bare = make_replaced(body, "-----END PRIVATE KEY-----\n", "");
	TMD_AUTO_FREE char *text = make_joined(one, bare, NULL);
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err;

	ck_ok(tmd_bundle_scan(text, strlen(text), &bundle, &err), err);
	ck_assert(bundle.has_private_key);
	tmd_bundle_release(&bundle);
}
END_TEST

START_TEST(every_kind_has_an_answer)
{
	for (int kind = TMD_KIND_OTHER + 1; kind <= TMD_KIND_DAMAGED; kind++) {
		ck_assert_ptr_nonnull(tmd_kind_message((enum tmd_kind)kind));
		ck_assert_ptr_nonnull(tmd_kind_hint((enum tmd_kind)kind));
	}
	ck_assert_int_eq(tmd_kind_of("", 0), TMD_KIND_EMPTY);
	ck_assert_int_eq(tmd_kind_of("0", 1), TMD_KIND_OTHER);
	ck_assert_int_eq(tmd_kind_of("0\x82\x01\x02 and so on", 14), TMD_KIND_OTHER_DER);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("mending");
	TCase *t = tcase_create("mending");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_damaged_block_is_written_anew_and_all_else_stays);
	tcase_add_test(t, glued_blocks_are_parted_and_second_copies_go);
	tcase_add_test(t, line_ends_of_the_text_are_kept);
	tcase_add_test(t, nul_bytes_go_and_what_stands_behind_them_is_read);
	tcase_add_test(t, what_cannot_be_read_is_dropped_by_name_where_it_stops_openssl);
	tcase_add_test(t, what_only_hides_and_cannot_be_read_stays);
	tcase_add_test(t, what_was_taken_out_on_purpose_stays_out);
	tcase_add_test(t, a_bare_text_has_no_words_of_others);
	tcase_add_test(t, hopeless_damage_ends_soon_and_is_told);
	tcase_add_test(t, keys_are_their_bodies);
	tcase_add_test(t, a_key_without_its_lines_is_a_key);
	tcase_add_test(t, every_kind_has_an_answer);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
