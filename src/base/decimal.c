/* decimal.c: see decimal.h. */
#include "base/decimal.h"

/* Exponents beyond this cannot be told apart from infinity or zero by any
 * number that fits a log line. */
enum { EXPONENT_MAX = 1000000000 };

static cord_str take_digits(cord_str text, size_t *at)
{
    size_t from = *at;
    while (*at < text.len && cord_str_is_digit(text.ptr[*at])) {
        (*at)++;
    }
    return cord_str_slice(text, from, *at - from);
}

static bool take_exponent(cord_str text, size_t *at, int64_t *ret_exponent)
{
    bool negative = false;
    if (*at < text.len && (text.ptr[*at] == '-' || text.ptr[*at] == '+')) {
        negative = text.ptr[*at] == '-';
        (*at)++;
    }
    cord_str digits = take_digits(text, at);
    int64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        value = value * 10 + (digits.ptr[i] - '0');
        value = value > EXPONENT_MAX ? EXPONENT_MAX : value;
    }
    *ret_exponent = negative ? -value : value;
    return digits.len > 0;
}

static void trim_zeros(struct cord_decimal *decimal)
{
    while (decimal->whole.len > 0 && decimal->whole.ptr[0] == '0') {
        decimal->whole = cord_str_from_byte(decimal->whole, 1);
    }
    while (decimal->fraction.len > 0 && decimal->fraction.ptr[decimal->fraction.len - 1] == '0') {
        decimal->fraction.len--;
    }
    if (decimal->fraction.len == 0) {
        while (decimal->whole.len > 0 && decimal->whole.ptr[decimal->whole.len - 1] == '0') {
            decimal->whole.len--;
            decimal->exponent++;
        }
    }
}

bool cord_decimal_parse(cord_str text, struct cord_decimal *ret_decimal)
{
    struct cord_decimal decimal = {0};
    size_t at = 0;
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+')) {
        decimal.negative = text.ptr[at] == '-';
        at++;
    }
    decimal.whole = take_digits(text, &at);
    if (decimal.whole.len == 0) {
        return false;
    }
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        decimal.fraction = take_digits(text, &at);
        if (decimal.fraction.len == 0) {
            return false;
        }
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        at++;
        if (!take_exponent(text, &at, &decimal.exponent)) {
            return false;
        }
    }
    if (at != text.len) {
        return false;
    }
    trim_zeros(&decimal);
    if (decimal.whole.len + decimal.fraction.len == 0) {
        decimal = (struct cord_decimal){0}; /* -0 is 0 */
    }
    *ret_decimal = decimal;
    return true;
}

static size_t digit_count(const struct cord_decimal *decimal)
{
    return decimal->whole.len + decimal->fraction.len;
}

/* The nth digit, counted from the first of `whole`; 0 behind the end. */
static char digit_at(const struct cord_decimal *decimal, size_t nth)
{
    if (nth < decimal->whole.len) {
        return decimal->whole.ptr[nth];
    }
    nth -= decimal->whole.len;
    return nth < decimal->fraction.len ? decimal->fraction.ptr[nth] : '0';
}

/* Zeros that a number below one has behind its point: 0.001 has two. */
static size_t leading_zeros(const struct cord_decimal *decimal)
{
    size_t count = 0;
    while (count < digit_count(decimal) && digit_at(decimal, count) == '0') {
        count++;
    }
    return count;
}

static int compare_magnitude(const struct cord_decimal *a, const struct cord_decimal *b)
{
    size_t skip_a = leading_zeros(a);
    size_t skip_b = leading_zeros(b);
    int64_t point_a = (int64_t)a->whole.len + a->exponent - (int64_t)skip_a;
    int64_t point_b = (int64_t)b->whole.len + b->exponent - (int64_t)skip_b;
    if (point_a != point_b) {
        return point_a < point_b ? -1 : 1;
    }
    size_t count_a = digit_count(a) - skip_a;
    size_t count_b = digit_count(b) - skip_b;
    for (size_t i = 0; i < count_a || i < count_b; i++) {
        char digit_a = digit_at(a, skip_a + i);
        char digit_b = digit_at(b, skip_b + i);
        if (digit_a != digit_b) {
            return digit_a < digit_b ? -1 : 1;
        }
    }
    return 0;
}

int cord_decimal_compare(const struct cord_decimal *a, const struct cord_decimal *b)
{
    bool zero_a = digit_count(a) == 0;
    bool zero_b = digit_count(b) == 0;
    if (zero_a || zero_b) {
        int sign_a = zero_a ? 0 : (a->negative ? -1 : 1);
        int sign_b = zero_b ? 0 : (b->negative ? -1 : 1);
        return sign_a - sign_b;
    }
    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    int order = compare_magnitude(a, b);
    return a->negative ? -order : order;
}

static bool is_canonical(cord_str text)
{
    size_t at = text.len > 1 && text.ptr[0] == '-' ? 1 : 0;
    if (at == text.len || text.ptr[at] < '1' || text.ptr[at] > '9') {
        return text.len == 1 && text.ptr[0] == '0';
    }
    for (; at < text.len; at++) {
        if (!cord_str_is_digit(text.ptr[at])) {
            return false;
        }
    }
    return true;
}

cord_str cord_decimal_canonical(cord_str text, char buffer[CORD_DECIMAL_BYTES])
{
    struct cord_decimal decimal;
    if (is_canonical(text) || !cord_decimal_parse(text, &decimal)) {
        return text;
    }
    if (digit_count(&decimal) == 0) {
        buffer[0] = '0';
        return (cord_str){buffer, 1};
    }
    /* Where the point stands, counted in digits from the first one written. */
    size_t skip = leading_zeros(&decimal);
    size_t count = digit_count(&decimal) - skip;
    int64_t point = (int64_t)decimal.whole.len + decimal.exponent - (int64_t)skip;
    if (count > CORD_DECIMAL_BYTES - 4 || point > CORD_DECIMAL_BYTES - 4 ||
        point < -(CORD_DECIMAL_BYTES - 4) + (int64_t)count) {
        return text;
    }
    size_t len = 0;
    if (decimal.negative) {
        buffer[len++] = '-';
    }
    if (point <= 0) {
        buffer[len++] = '0';
        buffer[len++] = '.';
        for (int64_t zeros = point; zeros < 0; zeros++) {
            buffer[len++] = '0';
        }
    }
    for (size_t i = 0; i < count || (int64_t)i < point; i++) {
        if (i > 0 && (int64_t)i == point) {
            buffer[len++] = '.';
        }
        buffer[len++] = digit_at(&decimal, skip + i);
    }
    return (cord_str){buffer, len};
}
