/* Which of the documented fixes would make a process work: each is tried out on the rules. */
#ifndef TMD_VERDICT_FIXES_H
#define TMD_VERDICT_FIXES_H

#include "resources/verdict/judge.h"
#include "resources/verdict/subject.h"

/* What the words of a fix name. Borrowed. */
struct tmd_fix_site {
	const char *path; /* of the copy or the core, as it was given */
	const struct tmd_subject *subject;
	bool system_is_own; /* SSL_CERT_FILE or SSL_CERT_DIR is set, or its OpenSSL has places of its
			       own: what is added to the system's trust store does not count */
};

/*
 * Adds, for a process that is broken, what makes every use of it work: single changes before those
 * that only help together, and of either the smallest first. A sentence each, with the command.
 * Nothing is added where nothing known helps.
 */
void tmd_fixes_find(const struct tmd_process *process, const struct tmd_outcome *outcome,
		    const struct tmd_fix_site *site, struct tmd_strv *out);

#endif
