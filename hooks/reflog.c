/* reflog: see reflog.h. */
#include "hooks/reflog.h"

#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"
#include "cache/base/os.h"

enum {
	LOG_MAX = 64 << 20,
	HEX = GIT_OID_HEXSZ,
	IDS = HEX + 1 + HEX, /* "OLD NEW", and who, when and why */
};

static int print_path(struct refs *r, const char *branch, struct buf *out,
    struct error *err)
{
	buf_printf(out, "%slogs/refs/heads/%s", r->git_dir, branch);
	return buf_check(out, err);
}

int64_t reflog_size(struct refs *r, const char *branch)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct stat st;

	if (print_path(r, branch, &path, NULL) || os_lstat(path.p, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	return st.st_size;
}

/* The next line that is whole: *at behind it, *to its new commit. */
static bool next_line(struct bytes log, size_t *at, const char **to)
{
	const char *line, *end;

	*to = NULL;
	if (*at >= log.n)
		return false;
	line = log.p + *at;
	end = memchr(line, '\n', log.n - *at);
	if (end == NULL)
		return false;
	*at += (size_t)(end - line) + 1;
	if (end - line >= IDS && line[HEX] == ' ')
		*to = line + HEX + 1;
	return true;
}

static bool is_id(const char *to, const char *commit)
{
	return to != NULL && strncmp(to, commit, HEX) == 0;
}

/* Behind the last line, from `at` on, that leads to a commit; at where there is
 * none. */
static size_t find_last(struct bytes log, size_t at, const char *commit)
{
	size_t found = at;
	const char *to;

	while (next_line(log, &at, &to))
		if (is_id(to, commit))
			found = at;
	return found;
}

/* Where to go on. A log that is another one now: behind the commit that was
 * seen last; at its end where it has not even that. */
static size_t find_start(struct bytes log, const struct reflog_from *from)
{
	size_t size = (size_t)from->size, start;

	if (size <= log.n && (size == 0 || log.p[size - 1] == '\n'))
		return size;
	start = find_last(log, 0, from->commit);
	return start > 0 ? start : log.n;
}

int reflog_parse(struct bytes log, const struct reflog_from *from,
    int (*fn)(const char *commit, void *payload, struct error *err),
    void *payload, int64_t *size, struct error *err)
{
	size_t at = find_start(log, from);
	size_t end = find_last(log, at, from->tip);
	char commit[HEX + 1] = "";
	const char *to;
	int rc = 0;

	*size = (int64_t)end;
	while (rc == 0 && at < end && next_line(log, &at, &to)) {
		if (to == NULL || is_id(to, from->tip))
			continue;
		memcpy(commit, to, HEX);
		if (strspn(commit, "0") != HEX &&
		    strspn(commit, "0123456789abcdef") == HEX)
			rc = fn(commit, payload, err);
	}
	return rc;
}

int reflog_each(struct refs *r, const char *branch,
    const struct reflog_from *from,
    int (*fn)(const char *commit, void *payload, struct error *err),
    void *payload, int64_t *size, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 }, text = { 0 };
	struct error none = { 0 };
	int rc = print_path(r, branch, &path, err);

	*size = from->size;
	if (rc)
		return rc;
	rc = file_read(path.p, LOG_MAX, &text, &none);
	if (rc == ERROR_NOT_FOUND)
		return 0;
	if (rc)
		return error_set(err, rc, "%s", none.msg);
	return reflog_parse(buf_bytes(&text), from, fn, payload, size, err);
}
