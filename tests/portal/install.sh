#!/usr/bin/env bash
# Installs what drives the browser, at the versions written down beside this file, into target/portal. The browser itself
# is the system's `chromium`. Needs node and npm.
set -euo pipefail
cd "$(dirname "$0")"
into=../../target/portal
mkdir -p "$into"
cp package.json package-lock.json "$into/"
npm ci --prefix "$into" --no-audit --no-fund --loglevel=error
