#ifndef SLUICE_RUNNER_SECCOMP_H
#define SLUICE_RUNNER_SECCOMP_H
/*
 * seccomp -- which system calls code may make, as a table, and the filter that
 * is made of it.
 *
 * Use        seccomp_make(SECCOMP_COMMAND, &filter, err), for bubblewrap or to
 *            print; seccomp_enter(list, err) for this process.
 * Shape      SECCOMP_COMMAND, for interpreters, is all calls but those that
 *            are refused: what reaches other processes, other kernels' parts
 *            or the machine. Sockets are of the Unix and the Internet family
 *            alone (a virtual machine's AF_VSOCK knows no network namespace).
 *            SECCOMP_SQL, for an engine in our own process, is no call but
 *            those that are listed: no program, no socket, no process.
 *            What is refused gives EPERM, a family EAFNOSUPPORT, clone3
 *            ENOSYS: its flags lie in memory, where a filter does not see
 *            them, and the C library takes clone then. A call of another
 *            machine's set (32 bit, x32) ends the process.
 * Source     Kernel: Documentation/userspace-api/seccomp_filter.rst. The list
 *            of refused calls is systemd's and Docker's, taken together.
 */
#include "cache/base/buf.h"
#include "cache/base/error.h"

enum seccomp_list {
	SECCOMP_COMMAND,
	SECCOMP_SQL
};

/* Makes the filter, struct sock_filter after struct sock_filter. */
int seccomp_make(enum seccomp_list list, struct buf *out, struct error *err);

/* From now on, and for whatever this process starts: no privilege is gained
 * by exec (PR_SET_NO_NEW_PRIVS), and the filter holds. */
int seccomp_enter(enum seccomp_list list, struct error *err);

/* The same with a filter made before, where memory must not be asked for. */
int seccomp_enter_made(struct bytes filter, struct error *err);

/* A line for each rule. */
void seccomp_print(enum seccomp_list list, struct buf *out);

#endif
