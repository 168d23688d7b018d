/* test_web.c: which of the console's files a request gets, in which encoding. */
#include "kit/kit.h"

#include "api/web.h"

static const struct cord_web_asset assets[] = {
    {"/assets/a.js", "text/javascript", "a1", {"rawraw", 6}, {"gzip", 4}, {"br", 2}, true},
    {"/assets/f.woff2", "font/woff2", "f1", {"font", 4}, {NULL, 0}, {NULL, 0}, true},
    {"/favicon.svg", "image/svg+xml", "i1", {"icon", 4}, {NULL, 0}, {NULL, 0}, false},
    {"/index.html", "text/html", "p1", {"page", 4}, {NULL, 0}, {NULL, 0}, false},
};
static const struct cord_web web = {assets, sizeof assets / sizeof *assets, -1};

static struct cord_web_answer get(const char *path, const char *encoding, const char *tags)
{
    const struct cord_web_request request = {CORD_HTTP_GET, cord_str_from(path),
                                             cord_str_from(encoding), cord_str_from(tags)};
    return cord_web_choose(&web, &request);
}

static void finds_files_by_their_whole_path(void **state)
{
    (void)state;
    CHECK_STR(get("/assets/a.js", "", "").body, "rawraw");
    CHECK_STR(get("/assets/f.woff2", "br", "").body, "font");
    CHECK(get("/assets/a.j", "", "").status == 404);
    CHECK(get("/assets/a.jsx", "", "").status == 404);
    CHECK(get("/a.js", "", "").status == 404);
    static const char *const nowhere[] = {"//a", "/a//b", "/../a", "/a/../b", "/a/.b", "/.a/b"};
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        CHECK(get(nowhere[i], "", "").status == 404);
    }
}

static void gives_the_page_for_paths_of_its_own(void **state)
{
    (void)state;
    static const char *const own[] = {
        "/",       "/alerts", "/alerts/A-7K2M",           "/assets/none",
        "",        "/a.b/c",  "/figures/trusts.infected", "/sources/fw1.ward.example",
        "/alerts/"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        CHECK_STR(get(own[i], "", "").body, "page");
    }
    CHECK(strcmp(get("/", "", "").cache, "no-cache") == 0);
    CHECK(strstr(get("/assets/a.js", "", "").cache, "immutable"));
}

static void chooses_the_shortest_encoding_that_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        const char *body;
    } rows[] = {
        {"", "rawraw"},
        {"gzip, deflate, br", "br"},
        {"GZIP", "gzip"},
        {" br ;q=0.1 , gzip", "br"},
        {"br;q=0, gzip", "gzip"},
        {"br;q=0.000,gzip; q=0", "rawraw"},
        {"br;q=0.001", "br"},
        {"brotli, gzipped", "rawraw"},
        {"*", "rawraw"},
        {",,;;,", "rawraw"},
        {"br;level=9;q=0", "rawraw"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(
            cord_str_eq(get("/assets/a.js", rows[i].accept, "").body, cord_str_from(rows[i].body)));
    }
}

static void tells_who_has_it_already(void **state)
{
    (void)state;
    CHECK(strcmp(get("/assets/a.js", "br", "").tag, "\"a1-br\"") == 0);
    CHECK(strcmp(get("/assets/a.js", "", "").tag, "\"a1\"") == 0);
    CHECK(get("/assets/a.js", "br", "\"a1-br\"").status == 304);
    CHECK(get("/assets/a.js", "br", "\"x\", W/\"a1-br\"").status == 304);
    CHECK(get("/assets/a.js", "br", "*").status == 304);
    CHECK(get("/assets/a.js", "br", "\"a1\"").status == 200);
    CHECK(get("/assets/a.js", "br", "a1-br").status == 200);
}

static void takes_no_other_method(void **state)
{
    (void)state;
    struct cord_web_request request = {CORD_HTTP_POST, CORD_STR("/"), CORD_STR(""), CORD_STR("")};
    CHECK(cord_web_choose(&web, &request).status == 405);
    request.method = CORD_HTTP_HEAD;
    CHECK(cord_web_choose(&web, &request).status == 200);
}

static void says_that_it_was_built_without(void **state)
{
    (void)state;
    const struct cord_web none = {.root = -1};
    const struct cord_web_request request = {CORD_HTTP_GET, CORD_STR("/"), CORD_STR(""),
                                             CORD_STR("")};
    struct cord_web_answer answer = cord_web_choose(&none, &request);
    CHECK(answer.status == 404);
    CHECK(cord_str_starts(answer.body, CORD_STR("This server was built without")));
}

KIT_MAIN(cmocka_unit_test(finds_files_by_their_whole_path),
         cmocka_unit_test(gives_the_page_for_paths_of_its_own),
         cmocka_unit_test(chooses_the_shortest_encoding_that_is_taken),
         cmocka_unit_test(tells_who_has_it_already), cmocka_unit_test(takes_no_other_method),
         cmocka_unit_test(says_that_it_was_built_without))
