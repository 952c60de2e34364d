/* base: buffers, maps, digests, files, text, canonical JSON. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/json.h"
#include "cache/base/map.h"
#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "tests/unit/cmocka_all.h"

static void test_error(void **state)
{
	struct error err = { 0 }, other = { 0 }, later = { 0 };
	char out[256];

	(void)state;
	assert_int_equal(error_set(&err, ERROR_SYNTAX, "bad %d", 7),
	    ERROR_SYNTAX);
	error_place(&err, "a.sql", 3, 4);
	assert_int_equal(error_set(&err, ERROR_IO, "later"), ERROR_IO);
	error_print(&err, out, sizeof(out));
	assert_string_equal(out, "a.sql:3:4: bad 7");
	error_wrap(&err, "run");
	error_print(&err, out, sizeof(out));
	assert_string_equal(out, "a.sql:3:4: run: bad 7");
	assert_int_equal(error_set(NULL, ERROR_IO, "none"), ERROR_IO);
	assert_int_equal(error_pass(NULL, &err), ERROR_SYNTAX);
	assert_int_equal(error_pass(&other, &err), ERROR_SYNTAX);
	error_print(&other, out, sizeof(out));
	assert_string_equal(out, "a.sql:3:4: run: bad 7");
	later.code = ERROR_BUSY;
	assert_int_equal(error_pass(&other, &later), ERROR_BUSY);
	assert_int_equal(other.code, ERROR_SYNTAX); /* the first one wins */
	err = (struct error){ 0 };
	assert_int_equal(error_set(&err, 0, "%s", ""), ERROR_MEMORY);
	assert_int_equal(err.code, ERROR_MEMORY);
	err = later = (struct error){ 0 };
	assert_int_equal(error_pass(&err, &later), ERROR_MEMORY);
	assert_int_equal(err.code, ERROR_MEMORY);
}

/* All pieces of two arenas stay as they are in one; what a reset arena gives
 * is zeroed, like all it gives. */
static void test_arenas_join_and_begin_anew(void)
{
	struct arena a = { 0 }, b = { 0 };
	char *pieces[600];
	int round, k;
	size_t i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_LEN(pieces); i++) {
			size_t n = i % 97;

			pieces[i] = arena_alloc(i % 2 ? &a : &b, n + 1);
			for (k = 0; k <= (int)n; k++)
				assert_int_equal(pieces[i][k], 0);
			memset(pieces[i], 'a' + (int)i % 26, n);
		}
		arena_join(&a, &b);
		assert_null(b.head);
		assert_non_null(arena_strdup(&a, "goes on"));
		for (i = 0; i < ARRAY_LEN(pieces); i++) {
			assert_int_equal(strlen(pieces[i]), i % 97);
			for (k = 0; k < (int)(i % 97); k++)
				assert_int_equal(pieces[i][k],
				    'a' + (int)i % 26);
		}
		arena_reset(&a);
	}
	arena_reset(&b);
	arena_join(&b, &a);
	arena_clear(&b);
}

static void test_arena(void **state)
{
	struct arena a = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		unsigned char *p = arena_alloc(&a, i % 97);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		if (i % 97)
			assert_int_equal(p[i % 97 - 1], 0);
		memset(p, 0xff, i % 97);
	}
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 5), "x-5");
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	arena_clear(&a);
	test_arenas_join_and_begin_anew();
	assert_int_equal(a.used, 0);
}

static void test_map(void **state)
{
	enum {
		N = 5000
	};
	static char keys[N][8];
	struct map m = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
		assert_int_equal(map_set(&m, keys[i], keys[i], NULL), 0);
	}
	assert_int_equal(map_set(&m, "k7", keys[8], NULL), 0);
	assert_int_equal(m.n, N);
	assert_ptr_equal(map_get(&m, "k7"), keys[8]);
	assert_ptr_equal(map_get(&m, "k4999"), keys[4999]);
	assert_null(map_get(&m, "k5000"));
	assert_false(map_has(&m, ""));
	map_clear(&m);
}

/* FIPS 180-4's "abc", and git's name of "hello\n". */
static void test_digest(void **state)
{
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223"
	                          "b00361a396177a9cb410ff61f20015ad";
	struct digest_stream *s = NULL;
	struct digest a, b;
	uint8_t git[GIT_ID_SIZE];
	char hex[DIGEST_HEX + 1];

	(void)state;
	assert_int_equal(digest_of(bytes_of("abc"), &a, NULL), 0);
	digest_print(&a, hex);
	assert_string_equal(hex, abc);
	assert_int_equal(digest_open(&s, NULL), 0);
	digest_add(s, "a", 1);
	digest_add(s, "bc", 2);
	assert_int_equal(digest_finish(s, &b, NULL), 0);
	assert_true(digest_eq(&a, &b));
	digest_add(s, "abc", 3);
	assert_int_equal(digest_finish(s, &b, NULL), 0);
	assert_int_equal(digest_cmp(&a, &b), 0);
	digest_close(s);
	b.bytes[31] ^= 1;
	assert_false(digest_eq(&a, &b));
	assert_int_equal(digest_parse(abc, &b, NULL), 0);
	assert_true(digest_eq(&a, &b));
	assert_int_equal(digest_parse("BA", &b, NULL), ERROR_SYNTAX);
	assert_int_equal(digest_git_blob(bytes_of("hello\n"), git, NULL), 0);
	hex_print(git, GIT_ID_SIZE, hex);
	assert_string_equal(hex, "ce013625030ba8dba906f756967f9e9ca394464a");
}

static void test_json(void **state)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	json_auto_t *v = NULL, *twice = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(json_parse(bytes_of("{\"b\":1, \"a\":[true,\"\\u00e9"
	                                     "\\n\"]}"),
	                     &v, &err),
	    0);
	assert_int_equal(json_print(v, &out, &err), 0);
	assert_string_equal(out.p, "{\"a\":[true,\"\xc3\xa9\\n\"],\"b\":1}\n");
	assert_int_equal(
	    json_parse(bytes_of("{\"a\":1,\"a\":2}"), &twice, &err),
	    ERROR_SYNTAX);
}

/* -- canonical JSON, against jansson's own printing -- */

static unsigned next(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % below;
}

/* A text of every byte that there may be, and some characters of more. */
static json_t *some_text(unsigned *seed)
{
	static const char *const more[] = { "\xc3\xa4", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80", "\x7f", "\"", "\\", "/", "\n" };
	char text[64] = "";
	size_t n = 0;
	unsigned i, pieces = next(seed, 12);

	for (i = 0; i < pieces; i++) {
		const char *piece = more[next(seed, ARRAY_LEN(more))];
		char one[2] = { (char)(1 + next(seed, 0x7e)), '\0' };

		if (next(seed, 2))
			piece = one;
		memcpy(text + n, piece, strlen(piece));
		n += strlen(piece);
	}
	return json_stringn(text, n);
}

static json_t *some_value(unsigned *seed, unsigned deep)
{
	json_t *v;
	unsigned i, n;

	switch (next(seed, deep > 0 ? 8 : 6)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(next(seed, 2));
	case 2:
		return json_integer(INT64_MIN + (json_int_t)next(seed, 3));
	case 3:
		return json_integer((json_int_t)next(seed, 1000) - 500);
	case 4:
		return json_real(next(seed, 1000) / 7.0);
	case 5:
		return some_text(seed);
	case 6:
		v = json_array();
		for (i = 0, n = next(seed, 5); i < n; i++)
			json_array_append_new(v, some_value(seed, deep - 1));
		return v;
	default:
		v = json_object();
		for (i = 0, n = next(seed, 40); i < n; i++) {
			json_auto_t *key = some_text(seed);

			json_object_set_new(v, json_string_value(key),
			    some_value(seed, deep - 1));
		}
		return v;
	}
}

static void test_json_as_jansson(void **state)
{
	const size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;
	unsigned seed = 3, round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		json_auto_t *v = some_value(&seed, 3);
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct error err = { 0 };
		const size_t n = json_dumpb(v, NULL, 0, flags);
		char *theirs = mem_alloc(n);

		assert_non_null(theirs);
		assert_int_equal(json_dumpb(v, theirs, n, flags), n);
		assert_int_equal(json_add(v, &out, &err), 0);
		assert_int_equal(out.n, n);
		assert_memory_equal(out.p, theirs, n);
		mem_free(theirs);
	}
}

static void test_json_no_utf8(void **state)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	json_auto_t *v = json_stringn_nocheck("a\xc3", 2);
	struct error err = { 0 };

	(void)state;
	assert_int_equal(json_add(v, &out, &err), ERROR_MEMORY);
	assert_int_equal(json_add_string(&out, "\xff", &err), ERROR_MEMORY);
	assert_int_equal(json_add(NULL, &out, &err), ERROR_MEMORY);
}

/* Words that were cut within a character, at their end or before. */
static void test_json_words(void **state)
{
	static const struct {
		const char *words, *text;
	} cases[] = {
		{ "plain \xc3\xa4 \\ \n", "plain \xc3\xa4 \\ \n" },
		{ "cut \xc3", "cut \\xc3" },
		{ "'\xe2\x82' is none", "'\\xe2\\x82' is none" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		json_auto_t *v = json_words(cases[i].words);

		assert_string_equal(json_string_value(v), cases[i].text);
	}
}

static void test_text(void **state)
{
	static const char *const words[] = { "include", "depend", "override" };
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "labs/*.csv", "labs/a.csv", true },
		{ "labs/*.csv", "labs/x/a.csv", false },
		{ "*", "", true },
		{ "a*b*c", "aXbYbc", true },
		{ "a*b*c", "aXbYb", false },
		{ "?x", "/x", false },
		{ "*/*", "a/b", true },
		{ "*/*", "a/b/c", false },
	};
	const char *const show = "show", *const one = "a";
	const char *const paths[] = { "A/Patient", "marts/Orders",
		"B/Patient" };
	static const char *const cut[][2] = {
		{ "", "" },
		{ "az", "az" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "caf\xc3", "caf" },
		{ "\xe2\x82", "" },
		{ "x\xf0\x9f\x98", "x" },
		{ "x\xf0\x9f\x98\x80", "x\xf0\x9f\x98\x80" },
	};
	char folded[] = "AZ[@\xc3\x89"; /* ASCII alone */
	CLEANUP(buf_clear) struct buf out = { 0 };
	size_t i;

	(void)state;
	assert_string_equal(text_nearest("inclde", words, 3), "include");
	assert_string_equal(text_nearest("DEPENDS", words, 3), "depend");
	assert_null(text_nearest("select", words, 3));
	assert_string_equal(text_nearest("shwo", &show, 1), "show");
	assert_string_equal(text_nearest("hsow", &show, 1), "show");
	assert_null(text_nearest("wohs", &show, 1));
	assert_null(text_nearest("c", &one, 1));
	assert_string_equal(text_nearest_path("orders", paths, 3),
	    "marts/Orders");
	assert_string_equal(text_nearest_path("A/Patiemt", paths, 3),
	    "A/Patient");
	assert_null(text_nearest_path("deep/down/Patient", paths, 3));
	for (i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(text_match(cases[i].pattern, cases[i].name),
		    cases[i].matches);
	assert_int_equal(text_utf8_error(bytes_of("caf\xc3\xa9 12345678")), 14);
	assert_int_equal(text_utf8_error(bytes_of("12345678\xc0\x80")), 8);
	assert_int_equal(text_utf8_error(bytes_of("\xed\xa0\x80")), 0);
	assert_int_equal(text_utf8_error(bytes_of("a\xf4\x90\x80\x80")), 1);
	assert_string_equal(text_fold(folded), "az[@\xc3\x89");
	assert_null(text_fold(NULL));
	assert_int_equal(text_cut(bytes_of("a\xc3\xa9z"), 2), 1);
	for (i = 0; i < ARRAY_LEN(cut); i++) {
		char text[16];

		strcpy(text, cut[i][0]);
		text_trim_cut(text);
		assert_string_equal(text, cut[i][1]);
	}
	text_add_visible(&out, bytes_of("a\x1b[m\xff\xc3\xa9"));
	assert_string_equal(out.p, "a\\x1b[m\\xff\xc3\xa9");
	buf_reset(&out);
	text_add_visible(&out,
	    bytes_of("\xc2\x9b"
	             "1m\xc2\xa0"));
	assert_string_equal(out.p, "\\xc2\\x9b1m\xc2\xa0");
	buf_reset(&out);
	/* U+202E turns the direction; U+2014 is a dash */
	text_add_visible(&out,
	    bytes_of("x\xe2\x80\xae"
	             "gpj\xe2\x80\x94"));
	assert_string_equal(out.p, "x\\u{202e}gpj\xe2\x80\x94");
}

static void test_files(void **state)
{
	CLEANUP(buf_clear) struct buf out = { 0 }, path = { 0 };
	CLEANUP(file_names_clear) struct file_names names = { 0 };
	char dir[64];
	struct stat st;
	int fd = -1, other = -1;

	(void)state;
	assert_int_equal(file_make_temp_dir("/tmp", dir, sizeof(dir), NULL), 0);
	buf_printf(&path, "%s/a/b/c", dir);
	assert_int_equal(file_make_dirs(path.p, NULL), 0);
	buf_add_str(&path, "/f");
	assert_int_equal(file_create(path.p, bytes_of("one"), 0444, NULL), 0);
	assert_int_equal(file_create(path.p, bytes_of("two"), 0444, NULL),
	    ERROR_EXISTS);
	assert_int_equal(file_write(path.p, bytes_of("three"), 0640, NULL), 0);
	assert_int_equal(stat(path.p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(file_read(path.p, 100, &out, NULL), 0);
	assert_string_equal(out.p, "three");
	assert_int_equal(file_read(path.p, 4, &out, NULL), ERROR_LIMIT);
	assert_int_equal(file_lock(path.p, false, &fd, NULL), 0);
	assert_int_equal(file_lock(path.p, false, &other, NULL), ERROR_BUSY);
	fd_close(&fd);
	assert_int_equal(file_list(dir, &names, NULL), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.names[0], "a");
	assert_int_equal(file_remove_tree(dir, NULL), 0);
	assert_false(file_exists(dir));
	assert_int_equal(file_remove_tree(dir, NULL), 0);
}

/* What is opened below a directory, and what is said of the rest. */
static const struct beneath {
	const char *name;
	int rc;
} BENEATH[] = {
	{ "f", 0 },
	{ "a/b/f", 0 },
	{ "a/./b/f", 0 },
	{ "a/missing", ERROR_NOT_FOUND },
	{ "a/missing/f", ERROR_NOT_FOUND },
	{ "a", ERROR_DENIED },
	{ "a/link/f", ERROR_DENIED },
	{ "a/link", ERROR_DENIED },
	{ "../f", ERROR_DENIED },
	{ "a/../../f", ERROR_DENIED },
	{ "/etc/passwd", ERROR_DENIED },
	{ "hard", ERROR_DENIED },
	{ "f/f", ERROR_NOT_FOUND },
};
#define N_BENEATH (sizeof(BENEATH) / sizeof(BENEATH[0]))

struct look_beneath {
	int dirfd;
	bool is_without; /* openat2, which the kernel then does not know */
	int filtered; /* 0: the filter is there */
	int rc[N_BENEATH];
};

static void *look_beneath(void *arg)
{
	struct sock_filter known[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { 4, known };
	struct look_beneath *look = arg;
	size_t i;
	int fd;

	if (look->is_without)
		look->filtered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) |
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
	for (i = 0; i < N_BENEATH; i++) {
		fd = -1;
		look->rc[i] = file_open_beneath(look->dirfd, BENEATH[i].name,
		    100, &fd, NULL);
		fd_close(&fd);
	}
	return NULL;
}

static void beneath_a_directory_without_openat2_too(void **state)
{
	char dir[64];
	int dirfd, i;

	(void)state;
	assert_int_equal(file_make_temp_dir("/tmp", dir, sizeof(dir), NULL), 0);
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(dirfd, "a", 0755), 0);
	assert_int_equal(mkdirat(dirfd, "a/b", 0755), 0);
	assert_int_equal(symlinkat("b", dirfd, "a/link"), 0);
	close(openat(dirfd, "f", O_CREAT | O_WRONLY, 0644));
	close(openat(dirfd, "a/b/f", O_CREAT | O_WRONLY, 0644));
	close(openat(dirfd, "twice", O_CREAT | O_WRONLY, 0644));
	assert_int_equal(linkat(dirfd, "twice", dirfd, "hard", 0), 0);
	for (i = 0; i < 2; i++) {
		struct look_beneath look = { .dirfd = dirfd,
			.is_without = i == 1 };
		pthread_t thread;
		size_t k;

		/* a filter is its thread's */
		assert_int_equal(
		    pthread_create(&thread, NULL, look_beneath, &look), 0);
		pthread_join(thread, NULL);
		assert_int_equal(look.filtered, 0);
		for (k = 0; k < N_BENEATH; k++)
			if (look.rc[k] != BENEATH[k].rc)
				fail_msg("%s: %d", BENEATH[k].name, look.rc[k]);
	}
	close(dirfd);
	assert_int_equal(file_remove_tree(dir, NULL), 0);
}

static void test_clock(void **state)
{
	char out[CLOCK_TEXT];

	(void)state;
	clock_print(1587974608513, out);
	assert_string_equal(out, "2020-04-27T08:03:28Z");
	clock_print_date(951782400000, out);
	assert_string_equal(out, "2000-02-29");
	clock_print(clock_from_seconds(INT64_MAX), out);
	assert_string_equal(out, "9999-12-31T23:59:59Z");
	clock_print(clock_from_seconds(INT64_MIN), out);
	assert_string_equal(out, "1000-01-01T00:00:00Z");
	clock_print(clock_from_seconds(1), out);
	assert_string_equal(out, "1970-01-01T00:00:01Z");
}

static void words_stand_alone(void **state)
{
	(void)state;
	assert_true(text_has_word(bytes_of("SELECT Dose, x"), "dose"));
	assert_true(text_has_word(bytes_of("dose"), "dose"));
	assert_true(text_has_word(bytes_of("doses, dose"), "dose"));
	assert_true(text_has_word(bytes_of("x.\"a b\"y"), "a b"));
	assert_true(text_has_word(bytes_of("a100%b"), "100%") == false);
	assert_true(text_has_word(bytes_of("a 100%b"), "100%"));
	assert_false(text_has_word(bytes_of("doses"), "dose"));
	assert_false(text_has_word(bytes_of("_dose"), "dose"));
	assert_false(text_has_word(bytes_of("dose2"), "dose"));
	assert_false(text_has_word(bytes_of("\xc3\xa4"
	                                    "dose"),
	    "dose"));
	assert_false(text_has_word(bytes_of(""), "dose"));
	assert_false(text_has_word(bytes_of("dose"), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stand_alone),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_as_jansson),
		cmocka_unit_test(test_json_no_utf8),
		cmocka_unit_test(test_json_words),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_files),
		cmocka_unit_test(beneath_a_directory_without_openat2_too),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
