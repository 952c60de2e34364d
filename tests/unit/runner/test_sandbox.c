/* sandbox: the list of arguments as data, then what it holds back for real. */
#include "tests/unit/runner/command_help.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runner/sandbox.h"

#define BEFORE_LINKS                                                      \
	"/usr/bin/bwrap --unshare-user --unshare-ipc --unshare-pid "      \
	"--unshare-net --unshare-uts --unshare-cgroup --disable-userns "  \
	"--die-with-parent --new-session --uid 1000 --gid 1000 "          \
	"--cap-drop ALL --hostname sluice --clearenv "                    \
	"--setenv PATH /usr/bin:/bin --setenv HOME /tmp "                 \
	"--setenv TMPDIR /tmp --setenv TZ UTC --setenv LC_ALL C.UTF-8 "   \
	"--setenv PYTHONHASHSEED 0 --setenv SOURCE_DATE_EPOCH 315532800 " \
	"--setenv OMP_NUM_THREADS 3 --ro-bind /usr /usr "                 \
	"--ro-bind-try /etc/alternatives /etc/alternatives "              \
	"--ro-bind-try /etc/ld.so.cache /etc/ld.so.cache "                \
	"--ro-bind-try /etc/R /etc/R --proc /proc --dev /dev "            \
	"--size 1073741824 --perms 1777 --tmpfs /dev/shm "                \
	"--size 1073741824 --perms 1777 --tmpfs /tmp "
#define BEHIND_LINKS                                                        \
	"--bind /jobs/j1 /job --ro-bind /jobs/j1/in /job/in "               \
	"--ro-bind /jobs/j1/X.py /job/X.py --remount-ro / "                 \
	"--remount-ro /dev --chdir /job --json-status-fd 3 --seccomp 4 -- " \
	"/usr/bin/prlimit --core=0 --fsize=8589934592 --nofile=4096 "       \
	"--nproc=512 --as=1048576 -- python3 X.py"

static void join(const struct words *w, struct buf *out)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		buf_printf(out, "%s%s", i ? " " : "", w->v[i]);
}

static void make_argv(const struct sandbox *s, struct buf *out)
{
	CLEANUP(words_clear) struct words command = { 0 }, argv = { 0 };

	OK(words_split("python3 X.py", &command, &err));
	OK(sandbox_argv(s, &command, &argv, &err));
	assert_null(argv.v[argv.n]);
	join(&argv, out);
}

static void test_argv(void **state)
{
	CLEANUP(words_clear) struct words read_only = { 0 };
	CLEANUP(buf_clear) struct buf got = { 0 }, root = { 0 };
	struct sandbox s = { .directory = "/jobs/j1",
		.read_only = &read_only,
		.memory_bytes = 1 << 20,
		.threads = 3 };
	size_t n = strlen(BEFORE_LINKS), m = strlen(BEHIND_LINKS);

	(void)state;
	words_add(&read_only, "in");
	words_add(&read_only, "X.py");
	make_argv(&s, &got);
	assert_true(got.n > n + m);
	assert_memory_equal(got.p, BEFORE_LINKS, n);
	assert_string_equal(got.p + got.n - m, BEHIND_LINKS);
	/* as root: what becomes nobody comes first, and the directory is seen
	 * where nobody can reach it */
	s.nobody = "/proc/self/exe";
	make_argv(&s, &root);
	assert_memory_equal(root.p,
	    "/proc/self/exe --as-nobody /jobs/j1 /usr/bin/bwrap ", 51);
	assert_non_null(strstr(root.p,
	    " --bind /mnt /job "
	    "--ro-bind /mnt/in /job/in "));
	assert_null(strstr(root.p + 52, "/jobs/j1"));
}

static void test_argv_none(void **state)
{
	CLEANUP(buf_clear) struct buf got = { 0 }, shown = { 0 };
	CLEANUP(words_clear) struct words env = { 0 };
	struct sandbox s = { .way = SANDBOX_NONE, .directory = "/jobs/j1" };

	(void)state;
	make_argv(&s, &got);
	assert_string_equal(got.p,
	    "/usr/bin/prlimit --core=0 --fsize=8589934592 --nofile=4096 -- "
	    "python3 X.py");
	OK(sandbox_env(&s, &env, &err));
	join(&env, &shown);
	assert_string_equal(shown.p,
	    "PATH=/usr/bin:/bin HOME=/tmp TMPDIR=/tmp TZ=UTC LC_ALL=C.UTF-8 "
	    "PYTHONHASHSEED=0 SOURCE_DATE_EPOCH=315532800 OMP_NUM_THREADS=1 "
	    "PWD=/jobs/j1");
}

static void test_print(void **state)
{
	CLEANUP(words_clear) struct words w = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };

	(void)state;
	OK(words_split("bwrap --uid 1000 'a b' \"it's\" ''", &w, &err));
	sandbox_print(&w, &out);
	assert_string_equal(out.p,
	    "bwrap \\\n    --uid 1000 'a b' 'it'\\''s' ''\n");
}

/* As a directive's arguments: quotes doubled inside, nothing else special. */
static void test_words(void **state)
{
	CLEANUP(words_clear) struct words w = { 0 }, open = { 0 };
	static const char *const want[] = { "a", "b c", "d\"e", "", "$x",
		"f\\g", "hi" };
	size_t i;

	(void)state;
	OK(words_split("  a\t'b c' \"d\"\"e\" '' $x f\\g h\"i\" ", &w, &err));
	assert_int_equal(w.n, ARRAY_LEN(want));
	for (i = 0; i < w.n; i++)
		assert_string_equal(w.v[i], want[i]);
	assert_int_equal(words_split("a 'b", &open, NULL), ERROR_SYNTAX);
}

/* What bubblewrap writes, and what else could be there. */
static void test_status(void **state)
{
	int exit = -1;

	(void)state;
	assert_true(sandbox_ended(
	    bytes_of("{ \"child-pid\": 7 }\n{ \"exit-code\": 137 }\n"), &exit));
	assert_int_equal(exit, 137);
	assert_false(sandbox_ended(bytes_of("{ \"child-pid\": 7 }\n"), &exit));
	assert_false(sandbox_ended(bytes_of(""), &exit));
	assert_false(sandbox_ended(bytes_of("[1]\nnonsense\n{\"exit"), &exit));
}

static void expect_python(struct bench *b, const char *body, const char *text)
{
	struct trial t = { .run = PYTHON,
		.file = "x.py",
		.body = body,
		.columns = "[{\"name\":\"v\",\"type\":\"text\"}]",
		.part = "x\n" };

	trial_run(b, &t);
	expect_ok(&t);
	expect_log(&t, text);
	trial_clear(&t);
}

static void test_environment(void **state)
{
	/* what the test has is not what the code gets */
	setenv("SLUICE_SECRET", "1", 1);
	expect_python(*state,
	    "import os\n"
	    "for k in sorted(os.environ): print(k, os.environ[k])\n",
	    "HOME /tmp\nLC_ALL C.UTF-8\nOMP_NUM_THREADS 1\n"
	    "PATH /usr/bin:/bin\nPWD /job\nPYTHONHASHSEED 0\n"
	    "SOURCE_DATE_EPOCH 315532800\nTMPDIR /tmp\nTZ UTC\n");
}

static void test_descriptors(void **state)
{
	int leaked = open("/etc/passwd", O_RDONLY); /* without O_CLOEXEC */

	assert_true(leaked >= 0);
	/* the fourth is listdir()'s own */
	expect_python(*state,
	    "import os\nprint(sorted(os.listdir('/proc/self/fd')))\n"
	    "print(os.readlink('/proc/self/fd/0'))\n",
	    "['0', '1', '2', '3']\n/dev/null\n");
	close(leaked);
}

static void test_identity(void **state)
{
	expect_prints(*state,
	    "id -u; id -g; hostname; grep -E '^(CapEff|CapBnd|NoNewPrivs)' "
	    "/proc/self/status | tr '\\t' ' '; ls / | grep -v '^lib' | tr '\\n' ' '; "
	    "ls -d /proc/[0-9]* | wc -l | grep -qx '[1-9]' && echo few; "
	    "ulimit -c; ulimit -u",
	    "1000\n1000\nsluice\nCapEff: 0000000000000000\n"
	    "CapBnd: 0000000000000000\nNoNewPrivs: 1\n"
	    "bin dev etc job proc sbin tmp usr "
	    "few\n0\n512\n");
}

static void test_hidden_files(void **state)
{
	const struct bench *b = *state;
	CLEANUP(buf_clear) struct buf body = { 0 };

	buf_printf(&body,
	    "for f in /etc/passwd /etc/shadow /etc/hostname /root /home /var "
	    "/run /sys /mnt /opt /srv /boot %s /proc/1/root/root "
	    "/proc/1/root/etc/passwd; do "
	    "[ -e $f ] && echo \"sees $f\"; done; "
	    "for f in $(ls /etc); do case $f in alternatives|ld.so.cache|R) ;; "
	    "*) echo \"sees /etc/$f\";; esac; done; :",
	    b->dir);
	assert_false(body.failed);
	expect_prints(*state, body.p, "");
}

static void test_read_only(void **state)
{
	struct trial t = { .columns = "[{\"name\":\"v\",\"type\":\"text\"}]",
		.part = "x\n",
		.helper = "lib.sh",
		.helper_text = "",
		.body = "exec 2>/dev/null\n"
		        "for f in /x /usr/x /dev/x /etc/x /proc/x in/x; do\n"
		        "  (: >$f) && echo \"made $f\"; done\n"
		        "for f in in/p.csv in/p.schema.json lib.sh x.sh; do\n"
		        "  (: >$f) && echo \"emptied $f\"\n"
		        "  chmod 0777 $f && echo \"changed $f\"\n"
		        "  rm -f $f && echo \"removed $f\"\n"
		        "  mv $f /tmp/x && echo \"moved $f\"; done\n"
		        "mv in gone && echo moved in\n"
		        "(echo 1 >/proc/sys/kernel/panic) && echo sys\n"
		        "(echo b >/proc/sysrq-trigger) && echo sysrq\n"
		        "for d in . /tmp /dev/shm; do\n"
		        "  echo x >$d/f || echo \"cannot write $d\"; done\n" };

	trial_run(*state, &t);
	expect_ok(&t);
	expect_log(&t, "");
	expect_file(&t, "in/p.csv", "v\nx\n");
	trial_clear(&t);
}

/* A port on the loopback, and a name without a file. */
static int listen_tcp(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static int listen_abstract(char *name, size_t size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name, size, "sluice-test-%ld", (long)getpid());
	memcpy(a.sun_path + 1, name, strlen(name));
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&a,
	        (socklen_t)(sizeof(sa_family_t) + 1 + strlen(name))),
	    0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void test_network(void **state)
{
	CLEANUP(buf_clear) struct buf body = { 0 };
	char name[64];
	int port, tcp = listen_tcp(&port);
	int local = listen_abstract(name, sizeof(name));

	buf_printf(&body,
	    "import socket\n"
	    "def dial(family, to):\n"
	    "  s = socket.socket(family); s.settimeout(5)\n"
	    "  try: s.connect(to); print('reached', to)\n"
	    "  except OSError: print('refused')\n"
	    "dial(socket.AF_INET, ('127.0.0.1', %d))\n"
	    "dial(socket.AF_INET, ('192.0.2.1', 80))\n"
	    "dial(socket.AF_UNIX, '\\0%s')\n"
	    "print([l.split(':')[0].strip() for l in "
	    "open('/proc/net/dev')][2:])\n",
	    port, name);
	expect_python(*state, body.p, "refused\nrefused\nrefused\n['lo']\n");
	close(tcp);
	close(local);
}

static void test_no_way_up(void **state)
{
	expect_prints(*state,
	    "exec 2>/dev/null; unshare -U true && echo userns; "
	    "unshare -n true && echo netns; mount -t tmpfs x /tmp && echo "
	    "mount; chroot / true && echo chroot; mknod n c 1 3 && echo mknod; "
	    "umount in && echo umount; :",
	    "");
}

/* The code may fork until its limit; then it is told so. */
static void test_fork_bomb(void **state)
{
	expect_python(*state,
	    "import os, time\n"
	    "n = 0\n"
	    "try:\n"
	    "  while n < 3000:\n"
	    "    if os.fork() == 0: time.sleep(1000)\n"
	    "    n += 1\n"
	    "except OSError: pass\n"
	    "print('bounded' if 400 < n < 512 else n)\n",
	    "bounded\n");
}

static void test_sizes(void **state)
{
	struct trial t = { .body = "dd if=/dev/zero of=big bs=1 count=1 "
		                   "seek=9G status=none" };

	trial_run(*state, &t);
	expect_failed(&t, "signal");
	assert_non_null(strstr(said(&t, "message"), "larger than 8 GiB"));
	trial_clear(&t);
	expect_python(*state,
	    "import os\n"
	    "for d in '/tmp', '/dev/shm':\n"
	    "  s = os.statvfs(d); print(s.f_blocks * s.f_frsize)\n",
	    "1073741824\n1073741824\n");
}

/* 10^6 files are ended far before, whatever the depth they lie in. */
static void test_many_files(void **state)
{
	struct trial t = { .run = PYTHON,
		.file = "x.py",
		.timeout_ms = 600000, /* of a busy machine */
		.body = "import os, time\n"
		        "os.makedirs('a/b/c')\n"
		        "n = 0\n"
		        "while n < 1000000:\n"
		        "  open('a/b/c/%d' % n, 'w').close(); n += 1\n"
		        "time.sleep(1000)\n" };

	trial_run(*state, &t);
	expect_failed(&t, "output");
	assert_non_null(strstr(said(&t, "message"), "100000 files"));
	trial_clear(&t);
}

/* What a command can see of its surroundings, line by line. Left out, because
 * it differs on purpose or from run to run: the first process's own words,
 * numbers of mounts, pipes and devices, times, the job directory's name on the
 * machine, the identities outside, how the ban of user namespaces is written,
 * the owner of /dev/pts, and how the new root is called in the old one. */
static const char look_around[] =
    "import os, re, resource, socket, stat, time\n"
    "for line in open('/proc/self/status'):\n"
    "  if re.match('(Cap|Seccomp|NoNew|Groups|Uid|Gid|NS|Umask|Sig[BIC]|Pid|"
    "PPid|Tracer|Shd|Speculation)', line):\n"
    "    name, value = line.split(':')\n"
    /* 32 and 33 are the C library's: who starts a program may ignore them */
    "    if name == 'SigIgn': value = hex(int(value, 16) & ~(3 << 31))\n"
    "    print(name, *value.split())\n"
    "for line in sorted(open('/proc/self/mountinfo'), \n"
    "    key=lambda s: s.split()[4]):\n"
    "  f = line.split()\n"
    "  root = '/' if f[4] == '/' else f[3]\n"
    "  if f[4].startswith('/job'): root = root.rpartition('/')[2] * (f[4] != '/job')\n"
    "  print(root, *f[4:6], *sorted(f[6:-1]),\n"
    "    re.sub('mode=755,', '', f[-1]) if f[4] == '/' else f[-1])\n"
    "for d in '/', '/dev', '/etc', '/job', '/tmp', '/dev/shm', '/usr':\n"
    "  s = os.statvfs(d); print(d, s.f_flag, s.f_blocks * s.f_frsize "
    "if d in ('/tmp', '/dev/shm') else '')\n"
    "  for n in ['.'] + sorted(os.listdir(d)):\n"
    "    p = os.path.join(d, n); s = os.lstat(p)\n"
    "    print(p, oct(s.st_mode), s.st_nlink if d != '/' else '',\n"
    "      '' if n == 'pts' else (s.st_uid, s.st_gid), s.st_rdev,\n"
    "      os.readlink(p) if stat.S_ISLNK(s.st_mode) else '')\n"
    "for n in sorted(dir(resource)):\n"
    "  if n.startswith('RLIMIT_'):\n"
    "    print(n, resource.getrlimit(getattr(resource, n)))\n"
    "for k in sorted(os.environ): print(k, os.environ[k])\n"
    "for n in sorted(os.listdir('/proc/self/fd')):\n"
    "  try: print(n, re.sub('[0-9]+', 'N', os.readlink('/proc/self/fd/' + n)),\n"
    "    open('/proc/self/fdinfo/' + n).read().split('\\n')[:2])\n"
    "  except OSError: print(n, 'listdir')\n"
    "print(sorted(os.listdir('/proc'), key=str))\n"
    "print(os.getpid(), os.getppid(), os.getsid(0), os.getpgid(0))\n"
    "print(os.uname().nodename, os.getcwd(), os.getpriority(0, 0))\n"
    "print(open('/proc/net/dev').read(), open('/proc/net/route').read())\n"
    "print(open('/proc/net/unix').read().count('\\n'))\n"
    "print(open('/proc/self/setgroups').read())\n"
    "print(open('/proc/self/cgroup').read().count('\\n'))\n"
    "s = socket.create_server(('127.0.0.1', 0))\n"
    "print(socket.create_connection(s.getsockname()).getpeername()[0])\n"
    "a, b = os.openpty(); print(os.ttyname(b))\n"
    "for n in ['kernel/hostname', 'kernel/panic', 'net/ipv4/ip_forward']:\n"
    "  try: open('/proc/sys/' + n, 'w'); print('writable', n)\n"
    "  except OSError as e: print(n, e.errno)\n"
    "os.umask(os.umask(0)); print(time.tzname)\n";

static char *look(const char *way)
{
	struct trial t = { .run = PYTHON,
		.file = "x.py",
		.body = look_around,
		.memory_bytes = 1 << 30,
		.helper = "lib.py",
		.helper_text = "",
		.columns = "[{\"name\":\"v\",\"type\":\"text\"}]",
		.part = "x\n" };
	struct bench *b;
	void *state;
	char *out;

	bench_open_way(way, &state);
	b = state;
	trial_run(b, &t);
	expect_ok(&t);
	assert_string_equal(said(&t, "sandbox"), way);
	out = mem_strdup(log_text(&t));
	trial_clear(&t);
	bench_close(&state);
	return out;
}

/* Cuts the next line out of text; "" at its end. */
static const char *next_line(char **text)
{
	char *line = *text, *lf = strchr(line, '\n');

	*text = lf ? lf + 1 : line + strlen(line);
	if (lf != NULL)
		*lf = '\0';
	return line;
}

/* Our own performance of the list and bubblewrap's show the same. */
static void test_same_view(void **state)
{
	char *ours = look("namespaces"), *reference = look("bubblewrap");
	char *a = ours, *b = reference;

	(void)state;
	assert_non_null(strstr(ours, "NoNewPrivs 1\n"));
	assert_non_null(strstr(ours, "Seccomp 2\n"));
	while (*a != '\0' || *b != '\0')
		assert_string_equal(next_line(&a), next_line(&b));
	mem_free(ours);
	mem_free(reference);
}

int main(void)
{
	const struct CMUnitTest data[] = {
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_argv_none),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_status),
	};
	const struct CMUnitTest real[] = {
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_hidden_files),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_no_way_up),
		cmocka_unit_test(test_fork_bomb),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_many_files),
	};
	const struct CMUnitTest both[] = {
		cmocka_unit_test(test_same_view),
	};
	int failed = cmocka_run_group_tests(data, NULL, NULL);

	if (!has_sandbox()) {
		puts("SKIPPED: user namespaces are not available here");
		return failed ? failed : 77;
	}
	failed += cmocka_run_group_tests(both, NULL, NULL);
	failed += cmocka_run_group_tests_name("namespaces", real, bench_open,
	    bench_close);
	return failed +
	    cmocka_run_group_tests_name("bubblewrap", real,
	        bench_open_bubblewrap, bench_close);
}
