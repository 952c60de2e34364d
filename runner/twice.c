/* twice: see twice.h. */
#include "runner/twice.h"

#include <stdlib.h>
#include <string.h>

int twice_parse(const char *text, double *share, struct error *err)
{
	char *end;
	double v = strtod(text, &end);
	bool is_percent;

	end += strspn(end, " ");
	is_percent = *end == '%';
	end += is_percent;
	if (is_percent)
		v /= 100;
	if (strchr("0123456789.", *text) == NULL || *text == '\0' ||
	    *end != '\0' || !(v >= 0 && v <= 1))
		return error_set(err, ERROR_USAGE,
		    "git config sluice.verifyShare is '%.40s'; it is a share "
		    "of the executions, from 0 to 1 or in percent: 0.05, 5%%",
		    text);
	*share = v;
	return 0;
}

bool twice_is_chosen(const struct digest *key, double share)
{
	uint64_t n = 0;
	size_t i;

	/* the first 53 bits, which a double holds exactly */
	for (i = 0; i < 8; i++)
		n = n << 8 | key->bytes[i];
	return (double)(n >> 11) < share * 9007199254740992.0;
}

int twice_promote(struct store *st, const struct digest *key,
    const struct digest *table, struct error *err)
{
	struct result r;

	if (result_get(st, key, TIER_LOCAL, &r, NULL) || r.state != RESULT_OK ||
	    !digest_eq(&r.table, table) || r.unstable)
		return 0;
	r.tier = TIER_VERIFIED;
	return result_put(st, &r, NULL, err);
}

/* What came of the second execution, beside the first. */
static const char *compare(const struct result *first,
    const struct result *second)
{
	if (second->state == RESULT_OK)
		return digest_eq(&first->table, &second->table) ? "equal"
		                                                : "differs";
	return second->failure >= FAILURE_SQL &&
	        second->failure <= FAILURE_OUTPUT
	    ? "failed"
	    : "unknown";
}

int twice_execute(const struct execute_request *rq, struct plan_job *pj,
    struct result *result, const char **word, struct error *err)
{
	CLEANUP(table_clear) struct table table = { 0 };
	struct store *st = rq->plan->store;
	struct result second, known;
	int rc = execute_varied(rq, pj, &second, &table, err);

	if (rc)
		return rc;
	*word = compare(result, &second);
	if (strcmp(*word, "equal") == 0)
		return twice_promote(st, &result->key, &result->table, err);
	if (result_get(st, &result->key, rq->plan->inputs.least, &known,
	        NULL) == 0)
		*result = known;
	return 0;
}
