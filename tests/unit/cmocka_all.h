#ifndef SLUICE_TESTS_UNIT_CMOCKA_ALL_H
#define SLUICE_TESTS_UNIT_CMOCKA_ALL_H
/* cmocka and the four headers it wants before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#endif
