/* template: see template.h. */
#include "runner/lang/template.h"

#include <string.h>

#include "cache/base/mem.h"
#include "runner/lang/lexer.h"

enum {
	NAME_MAX_LEN = 64
};

/* What stands between {{ and }}. */
struct hole {
	size_t start, end; /* with the braces */
	char name[NAME_MAX_LEN + 1];
	bool is_raw;
	bool is_well_formed;
};

/* A place that only moves forward. */
struct cursor {
	const struct template *t;
	size_t at;
	int line, col;
};

static void move_to(struct cursor *c, size_t at)
{
	for (; c->at < at; c->at++)
		if (c->t->text.p[c->at] == '\n') {
			c->line++;
			c->col = 1;
		} else {
			c->col++;
		}
}

static const char *find_braces(struct bytes text, size_t from)
{
	while (from + 1 < text.n) {
		const char *p = memchr(text.p + from, '{', text.n - from - 1);

		if (p == NULL || p[1] == '{')
			return p;
		from = (size_t)(p - text.p) + 1;
	}
	return NULL;
}

bool template_has(struct bytes text)
{
	return find_braces(text, 0) != NULL;
}

static bool is_name(char c, bool is_first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (!is_first && c >= '0' && c <= '9');
}

static void read_hole(struct bytes text, size_t at, struct hole *h)
{
	size_t i = at + 2, n = 0, start;

	*h = (struct hole){ .start = at, .end = at + 2 };
	if (i < text.n && text.p[i] == '@')
		h->name[n++] = text.p[i++];
	for (start = i;
	     i < text.n && n < NAME_MAX_LEN && is_name(text.p[i], i == start);
	     i++)
		h->name[n++] = text.p[i];
	if (i == start)
		return;
	if (text.n - i >= 4 && memcmp(text.p + i, ":raw", 4) == 0) {
		h->is_raw = true;
		i += 4;
	}
	if (text.n - i >= 2 && memcmp(text.p + i, "}}", 2) == 0) {
		h->is_well_formed = true;
		h->end = i + 2;
	}
}

/* Without memory for the words out fails instead. */
static void fail(const struct template *t, const struct cursor *c,
    const struct hole *h, const char *message, struct buf *out)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (h->is_well_formed)
		buf_printf(&text, "{{%s}} %s", h->name, message);
	else
		buf_add_str(&text, message);
	out->failed |= text.failed;
	if (!text.failed)
		t->fail(t->payload, c->line, c->col, text.p);
}

static bool is_strict(const struct template *t)
{
	return t->language == LANGUAGE_SQL || t->language == LANGUAGE_ARGUMENT;
}

/* One hole in a piece of some state. False: it stays as it is. */
static bool fill(const struct template *t, struct cursor *c,
    const struct hole *h, enum lexer_state state, struct buf *out)
{
	struct template_value value = { 0 };
	const char *why;

	move_to(c, h->start);
	if (!h->is_well_formed) {
		if (is_strict(t))
			fail(t, c, h,
			    "{{ is for parameters: {{name}} or "
			    "{{name:raw}}, without blanks; dbt's "
			    "{{ ref('x') }} is @depend ./x in the header, and "
			    "x here",
			    out);
		return false;
	}
	if (strcmp(h->name, "@file") == 0) {
		if (t->language == LANGUAGE_SQL)
			fail(t, c, h, "is for @run only", out);
		return false;
	}
	switch (t->find(t->payload, h->name, c->line, c->col, &value)) {
	case TEMPLATE_UNKNOWN:
	case TEMPLATE_FAILED:
		return false;
	case TEMPLATE_FOUND:
		break;
	}
	if (state != LEXER_CODE && !h->is_raw) {
		fail(t, c, h,
		    state == LEXER_STRING
		        ? "stands inside quotes: drop the quotes, the value brings "
		          "its own (or write :raw)"
		        : "stands in a comment: drop it there",
		    out);
		return false;
	}
	if (h->is_raw) {
		why = parameter_check(value.text, value.type);
		if (why == NULL)
			buf_add_str(out, value.text);
	} else {
		why = template_quote(out, &value, t->language);
	}
	if (why != NULL) {
		CLEANUP(buf_clear) struct buf text = { 0 };

		buf_printf(&text, "= '%s' %s", value.text, why);
		out->failed |= text.failed;
		if (!text.failed)
			fail(t, c, h, text.p, out);
		return false;
	}
	return true;
}

int template_expand(const struct template *t, struct buf *out,
    struct error *err)
{
	struct lexer x = { .text = t->text, .language = t->language };
	struct cursor c = { t, 0, t->line, t->col };
	size_t copied = 0;
	const char *p = find_braces(t->text, 0);

	while (p != NULL) {
		size_t at = (size_t)(p - t->text.p);
		struct hole h;

		while (x.end <= at && lexer_next(&x))
			;
		read_hole(t->text, at, &h);
		buf_add(out, t->text.p + copied, at - copied);
		copied = at;
		if (fill(t, &c, &h, x.state, out))
			copied = h.end;
		p = find_braces(t->text, h.end);
	}
	buf_add(out, t->text.p + copied, t->text.n - copied);
	return buf_check(out, err);
}
