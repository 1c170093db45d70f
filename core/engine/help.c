/* Short by default: what fits on a screen is read. */
#include "engine/help.h"

#include <string.h>

#include "base/str.h"

#define COLUMNS_MIN 80 /* narrower terminals fold the lines */
#define GIST_MIN 12    /* characters of a sentence that are worth a place */

static bool single(const struct tmd_type *const *types)
{
	return types[0] && !types[1];
}

/* "trustmend env " */
static void add_call(const struct tmd_options *options, const struct tmd_type *const *types,
		     struct tmd_buf *out)
{
	tmd_buf_addf(out, "%s ", options->program);
	if (options->type && !single(types))
		tmd_buf_addf(out, "%s ", options->type->name);
}

/* ---- attributes ---- */

static bool is_settable(const struct tmd_field *field)
{
	return !(field->flags & TMD_F_READ_ONLY);
}

static const char *need_text(const struct tmd_field *field)
{
	if (field->flags & TMD_F_ALTERNATIVE)
		return "exactly one of these is required";
	if (field->flags & TMD_F_KEY)
		return "required";
	if (!(field->flags & TMD_F_REQUIRED))
		return NULL;
	return field->flags & TMD_F_UNLESS_ABSENT ? "for plan and apply, unless state=absent" :
						    "for plan and apply";
}

/* "present|absent", "true|false", "NUMBER"; nothing where any text will do. */
static void add_permitted(const struct tmd_field *field, struct tmd_buf *out)
{
	if (field->choices) {
		for (size_t i = 0; field->choices[i]; i++)
			tmd_buf_addf(out, "%s%s", i ? "|" : "", field->choices[i]);
		return;
	}
	if (field->type == TMD_T_BOOL)
		tmd_buf_add_str(out, "true|false");
	if (field->type == TMD_T_INT)
		tmd_buf_add_str(out, "NUMBER");
	if (field->type == TMD_T_MAP)
		tmd_buf_add_str(out, "KEY=VALUE");
}

/* The values, the default, whether it is needed, and whether it may be given several times. */
static void add_facts(const struct tmd_field *field, struct tmd_buf *out)
{
	const char *need = need_text(field);
	size_t start = out->len;

	add_permitted(field, out);
	if (field->fallback)
		tmd_buf_addf(out, "%sdefault %s", out->len > start ? ", " : "", field->fallback);
	if (need)
		tmd_buf_addf(out, "%s%s", out->len > start ? ", " : "", need);
	if (tmd_field_collects(field))
		tmd_buf_addf(out, "%srepeat it", out->len > start ? ", " : "");
}

/* Bytes of the first sentence, without its full stop. */
static size_t sentence_len(const char *doc)
{
	const char *end = strstr(doc, ". ");

	return end ? (size_t)(end - doc) : strlen(doc) - tmd_str_ends(doc, ".");
}

/* The first sentence, or the words of it that fit and an ellipsis. */
static void add_gist(const char *doc, size_t room, struct tmd_buf *out)
{
	size_t len = sentence_len(doc);

	if (len <= room) {
		tmd_buf_add(out, doc, len);
		return;
	}
	for (len = room - 2; len && doc[len] != ' '; len--)
		;
	while (len && strchr(" ,:;(", doc[len - 1]))
		len--;
	tmd_buf_add(out, doc, len);
	tmd_buf_add_str(out, " …");
}

static size_t longest_name(const struct tmd_type *type)
{
	size_t longest = 0;

	for (size_t i = 0; i < type->field_count; i++) {
		size_t len = strlen(type->fields[i].name);

		if (is_settable(&type->fields[i]) && len > longest)
			longest = len;
	}
	return longest;
}

static void add_brief(const struct tmd_type *type, unsigned columns, struct tmd_buf *out)
{
	size_t longest = longest_name(type);

	for (size_t i = 0; i < type->field_count; i++) {
		const struct tmd_field *field = &type->fields[i];
		TMD_AUTO_BUF struct tmd_buf facts = { 0 };
		size_t used;

		if (!is_settable(field))
			continue;
		add_facts(field, &facts);
		used = 2 + longest + 2 + (facts.len ? facts.len + 3 : 0);
		tmd_buf_addf(out, facts.len ? "  %-*s  (%s) " : "  %-*s  %s", (int)longest,
			     field->name, tmd_buf_str(&facts));
		if (used + GIST_MIN < columns)
			add_gist(field->doc, columns - 1 - used, out);
		tmd_buf_add_char(out, '\n');
	}
}

static void add_whole(const struct tmd_type *type, struct tmd_buf *out)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct tmd_field *field = &type->fields[i];
		TMD_AUTO_BUF struct tmd_buf facts = { 0 };

		if (!is_settable(field))
			continue;
		add_facts(field, &facts);
		tmd_buf_addf(out, "  %s%s%s%s\n      %s\n", field->name, facts.len ? " (" : "",
			     tmd_buf_str(&facts), facts.len ? ")" : "", field->doc);
	}
	tmd_buf_add_str(out, "\nA list takes its attribute several times; attribute= empties it.\n");
}

/* ---- verbs and options ---- */

/* `type` NULL: the verbs of a program with several types. */
static void add_verbs(const struct tmd_type *type, struct tmd_buf *out)
{
	static const char *const texts[TMD_VERB_COUNT] = {
		[TMD_VERB_GET] = "reads the current state",
		[TMD_VERB_PLAN] = "shows what apply would change; writes nothing",
		[TMD_VERB_APPLY] = "converges, reads again, and fails if that did not help",
		[TMD_VERB_LIST] = "reads every one that there is",
		[TMD_VERB_DESCRIBE] = "prints the attributes as JSON Schema",
		[TMD_VERB_CHECK] = "one screen: what works, what not, what to type; explain says why",
	};

	for (int verb = 0; verb < TMD_VERB_COUNT; verb++) {
		if (texts[verb] && (!type || tmd_verb_is_offered((enum tmd_verb)verb, type)))
			tmd_buf_addf(out, "  %-8s  %s\n", tmd_verb_name((enum tmd_verb)verb),
				     texts[verb]);
	}
}

static void add_options(struct tmd_buf *out)
{
	tmd_buf_add_str(out,
			"  --set NAME=VALUE        a variable of the profile; repeat for lists\n"
			"  --input FILE|-          resources as JSON, one or {\"resources\": […]}\n"
			"  --output json|text      default: text on a terminal, JSON otherwise\n"
			"  --root DIR              an offline image: managed paths are inside it\n"
			"  --diff, --no-observe    the lines of files that change; ask no login shell\n"
			"  --detailed-exitcode     10 where something changed, would, or (get) differs\n"
			"  --lock-timeout SECONDS  wait so long for another run: 0 to 3600, default 60\n"
			"  -v, -h, --version       more (of --help too); help, of a type behind it\n"
			"Exit: 0 done, 1 failed or lacks rights, 2 usage, 3 unsupported, 4 lock, 70 bug\n");
}

/* The option stands for an attribute. */
static bool takes_under(const struct tmd_type *type)
{
	size_t i = tmd_field_find(type->fields, type->field_count, "under");

	return i < type->field_count && type->fields[i].flags & TMD_F_WHERE;
}

static void add_type_options(const struct tmd_type *type, struct tmd_buf *out)
{
	tmd_buf_addf(out,
		     "Options: --input FILE|-, --output json|text, --root DIR, %s--diff,\n"
		     "  -v, --detailed-exitcode, --lock-timeout SECONDS (0 to 3600)\n"
		     "All that there is to say: --help -v\n",
		     takes_under(type) ? "--under DIR, " : "");
}

/* What list takes: " [store=…]". */
static void add_places(const struct tmd_type *type, struct tmd_buf *out)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].flags & TMD_F_WHERE)
			tmd_buf_addf(out, " [%s=…]", type->fields[i].name);
	}
}

static void add_usage(const struct tmd_options *options, const struct tmd_type *const *types,
		      struct tmd_buf *out)
{
	const struct tmd_type *type = options->type;

	tmd_buf_add_str(out, "Usage: ");
	add_call(options, types, out);
	tmd_buf_addf(out, "%s [options] attribute=value …\n       ",
		     tmd_verb_is_offered(TMD_VERB_APPLY, type) ? "get|plan|apply" : "get");
	add_call(options, types, out);
	if (tmd_verb_is_offered(TMD_VERB_LIST, type)) {
		tmd_buf_add_str(out, "list [options]");
		add_places(type, out);
		tmd_buf_add_str(out, "\n       ");
		add_call(options, types, out);
	}
	tmd_buf_addf(out, "describe\n\n%s\n\n", type->summary);
}

static void add_type(const struct tmd_options *options, const struct tmd_type *const *types,
		     unsigned columns, struct tmd_buf *out)
{
	add_usage(options, types, out);
	if (!options->verbose) {
		add_brief(options->type, columns, out);
		tmd_buf_add_char(out, '\n');
		add_type_options(options->type, out);
		return;
	}
	add_whole(options->type, out);
	tmd_buf_add_char(out, '\n');
	add_verbs(options->type, out);
	tmd_buf_add_char(out, '\n');
	add_options(out);
}

static void add_types(const char *program, const struct tmd_type *const *types, bool verbose,
		      struct tmd_buf *out)
{
	tmd_buf_add_str(out, verbose ? "\nTypes:\n" : "\nTypes:");
	for (const struct tmd_type *const *type = types; *type; type++) {
		if (verbose)
			tmd_buf_addf(out, "  %-8s  %s\n", (*type)->name, (*type)->summary);
		else
			tmd_buf_addf(out, "%s %s", type == types ? "" : ",", (*type)->name);
	}
	tmd_buf_addf(out, "%s`%s TYPE --help` lists the attributes.\n\n", verbose ? "" : ". ", program);
}

static void add_program(const char *program, const struct tmd_type *const *types, bool verbose,
			struct tmd_buf *out)
{
	tmd_buf_addf(out,
		     "Usage: %s [check|get|plan|apply] [options] [PROFILE.yml]  (shotgrid-ssl)\n"
		     "       %s TYPE get|plan|apply [options] attribute=value …\n"
		     "       %s [TYPE] list [--under DIR], %s describe [TYPE|PROFILE]\n\n",
		     program, program, program, program);
	add_verbs(NULL, out);
	add_types(program, types, verbose, out);
	add_options(out);
}

void tmd_help(const struct tmd_options *options, const struct tmd_type *const *types,
	      unsigned columns, struct tmd_buf *out)
{
	struct tmd_options about = *options;

	if (single(types))
		about.type = types[0];
	if (columns < COLUMNS_MIN)
		columns = COLUMNS_MIN;
	if (about.type)
		add_type(&about, types, columns, out);
	else
		add_program(options->program, types, options->verbose, out);
}

/* ---- examples ---- */

/* "list", with where to look where the type has to be told. */
static void add_list(const struct tmd_options *options, const struct tmd_type *const *types,
		     struct tmd_buf *out)
{
	tmd_buf_add_str(out, "  ");
	add_call(options, types, out);
	tmd_buf_add_str(out, "list");
	if (options->type->list_needs)
		tmd_buf_addf(out, " %s=/mnt/projects", options->type->list_needs);
	tmd_buf_add_char(out, '\n');
}

static void add_keys(const struct tmd_type *type, struct tmd_buf *out)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (!(type->fields[i].flags & TMD_F_KEY))
			continue;
		tmd_buf_addf(out, " %s=…", type->fields[i].name);
		if (type->fields[i].flags & TMD_F_ALTERNATIVE)
			return;
	}
}

static void add_type_example(const struct tmd_options *options, const struct tmd_type *const *types,
			     const char *words, bool keys, struct tmd_buf *out)
{
	tmd_buf_add_str(out, "  ");
	add_call(options, types, out);
	tmd_buf_add_str(out, words);
	if (keys)
		add_keys(options->type, out);
	tmd_buf_add_char(out, '\n');
}

void tmd_help_examples(const struct tmd_options *options, const struct tmd_type *const *types,
		       struct tmd_buf *out)
{
	const char *program = options->program;

	tmd_buf_add_str(out, "Examples:\n");
	if (options->type) {
		add_type_example(options, types, "get", true, out);
		if (tmd_verb_is_offered(TMD_VERB_LIST, options->type))
			add_list(options, types, out);
		add_type_example(options, types, "--help", false, out);
		return;
	}
	tmd_buf_addf(out,
		     "  %s check          what works here, what does not, and what to type\n"
		     "  %s plan           what would change on this machine; writes nothing\n"
		     "  %s apply          mends it\n"
		     "  %s apply --set extra_ca=/srv/ca/studio-root.pem\n"
		     "  %s get            what is not as documented\n"
		     "  %s anchor list    every root of this machine\n"
		     "  %s list --under /mnt/projects\n"
		     "  %s --help         verbs, types and options\n",
		     program, program, program, program, program, program, program, program);
}
