/*
 * fuzz_matcher.c: the matcher against the naive evaluator.
 *
 * The input drives a generator of rules and events from a small vocabulary, so
 * that tests hold often and near misses are common. Every (event, rule) pair
 * must come out alike: with and without routing, at every vector level, before
 * and after the matcher has learnt, and when it falls back to its linear path.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "codec/json.h"
#include "detect/matcher.h"
#include "kit/kit_bytes.h"
#include "kit/naive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RULES_MAX = 12, EVENTS_MAX = 6, DEPTH_MAX = 4, ROUNDS = 3 };

static const char *const fields[] = {"Image", "CommandLine", "Hashes",  "EventID", "Channel",
                                     "a",     "b.c",         "Ünïcode", "User",    "TargetObject"};
static const char *const words[] = {
    "a",
    "b",
    "e",
    ".exe",
    "\\cmd.exe",
    "powershell",
    "\\",
    "/c ",
    " ",
    "-enc",
    "K",
    "s",
    "S",
    "\xe2\x84\xaa",
    "\xc5\xbf",
    "\xcf\x83",
    "\xcf\x82",
    "\xce\xa3",
    "\xc3\xa9",
    "\xc3\x89",
    "\xf0\x9f\x98\x80",
    "\xf0\x9f\x98\x81",
    "\xc8\xba",
    "1",
    "10",
    "1.0",
    "1e1",
    "4688",
    "true",
    "null",
    "\n",
    "\"",
    "%",
    "*",
    "?",
    "IMPHASH=",
    "MD5=abcdef0123456789",
    "abcdef",
    "0123",
    "Security",
    "C:\\Windows\\System32\\",
    "10.1.2.3",
    "::1",
    "2026-11-22T10:00:00Z",
    "mimikatz",
    "\\u0041",
    "u004",
    "x",
    "system32",
};
static const char *const regexes[] = {
    "cmd\\.exe",
    "(?i)POWERSHELL",
    "^a",
    "e$",
    "a.b",
    "a+b?",
    "(foo|cmd|enc)",
    "[a-f0-9]{4}",
    "\\d+",
    "s\\b",
    "(?i)k",
    "-en(c|co)?",
    "(?:abc|mimi)(?:katz)?",
    "\\\\u00",
    ".",
    "x{2,}",
    "[^a]{3}s",
    "\\.exe$",
    "(?i)\xc3\xa9",
    "IMPHASH=(?!0)",
    "(a|)b",
    "\\x41",
};
static const struct {
    const char *address; /* IPv4 in its IPv6 form */
    uint8_t bits;
} ranges[] = {{"::ffff:10.0.0.0", 104}, {"::ffff:10.1.2.3", 128}, {"::", 0}, {"::1", 128},
              {"::ffff:0.0.0.0", 96},   {"::ffff:10.1.2.2", 127}};

/* A text of up to max words. */
static cord_str make_text(struct kit_bytes *source, struct cord_arena *arena, unsigned max)
{
    struct cord_buf text;
    cord_buf_init(&text, 1 << 20);
    for (unsigned left = kit_bytes_pick(source, max + 1); left > 0; left--) {
        cord_buf_put_text(&text, KIT_BYTES_PICK(source, words));
    }
    cord_str copy = cord_arena_copy(arena, cord_buf_str(&text));
    cord_buf_done(&text);
    assert(copy.ptr);
    return copy;
}

static void make_parts(struct kit_bytes *source, struct cord_arena *arena, struct cord_atom *atom)
{
    struct cord_part *parts = cord_arena_zalloc(arena, 8, sizeof *parts);
    assert(parts);
    unsigned shape = kit_bytes_pick(source, 10);
    size_t count = 0;
    if (shape == 0) { /* any row of parts */
        size_t wanted = kit_bytes_pick(source, 7);
        for (; count < wanted; count++) {
            parts[count].kind = kit_bytes_pick(source, 3);
            parts[count].text = make_text(source, arena, 3);
            if (parts[count].text.len == 0 && parts[count].kind == CORD_PART_TEXT) {
                parts[count].kind = CORD_PART_ANY;
            }
        }
    } else {
        cord_str text = make_text(source, arena, 3);
        if (shape & 1) {
            parts[count++].kind = CORD_PART_ANY;
        }
        if (text.len > 0) {
            parts[count++].text = text;
        }
        if (shape & 2) {
            parts[count++].kind = CORD_PART_ANY;
        }
    }
    atom->parts = parts;
    atom->part_count = count;
    atom->cased = kit_bytes_pick(source, 8) == 1;
}

static struct cord_atom *make_atom(struct kit_bytes *source, struct cord_arena *arena)
{
    static const char *const numbers[] = {"1", "10", "4688", "-1", "0", "10.5", "22"};
    struct cord_atom *atom = cord_arena_zalloc(arena, 1, sizeof *atom);
    assert(atom);
    unsigned kind = kit_bytes_pick(source, 16);
    atom->kind = kind < 8 ? CORD_ATOM_PATTERN : (enum cord_atom_kind)(kind - 8);
    atom->keyword = kit_bytes_pick(source, 5) == 1 && atom->kind <= CORD_ATOM_REGEX;
    atom->field = atom->keyword ? CORD_STR("") : cord_str_from(KIT_BYTES_PICK(source, fields));
    switch (atom->kind) {
    case CORD_ATOM_PATTERN:
        make_parts(source, arena, atom);
        break;
    case CORD_ATOM_REGEX:
        atom->text = cord_str_from(KIT_BYTES_PICK(source, regexes));
        atom->regex_flags = kit_bytes_pick(source, 8);
        break;
    case CORD_ATOM_CIDR:
        kind = kit_bytes_pick(source, sizeof ranges / sizeof *ranges);
        atom->text = cord_str_from(ranges[kind].address);
        atom->cidr_bits = ranges[kind].bits;
        assert(inet_pton(AF_INET6, ranges[kind].address, atom->cidr_address) == 1);
        break;
    case CORD_ATOM_NUMBER:
        atom->text = cord_str_from(KIT_BYTES_PICK(source, numbers));
        atom->compare = kit_bytes_pick(source, 5);
        atom->time_part = kit_bytes_pick(source, 4) == 1 ? kit_bytes_pick(source, 7) : 0;
        break;
    case CORD_ATOM_BOOL:
        atom->boolean = kit_bytes_pick(source, 2);
        break;
    case CORD_ATOM_EXISTS:
        atom->negated_exists = kit_bytes_pick(source, 2);
        break;
    case CORD_ATOM_FIELD:
        atom->text = cord_str_from(KIT_BYTES_PICK(source, fields));
        atom->field_match = kit_bytes_pick(source, 4);
        atom->cased = kit_bytes_pick(source, 2);
        break;
    case CORD_ATOM_NULL:
        break;
    }
    return atom;
}

static struct cord_node *make_node(struct kit_bytes *source, struct cord_arena *arena,
                                   unsigned depth)
{
    struct cord_node *node = cord_arena_zalloc(arena, 1, sizeof *node);
    assert(node);
    unsigned kind = depth >= DEPTH_MAX ? CORD_NODE_ATOM : kit_bytes_pick(source, 6);
    node->kind = kind >= CORD_NODE_ATOM ? CORD_NODE_ATOM : (enum cord_node_kind)kind;
    node->selection = CORD_STR("selection");
    if (node->kind == CORD_NODE_ATOM) {
        node->atom = make_atom(source, arena);
        return node;
    }
    const struct cord_node **link = &node->child;
    unsigned count = node->kind == CORD_NODE_NOT ? 1 : kit_bytes_pick(source, 5);
    cord_str field = cord_str_from(KIT_BYTES_PICK(source, fields));
    bool list = kit_bytes_pick(source, 2) == 1; /* of literals on one field */
    for (unsigned i = 0; i < count; i++) {
        struct cord_node *child = make_node(source, arena, list ? (unsigned)DEPTH_MAX : depth + 1);
        if (list && !child->atom->keyword) {
            struct cord_atom *atom = cord_arena_alloc(arena, sizeof *atom);
            assert(atom);
            *atom = *child->atom;
            atom->field = field;
            child->atom = atom;
        }
        *link = child;
        link = &child->next;
    }
    return node;
}

static void make_rule(struct kit_bytes *source, struct cord_arena *arena, uint32_t number,
                      struct cord_rule *rule)
{
    static const char *const products[] = {"", "windows", "linux"};
    static const char *const categories[] = {"", "", "process_creation", "dns"};
    static const char *const services[] = {"", "", "security", "sysmon"};
    const struct cord_node **conditions = cord_arena_zalloc(arena, 2, sizeof *conditions);
    assert(conditions);
    *rule = (struct cord_rule){.number = number, .conditions = conditions};
    rule->logsource.product = cord_str_from(KIT_BYTES_PICK(source, products));
    rule->logsource.category = cord_str_from(KIT_BYTES_PICK(source, categories));
    rule->logsource.service = cord_str_from(KIT_BYTES_PICK(source, services));
    rule->condition_count = 1 + (kit_bytes_pick(source, 8) == 1);
    for (size_t i = 0; i < rule->condition_count; i++) {
        conditions[i] = make_node(source, arena, 0);
    }
}

/* A JSON string; some characters as \uXXXX. */
static void put_string(struct kit_bytes *source, struct cord_buf *json, cord_str text)
{
    bool escape = kit_bytes_pick(source, 6) == 1;
    cord_buf_put_char(json, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || (escape && c < 0x80 && (i & 1) != 0)) {
            cord_buf_printf(json, "\\u%04x", c);
        } else {
            if (c == '"' || c == '\\') {
                cord_buf_put_char(json, '\\');
            }
            cord_buf_put_char(json, (char)c);
        }
    }
    cord_buf_put_char(json, '"');
}

static void put_value(struct kit_bytes *source, struct cord_arena *arena, struct cord_buf *json,
                      unsigned depth)
{
    static const char *const plain[] = {"null", "true", "false", "1",     "10", "10.0", "1e1",
                                        "4688", "-0",   "22",    "10.50", "{}", "[]",   "0.5"};
    unsigned kind = kit_bytes_pick(source, 8);
    if (kind == 1) {
        cord_buf_put_text(json, KIT_BYTES_PICK(source, plain));
    } else if (kind == 2 && depth == 0) {
        cord_buf_put_char(json, '[');
        for (unsigned left = 1 + kit_bytes_pick(source, 4); left > 0; left--) {
            put_value(source, arena, json, 1);
            cord_buf_put_text(json, left > 1 ? "," : "]");
        }
    } else {
        put_string(source, json, make_text(source, arena, kind == 3 ? 60 : 6));
    }
}

static void put_event(struct kit_bytes *source, struct cord_arena *arena, struct cord_buf *json)
{
    static const char *const heads[] = {
        "{",
        ("{\"Channel\":\"Security\",\"EventID\":4688,"
         "\"Provider_Name\":\"Microsoft-Windows-Security-Auditing\","),
        "{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,",
        "{\"Channel\":\"Security\",\"EventID\":\"4624\",",
    };
    cord_buf_put_text(json, KIT_BYTES_PICK(source, heads));
    for (unsigned left = kit_bytes_pick(source, 8); left > 0; left--) {
        cord_buf_printf(json, "\"%s\":", KIT_BYTES_PICK(source, fields));
        put_value(source, arena, json, 0);
        cord_buf_put_char(json, ',');
    }
    cord_buf_put_text(json, "\"last\":\"\"}");
}

struct bench {
    struct cord_arena *arena;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_json_reader *reader;
    struct cord_batch *batch;
    struct cord_rule rules[RULES_MAX];
    const struct cord_rule *rule_list[RULES_MAX];
    size_t rule_count;
};

/* As readers do that have no JSON: the value elsewhere, and unescaped. */
static void move_value(struct bench *bench, struct cord_value *value)
{
    char *copy = cord_arena_bytes(bench->batch->arena, value->len + 1);
    assert(copy);
    cord_str text = cord_value_str(value);
    if ((value->flags & CORD_VALUE_ESCAPED) != 0) {
        value->len = (uint32_t)cord_json_unescape(text, copy);
    } else {
        memcpy(copy, text.ptr, text.len);
    }
    value->flags &= (unsigned)~CORD_VALUE_ESCAPED & 0xfu;
    value->ptr = copy;
}

static void add_events(struct bench *bench, struct kit_bytes *source)
{
    struct cord_buf json;
    cord_buf_init(&json, 1 << 24);
    unsigned count = 1 + kit_bytes_pick(source, EVENTS_MAX);
    size_t starts[EVENTS_MAX + 1] = {0};
    for (unsigned i = 0; i < count; i++) {
        put_event(source, bench->arena, &json);
        starts[i + 1] = json.len;
    }
    assert(!json.failed);
    assert(cord_batch_text_grow(bench->batch, json.len) == CORD_OK);
    memcpy(bench->batch->text, json.ptr, json.len);
    bench->batch->text_len = json.len;
    cord_str text = {bench->batch->text, json.len};
    cord_buf_done(&json);
    cord_json_begin(bench->reader, text, bench->paths, false);
    for (unsigned i = 0; i < count; i++) {
        size_t at = starts[i];
        size_t before = bench->batch->values.count;
        struct cord_event *event;
        struct cord_error err;
        assert(cord_json_next(bench->reader, &at, CORD_PATH_ROOT, &bench->batch->values, &err) ==
               CORD_OK);
        if (kit_bytes_pick(source, 4) == 1) {
            for (size_t v = before; v < bench->batch->values.count; v++) {
                if (kit_bytes_pick(source, 3) != 1) {
                    move_value(bench, &bench->batch->values.items[v]);
                }
            }
        }
        assert(cord_batch_add(bench->batch, cord_str_slice(text, starts[i], at - starts[i]),
                              &event) == CORD_OK);
    }
    cord_classifier_run(bench->classifier, bench->batch, 0);
}

struct seen {
    const struct cord_batch *batch;
    uint8_t matched[EVENTS_MAX][RULES_MAX];
    size_t last_event;
    uint32_t last_rule;
};

static cord_status see(void *self, const struct cord_match *match)
{
    struct seen *seen = self;
    size_t event = (size_t)(match->event - seen->batch->events);
    assert(event > seen->last_event || match->rule->number >= seen->last_rule);
    assert(seen->matched[event][match->rule->number] == 0);
    seen->matched[event][match->rule->number] = match->incomplete ? 2 : 1;
    seen->last_event = event;
    seen->last_rule = match->rule->number + 1;
    return CORD_OK;
}

static void compare(struct bench *bench, struct cord_matcher *matcher, bool ignore_logsource)
{
    struct seen seen = {.batch = bench->batch};
    struct cord_match_sink sink = {see, &seen};
    assert(cord_matcher_run(matcher, bench->batch, 0, &sink) == CORD_OK);
    for (size_t e = 0; e < bench->batch->event_count; e++) {
        for (size_t r = 0; r < bench->rule_count; r++) {
            bool wanted = naive_matches(&bench->rules[r], &bench->batch->events[e],
                                        bench->classifier, ignore_logsource);
            if (seen.matched[e][r] != 2 && wanted != (seen.matched[e][r] == 1)) {
                (void)fprintf(stderr, "rule %zu: %s match\n%.*s\n", r,
                              wanted ? "missed a" : "no such",
                              CORD_STR_ARG(bench->batch->events[e].raw));
                abort();
            }
        }
    }
}

static void run(struct bench *bench, const struct cord_ruleset_options *options)
{
    struct cord_ruleset *ruleset = NULL;
    struct cord_error err = {{0}};
    if (cord_ruleset_compile_rules(bench->rule_list, bench->rule_count, options, &ruleset, &err) !=
        CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        abort();
    }
    struct cord_matcher *matcher = cord_matcher_new(ruleset, bench->paths, bench->classifier);
    assert(matcher);
    for (int round = 0; round < ROUNDS; round++) {
        compare(bench, matcher, options->ignore_logsource);
    }
    cord_matcher_free(matcher);
    cord_ruleset_unref(ruleset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kit_bytes source = {data, size};
    struct bench bench = {
        .arena = cord_arena_new((size_t)1 << 28),
        .paths = cord_paths_new(1),
        .reader = cord_json_reader_new(CORD_CPU_SCALAR),
        .batch = cord_batch_new(64),
    };
    bench.classifier = cord_classifier_new(bench.paths, 1);
    assert(bench.arena && bench.reader && bench.batch && bench.classifier);
    struct cord_ruleset_options options = {
        .ignore_logsource = kit_bytes_pick(&source, 2) == 1,
        .eager = kit_bytes_pick(&source, 2) == 1,
        .level_chosen = true,
        .level = kit_bytes_pick(&source, CORD_CPU_LEVELS),
    };
    bench.rule_count = 1 + kit_bytes_pick(&source, RULES_MAX);
    for (size_t i = 0; i < bench.rule_count; i++) {
        make_rule(&source, bench.arena, (uint32_t)i, &bench.rules[i]);
        bench.rule_list[i] = &bench.rules[i];
    }
    add_events(&bench, &source);
    run(&bench, &options);
    cord_classifier_free(bench.classifier);
    cord_batch_free(bench.batch);
    cord_json_reader_free(bench.reader);
    cord_paths_free(bench.paths);
    cord_arena_free(bench.arena);
    return 0;
}
