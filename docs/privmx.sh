#!/bin/sh
# The four ways in which PrivMX clients prove who they are, with nothing but curl and openssl, to be read as much as to
# be run. Each step says what it does and ends the script if it does not work.
#
#     sh docs/privmx.sh data/first-run.env
#
# The file is the one that the first run wrote: of it, authURL, apiKeyId and apiKeySecret are needed. Two keys are made,
# used and deleted again.
set -eu

[ $# -eq 1 ] || { echo "usage: sh docs/privmx.sh FIRST-RUN.ENV" >&2; exit 2; }
# A name without a slash would be looked for elsewhere.
case $1 in */*) . "$1" ;; *) . "./$1" ;; esac
api=$authURL/api
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# post BODY [HEADER]: one call. What comes back is JSON with status 200 whether or not it was granted.
post() {
    curl --silent --show-error --fail --max-time 20 --data-binary "$1" ${2:+--header "$2"} "$api"
}

# granted BODY [HEADER]: a call that must succeed; prints the answer.
granted() {
    answer=$(post "$@") || fail "no answer from $api"
    case $answer in *'"result":'*) printf '%s\n' "$answer" ;; *) fail "not granted: $answer" ;; esac
}

# refused CODE BODY [HEADER]: a call that must be refused with this number.
refused() {
    code=$1
    shift
    answer=$(post "$@") || fail "no answer from $api"
    case $answer in *"\"code\":$code,"*) printf '%s\n' "$answer" ;; *) fail "not refused with $code: $answer" ;; esac
}

# text NAME ANSWER: a member of an answer that is text.
text() {
    found=$(printf '%s' "$2" | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p")
    [ -n "$found" ] || fail "no $1 in $2"
    printf '%s' "$found"
}

# basic ID SECRET: the header for a key's secret.
basic() {
    printf 'Authorization: Basic %s' "$(printf '%s:%s' "$1" "$2" | openssl base64 -A)"
}

# to_sign TIMESTAMP NONCE BODY: what a signature of POST /api covers, with a line feed behind each of its last three parts.
to_sign() {
    printf '%s;%s;POST\n/api\n%s\n' "$1" "$2" "$3"
}

# signed_by_secret ID SECRET BODY: the header for a signature with a secret, which is keyed with its text as it is. Of the
# 32 bytes the first 20 count.
signed_by_secret() {
    timestamp=$(date +%s)000
    nonce=$(openssl rand -base64 24)
    signature=$(to_sign "$timestamp" "$nonce" "$3" | openssl dgst -sha256 -hmac "$2" -binary |
        dd bs=1 count=20 2>/dev/null | openssl base64 -A)
    printf 'Authorization: pmx-hmac-sha256 %s;1;%s;%s;%s' "$1" "$timestamp" "$nonce" "$signature"
}

# signed_by_pair ID PRIVATE-KEY-FILE BODY: the header for an Ed25519 signature. The scheme has the same name.
signed_by_pair() {
    timestamp=$(date +%s)000
    nonce=$(openssl rand -base64 24)
    to_sign "$timestamp" "$nonce" "$3" >"$work/to-sign"
    signature=$(openssl pkeyutl -sign -inkey "$2" -rawin -in "$work/to-sign" | openssl base64 -A)
    printf 'Authorization: pmx-hmac-sha256 %s;1;%s;%s;%s' "$1" "$timestamp" "$nonce" "$signature"
}

first=$(basic "$apiKeyId" "$apiKeySecret")
list='{"jsonrpc":"2.0","id":0,"method":"solution/listSolutions","params":{}}'

step "1. Make a key with a secret, and one with a public key, by the key of the first run"
answer=$(granted '{"jsonrpc":"2.0","id":0,"method":"manager/createApiKey","params":{
    "name":"My ApiKey","scope":["apikey","context","solution"]}}' "$first")
id=$(text id "$answer")
secret=$(text secret "$answer")
echo "key $id with a secret that is shown this once"

openssl genpkey -algorithm ed25519 -out "$work/private.pem" 2>"$work/said" || fail "$(cat "$work/said")"
# JSON writes the ends of lines as \n.
public=$(openssl pkey -in "$work/private.pem" -pubout | awk '{ printf "%s\\n", $0 }')
answer=$(granted '{"jsonrpc":"2.0","id":0,"method":"manager/createApiKey","params":{
    "name":"My ApiKey","scope":["apikey","context","solution"],"publicKey":"'"$public"'"}}' "$first")
pair_id=$(text id "$answer")
echo "key $pair_id with a public key"

step "2. Sign a call: with the secret"
header=$(signed_by_secret "$id" "$secret" "$list")
echo "$header"
granted "$list" "$header"

step "   The same call again: a signature is good once"
refused 24879 "$list" "$header"

step "   Sign a call: with the private key"
header=$(signed_by_pair "$pair_id" "$work/private.pem" "$list")
echo "$header"
granted "$list" "$header"

step "   A signature over another call: nothing can be changed on the way"
header=$(signed_by_pair "$pair_id" "$work/private.pem" "$list")
refused 24879 '{"jsonrpc":"2.0","id":0,"method":"manager/listApiKeys","params":{}}' "$header"

step "3. Send the secret as it is (Basic)"
granted "$list" "$(basic "$id" "$secret")"

step "4. Fetch tokens, for less than the key may do"
answer=$(granted '{"jsonrpc":"2.0","id":128,"method":"manager/auth","params":{"grantType":"api_key_credentials",
    "apiKeyId":"'"$id"'","apiKeySecret":"'"$secret"'","scope":["apikey","solution"]}}')
access=$(text accessToken "$answer")
refresh=$(text refreshToken "$answer")
granted "$list" "Authorization: Bearer $access"

step "   Fetch the next pair: both tokens before it are dead"
answer=$(granted '{"jsonrpc":"2.0","id":128,"method":"manager/auth","params":{"grantType":"refresh_token",
    "refreshToken":"'"$refresh"'"}}')
granted "$list" "Authorization: Bearer $(text accessToken "$answer")"
refused 24879 "$list" "Authorization: Bearer $access"

step "Delete both keys"
for key in "$id" "$pair_id"; do
    granted '{"jsonrpc":"2.0","id":0,"method":"manager/deleteApiKey","params":{"id":"'"$key"'"}}' "$first"
done
refused 24879 "$list" "$(basic "$id" "$secret")"

step "All of it works"
