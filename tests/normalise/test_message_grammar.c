/* test_message_grammar.c: messages and lines that are known by their layout. */
#include "kit/decode.h"
#include "kit/kit.h"
#include "normalise/formats.h"

#include <stdio.h>

struct expect {
    const char *text;
    const char *lines[16];
};

static void check_all(const struct cord_format *format, const struct expect *cases, size_t count)
{
    static char buffer[65536];
    for (size_t i = 0; i < count; i++) {
        cord_str dump =
            kit_decode_first(format, cord_str_from(cases[i].text), buffer, sizeof buffer);
        for (size_t j = 0; j < 16 && cases[i].lines[j]; j++) {
            if (!kit_decode_has(dump, cases[i].lines[j])) {
                print_error("%s\nhas no %s:\n%s", cases[i].text, cases[i].lines[j], buffer);
                fail();
            }
        }
    }
}

#define CHECK_ALL(format, cases) check_all((format), (cases), sizeof(cases) / sizeof((cases)[0]))

static void reads_firewall_messages_by_number(void)
{
    static const struct expect cases[] = {
        {"<166>Nov 16 2016 10:00:00 fw1 : %ASA-6-302013: Built inbound TCP connection 77 for "
         "outside:192.0.2.7/5555 (192.0.2.7/5555)(CORP\\ann) to dmz:10.9.8.7/443 "
         "(198.51.100.9/8443) (bob)",
         {"action=Built", "action=accept", "direction=inbound", "protocol=TCP", "connection_id=77",
          "src_interface=outside", "src_ip=192.0.2.7", "src_port=5555", "src_user=CORP\\ann",
          "dst_interface=dmz", "dst_ip=10.9.8.7", "dst_nat_ip=198.51.100.9", "dst_nat_port=8443",
          "user=bob", "@class=cisco/firewall/syslog"}},
        {"<166>fw1 %ASA-6-302014: Teardown TCP connection 5 for outside:192.0.2.7/80 to "
         "inside:10.0.0.5/1025 duration 0:00:30 bytes 1234 TCP Reset-I from inside",
         {"action=Teardown", "duration=0:00:30", "bytes=1234", "reason=TCP Reset-I",
          "initiator=inside"}},
        {"<164>fw1 %ASA-4-106023: Deny icmp src outside:192.0.2.1 dst inside:10.0.0.1 (type 8, "
         "code 0) by access-group \"OUT IN\" [0x0, 0x0]",
         {"action=Deny", "protocol=icmp", "icmp_type=8", "rule=OUT IN", "dst_interface=inside"}},
        {"<166>fw1 %ASA-6-605004: Login denied from 192.0.2.9/4321 to outside:198.51.100.1/ssh for "
         "user \"admin\"",
         {"action=denied", "src_ip=192.0.2.9", "service=ssh", "user=admin"}},
        {"<165>fw1 %ASA-5-111010: User 'ann', running 'CLI' from IP 10.0.0.2, executed 'write mem'",
         {"user=ann", "application=CLI", "src_ip=10.0.0.2", "command=write mem"}},
        {"<166>fw1 %ASA-6-716001: Group <G 1> User <ann> IP <192.0.2.3> WebVPN session started.",
         {"group=G 1", "user=ann", "src_ip=192.0.2.3", "session=WebVPN session started."}},
        {"<113>ftd %FTD-1-430003: DeviceUUID: 00-11, AccessControlRuleAction: Allow, SrcIP: "
         "10.1.1.1, DstIP: 192.0.2.2, SrcPort: 99, DstPort: 443, Protocol: tcp, User: ann",
         {"AccessControlRuleAction=Allow", "src_ip=10.1.1.1", "dst_port=443", "user=ann",
          "@class=cisco/firewall/syslog"}},
    };
    static const struct expect bare[] = {
        {"Deny udp src inside:10.0.0.1/53 dst outside:192.0.2.2/53 by access-group \"A\" [0x0, "
         "0x0]",
         {"action=Deny", "src_ip=10.0.0.1", "dst_port=53", "rule=A",
          "@class=cisco/firewall/syslog"}},
        {"ASA-4-106021: Deny TCP reverse path check from 10.0.0.1 to 10.0.0.2 on interface wan",
         {"mnemonic=106021", "dst_interface=wan", "reason=reverse path check"}},
        {"access-list A permitted tcp in/10.0.0.1(80) -> out/192.0.2.1(81) hit-cnt 1 first hit "
         "[0x1, 0x2]",
         {"rule=A", "action=accept", "hit_count=1", "dst_port=81", "src_interface=in"}},
    };
    CHECK_ALL(&cord_format_syslog, cases);
    CHECK_ALL(&cord_format_lines, bare);
}

static void reads_programs_by_layout(void)
{
    static const struct expect cases[] = {
        {"<134>Oct 11 22:14:15 lb haproxy[9]: 192.0.2.7:4000 [11/Oct/2017:22:14:15.100] web~ "
         "app/s1 "
         "1/2/3/4/10 200 512 - - --NI 5/4/3/2/1 0/9 {agent} {} \"GET /a?b=c HTTP/1.1\"",
         {"c-ip=192.0.2.7", "src_port=4000", "frontend_name=web~", "server_name=s1",
          "time_total=10", "sc-status=200", "sc-bytes=512", "termination_state=--NI",
          "backend_queue=9", "request_headers=agent", "cs-method=GET", "cs-uri-stem=/a",
          "cs-uri-query=b=c", "c-uri=/a?b=c", "cs-version=HTTP/1.1"}},
        {"<134>Oct 11 22:14:15 lb haproxy[9]: 192.0.2.7:4000 [11/Oct/2017:22:14:15.100] tcp "
         "b/<NOSRV>"
         " -1/-1/0 212 SC 1/1/0/0/0 0/0",
         {"src_ip=192.0.2.7", "server_name=<NOSRV>", "bytes=212", "termination_state=SC"}},
        {"<22>Oct 11 22:14:15 mx postfix/smtpd[4]: NOQUEUE: reject: RCPT from "
         "a.example[192.0.2.1]: "
         "554 5.7.1 denied; from=<x@y> to=<z@w> proto=ESMTP",
         {"action=reject", "command=RCPT", "src_host=a.example", "src_ip=192.0.2.1", "status=554",
          "from=x@y", "to=z@w"}},
        {"<22>Oct 11 22:14:15 mx dovecot: imap-login: Login: user=<ann>, method=PLAIN, "
         "rip=192.0.2.1, lip=10.0.0.1, mpid=1",
         {"service=imap-login", "action=Login", "user=ann", "@user=ann", "method=PLAIN",
          "src_ip=192.0.2.1", "dst_ip=10.0.0.1"}},
        {"Oct 11 22:14:15 srx RT_FLOW: RT_FLOW_SESSION_DENY: session denied "
         "10.0.0.1/1->192.0.2.1/53 "
         "junos-dns-udp 17(0) block trust untrust UNKNOWN",
         {"action=denied", "service-name=junos-dns-udp", "protocol-id=17", "policy-name=block",
          "source-zone-name=trust", "tag=RT_FLOW_SESSION_DENY"}},
        {"Oct 11 22:14:15 h kernel: [1.5] Shorewall:net2fw:DROP:IN=eth1 OUT= "
         "MAC=00:00:00:00:00:01:00:00:00:00:00:02:08:00 SRC=192.0.2.1 DST=10.0.0.1 LEN=60 ID=1 DF "
         "PROTO=TCP SPT=1 DPT=2 WINDOW=9 RES=0x00 ACK SYN URGP=0",
         {"chain=net2fw", "action=DROP", "dst_mac=00:00:00:00:00:01", "src_mac=00:00:00:00:00:02",
          "fragment_flags=DF", "tcp_flags=ACK SYN"}},
    };
    CHECK_ALL(&cord_format_syslog, cases);
}

static void knows_products_by_what_they_write(void)
{
    static const struct expect cases[] = {
        {"<134>Oct 11 22:14:15 fw filterlog: "
         "5,,,1000000103,em0,match,pass,in,4,0x0,,64,1,0,DF,6,tcp,"
         "60,192.0.2.1,10.0.0.1,40000,22,0,S",
         {"action=pass", "action=accept", "direction=in", "protocol=tcp", "src_ip=192.0.2.1",
          "dst_ip=10.0.0.1", "dst_port=22", "@class=/firewall/"}},
        {"<144>Oct 11 22:14:15 esx dfwpktlogs: 29 INET match PASS domain-c7/1001 IN 60 TCP "
         "10.0.0.5/45926->10.0.0.9/8140 S",
         {"rule=domain-c7/1001", "action=accept", "dst_port=8140", "@class=/firewall/"}},
        {"<13>Oct 11 22:14:15 wsa 1494595445.123 184 10.0.0.6 TCP_MISS/404 461 POST "
         "http://a.example/b - DIRECT/a.example text/html",
         {"c-ip=10.0.0.6", "sc-status=404", "cs-method=POST", "@class=/proxy/"}},
        {"<166>id=firewall sn=C0 fw=10.0.0.1 pri=6 c=1 m=537 msg=\"x\" src=192.0.2.1:61:X1 "
         "dst=10.0.0.7:53:X3 proto=udp/dns",
         {"src_ip=192.0.2.1", "dst_port=53", "@class=/firewall/"}},
        {"<86>Oct 11 22:14:15 h gate[4]: pam_unix(gate:auth): authentication failure; user=ann",
         {"pam_user=ann", "@class=linux//auth"}},
    };
    CHECK_ALL(&cord_format_syslog, cases);
}

static void reads_lines_by_layout(void)
{
    static const struct expect cases[] = {
        {"0a1b bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - REQ1 REST.GET.OBJECT k/ey \"GET "
         "/k/ey "
         "HTTP/1.1\" 200 - 10 10 5 4 \"-\" \"agent x\" -",
         {"bucket=bucket", "@time=2019-02-06T00:00:38.000Z", "c-ip=192.0.2.3",
          "operation=REST.GET.OBJECT", "key=k/ey", "sc-status=200", "cs-user-agent=agent x"}},
        {"2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td.example\t/"
         "i.html\t200\t-\tMoz\t-\t-\t"
         "Hit\tREQ==\td.example\thttps\t23\t0.001\t-\tTLSv1.2\tC\tHit",
         {"@time=2019-12-04T21:02:31.000Z", "cs-host=d.example", "cs-uri-stem=/i.html",
          "x-edge-location=LAX1", "ssl-cipher=C", "@class=/proxy/"}},
        {"[1427925689] SERVICE ALERT: web;Disk space;CRITICAL;SOFT;1;99 % used",
         {"@time=2015-04-01T22:01:29.000Z", "type=SERVICE ALERT", "@host=web", "service=Disk space",
          "state=CRITICAL", "attempt=1"}},
        {"2014-08-10 11:18:35 [28] 1gsu1C-003dCu-Hb <= a@b.example H=h.example (helo) "
         "[192.0.2.1]:3975 I=[10.0.0.1]:25 P=esmtpa S=43 T=\"hi; there\" from <a@b.example> for "
         "c@d",
         {"@time=2014-08-10T11:18:35.000Z", "sender=a@b.example", "helo=helo", "src_ip=192.0.2.1",
          "dst_port=25", "protocol=esmtpa", "subject=hi; there", "to=c@d"}},
        {"2015-05-13T23:39:43.945958Z lb 192.0.2.39:2817 10.0.0.1:80 0.1 0.2 0.3 200 200 0 57 "
         "\"GET "
         "https://www.example.com:443/ HTTP/1.1\" \"curl/7\" CIPHER TLSv1.2",
         {"c-ip=192.0.2.39", "backend_address=10.0.0.1:80", "cs-method=GET",
          "cs-host=www.example.com", "ssl-protocol=TLSv1.2", "@class=/webserver/"}},
        {"1339518083.107412 [0 192.0.2.1:60866] \"config\" \"get\" \"*\"",
         {"src_ip=192.0.2.1", "command=config", "arguments=\"get\" \"*\""}},
        {"text of no layout", {"message=text of no layout"}},
    };
    CHECK_ALL(&cord_format_lines, cases);
}

static void reads_zeek_rows_without_header(void)
{
    static const struct expect cases[] = {
        {"1541350796.901974\tC54z\t192.168.0.26\t5485\t192.0.2.1\t443\ttcp\tssl\t0."
         "15\t1147\t589\tSF\t"
         "T\t0\tShAD\t7\t1439\t8\t921\t(empty)\n",
         {"_path=conn", "uid=C54z", "id.resp_p=443", "local_orig=true", "missed_bytes=0",
          "orig_ip_bytes=1439"}},
        {"1359565680.761790\tCHhA\t192.168.6.10\t53209\t192.0.2.2\t53\tudp\t41477\t0.07\ta."
         "example\t1\t"
         "C_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t192.0.2.9\t60.0\tF\n",
         {"_path=dns", "query=a.example", "qtype_name=A", "answers=192.0.2.9", "RD=true"}},
    };
    struct kit_decode decode;
    CHECK_ALL(&cord_format_zeek, cases);
    /* Another log's row amid: it is known again. One of no log is refused. */
    kit_decode_init(&decode);
    char text[2048];
    int len = snprintf(text, sizeof text, "%s%s1541350796.901974\tonly\tthree\n%s", cases[0].text,
                       cases[1].text, cases[0].text);
    kit_decode_run(&decode, &cord_format_zeek, (cord_str){text, (size_t)len}, "", 64);
    CHECK(decode.events == 3 && decode.refused == 1);
    CHECK(cord_decoder_recognise(cord_str_from(cases[0].text), CORD_STR("x")) == &cord_format_zeek);
    kit_decode_done(&decode);
}

KIT_MAIN(KIT_TEST(reads_firewall_messages_by_number), KIT_TEST(reads_programs_by_layout),
         KIT_TEST(knows_products_by_what_they_write), KIT_TEST(reads_lines_by_layout),
         KIT_TEST(reads_zeek_rows_without_header))
