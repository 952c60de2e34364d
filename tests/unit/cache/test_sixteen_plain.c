/* sixteen, as on machines without SSE2. */
#define SIXTEEN_PLAIN
#include "tests/unit/cache/test_sixteen.c"
