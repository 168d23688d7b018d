#!/bin/bash
# test_console.sh CORDON: the console's files as a browser asks for them.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"
cat >"$work/cordon.yaml" <<END
data: $data
api_requests: 1000
listeners:
  - {protocol: api, address: "127.0.0.1:0"}
END
ask() { # ask PATH OPTION...: head in $work/head, body in $work/body
    local path=$1
    shift
    : >"$work/body"
    curl -s -D "$work/head" -o "$work/body" "$@" "http://127.0.0.1:$(port api)$path"
}
head_says() { tr -d '\r' <"$work/head" | grep -qixF -- "$1" || { echo "  the head does not say: $1"; return 1; }; }
status() { head -1 "$work/head" | grep -q " $1 " || { head -1 "$work/head"; return 1; }; }
policy="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

check "it starts" start_server
ask /
if ! status 200; then
    check "a build without the console says so" says "built without its console" body
    exit $failed
fi
check "the page" says '<div id="app">' body
for header in "Content-Type: text/html; charset=utf-8" "Cache-Control: no-cache" "Vary: Accept-Encoding" \
    "Content-Security-Policy: $policy" "Cross-Origin-Opener-Policy: same-origin" \
    "Cross-Origin-Resource-Policy: same-origin" "X-Content-Type-Options: nosniff" "Referrer-Policy: no-referrer"; do
    check "with ${header%%:*}" head_says "$header"
done
check "no script and no style in it" test "$(grep -cE '<style|style=|<script[^>]*>[^<]' "$work/body")" = 0
script=$(sed -n 's/.*<script type="module" src="\([^"]*\)".*/\1/p' "$work/body")
cp "$work/body" "$work/page"
ask /alerts/A-7K2M-9QXF
check "a path of the console's own is the page" cmp -s "$work/body" "$work/page"
ask /figures/trusts.infected
check "also with a dot in its name" cmp -s "$work/body" "$work/page"
ask "$script"
check "a script" head_says "Content-Type: text/javascript; charset=utf-8"
check "which is kept for ever" head_says "Cache-Control: public, max-age=31536000, immutable"
cp "$work/body" "$work/script"
tag=$(tr -d '\r' <"$work/head" | sed -n 's/^ETag: //ip')
ask "$script" -H 'Accept-Encoding: gzip'
check "packed by gzip" head_says "Content-Encoding: gzip"
check "is the same" cmp -s <(gzip -dc "$work/body") "$work/script"
gz_tag=$(tr -d '\r' <"$work/head" | sed -n 's/^ETag: //ip')
ask "$script" -H 'Accept-Encoding: gzip, deflate, br, zstd'
check "brotli before gzip" head_says "Content-Encoding: br"
br_tag=$(tr -d '\r' <"$work/head" | sed -n 's/^ETag: //ip')
check "each has its tag" test "$(printf '%s\n' "$tag" "$gz_tag" "$br_tag" | sort -u | wc -l)" = 3
ask "$script" -H 'Accept-Encoding: br' -H "If-None-Match: \"x\", $br_tag"
check "who has it is told so" status 304
check "without a body" test ! -s "$work/body"
ask "$script" -H 'Accept-Encoding: gzip' -H "If-None-Match: $br_tag"
check "what is packed otherwise is another" status 200
ask "$script" -H 'Accept-Encoding: br;q=0, gzip;q=0.5'
check "not what is refused" head_says "Content-Encoding: gzip"
ask "$script" -I
check "HEAD has the length" head_says "Content-Length: $(stat -c %s "$work/script")"
ask /assets/none.js
check "no such file" status 404
ask / -X POST
check "nothing is sent to it" status 405
check "and which may be" head_says "Allow: GET, HEAD"
ask /api/v1/none
check "what is the API's stays so" says "there is no such path" body
check "with no body for strangers" head_says "Content-Type: application/problem+json"
check "nothing names another host" test "$(grep -aoE '(https?:)?//[a-z0-9.-]+\.[a-z]{2,}' "$work/page" | wc -l)" = 0
check "it stops" stop_server TERM

mkdir "$work/web"
printf 'mine' >"$work/web/index.html"
printf 'secret' >"$work/secret.html"
with_folder() { exec "$@" --web-root "$work/web"; }
check "from a folder" start_server with_folder
ask /any
check "its page" says mine body
for path in "/$work/secret.html" /../secret.html /%2e%2e/secret.html /./index.html /.hidden.html //secret.html; do
    ask "$path" --path-as-is
    check "nothing beside it: $path" status 404
done
check "it stops, too" stop_server TERM
exit $failed
