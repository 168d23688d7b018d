/* test_format_text.c: line-based formats, from text to named values. */
#include "kit/decode.h"
#include "kit/kit.h"
#include "normalise/formats.h"

#include <stdio.h>
#include <stdlib.h>

struct expect {
    const char *text;
    const char *lines[12];
};

static void check_all(const struct cord_format *format, const struct expect *cases, size_t count)
{
    static char buffer[65536];
    for (size_t i = 0; i < count; i++) {
        cord_str dump =
            kit_decode_first(format, cord_str_from(cases[i].text), buffer, sizeof buffer);
        for (size_t j = 0; j < 12 && cases[i].lines[j]; j++) {
            if (!kit_decode_has(dump, cases[i].lines[j])) {
                print_error("%s\nhas no %s:\n%s", cases[i].text, cases[i].lines[j], buffer);
                fail();
            }
        }
    }
}

#define CHECK_ALL(format, cases) check_all((format), (cases), sizeof(cases) / sizeof((cases)[0]))

static void reads_syslog_headers(void)
{
    static const struct expect cases[] = {
        {"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
         {"@time=2017-10-11T22:14:15.000Z", "@host=mymachine", "program=su", "facility=auth",
          "severity=crit", "message='su root' failed for lonvick on /dev/pts/8", "user=lonvick",
          "@class=linux//auth"}},
        {"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.",
         {"@time=2003-08-24T05:14:15.000003-07:00", "@host=192.0.2.1", "program=myproc", "pid=8710",
          "message=%% It's time."}},
        {"<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [ex@32473 iut=\"3\" s=\"a\\\"b\"][p@1 "
         "c=\"high\"] text",
         {"msgid=ID47", "iut=3", "s=a\\\"b", "c=high", "message=text"}},
        {"<13>Dec 25 10:00:00 h a: text", {"@time=2016-12-25T10:00:00.000Z"}}, /* not ahead */
        {"<13>Nov 30 09:00:00 h a: text", {"@time=2017-11-30T09:00:00.000Z"}}, /* zones */
        {"<189>123: sw1: *Mar  1 00:00:01.5: %SYS-5-CONFIG_I: Configured from console by bob",
         {"sequence=123", "@host=sw1", "cisco_facility=SYS", "cisco_severity=5",
          "mnemonic=CONFIG_I", "@class=cisco//syslog"}},
        {"<189>Jan 18 11:29:03 sw03 %AAA-5-USER_LOGGED: User ops executed: ping 10.20.30.1",
         {"@host=sw03", "mnemonic=USER_LOGGED", "user=ops", "@class=cisco//aaa"}},
        {"<34>Oct 11 22:14:15 relay <38>Oct 11 22:14:10 inner sshd[5]: Accepted publickey for bob "
         "from 10.0.0.1 port 4022 ssh2",
         {"relay=relay", "@host=inner", "pid=5", "user=bob", "src_ip=10.0.0.1", "src_port=4022",
          "method=publickey", "@class=linux//sshd"}},
        {"no header at all", {"message=no header at all"}},
        {"2016-10-25T12:37:23.297265-07:00 INFO periodic[13707]: cleanup_logs: done",
         {"severity=INFO", "program=periodic", "pid=13707", "message=cleanup_logs: done"}},
        {"83 <34>Oct 11 22:14:15 h su: x", {"@host=h", "message=x"}},
    };
    CHECK_ALL(&cord_format_syslog, cases);
}

static void reads_what_is_inside_of_messages(void)
{
    static const struct expect cases[] = {
        {"Apr 27 15:22:23 n sudo:     dcid : TTY=pts/4 ; PWD=/home/dcid ; USER=root ; "
         "COMMAND=/bin/sh -c a ; b",
         {"user=dcid", "TTY=pts/4", "PWD=/home/dcid", "USER=root", "COMMAND=/bin/sh -c a ; b",
          "@user=dcid", "@class=linux//sudo"}},
        {"Nov 11 22:46:29 h sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 "
         "euid=0 tty=ssh ruser= rhost=1.2.3.4  user=root",
         {"pam_message=authentication failure", "pam_user=root", "pam_rhost=1.2.3.4", "uid=0",
          "pam_service=sshd:auth"}},
        {"Mar  8 20:16:44 b kernel: [20474.05] FW-DROP IN=eth0 OUT= SRC=1.2.3.4 DST=5.6.7.8 "
         "PROTO=TCP SPT=59282 DPT=631 SYN",
         {"SRC=1.2.3.4", "src_ip=1.2.3.4", "dst_ip=5.6.7.8", "src_port=59282", "dst_port=631",
          "action=DROP", "protocol=TCP", "OUT=", "@class=linux/firewall/"}},
        {"<166>May 12 2017 13:24:05 fw1 : %ASA-4-106023: Deny tcp src outside:1.2.3.4/5 dst "
         "inside:6.7.8.9/23 by access-group \"X\" [0x0, 0x0]",
         {"@host=fw1", "action=Deny", "src_ip=1.2.3.4", "src_port=5", "dst_ip=6.7.8.9",
          "dst_port=23", "@class=cisco/firewall/syslog"}},
        {"Jan  1 00:00:00 ns named[2]: client @0x7f 10.0.0.1#555 (a.example): query: a.example IN "
         "A +E(0)K (10.0.0.2)",
         {"query=a.example", "record_type=A", "src_ip=10.0.0.1", "src_port=555", "@class=/dns/"}},
        {"Jan  1 00:00:00 r dnsmasq[2]: query[AAAA] b.example from 10.0.0.9",
         {"query=b.example", "record_type=AAAA", "src_ip=10.0.0.9"}},
        {"<14>Jan  1 00:00:00 h app: @cee:{\"a\":{\"b\":1},\"c\":\"d\"}", {"a.b=1", "c=d"}},
        {"<189>date=2017-05-12 time=13:24:05 devname=\"FG\" type=\"event\" srcip=1.2.3.4 "
         "dstport=80 msg=\"a b=c\"",
         {"devname=FG", "srcip=1.2.3.4", "src_ip=1.2.3.4", "dst_port=80", "msg=a b=c"}},
        {"<14>Sep 17 16:37:25 W1 MSWinEventLog\t1\tSecurity\t6862\tFri Sep 17 16:37:25 2021\t4624\t"
         "Microsoft-Windows-Security-Auditing\tN/A\tN/A\tSuccess Audit\tW1\tLogon\t\tAn account "
         "was logged on.    Subject:   Security ID:  S-1-5-18   Account Name:  W1$    Logon "
         "Information:   Logon Type:  2    New Logon:   Account Name:  bob    Network "
         "Information:   Workstation Name:    Source Network Address: 192.168.0.11\t15",
         {"Channel=Security", "EventID=4624", "Computer=W1", "SubjectUserName=W1$",
          "TargetUserName=bob", "LogonType=2", "IpAddress=192.168.0.11", "SubjectUserSid=S-1-5-18",
          "@provider=Microsoft-Windows-Security-Auditing", "@class=windows//security"}},
        {"Sep 17 16:37:25 h MSWinEventLog#0111#011System#0115#011t#0117045#011Service Control "
         "Manager#011N/A#011N/A#011Information#011H2#011None#011#011text#0111",
         {"Channel=System", "EventID=7045", "@host=H2"}},
    };
    CHECK_ALL(&cord_format_syslog, cases);
}

static void reads_cef_and_leef(void)
{
    static const struct expect cases[] = {
        {"CEF:0|Sec\\|ur|Threat|1.0|100|worm \\\\ found|10|src=10.0.0.1 msg=a \\= b and more "
         "spt=1232 cs1Label=Rule Name cs1=Block it",
         {"deviceVendor=Sec|ur", "deviceProduct=Threat", "name=worm \\ found", "cefSeverity=10",
          "deviceEventClassId=100", "src=10.0.0.1", "msg=a = b and more", "spt=1232",
          "Rule Name=Block it", "src_ip=10.0.0.1"}},
        {"CEF:0|V|P|1|1|n|3|filePath=C:\\Users\\new\\x.exe", {"filePath=C:\\Users\\new\\x.exe"}},
        {"LEEF:1.0|QRadar|QRM|1.0|NEW|src=1.2.3.4\tusrName=bob b\tx=y=z",
         {"deviceVendor=QRadar", "deviceEventClassId=NEW", "src_ip=1.2.3.4", "usrName=bob b",
          "x=y=z"}},
        {"LEEF:2.0|V|P|1|7|x5e|a=1^b=2 3", {"a=1", "b=2 3"}},
        {"<134>May 12 13:24:05 h LEEF:2.0|V|P|1|7|^|a=1^b=2", {"@host=h", "a=1", "b=2"}},
    };
    CHECK_ALL(&cord_format_cef, cases);
}

static void reads_web_logs(void)
{
    static const struct expect cases[] = {
        {"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /a.gif?x=1 HTTP/1.0\" 200 2326 "
         "\"http://r/\" \"Mozilla/4.08 [en]\"",
         {"c-ip=127.0.0.1", "cs-username=frank", "cs-method=GET", "cs-uri-stem=/a.gif",
          "cs-uri-query=x=1", "c-uri=/a.gif?x=1", "sc-status=200", "sc-bytes=2326",
          "cs-referer=http://r/", "cs-user-agent=Mozilla/4.08 [en]",
          "@time=2000-10-10T20:55:36.000Z", "@class=/webserver/"}},
        {"v.example:80 ::1 - - [10/Oct/2000:13:55:36 +0000] \"\\x16\\x03\" 400 0",
         {"cs-host=v.example:80", "c-ip=::1", "request=\\x16\\x03", "sc-status=400"}},
        {"[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 432] [client "
         "72.15.99.187:33] AH00128: File does not exist: /x",
         {"level=error", "module=core", "pid=35708", "tid=432", "c-ip=72.15.99.187", "c-port=33",
          "code=AH00128", "@time=2011-09-09T10:42:29.902022Z", "@class=/webserver/apache"}},
        {"2014/12/30 06:07:37 [error] 80#2: *5 open() failed, client: 1.2.3.4, server: x",
         {"level=error", "pid=80", "tid=2", "c-ip=1.2.3.4"}},
    };
    CHECK_ALL(&cord_format_access, cases);
}

static void reads_audit_events_of_several_records(void)
{
    static const struct expect cases[] = {
        {"node=h1 type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=59 "
         "comm=\"cat\" exe=\"/bin/cat\" key=(null)\n"
         "type=EXECVE msg=audit(1364481363.243:24287): argc=2 a0=\"x\"\n",
         {"type=SYSCALL", "comm=cat", "@host=h1", "@time=1364481363.243", "@class=linux//auditd"}},
        {"type=SYSCALL msg=audit(1364481363.243:24287): syscall=59 comm=636174\n"
         "type=EXECVE msg=audit(1364481363.243:24287): argc=3 a0=\"sh\" a1=\"-c\" a2=6C73202D6C\n"
         "type=PROCTITLE msg=audit(1364481363.243:24287): proctitle=7368002D63\n"
         "type=SYSCALL msg=audit(1364481363.243:24288): syscall=2\n",
         {"comm=cat", "type=EXECVE", "a2=ls -l", "CommandLine=sh -c ls -l", "proctitle=sh -c"}},
        {"type=USER_LOGIN msg=audit(1.000:2): pid=1 msg='op=login acct=\"root\" exe=\"/x\" "
         "res=failed'\x1d"
         "UID=\"root\"",
         {"op=login", "acct=root", "@user=root", "res=failed", "UID=root"}},
        {"type=BAD msg=audit(): x", {"message=type=BAD msg=audit(): x"}},
    };
    CHECK_ALL(&cord_format_auditd, cases);
    struct kit_decode decode;
    kit_decode_init(&decode);
    for (size_t step = 1; step < 260; step += 7) {
        kit_decode_run(&decode, &cord_format_auditd, cord_str_from(cases[1].text), "", step);
        CHECK_U64(decode.events, 2);
    }
    kit_decode_done(&decode);
}

static void reads_zeek_columns_by_their_types(void)
{
    static const struct expect cases[] = {
        {"#separator "
         "\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n"
         "#fields\tts\tid.orig_h\turi\ttags\tok\tuser\tn\n"
         "#types\ttime\taddr\tstring\tset[string]\tbool\tstring\tcount\n"
         "1.500000\t1.2.3.4\t/a\\x09b\\\\c\\x01\tx,y\tT\t(empty)\t-\n",
         {"_path=http", "@dataset=http", "@time=1.500000", "uri=/a\tb\\c\\x01", "tags=x", "tags=y",
          "ok=true", "user=", "id.orig_h=1.2.3.4"}},
        {"#separator |\n#set_separator|;\n#fields|a|b\n#types|string|vector[int]\nx|1;2\n",
         {"a=x", "b=1", "b=2"}},
    };
    CHECK_ALL(&cord_format_zeek, cases);
    struct kit_decode decode;
    kit_decode_init(&decode);
    kit_decode_run(&decode, NULL,
                   CORD_STR("#separator \\x09\n#fields\ta\tb\n1\t2\n1\n1\t2\t3\n"
                            "#fields\tc\n9\n#close\tx\n"),
                   "x.log", 7);
    CHECK_U64(decode.read, 2);
    CHECK_U64(decode.refused, 2);
    CHECK_U64(decode.skipped, 4);
    CHECK_U64(decode.reason_offset, 32);
    kit_decode_done(&decode);
}

static void reads_w3c_columns(void)
{
    static const struct expect cases[] = {
        {"#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
         "#Date: 2017-01-02 00:00:00\r\n#Fields: date time cs-method cs-uri-stem cs-uri-query "
         "c-ip cs(User-Agent) sc-status\r\n2017-01-02 03:04:05 GET /a x=1 1.2.3.4 Moz+5 200\r\n",
         {"cs-method=GET", "cs-uri-stem=/a", "cs-uri-query=x=1", "c-uri=/a?x=1", "c-ip=1.2.3.4",
          "cs-user-agent=Moz+5", "cs(User-Agent)=Moz+5", "sc-status=200",
          "@time=2017-01-02T03:04:05.000Z", "@class=windows/webserver/iis"}},
        {"#Date: 2017-01-02 00:00:00\n#Fields: time c-ip\n03:04:05 -\n",
         {"@time=2017-01-02T03:04:05.000Z"}},
        {"#Software: Microsoft Windows Firewall\n#Fields: date time action protocol src-ip dst-ip\n"
         "2005-04-11 08:05:57 DROP UDP 1.2.3.4 5.6.7.8\n",
         {"action=DROP", "src_ip=1.2.3.4", "@class=/firewall/"}},
    };
    CHECK_ALL(&cord_format_w3c, cases);
}

static void reads_csv_with_quotes_and_line_ends(void)
{
    static const struct expect cases[] = {
        {"Name;Event ID\r\n\"a;\"\"b\r\nc\";4688\r\n", {"c", "Name=a;\"b\r", "Event ID=4688"}},
        {"\xef\xbb\xbf"
         "a,b\n1,\n",
         {"a=1", "b="}},
        {"sep=|\na|b\n1|2\n", {"a=1", "b=2"}},
        {"Level,Date and Time,Source,Event ID,Task Category\nInformation,1/2/2017 3:04:05 "
         "AM,EventLog,6005,None,\"Started\"\n",
         {"Event ID=6005", "Message=Started"}},
    };
    CHECK_ALL(&cord_format_csv, cases);
    struct kit_decode decode;
    kit_decode_init(&decode);
    for (size_t step = 1; step < 40; step += 3) {
        kit_decode_run(&decode, &cord_format_csv,
                       CORD_STR("a,b,c\n1,2,3\n1,2\n1,\"2\n2\",3\n\n1,2,3,4\n"), "x.csv", step);
        CHECK_U64(decode.read, 2);
        CHECK_U64(decode.refused, 2);
        CHECK_U64(decode.skipped, 2);
    }
    CHECK_STR_EQ(decode.reason, cord_str_from("not as many fields as the header line names"));
    CHECK_U64(decode.reason_offset, 12);
    kit_decode_done(&decode);
}

static void reads_frames_with_line_ends_inside(void)
{
    struct kit_decode decode;
    kit_decode_init(&decode);
    cord_str text = CORD_STR("22 <13>Jan  1 00:00:00 ha\n9 <13>b\nc:x\n5 <13>d");
    for (size_t step = 1; step < 60; step += 5) {
        kit_decode_run(&decode, &cord_format_frames, text, "", step);
        CHECK_U64(decode.read + decode.refused, 3);
        CHECK_U64(decode.read, 3);
    }
    kit_decode_done(&decode);
}

static void refuses_a_line_of_more_than_a_mebibyte_once(void)
{
    enum { LONG = (1 << 20) + 1 };
    static char text[3 * LONG];
    struct kit_decode decode;
    kit_decode_init(&decode);
    memset(text, 'a', sizeof text);
    memcpy(text, "x\n", 2);
    text[2 + LONG] = '\n';
    memcpy(text + 3 + LONG, "tail\n", 5);
    for (size_t step = 4096; step <= 4 * LONG; step *= 8) {
        kit_decode_run(&decode, &cord_format_lines, (cord_str){text, LONG + 8}, "", step);
        CHECK_U64(decode.read, 2);
        CHECK_U64(decode.refused, 1);
    }
    text[2 + LONG] = 'a';
    text[1 + LONG] = '\n'; /* one byte less is read */
    kit_decode_run(&decode, &cord_format_lines, (cord_str){text, LONG + 2}, "", 4096);
    CHECK_U64(decode.read, 2);
    memset(text + 2, 'a', sizeof text - 2); /* three times as long, and no end */
    kit_decode_run(&decode, &cord_format_lines, (cord_str){text, sizeof text}, "", 65536);
    CHECK_U64(decode.read, 1);
    CHECK_U64(decode.refused, 1);
    kit_decode_done(&decode);
}

static void recognises_formats_by_content(void)
{
    static const struct {
        const char *text;
        const char *name;
    } cases[] = {
        {"#separator \\x09\n#path\tx\n", "zeek"},
        {"#Software: x\n#Fields: date time\n", "w3c"},
        {"type=SYSCALL msg=audit(1.1:1): a=b\n", "auditd"},
        {"127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1\n", "access"},
        {"CEF:0|a|b|c|d|e|1|f=g\n", "cef"},
        {"a,b,c,d\n1,2,3,4\n", "csv"},
        {"<34>Oct 11 22:14:15 h su: x\n<34>Oct 11 22:14:15 h su: y\n", "syslog"},
        {"Oct 11 22:14:15 h su: x, y, z\n", "syslog"},
        {"a=1 b=2 c=3 d=4 e=5\n", "kv"},
        {"20 <34>Oct 11 22:14:15 20 <34>Oct 11 22:14:15 ", "frames"},
        {"hello\nthere\n", "lines"},
        {"", "lines"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct cord_format *format =
            cord_decoder_recognise(cord_str_from(cases[i].text), CORD_STR("x.log"));
        CHECK_STR_EQ(cord_str_from(format->name), cord_str_from(cases[i].name));
    }
    CHECK(cord_decoder_by_name(CORD_STR("csv")) == &cord_format_csv);
    CHECK(!cord_decoder_by_name(CORD_STR("nothing")));
}

KIT_MAIN(KIT_TEST(reads_syslog_headers), KIT_TEST(reads_what_is_inside_of_messages),
         KIT_TEST(reads_cef_and_leef), KIT_TEST(reads_web_logs),
         KIT_TEST(reads_audit_events_of_several_records),
         KIT_TEST(reads_zeek_columns_by_their_types), KIT_TEST(reads_w3c_columns),
         KIT_TEST(reads_csv_with_quotes_and_line_ends),
         KIT_TEST(reads_frames_with_line_ends_inside),
         KIT_TEST(refuses_a_line_of_more_than_a_mebibyte_once),
         KIT_TEST(recognises_formats_by_content))
