/* block_border.c: see block_border.h. */
#include "evidence/block_border.h"

void cord_block_border_init(struct cord_block_border *border, cord_str folded)
{
    memset(border->places, 0, sizeof border->places);
    border->folded = folded;
    for (size_t i = 0; i < folded.len; i++) {
        unsigned char c = (unsigned char)folded.ptr[i];
        border->places[c] |= 1ULL << i;
        if (c >= 'a' && c <= 'z') {
            border->places[c - 0x20] |= 1ULL << i;
        }
    }
}

/* States the piece ends in that begin in it: from its end backwards. */
static uint64_t begun_in(const struct cord_block_border *border, cord_str piece)
{
    size_t last = border->folded.len - 1;
    /* The whole literal is no state. */
    uint64_t open = (1ULL << last) - 1;
    uint64_t begun = 0;
    for (size_t i = 0; i < piece.len && i < last; i++) {
        /* Bit k: the last i + 1 bytes are those up to the literal's byte k. */
        open &= border->places[(unsigned char)piece.ptr[piece.len - 1 - i]] << i;
        begun |= open & (1ULL << i);
        open &= ~(1ULL << i);
        if (open == 0) {
            break;
        }
    }
    return begun;
}

uint64_t cord_block_border_follow(const struct cord_block_border *border, uint64_t state,
                                  cord_str piece, bool *ret_done)
{
    uint64_t end = 1ULL << (border->folded.len - 1);
    for (size_t i = 0; i < piece.len && state != 0; i++) {
        state = (state << 1) & border->places[(unsigned char)piece.ptr[i]];
        if ((state & end) != 0) {
            *ret_done = true;
            state &= ~end;
        }
    }
    return state;
}

uint64_t cord_block_border_step(const struct cord_block_border *border, uint64_t state,
                                cord_str piece, bool *ret_done)
{
    return cord_block_border_follow(border, state, piece, ret_done) | begun_in(border, piece);
}

void cord_block_border_put(const struct cord_block_border *border, cord_str piece,
                           struct cord_block_border_any *any)
{
    size_t last = border->folded.len - 1;
    uint64_t end = 1ULL << last;
    uint64_t state = end - 1;
    size_t i = 0;
    for (; i < piece.len && state != 0; i++) {
        state = (state << 1) & border->places[(unsigned char)piece.ptr[i]];
        if ((state & end) != 0) {
            any->ends |= 1ULL << (last - 1 - i);
            state &= ~end;
        }
    }
    for (; state != 0; state &= state - 1) {
        /* All of the piece is inside the literal. */
        size_t at = (size_t)__builtin_ctzll(state);
        any->passes[at - i] |= 1ULL << at;
    }
    any->begins |= begun_in(border, piece);
}

uint64_t cord_block_border_step_any(const struct cord_block_border_any *any, uint64_t state,
                                    bool *ret_done)
{
    uint64_t next = any->begins;
    if ((state & any->ends) != 0) {
        *ret_done = true;
    }
    for (; state != 0; state &= state - 1) {
        next |= any->passes[__builtin_ctzll(state)];
    }
    return next;
}
