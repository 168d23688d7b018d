/*
 * test_classifier.c: identities to classes, and paths to Sigma's names.
 */
#include "normalise/classifier.h"
#include "normalise/event_time.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "kit/kit.h"

struct bench {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_batch *batch;
};

static struct bench bench_new(void)
{
    struct bench bench = {.paths = cord_paths_new(7)};
    bench.classifier = cord_classifier_new(bench.paths, 11);
    bench.batch = cord_batch_new(64);
    CHECK(bench.paths && bench.classifier && bench.batch);
    return bench;
}

static void bench_free(struct bench *bench)
{
    cord_batch_free(bench->batch);
    cord_classifier_free(bench->classifier);
    cord_paths_free(bench->paths);
}

#define PAIRS_MAX 12

/* name, value, name, value, ..., NULL; "!" before a value: it has escapes. */
static const struct cord_event *classify(struct bench *bench, const char *const *pairs)
{
    cord_batch_reset(bench->batch);
    for (size_t at = 0; pairs[at]; at += 2) {
        uint32_t path = cord_paths_dotted(bench->paths, cord_str_from(pairs[at]));
        bool escaped = pairs[at + 1][0] == '!';
        CHECK(cord_value_add(&bench->batch->values, path, CORD_VALUE_TEXT,
                             escaped ? CORD_VALUE_ESCAPED : 0,
                             cord_str_from(pairs[at + 1] + (escaped ? 1 : 0))) == CORD_OK);
    }
    struct cord_event *event = NULL;
    CHECK(cord_batch_add(bench->batch, CORD_STR(""), &event) == CORD_OK);
    cord_classifier_run(bench->classifier, bench->batch, 0);
    return event;
}

static bool listed(const cord_str *words, size_t count, const char *word)
{
    for (size_t at = 0; at < count; at++) {
        if (cord_str_eq(words[at], cord_str_from(word))) {
            return true;
        }
    }
    return false;
}

static size_t words_in(const char *list)
{
    size_t count = 0;
    cord_str rest = cord_str_from(list), word;
    while (cord_str_cut(&rest, ' ', &word)) {
        count += word.len > 0;
    }
    return count;
}

static void check_words(const cord_str *words, size_t count, const char *list, const char *what)
{
    cord_str rest = cord_str_from(list), word;
    if (count != words_in(list)) {
        fail_msg("%s: %zu words, wanted \"%s\"", what, count, list);
    }
    while (cord_str_cut(&rest, ' ', &word)) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%.*s", CORD_STR_ARG(word));
        if (word.len > 0 && !listed(words, count, text)) {
            fail_msg("%s: no %s", what, text);
        }
    }
}

struct identity_case {
    const char *pairs[PAIRS_MAX];
    const char *product, *categories, *services;
};

#define SYSMON_CHANNEL "Microsoft-Windows-Sysmon/Operational"

static const struct identity_case identities[] = {
    {{"Event.System.Channel", SYSMON_CHANNEL, "Event.System.EventID", "1"},
     "windows",
     "process_creation",
     "sysmon"},
    {{"Event.System.Channel", "Security", "Event.System.EventID.#text", "4688"},
     "windows",
     "process_creation",
     "security"},
    {{"Channel", "security", "EventID", "4624"}, "windows", "", "security"},
    {{"channel", "Security", "event_id.id", "4688", "provider.name",
      "Microsoft-Windows-Security-Auditing"},
     "windows",
     "process_creation",
     "security"},
    {{"Channel", "!Microsoft-Windows-Sysmon\\/Operational", "EventID", "11"},
     "windows",
     "file_event",
     "sysmon"},
    {{"winlog.channel", SYSMON_CHANNEL, "winlog.event_id", "12", "winlog.event_data.EventType",
      "CreateKey"},
     "windows",
     "registry_add registry_event",
     "sysmon"},
    {{"Channel", SYSMON_CHANNEL, "EventID", "12", "EventType", "DeleteValue"},
     "windows",
     "registry_delete registry_event",
     "sysmon"},
    {{"Channel", SYSMON_CHANNEL, "EventID", "12", "EventType", "INFO"},
     "windows",
     "registry_add registry_delete registry_event",
     "sysmon"},
    {{"log_name", "Windows PowerShell", "event_id", "400"},
     "windows",
     "ps_classic_start",
     "powershell-classic"},
    {{"SourceName", "Microsoft-Windows-PowerShell", "EventID", "4104"},
     "windows",
     "ps_script",
     "powershell"},
    {{"EventID", "4688", "NewProcessName", "C:\\x.exe", "SubjectUserSid", "S-1-5-18"},
     "windows",
     "process_creation",
     "security"},
    {{"EventID", "1", "UtcTime", "2026-01-01 00:00:00.000", "Image", "x"},
     "windows",
     "process_creation",
     "sysmon"},
    {{"EventID", "1", "UtcTime", "2026-01-01 00:00:00.000", "product", "windows", "category",
      "process_creation"},
     "windows",
     "process_creation",
     ""},
    {{"Channel", "Microsoft-Windows-Windows Defender/Operational", "EventID", "1116"},
     "windows",
     "antivirus",
     "windefend"},
    {{"Channel", "Some-Other/Channel", "EventID", "1"}, "windows", "", ""},
    {{"EventLog", "RPCFW", "EventID", "3"}, "rpc_firewall", "application", ""},
    {{"Channel", "Linux-Sysmon/Operational", "EventID", "1"},
     "linux",
     "process_creation",
     "sysmon"},
    {{"eventSource", "ec2.amazonaws.com", "eventName", "RunInstances", "eventVersion", "1.08"},
     "aws",
     "",
     "cloudtrail"},
    {{"eventSource", "SecurityComplianceCenter", "eventName", "x", "status", "success"},
     "m365",
     "",
     "threat_management threat_detection"},
    {{"flow_id", "1", "event_type", "dns", "dest_port", "53"}, "suricata", "dns", "dns"},
    {{"id.orig_h", "10.0.0.1", "request_body_len", "1", "service", "http"},
     "zeek",
     "proxy webserver",
     "http"},
    {{"_path", "smb_files", "id.orig_h", "10.0.0.1"}, "zeek", "", "smb_files"},
    {{"category", "SignInLogs", "operationName", "Sign-in activity"}, "azure", "", "signinlogs"},
    {{"properties.riskEventType", "tokenIssuerAnomaly"}, "azure", "", "riskdetection pim"},
    {{"product", "cisco", "service", "aaa", "message", "x"}, "cisco", "", "aaa"},
    {{"f0", "x", "product", "synthetic"}, "synthetic", "", ""},
    {{"type", "SYSCALL", "syscall", "42", "auid", "1", "product", "linux"}, "linux", "", "auditd"},
    {{"product", "windows", "service", "sysmon", "EventID", "3"},
     "windows",
     "network_connection",
     "sysmon"},
    {{"id.orig_h", "1", "_path", "smtp", "service", "x"}, "zeek", "", "smtp"},
    {{"query_name", "x", "query_timestamp", "1"}, "aws", "dns", "route53"},
    {{"EventCode", "1", "source", "XmlWinEventLog:" SYSMON_CHANNEL},
     "windows",
     "process_creation",
     "sysmon"},
    {{"result.EventCode", "4688", "result.source", "WinEventLog:Security"},
     "windows",
     "process_creation",
     "security"},
    {{"EventCode", "1", "source", "/var/log/x"}, "", "", ""},
    {{"detail.eventVersion", "1.08", "detail.eventName", "StopLogging", "source", "aws.cloudtrail"},
     "aws",
     "",
     "cloudtrail"},
    {{"eventname", "stoplogging", "eventsource", "cloudtrail.amazonaws.com"},
     "aws",
     "",
     "cloudtrail"},
    {{"category", "kube-audit-admin", "operationName", "x"}, "kubernetes", "application", "audit"},
    {{"SYSLOG_IDENTIFIER", "sshd", "MESSAGE", "x"}, "linux", "", "sshd auth"},
    {{"SYSLOG_IDENTIFIER", "crontab", "MESSAGE", "x"}, "linux", "", "cron syslog"},
    {{"SYSLOG_IDENTIFIER", "anything", "MESSAGE", "x"}, "linux", "", "syslog"},
    {{"resourceType", "AuditEvent", "type.code", "rest"}, "fhir", "application", "audit"},
    {{"resourceType", "Bundle", "entry.resource.resourceType", "AuditEvent"},
     "fhir",
     "application",
     "audit"},
    {{"resourceType", "Patient", "type.code", "rest"}, "", "", ""},
    {{"resourceType", "MICROSOFT.COMPUTE", "category", "Administrative"}, "", "Administrative", ""},
    {{"EventIdentification.EventActionCode", "R"}, "dicom", "application", "audit"},
    {{"f0", "x", "f1", "y"}, "", "", ""},
};

static void knows_each_identity(void)
{
    struct bench bench = bench_new();
    for (size_t at = 0; at < sizeof(identities) / sizeof(identities[0]); at++) {
        const struct identity_case *row = &identities[at];
        const struct cord_event *event = classify(&bench, row->pairs);
        const struct cord_event_class *found =
            cord_classifier_class(bench.classifier, event->event_class);
        if (!cord_str_eq(found->product, cord_str_from(row->product))) {
            fail_msg("%s=%s: product %.*s, wanted %s", row->pairs[0], row->pairs[1],
                     CORD_STR_ARG(found->product), row->product);
        }
        check_words(found->categories, found->category_count, row->categories, row->pairs[1]);
        check_words(found->services, found->service_count, row->services, row->pairs[1]);
    }
    bench_free(&bench);
}

static void keeps_the_constants_of_windows_classes(void)
{
    struct bench bench = bench_new();
    static const char *const logon[] = {"Event.System.Channel",
                                        "Security",
                                        "Event.System.EventID",
                                        "4624",
                                        "Event.System.Provider.#attributes.Name",
                                        "Microsoft-Windows-Security-Auditing",
                                        NULL};
    static const char *const cleared[] = {"Event.System.Channel",
                                          "System",
                                          "Event.System.EventID",
                                          "104",
                                          "Event.UserData.LogFileCleared.Channel",
                                          "Security",
                                          NULL};
    const struct cord_event *event = classify(&bench, logon);
    const struct cord_event_class *found =
        cord_classifier_class(bench.classifier, event->event_class);
    CHECK_STR(found->channel, "Security");
    CHECK_STR(found->event_id, "4624");
    CHECK_STR(found->provider, "Microsoft-Windows-Security-Auditing");
    uint32_t number = event->event_class;
    CHECK_U64(classify(&bench, logon)->event_class, number);
    /* Two fields are called Channel there, so that it is no constant. */
    event = classify(&bench, cleared);
    CHECK_STR(cord_classifier_class(bench.classifier, event->event_class)->channel, "");
    bench_free(&bench);
}

struct name_case {
    const char *product, *category, *service; /* a stated class, or */
    const char *channel, *event_id;
    const char *path, *name;
};

static const struct name_case names[] = {
    {"windows", "process_creation", "", NULL, NULL, "Event.EventData.Image", "Image"},
    {"windows", "process_creation", "", NULL, NULL, "process.parent.executable", "ParentImage"},
    {"windows", "process_creation", "", NULL, NULL, "Event.System.Provider.#attributes.Name",
     "Provider_Name"},
    {"windows", "process_creation", "", NULL, NULL, "Event.System.EventID.#text", "EventID"},
    {"windows", "process_creation", "", NULL, NULL, "event_data.data.CommandLine", "CommandLine"},
    {"windows", "process_creation", "", NULL, NULL, "_source.winlog.event_data.CommandLine",
     "CommandLine"},
    {"windows", "process_creation", "", NULL, NULL, "data.win.eventdata.commandLine",
     "CommandLine"},
    {"windows", "", "system", NULL, NULL, "Event.UserData.LogFileCleared.Channel", "Channel"},
    {"windows", "", "system", NULL, NULL, "SourceName", "Provider_Name"},
    {"", "", "", "Security", "4688", "Event.EventData.NewProcessName", "Image"},
    {"", "", "", "Security", "4688", "ParentProcessName", "ParentImage"},
    {"", "", "", "Microsoft-Windows-Windows Defender/Operational", "1116",
     "Event.EventData.Threat Name", "ThreatName"},
    {"", "", "", "Microsoft-Windows-Windows Defender/Operational", "1116",
     "Event.EventData.Threat Name", "Signature"},
    {"zeek", "", "http", NULL, NULL, "id.orig_h", "id.orig_h"},
    {"zeek", "", "http", NULL, NULL, "user_agent", "c-useragent"},
    {"", "webserver", "", NULL, NULL, "cs(User-Agent)", "cs-user-agent"},
    {"azure", "", "signinlogs", NULL, NULL, "properties.authenticationRequirement",
     "AuthenticationRequirement"},
    {"aws", "", "cloudtrail", NULL, NULL, "aws.cloudtrail.user_identity.type", "userIdentity.type"},
    {"gcp", "", "gcp.audit", NULL, NULL, "protoPayload.methodName", "gcp.audit.method_name"},
    {"linux", "file_event", "", NULL, NULL, "process.executable", "Image"},
    {"linux", "file_event", "", NULL, NULL, "file.path", "TargetFilename"},
    {"aws", "", "cloudtrail", NULL, NULL, "requestParameters.policy.Status", "requestParameters"},
    {"aws", "", "cloudtrail", NULL, NULL, "detail.requestParameters.x", "requestParameters"},
    {"aws", "", "cloudtrail", NULL, NULL, "useridentity.arn", "userIdentity.arn"},
    {"", "", "", "Security", "4688", "New_Process_Name", "Image"},
    {"azure", "", "signinlogs", NULL, NULL, "UserAgent", "userAgent"},
    {"gcp", "", "google_workspace.login", NULL, NULL, "events.name",
     "protoPayload.metadata.event.eventName"},
    {"", "proxy", "", NULL, NULL, "cs-uri-path", "c-uri"},
    {"fhir", "application", "audit", NULL, NULL, "entry.resource.agent.who.display",
     "agent.who.display"},
};

static const struct cord_event_class *case_class(struct bench *bench, const struct name_case *row)
{
    if (!row->channel) {
        uint32_t number =
            cord_classifier_known(bench->classifier, cord_str_from(row->product),
                                  cord_str_from(row->category), cord_str_from(row->service));
        CHECK(number != 0);
        return cord_classifier_class(bench->classifier, number);
    }
    const char *const pairs[] = {"Channel", row->channel, "EventID", row->event_id, NULL};
    return cord_classifier_class(bench->classifier, classify(bench, pairs)->event_class);
}

static void finds_sigma_names(void)
{
    struct bench bench = bench_new();
    for (size_t at = 0; at < sizeof(names) / sizeof(names[0]); at++) {
        const struct name_case *row = &names[at];
        const struct cord_event_class *found = case_class(&bench, row);
        cord_str list[CORD_CLASS_NAMES_MAX];
        size_t count =
            cord_classifier_names(bench.classifier, found,
                                  cord_paths_dotted(bench.paths, cord_str_from(row->path)), list);
        if (!listed(list, count, row->name)) {
            fail_msg("%s is not called %s", row->path, row->name);
        }
    }
    bench_free(&bench);
}

/* What the files of a Linux host hold together, rules for either may mean. */
static void adds_what_a_stated_source_implies(void)
{
    struct bench bench = bench_new();
    uint32_t number =
        cord_classifier_known(bench.classifier, CORD_STR("linux"), CORD_STR(""), CORD_STR("sshd"));
    const struct cord_event_class *found = cord_classifier_class(bench.classifier, number);
    check_words(found->services, found->service_count, "sshd auth", "sshd");
    CHECK_U64(
        cord_classifier_known(bench.classifier, CORD_STR("linux"), CORD_STR(""), CORD_STR("sshd")),
        number);
    number =
        cord_classifier_known(bench.classifier, CORD_STR("zeek"), CORD_STR(""), CORD_STR("http"));
    found = cord_classifier_class(bench.classifier, number);
    check_words(found->categories, found->category_count, "proxy webserver", "http");
    bench_free(&bench);
}

static void whom_a_request_asks_for_is_no_machine(void)
{
    struct bench bench = bench_new();
    static const char *const request[] = {
        "_path", "http", "id.orig_h", "10.0.0.1", "host", "www.example.org", "uri", "/", NULL};
    static const char *const shipped[] = {
        "_path", "http", "id.orig_h",      "10.0.0.1", "host", "www.example.org",
        "uri",   "/",    "agent.hostname", "SENSOR",   NULL};
    CHECK(!cord_event_role(classify(&bench, request), CORD_ROLE_HOST));
    const struct cord_value *host = cord_event_role(classify(&bench, shipped), CORD_ROLE_HOST);
    CHECK(host != NULL);
    if (host) {
        CHECK_STR(cord_value_str(host), "SENSOR");
    }
    bench_free(&bench);
}

static void gives_the_best_value_a_role(void)
{
    struct bench bench = bench_new();
    static const char *const pairs[] = {
        "host",    "collector", "Hostname", "WS1",  "@timestamp", "2026-01-02T03:04:05Z",
        "Channel", "Security",  "EventID",  "1102", NULL};
    const struct cord_event *event = classify(&bench, pairs);
    const struct cord_value *host = cord_event_role(event, CORD_ROLE_HOST);
    CHECK(host != NULL);
    if (host) {
        CHECK_STR(cord_value_str(host), "WS1");
    }
    CHECK_I64(cord_event_time(event), 1767323045LL * CORD_SECOND_NS);
    CHECK(!cord_event_role(event, CORD_ROLE_USER));
    bench_free(&bench);
}

static void reads_the_times_that_logs_have(void)
{
    static const struct {
        const char *name, *text;
    } times[] = {
        {"@timestamp", "2026-01-02T03:04:05.000Z"},
        {"EventTime", "2026-01-02 03:04:05"},
        {"ts", "1767323045.000000"},
        {"timestamp", "1767323045000"},
        {"UtcTime", "2026-01-02 03:04:05.000"},
        {"TimeCreated", "!\\/Date(1767323045000)\\/"},
        {"TimeCreated", "134117966450000000"},
    };
    struct bench bench = bench_new();
    for (size_t at = 0; at < sizeof(times) / sizeof(times[0]); at++) {
        const char *const pairs[] = {times[at].name, times[at].text, NULL};
        if (cord_event_time(classify(&bench, pairs)) != 1767323045LL * CORD_SECOND_NS) {
            fail_msg("%s %s", times[at].name, times[at].text);
        }
    }
    static const char *const none[] = {"time", "yesterday", NULL};
    CHECK_I64(cord_event_time(classify(&bench, none)), CORD_TIME_NONE);
    bench_free(&bench);
}

static cord_str made(struct bench *bench, const struct cord_event *event, const char *name)
{
    for (uint32_t at = 0; at < event->value_count; at++) {
        cord_str path = cord_paths_text(bench->paths, event->values[at].path);
        if (cord_str_eq(path, cord_str_from(name))) {
            return cord_value_str(&event->values[at]);
        }
    }
    return CORD_STR("(absent)");
}

static void derives_what_rules_read(void)
{
    struct bench bench = bench_new();
    static const char *const created[] = {
        "Channel",      "Security",        "EventID", "4688", "SubjectDomainName",
        "NT AUTHORITY", "SubjectUserName", "SYSTEM",  NULL};
    CHECK_STR(made(&bench, classify(&bench, created), "User"), "NT AUTHORITY\\SYSTEM");
    static const char *const registry[] = {"Channel",
                                           "Security",
                                           "EventID",
                                           "4657",
                                           "ObjectName",
                                           "!\\\\REGISTRY\\\\MACHINE\\\\SOFTWARE\\\\Run",
                                           "ObjectValueName",
                                           "evil",
                                           NULL};
    CHECK_STR(made(&bench, classify(&bench, registry), "TargetObject"),
              "HKLM\\\\SOFTWARE\\\\Run\\\\evil");
    static const char *const connected[] = {"Channel",   "Security", "EventID", "5156",
                                            "Direction", "%%14593",  NULL};
    CHECK_STR(made(&bench, classify(&bench, connected), "Initiated"), "true");
    static const char *const ecs[] = {
        "winlog.channel",   SYSMON_CHANNEL, "winlog.event_id",    "1",  "ecs.version", "8",
        "process.hash.md5", "aa",           "process.pe.imphash", "bb", NULL};
    CHECK_STR(made(&bench, classify(&bench, ecs), "Hashes"), "MD5=aa,IMPHASH=bb");
    static const char *const web[] = {
        "id.orig_h", "10.0.0.1", "request_body_len", "1", "host", "h.example", "uri", "/x?y", NULL};
    CHECK_STR(made(&bench, classify(&bench, web), "c-uri"), "http://h.example/x?y");
    static const char *const fetched[] = {
        "product", "squid", "category", "proxy", "c-uri", "http://h/a.b/x.exe?q=1", NULL};
    CHECK_STR(made(&bench, classify(&bench, fetched), "c-uri-extension"), "exe");
    CHECK_STR(made(&bench, classify(&bench, fetched), "c-uri-query"), "q=1");
    static const char *const workspace[] = {"id.applicationName", "admin", "name", "x", NULL};
    CHECK_STR(made(&bench, classify(&bench, workspace), "eventService"), "admin.googleapis.com");
    bench_free(&bench);
}

static void derives_what_services_write_their_way(void)
{
    struct bench bench = bench_new();
    static const char *const setting[] = {"id.applicationName",
                                          "admin",
                                          "events.name",
                                          "CHANGE_APPLICATION_SETTING",
                                          "events.parameters.name",
                                          "ORG_UNIT_NAME",
                                          "events.parameters.value",
                                          "clinic",
                                          "events.parameters.name",
                                          "NEW_VALUE",
                                          "events.parameters.value",
                                          "false",
                                          NULL};
    CHECK_STR(made(&bench, classify(&bench, setting), "new_value"), "false");
    CHECK_STR(made(&bench, classify(&bench, setting), "setting_name"), "(absent)");
    static const char *const query[] = {"query_name", "a.example.", "query_timestamp", "1", NULL};
    CHECK_STR(made(&bench, classify(&bench, query), "query"), "a.example");
    static const char *const falcon[] = {"event_simpleName",
                                         "ProcessRollup2",
                                         "event_platform",
                                         "Win",
                                         "ImageFileName",
                                         "!\\\\Device\\\\HarddiskVolume12\\\\x.exe",
                                         NULL};
    CHECK_STR(made(&bench, classify(&bench, falcon), "Image"), "C:\\\\x.exe");
    static const char *const parent[] = {"event_simpleName",
                                         "ProcessRollup2",
                                         "event_platform",
                                         "Win",
                                         "ParentBaseFileName",
                                         "services.exe",
                                         NULL};
    CHECK_STR(made(&bench, classify(&bench, parent), "ParentImage"), "\\services.exe");
    static const char *const allowed[] = {
        "Channel", "Security", "EventID", "5156", "Application", "\\device\\harddiskvolume2\\x.exe",
        NULL};
    CHECK_STR(made(&bench, classify(&bench, allowed), "Image"), "C:\\x.exe");
    bench_free(&bench);
}

static void reads_a_record_within_a_record(void)
{
    struct bench bench = bench_new();
    static const char *const audit[] = {
        "category",
        "kube-audit",
        "operationName",
        "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "properties.log",
        "!{\\\"verb\\\":\\\"list\\\",\\\"objectRef\\\":{\\\"resource\\\":\\\"secrets\\\"}}",
        NULL};
    const struct cord_event *event = classify(&bench, audit);
    CHECK_STR(made(&bench, event, "verb"), "list");
    CHECK_STR(made(&bench, event, "objectRef.resource"), "secrets");
    static const char *const broken[] = {"category", "kube-audit",     "operationName",
                                         "x",        "properties.log", "{\"verb\":\"list\",",
                                         NULL};
    event = classify(&bench, broken);
    CHECK_U64(event->value_count, 3);
    CHECK_U64(bench.batch->refusal_count, 0);
    bench_free(&bench);
}

/* Without room the values cannot be there; that must not pass in silence. */
static void says_when_values_found_no_room(void)
{
    struct bench bench = bench_new();
    cord_batch_reset(bench.batch);
    static const char *const created[] = {
        "Channel",           "Security", "EventID",         "4688",
        "SubjectDomainName", "WARD",     "SubjectUserName", "a"};
    for (size_t at = 0; at < 8; at += 2) {
        CHECK(cord_value_add(&bench.batch->values,
                             cord_paths_dotted(bench.paths, cord_str_from(created[at])),
                             CORD_VALUE_TEXT, 0, cord_str_from(created[at + 1])) == CORD_OK);
    }
    struct cord_event *event = NULL;
    CHECK(cord_batch_add(bench.batch, CORD_STR(""), &event) == CORD_OK);
    for (size_t bytes = (size_t)1 << 20; bytes > 0; bytes /= 2) {
        while (cord_arena_bytes(bench.batch->arena, bytes)) {
        }
    }
    cord_classifier_run(bench.classifier, bench.batch, 0);
    CHECK_U64(event->value_count, 4);
    CHECK_U64(bench.batch->refusal_count, 1);
    CHECK_U64(bench.batch->refused, 0);
    bench_free(&bench);
}

static void bounds_hostile_identities(void)
{
    struct bench bench = bench_new();
    for (unsigned round = 0; round < 9000; round++) {
        char channel[32];
        (void)snprintf(channel, sizeof(channel), "Hostile-%u", round);
        const char *const pairs[] = {"Channel", channel, "EventID", "1", NULL};
        const struct cord_event *event = classify(&bench, pairs);
        const struct cord_event_class *found =
            cord_classifier_class(bench.classifier, event->event_class);
        CHECK_STR(found->product, "windows");
    }
    CHECK(cord_classifier_class_count(bench.classifier) <= 4096);
    static const char *const pairs[] = {"Channel", SYSMON_CHANNEL, "EventID", "1", NULL};
    const struct cord_event_class *found =
        cord_classifier_class(bench.classifier, classify(&bench, pairs)->event_class);
    CHECK(listed(found->services, found->service_count, "sysmon"));
    CHECK_STR(found->channel, "");
    bench_free(&bench);
}

static void forgets_names_when_the_paths_are_reset(void)
{
    struct bench bench = bench_new();
    static const char *const pairs[] = {"Channel", "Security", "EventID", "1", NULL};
    uint32_t before = classify(&bench, pairs)->event_class;
    cord_paths_reset(bench.paths);
    (void)cord_paths_dotted(bench.paths, CORD_STR("something.else"));
    CHECK_U64(classify(&bench, pairs)->event_class, before);
    bench_free(&bench);
}

static void survives_failing_allocations(void)
{
    struct cord_paths *paths = cord_paths_new(7);
    CHECK(paths);
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_classifier *classifier = cord_classifier_new(paths, 1);
        uint32_t number = classifier ? cord_classifier_known(classifier, CORD_STR("zeek"),
                                                             CORD_STR(""), CORD_STR("dns"))
                                     : 0;
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one || number != 0);
        cord_classifier_free(classifier);
        if (!failed_one) {
            break;
        }
    }
    cord_paths_free(paths);
}

/* What found no memory once is classified right when there is memory again. */
static void forgets_what_failed(void)
{
    static const char *const pairs[] = {
        "Channel", "Security",        "EventID", "4688", "SubjectDomainName",
        "A",       "SubjectUserName", "B",       NULL};
    for (size_t nth = 1;; nth++) {
        struct bench bench = bench_new();
        for (size_t at = 0; pairs[at]; at += 2) {
            CHECK(cord_value_add(&bench.batch->values,
                                 cord_paths_dotted(bench.paths, cord_str_from(pairs[at])),
                                 CORD_VALUE_TEXT, 0, cord_str_from(pairs[at + 1])) == CORD_OK);
        }
        struct cord_event *added = NULL;
        CHECK(cord_batch_add(bench.batch, CORD_STR(""), &added) == CORD_OK);
        kit_fail_allocation(nth);
        cord_classifier_run(bench.classifier, bench.batch, 0);
        bool failed_one = kit_fail_allocation_off();
        added->event_class = 0;
        cord_classifier_run(bench.classifier, bench.batch, 0);
        CHECK_STR(cord_classifier_class(bench.classifier, added->event_class)->product, "windows");
        bench_free(&bench);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(knows_each_identity), KIT_TEST(keeps_the_constants_of_windows_classes),
         KIT_TEST(finds_sigma_names), KIT_TEST(adds_what_a_stated_source_implies),
         KIT_TEST(whom_a_request_asks_for_is_no_machine), KIT_TEST(gives_the_best_value_a_role),
         KIT_TEST(reads_the_times_that_logs_have), KIT_TEST(derives_what_rules_read),
         KIT_TEST(derives_what_services_write_their_way), KIT_TEST(reads_a_record_within_a_record),
         KIT_TEST(says_when_values_found_no_room), KIT_TEST(bounds_hostile_identities),
         KIT_TEST(forgets_names_when_the_paths_are_reset), KIT_TEST(survives_failing_allocations),
         KIT_TEST(forgets_what_failed))
