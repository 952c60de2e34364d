#ifndef SLUICE_RUNNER_CMD_TESTED_H
#define SLUICE_RUNNER_CMD_TESTED_H
/*
 * tested -- what tests said, as `run` and `test` print it.
 */
#include "reports/tests.h"
#include "runner/cmd/cmd.h"

/* A line for each test that does not hold, to stdout:
 * "failed ClinicA/Patient: ClinicA/Patient.sql:4: not_null(id): 3 rows offend",
 * with the message of one that could not be computed. ERROR_MEMORY: from some
 * line on there is none. */
int tested_print_failed(const struct report_tests *t, struct error *err);

/* The same of one, whatever it says; message may be NULL. */
int tested_print_one(const struct manifest_node *n,
    const struct manifest_test *t, const char *message, struct error *err);

/* All tests of a run: [{"node","test","at","verdict","blocks","rows","key",
 * "table","message"}]; rows and what is behind it null where there is none. */
json_t *tested_json(const struct manifest *m, const struct report_tests *t);

#endif
