/*
 * One copy of shotgun_api3, read without running Python: where it lies, which release it is, for
 * which Pythons, and which CA files are inside.
 */
#ifndef TMD_PYTHON_API_COPY_H
#define TMD_PYTHON_API_COPY_H

#include "base/strv.h"
#include "resources/python_api/releases.h"
#include "resources/type.h"

enum tmd_api_layout {
	TMD_API_SOURCE,	  /* a directory that holds the package, and nothing about who put it there */
	TMD_API_DIST,	  /* the same with shotgun_api3-V.dist-info beside it */
	TMD_API_EGG,	  /* with an egg-info beside it, or in an egg, be it a directory or a file */
	TMD_API_SDIST,	  /* a source distribution, be it a directory or a file */
	TMD_API_WHEEL,	  /* a wheel file */
	TMD_API_ZIP,	  /* another archive */
	TMD_API_CORE,	  /* python/tank_vendor of a Toolkit core */
	TMD_API_CORE_ZIP, /* requirements/X.Y/pkgs.zip of one */
};

/* "source", "dist-info", "egg", "sdist", "wheel", "zip", "core", "core zip". Never NULL. */
const char *tmd_api_layout_name(enum tmd_api_layout layout);

enum tmd_api_ca_use {
	TMD_API_CA_UNKNOWN,  /* the release is not known */
	TMD_API_CA_UNREAD,   /* by no call of this release: to edit it does nothing */
	TMD_API_CA_DEFAULT,  /* where neither ca_certs nor SHOTGUN_API_CACERTS is given */
	TMD_API_CA_FALLBACK, /* by API calls that get no CA file, or an empty name, where neither
				HTTPLIB2_CA_CERTS nor a certifi of the interpreter's own is there */
};

struct tmd_api_ca_file {
	char *path; /* of an archive: ARCHIVE/MEMBER */
	enum tmd_api_ca_use use;
	int python;	/* the only major version that reads it: 2, 3; 0: every one */
	bool transfers; /* uploads and downloads read it too, and not only API calls */
};

#define TMD_API_CA_MAX 8

/* Zero-initialise it. What is not known is NULL. */
struct tmd_api_copy {
	char *path;    /* the directory that holds shotgun_api3, or the archive */
	char *package; /* PATH/shotgun_api3; of an archive ARCHIVE/MEMBER */
	char *inside;  /* of an archive: what stands before shotgun_api3 in its names, "" or "NAME/" */
	enum tmd_api_layout layout;
	bool is_archive; /* one file: no Python can load CA certificates out of it */

	char *version;	      /* the one to go by: the distribution's, else the source's */
	char *source_version; /* __version__, which lags in some releases (tmd_api_says()) */
	char *dist_version;
	char *metadata;	 /* the METADATA or PKG-INFO that dist_version is from */
	char *installer; /* what put it there, "pip" or "conda" for one; NULL: nobody says so */
	char *commit;	 /* of the repository, in a Toolkit core */
	char *python;	 /* X.Y of requirements/X.Y: no other Python gets this copy */

	struct tmd_api_pythons pythons; /* that can import it */
	struct tmd_api_ca_file ca_files[TMD_API_CA_MAX];
	size_t ca_count;
	struct tmd_strv problems; /* a clause each */
};

void tmd_api_copy_release(struct tmd_api_copy *copy);

/*
 * `path` is a directory that holds shotgun_api3, that directory itself, or an archive. Fails:
 * not_found where there is no copy, invalid_input for an archive that is not one, and as
 * tmd_view_read(). A copy that is damaged is read as far as it goes, and has problems.
 */
enum tmd_rc tmd_api_copy_read(struct tmd_ctx *ctx, const char *path, struct tmd_api_copy *out,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* "API calls and transfers that name no other file" and so on: a constant. */
const char *tmd_api_ca_use_text(const struct tmd_api_ca_file *file);

#endif
