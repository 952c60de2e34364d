/* sluice-worker: executes the requests that come on descriptor 3.
 * _GNU_SOURCE for setgroups. */
#define _GNU_SOURCE
#include <grp.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/sandbox.h"
#include "runner/worker.h"

enum {
	REQUESTS = 3
};

/* Many parts are many descriptors; and a table is never in a core file. */
static void set_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Memory that a node gave back is for the next one: the system would take it
 * and clear it a dozen times a node. */
static void keep_memory(void)
{
	enum {
		MIB = 1024 * 1024
	};

	mallopt(M_TOP_PAD, MIB);
	mallopt(M_TRIM_THRESHOLD, 16 * MIB);
	mallopt(M_MMAP_THRESHOLD, 4 * MIB);
}

/* Of root's groups a sandbox is to have none; it cannot give them up itself,
 * once its identities are mapped. */
static void leave_groups(void)
{
	if (geteuid() == 0)
		setgroups(0, NULL);
}

/* The last step before the sandbox, where we are root. */
static int as_nobody(const char *directory, char **argv)
{
	char text[2048];
	struct error err = { 0 };

	sandbox_as_nobody(directory, argv, &err);
	error_print(&err, text, sizeof(text));
	fprintf(stderr, "sluice-worker: %s\n", text);
	return 1;
}

int main(int argc, char **argv)
{
	int type;
	socklen_t n = sizeof(type);
	bool is_shut;
	int status;

	if (argc > 3 && strcmp(argv[1], "--as-nobody") == 0)
		return as_nobody(argv[2], argv + 3);
	if (getsockopt(REQUESTS, SOL_SOCKET, SO_TYPE, &type, &n) < 0 ||
	    type != SOCK_SEQPACKET) {
		fputs("sluice-worker: is started by sluice, with a socket on "
		      "descriptor 3\n",
		    stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	set_limits();
	keep_memory();
	leave_groups();
	status = worker_serve(REQUESTS, &is_shut);
	if (is_shut) /* what else runs at an exit cannot */
		_exit(status);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* for the leak sanitizer */
	return status;
}
