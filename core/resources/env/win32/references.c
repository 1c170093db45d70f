/* What Windows expands in a variable of type expand. */
#include "resources/env/win32/references.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/console.h"

/* Could that be meant as a name? "100% of 50%" holds none. */
static bool is_name_like(const char *name, size_t len)
{
	return len && !memchr(name, '=', len) && !tmd_is_space(name[0]) &&
	       !tmd_is_space(name[len - 1]);
}

bool tmd_env_next_reference(const char **at, struct tmd_env_reference *out)
{
	const char *start = strchr(*at, '%');

	while (start) {
		const char *end = strchr(start + 1, '%');

		if (end && is_name_like(start + 1, (size_t)(end - start - 1))) {
			*out = (struct tmd_env_reference){ start + 1, (size_t)(end - start - 1) };
			*at = end;
			return true;
		}
		start = end;
	}
	return false;
}

bool tmd_env_holds_reference(const char *text)
{
	struct tmd_env_reference ignored;

	return tmd_env_next_reference(&text, &ignored);
}

char *tmd_env_expanded(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	const char *done = text;
	const char *at = text;
	struct tmd_env_reference reference;

	while (tmd_env_next_reference(&at, &reference)) {
		TMD_AUTO_FREE char *name = tmd_strndup(reference.name, reference.len);
		const char *value = tmd_console_env(name);

		if (!value)
			return NULL;
		tmd_buf_add(&out, done, (size_t)(reference.name - 1 - done));
		tmd_buf_add_str(&out, value);
		done = ++at;
	}
	tmd_buf_add_str(&out, done);
	return tmd_strdup(tmd_buf_str(&out));
}
