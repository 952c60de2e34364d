/* seccomp: the filter as a machine of its own executes it, and the kernel. */
#define _GNU_SOURCE
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "runner/seccomp.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* The word at an offset of the data, as BPF loads it. */
static unsigned word(const struct seccomp_data *d, unsigned at)
{
	unsigned w;

	assert_true(at + sizeof(w) <= sizeof(*d));
	memcpy(&w, (const char *)d + at, sizeof(w));
	return w;
}

/* Executes a filter: the instructions that seccomp.h makes, by the book. Every
 * path ends with a verdict inside the program; *steps: so many instructions. */
static unsigned execute(struct bytes filter, const struct seccomp_data *d,
    size_t *steps)
{
	size_t n = filter.n / sizeof(struct sock_filter), at = 0;
	unsigned a = 0;

	for (*steps = 0; at < n; ++*steps) {
		struct sock_filter f;
		bool yes = false;

		memcpy(&f, filter.p + at * sizeof(f), sizeof(f));
		at++;
		switch (f.code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = word(d, f.k);
			continue;
		case BPF_RET | BPF_K:
			return f.k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == f.k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= f.k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = (a & f.k) != 0;
			break;
		default:
			fail_msg("an instruction %#x", f.code);
		}
		at += yes ? f.jt : f.jf;
	}
	fail_msg("the filter has no end");
	return 0;
}

static unsigned judge(enum seccomp_list list, unsigned arch, int number,
    uint64_t a0, uint64_t a1)
{
	CLEANUP(buf_clear) struct buf filter = { 0 };
	const struct seccomp_data d = { .nr = number,
		.arch = arch,
		.args = { a0, a1 } };
	size_t steps;

	assert_int_equal(seccomp_make(list, &filter, NULL), 0);
	return execute(buf_bytes(&filter), &d, &steps);
}

#define NO(error) (SECCOMP_RET_ERRNO | (error))
#define YES SECCOMP_RET_ALLOW

static void test_verdicts(void **state)
{
	static const struct {
		enum seccomp_list list;
		int number;
		uint64_t a0, a1;
		unsigned verdict;
	} cases[] = {
		{ SECCOMP_COMMAND, SYS_read, 0, 0, YES },
		{ SECCOMP_COMMAND, SYS_execve, 0, 0, YES },
		{ SECCOMP_COMMAND, SYS_ptrace, 0, 0, NO(EPERM) },
		{ SECCOMP_COMMAND, SYS_bpf, 0, 0, NO(EPERM) },
		{ SECCOMP_COMMAND, SYS_io_uring_setup, 0, 0, NO(EPERM) },
		{ SECCOMP_COMMAND, SYS_clone3, 0, 0, NO(ENOSYS) },
		{ SECCOMP_COMMAND, SYS_clone, SIGCHLD, 0, YES },
		{ SECCOMP_COMMAND, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0,
		    NO(EPERM) },
		{ SECCOMP_COMMAND, SYS_clone, CLONE_NEWNET, 0, NO(EPERM) },
		{ SECCOMP_COMMAND, SYS_socket, AF_UNIX, 0, YES },
		{ SECCOMP_COMMAND, SYS_socket, AF_INET, 0, YES },
		{ SECCOMP_COMMAND, SYS_socket, AF_INET6, 0, YES },
		{ SECCOMP_COMMAND, SYS_socket, AF_VSOCK, 0, NO(EAFNOSUPPORT) },
		{ SECCOMP_COMMAND, SYS_socket, AF_NETLINK, 0,
		    NO(EAFNOSUPPORT) },
		/* the kernel takes an int: what is above it changes nothing */
		{ SECCOMP_COMMAND, SYS_socket, UINT64_C(0x100000000) | AF_VSOCK,
		    0, NO(EAFNOSUPPORT) },
		{ SECCOMP_COMMAND, SYS_ioctl, 0, TIOCSTI, NO(EPERM) },
		{ SECCOMP_COMMAND, SYS_ioctl, 0,
		    UINT64_C(0x100000000) | TIOCSTI, NO(EPERM) },
		{ SECCOMP_COMMAND, SYS_ioctl, 0, TCGETS, YES },
		{ SECCOMP_COMMAND, SYS_personality, 0, 0, YES },
		{ SECCOMP_COMMAND, SYS_personality, 0x40000, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_read, 0, 0, YES },
		{ SECCOMP_SQL, SYS_recvmsg, 0, 0, YES },
		{ SECCOMP_SQL, SYS_execve, 0, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_execveat, 0, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_socket, AF_UNIX, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_connect, 0, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_kill, 1, 9, NO(EPERM) },
		{ SECCOMP_SQL, SYS_clone, SIGCHLD, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_clone, CLONE_VM | CLONE_THREAD, 0, YES },
		{ SECCOMP_SQL, SYS_clone3, 0, 0, NO(ENOSYS) },
		{ SECCOMP_SQL, SYS_prlimit64, 0, 0, YES },
		{ SECCOMP_SQL, SYS_prlimit64, 7, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_setns, 0, 0, NO(EPERM) },
		{ SECCOMP_SQL, SYS_io_uring_setup, 0, 0, NO(EPERM) },
		{ SECCOMP_SQL, 100000, 0, 0, NO(EPERM) },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned got = judge(cases[i].list, ARCH, cases[i].number,
		    cases[i].a0, cases[i].a1);

		if (got != cases[i].verdict)
			fail_msg("case %zu: %#x", i, got);
	}
}

/* Calls of another set would have other numbers: the process ends. */
static void test_other_machines(void **state)
{
	(void)state;
	assert_int_equal(judge(SECCOMP_COMMAND, AUDIT_ARCH_I386, 3, 0, 0),
	    SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(judge(SECCOMP_SQL, AUDIT_ARCH_I386, 3, 0, 0),
	    SECCOMP_RET_KILL_PROCESS);
#if defined(__x86_64__)
	assert_int_equal(judge(SECCOMP_COMMAND, ARCH, 0x40000000, 0, 0),
	    SECCOMP_RET_KILL_PROCESS);
	/* a negative number is a large one */
	assert_int_equal(judge(SECCOMP_COMMAND, ARCH, -1, 0, 0),
	    SECCOMP_RET_KILL_PROCESS);
#endif
}

/* Every number there is, with arguments of nothing, has a verdict of the list;
 * what SQL may do a command may do. */
static void test_every_number(void **state)
{
	int number;

	(void)state;
	for (number = 0; number < 600; number++) {
		unsigned command = judge(SECCOMP_COMMAND, ARCH, number, 1, 0);
		unsigned sql = judge(SECCOMP_SQL, ARCH, number, 1, 0);

		assert_true(command == YES || command == NO(EPERM) ||
		    command == NO(ENOSYS));
		assert_true(
		    sql == YES || sql == NO(EPERM) || sql == NO(ENOSYS));
		if (sql == YES)
			assert_int_equal(command, YES);
	}
}

/* No call is looked for in the whole list: the kernel does so with each that
 * there is, whenever a filter is entered. */
static void test_short_ways(void **state)
{
	static const enum seccomp_list lists[] = { SECCOMP_COMMAND,
		SECCOMP_SQL };
	size_t i, steps;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		CLEANUP(buf_clear) struct buf filter = { 0 };
		struct seccomp_data d = { .arch = ARCH };

		assert_int_equal(seccomp_make(lists[i], &filter, NULL), 0);
		for (d.nr = 0; d.nr < 600; d.nr++) {
			execute(buf_bytes(&filter), &d, &steps);
			assert_in_range(steps, 1, 20);
		}
	}
}

/* The kernel takes the filter and does as it says. */
static void enter(enum seccomp_list list)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		char byte;
		bool well = seccomp_enter(list, NULL) == 0 &&
		    read(-1, &byte, 1) < 0 && errno == EBADF &&
		    syscall(SYS_ptrace, 0, 0, 0, 0) < 0 && errno == EPERM &&
		    socket(AF_VSOCK, SOCK_STREAM, 0) < 0 &&
		    errno == (list == SECCOMP_SQL ? EPERM : EAFNOSUPPORT);

		_exit(well ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_kernel(void **state)
{
	(void)state;
	enter(SECCOMP_COMMAND);
	enter(SECCOMP_SQL);
}

static void test_print(void **state)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	(void)state;
	seccomp_print(SECCOMP_COMMAND, &out);
	assert_non_null(strstr(out.p,
	    "seccomp allow socket is 0x1,0x2,0xa\n"
	    "seccomp refuse socket\nseccomp refuse ptrace\n"));
	assert_non_null(strstr(out.p, "seccomp absent clone3\n"));
	assert_non_null(strstr(out.p, "seccomp refuse clone has any of 0x7e"));
	buf_reset(&out);
	seccomp_print(SECCOMP_SQL, &out);
	assert_non_null(strstr(out.p, "seccomp refuse all else\n"));
	assert_null(strstr(out.p, "execve"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_other_machines),
		cmocka_unit_test(test_every_number),
		cmocka_unit_test(test_short_ways),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
