#ifndef SLUICE_RUNNER_PROTOCOL_H
#define SLUICE_RUNNER_PROTOCOL_H
/*
 * protocol -- between the dispatcher and a worker: one JSON request and its
 * descriptors one way, one JSON reply back, over a SOCK_SEQPACKET socket pair.
 *
 * The worker has its socket on descriptor 3 and nothing else of the
 * dispatcher's. It answers requests one after another until end of file.
 *
 * Request    {"op":"run"|"columns"|"probe",
 *             "engine":"sqlite"|"duckdb"|"command",
 *             "body":TEXT, "body_line":N, "file":"Patient.sql",
 *             "run":COMMAND, "probe":COMMAND,          (command alone)
 *             "inputs":[{"name":"p","columns":[{"name","type","as"}...],
 *                        "read":["id"],            (where known; "run")
 *                        "ordered":false, "rows":3,
 *                        "image":true, (SQLite: the one part is an image
 *                                  of what is read: images.h)
 *                        "parts":[{"bytes":81,"rows":3}...]}...],
 *             "checked":true,           ("columns" gave the "read" of all)
 *             "gives":true,             ("columns": and what comes out)
 *             "helpers":[{"name":"lib.py","bytes":10}...],
 *             "format":{"null":"NA",...},       (of the command's files)
 *             "date":"2026-11-20", "seed":"<64 digits>", "threads":1,
 *             "timeout_ms":N, "memory_bytes":N,
 *             "directory":PATH,  (command: its own empty job directory)
 *             "sandbox":"namespaces"|"bubblewrap"|"none",
 *             "library":PATH,    (duckdb: where it is, if that is said)
 *             "spill":PATH,      (duckdb: where it may make a directory)
 *             "stir":true,       (duckdb: inputs backwards, but for
 *                                ordered ones: see struct plan_stir)
 *             "early":true,      (SQL: rows are taken while they are written)
 *             "vary":true}       (in other surroundings: see vary.h; DuckDB,
 *                                where it has threads, has one more)
 * Descriptors, in this order: log (written), output (written; SQL), then
 *            every part of every input, then every helper, all read only.
 *            "columns" and "probe" take no parts; "columns" has inputs'
 *            columns and rows only.
 * Reply      {"status":"ok"|"failed",
 *             "failure":CLASS,"message":TEXT,"exit":N,"line":N,"col":N,
 *             "columns":[{"name","type","as"}...],     ("run", SQL)
 *             "rows":N, "clock":true|false,
 *             "from":N,           (where in the output they begin, if not 0)
 *             "read":{"p":["id","name"],...},          ("columns")
 *             "gives":[{"name","type","as"}...], "star":true|false,
 *                (where asked for: what comes out; type "": not known; star:
 *                others may where the inputs have others; of DuckDB alone
 *                where a pattern of their names takes them)
 *             "version":TEXT,                          ("probe")
 *             "memory_bytes":N, "sandbox":TEXT}
 *            CLASS is a failure_name() of cache/result.h. line and col are in
 *            the file the user wrote (body_line was added).
 * Output     SQL engines write CSV records without header in the canonical text
 *            of each value (cache/type.h), in the order produced, NULL as the
 *            unquoted empty field; of a job that failed, perhaps some. A
 *            command leaves DIRECTORY/out.csv and perhaps
 *            DIRECTORY/out.schema.json: the control side collects.
 *
 * Early      Before the reply may come any number of {"early":BYTES,
 *            "columns":[...]}: so many bytes of the output are whole rows, and
 *            will not change. The columns' types are the reply's, or else, and
 *            where it has a "from", what was taken early is of no use.
 *
 * On the wire: packets that begin with a 4-byte kind; 'F' carries up to 250
 * descriptors. The last packet of a message carries the rest of them and the
 * JSON: 'T' behind its kind, 'J', where it is long, in a memfd before them.
 */
#include "cache/base/json.h"

/* Sends a request and its descriptors (they stay the caller's). */
int protocol_send(int sock, const json_t *request, const int *fds, size_t n,
    struct error *err);

/* Receives a request: *request is the caller's, *fds (mem_free) and the
 * descriptors in it too. ERROR_NOT_FOUND at end of file. */
int protocol_receive(int sock, json_t **request, int **fds, size_t *n,
    struct error *err);

/* A reply has no descriptors. Waits for one at most timeout_ms (-1: without
 * end), ERROR_TIMEOUT; ERROR_REMOTE where the worker died. */
int protocol_reply(int sock, const json_t *reply, struct error *err);
int protocol_wait_reply(int sock, int64_t timeout_ms, json_t **reply,
    struct error *err);

/* A message before the reply that may be lost: nothing is sent where the other
 * end has not yet read many of those before, so that nobody waits for it. */
int protocol_tell(int sock, const json_t *message, struct error *err);

#endif
