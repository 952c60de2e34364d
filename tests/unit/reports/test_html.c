/*
 * html: words of others stay text in each context. What is expected is written
 * by hand after the HTML standard (which characters end a text or a value) and
 * RFC 3986 (which bytes an address may have).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cache/base/mem.h"
#include "reports/html.h"

typedef void verb_fn(struct buf *out, const char *s);

static void check(verb_fn *verb, const char *s, const char *want)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	verb(&out, s);
	buf_add_str(&out, "");
	assert_int_equal(buf_check(&out, NULL), 0);
	assert_string_equal(out.p, want);
}

static void markup_is_text(void **state)
{
	static const char *const names[][2] = {
		{ "ClinicA/Patient", "ClinicA/Patient" },
		{ "<script>alert(1)</script>",
		    "&#60;script&#62;alert(1)&#60;/script&#62;" },
		{ "\" onload=\"x", "&#34; onload=&#34;x" },
		{ "' onload='x", "&#39; onload=&#39;x" },
		{ "`x`", "&#96;x&#96;" },
		{ "&lt;", "&#38;lt;" },
		{ "</title></style>", "&#60;/title&#62;&#60;/style&#62;" },
		{ "M\xc3\xbcller \xe2\x86\x92", "M\xc3\xbcller \xe2\x86\x92" },
		{ "", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		check(html_text, names[i][0], names[i][1]);
		check(html_attribute, names[i][0], names[i][1]);
	}
}

/* A name that is not what it looks like: turned, empty, two lines, no text. */
static void what_is_not_seen_is_shown(void **state)
{
	static const char override[] = { '\xe2', '\x80', '\xae', 'l', 'q', 's',
		'.', 'g', 'p', 'j', '\0' };
	static const char isolate[] = { '\xe2', '\x81', '\xa6', 'z', '\0' };

	(void)state;
	/* no literals: the linter refuses them, and is right */
	check(html_text, override, "\\u{202e}lqs.gpj");
	check(html_text, isolate, "\\u{2066}z");
	check(html_text, "a\xe2\x80\x8bz", "a\\u{200b}z");
	check(html_text, "a\xc2\x85z", "a\\xc2\\x85z");
	check(html_text, "a\xef\xbb\xbfz", "a\\u{feff}z");
	check(html_text, "a\xef\xbf\xbfz", "a\\u{ffff}z");
	check(html_text, "a\xf0\x9f\xbf\xbez", "a\\u{1fffe}z");
	check(html_text, "a\nb\rc\td", "a\\x0ab\\x0dc\\x09d");
	check(html_text, "a\x1b[2J\x7f", "a\\x1b[2J\\x7f");
	check(html_text, "a\xff\xc3", "a\\xff\\xc3");
	check(html_text, "a\xed\xa0\x80", "a\\xed\\xa0\\x80");
	/* an escape that somebody wrote is not one of ours */
	check(html_text, "a\\x1b", "a\\x5cx1b");
}

static void addresses_are_quoted(void **state)
{
	(void)state;
	check(html_url, "ClinicA/Patient-1_2.3~", "ClinicA/Patient-1_2.3~");
	check(html_url, "javascript:x", "javascript%3Ax");
	check(html_url, "a b\"<>&#?%\n", "a%20b%22%3C%3E%26%23%3F%25%0A");
	check(html_url, "\xc3\xbc\xff", "%C3%BC%FF");
}

static void lines_stay_lines(void **state)
{
	(void)state;
	check(html_lines, "a\n<b>\n\nc", "a\n&#60;b&#62;\n\nc\n");
	check(html_lines, "</pre>\r\n", "&#60;/pre&#62;\\x0d\n");
	/* what a log's tail has escaped is not escaped again, all else is */
	check(html_log, "\\x1b<b>\n", "\\x1b&#60;b&#62;\n");
	check(html_log, "\\\x1b\n\\\xff\n", "\\x5c\\x1b\n\\x5c\\xff\n");
}

static void long_names_are_cut_and_whole(void **state)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	char name[300];

	(void)state;
	check(html_name, "<a>", "<code>&#60;a&#62;</code>");
	memset(name, 'a', sizeof(name));
	name[199] = '\xc3'; /* a letter that the cut would part */
	name[200] = '\xbc';
	name[299] = '\0';
	html_name(&out, name);
	assert_int_equal(strncmp(out.p, "<code title=\"aaa", 16), 0);
	assert_non_null(strstr(out.p, "\xc3\xbc"));
	assert_non_null(strstr(out.p, "a\xe2\x80\xa6</code>"));
}

/* Any bytes: what comes out has none that could end its context. */
static void random_bytes_stay_inside(void **state)
{
	static verb_fn *const verbs[] = { html_text, html_attribute, html_url,
		html_lines, html_log };
	uint32_t seed = 20261122, round;
	size_t i, k;

	(void)state;
	printf("seed %u\n", seed);
	for (round = 0; round < 20000; round++) {
		char s[16];

		for (i = 0; i + 1 < sizeof(s); i++) {
			seed = seed * 1664525 + 1013904223;
			s[i] = (char)(seed >> 24);
			s[i] = s[i] == '\0' ? '<' : s[i];
		}
		s[i] = '\0';
		for (k = 0; k < ARRAY_LEN(verbs); k++) {
			CLEANUP(buf_clear) struct buf out = { 0 };

			verbs[k](&out, s);
			assert_int_equal(buf_check(&out, NULL), 0);
			assert_null(strpbrk(out.p, "<>\"'`"));
			assert_int_equal(strlen(out.p), out.n);
		}
	}
}

static void a_page_needs_nothing_else(void **state)
{
	CLEANUP(buf_clear) struct buf page = { 0 };

	(void)state;
	html_head(&page, "</title><script>");
	html_foot(&page);
	assert_int_equal(buf_check(&page, NULL), 0);
	assert_null(strstr(page.p, "<script"));
	assert_null(strstr(page.p, "http://"));
	assert_null(strstr(page.p, "https://"));
	assert_null(strstr(page.p, "@import"));
	assert_null(strstr(page.p, "url("));
	assert_non_null(strstr(page.p,
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_is_text),
		cmocka_unit_test(what_is_not_seen_is_shown),
		cmocka_unit_test(addresses_are_quoted),
		cmocka_unit_test(lines_stay_lines),
		cmocka_unit_test(long_names_are_cut_and_whole),
		cmocka_unit_test(random_bytes_stay_inside),
		cmocka_unit_test(a_page_needs_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
