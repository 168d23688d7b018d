/* test_json_tree.c: JSON texts as trees, and what is none. */
#include "kit/kit.h"

#include "codec/json_tree.h"

static cord_status parse(struct cord_arena *arena, const char *text, const struct cord_json **ret)
{
    struct cord_error err = {""};
    cord_status status = cord_json_tree_parse(cord_str_from(text), arena, ret, &err);
    CHECK(status == CORD_OK || err.text[0] != '\0');
    return status;
}

static void reads_all_kinds_in_their_order(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    const struct cord_json *root = NULL;
    CHECK(parse(arena,
                " {\"a\" : [1, -2.5e+3 ,[],{}], \"b\":{\"c\":\"x\\n\\u00e9\\ud83d\\ude00\"},"
                "\"d\":true,\"e\":false,\"f\":null}\n",
                &root) == CORD_OK);
    CHECK(root->kind == CORD_JSON_MAP);
    CHECK_U64(root->count, 5);
    const struct cord_json *a = cord_json_tree_get(root, CORD_STR("a"));
    CHECK(a->kind == CORD_JSON_LIST);
    CHECK_U64(a->count, 4);
    CHECK_STR(a->span, "[1, -2.5e+3 ,[],{}]");
    CHECK_STR(a->child->text, "1");
    CHECK_STR(a->child->next->text, "-2.5e+3");
    CHECK(a->child->next->next->kind == CORD_JSON_LIST);
    const struct cord_json *b = cord_json_tree_get(root, CORD_STR("b"));
    CHECK_STR(cord_json_tree_get(b, CORD_STR("c"))->text, "x\n\xc3\xa9\xf0\x9f\x98\x80");
    CHECK(cord_json_tree_get(root, CORD_STR("d"))->flag);
    CHECK(cord_json_tree_get(root, CORD_STR("e"))->kind == CORD_JSON_FLAG);
    CHECK(cord_json_tree_get(root, CORD_STR("f"))->kind == CORD_JSON_NULL);
    CHECK(!cord_json_tree_get(root, CORD_STR("g")));
    CHECK(!cord_json_tree_get(a, CORD_STR("a")));
    CHECK(parse(arena, "7", &root) == CORD_OK);
    CHECK_STR(root->span, "7");
    cord_arena_free(arena);
}

static void refuses_what_is_none(void)
{
    static const char *const wrong[] = {
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "[1 2]",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[-]",
        "[tru]",
        "[nul]",
        "\"a",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\t\"",
        "\"\xff\"",
        "\"\xed\xa0\x80\"",
        "{} {}",
        "1 1",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "]",
        "}",
        "[}",
        "{]",
        "[1}",
        "NaN",
        "'a'",
        "// a\n1",
    };
    struct cord_arena *arena = cord_arena_new(1 << 20);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct cord_json *root = NULL;
        if (parse(arena, wrong[i], &root) != CORD_E_FORMAT || root) {
            print_error("taken: %s\n", wrong[i]);
            fail();
        }
    }
    cord_arena_free(arena);
}

static void has_bounds(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    const struct cord_json *root = NULL;
    char deep[2 * CORD_JSON_TREE_DEPTH_MAX + 3] = {0};
    memset(deep, '[', CORD_JSON_TREE_DEPTH_MAX);
    memset(deep + CORD_JSON_TREE_DEPTH_MAX, ']', CORD_JSON_TREE_DEPTH_MAX);
    CHECK(parse(arena, deep, &root) == CORD_OK);
    memset(deep, '[', CORD_JSON_TREE_DEPTH_MAX + 1);
    memset(deep + CORD_JSON_TREE_DEPTH_MAX + 1, ']', CORD_JSON_TREE_DEPTH_MAX + 1);
    CHECK(parse(arena, deep, &root) == CORD_E_LIMIT);
    cord_arena_free(arena);
    arena = cord_arena_new(1 << 12);
    char many[4096];
    memset(many, ',', sizeof many);
    for (size_t i = 0; i < sizeof many; i += 2) {
        many[i] = '1';
    }
    many[0] = '[';
    many[1] = '1';
    many[2] = ',';
    many[sizeof many - 2] = ']';
    many[sizeof many - 1] = '\0';
    CHECK(parse(arena, many, &root) != CORD_OK);
    cord_arena_free(arena);
}

KIT_MAIN(KIT_TEST(reads_all_kinds_in_their_order), KIT_TEST(refuses_what_is_none),
         KIT_TEST(has_bounds))
