/*
 * html_plot: a changed column's values as a small picture (render_html.h): of
 * numbers how they are spread, before above a line and now below it; of all
 * else which share of the rows is NULL, and how many values are different.
 * Bins and shares alone; the words beside it say the same, and more.
 */
#include "cache/base/mem.h"
#include "reports/html.h"
#include "reports/render_html.h"
#include "reports/values.h"

enum {
	WIDTH = 240, /* of the bars */
	LABELS = 130, /* of the words behind them */
	HALF = 24, /* the highest bar of either side */
	BARS = 24,
	BAR_HEIGHT = 12
};

static void open_plot(struct buf *out, int height, const char *what)
{
	buf_printf(out,
	    "<svg class=\"plot\" role=\"img\" aria-label=\"%s\" "
	    "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">",
	    what, WIDTH + LABELS, height, WIDTH + LABELS, height);
}

static void add_label(int y, const char *words, struct buf *out)
{
	buf_printf(out, "<text class=\"what\" x=\"%d\" y=\"%d\">%s</text>",
	    WIDTH + 6, y, words);
}

static uint64_t most_of(const struct bins *b)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < b->n; i++)
		most = b->counts[i] > most ? b->counts[i] : most;
	return most;
}

/* One side's bars, as high as their share of `most`; a count that is not 0 is
 * seen. One path: a page has many. */
static void add_bars(const struct bins *b, uint64_t most, bool is_after,
    struct buf *out)
{
	int width = WIDTH / (int)b->n, gap = width > 2;
	size_t i;

	buf_printf(out, "<path class=\"%s\" d=\"",
	    is_after ? "p-now" : "p-was");
	for (i = 0; i < b->n; i++) {
		int height = (int)((double)b->counts[i] * HALF / (double)most);

		if (b->counts[i] == 0)
			continue;
		height = height > 0 ? height : 1;
		buf_printf(out, "M%d %dv%dh%dv%dz", (int)i * width,
		    HALF + is_after, is_after ? height : -height, width - gap,
		    is_after ? -height : height);
	}
	buf_add_str(out, "\"/>");
}

static void add_spread(const struct diff_column *c, struct buf *out)
{
	struct bins was = { 0 }, now = { 0 };
	uint64_t most;

	if (c->values_before != NULL)
		was = c->values_before->bins;
	if (c->values_after != NULL)
		now = c->values_after->bins;
	bins_align(&was, &now, BARS);
	if (was.n == 0)
		return;
	most = most_of(&was) > most_of(&now) ? most_of(&was) : most_of(&now);
	open_plot(out, 2 * HALF + 1,
	    "How the numbers are spread: before above the line, now below it");
	buf_printf(out, "<path class=\"p-line\" d=\"M0 %d.5H%d\"/>", HALF,
	    WIDTH);
	add_bars(&was, most, false, out);
	add_bars(&now, most, true, out);
	add_label(HALF - 6, "before", out);
	add_label(2 * HALF - 6, "now", out);
	buf_add_str(out, "</svg>");
}

static void add_share(const char *class, int row, uint64_t n, uint64_t rows,
    struct buf *out)
{
	int width = rows ? (int)((double)n * WIDTH / (double)rows) : 0;

	if (n > 0 && width == 0)
		width = 1;
	if (width > WIDTH)
		width = WIDTH;
	if (width > 0)
		buf_printf(out,
		    "<rect class=\"%s\" x=\"0\" y=\"%d\" width=\"%d\" "
		    "height=\"%d\"/>",
		    class, row * (BAR_HEIGHT + 2), width, BAR_HEIGHT);
}

static void add_shares(const struct diff_column *c, struct buf *out)
{
	const struct diff_values *was = c->values_before;
	const struct diff_values *now = c->values_after;
	static const char *const labels[] = { "NULL before", "NULL now",
		"different before", "different now" };
	size_t i;

	open_plot(out, 4 * (BAR_HEIGHT + 2),
	    "Shares of the rows: NULL before, now; different values before, "
	    "now");
	if (was != NULL) {
		add_share("p-was", 0, was->nulls, was->rows, out);
		add_share("p-was", 2, was->distinct, was->rows, out);
	}
	if (now != NULL) {
		add_share("p-now", 1, now->nulls, now->rows, out);
		add_share("p-now", 3, now->distinct, now->rows, out);
	}
	for (i = 0; i < ARRAY_LEN(labels); i++)
		add_label((int)i * (BAR_HEIGHT + 2) + BAR_HEIGHT - 2, labels[i],
		    out);
	buf_printf(out, "<path class=\"p-line\" d=\"M.5 0V%d\"/></svg>",
	    4 * (BAR_HEIGHT + 2));
}

static bool is_number(const struct type *t)
{
	return t->kind == TYPE_INTEGER || t->kind == TYPE_REAL ||
	    t->kind == TYPE_DECIMAL;
}

void html_plot(const struct diff_column *c, struct buf *out)
{
	const struct type *t = c->values_after != NULL ? &c->after : &c->before;

	if (c->values_before == NULL && c->values_after == NULL)
		return;
	if (is_number(t))
		add_spread(c, out);
	else
		add_shares(c, out);
}
