// The queue of alerts: fifty by keyboard alone, many at once with undo, new ones that move nothing,
// what another organisation may not see, other languages and sizes, a lost connection.
import { accessible, check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

const HOSTS = 60;
const event = (host, i) => ({
  '@timestamp': new Date(Date.now() - 3600_000 + i * 20_000).toISOString(),
  EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: host, Image: `C:\\Users\\Public\\evil.exe`, CommandLine: `evil.exe --step ${i}`, User: 'TRUST\\staff',
});
const events = (from, count) => Array.from({ length: count }, (_, i) => event(`ws-${String(from + i).padStart(3, '0')}`, i));
const rows = (page) => page.locator('.gr').count();
const total = async (page) => Number((await page.locator('.cnt').textContent()).match(/[\d,]+/)[0].replace(/,/g, ''));

await run(async () => {
  const server = await startServer({ accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst'], ['bo', 'Bo Lind', 'RXB', 'security-lead', '--organisation', 'RXB']] });
  await server.events(events(0, HOSTS));
  const page = await openPage(server);
  await signIn(page, server, 'ana');
  await until('findings become alerts', async () => (await server.ask('ana', 'GET', '/alerts?q=status:new')).total === HOSTS);
  await visit(page, '/alerts');
  const bytes = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, e) => sum + e.transferSize, 0));
  console.log(`  first visit: ${Math.round(bytes / 1024)} KiB`);
  check('the first visit transfers 250 KiB at most', bytes > 0 && bytes <= 250 * 1024, String(bytes));
  await everywhere(page, 'alerts', '/alerts', async () => { await page.locator('.gr').first().waitFor(); });
  await page.setViewportSize({ width: 1680, height: 1050 });
  await visit(page, '/alerts?theme=light');
  check('each host has its alert', (await total(page)) === HOSTS, String(await total(page)));
  check('only some of the rows are in the document', (await rows(page)) < 80);
  check('a row says why it stands there', (await page.locator('.detail .parts li').count()) > 1);
  check('what matched is marked', (await page.locator('.detail mark').first().textContent()).includes('evil.exe'));

  // Fifty alerts with the keyboard alone.
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.locator('.grid').focus();
  for (let i = 0; i < 50; i++) {
    await page.keyboard.press('a');
    await until(`acknowledged ${i + 1}`, async () => (await server.ask('ana', 'GET', '/alerts?q=status:acknowledged')).total === i + 1);
  }
  check('fifty are acknowledged by key', (await server.ask('ana', 'GET', '/alerts?q=status:acknowledged')).total === 50);
  await until('the cursor went on by itself', async () => /row 5[01]/.test(await page.locator('.cnt').textContent()));
  await shoot(page, 'alerts-worked', false);

  // Shown at once and marked, and counted when the server has confirmed it.
  const ACTIONS = '**/api/v1/alerts/actions**';
  await visit(page, '/alerts?q=status:new');
  const row = page.locator('.gr').first();
  const marks = () => page.locator('.gr .asked').count();
  const total0 = await page.locator('.cnt').textContent();
  const facets0 = await page.locator('.facets').textContent();
  let answer = () => undefined;
  const held = () => page.route(ACTIONS, async (route) => { await new Promise((resolve) => { answer = resolve; }); await route.continue(); });
  await held();
  await page.locator('.grid').focus();
  await page.keyboard.press('a');
  await until('a key shows at once what it asks for', async () => (await row.locator('.stt').textContent()).startsWith('Acknowledged, not yet confirmed'));
  check('as not yet confirmed, for all that listen', (await page.locator('.pend[role=status]').textContent()).trim() === '1 not yet confirmed');
  check('nothing says that it was done', (await page.locator('.toast').count()) === 0);
  check('and no count has changed', (await page.locator('.cnt').textContent()).split(',')[0] === total0.split(',')[0] && (await page.locator('.facets').textContent()) === facets0);
  await accessible(page, 'an acknowledgement that is not confirmed');
  await shoot(page, 'alerts-unconfirmed', false);
  answer();
  await until('the answer confirms it', async () => (await marks()) === 0 && (await row.locator('.stt').textContent()) === 'Acknowledged');
  await until('and says so to all that listen', async () => (await page.locator('.toasts[role=status]').textContent()).includes('Confirmed: 1 alert acknowledged'));
  await until('nothing is outstanding', async () => (await page.locator('.pend').textContent()) === '');
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await until('undo is shown at once, too', async () => (await row.locator('.stt').textContent()).startsWith('New, not yet confirmed'));
  answer();
  await until('and confirmed', async () => (await marks()) === 0 && (await page.locator('.toasts').textContent()).includes('Confirmed: undone for 1 alert'));
  await page.unroute(ACTIONS);
  // Refused, or without an answer: as before, with the reason.
  const others = page.expected;
  page.expected = /status of (409|500)|ERR_(FAILED|CONNECTION|EMPTY|INTERNET)/;
  await page.route(ACTIONS, (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"title":"Conflict","status":409,"detail":"the exercise has ended"}' }));
  await page.keyboard.press('k');
  await page.locator('.grid').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('a');
  await until('what is refused is shown as before', async () => (await row.locator('.stt').textContent()).startsWith('New, the last change failed: the exercise has ended'));
  check('and said', (await page.locator('.toasts .bad').textContent()).includes('Failed: 1 alert is shown as before, the exercise has ended'));
  await accessible(page, 'an acknowledgement that was refused');
  await shoot(page, 'alerts-refused', false);
  await page.unroute(ACTIONS);
  await page.route(ACTIONS, (route) => route.abort('connectionfailed'));
  await page.keyboard.press('Home');
  await page.keyboard.press('m');
  await until('so is what has no answer', async () => /the last change failed: the server did not answer/.test(await row.locator('.stt').textContent()));
  check('nothing was recorded', (await server.ask('ana', 'GET', '/alerts?q=status:new')).total === HOSTS - 50);
  await page.unroute(ACTIONS);
  await page.keyboard.press('Home');
  await page.keyboard.press('a');
  await until('done again, it is done', async () => (await row.locator('.stt').textContent()) === 'Acknowledged');
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await until('and undone', async () => (await server.ask('ana', 'GET', '/alerts?q=status:new')).total === HOSTS - 50);
  page.expected = others;

  // Many at once, then undone.
  await visit(page, '/alerts?q=status:new');
  await page.locator('.grid').focus();
  await page.keyboard.press('x');
  for (let i = 0; i < 4; i++) await page.keyboard.press('j');
  await page.keyboard.press('Shift+X');
  await until('a range is selected', async () => (await page.locator('.bulk b').textContent()).startsWith('5'));
  await shoot(page, 'alerts-selected', false);
  await accessible(page, 'alerts with some selected');
  await page.keyboard.press('c');
  await page.locator('dialog').waitFor();
  await accessible(page, 'closing alerts');
  await shoot(page, 'alerts-closing', false);
  await page.getByLabel('Reason').selectOption('false-positive');
  await page.locator('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  await until('five are closed', async () => (await server.ask('ana', 'GET', '/alerts?q=reason:false-positive')).total === 5);
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await until('undo opens them again', async () => (await server.ask('ana', 'GET', '/alerts?q=status:closed')).total === 0);
  check('closed with a reason, and undone', (await server.ask('ana', 'GET', '/alerts?q=status:closed')).total === 0);

  // New ones wait behind a bar.
  await visit(page, '/alerts');
  const first = await page.locator('.gr').first().textContent();
  await server.events(events(200, 7));
  await page.locator('.fresh').waitFor();
  check('rows do not move when new ones come', (await page.locator('.gr').first().textContent()) === first);
  await shoot(page, 'alerts-new', false);
  await page.locator('h1').click();
  await page.keyboard.press('n');
  await until('n shows the new ones', async () => (await total(page)) === HOSTS + 7);

  await visit(page, '/alerts?q=host:ws-30*');
  await page.locator('.livemark.l-live').waitFor();
  await server.events([...events(400, 2), ...events(300, 3)]);
  await until('of new ones those count that the query chooses', async () => (await page.locator('.fresh b').textContent()) === '3 new or changed');

  // The query is the whole truth. It is a plain field until somebody goes there.
  await visit(page, '/alerts');
  check('no editor that nobody needs', (await page.locator('input#alerts-q').count()) === 1);
  await page.keyboard.press('/');
  await page.keyboard.type('AND host:ws-00*');
  await until('the editor takes over what was typed', async () => (await page.locator('#alerts-q .cm-content').textContent()).includes('AND host:ws-00*'));
  await page.keyboard.type(' AND risk:>1');
  await page.keyboard.press('Enter');
  await until('and goes on with it', async () => /AND host:ws-00\* AND risk:>1|AND host:ws-00\*.*risk/.test(new URL(page.url()).searchParams.get('q') ?? ''));
  await visit(page, '/alerts');
  await page.locator('.fv').first().click();
  await settle(page);
  await until('a facet changes the query', () => new URL(page.url()).searchParams.get('q')?.includes('severity:high'));
  page.expected = /status of 400/;
  await visit(page, '/alerts?q=hosst:ws-001');
  check('a wrong field is told with the nearest', /host/.test(await page.locator('.gwrap .notice').textContent()), await page.locator('.gwrap .notice').textContent());
  await accessible(page, 'alerts with a wrong query');
  await visit(page, '/alerts?q=host:nobody');
  check('nothing found says what emptied it', (await page.locator('.gwrap .notice').textContent()).includes('host:nobody'));
  await shoot(page, 'alerts-empty', false);

  // One alert on its page.
  const { items } = await server.ask('ana', 'GET', '/alerts?q=host:ws-003');
  await everywhere(page, 'alert', `/alerts/${items[0].id}?q=`, undefined, [1680, 390]);
  await page.setViewportSize({ width: 1680, height: 1050 });
  await page.getByLabel('Note').fill('Called the ward.');
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.locator('.story', { hasText: 'Called the ward.' }).waitFor();
  check('a note is part of its story', true);
  await page.locator('.val').first().click();
  await accessible(page, 'menu of a value');
  await page.keyboard.press('Escape');

  // Somebody else's.
  const other = await openPage(server);
  await signIn(other, server, 'bo');
  await visit(other, '/alerts?q=');
  check('another organisation sees none of them', (await other.locator('.gwrap .notice').count()) === 1 && (await other.locator('.gr').count()) === 0);
  await visit(other, `/alerts/${items[0].id}`);
  check('nor the one by its address', (await other.locator('.notice').textContent()).includes('not there, or not for you'));
  check('nor a count of it', !(await other.locator('body').textContent()).includes('ws-003'));

  await visit(page, '/alerts?lang=fr&theme=dark');
  check('in French', (await page.locator('.ahead').textContent()).includes('Toutes ouvertes'));
  await accessible(page, 'alerts in French');
  await shoot(page, 'alerts-fr-dark', false);

  // The server goes, and comes back.
  await visit(page, '/alerts?lang=en&theme=light');
  page.expected = /./;
  await server.stop();
  await page.locator('.livemark.l-lost').waitFor();
  check('it says since when it is not live', (await page.locator('.livemark').textContent()).includes('Not live since'));
  check('what was there stays', (await rows(page)) > 0);
  await shoot(page, 'alerts-offline', false);
  await server.start();
  await page.locator('.livemark.l-live').waitFor();
  check('and is live again', true);
  clean(page, 'alerts');
});
