#ifndef SLUICE_RUNNER_CMD_RUNNER_RESULT_H
#define SLUICE_RUNNER_CMD_RUNNER_RESULT_H
/*
 * runner_result -- what is behind a run of the runner: its report, its note,
 * production, statuses. All of it follows from the run's commit, and may be
 * done again.
 */
#include "hooks/tips.h"
#include "reports/outbound.h"
#include "reports/report.h"
#include "reports/status.h"
#include "runner/cmd/describe.h"
#include "runner/cmd/runner.h"

/* --- report and note --- */

/* A run that was published, read back. */
struct published {
	struct run_entry entry;
	struct run_record record;
	struct manifest manifest, base; /* base.n 0: none */
	struct manifest fair; /* the base's code on the run's sources; or n 0 */
	bool has_manifest, has_model;
	struct buf report; /* report.md */
	struct report model; /* runner_model() makes it, once */
	struct described described; /* its words, for those who show them */
};
int runner_read_run(struct runner *r, const struct run_entry *entry,
    struct published *out, struct error *err);
void published_clear(struct published *p);

/* What report, note, page and statuses are of: made when it is first asked for,
 * since tables are compared for it. Only of a run that has a manifest; the
 * answer is run's. */
int runner_model(struct runner *r, struct published *run,
    const struct report **out, struct error *err);

/* The report of a run; of a text with errors; of surroundings that failed,
 * which both begin with a headline.h. */
int runner_report(struct runner *r, struct published *run, struct buf *out,
    struct error *err);
int runner_report_errors(const struct pipeline *p, struct buf *out,
    struct error *err);
int runner_report_trouble(const char *message, struct buf *out,
    struct error *err);

/* The few lines of a note. */
int runner_note(struct runner *r, struct published *run, struct outbound *out,
    struct error *err);

/* The page of a run, with what stays in the store otherwise: for readers
 * inside. */
int runner_page(struct runner *r, struct published *run, struct buf *out,
    struct error *err);

/* --- what follows from a run --- */

/* Note, production, page and status of a published run; nothing that is done
 * already is done twice. */
int runner_finish(struct runner *r, const struct run_entry *run,
    struct error *err);

/* Makes the run's tables the served ones, as far as they are well. */
int runner_serve(struct runner *r, const struct published *p,
    struct error *err);

/* --- statuses; without sluice.forge.url they do nothing --- */

/* Queues "pending" for all four contexts, text being the run's; is_again: after
 * final ones. */
int runner_pending(struct runner *r, const struct request *q,
    const struct outbound *text, bool is_again, struct error *err);

/* Queues the final ones of a run with a manifest: of run, tests and data. */
int runner_final(struct runner *r, struct published *run, struct error *err);

/* Queues a state for a commit that has no tables, text being the run's; what
 * merging it would do is told where its tip is looked at (is_tip), else here.
 */
struct untold {
	const char *branch, *commit;
	enum status_state state;
	bool is_tip, is_again;
};
int runner_tell(struct runner *r, const struct untold *of,
    const struct outbound *text, struct error *err);

/* Queues a status of any context, unless it is what was queued last. */
int runner_show(struct runner *r, struct status *s, struct error *err);

/* The address of a commit's report, into s->target_url; "" where none is set.
 */
int runner_report_url(const struct runner *r, const char *commit,
    struct status *s, struct error *err);

/* --- the comment on a branch's pull requests; without sluice.forge.url, with
 * sluice.comment never, and of production they do nothing --- */

/* Queues that of a run; where it has nothing to tell it takes an older one's
 * place alone. */
int runner_comment(struct runner *r, struct published *run, struct error *err);

/* Where the forge shows one: queues that it is out of date, as the request's
 * run has begun; or, where that was queued, as it ended without a result. */
int runner_comment_pending(struct runner *r, const struct request *q,
    bool is_again, struct error *err);
int runner_comment_ended(struct runner *r, const char *branch,
    const char *commit, struct error *err);

/* Where production was rolled back: queues what the forge is to show, unless it
 * was. refs: the thread's own. */
int runner_tell_rollback(struct runner *r, struct refs *refs,
    struct error *err);

/* What merging each branch would run (sluice/promote), as far as its run was
 * told and that was not looked at yet; anew where production has moved. Ends
 * as soon as a request is due. _again: there is news of a run; any thread. */
int runner_promote(struct runner *r, struct error *err);
void runner_promote_again(void);
/* A run of production has begun to compute: what was said of merges is of the
 * base before, and pending until it is looked at anew. */
int runner_promote_moved(struct runner *r, struct error *err);
void runner_promote_clear(struct runner *r);

/* Queues an end for each "pending" of sluice/promote whose commit is none of
 * the tips any more, and that nothing runs for. */
int runner_close_promote(struct runner *r, const struct branch_tips *tips,
    struct error *err);

/* Queues the end of each request that ended without a run (overtaken,
 * cancelled, its commit gone) and was not told yet. db: the thread's own. */
int runner_settle(struct runner *r, struct rundb *db, struct error *err);

/* Queues an end for each "pending" that nothing runs for, because the database
 * was made anew or is older. Only where nothing is left to run. */
int runner_close_open(struct runner *r, struct error *err);

/* Starts sluice-post where something waits; wait: and lets it try once. Any
 * thread may. */
int runner_post(struct runner *r, bool wait, struct error *err);

#endif
