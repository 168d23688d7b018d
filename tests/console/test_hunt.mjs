// Hunting: a query runs as a job, with progress, times, values and rows; each click changes the
// text of the query and nothing else; tables, faults with their column, one event by its id.
import { accessible, check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

const EVENTS = 600;
const event = (i) => ({
  '@timestamp': new Date(Date.now() - i * 60_000).toISOString(), EventID: 4624 + (i % 2), Channel: 'Security', Computer: `ws-${String(i % 7).padStart(2, '0')}`,
  TargetUserName: i % 3 ? 'ward staff' : 'svc-backup', IpAddress: `10.1.${i % 5}.${i % 250}`, Image: `C:\\Program Files\\tool${i % 4}.exe`, empty: '',
});
const q = (page) => new URL(page.url()).searchParams.get('q');
const done = async (page) => {
  await page.locator('.hunt[data-busy=false]').waitFor();
  await settle(page);
};
const open = async (page, where) => {
  await visit(page, where);
  await done(page);
};
await run(async () => {
  const server = await startServer({ accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst']] });
  await server.events(Array.from({ length: EVENTS }, (_, i) => event(i)));
  const search = async () => {
    const { id } = await server.ask('ana', 'POST', '/hunts', { query: '*', limit: 1 });
    for (;;) {
      const hunt = await server.ask('ana', 'GET', `/hunts/${id}`);
      if (hunt.ended) {
        await server.ask('ana', 'DELETE', `/hunts/${id}`);
        return hunt.matched === EVENTS;
      }
    }
  };
  await until('all events are there', search);
  const page = await openPage(server);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, server, 'ana');
  await everywhere(page, 'hunt', '/hunt?q=*', () => done(page), [1680, 390]);
  await page.setViewportSize({ width: 1680, height: 1050 });
  await open(page, '/hunt?theme=light');

  // Typed, and run by key.
  await page.locator('.qe[data-ready]').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('TargetUserName:svc-backup');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/q=TargetUserName/);
  await done(page);
  await page.waitForURL(/svc-backup/);
  await until('what was typed is in the address', () => q(page) === 'TargetUserName:svc-backup', () => page.url());
  check('a third of the events match', (await page.locator('.cnt').textContent()).startsWith('200 events'), await page.locator('.cnt').textContent());
  check('only some of the rows are in the document', (await page.locator('.gr').count()) < 80);
  check('the job is done', (await page.locator('.going').textContent()).startsWith('Done'));
  check('its events are drawn over time', (await page.locator('.chart canvas').count()) === 1);

  // Values change the query's text.
  await page.locator('.facet', { hasText: 'host' }).locator('.fv').first().click();
  await done(page);
  await until('a value is a condition more', () => /^TargetUserName:svc-backup AND host:ws-\d\d$/.test(q(page)), () => q(page));
  await page.getByRole('button', { name: /^Not host/ }).first().click();
  await done(page);
  await until('and one without', () => /AND NOT host:ws-/.test(q(page)), () => q(page));
  check('nothing is both', (await page.locator('.gwrap .notice').textContent()).includes('Nothing matches'));
  await accessible(page, 'hunt without a result');
  await shoot(page, 'hunt-none', false);

  // The row under the cursor.
  await open(page, '/hunt?q=*');
  await page.locator('.grid').focus();
  await page.keyboard.press('j');
  const value = page.locator('.detail .vals > div', { hasText: 'Image' }).locator('.val');
  await value.click();
  await accessible(page, 'hunt with a menu');
  await shoot(page, 'hunt-menu', false);
  await page.getByRole('menuitem', { name: 'Only this' }).click();
  await done(page);
  await until('a value with blanks and backslashes is quoted verbatim', () => /^Image:'C:\\Program Files\\tool\d\.exe'$/.test(q(page)), () => q(page));
  check('and finds its quarter', (await page.locator('.cnt').textContent()).startsWith('150 events'), await page.locator('.cnt').textContent());
  await page.locator('.detail .vals > div', { hasText: 'IpAddress' }).locator('.val').click();
  await page.getByRole('menuitem', { name: 'Count the values' }).click();
  await done(page);
  check('a field can be counted', (await page.locator('.facet summary').first().textContent()) === 'IpAddress');
  await page.locator('.detail .vals > div', { hasText: 'TargetUserName' }).locator('.val').click();
  await page.getByRole('menuitem', { name: 'Copy' }).click();
  await page.locator('.toast').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  check('a value is copied', ['ward staff', 'svc-backup'].includes(copied), copied);

  // One event by its id, as other pages link to it.
  const id = await page.locator('.detail a[href^="/hunt?q=id:"]').textContent();
  await open(page, `/hunt?q=id:${id}`);
  check('one event by its id', (await page.locator('.gr').count()) === 1 && (await page.locator('.detail').textContent()).includes(id));

  // A brush over the histogram sets the time; the fields do the same.
  await open(page, '/hunt?q=*');
  const plot = await page.locator('.chart .u-over').boundingBox();
  await page.mouse.move(plot.x + plot.width * 0.25, plot.y + 20);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width * 0.5, plot.y + 20, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=.*to=/);
  await done(page);
  const within = Number((await page.locator('.cnt').textContent()).match(/\d+/)[0]);
  check('a stretch holds its part', within > 100 && within < 200, String(within));
  await shoot(page, 'hunt-brushed', false);
  await page.getByRole('button', { name: 'Any time' }).first().click();
  await done(page);
  check('and all of them again', (await page.locator('.cnt').textContent()).startsWith('600 events'));

  // Tables.
  await open(page, `/hunt?q=${encodeURIComponent('* | count by host, TargetUserName')}`);
  check('a table has its columns', (await page.locator('.gh').textContent()).startsWith('hostTargetUserNamecount'), await page.locator('.gh').textContent());
  check('and its rows', (await page.locator('.cnt').textContent()).startsWith('14 rows'), await page.locator('.cnt').textContent());
  check('what lies behind it is drawn too', (await page.locator('.chart canvas').count()) === 1);
  await accessible(page, 'hunt with a table');
  await shoot(page, 'hunt-table', false);
  await page.locator('.detail .val').first().click();
  await page.getByRole('menuitem', { name: 'Only this' }).click();
  await done(page);
  await until('from a row to its events', () => /^host:ws-\d\d$/.test(q(page)), () => q(page));
  await open(page, `/hunt?q=${encodeURIComponent('* | timeline 1h by host')}`);
  check('a timeline too', (await page.locator('.gr').count()) > 10);
  await shoot(page, 'hunt-timeline', false);

  // A query that is none.
  await open(page, `/hunt?q=${encodeURIComponent('a | cuont by x')}`);
  check('a fault is told with its column', (await page.locator('[role=alert]').textContent()).includes("column 5there is no 'cuont'"), await page.locator('[role=alert]').textContent());
  check('and shown where it is', (await page.locator('.place mark').textContent()) === 'c');
  await accessible(page, 'hunt with a fault');
  await shoot(page, 'hunt-fault', false);

  // Within the console a job ends with its page.
  const jobs = async () => (await server.ask('ana', 'GET', '/hunts')).items.length;
  await open(page, '/hunt?q=*');
  const before = await jobs();
  await page.locator('.rail a[href="/sources"]').click();
  await until('a job ends with its page', async () => (await jobs()) < before);
  await open(page, '/hunt?q=*&lang=fr');
  check('in French', /600 événements/.test(await page.locator('.cnt').textContent()));
  await shoot(page, 'hunt-fr', false);
  clean(page, 'hunt');
});
