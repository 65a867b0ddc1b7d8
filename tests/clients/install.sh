#!/usr/bin/env bash
# Installs the client libraries and the fuzzer that the tests run, at the versions written down beside this file, into
# target/clients. Needs python3 with venv, node and npm.
set -euo pipefail
cd "$(dirname "$0")"
into=../../target/clients
mkdir -p "$into/node"

python3 -m venv "$into/python"
"$into/python/bin/pip" install --quiet --requirement python/requirements.txt

cp node/package.json node/package-lock.json "$into/node/"
npm ci --prefix "$into/node" --no-audit --no-fund --loglevel=error
