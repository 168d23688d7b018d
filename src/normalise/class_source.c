/*
 * class_source.c: log sources other than Windows event logs.
 *
 * Rows are tried in order: a source that names itself (an ECS dataset, a Zeek
 * _path) comes before one that is told by its fields. What the event claims
 * outright (product, category, service) counts where no row speaks.
 */
#include "normalise/class_internal.h"

struct source_row {
    uint64_t markers;     /* all of these */
    const char *dataset;  /* NULL: any; a last '*' stands for any rest */
    const char *kind;     /* the same */
    const char *category; /* the same, of the event's own claim */
    const char *product;
    const char *categories;
    const char *services;
};

#define M(name) CORD_CLASS_BIT(name)

static const struct source_row rows[] = {
    /* ECS datasets. */
    {0, "aws.cloudtrail", NULL, NULL, "aws", "", "cloudtrail"},
    {0, "aws.vpcflow", NULL, NULL, "aws", "firewall", "vpcflow netflow"},
    {0, "azure.activitylogs", NULL, NULL, "azure", "", "activitylogs"},
    {0, "azure.auditlogs", NULL, NULL, "azure", "", "auditlogs"},
    {0, "azure.signinlogs", NULL, NULL, "azure", "", "signinlogs"},
    {0, "azure.identity_protection", NULL, NULL, "azure", "", "riskdetection"},
    {0, "gcp.audit", "login.googleapis.com", NULL, "gcp", "", "gcp.audit google_workspace.login"},
    {0, "gcp.audit", "admin.googleapis.com", NULL, "gcp", "", "gcp.audit google_workspace.admin"},
    {0, "gcp.audit", NULL, NULL, "gcp", "", "gcp.audit"},
    {0, "google_workspace.admin", NULL, NULL, "gcp", "", "google_workspace.admin"},
    {0, "gsuite.admin", NULL, NULL, "gcp", "", "google_workspace.admin"},
    {0, "google_workspace.login", NULL, NULL, "gcp", "", "google_workspace.login"},
    {0, "gsuite.login", NULL, NULL, "gcp", "", "google_workspace.login"},
    {0, "o365.audit", "SecurityComplianceCenter", NULL, "m365", "",
     "audit threat_management threat_detection"},
    {0, "o365.audit", "Exchange", NULL, "m365", "", "audit exchange"},
    {0, "o365.audit", NULL, NULL, "m365", "", "audit"},
    {0, "okta.system", NULL, NULL, "okta", "", "okta"},
    {0, "onelogin*", NULL, NULL, "onelogin", "", "onelogin.events"},
    {0, "github.audit", NULL, NULL, "github", "", "audit"},
    {0, "atlassian_bitbucket.audit", NULL, NULL, "bitbucket", "", "audit"},
    {0, "kubernetes.audit*", NULL, NULL, "kubernetes", "application", "audit"},
    {0, "cisco_duo.*", NULL, NULL, "cisco", "", "duo"},
    {0, "fortinet*", NULL, NULL, "fortigate", "firewall", "event"},
    {0, "panw.panos", NULL, NULL, "paloalto", "firewall", ""},
    {0, "cisco.asa", NULL, NULL, "cisco", "firewall", "syslog asa"},
    {0, "cisco_asa.log", NULL, NULL, "cisco", "firewall", "syslog asa"},
    {0, "cisco.ios", NULL, NULL, "cisco", "", "syslog"},
    {0, "cisco_ios.log", NULL, NULL, "cisco", "", "syslog"},
    {0, "apache*", NULL, NULL, "", "webserver", "apache"},
    {0, "nginx.access", NULL, NULL, "", "webserver", "nginx"},
    {0, "nginx.error", NULL, NULL, "", "", "nginx"},
    {0, "iis.access", NULL, NULL, "windows", "webserver", "iis"},
    {0, "squid.log", NULL, NULL, "", "proxy", "squid"},
    {0, "zscaler*.web", NULL, NULL, "zscaler", "proxy", ""},
    {0, "auditd.log", NULL, NULL, "linux", "", "auditd"},
    {0, "auditd_manager.auditd", NULL, NULL, "linux", "", "auditd"},
    {0, "system.auth", NULL, NULL, "linux", "", "auth sshd sudo"},
    {0, "system.syslog", NULL, NULL, "linux", "", "syslog"},
    {0, "postgresql.log", NULL, NULL, "postgresql", "database", ""},
    {0, "mysql.*", NULL, NULL, "mysql", "database", ""},
    {0, "mssql.*", NULL, NULL, "mssql", "database", ""},
    {0, "netflow.log", NULL, NULL, "", "firewall", "netflow"},
    {0, "network_traffic.dns", NULL, NULL, "", "dns", ""},
    {0, "network_traffic.http", NULL, NULL, "", "webserver proxy", ""},
    {0, "network_traffic.flow", NULL, NULL, "", "firewall", "netflow"},
    {0, "suricata.eve", "dns", NULL, "suricata", "dns", "dns"},
    {0, "suricata.eve", "http", NULL, "suricata", "", "http"},
    {0, "suricata.eve", "flow", NULL, "suricata", "", "flow"},
    {0, "suricata.eve", "netflow", NULL, "suricata", "", "netflow"},
    {0, "suricata.eve", "alert", NULL, "suricata", "ids", "alert"},
    {0, "zeek.connection", NULL, NULL, "zeek", "", "conn"},
    {0, "zeek.dns", NULL, NULL, "zeek", "", "dns"},
    {0, "zeek.http", NULL, NULL, "zeek", "", "http"},
    {0, "zeek.smb_files", NULL, NULL, "zeek", "", "smb_files"},
    {0, "zeek.kerberos", NULL, NULL, "zeek", "", "kerberos"},
    {0, "zeek.rdp", NULL, NULL, "zeek", "", "rdp"},
    {0, "zeek.dce_rpc", NULL, NULL, "zeek", "", "dce_rpc"},
    {0, "zeek.x509", NULL, NULL, "zeek", "", "x509"},
    /* Agents on hosts; the product is the host's system. */
    {0, "endpoint.events.process", NULL, NULL, NULL, "process_creation", ""},
    {0, "endpoint.events.file", NULL, NULL, NULL, "file_event", ""},
    {0, "endpoint.events.network", "dns", NULL, NULL, "dns_query", ""},
    {0, "endpoint.events.network", NULL, NULL, NULL, "network_connection", ""},
    {0, "endpoint.events.registry", NULL, NULL, NULL, "registry_event registry_set", ""},
    {0, "endpoint.events.library", NULL, NULL, NULL, "image_load", ""},
    {0, "ProcessRollup2", NULL, NULL, NULL, "process_creation", ""},
    {0, "SyntheticProcessRollup2", NULL, NULL, NULL, "process_creation", ""},
    {0, "DnsRequest", NULL, NULL, NULL, "dns_query", ""},
    {0, "NetworkConnectIP4", NULL, NULL, NULL, "network_connection", ""},
    {0, "NetworkConnectIP6", NULL, NULL, NULL, "network_connection", ""},

    /* Suricata: what an event is stands in event_type. */
    {M(EVE), "dns", NULL, NULL, "suricata", "", "dns"},
    {M(EVE), "http", NULL, NULL, "suricata", "", "http"},
    {M(EVE), "flow", NULL, NULL, "suricata", "", "flow"},
    {M(EVE), "netflow", NULL, NULL, "suricata", "", "netflow"},
    {M(EVE), "alert", NULL, NULL, "suricata", "ids", "alert"},
    {M(EVE), NULL, NULL, NULL, "suricata", "", ""},

    /* Zeek in JSON without _path, told by its columns. */
    {M(ZEEK_X509), NULL, NULL, NULL, "zeek", "", "x509"},
    {M(ZEEK) | M(ZEEK_DNS), NULL, NULL, NULL, "zeek", "", "dns"},
    {M(ZEEK) | M(ZEEK_HTTP), NULL, NULL, NULL, "zeek", "", "http"},
    {M(ZEEK) | M(ZEEK_CONN), NULL, NULL, NULL, "zeek", "", "conn"},
    {M(ZEEK) | M(ZEEK_SMB), NULL, NULL, NULL, "zeek", "", "smb_files"},
    {M(ZEEK) | M(ZEEK_KERBEROS), NULL, NULL, NULL, "zeek", "", "kerberos"},
    {M(ZEEK) | M(ZEEK_RDP), NULL, NULL, NULL, "zeek", "", "rdp"},
    {M(ZEEK) | M(ZEEK_DCE_RPC), NULL, NULL, NULL, "zeek", "", "dce_rpc"},
    {M(ZEEK), NULL, NULL, NULL, "zeek", "", ""},

    /* Cloud and services. */
    {M(EVENT_NAME), NULL, "SecurityComplianceCenter", NULL, "m365", "",
     "threat_management threat_detection"},
    {M(EVENT_NAME), NULL, "Exchange", NULL, "m365", "", "exchange"},
    {M(EVENT_NAME) | M(CLOUDTRAIL_VERSION), NULL, NULL, NULL, "aws", "", "cloudtrail"},
    {M(EVENT_NAME) | M(CLOUDTRAIL_USER), NULL, NULL, NULL, "aws", "", "cloudtrail"},
    {M(EVENT_NAME) | M(CLOUDTRAIL_REGION), NULL, NULL, NULL, "aws", "", "cloudtrail"},
    {M(EVENT_NAME), NULL, "*.amazonaws.com", NULL, "aws", "", "cloudtrail"},
    {M(EVENT_NAME), NULL, "admin.googleapis.com", NULL, "gcp", "", "google_workspace.admin"},
    {M(EVENT_NAME), NULL, "login.googleapis.com", NULL, "gcp", "", "google_workspace.login"},
    {M(GCP), NULL, "login.googleapis.com", NULL, "gcp", "", "gcp.audit google_workspace.login"},
    {M(GCP), NULL, "admin.googleapis.com", NULL, "gcp", "", "gcp.audit google_workspace.admin"},
    {M(GCP), NULL, NULL, NULL, "gcp", "", "gcp.audit"},
    {M(WORKSPACE), NULL, "login", NULL, "gcp", "", "google_workspace.login"},
    {M(WORKSPACE), NULL, "admin", NULL, "gcp", "", "google_workspace.admin"},
    {M(WORKSPACE), NULL, NULL, NULL, "gcp", "", "google_workspace"},
    {M(AZURE_RISK), NULL, NULL, NULL, "azure", "", "riskdetection pim"},
    {M(OPERATION), NULL, NULL, "kube-audit*", "kubernetes", "application", "audit"},
    {M(OPERATION), NULL, NULL, "SignInLogs", "azure", "", "signinlogs"},
    {M(OPERATION), NULL, NULL, "*SignInLogs", "azure", "", "signinlogs"},
    {M(OPERATION), NULL, NULL, "AuditLogs", "azure", "", "auditlogs"},
    {M(OPERATION), NULL, NULL, "UserRiskEvents", "azure", "", "riskdetection pim"},
    {M(OPERATION), NULL, NULL, "RiskyUsers", "azure", "", "riskdetection"},
    {M(AZURE_SIGNIN), NULL, NULL, NULL, "azure", "", "signinlogs"},
    {M(AZURE_AUDIT), NULL, NULL, NULL, "azure", "", "auditlogs"},
    {M(AZURE_ACTIVITY), NULL, NULL, NULL, "azure", "", "activitylogs"},
    {M(OPERATION) | M(AZURE_RESOURCE), NULL, NULL, NULL, "azure", "", "activitylogs"},
    {M(M365) | M(M365_RECORD), NULL, "SecurityComplianceCenter", NULL, "m365", "",
     "audit threat_management threat_detection"},
    {M(M365) | M(M365_RECORD), NULL, "Exchange", NULL, "m365", "", "audit exchange"},
    {M(M365) | M(M365_RECORD), NULL, NULL, NULL, "m365", "", "audit"},
    {M(M365), NULL, "AzureActiveDirectory", NULL, "m365", "", "audit"},
    {M(EVENT_TYPE) | M(OKTA), NULL, NULL, NULL, "okta", "", "okta"},
    {M(EVENT_TYPE) | M(OUTCOME), NULL, NULL, NULL, "okta", "", "okta"},
    {M(ONELOGIN) | M(ONELOGIN_USER), NULL, NULL, NULL, "onelogin", "", "onelogin.events"},
    {M(ONELOGIN), NULL, NULL, NULL, "onelogin", "", "onelogin.events"},
    {M(GITHUB) | M(ACTION), NULL, NULL, NULL, "github", "", "audit"},
    {M(ACTION) | M(ACTOR) | M(ORGANISATION), NULL, NULL, NULL, "github", "", "audit"},
    {M(BITBUCKET), NULL, NULL, NULL, "bitbucket", "", "audit"},
    {M(KUBERNETES), NULL, NULL, NULL, "kubernetes", "", "audit"},
    {M(DUO), NULL, NULL, NULL, "cisco", "", "duo"},
    {M(CANARY) | M(CANARY_NODE), NULL, NULL, NULL, "opencanary", "application", ""},
    {M(QUALYS), NULL, NULL, NULL, "qualys", "", ""},
    {M(FORTINET), "event", NULL, NULL, "fortigate", "", "event"},
    {M(FORTINET), NULL, NULL, NULL, "fortigate", "firewall", ""},
    {M(VPC_FLOW), NULL, NULL, NULL, "aws", "firewall", "vpcflow netflow"},
    {M(RESOLVER), NULL, NULL, NULL, "aws", "dns", "route53"},
    {M(UMBRELLA), NULL, NULL, NULL, "cisco", "dns", "umbrella"},

    /* systemd's journal as JSON, by the program that wrote. */
    {M(JOURNAL), "sshd", NULL, NULL, "linux", "", "sshd"},
    {M(JOURNAL), "sshd-session", NULL, NULL, "linux", "", "sshd"},
    {M(JOURNAL), "sudo", NULL, NULL, "linux", "", "sudo"},
    {M(JOURNAL), "cron*", NULL, NULL, "linux", "", "cron"},
    {M(JOURNAL), "clam*", NULL, NULL, "linux", "", "clamav"},
    {M(JOURNAL), "vsftpd", NULL, NULL, "linux", "", "vsftpd"},
    {M(JOURNAL), "guac*", NULL, NULL, "linux", "", "guacamole"},
    {M(JOURNAL), NULL, NULL, NULL, "linux", "", "syslog"},

    /* Audit messages of health systems: FHIR's resource, and ATNA's (DICOM PS3.15 A.5). */
    {M(FHIR), NULL, "AuditEvent", NULL, "fhir", "application", "audit"},
    {M(ATNA), NULL, NULL, NULL, "dicom", "application", "audit"},

    /* Linux audit records: the record's type is one of these words. */
    {M(AUDITD), NULL, NULL, NULL, "linux", "", "auditd"},
    {0, "SYSCALL", NULL, NULL, "linux", "", "auditd"},
    {0, "EXECVE", NULL, NULL, "linux", "", "auditd"},
    {0, "PROCTITLE", NULL, NULL, "linux", "", "auditd"},
    {0, "ADD_USER", NULL, NULL, "linux", "", "auditd"},
    {0, "DEL_USER", NULL, NULL, "linux", "", "auditd"},

    /* Access logs by their W3C names. */
    {M(WEB) | M(PROXY), NULL, NULL, NULL, "", "proxy webserver", ""},
    {M(WEB), NULL, NULL, NULL, "", "webserver", ""},
    {M(PROXY), NULL, NULL, NULL, "", "proxy", ""},
};

/* What a word brings along, however it was learnt. */
struct companion_row {
    const char *product;
    const char *category; /* "" any */
    const char *service;  /* "" any */
    const char *categories;
    const char *services;
};

static const struct companion_row companions[] = {
    {"zeek", "", "http", "proxy webserver", ""},
    {"zeek", "", "dns", "dns", ""},
    {"zeek", "", "conn", "firewall", "netflow"},
    {"suricata", "", "http", "proxy webserver", ""},
    {"suricata", "", "dns", "dns", ""},
    {"suricata", "", "flow", "firewall", "netflow"},
    {"suricata", "", "netflow", "firewall", "netflow"},
    {"kubernetes", "", "audit", "application", ""},
    {"opencanary", "", "", "application", ""},
    {"rpc_firewall", "", "", "application", ""},
    {"paloalto", "", "globalprotect", "appliance file_event", ""},
    {"linux", "", "sshd", "", "auth"},
    {"linux", "", "sudo", "", "auth"},
    {"linux", "", "cron", "", "syslog"},
    {"", "", "apache", "webserver", ""},
    {"windows", "", "iis", "webserver", ""},
    {"", "", "modsecurity", "webserver", ""},
    {"okta", "", "", "", "okta"},
    {"onelogin", "", "", "", "onelogin.events"},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The pattern is ours and short: at most one '*', anywhere. */
static bool matches(const char *pattern, cord_str text)
{
    if (!pattern) {
        return true;
    }
    cord_str wanted = cord_str_from(pattern);
    size_t star = cord_str_find_char(wanted, '*', 0);
    if (star == SIZE_MAX) {
        return cord_str_eq_fold(wanted, text);
    }
    cord_str head = cord_str_slice(wanted, 0, star), tail = cord_str_from_byte(wanted, star + 1);
    return text.len >= head.len + tail.len && cord_str_starts_fold(text, head) &&
           cord_str_eq_fold(cord_str_from_byte(text, text.len - tail.len), tail);
}

static bool row_matches(const struct source_row *row, const struct cord_class_identity *identity)
{
    return (identity->markers & row->markers) == row->markers &&
           matches(row->dataset, identity->text[CORD_ROLE_DATASET]) &&
           matches(row->kind, identity->text[CORD_CLASS_SLOT_KIND]) &&
           matches(row->category, identity->text[CORD_ROLE_CATEGORY]);
}

static cord_str product_of_os(cord_str os)
{
    if (cord_str_starts_fold(os, CORD_STR("win"))) {
        return CORD_STR("windows");
    }
    if (cord_str_starts_fold(os, CORD_STR("mac")) || cord_str_eq_fold(os, CORD_STR("darwin"))) {
        return CORD_STR("macos");
    }
    static const char *const linuxes[] = {"linux", "lin",  "debian", "redhat",
                                          "suse",  "arch", "ubuntu", "centos"};
    for (size_t at = 0; at < COUNT(linuxes); at++) {
        if (cord_str_eq_fold(os, cord_str_from(linuxes[at]))) {
            return CORD_STR("linux");
        }
    }
    return CORD_STR("");
}

/* Access logs split an address that the proxy rules want whole, or leave it
 * whole where they want parts; resolvers end a name with the root's dot; the
 * reports of Google Workspace shorten the name of a service. */
static void derive_choose(struct cord_class_words *words)
{
    if (cord_class_words_has_category(words, "proxy")) {
        words->derive = CORD_CLASS_DERIVE_URL;
    }
    if (cord_class_words_has_category(words, "dns") && words->derive == CORD_CLASS_DERIVE_NOTHING &&
        !cord_str_eq(words->product, CORD_STR("zeek")) &&
        !cord_str_eq(words->product, CORD_STR("suricata"))) {
        words->derive = CORD_CLASS_DERIVE_QUERY;
    }
    if (cord_str_eq(words->product, CORD_STR("kubernetes")) &&
        cord_class_words_has_service(words, "audit")) {
        words->derive = CORD_CLASS_DERIVE_RECORD;
    }
    if (cord_str_eq(words->product, CORD_STR("gcp")) &&
        (cord_class_words_has_service(words, "google_workspace.admin") ||
         cord_class_words_has_service(words, "google_workspace.login"))) {
        words->derive = CORD_CLASS_DERIVE_WORKSPACE;
    }
}

static void companions_add(struct cord_class_words *words)
{
    for (size_t at = 0; at < COUNT(companions); at++) {
        const struct companion_row *row = &companions[at];
        if ((row->product[0] && !cord_str_eq_fold(cord_str_from(row->product), words->product)) ||
            (row->category[0] && !cord_class_words_has_category(words, row->category)) ||
            (row->service[0] && !cord_class_words_has_service(words, row->service))) {
            continue;
        }
        cord_class_words_categories(words, row->categories);
        cord_class_words_services(words, row->services);
    }
    derive_choose(words);
}

void cord_class_source_stated(cord_str product, cord_str category, cord_str service,
                              struct cord_class_words *words)
{
    words->product = product;
    cord_class_words_category(words, category);
    cord_class_words_service(words, service);
    companions_add(words);
}

static const struct {
    const char *kind;
    const char *categories;
} kinds[] = {
    {"process", "process_creation"},   {"file", "file_event"},
    {"network", "network_connection"}, {"registry", "registry_event registry_set"},
    {"library", "image_load"},
};

/* ECS names a process event of any agent by its category. */
static bool ecs_resolve(const struct cord_class_identity *identity, struct cord_class_words *words)
{
    cord_str product = product_of_os(identity->text[CORD_CLASS_SLOT_OS]);
    if (product.len == 0 || !(identity->markers & CORD_CLASS_BIT(ECS))) {
        return false;
    }
    words->product = product;
    for (size_t at = 0; at < COUNT(kinds); at++) {
        if (cord_str_eq_fold(cord_str_from(kinds[at].kind), identity->text[CORD_CLASS_SLOT_KIND])) {
            cord_class_words_categories(words, kinds[at].categories);
        }
    }
    return true;
}

bool cord_class_source_resolve(const struct cord_class_identity *identity,
                               struct cord_class_words *words)
{
    cord_str dataset = identity->text[CORD_ROLE_DATASET];
    if ((identity->markers & M(ZEEK_PATH)) && dataset.len > 0) {
        cord_class_source_stated(CORD_STR("zeek"), CORD_STR(""), dataset, words);
        return true;
    }
    for (size_t at = 0; at < COUNT(rows); at++) {
        const struct source_row *row = &rows[at];
        if (!row_matches(row, identity)) {
            continue;
        }
        words->product = row->product ? cord_str_from(row->product)
                                      : product_of_os(identity->text[CORD_CLASS_SLOT_OS]);
        cord_class_words_categories(words, row->categories);
        cord_class_words_services(words, row->services);
        companions_add(words);
        if (!row->product && !(identity->markers & M(ECS)) &&
            cord_str_eq(words->product, CORD_STR("windows"))) {
            words->derive = CORD_CLASS_DERIVE_IMAGE;
        }
        return true;
    }
    if (ecs_resolve(identity, words)) {
        return true;
    }
    cord_str product = identity->text[CORD_ROLE_PRODUCT];
    cord_str category = identity->text[CORD_ROLE_CATEGORY];
    cord_str service = identity->text[CORD_ROLE_SERVICE];
    if (product.len + category.len + service.len == 0) {
        return false;
    }
    cord_class_source_stated(product, category, service, words);
    return true;
}

/* One row's words, as they are on each system that has an agent. */
static bool row_reaches(const struct source_row *row, const struct cord_class_words *wanted)
{
    static const char *const systems[] = {"windows", "linux", "macos"};
    for (size_t at = 0; at < (row->product ? 1 : COUNT(systems)); at++) {
        struct cord_class_words words = {0};
        words.product = cord_str_from(row->product ? row->product : systems[at]);
        cord_class_words_categories(&words, row->categories);
        cord_class_words_services(&words, row->services);
        companions_add(&words);
        if (cord_class_words_cover(&words, wanted)) {
            return true;
        }
    }
    return false;
}

bool cord_class_source_reaches(const struct cord_class_words *wanted)
{
    /* Zeek's logs name themselves, and anyone's script may add one. */
    if (cord_str_eq_fold(wanted->product, CORD_STR("zeek")) && wanted->category_count == 0) {
        return true;
    }
    for (size_t at = 0; at < COUNT(rows); at++) {
        if (row_reaches(&rows[at], wanted)) {
            return true;
        }
    }
    for (size_t at = 0; at < COUNT(kinds); at++) {
        const struct source_row row = {.categories = kinds[at].categories, .services = ""};
        if (row_reaches(&row, wanted)) {
            return true;
        }
    }
    return false;
}
