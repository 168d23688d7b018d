/*
 * kit_dice.h: the same throws in every run, for tests of random histories (xorshift64).
 */
#ifndef CORD_TESTS_KIT_DICE_H
#define CORD_TESTS_KIT_DICE_H

#include <stdint.h>

struct kit_dice {
    uint64_t state; /* not 0 */
};

/* 0 to sides - 1. */
static inline uint64_t kit_dice_roll(struct kit_dice *dice, uint64_t sides)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return dice->state % sides;
}

/* The same, of few sides. */
static inline unsigned kit_dice_few(struct kit_dice *dice, unsigned sides)
{
    return (unsigned)kit_dice_roll(dice, sides);
}

#endif
