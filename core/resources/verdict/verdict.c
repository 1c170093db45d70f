/*
 * The verdict type: which certificates a process trusts that uses the Python API, and what comes of
 * it. It changes nothing: what would mend it, other types do.
 */
#include "resources/verdict/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/types.h"

#define USE_DOC                                                                                    \
	": state (works, broken, unsure, not there), source, file, directory, loads, holds, "     \
	"host_names, strict and why."

static const struct tmd_field fields[TMD_VERDICT_FIELDS] = {
	[TMD_VERDICT_PYTHON_API] = { "python_api", TMD_T_PATH, TMD_F_KEY | TMD_F_ALTERNATIVE, NULL,
				     NULL,
				     "The copy of the Python API: the directory that holds "
				     "shotgun_api3, that directory itself, or an archive of it." },
	[TMD_VERDICT_CORE] = { "core", TMD_T_PATH, TMD_F_KEY | TMD_F_ALTERNATIVE, NULL, NULL,
			       "Instead of a copy: a Toolkit core, of which the copy inside is meant, "
			       "or a pipeline configuration, of which the core that runs is." },
	[TMD_VERDICT_PYTHON] = { "python", TMD_T_STRING, TMD_F_PARAM | TMD_F_PLACE, NULL, NULL,
				 "The interpreter, as an absolute path, or only its version, 3.11 for "
				 "one. When not given, the one whose packages the copy is among." },
	[TMD_VERDICT_ENVIRONMENT] = { "environment", TMD_T_MAP, TMD_F_PARAM, NULL, NULL,
				      "Variables of the process, laid over those that user brings; null "
				      "for one that is not set. Reported: those that matter." },
	[TMD_VERDICT_USER] = { "user", TMD_T_STRING, TMD_F_PARAM | TMD_F_WHERE, NULL, NULL,
			       "Who runs the process: the environment is that of his logins, as type "
			       "env reads it, and his rights count. When not given, the environment is "
			       "what environment says; for list it is the caller, or for root the first "
			       "person who has an account." },
	[TMD_VERDICT_CA_CERTS] = { "ca_certs", TMD_T_STRING, TMD_F_PARAM, NULL, NULL,
				   "What Shotgun() gets as ca_certs; an empty text is an argument too. "
				   "Not given, or null: no such argument." },
	[TMD_VERDICT_DIRECTORY] = { "directory", TMD_T_PATH, TMD_F_PARAM, NULL, NULL,
				    "The directory in which the process runs, where relative paths "
				    "begin. When not given, nobody can tell what they lead to." },
	[TMD_VERDICT_REQUIRES] = { "requires", TMD_T_LIST, TMD_F_PARAM | TMD_F_FILES,
				   "builtin:starfield-services-root-g2 or builtin:amazon-root-ca-1", NULL,
				   "Certificates that every connection needs: builtin:NAME, a file, PEM "
				   "text or a SHA-256 fingerprint; alternatives are joined by the word "
				   "or. An empty list requires nothing." },
	[TMD_VERDICT_OBSERVE] = { "observe", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
				  "Linux: have the interpreter itself run the API, as user, in a "
				  "sandbox that cannot change anything, up to where each connection "
				  "would begin, and report what it would trust there. Where that "
				  "cannot be, problems says why." },
	[TMD_VERDICT_UNDER] = { "under", TMD_T_LIST, TMD_F_WHERE | TMD_F_MANY, NULL, NULL,
				"For list: the directories below which copies, cores and interpreters "
				"are looked for, where wildcards are understood. When not given, the "
				"places where they usually lie." },
	[TMD_VERDICT_WORKS] = { "works", TMD_T_BOOL, TMD_F_READ_ONLY | TMD_F_BEYOND, NULL, NULL,
				"Do API calls and all transfers find what they require? Null: that "
				"cannot be told of one that is not broken." },
	[TMD_VERDICT_BASIS] = { "basis", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				"predicted: by rules, without running anything; observed: by "
				"running the API." },
	[TMD_VERDICT_PYTHON_API_VERSION] = { "python_api_version", TMD_T_STRING, TMD_F_READ_ONLY,
					     NULL, NULL, "The release of the Python API." },
	[TMD_VERDICT_CORE_VERSION] = { "core_version", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				       "The version of the core." },
	[TMD_VERDICT_PYTHON_VERSION] = { "python_version", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
					 "The version of the interpreter." },
	[TMD_VERDICT_API] = { "api", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
			      "API calls" USE_DOC },
	[TMD_VERDICT_FORM] = { "form", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
			       "Uploads through the site and thumbnails" USE_DOC },
	[TMD_VERDICT_STORAGE_UPLOAD] = { "storage_upload", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
					 "Uploads direct to cloud storage" USE_DOC },
	[TMD_VERDICT_SITE_DOWNLOAD] = { "site_download", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
					"Downloads from the site" USE_DOC },
	[TMD_VERDICT_STORAGE_DOWNLOAD] = { "storage_download", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
					   "Downloads from cloud storage" USE_DOC },
	[TMD_VERDICT_STORAGE_DOWNLOAD_AFTER] = { "storage_download_after", TMD_T_MAP,
						 TMD_F_READ_ONLY, NULL, NULL,
						 "The same after a download from the site, which in "
						 "some releases changes what the process trusts"
						 USE_DOC },
	[TMD_VERDICT_PROBLEMS] = { "problems", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
				   "What is broken or not known, and what else should be known, a "
				   "sentence each." },
	[TMD_VERDICT_FIXES] = { "fixes", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
				"What would make everything work with this release, the best first; "
				"each was judged as the process would be then." },
};

static const char *const backends[] = { "predicted", NULL };

/* ---- normalize ---- */

static const char *subject_path(const struct tmd_resource *r)
{
	const char *path = tmd_value_str(&r->input[TMD_VERDICT_PYTHON_API]);

	return path ? path : tmd_value_str(&r->input[TMD_VERDICT_CORE]);
}

/* A verdict is about a process: all that it is given says which one is meant. */
static char *identity_of(const struct tmd_resource *r)
{
	static const enum tmd_verdict_field texts[] = { TMD_VERDICT_PYTHON, TMD_VERDICT_USER,
							TMD_VERDICT_CA_CERTS, TMD_VERDICT_DIRECTORY };
	const struct tmd_value *environment = &r->input[TMD_VERDICT_ENVIRONMENT];
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_buf_addf(&out, "verdict:%s", subject_path(r));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *text = tmd_value_str(&r->input[texts[i]]);

		tmd_buf_addf(&out, "\n%s%s", text ? "=" : "", text ? text : "");
	}
	for (size_t i = 0; environment->kind == TMD_V_MAP && i < environment->list.count; i++)
		tmd_buf_addf(&out, "\n%s=%s", environment->list.items[i],
			     environment->map_values[i] ? environment->map_values[i] : "\001");
	return tmd_buf_steal(&out);
}

/* What is of no use here may be a secret. */
static void wish_for_environment(struct tmd_resource *r)
{
	const struct tmd_value *given = &r->input[TMD_VERDICT_ENVIRONMENT];
	struct tmd_value *out = &r->desired[TMD_VERDICT_ENVIRONMENT];

	tmd_value_release(out);
	tmd_resource_withhold(r, TMD_VERDICT_ENVIRONMENT);
	for (size_t i = 0; given->kind == TMD_V_MAP && i < given->list.count; i++) {
		if (tmd_surroundings_matter(given->list.items[i]))
			tmd_value_map_set(out, given->list.items[i], given->map_values[i]);
	}
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *path = subject_path(r);

	(void)ctx;
	if (!path)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"write python_api=DIRECTORY, or core=DIRECTORY",
				"verdict: neither python_api nor core is given");
	if (tmd_bundle_check_names(&r->desired[TMD_VERDICT_REQUIRES], err))
		return TMD_FAILED;
	free(r->identity);
	free(r->name);
	r->identity = identity_of(r);
	r->name = tmd_strdup(path);
	r->backend = backends[0];
	tmd_value_copy(&r->desired[TMD_VERDICT_PYTHON_API], &r->input[TMD_VERDICT_PYTHON_API]);
	tmd_value_copy(&r->desired[TMD_VERDICT_CORE], &r->input[TMD_VERDICT_CORE]);
	tmd_value_set_bool(&r->desired[TMD_VERDICT_WORKS], true);
	wish_for_environment(r);
	return TMD_OK;
}

/* ---- what a process is made of ---- */

static void reading_release(struct tmd_verdict_reading *reading)
{
	tmd_observation_release(&reading->observation);
	tmd_outcome_release(&reading->outcome);
	tmd_surroundings_release(&reading->around);
	tmd_interpreter_release(&reading->python);
	tmd_subject_release(&reading->subject);
	tmd_requirements_release(&reading->required);
	tmd_strv_release(&reading->places);
	free(reading->certifi);
	free(reading->program);
	free(reading->ca_file);
}

static const char *given(const struct tmd_verdict_reading *reading, enum tmd_verdict_field field)
{
	return tmd_value_str(&reading->given[field]);
}

/* Where no interpreter is named, the one that the copy was installed for. */
static enum tmd_rc read_python(struct tmd_verdict_reading *reading, struct tmd_error *err)
{
	const char *named = given(reading, TMD_VERDICT_PYTHON);
	const char *home = reading->subject.home;
	TMD_AUTO_FREE char *beside = NULL;

	if (!named && home)
		beside = tmd_interpreter_beside(reading->ctx, home);
	if (!named && !beside && home)
		beside = tmd_interpreter_version_in(home);
	if (!named)
		named = beside;
	if (!named)
		return TMD_OK;
	if (tmd_path_is_absolute(named))
		reading->program = tmd_strdup(named);
	return tmd_interpreter_read(reading->ctx, named, reading->around.user.home,
				    &reading->python, err);
}

/* A core has a copy for each Python; a copy may say for which Python it is. */
static enum tmd_rc read_subject(struct tmd_verdict_reading *reading, struct tmd_error *err)
{
	const char *api = given(reading, TMD_VERDICT_PYTHON_API);
	const char *core = given(reading, TMD_VERDICT_CORE);

	if (api)
		return tmd_subject_read_api(reading->ctx, api, &reading->subject, err) ||
				       read_python(reading, err) ?
			       TMD_FAILED :
			       TMD_OK;
	if (read_python(reading, err))
		return TMD_FAILED;
	return tmd_subject_read_core(reading->ctx, core, reading->python.version,
				     &reading->subject, err);
}

static void find_places(struct tmd_verdict_reading *reading)
{
	const char *path = tmd_verdict_variable(reading, "PYTHONPATH");
	TMD_AUTO_FREE char *rest = tmd_strdup(path ? path : "");
	char *at = rest;

	if (reading->subject.home && !reading->subject.in_core)
		tmd_interpreter_add_place(reading->ctx, reading->subject.home, &reading->places);
	while (*at) {
		const size_t len = strcspn(at, tmd_path_list_separator);
		const bool more = at[len] != '\0';

		at[len] = '\0';
		if (tmd_path_is_absolute(at))
			tmd_interpreter_add_place(reading->ctx, at, &reading->places);
		at += len + more;
	}
	for (size_t i = 0; i < reading->python.places.count; i++)
		tmd_strv_add_once(&reading->places, reading->python.places.items[i]);
}

/* SSL_CERT_FILE stands for the file, SSL_CERT_DIR for the directory: each alone. */
void tmd_verdict_find_system(struct tmd_verdict_reading *reading)
{
	const char *file = tmd_verdict_variable(reading, "SSL_CERT_FILE");
	const char *dirs = tmd_verdict_variable(reading, "SSL_CERT_DIR");
	const char *directory = given(reading, TMD_VERDICT_DIRECTORY);

	if (!file)
		file = reading->python.ca_file;
	if (!dirs)
		dirs = reading->python.ca_dir;
	if (!file || !dirs)
		return;
	free(reading->ca_file);
	reading->ca_file = *file && !tmd_path_is_absolute(file) && directory ?
				   tmd_path_join(directory, file) :
				   tmd_strdup(file);
	reading->process.ca_file = reading->ca_file;
	reading->process.ca_dirs = dirs;
}

static void take_subject(struct tmd_verdict_reading *reading)
{
	struct tmd_process *p = &reading->process;
	const struct tmd_subject *subject = &reading->subject;

	p->release = subject->release;
	p->package = subject->package;
	p->archive = subject->archive;
	p->certs = subject->certs;
	p->patch = subject->patch;
	p->unsure = subject->unsure ? subject->unsure : reading->around.unsure;
}

static void make_process(struct tmd_verdict_reading *reading)
{
	struct tmd_process *p = &reading->process;

	p->ctx = reading->ctx;
	p->looks = reading->looks;
	p->required = &reading->required;
	p->reader = reading->around.user.name ? &reading->around.user : NULL;
	p->directory = given(reading, TMD_VERDICT_DIRECTORY);
	p->python = reading->python.version;
	take_subject(reading);
	find_places(reading);
	tmd_verdict_find_system(reading);
	reading->certifi = tmd_modules_certifi(reading->ctx, &reading->places);
	p->settings = (struct tmd_rules_settings){
		.argument = given(reading, TMD_VERDICT_CA_CERTS),
		.variable = tmd_verdict_variable(reading, "SHOTGUN_API_CACERTS"),
		.httplib2 = tmd_verdict_variable(reading, "HTTPLIB2_CA_CERTS"),
		.has_locater = tmd_modules_has(reading->ctx, &reading->places, "ca_certs_locater"),
		.certifi = reading->certifi,
		.https_verify = tmd_verdict_variable(reading, "PYTHONHTTPSVERIFY"),
	};
}

/* ---- read ---- */

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_looks_release) struct tmd_looks looks = { 0 };

	return tmd_verdict_read(ctx, r, r->desired, &looks, err);
}

enum tmd_rc tmd_verdict_read(struct tmd_ctx *ctx, struct tmd_resource *r,
			     const struct tmd_value *wishes, struct tmd_looks *looks,
			     struct tmd_error *err)
{
	TMD_CLEANUP(reading_release) struct tmd_verdict_reading reading = {
		.ctx = ctx, .r = r, .given = wishes, .looks = looks
	};

	tmd_value_copy(&r->current[TMD_VERDICT_PYTHON_API], &wishes[TMD_VERDICT_PYTHON_API]);
	tmd_value_copy(&r->current[TMD_VERDICT_CORE], &wishes[TMD_VERDICT_CORE]);
	if (tmd_surroundings_read(ctx, given(&reading, TMD_VERDICT_USER),
				  &wishes[TMD_VERDICT_ENVIRONMENT], &reading.around, err) ||
	    tmd_requirements_load(ctx, r, &wishes[TMD_VERDICT_REQUIRES].list, &reading.required,
				  err) ||
	    read_subject(&reading, err))
		return TMD_FAILED;
	make_process(&reading);
	tmd_process_judge(&reading.process, &reading.outcome);
	if (tmd_value_bool(&wishes[TMD_VERDICT_OBSERVE], false) &&
	    tmd_verdict_observe(&reading, err))
		return TMD_FAILED;
	tmd_verdict_report(&reading);
	return TMD_OK;
}

const struct tmd_type tmd_type_verdict = {
	.name = "verdict",
	.plural = "verdicts",
	.summary = "Which CA file a process with the Python API really uses, whether it works, and "
		   "what would mend it.",
	.fields = fields,
	.field_count = TMD_VERDICT_FIELDS,
	.backends = backends,
	.rank = 40,
	.normalize = normalize,
	.read = read_current,
	.list = tmd_verdict_list,
	.judge = tmd_verdict_judge,
};
