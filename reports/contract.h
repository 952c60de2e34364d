#ifndef SLUICE_REPORTS_CONTRACT_H
#define SLUICE_REPORTS_CONTRACT_H
/*
 * contract -- what a node declares of its table and the table does not say:
 * the key of one whose rows keep their order (@key and @ordered).
 *
 * Use        table_load(st, &n->table, &t, err); contract_key(st, n, &t, err).
 * Source     The preimage of the node's key (docs: formats, "Job and key").
 * Errors     ERROR_CORRUPT where it names no column of the table, ERROR_MEMORY.
 *            Where it is not in the store the table has no key.
 */
#include "cache/manifest.h"
#include "cache/table.h"

/* What the node's key is the digest of: the caller's to free; NULL where it is
 * not in the store, or the node has no key. ERROR_MEMORY. */
int contract_what(struct store *st, const struct manifest_node *n, json_t **out,
    struct error *err);

/* Gives t the key that the node declares, where t is ordered. */
int contract_key(struct store *st, const struct manifest_node *n,
    struct table *t, struct error *err);

#endif
