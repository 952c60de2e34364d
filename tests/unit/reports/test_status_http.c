/* status_http, against a real server: tests/e2e/forge.py. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "reports/status_http.h"
#include "tests/unit/outbound_help.h"

#define COMMIT "0123456789012345678901234567890123456789"
#define TOKEN "github_pat_S3cret"

static char dir[256], script[300], log_path[300], token[300], url[128];
static pid_t server;

static void write_file(const char *path, const char *text)
{
	assert_int_equal(file_write(path, bytes_of(text), 0600, NULL), 0);
}

static void start(int out)
{
	char *const argv[] = { (char[]){ "/usr/bin/python3" },
		(char[]){ "tests/e2e/forge.py" }, (char[]){ "--log" }, log_path,
		(char[]){ "--script" }, script, (char[]){ "--token" },
		(char[]){ TOKEN }, NULL };

	dup2(out, STDOUT_FILENO);
	execv(argv[0], argv);
	_exit(127);
}

static int set_up(void **state)
{
	int fd[2], port = 0;
	FILE *in;

	(void)state;
	if (file_make_temp_dir("/tmp", dir, sizeof(dir), NULL) || pipe(fd))
		return -1;
	snprintf(script, sizeof(script), "%s/script", dir);
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	snprintf(token, sizeof(token), "%s/token", dir);
	write_file(token, TOKEN "\n");
	server = fork();
	if (server == 0)
		start(fd[1]);
	close(fd[1]);
	in = fdopen(fd[0], "r");
	if (in == NULL || fscanf(in, "%d", &port) != 1)
		return -1;
	fclose(in);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/repos/o/r/", port);
	return forge_http_init(NULL);
}

static int tear_down(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return file_remove_tree(dir, NULL);
}

static struct status good(void)
{
	struct status s = { .commit = COMMIT,
		.context = STATUS_CONTEXT,
		.state = STATUS_SUCCESS,
		.target_url = "https://sluice.example/r/1" };

	describe(&s, "3 nodes: \"2\" computed, 1 reused \\ \xc3\xa4");
	return s;
}

/* Posts one status while the forge meets the trouble of a script's line. */
static struct forge_answer post(const char *trouble)
{
	struct forge_settings settings = { .url = url,
		.token_file = token,
		.agent = "sluice/test",
		.timeout_ms = 5000 };
	CLEANUP(forge_closep) struct forge *f = NULL;
	struct forge_answer a;
	struct status s = good();
	struct error err = { 0 };

	write_file(script, trouble);
	if (strncmp(trouble, "slow", 4) == 0 ||
	    strstr(trouble, "stall") != NULL)
		settings.timeout_ms = 200;
	if (forge_open(&settings, &f, &err) || forge_post(f, &s, &a, &err))
		fail_msg("%s", err.msg);
	assert_null(strstr(a.words, TOKEN));
	return a;
}

static void last_line(struct buf *out)
{
	CLEANUP(buf_clear) struct buf all = { 0 };
	const char *line;

	assert_int_equal(file_read(log_path, 1 << 20, &all, NULL), 0);
	all.p[all.n - 1] = '\0';
	line = strrchr(all.p, '\n');
	buf_add_str(out, line ? line + 1 : all.p);
}

static void a_status_is_taken(void **state)
{
	CLEANUP(buf_clear) struct buf line = { 0 };
	json_auto_t *request = NULL;
	const json_t *body;
	struct forge_answer a = post("");

	(void)state;
	assert_int_equal(a.outcome, FORGE_TAKEN);
	assert_int_equal(a.http, 201);
	assert_string_equal(a.words, "");
	last_line(&line);
	assert_int_equal(json_parse(buf_bytes(&line), &request, NULL), 0);
	assert_string_equal(json_str_or(request, "path", ""),
	    "/repos/o/r/statuses/" COMMIT);
	assert_string_equal(json_str_or(request, "agent", ""), "sluice/test");
	body = json_object_get(request, "body");
	assert_int_equal(json_object_size(body), 4);
	assert_string_equal(json_str_or(body, "state", ""), "success");
	assert_string_equal(json_str_or(body, "context", ""), "sluice/run");
	assert_string_equal(json_str_or(body, "description", ""),
	    "3 nodes: \"2\" computed, 1 reused \\ \xc3\xa4");
	assert_string_equal(json_str_or(body, "target_url", ""),
	    "https://sluice.example/r/1");
}

/* What the forge meets, and what we make of it. */
static void answers_are_judged(void **state)
{
	static const struct {
		const char *trouble;
		enum forge_outcome outcome;
		long http;
		int64_t wait_from, wait_to;
		bool is_all;
		const char *words;
	} cases[] = {
		{ "500", FORGE_LATER, 500, -1, -1, false, "injected 500" },
		{ "503", FORGE_LATER, 503, -1, -1, false, "503" },
		{ "503 retry-after=7", FORGE_LATER, 503, 7000, 7000, true, "" },
		{ "429 retry-after=3", FORGE_LATER, 429, 3000, 3000, true, "" },
		{ "429", FORGE_LATER, 429, -1, -1, true, "" },
		{ "403 retry-after=60", FORGE_LATER, 403, 60000, 60000, true,
		    "rate limit" },
		{ "403 remaining=0 reset=100", FORGE_LATER, 403, 97000, 100000,
		    true, "" },
		{ "403 retry-after=99999999", FORGE_LATER, 403, 86400000,
		    86400000, true, "" },
		{ "403 retry-after=0 says=slow down", FORGE_LATER, 403, 0, 0,
		    true, "slow down" },
		{ "429 retry-after=date+30", FORGE_LATER, 429, 28000, 30000,
		    true, "" },
		{ "503 retry-after=date+30 body=html", FORGE_LATER, 503, 28000,
		    30000, true, "503" },
		{ "429 body=text", FORGE_LATER, 429, -1, -1, true, "429" },
		{ "403 says=You have exceeded a secondary rate limit",
		    FORGE_LATER, 403, -1, -1, true, "secondary" },
		{ "403", FORGE_ABSENT, 403, -1, -1, false, "may the token" },
		{ "409", FORGE_LATER, 409, -1, -1, false, "" },
		{ "401", FORGE_LATER, 401, -1, -1, true, "a token that is" },
		{ "404", FORGE_ABSENT, 404, -1, -1, false, "url right" },
		{ "413 body=html", FORGE_REFUSED, 413, -1, -1, false, "413" },
		{ "415", FORGE_REFUSED, 415, -1, -1, false, "415" },
		{ "422", FORGE_REFUSED, 422, -1, -1, false, "injected 422" },
		{ "422 says=No commit found for SHA: 0", FORGE_ABSENT, 422, -1,
		    -1, false, "No commit" },
		{ "301", FORGE_LATER, 301, -1, -1, true, "redirect" },
		{ "302 body=html", FORGE_LATER, 302, -1, -1, true, "redirect" },
		{ "307", FORGE_LATER, 307, -1, -1, true, "redirect" },
		{ "200", FORGE_LATER, 200, -1, -1, true, "not 201" },
		{ "200 body=html", FORGE_LATER, 200, -1, -1, true, "not 201" },
		{ "200 body=huge", FORGE_LATER, 200, -1, -1, true, "not 201" },
		{ "200 body=entry", FORGE_TAKEN, 200, -1, -1, false, "" },
		{ "201 body=empty", FORGE_TAKEN, 201, -1, -1, false, "" },
		{ "201 body=html", FORGE_TAKEN, 201, -1, -1, false, "" },
		{ "201 body=huge", FORGE_TAKEN, 201, -1, -1, false, "" },
		{ "201 remaining=0 reset=100", FORGE_TAKEN, 201, 97000, 100000,
		    false, "" },
		{ "500 body=huge", FORGE_LATER, 500, -1, -1, false, "500" },
		{ "500 body=empty", FORGE_LATER, 500, -1, -1, false, "500" },
		{ "502 body=html", FORGE_LATER, 502, -1, -1, false, "502" },
		{ "504 body=html", FORGE_LATER, 504, -1, -1, false, "504" },
		{ "422 body=cut", FORGE_LATER, 0, -1, -1, false, "no answer" },
		{ "201 taken body=cut", FORGE_LATER, 0, -1, -1, false,
		    "no answer" },
		{ "201 taken body=stall", FORGE_LATER, 0, -1, -1, true,
		    "no answer" },
		{ "reset", FORGE_LATER, 0, -1, -1, false, "no answer" },
		{ "lost", FORGE_LATER, 0, -1, -1, false, "no answer" },
		{ "slow 1", FORGE_LATER, 0, -1, -1, true, "no answer" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct forge_answer a = post(cases[i].trouble);

		printf("# %s: %s\n", cases[i].trouble, a.words);
		assert_int_equal(a.outcome, cases[i].outcome);
		assert_int_equal(a.http, cases[i].http);
		assert_true(
		    a.wait >= cases[i].wait_from && a.wait <= cases[i].wait_to);
		assert_int_equal(a.is_all, cases[i].is_all);
		assert_non_null(strstr(a.words, cases[i].words));
	}
}

static void nobody_there_is_later(void **state)
{
	struct forge_settings settings = { .url = "http://127.0.0.1:1/x" };
	CLEANUP(forge_closep) struct forge *f = NULL;
	struct forge_answer a;
	struct status s = good();

	(void)state;
	assert_int_equal(forge_open(&settings, &f, NULL), 0);
	assert_int_equal(forge_post(f, &s, &a, NULL), 0);
	assert_int_equal(a.outcome, FORGE_LATER);
	assert_true(a.is_all);
}

static void token_is_read_each_time(void **state)
{
	struct forge_answer a;

	(void)state;
	write_file(token, "wrong");
	a = post("");
	assert_int_equal(a.outcome, FORGE_LATER);
	assert_true(a.is_all);
	assert_int_equal(a.http, 401);
	assert_null(strstr(a.words, "wrong"));
	write_file(token, TOKEN "\r\n");
	assert_int_equal(post("").outcome, FORGE_TAKEN);
}

/* A token's file that is of no use holds all back, in words that tell what to
 * do, until it is mended. */
static void bad_tokens_never_show(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "", "is empty" },
		{ "\n", "is empty" },
		{ "S3cret\nEvil: header", "several lines" },
		{ "S3cret\r\n\nS3cret", "several lines" },
		{ "S3cret with blanks", "a blank" },
		{ " S3cret", "a blank" },
		{ "S3cret\xc3\xa4", "a character that no token has" },
	};
	struct forge_settings settings = { .url = url, .token_file = token };
	CLEANUP(forge_closep) struct forge *f = NULL;
	struct forge_answer a;
	struct status s = good();
	size_t i;

	(void)state;
	assert_int_equal(forge_open(&settings, &f, NULL), 0);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		write_file(token, bad[i].text);
		assert_int_equal(forge_post(f, &s, &a, NULL), 0);
		assert_int_equal(a.outcome, FORGE_LATER);
		assert_true(a.is_all && a.is_untaken);
		assert_null(strstr(a.words, "S3cret"));
		assert_non_null(strstr(a.words, "sluice.forge.tokenFile"));
		assert_non_null(strstr(a.words, token));
		assert_non_null(strstr(a.words, bad[i].words));
		assert_int_equal(forge_look(f, &s, &a, NULL), 0);
		assert_int_equal(a.outcome, FORGE_LATER);
	}
	unlink(token);
	assert_int_equal(forge_post(f, &s, &a, NULL), 0);
	assert_int_equal(a.outcome, FORGE_LATER);
	assert_non_null(strstr(a.words, "there is no such file"));
	assert_int_equal(file_make_dirs(token, NULL), 0);
	assert_int_equal(forge_post(f, &s, &a, NULL), 0);
	assert_non_null(strstr(a.words, "is a directory"));
	rmdir(token);
	write_file(token, TOKEN "\n");
}

/* What the forge shows, when it is asked; what it answers else is told once
 * more, or waits. */
static void looks_are_judged(void **state)
{
	static const struct {
		const char *trouble;
		enum forge_outcome outcome;
	} cases[] = {
		{ "", FORGE_TAKEN },
		{ "get 500", FORGE_LATER },
		{ "get reset", FORGE_LATER },
		{ "get 401", FORGE_LATER },
		{ "get 301", FORGE_LATER },
		{ "get 429", FORGE_LATER },
		{ "get 404", FORGE_ABSENT },
		{ "get 403", FORGE_ABSENT },
		{ "get 200 body=html", FORGE_ABSENT },
		{ "get 200 body=empty", FORGE_ABSENT },
		{ "get 200 body=huge", FORGE_ABSENT },
	};
	struct forge_settings settings = { .url = url, .token_file = token };
	CLEANUP(forge_closep) struct forge *f = NULL;
	struct forge_answer a;
	struct status s = good();
	size_t i;

	(void)state;
	s.commit[0] = 'b';
	assert_int_equal(forge_open(&settings, &f, NULL), 0);
	assert_int_equal(forge_look(f, &s, &a, NULL), 0);
	assert_int_equal(a.outcome, FORGE_ABSENT);
	assert_int_equal(forge_post(f, &s, &a, NULL), 0);
	assert_int_equal(a.outcome, FORGE_TAKEN);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		printf("# %s\n", cases[i].trouble);
		write_file(script, cases[i].trouble);
		assert_int_equal(forge_look(f, &s, &a, NULL), 0);
		assert_int_equal(a.outcome, cases[i].outcome);
	}
	s.state = STATUS_FAILURE;
	assert_int_equal(forge_look(f, &s, &a, NULL), 0);
	assert_int_equal(a.outcome, FORGE_ABSENT);
}

static void addresses_are_checked(void **state)
{
	static const struct {
		const char *url;
		bool is_insecure, is_good;
	} cases[] = {
		{ "https://api.github.com/repos/o/r", false, true },
		{ "http://api.github.com/repos/o/r", false, false },
		{ "http://api.github.com/repos/o/r", true, true },
		{ "http://localhost:3000/api/v1/repos/o/r", false, true },
		{ "http://[::1]:3000/x", false, true },
		{ "http://127.0.0.1.evil.example/x", false, false },
		{ "http://localhost.evil.example/x", false, false },
		{ "http://127.0.0.1@evil.example/x", false, false },
		{ "https://user:pass@forge.example/x", false, false },
		{ "https://forge.example/x?token=1", false, false },
		{ "https://forge.example/x#y", false, false },
		{ "file:///etc/passwd", true, false },
		{ "ftp://forge.example/x", true, false },
		{ "forge", false, false },
		{ "", false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct forge_settings settings = { .url = cases[i].url,
			.is_insecure = cases[i].is_insecure };
		struct forge *f = NULL;
		int rc = forge_open(&settings, &f, NULL);

		printf("# %s\n", cases[i].url);
		assert_int_equal(rc, cases[i].is_good ? 0 : ERROR_USAGE);
		forge_close(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_is_taken),
		cmocka_unit_test(answers_are_judged),
		cmocka_unit_test(nobody_there_is_later),
		cmocka_unit_test(token_is_read_each_time),
		cmocka_unit_test(bad_tokens_never_show),
		cmocka_unit_test(looks_are_judged),
		cmocka_unit_test(addresses_are_checked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
