/* index: see index.h. Here: the image, how it is laid out, read and asked. */
#include "runner/lang/index.h"

#include <string.h>

#include "runner/lang/index_impl.h"

/* A piece of an image, laid out behind *at; of none (base NULL) only the size
 * counts. */
static void *take(char *base, size_t *at, size_t n, size_t size)
{
	void *p = base ? base + *at : NULL;

	*at += (n * size + 7) & ~(size_t)7;
	return p;
}

/* Sets the pointers of x for an image of these counts; its size. */
static size_t lay_out(struct index *x, const struct index_head *h, char *base)
{
	size_t at = 0;

	x->head = take(base, &at, 1, sizeof(*h));
	x->nodes = take(base, &at, h->n + (size_t)1, sizeof(*x->nodes));
	x->rest = take(base, &at, h->n, sizeof(*x->rest));
	x->texts = take(base, &at, h->n, sizeof(*x->texts));
	x->recipes = take(base, &at, h->n, sizeof(*x->recipes));
	x->order = take(base, &at, h->n, sizeof(*x->order));
	x->inputs = take(base, &at, h->n_edges, sizeof(*x->inputs));
	x->readers = take(base, &at, h->n_edges, sizeof(*x->readers));
	x->files = take(base, &at, h->n_files + (size_t)1, sizeof(*x->files));
	x->text_nodes = take(base, &at, h->n_texts, sizeof(*x->text_nodes));
	x->help_nodes = take(base, &at, h->n_helps, sizeof(*x->help_nodes));
	x->helpers = take(base, &at, h->n_helpers, sizeof(*x->helpers));
	x->parameters =
	    take(base, &at, h->n_parameters, sizeof(*x->parameters));
	x->patterns = take(base, &at, h->n_patterns, sizeof(*x->patterns));
	x->warned = take(base, &at, h->n_warned, sizeof(*x->warned));
	x->slots = take(base, &at, h->n_slots, sizeof(*x->slots));
	x->text = take(base, &at, h->n_text, 1);
	return at;
}

struct index *index_new(const struct index_head *counts)
{
	struct index *x = mem_alloc(sizeof(*x));
	char *image;

	if (x == NULL)
		return NULL;
	x->size = lay_out(x, counts, NULL);
	image = mem_alloc(x->size);
	if (image == NULL) {
		mem_free(x);
		return NULL;
	}
	lay_out(x, counts, image);
	*x->head = *counts;
	return x;
}

void index_free(struct index *x)
{
	if (x != NULL)
		mem_free(x->head);
	mem_free(x);
}

void index_freep(struct index **x)
{
	index_free(*x);
	*x = NULL;
}

struct bytes index_image(const struct index *x)
{
	return (struct bytes){ (const char *)x->head, x->size };
}

/* --- reading --- */

static bool are_below(const uint32_t *list, size_t n, size_t limit)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] >= limit)
			return false;
	return true;
}

/* Lists of nodes begin where the one before ends, from 0 to all of them. */
static bool are_nodes_sound(const struct index *x)
{
	const struct index_head *h = x->head;
	const struct index_node *n = x->nodes, *last = &n[h->n];
	size_t i;

	if (last->first_input != h->n_edges ||
	    last->first_reader != h->n_edges ||
	    last->first_helper != h->n_helpers ||
	    last->first_parameter != h->n_parameters)
		return false;
	for (i = 0; i < h->n; i++, n++)
		if (n->path >= h->n_text || n->file >= h->n_files ||
		    n->rank >= h->n || n->kind > NODE_SOURCE ||
		    n->language < LANGUAGE_NONE ||
		    n->language > LANGUAGE_SHELL || x->order[n->rank] != i ||
		    n[1].first_input < n->first_input ||
		    n[1].first_reader < n->first_reader ||
		    n[1].first_helper < n->first_helper ||
		    n[1].first_parameter < n->first_parameter)
			return false;
	return true;
}

/* Inputs come before their readers. */
static bool are_edges_sound(const struct index *x)
{
	const struct index_head *h = x->head;
	uint32_t i, k;

	if (!are_below(x->inputs, h->n_edges, h->n) ||
	    !are_below(x->readers, h->n_edges, h->n))
		return false;
	for (i = 0; i < h->n; i++) {
		const struct index_node *n = &x->nodes[i];

		for (k = n[0].first_input; k < n[1].first_input; k++)
			if (x->nodes[x->inputs[k]].rank >= n->rank)
				return false;
		for (k = n[0].first_reader; k < n[1].first_reader; k++)
			if (x->nodes[x->readers[k]].rank <= n->rank)
				return false;
	}
	return true;
}

/* A node whose text a file is says so, too. */
static bool are_texts_sound(const struct index *x)
{
	uint32_t i, k;

	for (i = 0; i < x->head->n_files; i++)
		for (k = x->files[i].first_text; k < x->files[i + 1].first_text;
		     k++)
			if (x->text_nodes[k] >= x->head->n ||
			    x->nodes[x->text_nodes[k]].file != i)
				return false;
	return true;
}

static bool are_files_sound(const struct index *x)
{
	const struct index_head *h = x->head;
	const struct index_file *f = x->files, *last = &f[h->n_files];
	size_t i;

	if (last->first_text != h->n_texts || last->first_help != h->n_helps)
		return false;
	for (i = 0; i < h->n_files; i++, f++)
		if (f->path >= h->n_text || f[1].first_text < f->first_text ||
		    f[1].first_help < f->first_help)
			return false;
	for (i = 0; i < h->n_helpers; i++)
		if (x->helpers[i].file >= h->n_files)
			return false;
	for (i = 0; i < h->n_parameters; i++)
		if (x->parameters[i].name >= h->n_text ||
		    x->parameters[i].value >= h->n_text ||
		    x->parameters[i].type >= PARAMETER_TYPES)
			return false;
	return true;
}

/* At most half full when it is made: there is always a free place. */
static bool are_slots_sound(const struct index *x)
{
	const struct index_head *h = x->head;
	size_t i, used = 0;

	for (i = 0; i < h->n_slots; i++)
		used += x->slots[i] != 0;
	return h->n_slots >= 8 && (h->n_slots & (h->n_slots - 1)) == 0 &&
	    h->n_slots / 2 >= h->n && used == h->n_used && used < h->n_slots &&
	    are_below(x->slots, h->n_slots, (size_t)h->n + 1);
}

static bool is_sound(const struct index *x)
{
	const struct index_head *h = x->head;

	return h->n_text > 0 && x->text[h->n_text - 1] == '\0' &&
	    h->maker < h->n_text && h->root < h->n_text &&
	    h->warnings < h->n_text && h->commit[GIT_ID_HEX] == '\0' &&
	    h->tree[GIT_ID_HEX] == '\0' &&
	    h->date[sizeof(h->date) - 1] == '\0' && are_nodes_sound(x) &&
	    are_edges_sound(x) && are_files_sound(x) && are_slots_sound(x) &&
	    are_texts_sound(x) && are_below(x->help_nodes, h->n_helps, h->n) &&
	    are_below(x->patterns, h->n_patterns, h->n_text) &&
	    are_below(x->warned, h->n_warned, h->n_text);
}

/* Whether the head is ours, and its counts are of an image of that size. */
static bool is_head(const struct index_head *h, size_t size)
{
	struct index x;

	return memcmp(h->format, INDEX_FORMAT, sizeof(INDEX_FORMAT)) == 0 &&
	    h->order == INDEX_ORDER && lay_out(&x, h, NULL) == size;
}

int index_parse(struct buf *image, const char *root, const char *maker,
    struct index **out, struct error *err)
{
	struct index_head head;
	struct index *x;

	*out = NULL;
	if (image->n >= sizeof(head))
		memcpy(&head, image->p, sizeof(head));
	if (image->n < sizeof(head) || !is_head(&head, image->n))
		return error_set(err, ERROR_CORRUPT, "this is no plan index");
	x = mem_alloc(sizeof(*x));
	if (x == NULL)
		return error_memory(err);
	x->size = lay_out(x, &head, image->p);
	if (!is_sound(x) || strcmp(x->text + head.root, root) != 0 ||
	    strcmp(x->text + head.maker, maker) != 0) {
		mem_free(x);
		return error_set(err, ERROR_CORRUPT,
		    "this plan index is damaged, or another program's");
	}
	buf_steal(image); /* x has it */
	*out = x;
	return 0;
}

/* --- asking --- */

const char *index_commit(const struct index *x)
{
	return x->head->commit;
}

bool index_is_of(const struct index *x, const struct source *src)
{
	return strcmp(x->head->commit, source_commit(src)) == 0 &&
	    strcmp(x->head->tree, source_tree(src)) == 0;
}

size_t index_n(const struct index *x)
{
	return x->head->n;
}

const char *index_path(const struct index *x, size_t node)
{
	return x->text + x->nodes[node].path;
}

size_t index_n_patterns(const struct index *x)
{
	return x->head->n_patterns;
}

const char *index_pattern(const struct index *x, size_t i)
{
	return x->text + x->patterns[i];
}

const char *index_warnings(const struct index *x)
{
	if (x->head->flags & INDEX_WARNINGS_GONE)
		return NULL;
	return x->text + x->head->warnings;
}

uint32_t index_find_file(const struct index *x, const char *path)
{
	uint32_t low = 0, high = x->head->n_files;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = strcmp(x->text + x->files[mid].path, path);

		if (c == 0)
			return mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (uint32_t)INDEX_NONE;
}

/* --- recipes --- */

/* The bytes of a digest are as good as random: the first are the hash. */
static uint32_t slot_of(const struct index *x, const struct digest *recipe)
{
	uint32_t hash;

	memcpy(&hash, recipe->bytes, sizeof(hash));
	return hash & (x->head->n_slots - 1);
}

/* A node whose recipe was another one when it was added stays in the table,
 * and is not found: what counts is the recipe it has now. */
bool index_has_recipe(const struct index *x, const struct digest *recipe)
{
	uint32_t i = slot_of(x, recipe);

	for (; x->slots[i] != 0; i = (i + 1) & (x->head->n_slots - 1))
		if (digest_eq(&x->recipes[x->slots[i] - 1], recipe))
			return true;
	return false;
}

static void add_recipe(struct index *x, uint32_t node)
{
	uint32_t i = slot_of(x, &x->recipes[node]);

	while (x->slots[i] != 0)
		i = (i + 1) & (x->head->n_slots - 1);
	x->slots[i] = node + 1;
	x->head->n_used++;
}

void index_add_recipe(struct index *x, uint32_t node)
{
	uint32_t i;

	if (x->head->n_used < x->head->n_slots / 4 * 3) {
		add_recipe(x, node);
		return;
	}
	/* full of old ones: only those of today, this one among them */
	memset(x->slots, 0, x->head->n_slots * sizeof(*x->slots));
	x->head->n_used = 0;
	for (i = 0; i < x->head->n; i++)
		add_recipe(x, i);
}
