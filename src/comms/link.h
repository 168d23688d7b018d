/*
 * link.h: a socket that is read and written, plain or through TLS.
 *
 * Never waits. The stream's own: users see stream.h. One thread.
 */
#ifndef CORD_COMMS_LINK_H
#define CORD_COMMS_LINK_H

#include "base/error.h"
#include "base/str.h"
#include "comms/tls.h"
#include "comms/tls_refusal.h"

struct ssl_st;

struct cord_link {
    int file;
    struct cord_tls *tls;          /* NULL: plain; a reference */
    struct ssl_st *ssl;            /* made when the first bytes come */
    bool broken;                   /* TLS has failed: nothing more may be asked of it */
    enum cord_tls_refusal refusal; /* once the handshake has failed */
};

enum cord_link_result {
    CORD_LINK_DONE,
    CORD_LINK_WANT_READ,  /* again when it can be read */
    CORD_LINK_WANT_WRITE, /* again when it can be written */
    CORD_LINK_END,        /* the other side closed; err says when it did so rudely */
    CORD_LINK_ERROR,      /* err says */
};

/* TLS only: until CORD_LINK_DONE. */
enum cord_link_result cord_link_handshake(struct cord_link *link, struct cord_error *err);
/* Who the other side proved to be. */
void cord_link_peer(const struct cord_link *link, struct cord_tls_peer *ret_peer);
/* Its certificate has been revoked since, says this context. */
bool cord_link_is_revoked(const struct cord_link *link, const struct cord_tls *tls);

/* DONE: *ret_len is at least 1. */
enum cord_link_result cord_link_read(struct cord_link *link, char *into, size_t room,
                                     size_t *ret_len, struct cord_error *err);
/* Part of them, perhaps. After WANT_*, the same bytes come again, or more. */
enum cord_link_result cord_link_write(struct cord_link *link, cord_str bytes, size_t *ret_len,
                                      struct cord_error *err);
/* Bytes may have been read from the socket that cord_link_read has not given yet. */
bool cord_link_pending(const struct cord_link *link);

/* Says that nothing more is sent; more than once is harmless. */
void cord_link_goodbye(struct cord_link *link);
void cord_link_close(struct cord_link *link);

#endif
