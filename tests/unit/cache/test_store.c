/* store: bytes under their digest, whatever happens to the files. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cache/base/clock.h"
#include "cache/base/digest.h"
#include "cache/store_derived.h"
#include "cache/store_impl.h"
#include "tests/unit/cache/store_help.h"

/* FIPS 180-2, appendix B.1 */
#define ABC_HEX \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void test_name_is_sha256(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct digest d = put_str(p->st, "abc");
	char hex[DIGEST_HEX + 1], path[512];
	struct stat info;

	digest_print(&d, hex);
	assert_string_equal(hex, ABC_HEX);
	snprintf(path, sizeof(path), "%s/blobs/ba/%s", store_dir(p->st),
	    &ABC_HEX[2]);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0444);
	assert_int_equal(info.st_size, 3);
	assert_true(store_has(p->st, &d));
	buf_add_str(&out, "before ");
	OK(store_get(p->st, &d, &out, &err));
	assert_string_equal(out.p, "before abc");
}

static void test_empty_and_absent(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct digest d, none = { { 1 } };
	int fd;

	OK(store_put(p->st, (struct bytes){ "", 0 }, &d, &err));
	OK(store_get(p->st, &d, &out, &err));
	assert_int_equal(out.n, 0);
	assert_false(store_has(p->st, &none));
	assert_int_equal(store_get(p->st, &none, &out, NULL), ERROR_NOT_FOUND);
	assert_int_equal(store_open_blob(p->st, &none, &fd, NULL),
	    ERROR_NOT_FOUND);
	assert_int_equal(fd, -1);
}

/* One flipped bit: nobody is served, the bytes are in quarantine, a put
 * heals. */
static void test_bit_flips(void **state)
{
	struct place *p = *state;
	uint64_t seed = 20261121;
	int i;

	for (i = 0; i < 100; i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		char text[64], path[512];
		struct digest d;
		int fd, rc;

		snprintf(text, sizeof(text), "a blob, number %d", i);
		d = put_str(p->st, text);
		path_in_store(p->st, "blobs", &d, path, sizeof(path));
		flip_bit(path, next_random(&seed));
		if (i % 3 == 0)
			rc = store_get(p->st, &d, &out, NULL);
		else if (i % 3 == 1)
			rc = store_open_blob(p->st, &d, &fd, NULL);
		else
			rc = ERROR_CORRUPT; /* the put alone finds it */
		assert_int_equal(rc, ERROR_CORRUPT);
		assert_int_equal(out.n, 0);
		if (i % 3 != 2)
			assert_false(store_has(p->st, &d));
		d = put_str(p->st, text);
		OK(store_get(p->st, &d, &out, &err));
		assert_string_equal(out.p, text);
	}
	assert_int_equal(count_names(p->st, "quarantine"), 100);
}

static void test_truncated_and_not_a_file(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct digest d = put_str(p->st, "will be empty");
	char path[512];
	int kind;

	for (kind = 0; kind < 4; kind++) {
		path_in_store(p->st, "blobs", &d, path, sizeof(path));
		unlink(path);
		if (kind == 0) /* as after a power cut without sync */
			assert_true(close(creat(path, 0444)) == 0);
		else if (kind == 1)
			assert_int_equal(mkdir(path, 0755), 0);
		else if (kind == 2)
			assert_int_equal(symlink("/etc/hostname", path), 0);
		else
			assert_int_equal(mkfifo(path, 0644), 0);
		assert_int_equal(store_get(p->st, &d, &out, NULL),
		    ERROR_CORRUPT);
		assert_int_equal(out.n, 0);
		assert_false(store_has(p->st, &d));
		d = put_str(p->st, "will be empty");
		assert_true(store_has(p->st, &d));
	}
}

static void test_batch(void **state)
{
	struct place *p = *state;
	struct store_batch *b;
	struct digest d[200];
	char text[64];
	int i;

	OK(store_batch_open(p->st, &b, &err));
	for (i = 0; i < 200; i++) {
		/* repeats within, and what is there already */
		snprintf(text, sizeof(text), "item %d", i % 150);
		if (i == 60)
			put_str(p->st, "item 61");
		OK(store_batch_put(b, bytes_of(text), &d[i], &err));
	}
	OK(store_batch_commit(b, &err));
	for (i = 0; i < 200; i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };

		snprintf(text, sizeof(text), "item %d", i % 150);
		OK(store_get(p->st, &d[i], &out, &err));
		assert_string_equal(out.p, text);
	}
	/* without commit: no name */
	OK(store_batch_put(b, bytes_of("never"), &d[0], &err));
	store_batch_close(b);
	assert_false(store_has(p->st, &d[0]));
}

struct seen {
	size_t n;
	uint64_t bytes;
	struct digest last;
};

static int count_blob(const struct digest *id, uint64_t bytes, void *payload)
{
	struct seen *s = payload;

	if (s->n > 0)
		assert_true(digest_cmp(&s->last, id) < 0);
	s->last = *id;
	s->n++;
	s->bytes += bytes;
	return 0;
}

static FILE *file_of(const char *text)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fseek(f, 0, SEEK_SET), 0);
	return f;
}

/* A copy is what a put of the same bytes is, and nothing before it is added. */
static void test_copy(void **state)
{
	struct place *p = *state;
	CLEANUP(store_batch_closep) struct store_batch *b = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct store_copy copy;
	char hex[DIGEST_HEX + 1];
	FILE *abc = file_of("abc");

	OK(store_copy(p->st, fileno(abc), &copy, &err));
	digest_print(&copy.id, hex);
	assert_string_equal(hex, ABC_HEX);
	assert_int_equal(copy.bytes, 3);
	assert_false(store_has(p->st, &copy.id));
	OK(store_batch_open(p->st, &b, &err));
	OK(store_batch_add(b, &copy, &err));
	assert_int_equal(copy.fd, -1);
	OK(store_batch_commit(b, &err));
	OK(store_get(p->st, &copy.id, &out, &err));
	assert_string_equal(out.p, "abc");
	fclose(abc);
}

/* Of what is there already, and twice in one batch. */
static void test_copy_of_the_same(void **state)
{
	struct place *p = *state;
	CLEANUP(store_batch_closep) struct store_batch *b = NULL;
	struct digest there = put_str(p->st, "abc");
	FILE *files[] = { file_of("abc"), file_of("x"), file_of("x") };
	struct store_copy copy;
	size_t i;

	OK(store_batch_open(p->st, &b, &err));
	for (i = 0; i < ARRAY_LEN(files); i++) {
		OK(store_copy(p->st, fileno(files[i]), &copy, &err));
		OK(store_batch_add(b, &copy, &err));
		fd_close(&copy.fd);
		fclose(files[i]);
	}
	OK(store_batch_commit(b, &err));
	assert_true(store_has(p->st, &there));
	assert_true(store_has(p->st, &copy.id));
}

static void test_copy_of_no_file(void **state)
{
	struct place *p = *state;
	struct store_copy copy;
	FILE *directory = fopen("/", "r");

	assert_non_null(directory);
	assert_int_equal(store_copy(p->st, fileno(directory), &copy, NULL),
	    ERROR_IO);
	assert_int_equal(copy.fd, -1);
	fclose(directory);
}

/* In a process of its own: how many kB its memory grew. */
static long grown_by_copy(struct store *st, int fd)
{
	struct store_copy copy;
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	if (store_copy(st, fd, &copy, NULL) || copy.bytes != 64 << 20)
		return -1;
	getrusage(RUSAGE_SELF, &after);
	return after.ru_maxrss - before.ru_maxrss;
}

static void test_copy_is_bounded(void **state)
{
	struct place *p = *state;
	FILE *big = tmpfile();
	int status;
	pid_t child;
	long grown;

	assert_non_null(big);
	assert_int_equal(ftruncate(fileno(big), 64 << 20), 0);
	child = fork();
	if (child == 0) {
		grown = grown_by_copy(p->st, fileno(big));
		_exit(grown < 0 ? 2 : grown > 16 << 10);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	fclose(big);
}

static void test_each(void **state)
{
	struct place *p = *state;
	struct seen s = { 0 };
	char text[64], path[512];
	int i;

	for (i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "%03d", i);
		put_str(p->st, text);
	}
	snprintf(path, sizeof(path), "%s/blobs/00/README", store_dir(p->st));
	OK(file_write(path, bytes_of("not a blob"), 0644, &err));
	OK(store_each(p->st, count_blob, &s, &err));
	assert_int_equal(s.n, 50);
	assert_int_equal(s.bytes, 150);
}

static void test_derived(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct digest a = put_str(p->st, "a"), b = put_str(p->st, "b");
	struct bytes form = { "x\0y", 3 };
	char path[512], other[512];
	int i;

	assert_int_equal(store_derived_get(p->st, &a, "stats", &out, NULL),
	    ERROR_NOT_FOUND);
	for (i = 0; i < 2; i++)
		OK(store_derived_put(p->st, &a, "stats", form, &err));
	buf_add_char(&out, '>');
	OK(store_derived_get(p->st, &a, "stats", &out, &err));
	assert_int_equal(out.n, 4);
	assert_memory_equal(out.p, ">x\0y", 4);
	assert_int_equal(store_derived_put(p->st, &a, "../x", form, NULL),
	    ERROR_USAGE);

	/* another's form in its place is not believed, nor a flipped bit */
	path_in_store(p->st, "derived/stats", &a, path, sizeof(path));
	path_in_store(p->st, "derived/stats", &b, other, sizeof(other));
	OK(store_derived_put(p->st, &b, "stats", bytes_of("of b"), &err));
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(store_derived_get(p->st, &b, "stats", &out, NULL),
	    ERROR_NOT_FOUND);
	OK(store_derived_put(p->st, &a, "stats", form, &err));
	flip_bit(path, 70 * 8);
	assert_int_equal(store_derived_get(p->st, &a, "stats", &out, NULL),
	    ERROR_NOT_FOUND);
	assert_false(file_exists(path));
}

/* Puts, flips and gets in random order against a table of what is there. */
static void test_random_operations(void **state)
{
	struct place *p = *state;
	enum {
		BLOBS = 20
	};
	enum {
		ABSENT,
		THERE,
		DAMAGED
	} what[BLOBS] = { ABSENT };
	struct digest id[BLOBS];
	uint64_t seed = 7;
	int i, step;

	for (i = 0; i < BLOBS; i++) {
		char text[32];

		snprintf(text, sizeof(text), "random %d", i);
		OK(digest_of(bytes_of(text), &id[i], &err));
	}
	for (step = 0; step < 600; step++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		char text[32], path[512];
		uint64_t r = next_random(&seed);
		int rc;

		i = (int)(r % BLOBS);
		snprintf(text, sizeof(text), "random %d", i);
		path_in_store(p->st, "blobs", &id[i], path, sizeof(path));
		switch (r >> 32 & 3) {
		case 0:
			put_str(p->st, text);
			what[i] = THERE;
			break;
		case 1:
			if (what[i] != THERE)
				break;
			flip_bit(path, r >> 40);
			what[i] = DAMAGED;
			break;
		default:
			rc = store_get(p->st, &id[i], &out, NULL);
			assert_int_equal(rc,
			    what[i] == THERE        ? 0
			        : what[i] == ABSENT ? ERROR_NOT_FOUND
			                            : ERROR_CORRUPT);
			if (rc == 0)
				assert_string_equal(out.p, text);
			else
				what[i] = ABSENT;
		}
	}
}

static void *put_many(void *payload)
{
	struct store *st = payload;
	int round, i;

	for (round = 0; round < 4; round++)
		for (i = 0; i < 40; i++) {
			CLEANUP(buf_clear) struct buf out = { 0 };
			char text[32];
			struct digest d;

			snprintf(text, sizeof(text), "shared %d", i);
			if (store_put(st, bytes_of(text), &d, NULL) ||
			    store_get(st, &d, &out, NULL) ||
			    strcmp(out.p, text) != 0)
				return st;
		}
	return NULL;
}

static void test_many_writers(void **state)
{
	struct place *p = *state;
	pthread_t threads[4];
	pid_t children[3];
	struct seen s = { 0 };
	int i, status;

	for (i = 0; i < 3; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(put_many(p->st) != NULL);
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, put_many, p->st), 0);
	for (i = 0; i < 4; i++) {
		void *bad;

		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
	for (i = 0; i < 3; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	OK(store_each(p->st, count_blob, &s, &err));
	assert_int_equal(s.n, 40);
	assert_int_equal(count_names(p->st, "quarantine"), 0);
}

/* Writers, and somebody who damages: a put that said yes is never undone by
 * another's quarantine. The damage is done under a name of its own turn, so
 * after the last put of each writer the blob is whole. */
static void test_quarantine_spares_the_healed(void **state)
{
	struct place *p = *state;
	struct digest d = put_str(p->st, "contended");
	char path[512];
	int round;

	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	for (round = 0; round < 20; round++) {
		pid_t children[4];
		int i, status;

		flip_bit(path, (uint64_t)round);
		for (i = 0; i < 4; i++) {
			children[i] = fork();
			if (children[i] == 0) {
				struct digest id;

				if (i % 2)
					store_get(p->st, &d, &(struct buf){ 0 },
					    NULL);
				_exit(store_put(p->st, bytes_of("contended"),
				          &id, NULL) != 0 ||
				    !store_has(p->st, &id));
			}
		}
		for (i = 0; i < 4; i++) {
			waitpid(children[i], &status, 0);
			assert_int_equal(status, 0);
		}
		assert_true(store_has(p->st, &d));
	}
}

/* A child puts and tells the pipe what was acknowledged; it is killed at a
 * random moment; what it told is there, and nothing in the store is wrong. */
static void kill_once(struct store *st, uint64_t *seed)
{
	int ledger[2], status, n = 0;
	int64_t wait = (int64_t)(next_random(seed) % 20);
	uint64_t from = next_random(seed);
	char line[DIGEST_HEX];
	pid_t child;

	assert_int_equal(pipe(ledger), 0);
	child = fork();
	if (child == 0) {
		for (;; from++) {
			char text[32], hex[DIGEST_HEX + 1];
			struct digest d;

			snprintf(text, sizeof(text), "%llx",
			    (unsigned long long)from);
			if (store_put(st, bytes_of(text), &d, NULL))
				_exit(1);
			digest_print(&d, hex);
			if (write(ledger[1], hex, DIGEST_HEX) != DIGEST_HEX)
				_exit(2);
		}
	}
	close(ledger[1]);
	/* the moment of the kill, not a wait for a condition */
	clock_sleep(wait);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	while (read(ledger[0], line, sizeof(line)) == DIGEST_HEX) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		char hex[DIGEST_HEX + 1] = { 0 };
		struct digest d;

		memcpy(hex, line, DIGEST_HEX);
		OK(digest_parse(hex, &d, &err));
		OK(store_get(st, &d, &out, &err));
		n++;
	}
	close(ledger[0]);
}

static int verify_blob(const struct digest *id, uint64_t bytes, void *payload)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	OK(store_get(payload, id, &out, &err));
	assert_int_equal(out.n, bytes);
	return 0;
}

static void test_kill_nine(void **state)
{
	struct place *p = *state;
	uint64_t seed = 9;
	int i;

	print_message("seed 9\n");
	for (i = 0; i < 40; i++)
		kill_once(p->st, &seed);
	OK(store_each(p->st, verify_blob, p->st, &err));
	assert_int_equal(count_names(p->st, "quarantine"), 0);
}

/* RLIMIT_FSIZE makes write(2) short, then fail: an error, and no name. */
static void test_no_room(void **state)
{
	struct place *p = *state;
	enum {
		SIZE = 100000
	};
	CLEANUP(mem_freep) char *big = mem_alloc(SIZE);
	struct digest id;
	int status;
	pid_t child;

	memset(big, 'x', SIZE);
	child = fork();
	if (child == 0) {
		struct rlimit limit = { 40000, 40000 };
		struct error err = { 0 };
		struct digest d;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		if (store_put(p->st, (struct bytes){ big, SIZE }, &d, &err) !=
		        ERROR_IO ||
		    err.sys == 0)
			_exit(1);
		_exit(store_put(p->st, bytes_of("small"), &d, NULL) ? 2 : 0);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	OK(digest_of((struct bytes){ big, SIZE }, &id, &err));
	assert_false(store_has(p->st, &id));
	OK(store_put(p->st, (struct bytes){ big, SIZE }, &id, &err));
	assert_true(store_has(p->st, &id));
}

static void test_other_format(void **state)
{
	struct place *p = *state;
	struct store *other;
	struct error why = { 0 };
	char path[512];

	OK(store_open(store_dir(p->st), &other, &err));
	store_close(other);
	snprintf(path, sizeof(path), "%s/format", store_dir(p->st));
	OK(file_write(path, bytes_of("sluice-store/2\n"), 0644, &err));
	assert_int_equal(store_open(store_dir(p->st), &other, &why),
	    ERROR_USAGE);
	assert_non_null(strstr(why.msg, "sluice-store/2"));
	assert_null(other);
}

static int count_form(const struct store_entry *entry, const char *form,
    void *payload)
{
	(void)entry;
	(void)form;
	++*(int *)payload;
	return 0;
}

/* A copy without what is made again: derived forms, temporary files. */
static void test_directories_may_be_dropped(void **state)
{
	struct place *p = *state;
	struct digest d = put_str(p->st, "kept");
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(store_closep) struct store *again = NULL;
	char path[512];
	int n = 0;

	OK(store_derived_put(p->st, &d, "stat", bytes_of("x"), &err));
	snprintf(path, sizeof(path), "%s/derived", store_dir(p->st));
	OK(file_remove_tree(path, &err));
	snprintf(path, sizeof(path), "%s/tmp", store_dir(p->st));
	OK(file_remove_tree(path, &err));
	OK(store_open(store_dir(p->st), &again, &err));
	OK(store_get(again, &d, &out, &err));
	OK(store_each_derived(again, count_form, &n, &err));
	assert_int_equal(n, 0);
	put_str(again, "new");
	OK(store_derived_put(again, &d, "stat", bytes_of("x"), &err));
	OK(store_each_derived(again, count_form, &n, &err));
	assert_int_equal(n, 1);
}

static void test_a_path_has_its_limit(void **state)
{
	struct store *st;
	struct error why = { 0 };
	char dir[PATH_MAX];

	(void)state;
	memset(dir, 'x', sizeof(dir));
	dir[0] = '/';
	dir[sizeof(dir) - 100] = '\0'; /* no room for the names of blobs */
	assert_int_equal(store_open(dir, &st, &why), ERROR_LIMIT);
	assert_memory_equal(why.msg, "path too long: /xxx", 19);
	assert_null(st);
}

static void test_a_blob_has_its_limit(void **state)
{
	struct place *p = *state;
	const size_t n = (size_t)STORE_BLOB_MAX + 1;
	FILE *sparse = tmpfile();
	void *zeros;
	struct error why = { 0 };
	struct digest d = put_str(p->st, "small");
	CLEANUP(buf_clear) struct buf out = { 0 };
	char path[512];

	assert_non_null(sparse);
	assert_int_equal(ftruncate(fileno(sparse), (off_t)n), 0);
	zeros = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fileno(sparse), 0);
	assert_ptr_not_equal(zeros, MAP_FAILED);
	assert_int_equal(store_put(p->st, (struct bytes){ zeros, n }, &d, &why),
	    ERROR_LIMIT);
	assert_non_null(strstr(why.msg, "this one 1073741825"));
	assert_false(store_has(p->st, &d));
	munmap(zeros, n);
	fclose(sparse);
	/* one that is larger is none of ours */
	d = put_str(p->st, "small");
	path_in_store(p->st, "blobs", &d, path, sizeof(path));
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(truncate(path, (off_t)n), 0);
	assert_int_equal(store_get(p->st, &d, &out, NULL), ERROR_CORRUPT);
	assert_int_equal(out.n, 0);
	assert_int_equal(count_names(p->st, "quarantine"), 1);
}

static void test_a_claim_meets_a_run(void **state)
{
	struct place *p = *state;
	CLEANUP(fd_close) int run = -1;
	CLEANUP(fd_close) int claim = -1;
	struct error why = { 0 };

	OK(store_use(p->st, &run, &err));
	assert_int_equal(store_claim(p->st, &claim, &why), ERROR_BUSY);
	assert_non_null(strstr(why.msg, "a run is at work in this store"));
	fd_close(&run);
	OK(store_claim(p->st, &claim, &err));
	fd_close(&claim);
	/* nor can it where there is no place for the lock */
	OK(file_remove_tree(store_temp_dir(p->st), &err));
	OK(file_create(store_temp_dir(p->st), bytes_of("x"), 0644, &err));
	why.code = 0;
	assert_int_equal(store_claim(p->st, &claim, &why), ERROR_NOT_FOUND);
	assert_int_equal(why.code, ERROR_NOT_FOUND);
}

/* What is no name of a form is refused, and what has one by chance, let be. */
static void test_names_of_forms(void **state)
{
	static const char *const wrong[] = { "", "Form", "a/b",
		"a-name-of-thirty-three-characters" };
	struct place *p = *state;
	struct digest d = put_str(p->st, "a");
	CLEANUP(buf_clear) struct buf out = { 0 };
	char path[512];
	int n = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(
		    store_derived_put(p->st, &d, wrong[i], bytes_of("x"), NULL),
		    ERROR_USAGE);
		assert_int_equal(
		    store_derived_get(p->st, &d, wrong[i], &out, NULL),
		    ERROR_USAGE);
	}
	OK(store_derived_put(p->st, &d, "form", bytes_of("x"), &err));
	snprintf(path, sizeof(path), "%s/derived/Theirs", store_dir(p->st));
	OK(file_make_dirs(path, &err));
	OK(store_each_derived(p->st, count_form, &n, &err));
	assert_int_equal(n, 1);
	/* one that is cut off before its digest ends is none */
	path_in_store(p->st, "derived/form", &d, path, sizeof(path));
	assert_int_equal(truncate(path, 20), 0);
	assert_int_equal(store_derived_get(p->st, &d, "form", &out, NULL),
	    ERROR_NOT_FOUND);
	assert_false(file_exists(path));
}

/* Blobs of just as much as is read back at once, and of twice that. */
static void test_whole_pieces(void **state)
{
	struct place *p = *state;
	CLEANUP(buf_clear) struct buf in = { 0 };
	size_t n;

	while (in.n < 2 * 65536)
		buf_add_char(&in, (char)('a' + in.n % 26));
	for (n = 65536; n <= in.n; n += 65536) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct digest d;

		OK(store_put(p->st, (struct bytes){ in.p, n }, &d, &err));
		OK(store_get(p->st, &d, &out, &err));
		assert_int_equal(out.n, n);
		assert_memory_equal(out.p, in.p, n);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)
	const struct CMUnitTest tests[] = {
		T(test_name_is_sha256),
		T(test_empty_and_absent),
		T(test_bit_flips),
		T(test_truncated_and_not_a_file),
		T(test_batch),
		T(test_copy),
		T(test_copy_of_the_same),
		T(test_copy_of_no_file),
		T(test_copy_is_bounded),
		T(test_each),
		T(test_derived),
		T(test_random_operations),
		T(test_many_writers),
		T(test_quarantine_spares_the_healed),
		T(test_kill_nine),
		T(test_no_room),
		T(test_other_format),
		T(test_directories_may_be_dropped),
		T(test_a_path_has_its_limit),
		T(test_a_blob_has_its_limit),
		T(test_a_claim_meets_a_run),
		T(test_names_of_forms),
		T(test_whole_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
