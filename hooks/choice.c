/* choice: see choice.h. */
#include "hooks/choice.h"

#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"

int choice_read(const char *key, const char *value, const char *const *words,
    size_t *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf list = { 0 }, shown = { 0 };
	size_t i;
	int rc;

	*out = 0;
	for (i = 0; words[i] != NULL; i++) {
		if (value == NULL || strcmp(value, words[i]) == 0) {
			*out = i;
			return 0;
		}
		buf_printf(&list, "%s%s",
		    i == 0             ? ""
		        : words[i + 1] ? ", "
		                       : " or ",
		    words[i]);
	}
	text_add_visible(&shown,
	    (struct bytes){ value, text_cut(bytes_of(value), 64) });
	if ((rc = buf_check(&list, err)) || (rc = buf_check(&shown, err)))
		return rc;
	return error_set(err, ERROR_USAGE, "git config %s is '%s'; it is %s",
	    key, buf_bytes(&shown).p, list.p);
}
