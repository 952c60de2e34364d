/* seccomp: see seccomp.h. _GNU_SOURCE for the flags of clone. */
#define _GNU_SOURCE
#include "runner/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/base/mem.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "seccomp.c does not know this machine's number (linux/audit.h)"
#endif
#define X32 0x40000000 /* in the number of a call of x86's x32 set */

enum {
	ARGS = 4, /* to compare one with */
	PROGRAM_MOST = 1024,
	JUMP_MOST = UINT8_MAX, /* of a comparison */
	RULES_IN_A_ROW = 4, /* looked at one after another */
};

#define NAMESPACES                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* How an argument is looked at. */
enum how {
	ANY, /* not at all */
	EQUAL, /* it is one of those named */
	ANY_BIT, /* it has one of these bits */
};

/* A call and when it is meant. Arguments are compared by their lower half:
 * those here are ints, of which the kernel takes no more. */
struct rule {
	const char *name;
	int number;
	int error; /* 0: allowed */
	int otherwise; /* likewise, where the argument is another */
	enum how how;
	unsigned arg; /* which */
	size_t n; /* of values */
	unsigned values[ARGS];
};

#define REFUSED(name)                                   \
	{                                               \
#name, SYS_##name, EPERM, 0, ANY, 0, 0, \
		{                                       \
			0                               \
		}                                       \
	}
#define ALLOWED(name)                               \
	{                                           \
#name, SYS_##name, 0, 0, ANY, 0, 0, \
		{                                   \
			0                           \
		}                                   \
	}
#define ALLOWED_IF(name, otherwise, ...)                     \
	{                                                    \
#name, SYS_##name, 0, otherwise, __VA_ARGS__ \
	}
#define REFUSED_IF(name, error, ...)                     \
	{                                                \
#name, SYS_##name, error, 0, __VA_ARGS__ \
	}

static const struct rule command[] = {
	/* other processes, and what they have open */
	REFUSED(ptrace),
	REFUSED(process_vm_readv),
	REFUSED(process_vm_writev),
	REFUSED(process_madvise),
	REFUSED(kcmp),
	REFUSED(pidfd_getfd),
	/* another view of the machine, and more rights in it */
	REFUSED(mount),
	REFUSED(umount2),
	REFUSED(pivot_root),
	REFUSED(chroot),
	REFUSED(fsopen),
	REFUSED(fsconfig),
	REFUSED(fsmount),
	REFUSED(fspick),
	REFUSED(move_mount),
	REFUSED(open_tree),
	REFUSED(mount_setattr),
	REFUSED(unshare),
	REFUSED(setns),
	REFUSED(open_by_handle_at),
	REFUSED(name_to_handle_at),
	REFUSED_IF(clone, EPERM, ANY_BIT, 0, 1, { NAMESPACES }),
	REFUSED_IF(clone3, ENOSYS, ANY, 0, 0, { 0 }),
	/* large parts of the kernel that a table does not need */
	REFUSED(bpf),
	REFUSED(perf_event_open),
	REFUSED(userfaultfd),
	REFUSED(io_uring_setup),
	REFUSED(io_uring_enter),
	REFUSED(io_uring_register),
	REFUSED(fanotify_init),
	REFUSED(keyctl),
	REFUSED(add_key),
	REFUSED(request_key),
	REFUSED(vmsplice),
	REFUSED(quotactl),
	REFUSED(lookup_dcookie),
	REFUSED(nfsservctl),
	REFUSED(remap_file_pages),
	REFUSED(move_pages),
	REFUSED(migrate_pages),
	/* the machine itself */
	REFUSED(kexec_load),
	REFUSED(init_module),
	REFUSED(finit_module),
	REFUSED(delete_module),
	REFUSED(reboot),
	REFUSED(swapon),
	REFUSED(swapoff),
	REFUSED(acct),
	REFUSED(settimeofday),
	REFUSED(clock_settime),
	REFUSED(clock_adjtime),
	REFUSED(adjtimex),
	REFUSED(sethostname),
	REFUSED(setdomainname),
	REFUSED(syslog),
	REFUSED(vhangup),
	/* the address space of the next program made predictable */
	REFUSED_IF(personality, EPERM, ANY_BIT, 0, 1, { 0x00ffffff }),
	/* words put into a terminal as if typed there */
	REFUSED_IF(ioctl, EPERM, EQUAL, 1, 2, { TIOCSTI, TIOCLINUX }),
#if defined(__x86_64__)
	REFUSED(kexec_file_load),
	REFUSED(iopl),
	REFUSED(ioperm),
	REFUSED(modify_ldt),
	REFUSED(uselib),
	REFUSED(ustat),
	REFUSED(sysfs),
	REFUSED(_sysctl),
	REFUSED(create_module),
#endif
};

/* The families of which code may have sockets. */
static const struct rule families = ALLOWED_IF(socket, EAFNOSUPPORT, EQUAL, 0,
    3, { AF_UNIX, AF_INET, AF_INET6 });

static const struct rule sql[] = {
	/* bytes of what is open; files in the one directory that is left */
	ALLOWED(read),
	ALLOWED(write),
	ALLOWED(readv),
	ALLOWED(writev),
	ALLOWED(pread64),
	ALLOWED(pwrite64),
	ALLOWED(lseek),
	ALLOWED(close),
	ALLOWED(openat),
	ALLOWED(fstat),
	ALLOWED(newfstatat),
	ALLOWED(statx),
	ALLOWED(fcntl),
	ALLOWED(flock),
	ALLOWED(ftruncate),
	ALLOWED(fallocate),
	ALLOWED(fsync),
	ALLOWED(fdatasync),
	ALLOWED(fadvise64),
	ALLOWED(statfs),
	ALLOWED(fstatfs),
	ALLOWED(getdents64),
	ALLOWED(unlinkat),
	ALLOWED(mkdirat),
	ALLOWED(faccessat),
	ALLOWED(faccessat2),
	ALLOWED(readlinkat),
	ALLOWED(renameat),
	ALLOWED(fchmod),
	ALLOWED(getcwd),
	ALLOWED(memfd_create),
	ALLOWED(copy_file_range),
	ALLOWED(dup),
	/* a log that is a pipe, a reply that waits */
	ALLOWED(poll),
	ALLOWED(ppoll),
	ALLOWED(recvmsg),
	ALLOWED(sendmsg),
	ALLOWED(sendto),
	ALLOWED(recvfrom),
	/* memory */
	ALLOWED(brk),
	ALLOWED(mmap),
	ALLOWED(munmap),
	ALLOWED(mprotect),
	ALLOWED(mremap),
	ALLOWED(madvise),
	ALLOWED(msync),
	ALLOWED(mincore),
	/* threads of its own, and no process */
	ALLOWED_IF(clone, EPERM, ANY_BIT, 0, 1, { CLONE_THREAD }),
	REFUSED_IF(clone3, ENOSYS, ANY, 0, 0, { 0 }),
	ALLOWED(futex),
	ALLOWED(set_robust_list),
	ALLOWED(rseq),
	ALLOWED(sched_yield),
	ALLOWED(sched_getaffinity),
	ALLOWED(sched_getparam),
	ALLOWED(sched_getscheduler),
	ALLOWED(getpid),
	ALLOWED(gettid),
	ALLOWED(tgkill),
	ALLOWED(getuid),
	ALLOWED(geteuid),
	ALLOWED(getgid),
	ALLOWED(getegid),
	ALLOWED(prctl),
	ALLOWED(getrusage),
	ALLOWED(sysinfo),
	ALLOWED(uname),
	ALLOWED(getrandom),
	ALLOWED(getcpu),
	ALLOWED(membarrier),
	ALLOWED_IF(ioctl, EPERM, EQUAL, 1, 1, { TCGETS }),
	ALLOWED_IF(prlimit64, EPERM, EQUAL, 0, 1, { 0 }),
	/* signals, the clock, the end */
	ALLOWED(rt_sigaction),
	ALLOWED(rt_sigprocmask),
	ALLOWED(rt_sigreturn),
	ALLOWED(sigaltstack),
	ALLOWED(restart_syscall),
	ALLOWED(clock_gettime),
	ALLOWED(clock_getres),
	ALLOWED(clock_nanosleep),
	ALLOWED(nanosleep),
	ALLOWED(gettimeofday),
	ALLOWED(times),
	ALLOWED(exit),
	ALLOWED(exit_group),
#if defined(__x86_64__)
	ALLOWED(open),
	ALLOWED(stat),
	ALLOWED(lstat),
	ALLOWED(access),
	ALLOWED(unlink),
	ALLOWED(mkdir),
	ALLOWED(rmdir),
	ALLOWED(readlink),
	ALLOWED(rename),
	ALLOWED(chmod),
	ALLOWED(time),
	ALLOWED(getrlimit),
	ALLOWED(arch_prctl),
#endif
};

struct program {
	struct buf *out;
	size_t n;
	bool is_too_far; /* a jump, to be made */
};

static void add(struct program *p, unsigned code, unsigned k, size_t yes,
    size_t no)
{
	struct sock_filter f = { .code = (unsigned short)code,
		.jt = (unsigned char)yes,
		.jf = (unsigned char)no,
		.k = k };

	buf_add(p->out, &f, sizeof(f));
	p->n++;
}

static void load(struct program *p, size_t at)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (unsigned)at, 0, 0);
}

static void give(struct program *p, unsigned what)
{
	add(p, BPF_RET | BPF_K, what, 0, 0);
}

static unsigned verdict(int error)
{
	return error ? SECCOMP_RET_ERRNO | (unsigned)error : SECCOMP_RET_ALLOW;
}

/* The lower half of an argument; both machines are little-endian. */
static size_t at_arg(unsigned arg)
{
	return offsetof(struct seccomp_data, args) + 8 * arg;
}

/* One rule; another call goes on behind it. */
static void add_rule(struct program *p, const struct rule *r)
{
	const unsigned equal = BPF_JMP | BPF_JEQ | BPF_K;
	const unsigned any = BPF_JMP | BPF_JSET | BPF_K;
	size_t i;

	if (r->how == ANY) {
		add(p, equal, (unsigned)r->number, 0, 1);
		give(p, verdict(r->error));
		return;
	}
	/* over the load, the comparisons and two verdicts */
	add(p, equal, (unsigned)r->number, 0, r->n + 3);
	load(p, at_arg(r->arg));
	for (i = 0; i < r->n; i++)
		add(p, r->how == EQUAL ? equal : any, r->values[i],
		    r->n - i - 1, i + 1 < r->n ? 0 : 1);
	give(p, verdict(r->error));
	give(p, verdict(r->otherwise));
}

/* The comparison at an instruction leads to the next one, where it is true. */
static void set_jump(struct program *p, size_t at)
{
	size_t over = p->n - at - 1;
	struct sock_filter f;
	char *place;

	p->is_too_far |= over > JUMP_MOST;
	if (p->out->failed)
		return;
	place = p->out->p + p->out->n - (over + 1) * sizeof(f);
	memcpy(&f, place, sizeof(f));
	f.jt = (unsigned char)over;
	memcpy(place, &f, sizeof(f));
}

/* Rules in the order of their numbers, by halves: whenever a filter is entered
 * the kernel goes through it once for each call that there is. */
static void add_rules(struct program *p, const struct rule *const *rules,
    size_t n, int all_else)
{
	size_t i, at = p->n, half = n / 2;

	if (n <= RULES_IN_A_ROW) {
		for (i = 0; i < n; i++)
			add_rule(p, rules[i]);
		give(p, verdict(all_else));
		return;
	}
	add(p, BPF_JMP | BPF_JGE | BPF_K, (unsigned)rules[half]->number, 0, 0);
	add_rules(p, rules, half, all_else);
	set_jump(p, at);
	add_rules(p, rules + half, n - half, all_else);
}

static int by_number(const void *a, const void *b)
{
	const struct rule *const *x = a, *const *y = b;

	return (*x)->number - (*y)->number;
}

static void add_list(struct program *p, enum seccomp_list list)
{
	const struct rule *rules[ARRAY_LEN(command) + ARRAY_LEN(sql)];
	size_t i, n = 0;

	if (list == SECCOMP_SQL) {
		for (i = 0; i < ARRAY_LEN(sql); i++)
			rules[n++] = &sql[i];
	} else {
		rules[n++] = &families;
		for (i = 0; i < ARRAY_LEN(command); i++)
			rules[n++] = &command[i];
	}
	qsort(rules, n, sizeof(rules[0]), by_number);
	add_rules(p, rules, n, list == SECCOMP_SQL ? EPERM : 0);
}

int seccomp_make(enum seccomp_list list, struct buf *out, struct error *err)
{
	struct program p = { .out = out };

	load(&p, offsetof(struct seccomp_data, arch));
	add(&p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	give(&p, SECCOMP_RET_KILL_PROCESS);
	load(&p, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
	add(&p, BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1);
	give(&p, SECCOMP_RET_KILL_PROCESS);
#endif
	add_list(&p, list);
	if (p.n > PROGRAM_MOST || p.is_too_far)
		return error_set(err, ERROR_LIMIT,
		    "the list of system calls is too long");
	return buf_check(out, err);
}

int seccomp_enter_made(struct bytes filter, struct error *err)
{
	union {
		const char *bytes;
		struct sock_filter *code;
	} made = { filter.p };
	struct sock_fprog program = {
		.len = (unsigned short)(filter.n / sizeof(struct sock_filter)),
		.filter = made.code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "no_new_privs");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		return error_sys(err, "seccomp");
	return 0;
}

int seccomp_enter(enum seccomp_list list, struct error *err)
{
	CLEANUP(buf_clear) struct buf made = { 0 };
	int rc = seccomp_make(list, &made, err);

	return rc ? rc : seccomp_enter_made(buf_bytes(&made), err);
}

static void print_rule(const struct rule *r, struct buf *out)
{
	size_t i;

	buf_printf(out, "seccomp %s %s",
	    r->error == 0            ? "allow"
	        : r->error == ENOSYS ? "absent"
	                             : "refuse",
	    r->name);
	for (i = 0; i < r->n; i++)
		buf_printf(out, "%s%#x",
		    i > 0                 ? ","
		        : r->how == EQUAL ? " is "
		                          : " has any of ",
		    r->values[i]);
	buf_add_char(out, '\n');
}

void seccomp_print(enum seccomp_list list, struct buf *out)
{
	size_t i;

	if (list == SECCOMP_SQL) {
		for (i = 0; i < ARRAY_LEN(sql); i++)
			print_rule(&sql[i], out);
		buf_add_str(out, "seccomp refuse all else\n");
		return;
	}
	print_rule(&families, out);
	buf_add_str(out, "seccomp refuse socket\n");
	for (i = 0; i < ARRAY_LEN(command); i++)
		print_rule(&command[i], out);
	buf_add_str(out, "seccomp allow all else\n");
}
