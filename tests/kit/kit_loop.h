/*
 * kit_loop.h: event loops and their clients within one test, without sleeps.
 */
#ifndef CORD_TESTS_KIT_LOOP_H
#define CORD_TESTS_KIT_LOOP_H

#include "comms/loop.h"
#include "kit/kit.h"

/* Turns the loop until done says so; fails the test when that takes very long. */
void kit_loop_until(struct cord_loop *loop, bool (*done)(void *self), void *self);
/* The same, for a flag and for a number that callbacks change. */
void kit_loop_until_true(struct cord_loop *loop, const bool *flag);
void kit_loop_until_count(struct cord_loop *loop, const size_t *number, size_t at_least);
/* Turns it until nothing is left to do at once. */
void kit_loop_settle(struct cord_loop *loop);

/* A connected TCP client on 127.0.0.1 (or [::1]); blocking, but for MSG_DONTWAIT. */
int kit_loop_connect(uint16_t port);
/* From an address of 127.0.0.0/8 that only this port's clients have, and of one port another for
 * each 8,192: closed connections keep an address's ports for a minute, so that who connects
 * thousands of times would run out of them. nth: how many have been before, to this port. */
int kit_loop_connect_apart(uint16_t port, uint32_t nth);
int kit_loop_connect_v6(uint16_t port);
/* Sends all, turning the loop while the socket is full. */
void kit_loop_send(struct cord_loop *loop, int client, cord_str bytes);
/* Receives len bytes, or less if the server closes before, turning the loop. */
size_t kit_loop_receive(struct cord_loop *loop, int client, char *into, size_t len);

#endif
