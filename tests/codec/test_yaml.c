/* test_yaml.c: YAML texts as trees, and the texts that are refused. */
#include "kit/kit.h"

#include "codec/yaml.h"

#include <stdio.h>
#include <stdlib.h>

static cord_status parse(struct cord_arena *arena, cord_str text, struct cord_yaml **ret,
                         struct cord_error *err)
{
    return cord_yaml_parse(text, 4, arena, ret, err);
}

static struct cord_yaml *parsed(struct cord_arena *arena, const char *text)
{
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    if (parse(arena, cord_str_from(text), &documents, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return documents;
}

static void types_plain_scalars_only(void)
{
    static const struct {
        const char *text;
        enum cord_yaml_kind kind;
    } cases[] = {
        {"v: ", CORD_YAML_NULL},
        {"v: ~", CORD_YAML_NULL},
        {"v: null", CORD_YAML_NULL},
        {"v: Null", CORD_YAML_NULL},
        {"v: nULL", CORD_YAML_TEXT},
        {"v: 'null'", CORD_YAML_TEXT},
        {"v: ''", CORD_YAML_TEXT},
        {"v: true", CORD_YAML_BOOL},
        {"v: FALSE", CORD_YAML_BOOL},
        {"v: \"true\"", CORD_YAML_TEXT},
        {"v: yes", CORD_YAML_TEXT},
        {"v: on", CORD_YAML_TEXT},
        {"v: 42", CORD_YAML_INT},
        {"v: -7", CORD_YAML_INT},
        {"v: +7", CORD_YAML_INT},
        {"v: 0", CORD_YAML_INT},
        {"v: '42'", CORD_YAML_TEXT},
        {"v: 010", CORD_YAML_TEXT},
        {"v: 0x1F", CORD_YAML_TEXT},
        {"v: 1_000", CORD_YAML_TEXT},
        {"v: 12:30", CORD_YAML_TEXT},
        {"v: 2024-01-02", CORD_YAML_TEXT},
        {"v: 1.5", CORD_YAML_FLOAT},
        {"v: .5", CORD_YAML_FLOAT},
        {"v: 1.5e+3", CORD_YAML_FLOAT},
        {"v: 1.5e3", CORD_YAML_TEXT},
        {"v: 1e3", CORD_YAML_TEXT},
        {"v: .", CORD_YAML_TEXT},
        {"v: '-'", CORD_YAML_TEXT},
        {"v: 1.2.3.4", CORD_YAML_TEXT},
        {"v: 9223372036854775808", CORD_YAML_FLOAT},
        {"v: !!str 42", CORD_YAML_TEXT},
        {"v: ! 42", CORD_YAML_TEXT},
        {"v: !!int '42'", CORD_YAML_INT},
        {"v: |\n  42\n", CORD_YAML_TEXT},
        {"v: 9223372036854775807", CORD_YAML_INT},
    };
    struct cord_arena *arena = cord_arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_yaml *documents = NULL;
        struct cord_error err = {0};
        cord_status status = parse(arena, cord_str_from(cases[i].text), &documents, &err);
        const struct cord_yaml *value = cord_yaml_get(documents->child, CORD_STR("v"));
        if (status != CORD_OK || value->kind != cases[i].kind) {
            print_error("%s\n", cases[i].text);
        }
        CHECK(value->kind == cases[i].kind);
    }
    cord_arena_free(arena);
}

static void keeps_text_as_written(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    const struct cord_yaml *map =
        parsed(arena, "a: '\\*\\\\'\nb: 1.50\nc: \"\\u2013\\t\"\nd: +5\ne: it''s\n")->child;
    CHECK_STR(cord_yaml_text(cord_yaml_get(map, CORD_STR("a"))), "\\*\\\\");
    CHECK_STR(cord_yaml_text(cord_yaml_get(map, CORD_STR("b"))), "1.50");
    CHECK_STR(cord_yaml_text(cord_yaml_get(map, CORD_STR("c"))), "\xe2\x80\x93\t");
    CHECK(cord_yaml_get(map, CORD_STR("d"))->integer == 5);
    CHECK_STR(cord_yaml_text(cord_yaml_get(map, CORD_STR("e"))), "it''s");
    CHECK(cord_yaml_get(map, CORD_STR("f")) == NULL);
    CHECK(cord_yaml_text(NULL).ptr == NULL);
    CHECK(cord_yaml_text(map).ptr == NULL);
    cord_arena_free(arena);
}

static void tells_where_things_are(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    const struct cord_yaml *documents = parsed(arena, "a: 1\n---\nb:\n  - x\n  - c: y\n");
    CHECK_U64(documents->count, 2);
    const struct cord_yaml *second = documents->child->next;
    CHECK_U64(second->line, 3);
    const struct cord_yaml *list = second->child;
    CHECK_STR(list->key->text, "b");
    CHECK_U64(list->count, 2);
    CHECK_U64(list->child->line, 4);
    CHECK_U64(list->child->column, 5);
    CHECK_STR(list->child->next->child->key->text, "c");
    CHECK_U64(list->child->next->child->line, 5);
    cord_arena_free(arena);
}

static void resolves_aliases(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    const struct cord_yaml *map = parsed(arena, "a: &x [1, 2]\nb: *x\nc: &y t\nd: *y\n")->child;
    const struct cord_yaml *b = cord_yaml_get(map, CORD_STR("b"));
    CHECK(b->kind == CORD_YAML_LIST && b->count == 2);
    CHECK(b->child->next->integer == 2);
    CHECK_STR(cord_yaml_text(cord_yaml_get(map, CORD_STR("d"))), "t");
    CHECK(cord_yaml_get(map, CORD_STR("d"))->next == NULL);
    cord_arena_free(arena);
}

static void refuses_what_is_not_plain_data(void)
{
    static const struct {
        const char *text;
        cord_status status;
        const char *says;
    } cases[] = {
        {"a: 1\na: 2\n", CORD_E_FORMAT, "line 2, column 1: the key 'a' stands twice"},
        {"x: {a: 1, 'a': 2}\n", CORD_E_FORMAT, "'a' stands twice"},
        {"a: *x\n", CORD_E_FORMAT, "alias without anchor"},
        {"a: &x [1, *x]\n", CORD_E_FORMAT, "alias inside"},
        {"a: &x {b: 1}\nc:\n  <<: *x\n", CORD_E_FORMAT, "merge key"},
        {"[a, b]: 1\n", CORD_E_FORMAT, "itself a list"},
        {"a: !!binary aGk=\n", CORD_E_FORMAT, "tag"},
        {"a: !own x\n", CORD_E_FORMAT, "tag"},
        {"a: !own [x]\n", CORD_E_FORMAT, "tag"},
        {"a: !!int x\n", CORD_E_FORMAT, "tag"},
        {"a: [1\n", CORD_E_FORMAT, "line "},
        {"a: \"\xff\"\n", CORD_E_FORMAT, "line "},
        {"a\n---\nb\n---\nc\n---\nd\n---\ne\n", CORD_E_LIMIT, "too many documents"},
    };
    struct cord_arena *arena = cord_arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_yaml *documents = NULL;
        struct cord_error err = {0};
        cord_status status = parse(arena, cord_str_from(cases[i].text), &documents, &err);
        if (status != cases[i].status || !strstr(err.text, cases[i].says)) {
            print_error("%s -> %s\n", cases[i].text, err.text);
            fail();
        }
        CHECK(documents == NULL);
    }
    cord_arena_free(arena);
}

static void finds_a_duplicate_among_many_keys(void)
{
    char text[4096];
    size_t len = 0;
    for (int i = 0; i < 100; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "k%d: 1\n", i);
    }
    struct cord_arena *arena = cord_arena_new(1 << 20);
    CHECK_U64(parsed(arena, text)->child->count, 100);
    (void)snprintf(text + len, sizeof text - len, "k7: 1\n");
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    CHECK(parse(arena, cord_str_from(text), &documents, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "line 101, column 1: the key 'k7'") != NULL);
    cord_arena_free(arena);
}

static void bounds_depth_and_aliases(void)
{
    char text[4096] = {0};
    struct cord_arena *arena = cord_arena_new(1 << 20);
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    memset(text, '[', 63);
    memset(text + 63, ']', 63);
    CHECK(parse(arena, cord_str_from(text), &documents, &err) == CORD_OK);
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    CHECK(parse(arena, cord_str_from(text), &documents, &err) == CORD_E_LIMIT);

    /* Each line stands for nine times the one before: 9^8 nodes. */
    size_t len = (size_t)snprintf(text, sizeof text, "a0: &a0 x\n");
    for (int i = 1; i <= 8; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++) {
            len += (size_t)snprintf(text + len, sizeof text - len, "*a%d%s", i - 1,
                                    k < 8 ? ", " : "]\n");
        }
    }
    CHECK(parse(arena, cord_str_from(text), &documents, &err) == CORD_E_LIMIT);
    CHECK(strstr(err.text, "1,048,576 nodes") != NULL);
    cord_arena_free(arena);
}

static void says_when_the_arena_is_full(void)
{
    struct cord_arena *arena = cord_arena_new(300);
    struct cord_yaml *documents = NULL;
    CHECK(parse(arena, CORD_STR("[a, b, c, d, e, f]"), &documents, NULL) == CORD_E_LIMIT);
    cord_arena_free(arena);
}

static void survives_any_failed_allocation(void)
{
    for (size_t nth = 1;; nth++) {
        struct cord_yaml *documents = NULL;
        struct cord_arena *arena = cord_arena_new(1 << 20);
        kit_fail_allocation(nth);
        cord_status status =
            parse(arena, CORD_STR("a: &x [1, 'b', {c: d}]\ne: *x\n"), &documents, NULL);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM && !documents : status == CORD_OK);
        cord_arena_free(arena);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(types_plain_scalars_only), KIT_TEST(keeps_text_as_written),
         KIT_TEST(tells_where_things_are), KIT_TEST(resolves_aliases),
         KIT_TEST(refuses_what_is_not_plain_data), KIT_TEST(finds_a_duplicate_among_many_keys),
         KIT_TEST(bounds_depth_and_aliases), KIT_TEST(says_when_the_arena_is_full),
         KIT_TEST(survives_any_failed_allocation))
