/* modifier.c: the chain as written; what single modifiers do is in
 * modifier_apply.c. */
#include "detect/modifier.h"

#include "base/nearest.h"

static const struct {
    const char *name;
    enum cord_modifier modifier;
} words[] = {
    /* The first name of a modifier is the one that messages use. */
    {"contains", CORD_MODIFIER_CONTAINS},
    {"startswith", CORD_MODIFIER_STARTSWITH},
    {"endswith", CORD_MODIFIER_ENDSWITH},
    {"all", CORD_MODIFIER_ALL},
    {"re", CORD_MODIFIER_RE},
    {"i", CORD_MODIFIER_RE_I},
    {"ignorecase", CORD_MODIFIER_RE_I},
    {"m", CORD_MODIFIER_RE_M},
    {"multiline", CORD_MODIFIER_RE_M},
    {"s", CORD_MODIFIER_RE_S},
    {"dotall", CORD_MODIFIER_RE_S},
    {"cased", CORD_MODIFIER_CASED},
    {"exists", CORD_MODIFIER_EXISTS},
    {"base64", CORD_MODIFIER_BASE64},
    {"base64offset", CORD_MODIFIER_BASE64OFFSET},
    {"wide", CORD_MODIFIER_UTF16LE},
    {"utf16le", CORD_MODIFIER_UTF16LE},
    {"utf16be", CORD_MODIFIER_UTF16BE},
    {"utf16", CORD_MODIFIER_UTF16},
    {"windash", CORD_MODIFIER_WINDASH},
    {"cidr", CORD_MODIFIER_CIDR},
    {"lt", CORD_MODIFIER_LT},
    {"lte", CORD_MODIFIER_LTE},
    {"gt", CORD_MODIFIER_GT},
    {"gte", CORD_MODIFIER_GTE},
    {"neq", CORD_MODIFIER_NEQ},
    {"fieldref", CORD_MODIFIER_FIELDREF},
    {"expand", CORD_MODIFIER_EXPAND},
    {"minute", CORD_MODIFIER_MINUTE},
    {"hour", CORD_MODIFIER_HOUR},
    {"day", CORD_MODIFIER_DAY},
    {"week", CORD_MODIFIER_WEEK},
    {"month", CORD_MODIFIER_MONTH},
    {"year", CORD_MODIFIER_YEAR},
};

#define BIT(modifier) (1u << CORD_MODIFIER_##modifier)

enum {
    PLACES = BIT(CONTAINS) | BIT(STARTSWITH) | BIT(ENDSWITH),
    REGEX_FLAGS = BIT(RE_I) | BIT(RE_M) | BIT(RE_S),
    COMPARES = BIT(LT) | BIT(LTE) | BIT(GT) | BIT(GTE),
    TIMES = BIT(MINUTE) | BIT(HOUR) | BIT(DAY) | BIT(WEEK) | BIT(MONTH) | BIT(YEAR),
    UTF16S = BIT(UTF16LE) | BIT(UTF16BE) | BIT(UTF16),
    BASE64S = BIT(BASE64) | BIT(BASE64OFFSET),
    LISTS = BIT(ALL) | BIT(NEQ),
};

const char *cord_modifier_name(enum cord_modifier modifier)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].modifier == modifier) {
            return words[i].name;
        }
    }
    return "";
}

static bool find(cord_str word, enum cord_modifier *ret_modifier)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cord_str_eq(word, cord_str_from(words[i].name))) {
            *ret_modifier = words[i].modifier;
            return true;
        }
    }
    return false;
}

static cord_status refuse_unknown(struct cord_draft_context *context, uint32_t line, cord_str word)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, word);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        cord_nearest_offer(&nearest, cord_str_from(words[i].name));
    }
    cord_str found = cord_nearest_found(&nearest);
    word = cord_draft_brief(word);
    if (found.len <= 1) { /* i, m and s are near to everything */
        return cord_draft_refuse(context, line, CORD_E_UNSUPPORTED, "unknown modifier '%.*s'",
                                 CORD_STR_ARG(word));
    }
    return cord_draft_refuse(context, line, CORD_E_UNSUPPORTED,
                             "unknown modifier '%.*s': did you mean '%.*s'?", CORD_STR_ARG(word),
                             CORD_STR_ARG(found));
}

/* A modifier, those that may stand with it, and why no other may. */
struct rule_of_chain {
    uint32_t of;
    uint32_t with;
    const char *why;
};

static const struct rule_of_chain rules_of_chain[] = {
    {BIT(RE), REGEX_FLAGS | LISTS | BIT(EXPAND),
     "'re' searches anywhere already and takes only i, m, s, all, neq and expand: anchor the "
     "expression with ^ or $ instead"},
    {BIT(CIDR), LISTS, "'cidr' takes only all and neq"},
    {BIT(EXISTS), BIT(NEQ), "'exists' stands alone"},
    {BIT(FIELDREF), PLACES | LISTS | BIT(CASED),
     "'fieldref' takes only contains, startswith, endswith, cased, all and neq"},
    {COMPARES, TIMES | LISTS,
     "lt, lte, gt and gte compare numbers: use them alone or behind a "
     "time part"},
    {TIMES, COMPARES | LISTS, "a time part is a number: use it alone or before lt, lte, gt, gte"},
};

static bool more_than_one(uint32_t set)
{
    return (set & (set - 1)) != 0;
}

static const char *find_fault(const struct cord_modifier_chain *chain)
{
    for (size_t i = 0; i < sizeof rules_of_chain / sizeof *rules_of_chain; i++) {
        const struct rule_of_chain *rule = &rules_of_chain[i];
        if ((chain->set & rule->of) != 0 && (chain->set & ~(rule->of | rule->with)) != 0) {
            return rule->why;
        }
    }
    static const uint32_t singles[] = {COMPARES, TIMES, BASE64S, UTF16S};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        if (more_than_one(chain->set & singles[i])) {
            return "two modifiers of the same kind: only one can hold";
        }
    }
    if ((chain->set & REGEX_FLAGS) != 0 && !cord_modifier_has(chain, CORD_MODIFIER_RE)) {
        return "i, m and s belong to a regular expression: write re|i";
    }
    if ((chain->set & LISTS) == LISTS) {
        return "'all' with 'neq' can be read in two ways: put the values in a selection of their "
               "own and negate it in the condition";
    }
    return NULL;
}

/* Place of a modifier that must not come late, when a later one is in `set`. */
static bool comes_before(const struct cord_modifier_chain *chain, uint32_t first, uint32_t later)
{
    bool seen = false;
    for (size_t i = 0; i < chain->count; i++) {
        uint32_t bit = 1u << chain->items[i];
        if (seen && (bit & later) != 0) {
            return true;
        }
        seen = seen || (bit & first) != 0;
    }
    return false;
}

static const char *find_wrong_order(const struct cord_modifier_chain *chain)
{
    if (comes_before(chain, BASE64S, UTF16S)) {
        return "the text is encoded first and Base64 made of that: write wide|base64offset";
    }
    if (comes_before(chain, PLACES, BASE64S | UTF16S)) {
        return "wildcards cannot be encoded: write contains, startswith or endswith last";
    }
    if (comes_before(chain, REGEX_FLAGS, BIT(RE))) {
        return "i, m and s stand behind re: write re|i";
    }
    if (comes_before(chain, COMPARES, TIMES)) {
        return "the time part comes first: write hour|gte";
    }
    if (comes_before(chain, BASE64S | UTF16S | BIT(WINDASH), BIT(EXPAND))) {
        return "'expand' comes first";
    }
    if (comes_before(chain, BIT(EXPAND), BASE64S | UTF16S | BIT(WINDASH))) {
        return "the values of a placeholder cannot be encoded or given other dashes: put the "
               "variants into the placeholder's list";
    }
    if (comes_before(chain, BASE64S, BIT(WINDASH))) {
        return "'windash' comes before Base64";
    }
    return NULL;
}

static cord_status add(struct cord_draft_context *context, uint32_t line, cord_str word,
                       struct cord_modifier_chain *chain)
{
    enum cord_modifier modifier;
    if (!find(word, &modifier)) {
        return refuse_unknown(context, line, word);
    }
    if (cord_modifier_has(chain, modifier)) {
        return cord_draft_refuse(context, line, CORD_E_FORMAT, "the modifier '%.*s' stands twice",
                                 CORD_STR_ARG(word));
    }
    if (chain->count == CORD_MODIFIER_CHAIN_MAX) {
        return cord_draft_refuse(context, line, CORD_E_UNSUPPORTED, "more than %d modifiers",
                                 CORD_MODIFIER_CHAIN_MAX);
    }
    chain->items[chain->count++] = modifier;
    chain->set |= 1u << modifier;
    return CORD_OK;
}

cord_status cord_modifier_parse(struct cord_draft_context *context, uint32_t line, cord_str key,
                                struct cord_modifier_chain *ret_chain)
{
    struct cord_modifier_chain chain = {0};
    cord_str rest = key;
    cord_str word;
    if (!cord_str_cut(&rest, '|', &chain.field)) {
        chain.field = CORD_STR("");
    }
    while (rest.ptr && cord_str_cut(&rest, '|', &word)) {
        cord_status status = add(context, line, word, &chain);
        if (status != CORD_OK) {
            return status;
        }
    }
    const char *fault = find_fault(&chain);
    if (!fault) {
        fault = find_wrong_order(&chain);
    }
    if (fault) {
        key = cord_draft_brief(key);
        return cord_draft_refuse(context, line, CORD_E_UNSUPPORTED, "'%.*s': %s", CORD_STR_ARG(key),
                                 fault);
    }
    *ret_chain = chain;
    return CORD_OK;
}
