/* ties: see ties.h. Words of SQL, and which of them name columns. */
#include "runner/lang/ties.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cache/base/mem.h"
#include "runner/lang/token.h"

struct finder {
	struct tokens w;
	struct arena *a;
	int first_line;
	struct ties_use *uses;
	size_t n_uses, cap_uses;
	struct ties_columns *keys;
	size_t n_keys, cap_keys;
	bool no_memory;
};

/* -- lists of columns -- */

struct list {
	const char **names;
	size_t n, cap;
	bool has_other; /* something in it is no plain column */
	bool is_all; /* ORDER BY ALL */
	size_t select; /* see struct ties_columns */
};

static void add_name(struct finder *f, struct list *out, const char *name)
{
	const char **more =
	    mem_grow(out->names, out->n, &out->cap, sizeof(*more));

	if (more == NULL) {
		f->no_memory = true;
		return;
	}
	out->names = more;
	more[out->n++] = name;
}

static bool has_column(const struct list *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->names[i], name) == 0)
			return true;
	return false;
}

/* The column of an item of GROUP BY or ORDER BY, "a", "t.a", with what may
 * stand behind it; NULL where it is none. */
static const char *plain_column(const struct finder *f, size_t i, size_t end)
{
	static const char *const behind[] = { "asc", "desc", "nulls", "collate",
		NULL };
	const char *name = NULL;

	while (i < end && f->w.t[i].kind == TOKEN_NAME) {
		name = f->w.t[i++].text;
		if (i >= end || !token_is_sign(&f->w, i, '.'))
			break;
		i++;
	}
	return i >= end || token_is_among(&f->w, i, behind) ? name : NULL;
}

/* The items from i on: names, numbers as the items of select they stand for. */
static void read_list(struct finder *f, size_t i, const struct list *select,
    struct list *out)
{
	while (i < f->w.n) {
		size_t end = token_item_end(&f->w, i);
		const char *name = plain_column(f, i, end);
		size_t nth = f->w.t[i].kind == TOKEN_LITERAL && end == i + 1
		    ? (size_t)strtoul(f->w.t[i].text, NULL, 10)
		    : 0;

		if (end == i)
			break;
		if (token_is(&f->w, i, "all") && end == i + 1)
			out->is_all = true;
		else if (name != NULL)
			add_name(f, out, name);
		else if (select != NULL && nth >= 1 && nth <= select->n)
			add_name(f, out, select->names[nth - 1]);
		else
			out->has_other = true;
		if (!token_is_sign(&f->w, end, ','))
			break;
		i = end + 1;
	}
}

/* The name that an item of SELECT has: its alias, or its column. Literals are
 * the same in all rows. */
static void read_item(struct finder *f, size_t i, size_t end, struct list *out)
{
	const char *name = plain_column(f, i, end);

	if (end > i + 1 && f->w.t[end - 1].kind == TOKEN_NAME &&
	    (f->w.t[end - 2].kind != TOKEN_SIGN ||
	        token_is_sign(&f->w, end - 2, ')')))
		name = f->w.t[end - 1].text; /* x AS name, x name */
	if (name != NULL)
		add_name(f, out, name);
	else if (end != i + 1 || f->w.t[i].kind != TOKEN_LITERAL)
		out->has_other = true;
}

/* -- a SELECT -- */

struct select {
	struct list items, group, order;
	bool is_one_row; /* of an aggregate without GROUP BY */
	bool has_order;
};

static void select_clear(struct select *s)
{
	mem_free(s->items.names);
	mem_free(s->group.names);
	mem_free(s->order.names);
}

static bool is_aggregate(const struct finder *f, size_t i)
{
	static const char *const words[] = { "count", "sum", "min", "max",
		"avg", "total", NULL };

	return token_is_among(&f->w, i, words) &&
	    token_is_sign(&f->w, i + 1, '(') && f->w.t[i + 1].match < f->w.n &&
	    !token_is(&f->w, f->w.t[i + 1].match + 1, "over");
}

/* The last SELECT beside begin and before before, which it belongs to. */
static void read_select(struct finder *f, size_t begin, size_t before,
    struct select *out)
{
	size_t end = token_scope_end(&f->w, begin), i, at = f->w.n, by;

	for (i = begin; i < before; i++)
		if (f->w.t[i].begin == begin && token_is(&f->w, i, "select"))
			at = i + 1;
	if (at >= f->w.n)
		return;
	out->items.select = out->group.select = at;
	by = token_find_by(&f->w, begin, end, "group");
	out->is_one_row = by == f->w.n && is_aggregate(f, at);
	if (token_is(&f->w, at, "distinct") || token_is(&f->w, at, "all"))
		at++;
	if (token_is(&f->w, at, "on") && token_is_sign(&f->w, at + 1, '('))
		at = f->w.t[at + 1].match + 1;
	while (at < f->w.n) {
		i = token_item_end(&f->w, at);
		if (i == at)
			break;
		read_item(f, at, i, &out->items);
		at = i + 1;
		if (!token_is_sign(&f->w, i, ','))
			break;
	}
	if (by < f->w.n)
		read_list(f, by, &out->items, &out->group);
	by = token_find_by(&f->w, begin, end, "order");
	out->has_order = by < f->w.n;
	if (by < f->w.n)
		read_list(f, by, &out->items, &out->order);
}

/* -- what numbers or limits, and what makes unique -- */

static struct ties_columns keep(struct finder *f, const struct list *l)
{
	const char **names = arena_array(f->a, l->n, sizeof(*names));

	if (names == NULL) {
		f->no_memory = true;
		return (struct ties_columns){ 0 };
	}
	if (l->n > 0)
		memcpy(names, l->names, l->n * sizeof(*names));
	return (struct ties_columns){ names, l->n, l->select };
}

static void add_key(struct finder *f, const struct list *l)
{
	struct ties_columns *more;

	if (l->n == 0 || l->has_other || l->is_all)
		return;
	more = mem_grow(f->keys, f->n_keys, &f->cap_keys, sizeof(*more));
	if (more == NULL) {
		f->no_memory = true;
		return;
	}
	f->keys = more;
	more[f->n_keys++] = keep(f, l);
}

static void add_use(struct finder *f, size_t at, const char *what,
    const char *where, const struct list *columns)
{
	struct ties_use *more =
	    mem_grow(f->uses, f->n_uses, &f->cap_uses, sizeof(*more));
	struct ties_use *u;
	size_t i;

	if (more == NULL) {
		f->no_memory = true;
		return;
	}
	f->uses = more;
	u = &more[f->n_uses++];
	*u = (struct ties_use){ .what = what,
		.where = where,
		.line = f->first_line,
		.col = 1,
		.columns = keep(f, columns) };
	for (i = 0; i < f->w.t[at].at; i++) {
		u->col = f->w.sql.p[i] == '\n' ? 1 : u->col + 1;
		u->line += f->w.sql.p[i] == '\n';
	}
}

static bool covers(const struct list *l, const struct list *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!has_column(l, all->names[i]))
			return false;
	return true;
}

/* LIMIT, FETCH FIRST, OFFSET before a number or what stands for one. */
static bool is_limit(const struct finder *f, size_t i)
{
	static const char *const words[] = { "limit", "offset", NULL };
	static const char *const which[] = { "first", "next", NULL };
	size_t k = i + 1;

	if (i > 0 && token_is_sign(&f->w, i - 1, '.'))
		return false;
	if (token_is(&f->w, i, "fetch"))
		return token_is_among(&f->w, k, which);
	if (!token_is_among(&f->w, i, words) || k >= f->w.n ||
	    strcmp(f->w.t[k].text, "0") == 0)
		return false;
	return token_is_sign(&f->w, k, '(') || token_is_sign(&f->w, k, '{') ||
	    f->w.t[k].kind == TOKEN_LITERAL;
}

/* Whether another one stands before it. */
static bool is_second_limit(const struct finder *f, size_t i)
{
	size_t k;

	for (k = f->w.t[i].begin; k < i; k++)
		if (f->w.t[k].begin == f->w.t[i].begin && is_limit(f, k))
			return true;
	return false;
}

static void see_limit(struct finder *f, size_t i)
{
	struct select s = { 0 };
	bool is_total;

	read_select(f, f->w.t[i].begin, i, &s);
	is_total = s.is_one_row || s.order.is_all ||
	    (!s.items.has_other && covers(&s.order, &s.items));
	if (!is_total)
		add_use(f, i,
		    token_is(&f->w, i, "limit")       ? "LIMIT"
		        : token_is(&f->w, i, "fetch") ? "FETCH"
		                                      : "OFFSET",
		    s.has_order ? "this ORDER BY" : NULL, &s.order);
	select_clear(&s);
}

/* SELECT DISTINCT [ON (...)]: makes what it lists unique; ON takes one row of
 * several, too. */
static void see_distinct(struct finder *f, size_t i)
{
	struct list on = { 0 };
	struct select s = { 0 };
	size_t k;

	if (i == 0 || !token_is(&f->w, i - 1, "select"))
		return;
	read_select(f, f->w.t[i].begin, i, &s);
	if (!token_is(&f->w, i + 1, "on") ||
	    !token_is_sign(&f->w, i + 2, '(')) {
		add_key(f, &s.items);
	} else {
		on.select = s.order.select = s.items.select;
		read_list(f, i + 3, &s.items, &on);
		add_key(f, &on);
		for (k = 0; k < on.n; k++)
			add_name(f, &s.order, on.names[k]);
		if (!s.order.is_all)
			add_use(f, i, "DISTINCT ON",
			    s.has_order ? "this ORDER BY" : NULL, &s.order);
	}
	mem_free(on.names);
	select_clear(&s);
}

/* -- functions -- */

/* Where the SELECT that an expression is in begins: out of its parentheses. */
static size_t select_of(const struct finder *f, size_t i)
{
	size_t begin = f->w.t[i].begin;

	while (token_find(&f->w, begin, i, "select") == f->w.n && begin > 0 &&
	    token_is_sign(&f->w, begin - 1, '('))
		begin = f->w.t[begin - 1].begin;
	return begin;
}

/* Behind the call whose parenthesis is at i: IGNORE NULLS, FILTER (...). */
static size_t behind_call(const struct finder *f, size_t i)
{
	i = f->w.t[i].match + 1;
	if ((token_is(&f->w, i, "ignore") || token_is(&f->w, i, "respect")) &&
	    token_is(&f->w, i + 1, "nulls"))
		i += 2;
	if (token_is(&f->w, i, "filter") && token_is_sign(&f->w, i + 1, '('))
		i = f->w.t[i + 1].match + 1;
	return i;
}

/* The parenthesis of a window: behind OVER, or of the name that stands there;
 * n where there is none. */
static size_t find_window(const struct finder *f, size_t over)
{
	size_t i;

	if (token_is_sign(&f->w, over + 1, '('))
		return over + 1;
	if (over + 1 >= f->w.n || f->w.t[over + 1].kind != TOKEN_NAME)
		return f->w.n;
	for (i = over; i + 2 < f->w.n; i++)
		if (token_is(&f->w, i, f->w.t[over + 1].text) &&
		    token_is(&f->w, i + 1, "as") &&
		    token_is_sign(&f->w, i + 2, '('))
			return i + 2;
	return f->w.n;
}

static void see_numbering(struct finder *f, size_t i, const char *what)
{
	struct list columns = { 0 };
	size_t over = behind_call(f, i + 1), window, inside, end, by;
	const char *argument;
	bool has_order, is_partitioned, is_value;

	if (!token_is(&f->w, over, "over"))
		return;
	window = find_window(f, over);
	if (window >= f->w.n || f->w.t[window].match >= f->w.n)
		return;
	inside = window + 1;
	end = f->w.t[window].match;
	by = token_find_by(&f->w, inside, end, "order");
	has_order = by < f->w.n;
	if (has_order)
		read_list(f, by, NULL, &columns);
	argument = i + 2 < f->w.t[i + 1].match
	    ? plain_column(f, i + 2, token_item_end(&f->w, i + 2))
	    : NULL;
	is_value = strstr(what, "_value") != NULL && argument != NULL &&
	    has_column(&columns, argument);
	by = token_find_by(&f->w, inside, end, "partition");
	is_partitioned = by < f->w.n;
	if (is_partitioned)
		read_list(f, by, NULL, &columns);
	if (!is_value && !columns.is_all)
		add_use(f, i, what, has_order ? "its ORDER BY" : NULL,
		    &columns);
	/* numbers that are one a row: row_number() OVER (...) AS n */
	i = over + 1 == window ? end + 1 : over + 2;
	i += token_is(&f->w, i, "as");
	mem_free(columns.names);
	columns = (struct list){ 0 };
	if (strcmp(what, "row_number()") == 0 && !is_partitioned &&
	    i < f->w.n && f->w.t[i].kind == TOKEN_NAME &&
	    !token_is_among(&f->w, i, token_clauses)) {
		add_name(f, &columns, f->w.t[i].text);
		add_key(f, &columns);
	}
	mem_free(columns.names);
}

/* arg_max(value, by): the value of a row that is not known where several have
 * the most, unless it is the same within the group. */
static void see_extreme(struct finder *f, size_t i, const char *what)
{
	struct select s = { 0 };
	size_t value = i + 2, by = token_item_end(&f->w, value) + 1;
	const char *argument = plain_column(f, value, by - 1);
	const char *name;

	if (by >= f->w.t[i + 1].match)
		return;
	read_select(f, select_of(f, i), i, &s);
	name = plain_column(f, by, token_item_end(&f->w, by));
	if (name != NULL)
		add_name(f, &s.group, name);
	if (argument == NULL || !has_column(&s.group, argument))
		add_use(f, i, what, "its second argument", &s.group);
	select_clear(&s);
}

static const struct call {
	const char *name, *what;
	void (*see)(struct finder *f, size_t i, const char *what);
} calls[] = {
	{ "row_number", "row_number()", see_numbering },
	{ "ntile", "ntile()", see_numbering },
	{ "lag", "lag()", see_numbering },
	{ "lead", "lead()", see_numbering },
	{ "first_value", "first_value()", see_numbering },
	{ "last_value", "last_value()", see_numbering },
	{ "nth_value", "nth_value()", see_numbering },
	{ "arg_min", "arg_min()", see_extreme },
	{ "arg_max", "arg_max()", see_extreme },
	{ "argmin", "argmin()", see_extreme },
	{ "argmax", "argmax()", see_extreme },
	{ "min_by", "min_by()", see_extreme },
	{ "max_by", "max_by()", see_extreme },
};

static void see_group(struct finder *f, size_t i)
{
	struct select s = { 0 };

	read_select(f, f->w.t[i].begin, i, &s);
	add_key(f, &s.group);
	select_clear(&s);
}

static void see(struct finder *f, size_t i)
{
	size_t k;

	if (is_limit(f, i) && !is_second_limit(f, i))
		see_limit(f, i);
	if (token_is(&f->w, i, "distinct"))
		see_distinct(f, i);
	if (token_is(&f->w, i, "group") && token_is(&f->w, i + 1, "by"))
		see_group(f, i);
	for (k = 0; k < ARRAY_LEN(calls); k++)
		if (token_is(&f->w, i, calls[k].name) &&
		    token_is_sign(&f->w, i + 1, '(') &&
		    f->w.t[i + 1].match < f->w.n)
			calls[k].see(f, i, calls[k].what);
}

static const struct ties *keep_all(struct finder *f)
{
	struct ties *out = arena_alloc(f->a, sizeof(*out));
	struct ties_use *uses = arena_array(f->a, f->n_uses, sizeof(*uses));
	struct ties_columns *keys = arena_array(f->a, f->n_keys, sizeof(*keys));

	if (out == NULL || uses == NULL || keys == NULL) {
		f->no_memory = true;
		return NULL;
	}
	memcpy(uses, f->uses, f->n_uses * sizeof(*uses));
	if (f->n_keys > 0)
		memcpy(keys, f->keys, f->n_keys * sizeof(*keys));
	*out = (struct ties){ uses, keys, f->n_uses, f->n_keys };
	return out;
}

/* Most SQL has none of the words, and need not be read for them. */
bool ties_has_words(struct bytes sql)
{
	static const char *const words[] = { "over", "limit", "offset", "fetch",
		"distinct", "arg_m", "argm", "_by" };
	/* by the first byte without the bit that tells cases apart */
	static const bool may_begin[256] = { ['o'] = true,
		['l'] = true,
		['f'] = true,
		['d'] = true,
		['a'] = true,
		['_' | 0x20] = true };
	size_t i, k;

	for (i = 0; i + 3 <= sql.n; i++) {
		const unsigned char c = (unsigned char)sql.p[i] | 0x20;

		for (k = 0; may_begin[c] && k < ARRAY_LEN(words); k++)
			if ((words[k][0] | 0x20) == c &&
			    sql.n - i >= strlen(words[k]) &&
			    strncasecmp(sql.p + i, words[k],
			        strlen(words[k])) == 0)
				return true;
	}
	return false;
}

int ties_find(struct arena *a, struct bytes sql, int first_line,
    const struct ties **out, struct error *err)
{
	struct finder f = { .w = { .a = a }, .a = a, .first_line = first_line };
	size_t i;
	int rc;

	*out = NULL;
	if (!ties_has_words(sql))
		return 0;
	rc = tokens_read(&f.w, sql, err);
	for (i = 0; rc == 0 && !f.no_memory && i < f.w.n; i++)
		see(&f, i);
	if (rc == 0 && !f.no_memory && f.n_uses > 0)
		*out = keep_all(&f);
	tokens_clear(&f.w);
	mem_free(f.uses);
	mem_free(f.keys);
	return rc == 0 && f.no_memory ? error_memory(err) : rc;
}
