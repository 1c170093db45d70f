/* The bundle type, driven the way the engine drives it, over a small root. */
#include "resources/bundle_fixture.h"

static void identity_is(const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;
	TMD_AUTO_FREE char *wanted = NULL;
	struct tmd_error err;

	ck_ok(tmd_fs_resolve(ctx.fs, path, &real, &err), err);
	key = tmd_path_key(real);
	wanted = tmd_format("bundle:%s", key);
	ck_assert_str_eq(r.identity, wanted);
}

/* ---- making one ---- */

START_TEST(a_new_bundle_is_made_from_sources_and_extra_in_order)
{
	char *source = make_joined(two, one, NULL);

	put_input("a.pem", source);
	put_input("b.pem", three);
	resource(PATH);
	give("sources", "a.pem");
	give("sources", "b.pem");
	give("extra", "builtin:amazon-root-ca-1");
	look();
	ck_assert_str_eq(drift(), "state count");
	ck_assert_int_eq(desired("count")->integer, 4);
	ck_assert_str_eq(r.name, PATH);
	identity_is(PATH);
	converge();
	holds(PATH, two, one, three, amazon, NULL);
	in_sync();
	free(source);
}
END_TEST

START_TEST(the_text_is_the_same_every_time_and_names_each_certificate)
{
	char *first;

	put_input("a.pem", starfield);
	free_resource(PATH);
	give("sources", "a.pem");
	give("extra", one);
	converge();
	first = get_file(PATH);
	ck_assert(
		tmd_str_starts(first, "# CN=Starfield Services Root Certificate Authority - G2,"));
	ck_assert_ptr_nonnull(strstr(first, "\n# CN=One\n-----BEGIN"));
	put(PATH, "<html>");
	converge();
	file_is(PATH, first);
}
END_TEST

START_TEST(a_certificate_in_several_sources_is_written_once)
{
	char *twice = make_joined(one, one, two, NULL);

	put_input("a.pem", twice);
	put_input("b.pem", two);
	free_resource(PATH);
	give("sources", "a.pem");
	give("sources", "b.pem");
	give("extra", one);
	converge();
	holds(PATH, one, two, NULL);
	free(twice);
}
END_TEST

START_TEST(sources_are_newline_safe)
{
	char *cut = make_joined(one, NULL);

	cut[strlen(cut) - 1] = '\0';
	put_input("a.pem", cut);
	put_input("b.pem", two);
	free_resource(PATH);
	give("sources", "a.pem");
	give("sources", "b.pem");
	converge();
	holds(PATH, one, two, NULL);
	free(cut);
}
END_TEST

START_TEST(long_subjects_stay_within_a_line_that_openssl_reads_whole)
{
	char cn[65] = { 0 };
	char *pem;

	memset(cn, 'x', 64);
	for (size_t i = 0; i + 1 < 64; i += 2)
		memcpy(cn + i, "\xc3\xa9", 2);
	pem = make_ca(cn);
	put_input("a.pem", pem);
	free_resource(PATH);
	give("sources", "a.pem");
	converge();
	holds(PATH, pem, NULL);
	free(pem);
}
END_TEST

/* ---- a file that is there ---- */

START_TEST(a_healthy_file_with_the_right_set_keeps_every_byte)
{
	char *source = make_joined(one, two, NULL);
	char *text = make_joined("# by hand\n", two, "\n# more\n", one, NULL);

	put_input("a.pem", source);
	put(PATH, text);
	free_resource(PATH);
	give("sources", "a.pem");
	in_sync();
	ck_assert_str_eq(tmd_value_str(current("state")), "present");
	ck_assert_int_eq(current("count")->integer, 2);
	if (tmd_fs_has_modes())
		ck_assert_str_eq(tmd_value_str(current("mode")), "0644");
	list_is(current("problems"), 0, NULL);
	list_is(current("certificates"), 0, NULL);
	file_is(PATH, text);
	free(source);
}
END_TEST

START_TEST(only_the_difference_is_reported)
{
	char *source = make_joined(one, two, NULL);

	put_input("a.pem", source);
	put_text(PATH, make_joined(two, three, NULL));
	free_resource(PATH);
	give("sources", "a.pem");
	look();
	ck_assert_str_eq(drift(), "certificates");
	list_is(current("certificates"), 1, "CN=Three (sha256 ");
	list_is(desired("certificates"), 1, "CN=One (sha256 ");
	converge();
	holds(PATH, one, two, NULL);
	free(source);
}
END_TEST

START_TEST(the_diff_is_one_sorted_line_for_each_certificate)
{
	struct tmd_error err;
	char hex[65];
	size_t len;
	unsigned char *der = make_der(one, &len);
	char *line;

	tmd_sha256_hex(der, len, hex);
	put_text(PATH, make_joined(two, NULL));
	free_resource(PATH);
	give("extra", one);
	look();
	ck_ok(tmd_type_bundle.plan(&ctx, &r, &set, &err), err);
	ctx_describe(&ctx, &set, &r);
	ck_assert_str_eq(r.diff.path, PATH);
	ck_assert(tmd_str_starts(r.diff.before, "CN=Two (sha256 "));
	line = tmd_format("CN=One (sha256 %s)\n%s", hex, r.diff.before);
	ck_assert_str_eq(r.diff.after, line);
	free(line);
	OPENSSL_free(der);
}
END_TEST

START_TEST(extra_is_appended_to_a_file_without_sources)
{
	char *text = make_joined("# by hand\n", two, "# end", NULL);
	char *crlf = make_replaced(two, "\n", "\r\n");
	char *crlf_one = make_replaced(one, "\n", "\r\n");

	put(PATH, text);
	free_resource(PATH);
	give("extra", one);
	converge();
	file_is(PATH, make_joined(text, "\n", one, NULL));
	in_sync();
	put(PATH, crlf);
	converge();
	file_is(PATH, make_joined(crlf, crlf_one, NULL));
	free(crlf_one);
	free(crlf);
	free(text);
}
END_TEST

START_TEST(duplicates_and_the_final_newline_are_mended_in_place)
{
	char *text = make_joined("# a\n", one, "# b\n", two, one, "# c", NULL);

	put_text(PATH, text);
	free_resource(PATH);
	look();
	ck_assert_str_eq(drift(), "problems");
	list_is(current("problems"), 2, "the same certificate");
	converge();
	file_is(PATH, make_joined("# a\n", one, "# b\n", two, "# c\n", NULL));
}
END_TEST

START_TEST(glued_blocks_garbage_and_damage_are_cleaned_up)
{
	char *bad = make_replaced(three, "MII", "M*I");
	char *glued = make_joined(one, NULL);
	char *text;

	glued[strlen(glued) - 1] = '\0';
	text = make_joined(glued, two, "what is this\n", bad, NULL);
	put(PATH, text);
	free_resource(PATH);
	look();
	ck_assert_str_eq(drift(), "problems");
	converge();
	holds(PATH, one, two, NULL);
	free(text);
	free(glued);
	free(bad);
}
END_TEST

START_TEST(a_hidden_block_is_mended_with_its_titles_and_told_of)
{
	char *bad = make_replaced(one, "-----BEGIN", "----BEGIN");
	char *text = make_joined("Alias name: one\n", bad, "****\n", two, NULL);

	put(PATH, text);
	free_resource(PATH);
	tmd_value_set_bool(&input[field("backup")], true);
	look();
	ck_assert_str_eq(drift(), "certificates problems");
	list_is(current("problems"), 1, "line 2: a damaged BEGIN line");
	converge();
	file_step(&set, 0, &tmd_step_backup);
	file_is(PATH, make_joined("Alias name: one\n", one, "****\n", two, NULL));
	in_sync();
	free(text);
	free(bad);
}
END_TEST

START_TEST(a_loss_that_cannot_be_mended_stays_and_is_no_drift)
{
	struct tmd_error err;
	char *cut = tmd_strndup(one + 28, 130);
	char *text = make_joined(two, cut, "\n", NULL);

	put(PATH, text);
	free_resource(PATH);
	in_sync();
	list_is(current("problems"), 1, "base64 outside of any block");
	ck_assert(warned("base64 outside of any block"));
	give("extra", three);
	look();
	ck_ok(tmd_type_bundle.plan(&ctx, &r, &set, &err), err);
	carry_out();
	file_is(PATH, make_joined(text, three, NULL));
	in_sync();
	free(text);
	free(cut);
}
END_TEST

START_TEST(settings_with_a_certificate_in_them_are_no_bundle)
{
	static const char *const before[] = { "{\"ca\": \"", "ca: \"", "export CA=\"" };
	static const char *const says[] = {
		"this is JSON with a certificate in it",
		"line 1: the newlines of a block are written as",
		"line 1: the newlines of a block are written as",
	};
	char *flat = make_replaced(one, "\n", "\\n");

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		char *text = make_joined(before[i], flat, "\"}\n", NULL);

		put(PATH, text);
		free_resource(PATH);
		plan_fails(TMD_E_CONFLICT, says[i]);
		file_is(PATH, text);
	}
	put(PATH, flat);
	free_resource(PATH);
	converge();
	holds(PATH, one, NULL);
	free(flat);
}
END_TEST

START_TEST(a_source_that_hides_a_block_gives_it_with_a_warning)
{
	char *bad = make_replaced(one, "CERTIFICATE-----\nMII", "CERTIFICATE----\nMII");
	char *text = make_joined(bad, two, NULL);

	put_input("a.pem", text);
	free_resource(PATH);
	give("sources", "a.pem");
	converge();
	holds(PATH, one, two, NULL);
	ck_assert(warned("a.pem: line 1: a damaged BEGIN line"));
	free_resource(PATH);
	give("sources", text);
	in_sync();
	ck_assert(warned("a source given as text: line 1: a damaged BEGIN line"));
	free_resource(PATH);
	give("extra", text);
	plan_fails(TMD_E_REFUSED, "2 certificates in it: CN=Two; line 1: a damaged BEGIN line");
	free_resource(PATH);
	give("requires", bad);
	plan_fails(TMD_E_REFUSED, "OpenSSL cannot read it: line 1: a damaged BEGIN line");
	free(text);
	free(bad);
}
END_TEST

START_TEST(a_web_page_is_replaced_from_sources_only)
{
	put_input("a.pem", one);
	put(PATH, "<!DOCTYPE html>\n<html></html>\n");
	free_resource(PATH);
	plan_fails(TMD_E_CONFLICT, "HTML");
	free_resource(PATH);
	give("sources", "a.pem");
	converge();
	holds(PATH, one, NULL);
}
END_TEST

START_TEST(a_missing_file_needs_sources)
{
	struct tmd_error err;

	free_resource(PATH);
	give("extra", one);
	err = plan_fails(TMD_E_INVALID_INPUT, "nothing to make one from");
	ck_assert_ptr_nonnull(strstr(err.hint, "sources"));
}
END_TEST

START_TEST(get_reads_without_any_wish)
{
	char *old = make_pem(&(struct make_cert){
		.cn = "Old", .basic = "CA:TRUE", .not_after = "20100101000000Z" });
	char *text = make_joined(old, one, old, NULL);
	char hex[65];

	tmd_sha256_hex(text, strlen(text), hex);
	put(PATH, text);
	resource(PATH);
	look();
	ck_assert_int_eq(current("count")->integer, 3);
	ck_assert_str_eq(tmd_value_str(current("sha256")), hex);
	list_is(current("expired"), 1, "CN=Old (2010-01-01)");
	list_is(current("missing"), 1,
		"builtin:starfield-services-root-g2 or builtin:amazon-root-ca-1");
	list_is(current("problems"), 1, "the same certificate as on line 1");
	resource("/nowhere/bundle.pem");
	look();
	ck_assert_str_eq(tmd_value_str(current("state")), "absent");
	ck_assert_int_eq(current("count")->kind, TMD_V_NULL);
	ck_assert_uint_eq(r.warnings.count, 0);
	free(text);
	free(old);
}
END_TEST

START_TEST(a_source_may_be_the_file_itself)
{
	char *source;

	put_text(PATH, make_joined(one, two, NULL));
	source = tmd_format("%s/root%s", dir, PATH);
	free_resource(PATH);
	give("sources", source);
	give("extra", three);
	converge();
	holds(PATH, one, two, three, NULL);
	in_sync();
	free(source);
}
END_TEST

START_TEST(a_link_stays_and_its_target_changes)
{
	char from[UNIT_DIR_MAX + 32];

	put_input("a.pem", two);
	put("/srv/real.pem", one);
	snprintf(from, sizeof(from), "%s/root/srv/link.pem", dir);
	if (!unit_symlink("real.pem", from)) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	free_resource("/srv/link.pem");
	give("sources", "a.pem");
	converge();
	identity_is("/srv/real.pem");
	ck_assert_str_eq(r.name, "/srv/link.pem");
	holds("/srv/real.pem", two, NULL);
	ck_assert(unit_is_link(from));
}
END_TEST

START_TEST(a_directory_is_no_bundle)
{
	struct tmd_error err;

	put("/opt/ca/x", "");
	free_resource("/opt/ca");
	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	ck_fails(tmd_resource_read(&ctx, &r, &err), err, TMD_E_REFUSED);
}
END_TEST

/* ---- mode and backup ---- */

START_TEST(bad_modes_are_refused)
{
	static const char *const bad[] = { "", "rw-r--r--", "64", "0888", "07777", "-644" };
	struct tmd_error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		free_resource(PATH);
		give("mode", bad[i]);
		ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_INVALID_INPUT);
	}
	free_resource(PATH);
	give("mode", "0666");
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_REFUSED);
}
END_TEST

/* A profile that Linux and Windows share gives the defaults: they ask for nothing on Windows. */
START_TEST(the_defaults_of_mode_and_owner_converge_everywhere)
{
	static const char *const modes[] = { "0644", "644" };

	put(PATH, one);
	for (int i = 0; i < 2; i++) {
		free_resource(i ? "/opt/ca/new.pem" : PATH);
		give("mode", modes[_i]);
		if (!tmd_fs_has_modes()) {
			give("owner", "root");
			give("group", "root");
		}
		if (i) {
			give("sources", one);
			converge();
		}
		in_sync();
	}
}
END_TEST

START_TEST(what_files_do_not_have_is_refused_before_anything_is_done)
{
	static const char *const wishes[][2] = {
		{ "mode", "0600" }, { "mode", "0444" }, { "owner", "render" }, { "group", "artists" }
	};
	struct tmd_error err;

	if (tmd_fs_has_modes())
		return;
	free_resource(PATH);
	give(wishes[_i][0], wishes[_i][1]);
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_UNSUPPORTED);
	ck_assert_str_ne(err.hint, "");
}
END_TEST

START_TEST(backup_is_asked_for_with_the_write)
{
	struct tmd_error err;

	put(PATH, one);
	free_resource(PATH);
	give("extra", two);
	tmd_value_set_bool(&input[field("backup")], true);
	look();
	ck_ok(tmd_type_bundle.plan(&ctx, &r, &set, &err), err);
	file_step(&set, 0, &tmd_step_backup);
}
END_TEST

/* ---- requirements ---- */

START_TEST(an_unmet_requirement_refuses_before_anything_is_touched)
{
	struct tmd_error err;

	put_input("a.pem", one);
	resource(PATH);
	give("sources", "a.pem");
	err = plan_fails(TMD_E_REFUSED, "builtin:starfield-services-root-g2");
	ck_assert_str_eq(err.path, PATH);
	put(PATH, two);
	plan_fails(TMD_E_REFUSED, "the bundle would lack");
	file_is(PATH, strdup(two));
}
END_TEST

START_TEST(either_alternative_meets_the_default_requirement)
{
	put(PATH, starfield);
	resource(PATH);
	in_sync();
	put(PATH, amazon);
	in_sync();
	list_is(current("missing"), 0, NULL);
	put(PATH, one);
	plan_fails(TMD_E_REFUSED, "lack");
}
END_TEST

START_TEST(requirements_are_met_by_extra)
{
	put(PATH, one);
	resource(PATH);
	give("extra", "builtin:amazon-root-ca-1");
	look();
	ck_assert_str_eq(drift(), "certificates missing");
	converge();
	holds(PATH, one, amazon, NULL);
}
END_TEST

START_TEST(requirements_come_in_four_forms)
{
	static const char hex[] =
		"8e:cd:e6:88:4f:3d:87:b1:12:5b:a3:1a:c3:fc:b1:3d:70:16:de:7f:57:cc:90:4f:e1:cb:97:"
		"c6:ae:98:19:6e";

	put_input("two.pem", two);
	put_text(PATH, make_joined(one, two, amazon, NULL));
	resource(PATH);
	give("requires", one);
	give("requires", "two.pem");
	give("requires", hex);
	give("requires", "builtin:amazon-root-ca-4 or builtin:amazon-root-ca-1");
	in_sync();
	give("requires", three);
	give("requires", "builtin:amazon-root-ca-4 or builtin:amazon-root-ca-3");
	look();
	list_is(current("missing"), 2, "CN=Three");
	plan_fails(TMD_E_REFUSED, "CN=Three, and more");
}
END_TEST

START_TEST(an_unreadable_requirement_fails_the_plan_and_not_the_reading)
{
	struct tmd_error err;

	put(PATH, one);
	resource(PATH);
	give("requires", "nowhere.pem");
	err = plan_fails(TMD_E_NOT_FOUND, "as a requirement");
	ck_assert_ptr_nonnull(strstr(err.path, "nowhere.pem"));
}
END_TEST

START_TEST(unknown_builtin_names_are_input_errors)
{
	struct tmd_error err;

	resource(PATH);
	give("requires", "builtin:amazon-root-ca-1 or builtin:verisign");
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_INVALID_INPUT);
	ck_assert_ptr_nonnull(strstr(err.message, "'requires'"));
	resource(PATH);
	give("extra", "builtin:");
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_INVALID_INPUT);
	resource(PATH);
	give("extra", "");
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

/* ---- refused inputs ---- */

static void source_refused(const char *text, const char *word)
{
	struct tmd_error err;

	put_input("bad.pem", text);
	free_resource(PATH);
	give("sources", "bad.pem");
	err = plan_fails(TMD_E_REFUSED, word);
	ck_assert(tmd_str_starts(err.message, "cannot be used as a source: "));
	ck_assert_str_eq(err.path, "bad.pem");
}

START_TEST(bad_sources_are_refused_by_name)
{
	char *key = make_key_pem();
	char *with_key = make_joined(one, key, NULL);
	char *bad = make_replaced(two, "MII", "M*I");
	char *broken = make_joined(one, bad, NULL);

	put(PATH, three);
	source_refused("<!DOCTYPE html><html>", "HTML");
	source_refused("", "empty");
	source_refused("some text\n", "no certificate");
	source_refused(with_key, "private key");
	source_refused(broken, "OpenSSL would not load it");
	free_resource(PATH);
	give("sources", "nowhere.pem");
	plan_fails(TMD_E_NOT_FOUND, "as a source");
	free_resource(PATH);
	give("sources", ".");
	plan_fails(TMD_E_REFUSED, "as a source");
	file_is(PATH, strdup(three));
	free(broken);
	free(bad);
	free(with_key);
	free(key);
}
END_TEST

START_TEST(extra_must_be_one_ca_each)
{
	char *leaf = make_pem(
		&(struct make_cert){ .cn = "leaf", .basic = "CA:FALSE", .other_issuer = true });
	char *client = make_pem(
		&(struct make_cert){ .cn = "Client", .basic = "CA:TRUE", .eku = "clientAuth" });
	char *several = make_joined(one, two, NULL);

	put(PATH, three);
	put_input("several.pem", several);
	free_resource(PATH);
	give("extra", "several.pem");
	plan_fails(TMD_E_REFUSED, "2 certificates");
	free_resource(PATH);
	give("extra", leaf);
	plan_fails(TMD_E_REFUSED, "no CA (basicConstraints CA:FALSE); it was issued by "
				  "CN=Some Issuer");
	free_resource(PATH);
	give("extra", client);
	plan_fails(TMD_E_REFUSED, "its extended key usage lacks serverAuth");
	free(client);
	free(several);
	free(leaf);
}
END_TEST

START_TEST(a_private_key_in_the_input_is_refused_and_forgotten)
{
	char *key = make_key_pem();
	char *both = make_joined(one, key, NULL);
	struct tmd_error err;

	free_resource(PATH);
	give("extra", both);
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "private key"));
	ck_assert_int_eq(tmd_resource_told(&r, field("extra"))->kind, TMD_V_NULL);
	ck_assert_str_eq(r.input[field("extra")].list.items[0], both);
	put_input("key.pem", key);
	put(PATH, one);
	free_resource(PATH);
	give("extra", "key.pem");
	plan_fails(TMD_E_REFUSED, "private key");
	free(both);
	free(key);
}
END_TEST

START_TEST(doubtful_extras_are_warned_about)
{
	char *old = make_pem(&(struct make_cert){
		.cn = "Old", .basic = "CA:TRUE", .not_after = "20100101000000Z" });
	char *server = make_pem(&(struct make_cert){ .cn = "Server", .basic = "CA:FALSE" });
	char *middle = make_pem(
		&(struct make_cert){ .cn = "Middle", .basic = "CA:TRUE", .other_issuer = true });

	put(PATH, one);
	free_resource(PATH);
	give("extra", old);
	give("extra", server);
	give("extra", middle);
	converge();
	holds(PATH, one, old, server, middle, NULL);
	ck_assert(warned("CN=Old expired on 2010-01-01"));
	ck_assert(warned("CN=Old: Python 3.13 and later refuse it"));
	ck_assert(warned("CN=Server: it is a server's own certificate"));
	ck_assert(warned("CN=Middle: it was issued by CN=Some Issuer, which is not here"));
	list_is(current("expired"), 1, "CN=Old");
	free(middle);
	free(server);
	free(old);
}
END_TEST

START_TEST(an_intermediate_beside_its_issuer_needs_no_word)
{
	char *middle = make_pem(
		&(struct make_cert){ .cn = "Middle", .basic = "CA:TRUE", .other_issuer = true });
	char *issuer = make_ca("Some Issuer");

	put(PATH, one);
	free_resource(PATH);
	give("extra", middle);
	give("extra", issuer);
	converge();
	ck_assert(!warned("which is not here"));
	free(issuer);
	free(middle);
}
END_TEST

START_TEST(sources_without_any_effect_are_refused_and_some_are_told)
{
	char *leaf = make_pem(
		&(struct make_cert){ .cn = "leaf", .basic = "CA:FALSE", .other_issuer = true });
	char *chain = make_joined(leaf, two, NULL);

	put_input("leaf.pem", leaf);
	put_input("chain.pem", chain);
	free_resource(PATH);
	give("sources", "leaf.pem");
	plan_fails(TMD_E_REFUSED, "no CA (basicConstraints CA:FALSE)");
	free_resource(PATH);
	give("sources", "chain.pem");
	converge();
	holds(PATH, leaf, two, NULL);
	ck_assert(warned("1 of its certificates would have no effect, on line 1 CN=leaf"));
	free(chain);
	free(leaf);
}
END_TEST

START_TEST(of_a_long_list_only_what_others_issued_is_looked_at)
{
	char *leaf = make_pem(
		&(struct make_cert){ .cn = "leaf", .basic = "CA:FALSE", .other_issuer = true });
	char *list = make_joined(leaf, NULL);

	for (int i = 0; i < 20; i++) {
		char *more = make_pem(&(struct make_cert){
			.cn = "Client", .basic = "CA:TRUE", .eku = "clientAuth", .serial = i + 1 });
		char *longer = make_joined(list, more, NULL);

		free(list);
		free(more);
		list = longer;
	}
	put_input("list.pem", list);
	free_resource(PATH);
	give("sources", "list.pem");
	converge();
	ck_assert(warned("1 of its certificates would have no effect"));
	free(list);
	free(leaf);
}
END_TEST

START_TEST(a_block_that_rejects_servers_does_not_meet_a_requirement)
{
	BIO *bio = BIO_new(BIO_s_mem());
	BIO *in = BIO_new_mem_buf(one, -1);
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	char *rejecting;

	ck_assert_int_eq(X509_add1_reject_object(x, OBJ_nid2obj(NID_server_auth)), 1);
	PEM_write_bio_X509_AUX(bio, x);
	rejecting = make_text(bio);
	put_text(PATH, make_joined(two, rejecting, NULL));
	resource(PATH);
	give("requires", one);
	look();
	list_is(current("missing"), 1, "CN=One");
	list_is(current("problems"), 2, "a TRUSTED CERTIFICATE");
	ck_assert_ptr_nonnull(strstr(current("problems")->list.items[1], "reject it for servers"));
	free(rejecting);
	X509_free(x);
	BIO_free(in);
}
END_TEST

START_TEST(what_is_required_must_have_an_effect)
{
	char *client = make_pem(
		&(struct make_cert){ .cn = "Client", .basic = "CA:TRUE", .eku = "clientAuth" });
	char *both = make_joined(one, client, NULL);
	char sha256[65];
	size_t len;
	unsigned char *der = make_der(client, &len);

	tmd_sha256_hex(der, len, sha256);
	put(PATH, both);
	resource(PATH);
	give("requires", sha256);
	plan_fails(TMD_E_REFUSED, "it is there, without effect: its extended key usage");
	list_is(current("missing"), 1, sha256);
	resource(PATH);
	give("requires", client);
	plan_fails(TMD_E_REFUSED, "cannot be used as a requirement: CN=Client would have no effect");
	OPENSSL_free(der);
	free(both);
	free(client);
}
END_TEST

/* ---- files of others ---- */

START_TEST(a_file_with_a_private_key_is_never_touched)
{
	char *key = make_key_pem();
	char *text = make_joined(one, key, NULL);

	put_input("a.pem", one);
	put(PATH, text);
	free_resource(PATH);
	give("sources", "a.pem");
	plan_fails(TMD_E_CONFLICT, "private key");
	free_resource(PATH);
	give("state", "absent");
	plan_fails(TMD_E_CONFLICT, "private key");
	file_is(PATH, text);
	free(key);
}
END_TEST

START_TEST(a_file_that_is_no_bundle_is_never_touched)
{
	put_input("a.pem", one);
	put(PATH, "root:x:0:0:root:/root:/bin/bash\n");
	free_resource(PATH);
	give("sources", "a.pem");
	plan_fails(TMD_E_CONFLICT, "no CA bundle");
	free_resource(PATH);
	give("state", "absent");
	plan_fails(TMD_E_CONFLICT, "no CA bundle");
	put(PATH, "<!doctype html>");
	plan_fails(TMD_E_CONFLICT, "no certificate in this file");
}
END_TEST

START_TEST(absent_removes_a_bundle)
{
	put(PATH, one);
	resource(PATH);
	give("state", "absent");
	look();
	ck_assert_str_eq(drift(), "state");
	converge();
	ck_assert(!tmd_fs_exists(ctx.fs, PATH));
	ck_assert_ptr_null(r.diff.after);
	in_sync();
}
END_TEST

START_TEST(absent_with_backup_keeps_the_content)
{
	put(PATH, one);
	resource(PATH);
	give("state", "absent");
	tmd_value_set_bool(&input[field("backup")], true);
	converge();
	ck_assert(!tmd_fs_exists(ctx.fs, PATH));
	file_is(PATH ".trustmend-backup", strdup(one));
}
END_TEST

START_TEST(trusted_certificates_are_not_made_plain)
{
	X509 *x = make_x509(&(struct make_cert){ .cn = "T", .basic = "CA:TRUE" });
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;

	X509_add1_reject_object(x, OBJ_nid2obj(NID_server_auth));
	PEM_write_bio_X509_AUX(bio, x);
	pem = make_text(bio);
	put_text(PATH, make_joined(one, pem, NULL));
	free_resource(PATH);
	plan_fails(TMD_E_CONFLICT, "trust settings");
	source_refused(pem, "trust settings");
	free(pem);
	X509_free(x);
}
END_TEST

static Suite *bundle_suite(void)
{
	Suite *suite = suite_create("resources/bundle");
	TCase *tcase = tcase_create("bundle");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_new_bundle_is_made_from_sources_and_extra_in_order);
	tcase_add_test(tcase, the_text_is_the_same_every_time_and_names_each_certificate);
	tcase_add_test(tcase, a_certificate_in_several_sources_is_written_once);
	tcase_add_test(tcase, sources_are_newline_safe);
	tcase_add_test(tcase, long_subjects_stay_within_a_line_that_openssl_reads_whole);
	tcase_add_test(tcase, a_healthy_file_with_the_right_set_keeps_every_byte);
	tcase_add_test(tcase, only_the_difference_is_reported);
	tcase_add_test(tcase, the_diff_is_one_sorted_line_for_each_certificate);
	tcase_add_test(tcase, extra_is_appended_to_a_file_without_sources);
	tcase_add_test(tcase, duplicates_and_the_final_newline_are_mended_in_place);
	tcase_add_test(tcase, glued_blocks_garbage_and_damage_are_cleaned_up);
	tcase_add_test(tcase, a_hidden_block_is_mended_with_its_titles_and_told_of);
	tcase_add_test(tcase, a_loss_that_cannot_be_mended_stays_and_is_no_drift);
	tcase_add_test(tcase, settings_with_a_certificate_in_them_are_no_bundle);
	tcase_add_test(tcase, a_source_that_hides_a_block_gives_it_with_a_warning);
	tcase_add_test(tcase, a_web_page_is_replaced_from_sources_only);
	tcase_add_test(tcase, a_missing_file_needs_sources);
	tcase_add_test(tcase, get_reads_without_any_wish);
	tcase_add_test(tcase, a_source_may_be_the_file_itself);
	tcase_add_test(tcase, a_link_stays_and_its_target_changes);
	tcase_add_test(tcase, a_directory_is_no_bundle);
	tcase_add_test(tcase, bad_modes_are_refused);
	tcase_add_test(tcase, backup_is_asked_for_with_the_write);
	tcase_add_test(tcase, an_unmet_requirement_refuses_before_anything_is_touched);
	tcase_add_test(tcase, either_alternative_meets_the_default_requirement);
	tcase_add_test(tcase, requirements_are_met_by_extra);
	tcase_add_test(tcase, requirements_come_in_four_forms);
	tcase_add_test(tcase, an_unreadable_requirement_fails_the_plan_and_not_the_reading);
	tcase_add_test(tcase, unknown_builtin_names_are_input_errors);
	tcase_add_test(tcase, bad_sources_are_refused_by_name);
	tcase_add_test(tcase, extra_must_be_one_ca_each);
	tcase_add_test(tcase, a_private_key_in_the_input_is_refused_and_forgotten);
	tcase_add_test(tcase, doubtful_extras_are_warned_about);
	tcase_add_test(tcase, an_intermediate_beside_its_issuer_needs_no_word);
	tcase_add_test(tcase, sources_without_any_effect_are_refused_and_some_are_told);
	tcase_add_test(tcase, of_a_long_list_only_what_others_issued_is_looked_at);
	tcase_add_test(tcase, what_is_required_must_have_an_effect);
	tcase_add_test(tcase, a_block_that_rejects_servers_does_not_meet_a_requirement);
	tcase_add_test(tcase, a_file_with_a_private_key_is_never_touched);
	tcase_add_test(tcase, a_file_that_is_no_bundle_is_never_touched);
	tcase_add_test(tcase, absent_removes_a_bundle);
	tcase_add_test(tcase, absent_with_backup_keeps_the_content);
	tcase_add_test(tcase, trusted_certificates_are_not_made_plain);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(bundle_suite)
