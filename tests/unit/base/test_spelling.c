/* Words that were meant. */
#include "unit.h"

#include "base/spelling.h"

START_TEST(letters_are_counted)
{
	static const struct {
		const char *word;
		const char *meant;
		size_t distance;
	} cases[] = {
		{ "path", "path", 0 },	     { "pth", "path", 1 },	{ "paath", "path", 1 },
		{ "nmae", "name", 1 },	     { "valeu", "value", 1 },	{ "alloe_dongrade", "allow_downgrade", 2 },
		{ "cert", "certificate", 1 }, { "versoin", "version", 1 }, { "allow_downgrades", "allow_downgrade", 1 },
		{ "allowdowngrad", "allow_downgrade", 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(tmd_spelling_distance(cases[i].word, cases[i].meant) ==
				      cases[i].distance, "%s", cases[i].word);
}
END_TEST

START_TEST(far_is_far)
{
	static const char *const far[] = { "", "p", "pa", "x", "host", "valu", "p4", "xxxxpath",
		"a-word-that-is-much-longer-than-any-name-of-an-attribute" };

	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++)
		ck_assert_msg(tmd_spelling_distance(far[i], "path") == TMD_SPELLING_FAR, "%s", far[i]);
	ck_assert_uint_eq(tmd_spelling_distance("path", far[8]), TMD_SPELLING_FAR);
}
END_TEST

START_TEST(nearest_of_several_words_is_guessed)
{
	struct tmd_guess guess = { .word = "anchors" };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_guess_tell(&guess, &out);
	ck_assert_uint_eq(out.len, 0);
	tmd_guess_try(&guess, "bundle");
	ck_assert_ptr_null(guess.meant);
	tmd_guess_try(&guess, "anchored");
	tmd_guess_try(&guess, "anchor");
	tmd_guess_try(&guess, "anchored");
	tmd_guess_tell(&guess, &out);
	ck_assert_str_eq(tmd_buf_str(&out), "did you mean 'anchor'? ");
}
END_TEST

START_TEST(beginning_may_be_misspelt_where_it_is_long)
{
	struct tmd_guess guess = { .word = "--detaled" };
	struct tmd_guess brief = { .word = "--x" };

	tmd_guess_try_start(&guess, "--diff");
	tmd_guess_try_start(&guess, "--detailed-exitcode");
	ck_assert_str_eq(guess.meant, "--detailed-exitcode");
	tmd_guess_try_start(&brief, "--detailed-exitcode");
	ck_assert_ptr_null(brief.meant);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base_spelling");
	TCase *c = tcase_create("spelling");

	tcase_add_test(c, letters_are_counted);
	tcase_add_test(c, far_is_far);
	tcase_add_test(c, nearest_of_several_words_is_guessed);
	tcase_add_test(c, beginning_may_be_misspelt_where_it_is_long);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
