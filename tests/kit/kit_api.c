/* kit_api.c: see kit_api.h. */
#include "kit/kit_api.h"

#include "kit/kit_intake.h"
#include "kit/kit_store.h"

#include "api/api_accounts.h"
#include "api/api_pictures.h"
#include "detect/collection.h"
#include "evidence/store.h"
#include "ingest/ledger.h"
#include "ingest/source.h"
#include "record/account_grant.h"
#include "record/account_token.h"
#include "record/audit_record.h"
#include "record/record_view.h"
#include "record/session_cookie.h"
#include "triage/desk.h"
#include "wire/suppress_past.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REPLY_BYTES_MAX = 1 << 22, BODY_BYTES_MAX = 1 << 20 };

/* --- accounts --- */

static uint64_t add_account(struct kit_api *kit, const char *login, const char *organisation)
{
    const struct cord_actor actor = {.address = CORD_STR("")};
    const struct cord_account_new account = {
        .login = cord_str_from(login),
        .name = cord_str_from(login),
        .organisation = cord_str_from(organisation),
        .issuer = CORD_STR(""),
        .subject = CORD_STR(""),
    };
    struct cord_error err = {""};
    uint64_t number = 0;
    if (cord_accounts_add(kit->options.ports.accounts, &account, &actor, &number, &err) !=
        CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return number;
}

static void grant(struct kit_api *kit, uint64_t account, enum cord_account_role role,
                  const char *code)
{
    const struct cord_actor actor = {.address = CORD_STR("")};
    const struct cord_grant given = {
        .role = role,
        .scope = code[0] ? CORD_SCOPE_ORGANISATION : CORD_SCOPE_NATIONAL,
        .code = cord_str_from(code),
        .from_ns = KIT_API_NOW_NS - 1,
        .to_ns = CORD_TIME_NONE,
    };
    struct cord_error err = {""};
    uint64_t number = 0;
    if (cord_account_grant_add(kit->options.ports.accounts, account, &given, &actor, &number,
                               &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
}

static void add_token(struct kit_api *kit, uint64_t account, char text[CORD_TOKEN_TEXT])
{
    const struct cord_actor actor = {.address = CORD_STR("")};
    const struct cord_account_token token = {
        .account = account,
        .name = CORD_STR("kit"),
        .verbs = cord_verbs_of(CORD_VERB_COUNT) - 1,
        .organisation = CORD_STR(""),
        .ends_ns = KIT_API_NOW_NS + 86400 * CORD_SECOND_NS,
    };
    uint64_t number = 0;
    CHECK(cord_account_token_add(kit->options.ports.accounts, &token, &actor, text, &number,
                                 NULL) == CORD_OK);
}

/* "Cookie: __Host-...=...", after signing in by a password alone. */
static void begin_session(struct kit_api *kit, struct kit_api_user *user)
{
    static const cord_str password = {"an old grey donkey", 18};
    const struct cord_actor actor = {.address = CORD_STR("")};
    const struct cord_sign_in_request request = {.login = cord_str_from(user->login),
                                                 .password = password,
                                                 .code = CORD_STR(""),
                                                 .address = CORD_STR("127.0.0.1")};
    struct cord_accounts *accounts = kit->options.ports.accounts;
    struct cord_sign_in_result result;
    struct cord_buf value;
    CHECK(cord_accounts_set_password(accounts, user->number, password, &actor, NULL) == CORD_OK);
    CHECK(cord_account_session_sign_in(accounts, &request, &result, NULL) == CORD_OK);
    CHECK(result.outcome == CORD_SIGN_IN_DONE);
    CHECK(cord_session_cookie_csrf(cord_str_from(result.token), user->csrf) == CORD_OK);
    cord_buf_init(&value, 1024);
    cord_session_cookie_write(cord_str_from(result.token), result.most_s, &value);
    (void)snprintf(user->cookie, sizeof user->cookie, "Cookie: %.*s\r\n",
                   (int)cord_str_find_char(cord_buf_str(&value), ';', 0), value.ptr);
    cord_buf_done(&value);
}

static void add_user(struct kit_api *kit, const char *login, const char *organisation)
{
    struct kit_api_user *user = &kit->users[kit->user_count++];
    uint64_t account = add_account(kit, login, organisation);
    *user = (struct kit_api_user){.login = login, .number = account};
    if (strcmp(login, "nation") == 0) {
        grant(kit, account, CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, "");
        grant(kit, account, CORD_ACCOUNT_ROLE_COMMANDER, "");
        grant(kit, account, CORD_ACCOUNT_ROLE_AUDITOR, "");
        grant(kit, account, CORD_ACCOUNT_ROLE_ADMINISTRATOR, "");
    } else if (strcmp(login, "nobody") != 0) {
        grant(kit, account, CORD_ACCOUNT_ROLE_SECURITY_LEAD, organisation);
        grant(kit, account, CORD_ACCOUNT_ROLE_ADMINISTRATOR, organisation);
        grant(kit, account, CORD_ACCOUNT_ROLE_AUDITOR, organisation);
    }
    add_token(kit, account, user->token);
    if (strcmp(login, "weak") == 0) {
        begin_session(kit, user);
    }
}

static cord_status told(void *self, const struct cord_audit_entry *entries, size_t count,
                        struct cord_error *err)
{
    struct kit_api *kit = self;
    const struct cord_audit audit = cord_audit_record_port(kit->options.ports.record);
    return audit.put(audit.self, entries, count, err);
}

static void open_accounts(struct kit_api *kit, const char *vfs)
{
    const struct cord_accounts_options accounts = {
        .create = true,
        .clock = kit->options.clock,
        .password = {.memory_kib = 64, .passes = 1},
        .audit = {told, kit},
        .vfs = vfs,
    };
    struct cord_error err = {""};
    if (cord_accounts_open(kit->path, &accounts, &kit->options.ports.accounts, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    add_user(kit, "nation", "NAT");
    add_user(kit, "RXA", "RXA");
    add_user(kit, "RXB", "RXB");
    add_user(kit, "nobody", "RXA");
    add_user(kit, "weak", "RXA");
    kit->options.ports.pictures = cord_api_pictures_new(kit->options.ports.record);
    kit->port = cord_api_accounts_new(kit->options.ports.accounts, kit->options.ports.record,
                                      kit->options.ports.pictures, kit->options.clock);
    kit->options.access = cord_api_accounts_access(kit->port);
}

const struct kit_api_user *kit_api_user(const struct kit_api *kit, const char *login)
{
    for (size_t i = 0; i < kit->user_count; i++) {
        if (strcmp(kit->users[i].login, login) == 0) {
            return &kit->users[i];
        }
    }
    return NULL;
}

const char *kit_api_id(const struct kit_api *kit, enum cord_api_opaque_kind kind, uint64_t number,
                       char buffer[CORD_API_OPAQUE_TEXT])
{
    struct cord_api_opaque opaque;
    CHECK(cord_api_opaque_init(&opaque, &kit->options.secret) == CORD_OK);
    (void)cord_api_opaque_format(&opaque, kind, number, buffer);
    return buffer;
}

/* --- ports --- */

static bool ready(void *self, const char **ret_why)
{
    struct kit_api *kit = self;
    (void)atomic_fetch_add(&kit->at_gate, 1);
    (void)pthread_mutex_lock(&kit->gate);
    (void)pthread_mutex_unlock(&kit->gate);
    *ret_why = kit->ready ? "ready" : "starting or stopping";
    return kit->ready;
}

static void silent(void *self, void (*each)(void *each_self, cord_str source), void *each_self)
{
    (void)self;
    each(each_self, CORD_STR("ward"));
}

static uint64_t findings_newest(void *self)
{
    struct kit_api *kit = self;
    return atomic_load(&kit->finding_count);
}

static cord_status findings(void *self, uint64_t after, cord_api_finding_visit visit,
                            void *visit_self, struct cord_error *err)
{
    struct kit_api *kit = self;
    cord_status status = CORD_OK;
    (void)err;
    for (uint64_t i = after; i < atomic_load(&kit->finding_count) && status == CORD_OK; i++) {
        status = visit(visit_self, i + 1, cord_str_from(kit->findings[i]));
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static bool is_of(cord_str json, const struct cord_api_findings_of *of)
{
    bool found = false;
    for (size_t i = 0; i < of->count; i++) {
        char member[96];
        int len = snprintf(member, sizeof member, "\"organisation\":\"%.*s\"",
                           CORD_STR_ARG(of->organisations[i]));
        CHECK(len > 0 && (size_t)len < sizeof member);
        found = found || cord_str_find(json, cord_str_from(member), 0) != SIZE_MAX;
    }
    return found;
}

static cord_status findings_of(void *self, const struct cord_api_findings_of *of,
                               cord_api_finding_visit visit, void *visit_self,
                               struct cord_error *err)
{
    struct kit_api *kit = self;
    uint64_t count = atomic_load(&kit->finding_count);
    cord_status status = CORD_OK;
    (void)err;
    for (uint64_t i = 0; i < count && status == CORD_OK; i++) {
        uint64_t number = of->newest ? count - i : i + 1;
        cord_str json = cord_str_from(kit->findings[number - 1]);
        if (number > of->after && (of->before == 0 || number < of->before) && is_of(json, of)) {
            status = visit(visit_self, number, json);
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static const struct cord_collection *rules(void *self, void **ret_hold)
{
    struct kit_api *kit = self;
    *ret_hold = kit;
    return kit->collection;
}

static void rules_done(void *self, void *hold)
{
    CHECK(self == hold);
}

struct past {
    struct cord_suppress_past_store store;
};

static cord_status past_open(void *self, const struct cord_api_past *asked,
                             struct cord_suppress_past *ret_past, void **ret_hold,
                             struct cord_error *err)
{
    struct kit_api *kit = self;
    struct past *past = calloc(1, sizeof *past);
    (void)err;
    CHECK(past);
    past->store = (struct cord_suppress_past_store){
        .collection = asked->collection ? asked->collection : kit->collection,
        .evidence = cord_store_evidence(kit->options.ports.store),
        .correlation_bytes_max = 1 << 20,
        .seed = 1,
        .progress = asked->progress,
        .self = asked->self,
    };
    *ret_past = cord_suppress_past_of(&past->store);
    *ret_hold = past;
    return CORD_OK;
}

static void past_done(void *self, void *hold)
{
    (void)self;
    free(hold);
}

static void read_rules(struct kit_api *kit)
{
    static const char text[] =
        "title: Evil ran\n"
        "id: 5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11\n"
        "author: Cordon\n"
        "status: test\n"
        "tags: [attack.execution, attack.t1059]\n"
        "logsource: {product: windows, category: process_creation}\n"
        "detection:\n"
        "  selection: {Image|endswith: evil.exe}\n"
        "  condition: selection\n"
        "level: high\n"
        "---\n"
        "title: Name asked\n"
        "id: 0f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e12\n"
        "logsource: {category: dns}\n"
        "detection:\n"
        "  selection: {query: evil.example}\n"
        "  condition: selection\n"
        "level: low\n"
        "---\n"
        "title: None\n"
        "logsource: {category: dns}\n"
        "detection: {selection: {query|nonsense: x}, condition: selection}\n";
    kit->collection = cord_collection_new();
    cord_collection_keep_texts(kit->collection);
    CHECK(cord_collection_add(kit->collection, CORD_STR("kit.yml"), cord_str_from(text), NULL) ==
          CORD_OK);
    CHECK(cord_collection_finish(kit->collection, NULL) == CORD_OK);
}

static int64_t fixed_now(void *self)
{
    (void)self;
    return KIT_API_NOW_NS;
}

static void add(struct cord_ledger *ledger, const char *source, const char *organisation,
                int64_t received_ns, uint64_t stored)
{
    struct cord_ledger_entry entry = {.source = cord_str_from(source),
                                      .organisation = cord_str_from(organisation),
                                      .received_ns = received_ns};
    entry.counts.stored = stored;
    entry.counts.lost[CORD_LOSS_MALFORMED] = 1;
    cord_ledger_add(ledger, &entry);
}

static ssize_t read_evidence(void *self, int file, void *bytes, size_t len, off_t at)
{
    struct kit_api *kit = self;
    (void)atomic_fetch_add(&kit->at_reads, 1);
    (void)pthread_mutex_lock(&kit->reads);
    (void)pthread_mutex_unlock(&kit->reads);
    return kit->files.read(kit->files.self, file, bytes, len, at);
}

static void open_ports(struct kit_api *kit, const char *vfs)
{
    struct cord_api_ports *ports = &kit->options.ports;
    struct cord_error err = {""};
    const struct cord_ledger_options options = {.files = &kit->files, .dir = kit->dir};
    const struct cord_store_options store = {.create = true, .files = &kit->store_files};
    char path[80];
    (void)snprintf(path, sizeof path, "%s/evidence", kit->path);
    CHECK(cord_store_open(path, &store, &ports->store, &err) == CORD_OK);
    CHECK(cord_ledger_open(&options, cord_store_evidence(ports->store), &ports->ledger, &err) ==
          CORD_OK);
    struct cord_sources *sources =
        kit_intake_sources("- {name: ward, organisation: RXA, addresses: [10.0.0.1/32]}\n"
                           "- {name: lab, organisation: RXB, addresses: [10.0.0.2/32]}\n"
                           "- {name: theatre, organisation: RXA, addresses: [10.0.0.3/32]}\n");
    ports->sources = cord_source_book_new(sources);
    cord_sources_unref(sources);
    for (int minute = 0; minute < 5; minute++) {
        add(ports->ledger, "ward", "RXA", KIT_API_NOW_NS + minute * 60000000000LL, 10);
    }
    add(ports->ledger, "lab", "RXB", KIT_API_NOW_NS, 7);
    (void)snprintf(path, sizeof path, "%s/record", kit->path);
    const struct cord_record_options record = {
        .create = true, .clock = {.now_ns = fixed_now}, .vfs = vfs};
    CHECK(cord_record_open(path, &record, &ports->record, &err) == CORD_OK);
    const struct cord_desk_options desk = {.key = {1}, .seed = 1};
    CHECK(cord_desk_new(&desk, &kit->desk, &err) == CORD_OK);
    ports->desk = kit->desk;
    ports->files = &kit->files;
    ports->journal = kit->dir;
    ports->ready = ready;
    ports->silent = silent;
    ports->findings_newest = findings_newest;
    ports->findings = findings;
    ports->findings_of = findings_of;
    ports->rules = rules;
    ports->rules_done = rules_done;
    ports->past = past_open;
    ports->past_done = past_done;
    read_rules(kit);
    ports->self = kit;
}

void kit_api_init(struct kit_api *kit, void (*change)(struct cord_api_options *options))
{
    kit_api_init_on(kit, NULL, change);
}

void kit_api_init_on(struct kit_api *kit, const char *vfs,
                     void (*change)(struct cord_api_options *options))
{
    struct cord_error err = {""};
    *kit = (struct kit_api){.ready = true};
    CHECK(pthread_mutex_init(&kit->gate, NULL) == 0);
    kit_store_dir(kit->path);
    kit->dir = open(kit->path, O_RDONLY | O_DIRECTORY);
    kit->files = cord_files_system();
    kit->store_files = kit->files; /* the system's know no self */
    kit->store_files.read = read_evidence;
    kit->store_files.self = kit;
    CHECK(pthread_mutex_init(&kit->reads, NULL) == 0);
    kit->options = (struct cord_api_options){
        .clock = {.now_ns = fixed_now},
        .threads = 2,
        .requests_a_second = 100000,
    };
    open_ports(kit, vfs);
    open_accounts(kit, vfs);
    if (change) {
        change(&kit->options);
    }
    CHECK(cord_loop_new(&kit->loop, &err) == CORD_OK);
    CHECK(cord_api_new(&kit->options, &kit->api, &err) == CORD_OK);
    const struct cord_http_server_options options = {
        .listener = {.address = CORD_STR("127.0.0.1:0"), .connections_max = 64},
        .handler = cord_api_handler(kit->api),
        .head_bytes_max = 16384,
        .body_bytes_max = BODY_BYTES_MAX,
        .idle_ns = 60000000000,
        .head_ns = 60000000000,
    };
    CHECK(cord_http_server_new(&kit->loop, 1, &options, &kit->http, &err) == CORD_OK);
}

static void *stop(void *argument)
{
    struct kit_api *kit = argument;
    cord_api_stop(kit->api);
    atomic_store(&kit->stopped, true);
    return NULL;
}

static bool is_stopped(void *self)
{
    struct kit_api *kit = self;
    return atomic_load(&kit->stopped);
}

/* --- the desk --- */

struct telling {
    struct cord_desk *desk;
    uint64_t claims; /* told */
    uint64_t findings;
};

static cord_status tell_claim(void *self, const struct cord_claim *claim,
                              const struct cord_digest *hash)
{
    struct telling *telling = self;
    (void)hash;
    telling->claims = claim->number;
    return cord_desk_claim(telling->desk, claim, NULL);
}

static cord_status tell_finding(void *self, uint64_t number, cord_str json)
{
    struct telling *telling = self;
    struct cord_error err = {""};
    cord_status status = cord_desk_finding(telling->desk, number, json, INT64_MAX, &err);
    if (status != CORD_OK) {
        print_error("%s\n", err.text);
    }
    telling->findings = number;
    return status;
}

static void tell_once(struct kit_api *kit, struct telling *telling, struct cord_record_view *view)
{
    const struct cord_claim_filter all = {.known_ns = INT64_MAX};
    CHECK(cord_record_view_refresh(view, NULL) == CORD_OK);
    CHECK(cord_record_view_claims(view, &all, (struct cord_claim_page){telling->claims, 10000},
                                  tell_claim, telling, NULL) == CORD_OK);
    CHECK(findings(kit, telling->findings, tell_finding, telling, NULL) == CORD_OK);
    CHECK(cord_desk_settle(telling->desk) == CORD_OK);
}

static void *tell(void *self)
{
    const struct timespec step = {.tv_nsec = 1000000};
    struct kit_api *kit = self;
    struct telling telling = {.desk = kit->desk};
    struct cord_record_view *view = NULL;
    CHECK(cord_record_view_open(kit->options.ports.record, &view, NULL) == CORD_OK);
    for (bool first = true; first || atomic_load(&kit->telling); first = false) {
        tell_once(kit, &telling, view);
        (void)nanosleep(&step, NULL);
    }
    cord_record_view_close(view);
    return NULL;
}

void kit_api_tell(struct kit_api *kit)
{
    const struct timespec step = {.tv_nsec = 1000000};
    struct cord_alert_book *book = cord_desk_alerts(kit->desk);
    atomic_store(&kit->telling, true);
    kit->tells = true;
    CHECK(pthread_create(&kit->teller, NULL, tell, kit) == 0);
    while (cord_alert_book_stats(book).finding < atomic_load(&kit->finding_count) ||
           cord_alert_book_stats(book).claim < cord_record_count(kit->options.ports.record)) {
        (void)nanosleep(&step, NULL);
    }
}

void kit_api_done(struct kit_api *kit)
{
    atomic_store(&kit->telling, false);
    if (kit->tells) {
        CHECK(pthread_join(kit->teller, NULL) == 0);
    }
    pthread_t stopper; /* the loop is to turn meanwhile: streams end on it */
    CHECK(pthread_create(&stopper, NULL, stop, kit) == 0);
    kit_loop_until(kit->loop, is_stopped, kit);
    (void)pthread_join(stopper, NULL);
    kit_loop_settle(kit->loop);
    cord_http_server_free(kit->http);
    cord_loop_free(kit->loop);
    cord_api_free(kit->api);
    cord_api_accounts_free(kit->port);
    cord_accounts_close(kit->options.ports.accounts);
    cord_api_pictures_free(kit->options.ports.pictures);
    cord_desk_free(kit->desk);
    cord_ledger_close(kit->options.ports.ledger);
    cord_store_close(kit->options.ports.store);
    (void)pthread_mutex_destroy(&kit->gate);
    (void)pthread_mutex_destroy(&kit->reads);
    cord_record_close(kit->options.ports.record);
    cord_collection_free(kit->collection);
    cord_source_book_free(kit->options.ports.sources);
    (void)close(kit->dir);
    kit_store_remove(kit->path);
}

int kit_api_connect(const struct kit_api *kit)
{
    return kit_loop_connect(cord_listener_port(cord_http_server_listener(kit->http)));
}

void kit_api_credentials(const struct kit_api *kit, const char *login, struct cord_buf *text)
{
    const struct kit_api_user *user = login ? kit_api_user(kit, login) : NULL;
    if (user && strcmp(login, "weak") == 0) {
        cord_buf_printf(text, "%sX-Cordon-CSRF: %s\r\n", user->cookie, user->csrf);
    } else if (login) {
        cord_buf_printf(text, "Authorization: Bearer %s\r\n", user ? user->token : login);
    }
}

static void receive(struct kit_api *kit, int client, struct cord_buf *into)
{
    size_t got = 1;
    while (got > 0) {
        char *room = cord_buf_reserve(into, 65536);
        CHECK(room);
        got = kit_loop_receive(kit->loop, client, room, 65536);
        into->len += got;
    }
}

/* What is another in every reply says nothing, and is taken out of what is compared. */
static void forget_request_id(struct cord_buf *text)
{
    static const char name[] = "X-Request-Id: ";
    size_t len = sizeof name - 1;
    for (size_t i = 0; i + len + 16 <= text->len; i++) {
        if (memcmp(text->ptr + i, name, len) == 0) {
            memset(text->ptr + i + len, 'x', 16);
            return;
        }
    }
}

struct kit_api_reply kit_api_ask(struct kit_api *kit, const char *token, const char *request,
                                 const char *headers, const char *body)
{
    struct kit_api_reply reply = {0};
    struct cord_buf text;
    const char *path = strchr(request, ' ') + 1;
    int client = kit_api_connect(kit);
    cord_buf_init(&text, REPLY_BYTES_MAX);
    cord_buf_printf(&text, "%.*s" CORD_API_BASE "%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n",
                    (int)(path - request), request, path);
    kit_api_credentials(kit, token, &text);
    cord_buf_put_text(&text, headers ? headers : "");
    if (body) {
        cord_buf_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                        strlen(body));
    }
    cord_buf_put_text(&text, "\r\n");
    cord_buf_put_text(&text, body ? body : "");
    kit_loop_send(kit->loop, client, cord_buf_str(&text));
    cord_buf_done(&text);
    cord_buf_init(&reply.text, REPLY_BYTES_MAX);
    receive(kit, client, &reply.text);
    forget_request_id(&reply.text);
    (void)close(client);
    cord_str all = cord_buf_str(&reply.text);
    size_t end = cord_str_find(all, CORD_STR("\r\n\r\n"), 0);
    uint64_t status = 0;
    CHECK(end != SIZE_MAX && cord_str_u64(cord_str_slice(all, 9, 3), &status));
    reply.status = (unsigned)status;
    reply.head = cord_str_slice(all, 0, end + 2);
    reply.body = cord_str_from_byte(all, end + 4);
    return reply;
}

void kit_api_reply_done(struct kit_api_reply *reply)
{
    cord_buf_done(&reply->text);
}

cord_str kit_api_header(const struct kit_api_reply *reply, const char *name)
{
    cord_str rest = reply->head;
    size_t len = strlen(name);
    for (size_t end; (end = cord_str_find(rest, CORD_STR("\r\n"), 0)) != SIZE_MAX;
         rest = cord_str_from_byte(rest, end + 2)) {
        cord_str line = cord_str_slice(rest, 0, end);
        if (line.len > len && line.ptr[len] == ':' &&
            cord_str_eq_fold(cord_str_slice(line, 0, len), cord_str_from(name))) {
            return cord_str_trim(cord_str_from_byte(line, len + 1));
        }
    }
    return CORD_STR("");
}

bool kit_api_says(struct kit_api_reply reply, unsigned status, const char *text)
{
    bool says = reply.status == status &&
                (text[0] == '\0' || cord_str_find(reply.body, cord_str_from(text), 0) != SIZE_MAX);
    if (!says) {
        print_error("not %u %s:\n%.*s\n", status, text, CORD_STR_ARG(cord_buf_str(&reply.text)));
    }
    kit_api_reply_done(&reply);
    return says;
}
