/*
 * Files that stand beside ours in Debian's trust store, of every kind that was seen: what a
 * rebuild compiles after the plan is put together here as update-ca-certificates does it, and
 * OpenSSL itself has to find every certificate in it that belongs there.
 */
#include "os/path.h"
#include "resources/anchor/unix/debian.h"
#include "resources/unix/anchor_links.h"

#define LOCAL TMD_DEBIAN_LOCAL
#define VENDOR TMD_DEBIAN_VENDOR
#define HASHED TMD_DEBIAN_HASHED
#define BUNDLE TMD_DEBIAN_BUNDLE
#define LIST TMD_DEBIAN_CONF

static struct root root;
static struct made ca;
static struct made other; /* a vendor's */
static struct made last;  /* the one that the list ends with */
static struct made foreign;

static void set_up(void)
{
	root_open(&root, "ID=debian\n");
	ca = make_ca("Studio Root");
	other = make_ca("Other Root");
	last = make_ca("Last Root");
	foreign = make_ca("Foreign Root");
	root_write(&root, LIST, "# list\nmozilla/Other.crt\nmozilla/Last.crt\n");
	root_write(&root, VENDOR "/mozilla/Other.crt", other.pem);
	root_write(&root, VENDOR "/mozilla/Last.crt", last.pem);
	root_write(&root, TMD_DEBIAN_PROGRAM, "#!/bin/sh\n");
	root_write(&root, TMD_DEBIAN_OPENSSL, "#!/bin/sh\n");
	root_write(&root, BUNDLE, "");
}

static void tear_down(void)
{
	made_release(&ca);
	made_release(&other);
	made_release(&last);
	made_release(&foreign);
	root_close(&root);
}

/* ---- the script's work, done once more ---- */

static void full_path(char out[UNIT_PATH_MAX], const char *path)
{
	snprintf(out, UNIT_PATH_MAX, "%s%s", root.dir, path);
}

static void add_file(struct tmd_buf *text, const char *path)
{
	char full[UNIT_PATH_MAX];
	char buffer[4096];
	size_t got;
	FILE *file;

	full_path(full, path);
	file = fopen(full, "rb");
	ck_assert_ptr_nonnull(file);
	while ((got = fread(buffer, 1, sizeof(buffer), file)))
		tmd_buf_add(text, buffer, got);
	fclose(file);
	if (text->len && text->data[text->len - 1] != '\n')
		tmd_buf_add_char(text, '\n');
}

static void carry_out(const struct tmd_changeset *set)
{
	tmd_fs_allow_writes(root.ctx.fs, true);
	ctx_carry_out(&root.ctx, set);
	tmd_fs_allow_writes(root.ctx.fs, false);
}

static bool is_file(const char *path)
{
	struct tmd_error ignored;
	struct tmd_stat st;

	return tmd_fs_stat(root.ctx.fs, path, &st, &ignored) == TMD_OK &&
	       st.type == TMD_FILE_REGULAR;
}

static void add_local(struct tmd_buf *text)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error err;

	ck_ok(tmd_fs_list(root.ctx.fs, LOCAL, &names, &err), err);
	tmd_strv_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(LOCAL, names.items[i]);

		/* The script's own `find -type f`: neither directories nor what leads nowhere. */
		if (tmd_str_ends(path, ".crt") && is_file(path))
			add_file(text, path);
	}
}

/* OpenSSL's own loader, on a file as programs have it. */
static X509_STORE *load(const struct tmd_buf *text)
{
	X509_STORE *store = X509_STORE_new();
	char full[UNIT_PATH_MAX];

	root_write_bytes(&root, "/compiled.pem", tmd_buf_str(text), text->len);
	full_path(full, "/compiled.pem");
	ck_assert_msg(X509_STORE_load_file(store, full) == 1, "OpenSSL does not load:\n%s",
		      tmd_buf_str(text));
	return store;
}

static bool has(X509_STORE *store, const struct made *made)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
	const unsigned char *der = made->der;
	X509 *x = d2i_X509(NULL, &der, (long)made->der_len);
	bool found = false;

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		X509 *held = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

		found = found || (held && X509_cmp(held, x) == 0);
	}
	X509_free(x);
	return found;
}

static X509_STORE *rebuild(const char *const *vendor)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (; *vendor; vendor++)
		add_file(&text, *vendor);
	add_local(&text);
	return load(&text);
}

static X509_STORE *rebuild_all(void)
{
	static const char *const vendor[] = { VENDOR "/mozilla/Other.crt", VENDOR "/mozilla/Last.crt",
					      NULL };

	return rebuild(vendor);
}

/* ---- one plan ---- */

static struct tmd_resource read_as(const char *state)
{
	struct tmd_resource r = anchor_new(ca.pem, state);

	anchor_read(&root, &r);
	return r;
}

static void done(struct tmd_resource *r, struct tmd_changeset *set)
{
	tmd_changeset_release(set);
	anchor_free_resource(r);
}

static void plan_fails(const char *path, const char *says)
{
	struct tmd_resource r = read_as(NULL);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, path);
	ck_assert_msg(strstr(err.message, says) != NULL, "%s", err.message);
	done(&r, &set);
}

/* Plans, carries out, and says what OpenSSL has then; `said`: what a warning mentions. */
static X509_STORE *converge(const char *state, const char *said)
{
	struct tmd_resource r = read_as(state);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_ok(r.type->plan(&root.ctx, &r, &set, &err), err);
	ck_assert_msg(!said || list_mentions(&r.warnings, said), "no warning says %s", said);
	carry_out(&set);
	done(&r, &set);
	return rebuild_all();
}

/* ---- damage ---- */

enum fate {
	ASIDE, /* it would harm others */
	STAYS, /* nothing beside it is harmed, whatever it holds */
};

/* In `with`, '\1' stands for a NUL byte. */
struct kind {
	const char *name;
	const char *cut; /* the first of these in the PEM text … */
	const char *with; /* … becomes this; NULL: all from there on goes */
	enum fate first; /* as a file before ours */
	enum fate behind; /* as the last of all */
};

static const struct kind kinds[] = {
	{ "END line missing", "-----END", NULL, ASIDE, ASIDE },
	{ "END line damaged", "-----END CERTIFICATE-----", "-----END CERTIFICATE----", ASIDE, ASIDE },
	{ "END of another name", "END CERT", "END X509 CERT", ASIDE, ASIDE },
	{ "END indented", "-----END", "  -----END", ASIDE, ASIDE },
	{ "BEGIN damaged in front", "-----BEGIN", "----BEGIN", STAYS, STAYS },
	{ "BEGIN damaged at its end", "CERTIFICATE-----\n", "CERTIFICATE---\n", STAYS, STAYS },
	{ "a literal backslash n", "-----\n", "-----\\n", STAYS, STAYS },
	{ "text in the block", "MII", "*!*!*", ASIDE, ASIDE },
	{ "a NUL where the file ends", "-----END CERTIFICATE-----\n",
	  "-----END CERTIFICATE-----\n\1", ASIDE, STAYS },
	{ "a NUL at the start", "-----BEGIN", "\1-----BEGIN", ASIDE, STAYS },
	{ "a NUL in the block", "MII", "MI\1I", ASIDE, ASIDE },
	{ "a BEGIN line too many", "-----END CERTIFICATE-----\n",
	  "-----END CERTIFICATE-----\n-----BEGIN X509 CRL-----\n", ASIDE, ASIDE },
	{ "a web page", "-----BEGIN", "<html>-----BEGIN", STAYS, STAYS },
};

static char *damaged(const struct kind *kind, size_t *len)
{
	const char *at = strstr(foreign.pem, kind->cut);
	char *text;

	ck_assert_ptr_nonnull(at);
	text = kind->with ? tmd_format("%.*s%s%s", (int)(at - foreign.pem), foreign.pem, kind->with,
				       at + strlen(kind->cut)) :
			    tmd_strndup(foreign.pem, (size_t)(at - foreign.pem));
	*len = strlen(text);
	for (char *c = text; *c; c++) {
		if (*c == '\1')
			*c = '\0';
	}
	return text;
}

static void try_kind(const struct kind *kind, const char *path, enum fate fate)
{
	TMD_AUTO_FREE char *aside = tmd_format("%s.trustmend-disabled", path);
	size_t len;
	TMD_AUTO_FREE char *text = damaged(kind, &len);
	X509_STORE *store;

	root_write(&root, LOCAL "/m.crt", last.pem);
	for (int absent = 0; absent < 2; absent++) {
		root_write_bytes(&root, path, text, len);
		if (absent)
			root_write(&root, LOCAL "/mine.crt", ca.pem);
		store = converge(absent ? "absent" : NULL, fate == ASIDE ? tmd_path_base(path) : NULL);
		ck_assert_msg(has(store, &other) && has(store, &last), "%s, %s", kind->name, path);
		ck_assert_msg(has(store, &ca) == !absent, "%s, %s", kind->name, path);
		ck_assert_msg(tmd_fs_exists(root.ctx.fs, aside) == (fate == ASIDE), "%s, %s",
			      kind->name, path);
		ck_assert(tmd_fs_exists(root.ctx.fs, path) == (fate == STAYS));
		root_remove(&root, fate == ASIDE ? aside : path);
		X509_STORE_free(store);
	}
}

START_TEST(whatever_harms_others_is_set_aside_wherever_it_stands)
{
	try_kind(&kinds[_i], LOCAL "/a.crt", kinds[_i].first);
	try_kind(&kinds[_i], LOCAL "/z.crt", kinds[_i].behind);
}
END_TEST

START_TEST(a_damaged_file_of_the_list_is_refused_by_its_name)
{
	TMD_AUTO_FREE char *cut = tmd_strndup(other.pem, strlen(other.pem) - 26);

	root_write(&root, VENDOR "/mozilla/Other.crt", cut);
	plan_fails(VENDOR "/mozilla/Other.crt", "damaged");
}
END_TEST

START_TEST(a_key_in_utf16_is_a_key)
{
	TMD_AUTO_FREE char *key = key_pem(&foreign);
	TMD_AUTO_BUF struct tmd_buf wide = { 0 };

	for (const char *c = key; *c; c++) {
		tmd_buf_add_char(&wide, *c);
		tmd_buf_add_char(&wide, '\0');
	}
	root_write_bytes(&root, LOCAL "/key.crt", wide.data, wide.len);
	plan_fails(LOCAL "/key.crt", "private key");
}
END_TEST

START_TEST(reading_names_what_is_compiled_and_holds_nothing)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };

	root_write(&root, LOCAL "/page.crt", "<html><body>404</body></html>");
	r = read_as(NULL);
	ck_assert(list_mentions(&r.warnings, LOCAL "/page.crt: OpenSSL does not load it"));
	done(&r, &set);
}
END_TEST

START_TEST(several_at_once_are_all_set_aside)
{
	TMD_AUTO_FREE char *cut = tmd_strndup(foreign.pem, strlen(foreign.pem) - 26);
	X509_STORE *store;

	root_write(&root, LOCAL "/a.crt", cut);
	root_write(&root, LOCAL "/b.crt", cut);
	root_write(&root, LOCAL "/good.crt", foreign.pem);
	root_write_bytes(&root, LOCAL "/u.crt", "\0\0\0\n", 4);
	root_write(&root, LOCAL "/z.crt", cut);
	store = converge(NULL, "z.crt");
	ck_assert(has(store, &ca) && has(store, &other) && has(store, &last) &&
		  has(store, &foreign));
	ck_assert(!tmd_fs_exists(root.ctx.fs, LOCAL "/u.crt"));
	X509_STORE_free(store);
}
END_TEST

START_TEST(what_cannot_be_read_is_refused_by_its_name)
{
	TMD_AUTO_BUF struct tmd_buf big = { 0 };

	while (big.len <= TMD_BUNDLE_MAX)
		tmd_buf_add_str(&big, "# nothing but comments in a very long file\n");
	root_write_bytes(&root, LOCAL "/big.crt", big.data, big.len);
	plan_fails(LOCAL "/big.crt", "nobody can say");
}
END_TEST

START_TEST(a_name_that_ends_the_script_is_set_aside)
{
	X509_STORE *store;

	root_write(&root, LOCAL "/two\nlines.crt", foreign.pem);
	store = converge(NULL, "cannot read the name");
	ck_assert(has(store, &ca) && !has(store, &foreign));
	X509_STORE_free(store);
}
END_TEST

/* A backslash is one where the script says `read -r`. */
START_TEST(a_backslash_in_a_name_depends_on_the_script)
{
	X509_STORE *store;

	root_write(&root, TMD_DEBIAN_PROGRAM, "#!/bin/sh\nwhile read -r crt\n");
	root_write(&root, LOCAL "/back\\slash.crt", foreign.pem);
	store = converge(NULL, NULL);
	ck_assert(has(store, &ca) && has(store, &foreign));
	X509_STORE_free(store);

	root_write(&root, TMD_DEBIAN_PROGRAM, "#!/bin/sh\nwhile read crt\n");
	store = converge("absent", "cannot read the name");
	ck_assert(!has(store, &foreign));
	X509_STORE_free(store);
}
END_TEST

START_TEST(what_is_no_file_is_no_input)
{
	X509_STORE *store;

	root_write(&root, LOCAL "/directory.crt/inside.crt", foreign.pem);
	root_link(&root, LOCAL "/dangling.crt", "/nowhere");
	root_write(&root, VENDOR "/mozilla/dir.crt/x", "x");
	root_write(&root, LIST, "mozilla/dir.crt\nmozilla/Other.crt\nmozilla/Last.crt\n");
	root_remove(&root, LOCAL "/directory.crt/inside.crt");
	store = converge(NULL, NULL);
	ck_assert(has(store, &ca));
	X509_STORE_free(store);
}
END_TEST

/* ---- the list ---- */

/* The list after a plan; "" when it is left alone. */
static char *list_after(const char *text, const char *said)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	const struct tmd_file_step *action;
	struct tmd_error err;
	char *after;

	root_write(&root, LIST, text);
	r = read_as(NULL);
	ck_ok(r.type->plan(&root.ctx, &r, &set, &err), err);
	ck_assert_msg(said ? list_mentions(&r.warnings, said) : !r.warnings.count, "%s: %s", text,
		      r.warnings.count ? r.warnings.items[0] : "no warning");
	action = find_step(&set, &tmd_step_write, LIST);
	after = tmd_strdup(action ? tmd_buf_str(&action->content) : "");
	ck_assert(find_expected(&set, BUNDLE) != NULL);
	done(&r, &set);
	return after;
}

static void mended(const char *text, const char *said, const char *wanted)
{
	TMD_AUTO_FREE char *after = list_after(text, said);

	ck_assert_str_eq(after, wanted);
}

START_TEST(a_line_that_the_script_would_lose_is_mended)
{
	mended("mozilla/Other.crt\nmozilla/Last.crt", "no newline",
	       "mozilla/Other.crt\nmozilla/Last.crt\n");
	mended("mozilla/Other.crt\n!mozilla/Last.crt", "no newline",
	       "mozilla/Other.crt\n!mozilla/Last.crt\n");
	mended("# a\r\nmozilla/Other.crt\r\n\r\nmozilla/Last.crt\r\n",
	       "2 lines of /etc/ca-certificates.conf end in a carriage return",
	       "# a\r\nmozilla/Other.crt\n\r\nmozilla/Last.crt\n");
	mended("mozilla/Other.crt\nmozilla/Last.crt\r",
	       "1 line of /etc/ca-certificates.conf ends in a carriage return",
	       "mozilla/Other.crt\nmozilla/Last.crt\n");
}
END_TEST

START_TEST(what_the_script_reads_is_left_as_it_is)
{
	mended(" \tmozilla/Other.crt \t\n\n#\nmozilla/Last.crt\nmozilla/gone.crt\n# end", NULL, "");
	mended("mozilla/Other.crt\nmozilla/Other.crt\nmozilla/Last.crt\n!mozilla/Other.crt\n", NULL,
	       "");
	mended("moz\\illa/Other.crt\nmozilla/Last.crt\n", NULL, "");
	mended("", NULL, "");
}
END_TEST

static bool listed(const char *text, size_t len, bool raw, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_join(VENDOR "/mozilla", name);
	TMD_AUTO_BUF struct tmd_buf conf = { 0 };

	tmd_buf_add(&conf, text, len);
	return tmd_debian_conf_lists(&conf, raw, path);
}

#define LISTED(text, raw, name) listed(text, sizeof(text) - 1, raw, name)

START_TEST(lines_are_read_as_the_shell_reads_them)
{
	ck_assert(LISTED("mozilla/a.crt\n", false, "a.crt"));
	ck_assert(LISTED("  \tmozilla/a.crt\t \n", false, "a.crt"));
	ck_assert(LISTED("mozilla/a b.crt\n", false, "a b.crt"));
	ck_assert(LISTED("moz\0illa/a.crt\n", false, "a.crt"));
	ck_assert(!LISTED("mozilla/a.crt", false, "a.crt"));
	ck_assert(!LISTED("!mozilla/a.crt\n", false, "a.crt"));
	ck_assert(!LISTED("#mozilla/a.crt\n", false, "a.crt"));
	ck_assert(!LISTED(" !mozilla/a.crt\n", false, "a.crt"));
	ck_assert(!LISTED("mozilla/a.crt\r\n", false, "a.crt"));
	ck_assert(LISTED("mozilla/a\\.crt\n", false, "a.crt"));
	ck_assert(!LISTED("mozilla/a\\.crt\n", true, "a.crt"));
	ck_assert(LISTED("mozilla/a\\.crt\n", true, "a\\.crt"));
	ck_assert(!LISTED("mozilla/a.crt\\\nmozilla/b.crt\nmozilla/c.crt\n", false, "a.crt"));
	ck_assert(!LISTED("mozilla/a.crt\\\nmozilla/b.crt\nmozilla/c.crt\n", false, "b.crt"));
	ck_assert(LISTED("mozilla/a.crt\\\nmozilla/b.crt\nmozilla/c.crt\n", false, "c.crt"));
	ck_assert(LISTED("mozilla/a.crt\\\nmozilla/b.crt\n", true, "b.crt"));
}
END_TEST

START_TEST(a_certificate_of_a_lost_line_is_not_anchored)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };

	root_write(&root, VENDOR "/mozilla/Last.crt", ca.pem);
	root_write(&root, LIST, "mozilla/Other.crt\nmozilla/Last.crt");
	root_write(&root, BUNDLE, ca.pem);
	r = read_as(NULL);
	ck_assert(!current_is(&r, "anchored"));
	ck_assert(current_mentions(&r, "reasons", "has no newline"));
	done(&r, &set);
}
END_TEST

START_TEST(absent_works_with_a_lost_line)
{
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, VENDOR "/mozilla/Last.crt", ca.pem);
	root_write(&root, LIST, "mozilla/Other.crt\nmozilla/Last.crt");
	root_write(&root, BUNDLE, ca.pem);
	r = read_as("absent");
	ck_ok(r.type->plan(&root.ctx, &r, &set, &err), err);
	ck_assert_str_eq(tmd_buf_str(&find_step(&set, &tmd_step_write, LIST)->content),
			 "mozilla/Other.crt\n!mozilla/Last.crt\n");
	done(&r, &set);
}
END_TEST

/* ---- the hashed directory ---- */

static char *entry_of(const struct made *made, unsigned n)
{
	return tmd_format(HASHED "/%08x.%u", made->cert->subject_hash, n);
}

/* Is the file named by get, and does absent refuse with its name? */
static void is_foreign(const char *path)
{
	struct tmd_resource r = read_as("absent");
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(current_mentions(&r, "where", path));
	ck_assert(current_mentions(&r, "reasons", path));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.path, path);
	done(&r, &set);
}

START_TEST(a_copy_in_the_hashed_directory_is_named_whatever_it_is_called)
{
	static const char *const names[] = { "studio.pem", "studio.crt", "studio.cer", "studio.crl",
					     "Studio.CRT", "studio",	 "studio.txt" };
	TMD_AUTO_FREE char *entry = entry_of(&ca, 0);
	TMD_AUTO_FREE char *path = tmd_path_join(HASHED, names[_i]);

	root_write(&root, path, ca.pem);
	root_link(&root, entry, names[_i]);
	is_foreign(path);
}
END_TEST

/* The next rehash leads to it, whoever runs that. */
START_TEST(a_copy_that_no_entry_leads_to_yet_is_named)
{
	static const char *const names[] = { "studio.pem", "studio.crt", "studio.cer", "studio.crl",
					     "Studio.CRT" };
	TMD_AUTO_FREE char *path = tmd_path_join(HASHED, names[_i]);

	root_write(&root, path, ca.pem);
	is_foreign(path);
}
END_TEST

START_TEST(a_plain_file_with_the_name_of_an_entry_is_named)
{
	TMD_AUTO_FREE char *entry = entry_of(&ca, 0);

	root_write(&root, entry, ca.pem);
	is_foreign(entry);
}
END_TEST

START_TEST(an_entry_that_leads_elsewhere_goes)
{
	TMD_AUTO_FREE char *entry = entry_of(&ca, 0);
	struct tmd_resource r;
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	root_write(&root, "/opt/studio.pem", ca.pem);
	root_link(&root, entry, "/opt/studio.pem");
	r = read_as("absent");
	ck_assert(current_mentions(&r, "where", entry));
	ck_ok(r.type->plan(&root.ctx, &r, &set, &err), err);
	ck_assert_ptr_nonnull(find_step(&set, &tmd_step_remove, entry));
	ck_assert_ptr_null(find_step(&set, &tmd_step_remove, "/opt/studio.pem"));
	done(&r, &set);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor neighbours");
	TCase *t = tcase_create("neighbours");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, lines_are_read_as_the_shell_reads_them);
	tcase_add_test(t, a_certificate_of_a_lost_line_is_not_anchored);
	tcase_add_test(t, reading_names_what_is_compiled_and_holds_nothing);
	suite_add_tcase(s, t);
	if (geteuid() != 0) /* a rebuild in another root takes root's rights, and plan says so */
		return s;
	tcase_add_loop_test(t, whatever_harms_others_is_set_aside_wherever_it_stands, 0,
			    (int)(sizeof(kinds) / sizeof(kinds[0])));
	tcase_add_test(t, a_damaged_file_of_the_list_is_refused_by_its_name);
	tcase_add_test(t, a_key_in_utf16_is_a_key);
	tcase_add_test(t, several_at_once_are_all_set_aside);
	tcase_add_test(t, what_cannot_be_read_is_refused_by_its_name);
	tcase_add_test(t, a_name_that_ends_the_script_is_set_aside);
	tcase_add_test(t, a_backslash_in_a_name_depends_on_the_script);
	tcase_add_test(t, what_is_no_file_is_no_input);
	tcase_add_test(t, a_line_that_the_script_would_lose_is_mended);
	tcase_add_test(t, what_the_script_reads_is_left_as_it_is);
	tcase_add_loop_test(t, a_copy_in_the_hashed_directory_is_named_whatever_it_is_called, 0, 7);
	tcase_add_loop_test(t, a_copy_that_no_entry_leads_to_yet_is_named, 0, 5);
	tcase_add_test(t, a_plain_file_with_the_name_of_an_entry_is_named);
	tcase_add_test(t, an_entry_that_leads_elsewhere_goes);
	tcase_add_test(t, absent_works_with_a_lost_line);
	return s;
}

UNIT_MAIN(suite)
