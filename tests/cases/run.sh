#!/bin/sh
# run.sh [NAME...]: the language's golden directories (README.md): all, or
# those named. BUILD is the directory of the programs.
set -eu
cd "$(dirname "$0")/../.."
: "${BUILD:?BUILD names the directory of the programs}"
exec python3 tests/cases/run.py "$BUILD/sluice" "$@"
