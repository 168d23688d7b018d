/* remote.c: see remote.h; libcurl underneath. */
#include "cmd/remote.h"

#include "api/api_route.h"
#include "base/files.h"
#include "codec/json_tree.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>

enum {
    TOKEN_BYTES_MAX = 4096,
    REPLY_BYTES_MAX = 64 << 20,
    ARENA_BYTES_MAX = 256 << 20,
    URL_BYTES_MAX = 8192,
    CONNECT_S = 10,
    REPLY_S = 120,
    REFUSED = 400,
};

struct asking {
    const struct command *command;
    CURL *curl;
    struct curl_slist *headers;
    struct cord_buf reply;
    struct cord_buf url; /* without the cursor */
    struct cord_arena *arena;
    char error[CURL_ERROR_SIZE];
};

static int complain(const struct asking *asking, const char *text)
{
    (void)command_error(asking->command, text);
    return COMMAND_UNREADABLE;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says how it is to be */
static size_t receive(char *bytes, size_t size, size_t count, void *self)
{
    struct cord_buf *reply = self;
    cord_buf_put(reply, (cord_str){bytes, size * count});
    return reply->failed ? 0 : size * count;
}

/* A token in the clear is for whoever listens: only to this machine. */
static bool is_safe(cord_str server)
{
    static const cord_str near[] = {
        {"http://127.0.0.1", 16}, {"http://[::1]", 12}, {"http://localhost", 16}};
    if (cord_str_starts_fold(server, CORD_STR("https://"))) {
        return true;
    }
    for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
        cord_str rest = cord_str_from_byte(server, near[i].len);
        if (cord_str_starts_fold(server, near[i]) &&
            (rest.len == 0 || rest.ptr[0] == ':' || rest.ptr[0] == '/')) {
            return true;
        }
    }
    return false;
}

static int read_token(struct asking *asking, const struct remote_config *config)
{
    const struct cord_files files = cord_files_system();
    struct cord_error err = {""};
    struct cord_buf token;
    struct cord_buf header;
    int code = COMMAND_DONE;
    cord_buf_init(&token, TOKEN_BYTES_MAX);
    cord_buf_init(&header, (size_t)2 * TOKEN_BYTES_MAX);
    if (cord_files_load(&files, AT_FDCWD, config->token_file.ptr, &token, &err) != CORD_OK) {
        code = complain(asking, err.text);
    } else {
        cord_buf_printf(&header, "Authorization: Bearer %.*s",
                        CORD_STR_ARG(cord_str_trim(cord_buf_str(&token))));
        cord_buf_put_char(&header, '\0');
        asking->headers = header.failed ? NULL : curl_slist_append(NULL, header.ptr);
        code = asking->headers ? COMMAND_DONE : complain(asking, "out of memory");
    }
    cord_buf_done(&token);
    cord_buf_done(&header);
    return code;
}

static int prepare(struct asking *asking, const struct remote_config *config)
{
    if (!config->token_file.ptr) {
        return command_usage(asking->command, "--server needs --token-file");
    }
    if (!is_safe(config->server)) {
        return command_usage(asking->command,
                             "--server is to begin with https:// (http:// to this machine only)");
    }
    asking->curl = curl_easy_init();
    asking->arena = cord_arena_new(ARENA_BYTES_MAX);
    if (!asking->curl || !asking->arena) {
        return complain(asking, "out of memory");
    }
    int code = read_token(asking, config);
    if (code != COMMAND_DONE) {
        return code;
    }
    CURL *curl = asking->curl;
    bool set = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, asking->headers) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)REPLY_S) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_WRITEDATA, &asking->reply) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, asking->error) == CURLE_OK &&
               (!config->ca_file.ptr ||
                curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca_file.ptr) == CURLE_OK);
    return set ? COMMAND_DONE : complain(asking, "libcurl lacks an option that is needed");
}

static void put_parameter(struct asking *asking, const char *name, cord_str value)
{
    char *escaped = curl_easy_escape(asking->curl, value.ptr, (int)value.len);
    if (escaped) {
        cord_buf_printf(&asking->url, "&%s=%s", name, escaped);
    } else {
        asking->url.failed = true;
    }
    curl_free(escaped);
}

static void put_url(struct asking *asking, cord_str server, const char *path,
                    const struct remote_parameter *parameters)
{
    while (cord_str_ends(server, CORD_STR("/"))) {
        server.len--;
    }
    cord_buf_put(&asking->url, server);
    cord_buf_printf(&asking->url, "%s%s?limit=%d", CORD_API_BASE, path, CORD_API_PAGE_MAX);
    for (; parameters->name; parameters++) {
        if (parameters->value.ptr) {
            put_parameter(asking, parameters->name, parameters->value);
        }
    }
}

/* What the server's problem document says. */
static int refused(const struct asking *asking, long status, const struct cord_json *reply)
{
    const struct cord_json *detail = cord_json_tree_get(reply, CORD_STR("detail"));
    const struct cord_json *errors = cord_json_tree_get(reply, CORD_STR("errors"));
    const struct cord_json *first = errors && errors->kind == CORD_JSON_LIST ? errors->child : NULL;
    const struct cord_json *path = cord_json_tree_get(first, CORD_STR("path"));
    const struct cord_json *why = cord_json_tree_get(first, CORD_STR("detail"));
    char text[CORD_ERROR_BYTES];
    (void)snprintf(text, sizeof text, "the server answers %ld: %.*s%s%.*s %.*s", status,
                   CORD_STR_ARG(detail ? detail->text : CORD_STR("")), path ? ": " : "",
                   CORD_STR_ARG(path ? path->text : CORD_STR("")),
                   CORD_STR_ARG(why ? why->text : CORD_STR("")));
    for (char *at = text; *at; at++) {
        *at =
            (unsigned char)*at < 0x20 || *at == 0x7f ? '?' : *at; /* it would reach the terminal */
    }
    return complain(asking, text);
}

/* One page: *ret_next is where to go on; ptr NULL: nowhere. */
static int ask(struct asking *asking, const char *url, cord_str *ret_next)
{
    const struct cord_json *reply = NULL;
    struct cord_error err = {""};
    long status = 0;
    cord_buf_clear(&asking->reply);
    cord_arena_reset(asking->arena);
    if (curl_easy_setopt(asking->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_perform(asking->curl) != CURLE_OK ||
        curl_easy_getinfo(asking->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) {
        return complain(asking, asking->error[0] ? asking->error : "the server cannot be asked");
    }
    if (cord_json_tree_parse(cord_buf_str(&asking->reply), asking->arena, &reply, &err) !=
        CORD_OK) {
        return complain(asking, "the server's answer is none of the API");
    }
    const struct cord_json *items = cord_json_tree_get(reply, CORD_STR("items"));
    const struct cord_json *next = cord_json_tree_get(reply, CORD_STR("next"));
    if (status >= REFUSED || !items || items->kind != CORD_JSON_LIST) {
        return refused(asking, status, reply);
    }
    for (const struct cord_json *item = items->child; item; item = item->next) {
        (void)fwrite(item->span.ptr, 1, item->span.len, stdout); /* ferror is looked at */
        (void)putchar('\n');
    }
    *ret_next = next && next->kind == CORD_JSON_TEXT ? next->text : (cord_str){0};
    return ferror(stdout) ? complain(asking, "cannot write") : COMMAND_DONE;
}

static int ask_all(struct asking *asking)
{
    cord_str next = {0};
    size_t len = asking->url.len;
    int code = COMMAND_DONE;
    do {
        asking->url.len = len;
        if (next.ptr) {
            put_parameter(asking, "cursor", next);
        }
        cord_buf_put_char(&asking->url, '\0');
        code = asking->url.failed ? complain(asking, "too long a question")
                                  : ask(asking, asking->url.ptr, &next);
    } while (code == COMMAND_DONE && next.ptr);
    return code;
}

int remote_list(const struct command *command, const struct remote_config *config, const char *path,
                const struct remote_parameter *parameters)
{
    struct asking asking = {.command = command};
    cord_buf_init(&asking.reply, REPLY_BYTES_MAX);
    cord_buf_init(&asking.url, URL_BYTES_MAX);
    int code = prepare(&asking, config);
    if (code == COMMAND_DONE) {
        put_url(&asking, config->server, path, parameters);
        code = ask_all(&asking);
    }
    curl_slist_free_all(asking.headers);
    curl_easy_cleanup(asking.curl);
    cord_arena_free(asking.arena);
    cord_buf_done(&asking.url);
    cord_buf_done(&asking.reply);
    return code;
}
