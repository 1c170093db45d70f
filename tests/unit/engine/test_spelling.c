/* Words that were meant. */
#include "unit.h"

#include "engine/spelling.h"

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

static Suite *suite(void)
{
	Suite *s = suite_create("engine_spelling");
	TCase *c = tcase_create("spelling");

	tcase_add_test(c, letters_are_counted);
	tcase_add_test(c, far_is_far);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
