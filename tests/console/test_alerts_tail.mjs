// The live tail of the queue: what is new comes to the top and is asked for alone; rows stay where they
// are while somebody is among them; and the row that one has come to is in sight.
import { accessible, check, clean, openPage, run, signIn, startServer, until, visit } from './kit.mjs';

const HOSTS = 60;
const NEW = 3;
const event = (host, i) => ({
  '@timestamp': new Date(Date.now() - 3600_000 + i * 20_000).toISOString(),
  EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: host, Image: 'C:\\Users\\Public\\evil.exe', User: 'TRUST\\staff',
});
const events = (from, count) => Array.from({ length: count }, (_, i) => event(`ws-${String(from + i).padStart(3, '0')}`, from + i));

await run(async () => {
  const server = await startServer({ accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst']] });
  await server.events(events(0, HOSTS));
  const page = await openPage(server);
  await signIn(page, server, 'ana');
  await until('findings become alerts', async () => (await server.ask('ana', 'GET', '/alerts')).total === HOSTS);
  await page.setViewportSize({ width: 1366, height: 700 });

  // Worked on by key, the row that comes next is in sight.
  await visit(page, '/alerts');
  await page.locator('.grid').focus();
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('a');
    await until(`the cursor goes on: ${i + 2}`, async () => new RegExp(`row ${i + 2}\\b`).test(await page.locator('.cnt').textContent()));
  }
  await until('and is in sight', () => page.evaluate(() => {
    const row = document.querySelector('.gr.cur')?.getBoundingClientRect();
    const grid = document.querySelector('.grid').getBoundingClientRect();
    return row !== undefined && row.top >= grid.top && row.bottom <= grid.bottom + 1;
  }));

  // Followed, what is new comes by itself.
  await visit(page, '/alerts?tail=1');
  await until('the tail is on', async () => (await page.locator('.tail').getAttribute('aria-pressed')) === 'true');
  await accessible(page, 'the tail');
  const asked = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith('/api/v1/alerts')) asked.push(url.searchParams);
  });
  await server.events(events(200, NEW));
  await until('new alerts come to the top', async () => (await page.locator('.gr').first().textContent()).includes(`ws-${200 + NEW - 1}`));
  check('asked for by their ids alone', asked.some((of) => (of.get('ids') ?? '').startsWith('A-') && Number(of.get('limit')) <= NEW), asked.map(String).join('\n  '));
  await until('the counts follow', async () => Number((await page.locator('.cnt').textContent()).match(/[\d,]+/)[0].replace(/,/g, '')) === HOSTS + NEW);

  // Whoever is among the rows is not disturbed.
  await page.locator('.grid').focus();
  const first = await page.locator('.gr').first().textContent();
  await server.events(events(300, NEW));
  await until('that there are new ones is said', async () => (await page.locator('.fresh').count()) === 1);
  check('and no row moves', (await page.locator('.gr').first().textContent()) === first);
  clean(page, 'the tail');
});
