/* make_query.c: see make_query.h. */
#include "kit/make_query.h"

#include "base/timestamp.h"
#include "kit/kit.h"

enum { VALUES_MAX = 8, DEPTH_MAX = 3, TEXT_BYTES_MAX = 1 << 16 };

#define FIRST_NS     (1795300000LL * CORD_SECOND_NS)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The dotted name, then what else it is called. */
static const char *const fields[][3] = {
    {"Image", NULL, NULL},
    {"proc.image", "Image", NULL},
    {"user.name", "User", NULL},
    {"src", "SourceIp", "src_ip"},
    {"dns.answers", NULL, NULL},
    {"dns.answers.rdata", "answer", NULL},
    {"\xc3\x9cn\xc3\xaf", NULL, NULL},
    {"n", NULL, NULL},
    {"host", NULL, NULL},
    {"id", NULL, NULL},
};

/* As a query names them. */
static const char *const names[] = {
    "Image",
    "IMAGE",
    ".Image",
    "proc.image",
    ".proc.image",
    "name",
    "User",
    ".User",
    "src",
    "SourceIp",
    "dns",
    "dns.answers",
    "dns.answers[0]",
    "dns.answers[1]",
    "dns.answers[1].rdata",
    "answer",
    "\"\xc3\x9cn\xc3\xaf\"",
    "n",
    ".host",
    "host",
    "user",
    "org",
    "source",
    "class",
    "format",
    "time",
    "received",
    "id",
    "raw",
    "absent",
};

static const char *const words[] = {
    "a",           "A",
    "b",           "ab",
    "abc",         "C:\\x.exe",
    "cmd.exe",     "\\x",
    "k",           "\xe2\x84\xaa", /* the Kelvin sign is k */
    "\xc3\xa4",    "\xc3\x84",
    "\xc8\xba",    "\xff",
    "0",           "1",
    "1.0",         "10",
    "1e1",         "-2.50",
    "007",         "10.0.0.1",
    "10.0.0.2:80", "fe80::1",
    "true",        "null",
    "2026-11-21",  "2026-11-21T21:26:41Z",
    "image",       "x y",
    "\"",          "'",
};

static const char *const fixed[] = {
    "10.0.0.0/8", "10.0.0.2/32", "fe80::/10",  "/a/",      "/^a.*c$/", "/K/i",
    "[1 TO 10]",  "{1 TO 10}",   "[* TO 007}", "[a TO b]", "{A TO *]", "[2026-11-21 TO *]",
    ">1",         "<=10",        "*",          "*x*",      "?",        "a*",
    "*.exe",      "\"*x y*\"",   "\"\"",       "'*'",      "??",       "*a*b*",
};

/* Behind time and received. */
static const char *const instants[] = {"2026-11-21", ">2026-11-21T21:26:40Z", "*", "2026*",
                                       "[2026-11-21T21:26:41Z TO 2026-11-22]"};

struct making {
    struct kit_bytes *source;
    struct cord_buf text;
    struct cord_span spans[VALUES_MAX * 2];
    uint32_t span_count;
    uint32_t numbers[COUNT(fields)];
};

/* Such as needs no escape. */
static void put_word(struct making *making)
{
    unsigned parts = kit_bytes_pick(making->source, 3) + 1;
    while (parts-- > 0) {
        const char *word = KIT_BYTES_PICK(making->source, words);
        cord_buf_put_text(&making->text, strpbrk(word, "\"\\") ? "z" : word);
    }
}

/* The inside of a JSON string, some of it escaped without need. */
static void put_escaped(struct making *making)
{
    struct cord_buf plain;
    cord_buf_init(&plain, TEXT_BYTES_MAX);
    for (unsigned parts = kit_bytes_pick(making->source, 3) + 1; parts-- > 0;) {
        cord_buf_put_text(&plain, KIT_BYTES_PICK(making->source, words));
    }
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.ptr[i];
        bool ascii = ((unsigned char)c & 0x80u) == 0;
        if (c == '"' || c == '\\') {
            cord_buf_put_char(&making->text, '\\');
            cord_buf_put_char(&making->text, c);
        } else if (ascii && kit_bytes_pick(making->source, 4) == 3) {
            cord_buf_printf(&making->text, "\\u%04x", (unsigned)(unsigned char)c);
        } else {
            cord_buf_put_char(&making->text, c);
        }
    }
    cord_buf_done(&plain);
}

static void add_span(struct making *making, uint32_t field, size_t from, enum cord_value_kind kind,
                     unsigned flags)
{
    making->spans[making->span_count++] = (struct cord_span){
        .at = (uint32_t)from,
        .len = (uint32_t)(making->text.len - from),
        .field = field & 0xffffffu,
        .kind = (uint32_t)kind & 0xfu,
        .flags = flags & 0xfu,
    };
}

static void put_value(struct making *making, uint32_t field, unsigned flags)
{
    static const struct {
        enum cord_value_kind kind;
        const char *text;
    } others[] = {
        {CORD_VALUE_NUMBER, "1"},    {CORD_VALUE_NUMBER, "1.0"}, {CORD_VALUE_NUMBER, "1e1"},
        {CORD_VALUE_NUMBER, "-2.5"}, {CORD_VALUE_NUMBER, "10"},  {CORD_VALUE_TRUE, "true"},
        {CORD_VALUE_NULL, "null"},   {CORD_VALUE_EMPTY, ""},     {CORD_VALUE_NUMBER, "1795300001"}};
    unsigned kind = kit_bytes_pick(making->source, 3);
    size_t from = making->text.len;
    if (kind == 0) {
        unsigned other = kit_bytes_pick(making->source, (unsigned)COUNT(others));
        cord_buf_put_text(&making->text, others[other].text);
        add_span(making, field, from, others[other].kind, flags);
        return;
    }
    cord_buf_put_char(&making->text, '"');
    if (kind == 1) {
        put_escaped(making);
        add_span(making, field, from + 1, CORD_VALUE_TEXT, flags | CORD_VALUE_ESCAPED);
    } else {
        put_word(making);
        add_span(making, field, from + 1, CORD_VALUE_TEXT, flags);
    }
    cord_buf_put_char(&making->text, '"');
}

/* "a.b" as {"a":{"b": ... }} would nest; a dotted key has the same name. */
static void put_member(struct making *making)
{
    unsigned field = kit_bytes_pick(making->source, (unsigned)COUNT(fields));
    cord_buf_printf(&making->text, "%s\"%s\":", making->text.len > 1 ? "," : "", fields[field][0]);
    if (field != 4) {
        put_value(making, making->numbers[field], 0);
        return;
    }
    cord_buf_put_char(&making->text, '[');
    for (unsigned i = 0; i < 2 && making->span_count < VALUES_MAX; i++) {
        cord_buf_put_text(&making->text, i > 0 ? "," : "");
        if (kit_bytes_pick(making->source, 2) == 0) {
            put_value(making, making->numbers[4], CORD_VALUE_IN_ARRAY);
            continue;
        }
        cord_buf_put_text(&making->text, "{\"rdata\":");
        put_value(making, making->numbers[5], CORD_VALUE_IN_ARRAY);
        cord_buf_put_char(&making->text, '}');
    }
    cord_buf_put_char(&making->text, ']');
}

static void add_row(struct making *making, struct cord_rows *rows, uint32_t origin)
{
    struct kit_bytes *source = making->source;
    struct cord_row row = {.origin = origin};
    cord_buf_clear(&making->text);
    making->span_count = 0;
    cord_buf_put_char(&making->text, '{');
    for (unsigned left = kit_bytes_pick(source, 5); left > 0; left--) {
        put_member(making);
    }
    cord_buf_put_char(&making->text, '}');
    row.raw_len = (uint32_t)making->text.len;
    for (unsigned left = kit_bytes_pick(source, 3); left > 0; left--) {
        put_value(making, making->numbers[kit_bytes_pick(source, (unsigned)COUNT(fields))],
                  CORD_SPAN_DERIVED);
    }
    row.received_ns = FIRST_NS + kit_bytes_pick(source, 4) * CORD_SECOND_NS;
    unsigned when = kit_bytes_pick(source, 5);
    row.time_ns = when == 0 ? CORD_TIME_NONE : FIRST_NS + when * CORD_SECOND_NS;
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    if (making->span_count > 0 && kit_bytes_pick(source, 2) == 1) {
        row.role[CORD_ROLE_HOST] = 0;
        row.role[CORD_ROLE_USER] = (uint16_t)(making->span_count - 1);
    }
    row.text = cord_buf_str(&making->text);
    row.spans = making->spans;
    row.span_count = making->span_count;
    assert_int_equal(cord_rows_add(rows, &row), CORD_OK);
}

static void add_fields(struct making *making, struct cord_rows *rows)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        cord_str called[3];
        size_t known = 0;
        while (known < 3 && fields[i][known]) {
            called[known] = cord_str_from(fields[i][known]);
            known++;
        }
        assert_int_equal(cord_rows_field(rows, called, known, &making->numbers[i]), CORD_OK);
    }
}

/* One of few, in several spellings. What is personal hides the same text in other
 * fields, if it is long enough: none is. */
static void put_plain_value(struct making *making, uint32_t field)
{
    static const struct {
        enum cord_value_kind kind;
        unsigned flags;
        const char *text;
    } values[] = {
        {CORD_VALUE_TEXT, 0, "a"},
        {CORD_VALUE_TEXT, 0, "ab"},
        {CORD_VALUE_TEXT, CORD_VALUE_ESCAPED, "ab"},
        {CORD_VALUE_TEXT, CORD_VALUE_ESCAPED, "\\t"},
        {CORD_VALUE_TEXT, 0, "A"},
        {CORD_VALUE_TEXT, 0, ""},
        {CORD_VALUE_NUMBER, 0, "10"},
        {CORD_VALUE_NUMBER, 0, "05"},
        {CORD_VALUE_NULL, 0, "null"},
    };
    unsigned value = kit_bytes_pick(making->source, (unsigned)COUNT(values));
    bool quoted = values[value].kind == CORD_VALUE_TEXT;
    cord_buf_put_text(&making->text, quoted ? "\"" : "");
    size_t from = making->text.len;
    cord_buf_put_text(&making->text, values[value].text);
    add_span(making, field, from, values[value].kind, values[value].flags);
    cord_buf_put_text(&making->text, quoted ? "\"" : "");
}

static void add_plain_row(struct making *making, struct cord_rows *rows, uint32_t origin)
{
    struct kit_bytes *source = making->source;
    struct cord_row row = {.origin = origin, .time_ns = CORD_TIME_NONE};
    cord_buf_clear(&making->text);
    making->span_count = 0;
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    /* The same bytes choose fields and their values, so that rows are alike. */
    unsigned which = kit_bytes_pick(source, 64);
    for (unsigned i = 0; i < COUNT(fields); i++) {
        if ((which >> i % 6 & 1U) == 0 || (i == 1 && which % 4 == 3)) {
            continue;
        }
        row.role[CORD_ROLE_HOST] = i == 8 ? (uint16_t)making->span_count : row.role[CORD_ROLE_HOST];
        row.role[CORD_ROLE_USER] = i == 2 ? (uint16_t)making->span_count : row.role[CORD_ROLE_USER];
        cord_buf_printf(&making->text, ",\"%s\":", fields[i][0]);
        put_plain_value(making, making->numbers[i]);
    }
    cord_buf_put_char(&making->text, '}');
    row.raw_len = (uint32_t)making->text.len;
    row.received_ns = FIRST_NS + kit_bytes_pick(source, 200) * (CORD_SECOND_NS / 50);
    row.text = cord_buf_str(&making->text);
    row.spans = making->spans;
    row.span_count = making->span_count;
    assert_int_equal(cord_rows_add(rows, &row), CORD_OK);
}

void make_query_plain_rows(struct kit_bytes *source, struct cord_rows *rows, size_t count)
{
    static const char *const classes[] = {"a", "abc", ""};
    struct making making = {.source = source};
    cord_buf_init(&making.text, TEXT_BYTES_MAX);
    add_fields(&making, rows);
    for (size_t i = 0; i < count; i++) {
        uint32_t number = 0;
        const struct cord_origin origin = {
            .organisation = CORD_STR("RJ1"),
            .source = CORD_STR("a"),
            .format = CORD_STR("json"),
            .event_class = cord_str_from(KIT_BYTES_PICK(source, classes)),
        };
        assert_int_equal(cord_rows_origin(rows, &origin, &number), CORD_OK);
        add_plain_row(&making, rows, number);
    }
    cord_buf_done(&making.text);
}

void make_query_rows(struct kit_bytes *source, struct cord_rows *rows, size_t count)
{
    static const char *const words_of_origin[] = {"a", "abc", "RJ1", ""};
    struct making making = {.source = source};
    cord_buf_init(&making.text, TEXT_BYTES_MAX);
    add_fields(&making, rows);
    for (size_t i = 0; i < count; i++) {
        uint32_t number = 0;
        const struct cord_origin origin = {
            .organisation = cord_str_from(KIT_BYTES_PICK(source, words_of_origin)),
            .source = cord_str_from(KIT_BYTES_PICK(source, words_of_origin)),
            .format = CORD_STR("json"),
            .event_class = cord_str_from(KIT_BYTES_PICK(source, words_of_origin)),
        };
        assert_int_equal(cord_rows_origin(rows, &origin, &number), CORD_OK);
        add_row(&making, rows, number);
    }
    cord_buf_done(&making.text);
}

static void put_quoted(const char *word, struct cord_buf *out)
{
    cord_buf_put_char(out, '\'');
    for (; *word; word++) {
        cord_buf_put_text(out, *word == '\'' ? "'" : "");
        cord_buf_put_char(out, *word);
    }
    cord_buf_put_char(out, '\'');
}

static void put_leaf(struct kit_bytes *source, struct cord_buf *out)
{
    unsigned shape = kit_bytes_pick(source, 4);
    const char *name = KIT_BYTES_PICK(source, names);
    bool timed = strcmp(name, "time") == 0 || strcmp(name, "received") == 0;
    if (shape == 0) {
        put_quoted(KIT_BYTES_PICK(source, words), out);
    } else if (shape == 1 && kit_bytes_pick(source, 3) == 0) {
        static const char *const anywhere[] = {"a*b", "/a.c/", "10.0.0.0/8", "\"x?y\"", "*b", "*"};
        cord_buf_put_text(out, KIT_BYTES_PICK(source, anywhere));
    } else if (timed) {
        cord_buf_printf(out, "%s:%s", name, KIT_BYTES_PICK(source, instants));
    } else if (shape == 3) {
        cord_buf_printf(out, "%s:", name);
        put_quoted(KIT_BYTES_PICK(source, words), out);
    } else {
        cord_buf_printf(out, "%s:%s", name, KIT_BYTES_PICK(source, fixed));
    }
}

static void put_condition(struct kit_bytes *source, unsigned depth, struct cord_buf *out)
{
    unsigned shape = depth < DEPTH_MAX ? kit_bytes_pick(source, 5) : 0;
    if (shape < 2) {
        put_leaf(source, out);
        return;
    }
    if (shape == 2) {
        cord_buf_put_text(out, "NOT (");
        put_condition(source, depth + 1, out);
    } else {
        cord_buf_put_char(out, '(');
        for (unsigned left = kit_bytes_pick(source, 3) + 1; left > 0; left--) {
            put_condition(source, depth + 1, out);
            cord_buf_put_text(out, left > 1 ? (shape == 3 ? " AND " : " OR ") : "");
        }
    }
    cord_buf_put_char(out, ')');
}

void make_query_condition(struct kit_bytes *source, struct cord_buf *out)
{
    put_condition(source, 0, out);
}

void make_query_plain_condition(struct kit_bytes *source, struct cord_buf *out)
{
    static const char *const tests[] = {
        ":a",   ":10",         ":'A'",       ":*",    ":ab OR src:a", ":(a OR 10) AND class:a",
        ":a*",  ":>5",         ":[1 TO 20]", ":\"\"", ":/^a/",        ":/B/i OR absent:1",
        ":ten", ":10.0.0.0/8", "!=a",
    };
    static const char *const ways[] = {"", "", "NOT ", "class:abc AND ", "NOT class:a AND NOT "};
    if (kit_bytes_pick(source, 4) == 0) {
        cord_buf_put_char(out, '*');
        return;
    }
    cord_buf_put_text(out, KIT_BYTES_PICK(source, ways));
    const char *name = KIT_BYTES_PICK(source, names);
    bool timed = strcmp(name, "time") == 0 || strcmp(name, "received") == 0;
    cord_buf_put_text(out, name);
    cord_buf_put_text(out, timed ? ":>2026-11-21T21:26:41Z" : KIT_BYTES_PICK(source, tests));
}

void make_query_pipeline(struct kit_bytes *source, struct cord_buf *out)
{
    static const char *const firsts[] = {
        "",
        " | count",
        " | count by Image",
        " | count by Image, org",
        " | count by dns.answers",
        " | count by host, answer",
        " | count by n",
        " | count by .proc.image",
        " | count by User, format",
        " | top 2 src",
        " | distinct host by host",
        " | timeline 5s by answer",
        " | timeline 2s",
        " | timeline 1s by Image",
        " | top 2 Image",
        " | distinct Image",
        " | distinct Image by org",
        " | stats count, min(n), max(n), avg(n), sum(n), p50(n), p95(Image)",
        " | stats p10(Image), sum(src), min(time) by user",
        " | first 2",
        " | last 3",
        " | sort Image, time desc",
        " | fields time, Image",
        " | head 2",
    };
    static const char *const thens[] = {"", "", " | head 2", " | head 1"};
    cord_buf_put_text(out, KIT_BYTES_PICK(source, firsts));
    cord_buf_put_text(out, KIT_BYTES_PICK(source, thens));
}
