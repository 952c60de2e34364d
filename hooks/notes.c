/* notes: see notes.h. */
#include "hooks/notes.h"

#include <string.h>
#include <unistd.h>

#include "cache/base/clock.h"
#include "cache/base/mem.h"
#include "hooks/git.h"

enum {
	TRIES = 5000
};

/* The commit the notes are at: 1 and *out, 0 where there is none yet. */
static int find_notes(struct refs *r, git_commit **out, struct error *err)
{
	git_oid id;
	int rc = git_reference_name_to_id(&id, r->repo, NOTES_REF);

	if (rc == GIT_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = git_commit_lookup(out, r->repo, &id);
	return rc < 0 ? git_fail(rc, NOTES_REF, err) : 1;
}

static bool has_note(struct refs *r, git_commit *notes, const git_oid *target,
    const char *text)
{
	git_note *note = NULL;
	bool same = notes != NULL &&
	    git_note_commit_read(&note, r->repo, notes, target) == 0 &&
	    strcmp(git_note_message(note), text) == 0;

	git_note_free(note);
	return same;
}

/* One try: 1 where the note is there, 0 where somebody was faster. */
static int try_set(struct refs *r, const git_oid *target,
    const git_signature *author, const char *text, struct error *err)
{
	struct error moved = { 0 };
	git_commit *notes = NULL;
	git_oid id, blob;
	int rc = find_notes(r, &notes, err);

	if (rc < 0)
		return rc;
	if (has_note(r, notes, target, text)) {
		git_commit_free(notes);
		return 1;
	}
	rc = git_note_commit_create(&id, &blob, r->repo, notes, author, author,
	    target, text, 1);
	if (rc < 0)
		rc = git_fail(rc, NOTES_REF, err);
	else
		rc = git_move_ref(r, NOTES_REF, &id,
		    notes ? git_commit_id(notes) : NULL, &moved);
	git_commit_free(notes);
	if (rc != 0 && rc != ERROR_BUSY)
		return error_set(err, rc, "%s", moved.msg);
	/* Moved: the next try sees the note, or that a plain `git notes` has
	 * lost it again. */
	return 0;
}

int notes_set(struct refs *r, const char *commit, const struct outbound *text,
    struct error *err)
{
	git_signature *author = NULL;
	git_oid target;
	int rc = git_id(commit, &target, err), i;

	if (rc || (rc = outbound_check(text, err)) ||
	    (rc = git_author(&author, err)))
		return rc;
	for (i = 0; i < TRIES && rc == 0; i++) {
		rc = try_set(r, &target, author, outbound_bytes(text).p, err);
		/* Unequal pauses, so that two writers do not keep step. */
		if (rc == 0 && i > 0)
			clock_sleep(1 + (getpid() * 7 + i * 13) % 4);
	}
	git_signature_free(author);
	if (rc == 0)
		return error_set(err, ERROR_BUSY, "%s: others kept moving it",
		    NOTES_REF);
	return rc > 0 ? 0 : rc;
}

int notes_get(struct refs *r, const char *commit, struct buf *out,
    struct error *err)
{
	git_note *note = NULL;
	git_oid target;
	int rc = git_id(commit, &target, err);

	if (rc)
		return rc;
	rc = git_note_read(&note, r->repo, NOTES_REF, &target);
	if (rc < 0)
		return git_fail(rc, NOTES_REF, err);
	buf_add_str(out, git_note_message(note));
	git_note_free(note);
	return buf_check(out, err);
}
