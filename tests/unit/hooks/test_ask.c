/* ask: what is asked from a clone, as text and where it lies. */
#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "hooks/ask.h"
#include "tests/unit/hooks/repo_help.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define HEAD                                       \
	"{\"branch\":\"exp\",\"commit\":\"" COMMIT \
	"\",\"format\":\"sluice-request/1\",\"do\":"

static void the_golden_file(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, back = { 0 };
	struct error err = { 0 };
	struct ask ask;

	(void)state;
	assert_int_equal(file_read("tests/cases/formats/request.json", FILE_MAX,
	                     &text, &err),
	    0);
	assert_int_equal(ask_parse(buf_bytes(&text), &ask, &err), 0);
	assert_int_equal(ask.kind, ASK_RETRY);
	assert_string_equal(ask.branch, "exp/albumin");
	assert_string_equal(ask.commit, COMMIT);
	assert_string_equal(ask.only, "ClinicA/Patient\nClinicB\n");
	assert_string_equal(ask.reason, "the file was delivered");
	assert_int_equal(ask_print(&ask, &back, &err), 0);
	assert_true(bytes_eq(buf_bytes(&text), buf_bytes(&back)));
}

static void a_rollback_names_what_was_seen(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 }, back = { 0 };
	struct error err = { 0 };
	struct ask ask;

	(void)state;
	assert_int_equal(file_read("tests/cases/formats/request-rollback.json",
	                     FILE_MAX, &text, &err),
	    0);
	assert_int_equal(ask_parse(buf_bytes(&text), &ask, &err), 0);
	assert_int_equal(ask.kind, ASK_ROLLBACK);
	assert_string_equal(ask.branch, "main");
	assert_string_equal(ask.commit, COMMIT);
	assert_string_equal(ask.run,
	    "1111111111111111111111111111111111111111");
	assert_string_equal(ask.production,
	    "2222222222222222222222222222222222222222");
	assert_string_equal(ask.reason, "the labs came twice");
	assert_int_equal(ask_print(&ask, &back, &err), 0);
	assert_true(bytes_eq(buf_bytes(&text), buf_bytes(&back)));
}

static void what_may_be_left_out(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error err = { 0 };
	struct ask ask;

	(void)state;
	assert_int_equal(ask_parse(bytes_of(HEAD "\"cancel\"}"), &ask, &err),
	    0);
	assert_int_equal(ask.kind, ASK_CANCEL);
	assert_string_equal(ask.only, "");
	assert_int_equal(ask_print(&ask, &text, &err), 0);
	assert_string_equal(text.p,
	    "{\"branch\":\"exp\",\"commit\":\"" COMMIT
	    "\",\"do\":\"cancel\",\"format\":\"sluice-request/1\"}\n");
	/* no nodes: all that failed */
	assert_int_equal(
	    ask_parse(bytes_of(HEAD "\"retry\",\"nodes\":[]}"), &ask, &err), 0);
	assert_string_equal(ask.only, "");
}

/* text is refused, with words that say why */
static void refused(const char *text, const char *words)
{
	struct error err = { 0 };
	struct ask ask;

	assert_int_equal(ask_parse(bytes_of(text), &ask, &err), ERROR_SYNTAX);
	if (strstr(err.msg, words) == NULL)
		fail_msg("%s: '%s', wanted '%s'", text, err.msg, words);
}

static void all_that_is_not_known_is_refused(void **state)
{
	(void)state;
	refused("", "not a JSON object");
	refused("[]", "not a JSON object");
	refused("{", "not a JSON object");
	refused("{}", "\"format\"");
	refused(HEAD "\"retry\",\"do\":\"retry\"}", "not a JSON object");
	refused(HEAD "\"retry\",\"force\":true}", "not known here");
	refused(HEAD "\"delete\"}", "neither retry, cancel nor rollback");
	refused(HEAD "null}", "neither retry, cancel nor rollback");
	refused(HEAD "\"cancel\",\"nodes\":[\"x\"]}", "for a retry");
	refused(HEAD "\"cancel\",\"reason\":\"x\"}", "for a retry");
	refused(HEAD "\"retry\",\"run\":\"" COMMIT "\"}", "for a rollback");
	refused(HEAD "\"cancel\",\"production\":\"" COMMIT "\"}",
	    "for a rollback");
	refused(HEAD "\"rollback\",\"run\":\"" COMMIT
	             "\",\"production\":\"" COMMIT "\"}",
	    "no \"reason\"");
	refused(HEAD "\"rollback\",\"reason\":\"x\",\"run\":\"" COMMIT "\"}",
	    "\"production\" is not an id");
	refused(HEAD "\"rollback\",\"reason\":\"x\",\"run\":\"main\","
	             "\"production\":\"" COMMIT "\"}",
	    "\"run\" is not an id");
	refused(HEAD "\"rollback\",\"nodes\":[\"x\"]}", "for a retry");
	refused(HEAD "\"retry\",\"nodes\":\"x\"}", "not a list");
	refused(HEAD "\"retry\",\"nodes\":[[\"x\"]]}", "not a text");
	refused(HEAD "\"retry\",\"nodes\":[\"\"]}", "without a name");
	/* a line of its own would be a node of its own */
	refused(HEAD "\"retry\",\"nodes\":[\"a\\nb\"]}", "control characters");
	refused(HEAD "\"retry\",\"reason\":\"\\u001b[2J\"}",
	    "control characters");
	refused(HEAD "\"retry\",\"reason\":\"\\u0000\"}", "not a JSON object");
	refused(HEAD "\"retry\",\"reason\":\"\xff\"}", "not a JSON object");
	refused("{\"branch\":\"exp\",\"commit\":\"" COMMIT
	        "\",\"format\":\"sluice-request/2\",\"do\":\"retry\"}",
	    "sluice-request/1");
	refused("{\"branch\":\"a b\",\"commit\":\"" COMMIT
	        "\",\"format\":\"sluice-request/1\",\"do\":\"retry\"}",
	    "branch's name");
	refused("{\"branch\":\"exp\",\"commit\":\"main\","
	        "\"format\":\"sluice-request/1\",\"do\":\"retry\"}",
	    "40 digits");
	refused("{\"branch\":\"exp\",\"commit\":\"0123456789ABCDEF0123456789"
	        "ABCDEF01234567\",\"format\":\"sluice-request/1\","
	        "\"do\":\"retry\"}",
	    "40 digits");
	refused("{\"commit\":\"" COMMIT
	        "\",\"format\":\"sluice-request/1\",\"do\":\"retry\"}",
	    "branch's name");
}

/* n nodes of `each` letters, or one reason of that length */
static void make_long(struct buf *out, size_t n, size_t each, bool is_reason)
{
	size_t i, k;

	buf_add_str(out, HEAD "\"retry\",");
	buf_add_str(out, is_reason ? "\"reason\":\"" : "\"nodes\":[");
	for (i = 0; i < n; i++) {
		if (!is_reason)
			buf_add_str(out, i ? ",\"" : "\"");
		for (k = 0; k < each; k++)
			buf_add_char(out, 'n');
		if (!is_reason)
			buf_add_char(out, '"');
	}
	buf_add_str(out, is_reason ? "\"}" : "]}");
}

static int parse_long(size_t n, size_t each, bool is_reason, struct ask *ask)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	make_long(&text, n, each, is_reason);
	return ask_parse(buf_bytes(&text), ask, NULL);
}

static void what_fits_is_taken_whole(void **state)
{
	struct ask ask;

	(void)state;
	/* a line each, and the NUL */
	assert_int_equal(parse_long(1, REQUEST_ONLY - 2, false, &ask), 0);
	assert_int_equal(strlen(ask.only), REQUEST_ONLY - 1);
	assert_int_equal(parse_long(1, REQUEST_ONLY - 1, false, &ask),
	    ERROR_SYNTAX);
	assert_int_equal(parse_long((REQUEST_ONLY - 1) / 2, 1, false, &ask), 0);
	assert_int_equal(parse_long((REQUEST_ONLY - 1) / 2 + 1, 1, false, &ask),
	    ERROR_SYNTAX);
	assert_int_equal(parse_long(1, REQUEST_REASON - 1, true, &ask), 0);
	assert_int_equal(parse_long(1, REQUEST_REASON, true, &ask),
	    ERROR_SYNTAX);
	/* deep, and long */
	assert_int_equal(parse_long(1, ASK_MAX, true, &ask), ERROR_SYNTAX);
}

static void deep_is_refused(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct ask ask;
	size_t i;

	(void)state;
	buf_add_str(&text, HEAD "\"retry\",\"nodes\":");
	for (i = 0; i < 8000; i++)
		buf_add_char(&text, '[');
	for (i = 0; i < 8000; i++)
		buf_add_char(&text, ']');
	buf_add_char(&text, '}');
	assert_true(text.n < ASK_MAX);
	assert_int_equal(ask_parse(buf_bytes(&text), &ask, NULL), ERROR_SYNTAX);
}

/* --- where it lies --- */

struct bed {
	struct repo repo;
	struct refs *refs;
};

static int set_up(void **state)
{
	struct bed *b = mem_alloc(sizeof(*b));
	struct error err = { 0 };

	repo_make(&b->repo);
	assert_int_equal(refs_open(b->repo.dir, &b->refs, &err), 0);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	refs_close(b->refs);
	repo_remove(&b->repo);
	mem_free(b);
	return 0;
}

/* A request put by git; u.ref is borrowed. */
static void put(struct bed *b, const char *name, const char *make,
    struct update *u, char ref[128])
{
	char command[1024];

	snprintf(ref, 128, "%s%s", ASK_REFS, name);
	snprintf(command, sizeof(command),
	    "o=$(%s) && git update-ref %s $o && echo $o", make, ref);
	*u = (struct update){ .ref = ref };
	assert_int_equal(sh(&b->repo, u->to, sizeof(u->to), command), 0);
	assert_int_equal(strlen(u->to), 40);
}

#define GOOD "echo '" HEAD "\"cancel\"}' | git hash-object -w --stdin"

static int count(const struct update *ask, void *payload, struct error *err)
{
	(void)ask;
	(void)err;
	++*(int *)payload;
	return 0;
}

static int count_all(struct bed *b)
{
	struct error err = { 0 };
	int n = 0;

	assert_int_equal(ask_each(b->refs, count, &n, &err), 0);
	return n;
}

static void it_is_done_once(void **state)
{
	struct bed *b = *state;
	CLEANUP(ask_hold_closep) struct ask_hold *hold = NULL;
	struct error err = { 0 };
	struct update u;
	struct ask ask;
	char ref[128];

	put(b, "a", GOOD, &u, ref);
	assert_int_equal(count_all(b), 1);
	assert_int_equal(ask_hold_open(b->refs, &u, &hold, &err), 0);
	assert_int_equal(ask_hold_read(hold, &ask, &err), 0);
	assert_int_equal(ask.kind, ASK_CANCEL);
	assert_int_equal(ask_hold_remove(hold, &err), 0);
	ask_hold_closep(&hold);
	assert_int_equal(count_all(b), 0);
	assert_int_equal(ask_hold_open(b->refs, &u, &hold, NULL),
	    ERROR_NOT_FOUND);
}

/* git gc packs refs; a lock that a dead process left does not hold it up */
static void packed_and_locked(void **state)
{
	struct bed *b = *state;
	CLEANUP(ask_hold_closep) struct ask_hold *hold = NULL;
	struct error err = { 0 };
	struct update u;
	char ref[128];

	put(b, "a", GOOD, &u, ref);
	assert_int_equal(sh(&b->repo, NULL, 0,
	                     "git pack-refs --all && touch -d '1 hour ago' "
	                     "packed-refs.lock"),
	    0);
	assert_int_equal(count_all(b), 1);
	assert_int_equal(ask_hold_open(b->refs, &u, &hold, &err), 0);
	assert_int_equal(ask_hold_remove(hold, &err), 0);
	assert_int_equal(count_all(b), 0);
}

/* What is pushed to the same name meanwhile is another request. */
static void a_newer_one_stays(void **state)
{
	struct bed *b = *state;
	CLEANUP(ask_hold_closep) struct ask_hold *hold = NULL;
	struct error err = { 0 };
	struct update u, newer;
	char ref[128];

	put(b, "a", GOOD, &u, ref);
	assert_int_equal(ask_hold_open(b->refs, &u, &hold, &err), 0);
	put(b, "a", "echo other | git hash-object -w --stdin", &newer, ref);
	assert_int_equal(ask_hold_remove(hold, &err), 0);
	assert_int_equal(count_all(b), 1);
}

static int read_one(struct bed *b, const char *make)
{
	CLEANUP(ask_hold_closep) struct ask_hold *hold = NULL;
	struct error err = { 0 };
	struct update u;
	struct ask ask;
	char ref[128];

	put(b, "deep/er", make, &u, ref);
	assert_int_equal(ask_hold_open(b->refs, &u, &hold, &err), 0);
	return ask_hold_read(hold, &ask, NULL);
}

static void an_object_that_is_not_there(void **state)
{
	struct bed *b = *state;
	CLEANUP(ask_hold_closep) struct ask_hold *hold = NULL;
	struct error err = { 0 };
	struct update u;
	struct ask ask;
	char ref[128];

	put(b, "a", GOOD, &u, ref);
	assert_int_equal(sh(&b->repo, NULL, 0, "rm -rf objects/??"), 0);
	assert_int_equal(ask_hold_open(b->refs, &u, &hold, &err), 0);
	assert_int_equal(ask_hold_read(hold, &ask, NULL), ERROR_NOT_FOUND);
	assert_int_equal(ask_hold_remove(hold, &err), 0);
	assert_int_equal(count_all(b), 0);
}

static void other_objects_are_refused(void **state)
{
	struct bed *b = *state;

	assert_int_equal(read_one(b, "git mktree </dev/null"), ERROR_SYNTAX);
	assert_int_equal(read_one(b,
	                     "head -c 100000 /dev/zero | "
	                     "git hash-object -w --stdin"),
	    ERROR_SYNTAX);
	assert_int_equal(read_one(b, "git hash-object -w --stdin </dev/null"),
	    ERROR_SYNTAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_golden_file),
		cmocka_unit_test(a_rollback_names_what_was_seen),
		cmocka_unit_test(what_may_be_left_out),
		cmocka_unit_test(all_that_is_not_known_is_refused),
		cmocka_unit_test(what_fits_is_taken_whole),
		cmocka_unit_test(deep_is_refused),
		TEST(it_is_done_once),
		TEST(packed_and_locked),
		TEST(a_newer_one_stays),
		TEST(other_objects_are_refused),
		TEST(an_object_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
