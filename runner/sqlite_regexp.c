/* sqlite_regexp: regular expressions, by the C library's extended ones, with
 * \d \w \s and their opposites as everybody writes them. */
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

/* What \c stands for, inside a bracket or not; NULL: for itself. */
static const char *class_of(char c, bool in_bracket)
{
	switch (c) {
	case 'd':
		return in_bracket ? "0-9" : "[0-9]";
	case 'w':
		return in_bracket ? "a-zA-Z0-9_" : "[a-zA-Z0-9_]";
	case 's':
		return in_bracket ? " \t\n\r\f" : "[ \t\n\r\f]";
	case 'D':
		return in_bracket ? NULL : "[^0-9]";
	case 'W':
		return in_bracket ? NULL : "[^a-zA-Z0-9_]";
	case 'S':
		return in_bracket ? NULL : "[^ \t\n\r\f]";
	case 't':
		return "\t";
	case 'n':
		return "\n";
	default:
		return NULL;
	}
}

/* The pattern as the C library reads it; (?i) in front is told in *flags. */
static void translate(const char *s, struct buf *out, int *flags)
{
	bool in_bracket = false;

	if (strncmp(s, "(?i)", 4) == 0) {
		*flags |= REG_ICASE;
		s += 4;
	}
	for (; *s != '\0'; s++) {
		const char *class = *s == '\\' && s[1] != '\0'
		    ? class_of(s[1], in_bracket)
		    : NULL;

		if (class != NULL) {
			buf_add_str(out, class);
			s++;
		} else if (*s == '\\' && s[1] != '\0') {
			if (!in_bracket)
				buf_add_char(out, '\\');
			buf_add_char(out, *++s);
		} else {
			in_bracket = *s == '[' ? true
			    : *s == ']'        ? false
			                       : in_bracket;
			buf_add_char(out, *s);
		}
	}
	buf_add_char(out, '\0');
}

static int compile(const char *text, struct pattern *out)
{
	CLEANUP(buf_clear) struct buf b = { 0 };
	int flags = REG_EXTENDED, rc;
	locale_t before;

	if (strstr(text, "(?") != NULL && strncmp(text, "(?i)", 4) != 0)
		return REG_BADPAT; /* it would mean something else */
	translate(text, &b, &flags);
	out->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (b.failed || out->locale == (locale_t)0)
		return REG_ESPACE;
	before = uselocale(out->locale);
	rc = regcomp(&out->regex, b.p, flags);
	uselocale(before);
	if (rc)
		freelocale(out->locale);
	return rc;
}

static struct pattern *new_pattern(sqlite3_context *ctx, const char *text)
{
	struct pattern *p = mem_alloc(sizeof(*p));
	char why[120];
	int rc;

	if (p == NULL) {
		sqlite3_result_error_nomem(ctx);
		return NULL;
	}
	rc = compile(text, p);
	if (rc == 0)
		return p;
	regerror(rc, &p->regex, why, sizeof(why));
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

static void match(sqlite3_context *ctx, sqlite3_value **argv, int pattern,
    int text)
{
	struct pattern *own, *p;
	const char *s = (const char *)sqlite3_value_text(argv[text]);

	if (s == NULL || sqlite3_value_type(argv[pattern]) == SQLITE_NULL)
		return;
	p = take_pattern(ctx, pattern, argv, &own);
	if (p != NULL)
		sqlite3_result_int(ctx, regexec(&p->regex, s, 0, NULL, 0) == 0);
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
	p = take_pattern(ctx, 1, argv, &own);
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
	p = take_pattern(ctx, 1, argv, &own);
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
