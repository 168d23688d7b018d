/* snare.c: see snare.h. */
#include "codec/snare.h"

enum { LABEL_BYTES_MAX = 64 };

/* Takes a field off; the separator is a tab, or what a relay made of it. */
static bool next_field(cord_str *rest, cord_str separator, cord_str *ret_field)
{
    if (!rest->ptr) {
        return false;
    }
    size_t at = cord_str_find(*rest, separator, 0);
    *ret_field = cord_str_slice(*rest, 0, at);
    *rest = at == SIZE_MAX ? ((cord_str){0}) : cord_str_from_byte(*rest, at + separator.len);
    return true;
}

bool cord_snare_read(cord_str text, struct cord_snare *ret_event)
{
    static const char *const separators[] = {"\t", "#011", "\\011", "\\t"};
    struct cord_snare event = {0};
    cord_str skipped = {0};
    size_t at = cord_str_find(text, CORD_STR("MSWinEventLog"), 0);
    if (at == SIZE_MAX) {
        return false;
    }
    cord_str rest = cord_str_from_byte(text, at + 13);
    size_t nearest = SIZE_MAX;
    cord_str separator = {0};
    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
        size_t found = cord_str_find(cord_str_slice(rest, 0, 64), cord_str_from(separators[i]), 0);
        if (found < nearest) {
            nearest = found;
            separator = cord_str_from(separators[i]);
        }
    }
    if (nearest > 8) { /* " 1" or nothing stands between */
        return false;
    }
    if (nearest == 0) {
        rest = cord_str_from_byte(rest, separator.len);
    }
    bool whole =
        next_field(&rest, separator, &skipped) && /* criticality */
        next_field(&rest, separator, &event.channel) &&
        next_field(&rest, separator, &event.counter) && next_field(&rest, separator, &event.time) &&
        next_field(&rest, separator, &event.event_id) &&
        next_field(&rest, separator, &event.provider) &&
        next_field(&rest, separator, &event.user) &&
        next_field(&rest, separator, &skipped) && /* SID type */
        next_field(&rest, separator, &event.type) && next_field(&rest, separator, &event.computer);
    uint64_t number;
    if (!whole || !cord_str_u64(event.event_id, &number)) {
        return false;
    }
    (void)next_field(&rest, separator, &event.category);
    (void)next_field(&rest, separator, &skipped); /* data */
    (void)next_field(&rest, separator, &event.message);
    *ret_event = event;
    return true;
}

static bool is_label_char(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || c == ' ' || c == '(' ||
           c == ')' || c == '-' || c == '/' || c == '_' || c == '.' || c == '\'';
}

/* Length of a label that ends with a colon at the front of the piece, else 0. A
 * drive letter ("C:\") is none. */
static size_t label_length(cord_str piece)
{
    size_t at = 0;
    while (at < piece.len && at <= LABEL_BYTES_MAX && is_label_char(piece.ptr[at])) {
        at++;
    }
    if (at < 2 || at > LABEL_BYTES_MAX || at == piece.len || piece.ptr[at] != ':' ||
        cord_str_is_digit(piece.ptr[0])) {
        return 0;
    }
    return at + 1 == piece.len || piece.ptr[at + 1] == ' ' ? at : 0;
}

/* Text up to two blanks, or a line end or tab. */
static bool next_piece(cord_str *rest, cord_str *ret_piece)
{
    size_t from = 0;
    while (from < rest->len && strchr(" \t\r\n", rest->ptr[from])) {
        from++;
    }
    size_t at = from;
    while (at < rest->len) {
        char c = rest->ptr[at];
        bool wide = c == ' ' && (at + 1 == rest->len || rest->ptr[at + 1] == ' ');
        if (wide || c == '\t' || c == '\r' || c == '\n') {
            break;
        }
        at++;
    }
    *ret_piece = cord_str_slice(*rest, from, at - from);
    *rest = cord_str_from_byte(*rest, at);
    return ret_piece->len > 0;
}

static const char *const sections[] = {
    "Subject",
    "New Logon",
    "Account For Which Logon Failed",
    "Target Account",
    "New Account",
    "Account That Was Locked Out",
    "Target Subject",
    "Creator Subject",
    "Account Whose Credentials Were Used",
    "Target Server",
    "Process Information",
    "Network Information",
    "Logon Information",
    "Failure Information",
    "Detailed Authentication Information",
    "Object",
    "Access Request Information",
    "Service Information",
    "Account Information",
    "Additional Information",
    "Task Information",
    "Share Information",
    "Group",
    "Member",
    "Attributes",
    "Privileges",
};

static bool is_section(cord_str label)
{
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (cord_str_eq(label, cord_str_from(sections[i]))) {
            return true;
        }
    }
    return false;
}

bool cord_snare_label_next(struct cord_snare_labels *labels, cord_str *ret_section,
                           cord_str *ret_label, cord_str *ret_value)
{
    cord_str piece;
    while (next_piece(&labels->rest, &piece)) {
        size_t length = label_length(piece);
        cord_str label = labels->pending;
        labels->pending = (cord_str){0};
        if (length == 0) {
            if (label.len == 0) {
                continue; /* prose */
            }
            *ret_value = piece;
        } else {
            cord_str value = cord_str_trim(cord_str_from_byte(piece, length + 1));
            cord_str found = cord_str_slice(piece, 0, length);
            if (value.len == 0) {
                bool section = is_section(found);
                labels->section = section ? found : labels->section;
                labels->pending = cord_str_slice(found, 0, section ? 0 : found.len);
            }
            if (label.len > 0 && value.len > 0) {
                /* The label before had no value: this pair comes again. */
                labels->rest = (cord_str){piece.ptr, (size_t)(labels->rest.ptr - piece.ptr) +
                                                         labels->rest.len};
                labels->pending = (cord_str){0};
            } else if (value.len > 0) {
                label = found;
            }
            if (label.len == 0) {
                continue;
            }
            *ret_value = cord_str_eq(label, found) ? value : (cord_str){label.ptr, 0};
        }
        *ret_section = labels->section;
        *ret_label = label;
        return true;
    }
    if (labels->pending.len > 0) {
        *ret_section = labels->section;
        *ret_label = labels->pending;
        *ret_value = (cord_str){labels->pending.ptr, 0};
        labels->pending = (cord_str){0};
        return true;
    }
    return false;
}

/* The person or machine a section is about, as the XML's prefix. */
static const struct {
    const char *section;
    const char *prefix;
} prefixes[] = {
    {"Subject", "Subject"},
    {"Creator Subject", "Subject"},
    {"New Logon", "Target"},
    {"Account For Which Logon Failed", "Target"},
    {"Target Account", "Target"},
    {"New Account", "Target"},
    {"Account That Was Locked Out", "Target"},
    {"Target Subject", "Target"},
    {"Account Whose Credentials Were Used", "Target"},
    {"Account Information", "Target"},
    {"Group", "Target"},
};

static const struct {
    const char *label;
    const char *subject;
    const char *target;
} accounts[] = {
    {"Security ID", "SubjectUserSid", "TargetUserSid"},
    {"Account Name", "SubjectUserName", "TargetUserName"},
    {"Group Name", "SubjectUserName", "TargetUserName"},
    {"Account Domain", "SubjectDomainName", "TargetDomainName"},
    {"Group Domain", "SubjectDomainName", "TargetDomainName"},
    {"Logon ID", "SubjectLogonId", "TargetLogonId"},
    {"Logon GUID", "LogonGuid", "LogonGuid"},
};

static const struct {
    const char *label;
    const char *name;
} plain[] = {
    {"Source Network Address", "IpAddress"},
    {"Client Address", "IpAddress"},
    {"Network Address", "IpAddress"},
    {"Source Port", "IpPort"},
    {"Client Port", "IpPort"},
    {"Workstation Name", "WorkstationName"},
    {"Source Workstation", "Workstation"},
    {"Logon Process", "LogonProcessName"},
    {"Authentication Package", "AuthenticationPackageName"},
    {"Package Name (NTLM only)", "LmPackageName"},
    {"Transited Services", "TransmittedServices"},
    {"Failure Reason", "FailureReason"},
    {"Sub Status", "SubStatus"},
    {"New Process ID", "NewProcessId"},
    {"New Process Name", "NewProcessName"},
    {"Creator Process ID", "ProcessId"},
    {"Creator Process Name", "ParentProcessName"},
    {"Process Command Line", "CommandLine"},
    {"Process ID", "ProcessId"},
    {"Caller Process ID", "ProcessId"},
    {"Caller Process Name", "ProcessName"},
    {"Token Elevation Type", "TokenElevationType"},
    {"Service File Name", "ServiceFileName"},
    {"Task Name", "TaskName"},
    {"Task Content", "TaskContent"},
    {"Object Server", "ObjectServer"},
    {"Object Type", "ObjectType"},
    {"Object Name", "ObjectName"},
    {"Share Name", "ShareName"},
    {"Share Path", "ShareLocalPath"},
    {"Relative Target Name", "RelativeTargetName"},
    {"Access Mask", "AccessMask"},
    {"Accesses", "AccessList"},
    {"Access Reasons", "AccessReason"},
    {"Ticket Options", "TicketOptions"},
    {"Ticket Encryption Type", "TicketEncryptionType"},
    {"Result Code", "Status"},
    {"Error Code", "Status"},
    {"Logon Account", "TargetUserName"},
    {"Target Server Name", "TargetServerName"},
    {"Privileges", "PrivilegeList"},
    {"SAM Account Name", "SamAccountName"},
};

cord_str cord_snare_xml_name(cord_str section, cord_str label)
{
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        if (!cord_str_eq(label, cord_str_from(accounts[i].label))) {
            continue;
        }
        for (size_t j = 0; j < sizeof prefixes / sizeof prefixes[0]; j++) {
            if (cord_str_eq(section, cord_str_from(prefixes[j].section))) {
                return cord_str_from(prefixes[j].prefix[0] == 'S' ? accounts[i].subject
                                                                  : accounts[i].target);
            }
        }
        return (cord_str){0};
    }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (cord_str_eq(label, cord_str_from(plain[i].label))) {
            return cord_str_from(plain[i].name);
        }
    }
    return (cord_str){0};
}
