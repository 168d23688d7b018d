// A queue of many alerts, quickly: events of twenty rules and forty organisations, each of which
// makes an alert of its own. For tests/console and bench/console.
import crypto from 'node:crypto';

const RULES = 20;
const ORGANISATIONS = 40;
const BATCH = 1000;
const TECHNIQUES = ['t1059', 't1021', 't1210', 't1053', 't1003', 't1105', 't1547', 't1486', 't1047', 't1569'];
export const LEVELS = ['critical', 'high', 'high', 'medium', 'medium', 'medium', 'low', 'low', 'low', 'low'];

const rule = (i) => `title: Program ${i} was run that nobody installs
id: 00000000-0000-4000-8000-${String(i).padStart(12, '0')}
status: test
author: Cordon
description: Of a full queue.
tags: [attack.execution, attack.${TECHNIQUES[i % TECHNIQUES.length]}]
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: '\\evil${i}.exe'}, condition: selection}
level: ${LEVELS[i % LEVELS.length]}
`;
const tokens = Array.from({ length: ORGANISATIONS }, (_, i) => crypto.createHash('sha256').update(`token ${i}`).digest('hex'));
const organisation = (i) => `R${String.fromCharCode(65 + Math.floor(i / 26))}${String.fromCharCode(65 + (i % 26))}`;
const source = (token, i) => `{name: ward${i}, organisation: ${organisation(i)}, token_sha256: [${crypto.createHash('sha256').update(token).digest('hex')}]}`;
/** For startServer of kit.mjs. */
export const many = {
  rules: Array.from({ length: RULES }, (_, i) => rule(i)), sources: tokens.map(source), requests: 100000,
  accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst']],
};

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
/** The i-th event makes an alert of its own; the first ones lie a week back. */
const event = (i, all) => JSON.stringify({
  '@timestamp': new Date(Date.now() - 7 * 86400_000 * Math.max(0, 1 - i / all)).toISOString(), EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational',
  Computer: `ws-${String(i).padStart(7, '0')}`, Image: `C:\\Users\\Public\\evil${(i * 7) % RULES}.exe`, CommandLine: `evil.exe --step ${i}`, User: `TRUST\\staff${i % 997}`,
});
/** `count` events from the `from`-th on, of `all` over a week; later ones are of now. */
export async function send(server, from, count, all) {
  const which = Math.floor(from / BATCH) % ORGANISATIONS;
  const lines = Array.from({ length: count }, (_, i) => `${event(from + i, all)}\n`).join('');
  for (;;) {
    const response = await fetch(`${server.http}/api/v1/events`, { method: 'POST', headers: { Authorization: `Bearer ${tokens[which]}` }, body: lines });
    await response.text();
    if (response.ok) return;
    if (response.status !== 429 && response.status !== 503) throw new Error(`events: ${response.status}`);
    await wait(200);
  }
}
export const totalOf = async (server, q = '') => (await server.ask('ana', 'GET', `/alerts?limit=1&q=${encodeURIComponent(q)}`)).total;
/** Returns when all of them are alerts; gives the seconds that sending took. Fails when none is added for ten minutes. */
export async function fill(server, count) {
  const began = Date.now();
  for (let i = 0; i < count; i += BATCH) await send(server, i, Math.min(BATCH, count - i), count);
  const sent = (Date.now() - began) / 1000;
  for (let total = 0, changed = Date.now(); total < count; await wait(500)) {
    const now = await totalOf(server);
    if (now !== total) changed = Date.now();
    else if (Date.now() - changed > 600_000) throw new Error(`${now} alerts of ${count}`);
    total = now;
  }
  return sent;
}
