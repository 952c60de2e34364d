/* forge: see forge.h. */
#include "reports/forge.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

/* GitHub: only 201 is documented. Its limits are 403 or 429, the second kind
 * possibly without a header; a bare 403 is about permission. It has no word
 * for what was stopped. Of what creates content it allows 80 a minute and 500
 * an hour; a clock and a network stand between us and its count.
 *
 * GitLab: a status is a job of an external pipeline, of one branch. A state
 * machine: "pending" is entered once (400 when it is there, or past it), and
 * after a final state another job begins. One update of a commit at a time:
 * 409.
 *
 * Which pull requests have a commit GitHub and GitLab tell; Gitea does in new
 * versions alone, so the open ones are listed, those first that changed last.
 *
 * Gitea, Forgejo: GitHub's shape; each request is a row, the newest counts. A
 * list begins with the newest (its sort=highestindex with the oldest). A commit
 * that it does not have is 500, without words. */
static const struct forge_type types[] = {
	{
	    .name = "github",
	    .example = "https://api.github.com/repos/OWNER/REPO",
	    .accept = "Accept: application/vnd.github+json",
	    .auth = "Authorization: Bearer ",
	    .post = "/statuses/%s",
	    .list = "/commits/%s/statuses?per_page=100",
	    .states = {
	        [STATUS_PENDING] = "pending",
	        [STATUS_SUCCESS] = "success",
	        [STATUS_FAILURE] = "failure",
	        [STATUS_ERROR] = "error",
	        [STATUS_CANCELLED] = "error",
	    },
	    .context = "context",
	    .shown = "state",
	    .remaining = "X-RateLimit-Remaining",
	    .reset = "X-RateLimit-Reset",
	    .paces = { { 75, 60 * 1000 }, { 480, 3600 * 1000 } },
	    .rules = {
	        { 403, 403, NULL, true, true, FORGE_LATER },
	        { 403, 403, "rate limit", false, true, FORGE_LATER },
	        { 403, 403, "abuse detection", false, true, FORGE_LATER },
	        { 403, 403, "login attempts", false, true, FORGE_LATER },
	        { 422, 422, "No commit found", false, false, FORGE_ABSENT },
	    },
	    .comments = {
	        .root = "/repos/",
	        .pulls = "/commits/%s/pulls?per_page=50",
	        .open = "open",
	        .number = "number",
	        .is_head_inside = true,
	        .list = "/issues/%d/comments?per_page=50",
	        .create = "/issues/%d/comments",
	        .edit = "/issues/comments/",
	        .method = "PATCH",
	        .author = "user",
	        .is_paged = true,
	        .full = 50,
	    },
	},
	{
	    .name = "gitlab",
	    .example = "https://gitlab.com/api/v4/projects/ID",
	    .accept = "Accept: application/json",
	    .auth = "PRIVATE-TOKEN: ",
	    .post = "/statuses/%s",
	    .list = "/repository/commits/%s/statuses"
	            "?all=true&order_by=id&sort=desc&per_page=100",
	    .states = {
	        [STATUS_PENDING] = "pending",
	        [STATUS_SUCCESS] = "success",
	        [STATUS_FAILURE] = "failed",
	        [STATUS_ERROR] = "failed",
	        [STATUS_CANCELLED] = "canceled",
	    },
	    .context = "name",
	    .shown = "status",
	    .has_ref = true,
	    .is_machine = true,
	    .remaining = "RateLimit-Remaining",
	    .reset = "RateLimit-Reset",
	    .rules = {
	        { 400, 400, "Cannot transition", false, false, FORGE_TAKEN },
	        { 403, 403, "read-only", false, true, FORGE_LATER },
	    },
	    .comments = {
	        .root = "/projects/",
	        .pulls = "/repository/commits/%s/merge_requests"
	                 "?state=opened&per_page=50",
	        .open = "opened",
	        .number = "iid",
	        .list = "/merge_requests/%d/notes"
	                "?sort=asc&order_by=created_at&per_page=50",
	        .create = "/merge_requests/%d/notes",
	        .edit = "/merge_requests/%d/notes/",
	        .method = "PUT",
	        .author = "author",
	        .is_paged = true,
	        .full = 50,
	    },
	},
	{
	    .name = "gitea",
	    .example = "https://forge.example/api/v1/repos/OWNER/REPO",
	    .accept = "Accept: application/json",
	    .auth = "Authorization: token ",
	    .post = "/statuses/%s",
	    .list = "/commits/%s/statuses?limit=50",
	    .states = {
	        [STATUS_PENDING] = "pending",
	        [STATUS_SUCCESS] = "success",
	        [STATUS_FAILURE] = "failure",
	        [STATUS_ERROR] = "error",
	        [STATUS_CANCELLED] = "error",
	    },
	    .context = "context",
	    .shown = "status",
	    .remaining = "X-RateLimit-Remaining",
	    .reset = "X-RateLimit-Reset",
	    .comments = {
	        .root = "/repos/",
	        .pulls = "/pulls?state=open&sort=recentupdate&limit=50",
	        .open = "open",
	        .number = "number",
	        .is_head_inside = true,
	        .list = "/issues/%d/comments",
	        .create = "/issues/%d/comments",
	        .edit = "/issues/comments/",
	        .method = "PATCH",
	        .author = "user",
	        .full = 1, /* a server may give less than is asked */
	    },
	},
};

/* What all of them mean; what fits nowhere is refused. A redirect, a page of a
 * proxy or a token that ran out is no word about this status: all wait, and go
 * on by themselves once that is mended. */
static const struct forge_rule shared[] = {
	{ 201, 201, NULL, false, false, FORGE_TAKEN },
	{ 200, 399, NULL, false, true, FORGE_LATER },
	{ 401, 401, NULL, false, true, FORGE_LATER },
	{ 403, 404, NULL, false, false, FORGE_ABSENT },
	{ 429, 429, NULL, false, true, FORGE_LATER },
	{ 500, 599, NULL, true, true, FORGE_LATER },
	{ 500, 599, NULL, false, false, FORGE_LATER },
	{ 408, 409, NULL, true, true, FORGE_LATER },
	{ 408, 409, NULL, false, false, FORGE_LATER },
};

int forge_type_find(const char *name, const struct forge_type **out,
    struct error *err)
{
	const char *names[ARRAY_LEN(types)], *near;
	size_t i;

	*out = &types[0];
	for (i = 0; i < ARRAY_LEN(types); i++) {
		names[i] = types[i].name;
		if (name != NULL && strcmp(name, names[i]) == 0)
			*out = &types[i];
	}
	if (name == NULL || strcmp(name, (*out)->name) == 0)
		return 0;
	near = text_nearest(name, names, ARRAY_LEN(names));
	if (near != NULL)
		return error_set(err, ERROR_USAGE,
		    "sluice.forge.type is '%.64s'; did you mean %s?", name,
		    near);
	return error_set(err, ERROR_USAGE,
	    "sluice.forge.type is '%.64s'; it is github, gitlab, or gitea "
	    "(Forgejo, too)",
	    name);
}

/* base, and the path with the commit in the place of its %s. */
static int print_url(const char *base, const char *path, const struct status *s,
    struct buf *out, struct error *err)
{
	const char *place = strstr(path, "%s");
	size_t n = strlen(base);

	while (n > 0 && base[n - 1] == '/')
		n--;
	buf_add(out, base, n);
	buf_add(out, path, (size_t)(place - path));
	buf_add_str(out, s->commit);
	buf_add_str(out, place + 2);
	return buf_check(out, err);
}

int forge_url(const struct forge_type *t, const char *base,
    const struct status *s, struct buf *out, struct error *err)
{
	return print_url(base, t->post, s, out, err);
}

int forge_list_url(const struct forge_type *t, const char *base,
    const struct status *s, struct buf *out, struct error *err)
{
	return print_url(base, t->list, s, out, err);
}

/* A member that is left out where there is nothing to say. */
static bool add_text(json_t *body, const char *key, const char *text)
{
	return text[0] == '\0' ||
	    json_object_set_new(body, key, json_string(text)) == 0;
}

int forge_body(const struct forge_type *t, const struct status *s,
    struct buf *out, struct error *err)
{
	json_auto_t *body = json_pack("{s:s, s:s, s:s}", t->context, s->context,
	    "description", status_words(s), "state", t->states[s->state]);

	if (body == NULL || !add_text(body, "target_url", s->target_url) ||
	    (t->has_ref && !add_text(body, "ref", s->ref)))
		return error_memory(err);
	return json_print(body, out, err);
}

static bool fits(const struct forge_rule *rule, const struct forge_reply *r)
{
	return r->http >= rule->from && r->http <= rule->to &&
	    (!rule->has_wait || r->wait >= 0) &&
	    (rule->says == NULL || strstr(r->said, rule->says) != NULL);
}

static const struct forge_rule *find_rule(const struct forge_rule *rules,
    size_t n, const struct forge_reply *reply)
{
	size_t i;

	for (i = 0; i < n && rules[i].from != 0; i++)
		if (fits(&rules[i], reply))
			return &rules[i];
	return NULL;
}

/* A step that a state machine refuses is nothing to repeat for "pending": it
 * is there, or past it. An end has to be the one that is there. */
static bool is_there(const struct forge_type *t, const struct status *s,
    const char *said)
{
	static const char mark[] = " from :";
	const char *from = strstr(said, mark), *word = t->states[s->state];
	size_t n = strlen(word);

	if (!status_is_final(s->state))
		return true;
	if (from == NULL)
		return false;
	from += strlen(mark);
	return strspn(from, "abcdefghijklmnopqrstuvwxyz_") == n &&
	    strncmp(from, word, n) == 0;
}

struct forge_verdict forge_judge(const struct forge_type *t,
    const struct status *s, const struct forge_reply *reply)
{
	const struct forge_rule *rule =
	    find_rule(t->rules, ARRAY_LEN(t->rules), reply);
	struct forge_verdict v = { FORGE_REFUSED, false };

	if (reply->shows && reply->http >= 200 && reply->http < 300)
		return (struct forge_verdict){ FORGE_TAKEN, false };
	if (rule == NULL)
		rule = find_rule(shared, ARRAY_LEN(shared), reply);
	if (rule == NULL ||
	    (rule->outcome == FORGE_TAKEN && reply->http >= 400 &&
	        !is_there(t, s, reply->said)))
		return v;
	v.outcome = rule->outcome;
	v.is_all = rule->is_all;
	return v;
}

struct forge_verdict forge_judge_plain(const struct forge_type *t,
    const struct forge_reply *reply)
{
	const struct forge_rule *rule =
	    find_rule(t->rules, ARRAY_LEN(t->rules), reply);

	if (reply->http == 200 || reply->http == 201)
		return (struct forge_verdict){ FORGE_TAKEN, false };
	if (rule == NULL || rule->outcome == FORGE_TAKEN)
		rule = find_rule(shared, ARRAY_LEN(shared), reply);
	if (rule == NULL)
		return (struct forge_verdict){ FORGE_REFUSED, false };
	return (struct forge_verdict){ rule->outcome, rule->is_all };
}

/* Whether an entry is of the context (and branch) of s. */
static bool is_of(const struct forge_type *t, const json_t *e,
    const struct status *s)
{
	return text_eq_fold(json_str_or(e, t->context, ""), s->context) &&
	    (!t->has_ref || s->ref[0] == '\0' ||
	        strcmp(json_str_or(e, "ref", ""), s->ref) == 0);
}

/* Forges number them as they come, whatever the order of a list. */
static const json_t *newest(const struct forge_type *t, const json_t *list,
    const struct status *s)
{
	const json_t *found = NULL;
	size_t i;

	if (json_is_object(list) && is_of(t, list, s))
		return list;
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);

		if (!is_of(t, e, s))
			continue;
		if (found == NULL ||
		    json_integer_value(json_object_get(e, "id")) >
		        json_integer_value(json_object_get(found, "id")))
			found = e;
	}
	return found;
}

bool forge_shows(const struct forge_type *t, const json_t *list,
    const struct status *s)
{
	const json_t *e = newest(t, list, s);
	const char *shown = json_str_or(e, t->shown, "");

	if (t->is_machine && !status_is_final(s->state))
		return strcmp(shown, "pending") == 0 ||
		    strcmp(shown, "running") == 0;
	return e != NULL && strcmp(shown, t->states[s->state]) == 0 &&
	    strcmp(json_str_or(e, "description", ""), status_words(s)) == 0 &&
	    strcmp(json_str_or(e, "target_url", ""), s->target_url) == 0;
}

bool forge_is_same(const struct forge_type *t, const struct status *told,
    const struct status *s)
{
	const char *word = t->states[s->state];

	if (strcmp(t->states[told->state], word) != 0)
		return false;
	return (t->is_machine && !status_is_final(s->state)) ||
	    (strcmp(status_words(told), status_words(s)) == 0 &&
	        strcmp(told->target_url, s->target_url) == 0);
}

/* A text as it is, a value as JSON. */
static void add_words(const json_t *words, struct buf *out)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (json_is_string(words))
		buf_add_str(out, json_string_value(words));
	else if (words != NULL && json_print(words, &text, NULL) == 0)
		buf_add(out, text.p, text.n - 1); /* no line feed */
}

/* GitHub says that something is wrong in "message", and what in "errors": a
 * text, or a list of texts or of objects. */
void forge_words(const json_t *answer, struct buf *out)
{
	const json_t *words = json_object_get(answer, "message"), *e;
	const json_t *errors = json_object_get(answer, "errors");
	size_t i;

	add_words(words ? words : json_object_get(answer, "error"), out);
	if (json_is_string(errors)) {
		buf_add_str(out, ": ");
		add_words(errors, out);
	}
	for (i = 0; i < json_array_size(errors); i++) {
		buf_add_str(out, i == 0 ? ": " : "; ");
		e = json_array_get(errors, i);
		words = json_object_get(e, "message");
		add_words(words ? words : e, out);
	}
}
