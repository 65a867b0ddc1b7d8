#!/bin/sh
# Unpacks the one compiler that makes the committed bytes of the guests (see README.md) into target/toolchain, beside
# whatever Rust is installed. Needs a Debian 12 with its package lists fetched (apt-get update). Runs again for free.
set -eu

packages="rustc-web libstd-rust-web-1.96 libstd-rust-web-dev rust-web-src libllvm22 lld-22 liblld-22"
root="$(cd "$(dirname "$0")" && pwd)/target/toolchain"

if [ -f "$root/complete" ]; then
    echo "guest toolchain is in place: $(cat "$root/complete")"
    exit 0
fi

rm -rf "$root"
mkdir -p "$root/packages"
cd "$root/packages"
for package in $packages; do
    echo "fetching $package"
    apt-get download -q "$package"
    dpkg -x "$package"_*.deb "$root"
done
version="$(dpkg-deb --field rustc-web_*.deb Version)"
rm -rf "$root/packages"

echo "rustc-web $version" >"$root/complete"
echo "guest toolchain is in place: rustc-web $version"
