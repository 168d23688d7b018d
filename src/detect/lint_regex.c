/*
 * lint_regex.c: what an expression may cost.
 *
 * A repeated group explodes when some text can be cut into its repetitions in
 * more than one way, and something behind it may fail: (\w+\s?)+$ tries every
 * cut. Looked for by one character: a group is "pumped" by c when it matches
 * c, cc, ccc and so on without end; repeated once more, there are many ways.
 * What is not understood counts as harmless: this warns, it does not prove.
 */
#include "detect/lint_internal.h"
#include "detect/regex_needle.h"

enum { DEPTH_MAX = 32, MANY = 16 /* repetitions that are as good as endless */ };

struct set {
    uint64_t bits[4];
};

/* Part of an expression, as far as repetitions of one character go. */
struct piece {
    struct set unit; /* c: it matches some number of c, at least one */
    struct set pump; /* c: it matches arbitrarily many c */
    bool nullable;   /* it matches the empty text */
};

struct reader {
    cord_str text;
    size_t at;
    bool gave_up;
    bool pending;   /* an explosive group was seen, and nothing required behind it yet */
    bool explodes;  /* and now there is */
    bool remembers; /* backreferences */
};

static struct piece read_alternation(struct reader *reader, unsigned depth, bool *ret_overlap);

static bool set_empty(const struct set *set)
{
    return (set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]) == 0;
}

static void set_add(struct set *set, unsigned char c)
{
    set->bits[c >> 6] |= (uint64_t)1 << (c & 63);
}

static void set_range(struct set *set, unsigned first, unsigned last)
{
    for (unsigned c = first; c <= last && c < 256; c++) {
        set_add(set, (unsigned char)c);
    }
}

static struct set set_and(struct set a, struct set b)
{
    for (size_t i = 0; i < 4; i++) {
        a.bits[i] &= b.bits[i];
    }
    return a;
}

static struct set set_or(struct set a, struct set b)
{
    for (size_t i = 0; i < 4; i++) {
        a.bits[i] |= b.bits[i];
    }
    return a;
}

static struct set set_not(struct set a)
{
    for (size_t i = 0; i < 4; i++) {
        a.bits[i] = ~a.bits[i];
    }
    return a;
}

static char peek(const struct reader *reader, size_t ahead)
{
    size_t at = reader->at + ahead;
    return at < reader->text.len ? reader->text.ptr[at] : '\0';
}

static bool at_end(const struct reader *reader)
{
    return reader->gave_up || reader->at >= reader->text.len;
}

/* \d, \w, \s and their opposites. */
static bool class_of(char letter, struct set *ret_set)
{
    struct set set = {{0}};
    switch (cord_str_lower_char(letter)) {
    case 'w':
        set_range(&set, 'a', 'z');
        set_range(&set, 'A', 'Z');
        set_add(&set, '_');
        set_range(&set, '0', '9');
        break;
    case 'd':
        set_range(&set, '0', '9');
        break;
    case 's':
        set_range(&set, '\t', '\r');
        set_add(&set, ' ');
        break;
    default:
        return false;
    }
    *ret_set = letter >= 'a' ? set : set_not(set);
    return true;
}

/* Behind the backslash; true when it stands for characters. An empty set: one
 * of which we know nothing. */
static bool take_escape(struct reader *reader, struct set *ret_set)
{
    char c = peek(reader, 0);
    *ret_set = (struct set){{0}};
    reader->at++;
    if (class_of(c, ret_set)) {
        return true;
    }
    if ((c >= '1' && c <= '9') || c == 'g' || c == 'k') {
        reader->remembers = true;
        reader->gave_up = reader->gave_up || c == 'g' || c == 'k';
        return true;
    }
    if (strchr("bBAzZG", c) && c != '\0') {
        return false;
    }
    if (c == 'x' || c == 'p' || c == 'P' || c == 'Q' || c == 'o' || c == 'c' || c == '0') {
        reader->gave_up = reader->gave_up || c == 'Q' || c == 'c' || c == 'o';
        if (peek(reader, 0) == '{') {
            size_t end = cord_str_find_char(reader->text, '}', reader->at);
            reader->at = end == SIZE_MAX ? reader->text.len : end + 1;
        } else {
            reader->at += c == 'x' ? 2 : c == 'p' || c == 'P' ? 1 : 0;
        }
        return true;
    }
    bool named = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!named && c != '\0') {
        set_add(ret_set, (unsigned char)c);
    }
    return true;
}

/* Behind the '['. */
static struct set take_class(struct reader *reader)
{
    struct set set = {{0}};
    bool negated = peek(reader, 0) == '^';
    bool known = true;
    reader->at += negated;
    for (bool first = true; !at_end(reader) && (peek(reader, 0) != ']' || first); first = false) {
        struct set one = {{0}};
        unsigned char c = (unsigned char)peek(reader, 0);
        reader->at++;
        if (c == '[' && peek(reader, 0) == ':') {
            size_t end = cord_str_find(reader->text, CORD_STR(":]"), reader->at);
            reader->at = end == SIZE_MAX ? reader->text.len : end + 2;
            known = false;
            continue;
        }
        if (c == '\\') {
            known = take_escape(reader, &one) && !set_empty(&one) && known;
        } else if (peek(reader, 0) == '-' && peek(reader, 1) != ']' && peek(reader, 1) != '\\') {
            set_range(&one, c, (unsigned char)peek(reader, 1));
            reader->at += 2;
        } else {
            set_add(&one, c);
        }
        set = set_or(set, one);
    }
    reader->gave_up = reader->gave_up || at_end(reader);
    reader->at++;
    if (!known) {
        return (struct set){{0}};
    }
    return negated ? set_not(set) : set;
}

struct quantifier {
    bool some; /* there is one */
    bool nullable;
    bool endless;
    bool possessive;
};

static struct quantifier take_quantifier(struct reader *reader)
{
    struct quantifier q = {.some = true};
    char c = peek(reader, 0);
    if (c == '*' || c == '+' || c == '?') {
        reader->at++;
        q.nullable = c != '+';
        q.endless = c != '?';
    } else if (c == '{' && cord_str_is_digit(peek(reader, 1))) {
        size_t end = cord_str_find_char(reader->text, '}', reader->at);
        cord_str inside = cord_str_slice(reader->text, reader->at + 1,
                                         end == SIZE_MAX ? 0 : end - reader->at - 1);
        cord_str low;
        cord_str high = inside;
        uint64_t count = 0;
        if (end == SIZE_MAX || !cord_str_cut(&high, ',', &low) || !cord_str_u64(low, &count)) {
            return (struct quantifier){0};
        }
        q.nullable = count == 0;
        /* {n} has one way only */
        q.endless = high.ptr && (high.len == 0 || !cord_str_u64(high, &count) || count >= MANY);
        reader->at = end + 1;
    } else {
        return (struct quantifier){0};
    }
    q.possessive = peek(reader, 0) == '+';
    reader->at += peek(reader, 0) == '+' || peek(reader, 0) == '?';
    return q;
}

/* Behind "(?". *ret_zero: it looks around and takes nothing; *ret_atomic. */
static bool take_group_head(struct reader *reader, bool *ret_zero, bool *ret_atomic)
{
    char c = peek(reader, 0);
    char next = peek(reader, 1);
    reader->at++;
    if (c == ':' || c == '|' || c == '>') {
        *ret_atomic = c == '>';
        return true;
    }
    if (c == '=' || c == '!' || (c == '<' && (next == '=' || next == '!'))) {
        reader->at += c == '<';
        *ret_zero = true;
        return true;
    }
    if (c == '<' || (c == 'P' && next == '<')) {
        size_t end = cord_str_find_char(reader->text, '>', reader->at);
        reader->at = end == SIZE_MAX ? reader->text.len : end + 1;
        return true;
    }
    while (c != '\0' && strchr("imsnUJ-^", c)) {
        c = peek(reader, 0);
        reader->at++;
    }
    reader->remembers = reader->remembers || (c == 'P' && next == '=');
    reader->gave_up = reader->gave_up || (c != ':' && c != ')');
    return c != ')';
}

/* Behind the '('. */
static struct piece take_group(struct reader *reader, unsigned depth)
{
    struct piece none = {.nullable = true};
    bool zero = false;
    bool atomic = false;
    bool overlap = false;
    if (peek(reader, 0) == '?') {
        reader->at++;
        if (!take_group_head(reader, &zero, &atomic)) {
            return none;
        }
    }
    if (reader->gave_up || depth >= DEPTH_MAX || peek(reader, 0) == '*') {
        reader->gave_up = true;
        return none;
    }
    struct piece inside = read_alternation(reader, depth + 1, &overlap);
    reader->gave_up = reader->gave_up || peek(reader, 0) != ')';
    reader->at++;
    struct quantifier q = take_quantifier(reader);
    if (zero) {
        reader->explodes = reader->explodes || reader->pending;
        return none;
    }
    if (q.endless && !q.possessive && !atomic && (overlap || !set_empty(&inside.pump))) {
        reader->pending = true;
    }
    inside.nullable = inside.nullable || q.nullable;
    if (q.endless) {
        inside.pump = inside.unit;
    }
    if (atomic || q.possessive) {
        inside.pump = (struct set){{0}};
    }
    return inside;
}

/* One character or place with its quantifier. */
static struct piece take_simple(struct reader *reader)
{
    struct piece piece = {.nullable = false};
    char c = peek(reader, 0);
    bool place = c == '^' || c == '$';
    reader->at++;
    if (c == '[') {
        piece.unit = take_class(reader);
    } else if (c == '\\') {
        place = !take_escape(reader, &piece.unit);
    } else if (c == '.') {
        piece.unit = set_not(piece.unit);
    } else if (!place) {
        set_add(&piece.unit, (unsigned char)c);
    }
    struct quantifier q = take_quantifier(reader);
    if (place || !q.nullable) {
        reader->explodes = reader->explodes || reader->pending;
    }
    piece.nullable = place || q.nullable;
    if (q.endless && !q.possessive) {
        piece.pump = piece.unit;
    }
    return piece;
}

/* What a sequence can do with one character: what it needs must allow it. */
static struct piece join(struct piece a, struct piece b)
{
    struct set all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    struct set a_allows = a.nullable ? all : a.unit;
    struct set b_allows = b.nullable ? all : b.unit;
    struct piece both;
    both.nullable = a.nullable && b.nullable;
    both.unit = set_or(set_and(a.unit, b_allows), set_and(b.unit, a_allows));
    both.pump = set_or(set_and(a.pump, b_allows), set_and(b.pump, a_allows));
    return both;
}

static struct piece read_branch(struct reader *reader, unsigned depth)
{
    struct piece all = {.nullable = true};
    while (!at_end(reader) && peek(reader, 0) != '|' && peek(reader, 0) != ')') {
        struct piece one;
        if (peek(reader, 0) == '(') {
            reader->at++;
            one = take_group(reader, depth);
        } else {
            one = take_simple(reader);
        }
        all = join(all, one);
    }
    return all;
}

/* *ret_overlap: two branches match the same character, repeated or not. */
static struct piece read_alternation(struct reader *reader, unsigned depth, bool *ret_overlap)
{
    struct piece any = {.nullable = false};
    bool before = reader->pending;
    bool after = false;
    for (bool more = true; more;) {
        reader->pending = before;
        struct piece branch = read_branch(reader, depth);
        struct set both = set_and(any.unit, branch.unit);
        *ret_overlap = *ret_overlap || !set_empty(&both);
        any.unit = set_or(any.unit, branch.unit);
        any.pump = set_or(any.pump, branch.pump);
        any.nullable = any.nullable || branch.nullable;
        after = after || reader->pending;
        more = !at_end(reader) && peek(reader, 0) == '|';
        reader->at += more;
    }
    reader->pending = after;
    return any;
}

void cord_lint_regex(struct cord_lint *lint, uint32_t line, cord_str expression)
{
    struct reader reader = {.text = expression};
    cord_str needles[CORD_REGEX_NEEDLES_MAX];
    size_t count = 0;
    bool overlap = false;
    (void)read_alternation(&reader, 0, &overlap);
    if (reader.remembers) {
        cord_lint_say(lint, line, "regex-backreference",
                      "the expression refers back to what it matched: its time is not bounded; "
                      "write the texts out");
    }
    if (reader.explodes && !reader.gave_up) {
        cord_lint_say(lint, line, "regex-explodes",
                      "a repeated group repeats itself inside: some texts can be cut in very many "
                      "ways, and each is tried; let repetitions begin or end with a character that "
                      "they do not hold, or write (?>...)");
    }
    cord_status status = cord_regex_needle_find(expression, NULL, lint->arena, needles, &count);
    if (status != CORD_OK) {
        lint->status = lint->status == CORD_OK ? status : lint->status;
    } else if (count == 0) {
        cord_lint_say(lint, line, "regex-no-literal",
                      "no text of two letters or more must occur for the expression to match: it "
                      "is run on every value of the field; if there is such a text, add it as a "
                      "|contains beside the expression");
    }
}
