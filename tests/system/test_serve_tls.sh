#!/bin/bash
# test_serve_tls.sh CORDON: who may come over TLS: certificates made by openssl, one fault each,
# against every protocol; and certificates renewed under load.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"

# Not below the configuration's folder, and certificates by symbolic links, as certbot has them: a
# server that restricts itself to what it needs has to read them all the same.
outside=$(mktemp -d)
trap 'stop_server KILL; rm -rf "$work" "$outside"' EXIT
pki=$outside/pki
mkdir "$pki" "$outside/live" "$outside/lists"
ln -s "$pki/server.pem" "$pki/server.key" "$outside/live"
cat >"$pki/ca.cnf" <<END
[ca]
default_ca = this
[this]
database = \$ENV::INDEX
new_certs_dir = $pki
serial = $pki/serial
default_md = sha256
default_days = 2
default_crl_days = 2
policy = any
unique_subject = no
[any]
commonName = supplied
END
authority() { # authority NAME
    : >"$pki/$1.index"
    [ -e "$pki/serial" ] || echo 1000 >"$pki/serial"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/$1.key" \
        -out "$pki/$1.pem" -subj "/CN=Authority $1" -days 2 2>/dev/null
}
signed() { # signed NAME AUTHORITY USAGE DNS [NEWKEY [OPENSSL CA OPTION...]]
    local name=$1 by=$2 usage=$3 dns=$4 newkey=${5:-ec -pkeyopt ec_paramgen_curve:P-256}
    shift $(($# < 5 ? $# : 5))
    # shellcheck disable=SC2086
    openssl req -newkey $newkey -nodes -keyout "$pki/$name.key" -out "$pki/$name.csr" \
        -subj "/CN=$dns" 2>/dev/null &&
        INDEX=$pki/$by.index openssl ca -batch -notext -config "$pki/ca.cnf" -cert "$pki/$by.pem" \
            -keyfile "$pki/$by.key" -in "$pki/$name.csr" -out "$pki/$name.pem" "$@" \
            -extfile <(printf 'subjectAltName=DNS:%s\nextendedKeyUsage=%s\n' "$dns" "$usage") 2>>"$pki/ca.log"
}
crl() { # crl AUTHORITY [OPENSSL CA OPTION...]: its list to standard output
    local by=$1
    shift
    INDEX=$pki/$by.index openssl ca -gencrl -config "$pki/ca.cnf" -cert "$pki/$by.pem" \
        -keyfile "$pki/$by.key" "$@" 2>>"$pki/ca.log"
}
day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
make_all() {
    authority ca && authority rxb && authority stranger && authority next &&
        signed server ca serverAuth localhost && signed server2 ca serverAuth localhost &&
        signed good ca clientAuth fw1.rxa.example &&
        signed revoked ca clientAuth fw1.rxa.example &&
        signed expired ca clientAuth fw1.rxa.example "" -startdate "$(day -3days)" -enddate "$(day -1day)" &&
        signed early ca clientAuth fw1.rxa.example "" -startdate "$(day +1day)" -enddate "$(day +3days)" &&
        signed stranger1 stranger clientAuth fw1.rxa.example &&
        signed impostor rxb clientAuth fw1.rxa.example &&
        signed nobody ca clientAuth nobody.example &&
        signed other rxb clientAuth fw1.rxb.example &&
        signed short ca clientAuth fw1.rxa.example rsa:1024 &&
        signed sha1 ca clientAuth fw1.rxa.example "" -md sha1 &&
        signed purpose ca serverAuth fw1.rxa.example &&
        signed fresh next clientAuth fw1.rxa.example &&
        INDEX=$pki/ca.index openssl ca -config "$pki/ca.cnf" -cert "$pki/ca.pem" -keyfile "$pki/ca.key" \
            -revoke "$pki/revoked.pem" 2>>"$pki/ca.log" &&
        cat "$pki/ca.pem" "$pki/rxb.pem" >"$pki/clients.pem" &&
        { crl ca && crl rxb; } >"$outside/lists/crl.pem" && chmod 600 "$pki"/*.key || { tail -5 "$pki/ca.log"; return 1; }
}
fingerprint() { openssl x509 -in "$pki/$1.pem" -noout -fingerprint -sha256 | sed 's/.*=//'; }
client() { python3 tests/system/tls_client.py "$@"; }
gets() { # gets WANTED COMMAND...: its first line begins so
    local wanted=$1 got
    shift
    got=$(EXPECTED=$wanted "$@" 2>&1)
    [[ $got == "$wanted"* ]] || { echo "  got: $got"; return 1; }
}
metric() { # metric NAME: its value
    curl -s "http://127.0.0.1:$(port status)/metrics" | sed -n "s/^$1 //p" | tr -d '\n'
}
refused() { metric "cordon_tls_refused_total{listener=\"$1\",reason=\"$2\"}"; }
has_refused() { [ "$(refused "$1" "$2")" = "$3" ] || { echo "  $1: not counted"; return 1; }; }
turned_away() { # turned_away CERTIFICATE REASON: by each protocol, counted and logged
    local kind before
    for kind in syslog http lumberjack; do
        before=$(refused $kind "$2")
        gets refused client $kind "$(port $kind)" "$pki" "$1" refused 1 || return 1
        # The server may hear of it after the client.
        eventually has_refused $kind "$2" $((before + 1)) &&
            awaits_log "listener.handshake_failed listener=\"$kind\" .*refusal=\"$2\"" || return 1
    done
}
lost() { metric "cordon_source_records_total{source=\"listener\/$1\",organisation=\"\",outcome=\"refused\",reason=\"$2\"}"; }
has_lost() { [ "$(lost "$1" "$2")" = "$3" ]; }

check "certificates are made" make_all
tls="address: \"127.0.0.1:0\", certificate: $outside/live/server.pem, key: $outside/live/server.key,
     client_ca: $pki/clients.pem, crl: $outside/lists/crl.pem"
cat >"$work/cordon.yaml" <<END
data: $data
pack_after: 1
listeners:
  - {protocol: status, address: "127.0.0.1:0"}
  - {name: syslog, protocol: syslog, client_required: true, $tls}
  - {name: http, protocol: http, client_required: true, $tls}
  - {name: lumberjack, protocol: lumberjack, client_required: true, $tls}
  - {name: lumberjack-open, protocol: lumberjack, $tls}
sources:
  - {name: fw1, organisation: RXA, certificates: [fw1.rxa.example], token_sha256: [$token_hash],
     authorities: ["sha256:$(fingerprint ca)", "sha256:$(fingerprint next)"]}
  - {name: fw2, organisation: RXB, certificates: [fw1.rxb.example]}
  - {name: lan, organisation: RXC, addresses: [127.0.0.1]}
END
check "it starts" start_server

check "syslog with a registered certificate" gets "sent 100" client syslog "$(port syslog)" "$pki" good good 100
check "is that source's" awaited 100 'program:good AND source:fw1 AND org:RXA'
check "Lumberjack with one" gets "acknowledged 1000" client lumberjack "$(port lumberjack)" "$pki" good ljgood 1000
check "is that source's" awaited 1000 'client:ljgood AND source:fw1'
check "Lumberjack over TLS without one" gets "acknowledged 1000" \
    client lumberjack "$(port lumberjack-open)" "$pki" - ljopen 1000
check "is its address" awaited 1000 'client:ljopen AND source:lan'
check "HTTP with one and no token" gets "answered 200" client http "$(port http)" "$pki" other httpgood 50
check "is that source's" awaited 50 'client:httpgood AND source:fw2 AND org:RXB'

check "none" turned_away - no_certificate
check "one that has expired" turned_away expired expired
check "one that is not valid yet" turned_away early not_yet_valid
check "one of another authority" turned_away stranger1 unknown_authority
check "one that is revoked" turned_away revoked revoked
check "one with a short key" turned_away short weak
check "one signed by SHA-1" turned_away sha1 weak
check "one that is for servers" turned_away purpose purpose

for kind in syslog lumberjack; do
    check "$kind: an impostor of another organisation's authority" gets refused \
        client $kind "$(port $kind)" "$pki" impostor impostor 1
    check "$kind: is counted" eventually has_lost $kind forbidden 1
    check "$kind: a certificate of nobody, whatever its address" gets refused \
        client $kind "$(port $kind)" "$pki" nobody nobody 1
    check "$kind: is counted" eventually has_lost $kind unknown 1
done
check "http: an impostor" gets "answered 403" client http "$(port http)" "$pki" impostor impostor 1
TOKEN=$token check "http: one organisation's token by the machine of another" gets "answered 403" \
    client http "$(port http)" "$pki" other foreign 1
check "http: are counted" eventually has_lost http forbidden 2
check "http: a certificate of nobody" gets "answered 401" client http "$(port http)" "$pki" nobody nobody 1
check "the log says so" awaits_log 'ingest.certificate_of_another .*certificate="fw1.rxa.example"'
check "nothing of them is stored" test "$(stored 'client:impostor OR client:nobody OR client:foreign OR client:refused OR program:refused OR program:impostor')" = 0

# Malformed TLS: every listener counts it, and its neighbours do not notice.
before=$(refused syslog malformed)
for kind in syslog http lumberjack; do
    for junk in 'GET / HTTP/1.1\r\n\r\n' '<13>plain\n' '\x16\x03\x01\xff\xff\x01\x00\x00' '\x16\x03\x03\x00\x05\x01\xff\xff\xff\xff'; do
        # shellcheck disable=SC2059
        printf "$junk" 2>/dev/null >"/dev/tcp/127.0.0.1/$(port $kind)"
    done
    head -c 100000 /dev/urandom 2>/dev/null >"/dev/tcp/127.0.0.1/$(port $kind)"
done 2>/dev/null
more_malformed() { [ "$(refused syslog malformed)" -gt "$before" ]; }
check "what is no TLS is counted" eventually more_malformed
check "and hurts nobody" gets "acknowledged 10" client lumberjack "$(port lumberjack)" "$pki" good after 10

# Renewed under load: a new certificate of the server, a new authority of clients and a new list.
# Who is connected stays, unless the list says otherwise.
touch "$work/hold"
HOLD=$work/hold client syslog "$(port syslog)" "$pki" good staying 1 >"$work/staying" 2>&1 &
staying=$!
has_arrived() { [ "$(stored "program:$1")" -gt 10 ]; }
check "one sends all the time" eventually has_arrived staying
check "a client of an authority to come is refused" gets refused client syslog "$(port syslog)" "$pki" fresh fresh 1
cat "$pki/next.pem" >>"$pki/clients.pem"
cp "$pki/server2.pem" "$pki/server.pem" && cp "$pki/server2.key" "$pki/server.key"
kill -HUP "$server"
check "a reload is logged" awaits_log 'server.reloaded'
check "without a list of the new authority its clients are refused" turned_away fresh no_crl
crl next >>"$outside/lists/crl.pem"
kill -HUP "$server"
reloaded_twice() { [ "$(grep -c server.reloaded "$work/log")" -ge 2 ]; }
eventually reloaded_twice
check "with it they come in" gets "sent 10" client syslog "$(port syslog)" "$pki" fresh fresh 10
check "the new certificate is shown" test "$(openssl s_client -connect "127.0.0.1:$(port syslog)" </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 | sed 's/.*=//')" = "$(fingerprint server2)"
echo "nonsense" >"$outside/lists/broken.pem"
sed -i "s#crl: $outside/lists/crl.pem#crl: $outside/lists/broken.pem#" "$work/cordon.yaml"
kill -HUP "$server"
check "a broken list is refused, with its name" awaits_log 'broken.pem: no lists of revoked certificates'
check "and the old one runs on" turned_away revoked revoked
sed -i "s#crl: $outside/lists/broken.pem#crl: $outside/lists/crl.pem#" "$work/cordon.yaml"
rm "$work/hold"
wait $staying
sent=$(sed -n 's/^sent //p' "$work/staying")
check "who was connected was not dropped" test "${sent:-0}" -gt 10
check "and all it sent is there" awaited "${sent:-0}" program:staying

touch "$work/hold"
EXPECTED=refused HOLD=$work/hold client syslog "$(port syslog)" "$pki" good leaving 1 >"$work/leaving" 2>&1 &
leaving=$!
check "and another" eventually has_arrived leaving
INDEX=$pki/ca.index openssl ca -config "$pki/ca.cnf" -cert "$pki/ca.pem" -keyfile "$pki/ca.key" \
    -revoke "$pki/good.pem" 2>/dev/null
{ crl ca -crl_lastupdate "$(day -3days)" -crl_nextupdate "$(day -1day)" && crl rxb && crl next; } >"$outside/lists/crl.pem"
kill -HUP "$server"
check "who is revoked while connected is closed" awaits_log 'listener.revoked_closed listener="syslog"'
rm "$work/hold"
wait $leaving
check "and hears of it" says refused leaving
revoked_closed() { [ "$(metric 'cordon_tls_revoked_closed_total{listener="syslog"}')" = 1 ]; }
check "and counted" eventually revoked_closed
check "a list that is stale is told" awaits_log 'server.crl_stale listener="syslog"'
check "still revokes" turned_away good revoked
check "and lets in whom it does not" gets "answered 200" client http "$(port http)" "$pki" other stale 5
check "its end is in the metrics" test "$(metric 'cordon_tls_crl_ends_seconds{listener="http"}')" -lt "$(date +%s)"
check "the certificate's too" test "$(metric 'cordon_tls_certificate_ends_seconds{listener="http"}')" -gt "$(date +%s)"
check "and the log tells of its end" awaits_log 'server.certificate_ends listener="http"'
check "it stops" stop_server TERM
exit $failed
