/*
 * Which certificates a shotgun_api3 trusts, told from its release, the version of its interpreter
 * and what it is given: the rules of the public tags and of the releases on PyPI, from v3.0.8 to
 * 3.10.3. Nothing here looks at a file. A release outside of them is unsure, never a guess.
 *
 * What the API calls its setting is the argument ca_certs of Shotgun(), the variable
 * SHOTGUN_API_CACERTS and, from 3.2.6, a file of its own, in this order; releases differ in what
 * heeds it.
 */
#ifndef TMD_VERDICT_RULES_H
#define TMD_VERDICT_RULES_H

#include <stdbool.h>

#define TMD_RULES_OLDEST "3.0.8"
#define TMD_RULES_NEWEST "3.10.3"

/* What an API does over TLS, each with trust of its own. */
enum tmd_use {
	TMD_USE_API,		/* calls: find, create, … */
	TMD_USE_FORM,		/* uploads through the site, thumbnails */
	TMD_USE_STORAGE_UPLOAD, /* direct to cloud storage */
	TMD_USE_SITE_DOWNLOAD,
	TMD_USE_STORAGE_DOWNLOAD,	/* from another host: all media in cloud storage */
	TMD_USE_STORAGE_DOWNLOAD_AFTER, /* the same, in a process that downloaded from the site before */
	TMD_USES,
};

/* "api", "form", "storage_upload" and so on. */
const char *tmd_use_name(enum tmd_use use);

/* Where the certificates come from. */
enum tmd_from {
	TMD_FROM_NO_USE,   /* this release has no such use */
	TMD_FROM_ARGUMENT, /* ca_certs= */
	TMD_FROM_VARIABLE, /* SHOTGUN_API_CACERTS */
	TMD_FROM_HTTPLIB2, /* HTTPLIB2_CA_CERTS */
	TMD_FROM_LOCATER,  /* a module ca_certs_locater: which file, it alone knows */
	TMD_FROM_CERTIFI,  /* a certifi beside the API */
	TMD_FROM_PACKAGE,  /* a file of the API's own */
	TMD_FROM_SYSTEM,   /* OpenSSL's file and directory, on Windows its stores as well */
	TMD_FROM_NOWHERE,  /* none is loaded: every connection fails */
	TMD_FROM_UNASKED,  /* nothing is verified */
	TMD_FROM_OTHER,	   /* something else: only what is observed has this */
};

/* "argument", "SHOTGUN_API_CACERTS", "HTTPLIB2_CA_CERTS", "ca_certs_locater" and so on. */
const char *tmd_from_name(enum tmd_from from);

/* Does the name in the server's certificate count? */
enum tmd_name_check {
	TMD_NAME_CHECKED,
	TMD_NAME_CHECKED_NO_SNI, /* and the server is not told which name is meant */
	TMD_NAME_IGNORED,	 /* nor is it told */
};

/* What one process is given. Borrowed. NULL: not given, not set, not there; "" is given. */
struct tmd_rules_settings {
	const char *argument;
	const char *variable;	     /* SHOTGUN_API_CACERTS */
	const char *httplib2;	     /* HTTPLIB2_CA_CERTS */
	bool httplib2_is_file;	     /* does that lead to a regular file? */
	bool has_locater;	     /* can it import ca_certs_locater? */
	const char *certifi; /* the file of the first certifi that it can import; "": not known */
	const char *https_verify;    /* PYTHONHTTPSVERIFY */
};

struct tmd_rules_use {
	enum tmd_from from;
	const char *path; /* of ARGUMENT, VARIABLE, HTTPLIB2 and CERTIFI as given; of PACKAGE
			     relative to the directory shotgun_api3; of LOCATER and OTHER what was
			     observed; else NULL */
	enum tmd_name_check name;
	bool strict; /* X509_V_FLAG_X509_STRICT and X509_V_FLAG_PARTIAL_CHAIN */
	const char *why; /* of OTHER without a path: what it fails with; NULL: it does not */
};

enum tmd_rules_fate {
	TMD_RULES_KNOWN,
	TMD_RULES_UNSURE, /* the rules do not tell: `why` */
	TMD_RULES_FAILS,  /* import or construction fails before there is any trust: `why` */
};

/* What keeps it from running. */
enum tmd_rules_obstacle {
	TMD_OBSTACLE_NONE,
	TMD_OBSTACLE_PYTHON,   /* the interpreter is too old, or too new */
	TMD_OBSTACLE_HTTPLIB2, /* HTTPLIB2_CA_CERTS is set, and no file */
	TMD_OBSTACLE_ARGUMENT, /* there is no argument ca_certs yet */
};

struct tmd_rules_answer {
	enum tmd_rules_fate fate;
	enum tmd_rules_obstacle obstacle; /* of FAILS */
	char *why;			  /* one clause; NULL of KNOWN */
	bool calls_at_once; /* Shotgun() makes an API call: where those fail, nothing else begins */
	struct tmd_rules_use uses[TMD_USES]; /* of KNOWN */
};

void tmd_rules_answer_release(struct tmd_rules_answer *answer);

/*
 * `release` is a __version__, of which the first three numbers count ("3.0.33.dev", "v3.8.2");
 * `python` is the version of an interpreter ("2.7.18", "3.11"). Either may be NULL or anything
 * else: what the rules do not know is unsure. `out` is replaced; what it points to is borrowed from
 * `settings`.
 */
void tmd_rules_tell(const char *release, const char *python,
		    const struct tmd_rules_settings *settings, struct tmd_rules_answer *out);

/* Is it a release that the rules tell of? */
bool tmd_rules_know(const char *release);

/* Does this release, one that is known, run on this version of Python, one that is known? */
bool tmd_rules_runs_on(const char *release, const char *python);

/*
 * Does it raise an error on this Python, though it is imported, as soon as it knows the server:
 * from Shotgun() unless that is told not to connect? By the source of 3.6.0 to 3.9.0.
 */
bool tmd_rules_refuses(const char *release, const char *python);

#endif
