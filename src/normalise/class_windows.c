/*
 * class_windows.c: Windows event logs.
 *
 * The channel is the service, the event id within it the category. The tables
 * follow Sigma's own list (sigma/mapping/thor.yml) and the channels that the
 * public rules name in their definitions.
 */
#include "normalise/class_internal.h"

struct channel_row {
    const char *channel;
    const char *services; /* "" when no rule names one */
};

static const struct channel_row channels[] = {
    {"Application", "application"},
    {"Security", "security"},
    {"System", "system"},
    {"Directory Service", "directory-service"},
    {"DNS Server", "dns-server"},
    {"Setup", "setup"},
    {"Microsoft-Windows-Sysmon/Operational", "sysmon"},
    {"Microsoft-Windows-NTLM/Operational", "ntlm"},
    {"Microsoft-Windows-PowerShell/Operational", "powershell"},
    {"PowerShellCore/Operational", "powershell"},
    {"Windows PowerShell", "powershell-classic"},
    {"Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"},
    {"Microsoft-Windows-WMI-Activity/Operational", "wmi"},
    {"Microsoft-Windows-DHCP-Server/Operational", "dhcp"},
    {"Microsoft-Windows-DNS-Server/Audit", "dns-server dns-server-audit"},
    {"Microsoft-Windows-DNSServer/Audit", "dns-server dns-server-audit"},
    {"Microsoft-Windows-DNS-Server/Analytical", "dns-server-analytic"},
    {"Microsoft-Windows-DNSServer/Analytical", "dns-server-analytic"},
    {"Microsoft-Windows-DNS-Server/Analytic", "dns-server-analytic"},
    {"Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver-framework"},
    {"Microsoft-Windows-PrintService/Admin", "printservice-admin"},
    {"Microsoft-Windows-PrintService/Operational", "printservice-operational"},
    {"Microsoft-Windows-SmbClient/Security", "smbclient-security"},
    {"Microsoft-Windows-SmbClient/Connectivity", "smbclient-connectivity"},
    {"Microsoft-Windows-SMBServer/Connectivity", "smbserver-connectivity"},
    {"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
     "terminalservices-localsessionmanager"},
    {"Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity-operational"},
    {"Microsoft-Windows-AppLocker/MSI and Script", "applocker"},
    {"Microsoft-Windows-AppLocker/EXE and DLL", "applocker"},
    {"Microsoft-Windows-AppLocker/Packaged app-Deployment", "applocker"},
    {"Microsoft-Windows-AppLocker/Packaged app-Execution", "applocker"},
    {"MSExchange Management", "msexchange-management"},
    {"Microsoft-Windows-Windows Defender/Operational", "windefend"},
    {"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "firewall-as"},
    {"Microsoft-Windows-Bits-Client/Operational", "bits-client"},
    {"Microsoft-Windows-Security-Mitigations/Kernel Mode", "security-mitigations"},
    {"Microsoft-Windows-Security-Mitigations/KernelMode", "security-mitigations"},
    {"Microsoft-Windows-Security-Mitigations/User Mode", "security-mitigations"},
    {"Microsoft-Windows-Security-Mitigations/UserMode", "security-mitigations"},
    {"Microsoft-Windows-Diagnosis-Scripted/Operational", "diagnosis-scripted"},
    {"Microsoft-Windows-Shell-Core/Operational", "shell-core"},
    {"OpenSSH/Operational", "openssh"},
    {"Microsoft-Windows-LDAP-Client/Debug", "ldap"},
    {"Microsoft-Windows-BitLocker/BitLocker Management", "bitlocker"},
    {"Microsoft-Windows-VHDMP/Operational", "vhdmp"},
    {"Microsoft-Windows-VHDMP-Operational", "vhdmp"},
    {"Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment-server"},
    {"Microsoft-Windows-AppXDeployment-Server/Operational", "appxdeployment-server"},
    {"Microsoft-Windows-LSA/Operational", "lsa-server"},
    {"Microsoft-Windows-AppxPackaging/Operational", "appxpackaging-om"},
    {"Microsoft-Windows-DNS Client Events/Operational", "dns-client"},
    {"Microsoft-Windows-DNS-Client/Operational", "dns-client"},
    {"Microsoft-Windows-AppModel-Runtime/Admin", "appmodel-runtime"},
    {"Microsoft-Windows-CAPI2/Operational", "capi2"},
    {"Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
     "certificateservicesclient-lifecycle-system"},
    {"Microsoft-Windows-Kernel-ShimEngine/Operational", "kernel-shimengine"},
    {"Microsoft-Windows-Kernel-ShimEngine/Diagnostic", "kernel-shimengine"},
    {"Microsoft-Windows-Application-Experience/Program-Telemetry", "application-experience"},
    {"Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
     "application-experience"},
    {"Microsoft-Windows-Ntfs/Operational", "ntfs"},
    {"Microsoft-Windows-Hyper-V-Worker", "hyper-v-worker"},
    {"Microsoft-Windows-Hyper-V-Worker-Admin", "hyper-v-worker"},
    {"Microsoft-Windows-Hyper-V-Worker/Admin", "hyper-v-worker"},
    {"Microsoft-Windows-Kernel-EventTracing", "kernel-event-tracing"},
    {"Microsoft-Windows-Kernel-EventTracing/Admin", "kernel-event-tracing"},
    {"Microsoft-Windows-SENSE/Operational", "sense"},
    {"Microsoft-ServiceBus-Client/Admin", "microsoft-servicebus-client servicebus-client"},
    {"Microsoft-ServiceBus-Client/Operational", "microsoft-servicebus-client servicebus-client"},
    {"Microsoft-IIS-Configuration/Operational", "iis-configuration"},
    {"Microsoft-Windows-Kernel-File/Analytic", "kernel-file"},
    {"Microsoft-Windows-RPC-Events", "rpc"},
};

/* Where a provider writes, for collectors that leave the channel out. */
struct provider_row {
    const char *provider;
    const char *channel;
};

static const struct provider_row providers[] = {
    {"Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational"},
    {"Microsoft-Windows-Security-Auditing", "Security"},
    {"Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational"},
    {"PowerShellCore", "PowerShellCore/Operational"},
    {"PowerShell", "Windows PowerShell"},
    {"Service Control Manager", "System"},
    {"Microsoft-Windows-Kernel-General", "System"},
    {"Microsoft-Windows-Kernel-Power", "System"},
    {"Microsoft-Windows-GroupPolicy", "System"},
    {"Microsoft-Windows-Directory-Services-SAM", "System"},
    {"Microsoft-Windows-Kerberos-Key-Distribution-Center", "System"},
    {"Microsoft-Windows-WMI-Activity", "Microsoft-Windows-WMI-Activity/Operational"},
    {"Microsoft-Windows-TaskScheduler", "Microsoft-Windows-TaskScheduler/Operational"},
    {"Microsoft-Windows-Windows Defender", "Microsoft-Windows-Windows Defender/Operational"},
    {"Microsoft-Windows-Windows Firewall With Advanced Security",
     "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"},
    {"Microsoft-Windows-Bits-Client", "Microsoft-Windows-Bits-Client/Operational"},
    {"Microsoft-Windows-CodeIntegrity", "Microsoft-Windows-CodeIntegrity/Operational"},
    {"Microsoft-Windows-AppLocker", "Microsoft-Windows-AppLocker/EXE and DLL"},
    {"Microsoft-Windows-AppXDeployment-Server",
     "Microsoft-Windows-AppXDeploymentServer/Operational"},
    {"Microsoft-Windows-AppxPackagingOM", "Microsoft-Windows-AppxPackaging/Operational"},
    {"Microsoft-Windows-DNS-Client", "Microsoft-Windows-DNS Client Events/Operational"},
    {"Microsoft-Windows-DNS-Server-Service", "DNS Server"},
    {"Microsoft-Windows-DNSServer", "Microsoft-Windows-DNSServer/Audit"},
    {"Microsoft-Windows-DriverFrameworks-UserMode",
     "Microsoft-Windows-DriverFrameworks-UserMode/Operational"},
    {"Microsoft-Windows-TerminalServices-LocalSessionManager",
     "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"},
    {"Microsoft-Windows-NTLM", "Microsoft-Windows-NTLM/Operational"},
    {"Microsoft-Windows-LDAP-Client", "Microsoft-Windows-LDAP-Client/Debug"},
    {"Microsoft-Windows-LSA", "Microsoft-Windows-LSA/Operational"},
    {"LsaSrv", "Microsoft-Windows-LSA/Operational"},
    {"Microsoft-Windows-CAPI2", "Microsoft-Windows-CAPI2/Operational"},
    {"Microsoft-Windows-Shell-Core", "Microsoft-Windows-Shell-Core/Operational"},
    {"Microsoft-Windows-IIS-Configuration", "Microsoft-IIS-Configuration/Operational"},
    {"Microsoft-Windows-Kernel-File", "Microsoft-Windows-Kernel-File/Analytic"},
    {"OpenSSH", "OpenSSH/Operational"},
    {"MsiInstaller", "Application"},
    {"ESENT", "Application"},
    {"MSSQLSERVER", "Application"},
    {"Application Error", "Application"},
    {"MSExchange CmdletLogs", "MSExchange Management"},
};

struct event_row {
    const char *service;
    unsigned first, last; /* event ids */
    const char *categories;
    const struct cord_class_fields *fields;
    enum cord_class_derive derive;
};

#define SYSMON(id, categories)                                                                     \
    {                                                                                              \
        "sysmon", (id), (id), (categories), NULL, 0                                                \
    }

static const struct event_row events[] = {
    SYSMON(1, "process_creation"),
    SYSMON(2, "file_change"),
    SYSMON(3, "network_connection"),
    SYSMON(4, "sysmon_status"),
    SYSMON(5, "process_termination"),
    SYSMON(6, "driver_load"),
    SYSMON(7, "image_load"),
    SYSMON(8, "create_remote_thread"),
    SYSMON(9, "raw_access_thread raw_access_read"),
    SYSMON(10, "process_access"),
    SYSMON(11, "file_event"),
    SYSMON(13, "registry_set registry_event"),
    SYSMON(14, "registry_rename registry_event"),
    SYSMON(15, "create_stream_hash"),
    SYSMON(16, "sysmon_status"),
    SYSMON(17, "pipe_created"),
    SYSMON(18, "pipe_created"),
    SYSMON(19, "wmi_event"),
    SYSMON(20, "wmi_event"),
    SYSMON(21, "wmi_event"),
    SYSMON(22, "dns_query"),
    SYSMON(23, "file_delete"),
    SYSMON(24, "clipboard_change clipboard_capture"),
    SYSMON(25, "process_tampering"),
    SYSMON(26, "file_delete file_delete_detected"),
    SYSMON(27, "file_block_executable file_block"),
    SYSMON(28, "file_block_shredding file_block"),
    SYSMON(29, "file_executable_detected"),
    SYSMON(255, "sysmon_error"),
    {"security", 4688, 4688, "process_creation", &cord_class_fields_4688, CORD_CLASS_DERIVE_4688},
    {"security", 4657, 4657, "registry_set registry_event", &cord_class_fields_4657,
     CORD_CLASS_DERIVE_4657},
    {"security", 5156, 5156, "network_connection", &cord_class_fields_5156, CORD_CLASS_DERIVE_5156},
    {"powershell", 4103, 4103, "ps_module", NULL, 0},
    {"powershell", 4104, 4104, "ps_script", NULL, 0},
    {"powershell-classic", 400, 400, "ps_classic_start", NULL, 0},
    {"powershell-classic", 600, 600, "ps_classic_provider_start", NULL, 0},
    {"powershell-classic", 800, 800, "ps_classic_script", NULL, 0},
    {"windefend", 1006, 1012, "antivirus", &cord_class_fields_defender, 0},
    {"windefend", 1017, 1019, "antivirus", &cord_class_fields_defender, 0},
    {"windefend", 1115, 1116, "antivirus", &cord_class_fields_defender, 0},
    {"kernel-file", 12, 12, "file_access", NULL, 0},
    {"kernel-file", 19, 19, "file_rename", NULL, 0},
    {"kernel-file", 27, 27, "file_rename", NULL, 0},
    {"kernel-file", 26, 26, "file_delete", NULL, 0},
    {"kernel-file", 30, 30, "file_event", NULL, 0},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct channel_row *channel_find(cord_str channel)
{
    for (size_t at = 0; channel.len > 0 && at < COUNT(channels); at++) {
        if (cord_str_eq_fold(cord_str_from(channels[at].channel), channel)) {
            return &channels[at];
        }
    }
    return NULL;
}

static const struct channel_row *provider_find(cord_str provider)
{
    for (size_t at = 0; provider.len > 0 && at < COUNT(providers); at++) {
        if (cord_str_eq_fold(cord_str_from(providers[at].provider), provider)) {
            return channel_find(cord_str_from(providers[at].channel));
        }
    }
    return NULL;
}

/* A claim of a service, as good as its channel. */
static const struct channel_row *service_find(const struct cord_class_identity *identity)
{
    cord_str service = identity->text[CORD_ROLE_SERVICE];
    if (service.len == 0 ||
        !cord_str_eq_fold(identity->text[CORD_ROLE_PRODUCT], CORD_STR("windows"))) {
        return NULL;
    }
    for (size_t at = 0; at < COUNT(channels); at++) {
        cord_str rest = cord_str_from(channels[at].services), word;
        while (cord_str_cut(&rest, ' ', &word)) {
            if (cord_str_eq_fold(word, service)) {
                return &channels[at];
            }
        }
    }
    return NULL;
}

/* A collector that kept neither channel nor provider leaves the fields. */
static const struct channel_row *shape_find(uint64_t markers)
{
    if (markers & CORD_CLASS_BIT(SECURITY)) {
        return channel_find(CORD_STR("Security"));
    }
    if (markers & CORD_CLASS_BIT(SYSMON)) {
        return channel_find(CORD_STR("Microsoft-Windows-Sysmon/Operational"));
    }
    if (markers & CORD_CLASS_BIT(SCRIPT_BLOCK)) {
        return channel_find(CORD_STR("Microsoft-Windows-PowerShell/Operational"));
    }
    return NULL;
}

/* Sysmon 12 is three things; which one, EventType tells. NXLog's own field of
 * that name ("INFO") tells nothing, and leaves all of them possible. */
static void registry_12(const struct cord_class_identity *identity, struct cord_class_words *words)
{
    cord_str type = identity->text[CORD_CLASS_SLOT_TYPE];
    bool created = cord_str_eq_fold(type, CORD_STR("CreateKey"));
    bool deleted = cord_str_eq_fold(type, CORD_STR("DeleteKey")) ||
                   cord_str_eq_fold(type, CORD_STR("DeleteValue"));
    if (!deleted) {
        cord_class_words_categories(words, "registry_add");
    }
    if (!created) {
        cord_class_words_categories(words, "registry_delete");
    }
    cord_class_words_categories(words, "registry_event");
}

static void categories(const struct cord_class_identity *identity, uint64_t event_id,
                       struct cord_class_words *words)
{
    for (size_t at = 0; at < COUNT(events); at++) {
        const struct event_row *row = &events[at];
        if (event_id < row->first || event_id > row->last ||
            !cord_class_words_has_service(words, row->service)) {
            continue;
        }
        cord_class_words_categories(words, row->categories);
        if (row->fields) {
            cord_class_words_fields(words, row->fields);
        }
        words->derive = row->derive;
        return;
    }
    if (event_id == 12 && cord_class_words_has_service(words, "sysmon")) {
        registry_12(identity, words);
    }
}

static bool sysmon_for_linux(const struct cord_class_identity *identity)
{
    return cord_str_eq_fold(identity->text[CORD_ROLE_CHANNEL],
                            CORD_STR("Linux-Sysmon/Operational")) ||
           cord_str_eq_fold(identity->text[CORD_ROLE_PROVIDER], CORD_STR("Linux-Sysmon"));
}

static bool rpc_firewall(const struct cord_class_identity *identity)
{
    return cord_str_eq_fold(identity->text[CORD_ROLE_CHANNEL], CORD_STR("RPCFW")) ||
           cord_str_eq_fold(identity->text[CORD_ROLE_PROVIDER], CORD_STR("RPCFW")) ||
           (identity->markers & CORD_CLASS_BIT(RPC_FIREWALL)) != 0;
}

/* Splunk's "XmlWinEventLog:Security"; "" when it is none. */
static cord_str channel_of_splunk(cord_str source)
{
    static const char *const heads[] = {"XmlWinEventLog:", "WinEventLog:"};
    for (size_t at = 0; at < COUNT(heads); at++) {
        cord_str head = cord_str_from(heads[at]);
        if (cord_str_starts_fold(source, head)) {
            return cord_str_from_byte(source, head.len);
        }
    }
    return CORD_STR("");
}

static const struct channel_row *row_find(const struct cord_class_identity *identity)
{
    cord_str channel = identity->text[CORD_ROLE_CHANNEL];
    const struct channel_row *row = channel_find(channel);
    /* Forwarded events keep their provider, and lose their channel. */
    if (!row && (channel.len == 0 || cord_str_eq_fold(channel, CORD_STR("ForwardedEvents")))) {
        row = provider_find(identity->text[CORD_ROLE_PROVIDER]);
    }
    row = row ? row : service_find(identity);
    if (!row && channel.len == 0) {
        row = channel_find(channel_of_splunk(identity->text[CORD_CLASS_SLOT_SOURCE]));
        row = row ? row : channel_find(channel_of_splunk(identity->text[CORD_ROLE_DATASET]));
    }
    if (!row && channel.len == 0 && identity->text[CORD_ROLE_PROVIDER].len == 0 &&
        identity->text[CORD_ROLE_CATEGORY].len == 0) {
        row = shape_find(identity->markers);
    }
    return row;
}

bool cord_class_windows_resolve(const struct cord_class_identity *identity,
                                struct cord_class_words *words)
{
    uint64_t event_id = 0;
    bool numbered = cord_str_u64(identity->text[CORD_ROLE_EVENT_ID], &event_id);
    if (rpc_firewall(identity)) {
        words->product = CORD_STR("rpc_firewall");
        cord_class_words_categories(words, "application");
        return true;
    }
    if (sysmon_for_linux(identity)) {
        words->product = CORD_STR("linux");
        cord_class_words_services(words, "sysmon");
        words->windows = true;
        categories(identity, event_id, words);
        return true;
    }
    const struct channel_row *row = row_find(identity);
    bool strong = (identity->markers & CORD_CLASS_BIT(WINDOWS)) != 0;
    bool described =
        identity->text[CORD_ROLE_CHANNEL].len > 0 || identity->text[CORD_ROLE_PROVIDER].len > 0;
    if (!row && !(numbered && strong && described)) {
        return false;
    }
    if (!row && identity->text[CORD_ROLE_PRODUCT].len > 0) {
        return false; /* its own claim is better than a channel nobody knows */
    }
    words->product = CORD_STR("windows");
    words->windows = true;
    if (row) {
        cord_class_words_services(words, row->services);
    }
    /* NXLog calls the provider SourceName; event data may have a ProviderName. */
    uint64_t twice = CORD_CLASS_BIT(SOURCE_NAME) | CORD_CLASS_BIT(PROVIDER_NAME);
    words->provider_varies = (identity->markers & twice) == twice;
    words->channel_varies =
        event_id == 104 || cord_str_eq_fold(identity->text[CORD_ROLE_PROVIDER],
                                            CORD_STR("Microsoft-Windows-Eventlog"));
    if (numbered) {
        categories(identity, event_id, words);
    }
    return true;
}

/* The words of a service by itself, and with each of its events. */
static bool service_reaches(const struct cord_class_words *service,
                            const struct cord_class_words *wanted)
{
    const struct cord_class_identity any = {.markers = 0};
    if (cord_class_words_cover(service, wanted)) {
        return true;
    }
    for (size_t at = 0; at < COUNT(events); at++) {
        struct cord_class_words words = *service;
        categories(&any, events[at].first, &words);
        if (cord_class_words_cover(&words, wanted)) {
            return true;
        }
    }
    struct cord_class_words words = *service;
    categories(&any, 12, &words); /* has no row: see registry_12 */
    return cord_class_words_cover(&words, wanted);
}

bool cord_class_windows_reaches(const struct cord_class_words *wanted)
{
    struct cord_class_words firewall = {.product = CORD_STR("rpc_firewall")};
    cord_class_words_categories(&firewall, "application");
    struct cord_class_words sysmon = {.product = CORD_STR("linux")};
    cord_class_words_services(&sysmon, "sysmon");
    if (cord_class_words_cover(&firewall, wanted) || service_reaches(&sysmon, wanted)) {
        return true;
    }
    for (size_t at = 0; at < COUNT(channels); at++) {
        struct cord_class_words words = {.product = CORD_STR("windows")};
        cord_class_words_services(&words, channels[at].services);
        if (service_reaches(&words, wanted)) {
            return true;
        }
    }
    return false;
}

bool cord_class_windows_has_event_id(cord_str category, uint64_t event_id)
{
    static const char *const registry[] = {"registry_add", "registry_delete", "registry_event"};
    bool known = false;
    for (size_t at = 0; at < COUNT(registry); at++) {
        bool same = cord_str_eq_fold(category, cord_str_from(registry[at]));
        known = known || same;
        if (same && event_id == 12) {
            return true;
        }
    }
    for (size_t at = 0; at < COUNT(events); at++) {
        cord_str rest = cord_str_from(events[at].categories), word;
        while (cord_str_cut(&rest, ' ', &word)) {
            bool same = cord_str_eq_fold(category, word);
            known = known || same;
            if (same && event_id >= events[at].first && event_id <= events[at].last) {
                return true;
            }
        }
    }
    return !known;
}
