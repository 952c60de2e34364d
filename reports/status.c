/* status: see status.h. */
#include "reports/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

static const char *const names[] = {
	[STATUS_PENDING] = "pending",
	[STATUS_SUCCESS] = "success",
	[STATUS_FAILURE] = "failure",
	[STATUS_ERROR] = "error",
	[STATUS_CANCELLED] = "cancelled",
};

bool status_is_final(enum status_state state)
{
	return state != STATUS_PENDING;
}

const char *status_state_name(enum status_state state)
{
	return names[state];
}

int status_state_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

/* The bytes of the code point that begins with c, in well-formed UTF-8. */
static size_t code_point_size(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xe0)
		return 2;
	return c < 0xf0 ? 3 : 4;
}

static size_t count_code_points(struct bytes s)
{
	size_t i = 0, n = 0;

	for (; i < s.n; n++)
		i += code_point_size((unsigned char)s.p[i]);
	return n;
}

/* Needs no memory, so that a status is never without its words. */
int status_describe(struct status *s, const struct outbound *text,
    struct error *err)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	struct bytes rest = outbound_bytes(text);
	char *out = s->description.passed;
	size_t i = 0, last = 0, n = 0; /* bytes, of them before the last one */
	int rc = outbound_check(text, err);

	out[0] = '\0';
	while (rc == 0 && rest.n > 0) {
		size_t good = text_utf8_error(rest), k, size;

		for (k = 0; k < good; k += size, i += size, n++) {
			unsigned char c = (unsigned char)rest.p[k];

			size = code_point_size(c);
			if (n == STATUS_DESCRIPTION) {
				memcpy(out + last, ellipsis, sizeof(ellipsis));
				return 0;
			}
			last = i;
			memcpy(out + i, rest.p + k, size);
			if (c < 0x20 || c == 0x7f)
				out[i] = ' ';
		}
		if (good < rest.n)
			good++;
		rest.p += good;
		rest.n -= good;
	}
	out[i] = '\0';
	return rc;
}

const char *status_words(const struct status *s)
{
	return s->description.passed;
}

static bool is_git_id(const char *s)
{
	return strlen(s) == GIT_ID_HEX &&
	    strspn(s, "0123456789abcdef") == GIT_ID_HEX;
}

/* Printable ASCII without blanks and quotes, with one of two schemes. */
static bool is_url(const char *s)
{
	if (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f || *s == '"' || *s == '\\')
			return false;
	return true;
}

int status_check(const struct status *s, struct error *err)
{
	struct bytes text = bytes_of(status_words(s));

	if (!is_git_id(s->commit))
		return error_set(err, ERROR_USAGE,
		    "a status needs a commit of 40 digits");
	if (s->context[0] == '\0')
		return error_set(err, ERROR_USAGE,
		    "a status needs a context, as " STATUS_CONTEXT);
	if (s->state > STATUS_CANCELLED)
		return error_set(err, ERROR_USAGE, "unknown status state");
	if (text_utf8_error(text) < text.n ||
	    text_utf8_error(bytes_of(s->context)) < strlen(s->context) ||
	    text_utf8_error(bytes_of(s->ref)) < strlen(s->ref))
		return error_set(err, ERROR_USAGE, "a status is UTF-8");
	if (count_code_points(text) > STATUS_DESCRIPTION)
		return error_set(err, ERROR_USAGE,
		    "a status description has at most %d characters",
		    STATUS_DESCRIPTION);
	if (s->target_url[0] != '\0' && !is_url(s->target_url))
		return error_set(err, ERROR_USAGE,
		    "a status links to an http or https address");
	return 0;
}

bool status_eq(const struct status *a, const struct status *b)
{
	return a->state == b->state && strcmp(a->commit, b->commit) == 0 &&
	    strcmp(a->context, b->context) == 0 &&
	    strcmp(a->ref, b->ref) == 0 &&
	    strcmp(status_words(a), status_words(b)) == 0 &&
	    strcmp(a->target_url, b->target_url) == 0;
}

void duration_print(int64_t ms, char out[32])
{
	int64_t s = ms / 1000;

	if (ms < 1000)
		snprintf(out, 32, "%" PRId64 " ms", ms < 0 ? 0 : ms);
	else if (s < 60)
		snprintf(out, 32, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(out, 32, "%" PRId64 " m %" PRId64 " s", s / 60,
		    s % 60);
	else
		snprintf(out, 32, "%" PRId64 " h %" PRId64 " m", s / 3600,
		    s / 60 % 60);
}
