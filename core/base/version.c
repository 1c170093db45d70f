/* Ordering of versions: Toolkit's own rules first, PEP 440 for everything that has numbers. */
#include "base/version.h"

#include <string.h>

#include "base/str.h"

#define TEXT_MAX 255   /* bytes of a version that is looked at as one */
#define RELEASE_MAX 32 /* numbers in 1.2.3.… */
#define LOCAL_MAX 32   /* segments behind the '+' */
#define COMMIT_MIN 7
#define COMMIT_MAX 40

/* Digits without leading zeros: versions may hold dates and worse, so they never become ints. */
struct number {
	const char *digits;
	size_t len;
};

struct segment { /* of a local version: a number or letters */
	const char *text;
	size_t len;
	bool numeric;
};

struct pep440 {
	char text[TEXT_MAX + 1]; /* normalised; the rest points into it */
	struct number epoch;
	struct number release[RELEASE_MAX];
	size_t release_count;
	char phase; /* 'a', 'b', 'c' for a pre-release; 0 for none */
	struct number phase_number;
	bool has_post;
	struct number post;
	bool has_dev;
	struct number dev;
	struct segment local[LOCAL_MAX];
	size_t local_count;
};

/* ---- normalisation ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Without blanks around it, in lower case, without the leading 'v'; false when too long. */
static bool fold(const char *text, char *out)
{
	size_t len = strlen(text);

	while (len && tmd_is_space(text[len - 1]))
		len--;
	while (len && (tmd_is_space(*text) || lower(*text) == 'v')) {
		text++;
		len--;
	}
	if (len > TEXT_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = lower(text[i]);
	out[len] = '\0';
	return true;
}

static size_t count_digits(const char *text)
{
	size_t len = 0;

	while (tmd_is_digit(text[len]))
		len++;
	return len;
}

/* Toolkit reads 6.3v6 and 1.2-3 as three numbers; to PEP 440 the latter is a post-release. */
static void join_third_number(char *text)
{
	size_t major = count_digits(text);
	size_t minor;
	char *third;

	if (!major || text[major] != '.')
		return;
	minor = count_digits(text + major + 1);
	third = text + major + 1 + minor;
	if (!minor || (*third != 'v' && *third != '-'))
		return;
	if (count_digits(third + 1) && !third[1 + count_digits(third + 1)])
		*third = '.';
}

/* ---- reading ---- */

static struct number make_number(const char *digits, size_t len)
{
	struct number number;

	while (len > 1 && *digits == '0') {
		digits++;
		len--;
	}
	number.digits = digits;
	number.len = len;
	return number;
}

static struct number zero(void)
{
	return make_number("0", 1);
}

static bool take_number(const char **at, struct number *out)
{
	size_t len = count_digits(*at);

	if (!len)
		return false;
	*out = make_number(*at, len);
	*at += len;
	return true;
}

static bool is_separator(char c)
{
	return c == '.' || c == '-' || c == '_';
}

/* "[sep]WORD[sep][N]" with one of `words`; the index of the word, or -1 and nothing taken. */
static int take_marker(const char **at, const char *const *words, struct number *out)
{
	const char *text = *at + is_separator(**at);

	for (int i = 0; words[i]; i++) {
		if (!tmd_str_starts(text, words[i]))
			continue;
		text += strlen(words[i]);
		text += is_separator(*text);
		if (!take_number(&text, out))
			*out = zero();
		*at = text;
		return i;
	}
	return -1;
}

static void take_epoch(const char **at, struct number *out)
{
	const char *text = *at;

	*out = zero();
	if (!take_number(&text, out) || *text != '!') {
		*out = zero();
		return;
	}
	*at = text + 1;
}

static bool take_release(const char **at, struct pep440 *out)
{
	const char *text = *at;

	do {
		if (out->release_count == RELEASE_MAX ||
		    !take_number(&text, &out->release[out->release_count]))
			break;
		out->release_count++;
		*at = text;
	} while (*text++ == '.');
	while (out->release_count > 1 && out->release[out->release_count - 1].digits[0] == '0')
		out->release_count--;
	return out->release_count > 0;
}

static void take_phase(const char **at, struct pep440 *out)
{
	static const char *const words[] = { "alpha", "beta", "preview", "pre", "rc",
					     "a",     "b",    "c",	 NULL };
	static const char phases[] = "abcccabc";
	int word = take_marker(at, words, &out->phase_number);

	if (word >= 0)
		out->phase = phases[word];
}

static void take_post(const char **at, struct pep440 *out)
{
	static const char *const words[] = { "post", "rev", "r", NULL };
	const char *text = *at + 1;

	if (**at == '-' && take_number(&text, &out->post)) {
		*at = text;
		out->has_post = true;
		return;
	}
	out->has_post = take_marker(at, words, &out->post) >= 0;
}

static bool take_local(const char **at, struct pep440 *out)
{
	const char *text = *at;

	if (*text != '+')
		return true;
	do {
		struct segment segment = { ++text, 0, true };

		while (tmd_is_digit(*text) || tmd_is_alpha(*text)) {
			segment.numeric = segment.numeric && tmd_is_digit(*text);
			segment.len++;
			text++;
		}
		if (!segment.len || out->local_count == LOCAL_MAX)
			return false;
		out->local[out->local_count++] = segment;
	} while (is_separator(*text));
	*at = text;
	return true;
}

static bool parse(const char *text, struct pep440 *out)
{
	static const char *const dev_words[] = { "dev", NULL };
	const char *at;

	memset(out, 0, sizeof(*out));
	if (!fold(text, out->text))
		return false;
	join_third_number(out->text);
	at = out->text;
	take_epoch(&at, &out->epoch);
	if (!take_release(&at, out))
		return false;
	take_phase(&at, out);
	take_post(&at, out);
	out->has_dev = take_marker(&at, dev_words, &out->dev) >= 0;
	return take_local(&at, out) && !*at;
}

/* ---- comparing ---- */

static int compare_numbers(struct number a, struct number b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.digits, b.digits, a.len);
}

static int compare_releases(const struct pep440 *a, const struct pep440 *b)
{
	size_t common = a->release_count < b->release_count ? a->release_count : b->release_count;

	for (size_t i = 0; i < common; i++) {
		int order = compare_numbers(a->release[i], b->release[i]);

		if (order)
			return order;
	}
	/* Trailing zeros are gone, so the longer one has something above zero. */
	return (a->release_count > common) - (b->release_count > common);
}

/* A development release of the version itself comes before its pre-releases. */
static char effective_phase(const struct pep440 *v)
{
	if (v->phase)
		return v->phase;
	return v->has_dev && !v->has_post ? ' ' : '~';
}

static int compare_phases(const struct pep440 *a, const struct pep440 *b)
{
	int order = effective_phase(a) - effective_phase(b);

	if (order || !a->phase)
		return order;
	return compare_numbers(a->phase_number, b->phase_number);
}

static int compare_posts(const struct pep440 *a, const struct pep440 *b)
{
	if (!a->has_post || !b->has_post)
		return (int)a->has_post - (int)b->has_post;
	return compare_numbers(a->post, b->post);
}

static int compare_devs(const struct pep440 *a, const struct pep440 *b)
{
	if (!a->has_dev || !b->has_dev)
		return (int)b->has_dev - (int)a->has_dev;
	return compare_numbers(a->dev, b->dev);
}

static int compare_segments(struct segment a, struct segment b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order;

	if (a.numeric != b.numeric)
		return a.numeric ? 1 : -1;
	if (a.numeric)
		return compare_numbers(make_number(a.text, a.len), make_number(b.text, b.len));
	order = memcmp(a.text, b.text, common);
	return order ? order : (a.len > common) - (b.len > common);
}

static int compare_locals(const struct pep440 *a, const struct pep440 *b)
{
	size_t common = a->local_count < b->local_count ? a->local_count : b->local_count;

	for (size_t i = 0; i < common; i++) {
		int order = compare_segments(a->local[i], b->local[i]);

		if (order)
			return order;
	}
	return (a->local_count > common) - (b->local_count > common);
}

static int compare_pep440(const struct pep440 *a, const struct pep440 *b)
{
	int order = compare_numbers(a->epoch, b->epoch);

	if (!order)
		order = compare_releases(a, b);
	if (!order)
		order = compare_phases(a, b);
	if (!order)
		order = compare_posts(a, b);
	if (!order)
		order = compare_devs(a, b);
	return order ? order : compare_locals(a, b);
}

/* ---- Toolkit's rules ---- */

bool tmd_version_is_commit(const char *text)
{
	size_t len = strlen(text);

	if (len < COMMIT_MIN || len > COMMIT_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!tmd_is_hex(text[i]))
			return false;
	}
	return true;
}

static bool is_head(const char *text)
{
	return tmd_str_equal_nocase(text, "head") || tmd_str_equal_nocase(text, "master");
}

static bool is_missing(const char *text)
{
	return !text || !*text || strcmp(text, "Undefined") == 0;
}

enum class {
	CLASS_MISSING,
	CLASS_NUMBERED,
	CLASS_HEAD,
	CLASS_COMMIT, /* above head: the order in which Toolkit asks */
};

static enum class classify(const char *text) {
	if (is_missing(text)) return CLASS_MISSING;
		if (tmd_version_is_commit(text)) return CLASS_COMMIT;
		return is_head(text) ? CLASS_HEAD : CLASS_NUMBERED;
}

static enum tmd_rc compare_commits(const char *a, const char *b, int *order, struct tmd_error *err)
{
	if (!tmd_str_equal_nocase(a, b))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "ask for match=exact",
				"commits %s and %s have no order", a, b);
	*order = 0;
	return TMD_OK;
}

static enum tmd_rc fail_no_version(const char *text, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
			"a version looks like v1.2.3, 1.2.3rc1 or a commit id",
			"\"%.80s\" is not a version", text);
}

static enum tmd_rc compare_numbered(const char *a, const char *b, int *order, struct tmd_error *err)
{
	struct pep440 left;
	struct pep440 right;

	if (!parse(a, &left))
		return fail_no_version(a, err);
	if (!parse(b, &right))
		return fail_no_version(b, err);
	*order = compare_pep440(&left, &right);
	return TMD_OK;
}

enum tmd_rc tmd_version_compare(const char *a, const char *b, int *order, struct tmd_error *err)
{
	enum class left = classify(a);
	enum class right = classify(b);

	if (left == right && left == CLASS_COMMIT)
		return compare_commits(a, b, order, err);
	if (left == right && left == CLASS_NUMBERED)
		return compare_numbered(a, b, order, err);
	*order = (left > right) - (left < right);
	return TMD_OK;
}
