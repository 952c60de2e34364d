/* forge: what a forge answers is anybody's bytes. Whatever it is, no pull
 * request of another commit and no comment of another account is ours; and a
 * comment that is out of date says so. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/base/mem.h"
#include "reports/comment.h"
#include "reports/forge_comment.h"
#include "reports/outbound_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD "0123456789012345678901234567890123456789"

static void check(const struct forge_type *t, const json_t *json)
{
	static const struct status s = { .commit = HEAD,
		.context = STATUS_CONTEXT,
		.description = { "3 nodes" } };
	const struct bytes marker = bytes_of("<!-- m -->");
	const struct forge_reply reply = { 422, -1, "", false };
	CLEANUP(buf_clear) struct buf words = { 0 };
	struct forge_comment c = { 0 };
	int64_t numbers[4];
	int i, n;

	(void)forge_shows(t, json, &s);
	(void)forge_judge_plain(t, &reply);
	(void)forge_account_read(json);
	forge_words(json, &words);
	n = forge_pulls_read(t, json, HEAD, numbers, 4);
	for (i = 0; i < n; i++)
		if (numbers[i] <= 0)
			abort();
	if (forge_comment_find(t, json, marker, 7, &c) == 1 &&
	    (c.id <= 0 || strncmp(c.body, marker.p, marker.n) != 0))
		abort();
}

/* Behind the first line, whatever that is. */
static void check_outdated(struct bytes text)
{
	static const char notice[] = "\n> **Out of date:** commit `0123456789";
	const char *end = memchr(text.p, '\n', text.n);
	const size_t n = end ? (size_t)(end - text.p) : text.n;
	CLEANUP(outbound_closep) struct outbound *old = outbound_open();
	CLEANUP(outbound_closep) struct outbound *new = outbound_open();
	struct bytes out;

	buf_add(&old->text, text.p, text.n);
	if (comment_outdate(old, HEAD, true, new, NULL))
		abort();
	out = outbound_bytes(new);
	if (out.n < n + sizeof(notice) ||
	    memcmp(out.p + n, notice, sizeof(notice) - 1) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "github", "gitlab", "gitea" };
	const struct bytes text = { (const char *)data, size };
	const struct forge_type *t;
	json_auto_t *json = NULL;
	size_t i;

	check_outdated(text);
	if (json_parse(text, &json, NULL))
		return 0;
	for (i = 0; i < ARRAY_LEN(types); i++) {
		if (forge_type_find(types[i], &t, NULL))
			abort();
		check(t, json);
	}
	return 0;
}
