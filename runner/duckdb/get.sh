#!/bin/sh
# get.sh DIR: puts libduckdb.so and its licence into DIR, by npm, which checks
# the digest in package-lock.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" .
npm ci --silent || {
	echo "duckdb: npm cannot get the package of runner/duckdb/package.json" >&2
	exit 1
}
package=node_modules/@duckdb/node-bindings-linux-x64
mv -f "$package/LICENSE" LICENSE
mv -f "$package/libduckdb.so" libduckdb.so
touch libduckdb.so
rm -rf node_modules
