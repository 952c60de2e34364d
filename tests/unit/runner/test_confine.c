/* confine, landlock: what a process can still reach, tried from inside. Each
 * attempt is first shown to work outside. */
#define _GNU_SOURCE
#include "tests/unit/runner/command_help.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "runner/confine.h"
#include "runner/landlock.h"

struct place {
	char dir[256], own[300], other[300];
};

static int reads(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int makes(const char *directory)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/made", directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return 0;
	close(fd);
	return unlink(path) == 0;
}

static int has_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The child's verdict: 0, or the number of the attempt that went wrong. */
static void in_child(int (*child)(const struct place *p), const struct place *p)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(child(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int try_confined(const struct place *p)
{
	struct confine_place spill;
	pid_t parent = getppid();

	if (confine_enter(p->own, &spill, NULL))
		return 1;
	if (reads("/etc/passwd") || reads(p->other) || reads("/proc/self/stat"))
		return 2;
	if (makes(p->own) || makes(p->dir) || makes("/"))
		return 3;
	if (!makes(spill.path))
		return 4;
	if (has_socket())
		return 5;
	if (fork() >= 0 || errno != EPERM)
		return 6;
	if (kill(parent, 0) == 0)
		return 7;
	execl("/bin/true", "true", NULL);
	return errno == EPERM ? 0 : 8;
}

static int try_nowhere(const struct place *p)
{
	struct confine_place spill;

	if (confine_enter("", &spill, NULL))
		return 1;
	if (spill.path[0] != '\0' || reads(p->other))
		return 2;
	return makes("/tmp") || makes("/") ? 3 : 0;
}

/* As where the machine makes no namespaces. */
static int try_landlock(const struct place *p)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    landlock_enter(p->own, NULL))
		return 1;
	if (reads("/etc/passwd") || reads(p->other))
		return 2;
	if (makes(p->dir))
		return 3;
	if (!makes(p->own))
		return 4;
	return landlock_abi() >= 6 && kill(getppid(), 0) == 0 ? 5 : 0;
}

static int try_outside(const struct place *p)
{
	if (!reads("/etc/passwd") || !reads(p->other))
		return 1;
	if (!makes(p->own) || !makes(p->dir))
		return 2;
	return has_socket() && kill(getppid(), 0) == 0 ? 0 : 3;
}

static void test_confined(void **state)
{
	in_child(try_outside, *state);
	in_child(try_confined, *state);
	in_child(try_nowhere, *state);
}

static void test_landlock(void **state)
{
	if (landlock_abi() == 0) {
		puts("SKIPPED: this kernel has no Landlock");
		skip();
	}
	in_child(try_outside, *state);
	in_child(try_landlock, *state);
}

static int open_place(void **state)
{
	static struct place p;

	OK(file_make_temp_dir("/tmp", p.dir, sizeof(p.dir), &err));
	snprintf(p.own, sizeof(p.own), "%s/own", p.dir);
	snprintf(p.other, sizeof(p.other), "%s/other", p.dir);
	assert_int_equal(mkdir(p.own, 0700), 0);
	OK(file_write(p.other, bytes_of("canary"), 0600, &err));
	*state = &p;
	return 0;
}

static int close_place(void **state)
{
	const struct place *p = *state;

	return file_remove_tree(p->dir, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_landlock),
	};

	return cmocka_run_group_tests(tests, open_place, close_place);
}
