/* request: a worker serves whatever JSON it is sent, with descriptors for what
 * that counts (or one too few, where the input is of odd length), and answers
 * with a reply. The engine is SQLite's: another would execute what it is told.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "runner/worker.h"

enum {
	FDS_MOST = 16
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set(json_t *request, const char *key, json_t *value)
{
	if (json_object_set_new(request, key, value))
		abort();
}

static size_t count_fds(const json_t *request)
{
	const json_t *inputs = json_object_get(request, "inputs");
	size_t i, n = 2;

	for (i = 0; i < json_array_size(inputs); i++)
		n += json_array_size(
		    json_object_get(json_array_get(inputs, i), "parts"));
	n += json_array_size(json_object_get(request, "helpers"));
	return n < FDS_MOST ? n : FDS_MOST;
}

/* Log and output are empty, each part has the same rows. */
static void open_fds(int *fds, size_t n)
{
	const struct bytes rows = bytes_of("1,a\n2,\n");
	size_t i;

	for (i = 0; i < n; i++)
		if (file_open_memory(&fds[i], NULL) ||
		    (i > 1 && file_write_fd(fds[i], rows, NULL)))
			abort();
}

static void serve(const json_t *request, const int *fds, size_t n)
{
	CLEANUP(fd_close) int ours = -1, theirs = -1;
	json_t *reply = NULL;
	bool is_shut;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		abort();
	ours = pair[0];
	theirs = pair[1];
	if (protocol_send(ours, request, fds, n, NULL) ||
	    shutdown(ours, SHUT_WR) || worker_serve(theirs, &is_shut) ||
	    is_shut || protocol_wait_reply(ours, 0, &reply, NULL) ||
	    json_object_get(reply, "status") == NULL)
		abort();
	json_decref(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_auto_t *request = json_loadb((const char *)data, size, 0, NULL);
	int fds[FDS_MOST];
	size_t i, n;

	if (!json_is_object(request))
		return 0;
	set(request, "engine", json_string("sqlite"));
	set(request, "sandbox", json_string("none"));
	set(request, "early", json_false());
	set(request, "timeout_ms", json_integer(200));
	set(request, "memory_bytes", json_integer(16 << 20));
	n = count_fds(request);
	open_fds(fds, n);
	serve(request, fds, n - size % 2);
	for (i = 0; i < n; i++)
		fd_close(&fds[i]);
	return 0;
}
