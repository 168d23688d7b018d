/* test_record_reach.c: a page is what the naive filter gives, and costs what is within reach. */
#include "kit/kit.h"
#include "kit/kit_dice.h"

#include "kit/kit_record.h"
#include "kit/kit_store.h"
#include "record/record_reach.h"

#include <stdio.h>

enum { CLAIMS = 400, BATCH = 50, ROUNDS = 60, HIDDEN = 1500 };

static const char *const subjects[] = {"org:A", "org:B", "org:C", "site:A1", "service:spine"};
static const char *const claimants[] = {"org:A", "org:B", "org:X", "system:cordon"};
static const char *const kinds[] = {"status.claim", "contain.execute", "audit.read",
                                    "audit.change"};
static const char *const values[] = {"{\"state\":\"clear\"}", "{\"containment\":\"c\"}",
                                     "{\"verb\":\"a\",\"target\":\"b\",\"outcome\":\"done\"}",
                                     "{\"verb\":\"a\",\"target\":\"b\",\"outcome\":\"done\"}"};

static struct cord_claim claim_of(size_t kind, size_t subject, size_t claimant, size_t marking)
{
    return (struct cord_claim){.kind = cord_claim_kind_find(cord_str_from(kinds[kind])),
                               .subject = cord_str_from(subjects[subject]),
                               .value = cord_str_from(values[kind]),
                               .claimant = cord_str_from(claimants[claimant]),
                               .method = CORD_STR("assigned"),
                               .marking = (enum cord_claim_marking)marking,
                               .valid_from_ns = CORD_TIME_NONE,
                               .valid_to_ns = CORD_TIME_NONE};
}

static void append(struct cord_record *record, const struct cord_claim *claims, size_t count)
{
    struct cord_record_outcome outcome;
    struct cord_error err = {""};
    if (cord_record_append(record, claims, count, &outcome, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
}

static void fill(struct cord_record *record, struct kit_record_clock *clock, struct kit_dice *dice)
{
    for (size_t i = 0; i < CLAIMS; i += BATCH) {
        struct cord_claim claims[BATCH];
        for (size_t n = 0; n < BATCH; n++) {
            size_t kind = kit_dice_roll(dice, 4);
            size_t subject = kit_dice_roll(dice, kind == 1 ? 5 : kind == 0 ? 4 : 3);
            claims[n] = claim_of(kind, subject, kit_dice_roll(dice, 4), kit_dice_roll(dice, 5));
        }
        clock->now_ns += CORD_SECOND_NS;
        append(record, claims, BATCH);
    }
}

/* --- the naive filter --- */

static bool is_in(const struct cord_record_reach *reach, const struct cord_claim *claim)
{
    unsigned bit = 1u << claim->marking;
    bool in = (reach->markings & bit) != 0;
    for (size_t i = 0; i < reach->own_count; i++) {
        for (size_t s = 0; s < reach->own[i].count; s++) {
            in = in || ((reach->own[i].markings & bit) != 0 &&
                        cord_str_eq(reach->own[i].subjects[s], claim->subject));
        }
    }
    in = in ||
         ((reach->claimant_markings & bit) != 0 && cord_str_eq(reach->claimant, claim->claimant));
    return in && (strcmp(claim->kind->topic, "audit") == 0) == reach->audit;
}

static bool passes(const struct cord_claim_filter *filter, const struct cord_claim *claim)
{
    return (filter->kind.len == 0 || cord_str_eq(filter->kind, cord_str_from(claim->kind->name))) &&
           (filter->topic.len == 0 ||
            cord_str_eq(filter->topic, cord_str_from(claim->kind->topic))) &&
           (filter->subject.len == 0 || cord_str_eq(filter->subject, claim->subject)) &&
           (filter->claimant.len == 0 || cord_str_eq(filter->claimant, claim->claimant)) &&
           claim->recorded_ns <= filter->known_ns;
}

struct page {
    uint64_t numbers[CLAIMS];
    size_t count, most;
};

static cord_status put(void *self, const struct cord_claim *claim, const struct cord_digest *hash)
{
    struct page *page = self;
    (void)hash;
    if (page->count == page->most) {
        return CORD_E_END;
    }
    page->numbers[page->count++] = claim->number;
    return CORD_OK;
}

static void read_naively(const struct kit_record_all *all, const struct cord_record_reach *reach,
                         const struct cord_claim_filter *filter,
                         const struct cord_record_reach_page *from, struct page *page)
{
    for (size_t i = 0; i < all->count && page->count < page->most; i++) {
        const struct cord_claim *claim = &all->claims[from->newest ? all->count - 1 - i : i].claim;
        if (claim->number > from->after && (from->before == 0 || claim->number < from->before) &&
            is_in(reach, claim) && passes(filter, claim)) {
            page->numbers[page->count++] = claim->number;
        }
    }
}

static cord_str some(struct kit_dice *dice, const char *const *words, size_t count)
{
    return kit_dice_roll(dice, 3) > 0 ? CORD_STR("")
                                      : cord_str_from(words[kit_dice_roll(dice, count)]);
}

static void compare(struct cord_record_view *view, const struct kit_record_all *all,
                    struct kit_dice *dice)
{
    static const char *const topics[] = {"status", "containment", "audit"};
    const cord_str own[] = {CORD_STR("org:A"), CORD_STR("site:A1"), CORD_STR("org:A")};
    const struct cord_record_reach_own owns[] = {
        {own, 1 + kit_dice_roll(dice, 3), (unsigned)kit_dice_roll(dice, 32)},
        {own, 1, (unsigned)kit_dice_roll(dice, 32)}};
    const struct cord_record_reach reach = {.audit = kit_dice_roll(dice, 2) == 0,
                                            .markings = (unsigned)kit_dice_roll(dice, 32),
                                            .own = owns,
                                            .own_count = kit_dice_roll(dice, 3),
                                            .claimant = some(dice, claimants, 4),
                                            .claimant_markings = (unsigned)kit_dice_roll(dice, 32)};
    struct cord_claim_filter filter = {.kind = some(dice, kinds, 4),
                                       .topic = some(dice, topics, 3),
                                       .subject = some(dice, subjects, 5),
                                       .claimant = some(dice, claimants, 4),
                                       .known_ns = INT64_MAX};
    const struct cord_record_reach_page from = {
        .after = kit_dice_roll(dice, 2) ? 0 : kit_dice_roll(dice, CLAIMS),
        .before = kit_dice_roll(dice, 2) ? 0 : kit_dice_roll(dice, CLAIMS),
        .newest = kit_dice_roll(dice, 2) == 0};
    struct page page = {.most = 1 + kit_dice_roll(dice, CLAIMS)};
    struct page naive = {.most = page.most};
    if (kit_dice_roll(dice, 4) == 0) {
        filter.known_ns = all->claims[kit_dice_roll(dice, all->count)].claim.recorded_ns;
    }
    CHECK(cord_record_reach_claims(view, &reach, &filter, &from, put, &page, NULL) == CORD_OK);
    read_naively(all, &reach, &filter, &from, &naive);
    CHECK_U64(page.count, naive.count);
    for (size_t i = 0; i < page.count; i++) {
        CHECK_U64(page.numbers[i], naive.numbers[i]);
    }
}

static void a_page_is_what_the_naive_filter_gives(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct kit_dice dice = {0x9e3779b97f4a7c15u};
    struct cord_record_view *view = NULL;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    fill(record, &clock, &dice);
    struct kit_record_all all = kit_record_read(record);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (size_t i = 0; i < ROUNDS * 10; i++) {
        compare(view, &all, &dice);
    }
    cord_record_view_close(view);
    kit_record_free(&all);
    cord_record_close(record);
    kit_store_remove(dir);
}

/* --- what it costs --- */

/* Pages as A asks for them: what is public, its own, what it said. */
static uint64_t look(struct cord_record *record, struct page pages[], size_t count)
{
    const cord_str own[] = {CORD_STR("org:A"), CORD_STR("site:A1")};
    const struct cord_record_reach_own owns = {own, 2, 1u << CORD_CLAIM_AMBER};
    const struct cord_claim_filter filters[] = {
        {.known_ns = INT64_MAX},
        {.known_ns = INT64_MAX, .kind = CORD_STR("status.claim")},
        {.known_ns = INT64_MAX, .subject = CORD_STR("org:A")},
        {.known_ns = INT64_MAX, .subject = CORD_STR("org:B")},
        {.known_ns = INT64_MAX, .subject = CORD_STR("service:spine")},
        {.known_ns = INT64_MAX, .claimant = CORD_STR("org:A")},
        {.known_ns = INT64_MAX, .claimant = CORD_STR("org:B")},
        {.known_ns = INT64_MAX, .topic = CORD_STR("status"), .claimant = CORD_STR("org:B")},
    };
    struct cord_record_view *view = NULL;
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    for (size_t i = 0; i < count; i++) {
        const struct cord_record_reach reach = {.audit = i % 4 == 3,
                                                .markings =
                                                    1u << CORD_CLAIM_CLEAR | 1u << CORD_CLAIM_GREEN,
                                                .own = &owns,
                                                .own_count = 1,
                                                .claimant = CORD_STR("org:A"),
                                                .claimant_markings = 1u << CORD_CLAIM_AMBER};
        const struct cord_record_reach_page from = {.newest = i % 2 == 1};
        pages[i] = (struct page){.most = 30};
        CHECK(cord_record_reach_claims(view, &reach, &filters[i / 4 % 8], &from, put, &pages[i],
                                       NULL) == CORD_OK);
    }
    uint64_t looked = cord_record_reach_looked(view);
    cord_record_view_close(view);
    return looked;
}

/* Of another, of the nation, and of A itself: but none of it within A's reach. */
static void hide(struct cord_record *record)
{
    for (size_t i = 0; i < HIDDEN; i += BATCH) {
        struct cord_claim claims[BATCH];
        for (size_t n = 0; n < BATCH; n++) {
            static const size_t hidden[][4] = {
                {0, 1, 1, CORD_CLAIM_AMBER},        {0, 1, 1, CORD_CLAIM_RED},
                {1, 2, 2, CORD_CLAIM_AMBER_STRICT}, {2, 0, 3, CORD_CLAIM_AMBER_STRICT},
                {0, 0, 1, CORD_CLAIM_RED},          {1, 4, 1, CORD_CLAIM_AMBER},
                {0, 0, 0, CORD_CLAIM_RED},          {3, 1, 0, CORD_CLAIM_AMBER_STRICT},
            };
            const size_t *of = hidden[n % (sizeof hidden / sizeof *hidden)];
            claims[n] = claim_of(of[0], of[1], of[2], of[3]);
        }
        append(record, claims, BATCH);
    }
}

static void what_is_hidden_costs_nothing(void)
{
    enum { ASKED = 32 };
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct kit_dice dice = {0x5eed};
    static struct page idle[ASKED];
    static struct page busy[ASKED];
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    fill(record, &clock, &dice);
    uint64_t looked = look(record, idle, ASKED);
    hide(record);
    CHECK_U64(look(record, busy, ASKED), looked);
    for (size_t i = 0; i < ASKED; i++) {
        CHECK_U64(idle[i].count, busy[i].count);
        for (size_t n = 0; n < idle[i].count; n++) {
            CHECK_U64(idle[i].numbers[n], busy[i].numbers[n]);
        }
    }
    cord_record_close(record);
    kit_store_remove(dir);
}

/* --- names --- */

/* The indices know the audit by how its kinds begin. */
static void kinds_of_the_audit_are_named_so(void)
{
    size_t count;
    const struct cord_claim_kind *all = cord_claim_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        CHECK((strcmp(all[i].topic, "audit") == 0) ==
              cord_str_starts(cord_str_from(all[i].name), CORD_STR("audit.")));
    }
}

KIT_MAIN(KIT_TEST(a_page_is_what_the_naive_filter_gives), KIT_TEST(what_is_hidden_costs_nothing),
         KIT_TEST(kinds_of_the_audit_are_named_so))
