/* message_unix.c: messages of Unix programs. See message_fields.h. */
#include "normalise/message_grammar.h"
#include "normalise/message_internal.h"

enum handler {
    HANDLE_NONE,
    HANDLE_SSHD,
    HANDLE_SUDO,
    HANDLE_SU,
    HANDLE_KERNEL,
    HANDLE_AUDIT,
    HANDLE_CRON,
};

static const struct {
    const char *program;
    enum cord_message_class event_class;
    enum handler handler;
} programs[] = {
    {"sshd", CORD_MESSAGE_CLASS_SSHD, HANDLE_SSHD},
    {"sshd-session", CORD_MESSAGE_CLASS_SSHD, HANDLE_SSHD},
    {"sudo", CORD_MESSAGE_CLASS_SUDO, HANDLE_SUDO},
    {"su", CORD_MESSAGE_CLASS_AUTH, HANDLE_SU},
    {"login", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"systemd-logind", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"pkexec", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"polkitd", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"doas", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"useradd", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"userdel", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"usermod", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"groupadd", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"passwd", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"chpasswd", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"gdm-password", CORD_MESSAGE_CLASS_AUTH, HANDLE_NONE},
    {"cron", CORD_MESSAGE_CLASS_CRON, HANDLE_CRON},
    {"crond", CORD_MESSAGE_CLASS_CRON, HANDLE_CRON},
    {"CRON", CORD_MESSAGE_CLASS_CRON, HANDLE_CRON},
    {"CROND", CORD_MESSAGE_CLASS_CRON, HANDLE_CRON},
    {"crontab", CORD_MESSAGE_CLASS_CRON, HANDLE_CRON},
    {"anacron", CORD_MESSAGE_CLASS_CRON, HANDLE_NONE},
    {"clamd", CORD_MESSAGE_CLASS_CLAMAV, HANDLE_NONE},
    {"clamav", CORD_MESSAGE_CLASS_CLAMAV, HANDLE_NONE},
    {"clamscan", CORD_MESSAGE_CLASS_CLAMAV, HANDLE_NONE},
    {"freshclam", CORD_MESSAGE_CLASS_CLAMAV, HANDLE_NONE},
    {"vsftpd", CORD_MESSAGE_CLASS_VSFTPD, HANDLE_NONE},
    {"guacd", CORD_MESSAGE_CLASS_GUACAMOLE, HANDLE_NONE},
    {"guacamole", CORD_MESSAGE_CLASS_GUACAMOLE, HANDLE_NONE},
    {"auditd", CORD_MESSAGE_CLASS_AUDITD, HANDLE_AUDIT},
    {"audispd", CORD_MESSAGE_CLASS_AUDITD, HANDLE_AUDIT},
    {"audit", CORD_MESSAGE_CLASS_AUDITD, HANDLE_AUDIT},
    {"kernel", CORD_MESSAGE_CLASS_SYSLOG, HANDLE_KERNEL},
    {"systemd", CORD_MESSAGE_CLASS_SYSLOG, HANDLE_NONE},
    {"rsyslogd", CORD_MESSAGE_CLASS_SYSLOG, HANDLE_NONE},
    {"syslogd", CORD_MESSAGE_CLASS_SYSLOG, HANDLE_NONE},
    {"dbus-daemon", CORD_MESSAGE_CLASS_SYSLOG, HANDLE_NONE},
    {"NetworkManager", CORD_MESSAGE_CLASS_SYSLOG, HANDLE_NONE},
};

/* "sshd(pam_unix)" is sshd; "/usr/sbin/cron" is cron. */
static cord_str plain_program(cord_str program)
{
    size_t open = cord_str_find_char(program, '(', 0);
    program = cord_str_slice(program, 0, open);
    const char *slash = program.len > 0 ? memrchr(program.ptr, '/', program.len) : NULL;
    return slash ? cord_str_from_byte(program, (size_t)(slash - program.ptr) + 1) : program;
}

static void put_address(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str ip;
    cord_str port;
    if (text.ptr && cord_message_address(text, &ip, &port) > 0) {
        cord_message_put(fields, emit, CORD_MESSAGE_SRC_IP, ip);
        cord_message_put(fields, emit, CORD_MESSAGE_SRC_PORT, port);
    }
}

/* "Accepted publickey for root from 1.2.3.4 port 22 ssh2", "Failed password for
 * invalid user x from ...", "Invalid user x from ...", "Connection closed by ..." */
static void read_sshd(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str user = cord_message_behind(text, " for invalid user ");
    cord_str from = cord_message_behind(text, " from ");
    if (!user.ptr) {
        user = cord_message_behind(text, " for illegal user ");
    }
    if (!user.ptr && (cord_str_starts(text, CORD_STR("Invalid user ")) ||
                      cord_str_starts(text, CORD_STR("Illegal user ")))) {
        user = cord_str_from_byte(text, 13);
    }
    bool verdict = cord_str_starts(text, CORD_STR("Accepted ")) ||
                   cord_str_starts(text, CORD_STR("Failed ")) ||
                   cord_str_starts(text, CORD_STR("Postponed "));
    if (verdict) {
        cord_str method = cord_str_from_byte(text, cord_str_find_char(text, ' ', 0) + 1);
        cord_message_put(fields, emit, CORD_MESSAGE_METHOD, cord_message_word(method));
        user = user.ptr ? user : cord_message_behind(text, " for ");
    }
    if (!user.ptr) {
        user = cord_message_behind(text, " user ");
    }
    /* A user name may hold blanks: it reaches to " from ". */
    if (user.ptr) {
        size_t end = cord_str_find(user, CORD_STR(" from "), 0);
        cord_str name = end == SIZE_MAX ? cord_message_word(user) : cord_str_slice(user, 0, end);
        name = name.len > 128 ? cord_message_word(user) : name;
        cord_message_put(fields, emit, CORD_MESSAGE_USER, name);
    }
    if (!from.ptr) {
        from = cord_message_behind(text, " by ");
    }
    if (from.ptr) {
        cord_str ip = cord_message_word(from);
        cord_message_put(fields, emit, CORD_MESSAGE_SRC_IP, ip);
        cord_str port = cord_message_behind(from, " port ");
        cord_message_put(fields, emit, CORD_MESSAGE_SRC_PORT,
                         port.ptr ? cord_message_word(port) : port);
    }
}

/* "  dcid : TTY=pts/4 ; PWD=/home/dcid ; USER=root ; COMMAND=/usr/bin/tail -f x" */
static void read_sudo(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    size_t colon = cord_str_find(text, CORD_STR(" : "), 0);
    if (colon == SIZE_MAX) {
        return;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_USER,
                     cord_str_trim(cord_str_slice(text, 0, colon)));
    cord_str rest = cord_str_from_byte(text, colon + 3);
    while (rest.len > 0) {
        size_t end = cord_str_find(rest, CORD_STR(" ; "), 0);
        bool command = cord_str_starts(rest, CORD_STR("COMMAND="));
        cord_str pair = command ? rest : cord_str_slice(rest, 0, end);
        size_t equals = cord_str_find_char(pair, '=', 0);
        if (equals != SIZE_MAX && equals < 32) {
            cord_emit_named(emit, cord_str_trim(cord_str_slice(pair, 0, equals)),
                            cord_str_from_byte(pair, equals + 1));
        } else {
            cord_message_put(fields, emit, CORD_MESSAGE_ACTION, cord_str_trim(pair));
        }
        if (command || end == SIZE_MAX) {
            return;
        }
        rest = cord_str_from_byte(rest, end + 3);
    }
}

/* "FAILED su for root by x", "+ pts/0 x:root", "'su root' failed for x on ..." */
static void read_su(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str by = cord_message_behind(text, " by ");
    cord_str failed = cord_message_behind(text, " failed for ");
    cord_message_put(fields, emit, CORD_MESSAGE_USER,
                     cord_message_word(by.ptr       ? by
                                       : failed.ptr ? failed
                                                    : (cord_str){0}));
}

/* "(root) CMD (run-parts /etc/cron.hourly)" */
static void read_cron(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    size_t close = cord_str_find_char(text, ')', 0);
    if (text.len == 0 || text.ptr[0] != '(' || close == SIZE_MAX) {
        return;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_USER, cord_str_slice(text, 1, close - 1));
    cord_str command = cord_message_behind(text, " CMD (");
    if (command.ptr && command.len > 0) {
        cord_emit_named(emit, CORD_STR("CommandLine"), cord_str_slice(command, 0, command.len - 1));
    }
}

/* "pam_unix(sshd:auth): authentication failure; logname= uid=0 ... rhost=1.2.3.4 user=root",
 * "pam_unix(cron:session): session opened for user root by (uid=0)" */
static bool read_pam(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    size_t open = cord_str_find_char(text, '(', 0);
    size_t close = cord_str_find(cord_str_slice(text, 0, 160), CORD_STR("):"), 0);
    if (!cord_str_starts(text, CORD_STR("pam_")) || open == SIZE_MAX || close == SIZE_MAX ||
        open > close) {
        return false;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_PAM_MODULE, cord_str_slice(text, 0, open));
    cord_message_put(fields, emit, CORD_MESSAGE_PAM_SERVICE,
                     cord_str_slice(text, open + 1, close - open - 1));
    cord_str rest = cord_str_trim(cord_str_from_byte(text, close + 2));
    size_t end = cord_str_find_char(rest, ';', 0);
    cord_message_put(fields, emit, CORD_MESSAGE_PAM_MESSAGE, cord_str_slice(rest, 0, end));
    cord_str user = cord_message_behind(rest, " for user ");
    if (!user.ptr) {
        user = cord_message_behind(rest, " user=");
    }
    cord_str remote = cord_message_behind(rest, " rhost=");
    if (cord_str_starts(rest, CORD_STR("session opened")) ||
        cord_str_starts(rest, CORD_STR("session closed"))) {
        cord_message_put(fields, emit, CORD_MESSAGE_SESSION_STATE, cord_str_slice(rest, 8, 6));
    }
    /* "root(uid=0)": systemd's way. */
    cord_str name = cord_message_word(user);
    name = cord_str_slice(name, 0, cord_str_find_char(name, '(', 0));
    cord_message_put(fields, emit, CORD_MESSAGE_PAM_USER, name);
    cord_message_put(fields, emit, CORD_MESSAGE_USER, name);
    cord_message_put(fields, emit, CORD_MESSAGE_PAM_RHOST, cord_message_word(remote));
    if (end != SIZE_MAX) {
        (void)cord_message_pairs(fields, emit, cord_str_from_byte(rest, end + 1));
    }
    return true;
}

/* "MAC=" holds the receiver's address, the sender's, and the kind of frame. */
static void put_hardware(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    enum { ADDRESS = 17 };
    cord_str mac = cord_message_word(cord_message_behind(text, " MAC="));
    if (mac.len >= 2 * ADDRESS + 1 && mac.ptr[ADDRESS] == ':') {
        cord_message_put(fields, emit, CORD_MESSAGE_DST_MAC, cord_str_slice(mac, 0, ADDRESS));
        cord_message_put(fields, emit, CORD_MESSAGE_SRC_MAC,
                         cord_str_slice(mac, ADDRESS + 1, ADDRESS));
    }
}

/* The words without a value: "DF" of the packet, "ACK PSH" of TCP. */
static void put_flags(struct cord_emit *emit, cord_str text)
{
    size_t proto = cord_str_find(text, CORD_STR(" PROTO="), 0);
    cord_str ip = cord_str_slice(text, 0, proto);
    if (cord_str_ends(ip, CORD_STR(" DF"))) {
        cord_emit_named(emit, CORD_STR("fragment_flags"), CORD_STR("DF"));
    }
    cord_str rest = cord_message_behind(text, " RES=");
    cord_str flags = cord_str_from_byte(rest, cord_message_word(rest).len);
    size_t end = cord_str_find(flags, CORD_STR("URGP="), 0);
    flags = cord_str_trim(cord_str_slice(flags, 0, end == SIZE_MAX ? 0 : end));
    if (flags.len > 0) {
        cord_emit_named(emit, CORD_STR("tcp_flags"), flags);
    }
}

/* "[123.4] prefix IN=eth0 OUT= MAC=... SRC=1.2.3.4 DST=5.6.7.8 ... PROTO=TCP SPT=1 DPT=2" */
static bool read_netfilter(struct cord_message_fields *fields, struct cord_emit *emit,
                           cord_str text)
{
    size_t in = cord_str_find(text, CORD_STR("IN="), 0);
    if (in == SIZE_MAX || cord_str_find(text, CORD_STR(" SRC="), in) == SIZE_MAX ||
        cord_str_find(text, CORD_STR(" DST="), in) == SIZE_MAX) {
        return false;
    }
    cord_str prefix = cord_str_trim(cord_str_slice(text, 0, in));
    if (prefix.len > 0 && prefix.ptr[0] == '[') { /* seconds since boot */
        size_t close = cord_str_find_char(prefix, ']', 0);
        prefix = cord_str_trim(cord_str_from_byte(prefix, close == SIZE_MAX ? 0 : close + 1));
    }
    cord_message_put(fields, emit, CORD_MESSAGE_LOG_PREFIX, prefix);
    /* SuSE: "SFW2-INext-DROP-DEFLT"; Shorewall: "Shorewall:net2fw:DROP:". */
    (void)(cord_message_grammar_match(fields, emit, "SFW2-{chain}-{action:t}", prefix) ||
           cord_message_grammar_match(fields, emit, "Shorewall:{rule|chain}:", prefix));
    static const char *const actions[] = {"DROP",  "REJECT", "ACCEPT", "ACC-",
                                          "BLOCK", "DENY",   "ALLOW"};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (cord_str_find(prefix, cord_str_from(actions[i]), 0) != SIZE_MAX) {
            cord_message_put(fields, emit, CORD_MESSAGE_ACTION,
                             i == 3 ? CORD_STR("ACCEPT") : cord_str_from(actions[i]));
            break;
        }
    }
    (void)cord_message_pairs(fields, emit, cord_str_from_byte(text, in));
    put_hardware(fields, emit, cord_str_from_byte(text, in));
    put_flags(emit, cord_str_from_byte(text, in));
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_NETFILTER);
    return true;
}

/* A record of the audit system, with what stands in front of it. */
static bool read_audit(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    struct cord_auditd record;
    size_t at = cord_str_find(cord_str_slice(text, 0, 256), CORD_STR("audit("), 0);
    if (at == SIZE_MAX) {
        return false;
    }
    size_t type = cord_str_find(cord_str_slice(text, 0, at), CORD_STR("type="), 0);
    size_t node = cord_str_find(cord_str_slice(text, 0, at), CORD_STR("node="), 0);
    size_t from = node < type ? node : type < at ? type : at;
    if (cord_auditd_read(cord_str_from_byte(text, from), &record) != CORD_OK) {
        return false;
    }
    cord_audit_fields_emit(&fields->audit, emit, &record, true);
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_AUDITD);
    return true;
}

static bool is_audit(cord_str text)
{
    return cord_str_starts(text, CORD_STR("type=")) || cord_str_starts(text, CORD_STR("node=")) ||
           cord_str_starts(text, CORD_STR("audit:")) || cord_str_starts(text, CORD_STR("audit("));
}

bool cord_message_unix_read(struct cord_message_fields *fields, struct cord_emit *emit,
                            cord_str program, cord_str text)
{
    cord_str name = plain_program(program);
    size_t at = 0;
    size_t count = sizeof programs / sizeof programs[0];
    for (; name.len > 0 && at < count; at++) {
        if (programs[at].program[0] == name.ptr[0] &&
            cord_str_eq(name, cord_str_from(programs[at].program))) {
            break;
        }
    }
    bool known = name.len > 0 && at < count;
    enum handler handler = known ? programs[at].handler : HANDLE_NONE;
    if ((handler == HANDLE_AUDIT || is_audit(text) || handler == HANDLE_KERNEL) &&
        read_audit(fields, emit, text)) {
        return true;
    }
    if (read_netfilter(fields, emit, text)) {
        return true;
    }
    if (known) {
        cord_message_class(fields, emit, programs[at].event_class);
    }
    if (read_pam(fields, emit, text)) {
        if (!known) { /* of whichever program: someone logged in */
            cord_message_class(fields, emit, CORD_MESSAGE_CLASS_AUTH);
        }
        return true;
    }
    switch (handler) {
    case HANDLE_SSHD:
        read_sshd(fields, emit, text);
        return true;
    case HANDLE_SUDO:
        read_sudo(fields, emit, text);
        return true;
    case HANDLE_SU:
        read_su(fields, emit, text);
        return true;
    case HANDLE_CRON:
        read_cron(fields, emit, text);
        return true;
    case HANDLE_NONE:
    case HANDLE_KERNEL:
    case HANDLE_AUDIT:
    default:
        break;
    }
    put_address(fields, emit, known ? cord_message_behind(text, " from ") : (cord_str){0});
    return false;
}
