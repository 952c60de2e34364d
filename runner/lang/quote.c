/* quote: values as languages write them; see template.h. */
#include <string.h>

#include "cache/base/mem.h"
#include "cache/base/text.h"
#include "runner/lang/scan.h"
#include "runner/lang/template.h"

static const char *const type_names[PARAMETER_TYPES] = { "text", "int",
	"number", "date", "ident", "list" };

const char *parameter_type_name(enum parameter_type type)
{
	return type_names[type];
}

int parameter_type_find(const char *word)
{
	int i;

	for (i = 0; i < PARAMETER_TYPES; i++)
		if (strcmp(type_names[i], word) == 0)
			return i;
	return -1;
}

int language_find(const char *word)
{
	static const char *const names[] = { "sql", "python", "r", "shell" };
	int i;

	for (i = 0; i < (int)ARRAY_LEN(names); i++)
		if (strcmp(names[i], word) == 0)
			return LANGUAGE_SQL + i;
	return -1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of an integer without needless zeros at s, or 0. */
static size_t integer(const char *s)
{
	size_t i = s[0] == '-';

	if (!is_digit(s[i]))
		return 0;
	if (s[i] == '0')
		return i + 1;
	while (is_digit(s[i]))
		i++;
	return i;
}

static bool is_number(const char *s)
{
	size_t i = integer(s), start;

	if (i == 0)
		return false;
	if (s[i] == '.') {
		for (start = ++i; is_digit(s[i]); i++)
			;
		if (i == start)
			return false;
	}
	if (s[i] == 'e' || s[i] == 'E') {
		i++;
		i += s[i] == '-' || s[i] == '+';
		for (start = i; is_digit(s[i]); i++)
			;
		if (i == start)
			return false;
	}
	return s[i] == '\0';
}

static bool is_date(const char *s)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int year, month, day, i;

	for (i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : !is_digit(s[i]))
			return false;
	if (s[10] != '\0')
		return false;
	year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 +
	    (s[3] - '0');
	month = (s[5] - '0') * 10 + (s[6] - '0');
	day = (s[8] - '0') * 10 + (s[9] - '0');
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	return month != 2 || day < 29 ||
	    (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

const char *parameter_check(const char *text, enum parameter_type type)
{
	size_t n = strlen(text);

	if (text_utf8_error(bytes_of(text)) != n)
		return "is not UTF-8";
	switch (type) {
	case PARAMETER_INT:
		if (integer(text) != n || n == 0)
			return "is not an int (digits, without zeros before "
			       "them)";
		break;
	case PARAMETER_NUMBER:
		if (!is_number(text))
			return "is not a number";
		break;
	case PARAMETER_DATE:
		if (!is_date(text))
			return "is not a date (like 2026-11-20)";
		break;
	case PARAMETER_IDENT:
		if (n == 0)
			return "is empty, which is no name";
		break;
	default:
		break;
	}
	return NULL;
}

static void add_doubled(struct buf *out, const char *s, char quote)
{
	buf_add_char(out, quote);
	for (; *s != '\0'; s++) {
		if (*s == quote)
			buf_add_char(out, quote);
		buf_add_char(out, *s);
	}
	buf_add_char(out, quote);
}

static void add_escaped(struct buf *out, const char *s)
{
	buf_add_char(out, '\'');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\'' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add_char(out, *s);
	}
	buf_add_char(out, '\'');
}

static void add_shell(struct buf *out, const char *s)
{
	buf_add_char(out, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *s);
	buf_add_char(out, '\'');
}

static void add_text(struct buf *out, const char *s, enum language language)
{
	if (language == LANGUAGE_SQL)
		add_doubled(out, s, '\'');
	else if (language == LANGUAGE_SHELL)
		add_shell(out, s);
	else
		add_escaped(out, s);
}

static const char *add_ident(struct buf *out, const char *s,
    enum language language)
{
	size_t i;

	if (language == LANGUAGE_SQL) {
		add_doubled(out, s, '"');
		return NULL;
	}
	for (i = 0; s[i] != '\0'; i++) {
		char c = s[i];

		if (!(c == '_' || (c >= 'a' && c <= 'z') ||
		        (c >= 'A' && c <= 'Z') || (i > 0 && is_digit(c))))
			return "is not a name in this language (letters, "
			       "digits, _)";
	}
	buf_add_str(out, s);
	return NULL;
}

static const char *add_list(struct buf *out, const char *s,
    enum language language)
{
	static const struct {
		const char *open, *between, *close;
	} forms[] = {
		[LANGUAGE_SQL] = { "(", ", ", ")" },
		[LANGUAGE_PYTHON] = { "[", ", ", "]" },
		[LANGUAGE_R] = { "c(", ", ", ")" },
		[LANGUAGE_SHELL] = { "", " ", "" },
	};
	struct arena a = { 0 };
	struct directive_arg *items;
	const char *why;
	size_t n, i;

	if (scan_list(&a, s, 1, &items, &n, &why, NULL)) {
		out->failed = true;
		arena_clear(&a);
		return NULL;
	}
	if (why == NULL && n == 0 && language == LANGUAGE_SQL)
		why = "is an empty list, which SQL has not";
	buf_add_str(out, why ? "" : forms[language].open);
	for (i = 0; why == NULL && i < n; i++) {
		buf_add_str(out, i ? forms[language].between : "");
		add_text(out, items[i].text, language);
	}
	buf_add_str(out, why ? "" : forms[language].close);
	arena_clear(&a);
	return why;
}

const char *template_quote(struct buf *out, const struct template_value *value,
    enum language language)
{
	const char *why = parameter_check(value->text, value->type);

	if (why != NULL)
		return why;
	if (language == LANGUAGE_NONE || language == LANGUAGE_ARGUMENT) {
		buf_add_str(out, value->text);
		return NULL;
	}
	switch (value->type) {
	case PARAMETER_INT:
	case PARAMETER_NUMBER:
		/* x-{{n}} must not become a comment: x--5 */
		if (value->text[0] == '-' && language != LANGUAGE_SHELL)
			buf_printf(out, "(%s)", value->text);
		else
			buf_add_str(out, value->text);
		return NULL;
	case PARAMETER_IDENT:
		return add_ident(out, value->text, language);
	case PARAMETER_LIST:
		return add_list(out, value->text, language);
	default:
		add_text(out, value->text, language);
		return NULL;
	}
}
