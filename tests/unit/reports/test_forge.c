/* forge: the table of forges: words, bodies, addresses, answers. Expected
 * values are of the three published interfaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "reports/forge.h"
#include "tests/unit/outbound_help.h"

#define COMMIT "0123456789012345678901234567890123456789"

static const struct forge_type *type(const char *name)
{
	const struct forge_type *t;
	struct error err = { 0 };

	if (forge_type_find(name, &t, &err))
		fail_msg("%s", err.msg);
	return t;
}

static struct status status(enum status_state state)
{
	struct status s = { .commit = COMMIT,
		.context = STATUS_CONTEXT,
		.ref = "exp/\xc3\xa4",
		.state = state };

	describe(&s, "3 \"nodes\"");
	return s;
}

static void types_have_names(void **state)
{
	static const struct {
		const char *name, *says;
	} bad[] = {
		{ "gitlba", "did you mean gitlab" },
		{ "GitHub", "did you mean github" },
		{ "gitae", "did you mean gitea" },
		{ "bitbucket", "it is github, gitlab, or gitea" },
		{ "", "it is github, gitlab, or gitea" },
	};
	const struct forge_type *t;
	size_t i;

	(void)state;
	assert_string_equal(type(NULL)->name, "github");
	assert_string_equal(type("gitlab")->name, "gitlab");
	assert_string_equal(type("gitea")->name, "gitea");
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct error err = { 0 };

		assert_int_equal(forge_type_find(bad[i].name, &t, &err),
		    ERROR_USAGE);
		assert_non_null(strstr(err.msg, bad[i].says));
		assert_non_null(strstr(err.msg, "sluice.forge.type"));
	}
}

static void words_are_the_forges(void **state)
{
	static const struct {
		const char *name, *words[STATUS_STATES];
	} cases[] = {
		{ "github",
		    { "pending", "success", "failure", "error", "error" } },
		{ "gitlab",
		    { "pending", "success", "failed", "failed", "canceled" } },
		{ "gitea",
		    { "pending", "success", "failure", "error", "error" } },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (j = 0; j < STATUS_STATES; j++)
			assert_string_equal(type(cases[i].name)->states[j],
			    cases[i].words[j]);
}

static void bodies_are_the_forges(void **state)
{
	static const struct {
		const char *name, *body;
	} cases[] = {
		{ "github",
		    "{\"context\":\"sluice/run\","
		    "\"description\":\"3 \\\"nodes\\\"\",\"state\":\"error\","
		    "\"target_url\":\"https://x/1\"}\n" },
		{ "gitlab",
		    "{\"description\":\"3 \\\"nodes\\\"\","
		    "\"name\":\"sluice/run\",\"ref\":\"exp/\xc3\xa4\","
		    "\"state\":\"canceled\",\"target_url\":\"https://x/1\"}"
		    "\n" },
		{ "gitea",
		    "{\"context\":\"sluice/run\","
		    "\"description\":\"3 \\\"nodes\\\"\",\"state\":\"error\","
		    "\"target_url\":\"https://x/1\"}\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };
		struct status s = status(STATUS_CANCELLED);

		strcpy(s.target_url, "https://x/1");
		assert_int_equal(forge_body(type(cases[i].name), &s, &b, NULL),
		    0);
		assert_string_equal(b.p, cases[i].body);
	}
}

static void what_is_not_there_is_left_out(void **state)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct status s = status(STATUS_PENDING);

	(void)state;
	s.ref[0] = '\0';
	assert_int_equal(forge_body(type("gitlab"), &s, &b, NULL), 0);
	assert_string_equal(b.p,
	    "{\"description\":\"3 \\\"nodes\\\"\",\"name\":\"sluice/run\","
	    "\"state\":\"pending\"}\n");
}

static void addresses_are_the_forges(void **state)
{
	static const struct {
		const char *name, *base, *post, *list;
	} cases[] = {
		{ "github", "https://api.github.com/repos/o/r/",
		    "https://api.github.com/repos/o/r/statuses/" COMMIT,
		    "https://api.github.com/repos/o/r/commits/" COMMIT
		    "/statuses?per_page=100" },
		{ "gitlab", "https://x/api/v4/projects/o%2Fr",
		    "https://x/api/v4/projects/o%2Fr/statuses/" COMMIT,
		    "https://x/api/v4/projects/o%2Fr/repository/commits/" COMMIT
		    "/statuses?all=true&order_by=id&sort=desc&per_page=100" },
		{ "gitea", "https://x/api/v1/repos/o/r",
		    "https://x/api/v1/repos/o/r/statuses/" COMMIT,
		    "https://x/api/v1/repos/o/r/commits/" COMMIT
		    "/statuses?limit=50" },
	};
	struct status s = status(STATUS_PENDING);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear) struct buf post = { 0 }, list = { 0 };
		const struct forge_type *t = type(cases[i].name);

		forge_url(t, cases[i].base, &s, &post, NULL);
		forge_list_url(t, cases[i].base, &s, &list, NULL);
		assert_string_equal(post.p, cases[i].post);
		assert_string_equal(list.p, cases[i].list);
	}
}

#define ALL "github gitlab gitea"
#define TWICE                                                              \
	"Cannot transition status via :enqueue from :pending (Reason(s): " \
	"Status cannot transition via \"enqueue\")"

/* What each forge's answers mean; a verdict is for a pending status and for a
 * final one (success). */
static void answers_mean_what_the_forge_means(void **state)
{
	static const struct {
		const char *types;
		struct {
			long http;
			int64_t wait;
			const char *said;
		} reply;
		enum forge_outcome pending, final;
		bool is_all;
	} cases[] = {
		{ ALL, { 201, -1, "" }, FORGE_TAKEN, FORGE_TAKEN, false },
		/* not about the status: a page of a proxy, a redirect, a token
		 */
		{ ALL, { 200, -1, "" }, FORGE_LATER, FORGE_LATER, true },
		{ ALL, { 202, -1, "" }, FORGE_LATER, FORGE_LATER, true },
		{ ALL, { 301, -1, "" }, FORGE_LATER, FORGE_LATER, true },
		{ ALL, { 307, -1, "" }, FORGE_LATER, FORGE_LATER, true },
		{ ALL, { 401, -1, "" }, FORGE_LATER, FORGE_LATER, true },
		{ ALL, { 400, -1, "no" }, FORGE_REFUSED, FORGE_REFUSED, false },
		{ ALL, { 403, -1, "Forbidden" }, FORGE_ABSENT, FORGE_ABSENT,
		    false },
		{ ALL, { 404, -1, "Not Found" }, FORGE_ABSENT, FORGE_ABSENT,
		    false },
		{ ALL, { 405, -1, "" }, FORGE_REFUSED, FORGE_REFUSED, false },
		{ ALL, { 413, -1, "" }, FORGE_REFUSED, FORGE_REFUSED, false },
		{ ALL, { 415, -1, "" }, FORGE_REFUSED, FORGE_REFUSED, false },
		{ ALL, { 423, -1, "repo is archived" }, FORGE_REFUSED,
		    FORGE_REFUSED, false },
		{ ALL, { 408, -1, "" }, FORGE_LATER, FORGE_LATER, false },
		{ ALL, { 409, -1, "in progress" }, FORGE_LATER, FORGE_LATER,
		    false },
		{ ALL, { 422, -1, "too long" }, FORGE_REFUSED, FORGE_REFUSED,
		    false },
		{ ALL, { 429, -1, "Retry later" }, FORGE_LATER, FORGE_LATER,
		    true },
		{ ALL, { 429, 5000, "" }, FORGE_LATER, FORGE_LATER, true },
		{ ALL, { 500, -1, "" }, FORGE_LATER, FORGE_LATER, false },
		{ ALL, { 503, 7000, "" }, FORGE_LATER, FORGE_LATER, true },
		{ "github", { 403, 5000, "" }, FORGE_LATER, FORGE_LATER, true },
		{ "github", { 403, 0, "" }, FORGE_LATER, FORGE_LATER, true },
		{ "gitlab gitea", { 403, 5000, "" }, FORGE_ABSENT, FORGE_ABSENT,
		    false },
		{ "github", { 403, -1, "secondary rate limit" }, FORGE_LATER,
		    FORGE_LATER, true },
		{ "github",
		    { 403, -1,
		        "You have triggered an abuse detection mechanism" },
		    FORGE_LATER, FORGE_LATER, true },
		{ "github",
		    { 403, -1,
		        "Maximum number of login attempts exceeded. Please try "
		        "again later." },
		    FORGE_LATER, FORGE_LATER, true },
		{ "gitlab",
		    { 403, -1,
		        "You cannot perform write operations on a read-only "
		        "instance" },
		    FORGE_LATER, FORGE_LATER, true },
		{ "github",
		    { 422, -1,
		        "Validation Failed: Validation failed: This SHA and "
		        "context has reached the maximum number of statuses." },
		    FORGE_REFUSED, FORGE_REFUSED, false },
		{ "github", { 422, -1, "No commit found for SHA: 01" },
		    FORGE_ABSENT, FORGE_ABSENT, false },
		{ "gitlab", { 404, -1, "404 Commit Not Found" }, FORGE_ABSENT,
		    FORGE_ABSENT, false },
		{ "gitlab", { 404, -1, "404 Project Not Found" }, FORGE_ABSENT,
		    FORGE_ABSENT, false },
		{ "gitea", { 404, -1, "object does not exist [id: 01]" },
		    FORGE_ABSENT, FORGE_ABSENT, false },
		{ "gitlab", { 400, -1, TWICE }, FORGE_TAKEN, FORGE_REFUSED,
		    false },
		{ "gitlab",
		    { 400, -1,
		        "Cannot transition status via :success from :success "
		        "(x)" },
		    FORGE_TAKEN, FORGE_TAKEN, false },
		{ "gitlab",
		    { 400, -1,
		        "Cannot transition status via :x from :successful" },
		    FORGE_TAKEN, FORGE_REFUSED, false },
		{ "gitlab", { 400, -1, "Cannot transition status" },
		    FORGE_TAKEN, FORGE_REFUSED, false },
		{ "github gitea", { 400, -1, TWICE }, FORGE_REFUSED,
		    FORGE_REFUSED, false },
	};
	static const char *const names[] = { "github", "gitlab", "gitea" };
	const struct status pending = status(STATUS_PENDING),
	                    final = status(STATUS_SUCCESS);
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (j = 0; j < ARRAY_LEN(names); j++) {
			const struct forge_type *t = type(names[j]);
			const struct forge_reply reply = { cases[i].reply.http,
				cases[i].reply.wait, cases[i].reply.said,
				false };
			struct forge_verdict p =
			    forge_judge(t, &pending, &reply);
			struct forge_verdict f = forge_judge(t, &final, &reply);

			if (strstr(cases[i].types, names[j]) == NULL)
				continue;
			print_message("%s %ld %s\n", names[j],
			    cases[i].reply.http, cases[i].reply.said);
			assert_int_equal(p.outcome, cases[i].pending);
			assert_int_equal(f.outcome, cases[i].final);
			assert_int_equal(p.is_all, cases[i].is_all);
			assert_int_equal(f.is_all, cases[i].is_all);
		}
}

/* What shows the status has it, whatever its number among the good ones. */
static void what_shows_it_has_it(void **state)
{
	static const struct {
		long http;
		enum forge_outcome outcome;
	} cases[] = { { 200, FORGE_TAKEN }, { 202, FORGE_TAKEN },
		{ 301, FORGE_LATER }, { 422, FORGE_REFUSED } };
	const struct status s = status(STATUS_SUCCESS);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct forge_reply reply = { cases[i].http, -1, "",
			true };

		assert_int_equal(
		    forge_judge(type("gitlab"), &s, &reply).outcome,
		    cases[i].outcome);
	}
}

static json_t *parse(const char *text)
{
	json_t *out;

	assert_int_equal(json_parse(bytes_of(text), &out, NULL), 0);
	return out;
}

/* The newest of our context and branch, whatever the order. */
static void lists_show_the_newest(void **state)
{
	json_auto_t *gitlab =
	    parse("[{\"id\":4,\"name\":\"sluice/run\",\"ref\":\"exp/\xc3\xa4\","
	          "\"status\":\"pending\",\"description\":\"3 \\\"nodes\\\"\","
	          "\"target_url\":null},"
	          "{\"id\":9,\"name\":\"sluice/run\",\"ref\":\"main\","
	          "\"status\":\"success\",\"description\":\"x\"},"
	          "{\"id\":5,\"name\":\"sluice/run\",\"ref\":\"exp/\xc3\xa4\","
	          "\"status\":\"failed\",\"description\":\"3 \\\"nodes\\\"\"},"
	          "{\"id\":8,\"name\":\"lint\",\"ref\":\"exp/\xc3\xa4\","
	          "\"status\":\"success\"}]");
	json_auto_t *github =
	    parse("[{\"id\":2,\"context\":\"Sluice/Run\",\"state\":\"success\","
	          "\"description\":\"3 \\\"nodes\\\"\",\"target_url\":null}]");
	json_auto_t *other = parse("{\"message\":\"no\"}");
	struct status s = status(STATUS_FAILURE);

	(void)state;
	assert_true(forge_shows(type("gitlab"), gitlab, &s));
	s.state = STATUS_PENDING;
	assert_false(forge_shows(type("gitlab"), gitlab, &s));
	/* "pending" cannot be entered once more, whatever its words are */
	json_object_set_new(json_array_get(gitlab, 2), "status",
	    json_string("running"));
	assert_true(forge_shows(type("gitlab"), gitlab, &s));
	s.state = STATUS_SUCCESS;
	assert_false(forge_shows(type("gitlab"), gitlab, &s));
	assert_true(forge_shows(type("github"), github, &s));
	assert_false(forge_shows(type("gitea"), github, &s));
	assert_true(forge_shows(type("github"), json_array_get(github, 0), &s));
	strcpy(s.target_url, "https://x/1");
	assert_false(forge_shows(type("github"), github, &s));
	assert_false(
	    forge_shows(type("github"), json_array_get(github, 0), &s));
	assert_false(forge_shows(type("github"), other, &s));
	assert_false(forge_shows(type("github"), NULL, &s));
}

static void words_may_be_values(void **state)
{
	static const struct {
		const char *body, *words;
	} cases[] = {
		{ "{\"message\":\"404 Not Found\"}", "404 Not Found" },
		{ "{\"message\":{\"name\":[\"is too long\"]}}",
		    "{\"name\":[\"is too long\"]}" },
		{ "{\"error\":\"state is missing\"}", "state is missing" },
		{ "{\"message\":\"Validation Failed\",\"errors\":[{\"code\":"
		  "\"custom\",\"message\":\"too long\"},\"and\",3]}",
		    "Validation Failed: too long; and; 3" },
		{ "{\"message\":\"Validation Failed\",\"errors\":\"Validation "
		  "failed: the maximum\"}",
		    "Validation Failed: Validation failed: the maximum" },
		{ "[1]", "" },
		{ "{}", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear) struct buf b = { 0 };
		json_auto_t *answer = parse(cases[i].body);

		forge_words(answer, &b);
		buf_add_str(&b, "");
		assert_string_equal(b.p ? b.p : "", cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(words_are_the_forges),
		cmocka_unit_test(bodies_are_the_forges),
		cmocka_unit_test(what_is_not_there_is_left_out),
		cmocka_unit_test(addresses_are_the_forges),
		cmocka_unit_test(answers_mean_what_the_forge_means),
		cmocka_unit_test(what_shows_it_has_it),
		cmocka_unit_test(lists_show_the_newest),
		cmocka_unit_test(words_may_be_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
