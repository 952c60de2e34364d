/* cgroup: of version 2 all that this machine lets be done is done with the
 * kernel's own (groups, their processes, killing, removing); controllers, which
 * it may have in version 1, are files of a tree made here, named and filled as
 * Documentation/admin-guide/cgroup-v2.rst says. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/base/buf.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/cgroup_impl.h"

static char root[64];

static int set_up(void **state)
{
	(void)state;
	return file_make_temp_dir("/tmp", root, sizeof(root), NULL);
}

static int tear_down(void **state)
{
	(void)state;
	return file_remove_tree(root, NULL);
}

static void put(const char *directory, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, directory);
	assert_int_equal(file_make_dirs(path, NULL), 0);
	snprintf(path, sizeof(path), "%s/%s/%s", root, directory, name);
	assert_int_equal(file_write(path, bytes_of(text), 0644, NULL), 0);
}

static void has(const char *directory, const char *name, const char *text)
{
	CLEANUP(buf_clear) struct buf is = { 0 };
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(file_read(path, 1000, &is, NULL), 0);
	assert_string_equal(is.n > 0 ? is.p : "", text);
}

/* A group as a kernel makes it; below: what it hands down. */
static void make_group(const char *directory, const char *below)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.kill",
		"memory.max", "memory.swap.max", "memory.oom.group",
		"pids.max" };
	size_t i;

	put(directory, "cgroup.subtree_control", below);
	for (i = 0; i < ARRAY_LEN(files); i++)
		put(directory, files[i], "");
}

/* --- where groups are made --- */

static void is_found(const char *self, const char *kind, const char *where)
{
	struct cgroup_place p;
	char expected[PATH_MAX];

	cgroup_find(root, self, &p);
	assert_string_equal(p.version->kind, kind);
	snprintf(expected, sizeof(expected), "%s%s", root, where);
	if (p.n > 0)
		assert_string_equal(p.directories[0], expected);
}

static void groups_are_made_where_controllers_are_handed_down(void **state)
{
	(void)state;
	/* the root hands them down, and may have processes */
	make_group(".", "cpuset cpu io memory pids\n");
	is_found("0::/\n", "v2", "/");
	/* systemd's Delegate= with DelegateSubgroup=: beside ours */
	make_group("system.slice", "cpu memory pids\n");
	make_group("system.slice/runner.service", "memory pids\n");
	make_group("system.slice/runner.service/main", "");
	is_found("0::/system.slice/runner.service/main\n", "v2",
	    "/system.slice/runner.service");
	/* and so it is seen from a worker that has its group already */
	make_group("system.slice/runner.service/sluice-12", "");
	is_found("0::/system.slice/runner.service/sluice-12\n", "v2",
	    "/system.slice/runner.service");
	/* one of the two is not enough, nor is a part of its name */
	make_group("one", "memory\n");
	make_group("one/main", "");
	is_found("0::/one/main\n", "none", "");
	make_group("other", "memory-x xpids hugetlb\n");
	make_group("other/main", "");
	is_found("0::/other/main\n", "none", "");
	/* no group, no line, nothing above the root */
	is_found("0::/no/such\n", "none", "");
	is_found("0::/no/such", "none", "");
	is_found("", "none", "");
	put(".", "cgroup.subtree_control", "\n");
	is_found("0::/\n", "none", "");
}

/* Version 1 is taken where version 2 is there without the controllers, as on a
 * machine that has both. */
static void version_1_where_it_has_the_controllers(void **state)
{
	(void)state;
	make_group(".", "");
	put("memory/a", "cgroup.procs", "");
	put("pids/b", "cgroup.procs", "");
	is_found("9:name=systemd:/\n8:pids:/b\n4:cpu,memory:/a\n0::/\n", "v1",
	    "/memory/a");
	is_found("8:pids:/b\n0::/\n", "none", "");
}

/* --- limits --- */

/* A place of a group that is as the kernel makes it, and entered. */
static void enter_made(struct cgroup_place *p)
{
	char group[64];

	make_group(".", "memory pids\n");
	make_group("main", "");
	snprintf(group, sizeof(group), "sluice-%ld", (long)getpid());
	make_group(group, "");
	cgroup_find(root, "0::/main\n", p);
	assert_ptr_equal(p->version, &cgroup_v2);
	assert_int_equal(cgroup_enter_place(p, NULL), 0);
}

static void limits_are_written_as_the_kernel_reads_them(void **state)
{
	struct cgroup_place p;

	(void)state;
	enter_made(&p);
	has(p.directories[0], "cgroup.procs", "0");
	assert_int_equal(cgroup_set_processes(&p, NULL), 0);
	has(p.directories[0], "pids.max", "600");
	assert_int_equal(cgroup_set_memory(&p, UINT64_C(536870912), NULL), 0);
	has(p.directories[0], "memory.max", "536870912");
	has(p.directories[0], "memory.swap.max", "0");
	/* the worker is in it */
	has(p.directories[0], "memory.oom.group", "");
}

static void no_limit_is_max(void **state)
{
	struct cgroup_place p;

	(void)state;
	enter_made(&p);
	assert_int_equal(cgroup_set_memory(&p, 0, NULL), 0);
	has(p.directories[0], "memory.max", "max");
	has(p.directories[0], "memory.swap.max", "max");
}

/* A kernel that does not count swap has no such file; one that has no file for
 * memory holds no command. */
static void what_is_not_there(void **state)
{
	struct error err = { 0 };
	struct cgroup_place p;
	char path[PATH_MAX + 32];

	(void)state;
	enter_made(&p);
	snprintf(path, sizeof(path), "%s/memory.swap.max", p.directories[0]);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cgroup_set_memory(&p, 1 << 20, NULL), 0);
	has(p.directories[0], "memory.max", "1048576");
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/memory.max", p.directories[0]);
	assert_int_equal(unlink(path), 0);
	assert_int_not_equal(cgroup_set_memory(&p, 1 << 20, &err), 0);
	assert_non_null(strstr(err.msg, "memory.max"));
}

/* --- with the kernel's own --- */

/* Where version 2 is mounted and may be written; false: nowhere. */
static bool find_mount(char *out, size_t size)
{
	char line[4096], type[64], where[PATH_MAX];
	FILE *f = fopen("/proc/self/mounts", "r");
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "%*s %4095s %63s", where, type) == 2 &&
		    strcmp(type, "cgroup2") == 0 && access(where, W_OK) == 0;
	if (f != NULL)
		fclose(f);
	return found && (size_t)snprintf(out, size, "%s", where) < size;
}

/* In a child: enters a group of its own below the one it is put in; says which
 * it is in by then, and leaves a process behind that goes on for a minute. */
static void enter_and_leave(const char *mount, const char *top, int to)
{
	static const char *const no_controllers[] = { "" };
	struct cgroup_place p = { .version = &cgroup_v2, .n = 1 };
	char path[PATH_MAX], self[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s/cgroup.procs", mount, top);
	if ((f = fopen(path, "w")) == NULL || fputs("0", f) < 0 || fclose(f))
		_exit(1);
	snprintf(self, sizeof(self), "0::%s\n", top);
	if (!cgroup_find_v2(mount, self, no_controllers, p.directories[0]) ||
	    cgroup_enter_place(&p, NULL))
		_exit(2);
	if (fork() == 0) {
		signal(SIGTERM, SIG_IGN);
		alarm(60);
		for (;;)
			pause();
	}
	f = fopen("/proc/self/cgroup", "r");
	while (f != NULL && fgets(self, sizeof(self), f) != NULL)
		if (strncmp(self, "0::", 3) == 0 &&
		    write(to, self, strlen(self)) < 0)
			_exit(3);
	_exit(0);
}

static void a_group_is_entered_and_removed_with_all_in_it(void **state)
{
	char mount[PATH_MAX - 256], top[64], path[PATH_MAX], said[256] = "";
	char expected[256];
	struct cgroup_place p = { .version = &cgroup_v2, .n = 1 };
	int ends[2], status;
	pid_t pid;

	(void)state;
	if (!find_mount(mount, sizeof(mount))) {
		print_message("no control groups of version 2 here\n");
		skip();
	}
	snprintf(top, sizeof(top), "/test-cgroup-%ld", (long)getpid());
	snprintf(path, sizeof(path), "%s%s", mount, top);
	if (mkdir(path, 0755) < 0) {
		print_message("no group can be made in %s\n", mount);
		skip();
	}
	snprintf(p.directories[0], PATH_MAX, "%s", path);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		enter_and_leave(mount, top, ends[1]);
	close(ends[1]);
	assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(expected, sizeof(expected), "0::%s/sluice-%ld\n", top,
	    (long)pid);
	assert_string_equal(said, expected);
	/* its group has what it left, and cannot just be removed */
	snprintf(path, sizeof(path), "%s%s/sluice-%ld", mount, top, (long)pid);
	assert_int_equal(rmdir(path), -1);
	assert_int_equal(errno, EBUSY);
	cgroup_remove_below(&p, pid);
	assert_int_equal(access(path, F_OK), -1);
	/* the end of the pipe that it held is closed: it is gone */
	assert_int_equal(read(ends[0], said, sizeof(said)), 0);
	close(ends[0]);
	assert_int_equal(rmdir(p.directories[0]), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(groups_are_made_where_controllers_are_handed_down),
		TEST(version_1_where_it_has_the_controllers),
		TEST(limits_are_written_as_the_kernel_reads_them),
		TEST(no_limit_is_max),
		TEST(what_is_not_there),
		TEST(a_group_is_entered_and_removed_with_all_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
