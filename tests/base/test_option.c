/* test_option.c: command lines, configuration values, help. */
#include "base/nearest.h"
#include "base/option.h"
#include "base/option_help.h"
#include "kit/kit.h"

enum level { LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH };
static const char *const level_names[] = {"low", "medium", "high", NULL};

struct config {
    bool explain;
    bool colour;
    uint32_t threads;
    uint64_t frame_bytes_max;
    cord_str output;
    cord_str rules;
    struct cord_option_list include;
    enum level level;
};

static const struct cord_option options[] = {
    CORD_OPTION_HEADING("Input"),
    CORD_OPTION_TEXT(struct config, rules, NULL, "Sigma rules", .argument = "DIR", .letter = 'r'),
    CORD_OPTION_U32(struct config, threads, 0, 0, 256, "threads; 0: one a CPU", .letter = 't'),
    CORD_OPTION_SIZE(struct config, frame_bytes_max, 65536, 480, 1048576, "longest message kept"),
    CORD_OPTION_HEADING("Output"),
    CORD_OPTION_TEXT(struct config, output, "table", "form of the findings", .argument = "FORM",
                     .letter = 'o'),
    CORD_OPTION_LIST(struct config, include, "only rules with this tag", .argument = "TAG"),
    CORD_OPTION_CHOICE(struct config, level, LEVEL_MEDIUM, level_names, "lowest level shown",
                       .argument = "LEVEL"),
    CORD_OPTION_FLAG(struct config, explain, "say what matched", .letter = 'e'),
    CORD_OPTION_FLAG_ON(struct config, colour, "plain text", .letter = 'c'),
    CORD_OPTION_END,
};

static struct cord_arena *arena;
static struct cord_error err;
static struct config config;
static struct cord_option_list operands;

/* Words are separated by spaces; the texts live until the next call. */
static cord_status parse(const char *line)
{
    static char copy[512];
    char *argv[32];
    int argc = 0;
    CHECK(strlen(line) < sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    for (char *at = copy; *at != '\0';) {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    err.text[0] = '\0';
    cord_arena_free(arena);
    arena = cord_arena_new(1 << 16);
    CHECK(arena != NULL);
    cord_option_defaults(options, &config);
    return cord_option_parse(options, argc, argv, arena, &config, &operands, &err);
}

static void check_refused(const char *line, cord_status status, const char *reason)
{
    if (parse(line) != status || strcmp(err.text, reason) != 0) {
        print_error("%s: \"%s\", wanted \"%s\"\n", line, err.text, reason);
        fail();
    }
}

static void has_its_defaults_without_words(void)
{
    CHECK(parse("") == CORD_OK);
    CHECK(!config.explain && config.colour && config.threads == 0);
    CHECK(config.frame_bytes_max == 65536 && config.level == LEVEL_MEDIUM);
    CHECK_STR(config.output, "table");
    CHECK(!config.rules.ptr && config.include.count == 0 && operands.count == 0);
}

static void takes_every_way_of_writing(void)
{
    CHECK(parse("a --threads=3 b -o json --explain -rdir --frame-bytes-max 1K - c") == CORD_OK);
    CHECK(config.threads == 3 && config.explain && config.frame_bytes_max == 1024);
    CHECK_STR(config.output, "json");
    CHECK_STR(config.rules, "dir");
    CHECK_U64(operands.count, 4);
    CHECK_STR(operands.items[0], "a");
    CHECK_STR(operands.items[1], "b");
    CHECK_STR(operands.items[2], "-");
    CHECK_STR(operands.items[3], "c");
    CHECK(parse("-et7 --no-colour --level high") == CORD_OK);
    CHECK(config.explain && config.threads == 7 && !config.colour && config.level == LEVEL_HIGH);
    CHECK(parse("-ec -- -e --threads") == CORD_OK);
    CHECK(config.explain && !config.colour && operands.count == 2);
    CHECK_STR(operands.items[1], "--threads");
    CHECK(parse("--rules= --explain --explain=no") == CORD_OK);
    CHECK(config.rules.ptr && config.rules.len == 0 && !config.explain);
    CHECK(parse("--threads 1 --threads 2") == CORD_OK && config.threads == 2);
}

static void a_list_keeps_all_in_order(void)
{
    CHECK(parse("--include a --include=b --include c --include d --include e") == CORD_OK);
    CHECK_U64(config.include.count, 5);
    for (size_t i = 0; i < 5; i++) {
        CHECK_U64(config.include.items[i].len, 1);
        CHECK(config.include.items[i].ptr[0] == (char)('a' + i));
    }
}

static const struct cord_option *row(const char *name)
{
    const struct cord_option *at = options;
    while (strcmp(at->name, name) != 0) {
        at++;
    }
    return at;
}

/* Of every kind: the same, and not. */
static void sees_a_difference_of_each_kind(void)
{
    static const char *const names[] = {"explain", "threads", "frame_bytes_max",
                                        "rules",   "include", "level"};
    CHECK(parse("--rules a --include a --include b") == CORD_OK);
    struct config before = config;
    cord_str items[] = {CORD_STR("a"), CORD_STR("b")};
    before.include.items = items;
    before.rules = CORD_STR("a");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK(cord_option_is_same(row(names[i]), &before, &config));
    }
    items[1] = CORD_STR("c");
    before.rules = CORD_STR("ab");
    before.explain = true;
    before.threads = 1;
    before.frame_bytes_max = (uint64_t)1 << 32 | 65536;
    before.level = LEVEL_LOW;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK(!cord_option_is_same(row(names[i]), &before, &config));
    }
    CHECK(cord_option_is_same(row("colour"), &before, &config));
    CHECK(cord_option_is_same(row("Input"), &before, &config));
}

static void says_what_is_wrong_and_what_was_meant(void)
{
    check_refused("--thraeds 1", CORD_E_NOENT, "unknown option --thraeds; did you mean --threads?");
    check_refused("--frame-byte-max=1", CORD_E_NOENT,
                  "unknown option --frame-byte-max; did you mean --frame-bytes-max?");
    check_refused("--zzzzzz", CORD_E_NOENT, "unknown option --zzzzzz");
    check_refused("-x", CORD_E_NOENT, "unknown option -x");
    check_refused("-ex", CORD_E_NOENT, "unknown option -x");
    check_refused("--Input", CORD_E_NOENT, "unknown option --Input");
    check_refused("--no-threads", CORD_E_NOENT,
                  "unknown option --no-threads; did you mean --threads?");
    check_refused("--threads", CORD_E_FORMAT, "--threads: needs a value");
    check_refused("-et", CORD_E_FORMAT, "-t: needs a value");
    check_refused("--threads x", CORD_E_FORMAT, "--threads: \"x\" is no whole number");
    check_refused("--threads=-1", CORD_E_FORMAT, "--threads: \"-1\" is no whole number");
    check_refused("--threads 257", CORD_E_LIMIT, "--threads: 257 is out of bounds: 0 to 256");
    check_refused("--frame_bytes_max 479", CORD_E_LIMIT,
                  "--frame-bytes-max: 479 is out of bounds: 480 to 1048576");
    check_refused("--frame-bytes-max 2M", CORD_E_LIMIT,
                  "--frame-bytes-max: 2M is out of bounds: 480 to 1048576");
    check_refused("--frame-bytes-max 2X", CORD_E_FORMAT,
                  "--frame-bytes-max: \"2X\" is no size; write bytes, or a number with K, M or G");
    check_refused("--level hihg", CORD_E_FORMAT, "--level: unknown \"hihg\"; did you mean high?");
    check_refused("--level none", CORD_E_FORMAT,
                  "--level: unknown \"none\"; one of low, medium, high");
    check_refused("--explain=perhaps", CORD_E_FORMAT,
                  "--explain: \"perhaps\" is neither true nor false");
}

static void takes_bounds_themselves(void)
{
    CHECK(parse("--threads 256 --frame-bytes-max 1M") == CORD_OK);
    CHECK(parse("--threads 0 --frame-bytes-max 480") == CORD_OK);
}

static void reads_sizes(void)
{
    uint64_t bytes = 7;
    CHECK(cord_option_size(CORD_STR("0"), &bytes) == CORD_OK && bytes == 0);
    CHECK(cord_option_size(CORD_STR("3k"), &bytes) == CORD_OK && bytes == 3072);
    CHECK(cord_option_size(CORD_STR("2G"), &bytes) == CORD_OK && bytes == 2ULL << 30);
    CHECK(cord_option_size(CORD_STR("17179869183G"), &bytes) == CORD_OK);
    bytes = 7;
    CHECK(cord_option_size(CORD_STR("17179869184G"), &bytes) == CORD_E_LIMIT);
    CHECK(cord_option_size(CORD_STR("K"), &bytes) == CORD_E_FORMAT);
    CHECK(cord_option_size(CORD_STR(""), &bytes) == CORD_E_FORMAT);
    CHECK(cord_option_size(CORD_STR("1KB"), &bytes) == CORD_E_FORMAT && bytes == 7);
}

static void sets_one_by_name_as_a_file_does(void)
{
    CHECK(parse("") == CORD_OK);
    CHECK(cord_option_set(options, CORD_STR("frame_bytes_max"), CORD_STR("480"), arena, &config,
                          &err) == CORD_OK);
    CHECK(config.frame_bytes_max == 480);
    CHECK(cord_option_set(options, CORD_STR("explain"), CORD_STR("on"), arena, &config, &err) ==
          CORD_OK);
    CHECK(config.explain);
    CHECK(cord_option_set(options, CORD_STR("thread"), CORD_STR("1"), arena, &config, &err) ==
          CORD_E_NOENT);
    CHECK_STR(cord_str_from(err.text), "unknown option thread; did you mean threads?");
    CHECK(cord_option_set(options, CORD_STR("threads"), CORD_STR("999"), arena, &config, &err) ==
          CORD_E_LIMIT);
    CHECK_STR(cord_str_from(err.text), "threads: 999 is out of bounds: 0 to 256");
}

static void help_is_aligned_and_wrapped(void)
{
    struct cord_buf out;
    cord_buf_init(&out, 1 << 16);
    cord_option_help_print(options, 60, &out);
    CHECK_STR(cord_buf_str(&out), "Input:\n"
                                  "  -r, --rules DIR              Sigma rules\n"
                                  "  -t, --threads N              threads; 0: one a CPU (0 to\n"
                                  "                               256, default 0)\n"
                                  "      --frame-bytes-max BYTES  longest message kept (480 to\n"
                                  "                               1M, default 64K)\n"
                                  "\n"
                                  "Output:\n"
                                  "  -o, --output FORM            form of the findings (default\n"
                                  "                               table)\n"
                                  "      --include TAG            only rules with this tag (may\n"
                                  "                               be given several times)\n"
                                  "      --level LEVEL            lowest level shown: low,\n"
                                  "                               medium, high (default medium)\n"
                                  "  -e, --explain                say what matched\n"
                                  "  -c, --no-colour              plain text\n");
    CHECK(!out.failed);
    cord_buf_done(&out);
}

static void the_table_has_ten_fields_a_row(void)
{
    struct cord_buf out;
    cord_buf_init(&out, 1 << 16);
    cord_option_help_table(options, "scan", &out);
    cord_str rest = cord_buf_str(&out), line, field;
    size_t rows = 0;
    while (cord_str_cut(&rest, '\n', &line) && line.len > 0) {
        size_t fields = 0;
        while (cord_str_cut(&line, '\t', &field)) {
            CHECK(field.len > 0);
            fields++;
        }
        CHECK_U64(fields, 10);
        rows++;
    }
    CHECK_U64(rows, sizeof options / sizeof *options - 1);
    CHECK(cord_str_find(cord_buf_str(&out),
                        CORD_STR("scan\tsize\tframe-bytes-max\t-\tBYTES\t64K\t480\t1M\t-\tlongest "
                                 "message kept\n"),
                        0) != SIZE_MAX);
    CHECK(cord_str_find(cord_buf_str(&out),
                        CORD_STR("scan\tchoice\tlevel\t-\tLEVEL\tmedium\t-\t-\tlow,medium,high\t"),
                        0) != SIZE_MAX);
    cord_buf_done(&out);
}

static void counts_edits(void)
{
    CHECK_U64(cord_nearest_edits(CORD_STR(""), CORD_STR("abc")), 3);
    CHECK_U64(cord_nearest_edits(CORD_STR("abc"), CORD_STR("")), 3);
    CHECK_U64(cord_nearest_edits(CORD_STR("kitten"), CORD_STR("sitting")), 3);
    CHECK_U64(cord_nearest_edits(CORD_STR("hihg"), CORD_STR("high")), 1);
    CHECK_U64(cord_nearest_edits(CORD_STR("A_b"), CORD_STR("a-B")), 0);
    char longer[CORD_NEAREST_BYTES_MAX + 1];
    memset(longer, 'a', sizeof longer);
    cord_str limit = {longer, CORD_NEAREST_BYTES_MAX};
    CHECK_U64(cord_nearest_edits(limit, limit), 0);
    CHECK_U64(cord_nearest_edits((cord_str){longer, sizeof longer}, limit), SIZE_MAX);
}

static void survives_an_arena_that_is_full(void)
{
    CHECK(parse("") == CORD_OK);
    for (size_t nth = 1;; nth++) {
        char word[] = "operand";
        char *const argv[] = {word, word, word};
        struct cord_arena *small = cord_arena_new(1 << 16);
        CHECK(small != NULL);
        kit_fail_allocation(nth);
        cord_status status = cord_option_parse(options, 3, argv, small, &config, &operands, &err);
        bool failed_one = kit_fail_allocation_off();
        CHECK(status == (failed_one ? CORD_E_NOMEM : CORD_OK));
        cord_arena_free(small);
        if (!failed_one) {
            break;
        }
    }
    cord_arena_free(arena);
    arena = NULL;
}

KIT_MAIN(KIT_TEST(has_its_defaults_without_words), KIT_TEST(takes_every_way_of_writing),
         KIT_TEST(a_list_keeps_all_in_order), KIT_TEST(sees_a_difference_of_each_kind),
         KIT_TEST(says_what_is_wrong_and_what_was_meant), KIT_TEST(takes_bounds_themselves),
         KIT_TEST(reads_sizes), KIT_TEST(sets_one_by_name_as_a_file_does),
         KIT_TEST(help_is_aligned_and_wrapped), KIT_TEST(the_table_has_ten_fields_a_row),
         KIT_TEST(counts_edits), KIT_TEST(survives_an_arena_that_is_full))
