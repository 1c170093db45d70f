/*
 * PEM by p11-kit's rules. The real p11-kit decides in tests/integration/test_p11kit_reader.py;
 * here stands what it said, so that a change is seen without it.
 */
#include "base/mem.h"
#include "base/str.h"
#include "unit.h"
#include "x509/cert.h"
#include "x509/p11_pem.h"

static struct tmd_buf der;
static struct tmd_buf pem;

static void set_up(void)
{
	struct tmd_error err;

	ck_ok(tmd_cert_builtin_der("amazon-root-ca-1", &der, &err), err);
	tmd_cert_add_pem(&pem, der.data, der.len);
}

static void tear_down(void)
{
	tmd_buf_release(&der);
	tmd_buf_release(&pem);
}

/* Certificates that are found in the text, each of which has to be ours. */
static size_t found(const char *text, size_t len)
{
	TMD_CLEANUP(tmd_p11_block_release) struct tmd_p11_block block = { 0 };
	size_t count = 0;

	while (tmd_p11_pem_next(text, len, block.next, &block)) {
		if (block.kind != TMD_P11_CERTIFICATE && block.kind != TMD_P11_TRUSTED)
			continue;
		ck_assert(tmd_buf_equal(&block.der, der.data, der.len));
		count++;
	}
	return count;
}

/* The same with the first `cut` of the text replaced; '\1' stands for a NUL. */
static size_t found_with(const char *cut, const char *with)
{
	const char *at = strstr(tmd_buf_str(&pem), cut);
	TMD_AUTO_FREE char *text = NULL;
	size_t len;

	ck_assert_ptr_nonnull(at);
	text = tmd_format("%.*s%s%s", (int)(at - pem.data), pem.data, with, at + strlen(cut));
	len = strlen(text);
	for (char *c = text; *c; c++)
		*c = *c == '\1' ? '\0' : *c;
	return found(text, len);
}

static size_t found_behind(const char *before)
{
	TMD_AUTO_FREE char *text = tmd_format("%s%s", before, tmd_buf_str(&pem));

	return found(text, strlen(text));
}

static size_t found_all(char from, const char *to)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (size_t i = 0; i < pem.len; i++) {
		if (pem.data[i] == from)
			tmd_buf_add_str(&text, to);
		else
			tmd_buf_add_char(&text, pem.data[i]);
	}
	return found(tmd_buf_str(&text), text.len);
}

START_TEST(white_space_means_nothing)
{
	ck_assert_uint_eq(found(pem.data, pem.len), 1);
	ck_assert_uint_eq(found_all('\n', "\n\n"), 1);
	ck_assert_uint_eq(found_all('\n', " "), 1);
	ck_assert_uint_eq(found_all('\n', "\r\n"), 1);
	ck_assert_uint_eq(found_all('\n', "\r"), 1);
	ck_assert_uint_eq(found_all('\n', "\n \t"), 1);
	ck_assert_uint_eq(found_with("\n-----END", "-----END"), 1);
	ck_assert_uint_eq(found_with("MII", "M\v\fII"), 1);
}
END_TEST

START_TEST(a_blank_line_ends_the_headers)
{
	ck_assert_uint_eq(found_with("-----\n", "-----\nFoo: bar\n\n"), 1);
	ck_assert_uint_eq(found_with("-----\n", "-----\nFoo: bar\n \t\n"), 1);
	ck_assert_uint_eq(found_with("-----\n", "-----\nFoo: bar\n"), 0);
	ck_assert_uint_eq(found_with("\n-----END", "\n\n-----END"), 0);
}
END_TEST

START_TEST(markers_stand_anywhere_and_have_to_agree)
{
	ck_assert_uint_eq(found_with("-----BEGIN", "ca: -----BEGIN"), 1);
	ck_assert_uint_eq(found_with("-----BEGIN", "------BEGIN"), 1);
	ck_assert_uint_eq(found_with("-----BEGIN", "----BEGIN"), 0);
	ck_assert_uint_eq(found_with("CERTIFICATE-----\n", "CERTIFICATE----\n"), 0);
	ck_assert_uint_eq(found_with("-----END", "  -----END"), 1);
	ck_assert_uint_eq(found_with("END CERT", "END X509 CERT"), 0);
	ck_assert_uint_eq(found_with("BEGIN CERT", "BEGIN X509 CERT"), 0);
	ck_assert_uint_eq(found_with("-----END CERTIFICATE-----", "-----END CERTIFICATE----"), 0);
}
END_TEST

START_TEST(an_open_block_ends_the_file_and_a_bad_one_only_itself)
{
	ck_assert_uint_eq(found_behind("-----BEGIN FOO-----\nAAAA\n-----END FOO-----\n"), 1);
	ck_assert_uint_eq(found_behind("-----BEGIN FOO-----\n!!\n-----END FOO-----\n"), 1);
	ck_assert_uint_eq(found_behind("-----BEGIN FOO-----\nAAAA\n"), 0);
	ck_assert_uint_eq(found_behind("-----BEGIN CERTIFICATE\n"), 0);
	ck_assert_uint_eq(found_behind("-----END CERTIFICATE-----\n"), 1);
	ck_assert_uint_eq(found_with("-----END CERTIFICATE-----\n",
				     "-----END CERTIFICATE-----\n-----BEGIN FOO-----\n"), 1);
	ck_assert_uint_eq(found_behind(tmd_buf_str(&pem)), 2);
}
END_TEST

START_TEST(nothing_is_seen_behind_a_nul)
{
	ck_assert_uint_eq(found_with("-----BEGIN", "\1-----BEGIN"), 0);
	ck_assert_uint_eq(found_with("MII", "M\1II"), 0);
	ck_assert_uint_eq(found_with("CERTIFICATE-----\n", "CERTIFICATE-----\n\1"), 0);
	ck_assert_uint_eq(found_with("-----END CERTIFICATE-----\n",
				     "-----END CERTIFICATE-----\n\1"), 1);
}
END_TEST

/* AAAA is three bytes: what is no certificate is decoded all the same, or not. */
static bool decodes(const char *body)
{
	TMD_CLEANUP(tmd_p11_block_release) struct tmd_p11_block block = { 0 };
	TMD_AUTO_FREE char *text = tmd_format("-----BEGIN A-----%s-----END A-----", body);

	ck_assert(tmd_p11_pem_next(text, strlen(text), 0, &block));
	return block.decoded;
}

START_TEST(base64_is_read_to_the_last_bit)
{
	ck_assert(decodes("AAAA") && decodes("AAA=") && decodes("AA==") && decodes("\n"));
	ck_assert(decodes("AA=\n=\n") && decodes("AA = = \n "));
	ck_assert(!decodes("A") && !decodes("AA") && !decodes("AAA") && !decodes("AA="));
	ck_assert(!decodes("A===") && !decodes("AAAA=") && !decodes("="));
	ck_assert(!decodes("AB==") && !decodes("AAB=")); /* bits behind */
	ck_assert(!decodes("AA*A") && !decodes("AA-_") && !decodes("AA\xA0" "AA"));
	ck_assert(decodes("AAA=\nX") && !decodes("AAA=X\n")); /* the very last byte is not looked at */
	ck_assert(!decodes(""));
}
END_TEST

static bool is_trusted_with(const void *settings, size_t len, struct tmd_p11_block *block)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_BUF struct tmd_buf both = { 0 };
	TMD_AUTO_BUF struct tmd_buf plain = { 0 };

	tmd_buf_add(&both, der.data, der.len);
	tmd_buf_add(&both, settings, len);
	tmd_cert_add_pem(&plain, both.data, both.len);
	for (const char *c = tmd_buf_str(&plain); *c; c++) {
		if (strncmp(c, "CERTIFICATE", 11) == 0)
			tmd_buf_add_str(&text, "TRUSTED ");
		tmd_buf_add_char(&text, *c);
	}
	ck_assert(tmd_p11_pem_next(text.data, text.len, 0, block));
	return block->kind == TMD_P11_TRUSTED;
}

#define TRUSTED(bytes) is_trusted_with(bytes, sizeof(bytes) - 1, &block)
#define SERVER "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define MAIL "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"

START_TEST(trust_settings_are_for_purposes)
{
	TMD_CLEANUP(tmd_p11_block_release) struct tmd_p11_block block = { 0 };

	ck_assert(TRUSTED("\x30\x0c\x30\x0a" SERVER));
	ck_assert(block.has_settings && block.for_servers && !block.distrusted);
	ck_assert(tmd_buf_equal(&block.der, der.data, der.len));
	ck_assert(TRUSTED("\x30\x0c\x30\x0a" MAIL));
	ck_assert(block.has_settings && !block.for_servers && !block.distrusted);
	ck_assert(TRUSTED("\x30\x08\x30\x06\x06\x04\x55\x1d\x25\x00"));
	ck_assert(block.for_servers);
	ck_assert(TRUSTED("\x30\x0c\xa0\x0a" SERVER));
	ck_assert(block.distrusted);
	ck_assert(TRUSTED("\x30\x18\x30\x0a" SERVER "\xa0\x0a" SERVER));
	ck_assert(block.distrusted);
	ck_assert(TRUSTED(""));
	ck_assert(!block.has_settings && !block.distrusted);
	ck_assert(!TRUSTED("\x30\x0c\x30\x0a" SERVER "\0"));
	ck_assert(!TRUSTED("\x30"));
}
END_TEST

START_TEST(der_is_a_certificate_to_the_last_byte)
{
	ck_assert(tmd_p11_is_certificate(der.data, der.len));
	ck_assert(!tmd_p11_is_certificate(der.data, der.len - 1));
	tmd_buf_add_char(&der, '\0');
	ck_assert(!tmd_p11_is_certificate(der.data, der.len));
	ck_assert(!tmd_p11_is_certificate("", 0));
}
END_TEST

/* The serial number gets a zero in front that DER does not allow: the lengths around it grow. */
static void pad_serial(struct tmd_buf *cert)
{
	unsigned char *data = (unsigned char *)cert->data;
	size_t serial = 8 + 5; /* two sequences with long lengths, then the version */

	ck_assert(data[1] == 0x82 && data[5] == 0x82 && data[serial] == 0x02);
	data[3]++;
	data[7]++;
	data[serial + 1]++;
	ck_assert(data[3] && data[7]);
	tmd_buf_splice(cert, serial + 2, 0, "", 1);
}

START_TEST(what_only_p11_kit_can_parse_is_told_apart)
{
	TMD_CLEANUP(tmd_p11_block_release) struct tmd_p11_block block = { 0 };

	ck_assert(!tmd_p11_is_unloadable(der.data, der.len));
	pad_serial(&der);
	ck_assert(!tmd_p11_is_certificate(der.data, der.len));
	ck_assert(tmd_p11_is_unloadable(der.data, der.len));
	tmd_buf_clear(&pem);
	tmd_cert_add_pem(&pem, der.data, der.len);
	ck_assert(tmd_p11_pem_next(pem.data, pem.len, 0, &block));
	ck_assert_int_eq(block.kind, TMD_P11_UNLOADABLE);
	for (size_t cut = 1; cut < der.len; cut++)
		ck_assert(!tmd_p11_is_unloadable(der.data, der.len - cut));
	ck_assert(!tmd_p11_is_unloadable("AAAA", 4));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("p11_pem");
	TCase *t = tcase_create("p11_pem");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, white_space_means_nothing);
	tcase_add_test(t, a_blank_line_ends_the_headers);
	tcase_add_test(t, markers_stand_anywhere_and_have_to_agree);
	tcase_add_test(t, an_open_block_ends_the_file_and_a_bad_one_only_itself);
	tcase_add_test(t, nothing_is_seen_behind_a_nul);
	tcase_add_test(t, base64_is_read_to_the_last_bit);
	tcase_add_test(t, trust_settings_are_for_purposes);
	tcase_add_test(t, what_only_p11_kit_can_parse_is_told_apart);
	tcase_add_test(t, der_is_a_certificate_to_the_last_byte);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
