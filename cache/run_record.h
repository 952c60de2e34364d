#ifndef SLUICE_CACHE_RUN_RECORD_H
#define SLUICE_CACHE_RUN_RECORD_H
/*
 * run_record -- run.json (sluice-run/1): how a manifest came to be this time.
 * Not in the manifest, never compared.
 *
 *   {"nodes":{PATH:{"by","cause","ms","status","twice"}},"tests":{NAME:{...}},
 *    "manifest":...,"base_manifest":...,"started":MS,"ended":MS,"run","commit",
 *    "base","branch","host","user","sandbox","profile","reason",
 *    "fair_manifest","not_fair"}
 *
 * tests: where there are any; NAME is "NODE: TEST", as progress shows it.
 * Members of a later version are kept in `extra` and printed again.
 */
#include "cache/base/digest.h"
#include "cache/base/json.h"

/* A node, or a test, of a run. */
struct run_node {
	char *path;
	char status[12]; /* computed reused failed blocked */
	char twice[12]; /* its second execution: equal differs failed unknown;
	                   "": there was none */
	int64_t ms;
	char *cause; /* "code", "input ./Patient" ...: why it was computed */
	char *by; /* the run that made what is reused, or NULL */
	json_t *extra;
};

struct run_record {
	char run[41]; /* the run's name: commit, or "" at a desk */
	char commit[41]; /* "" of a work tree */
	char base[41]; /* the commit compared with, or "" */
	char branch[256];
	struct digest manifest;
	struct digest base_manifest; /* null where there is none */
	/* Where the base's run had other sources: its code on this run's, made
	 * for the comparison alone; or why it could not be made. */
	struct digest fair_manifest;
	char not_fair[256];
	int64_t started, ended; /* ms since 1970 */
	char host[64], user[128];
	char sandbox[64]; /* "namespaces", "bubblewrap", "none" */
	char profile[DIGEST_HEX + 1]; /* digest of what held the code (`sluice
	                                 job --sandbox`); "" of old records */
	char reason[256]; /* of a retry, else "" */
	struct run_node *nodes; /* sorted by path */
	size_t n, cap;
	struct run_node *tests; /* likewise; path is "NODE: TEST" */
	size_t n_tests, cap_tests;
	json_t *extra;
};

/* Frees what it owns; empty and usable again. */
void run_record_clear(struct run_record *r);

/* A zeroed node of that path behind the others, or a test; NULL without
 * memory. */
struct run_node *run_record_add(struct run_record *r, const char *path);
struct run_node *run_record_add_test(struct run_record *r, const char *path);

/* As manifest_print() and manifest_parse(). */
int run_record_print(const struct run_record *r, struct buf *out,
    struct error *err);
int run_record_parse(struct bytes text, struct run_record *out,
    struct error *err);

#endif
