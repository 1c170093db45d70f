/* What is judged: a copy of the API, alone or in a Toolkit core. */
#ifndef TMD_VERDICT_SUBJECT_H
#define TMD_VERDICT_SUBJECT_H

#include "resources/verdict/judge.h"

struct tmd_subject {
	char *release; /* of the API; NULL: not known */
	char *home;    /* the directory that holds the package; NULL: it lies in an archive */
	char *package; /* as in struct tmd_process, like the next three; NULL: it is not here */
	char *archive;
	char *certs;
	enum tmd_core_patch patch;
	char *core;   /* the version of the core that it is in; NULL: in none, or not known */
	bool in_core;
	char *unsure; /* why nothing can be told, one clause; NULL: something can */
	struct tmd_strv problems;
};

void tmd_subject_release(struct tmd_subject *subject);

/* A copy of the API, as tmd_api_copy_read() takes it. Fails as that. `out` is replaced. */
enum tmd_rc tmd_subject_read_api(struct tmd_ctx *ctx, const char *path, struct tmd_subject *out,
				 struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The copy that a core uses on this version of Python, NULL where that is not known. `path` is the
 * core's directory, or a pipeline configuration, of which the core counts that runs. Fails as
 * tmd_core_project_read().
 */
enum tmd_rc tmd_subject_read_core(struct tmd_ctx *ctx, const char *path, const char *python,
				  struct tmd_subject *out, struct tmd_error *err) TMD_MUST_CHECK;

#endif
