/* quiet: a report without what of it are values (report.h). */
#include <string.h>

#include "cache/base/mem.h"
#include "reports/report.h"

static int copy_values(const struct diff_values *from, struct diff_values **out,
    struct error *err)
{
	if (from == NULL)
		return 0;
	*out = mem_alloc(sizeof(**out));
	if (*out == NULL)
		return error_memory(err);
	**out = *from;
	return 0;
}

static int copy_columns(const struct diff *from, struct diff *out,
    struct error *err)
{
	size_t i;
	int rc = 0;

	out->columns = mem_array(from->n_columns, sizeof(*out->columns));
	if (out->columns == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < from->n_columns; i++) {
		const struct diff_column *c = &from->columns[i];

		out->columns[i] = *c;
		out->columns[i].values_before = NULL;
		out->columns[i].values_after = NULL;
		rc = copy_values(c->values_before,
		    &out->columns[i].values_before, err);
		if (rc == 0)
			rc = copy_values(c->values_after,
			    &out->columns[i].values_after, err);
	}
	return rc;
}

static int copy_tables(const struct report *r, struct report *out,
    struct error *err)
{
	size_t i;
	int rc = 0;

	out->tables = mem_array(r->n_tables, sizeof(*out->tables));
	if (out->tables == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < r->n_tables; i++) {
		out->tables[i] = r->tables[i];
		rc =
		    copy_columns(&r->tables[i].diff, &out->tables[i].diff, err);
		if (rc == 0)
			diff_quiet(&out->tables[i].diff);
	}
	return rc;
}

static int copy_failures(const struct report *r, struct report *out,
    struct error *err)
{
	size_t i;

	out->failures = mem_array(r->n_failures, sizeof(*out->failures));
	out->tests.failed =
	    mem_array(r->tests.n_failed, sizeof(*out->tests.failed));
	if (out->failures == NULL || out->tests.failed == NULL)
		return error_memory(err);
	for (i = 0; i < r->n_failures; i++) {
		out->failures[i].node = r->failures[i].node;
		out->failures[i].n_blocked = r->failures[i].n_blocked;
	}
	for (i = 0; i < r->tests.n_failed; i++) {
		out->tests.failed[i] = r->tests.failed[i];
		out->tests.failed[i].message = NULL;
	}
	return 0;
}

void report_move_remark(struct report_remark *m, const struct report *from,
    const struct report *to)
{
	const struct report_table *was = m->table;

	if (was == NULL)
		return;
	m->table = &to->tables[was - from->tables];
	if (m->column != NULL)
		m->column =
		    &m->table->diff.columns[m->column - was->diff.columns];
}

static int copy_remarks(const struct report *r, struct report *out,
    struct error *err)
{
	size_t i;

	out->remarks = mem_array(r->n_remarks, sizeof(*out->remarks));
	if (out->remarks == NULL)
		return error_memory(err);
	for (i = 0; i < r->n_remarks; i++) {
		out->remarks[i] = r->remarks[i];
		report_move_remark(&out->remarks[i], r, out);
	}
	return 0;
}

int report_quiet(const struct report *r, struct report *out, struct error *err)
{
	int rc;

	*out = *r;
	out->is_quiet = true;
	out->tables = NULL;
	out->remarks = NULL;
	if ((rc = copy_failures(r, out, err)) ||
	    (rc = copy_tables(r, out, err)))
		return rc;
	return copy_remarks(r, out, err);
}

void report_quiet_clear(struct report *quiet)
{
	size_t i, k;

	for (i = 0; quiet->tables != NULL && i < quiet->n_tables; i++) {
		struct diff *d = &quiet->tables[i].diff;

		for (k = 0; d->columns != NULL && k < d->n_columns; k++) {
			mem_free(d->columns[k].values_before);
			mem_free(d->columns[k].values_after);
		}
		mem_free(d->columns);
	}
	mem_free(quiet->tables);
	mem_free(quiet->remarks);
	mem_free(quiet->failures);
	mem_free(quiet->tests.failed);
}
