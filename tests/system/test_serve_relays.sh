#!/bin/bash
# test_serve_relays.sh CORDON: syslog-ng and rsyslog forward a counted load over HTTP while the
# server is ended and started again: all of it is there.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"

count=3000
fetched() { # fetched PACKAGE...: unpacked into $work/packages; syslog-ng and rsyslog conflict as packages
    mkdir -p "$work/packages" && cd "$work/packages" || return 1
    timeout 60 apt-get -q download "$@" && for file in *.deb; do dpkg-deb -x "$file" . || return 1; done
}
if ! command -v apt-get >/dev/null ||
    ! (fetched syslog-ng-core syslog-ng-mod-http syslog-ng-scl libivykis0 libnet1 libwrap0 rsyslog-elasticsearch) \
        >"$work/fetch" 2>&1; then
    echo "skipped: Debian's packages cannot be had, so neither can the relays"
    exit 0
fi
library=/usr/lib/$(uname -m)-linux-gnu
relays=$work/packages$library
lacks=$(LD_LIBRARY_PATH=$work/packages/usr/lib/syslog-ng:$relays:$work/packages/lib/$(uname -m)-linux-gnu \
    ldd "$work/packages/usr/sbin/syslog-ng" "$work"/packages/usr/lib/syslog-ng/3.38/lib{afsocket,json-plugin,http}.so |
    awk '/not found/ { print $1 }' | sort -u | paste -sd' ')
if [ -n "$lacks" ]; then
    echo "skipped: syslog-ng lacks $lacks"
    exit 0
fi

cat >"$work/cordon.yaml" <<END
data: $data
rules: [$work/rules]
pack_after: 1
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
sources:
  - {name: relays, organisation: RXA, token_sha256: [$token_hash]}
END
hold_ports 3
http_port=${held[0]}
sed -i "/protocol: http/s/127.0.0.1:0/127.0.0.1:$http_port/" "$work/cordon.yaml"
check "it starts" start_server

# syslog-ng: its Elasticsearch destination, HEC and newline JSON.
ng_port=${held[1]}
cat >"$work/syslog-ng.conf" <<END
@version: 3.38
@module afsocket
@module syslogformat
@module json-plugin
@module http
@module basicfuncs
@include "$work/packages/usr/share/syslog-ng/include/scl/elasticsearch/elastic-http.conf"
options { stats-freq(0); time-reopen(1); };
source all { network(ip(127.0.0.1) port($ng_port) transport(tcp) log-iw-size(20000)); };
destination bulk {
    elasticsearch-http(url("http://127.0.0.1:$http_port/_bulk") index("logs-relay-default") type("")
        user("relay") password("$token") batch-lines(50) batch-timeout(200) retries(1000)
        template("\$(format-json client=bulk n=int(\$MSG) @timestamp=\$ISODATE host=\$HOST)"));
};
destination hec {
    http(url("http://127.0.0.1:$http_port/services/collector/event") method("POST")
        headers("Authorization: Splunk $token") batch-lines(50) batch-timeout(200) retries(1000)
        body("\$(format-json time=\$S_UNIXTIME host=\$HOST event.client=hec event.n=int(\$MSG))"));
};
destination lines {
    http(url("http://127.0.0.1:$http_port/api/v1/events") method("POST")
        headers("Authorization: Bearer $token") batch-lines(50) batch-timeout(200) retries(1000)
        body("\$(format-json client=lines n=int(\$MSG))"));
};
log { source(all); destination(bulk); destination(hec); destination(lines); flags(flow-control); };
END
LD_LIBRARY_PATH=$work/packages/usr/lib/syslog-ng:$relays:$work/packages/lib/$(uname -m)-linux-gnu \
    "$work/packages/usr/sbin/syslog-ng" -F -f "$work/syslog-ng.conf" --no-caps \
    --module-path="$work/packages/usr/lib/syslog-ng/3.38" -R "$work/ng.persist" -c "$work/ng.ctl" -p "$work/ng.pid" \
    >"$work/syslog-ng.log" 2>&1 &
ng=$!

# rsyslog: omelasticsearch.
rs_port=${held[2]}
cat >"$work/rsyslog.conf" <<END
global(workDirectory="$work")
module(load="$library/rsyslog/imtcp.so")
module(load="$relays/rsyslog/omelasticsearch.so")
template(name="event" type="list") { property(name="\$!all-json-plain") }
ruleset(name="send") {
    if strlen(\$.omes!status) == 0 then { # not one that comes again: that has its fields
        set \$!client = "omelasticsearch";
        set \$!n = field(\$msg, 32, 2);
        set \$!host = \$hostname;
    }
    action(type="omelasticsearch" server="127.0.0.1" serverport="$http_port" searchIndex="logs-relay-default"
        searchType="" bulkmode="on" uid="relay" pwd="$token" template="event" healthchecktimeout="2000"
        queue.type="linkedlist" queue.size="20000" queue.dequeuebatchsize="50" queue.timeoutenqueue="60000"
        action.resumeretrycount="-1" action.resumeinterval="1"
        retryfailures="on" retryruleset="send" errorfile="$work/given_up")
}
input(type="imtcp" port="$rs_port" address="127.0.0.1" ruleset="send")
END
"$(command -v rsyslogd || echo /usr/sbin/rsyslogd)" -n -f "$work/rsyslog.conf" -i "$work/rs.pid" >"$work/rsyslog.log" 2>&1 &
rs=$!
trap 'kill $ng $rs 2>/dev/null; stop_server KILL; rm -rf "$work"' EXIT

sends() { # sends PORT: all numbers, slowly enough that the server's restarts fall into it
    for _ in $(seq 1200); do
        exec 3<>"/dev/tcp/127.0.0.1/$1" && break
        sleep 0.1
    done 2>/dev/null
    for from in $(seq 1 100 $count); do
        seq "$from" $((from + 99)) | sed 's/.*/<13>Nov 22 08:00:00 ward-7 app: &/' >&3
        sleep 0.1
    done
    exec 3>&-
}
sends "$ng_port" &
senders=$!
sends "$rs_port" &
senders="$senders $!"
for signal in KILL TERM; do
    sleep 1
    stop_server $signal
    start_server || failed=1
done
# shellcheck disable=SC2086
wait $senders

numbers() { "$cordon" hunt -q --json "client:$1 | fields n" "$data/evidence" | sed 's/[^0-9]//g'; }
distinct() { # distinct CLIENT: how many different numbers
    numbers "$1" | sort -nu | wc -l
}
has_arrived() {
    local got
    got=$(distinct "$1")
    [ "$got" = $count ] || { echo "  $got of $count"; return 1; }
}
for client in bulk hec lines omelasticsearch; do
    check "$client: all there" eventually has_arrived "$client"
done
check "omelasticsearch gives nothing up" test ! -s "$work/given_up"
check "it stops when asked" stop_server TERM
exit $failed
