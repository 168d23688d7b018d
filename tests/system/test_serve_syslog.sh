#!/bin/bash
# test_serve_syslog.sh CORDON: syslog from the senders that everybody has, over UDP, TCP and TLS.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"

make_certificate() { # make_certificate NAME SUBJECT_ALTERNATIVE_NAME, of the authority
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
        -out "$work/$1.csr" -subj "/CN=$1" 2>/dev/null &&
        openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
            -days 2 -extfile <(echo "subjectAltName=$2") -out "$work/$1.pem" 2>/dev/null
}
make_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" \
        -out "$work/ca.pem" -subj '/CN=Test CA' -days 2 2>/dev/null &&
        make_certificate server DNS:localhost,IP:127.0.0.1 &&
        make_certificate fw1.rxa.example DNS:fw1.rxa.example &&
        make_certificate other.example DNS:other.example && chmod 600 "$work"/*.key
}
ledger() { # ledger SOURCE ORGANISATION OUTCOME REASON COUNT
    curl -s "http://127.0.0.1:$(port status)/metrics" >"$work/out"
    says "cordon_source_records_total{source=\"$1\",organisation=\"$2\",outcome=\"$3\",reason=\"$4\"} $5" out
}
ledger_agrees() { ledger fw1 RXB stored "" "$(stored source:fw1)"; }
rsyslog() { # rsyslog CERTIFICATE: sends lines of in.log over TLS until it is killed
    rm -rf "$work/spool" && mkdir "$work/spool"
    cat >"$work/rsyslog.conf" <<END
global(workDirectory="$work/spool" defaultNetstreamDriverCAFile="$work/ca.pem"
    defaultNetstreamDriverCertFile="$work/$1.pem" defaultNetstreamDriverKeyFile="$work/$1.key")
module(load="imfile" pollingInterval="1")
input(type="imfile" File="$work/in.log" Tag="ward:" Facility="local0" freshStartTail="off")
action(type="omfwd" target="127.0.0.1" port="$(port tls)" protocol="tcp" TCP_Framing="octet-counted"
    template="RSYSLOG_SyslogProtocol23Format" StreamDriver="ossl" StreamDriverMode="1"
    StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"
    queue.type="LinkedList" action.resumeRetryCount="-1" action.resumeInterval="1")
END
    rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" >"$work/rsyslog.out" 2>&1 &
    sender=$!
}
trap '[ -z "${sender:-}" ] || kill "$sender" 2>/dev/null; stop_server KILL; rm -rf "$work"' EXIT

check "certificates are made" make_certificates
cat >"$work/cordon.yaml" <<END
data: $data
pack_after: 1
listeners:
  - {name: udp, protocol: syslog-udp, address: "127.0.0.1:0"}
  - {name: tcp, protocol: syslog, address: "127.0.0.1:0", frame_max: 1K}
  - {name: lines, protocol: syslog, address: "127.0.0.1:0", multiline: true}
  - {protocol: status, address: "127.0.0.1:0"}
  - {name: tls, protocol: syslog, address: "127.0.0.1:0", certificate: $work/server.pem,
     key: $work/server.key, client_ca: $work/ca.pem, client_required: true}
sources:
  - {name: lan, organisation: RXA, addresses: [127.0.0.1]}
  - {name: fw1, organisation: RXB, certificates: [fw1.rxa.example]}
END
hold_ports 1
sed -i "/name: tls/s/127.0.0.1:0/127.0.0.1:${held[0]}/" "$work/cordon.yaml"
check "it starts" start_server

logger -n 127.0.0.1 -P "$(port udp)" -d -t udp5424 "over UDP"
logger -n 127.0.0.1 -P "$(port udp)" -d --rfc3164 -t udp3164 "over UDP, the old way"
logger -n 127.0.0.1 -P "$(port tcp)" -T -t tcpline "over TCP"
logger -n 127.0.0.1 -P "$(port tcp)" -T --octet-count -t tcpcount "over TCP, counted"
check "logger's four ways arrive" awaited 4 "program:udp5424 OR program:udp3164 OR program:tcpline OR program:tcpcount"
check "with what they said" awaited 1 'message:"over TCP, counted" AND facility:user AND severity:notice'

exec 3<>"/dev/tcp/127.0.0.1/$(port tcp)"
seq 1 5000 | sed 's/^/<134>Nov 22 08:00:00 edge app[7]: numbered /' >&3
printf '<134>Nov 22 08:00:00 edge app[7]: %02000d\n' 7 >&3
printf '50 <134>Nov 22 08:00:00 edge app[8]: two\nlines of one<134>Nov 22 08:00:01 edge app[8]: no end' >&3
exec 3>&-
check "a connection's lines are all there" awaited 5000 'program:app AND pid:7'
check "mixed with counts, and without an end" awaited 2 'program:app AND pid:8'
check "one too long is counted" eventually ledger lan RXA refused oversize 1

exec 3<>"/dev/tcp/127.0.0.1/$(port lines)"
printf '<134>Nov 22 08:00:00 edge app[9]: trace\n  at line 1\n  at line 2\n<134>Nov 22 08:00:01 edge app[9]: next\n' >&3
check "lines that belong together stay together, and the last does not wait for a next one" \
    awaited 2 'program:app AND pid:9'
exec 3>&-

seq 1 2000 | sed 's/^/numbered /' >"$work/in.log"
rsyslog other.example
check "a certificate of nobody is turned away, whatever its address" awaits_log \
    'ingest.syslog_unknown_source listener="listener/tls" .*certificate="other.example"'
kill $sender
wait $sender
check "and nothing of it is stored" test "$(stored program:ward)" = 0
rsyslog fw1.rxa.example
check "one that is registered is its source" awaited 2000 'program:ward AND source:fw1'
check "it stops while rsyslog goes on" stop_server TERM
check "it starts again" start_server
# Syslog has no acknowledgement: what rsyslog writes into the connection that is no more, up to
# a batch of its own, is lost, and only then does it connect again.
for probe in $(seq 400); do
    echo "probe $probe" >>"$work/in.log"
    sleep 0.5
    [ "$(stored 'message:probe* AND source:fw1')" -gt 0 ] && break
done
seq 2001 4000 | sed 's/^/numbered /' >>"$work/in.log"
check "rsyslog comes again" awaited 4000 'message:numbered* AND source:fw1 AND org:RXB'
kill $sender
wait $sender
sender=
check "the ledger has counted all" eventually ledger_agrees
check "it stops" stop_server TERM
exit $failed
