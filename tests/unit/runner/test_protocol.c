/* protocol: requests with descriptors, and packets of somebody else. */
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/protocol.h"

enum {
	MANY = 800
};

struct pair {
	int a, b;
};

static int pair_open(void **state)
{
	struct pair *p = mem_alloc(sizeof(*p));
	int fds[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	p->a = fds[0];
	p->b = fds[1];
	*state = p;
	return 0;
}

static int pair_close(void **state)
{
	struct pair *p = *state;

	fd_close(&p->a);
	fd_close(&p->b);
	mem_free(p);
	return 0;
}

static size_t count_open(void)
{
	CLEANUP(file_names_clear) struct file_names names = { 0 };

	assert_int_equal(file_list("/proc/self/fd", &names, NULL), 0);
	return names.n;
}

static void close_all(int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		close(fds[i]);
}

/* Descriptor i is a file that holds the number i. */
static void open_numbered(int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };

		buf_printf(&text, "%zu", i);
		assert_int_equal(file_open_temp("/tmp", &fds[i], NULL), 0);
		assert_int_equal(file_write_fd(fds[i], buf_bytes(&text), NULL),
		    0);
		lseek(fds[i], 0, SEEK_SET);
	}
}

static void expect_numbered(const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		CLEANUP(buf_clear) struct buf got = { 0 };

		assert_int_equal(file_read_fd(fds[i], 100, &got, NULL), 0);
		assert_int_equal(strtoul(got.p, NULL, 10), i);
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
	}
}

static void test_descriptors(void **state)
{
	static const size_t counts[] = { 0, 1, 249, 250, 251, 499, 500, 501,
		MANY };
	struct pair *p = *state;
	size_t before = count_open(), i;
	int fds[MANY];

	for (i = 0; i < ARRAY_LEN(counts); i++) {
		json_auto_t *request = json_pack("{s:i}", "n", (int)i);
		json_auto_t *got = NULL;
		int *taken = NULL;
		size_t n = 99;

		open_numbered(fds, counts[i]);
		assert_int_equal(
		    protocol_send(p->a, request, fds, counts[i], NULL), 0);
		close_all(fds, counts[i]);
		assert_int_equal(protocol_receive(p->b, &got, &taken, &n, NULL),
		    0);
		assert_int_equal(n, counts[i]);
		assert_true(json_equal(got, request));
		expect_numbered(taken, n);
		close_all(taken, n);
		mem_free(taken);
		assert_int_equal(count_open(), before);
	}
}

/* Short messages go in the packet, long ones in a file: both, and all lengths
 * about the border (32 KiB). */
static void test_lengths(void **state)
{
	struct pair *p = *state;
	CLEANUP(buf_clear) struct buf body = { 0 };
	size_t i, before = count_open();

	for (i = 0; i < 32 * 1024 - 32; i++)
		buf_add_char(&body, 'x');
	for (i = 0; i < 64; i++) {
		json_auto_t *request = NULL, *got = NULL;
		int *fds = NULL;
		size_t n;

		buf_add_char(&body, 'y');
		request = json_pack("{s:s}", "body", body.p);
		assert_int_equal(protocol_send(p->a, request, &p->a, 1, NULL),
		    0);
		assert_int_equal(protocol_receive(p->b, &got, &fds, &n, NULL),
		    0);
		assert_true(json_equal(got, request));
		assert_int_equal(n, 1);
		close_all(fds, n);
		mem_free(fds);
	}
	assert_int_equal(count_open(), before);
}

/* A body of some MiB goes through a descriptor, not through the socket. */
static void test_large(void **state)
{
	struct pair *p = *state;
	CLEANUP(buf_clear) struct buf body = { 0 };
	json_auto_t *request = NULL, *got = NULL;
	int *fds = NULL;
	size_t n, i;

	for (i = 0; i < 1 << 20; i++)
		buf_add_str(&body, "SELECT 1;\n");
	request = json_pack("{s:s}", "body", body.p);
	assert_int_equal(protocol_send(p->a, request, NULL, 0, NULL), 0);
	assert_int_equal(protocol_receive(p->b, &got, &fds, &n, NULL), 0);
	assert_true(json_equal(got, request));
	mem_free(fds);
}

static void test_end(void **state)
{
	struct pair *p = *state;
	json_auto_t *got = NULL;
	int *fds = NULL;
	size_t n;

	fd_close(&p->a);
	assert_int_equal(protocol_receive(p->b, &got, &fds, &n, NULL),
	    ERROR_NOT_FOUND);
	/* without SIGPIPE */
	got = json_object();
	assert_int_equal(protocol_send(p->b, got, NULL, 0, NULL), ERROR_REMOTE);
}

static void test_reply(void **state)
{
	struct pair *p = *state;
	json_auto_t *reply = json_pack("{s:s}", "status", "ok"), *got = NULL;

	assert_int_equal(protocol_wait_reply(p->a, 0, &got, NULL),
	    ERROR_TIMEOUT);
	assert_int_equal(protocol_wait_reply(p->a, 20, &got, NULL),
	    ERROR_TIMEOUT);
	assert_int_equal(protocol_reply(p->b, reply, NULL), 0);
	assert_int_equal(protocol_wait_reply(p->a, -1, &got, NULL), 0);
	assert_true(json_equal(got, reply));
	json_decref(got);
	got = NULL;
	fd_close(&p->b);
	assert_int_equal(protocol_wait_reply(p->a, -1, &got, NULL),
	    ERROR_REMOTE);
}

static void send_raw(int sock, const char *head, size_t n, const int *fds,
    size_t n_fds)
{
	char room[CMSG_SPACE(sizeof(int) * 8)] = { 0 };
	char copy[16];
	struct iovec iov = { copy, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(copy, head, n);
	if (n_fds > 0) {
		struct cmsghdr *c = (struct cmsghdr *)(void *)room;

		msg.msg_control = room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), n);
}

static int file_with(const char *text)
{
	int fd = -1;

	assert_int_equal(file_open_temp("/tmp", &fd, NULL), 0);
	assert_int_equal(file_write_fd(fd, bytes_of(text), NULL), 0);
	return fd;
}

/* Whatever comes, it is an error, takes no time without end, and leaves no
 * descriptor open. */
static void test_foreign(void **state)
{
	struct pair *p = *state;
	int pipes[2], not_json = file_with("{"), value = file_with("[]");
	size_t before, i;
	struct {
		const char *head;
		size_t n;
		int fds[3];
		size_t n_fds;
	} packets[] = {
		{ "X\0\0\0", 4, { not_json }, 1 },
		{ "J\0\0\0", 4, { 0 }, 0 },
		{ "J\0\0\0", 4, { not_json, value, value }, 3 },
		{ "J\0\0\0", 4, { -2 }, 1 }, /* a pipe nobody writes to */
		{ "J", 1, { value }, 1 },
		{ "J\0\0\0\0", 5, { value }, 1 },
		{ "T\0\0\0", 4, { value }, 1 },
		{ "T\0\0\0{", 5, { value }, 1 },
		{ "T\0\0", 3, { value }, 1 },
		{ "F\0\0\0[]", 6, { value }, 1 },
		{ "J\0\0\0J\0\0\0", 8, { value }, 1 },
	};

	assert_int_equal(pipe(pipes), 0);
	before = count_open();
	for (i = 0; i < ARRAY_LEN(packets); i++) {
		json_t *got = NULL;
		int *fds = NULL;
		size_t n;

		if (packets[i].fds[0] == -2)
			packets[i].fds[0] = pipes[0];
		send_raw(p->a, packets[i].head, packets[i].n, packets[i].fds,
		    packets[i].n_fds);
		assert_true(protocol_receive(p->b, &got, &fds, &n, NULL) < 0);
		assert_null(got);
		assert_null(fds);
		assert_int_equal(count_open(), before);
	}
	/* a reply brings nothing, and is an object */
	send_raw(p->a, "J\0\0\0", 4, (int[]){ value, value }, 2);
	send_raw(p->a, "J\0\0\0", 4, (int[]){ value }, 1);
	for (i = 0; i < 2; i++) {
		json_t *got = NULL;

		assert_int_equal(protocol_wait_reply(p->b, -1, &got, NULL),
		    ERROR_REMOTE);
		assert_null(got);
		assert_int_equal(count_open(), before);
	}
	close_all((int[]){ pipes[0], pipes[1], not_json, value }, 4);
}

/* The end of file between the packets of one request. */
static void test_half(void **state)
{
	struct pair *p = *state;
	int value = file_with("[]"), *fds = NULL;
	json_t *got = NULL;
	size_t n;

	send_raw(p->a, "F\0\0\0", 4, &value, 1);
	fd_close(&p->a);
	close(value);
	value = (int)count_open();
	assert_int_equal(protocol_receive(p->b, &got, &fds, &n, NULL),
	    ERROR_NOT_FOUND);
	assert_null(fds);
	assert_int_equal(count_open(), value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_descriptors, pair_open,
		    pair_close),
		cmocka_unit_test_setup_teardown(test_lengths, pair_open,
		    pair_close),
		cmocka_unit_test_setup_teardown(test_large, pair_open,
		    pair_close),
		cmocka_unit_test_setup_teardown(test_end, pair_open,
		    pair_close),
		cmocka_unit_test_setup_teardown(test_reply, pair_open,
		    pair_close),
		cmocka_unit_test_setup_teardown(test_foreign, pair_open,
		    pair_close),
		cmocka_unit_test_setup_teardown(test_half, pair_open,
		    pair_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
