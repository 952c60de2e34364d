/* scan_args: see scan_args.h. */
#include "runner/lang/scan_args.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A reader over one line. */
struct line {
	const char *p;
	size_t n, i;
	int col;
};

static void skip_blanks(struct line *l)
{
	while (l->i < l->n && is_blank(l->p[l->i]))
		l->i++;
}

/* Copies a quoted piece without its quotes; false where it is not closed. */
static bool read_quoted(struct line *l, struct buf *out)
{
	char quote = l->p[l->i++];

	for (; l->i < l->n; l->i++) {
		if (l->p[l->i] != quote) {
			buf_add_char(out, l->p[l->i]);
		} else if (l->i + 1 < l->n && l->p[l->i + 1] == quote) {
			buf_add_char(out, quote);
			l->i++;
		} else {
			l->i++;
			return true;
		}
	}
	return false;
}

static bool ends_word(char c, int depth, bool at_comma)
{
	if (depth > 0)
		return false;
	return at_comma ? c == ',' : is_blank(c);
}

/* Whether the quote at l opens: `it's` is a word; a quote opens at the
 * beginning of one or behind '='. */
static bool opens(const struct line *l, size_t start)
{
	char c = l->p[l->i];

	if (c != '"' && c != '\'')
		return false;
	return l->i == start ||
	    (l->p[l->i - 1] == '=' && l->i + 1 < l->n &&
	        !is_blank(l->p[l->i + 1]));
}

/* The pieces of a word, up to a blank (or a comma): quotes and parentheses
 * are kept whole. False where a quote is not closed. */
static bool read_pieces(struct line *l, bool at_comma, struct buf *text,
    bool *is_quoted)
{
	size_t start = l->i;
	int depth = 0;

	while (l->i < l->n && !ends_word(l->p[l->i], depth, at_comma)) {
		char c = l->p[l->i];

		if (depth == 0 && opens(l, start)) {
			*is_quoted = l->i == start;
			if (!read_quoted(l, text))
				return false;
			if (at_comma)
				break; /* what follows is a comma */
			continue;
		}
		depth += (c == '(') - (c == ')' && depth > 0);
		buf_add_char(text, c);
		l->i++;
	}
	return true;
}

/* The end of a word without quotes and parentheses, as most are: its text is as
 * it stands there. Elsewhere where it begins. */
static size_t plain_end(const struct line *l, bool at_comma)
{
	size_t i;

	for (i = l->i; i < l->n && !ends_word(l->p[i], 0, at_comma); i++)
		switch (l->p[i]) {
		case '"':
		case '\'':
		case '(':
		case ')':
			return l->i;
		default:
			break;
		}
	return i;
}

static int read_word(struct line *l, bool at_comma, struct arena *a,
    struct directive_arg *out, struct args_error *why, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	size_t start = l->i, end = plain_end(l, at_comma);

	out->col = l->col + (int)l->i;
	out->is_quoted = false;
	if (end > start) {
		l->i = end;
		while (at_comma && end > start && is_blank(l->p[end - 1]))
			end--;
		out->text = arena_strndup(a, l->p + start, end - start);
		return out->text ? 0 : error_memory(err);
	}
	if (!read_pieces(l, at_comma, &text, &out->is_quoted)) {
		why->col = out->col;
		why->message = "the quote is not closed";
		return 0;
	}
	while (at_comma && !out->is_quoted && text.n > 0 &&
	    is_blank(text.p[text.n - 1]))
		text.p[--text.n] = '\0';
	out->text = arena_strndup(a, text.p ? text.p : "", text.n);
	return out->text && !text.failed ? 0 : error_memory(err);
}

static int read_items(struct line *l, struct arena *a,
    struct directive_arg **items, size_t *n, struct args_error *why,
    struct error *err)
{
	size_t cap = 0;

	*items = NULL;
	*n = 0;
	for (;;) {
		struct directive_arg *more;
		int rc;

		skip_blanks(l);
		more = arena_grow(a, *items, *n, &cap, sizeof(*more));
		if (more == NULL)
			return error_memory(err);
		*items = more;
		rc = read_word(l, true, a, &more[*n], why, err);
		if (rc || why->message)
			return rc;
		if (more[*n].text[0] == '\0' && !more[*n].is_quoted) {
			why->col = more[*n].col;
			why->message = "something is missing between the "
			               "commas";
			return 0;
		}
		(*n)++;
		skip_blanks(l);
		if (l->i >= l->n)
			return 0;
		if (l->p[l->i] != ',') {
			why->col = l->col + (int)l->i;
			why->message = "a comma is missing";
			return 0;
		}
		l->i++;
	}
}

/* The items of a list; parentheses around all of it are dropped. */
static int read_list(struct line *l, struct arena *a,
    struct directive_arg **items, size_t *n, struct args_error *why,
    struct error *err)
{
	skip_blanks(l);
	while (l->n > l->i && is_blank(l->p[l->n - 1]))
		l->n--;
	*n = 0;
	if (l->i < l->n && l->p[l->i] == '(' && l->p[l->n - 1] == ')') {
		l->i++;
		l->n--;
		skip_blanks(l);
	}
	return l->i < l->n ? read_items(l, a, items, n, why, err) : 0;
}

int scan_list(struct arena *a, const char *text, int col,
    struct directive_arg **items, size_t *n, const char **why,
    struct error *err)
{
	struct line l = { text, strlen(text), 0, col };
	struct args_error wrong = { 0 };
	int rc = read_list(&l, a, items, n, &wrong, err);

	*why = wrong.message;
	return rc;
}

static int read_own_list(struct line *l, struct arena *a, struct directive *d,
    struct args_error *why, struct error *err)
{
	size_t n;
	int rc = read_list(l, a, &d->list, &n, why, err);

	d->n_list = (uint32_t)n;
	d->has_list = true;
	return rc;
}

/* Whether a column list is well formed: no item with a blank in it. */
static void check_list(const struct directive *d, struct args_error *why)
{
	size_t i;

	for (i = 0; i < d->n_list; i++)
		if (!d->list[i].is_quoted &&
		    strpbrk(d->list[i].text, " \t") != NULL) {
			why->col = d->list[i].col;
			why->message = "columns are separated by commas (a "
			               "name with a blank is quoted)";
			return;
		}
}

static int add_arg(struct arena *a, struct directive *d, size_t *cap,
    struct directive_arg **out, struct error *err)
{
	struct directive_arg *more =
	    arena_grow(a, d->args, d->n, cap, sizeof(*more));

	if (more == NULL)
		return error_memory(err);
	d->args = more;
	*out = &more[d->n];
	**out = (struct directive_arg){ 0 };
	return 0;
}

/* The list in parentheses at l: to its closing one. */
static int read_parentheses(struct line *l, struct arena *a,
    struct directive *d, struct args_error *why, struct error *err)
{
	struct line inner = *l;
	size_t end = l->i + 1;
	char quote = '\0';
	int rc;

	for (; end < l->n && (quote || l->p[end] != ')'); end++)
		if (quote)
			quote = l->p[end] == quote ? '\0' : quote;
		else if (l->p[end] == '"' || l->p[end] == '\'')
			quote = l->p[end];
	if (end >= l->n) {
		why->col = l->col + (int)l->i;
		why->message = "the parenthesis is not closed";
		return 0;
	}
	inner.n = end + 1;
	rc = read_own_list(&inner, a, d, why, err);
	l->i = end + 1;
	return rc;
}

static int read_words(struct line *l, struct arena *a, struct directive *d,
    struct args_error *why, struct error *err)
{
	bool takes_list = directive_table[d->word].takes_list;
	size_t cap = 0;
	int rc = 0;

	for (skip_blanks(l); rc == 0 && l->i < l->n && !why->message;
	     skip_blanks(l)) {
		struct directive_arg *arg = NULL;

		if (takes_list && l->p[l->i] == '(' && !d->has_list) {
			rc = read_parentheses(l, a, d, why, err);
			continue;
		}
		rc = add_arg(a, d, &cap, &arg, err);
		if (rc == 0)
			rc = read_word(l, false, a, arg, why, err);
		d->n++;
	}
	return rc;
}

/* The rest of the line; all of it one quoted string: what is in it. */
static int read_rest(struct line *l, bool unquote, struct arena *a,
    struct directive_arg *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct line quoted;

	skip_blanks(l);
	out->col = l->col + (int)l->i;
	quoted = *l;
	if (unquote && l->i < l->n &&
	    (l->p[l->i] == '"' || l->p[l->i] == '\'') &&
	    read_quoted(&quoted, &text) && quoted.i == l->n) {
		out->is_quoted = true;
	} else {
		buf_reset(&text);
		buf_add(&text, l->p + l->i, l->n - l->i);
	}
	l->i = l->n;
	out->text = arena_strndup(a, text.p ? text.p : "", text.n);
	return out->text && !text.failed ? 0 : error_memory(err);
}

static int read_name_rest(struct line *l, struct arena *a, struct directive *d,
    struct args_error *why, struct error *err)
{
	bool has_name = directive_table[d->word].form == FORM_NAME_REST;
	size_t cap = 0;
	struct directive_arg *arg = NULL;
	int rc = 0;

	skip_blanks(l);
	if (has_name && l->i < l->n) {
		rc = add_arg(a, d, &cap, &arg, err);
		if (rc == 0)
			rc = read_word(l, false, a, arg, why, err);
		if (rc || why->message)
			return rc;
		d->n++;
		skip_blanks(l);
	}
	if (l->i < l->n) {
		rc = add_arg(a, d, &cap, &arg, err);
		if (rc == 0)
			rc = read_rest(l, has_name, a, arg, err);
		d->n++;
	}
	return rc;
}

int scan_args(struct arena *a, struct bytes rest, int col, struct directive *d,
    struct args_error *why, struct error *err)
{
	const struct directive_kind *kind = &directive_table[d->word];
	struct line l = { rest.p, rest.n, 0, col };
	int rc = 0;

	while (l.n > 0 && is_blank(l.p[l.n - 1]))
		l.n--;
	why->col = d->col;
	switch (kind->form) {
	case FORM_WORDS:
		rc = read_words(&l, a, d, why, err);
		break;
	case FORM_LIST:
		rc = read_own_list(&l, a, d, why, err);
		if (rc == 0 && !why->message && d->n_list == 0)
			why->message = "an argument is missing";
		break;
	default:
		rc = read_name_rest(&l, a, d, why, err);
	}
	if (rc || why->message)
		return rc;
	check_list(d, why);
	if (d->n < (size_t)kind->least) {
		why->message = "an argument is missing";
	} else if (d->n > (size_t)kind->most) {
		why->col = d->args[kind->most].col;
		why->message =
		    kind->most ? "too many arguments" : "takes no arguments";
	}
	return 0;
}
