/* link.c: see link.h. */
#include "comms/link.h"
#include "comms/tls_internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- plain --- */

static enum cord_link_result plain_read(const struct cord_link *link, char *into, size_t room,
                                        size_t *ret_len, struct cord_error *err)
{
    ssize_t got = recv(link->file, into, room, 0);
    if (got > 0) {
        *ret_len = (size_t)got;
        return CORD_LINK_DONE;
    }
    if (got == 0) {
        return CORD_LINK_END;
    }
    if (errno == EAGAIN || errno == EINTR) {
        return CORD_LINK_WANT_READ;
    }
    (void)cord_error_errno(err, "receiving");
    return CORD_LINK_ERROR;
}

static enum cord_link_result plain_write(const struct cord_link *link, cord_str bytes,
                                         size_t *ret_len, struct cord_error *err)
{
    ssize_t put = send(link->file, bytes.ptr, bytes.len, MSG_NOSIGNAL);
    if (put >= 0) {
        *ret_len = (size_t)put;
        return CORD_LINK_DONE;
    }
    if (errno == EAGAIN || errno == EINTR) {
        return CORD_LINK_WANT_WRITE;
    }
    (void)cord_error_errno(err, "sending");
    return CORD_LINK_ERROR;
}

/* --- TLS --- */

/* What OpenSSL's return value means; errno is the socket's still. */
static enum cord_link_result tls_result(struct cord_link *link, int result, struct cord_error *err)
{
    int error = errno;
    switch (SSL_get_error(link->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return CORD_LINK_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return CORD_LINK_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        link->refusal = CORD_TLS_REFUSAL_LEFT;
        return CORD_LINK_END;
    case SSL_ERROR_SYSCALL:
        link->broken = true;
        errno = error != 0 ? error : EPROTO;
        (void)cord_error_errno(err, "TLS");
        link->refusal = CORD_TLS_REFUSAL_LEFT;
        return CORD_LINK_ERROR;
    default:
        link->broken = true;
        break;
    }
    /* The certificate's fault, when there is one, says more than the alert. */
    unsigned long code = ERR_peek_error();
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        (void)cord_error_set(err, CORD_E_IO, "closed without saying so in TLS");
        link->refusal = CORD_TLS_REFUSAL_LEFT;
        return CORD_LINK_END;
    }
    link->refusal = cord_tls_refusal_read(link->ssl, code, err);
    return CORD_LINK_ERROR;
}

enum cord_link_result cord_link_handshake(struct cord_link *link, struct cord_error *err)
{
    if (!link->ssl) {
        link->ssl = cord_tls_session(link->tls, link->file);
        if (!link->ssl) {
            (void)cord_error_set(err, CORD_E_NOMEM, "out of memory");
            return CORD_LINK_ERROR;
        }
    }
    ERR_clear_error();
    int result = SSL_accept(link->ssl);
    if (result != 1) {
        return tls_result(link, result, err);
    }
    if (cord_tls_peer_check(link->ssl, err) != CORD_OK) {
        link->refusal = CORD_TLS_REFUSAL_EXPIRED;
        return CORD_LINK_ERROR;
    }
    return CORD_LINK_DONE;
}

void cord_link_peer(const struct cord_link *link, struct cord_tls_peer *ret_peer)
{
    cord_tls_peer_read(link->ssl, ret_peer);
}

bool cord_link_is_revoked(const struct cord_link *link, const struct cord_tls *tls)
{
    return link->ssl && cord_tls_peer_is_revoked(tls, link->ssl);
}

enum cord_link_result cord_link_read(struct cord_link *link, char *into, size_t room,
                                     size_t *ret_len, struct cord_error *err)
{
    if (!link->tls) {
        return plain_read(link, into, room, ret_len, err);
    }
    ERR_clear_error();
    return SSL_read_ex(link->ssl, into, room, ret_len) == 1 ? CORD_LINK_DONE
                                                            : tls_result(link, 0, err);
}

enum cord_link_result cord_link_write(struct cord_link *link, cord_str bytes, size_t *ret_len,
                                      struct cord_error *err)
{
    if (!link->tls) {
        return plain_write(link, bytes, ret_len, err);
    }
    ERR_clear_error();
    return SSL_write_ex(link->ssl, bytes.ptr, bytes.len, ret_len) == 1 ? CORD_LINK_DONE
                                                                       : tls_result(link, 0, err);
}

bool cord_link_pending(const struct cord_link *link)
{
    return link->ssl && !link->broken && SSL_has_pending(link->ssl) == 1;
}

void cord_link_goodbye(struct cord_link *link)
{
    bool speaks = link->ssl && !link->broken && SSL_is_init_finished(link->ssl);
    if (speaks && (SSL_get_shutdown(link->ssl) & SSL_SENT_SHUTDOWN) == 0) {
        ERR_clear_error();
        (void)SSL_shutdown(link->ssl); /* best effort: the socket says it as well */
        ERR_clear_error();
    }
    (void)shutdown(link->file, SHUT_WR); /* fails when the other side has gone: as well */
}

void cord_link_close(struct cord_link *link)
{
    SSL_free(link->ssl);
    link->ssl = NULL;
    cord_tls_unref(link->tls);
    link->tls = NULL;
    if (link->file >= 0) {
        close(link->file);
        link->file = -1;
    }
}
