/* engine_rows: see engine_rows.h. */
#include "runner/engine_rows.h"

#include <string.h>

int engine_rows_open(struct engine_rows *r, const struct engine_input *input,
    struct error *err)
{
	engine_rows_clear(r);
	r->input = input;
	r->scan.text = (struct bytes){ "", 0 };
	r->fields = mem_array(input->n_columns, sizeof(*r->fields));
	return r->fields ? 0 : error_memory(err);
}

void engine_rows_clear(struct engine_rows *r)
{
	file_map_clear(&r->map);
	record_clear(&r->scan);
	mem_free(r->fields);
	*r = (struct engine_rows){ 0 };
}

static int open_part(struct engine_rows *r, struct error *err)
{
	const struct engine_input *in = r->input;
	const struct engine_part *part = &in->parts[r->next++];
	int rc;

	file_map_clear(&r->map);
	if ((rc = file_map_fd(part->fd, &r->map, err)))
		return rc;
	if (r->map.data.n != part->bytes)
		return error_set(err, ERROR_CORRUPT,
		    "part %zu of %s is not as long as said", r->next, in->name);
	r->scan.text = r->map.data;
	r->scan.n_fields = in->n_columns;
	r->scan.n = 0;
	return 0;
}

int engine_rows_next(struct engine_rows *r, struct error *err)
{
	const struct engine_input *in = r->input;

	for (;;) {
		int rc = record_next(&r->scan, r->fields, err);

		if (rc > 0) {
			r->row++;
			return 1;
		}
		if (rc < 0) {
			error_wrap(err, "part %zu of %s", r->next, in->name);
			return rc;
		}
		if (r->next > 0 && r->scan.n != in->parts[r->next - 1].rows)
			return error_set(err, ERROR_CORRUPT,
			    "part %zu of %s has other rows than said", r->next,
			    in->name);
		if (r->next == in->n_parts)
			return 0;
		if ((rc = open_part(r, err)))
			return rc;
	}
}

bool engine_integer(const struct field *f, int64_t *out)
{
	bool negative = f->n > 0 && f->p[0] == '-';
	uint64_t v = 0, most = (uint64_t)INT64_MAX + negative;
	size_t i;

	for (i = negative; i < f->n; i++) {
		unsigned digit = (unsigned)(f->p[i] - '0');

		if (digit > 9 || v > (most - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return f->n > (size_t)negative;
}

size_t engine_print_integer(int64_t value, char *out)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	if (value < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(digits + sizeof(digits) - p));
	return (size_t)(digits + sizeof(digits) - p);
}
