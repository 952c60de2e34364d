/* sealed: see sealed.h. */
#include "cache/sealed.h"

#include <string.h>

#include "cache/base/file.h"
#include "cache/base/mem.h"

enum {
	SEALED_MAX = 64 << 20
};

/* The digest of the object as it is. */
static int digest_object(const json_t *object, struct digest *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = json_print(object, &text, err);

	return rc ? rc : digest_of(buf_bytes(&text), out, err);
}

static int seal(json_t *object, struct buf *text, struct error *err)
{
	struct digest d;
	int rc;

	json_object_del(object, "digest");
	if ((rc = digest_object(object, &d, err)))
		return rc;
	if (json_object_set_new(object, "digest", json_digest(&d)))
		return error_memory(err);
	return json_print(object, text, err);
}

int sealed_write(const char *path, json_t *object, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = seal(object, &text, err);

	return rc ? rc : file_write(path, buf_bytes(&text), 0644, err);
}

int sealed_write_loose(const char *path, json_t *object, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	int rc = seal(object, &text, err);

	return rc ? rc : file_write_loose(path, buf_bytes(&text), 0644, err);
}

static int corrupt(const char *path, const char *why, struct error *err)
{
	return error_set(err, ERROR_CORRUPT, "%s is damaged: %s", path, why);
}

/* Why an object is not what was sealed with that format; NULL: it is. Its seal
 * is taken off. */
static int judge(json_t *object, const char *format, const char **why,
    struct error *err)
{
	struct digest said, found;
	int rc;

	*why = NULL;
	if (!json_is_object(object))
		*why = "not JSON";
	else if (strcmp(json_str_or(object, "format", ""), format) != 0)
		*why = "not of its format";
	else if (json_get_digest(object, "digest", &said, NULL))
		*why = "without its digest";
	if (*why != NULL)
		return 0;
	json_object_del(object, "digest");
	if ((rc = digest_object(object, &found, err)))
		return rc;
	if (!digest_eq(&said, &found))
		*why = "its digest differs";
	return 0;
}

int sealed_read(const char *path, const char *format, json_t **out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	json_auto_t *object = NULL;
	const char *why;
	int rc = file_read(path, SEALED_MAX, &text, err);

	*out = NULL;
	if (rc)
		return rc;
	/* what is damaged goes to quarantine; no memory damages nothing */
	if (json_parse(buf_bytes(&text), &object, NULL) == ERROR_MEMORY)
		return error_memory(err);
	if ((rc = judge(object, format, &why, err)))
		return rc;
	if (why != NULL)
		return corrupt(path, why, err);
	*out = json_incref(object);
	return 0;
}
