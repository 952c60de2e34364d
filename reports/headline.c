/* headline: see headline.h. */
#include "reports/headline.h"

#include <stdlib.h>
#include <string.h>

#define ERRORS "The pipeline has "
#define FIRST ", the first at "
#define TROUBLE "The run could not be done on the server"

void headline_print(const struct headline *h, struct buf *out)
{
	if (h->n_errors == 0) {
		buf_add_str(out, TROUBLE);
		return;
	}
	buf_printf(out, ERRORS "%zu error%s", h->n_errors,
	    h->n_errors == 1 ? "" : "s");
	if (h->path[0] != '\0')
		buf_printf(out, FIRST "%s:%d:%d", h->path, h->line, h->column);
}

void headline_say(const struct headline *h, struct outbound *out)
{
	if (h->n_errors == 0) {
		outbound_words(out, TROUBLE);
		return;
	}
	outbound_words(out, ERRORS);
	outbound_count_of(out, h->n_errors, "error");
	if (h->path[0] == '\0')
		return;
	outbound_words(out, FIRST);
	outbound_place(out, h->path, h->line, h->column);
}

/* Takes word from the beginning of *p. */
static bool take(const char **p, const char *word)
{
	const size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* Takes ":N" from the end of path. */
static bool take_number(char *path, int *out)
{
	char *colon = strrchr(path, ':'), *end;
	long n;

	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return false;
	n = strtol(colon + 1, &end, 10);
	if (*end != '\0' || n > 1 << 30)
		return false;
	*out = (int)n;
	*colon = '\0';
	return true;
}

static bool parse(const char *p, struct headline *out)
{
	char *end;

	if (!take(&p, "# " ERRORS) || *p < '1' || *p > '9')
		return false;
	out->n_errors = strtoul(p, &end, 10);
	p = end;
	if (!take(&p, out->n_errors == 1 ? " error" : " errors"))
		return false;
	if (*p == '\0')
		return true;
	if (!take(&p, FIRST) || strlen(p) >= sizeof(out->path))
		return false;
	memcpy(out->path, p, strlen(p) + 1);
	return take_number(out->path, &out->column) &&
	    take_number(out->path, &out->line);
}

void headline_parse(struct bytes report, struct headline *out)
{
	char line[sizeof(out->path) + 128] = "";
	size_t n = 0;

	while (n < report.n && report.p[n] != '\n' && report.p[n] != '\0')
		n++;
	*out = (struct headline){ 0 };
	if (n >= sizeof(line))
		return;
	memcpy(line, report.p, n);
	line[n] = '\0';
	if (!parse(line, out))
		*out = (struct headline){ 0 };
}
