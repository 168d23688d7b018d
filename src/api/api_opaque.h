/*
 * api_opaque.h: the names by which the API shows what is numbered inside.
 *
 *   K7QM-2F9A-XHP3
 *
 * Numbers of claims, accounts, tokens, grants and findings would tell everybody how many others
 * there are, and in which order (N13). The API shows each as an id: its number, shuffled by a
 * key that is made from the server's for this kind of thing, with two characters that catch what
 * is mistyped (evidence/evidence_id.h). The same thing has the same id for as long as the
 * server's api.key lives; the same number of another kind has another.
 *
 * Claims show accounts as "user:K7QM-2F9A-XHP3". Only what we have written or checked is
 * translated: in free text a number stays what it is, or whoever writes "user:1" would be told who
 * that is. Any thread.
 */
#ifndef CORD_API_API_OPAQUE_H
#define CORD_API_API_OPAQUE_H

#include "api/api_cursor.h"
#include "evidence/evidence_id.h"
#include "record/claim.h"

struct cord_figure;

#define CORD_API_OPAQUE_TEXT    CORD_EVIDENCE_ID_TEXT
#define CORD_API_OPAQUE_SUBJECT (CORD_API_OPAQUE_TEXT + 8) /* "token:" before it */

enum cord_api_opaque_kind {
    CORD_API_OPAQUE_CLAIM,
    CORD_API_OPAQUE_USER,
    CORD_API_OPAQUE_TOKEN,
    CORD_API_OPAQUE_GRANT,
    CORD_API_OPAQUE_FINDING,
    CORD_API_OPAQUE_KINDS,
};

/* Closed: use the functions. Does not change once made. */
struct cord_api_opaque {
    struct cord_evidence_id_key keys[CORD_API_OPAQUE_KINDS];
};

/* CORD_E_NOMEM is the only failure. */
CORD_MUST_USE cord_status cord_api_opaque_init(struct cord_api_opaque *opaque,
                                               const struct cord_api_secret *secret);

cord_str cord_api_opaque_format(const struct cord_api_opaque *opaque,
                                enum cord_api_opaque_kind kind, uint64_t number,
                                char buffer[CORD_API_OPAQUE_TEXT]);
/* False: no id of ours, by its check characters. Whether there is such a thing it does not say. */
bool cord_api_opaque_parse(const struct cord_api_opaque *opaque, enum cord_api_opaque_kind kind,
                           cord_str text, uint64_t *ret_number);

/* A member of a reply: an id, null for number 0. Failure is in out->failed. */
void cord_api_opaque_put(const struct cord_api_opaque *opaque, enum cord_api_opaque_kind kind,
                         const char *name, uint64_t number, struct cord_buf *out);

/* "user:17", "token:3" as they are shown; any other text as it is. Borrows text or buffer. */
cord_str cord_api_opaque_show(const struct cord_api_opaque *opaque, cord_str text,
                              char buffer[CORD_API_OPAQUE_SUBJECT]);
/* The other way. False: it is to be an id and is none ("user:17" from outside). Borrows text or
 * buffer. */
bool cord_api_opaque_read(const struct cord_api_opaque *opaque, cord_str text,
                          char buffer[CORD_API_OPAQUE_SUBJECT], cord_str *ret_text);

/* The key members of a line (cord_claim_write_part) of this topic. */
void cord_api_opaque_write_part(const struct cord_api_opaque *opaque, cord_str topic, cord_str part,
                                struct cord_buf *out);
/* A claim as the API shows it: "id" in place of "number", and so everything in it that is
 * numbered. hash may be NULL. The key is left out of what the server itself has claimed: it counts.
 */
void cord_api_opaque_write_claim(const struct cord_api_opaque *opaque,
                                 const struct cord_claim *claim, const struct cord_digest *hash,
                                 struct cord_buf *out);

/* A figure as the API shows it (care/figure.h). */
void cord_api_opaque_write_figure(const struct cord_api_opaque *opaque,
                                  const struct cord_figure *figure, bool items,
                                  struct cord_buf *out);

#endif
