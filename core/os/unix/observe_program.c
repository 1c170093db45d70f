/* Can a program of the tree run on this processor? What the reporter is, it has to be. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"
#include "os/unix/observe_internal.h"

#define ELF_CLASS 4 /* offsets in an ELF file: 32 or 64 bits, order of bytes, processor */
#define ELF_MACHINE 18
#define ELF_BEGIN 20
#define LINE_MAX_BYTES 256

/* The program behind "#!", or NULL. Caller frees. */
static char *interpreter_of(const char *text)
{
	if (!tmd_str_starts(text, "#!"))
		return NULL;
	text += strlen("#!");
	text += strspn(text, " \t");
	return tmd_strndup(text, strcspn(text, " \t\n"));
}

static bool is_ours(const char *begin)
{
	return memcmp(begin, tmd_reporter, ELF_CLASS + 2) == 0 &&
	       memcmp(begin + ELF_MACHINE, tmd_reporter + ELF_MACHINE, 2) == 0;
}

static int check(const char *program, char **interpreter)
{
	char begin[LINE_MAX_BYTES + 1] = { 0 };
	TMD_AUTO_FD int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, begin, LINE_MAX_BYTES);

	if (len < 0)
		return errno;
	*interpreter = interpreter_of(begin);
	if (*interpreter)
		return 0;
	return len >= ELF_BEGIN && is_ours(begin) ? 0 : ENOEXEC;
}

int tmd_sandbox_check_program(const char *program)
{
	TMD_AUTO_FREE char *interpreter = NULL;
	TMD_AUTO_FREE char *none = NULL;
	int failed = check(program, &interpreter);

	if (!failed && interpreter)
		failed = check(interpreter, &none);
	return failed;
}
