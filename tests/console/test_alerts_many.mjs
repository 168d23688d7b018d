// A hundred thousand alerts: scrolling, keys, filters and selection over all of them; then a
// thousand more a minute, which move nothing under whoever reads. Without times: those are bench/console's.
import { accessible, check, clean, openPage, run, signIn, startServer, until, visit } from './kit.mjs';
import { fill, LEVELS, many, send, totalOf } from './many.mjs';

const ALL = 100_000;
const EACH_MS = 300;
const EACH = 5;
const LIVE = 340;
const said = (n) => n.toLocaleString('en-GB');
const count = (page) => page.locator('.cnt').textContent();
/** Rows in the document by their place, and what they say. */
const rows = (page) => page.evaluate(() => [...document.querySelectorAll('.gr')].map((row) => [Number(row.getAttribute('aria-rowindex')), row.id, row.querySelector('.strong').textContent]).sort((a, b) => a[0] - b[0]));
const reading = async (page) => JSON.stringify({
  rows: (await rows(page)).map(([place, id]) => [place, id]), ...await page.evaluate(() => {
    const grid = document.querySelector('.grid');
    const cursor = grid.getAttribute('aria-activedescendant');
    return { top: grid.scrollTop, cursor, onScreen: document.getElementById(cursor)?.getBoundingClientRect().top, focus: document.activeElement === grid };
  }),
});
const inRow = (a) => a.every(([place], i) => i === 0 || place === a[i - 1][0] + 1);
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };

await run(async () => {
  const server = await startServer(many);
  console.log(`  sent in ${await fill(server, ALL)} s`);
  check('a hundred thousand events are as many alerts', (await totalOf(server)) === ALL);
  const page = await openPage(server, { width: 1680, height: 1050 });
  await signIn(page, server, 'ana');
  await visit(page, '/alerts?q=');
  await until('the queue counts all of them', async () => (await count(page)).startsWith(`${said(ALL)} alerts`));
  const grid = page.locator('.grid');
  await page.locator('.gr').first().waitFor();
  check('assistive technology is told how many', (await grid.getAttribute('aria-rowcount')) === String(ALL + 1));
  check('only some rows are in the document', (await rows(page)).length < 80);
  await accessible(page, 'a hundred thousand alerts');

  // Scrolling goes on and on; what is between is there.
  const loaded = () => page.evaluate(() => document.querySelector('.gb').offsetHeight / document.querySelector('.gr').offsetHeight);
  for (let i = 1; i <= 5; i++) {
    const before = await loaded();
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await until(`more rows come at the end (${i})`, async () => (await loaded()) > before);
    await until('what is in the window is drawn, without a gap', async () => {
      const now = await rows(page);
      const first = await grid.evaluate((element) => Math.floor(element.scrollTop / document.querySelector('.gr').offsetHeight));
      return inRow(now) && now.length < 80 && now[0][0] - 2 <= first && now[now.length - 1][0] - 2 >= first;
    });
  }
  check('a thousand and more can be had by scrolling', (await loaded()) >= 1000, String(await loaded()));

  // The keyboard: from end to end of what is there, row by row.
  await grid.focus();
  await press(page, 'Home');
  await until('Home goes to the first', async () => (await count(page)).endsWith(`row 1`));
  await press(page, 'j', 'j', 'j', 'k');
  await until('j and k go row by row', async () => (await count(page)).endsWith('row 3'));
  await until('the row under the cursor is told', () => grid.evaluate((element) => document.getElementById(element.getAttribute('aria-activedescendant'))?.getAttribute('aria-rowindex') === '4'));
  await press(page, 'End');
  await until('End goes to the last that is there', async () => Number((await count(page)).match(/row ([\d,]+)$/)[1].replace(/,/g, '')) >= 1000);
  await until('and shows it', () => grid.evaluate((element) => { // the window is drawn after the cursor is told
    const row = document.getElementById(element.getAttribute('aria-activedescendant'))?.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    return !!row && row.top >= box.top && row.bottom <= box.bottom + 1;
  }));
  await press(page, 'Home', 'PageDown');
  await until('PageDown goes a page', async () => Number((await count(page)).match(/row ([\d,]+)$/)[1]) > 10);

  // Filters: the number beside a value is the number that there is then.
  const critical = ALL * LEVELS.filter((l) => l === 'critical').length / LEVELS.length;
  const value = page.locator('.facet', { hasText: 'Severity' }).locator('.fv', { hasText: 'Critical' }).first();
  await until('a facet counts all', async () => /10k of 100,000/i.test(await value.textContent()), () => value.textContent());
  await value.click();
  await until('and keeps as many', async () => (await count(page)).startsWith(`${said(critical)} alerts`));
  await until('rows are those alone', async () => (await page.locator('.gr.r-critical').count()) === (await page.locator('.gr').count()));
  const back = page.locator('.views a').first();
  await visit(page, '/alerts?q=&from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z');
  check('a time without any says so', (await page.locator('.gwrap .notice').textContent()).includes('in the chosen time'));
  await back.click();
  await until('a view is one click', async () => (await count(page)).startsWith(`${said(ALL)} alerts`));

  // All of them: as many as one action takes, and it says how many that is of how many.
  await grid.focus();
  await press(page, 'Control+a');
  const bar = page.locator('.bulk');
  await until('what is selected is counted, of all there are', async () => (await bar.locator('b').textContent()) === `1,000 of ${said(ALL)} selected`);
  check('and that there is a limit', (await bar.textContent()).includes('1,000 at a time'));
  await accessible(page, 'a thousand selected');
  await press(page, 'a');
  await until('a thousand are acknowledged at once', async () => (await totalOf(server, 'status:acknowledged')) === 1000);
  await page.locator('.toast', { hasText: 'Confirmed: 1,000 alerts acknowledged' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await until('and undone at once', async () => (await totalOf(server, 'status:acknowledged')) === 0);
  await until('nothing waits to be confirmed', async () => (await page.locator('.asked').count()) === 0 && (await page.locator('.pend').textContent()) === '');
  await grid.focus();
  await press(page, 'Control+a');
  await until('once more: none is selected', async () => (await bar.count()) === 0);

  // A thousand a minute, while somebody reads in the middle of the queue.
  await visit(page, '/alerts');
  await grid.focus();
  await press(page, ...Array.from({ length: 60 }, () => 'j'));
  await until('in the middle of it', async () => (await count(page)).endsWith('row 61'));
  await until('the detail is there', async () => (await page.locator('.detail h2').count()) === 1);
  await until('it is live', async () => (await page.locator('.livemark.l-live').count()) === 1);
  let before = '';
  await until('it is at rest', async () => before === (before = await reading(page)));
  let moved = '';
  for (let sent = 0; sent < LIVE; sent += EACH) {
    await send(server, ALL + sent, EACH, 1);
    const now = await reading(page);
    if (now !== before) moved ||= now;
    await new Promise((resolve) => { setTimeout(resolve, EACH_MS); });
  }
  await until('they are alerts', async () => (await totalOf(server)) === ALL + LIVE);
  const fresh = page.locator('.fresh b');
  // Behind a slow line the server says at once that there are more than it names.
  await until('the bar counts those that are new', async () => [`${LIVE} new or changed`, 'Many changed'].includes(await fresh.textContent()));
  check('nothing has moved, and the focus is where it was', !moved && (await reading(page)) === before, `${before}\n  ${moved}`);
  await press(page, 'n');
  await until('n shows them', async () => (await count(page)).startsWith(`${said(ALL + LIVE)} alerts`));
  await until('the bar is gone', async () => (await fresh.count()) === 0);
  clean(page, 'a hundred thousand alerts');
});
