/*
 * config.h: the one configuration file of a server.
 *
 * YAML. Every key is a row of one of the tables below, which give it its
 * default, bounds and help, and from which the manual is made. An unknown key is
 * an error that suggests the nearest; errors name file, line and key. Read
 * whole or refused whole. Never changes; one owner.
 */
#ifndef CORD_WIRE_CONFIG_H
#define CORD_WIRE_CONFIG_H

#include "base/option.h"
#include "ingest/source.h"

enum cord_config_protocol {
    CORD_CONFIG_SYSLOG,     /* TCP: RFC 6587, or RFC 5425 with a certificate */
    CORD_CONFIG_SYSLOG_UDP, /* RFC 5426 */
    CORD_CONFIG_HTTP,       /* HEC, _bulk, OTLP, newline JSON */
    CORD_CONFIG_LUMBERJACK, /* Beats */
    CORD_CONFIG_STATUS,     /* health and metrics, and nothing else */
    CORD_CONFIG_API,        /* programs and people */
};

struct cord_config_listener {
    cord_str name;
    unsigned protocol; /* enum cord_config_protocol */
    cord_str address;
    cord_str certificate; /* path; "": plain */
    cord_str key;
    cord_str client_ca;
    bool client_required;
    bool plain;   /* api: without TLS where others could listen */
    cord_str crl; /* path; "": none */
    uint32_t connections;
    uint32_t connections_per_address;
    uint64_t frame_max;
    bool multiline;
    uint64_t buffer;
    uint32_t line; /* in the file, for messages */
};

enum cord_config_file_kind {
    CORD_CONFIG_FILE_LINES,
    CORD_CONFIG_FILE_JSON,
    CORD_CONFIG_FILE_EVTX_DROP, /* a folder that event log files are put into */
};

enum cord_config_from { CORD_CONFIG_FROM_START, CORD_CONFIG_FROM_END };

struct cord_config_file {
    cord_str source; /* the name of a registered one */
    cord_str path;
    unsigned kind; /* enum cord_config_file_kind */
    unsigned from; /* enum cord_config_from */
    uint32_t line; /* in the file, for messages */
};

struct cord_config {
    cord_str path; /* of the file itself, for messages */
    cord_str data;
    cord_str patient_key; /* path; "": patient.key in data */
    cord_str exercise;    /* its name; "": live */
    cord_str service;     /* what stands over every page; "": the console's own word */
    cord_str marking;     /* the same; "": none */
    struct cord_option_list rules;
    struct cord_option_list placeholders;
    struct cord_option_list pipelines;
    uint32_t loops;
    uint32_t threads;
    uint64_t waiting_max;
    uint64_t source_waiting_max;
    uint64_t body_max;
    uint64_t unpacked_max;
    uint64_t record_max;
    uint64_t memory_max;
    uint32_t pack_after;
    uint32_t lateness;
    uint64_t correlation_max;
    uint32_t incident_machines;
    uint32_t drain;
    uint32_t api_threads;
    uint32_t api_requests;
    uint32_t api_streams;

    struct cord_config_listener *listeners;
    size_t listener_count;
    struct cord_config_file *files;
    size_t file_count;
    struct cord_sources *sources; /* owned */
    struct cord_arena *arena;     /* of all texts */
};

extern const struct cord_option cord_config_options[];
extern const struct cord_option cord_config_listener_options[];
extern const struct cord_option cord_config_file_options[];

CORD_MUST_USE cord_status cord_config_load(const char *path, struct cord_config **ret_config,
                                           struct cord_error *err);
/* The same of a text; path is for messages. */
CORD_MUST_USE cord_status cord_config_parse(const char *path, cord_str text,
                                            struct cord_config **ret_config,
                                            struct cord_error *err);
void cord_config_free(struct cord_config *config);

#endif
