/* updates: see updates.h. */
#include "hooks/updates.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

static const char spool_word[] = "sluice-push/1 ";

void updates_clear(struct updates *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		mem_free(u->items[i].ref);
	mem_free(u->items);
	*u = (struct updates){ 0 };
}

void updates_set_user(struct updates *u, const char *user)
{
	size_t i;

	for (i = 0; i < sizeof(u->user) - 1 && user[i] != '\0'; i++)
		u->user[i] = user[i] > ' ' && user[i] < 0x7f ? user[i] : '?';
	u->user[i] = '\0';
}

bool update_is_null(const char id[UPDATE_ID + 1])
{
	return strspn(id, "0") == UPDATE_ID;
}

bool branch_is_fit(const char *branch)
{
	struct bytes name = bytes_of(branch);
	size_t i;

	if (name.n == 0 || name.n > UPDATE_BRANCH_MAX)
		return false;
	for (i = 0; i < name.n; i++)
		if ((unsigned char)branch[i] <= ' ' || branch[i] == 0x7f)
			return false;
	return text_utf8_error(name) == name.n;
}

static const char heads[] = "refs/heads/";

static bool is_branch(const char *ref)
{
	return strncmp(ref, heads, sizeof(heads) - 1) == 0;
}

const char *update_branch(const char *ref)
{
	const char *branch = ref + sizeof(heads) - 1;

	return is_branch(ref) && branch_is_fit(branch) ? branch : NULL;
}

bool update_is_unfit(const struct update *u)
{
	return is_branch(u->ref) && update_branch(u->ref) == NULL;
}

bool update_is_ask(const char *ref)
{
	return strncmp(ref, ASK_REFS, sizeof(ASK_REFS) - 1) == 0;
}

/* Takes 40 digits and the blank behind them off the front of *line. */
static bool take_id(struct bytes *line, char out[UPDATE_ID + 1])
{
	size_t i;

	if (line->n <= UPDATE_ID || line->p[UPDATE_ID] != ' ')
		return false;
	for (i = 0; i < UPDATE_ID; i++) {
		char c = line->p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		out[i] = c;
	}
	out[UPDATE_ID] = '\0';
	line->p += UPDATE_ID + 1;
	line->n -= UPDATE_ID + 1;
	return true;
}

static bool is_ref(struct bytes name)
{
	size_t i;

	if (name.n < 6 || name.n > UPDATE_REF_MAX ||
	    memcmp(name.p, "refs/", 5) != 0)
		return false;
	for (i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= ' ' || name.p[i] == 0x7f)
			return false;
	return true;
}

static int add_line(struct updates *u, struct bytes line, struct error *err)
{
	struct update item = { 0 };
	struct update *more;

	if (!take_id(&line, item.from) || !take_id(&line, item.to) ||
	    !is_ref(line))
		return error_set(err, ERROR_SYNTAX,
		    "not \"OLD NEW REF\" with ids of 40 digits");
	more = mem_grow(u->items, u->n, &u->cap, sizeof(*more));
	if (more == NULL)
		return error_memory(err);
	u->items = more;
	item.ref = mem_strndup(line.p, line.n);
	if (item.ref == NULL)
		return error_memory(err);
	more[u->n++] = item;
	return 0;
}

/* The next line of *text without its line feed; the last must have one, or a
 * cut file would pass for a whole one. */
static bool take_line(struct bytes *text, struct bytes *line)
{
	const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;

	if (end == NULL)
		return false;
	*line = (struct bytes){ text->p, (size_t)(end - text->p) };
	text->n -= line->n + 1;
	text->p = end + 1;
	return true;
}

static int parse_lines(struct bytes text, struct updates *out, int first,
    struct error *err)
{
	struct bytes line;
	int rc = 0, n = first;

	while (rc == 0 && take_line(&text, &line)) {
		rc = add_line(out, line, err);
		if (rc)
			error_wrap(err, "line %d", n);
		n++;
	}
	if (rc == 0 && text.n > 0)
		rc = error_set(err, ERROR_SYNTAX, "line %d has no end", n);
	if (rc)
		updates_clear(out);
	return rc;
}

int updates_parse(struct bytes text, struct updates *out, struct error *err)
{
	*out = (struct updates){ 0 };
	if (text.n > UPDATES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "a push of more than %d bytes of refs", UPDATES_MAX);
	return parse_lines(text, out, 1, err);
}

void updates_print(const struct updates *u, struct buf *out)
{
	size_t i;

	buf_printf(out, "%s%s\n", spool_word, u->user[0] ? u->user : "-");
	for (i = 0; i < u->n; i++)
		buf_printf(out, "%s %s %s\n", u->items[i].from, u->items[i].to,
		    u->items[i].ref);
}

int updates_parse_spool(struct bytes text, struct updates *out,
    struct error *err)
{
	const size_t n = sizeof(spool_word) - 1;
	char user[UPDATE_USER] = "";
	struct bytes line;
	int rc;

	*out = (struct updates){ 0 };
	if (text.n > UPDATES_MAX + sizeof(user) + sizeof(spool_word))
		return error_set(err, ERROR_LIMIT,
		    "a push of more than %d bytes of refs", UPDATES_MAX);
	if (!take_line(&text, &line) || line.n <= n ||
	    line.n - n >= sizeof(user) || memcmp(line.p, spool_word, n) != 0)
		return error_set(err, ERROR_SYNTAX, "not a sluice-push/1");
	memcpy(user, line.p + n, line.n - n);
	rc = parse_lines(text, out, 2, err);
	if (rc == 0 && strcmp(user, "-") != 0)
		updates_set_user(out, user);
	return rc;
}
