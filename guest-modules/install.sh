#!/usr/bin/env bash
# Installs what turns policies in JavaScript and Python into components, at the versions written down beside the kits:
# into javascript/node_modules and target/python. Needs python3 (3.11 or newer) with venv, node and npm.
set -euo pipefail
cd "$(dirname "$0")"

npm ci --prefix javascript --no-audit --no-fund --loglevel=error

python3 -m venv target/python
target/python/bin/pip install --quiet --requirement python/requirements.txt
