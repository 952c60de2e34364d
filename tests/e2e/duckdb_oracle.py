"""The same SQL in one database of DuckDB's own: an independent path.

duckdb_oracle.py LIBRARY FILE.sql... executes each file's statements, one file
after another, in one database in memory with one thread. It knows nothing of
sluice: results leave by the SQL's own COPY ... TO. Ends with 1 and DuckDB's
words where something fails.
"""
import ctypes
import sys


class Result(ctypes.Structure):
    _fields_ = [("p", ctypes.c_void_p * 6)]


def main():
    d = ctypes.CDLL(sys.argv[1])
    d.duckdb_result_error.restype = ctypes.c_char_p
    database, connection = ctypes.c_void_p(), ctypes.c_void_p()
    assert d.duckdb_open(None, ctypes.byref(database)) == 0
    assert d.duckdb_connect(database, ctypes.byref(connection)) == 0
    texts = [b"SET threads = 1; SET TimeZone = 'UTC'"]
    texts += [open(name, "rb").read() for name in sys.argv[2:]]
    for text in texts:
        result = Result()
        if d.duckdb_query(connection, text, ctypes.byref(result)):
            sys.exit(d.duckdb_result_error(ctypes.byref(result)).decode())
        d.duckdb_destroy_result(ctypes.byref(result))


main()
