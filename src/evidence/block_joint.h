/*
 * block_joint.h: words that go across the borders of holes.
 *
 * A block's filter knows the words of holes and those of the skeleton between
 * them. Where both sides of a border belong to one word, that word is in
 * neither, and has to be put in by itself. Borders mostly stand at quotes and
 * blanks, which is known once a shape.
 */
#ifndef CORD_EVIDENCE_BLOCK_JOINT_H
#define CORD_EVIDENCE_BLOCK_JOINT_H

#include "evidence/block_filter.h"
#include "evidence/block_layout.h"

/* Whether rows of this shape may have such a word at that hole. */
bool cord_block_joint_possible(const struct cord_block_layout *layout, size_t hole);

/* Puts the words at both borders of the hole into filters[0]; where they touch
 * what is personal, into filters[1], and into filters[0] what is left of them. */
void cord_block_joint_add(const struct cord_block_layout *layout, size_t hole,
                          struct cord_block_filter_maker filters[2]);

/* A value that is no hole by itself may begin or end inside a word: then what
 * it has of that word is a word of its own. */
bool cord_block_joint_spans_possible(const struct cord_block_layout *layout);
void cord_block_joint_spans(const struct cord_block_layout *layout,
                            struct cord_block_filter_maker filters[2]);

#endif
