/* web.c: see web.h. */
#include "api/web.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE "/index.html"

enum { HEADERS_MAX = 12, FILE_BYTES_MAX = 8 << 20, PATH_BYTES = 512 };

static const char POLICY[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

/* --- which file --- */

static int compare_path(const void *key, const void *element)
{
    const cord_str *path = key;
    const struct cord_web_asset *asset = element;
    cord_str other = cord_str_from(asset->path);
    size_t common = path->len < other.len ? path->len : other.len;
    int order = memcmp(path->ptr, other.ptr, common);
    return order != 0 ? order : (path->len > other.len) - (path->len < other.len);
}

static const struct cord_web_asset *find(const struct cord_web *web, cord_str path)
{
    return web->count > 0
               ? bsearch(&path, web->assets, web->count, sizeof *web->assets, compare_path)
               : NULL;
}

/* A file is meant: a name with a dot at the top or among the assets. Elsewhere dots are in names of
 * the page's own, such as /figures/trusts.infected; what no page of its own is called, ".." and
 * "//", is taken for a file, which is not there. */
static bool names_file(cord_str path)
{
    cord_str rest = path.len > 0 ? cord_str_from_byte(path, 1) : path;
    cord_str name = {0};
    bool dotted = false;
    size_t depth = 0;
    while (cord_str_cut(&rest, '/', &name)) {
        if ((name.len == 0 && rest.ptr) || (name.len > 0 && name.ptr[0] == '.')) {
            return true;
        }
        dotted = cord_str_find(name, CORD_STR("."), 0) != SIZE_MAX;
        depth++;
    }
    return dotted && (depth == 1 || cord_str_starts(path, CORD_STR("/assets/")));
}

/* --- in which encoding (RFC 9110 section 12.5.3) --- */

/* "0", "0.000" */
static bool is_nought(cord_str number)
{
    for (size_t i = 0; i < number.len; i++) {
        if (number.ptr[i] != '0' && number.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

/* "q=0": not at all. */
static bool is_refused(cord_str parameters)
{
    cord_str one;
    while (cord_str_cut(&parameters, ';', &one)) {
        one = cord_str_trim(one);
        if (one.len >= 3 && (one.ptr[0] == 'q' || one.ptr[0] == 'Q') && one.ptr[1] == '=') {
            return is_nought(cord_str_slice(one, 2, one.len - 2));
        }
    }
    return false;
}

bool cord_web_accepts(cord_str header, cord_str coding)
{
    cord_str item;
    while (cord_str_cut(&header, ',', &item)) {
        cord_str rest = item;
        cord_str name;
        if (cord_str_cut(&rest, ';', &name) && cord_str_eq_fold(cord_str_trim(name), coding)) {
            return !is_refused(rest);
        }
    }
    return false;
}

/* --- is it what they have (RFC 9110 section 13.1.2) --- */

static bool has_already(cord_str if_none_match, cord_str tag)
{
    cord_str item;
    while (cord_str_cut(&if_none_match, ',', &item)) {
        item = cord_str_trim(item);
        if (cord_str_starts(item, CORD_STR("W/"))) {
            item = cord_str_slice(item, 2, item.len - 2);
        }
        if (cord_str_eq(item, tag) || cord_str_eq(item, CORD_STR("*"))) {
            return true;
        }
    }
    return false;
}

static void choose_encoding(const struct cord_web_asset *asset, cord_str accept,
                            struct cord_web_answer *answer)
{
    const char *suffix = "";
    answer->body = asset->raw;
    if (asset->br.len > 0 && cord_web_accepts(accept, CORD_STR("br"))) {
        answer->body = asset->br;
        answer->encoding = "br";
        suffix = "-br";
    } else if (asset->gz.len > 0 && cord_web_accepts(accept, CORD_STR("gzip"))) {
        answer->body = asset->gz;
        answer->encoding = "gzip";
        suffix = "-gz";
    }
    (void)snprintf(answer->tag, sizeof answer->tag, "\"%s%s\"", asset->tag, suffix);
}

struct cord_web_answer cord_web_choose(const struct cord_web *web,
                                       const struct cord_web_request *request)
{
    static const char plain[] = "text/plain; charset=utf-8";
    struct cord_web_answer answer = {.type = plain, .cache = "no-cache"};
    if (request->method != CORD_HTTP_GET && request->method != CORD_HTTP_HEAD) {
        answer.status = 405;
        answer.body = CORD_STR("GET and HEAD alone\n");
        return answer;
    }
    const struct cord_web_asset *asset = find(web, request->path);
    if (!asset && !names_file(request->path)) {
        asset = find(web, CORD_STR(PAGE));
    }
    if (!asset) {
        answer.status = 404;
        answer.body = web->count > 0 ? CORD_STR("there is no such file\n")
                                     : CORD_STR("This server was built without its console. "
                                                "The API is under /api/v1.\n");
        return answer;
    }
    answer.type = asset->type;
    answer.cache = asset->immutable ? "public, max-age=31536000, immutable" : "no-cache";
    choose_encoding(asset, request->accept_encoding, &answer);
    answer.status = has_already(request->if_none_match, cord_str_from(answer.tag)) ? 304 : 200;
    return answer;
}

/* --- from a folder, while one works on it --- */

static const char *type_of(cord_str path)
{
    static const struct {
        const char *end;
        const char *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".svg", "image/svg+xml"},
                 {".woff2", "font/woff2"},
                 {".map", "application/json"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (cord_str_ends(path, cord_str_from(types[i].end))) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* Letters, digits, '-', '_', '/' and dots; no name begins with a dot, and none is empty: what is
 * behind two slashes would be an absolute path. */
static bool is_plain_path(cord_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || c == '/';
        bool begins = i > 0 && path.ptr[i - 1] == '/';
        if ((!word && !(c == '.' && i > 0)) || (begins && (c == '.' || c == '/'))) {
            return false;
        }
    }
    return path.len > 1 && path.ptr[0] == '/' && path.len < PATH_BYTES;
}

static bool load(int root, cord_str path, struct cord_buf *into)
{
    char name[PATH_BYTES];
    char chunk[16384];
    struct stat stat;
    (void)snprintf(name, sizeof name, "%.*s", CORD_STR_ARG(cord_str_slice(path, 1, path.len - 1)));
    int file = openat(root, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 || fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        if (file >= 0) {
            (void)close(file);
        }
        return false;
    }
    ssize_t got = 0;
    while ((got = read(file, chunk, sizeof chunk)) > 0) {
        cord_buf_put(into, (cord_str){chunk, (size_t)got});
    }
    (void)close(file);
    return got == 0 && !into->failed;
}

static struct cord_web_answer from_folder(const struct cord_web *web,
                                          const struct cord_web_request *request,
                                          struct cord_buf *into)
{
    cord_str path = names_file(request->path) ? request->path : CORD_STR(PAGE);
    struct cord_web_answer answer = {
        .status = 200, .type = type_of(path), .cache = "no-store", .body = CORD_STR("")};
    if (request->method != CORD_HTTP_GET && request->method != CORD_HTTP_HEAD) {
        answer.status = 405;
    } else if (!is_plain_path(path) || !load(web->root, path, into)) {
        answer.status = 404;
    } else {
        answer.body = cord_buf_str(into);
    }
    return answer;
}

/* --- the reply --- */

static size_t put_headers(const struct cord_web_answer *answer, bool tls,
                          struct cord_http_header headers[HEADERS_MAX])
{
    size_t count = 0;
    headers[count++] = (struct cord_http_header){"Cache-Control", cord_str_from(answer->cache)};
    headers[count++] = (struct cord_http_header){"Content-Security-Policy", CORD_STR(POLICY)};
    headers[count++] =
        (struct cord_http_header){"Cross-Origin-Opener-Policy", CORD_STR("same-origin")};
    headers[count++] =
        (struct cord_http_header){"Cross-Origin-Resource-Policy", CORD_STR("same-origin")};
    headers[count++] = (struct cord_http_header){"X-Content-Type-Options", CORD_STR("nosniff")};
    headers[count++] = (struct cord_http_header){"Referrer-Policy", CORD_STR("no-referrer")};
    headers[count++] = (struct cord_http_header){
        "Permissions-Policy",
        CORD_STR("camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
                 "usb=()")};
    headers[count++] = (struct cord_http_header){"Vary", CORD_STR("Accept-Encoding")};
    if (answer->tag[0]) {
        headers[count++] = (struct cord_http_header){"ETag", cord_str_from(answer->tag)};
    }
    if (answer->encoding && answer->status == 200) {
        headers[count++] =
            (struct cord_http_header){"Content-Encoding", cord_str_from(answer->encoding)};
    }
    if (answer->status == 405) {
        headers[count++] = (struct cord_http_header){"Allow", CORD_STR("GET, HEAD")};
    }
    if (tls) {
        headers[count++] =
            (struct cord_http_header){"Strict-Transport-Security", CORD_STR("max-age=31536000")};
    }
    return count;
}

unsigned cord_web_reply(const struct cord_web *web, struct cord_http *http)
{
    const struct cord_http_request *from = cord_http_request(http);
    const struct cord_web_request request = {
        .method = from->method,
        .path = from->path,
        .accept_encoding = cord_http_header(http, CORD_STR("accept-encoding")),
        .if_none_match = cord_http_header(http, CORD_STR("if-none-match")),
    };
    struct cord_http_header headers[HEADERS_MAX];
    struct cord_buf file;
    cord_buf_init(&file, FILE_BYTES_MAX);
    const struct cord_web_answer answer =
        web->root >= 0 ? from_folder(web, &request, &file) : cord_web_choose(web, &request);
    bool bare = answer.status == 304;
    cord_http_reply(http, &(struct cord_http_reply){
                              .status = answer.status,
                              .content_type = bare ? NULL : answer.type,
                              .body = bare ? CORD_STR("") : answer.body,
                              .headers = headers,
                              .header_count = put_headers(&answer, from->tls, headers),
                          });
    cord_buf_done(&file);
    return answer.status;
}
