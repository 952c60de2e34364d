/* notes: none is lost when many processes write at once. */
#include <sys/wait.h>
#include <unistd.h>

#include "cache/base/mem.h"
#include "hooks/notes.h"
#include "tests/unit/hooks/repo_help.h"
#include "tests/unit/outbound_help.h"

enum {
	WRITERS = 24
};

/* A writer in its own process, started when the pipe closes. */
static pid_t start_writer(const struct repo *r, const char *commit, int n,
    int go[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		struct outbound *text = outbound_open();
		struct refs *refs = NULL;
		char c;
		int rc = refs_open(r->dir, &refs, NULL);

		close(go[1]);
		(void)!read(go[0], &c, 1);
		outbound_words(text, "note ");
		outbound_count(text, (size_t)n);
		outbound_words(text, "\n");
		if (rc == 0)
			rc = notes_set(refs, commit, text, NULL);
		outbound_close(text); /* _exit() cleans nothing up */
		refs_close(refs);
		_exit(rc ? 1 : 0);
	}
	assert_true(pid > 0);
	return pid;
}

static int set(struct refs *r, const char *commit, const char *words)
{
	CLEANUP(outbound_closep) struct outbound *text = outbound_of(words);

	return notes_set(r, commit, text, NULL);
}

static void many_processes_lose_no_note(void **state)
{
	char commits[WRITERS][41], command[256], shown[64], expected[64];
	pid_t pids[WRITERS];
	struct repo r;
	int go[2], i, status;

	(void)state;
	repo_make(&r);
	for (i = 0; i < WRITERS; i++) {
		snprintf(command, sizeof(command), "text %d", i);
		repo_commit(&r, "main", i ? commits[i - 1] : NULL, command,
		    commits[i]);
	}
	assert_int_equal(pipe(go), 0);
	for (i = 0; i < WRITERS; i++)
		pids[i] = start_writer(&r, commits[i], i, go);
	close(go[0]);
	close(go[1]);
	for (i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	for (i = 0; i < WRITERS; i++) {
		snprintf(command, sizeof(command),
		    "git notes --ref=sluice show %.40s", commits[i]);
		assert_int_equal(sh(&r, shown, sizeof(shown), command), 0);
		snprintf(expected, sizeof(expected), "note %d", i);
		assert_string_equal(shown, expected);
	}
	repo_remove(&r);
}

static void a_note_is_replaced_and_read(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error err = { 0 };
	char commit[41], before[41], after[41];
	struct repo r;

	(void)state;
	repo_make(&r);
	repo_commit(&r, "main", NULL, "x", commit);
	assert_int_equal(refs_open(r.dir, &refs, &err), 0);
	assert_int_equal(notes_get(refs, commit, &text, NULL), ERROR_NOT_FOUND);
	assert_int_equal(set(refs, commit, "one\n"), 0);
	assert_int_equal(set(refs, commit, "two\n"), 0);
	sh(&r, before, sizeof(before), "git rev-parse refs/notes/sluice");
	assert_int_equal(set(refs, commit, "two\n"), 0);
	sh(&r, after, sizeof(after), "git rev-parse refs/notes/sluice");
	assert_string_equal(before, after); /* nothing to write */
	assert_int_equal(notes_get(refs, commit, &text, &err), 0);
	assert_string_equal(text.p, "two\n");
	repo_remove(&r);
}

static void a_dead_writers_lock_does_not_hold(void **state)
{
	CLEANUP(refs_closep) struct refs *refs = NULL;
	struct error err = { 0 };
	char commit[41], shown[64];
	struct repo r;

	(void)state;
	repo_make(&r);
	repo_commit(&r, "main", NULL, "x", commit);
	assert_int_equal(refs_open(r.dir, &refs, &err), 0);
	assert_int_equal(set(refs, commit, "one\n"), 0);
	assert_int_equal(sh(&r, NULL, 0, "touch refs/notes/sluice.lock"), 0);
	assert_int_equal(set(refs, commit, "two\n"), 0);
	sh(&r, shown, sizeof(shown), "git notes --ref=sluice show main");
	assert_string_equal(shown, "two");
	repo_remove(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_processes_lose_no_note),
		cmocka_unit_test(a_note_is_replaced_and_read),
		cmocka_unit_test(a_dead_writers_lock_does_not_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
