/*
 * organisation_columns.c: see organisation_columns.h. The layouts are those of the English
 * Organisation Data Service: 27 columns without a header (fewer in older files), and lists with
 * a header that others publish by its codes.
 */
#include "record/organisation_columns.h"

#include "codec/csv.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define WORDS(table) .words = (table), .word_count = sizeof(table) / sizeof *(table)
#define RULES(table) .rules = (table), .rule_count = sizeof(table) / sizeof *(table)
#define USE(what)    .use = CORD_ORGANISATION_USE_##what
#define NUMBERED(at, what)                                                                         \
    {                                                                                              \
        .number = (at), USE(what)                                                                  \
    }
#define NAMED(at, what, label)                                                                     \
    {                                                                                              \
        .number = (at), USE(what), .name = TEXT(label)                                             \
    }
#define HEADED(title, what)                                                                        \
    {                                                                                              \
        .header = TEXT(title), USE(what)                                                           \
    }
#define HEADED_AS(title, what, label)                                                              \
    {                                                                                              \
        .header = TEXT(title), USE(what), .name = TEXT(label)                                      \
    }

/* The national grouping is a region of England, or Wales as one. */
static const struct cord_organisation_word countries[] = {
    {TEXT("Y*"), TEXT("ENG")}, {TEXT("W*"), TEXT("WAL")}, {TEXT("*"), TEXT("")}};

static const struct cord_organisation_word standings[] = {{TEXT("A"), TEXT("active")},
                                                          {TEXT("C"), TEXT("active")},
                                                          {TEXT("D"), TEXT("dormant")},
                                                          {TEXT("P"), TEXT("proposed")},
                                                          {TEXT(""), TEXT("active")}};

/* Prescribing settings: only 4 is a general practice. */
static const struct cord_organisation_word settings[] = {
    {TEXT("4"), TEXT("practice")},       {TEXT("0"), TEXT("prescriber")},
    {TEXT("1"), TEXT("walk-in-centre")}, {TEXT("2"), TEXT("out-of-hours")},
    {TEXT("3"), TEXT("out-of-hours")},   {TEXT("8"), TEXT("public-health")},
    {TEXT("9"), TEXT("community")},      {TEXT("10"), TEXT("hospital")},
    {TEXT("11"), TEXT("optician")},      {TEXT("12"), TEXT("urgent-care")},
    {TEXT("13"), TEXT("hospice")},       {TEXT("14"), TEXT("care-home")},
    {TEXT("25"), TEXT("prison")},        {TEXT("*"), TEXT("prescriber")},
};

/* The columns that all of the service's own files share. */
#define ODS_COLUMNS                                                                                \
    NUMBERED(1, CODE), NUMBERED(2, NAME), NUMBERED(3, REGION),                                     \
        {.number = 3, USE(COUNTRY), WORDS(countries)}, NUMBERED(5, ADDRESS), NUMBERED(6, ADDRESS), \
        NUMBERED(7, ADDRESS), NUMBERED(8, ADDRESS), NUMBERED(9, ADDRESS), NUMBERED(10, POSTCODE),  \
        NUMBERED(11, OPENED), NUMBERED(12, CLOSED), NAMED(14, ATTRIBUTE, "sub-type"),              \
        NAMED(18, ATTRIBUTE, "telephone"), NAMED(22, ATTRIBUTE, "amended"),                        \
        NAMED(25, ATTRIBUTE, "column-25"), NAMED(27, ATTRIBUTE, "column-27")

static const struct cord_organisation_rule trust_rules[] = {ODS_COLUMNS, NUMBERED(4, PARENT),
                                                            NAMED(13, ATTRIBUTE, "status"),
                                                            NAMED(24, ATTRIBUTE, "former-region")};

static const struct cord_organisation_entry trust_entries[] = {
    {RULES(trust_rules), .role = TEXT("trust")}};

static const struct cord_organisation_columns trusts = {
    .name = TEXT("trusts"), .delimiter = ',', .entries = trust_entries, .entry_count = 1};

static const struct cord_organisation_rule practice_rules[] = {
    ODS_COLUMNS,
    NAMED(4, ATTRIBUTE, "geography"),
    {.number = 13, USE(STANDING), WORDS(standings)},
    NAMED(13, ATTRIBUTE, "status"),
    NAMED(15, RELATION, "commissioner"),
    NUMBERED(16, RELATED),
    NUMBERED(17, UNRELATED),
    NAMED(24, ATTRIBUTE, "purchaser"),
    {.number = 26, USE(ROLE), WORDS(settings)},
    NAMED(26, ATTRIBUTE, "setting")};

static const struct cord_organisation_entry practice_entries[] = {{RULES(practice_rules)}};

static const struct cord_organisation_columns practices = {
    .name = TEXT("practices"), .delimiter = ',', .entries = practice_entries, .entry_count = 1};

/* --- practice, network, commissioner, system, region in one row --- */

/* The code of no network. */
static const struct cord_organisation_word networks[] = {{TEXT("U"), TEXT("")},
                                                         {.text = TEXT("*")}};

static const struct cord_organisation_rule map_practice[] = {
    HEADED("PRACTICE_CODE", CODE),
    HEADED("PRACTICE_NAME", NAME),
    HEADED("PRACTICE_POSTCODE", POSTCODE),
    HEADED("EXTRACT_DATE", LISTED),
    {.header = TEXT("PCN_CODE"), USE(RELATION), .name = TEXT("network"), WORDS(networks)},
    HEADED_AS("CCG_CODE", RELATION, "commissioner"),
    HEADED_AS("PUBLICATION", STATEMENT, "publication")};
static const struct cord_organisation_rule map_network[] = {
    HEADED("PCN_CODE", CODE), HEADED("PCN_NAME", NAME), HEADED("EXTRACT_DATE", LISTED)};
static const struct cord_organisation_rule map_commissioner[] = {
    HEADED("CCG_CODE", CODE), HEADED("CCG_NAME", NAME), HEADED("EXTRACT_DATE", LISTED),
    HEADED_AS("ONS_CCG_CODE", ALIAS, "ons"), HEADED_AS("STP_CODE", RELATION, "parent")};
static const struct cord_organisation_rule map_system[] = {
    HEADED("STP_CODE", CODE), HEADED("STP_NAME", NAME), HEADED("EXTRACT_DATE", LISTED),
    HEADED_AS("ONS_STP_CODE", ALIAS, "ons"), HEADED_AS("COMM_REGION_CODE", RELATION, "parent")};
static const struct cord_organisation_rule map_region[] = {
    HEADED("COMM_REGION_CODE", CODE), HEADED("COMM_REGION_NAME", NAME),
    HEADED("EXTRACT_DATE", LISTED), HEADED_AS("ONS_COMM_REGION_CODE", ALIAS, "ons")};

static const struct cord_organisation_entry map_entries[] = {
    {RULES(map_region), .role = TEXT("region"), .country = TEXT("ENG"), .mentions = true},
    {RULES(map_system), .role = TEXT("system"), .country = TEXT("ENG"), .mentions = true},
    {RULES(map_commissioner), .role = TEXT("commissioner"), .country = TEXT("ENG"),
     .mentions = true},
    {RULES(map_network), .role = TEXT("network"), .country = TEXT("ENG"), .nobody = TEXT("U"),
     .mentions = true},
    {RULES(map_practice), .role = TEXT("practice"), .country = TEXT("ENG"), .mentions = true}};

static const struct cord_organisation_columns practice_map = {.name = TEXT("practice-map"),
                                                              .delimiter = ',',
                                                              .header = true,
                                                              .entries = map_entries,
                                                              .entry_count = sizeof map_entries /
                                                                             sizeof *map_entries};

/* --- the state of each organisation's data security return --- */

static const struct cord_organisation_word sectors[] = {{TEXT("Trust"), TEXT("trust")},
                                                        {TEXT("CCG"), TEXT("commissioner")},
                                                        {TEXT("CSU"), TEXT("support")},
                                                        {TEXT("*"), TEXT("other")}};

static const struct cord_organisation_rule dspt_organisation[] = {
    HEADED("Code", CODE),
    HEADED("Name", NAME),
    HEADED("Start", OPENED),
    HEADED("Close", CLOSED),
    {.header = TEXT("Sector"), USE(ROLE), WORDS(sectors)},
    HEADED_AS("Sector", STATEMENT, "sector"),
    HEADED("Date.Of.Publication", STATED),
    HEADED_AS("STP20CDH", RELATION, "parent"),
    HEADED_AS("STP20NM", STATEMENT, "system"),
    HEADED("NHSER20CDH", REGION),
    HEADED_AS("Latest.Status", STATEMENT, "dspt"),
    HEADED_AS("Final.Status", STATEMENT, "dspt-final"),
    HEADED_AS("Short.Status", STATEMENT, "dspt-short")};
static const struct cord_organisation_rule dspt_system[] = {
    HEADED("STP20CDH", CODE), HEADED("STP20NM", NAME), HEADED("Date.Of.Publication", LISTED)};
static const struct cord_organisation_rule dspt_region[] = {
    HEADED("NHSER20CDH", CODE), HEADED("NHSER20NM", NAME), HEADED("Date.Of.Publication", LISTED)};

static const struct cord_organisation_entry dspt_entries[] = {
    {RULES(dspt_region), .role = TEXT("region"), .country = TEXT("ENG"), .mentions = true},
    {RULES(dspt_system), .role = TEXT("system"), .country = TEXT("ENG"), .mentions = true},
    {RULES(dspt_organisation), .country = TEXT("ENG"), .mentions = true}};

static const struct cord_organisation_columns dspt = {.name = TEXT("dspt"),
                                                      .delimiter = ',',
                                                      .header = true,
                                                      .entries = dspt_entries,
                                                      .entry_count = sizeof dspt_entries /
                                                                     sizeof *dspt_entries};

const struct cord_organisation_columns *const cord_organisation_columns_known[] = {
    &trusts, &practices, &practice_map, &dspt, NULL};

const struct cord_organisation_columns *cord_organisation_columns_find(cord_str name)
{
    for (size_t i = 0; cord_organisation_columns_known[i]; i++) {
        if (cord_str_eq(cord_organisation_columns_known[i]->name, name)) {
            return cord_organisation_columns_known[i];
        }
    }
    return NULL;
}

static bool has_field(cord_str line, const char *wanted)
{
    cord_str field;
    bool doubled;
    while (cord_csv_field(&line, ',', &field, &doubled)) {
        if (cord_str_eq(cord_str_trim(field), cord_str_from(wanted))) {
            return true;
        }
    }
    return false;
}

const struct cord_organisation_columns *cord_organisation_columns_guess(cord_str first_line)
{
    enum { SETTING = 26, FEWEST = 22, MOST = 27 };
    cord_str rest = cord_str_trim(first_line);
    cord_str field = {0};
    bool doubled;
    size_t count = cord_csv_count(rest, ',');
    if (has_field(rest, "PRACTICE_CODE") && has_field(rest, "PCN_CODE")) {
        return &practice_map;
    }
    if (has_field(rest, "Code") && has_field(rest, "Final.Status")) {
        return &dspt;
    }
    if (count < FEWEST || count > MOST) {
        return NULL;
    }
    for (size_t i = 0; i < count && i < SETTING; i++) {
        (void)cord_csv_field(&rest, ',', &field, &doubled);
    }
    return count == MOST && field.len > 0 ? &practices : &trusts;
}

bool cord_organisation_columns_word(const struct cord_organisation_rule *rule, cord_str text,
                                    cord_str *ret_word)
{
    if (!rule->words) {
        *ret_word = text;
        return true;
    }
    for (size_t i = 0; i < rule->word_count; i++) {
        cord_str wanted = rule->words[i].text;
        bool open = wanted.len > 0 && wanted.ptr[wanted.len - 1] == '*';
        cord_str start = cord_str_slice(wanted, 0, wanted.len - (open ? 1 : 0));
        if (open ? cord_str_starts(text, start) : cord_str_eq(text, wanted)) {
            *ret_word = rule->words[i].word.ptr ? rule->words[i].word : text;
            return true;
        }
    }
    return false;
}
