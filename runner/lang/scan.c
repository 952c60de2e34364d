/* scan: see scan.h. */
#include "runner/lang/scan.h"

#include <string.h>

#include "cache/base/map.h"
#include "runner/lang/scan_args.h"

struct scanner {
	struct arena *a;
	struct bytes text;
	struct scan *out;
	size_t cap, cap_errors;
	unsigned said; /* bits of directive_word */
	unsigned mapped; /* those of them whose names are in seen */
	struct map seen; /* "word name" of what must not be repeated */
	struct error *err;
};

/* One line: without its end. */
struct header_line {
	const char *p;
	size_t n;
	size_t next; /* offset of the next one */
	int number;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int add_error(struct scanner *s, int line, int col, const char *message)
{
	struct scan_error *more = arena_grow(s->a, s->out->errors,
	    s->out->n_errors, &s->cap_errors, sizeof(*more));

	if (more == NULL || message == NULL)
		return error_memory(s->err);
	s->out->errors = more;
	more[s->out->n_errors++] = (struct scan_error){ line, col, message };
	return 0;
}

static void read_line(const struct scanner *s, size_t at, int number,
    struct header_line *l)
{
	const char *p = s->text.p + at;
	size_t left = s->text.n - at;
	const char *end = memchr(p, '\n', left);

	l->p = p;
	l->n = end ? (size_t)(end - p) : left;
	l->next = at + l->n + (end != NULL);
	l->number = number;
	if (l->n > 0 && p[l->n - 1] == '\r')
		l->n--;
}

/* The length of a comment leader at p, 0 where there is none; all of ";;;" is
 * one leader. */
static size_t leader(const char *p, size_t n)
{
	size_t i = 0;

	if (n >= 2 &&
	    ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '/')))
		i = 2;
	else if (n >= 1 && (p[0] == '#' || p[0] == '%' || p[0] == ';'))
		i = 1;
	while (i > 0 && i < n && p[i] == p[0])
		i++;
	return i;
}

/* The offset of a directive's @ in a line, or n: behind blanks, a leader and
 * blanks, and with nothing glued to the word. *is_comment: a leader is there.
 */
static size_t find_directive(const char *p, size_t n, bool *is_comment,
    size_t *word_len)
{
	size_t i = 0, len, end;

	while (i < n && is_blank(p[i]))
		i++;
	len = leader(p + i, n - i);
	*is_comment = len > 0;
	i += len;
	while (i < n && is_blank(p[i]))
		i++;
	if (i >= n || p[i] != '@')
		return n;
	for (end = i + 1; end < n && is_word(p[end]); end++)
		;
	*word_len = end - i - 1;
	if (*word_len == 0 || (end < n && !is_blank(p[end])) ||
	    (p[i + 1] >= '0' && p[i + 1] <= '9'))
		return n;
	return i;
}

/* "word name" of a directive, under which a second one is a repeat. */
static const char *repeat_key(struct scanner *s, const struct directive *d)
{
	const struct directive_kind *kind = &directive_table[d->word];
	const char *name = "";
	size_t n = 0;

	if (kind->repeat == REPEAT_BY_NAME) {
		name = d->args[0].text;
		n = d->word == WORD_PARAM ? strcspn(name, ":") : strlen(name);
	}
	return arena_printf(s->a, "%s%s%.*s", kind->word, n ? " " : "", (int)n,
	    name);
}

/* Names are put into the map when a word comes a second time: most do not. */
static int map_first(struct scanner *s, enum directive_word word)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->out->n; i++) {
		const struct directive *d = &s->out->directives[i];
		const char *key;

		if (d->word != word)
			continue;
		key = repeat_key(s, d);
		rc = key ? map_set(&s->seen, key, NULL, s->err)
		         : error_memory(s->err);
		break;
	}
	return rc;
}

/* Local names of @depend are compared where the node is resolved. */
static int check_repeat(struct scanner *s, const struct directive *d)
{
	unsigned bit = 1U << d->word;
	const char *key;
	int rc = 0;

	if (directive_table[d->word].repeat == REPEAT_ADDS ||
	    d->word == WORD_DEPEND)
		return 0;
	if (!(s->said & bit)) {
		s->said |= bit;
		return 0;
	}
	if (!(s->mapped & bit))
		rc = map_first(s, d->word);
	s->mapped |= bit;
	if (rc)
		return rc;
	key = repeat_key(s, d);
	if (key == NULL)
		return error_memory(s->err);
	if (!map_has(&s->seen, key))
		return map_set(&s->seen, key, NULL, s->err);
	return add_error(s, d->line, d->col,
	    arena_printf(s->a, "@%s is said a second time in this file", key));
}

static int add_unknown(struct scanner *s, const struct header_line *l,
    size_t at, size_t len)
{
	const char *word = arena_strndup(s->a, l->p + at + 1, len);
	const char *near;

	if (word == NULL)
		return error_memory(s->err);
	near = directive_nearest(word);
	return add_error(s, l->number, 1 + (int)at,
	    near ? arena_printf(s->a,
	               "there is no directive @%s; did you mean @%s?", word,
	               near)
	         : arena_printf(s->a,
	               "there is no directive @%s (the list is in "
	               "sluice-pipeline(7)); if it is a comment, put another "
	               "word before the @",
	               word));
}

static int add_directive(struct scanner *s, const struct header_line *l,
    size_t at, size_t len)
{
	int kind = directive_find(l->p + at + 1, len);
	struct args_error why = { 0 };
	struct directive *more, *d;
	struct bytes rest;
	int rc;

	if (kind < 0)
		return add_unknown(s, l, at, len);
	s->out->is_ours = true;
	more = arena_grow(s->a, s->out->directives, s->out->n, &s->cap,
	    sizeof(*more));
	if (more == NULL)
		return error_memory(s->err);
	s->out->directives = more;
	d = &more[s->out->n];
	*d = (struct directive){ .word = (enum directive_word)kind,
		.line = l->number,
		.col = 1 + (int)at };
	rest.p = l->p + at + 1 + len;
	rest.n = l->n - (at + 1 + len);
	rc = scan_args(s->a, rest, d->col + 1 + (int)len, d, &why, s->err);
	if (rc)
		return rc;
	s->out->n++;
	if (why.message == NULL)
		return check_repeat(s, d);
	s->out->n--;
	return add_error(s, l->number, why.col,
	    arena_printf(s->a, "@%s: %s; it is written %s",
	        directive_table[kind].word, why.message,
	        directive_table[kind].usage));
}

/* The offset behind a block comment that begins at offset at and has nothing
 * but blanks behind it on its last line; 0 where it is not such a one. */
static size_t skip_block(const struct scanner *s, size_t at, int *lines)
{
	size_t i = at + 2;

	*lines = 0;
	for (;; i++) {
		const char *star = memchr(s->text.p + i, '*', s->text.n - i);

		if (star == NULL)
			return 0;
		i = (size_t)(star - s->text.p);
		if (i + 1 < s->text.n && s->text.p[i + 1] == '/')
			break;
	}
	for (i += 2; i < s->text.n && s->text.p[i] != '\n'; i++)
		if (!is_blank(s->text.p[i]) && s->text.p[i] != '\r')
			return 0;
	if (i < s->text.n)
		i++;
	for (; at < i; at++)
		*lines += s->text.p[at] == '\n';
	return i;
}

/* A line of the header: sets *next and *number to those behind it, or
 * *is_header false. */
static int read_header_line(struct scanner *s, const struct header_line *l,
    size_t *next, int *number, bool *is_header)
{
	size_t at, len = 0, first = 0;
	bool is_comment;
	int lines = 1;

	*next = l->next;
	*is_header = true;
	while (first < l->n && is_blank(l->p[first]))
		first++;
	if (first < l->n) {
		at = find_directive(l->p, l->n, &is_comment, &len);
		if (at < l->n) {
			*number = l->number + 1;
			return add_directive(s, l, at, len);
		}
		if (!is_comment && l->n - first >= 2 &&
		    memcmp(l->p + first, "/*", 2) == 0) {
			*next = skip_block(s,
			    (size_t)(l->p - s->text.p) + first, &lines);
			*is_header = *next != 0;
		} else {
			*is_header = is_comment;
		}
	}
	*number = l->number + lines;
	return 0;
}

/* Known directives behind a comment leader in the body. */
static int find_late(struct scanner *s)
{
	const char *base = s->text.p, *end = base + s->text.n;
	const char *p = base + s->out->body, *counted = p;
	int number = s->out->body_line, rc = 0;

	while (rc == 0 && p < end &&
	    (p = memchr(p, '@', (size_t)(end - p))) != NULL) {
		const char *start = p;
		struct header_line l;
		size_t at, len = 0;
		bool is_comment;

		while (start > counted && start[-1] != '\n')
			start--;
		for (; counted < start; counted++)
			number += *counted == '\n';
		read_line(s, (size_t)(start - base), number, &l);
		at = find_directive(l.p, l.n, &is_comment, &len);
		if (at < l.n && is_comment &&
		    directive_find(l.p + at + 1, len) >= 0)
			rc = add_error(s, number, 1 + (int)at,
			    arena_printf(s->a,
			        "@%.*s stands behind the first line of code: "
			        "directives come before the code",
			        (int)len, l.p + at + 1));
		p = base + l.next;
	}
	return rc;
}

static bool has_text(struct bytes text, size_t from)
{
	for (; from < text.n; from++)
		if (!is_blank(text.p[from]) && text.p[from] != '\n' &&
		    text.p[from] != '\r')
			return true;
	return false;
}

static int read_header(struct scanner *s)
{
	size_t at = 0, next;
	int number = 1, next_number, rc = 0;
	bool is_header = true;

	if (s->text.n >= 3 && memcmp(s->text.p, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (rc == 0 && at < s->text.n) {
		struct header_line l;

		read_line(s, at, number, &l);
		rc = read_header_line(s, &l, &next, &next_number, &is_header);
		if (!is_header)
			break;
		at = next;
		number = next_number;
	}
	s->out->body = (uint32_t)at;
	s->out->body_line = number;
	s->out->has_body = has_text(s->text, at);
	return rc;
}

int scan(struct arena *a, struct bytes text, struct scan *out,
    struct error *err)
{
	struct scanner s = { .a = a, .text = text, .out = out, .err = err };
	size_t head = text.n < 8000 ? text.n : 8000;
	int rc;

	*out = (struct scan){ .body_line = 1 };
	if (text.n > 0 && memchr(text.p, '\0', head) != NULL)
		return 0; /* not a text */
	rc = read_header(&s);
	if (rc == 0 && out->is_ours)
		rc = find_late(&s);
	map_clear(&s.seen);
	return rc;
}

/* One piece, given out from its start to its end. */
struct piece {
	char *at;
	size_t n; /* what copies need; the pieces themselves, if at is NULL */
};

static void *take(struct piece *p, size_t n)
{
	void *out = p->at;

	p->n += n;
	if (p->at != NULL)
		p->at += n;
	return out;
}

static const char *copy_text(struct piece *p, const char *text)
{
	size_t n = strlen(text) + 1;
	char *out = take(p, n);

	if (out != NULL)
		memcpy(out, text, n);
	return out;
}

static struct directive_arg *copy_args(struct piece *p, struct piece *texts,
    const struct directive_arg *args, size_t n)
{
	struct directive_arg *out = take(p, n * sizeof(*out));
	size_t i;

	for (i = 0; i < n; i++) {
		const char *text = copy_text(texts, args[i].text);

		if (out == NULL)
			continue;
		out[i] = args[i];
		out[i].text = text;
	}
	return out;
}

/* Counts what it needs where both are empty, and copies where they are not. */
static void copy_scan(const struct scan *s, struct piece *p,
    struct piece *texts, struct scan *out)
{
	struct directive *d = take(p, s->n * sizeof(*d));
	struct scan_error *e = take(p, s->n_errors * sizeof(*e));
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct directive *from = &s->directives[i];
		struct directive_arg *args =
		    copy_args(p, texts, from->args, from->n);
		struct directive_arg *list =
		    copy_args(p, texts, from->list, from->n_list);

		if (d == NULL)
			continue;
		d[i] = *from;
		d[i].args = args;
		d[i].list = list;
	}
	for (i = 0; i < s->n_errors; i++) {
		const char *message = copy_text(texts, s->errors[i].message);

		if (e != NULL)
			e[i] = (struct scan_error){ s->errors[i].line,
				s->errors[i].col, message };
	}
	*out = *s;
	out->directives = d;
	out->errors = e;
}

int scan_copy(const struct scan *s, struct arena *a, struct arena *texts,
    struct scan *out, struct error *err)
{
	struct piece p = { 0 }, t = { 0 };

	copy_scan(s, &p, &t, out);
	p.at = arena_alloc(a, p.n);
	t.at = arena_text(texts, t.n);
	if (p.at == NULL || t.at == NULL)
		return error_memory(err);
	copy_scan(s, &p, &t, out);
	return 0;
}
