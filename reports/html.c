/* html: see html.h. */
#include "reports/html.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

/* A character of well-formed UTF-8. */
static unsigned decode(const unsigned char *p, size_t *len)
{
	unsigned c = p[0];
	size_t i;

	*len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (*len > 1)
		c &= 0x7fU >> *len;
	for (i = 1; i < *len; i++)
		c = c << 6 | (p[i] & 0x3fU);
	return c;
}

/* What is not seen but changes what is: controls, marks of direction, line
 * separators, joiners of no width, noncharacters. */
static bool is_invisible(unsigned c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	    (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

static void add_character(struct buf *out, const char *p, size_t len,
    unsigned c)
{
	if (is_invisible(c))
		buf_printf(out, "\\u{%x}", c);
	else if (strchr("&<>\"'`", (int)c) != NULL && c < 0x80)
		buf_printf(out, "&#%u;", c);
	else
		buf_add(out, p, len);
}

/* n bytes of UTF-8. */
static void add_characters(struct buf *out, const char *s, size_t n)
{
	size_t i = 0, len;

	while (i < n) {
		unsigned c = decode((const unsigned char *)s + i, &len);

		add_character(out, s + i, len, c);
		i += len;
	}
}

/* n bytes, without a NUL among them. */
static void add_escaped(struct buf *out, const char *s, size_t n)
{
	CLEANUP(buf_clear) struct buf safe = { 0 };

	text_add_visible(&safe, (struct bytes){ s, n });
	out->failed |= safe.failed;
	if (!safe.failed && safe.n > 0)
		add_characters(out, safe.p, safe.n);
}

void html_text(struct buf *out, const char *s)
{
	add_escaped(out, s, strlen(s));
}

/* The same characters are escaped as in text: those of both contexts. */
void html_attribute(struct buf *out, const char *s)
{
	add_escaped(out, s, strlen(s));
}

void html_url(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~/", c) != NULL)
			buf_add_char(out, *s);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static bool is_shown(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return text_utf8_error((struct bytes){ s, n }) == n;
}

static void add_lines(struct buf *out, const char *s, bool is_log)
{
	while (*s != '\0') {
		size_t n = strcspn(s, "\n");

		if (is_log && is_shown(s, n))
			add_characters(out, s, n);
		else
			add_escaped(out, s, n);
		buf_add_char(out, '\n');
		s += n + (s[n] == '\n');
	}
}

void html_lines(struct buf *out, const char *s)
{
	add_lines(out, s, false);
}

/* A backslash is code's own; it is escaped where something else is. */
static void add_code(struct buf *out, const char *s, size_t n)
{
	if (is_shown(s, n))
		add_characters(out, s, n);
	else
		add_escaped(out, s, n);
}

static void add_code_line(struct buf *out, const char *s, size_t n)
{
	const char *tab;

	while ((tab = memchr(s, '\t', n)) != NULL) {
		add_code(out, s, (size_t)(tab - s));
		buf_add_char(out, '\t');
		n -= (size_t)(tab + 1 - s);
		s = tab + 1;
	}
	if (n > 0 && s[n - 1] == '\r')
		n--;
	add_code(out, s, n);
}

void html_code(struct buf *out, struct bytes code, int first_line)
{
	while (code.n > 0) {
		const char *end = memchr(code.p, '\n', code.n);
		size_t n = end ? (size_t)(end - code.p) : code.n;

		buf_printf(out, "%4d  ", first_line++);
		add_code_line(out, code.p, n);
		buf_add_char(out, '\n');
		n += end != NULL;
		code.p += n;
		code.n -= n;
	}
}

void html_log(struct buf *out, const char *s)
{
	add_lines(out, s, true);
}

/* Cut before it is escaped: an entity stays whole. */
void html_name(struct buf *out, const char *name)
{
	size_t n = text_cut(bytes_of(name), HTML_NAME_MAX);

	if (name[n] == '\0') {
		buf_add_str(out, "<code>");
		html_text(out, name);
	} else {
		buf_add_str(out, "<code title=\"");
		html_attribute(out, name);
		buf_add_str(out, "\">");
		add_escaped(out, name, n);
		buf_add_str(out, "\xe2\x80\xa6");
	}
	buf_add_str(out, "</code>");
}

void html_head(struct buf *out, const char *title)
{
	buf_add_str(out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<title>");
	html_text(out, title);
	buf_add_str(out, "</title>\n<style>\n");
	html_style(out);
	buf_add_str(out, "</style>\n</head>\n<body>\n<main>\n");
}

void html_foot(struct buf *out)
{
	buf_add_str(out, "</main>\n</body>\n</html>\n");
}
