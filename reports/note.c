/* note: see note.h. */
#include "reports/note.h"

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "reports/egress.h"
#include "reports/render.h"

/* The first lines of a text; no heading stands at its end alone. */
static size_t first_lines(struct bytes text, size_t lines)
{
	size_t i, n = 0, paragraph = 0, in_paragraph = 0;

	for (i = 0; i < text.n && n < lines; i++) {
		if (text.p[i] != '\n')
			continue;
		n++;
		in_paragraph++;
		if (i > 0 && text.p[i - 1] == '\n') {
			paragraph = i;
			in_paragraph = 0;
		}
	}
	return i < text.n && paragraph > 0 && in_paragraph < 2 ? paragraph : i;
}

static int add_beginning(const struct report *r, void *payload, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct bytes view;
	int rc = render_text(r, false, &text, err);

	(void)payload;
	if (rc)
		return rc;
	view = buf_bytes(&text);
	view.n = first_lines(view, NOTE_LINES);
	view.n = text_cut(view, NOTE_MAX);
	buf_add(out, view.p, view.n);
	if (view.n < text.n)
		buf_add_str(out, "\n`sluice report` has the rest\n");
	return buf_check(out, err);
}

int note_print(const struct report *r, struct outbound *out, struct error *err)
{
	CLEANUP(egress_clear) struct egress e = { 0 };
	int rc = egress_make(r, &e, err);

	return rc ? rc : egress_say(&e, add_beginning, NULL, out, err);
}

int note_words(const struct headline *h, struct outbound *out,
    struct error *err)
{
	headline_say(h, out);
	outbound_words(out,
	    "\n\nNothing was run.\n\n`sluice report` has why\n");
	return outbound_check(out, err);
}
