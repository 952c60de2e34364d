/* sqlite_full: see sqlite_full.h. */
#include "runner/sqlite_full.h"

#include <errno.h>

bool sqlite_full(sqlite3 *db, const char *what, struct error *err)
{
	const char *path = sqlite3_db_filename(db, "main");
	int code = sqlite3_errcode(db), sys = sqlite3_system_errno(db);

	if (code == SQLITE_FULL)
		sys = ENOSPC;
	else if ((code != SQLITE_IOERR && code != SQLITE_CANTOPEN) ||
	    (sys != ENOSPC && sys != EDQUOT))
		return false;
	errno = sys;
	error_sys(err, "%s %s", what, path ? path : "");
	return true;
}
