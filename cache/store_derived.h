#ifndef SLUICE_CACHE_STORE_DERIVED_H
#define SLUICE_CACHE_STORE_DERIVED_H
/*
 * store_derived -- what is made of a blob or a table and may be made again: a
 * SQLite image, the digests of columns, statistics, what a run recalls.
 *
 * Use        store_derived_put() / store_derived_get(); what is large by a
 *            writer, and opened by descriptor.
 * Shape      DIR/derived/FORM/ab/cdef..., in front of the bytes their SHA-256.
 *            form is a word [a-z0-9-]+ . It may be dropped at any time: who
 *            finds none makes it anew, and nothing that counts names it.
 * Errors     ERROR_NOT_FOUND, also where it is damaged; ERROR_IO.
 * Threads    As store.h says; a writer belongs to one.
 */
#include "cache/store.h"

/* A derived form of (id, form). Reading verifies it. */
int store_derived_put(struct store *st, const struct digest *id,
    const char *form, struct bytes data, struct error *err);
int store_derived_get(struct store *st, const struct digest *id,
    const char *form, struct buf *out, struct error *err);
/* Young again, so that gc leaves it, where it is there. */
void store_derived_keep(struct store *st, const struct digest *id,
    const char *form);

/* A form that is large: written in pieces, and there from the commit on. One
 * that is there already stays; closing without commit leaves nothing. A writer
 * belongs to one thread. */
struct store_form;
int store_form_open(struct store *st, const struct digest *id, const char *form,
    struct store_form **out, struct error *err);
int store_form_add(struct store_form *f, struct bytes data, struct error *err);
int store_form_commit(struct store_form *f, struct error *err);
void store_form_close(struct store_form *f);
void store_form_closep(struct store_form **f);

/* A read-only descriptor of a form whose bytes were just verified; the caller
 * closes it. They are so many, from STORE_FORM_AT of the file on. */
int store_derived_open(struct store *st, const struct digest *id,
    const char *form, int *fd, uint64_t *bytes, struct error *err);

/* Of the files of a form those that were written or kept longest ago go, until
 * the others have at most so many bytes together. */
int store_derived_trim(struct store *st, const char *form, uint64_t most,
    struct error *err);

#endif
