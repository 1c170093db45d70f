/* Standard streams, working directory and environment of the caller. */
#include "os/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/str.h"
#include "os/console_input.h"
#include "os/path.h"
#include "os/unix/sys_error.h"

bool tmd_console_is_terminal(int descriptor)
{
	return isatty(descriptor) == 1;
}

unsigned tmd_console_width(int descriptor)
{
	struct winsize size = { 0 };

	return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool tmd_console_obeys(int descriptor)
{
	const char *term = getenv("TERM");

	return tmd_console_is_terminal(descriptor) && term && *term && strcmp(term, "dumb") != 0;
}

/* "de_DE.UTF-8", "C.utf8@euro" */
static bool names_utf8(const char *locale)
{
	const char *charset = strchr(locale, '.');

	return charset && (tmd_str_starts_nocase(charset, ".UTF-8") ||
			   tmd_str_starts_nocase(charset, ".UTF8"));
}

bool tmd_console_shows_utf8(int descriptor)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *locale = getenv(names[i]);

		if (locale && *locale)
			return names_utf8(locale);
	}
	return !tmd_console_is_terminal(descriptor);
}

/* Whoever is at the other end of a pipe may have made it non-blocking for us too. */
static bool wait_ready(int descriptor, short events)
{
	struct pollfd wanted = { .fd = descriptor, .events = events };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	return poll(&wanted, 1, -1) >= 0 || errno == EINTR;
}

static enum tmd_rc read_input(void *unused, char *to, size_t room, size_t *got,
			      struct tmd_error *err)
{
	ssize_t len;

	(void)unused;
	do
		len = read(STDIN_FILENO, to, room);
	while (len < 0 && wait_ready(STDIN_FILENO, POLLIN));
	if (len < 0)
		return tmd_fail_sys(err, errno, "-", "cannot read standard input");
	*got = (size_t)len;
	return TMD_OK;
}

enum tmd_rc tmd_console_read_input(size_t max, struct tmd_buf *out, struct tmd_error *err)
{
	const struct tmd_reader reader = { .read = read_input };

	return tmd_console_collect(&reader, max, out, err);
}

enum tmd_rc tmd_console_write(int descriptor, const void *data, size_t len, struct tmd_error *err)
{
	const char *at = data;

	while (len) {
		ssize_t put = write(descriptor, at, len);

		if (put < 0 && wait_ready(descriptor, POLLOUT))
			continue;
		if (put < 0 && errno == EBADF && descriptor == STDOUT_FILENO)
			return tmd_fail(err, TMD_E_IO, NULL, "give the report somewhere to go",
					"standard output is closed");
		if (put < 0)
			return tmd_fail_sys(err, errno, NULL,
					    descriptor == STDERR_FILENO
						    ? "cannot write to standard error"
						    : "cannot write to standard output");
		at += put;
		len -= (size_t)put;
	}
	return TMD_OK;
}

static void set_signal(int number, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	(void)sigaction(number, &action, NULL);
}

/*
 * Makes a closed descriptor one that is open to nothing. The lower ones are open, so that
 * it gets the number. Standard output is opened for reading: what is written to it is to
 * fail, a report must not vanish.
 */
static void fill_descriptor(int descriptor)
{
	int access = descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR;

	if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF)
		return;
	if (open("/dev/null", access | O_NOCTTY) < 0)
		(void)open("/", O_RDONLY | O_DIRECTORY); /* an image may lack its devices */
}

/*
 * An input may turn out to be a private key: no part of our memory goes to a disk, by a crash, or
 * to another process of the caller. The limit alone would not do where a program takes the dumps.
 */
static void keep_memory_private(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
}

void tmd_console_init(void)
{
	keep_memory_private();
	/* A write that cannot be done is an error to report, not a death. */
	set_signal(SIGPIPE, SIG_IGN);
	set_signal(SIGXFSZ, SIG_IGN);
	/* Inherited as ignored it would cost us the exit status of our programs. */
	set_signal(SIGCHLD, SIG_DFL);
	/* With 0, 1 or 2 closed, the next file opened would take its place and get our report. */
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
		fill_descriptor(descriptor);
}

enum tmd_rc tmd_console_cwd(char **out, struct tmd_error *err)
{
	char *path = getcwd(NULL, 0);

	if (!path)
		return tmd_fail_sys(err, errno, NULL, "cannot find the working directory");
	if (!tmd_path_is_absolute(path)) {
		free(path);
		return tmd_fail(err, TMD_E_IO, NULL, "change to another directory first",
				"the working directory cannot be reached from here");
	}
	*out = path;
	return TMD_OK;
}

const char *tmd_console_env(const char *name)
{
	return getenv(name);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): other systems set it. */
char **tmd_console_arguments(int *argc, char **argv)
{
	(void)argc;
	return argv;
}

const char *tmd_os_name(void)
{
	struct utsname system;

	return uname(&system) == 0 && strcmp(system.sysname, "Linux") == 0 ? "linux" : "other";
}
