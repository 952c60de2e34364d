/* manifest, run record, snapshot: what git refs and a store hold may have been
 * written by anybody. What parses prints, and that text is a fixed point: it
 * parses to what prints the same. */
#include <stdint.h>
#include <stdlib.h>

#include "cache/base/mem.h"
#include "cache/manifest.h"
#include "cache/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_manifest(struct bytes text, bool is_ours)
{
	CLEANUP(manifest_clear) struct manifest m = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };

	if (manifest_parse(text, &m, NULL)) {
		if (is_ours)
			abort();
		return;
	}
	if (manifest_print(&m, &out, NULL))
		abort();
	if (is_ours && !bytes_eq(buf_bytes(&out), text))
		abort();
	if (!is_ours)
		try_manifest(buf_bytes(&out), true);
}

static void try_record(struct bytes text, bool is_ours)
{
	CLEANUP(run_record_clear) struct run_record r = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };

	if (run_record_parse(text, &r, NULL)) {
		if (is_ours)
			abort();
		return;
	}
	if (run_record_print(&r, &out, NULL))
		abort();
	if (is_ours && !bytes_eq(buf_bytes(&out), text))
		abort();
	if (!is_ours)
		try_record(buf_bytes(&out), true);
}

static void try_snapshot(struct bytes text, bool is_ours)
{
	CLEANUP(snapshot_clear) struct snapshot s = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };

	if (snapshot_parse(text, &s, NULL)) {
		if (is_ours)
			abort();
		return;
	}
	if (snapshot_print(&s, &out, NULL))
		abort();
	if (is_ours && !bytes_eq(buf_bytes(&out), text))
		abort();
	if (!is_ours)
		try_snapshot(buf_bytes(&out), true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };

	try_manifest(text, false);
	try_record(text, false);
	try_snapshot(text, false);
	return 0;
}
