/* text: see text.h. */
#include "cache/base/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum {
	WORD_MAX = 64
};

/* The length of the well-formed sequence at p with n bytes left, or 0. */
static size_t sequence(const unsigned char *p, size_t n)
{
	size_t len, i;
	uint32_t c;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	c = p[0] & (0x7fU >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) ||
	    c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return len;
}

size_t text_utf8_error(struct bytes s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0, len;

	while (i < s.n) {
		uint64_t eight;

		/* eight bytes of ASCII at a time */
		if (s.n - i >= 8) {
			memcpy(&eight, p + i, 8);
			if ((eight & 0x8080808080808080U) == 0) {
				i += 8;
				continue;
			}
		}
		len = p[i] < 0x80 ? 1 : sequence(p + i, s.n - i);
		if (len == 0)
			return i;
		i += len;
	}
	return s.n;
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *text_fold(char *s)
{
	char *p;

	for (p = s; p != NULL && *p != '\0'; p++)
		*p = fold(*p);
	return s;
}

bool text_eq_fold(const char *a, const char *b)
{
	for (; *a != '\0' && fold(*a) == fold(*b); a++, b++)
		;
	return fold(*a) == fold(*b);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

bool text_has_word(struct bytes text, const char *word)
{
	const size_t n = strlen(word);
	size_t i;

	for (i = 0; n > 0 && i + n <= text.n; i++)
		if (strncasecmp(text.p + i, word, n) == 0 &&
		    (i == 0 || !is_letter(text.p[i - 1]) ||
		        !is_letter(word[0])) &&
		    (i + n == text.n || !is_letter(text.p[i + n]) ||
		        !is_letter(word[n - 1])))
			return true;
	return false;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool text_ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && text_eq_fold(s + n - m, end);
}

/* Rows of the table of distances: two back, one back, this one. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][WORD_MAX + 1], i, j;

	for (j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (i = 1; i <= na; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const size_t *two = rows[(i + 1) % 3];

		row[0] = i;
		for (j = 1; j <= nb; j++) {
			bool same = fold(a[i - 1]) == fold(b[j - 1]);
			bool swapped = i > 1 && j > 1 &&
			    fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]);

			row[j] = least(above[j - 1] + !same,
			    least(above[j], row[j - 1]) + 1);
			if (swapped)
				row[j] = least(row[j], two[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

const char *text_nearest(const char *word, const char *const *words, size_t n)
{
	size_t len = strlen(word), i, most = len / 3;
	const char *best = NULL;

	if (len > WORD_MAX)
		return NULL;
	most = most < 1 ? 1 : most > 3 ? 3 : most;
	if (most >= len)
		return NULL; /* any word of as many letters would do */
	for (i = 0; i < n; i++) {
		size_t other = strlen(words[i]), d;

		if (other > WORD_MAX)
			continue;
		d = distance(word, len, words[i], other);
		if (d <= most) {
			best = words[i];
			if (d == 0)
				break;
			most = d - 1;
		}
	}
	return best;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *text_nearest_path(const char *path, const char *const *paths,
    size_t n)
{
	const char *near = text_nearest(path, paths, n), *found = NULL;
	size_t i;

	for (i = 0; near == NULL && i < n; i++) {
		if (!text_eq_fold(last_part(paths[i]), last_part(path)))
			continue;
		if (found != NULL)
			return NULL;
		found = paths[i];
	}
	return near ? near : found;
}

bool text_match(const char *pattern, const char *name)
{
	const char *star = NULL, *from = NULL;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern == *name ||
		    (*pattern == '?' && *name != '/')) {
			pattern++;
			name++;
		} else if (star != NULL && *from != '/') {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

size_t text_cut(struct bytes s, size_t max)
{
	size_t n = max;

	if (s.n <= max)
		return s.n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void text_trim_cut(char *s)
{
	size_t n = strlen(s), i = n, whole = 0;
	unsigned char first;

	while (i > 0 && n - i < 3 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i == 0)
		return;
	first = (unsigned char)s[i - 1];
	if (first >= 0xc0)
		whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	if (n - i + 1 < whole)
		s[i - 1] = '\0';
}

/* U+0000 to U+001F, U+007F, and U+0080 to U+009F: a terminal takes U+009B for
 * what ESC [ is. */
static bool is_control(const unsigned char *p, size_t len)
{
	return p[0] < 0x20 || p[0] == 0x7f ||
	    (len == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

/* U+200B to 200F, 2028 to 202E, 2060 to 206F and FEFF turn the direction of
 * what follows, or are not seen. */
static bool is_unseen(const unsigned char *p, size_t len)
{
	if (len != 3)
		return false;
	if (p[0] == 0xe2 && p[1] == 0x80)
		return (p[2] >= 0x8b && p[2] <= 0x8f) ||
		    (p[2] >= 0xa8 && p[2] <= 0xae);
	return (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf) ||
	    (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf);
}

void text_add_visible(struct buf *out, struct bytes s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	while (i < s.n) {
		size_t len = sequence(p + i, s.n - i);

		if (len == 0 || is_control(p + i, len) || p[i] == '\\') {
			buf_printf(out, "\\x%02x", p[i]);
			len = 1;
		} else if (is_unseen(p + i, len)) {
			buf_printf(out, "\\u{%x}",
			    (p[i] & 0x0fU) << 12 | (p[i + 1] & 0x3fU) << 6 |
			        (p[i + 2] & 0x3fU));
		} else {
			buf_add(out, p + i, len);
		}
		i += len;
	}
}

size_t text_width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}
