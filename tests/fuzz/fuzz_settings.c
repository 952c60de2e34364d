/* settings: values of git config may be anything. One that is taken is in its
 * range, and of words it is one of them; one that is not is told, in words that
 * a terminal can show. Each input is tried as the value of every key. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cache/base/mem.h"
#include "hooks/choice.h"
#include "hooks/install.h"
#include "reports/forge_http.h"
#include "runner/sandbox.h"
#include "runner/twice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool it)
{
	if (!it)
		abort();
}

static void check_words(const char *value)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	struct error err = { 0 };
	enum sandbox_way way;
	size_t i = 0;

	if (choice_read("sluice.comment", value, words, &i, &err) == 0)
		expect(strcmp(words[i], value) == 0);
	else
		expect(strpbrk(err.msg, "\n\r\033") == NULL);
	if (sandbox_way_of(value, &way))
		expect(strcmp(sandbox_way_name(way), value) == 0);
	(void)install_is_shared(value);
}

static void check_share(const char *value)
{
	struct error err = { 0 };
	double share = -1;

	if (twice_parse(value, &share, &err) == 0)
		expect(share >= 0 && share <= 1);
	else
		expect(err.msg[0] != '\0');
}

static void check_forge(const char *value)
{
	const struct forge_type *type = NULL;
	struct forge_settings s = { .url = value, .agent = "fuzz" };
	CLEANUP(forge_closep) struct forge *f = NULL;
	struct error err = { 0 };

	if (forge_type_find(value, &type, &err) == 0)
		expect(type != NULL);
	else
		expect(err.msg[0] != '\0');
	if (forge_open(&s, &f, &err) == 0)
		expect(strncasecmp(value, "http", 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_begun;
	CLEANUP(mem_freep)
	char *value = mem_strndup((const char *)data, size);

	if (!is_begun && forge_http_init(NULL))
		abort();
	is_begun = true;
	expect(value != NULL);
	check_words(value);
	check_share(value);
	check_forge(value);
	return 0;
}
