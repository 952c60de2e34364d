#ifndef SLUICE_CACHE_BASE_TEXT_H
#define SLUICE_CACHE_BASE_TEXT_H
/*
 * text -- small questions about text: UTF-8, nearest word, patterns.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cache/base/buf.h"

/* The offset of the first byte that is not well-formed UTF-8 (RFC 3629: no
 * surrogates, no overlong forms, at most U+10FFFF), or s.n where all is. */
size_t text_utf8_error(struct bytes s);

/* The word of words[0..n-1] nearest to word by edit distance (letters put in,
 * left out, changed, or swapped with the next; either case equal), or NULL
 * where none is within a third of its length, at least 1 and at most 3. */
const char *text_nearest(const char *word, const char *const *words, size_t n);

/* As text_nearest(), else the one path that ends in the same name. */
const char *text_nearest_path(const char *path, const char *const *paths,
    size_t n);

/* Equal but for the case of ASCII letters. */
bool text_eq_fold(const char *a, const char *b);

/* Whether a word stands in a text, in letters of any case, and not as a part of
 * a longer one. Letters are those of names in code: ASCII's, digits, "_", and
 * all bytes from 0x80. */
bool text_has_word(struct bytes text, const char *word);

/* Whether s ends in end, but for the case of ASCII letters. */
bool text_ends_in(const char *s, const char *end);

/* Makes ASCII letters small, in place: two names are equal afterwards where
 * text_eq_fold() says so before. Returns s, which may be NULL. */
char *text_fold(char *s);

/* Whether name matches pattern: '*' stands for any bytes but '/', '?' for
 * one, all else for itself. Linear in time for each '*'. */
bool text_match(const char *pattern, const char *name);

/* How many characters a terminal shows of UTF-8: two bytes of one are one. */
size_t text_width(const char *s);

/* The longest prefix of s with at most max bytes that does not cut a UTF-8
 * sequence. */
size_t text_cut(struct bytes s, size_t max);

/* Takes away the beginning of a character that snprintf() has left at the end
 * of a text it cut: JSON takes whole characters alone. */
void text_trim_cut(char *s);

/* Adds s to out with control characters, backslashes and bytes that are not
 * UTF-8 escaped as \xNN, and what turns the direction of a text or is not seen
 * as \u{NNNN}, so that a terminal shows it and does nothing. */
void text_add_visible(struct buf *out, struct bytes s);

#endif
