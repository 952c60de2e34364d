/* snapshot: the sources at one moment, complete or not at all. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "cache/base/text.h"
#include "cache/snapshot_take.h"
#include "tests/unit/cache/store_help.h"

enum {
	T0 = 1795000000
}; /* seconds: when the files below were written */
static const int64_t later = (int64_t)T0 * 1000 + 60000;

/* FIPS 180-2, appendix B.1: of "abc" */
#define ABC_HEX \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void path_of(const struct place *p, const char *name, char *out,
    size_t size)
{
	snprintf(out, size, "%s/in/%s", p->dir, name);
}

/* A file in the landing directory, changed ms milliseconds after T0. */
static void land(const struct place *p, const char *name, const char *text,
    long ms)
{
	struct timespec times[2];
	char path[512], *slash;

	path_of(p, name, path, sizeof(path));
	slash = strrchr(path, '/');
	*slash = '\0';
	OK(file_make_dirs(path, &err));
	*slash = '/';
	unlink(path);
	OK(file_write(path, bytes_of(text), 0644, &err));
	times[0] = times[1] =
	    (struct timespec){ T0 + ms / 1000, ms % 1000 * 1000000 };
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int take(struct place *p, const char *const *patterns, size_t n,
    const struct snapshot *base, struct snapshot *out, struct error *err)
{
	struct snapshot_pattern asked[8] = { 0 };
	char landing[512];
	struct snapshot_request q = { .landing = landing,
		.patterns = asked,
		.n_patterns = n,
		.date = "2026-11-20",
		.base = base,
		.now = later };
	size_t i;

	assert_true(n <= 8);
	for (i = 0; i < n; i++)
		asked[i].text = patterns[i];
	path_of(p, "", landing, sizeof(landing));
	return snapshot_take(p->st, &q, out, err);
}

static const char *const csv[] = { "*.csv", "labs/*.csv" };

static void test_takes_what_matches(void **state)
{
	struct place *p = *state;
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	CLEANUP(snapshot_clear) struct snapshot back = { 0 };
	CLEANUP(mem_freep) size_t *found = NULL;
	char hex[DIGEST_HEX + 1];
	size_t n;

	land(p, "patients.csv", "abc", 0);
	land(p, "labs/2026-11-20.csv", "x,y\n", 0);
	land(p, "labs/2026-11-19.csv", "x\n", 0);
	land(p, "labs/deep/er.csv", "not asked for", 0);
	land(p, "labs/notes.txt", "not asked for", 0);
	land(p, ".hidden.csv", "no", 0);
	land(p, ".dir/a.csv", "no", 0);
	land(p, "labs/coming.csv.part", "no", 0);
	land(p, "labs/coming.csv.tmp", "no", 0);
	OK(take(p, csv, 2, NULL, &s, &err));
	assert_int_equal(s.n, 3);
	assert_string_equal(s.sources[0].path, "labs/2026-11-19.csv");
	assert_string_equal(s.sources[1].path, "labs/2026-11-20.csv");
	assert_string_equal(s.sources[2].path, "patients.csv");
	assert_int_equal(s.sources[2].bytes, 3);
	digest_print(&s.sources[2].blob, hex);
	assert_string_equal(hex, ABC_HEX);

	OK(snapshot_load(p->st, &s.id, &back, &err));
	assert_int_equal(back.n, 3);
	assert_string_equal(back.date, "2026-11-20");
	assert_non_null(snapshot_find(&back, "patients.csv"));
	assert_null(snapshot_find(&back, "patients"));
	OK(snapshot_match(&back, "labs/*.csv", &found, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(found[0], 0);
	assert_int_equal(found[1], 1);
}

static void test_same_files_same_id(void **state)
{
	struct place *p = *state;
	CLEANUP(snapshot_clear) struct snapshot a = { 0 };
	CLEANUP(snapshot_clear) struct snapshot b = { 0 };

	land(p, "a.csv", "abc", 0);
	OK(take(p, csv, 2, NULL, &a, &err));
	OK(take(p, csv, 2, NULL, &b, &err));
	assert_true(digest_eq(&a.id, &b.id));
}

/* The witness is a damaged blob: putting the file's bytes again would find and
 * heal it. */
static void test_unchanged_is_not_read_again(void **state)
{
	struct place *p = *state;
	CLEANUP(snapshot_clear) struct snapshot a = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct snapshot s;
	char blob[512];

	land(p, "a.csv", "abc", 0);
	OK(take(p, csv, 2, NULL, &a, &err));
	path_in_store(p->st, "blobs", &a.sources[0].blob, blob, sizeof(blob));
	flip_bit(blob, 0);
	OK(take(p, csv, 2, NULL, &s, &err));
	assert_true(digest_eq(&a.id, &s.id));
	snapshot_clear(&s);
	assert_int_equal(store_get(p->st, &a.sources[0].blob, &out, NULL),
	    ERROR_CORRUPT);

	/* now the store has lost the blob: the index is not believed */
	OK(take(p, csv, 2, NULL, &s, &err));
	assert_true(digest_eq(&a.id, &s.id));
	snapshot_clear(&s);
	OK(store_get(p->st, &a.sources[0].blob, &out, &err));
	assert_string_equal(out.p, "abc");
}

/* Same size, same mtime (somebody set it back): still another file. */
static void test_mtime_set_back(void **state)
{
	struct place *p = *state;
	CLEANUP(snapshot_clear) struct snapshot a = { 0 };
	CLEANUP(snapshot_clear) struct snapshot b = { 0 };
	struct timespec times[2] = { { T0, 0 }, { T0, 0 } };
	char path[512];
	FILE *f;

	land(p, "a.csv", "abc", 0);
	OK(take(p, csv, 2, NULL, &a, &err));
	path_of(p, "a.csv", path, sizeof(path));
	f = fopen(path, "r+b");
	assert_non_null(f);
	fputs("abd", f);
	fclose(f);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	OK(take(p, csv, 2, NULL, &b, &err));
	assert_false(digest_eq(&a.id, &b.id));
}

static void test_two_seconds(void **state)
{
	struct place *p = *state;
	struct snapshot s;
	struct error why = { 0 };

	land(p, "quiet.csv", "abc", 58000);
	OK(take(p, csv, 2, NULL, &s, &err));
	snapshot_clear(&s);
	land(p, "young.csv", "abc", 59999);
	assert_int_equal(take(p, csv, 2, NULL, &s, &why), ERROR_BUSY);
	assert_non_null(strstr(why.msg, "young.csv"));
	assert_int_equal(s.n, 0);
	land(p, "young.csv", "abc", 120000);
	why = (struct error){ 0 };
	assert_int_equal(take(p, csv, 2, NULL, &s, &why), ERROR_BUSY);
	assert_non_null(strstr(why.msg, "ahead of this machine"));
	/* what nobody asks for may be as young as it likes */
	assert_int_equal(take(p, &csv[1], 1, NULL, &s, NULL), 0);
	snapshot_clear(&s);
}

/* What is no regular file, where a pattern asks for it, is said. */
static void refused(struct place *p, const char *pattern, const char *words)
{
	const char *const patterns[] = { pattern };
	struct error why = { 0 };
	struct snapshot s;

	assert_int_equal(take(p, patterns, 1, NULL, &s, &why), ERROR_DENIED);
	if (strstr(why.msg, words) == NULL)
		fail_msg("no '%s' in: %s", words, why.msg);
	assert_int_equal(s.n, 0);
}

static void test_no_regular_files(void **state)
{
	struct place *p = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct snapshot s;
	char path[512];
	int fd;

	land(p, "a.csv", "abc", 0);
	path_of(p, "link.csv", path, sizeof(path));
	assert_int_equal(symlink("/etc/hostname", path), 0);
	path_of(p, "gone.csv", path, sizeof(path));
	assert_int_equal(symlink("/no/such/file", path), 0);
	path_of(p, "fifo.csv", path, sizeof(path));
	assert_int_equal(mkfifo(path, 0644), 0);
	path_of(p, "dir.csv", path, sizeof(path));
	OK(file_make_dirs(path, &err));
	path_of(p, "sock.csv", path, sizeof(path));
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	close(fd);
	refused(p, "link.csv", "link.csv matches a @path and is no regular");
	refused(p, "gone.csv", "gone.csv matches a @path and is no regular");
	refused(p, "fifo.csv", "fifo.csv matches a @path and is no regular");
	refused(p, "sock.csv", "sock.csv matches a @path and is no regular");
	refused(p, "*.csv", "matches a @path and is no regular");
	refused(p, "dir.csv", "dir.csv is a directory");
	/* what nobody asks for may be as odd as it likes */
	OK(take(p, (const char *const[]){ "a*.csv" }, 1, NULL, &s, &err));
	assert_int_equal(s.n, 1);
	snapshot_clear(&s);
}

/* A directory behind a link is not walked; where a pattern names it, that is
 * said. */
static void test_links_to_directories(void **state)
{
	struct place *p = *state;
	struct snapshot s;
	char path[512], target[512];

	land(p, "a/x.csv", "abc", 0);
	land(p, "../outside/x.csv", "secret", 0);
	snprintf(target, sizeof(target), "%s/outside", p->dir);
	path_of(p, "latest", path, sizeof(path));
	assert_int_equal(symlink(target, path), 0);
	OK(take(p,
	    (const char *const[]){ "*"
	                           "/x.csv" },
	    1, NULL, &s, &err));
	assert_int_equal(s.n, 1);
	assert_string_equal(s.sources[0].path, "a/x.csv");
	snapshot_clear(&s);
	refused(p, "latest/x.csv", "latest is a link, and a @path leads");
}

static void test_names(void **state)
{
	static const char *const all[] = { "n/*" };
	struct place *p = *state;
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	CLEANUP(snapshot_clear) struct snapshot back = { 0 };
	size_t i;

	land(p, "n/a.CSV", "1", 0);
	land(p, "n/A.csv", "2", 0);
	land(p, "n/a.csv", "3", 0);
	land(p, "n/\"quoted\" \\back.csv", "4", 0);
	land(p, "n/ blank .csv", "5", 0);
	land(p, "n/gr\xc3\xbc\xc3\x9f.csv", "6", 0);
	land(p, "n/UPPER.TMP", "no", 0);
	land(p, "n/UPPER.Part", "no", 0);
	OK(take(p, all, 1, NULL, &s, &err));
	assert_int_equal(s.n, 6);
	OK(snapshot_load(p->st, &s.id, &back, &err));
	for (i = 0; i < s.n; i++)
		assert_string_equal(back.sources[i].path, s.sources[i].path);
	land(p, "n/two\nlines.csv", "7", 0);
	refused(p, "n/*", "n/two\\x0alines.csv has a name that is not UTF-8");
	refused(p, "n/two*", "control character");
	land(p, "m/\xff.csv", "8", 0);
	refused(p, "m/*", "m/\\xff.csv has a name that is not UTF-8");
	snapshot_clear(&back);
	OK(take(p, (const char *const[]){ "n/a.csv" }, 1, NULL, &back, &err));
}

/* One's own trouble is not another's. */
static void test_optional_patterns(void **state)
{
	struct place *p = *state;
	struct snapshot_pattern asked[] = { { .text = "labs/*.csv" },
		{ .text = "logs/*", .is_optional = true },
		{ .text = "*/b.csv", .is_optional = true } };
	char landing[512], path[512];
	struct snapshot_request q = { .landing = landing,
		.patterns = asked,
		.n_patterns = 3,
		.date = "2026-11-20",
		.now = later };
	struct error why = { 0 };
	struct snapshot s;

	path_of(p, "", landing, sizeof(landing));
	land(p, "labs/a.csv", "abc", 0);
	land(p, "labs/b.csv", "b", 0);
	land(p, "logs/b.csv", "b", 0);
	land(p, "logs/grows", "abc", 59999);
	OK(snapshot_take(p->st, &q, &s, &err));
	assert_int_equal(s.n, 3); /* logs/b.csv by the third pattern */
	snapshot_clear(&s);
	assert_false(asked[0].is_left_out);
	assert_true(asked[1].is_left_out);
	assert_non_null(strstr(asked[1].why.msg, "logs/grows was changed"));
	assert_false(asked[2].is_left_out);

	path_of(p, "logs/pipe", path, sizeof(path));
	assert_int_equal(mkfifo(path, 0644), 0);
	unlink(path);
	land(p, "logs/grows", "abc", 0);
	OK(snapshot_take(p->st, &q, &s, &err));
	assert_int_equal(s.n, 4);
	assert_false(asked[1].is_left_out);
	snapshot_clear(&s);

	/* what both ask for is the first one's too */
	land(p, "labs/b.csv", "b", 59999);
	assert_int_equal(snapshot_take(p->st, &q, &s, &why), ERROR_BUSY);
	assert_non_null(strstr(why.msg, "labs/b.csv"));

	/* all of them left out: nothing was taken, and that is said */
	q.patterns = &asked[1];
	q.n_patterns = 1;
	land(p, "logs/grows", "abc", 59999);
	why = (struct error){ 0 };
	assert_int_equal(snapshot_take(p->st, &q, &s, &why), ERROR_BUSY);
	assert_non_null(strstr(why.msg, "logs/grows"));
}

/* The child snapshot: the base's files and date as they were, and only what it
 * does not have. */
static void test_child(void **state)
{
	struct place *p = *state;
	CLEANUP(snapshot_clear) struct snapshot base = { 0 };
	CLEANUP(snapshot_clear) struct snapshot child = { 0 };
	const struct snapshot_source *src;

	land(p, "a.csv", "abc", 0);
	OK(take(p, csv, 1, NULL, &base, &err));
	strcpy(base.date, "2026-10-01");
	OK(snapshot_save(p->st, &base, &err));
	land(p, "a.csv", "changed since", 59999); /* and young: no matter */
	land(p, "labs/b.csv", "new", 0);
	OK(take(p, csv, 2, &base, &child, &err));
	assert_string_equal(child.date, "2026-10-01");
	assert_int_equal(child.n, 2);
	src = snapshot_find(&child, "a.csv");
	assert_true(digest_eq(&src->blob, &base.sources[0].blob));
	assert_non_null(snapshot_find(&child, "labs/b.csv"));
}

/* A settled pattern's later deliveries are not the child's, whoever asks. */
static void test_child_of_settled(void **state)
{
	static const char *const settled[] = { "labs/*.csv" };
	struct place *p = *state;
	CLEANUP(snapshot_clear) struct snapshot base = { 0 };
	CLEANUP(snapshot_clear) struct snapshot child = { 0 };
	struct snapshot_pattern wide = { .text = "*/*.csv" };
	char landing[512];
	struct snapshot_request q = { .landing = landing,
		.patterns = &wide,
		.n_patterns = 1,
		.settled = settled,
		.n_settled = 1,
		.now = later };
	size_t n;

	path_of(p, "", landing, sizeof(landing));
	land(p, "labs/a.csv", "abc", 0);
	OK(take(p, settled, 1, NULL, &base, &err));
	land(p, "labs/b.csv", "since", 59999); /* young: of no matter */
	land(p, "vitals/c.csv", "c", 0);
	q.base = &base;
	OK(snapshot_look(&q, &n, &err));
	assert_int_equal(n, 1);
	OK(snapshot_take(p->st, &q, &child, &err));
	assert_int_equal(child.n, 2);
	assert_string_equal(child.sources[0].path, "labs/a.csv");
	assert_string_equal(child.sources[1].path, "vitals/c.csv");
}

static void test_look(void **state)
{
	struct place *p = *state;
	struct snapshot_pattern pattern = { .text = "labs/*.csv" };
	char landing[512];
	const struct snapshot_request q = { .landing = landing,
		.patterns = &pattern,
		.n_patterns = 1,
		.now = later };
	struct error why = { 0 };
	size_t n = 7;

	path_of(p, "", landing, sizeof(landing));
	assert_int_equal(snapshot_look(&q, &n, NULL), ERROR_NOT_FOUND);
	assert_int_equal(n, 0);
	land(p, "x.csv", "abc", 0);
	OK(snapshot_look(&q, &n, &err));
	assert_int_equal(n, 0);
	land(p, "labs/a.csv", "abc", 0);
	land(p, "labs/b.csv", "abc", 59000);
	assert_int_equal(snapshot_look(&q, &n, &why), ERROR_BUSY);
	assert_string_equal(why.msg,
	    "labs/b.csv was changed less than 2 s ago");
	land(p, "labs/b.csv", "abc", 0);
	OK(snapshot_look(&q, &n, &err));
	assert_int_equal(n, 2);
}

/* By prefix and by pattern is the same. */
static void test_match_among_many(void **state)
{
	static const char *const patterns[] = { "*", "a*", "ab*", "a/*", "a/b",
		"a?b", "", "zz", "a.b", "*b" };
	static const char *const paths[] = { "a", "a-b", "a.b", "a/b", "a/c",
		"ab", "abc", "b", "\xc3\xa4" };
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(paths); i++)
		assert_non_null(snapshot_add(&s, paths[i]));
	for (i = 0; i < ARRAY_LEN(patterns); i++) {
		size_t *found, n, at = 0;

		OK(snapshot_match(&s, patterns[i], &found, &n, &err));
		for (k = 0; k < ARRAY_LEN(paths); k++)
			if (text_match(patterns[i], paths[k])) {
				assert_true(at < n);
				assert_int_equal(found[at++], k);
			}
		assert_int_equal(at, n);
		mem_free(found);
	}
}

static void test_empty(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct snapshot s;

	OK(snapshot_make_empty(p->st, "2026-11-20", &s, &err));
	OK(store_get(p->st, &s.id, &text, &err));
	assert_string_equal(text.p,
	    "{\"date\":\"2026-11-20\",\"format\":"
	    "\"sluice-snapshot/1\",\"sources\":{}}\n");
	snapshot_clear(&s);
	assert_int_equal(snapshot_make_empty(p->st, "yesterday", &s, NULL),
	    ERROR_USAGE);
	assert_int_equal(take(p, csv, 2, NULL, &s, NULL), ERROR_NOT_FOUND);
}

static void test_golden(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	size_t i;

	(void)state;
	OK(file_read("tests/cases/formats/snapshot.json", FILE_MAX, &text,
	    &err));
	OK(snapshot_parse(buf_bytes(&text), &s, &err));
	assert_int_equal(s.n, 3);
	assert_true(snapshot_find(&s, "patients.csv")->bytes == 5368709120U);
	OK(snapshot_print(&s, &again, &err));
	assert_string_equal(again.p, text.p);
	for (i = 0; i + 1 < text.n; i++) {
		struct snapshot cut;

		assert_int_equal(
		    snapshot_parse((struct bytes){ text.p, i }, &cut, NULL),
		    ERROR_CORRUPT);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
	const struct CMUnitTest tests[] = {
		T(test_takes_what_matches),
		T(test_same_files_same_id),
		T(test_unchanged_is_not_read_again),
		T(test_mtime_set_back),
		T(test_two_seconds),
		T(test_no_regular_files),
		T(test_links_to_directories),
		T(test_names),
		T(test_optional_patterns),
		T(test_child),
		T(test_child_of_settled),
		T(test_look),
		T(test_match_among_many),
		T(test_empty),
		T(test_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
