/* protocol: see protocol.h. _GNU_SOURCE for MSG_CMSG_CLOEXEC. */
#define _GNU_SOURCE
#include "runner/protocol.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/file.h"
#include "cache/base/mem.h"

enum {
	PACKET_FDS = 250, /* Linux takes 253 in one packet */
	KIND = 4,
	TEXT_MAX = 32 * 1024, /* of JSON in a packet */
	FDS_MAX = 1 << 20,
	JSON_MAX = 64 << 20,
};

/* What a packet brought. */
struct packet {
	char kind; /* 'F', 'J', 'T', or 0 at end of file */
	int fds[PACKET_FDS];
	size_t n;
	char text[TEXT_MAX]; /* 'T' */
	size_t n_text;
};

/* Room for one packet's descriptors, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int) * PACKET_FDS)];
};

static void close_all(int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fd_close(&fds[i]);
}

/* text is sent as it is; struct iovec has no const. */
static int send_packet(int sock, char kind, struct buf *text, const int *fds,
    size_t n, struct error *err)
{
	char head[KIND] = { kind, 0, 0, 0 };
	union control control;
	struct iovec iov[2] = { { head, sizeof(head) } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 1 };
	ssize_t put;

	if (text != NULL) {
		iov[1] = (struct iovec){ text->p, text->n };
		msg.msg_iovlen = 2;
	}

	if (n > 0) {
		struct cmsghdr *c = &control.header;

		memset(&control, 0, CMSG_SPACE(sizeof(int) * n));
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	}
	do
		put = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	if (put < 0 && (errno == EPIPE || errno == ECONNRESET))
		return error_set(err, ERROR_REMOTE,
		    "the process at the other end is gone");
	return put < 0 ? error_sys(err, "send to a worker") : 0;
}

int protocol_send(int sock, const json_t *request, const int *fds, size_t n,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(fd_close) int json = -1;
	int last[PACKET_FDS];
	int rc = json_print(request, &text, err);

	for (; rc == 0 && n >= PACKET_FDS; n -= PACKET_FDS, fds += PACKET_FDS)
		rc = send_packet(sock, 'F', NULL, fds, PACKET_FDS, err);
	if (rc)
		return rc;
	if (text.n <= TEXT_MAX)
		return send_packet(sock, 'T', &text, fds, n, err);
	if ((rc = file_open_memory(&json, err)) ||
	    (rc = file_write_fd(json, buf_bytes(&text), err)))
		return rc;
	last[0] = json;
	if (n > 0)
		memcpy(last + 1, fds, sizeof(int) * n);
	return send_packet(sock, 'J', NULL, last, n + 1, err);
}

/* Takes the descriptors out of a message, also where it is refused after. */
static void take_fds(struct msghdr *msg, struct packet *out)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > PACKET_FDS - out->n)
			n = PACKET_FDS - out->n;
		memcpy(out->fds + out->n, CMSG_DATA(c), n * sizeof(int));
		out->n += n;
	}
}

/* Whether a packet of got bytes is one of ours. */
static bool is_ours(const struct packet *p, ssize_t got)
{
	switch (p->kind) {
	case 'F':
		return got == KIND;
	case 'J':
		return got == KIND && p->n > 0;
	default:
		return p->kind == 'T' && got > KIND;
	}
}

static int receive_packet(int sock, struct packet *out, struct error *err)
{
	char head[KIND];
	union control control;
	struct iovec iov[] = { { head, KIND }, { out->text, TEXT_MAX } };
	struct msghdr msg = { .msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	ssize_t got;

	out->kind = '\0';
	out->n = 0;
	head[0] = '\0';
	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got == 0 || (got < 0 && errno == ECONNRESET))
		return 0;
	if (got < 0)
		return error_sys(err, "receive");
	take_fds(&msg, out);
	if (msg.msg_flags & MSG_CTRUNC) {
		close_all(out->fds, out->n);
		return error_set(err, ERROR_LIMIT,
		    "too many open files to receive a request's; "
		    "raise the limit (ulimit -n)");
	}
	out->kind = head[0];
	if ((msg.msg_flags & MSG_TRUNC) || !is_ours(out, got)) {
		close_all(out->fds, out->n);
		return error_set(err, ERROR_CORRUPT, "not a packet of ours");
	}
	out->n_text = (size_t)(got - KIND);
	return 0;
}

/* The JSON of a descriptor somebody sent: it is to be a small regular file,
 * so that reading it ends. */
static int read_json(int fd, json_t **out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error_sys(err, "read a message");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_CORRUPT, "not a message of ours");
	rc = file_read_fd(fd, JSON_MAX, &text, err);
	return rc ? rc : json_parse(buf_bytes(&text), out, err);
}

static int add_fds(const int *from, size_t n, int **fds, size_t *n_fds,
    struct error *err)
{
	int *more;

	if (n > FDS_MAX - *n_fds)
		return error_set(err, ERROR_LIMIT, "too many descriptors");
	more = mem_array(*n_fds + n, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	if (*n_fds > 0)
		memcpy(more, *fds, *n_fds * sizeof(*more));
	if (n > 0)
		memcpy(more + *n_fds, from, n * sizeof(*more));
	mem_free(*fds);
	*fds = more;
	*n_fds += n;
	return 0;
}

/* Adds a packet's descriptors, without the JSON's. */
static int take_packet(struct packet *p, int **fds, size_t *n, json_t **json,
    struct error *err)
{
	size_t first = p->kind == 'J';
	int rc = 0;

	if (first) {
		rc = read_json(p->fds[0], json, err);
		fd_close(&p->fds[0]);
	} else if (p->kind == 'T') {
		rc =
		    json_parse((struct bytes){ p->text, p->n_text }, json, err);
	}
	if (rc == 0)
		rc = add_fds(p->fds + first, p->n - first, fds, n, err);
	if (rc)
		close_all(p->fds + first, p->n - first);
	return rc;
}

int protocol_receive(int sock, json_t **request, int **fds, size_t *n,
    struct error *err)
{
	struct packet p;
	int rc;

	*request = NULL;
	*fds = NULL;
	*n = 0;
	do {
		rc = receive_packet(sock, &p, err);
		if (rc == 0 && p.kind == '\0')
			rc = error_set(err, ERROR_NOT_FOUND, "end of file");
		if (rc == 0)
			rc = take_packet(&p, fds, n, request, err);
	} while (rc == 0 && p.kind == 'F');
	if (rc == 0)
		return 0;
	close_all(*fds, *n);
	mem_free(*fds);
	json_decref(*request);
	*request = NULL;
	*fds = NULL;
	*n = 0;
	return rc;
}

int protocol_reply(int sock, const json_t *reply, struct error *err)
{
	return protocol_send(sock, reply, NULL, 0, err);
}

int protocol_tell(int sock, const json_t *message, struct error *err)
{
	struct pollfd p = { .fd = sock, .events = POLLOUT };

	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return 0;
	return protocol_send(sock, message, NULL, 0, err);
}

static int wait_readable(int sock, int64_t timeout_ms, struct error *err)
{
	int64_t end = clock_mono() + timeout_ms;
	struct pollfd p = { .fd = sock, .events = POLLIN };
	int64_t left = timeout_ms;
	int got;

	do {
		if (timeout_ms >= 0)
			left = end - clock_mono();
		if (left < 0)
			left = timeout_ms < 0 ? -1 : 0;
		got = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	} while ((got < 0 && errno == EINTR) || (got == 0 && left != 0));
	if (got < 0)
		return error_sys(err, "wait for a worker");
	return got ? 0
	           : error_set(err, ERROR_TIMEOUT, "no answer within %lld ms",
	                 (long long)timeout_ms);
}

int protocol_wait_reply(int sock, int64_t timeout_ms, json_t **reply,
    struct error *err)
{
	int rc = wait_readable(sock, timeout_ms, err);
	int *fds = NULL;
	size_t n = 0;

	*reply = NULL;
	if (rc)
		return rc;
	rc = protocol_receive(sock, reply, &fds, &n, NULL);
	close_all(fds, n);
	mem_free(fds);
	if (rc == 0 && n == 0 && json_is_object(*reply))
		return 0;
	json_decref(*reply);
	*reply = NULL;
	return error_set(err, ERROR_REMOTE,
	    rc == ERROR_NOT_FOUND
	        ? "the process that computed it ended unexpectedly"
	        : "the process that computed it gave no proper answer");
}
