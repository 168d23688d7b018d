/*
 * kit_sigma.h: the public rule set beside the checkout.
 */
#ifndef CORD_TESTS_KIT_SIGMA_H
#define CORD_TESTS_KIT_SIGMA_H

#include "detect/collection.h"

/* The five active folders, finished. Skips the running test when they are not
 * there; fails it when a file cannot be read. The caller frees it. */
struct cord_collection *kit_sigma_public(void);

#endif
