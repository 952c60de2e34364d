/* worker: a process that may die, hang or be cancelled at any time. With
 * sandbox "none" the code's parent is the worker, so that it can harm it. */
#include "tests/unit/runner/command_help.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "cache/base/clock.h"

static void expect_works(struct bench *b)
{
	struct trial t = { .body = "echo well", .sandbox = "none" };

	trial_run(b, &t);
	expect_ok(&t);
	expect_log(&t, "well\n");
	assert_string_equal(said(&t, "sandbox"), "none");
	trial_clear(&t);
}

static void test_unknown_engine(void **state)
{
	struct bench *b = *state;
	json_auto_t *request =
	    json_pack("{s:s,s:s}", "op", "run", "engine", "fortran");
	json_auto_t *reply = NULL;

	OK(worker_call(b->w,
	    &(struct worker_call){ .request = request, .timeout_ms = 1000 },
	    &reply, &err));
	assert_string_equal(json_str_or(reply, "failure", ""), "surroundings");
	expect_works(b);
}

/* Fewer or more descriptors than the request speaks of. */
static void test_miscounted(void **state)
{
	struct bench *b = *state;
	int log = temp_file(b, NULL), fds[] = { log, log, log, log }, n;

	for (n = 0; n <= 4; n++) {
		json_auto_t *reply = NULL;
		json_auto_t *request =
		    json_pack("{s:s,s:s,s:[{s:s}],s:[{s:s,s:[{s:i}]}]}", "op",
		        "run", "engine", "command", "helpers", "name", "h",
		        "inputs", "name", "p", "parts", "rows", 1);

		OK(worker_call(b->w,
		    &(struct worker_call){ .request = request,
		        .fds = fds,
		        .n_fds = (size_t)n,
		        .timeout_ms = 1000 },
		    &reply, &err));
		assert_string_equal(json_str_or(reply, "failure", ""),
		    "surroundings");
	}
	close(log);
	expect_works(b);
}

static void test_killed(void **state)
{
	static const struct {
		const char *body, *failure, *says;
	} cases[] = {
		{ "kill -TERM $PPID", "surroundings", "signal 15" },
		/* the kernel's way when memory ends */
		{ "kill -KILL $PPID", "memory", "signal 9" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct trial t = { .body = cases[i].body, .sandbox = "none" };

		trial_run(*state, &t);
		expect_failed(&t, cases[i].failure);
		assert_non_null(strstr(said(&t, "message"), cases[i].says));
		trial_clear(&t);
		expect_works(*state);
	}
}

/* A worker that does not answer although its job's limit is over. */
static void test_stopped(void **state)
{
	struct trial t = { .body = "kill -STOP $PPID",
		.sandbox = "none",
		.timeout_ms = 200 };

	trial_run(*state, &t);
	expect_failed(&t, "timeout");
	trial_clear(&t);
	expect_works(*state);
}

static void test_no_program(void **state)
{
	struct worker *w = NULL;
	json_auto_t *request = json_object(), *reply = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(worker_open(
	                     &(struct worker_options){
	                         .program = "/nonexistent/sluice-worker",
	                         .sandbox = "none" },
	                     &w, &err),
	    0);
	assert_int_equal(worker_call(w,
	                     &(struct worker_call){ .request = request },
	                     &reply, &err),
	    ERROR_NOT_FOUND);
	worker_close(w);
}

static bool is_locked(const char *path)
{
	int fd = -1;
	struct error err = { 0 };
	int rc = file_lock(path, false, &fd, &err);

	if (rc == 0)
		close(fd);
	return rc == ERROR_BUSY;
}

/* What a job keeps locked as long as any process of it lives; it has no
 * descriptor of ours, so it opens a file of its directory. */
#define HOLDS_LOCK                                                            \
	"exec 8<>lock; flock 8; "                                             \
	"(setsid bash -c 'trap \"\" TERM HUP INT; sleep 1000' >/dev/null &) " \
	"; sleep 1000"

/* Waits for a condition of another process, with an end. */
static bool wait_for(bool (*is)(const char *path), const char *path)
{
	int64_t last = clock_mono() + 30000;

	while (clock_mono() < last) {
		if (is(path))
			return true;
		clock_sleep(2);
	}
	return false;
}

static bool is_free(const char *path)
{
	return !is_locked(path);
}

struct canceller {
	atomic_bool cancelled;
	char path[600];
};

static void *cancel_when_locked(void *payload)
{
	struct canceller *c = payload;

	wait_for(file_exists, c->path);
	wait_for(is_locked, c->path);
	atomic_store(&c->cancelled, true);
	return NULL;
}

static void cancel_one(struct bench *b, const char *sandbox)
{
	struct canceller c = { .cancelled = false };
	struct trial t = { .body = HOLDS_LOCK, .sandbox = sandbox };
	struct worker *w = NULL;
	json_auto_t *request = NULL, *again = NULL;
	pthread_t thread;

	OK(worker_open(&(struct worker_options){ .program = b->worker_path,
	                   .sandbox = sandbox,
	                   .cancelled = &c.cancelled },
	    &w, &err));
	OK(file_make_temp_dir(b->dir, t.job, sizeof(t.job), &err));
	snprintf(c.path, sizeof(c.path), "%s/lock", t.job);
	request = trial_request(&t);
	assert_int_equal(pthread_create(&thread, NULL, cancel_when_locked, &c),
	    0);
	assert_int_equal(worker_call(w,
	                     &(struct worker_call){ .request = request,
	                         .timeout_ms = 60000 },
	                     &t.reply, NULL),
	    ERROR_CANCELLED);
	pthread_join(thread, NULL);
	assert_null(t.reply);
	assert_true(file_exists(c.path));
	assert_true(wait_for(is_free, c.path));
	/* a cancelled run starts nothing more */
	assert_int_equal(worker_call(w,
	                     &(struct worker_call){ .request = request },
	                     &again, NULL),
	    ERROR_CANCELLED);
	worker_close(w);
	trial_clear(&t);
}

static void test_cancelled(void **state)
{
	cancel_one(*state, "none");
	if (has_sandbox())
		cancel_one(*state, "bubblewrap");
}

/* When the dispatcher dies, all that it started goes with it. */
static void orphan_one(struct bench *b, const char *sandbox)
{
	struct trial t = { .body = HOLDS_LOCK, .sandbox = sandbox };
	struct worker *w = NULL;
	json_auto_t *request = NULL;
	char path[600];
	pid_t pid;

	OK(file_make_temp_dir(b->dir, t.job, sizeof(t.job), &err));
	snprintf(path, sizeof(path), "%s/lock", t.job);
	request = trial_request(&t);
	OK(worker_open(&(struct worker_options){ .program = b->worker_path,
	                   .sandbox = sandbox },
	    &w, &err));
	pid = fork();
	if (pid == 0) {
		worker_call(w,
		    &(struct worker_call){ .request = request,
		        .timeout_ms = 60000 },
		    &t.reply, NULL);
		_exit(0);
	}
	assert_true(wait_for(file_exists, path));
	assert_true(wait_for(is_locked, path));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(wait_for(is_free, path));
	worker_close(w);
	trial_clear(&t);
}

static void test_orphaned(void **state)
{
	orphan_one(*state, "none");
	if (has_sandbox())
		orphan_one(*state, "bubblewrap");
}

/* One worker serves many jobs, and closing it leaves no process. */
static void test_many(void **state)
{
	int i;

	for (i = 0; i < 20; i++)
		expect_works(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_unknown_engine),
		cmocka_unit_test(test_miscounted),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_orphaned),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
