/*
 * source.h: who may send what: the registered sources.
 *
 * A source belongs to one organisation and proves itself by a token, a client
 * certificate or, where the protocol knows neither, by its address; what it
 * sends counts as that organisation's, whatever the events say. The registry
 * never changes: a reload makes another, and what is under way keeps the one it
 * began with. Any thread.
 */
#ifndef CORD_INGEST_SOURCE_H
#define CORD_INGEST_SOURCE_H

#include "base/error.h"
#include "base/str.h"
#include "codec/yaml.h"
#include "codec/zone.h"
#include "comms/tls.h"

#include <stdint.h>

enum cord_source_content {
    CORD_SOURCE_ANY,  /* by what each record looks like */
    CORD_SOURCE_ATNA, /* audit messages (DICOM PS3.15 A.5, RFC 3881): patient identifiers keyed */
    CORD_SOURCE_FHIR, /* FHIR AuditEvent: the same */
};

#define CORD_SOURCE_SILENCE_S 300 /* unless the configuration says otherwise */

/* Good as long as its registry. */
struct cord_source {
    uint32_t number;       /* in this registry */
    cord_str name;         /* unique, stable: the ledger goes by it */
    cord_str organisation; /* its code */
    enum cord_source_content content;
    cord_str authorities; /* fingerprints, 64 digits each, of who may sign its certificates; "": any
                           * that the listener trusts */
    uint32_t silence_s;   /* without an event for so long: unknown; 0: may be silent */
    uint32_t events_a_second;      /* on average; 0: no bound. See rate.h */
    cord_str zone;                 /* as configured: "Europe/Rome", "+02:00"; "": UTC */
    const struct cord_zone *place; /* what dates without a zone are read in; NULL: UTC */
};

struct cord_sources;

/* The `sources:` list of the configuration:
 *
 *   - name: rxa-firewalls
 *     organisation: RXA
 *     addresses: [10.20.0.0/16]             # syslog without TLS
 *     token_sha256: [5e88...]               # of HTTP and Lumberjack senders
 *     certificates: [fw1.rxa.example, sha256:ab12...]
 *     authorities: [sha256:77fe...]         # who may sign them, of the listener's client_ca
 *     content: any | atna | fhir
 *     silence: 5m                           # s, m, h, d; 0: may be silent; else five minutes
 *     events_a_second: 2000
 *     zone: Europe/Rome                     # or +02:00
 *
 * Name and organisation are needed. A list of one may be written without brackets.
 * Names are 1 to 64 letters, digits, '-', '_' and '.'. An IPv6 range holds IPv4
 * only when it holds ::ffff:0:0/96, as ::/0 does. err names line, key and cure: an unknown key
 * suggests the nearest, two sources may not share a name, token, certificate or the same address
 * range. The node may be NULL: no sources. */
CORD_MUST_USE cord_status cord_sources_read(const struct cord_yaml *list,
                                            struct cord_sources **ret_sources,
                                            struct cord_error *err);
struct cord_sources *cord_sources_ref(struct cord_sources *sources);
void cord_sources_unref(struct cord_sources *sources);

size_t cord_sources_count(const struct cord_sources *sources);
const struct cord_source *cord_sources_at(const struct cord_sources *sources, size_t at);
const struct cord_source *cord_sources_by_name(const struct cord_sources *sources, cord_str name);

/* Who it is; NULL: nobody registered. Tokens are compared by their hashes, in
 * constant time. The longest prefix of an address wins (16 bytes, IPv4 mapped). */
const struct cord_source *cord_sources_by_token(const struct cord_sources *sources, cord_str token);
/* *ret_foreign: it is registered, but signed by an authority that may not do so: whose
 * clients a listener lets in could else call themselves another's. */
const struct cord_source *cord_sources_by_certificate(const struct cord_sources *sources,
                                                      const struct cord_tls_peer *peer,
                                                      bool *ret_foreign);
const struct cord_source *cord_sources_by_address(const struct cord_sources *sources,
                                                  const unsigned char address[16]);

/* The registry in force, for whoever holds no event of it: swapped by a reload. The
 * book takes references of its own: the caller keeps his, and gives it up himself. */
struct cord_source_book;
struct cord_source_book *cord_source_book_new(struct cord_sources *sources);
void cord_source_book_free(struct cord_source_book *book);
/* A reference of the caller's. */
struct cord_sources *cord_source_book_current(struct cord_source_book *book);
void cord_source_book_replace(struct cord_source_book *book, struct cord_sources *sources);

#endif
