/* atom.c: see atom.h. */
#include "detect/atom.h"

#include <stdio.h>

#include "base/cidr.h"
#include "base/decimal.h"
#include "base/pattern.h"
#include "base/timestamp.h"

static bool in_range(const struct cord_atom *atom, cord_str text)
{
    uint8_t address[16];
    return cord_cidr_address(text, address) &&
           cord_cidr_holds(atom->cidr_address, atom->cidr_bits, address);
}

static int time_part_of(int64_t ns, enum cord_time_part part)
{
    struct cord_civil civil = cord_timestamp_to_civil(ns);
    switch (part) {
    case CORD_TIME_PART_MINUTE:
        return civil.minute;
    case CORD_TIME_PART_HOUR:
        return civil.hour;
    case CORD_TIME_PART_DAY:
        return civil.day;
    case CORD_TIME_PART_WEEK:
        return civil.week;
    case CORD_TIME_PART_MONTH:
        return civil.month;
    case CORD_TIME_PART_YEAR:
    case CORD_TIME_PART_NONE:
        break;
    }
    return civil.year;
}

static bool compare_number(const struct cord_atom *atom, cord_str text)
{
    struct cord_decimal wanted;
    struct cord_decimal got;
    char buffer[16];
    if (atom->time_part != CORD_TIME_PART_NONE) {
        int64_t ns;
        if (!cord_timestamp_parse(text, &ns) && !cord_timestamp_parse_epoch(text, &ns)) {
            return false;
        }
        int len = snprintf(buffer, sizeof buffer, "%d", time_part_of(ns, atom->time_part));
        text = (cord_str){buffer, (size_t)len};
    }
    if (!cord_decimal_parse(atom->text, &wanted) || !cord_decimal_parse(text, &got)) {
        return false;
    }
    int order = cord_decimal_compare(&got, &wanted);
    switch (atom->compare) {
    case CORD_COMPARE_LT:
        return order < 0;
    case CORD_COMPARE_LTE:
        return order <= 0;
    case CORD_COMPARE_GT:
        return order > 0;
    case CORD_COMPARE_GTE:
        return order >= 0;
    case CORD_COMPARE_EQ:
        break;
    }
    return order == 0;
}

static bool is_boolean(const struct cord_atom *atom, cord_str text)
{
    return cord_str_eq_fold(text, atom->boolean ? CORD_STR("true") : CORD_STR("false"));
}

static enum cord_atom_result search(const struct cord_regex *regex, cord_str text,
                                    struct cord_atom_env *env)
{
    switch (cord_regex_search(regex, env->regexes, text)) {
    case CORD_REGEX_NO:
        return CORD_ATOM_NO;
    case CORD_REGEX_YES:
        return CORD_ATOM_YES;
    case CORD_REGEX_GAVE_UP:
        break;
    }
    return CORD_ATOM_UNKNOWN;
}

cord_status cord_atom_holds(const struct cord_atom *atom, const struct cord_regex *regex,
                            struct cord_subject *subject, struct cord_atom_env *env,
                            enum cord_atom_result *ret_result)
{
    cord_str text;
    *ret_result = CORD_ATOM_NO;
    if (!cord_subject_has_text(subject)) {
        return CORD_OK;
    }
    bool folded = atom->kind == CORD_ATOM_PATTERN && !atom->cased;
    cord_status status = folded ? cord_subject_folded(subject, env->texts, &text)
                                : cord_subject_plain(subject, env->texts, &text);
    if (status != CORD_OK) {
        return status;
    }
    bool holds = false;
    switch (atom->kind) {
    case CORD_ATOM_PATTERN:
        holds = cord_pattern_matches(atom->parts, atom->part_count, text);
        break;
    case CORD_ATOM_REGEX:
        *ret_result = search(regex, text, env);
        return CORD_OK;
    case CORD_ATOM_CIDR:
        holds = in_range(atom, text);
        break;
    case CORD_ATOM_NUMBER:
        holds = compare_number(atom, text);
        break;
    case CORD_ATOM_BOOL:
        holds = is_boolean(atom, text);
        break;
    case CORD_ATOM_NULL:
    case CORD_ATOM_EXISTS:
    case CORD_ATOM_FIELD:
        break; /* not about one value */
    }
    *ret_result = holds ? CORD_ATOM_YES : CORD_ATOM_NO;
    return CORD_OK;
}

cord_status cord_atom_compares(const struct cord_atom *atom, struct cord_subject *subject,
                               struct cord_subject *other, struct cord_atom_env *env,
                               bool *ret_holds)
{
    *ret_holds = false;
    if (!cord_subject_has_text(subject) || !cord_subject_has_text(other)) {
        return CORD_OK;
    }
    cord_str left;
    cord_str right;
    cord_status status = atom->cased ? cord_subject_plain(subject, env->texts, &left)
                                     : cord_subject_folded(subject, env->texts, &left);
    if (status == CORD_OK) {
        status = atom->cased ? cord_subject_plain(other, env->texts, &right)
                             : cord_subject_folded(other, env->texts, &right);
    }
    if (status != CORD_OK) {
        return status;
    }
    switch (atom->field_match) {
    case CORD_FIELD_EQUALS:
        *ret_holds = cord_str_eq(left, right);
        break;
    case CORD_FIELD_CONTAINS:
        *ret_holds = cord_str_find(left, right, 0) != SIZE_MAX;
        break;
    case CORD_FIELD_STARTSWITH:
        *ret_holds = cord_str_starts(left, right);
        break;
    case CORD_FIELD_ENDSWITH:
        *ret_holds = cord_str_ends(left, right);
        break;
    }
    return CORD_OK;
}
