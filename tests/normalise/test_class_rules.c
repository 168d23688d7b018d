/*
 * test_class_rules.c: every log source of the public rules is reached.
 *
 * Three ways: an event that says what it is, a text format that knows what it
 * reads, or, for applications whose logs have no form of their own, only the
 * words product and category in the event.
 */
#include "normalise/classifier.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "kit/kit.h"

#define TRIPLES_MAX 400
#define DEPTH_MAX   12

struct triple {
    char product[48], category[48], service[64];
    bool reached;
};

struct triples {
    struct triple items[TRIPLES_MAX];
    size_t count;
    size_t rules;
};

static void take_word(const char *line, const char *key, char *ret_word, size_t room)
{
    const char *at = line + strspn(line, " ");
    size_t len = strlen(key);
    if (strncmp(at, key, len) != 0 || at[len] != ':') {
        return;
    }
    at += len + 1;
    at += strspn(at, " '\"");
    size_t word = strcspn(at, " '\"\r\n#");
    (void)snprintf(ret_word, room, "%.*s", (int)word, at);
}

static void triples_add(struct triples *triples, const struct triple *found)
{
    triples->rules++;
    for (size_t at = 0; at < triples->count; at++) {
        struct triple *item = &triples->items[at];
        if (strcmp(item->product, found->product) == 0 &&
            strcmp(item->category, found->category) == 0 &&
            strcmp(item->service, found->service) == 0) {
            return;
        }
    }
    CHECK(triples->count < TRIPLES_MAX);
    triples->items[triples->count++] = *found;
}

static void read_rule(struct triples *triples, const char *path)
{
    FILE *file = fopen(path, "r");
    CHECK(file);
    char line[4096];
    struct triple found = {0};
    bool inside = false, seen = false;
    while (fgets(line, sizeof(line), file)) {
        if (line[0] != ' ' && line[0] != '\n' && line[0] != '\r') {
            inside = strncmp(line, "logsource:", 10) == 0;
            seen = seen || inside;
        } else if (inside) {
            take_word(line, "product", found.product, sizeof(found.product));
            take_word(line, "category", found.category, sizeof(found.category));
            take_word(line, "service", found.service, sizeof(found.service));
        }
    }
    (void)fclose(file);
    if (seen) {
        triples_add(triples, &found);
    }
}

static void read_folder(struct triples *triples, const char *path, unsigned depth)
{
    DIR *folder = depth < DEPTH_MAX ? opendir(path) : NULL;
    if (!folder) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char below[1024];
        struct stat info;
        (void)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || stat(below, &info) != 0) {
            continue;
        }
        size_t len = strlen(entry->d_name);
        if (S_ISDIR(info.st_mode)) {
            read_folder(triples, below, depth + 1);
        } else if (len > 4 && strcmp(entry->d_name + len - 4, ".yml") == 0) {
            read_rule(triples, below);
        }
    }
    (void)closedir(folder);
}

#define WIN(channel, id)                                                                           \
    {                                                                                              \
        "Event.System.Channel", (channel), "Event.System.EventID", (id)                            \
    }
#define SYSMON(id)      WIN("Microsoft-Windows-Sysmon/Operational", id)
#define MICROSOFT(name) WIN("Microsoft-Windows-" name, "1")

/* Events that say what they are. */
static const char *const samples[][9] = {
    SYSMON("1"),
    SYSMON("2"),
    SYSMON("3"),
    SYSMON("4"),
    SYSMON("5"),
    SYSMON("6"),
    SYSMON("7"),
    SYSMON("8"),
    SYSMON("9"),
    SYSMON("10"),
    SYSMON("11"),
    SYSMON("12"),
    SYSMON("13"),
    SYSMON("14"),
    SYSMON("15"),
    SYSMON("16"),
    SYSMON("17"),
    SYSMON("21"),
    SYSMON("22"),
    SYSMON("23"),
    SYSMON("25"),
    SYSMON("29"),
    SYSMON("255"),
    {"Provider_Name", "Microsoft-Windows-Kernel-File", "EventID", "12"},
    {"Provider_Name", "Microsoft-Windows-Kernel-File", "EventID", "19"},
    WIN("Security", "4624"),
    WIN("Application", "1"),
    WIN("System", "7045"),
    WIN("DNS Server", "150"),
    WIN("MSExchange Management", "6"),
    WIN("OpenSSH/Operational", "4"),
    WIN("Microsoft-ServiceBus-Client/Admin", "40300"),
    WIN("Microsoft-IIS-Configuration/Operational", "29"),
    WIN("Windows PowerShell", "400"),
    WIN("Windows PowerShell", "600"),
    WIN("PowerShellCore/Operational", "4103"),
    MICROSOFT("NTLM/Operational"),
    WIN("Microsoft-Windows-PowerShell/Operational", "4104"),
    MICROSOFT("TaskScheduler/Operational"),
    MICROSOFT("WMI-Activity/Operational"),
    MICROSOFT("DNSServer/Analytical"),
    MICROSOFT("DriverFrameworks-UserMode/Operational"),
    MICROSOFT("PrintService/Admin"),
    MICROSOFT("PrintService/Operational"),
    MICROSOFT("SmbClient/Security"),
    MICROSOFT("SmbClient/Connectivity"),
    MICROSOFT("SMBServer/Connectivity"),
    MICROSOFT("TerminalServices-LocalSessionManager/Operational"),
    MICROSOFT("CodeIntegrity/Operational"),
    MICROSOFT("AppLocker/EXE and DLL"),
    WIN("Microsoft-Windows-Windows Defender/Operational", "1116"),
    MICROSOFT("Windows Firewall With Advanced Security/Firewall"),
    MICROSOFT("Bits-Client/Operational"),
    MICROSOFT("Security-Mitigations/UserMode"),
    MICROSOFT("Diagnosis-Scripted/Operational"),
    MICROSOFT("Shell-Core/Operational"),
    MICROSOFT("LDAP-Client/Debug"),
    MICROSOFT("AppXDeploymentServer/Operational"),
    MICROSOFT("LSA/Operational"),
    MICROSOFT("AppxPackaging/Operational"),
    MICROSOFT("DNS Client Events/Operational"),
    MICROSOFT("AppModel-Runtime/Admin"),
    MICROSOFT("CAPI2/Operational"),
    MICROSOFT("CertificateServicesClient-Lifecycle-System/Operational"),
    WIN("Linux-Sysmon/Operational", "1"),
    WIN("Linux-Sysmon/Operational", "3"),
    WIN("Linux-Sysmon/Operational", "11"),
    {"EventLog", "RPCFW", "EventID", "3", "InterfaceUuid", "x"},
    {"eventSource", "ec2.amazonaws.com", "eventName", "x", "awsRegion", "eu-west-2"},
    {"operationName", "MICROSOFT.COMPUTE/WRITE", "resourceId", "/SUBSCRIPTIONS/X"},
    {"operationName", "Add user", "category", "AuditLogs"},
    {"operationName", "Sign-in activity", "category", "NonInteractiveUserSignInLogs"},
    {"riskEventType", "tokenIssuerAnomaly"},
    {"auditType.category", "Permissions", "auditType.action", "x"},
    {"access_device.ip", "192.0.2.1", "event_type", "authentication"},
    {"protoPayload.methodName", "x", "protoPayload.serviceName", "iam.googleapis.com"},
    {"eventService", "admin.googleapis.com", "eventName", "x"},
    {"protoPayload.serviceName", "login.googleapis.com"},
    {"action", "org.add_member", "actor", "x", "org", "y"},
    {"auditID", "x", "verb", "create"},
    {"Operation", "New-InboxRule", "Workload", "Exchange", "RecordType", "1"},
    {"eventSource", "SecurityComplianceCenter", "eventName", "x"},
    {"eventType", "user.session.start", "published", "2026-01-01T00:00:00Z"},
    {"event_type_id", "5", "user_id", "1"},
    {"logtype", "3000", "node_id", "canary"},
    {"host.scan.vuln", "10693"},
    {"id.orig_h", "192.0.2.1", "_path", "dns"},
    {"id.orig_h", "192.0.2.1", "_path", "http"},
    {"id.orig_h", "192.0.2.1", "_path", "smb_files"},
    {"id.orig_h", "192.0.2.1", "_path", "kerberos"},
    {"id.orig_h", "192.0.2.1", "_path", "rdp"},
    {"id.orig_h", "192.0.2.1", "endpoint", "svcctl"},
    {"id.orig_h", "192.0.2.1", "_path", "conn"},
    {"certificate.serial", "00"},
    {"type", "EXECVE", "a0", "ls"},
    {"event.dataset", "apache.access"},
    {"event.dataset", "nginx.access"},
    {"event.dataset", "system.auth"},
    {"event.dataset", "system.syslog"},
    {"event.dataset", "postgresql.log"},
    {"cfgpath", "firewall.policy", "devid", "F", "type", "event"},
    {"event.dataset", "endpoint.events.process", "host.os.type", "macos"},
    {"event.dataset", "endpoint.events.file", "host.os.type", "macos"},
};

/* What the text formats state. */
static const char *const stated[][3] = {
    {"cisco", "", "aaa"},       {"cisco", "", "bgp"},
    {"cisco", "", "ldp"},       {"cisco", "", "syslog"},
    {"huawei", "", "bgp"},      {"juniper", "", "bgp"},
    {"fortios", "", "sslvpnd"}, {"paloalto", "", "globalprotect"},
    {"linux", "", "clamav"},    {"linux", "", "cron"},
    {"linux", "", "guacamole"}, {"linux", "", "sshd"},
    {"linux", "", "sudo"},      {"linux", "", "vsftpd"},
};

/* Messages of applications: any text in any log. Only an event that says
 * product and category itself is known to be one. */
static const char *const said_only[][3] = {
    {"django", "application", ""},        {"jvm", "application", ""},
    {"nodejs", "application", ""},        {"python", "application", ""},
    {"ruby_on_rails", "application", ""}, {"spring", "application", ""},
    {"sql", "application", ""},           {"velocity", "application", ""},
};

static bool has(const cord_str *words, size_t count, const char *word)
{
    for (size_t at = 0; at < count; at++) {
        if (cord_str_eq(words[at], cord_str_from(word))) {
            return true;
        }
    }
    return false;
}

static void mark(struct triples *triples, const struct cord_event_class *found)
{
    for (size_t at = 0; at < triples->count; at++) {
        struct triple *item = &triples->items[at];
        bool product =
            item->product[0] == '\0' || cord_str_eq(found->product, cord_str_from(item->product));
        bool category = item->category[0] == '\0' ||
                        has(found->categories, found->category_count, item->category);
        bool service =
            item->service[0] == '\0' || has(found->services, found->service_count, item->service);
        item->reached = item->reached || (product && category && service);
    }
}

static void mark_event(struct triples *triples, struct cord_paths *paths,
                       struct cord_classifier *classifier, struct cord_batch *batch,
                       const char *const *pairs)
{
    cord_batch_reset(batch);
    for (size_t at = 0; pairs[at]; at += 2) {
        CHECK(cord_value_add(&batch->values, cord_paths_dotted(paths, cord_str_from(pairs[at])),
                             CORD_VALUE_TEXT, 0, cord_str_from(pairs[at + 1])) == CORD_OK);
    }
    struct cord_event *event = NULL;
    CHECK(cord_batch_add(batch, CORD_STR(""), &event) == CORD_OK);
    cord_classifier_run(classifier, batch, 0);
    mark(triples, cord_classifier_class(classifier, event->event_class));
}

static void mark_stated(struct triples *triples, struct cord_classifier *classifier,
                        const char *const words[3])
{
    uint32_t number = cord_classifier_known(classifier, cord_str_from(words[0]),
                                            cord_str_from(words[1]), cord_str_from(words[2]));
    mark(triples, cord_classifier_class(classifier, number));
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void reaches_every_log_source_of_the_rules(void)
{
    static const char *const folders[] = {"rules", "rules-emerging-threats", "rules-threat-hunting",
                                          "rules-compliance", "rules-placeholder"};
    (void)kit_shared_path("sigma"); /* skips before there is something to free */
    struct triples *triples = calloc(1, sizeof(*triples));
    CHECK(triples);
    for (size_t at = 0; at < COUNT(folders); at++) {
        char relative[64];
        (void)snprintf(relative, sizeof(relative), "sigma/%s", folders[at]);
        read_folder(triples, kit_shared_path(relative), 0);
    }
    CHECK(triples->rules > 3000);

    struct cord_paths *paths = cord_paths_new(1);
    struct cord_classifier *classifier = cord_classifier_new(paths, 2);
    struct cord_batch *batch = cord_batch_new(64);
    for (size_t at = 0; at < COUNT(samples); at++) {
        mark_event(triples, paths, classifier, batch, samples[at]);
    }
    for (size_t at = 0; at < COUNT(stated); at++) {
        mark_stated(triples, classifier, stated[at]);
    }
    for (size_t at = 0; at < COUNT(said_only); at++) {
        const char *const pairs[] = {
            "product", said_only[at][0], "category", said_only[at][1], "message", "x", NULL};
        mark_event(triples, paths, classifier, batch, pairs);
    }
    size_t missing = 0;
    for (size_t at = 0; at < triples->count; at++) {
        const struct triple *item = &triples->items[at];
        if (!item->reached) {
            print_message("not reached: product '%s' category '%s' service '%s'\n", item->product,
                          item->category, item->service);
            missing++;
        }
    }
    CHECK_U64(missing, 0);
    cord_batch_free(batch);
    cord_classifier_free(classifier);
    cord_paths_free(paths);
    free(triples);
}

KIT_MAIN(KIT_TEST(reaches_every_log_source_of_the_rules))
