/* command: code in real interpreters, in a real sandbox, through a worker. */
#include <signal.h>

#include "tests/unit/runner/command_help.h"

#include "runner/collect.h"

#define ONE "[{\"name\":\"v\",\"type\":\"text\"}]"
#define TWO                                        \
	"[{\"name\":\"id\",\"type\":\"integer\"}," \
	"{\"name\":\"v\",\"type\":\"text\"}]"

static void test_files(void **state)
{
	struct trial t = { .columns = TWO,
		.part = "1,x\n2,\n3,\"\"\n",
		.helper = "lib.sh",
		.helper_text = "greet() { echo hello; }\n",
		.body_line = 4,
		.body = "ls; cat in/p.csv in/p.schema.json; . ./lib.sh; greet\n"
		        "echo line $LINENO; cp in/p.csv out.csv\n" };

	trial_run(*state, &t);
	expect_ok(&t);
	expect_log(&t,
	    "in\nlib.sh\nx.sh\nid,v\n1,x\n2,\n3,\"\"\n"
	    "[{\"name\":\"id\",\"type\":\"integer\"},"
	    "{\"name\":\"v\",\"type\":\"text\"}]\nhello\nline 5\n");
	expect_file(&t, "out.csv", "id,v\n1,x\n2,\n3,\"\"\n");
	assert_string_equal(said(&t, "sandbox"), t.sandbox);
	trial_clear(&t);
}

static void test_no_rows(void **state)
{
	struct trial t = { .columns = TWO,
		.part = "",
		.body = "cat in/p.csv >out.csv" };

	trial_run(*state, &t);
	expect_ok(&t);
	expect_file(&t, "out.csv", "id,v\n");
	trial_clear(&t);
}

/* Python: helpers are importable, the module csv reads what we write. */
static void test_python(void **state)
{
	struct trial t = { .run = PYTHON,
		.file = "x.py",
		.columns = TWO,
		.part = "1,x\n2,\n3,\"a \"\"b\"\", c\"\n",
		.helper = "lib.py",
		.helper_text = "def up(s): return s.upper()\n",
		.body = "import csv, json, lib\n"
		        "types = {c['name']: c['type']\n"
		        "  for c in json.load(open('in/p.schema.json'))}\n"
		        "print(types['id'], hash('a') == hash('a'))\n"
		        "with open('in/p.csv', newline='') as f, \\\n"
		        "    open('out.csv', 'w', newline='') as g:\n"
		        "  w = csv.writer(g, lineterminator='\\n')\n"
		        "  r = csv.reader(f)\n"
		        "  w.writerow(next(r))\n"
		        "  for row in r:\n"
		        "    w.writerow([row[0], lib.up(row[1])])\n" };

	trial_run(*state, &t);
	expect_ok(&t);
	expect_log(&t, "integer True\n");
	expect_file(&t, "out.csv", "id,v\n1,X\n2,\n3,\"A \"\"B\"\", C\"\n");
	trial_clear(&t);
}

/* PYTHONHASHSEED=0 is in force: two processes agree on a hash. */
static void test_python_hash(void **state)
{
	struct trial a = { .run = PYTHON,
		.file = "x.py",
		.body = "print(hash('patient'))\n" };
	struct trial b = a;

	trial_run(*state, &a);
	trial_run(*state, &b);
	expect_ok(&a);
	assert_string_equal(log_text(&a), log_text(&b));
	trial_clear(&a);
	trial_clear(&b);
}

static void test_r(void **state)
{
	struct trial t = { .run = RSCRIPT,
		.file = "x.R",
		.null = "NA",
		.columns = TWO,
		.part = "1,x\n2,\n3,\n",
		.body = "p <- read.csv('in/p.csv')\n"
		        "cat(nrow(p), sum(is.na(p$v)), '\\n')\n"
		        "p$v[2] <- 'é'\n"
		        "write.csv(p, 'out.csv', row.names = FALSE)\n" };

	trial_run(*state, &t);
	expect_ok(&t);
	expect_log(&t, "3 2 \n");
	expect_file(&t, "out.csv", "\"id\",\"v\"\n1,\"x\"\n2,\"é\"\n3,NA\n");
	trial_clear(&t);
}

/* The word for missing is that word unquoted alone. */
static void test_null_word(void **state)
{
	struct trial t = { .null = "NA",
		.columns = TWO,
		.part = "1,NA\n2,\n3,\"\"\n,x\n",
		.body = "cat in/p.csv" };

	trial_run(*state, &t);
	expect_ok(&t);
	expect_log(&t, "id,v\n1,\"NA\"\n2,NA\n3,\"\"\nNA,x\n");
	trial_clear(&t);
}

/* A NULL of a table of one column must not be an empty line: readers of
 * Python and R, and loops of the shell, would lose the row. */
static void test_one_column(void **state)
{
	static const struct {
		const char *run, *file, *null, *body;
	} cases[] = {
		{ PYTHON, "x.py", NULL,
		    "import csv\n"
		    "print(len(list(csv.DictReader(open('in/p.csv')))))\n" },
		{ RSCRIPT, "x.R", "NA",
		    "cat(nrow(read.csv('in/p.csv')), '\\n', sep='')\n" },
		{ BASH, "x.sh", NULL,
		    "n=0; while read -r l; do [ -n \"$l\" ] && n=$((n+1)); "
		    "done < <(tail -n +2 in/p.csv); echo $n" },
		{ "/usr/bin/mawk -f {{@file}}", "x.awk", NULL,
		    "BEGIN { while ((getline l < \"in/p.csv\") > 0)\n"
		    "  if (l != \"\") n++; print n - 1 }\n" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct trial t = { .run = cases[i].run,
			.file = cases[i].file,
			.null = cases[i].null,
			.body = cases[i].body,
			.columns = ONE,
			.part = "\nx\n\n\n" };

		trial_run(*state, &t);
		expect_ok(&t);
		expect_log(&t, "4\n");
		trial_clear(&t);
	}
}

/* The same rows come back as a table, whatever copies them. Rows of a table
 * are sorted, NULL first. */
static void expect_copied(struct bench *b, struct trial *t, const char *table)
{
	CLEANUP(store_closep) struct store *st = NULL;
	CLEANUP(buf_clear) struct buf got = { 0 };
	const struct csv_format plain = { 0 };
	const struct table_spec spec = { 0 };
	struct csv_format format = { .one_column_null = true };
	struct result failure = { 0 };
	struct table out = { 0 };
	char path[300];
	int fd = temp_file(b, NULL);

	snprintf(path, sizeof(path), "%s/store", b->dir);
	snprintf(format.null, sizeof(format.null), "%s",
	    t->null ? t->null : "");
	OK(store_open(path, &st, &err));
	trial_run(b, t);
	expect_ok(t);
	OK(collect_output(st, t->job, &spec, &format, &out, &failure, &err));
	if (failure.state == RESULT_FAILED)
		fail_msg("%s", failure.message);
	OK(table_write_csv(st, &out, &plain, fd, &err));
	lseek(fd, 0, SEEK_SET);
	OK(file_read_fd(fd, 1 << 20, &got, &err));
	if (strcmp(got.p, table) != 0)
		fail_msg("%s gave\n%s", t->file, got.p);
	close(fd);
	table_clear(&out);
	trial_clear(t);
}

#define PYTHON_COPY                                                      \
	"import csv\n"                                                   \
	"with open('out.csv', 'w', newline='') as f:\n"                  \
	"  csv.writer(f).writerows(csv.reader(open('in/p.csv', newline=" \
	"'')))\n"
#define R_COPY                                                  \
	"p <- read.csv('in/p.csv', colClasses = 'character')\n" \
	"write.csv(p, 'out.csv', row.names = FALSE)\n"
#define AWK_COPY "{ print >\"out.csv\" }\n"

static void test_round_trip(void **state)
{
	static const struct {
		const char *run, *file, *null, *body;
	} cases[] = {
		{ PYTHON, "x.py", NULL, PYTHON_COPY },
		{ RSCRIPT, "x.R", "NA", R_COPY },
		{ BASH, "x.sh", NULL, "cp in/p.csv out.csv" },
		{ "mawk -f {{@file}} in/p.csv", "x.awk", NULL, AWK_COPY },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct trial one = { .run = cases[i].run,
			.file = cases[i].file,
			.null = cases[i].null,
			.body = cases[i].body,
			.columns = ONE,
			.part = "\nx\n\n\"a,b\"\n\n" };
		struct trial two = one;

		expect_copied(*state, &one, "v\n\n\n\n\"a,b\"\nx\n");
		two.columns = TWO;
		two.part = "1,x\n2,\n3,00123\n";
		expect_copied(*state, &two, "id,v\n1,x\n2,\n3,00123\n");
	}
}

/* What tells NULL from "" keeps them apart. */
static void test_null_and_empty(void **state)
{
	struct trial t = { .columns = TWO,
		.part = "1,\"\"\n2,\n",
		.body = "cp in/p.csv out.csv" };
	struct trial word = { .columns = TWO,
		.null = "NA",
		.part = "1,\"\"\n2,\n3,NA\n",
		.body = "cp in/p.csv out.csv" };

	expect_copied(*state, &t, "id,v\n1,\"\"\n2,\n");
	expect_copied(*state, &word, "id,v\n1,\"\"\n2,\n3,NA\n");
}

/* A language of a repository's own, whose action does not say where the file
 * goes; a quoted word; a name that looks like an option. */
static void test_command_words(void **state)
{
	struct trial t = { .run = "mawk -v 'a=1 2' -f",
		.file = "-x.awk",
		.body = "BEGIN { print a }\n" };

	trial_run(*state, &t);
	expect_ok(&t);
	expect_log(&t, "1 2\n");
	trial_clear(&t);
}

static void test_exit(void **state)
{
	struct trial t = { .body =
		               "echo out; echo 'no such ward' >&2; exit 3" };

	trial_run(*state, &t);
	expect_failed(&t, "exit");
	assert_int_equal(number(&t, "exit"), 3);
	assert_string_equal(said(&t, "message"),
	    "no such ward (exit status 3)");
	expect_log(&t, "out\nno such ward\n");
	trial_clear(&t);
}

/* Errors name the line of the file that the user wrote. */
static void test_lines(void **state)
{
	static const struct {
		const char *run, *file, *body;
		int line;
	} cases[] = {
		{ PYTHON, "x.py", "def f():\n  1 / 0\nf()\n", 8 },
		{ PYTHON, "x.py", "a = (\n", 7 },
		{ BASH, "x.sh", "set -e\nnosuchcommand\n", 8 },
		{ "/usr/bin/mawk -f {{@file}}", "x.awk",
		    "BEGIN {\n print 1 +* 2 }\n", 8 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct trial t = { .run = cases[i].run,
			.file = cases[i].file,
			.body = cases[i].body,
			.body_line = 7 };

		trial_run(*state, &t);
		expect_failed(&t, "exit");
		if (number(&t, "line") != cases[i].line)
			fail_msg("line %d, not %d:\n%s", number(&t, "line"),
			    cases[i].line, log_text(&t));
		trial_clear(&t);
	}
}

/* What a log closes with is not always what it means. */
static void test_reasons(void **state)
{
	static const struct {
		const char *run, *file, *body, *message;
	} cases[] = {
		{ BASH, "x.sh", "exit 3", "exit status 3, and no word why" },
		{ BASH, "x.sh", "nosuchcommand",
		    "nosuchcommand: command not found (exit status 127)" },
		{ PYTHON, "x.py", "1 / 0\n",
		    "ZeroDivisionError: division by zero (exit status 1)" },
		{ RSCRIPT, "x.R", "stop('no ward\\n  of this name')",
		    "Error: no ward of this name (exit status 1)" },
		{ RSCRIPT, "x.R", "f <- function() stop('no ward')\nf()",
		    "Error in f() : no ward (exit status 1)" },
		{ RSCRIPT, "x.R", "read.csv('nosuchfile.csv')",
		    "Error in file(file, \"rt\") : cannot open the connection "
		    "(exit status 1)" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct trial t = { .run = cases[i].run,
			.file = cases[i].file,
			.body = cases[i].body };

		trial_run(*state, &t);
		expect_failed(&t, "exit");
		assert_string_equal(said(&t, "message"), cases[i].message);
		trial_clear(&t);
	}
}

static void test_signal(void **state)
{
	struct trial t = { .body = "kill -SEGV $$" };

	trial_run(*state, &t);
	expect_failed(&t, "signal");
	assert_non_null(strstr(said(&t, "message"), "SIGSEGV"));
	/* what a report shows behind "signal" */
	assert_int_equal(json_integer_value(json_object_get(t.reply, "exit")),
	    SIGSEGV);
	trial_clear(&t);
}

static void test_memory(void **state)
{
	struct trial t = { .run = PYTHON,
		.file = "x.py",
		.memory_bytes = 256 << 20,
		.body = "x = bytearray(1 << 30)\n" };
	struct trial used = { .run = PYTHON,
		.file = "x.py",
		.body = "x = bytearray(100 << 20)\n" };

	trial_run(*state, &t);
	expect_failed(&t, "memory");
	trial_clear(&t);
	trial_run(*state, &used);
	expect_ok(&used);
	/* the code's, not the sandbox's own few MiB */
	assert_in_range(number(&used, "memory_bytes"), 100 << 20, 200 << 20);
	trial_clear(&used);
}

/* A name that a job's child holds open: a lock nobody else has. */
static bool is_locked(const char *path)
{
	int fd = -1;
	struct error err = { 0 };
	int rc = file_lock(path, false, &fd, &err);

	if (rc == 0)
		close(fd);
	return rc == ERROR_BUSY;
}

/* When the reply is there, nothing of the job is: neither after its limit nor
 * behind its back. The lock is held as long as the process lives. */
static void expect_gone(struct bench *b, const char *sandbox, const char *body,
    const char *failure)
{
	struct trial t = { .body = body,
		.sandbox = sandbox,
		.timeout_ms = failure ? 700 : 0 };
	char path[600];

	trial_run(b, &t);
	if (failure)
		expect_failed(&t, failure);
	else
		expect_ok(&t);
	snprintf(path, sizeof(path), "%s/lock", t.job);
	assert_true(file_exists(path));
	assert_false(is_locked(path));
	trial_clear(&t);
}

#define DAEMON                                                             \
	"exec 8<>lock; flock 8; (setsid bash -c 'trap \"\" TERM HUP INT; " \
	"sleep 1000' >/dev/null 2>&1 &) "

static void test_daemons(void **state)
{
	static const char *const sandboxes[] = { "namespaces", "bubblewrap",
		"none" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(sandboxes); i++) {
		expect_gone(*state, sandboxes[i], DAEMON, NULL);
		expect_gone(*state, sandboxes[i], DAEMON "; sleep 1000",
		    "timeout");
	}
}

/* 64 MiB of log are drained, and half a MiB is kept. */
static void test_flood(void **state)
{
	struct trial t = { .body = "echo first; head -c 67108864 /dev/zero | "
		                   "tr '\\0' x; echo; echo last" };
	size_t total = 6 + (64 << 20) + 1 + 5;
	char note[100];

	trial_run(*state, &t);
	expect_ok(&t);
	assert_true(t.log.n < 600 * 1024);
	assert_memory_equal(t.log.p, "first\nxxx", 9);
	assert_string_equal(t.log.p + t.log.n - 7, "x\nlast\n");
	snprintf(note, sizeof(note),
	    "\n[sluice: %zu bytes are left out here]\n",
	    total - 2 * 256 * 1024);
	assert_non_null(strstr(t.log.p, note));
	trial_clear(&t);
}

static void test_no_program(void **state)
{
	struct trial t = { .run = "/usr/bin/no-such-julia {{@file}}",
		.body = "" };
	struct trial outside = { .run = "/opt/julia", .body = "" };
	struct trial script = { .run = "./lib",
		.helper = "lib",
		.helper_text = "#!/no/such/interpreter\n",
		.body = "" };

	trial_run(*state, &t);
	expect_failed(&t, "surroundings");
	assert_non_null(strstr(said(&t, "message"), "no such program"));
	trial_clear(&t);
	trial_run(*state, &outside);
	expect_failed(&outside, "surroundings");
	trial_clear(&outside);
	/* there, and not to be executed */
	trial_run(*state, &script);
	expect_failed(&script, "surroundings");
	trial_clear(&script);
}

/* Names that would leave the job directory, or take what is ours. */
static void test_names(void **state)
{
	static const char *const names[] = { "../x", "a/b", "in", "out.csv",
		"..", "x.sh" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		struct trial t = { .helper = names[i],
			.helper_text = "x",
			.body = "" };

		trial_run(*state, &t);
		expect_failed(&t, "surroundings");
		trial_clear(&t);
	}
}

static void probe(struct bench *b, const char *command, struct trial *t)
{
	json_t *request = json_pack("{s:s,s:s,s:s}", "op", "probe", "engine",
	    "command", "probe", command);

	OK(worker_call(b->w,
	    &(struct worker_call){ .request = request, .timeout_ms = 60000 },
	    &t->reply, &err));
	json_decref(request);
}

/* The commands that the built-in actions state, from their files. */
static void test_probes(void **state)
{
	static const struct {
		const char *action, *starts;
	} cases[] = {
		{ "python", "Python 3." },
		{ "r", "R version " },
		{ "bash", "GNU bash, version " },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };
		struct trial t = { 0 };
		char path[200], *line;

		snprintf(path, sizeof(path), "runner/lang/builtin/action/%s",
		    cases[i].action);
		OK(file_read(path, 1 << 16, &text, &err));
		line = strstr(text.p, "@probe ");
		assert_non_null(line);
		line[strcspn(line, "\n")] = '\0';
		probe(*state, line + strlen("@probe "), &t);
		expect_ok(&t);
		assert_memory_equal(said(&t, "version"), cases[i].starts,
		    strlen(cases[i].starts));
		assert_true(strlen(said(&t, "version")) <= 4096);
		assert_string_equal(said(&t, "sandbox"),
		    ((const struct bench *)*state)->way);
		trial_clear(&t);
	}
}

static void test_probe_fails(void **state)
{
	struct trial t = { 0 };

	probe(*state, "/bin/bash -c 'exit 1'", &t);
	expect_failed(&t, "surroundings");
	trial_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_python),
		cmocka_unit_test(test_python_hash),
		cmocka_unit_test(test_r),
		cmocka_unit_test(test_null_word),
		cmocka_unit_test(test_one_column),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_null_and_empty),
		cmocka_unit_test(test_command_words),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_probe_fails),
	};

	if (!has_sandbox()) {
		puts("SKIPPED: user namespaces are not available here");
		return 77;
	}
	return cmocka_run_group_tests_name("namespaces", tests, bench_open,
	           bench_close) +
	    cmocka_run_group_tests_name("bubblewrap", tests,
	        bench_open_bubblewrap, bench_close);
}
