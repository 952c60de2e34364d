#ifndef SLUICE_RUNNER_DUCKDB_API_H
#define SLUICE_RUNNER_DUCKDB_API_H
/*
 * duckdb_api -- the calls of libduckdb that we use, found at run time. Private
 * to the engine.
 *
 * Source     DuckDB's C API as its documentation gives it ("C API", stable
 *            since 1.2; the calls are those of src/include/duckdb.h of the
 *            project, MIT licence). Every handle of it is one pointer.
 * Use        const struct duckdb_api *api; duckdb_load(path, &api, err).
 * Threads    Loaded once a process, by the worker alone.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cache/base/error.h"
#include "runner/duckdb_kinds.h"

typedef void *duckdb_handle;

struct duckdb_result {
	uint64_t old_counts[3];
	void *old_columns;
	char *old_message;
	void *internal;
};

/* A text of a vector: up to 12 bytes lie in it, else it points to them. */
struct duckdb_string {
	union {
		struct {
			uint32_t n;
			char prefix[4];
			const char *p;
		} pointer;
		struct {
			uint32_t n;
			char p[12];
		} inlined;
	} value;
};

/* F(what it returns, name without "duckdb_", arguments). A state of 0 is
 * success. */
#define DUCKDB_CALLS(F)                                                        \
	F(const char *, library_version, (void))                               \
	F(int, create_config, (duckdb_handle *))                               \
	F(int, set_config, (duckdb_handle, const char *, const char *))        \
	F(void, destroy_config, (duckdb_handle *))                             \
	F(int, open_ext,                                                       \
	    (const char *, duckdb_handle *, duckdb_handle, char **))           \
	F(void, close, (duckdb_handle *))                                      \
	F(int, connect, (duckdb_handle, duckdb_handle *))                      \
	F(void, disconnect, (duckdb_handle *))                                 \
	F(void, interrupt, (duckdb_handle))                                    \
	F(void, free, (void *))                                                \
	/* statements */                                                       \
	F(uint64_t, extract_statements,                                        \
	    (duckdb_handle, const char *, duckdb_handle *))                    \
	F(const char *, extract_statements_error, (duckdb_handle))             \
	F(void, destroy_extracted, (duckdb_handle *))                          \
	F(int, prepare_extracted_statement,                                    \
	    (duckdb_handle, duckdb_handle, uint64_t, duckdb_handle *))         \
	F(const char *, prepare_error, (duckdb_handle))                        \
	F(int, prepared_statement_type, (duckdb_handle))                       \
	F(uint64_t, prepared_statement_column_count, (duckdb_handle))          \
	F(char *, prepared_statement_column_name, (duckdb_handle, uint64_t))   \
	F(duckdb_handle, prepared_statement_column_logical_type,               \
	    (duckdb_handle, uint64_t))                                         \
	F(uint64_t, nparams, (duckdb_handle))                                  \
	F(int, execute_prepared, (duckdb_handle, struct duckdb_result *))      \
	F(int, execute_prepared_streaming,                                     \
	    (duckdb_handle, struct duckdb_result *))                           \
	F(void, destroy_prepare, (duckdb_handle *))                            \
	/* results */                                                          \
	F(void, destroy_result, (struct duckdb_result *))                      \
	F(const char *, result_error, (struct duckdb_result *))                \
	F(int, result_error_type, (struct duckdb_result *))                    \
	F(uint64_t, column_count, (struct duckdb_result *))                    \
	F(const char *, column_name, (struct duckdb_result *, uint64_t))       \
	F(duckdb_handle, column_logical_type,                                  \
	    (struct duckdb_result *, uint64_t))                                \
	F(duckdb_handle, fetch_chunk, (struct duckdb_result))                  \
	F(void, destroy_data_chunk, (duckdb_handle *))                         \
	F(uint64_t, data_chunk_get_size, (duckdb_handle))                      \
	F(void, data_chunk_set_size, (duckdb_handle, uint64_t))                \
	F(duckdb_handle, data_chunk_get_vector, (duckdb_handle, uint64_t))     \
	F(void *, vector_get_data, (duckdb_handle))                            \
	F(uint64_t *, vector_get_validity, (duckdb_handle))                    \
	F(void, vector_ensure_validity_writable, (duckdb_handle))              \
	F(void, vector_assign_string_element_len,                              \
	    (duckdb_handle, uint64_t, const char *, uint64_t))                 \
	/* types and values */                                                 \
	F(duckdb_handle, create_logical_type, (int))                           \
	F(duckdb_handle, create_decimal_type, (uint8_t, uint8_t))              \
	F(void, destroy_logical_type, (duckdb_handle *))                       \
	F(int, get_type_id, (duckdb_handle))                                   \
	F(char *, logical_type_get_alias, (duckdb_handle))                     \
	F(uint8_t, decimal_width, (duckdb_handle))                             \
	F(uint8_t, decimal_scale, (duckdb_handle))                             \
	F(int64_t, get_int64, (duckdb_handle))                                 \
	F(void, destroy_value, (duckdb_handle *))                              \
	/* a table function of ours */                                         \
	F(duckdb_handle, create_table_function, (void))                        \
	F(void, destroy_table_function, (duckdb_handle *))                     \
	F(void, table_function_set_name, (duckdb_handle, const char *))        \
	F(void, table_function_add_parameter, (duckdb_handle, duckdb_handle))  \
	F(void, table_function_set_extra_info,                                 \
	    (duckdb_handle, void *, void (*)(void *)))                         \
	F(void, table_function_set_bind,                                       \
	    (duckdb_handle, void (*)(duckdb_handle)))                          \
	F(void, table_function_set_init,                                       \
	    (duckdb_handle, void (*)(duckdb_handle)))                          \
	F(void, table_function_set_function,                                   \
	    (duckdb_handle, void (*)(duckdb_handle, duckdb_handle)))           \
	F(void, table_function_supports_projection_pushdown,                   \
	    (duckdb_handle, bool))                                             \
	F(int, register_table_function, (duckdb_handle, duckdb_handle))        \
	F(void *, bind_get_extra_info, (duckdb_handle))                        \
	F(duckdb_handle, bind_get_parameter, (duckdb_handle, uint64_t))        \
	F(void, bind_add_result_column,                                        \
	    (duckdb_handle, const char *, duckdb_handle))                      \
	F(void, bind_set_bind_data, (duckdb_handle, void *, void (*)(void *))) \
	F(void, bind_set_cardinality, (duckdb_handle, uint64_t, bool))         \
	F(void, bind_set_error, (duckdb_handle, const char *))                 \
	F(void *, init_get_bind_data, (duckdb_handle))                         \
	F(void, init_set_init_data, (duckdb_handle, void *, void (*)(void *))) \
	F(uint64_t, init_get_column_count, (duckdb_handle))                    \
	F(uint64_t, init_get_column_index, (duckdb_handle, uint64_t))          \
	F(void, init_set_max_threads, (duckdb_handle, uint64_t))               \
	F(void, init_set_error, (duckdb_handle, const char *))                 \
	F(void *, function_get_init_data, (duckdb_handle))                     \
	F(void, function_set_error, (duckdb_handle, const char *))

struct duckdb_api {
#define DUCKDB_MEMBER(type, name, args) type(*name) args;
	DUCKDB_CALLS(DUCKDB_MEMBER)
#undef DUCKDB_MEMBER
};

/* The library, loaded once: that of path (an error where it is not there), or
 * where path is "" the one that `make duckdb` or `make install` put beside
 * this program, or the system's. ERROR_NOT_FOUND says how to get it. */
int duckdb_load(const char *path, const struct duckdb_api **out,
    struct error *err);

/* Frees what a call gave to its caller; p may be NULL. */
void duckdb_give_back(const struct duckdb_api *api, char *p);

#endif
