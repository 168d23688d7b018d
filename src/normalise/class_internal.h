/*
 * class_internal.h: what the tables of log sources share.
 *
 * An identity is what an event says of itself: a few texts and, for sources
 * that say nothing, which telling field names it has. The tables turn it into
 * words: Sigma's product, categories and services, and the lists of field
 * names that go with them. Pure and constant; any thread.
 */
#ifndef CORD_NORMALISE_CLASS_INTERNAL_H
#define CORD_NORMALISE_CLASS_INTERNAL_H

#include "normalise/classifier.h"

/* Where a telling value goes: a role, or one of these. */
enum cord_class_slot {
    CORD_CLASS_SLOT_TYPE = CORD_ROLE_COUNT, /* Sysmon's EventType: CreateKey, DeleteKey, ... */
    CORD_CLASS_SLOT_OS,                     /* windows, linux, macos */
    CORD_CLASS_SLOT_KIND,                   /* the service behind a cloud event */
    CORD_CLASS_SLOT_SOURCE,                 /* Splunk's source: "WinEventLog:Security" */
    CORD_CLASS_SLOT_COUNT,
};

/* Field names that tell a source by being there. Zero is no marker. */
enum cord_class_marker {
    CORD_CLASS_MARK_NONE = 0,
    CORD_CLASS_MARK_WINDOWS, /* names that only Windows event collectors use */
    CORD_CLASS_MARK_SOURCE_NAME,
    CORD_CLASS_MARK_PROVIDER_NAME,
    CORD_CLASS_MARK_SYSMON,
    CORD_CLASS_MARK_SECURITY,
    CORD_CLASS_MARK_SCRIPT_BLOCK,
    CORD_CLASS_MARK_ECS,
    CORD_CLASS_MARK_CLOUDTRAIL_VERSION,
    CORD_CLASS_MARK_CLOUDTRAIL_USER,
    CORD_CLASS_MARK_CLOUDTRAIL_REGION,
    CORD_CLASS_MARK_EVENT_NAME,
    CORD_CLASS_MARK_OPERATION,
    CORD_CLASS_MARK_AZURE_RESOURCE,
    CORD_CLASS_MARK_AZURE_RISK,
    CORD_CLASS_MARK_AZURE_SIGNIN,
    CORD_CLASS_MARK_AZURE_AUDIT,
    CORD_CLASS_MARK_AZURE_ACTIVITY,
    CORD_CLASS_MARK_GCP,
    CORD_CLASS_MARK_WORKSPACE,
    CORD_CLASS_MARK_M365,
    CORD_CLASS_MARK_M365_RECORD,
    CORD_CLASS_MARK_OKTA,
    CORD_CLASS_MARK_EVENT_TYPE,
    CORD_CLASS_MARK_OUTCOME,
    CORD_CLASS_MARK_ONELOGIN,
    CORD_CLASS_MARK_ONELOGIN_USER,
    CORD_CLASS_MARK_ACTION,
    CORD_CLASS_MARK_ACTOR,
    CORD_CLASS_MARK_GITHUB,
    CORD_CLASS_MARK_ORGANISATION,
    CORD_CLASS_MARK_BITBUCKET,
    CORD_CLASS_MARK_KUBERNETES,
    CORD_CLASS_MARK_VERB,
    CORD_CLASS_MARK_DUO,
    CORD_CLASS_MARK_CANARY,
    CORD_CLASS_MARK_CANARY_NODE,
    CORD_CLASS_MARK_RPC_FIREWALL,
    CORD_CLASS_MARK_ZEEK,
    CORD_CLASS_MARK_ZEEK_PATH,
    CORD_CLASS_MARK_ZEEK_CONN,
    CORD_CLASS_MARK_ZEEK_DNS,
    CORD_CLASS_MARK_ZEEK_HTTP,
    CORD_CLASS_MARK_ZEEK_SMB,
    CORD_CLASS_MARK_ZEEK_KERBEROS,
    CORD_CLASS_MARK_ZEEK_RDP,
    CORD_CLASS_MARK_ZEEK_DCE_RPC,
    CORD_CLASS_MARK_ZEEK_X509,
    CORD_CLASS_MARK_EVE,
    CORD_CLASS_MARK_AUDITD,
    CORD_CLASS_MARK_QUALYS,
    CORD_CLASS_MARK_WEB,
    CORD_CLASS_MARK_PROXY,
    CORD_CLASS_MARK_VPC_FLOW,
    CORD_CLASS_MARK_FORTINET,
    CORD_CLASS_MARK_RESOLVER,
    CORD_CLASS_MARK_UMBRELLA,
    CORD_CLASS_MARK_JOURNAL,
    CORD_CLASS_MARK_FHIR,
    CORD_CLASS_MARK_ATNA,
    CORD_CLASS_MARK_COUNT,
};

#define CORD_CLASS_BIT(name) (1ULL << CORD_CLASS_MARK_##name)

struct cord_class_identity {
    cord_str text[CORD_CLASS_SLOT_COUNT]; /* unescaped; "" when not there */
    uint64_t markers;
};

/* What a known field name means to the classifier. */
struct cord_class_known_name {
    const char *name;
    uint8_t slot; /* a role or slot; CORD_CLASS_SLOT_COUNT: none */
    uint8_t rank; /* of several in one event the lowest wins; 1..15 */
    uint8_t marker;
};

/* Values that are not in the event as Sigma wants them, but follow from it. */
enum cord_class_derive {
    CORD_CLASS_DERIVE_NOTHING,
    CORD_CLASS_DERIVE_4688,      /* User from domain and name */
    CORD_CLASS_DERIVE_4657,      /* TargetObject from key and value name */
    CORD_CLASS_DERIVE_5156,      /* Initiated from the direction, Image */
    CORD_CLASS_DERIVE_ECS_HOST,  /* User and Hashes from their ECS parts */
    CORD_CLASS_DERIVE_WORKSPACE, /* eventService from the application */
    CORD_CLASS_DERIVE_URL,       /* c-uri from host and path */
    CORD_CLASS_DERIVE_IMAGE,     /* Image from the kernel's name of it, ParentImage */
    CORD_CLASS_DERIVE_RECORD,    /* all of a record that is text within one */
    CORD_CLASS_DERIVE_QUERY,     /* query without the root's dot */
};

struct cord_class_alias {
    const char *from; /* without wrappers */
    const char *to;   /* Sigma's name */
};

#define CORD_CLASS_PREFIXES_MAX 6
#define CORD_CLASS_WHOLES_MAX   4

/* One list of field names. */
struct cord_class_fields {
    const char *prefixes[CORD_CLASS_PREFIXES_MAX]; /* taken off, NULL-terminated */
    const char *wholes[CORD_CLASS_WHOLES_MAX];     /* rules search all below these as one text */
    bool camel;  /* after a prefix, snake_case is also offered as camelCase */
    bool pascal; /* a name is also offered with its first letter in capitals */
    const struct cord_class_alias *aliases; /* ends with from NULL */
};

#define CORD_CLASS_FIELDS_MAX 8

struct cord_class_mapping {
    const struct cord_class_fields *fields[CORD_CLASS_FIELDS_MAX];
    size_t count;
};

/* A class being worked out. */
struct cord_class_words {
    cord_str product;
    cord_str categories[CORD_CLASS_WORDS_MAX];
    size_t category_count;
    cord_str services[CORD_CLASS_WORDS_MAX];
    size_t service_count;
    struct cord_class_mapping mapping;
    enum cord_class_derive derive;
    bool windows;         /* event id, channel and provider specialise the class */
    bool channel_varies;  /* another field of the event is called Channel, too */
    bool provider_varies; /* the same of Provider_Name */
};

/* class_words.c: adds blank-separated words; what is there or finds no room is
 * left out. */
void cord_class_words_categories(struct cord_class_words *words, const char *list);
void cord_class_words_services(struct cord_class_words *words, const char *list);
void cord_class_words_category(struct cord_class_words *words, cord_str word);
void cord_class_words_service(struct cord_class_words *words, cord_str word);
void cord_class_words_fields(struct cord_class_words *words,
                             const struct cord_class_fields *fields);
bool cord_class_words_has_category(const struct cord_class_words *words, const char *word);
bool cord_class_words_has_service(const struct cord_class_words *words, const char *word);

/* Whether every word of `wanted` is among these. */
bool cord_class_words_cover(const struct cord_class_words *words,
                            const struct cord_class_words *wanted);

/* class_known.c: ends with name NULL. */
extern const struct cord_class_known_name cord_class_known_names[];

/* class_windows.c: false when nothing says Windows. */
bool cord_class_windows_resolve(const struct cord_class_identity *identity,
                                struct cord_class_words *words);

/* Whether some event could get these words; see class_vocabulary.h. */
bool cord_class_windows_reaches(const struct cord_class_words *wanted);
bool cord_class_windows_has_event_id(cord_str category, uint64_t event_id);

/* class_source.c: every other source; false when nothing is recognised. */
bool cord_class_source_resolve(const struct cord_class_identity *identity,
                               struct cord_class_words *words);
/* From words that a format or the event itself states; "" for unknown. */
void cord_class_source_stated(cord_str product, cord_str category, cord_str service,
                              struct cord_class_words *words);

bool cord_class_source_reaches(const struct cord_class_words *wanted);

/* class_fields.c: chooses the lists of names for the words. */
void cord_class_fields_choose(struct cord_class_words *words);
extern const struct cord_class_fields cord_class_fields_4688;
extern const struct cord_class_fields cord_class_fields_4657;
extern const struct cord_class_fields cord_class_fields_5156;
extern const struct cord_class_fields cord_class_fields_defender;

/* class_rename.c: names of one path; see cord_classifier_names. */
struct cord_class_rename;
struct cord_class_rename *cord_class_rename_new(uint64_t seed);
void cord_class_rename_free(struct cord_class_rename *rename);
void cord_class_rename_reset(struct cord_class_rename *rename);
size_t cord_class_rename_names(struct cord_class_rename *rename,
                               const struct cord_class_mapping *mapping, cord_str path,
                               cord_str ret_names[CORD_CLASS_NAMES_MAX]);
/* Without what transports put around a record ("_source."). */
cord_str cord_class_rename_unwrap(cord_str path);
/* And without what the format does ("Event.EventData."). */
cord_str cord_class_rename_bare(cord_str path);

/* class_derive.c: appends what follows from the event's values: the event then
 * has a copy of them in the batch's arena. *json is the caller's to free, NULL
 * until a record within a record is met. False: not all, memory lacks. */
struct cord_json_reader;
bool cord_class_derive_run(enum cord_class_derive derive, struct cord_paths *paths,
                           const uint8_t *part_of, struct cord_json_reader **json,
                           struct cord_batch *batch, struct cord_event *event);
/* What a name without wrappers is to derivation; 0: nothing. part_of holds it
 * by path. */
uint8_t cord_class_derive_part(cord_str name);

#endif
