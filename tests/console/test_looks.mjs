// What every main page looks like, compared with stored pictures (looks.mjs): light and dark, wide
// and narrow, some in French. Over the record of May 2017 as known at eight in the evening of the 12th, and
// alerts made by events of that day: each is one by itself, so that nothing hangs on when they come. What is
// never the same, ids and times of this run, keeps its room and is not shown.
import crypto from 'node:crypto';
import { EVENING, clean, openPage, run, signIn, startServer, until, visit } from './kit.mjs';
import { looks } from './looks.mjs';

const DAY = 'from=2017-05-12T06:00:00Z&to=2017-05-12T19:00:00Z';
const ORGANISATIONS = ['R1H', 'RJR', 'RCF', 'RXN', 'RF4'];
const LEVELS = ['critical', 'high', 'medium', 'low'];
const NAMES = ['Shadow copies were deleted', 'A service was installed under another’s name', 'A scheduled task was made by a script', 'An account was made by hand'];
const TECHNIQUES = ['t1490', 't1543.003', 't1053.005', 't1136.001'];
const ALERTS = 60;

const rule = (level, i) => `title: ${NAMES[i]}
id: 00000000-0000-4000-8000-00000000000${i}
status: stable
author: Cordon
description: Of the pictures.
tags: [attack.${TECHNIQUES[i]}]
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: '\\tool${i}.exe'}, condition: selection}
level: ${level}
`;
const event = (i) => ({
  '@timestamp': new Date(Date.parse('2017-05-12T06:30:00Z') + i * 12 * 60_000).toISOString(), EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational',
  Computer: `ward-${String(i).padStart(2, '0')}`, Image: `C:\\Windows\\Temp\\tool${(i * 3) % LEVELS.length}.exe`, CommandLine: `tool --step ${i}`, User: `WARD\\staff${i % 9}`,
});
const token = (code) => crypto.createHash('sha256').update(code).digest('hex');
const source = (code) => `{name: ${code.toLowerCase()}-hosts, organisation: ${code}, token_sha256: [${crypto.createHash('sha256').update(token(code)).digest('hex')}]}`;

/** The clock of the strip, which runs on; whether the stream is there; what the person was told lately. */
const RUNS = '.asof-track, .asof .now, .livemark, .toasts, .freshroom';

await run(async () => {
  const server = await startServer({
    exercise: 'may-2017', rules: LEVELS.map(rule), sources: ORGANISATIONS.map(source),
    accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst'], ['root', 'Ada Price', 'X26', 'administrator']],
  });
  for (let i = 0; i < ALERTS; i++) {
    const response = await fetch(`${server.http}/api/v1/events`, { method: 'POST', headers: { Authorization: `Bearer ${token(ORGANISATIONS[i % ORGANISATIONS.length])}` }, body: `${JSON.stringify(event(i))}\n` });
    if (!response.ok) throw new Error(`events: ${response.status} ${await response.text()}`);
  }
  await until('each event is an alert', async () => (await server.ask('ana', 'GET', '/alerts?limit=1')).total === ALERTS);
  await until('and is found', async () => {
    const { id } = await server.ask('ana', 'POST', '/hunts', { query: 'host:ward*', limit: 1 });
    let hunt = null;
    while (!hunt?.ended) hunt = await server.ask('ana', 'GET', `/hunts/${id}`);
    return hunt.matched === ALERTS;
  });
  const { items: [alert] } = await server.ask('ana', 'GET', '/alerts?limit=1');
  const infected = (await server.ask('ana', 'GET', `/picture?at=${EVENING}`)).areas.flatMap((a) => a.organisations).find((o) => o.state === 'infected');

  const outside = await openPage(server, { width: 1280, height: 800 });
  const page = await openPage(server, { width: 1280, height: 800 });
  await signIn(page, server, 'ana');
  const root = await openPage(server, { width: 1280, height: 800 });
  await signIn(root, server, 'root');
  // Of each: what is of this run and keeps its room; and what has none, for its width is of this run.
  const pages = [
    [outside, 'sign-in', '/sign-in'],
    [page, 'picture', `/?at=${EVENING}`],
    [page, 'alerts', `/alerts?${DAY}`, '.detail .id, .sum .mono'],
    [page, 'alert', `/alerts/${alert.id}`, '.pagehead .mono, .founds .mono, .sum .mono'],
    [page, 'incident', `/incidents/may-2017?at=${EVENING}`, 'a[href^="/claims/"]'],
    [page, 'hunt', `/hunt?q=host:ward*&${DAY}`, '.vals a, .vals time', '.going'],
    [page, 'organisations', `/organisations?role=trust&state=infected&at=${EVENING}`],
    [page, 'organisation', `/organisations/${infected.code}?at=${EVENING}`, 'a[href^="/claims/"]'],
    [page, 'coverage', '/rules'],
    [page, 'sources', '/sources', '', ':is(td, th):is(:nth-child(4), :nth-child(5), :last-child)'],
    [root, 'administration', '/admin/users', '', ':is(td, th):nth-child(6)'],
  ];
  const french = ['picture', 'alerts'];
  for (const [on, name, where, room = '', gone = ''] of pages) {
    const hidden = { room: [RUNS, room].filter(Boolean).join(', '), gone };
    const look = async (theme, language, width, title) => {
      await visit(on, `${where}${where.includes('?') ? '&' : '?'}theme=${theme}&lang=${language}`);
      await looks(on, `${name}-${title}-${width}`, hidden);
    };
    for (const [width, height] of [[1280, 800], [390, 844]]) {
      await on.setViewportSize({ width, height });
      await look('light', 'en', width, 'light');
      await look('dark', 'en', width, 'dark');
      if (french.includes(name) && width === 1280) await look('light', 'fr', width, 'french');
    }
  }
  clean(page, 'pages');
  clean(root, 'administration');
  clean(outside, 'sign-in');
});
