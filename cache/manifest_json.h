#ifndef SLUICE_CACHE_MANIFEST_JSON_H
#define SLUICE_CACHE_MANIFEST_JSON_H
/*
 * manifest_json -- for manifest_text.c: a manifest's parts as members of a JSON
 * object, all but their extra. ERROR_MEMORY, also for what is not UTF-8.
 */
#include "cache/manifest.h"

#define MANIFEST_FORMAT "sluice-manifest/1"

/* The members beside nodes. */
int manifest_json_head(const struct manifest *m, json_t *doc,
    struct error *err);

/* Those of a node. */
int manifest_json_node(const struct manifest_node *n, json_t *o,
    struct error *err);

#endif
