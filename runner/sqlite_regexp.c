/* sqlite_regexp: regular expressions, by the C library's extended ones, of
 * patterns as everybody writes them (sqlite_pattern.c). */
#define _GNU_SOURCE
#include <locale.h>
#include <regex.h>
#include <string.h>

#include "runner/sqlite_functions.h"

enum {
	GROUPS = 10
};

struct pattern {
	regex_t regex;
	locale_t locale; /* in which bytes are characters of UTF-8 */
	bool is_lazy; /* it wants the shortest match somewhere */
};

static void pattern_free(void *payload)
{
	struct pattern *p = payload;

	regfree(&p->regex);
	freelocale(p->locale);
	mem_free(p);
}

/* Whether the text has a match; the first one's groups. */
static bool find(const struct pattern *p, const char *s, regmatch_t *m,
    int flags)
{
	locale_t before = uselocale(p->locale);
	int rc = regexec(&p->regex, s, m ? GROUPS : 0, m, flags);

	uselocale(before);
	return rc == 0;
}

/* NULL, or what is wrong with the text, perhaps in room. */
static const char *compile(const char *text, struct pattern *out,
    char room[120])
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	struct sqlite_pattern_told told = { 0 };
	const char *why = sqlite_pattern(text, &b, &told);
	locale_t before;
	int rc;

	if (why != NULL)
		return why;
	out->is_lazy = told.is_lazy;
	out->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (b.failed || out->locale == (locale_t)0)
		return "out of memory";
	before = uselocale(out->locale);
	rc = regcomp(&out->regex, b.p,
	    REG_EXTENDED | (told.is_any_case ? REG_ICASE : 0));
	uselocale(before);
	if (rc == 0)
		return NULL;
	regerror(rc, &out->regex, room, 120);
	freelocale(out->locale);
	return room;
}

static struct pattern *new_pattern(sqlite3_context *ctx, const char *text)
{
	struct pattern *p = mem_alloc(sizeof(*p));
	const char *why;
	char room[120];

	if (p == NULL) {
		sqlite3_result_error_nomem(ctx);
		return NULL;
	}
	why = compile(text, p, room);
	if (why == NULL)
		return p;
	mem_free(p);
	sqlite3_result_error(ctx, why, -1);
	return NULL;
}

/* Compiled once a statement where the argument is the same for every row;
 * *own is to be freed. */
static struct pattern *take_pattern(sqlite3_context *ctx, int arg,
    sqlite3_value **argv, struct pattern **own)
{
	struct pattern *p = sqlite3_get_auxdata(ctx, arg);
	const char *text = (const char *)sqlite3_value_text(argv[arg]);

	*own = NULL;
	if (p != NULL || text == NULL)
		return p;
	p = new_pattern(ctx, text);
	if (p == NULL)
		return NULL;
	sqlite3_set_auxdata(ctx, arg, p, pattern_free);
	if (sqlite3_get_auxdata(ctx, arg) == p)
		return p;
	/* it was not kept, and is freed already */
	*own = new_pattern(ctx, text);
	return *own;
}

/* As take_pattern(), where it matters what matches, and not only whether. */
static struct pattern *take_exact(sqlite3_context *ctx, int arg,
    sqlite3_value **argv, struct pattern **own)
{
	struct pattern *p = take_pattern(ctx, arg, argv, own);

	if (p == NULL || !p->is_lazy)
		return p;
	if (*own != NULL)
		pattern_free(*own);
	*own = NULL;
	sqlite3_result_error(ctx,
	    "*? +? ?? (the shortest match) are DuckDB's alone; say what does "
	    "not match instead, as in \"[^\"]*\"",
	    -1);
	return NULL;
}

static void match(sqlite3_context *ctx, sqlite3_value **argv, int pattern,
    int text)
{
	struct pattern *own, *p;
	const char *s = (const char *)sqlite3_value_text(argv[text]);

	if (s == NULL || sqlite3_value_type(argv[pattern]) == SQLITE_NULL)
		return;
	p = take_pattern(ctx, pattern, argv, &own);
	if (p != NULL)
		sqlite3_result_int(ctx, find(p, s, NULL, 0));
	if (own != NULL)
		pattern_free(own);
}

void sqlite_regexp(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	match(ctx, argv, 0, 1);
}

void sqlite_regexp_matches(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	(void)argc;
	match(ctx, argv, 1, 0);
}

void sqlite_regexp_extract(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const char *s = (const char *)sqlite3_value_text(argv[0]);
	int group = argc > 2 ? sqlite3_value_int(argv[2]) : 0;
	regmatch_t m[GROUPS];
	struct pattern *own, *p;

	if (s == NULL || sqlite3_value_type(argv[1]) == SQLITE_NULL)
		return;
	p = take_exact(ctx, 1, argv, &own);
	if (p == NULL)
		return;
	if (group < 0 || group >= GROUPS || (size_t)group > p->regex.re_nsub)
		sqlite3_result_error(ctx, "there is no such group", -1);
	else if (!find(p, s, m, 0) || m[group].rm_so < 0)
		sqlite3_result_text(ctx, "", 0, SQLITE_STATIC);
	else
		sqlite3_result_text(ctx, s + m[group].rm_so,
		    (int)(m[group].rm_eo - m[group].rm_so), SQLITE_TRANSIENT);
	if (own != NULL)
		pattern_free(own);
}

/* The replacement with \0 to \9 as what their groups matched. */
static void add_replacement(struct buf *out, const char *by, const char *s,
    const regmatch_t *m)
{
	for (; *by != '\0'; by++) {
		int group = *by == '\\' ? by[1] - '0' : -1;

		if (group >= 0 && group < GROUPS) {
			by++;
			if (m[group].rm_so >= 0)
				buf_add(out, s + m[group].rm_so,
				    (size_t)(m[group].rm_eo - m[group].rm_so));
		} else {
			if (*by == '\\' && by[1] != '\0')
				by++;
			buf_add_char(out, *by);
		}
	}
}

/* The bytes of the character at s. */
static size_t character(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* A match of nothing right behind another match is none; behind a match of
 * nothing comes the next character. */
static void replace(const struct pattern *p, const char *s, const char *by,
    bool is_all, struct buf *out)
{
	regmatch_t m[GROUPS];
	bool is_behind = false;
	int flags = 0;

	while (find(p, s, m, flags)) {
		bool is_empty = m[0].rm_eo == m[0].rm_so;
		size_t n;

		buf_add(out, s, (size_t)m[0].rm_so);
		if (!is_empty || m[0].rm_so > 0 || !is_behind)
			add_replacement(out, by, s, m);
		s += m[0].rm_eo;
		if (!is_all || (is_empty && *s == '\0'))
			break;
		is_behind = !is_empty;
		flags = REG_NOTBOL;
		if (!is_empty)
			continue;
		n = character(s);
		buf_add(out, s, n);
		s += n;
	}
	buf_add_str(out, s);
}

void sqlite_regexp_replace(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	const char *s = (const char *)sqlite3_value_text(argv[0]);
	const char *by = (const char *)sqlite3_value_text(argv[2]);
	const char *how =
	    argc > 3 ? (const char *)sqlite3_value_text(argv[3]) : "";
	struct pattern *own, *p;

	if (s == NULL || by == NULL || how == NULL ||
	    sqlite3_value_type(argv[1]) == SQLITE_NULL)
		return;
	if (strcmp(how, "g") != 0 && *how != '\0') {
		sqlite3_result_error(ctx, "the last argument is 'g' or none",
		    -1);
		return;
	}
	p = take_exact(ctx, 1, argv, &own);
	if (p == NULL)
		return;
	replace(p, s, by, *how == 'g', &out);
	if (out.failed)
		sqlite3_result_error_nomem(ctx);
	else
		sqlite3_result_text64(ctx, out.p ? out.p : "", out.n,
		    SQLITE_TRANSIENT, SQLITE_UTF8);
	if (own != NULL)
		pattern_free(own);
}
