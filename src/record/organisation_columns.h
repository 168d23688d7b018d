/*
 * organisation_columns.h: which column of a list of organisations says what.
 *
 * A list is a file of rows; a row names one organisation or several (a practice, its network, its
 * region), each read by an entry of its own. The formats that are known are tables of this form;
 * others are described by a mapping (organisation_mapping.h). Pure; any thread.
 */
#ifndef CORD_RECORD_ORGANISATION_COLUMNS_H
#define CORD_RECORD_ORGANISATION_COLUMNS_H

#include "base/str.h"

#define CORD_ORGANISATION_COLUMNS_MAX 512u /* of a row */
#define CORD_ORGANISATION_ENTRIES_MAX 8u   /* of a format */
#define CORD_ORGANISATION_RULES_MAX   64u  /* of an entry */

enum cord_organisation_use {
    CORD_ORGANISATION_USE_END,
    CORD_ORGANISATION_USE_NOTHING, /* is repeated elsewhere, or of no matter */
    CORD_ORGANISATION_USE_CODE,
    CORD_ORGANISATION_USE_NAME,
    CORD_ORGANISATION_USE_ROLE,
    CORD_ORGANISATION_USE_STANDING, /* active, dormant, proposed; nothing: active */
    CORD_ORGANISATION_USE_REGION,
    CORD_ORGANISATION_USE_PARENT,
    CORD_ORGANISATION_USE_COUNTRY,
    CORD_ORGANISATION_USE_POSTCODE,
    CORD_ORGANISATION_USE_ADDRESS, /* may be several, in the order of the rules */
    CORD_ORGANISATION_USE_OPENED,
    CORD_ORGANISATION_USE_CLOSED,    /* the first day that it is no longer open */
    CORD_ORGANISATION_USE_LISTED,    /* when the row was true */
    CORD_ORGANISATION_USE_ALIAS,     /* name: sort of alias */
    CORD_ORGANISATION_USE_ATTRIBUTE, /* name: of the attribute; part of the description */
    CORD_ORGANISATION_USE_STATEMENT, /* name: of the attribute; a claim of its own */
    CORD_ORGANISATION_USE_STATED,    /* when statements of the row were made */
    CORD_ORGANISATION_USE_RELATION,  /* name: of the relation */
    CORD_ORGANISATION_USE_RELATED,   /* from when the relation in the rule before */
    CORD_ORGANISATION_USE_UNRELATED, /* until when */
    CORD_ORGANISATION_USE_SUCCESSOR, /* code */
    CORD_ORGANISATION_USE_SUCCEEDED, /* when */
};

/* What a text of the column stands for. A last '*' of `text` stands for any more; a word that
 * is not there (ptr NULL) is the text itself. */
struct cord_organisation_word {
    cord_str text;
    cord_str word;
};

struct cord_organisation_rule {
    enum cord_organisation_use use;
    uint32_t number; /* of the column, from 1; of a list with a header 0 */
    cord_str header; /* of a list with one */
    cord_str name;
    const struct cord_organisation_word *words; /* the first that fits; NULL: the text itself */
    size_t word_count;                          /* a text that none fits refuses the row */
};

struct cord_organisation_entry {
    const struct cord_organisation_rule *rules;
    size_t rule_count;
    cord_str role;    /* when no column says it */
    cord_str country; /* the same */
    cord_str nobody;  /* a code that stands for no organisation; "" always does */
    bool mentions;    /* says what is known better from elsewhere: adds, replaces nothing */
};

struct cord_organisation_columns {
    cord_str name;
    char delimiter;       /* 0: the one of , ; tab | that the first line has most of */
    bool latin1;          /* ISO 8859-1; else UTF-8 */
    bool header;          /* the first line names the columns */
    uint32_t only_number; /* rows of which this column */
    cord_str only_header;
    cord_str only; /* says this; "": all rows */
    const struct cord_organisation_entry *entries;
    size_t entry_count;
};

/* The formats that are known: "trusts", "practices", "practice-map", "dspt"; NULL-terminated. */
extern const struct cord_organisation_columns *const cord_organisation_columns_known[];

/* By name, or by the look of the first line; NULL when it is none of them. */
const struct cord_organisation_columns *cord_organisation_columns_find(cord_str name);
const struct cord_organisation_columns *cord_organisation_columns_guess(cord_str first_line);

/* Through the words of a rule. False when none fits. */
bool cord_organisation_columns_word(const struct cord_organisation_rule *rule, cord_str text,
                                    cord_str *ret_word);

#endif
