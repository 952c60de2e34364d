#!/usr/bin/env bash
# The gate is a type: each sender (statuses, comments, notes, the outbox) is
# called here with a text that has passed it, which compiles, and with one that
# has not, which does not, for that reason alone.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck disable=SC2046 # words
compiles() {
	{
		cat <<'E'
#include "hooks/notes.h"
#include "reports/checks.h"
#include "reports/comment_http.h"
#include "reports/outbox_comment.h"
#include "reports/status_http.h"
int try(struct refs *r, struct outbox *ob, struct status *s, struct forge *f,
    struct outbox_item *item, struct buf *text, const char *words,
    struct outbound *passed, const struct report *report,
    const struct egress *gate, struct error *err);
int try(struct refs *r, struct outbox *ob, struct status *s, struct forge *f,
    struct outbox_item *item, struct buf *text, const char *words,
    struct outbound *passed, const struct report *report,
    const struct egress *gate, struct error *err)
{
	struct outbox_comment c = { 0 };
	struct forge_answer a;
	struct checks checks;

	(void)r, (void)ob, (void)s, (void)f, (void)item, (void)text,
	    (void)words, (void)passed, (void)report, (void)gate, (void)c,
	    (void)a, (void)checks, (void)err;
E
		printf '\treturn %s;\n}\n' "$1"
	} >"$work/try.c"
	"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -I"$root" \
		$(pkg-config --cflags libgit2) -fsyntax-only "$work/try.c" 2>"$work/why"
}
passes() { compiles "$1" || fail "does not compile: $1: $(cat "$work/why")"; }
stays() {
	! compiles "$1" || fail "compiles: $1"
	grep -qE "$2" "$work/why" || fail "$1: $(cat "$work/why")"
}
type='incompatible|expected .*(outbound|egress)|invalid initializer|undefined type|incomplete'

passes 'status_describe(s, passed, err)'
stays 'status_describe(s, words, err)' "$type"
stays 'status_describe(s, text, err)' "$type"
passes 'outbox_put(ob, s, 0, err)'
stays 'outbox_put(ob, words, 0, err)' "$type"
stays 'snprintf(s->description, 9, "%s", words)' 'incompatible|undeclared|implicit'
passes '(c.body = passed, outbox_put_comment(ob, &c, 0, err))'
stays '(c.body = words, outbox_put_comment(ob, &c, 0, err))' "$type"
stays '(c.body = text, outbox_put_comment(ob, &c, 0, err))' "$type"
passes 'forge_post(f, s, &a, err)'
stays 'forge_post(f, words, &a, err)' "$type"
passes 'forge_comment(f, item, &a, err)'
stays '(item->body = words, forge_comment(f, item, &a, err))' "$type"
passes 'notes_set(r, words, passed, err)'
stays 'notes_set(r, words, words, err)' "$type"
stays 'notes_set(r, words, text->p, err)' "$type"
passes 'checks_make(gate, &checks, err)'
stays 'checks_make(report, &checks, err)' "$type"
# nor is one made: of a text, of words that are no literal, of its inside
passes '(outbound_words(passed, "3 nodes"), 0)'
stays '(outbound_words(passed, words), 0)' "expected|before"
stays '(outbound_either(passed, 1, "a", words), 0)' "expected|before"
stays '(*passed = (struct outbound){ *text }, 0)' "$type"
