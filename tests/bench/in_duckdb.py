"""in_duckdb.py LIBRARY DATABASE THREADS SQL...: executes statements in one
database of DuckDB's, through its C API; prints the first value of the last."""
import ctypes
import sys


class Result(ctypes.Structure):
    _fields_ = [("p", ctypes.c_void_p * 6)]


def main():
    d = ctypes.CDLL(sys.argv[1])
    d.duckdb_result_error.restype = ctypes.c_char_p
    d.duckdb_value_int64.restype = ctypes.c_int64
    d.duckdb_value_int64.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]
    database, connection = ctypes.c_void_p(), ctypes.c_void_p()
    name = sys.argv[2].encode() or None
    if d.duckdb_open(name, ctypes.byref(database)) or d.duckdb_connect(
            database, ctypes.byref(connection)):
        sys.exit("%s cannot be opened" % sys.argv[2])
    for text in ["SET threads = " + sys.argv[3]] + sys.argv[4:]:
        result = Result()
        if d.duckdb_query(connection, text.encode(), ctypes.byref(result)):
            sys.exit(d.duckdb_result_error(ctypes.byref(result)).decode())
        value = d.duckdb_value_int64(ctypes.byref(result), 0, 0)
        d.duckdb_destroy_result(ctypes.byref(result))
    d.duckdb_disconnect(ctypes.byref(connection))
    d.duckdb_close(ctypes.byref(database))
    print(value)


main()
