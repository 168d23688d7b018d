/* demo_send.c: see demo_send.h; libcurl underneath. */
#include "cmd/demo_send.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/timestamp.h"
#include "codec/json_tree.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    TOKEN_BYTES = 32,
    BODY_BYTES_MAX = 8 << 20,
    REPLY_BYTES_MAX = 1 << 20,
    ARENA_BYTES_MAX = 4 << 20,
    REPLY_S = 60,
    OK = 200,
    TOO_MANY = 429,
    NO_ROOM = 503,
};

#define RETRY_NS (CORD_SECOND_NS / 5)

struct sender {
    char token[DEMO_TOKEN_TEXT];
    struct curl_slist *headers;
    struct cord_buf body;
};

struct demo_send {
    struct sender *senders;
    size_t count;
    CURL *curl;
    char url[128];
    struct cord_buf reply;
    struct cord_arena *arena;
    struct demo_sent sent;
    char error[CURL_ERROR_SIZE];
};

static bool make_sender(struct sender *sender)
{
    unsigned char bytes[TOKEN_BYTES];
    char header[128];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return false;
    }
    cord_buf_init(&sender->body, BODY_BYTES_MAX);
    cord_digest_to_hex(bytes, sizeof bytes, sender->token);
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s", sender->token);
    sender->headers = curl_slist_append(NULL, header);
    return sender->headers != NULL;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says how it is to be */
static size_t receive(char *bytes, size_t size, size_t count, void *self)
{
    struct cord_buf *reply = self;
    cord_buf_put(reply, (cord_str){bytes, size * count});
    return reply->failed ? 0 : size * count;
}

static bool prepare(struct demo_send *send)
{
    CURL *curl = send->curl;
    return curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)REPLY_S) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, &send->reply) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, send->error) == CURLE_OK;
}

struct demo_send *demo_send_new(const struct cord_traffic *traffic)
{
    struct demo_send *send = calloc(1, sizeof *send);
    if (!send) {
        return NULL;
    }
    cord_buf_init(&send->reply, REPLY_BYTES_MAX);
    send->count = cord_traffic_sender_count(traffic);
    send->senders = calloc(send->count + 1, sizeof *send->senders);
    send->arena = cord_arena_new(ARENA_BYTES_MAX);
    send->curl = curl_easy_init();
    bool made = send->senders && send->arena && send->curl && prepare(send);
    for (size_t i = 0; i < send->count && made; i++) {
        made = make_sender(&send->senders[i]);
    }
    if (!made) {
        demo_send_free(send);
        return NULL;
    }
    return send;
}

void demo_send_free(struct demo_send *send)
{
    if (!send) {
        return;
    }
    for (size_t i = 0; send->senders && i < send->count; i++) {
        curl_slist_free_all(send->senders[i].headers);
        cord_buf_done(&send->senders[i].body);
    }
    free(send->senders);
    curl_easy_cleanup(send->curl);
    cord_arena_free(send->arena);
    cord_buf_done(&send->reply);
    free(send);
}

const char *demo_send_token(const struct demo_send *send, size_t sender)
{
    return send->senders[sender].token;
}

void demo_send_to(struct demo_send *send, uint16_t port)
{
    (void)snprintf(send->url, sizeof send->url, "http://127.0.0.1:%u/api/v1/events", port);
}

cord_status demo_send_put(struct demo_send *send, size_t sender, cord_str event)
{
    struct cord_buf *body = &send->senders[sender].body;
    if (event.len + 1 > BODY_BYTES_MAX - body->len) {
        return CORD_E_LIMIT;
    }
    cord_buf_put(body, event);
    cord_buf_put_char(body, '\n');
    return body->failed ? CORD_E_NOMEM : CORD_OK;
}

static uint64_t number_of(const struct cord_json *reply, cord_str name)
{
    const struct cord_json *member = cord_json_tree_get(reply, name);
    uint64_t number = 0;
    return member && cord_str_u64(member->text, &number) ? number : 0;
}

/* One request. CORD_E_MORE: later. */
static cord_status post(struct demo_send *send, const struct sender *sender, struct cord_error *err)
{
    const struct cord_json *reply = NULL;
    CURL *curl = send->curl;
    long status = 0;
    cord_buf_clear(&send->reply);
    cord_arena_reset(send->arena);
    if (curl_easy_setopt(curl, CURLOPT_URL, send->url) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sender->headers) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sender->body.ptr) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)sender->body.len) != CURLE_OK ||
        curl_easy_perform(curl) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) {
        return cord_error_set(err, CORD_E_IO, "sending events: %s", send->error);
    }
    if (status == TOO_MANY || status == NO_ROOM) {
        send->sent.waits++;
        return CORD_E_MORE;
    }
    cord_str text = cord_buf_str(&send->reply);
    if (status != OK || cord_json_tree_parse(text, send->arena, &reply, err) != CORD_OK) {
        return cord_error_set(err, CORD_E_IO, "sending events: the server answers %ld: %.*s",
                              status, CORD_STR_ARG(cord_str_slice(text, 0, 200)));
    }
    send->sent.stored += number_of(reply, CORD_STR("stored"));
    send->sent.refused += number_of(reply, CORD_STR("refused"));
    return CORD_OK;
}

cord_status demo_send_flush(struct demo_send *send, bool (*go_on)(void *self), void *self,
                            struct cord_error *err)
{
    for (size_t i = 0; i < send->count; i++) {
        struct sender *sender = &send->senders[i];
        cord_status status = sender->body.len > 0 ? post(send, sender, err) : CORD_OK;
        while (status == CORD_E_MORE) {
            if (!go_on(self)) {
                return CORD_E_END;
            }
            cord_clock_sleep_ns(RETRY_NS);
            status = post(send, sender, err);
        }
        if (status != CORD_OK) {
            return status;
        }
        cord_buf_clear(&sender->body);
    }
    return CORD_OK;
}

struct demo_sent demo_send_totals(const struct demo_send *send)
{
    return send->sent;
}
