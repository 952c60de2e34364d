/* forge_comment: see forge_comment.h. */
#include "reports/forge_comment.h"

#include <inttypes.h>
#include <string.h>

static void add_base(struct buf *out, const char *base)
{
	size_t n = strlen(base);

	while (n > 0 && base[n - 1] == '/')
		n--;
	buf_add(out, base, n);
}

/* path with the number in the place of its %d, or the commit in that of %s. */
static void add_path(struct buf *out, const char *path, int64_t number,
    const char *commit)
{
	const char *place = strchr(path, '%');

	if (place == NULL) {
		buf_add_str(out, path);
		return;
	}
	buf_add(out, path, (size_t)(place - path));
	if (place[1] == 's')
		buf_add_str(out, commit);
	else
		buf_printf(out, "%" PRId64, number);
	buf_add_str(out, place + 2);
}

int forge_pulls_url(const struct forge_type *t, const char *base,
    const char *commit, int page, struct buf *out, struct error *err)
{
	add_base(out, base);
	add_path(out, t->comments.pulls, 0, commit);
	buf_printf(out, "&page=%d", page);
	return buf_check(out, err);
}

static int64_t number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool is_of(const struct forge_type *t, const json_t *pull,
    const char *commit)
{
	const json_t *head = pull;

	if (t->comments.is_head_inside)
		head = json_object_get(pull, "head");
	return strcmp(json_str_or(pull, "state", ""), t->comments.open) == 0 &&
	    strcmp(json_str_or(head, "sha", ""), commit) == 0;
}

int forge_pulls_read(const struct forge_type *t, const json_t *list,
    const char *commit, int64_t *numbers, int most)
{
	size_t i;
	int n = 0;

	if (!json_is_array(list))
		return -1;
	for (i = 0; i < json_array_size(list) && n < most; i++) {
		const json_t *pull = json_array_get(list, i);
		int64_t number = number_of(pull, t->comments.number);

		if (number > 0 && is_of(t, pull, commit))
			numbers[n++] = number;
	}
	return n;
}

int forge_comments_url(const struct forge_type *t, const char *base,
    int64_t number, int page, struct buf *out, struct error *err)
{
	add_base(out, base);
	add_path(out, t->comments.list, number, "");
	if (t->comments.is_paged)
		buf_printf(out, "&page=%d", page);
	return buf_check(out, err);
}

/* The marker is the whole first line. */
static bool is_marked(const char *body, struct bytes marker)
{
	return strncmp(body, marker.p, marker.n) == 0 &&
	    strchr("\r\n", body[marker.n]) != NULL;
}

int forge_comment_find(const struct forge_type *t, const json_t *list,
    struct bytes marker, int64_t account, struct forge_comment *out)
{
	size_t i;
	int found = 0;

	if (!json_is_array(list))
		return -1;
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		const char *body = json_str_or(c, "body", "");
		int64_t id = number_of(c, "id");

		if (id <= 0 || !is_marked(body, marker) ||
		    number_of(json_object_get(c, t->comments.author), "id") !=
		        account ||
		    (found && id >= out->id))
			continue;
		*out = (struct forge_comment){ id, body };
		found = 1;
	}
	return found;
}

int forge_comment_url(const struct forge_type *t, const char *base,
    int64_t number, int64_t id, struct buf *out, struct error *err)
{
	add_base(out, base);
	add_path(out, id ? t->comments.edit : t->comments.create, number, "");
	if (id)
		buf_printf(out, "%" PRId64, id);
	return buf_check(out, err);
}

int forge_comment_body(struct bytes text, struct buf *out, struct error *err)
{
	json_auto_t *body = json_object();

	if (body == NULL ||
	    json_object_set_new(body, "body", json_stringn(text.p, text.n)))
		return error_memory(err);
	return json_print(body, out, err);
}

static size_t without_end(const char *p, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", p[n - 1]) != NULL)
		n--;
	return n;
}

bool forge_comment_is_same(const char *there, struct bytes text)
{
	size_t n = without_end(there, strlen(there)), i, k = 0;

	text.n = without_end(text.p, text.n);
	for (i = 0; i < n; i++) {
		if (there[i] == '\r' && there[i + 1] == '\n')
			continue;
		if (k == text.n || there[i] != text.p[k++])
			return false;
	}
	return k == text.n;
}

int forge_account_url(const struct forge_type *t, const char *base,
    struct buf *out, struct error *err)
{
	const char *root = NULL, *next = base;

	while ((next = strstr(next, t->comments.root)) != NULL)
		root = next++;
	if (root == NULL)
		return error_set(err, ERROR_USAGE,
		    "sluice.forge.url has no %s in it, so whose the token is "
		    "cannot be asked; it looks like %s",
		    t->comments.root, t->example);
	buf_add(out, base, (size_t)(root - base));
	buf_add_str(out, "/user");
	return buf_check(out, err);
}

int64_t forge_account_read(const json_t *answer)
{
	int64_t id = number_of(answer, "id");

	return id > 0 ? id : 0;
}
