/*
 * One core_api.yml understood: what Toolkit reads in it, what is wrong with it, where the
 * version stands, and the file with another version in that very place.
 */
#ifndef TMD_CORE_API_CORE_FILE_H
#define TMD_CORE_API_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/value.h"
#include "resources/core_api/kinds.h"
#include "yaml/doc.h"

#define TMD_CORE_FILE_MAX ((size_t)1 << 20) /* bytes */

extern const struct tmd_yaml_limits tmd_core_file_limits;

struct tmd_core_file {
	struct tmd_yaml_doc doc;

	/*
	 * Kind NONE unless nothing is made of the file: Toolkit cannot use it, or what is read
	 * is an alias or a merge key, which nobody follows here. Message "line N: …".
	 */
	struct tmd_error broken;

	/* Why Toolkit refuses the descriptor, though it can be read; the same form. */
	struct tmd_error refused;

	const struct tmd_core_kind *kind; /* NULL: no type, or one that Toolkit does not know */
	char *type;			  /* NULL: none */
	char *version;			  /* as Python prints it; NULL: none, or none to show */
	bool has_version;		  /* the key is there, whatever it has */
	size_t location_line;
	size_t type_line;		  /* the location's without a type, and in a URI */
	size_t line;			  /* of the version; without one as type_line */
	struct tmd_value descriptor;	  /* map: type, form, and the other keys */
	struct tmd_strv problems;

	/* Why the version must not be edited; kind NONE when it can be. */
	struct tmd_error locked;
	bool uri;
	size_t node;  /* the scalar that holds the version */
	size_t start; /* the bytes that stand for it, without quotes */
	size_t end;

	char *missing_hint; /* beginning of what tmd_core_file_missing_hint() says */
};

/* Fills file->refused; all else in `file` but the problems is there. */
void tmd_core_note_refused(struct tmd_core_file *file, const char *path);

/* Adds to file->problems what is wrong; all else in `file` is there. `location` may be the URI. */
void tmd_core_note_problems(struct tmd_core_file *file, const struct tmd_yaml_node *location);

/* Never fails: what is wrong is in `out`. `path` fills the errors. Release `out`. */
void tmd_core_file_read(const char *data, size_t len, const char *path, struct tmd_core_file *out);
void tmd_core_file_release(struct tmd_core_file *file);

/*
 * The file with `version` (visible ASCII without quotes and backslash) instead of its own,
 * every other byte as it was. The result is read again before it is given out. `data` is
 * what `file` was read from. Fails: as file->locked; refused when the check does not hold.
 */
enum tmd_rc tmd_core_file_edit(const struct tmd_core_file *file, const char *data, size_t len,
			       const char *path, const char *version, struct tmd_buf *out,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* `version` as a YAML scalar that PyYAML reads as this string: quoted where needed. */
char *tmd_core_file_quote(const char *version) TMD_MUST_CHECK;

/* What to write by hand where the file has no version; not for a broken file. */
char *tmd_core_file_missing_hint(const struct tmd_core_file *file,
				 const char *version) TMD_MUST_CHECK;

/* A text for a message: its beginning, on one line. The caller frees. */
char *tmd_core_excerpt(const char *text) TMD_MUST_CHECK;

#endif
