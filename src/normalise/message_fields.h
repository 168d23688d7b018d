/*
 * message_fields.h: what is inside of a log message.
 *
 * Recognises the message by its program or its form (CEF, LEEF, Snare, JSON,
 * Cisco, audit, netfilter, sudo, sshd, PAM, DNS queries, Palo Alto, key=value)
 * and adds its parts as values of the event, under the source's own names and,
 * where Sigma's rules ask by another name, under that as well. Sets the
 * event's class when the message tells it. One worker thread.
 */
#ifndef CORD_NORMALISE_MESSAGE_FIELDS_H
#define CORD_NORMALISE_MESSAGE_FIELDS_H

#include "normalise/audit_fields.h"
#include "normalise/line_decoder.h"

struct cord_json_reader;
struct cord_message_grammar;

enum cord_message_name {
    CORD_MESSAGE_USER,
    CORD_MESSAGE_SRC_IP,
    CORD_MESSAGE_SRC_PORT,
    CORD_MESSAGE_DST_IP,
    CORD_MESSAGE_DST_PORT,
    CORD_MESSAGE_PROTOCOL,
    CORD_MESSAGE_ACTION,
    CORD_MESSAGE_RULE,
    CORD_MESSAGE_QUERY,
    CORD_MESSAGE_RECORD_TYPE,
    CORD_MESSAGE_ANSWER,
    CORD_MESSAGE_METHOD,
    CORD_MESSAGE_CISCO_FACILITY,
    CORD_MESSAGE_CISCO_SEVERITY,
    CORD_MESSAGE_CISCO_MNEMONIC,
    CORD_MESSAGE_PAM_MODULE,
    CORD_MESSAGE_PAM_SERVICE,
    CORD_MESSAGE_PAM_MESSAGE,
    CORD_MESSAGE_PAM_USER,
    CORD_MESSAGE_PAM_RHOST,
    CORD_MESSAGE_LOG_PREFIX,
    CORD_MESSAGE_CHANNEL,
    CORD_MESSAGE_EVENT_ID,
    CORD_MESSAGE_PROVIDER,
    CORD_MESSAGE_COMPUTER,
    CORD_MESSAGE_RECORD_ID,
    CORD_MESSAGE_EVENT_TYPE,
    CORD_MESSAGE_TASK_CATEGORY,
    CORD_MESSAGE_EVENT_TIME,
    CORD_MESSAGE_CEF_VERSION,
    CORD_MESSAGE_CEF_VENDOR,
    CORD_MESSAGE_CEF_PRODUCT,
    CORD_MESSAGE_CEF_PRODUCT_VERSION,
    CORD_MESSAGE_CEF_EVENT_ID,
    CORD_MESSAGE_CEF_NAME,
    CORD_MESSAGE_CEF_SEVERITY,
    CORD_MESSAGE_C_IP,
    CORD_MESSAGE_C_URI,
    CORD_MESSAGE_CS_METHOD,
    CORD_MESSAGE_CS_URI_STEM,
    CORD_MESSAGE_CS_URI_QUERY,
    CORD_MESSAGE_CS_HOST,
    CORD_MESSAGE_CS_USERNAME,
    CORD_MESSAGE_SC_STATUS,
    CORD_MESSAGE_SC_BYTES,
    CORD_MESSAGE_CONTENT_TYPE,
    CORD_MESSAGE_CS_VERSION,
    CORD_MESSAGE_FLAGS,
    CORD_MESSAGE_CLASS_NAME,
    CORD_MESSAGE_ELAPSED,
    CORD_MESSAGE_HIERARCHY,
    CORD_MESSAGE_SESSION_STATE,
    CORD_MESSAGE_SRC_MAC,
    CORD_MESSAGE_DST_MAC,
    CORD_MESSAGE_NAME_COUNT,
};

enum cord_message_class {
    CORD_MESSAGE_CLASS_SSHD,
    CORD_MESSAGE_CLASS_SUDO,
    CORD_MESSAGE_CLASS_AUTH,
    CORD_MESSAGE_CLASS_CRON,
    CORD_MESSAGE_CLASS_CLAMAV,
    CORD_MESSAGE_CLASS_VSFTPD,
    CORD_MESSAGE_CLASS_GUACAMOLE,
    CORD_MESSAGE_CLASS_AUDITD,
    CORD_MESSAGE_CLASS_SYSLOG,
    CORD_MESSAGE_CLASS_NETFILTER,
    CORD_MESSAGE_CLASS_DNS,
    CORD_MESSAGE_CLASS_PROXY,
    CORD_MESSAGE_CLASS_WEB,
    CORD_MESSAGE_CLASS_CISCO,
    CORD_MESSAGE_CLASS_CISCO_AAA,
    CORD_MESSAGE_CLASS_CISCO_BGP,
    CORD_MESSAGE_CLASS_CISCO_LDP,
    CORD_MESSAGE_CLASS_CISCO_FIREWALL,
    CORD_MESSAGE_CLASS_JUNIPER_BGP,
    CORD_MESSAGE_CLASS_HUAWEI_BGP,
    CORD_MESSAGE_CLASS_PALOALTO,
    CORD_MESSAGE_CLASS_FIREWALL,
    CORD_MESSAGE_CLASS_SSLVPND,
    CORD_MESSAGE_CLASS_MAIL,
    CORD_MESSAGE_CLASS_MYSQL,
    CORD_MESSAGE_CLASS_POSTGRES,
    CORD_MESSAGE_CLASS_MONGODB,
    CORD_MESSAGE_CLASS_REDIS,
    CORD_MESSAGE_CLASS_NAGIOS,
    CORD_MESSAGE_CLASS_NETWORK,
    CORD_MESSAGE_CLASS_S3,
    CORD_MESSAGE_CLASS_HAPROXY,
    CORD_MESSAGE_CLASS_COUNT,
};

#define CORD_MESSAGE_KNOWN_BITS 9

/* A name of a pattern that was looked up; see message_grammar.h. */
struct cord_message_known {
    const char *name;
    uint32_t path;
    uint8_t meaning; /* private to message_grammar.c */
};

#define CORD_MESSAGE_NUMBERS 64 /* a power of two */

/* Where a message number's layouts begin; see message_cisco.c. */
struct cord_message_numbered {
    char number[6];
    const struct cord_message_grammar *row; /* NULL: none */
};

struct cord_message_fields {
    const struct cord_line_decoder *decoder;
    struct cord_json_reader *json; /* made when first needed */
    struct cord_audit_fields audit;
    uint32_t paths[CORD_MESSAGE_NAME_COUNT];
    uint32_t classes[CORD_MESSAGE_CLASS_COUNT];
    struct cord_message_numbered numbered[CORD_MESSAGE_NUMBERS];
    struct cord_message_known known[1 << CORD_MESSAGE_KNOWN_BITS];
};

void cord_message_fields_init(struct cord_message_fields *fields,
                              const struct cord_line_decoder *decoder);
void cord_message_fields_done(struct cord_message_fields *fields);
void cord_message_fields_intern(struct cord_message_fields *fields, struct cord_paths *paths);

/* Adds the values of one message. `program` may be empty. `text` is the message
 * from its tag on where the tag may be part of it. */
void cord_message_fields_read(struct cord_message_fields *fields, struct cord_emit *emit,
                              cord_str program, cord_str text);

/* A line with a layout of its own that begins with the date: `behind` stands
 * behind it (empty without a date). Adds its values, its time as well. */
bool cord_message_fields_line(struct cord_message_fields *fields, struct cord_emit *emit,
                              cord_str line, cord_str behind);

/* Squid's native access log, which has no header of its own: false when the
 * line is none. */
bool cord_message_fields_squid(struct cord_message_fields *fields, struct cord_emit *emit,
                               cord_str line);

/* True when a CEF or LEEF event stands near the front of the text. */
bool cord_message_fields_is_cef(cord_str text);

/* True when it begins with Cisco's "%FACILITY-SEVERITY-MNEMONIC". */
bool cord_message_fields_is_cisco(cord_str text);

/* The words of a class of messages, without any message; see
 * class_vocabulary.h. */
struct cord_class_words;
void cord_message_fields_stated(enum cord_message_class event_class,
                                struct cord_class_words *words);

#endif
