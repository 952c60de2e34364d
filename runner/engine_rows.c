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

enum {
	SAFE_DIGITS = 18 /* so many never overflow */
};

bool engine_integer(const struct field *f, int64_t *out)
{
	bool negative = f->n > 0 && f->p[0] == '-';
	uint64_t v = 0, most = (uint64_t)INT64_MAX + negative;
	size_t i = negative, safe = i + SAFE_DIGITS;
	unsigned digit;

	for (; i < f->n && i < safe; i++) {
		digit = (unsigned)(f->p[i] - '0');
		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	for (; i < f->n; i++) {
		digit = (unsigned)(f->p[i] - '0');
		if (digit > 9 || v > (most - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return f->n > (size_t)negative;
}

/* Two digits at a time: to divide is what takes long. */
size_t engine_print_integer(int64_t value, char *out)
{
	static const char pairs[] = "00010203040506070809"
	                            "10111213141516171819"
	                            "20212223242526272829"
	                            "30313233343536373839"
	                            "40414243444546474849"
	                            "50515253545556575859"
	                            "60616263646566676869"
	                            "70717273747576777879"
	                            "80818283848586878889"
	                            "90919293949596979899";
	char digits[24], *end = digits + sizeof(digits), *p = end;
	uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	for (; v >= 100; v /= 100) {
		p -= 2;
		memcpy(p, pairs + 2 * (v % 100), 2);
	}
	if (v >= 10) {
		p -= 2;
		memcpy(p, pairs + 2 * v, 2);
	} else {
		*--p = (char)('0' + v);
	}
	if (value < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(end - p));
	return (size_t)(end - p);
}
