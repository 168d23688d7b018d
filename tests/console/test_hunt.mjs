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
  const server = await startServer({ accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst'], ['ben', 'Ben Ito', 'X24', 'national-analyst'], ['cy', 'Cy Lund', 'X26', 'national-analyst'], ['eve', 'Eve Stone', 'X26', 'auditor']] });
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

  // Saved, renamed, shared, deleted and undone; the last ones in this browser.
  await open(page, '/hunt?q=TargetUserName:svc-backup&theme=light');
  await page.getByRole('button', { name: 'Save the query' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  check('a name is needed', (await page.locator('dialog .summary').count()) === 1);
  await page.getByRole('dialog').getByLabel('Name').fill('The backup’s logons');
  await accessible(page, 'save a query');
  await shoot(page, 'hunt-save', false);
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('The query is saved').waitFor();
  const saved = async () => (await server.ask('ana', 'GET', '/views?page=hunt')).items;
  check('it is kept on the server', (await saved()).length === 1 && (await saved())[0].query === 'TargetUserName:svc-backup' && !(await saved())[0].shared);
  await page.getByRole('button', { name: 'Saved and recent' }).click();
  await page.getByRole('button', { name: /^Rename/ }).click();
  await page.locator('.rename').getByLabel('Name').fill('Backup logons');
  await page.locator('.rename').getByLabel('Share it').check();
  await accessible(page, 'rename a query');
  await page.locator('.rename').getByRole('button', { name: 'Save' }).click();
  await page.locator('.keptlist .tag', { hasText: 'shared' }).waitFor();
  check('it is renamed and shared', (await saved())[0].name === 'Backup logons' && (await saved())[0].shared);
  await accessible(page, 'saved queries');
  await shoot(page, 'hunt-kept', false);
  const others = await server.ask('ben', 'GET', '/views?page=hunt');
  check('a colleague of the organisation sees it, and may not change it', others.items.length === 1 && !others.items[0].own);
  check('nobody else does', (await server.ask('cy', 'GET', '/views?page=hunt')).items.length === 0);
  await page.getByRole('button', { name: /^Delete/ }).click();
  await page.locator('.keptlist .tag').waitFor({ state: 'detached' });
  check('it is deleted', (await saved()).length === 0);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
  await until('and back again', async () => (await saved())[0]?.name === 'Backup logons');
  await open(page, '/hunt?q=*');
  await page.getByRole('button', { name: 'Saved and recent' }).click();
  await page.locator('.keptlist a', { hasText: 'Backup logons' }).click();
  await page.waitForURL(/TargetUserName/);
  await done(page);
  check('a saved query runs', (await page.locator('.cnt').textContent()).startsWith('200 events'));
  await page.getByRole('button', { name: 'Saved and recent' }).click();
  check('what was run is there', (await page.locator('.kept').nth(1).textContent()).includes('TargetUserName:svc-backup'));
  await page.getByRole('button', { name: 'Forget them' }).click();
  check('and forgotten when one says so', (await page.locator('.kept').nth(1).textContent()).includes('None yet'));
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  // A file that says what it is.
  await open(page, '/hunt?q=*&keep=50');
  check('what is not kept is told', (await page.locator('.cnt').textContent()).includes('600 events, the newest 50 are kept'), await page.locator('.cnt').textContent());
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  check('so it is in the dialog', (await page.locator('.howmuch').textContent()).includes('50 of 600 rows'), await page.locator('.howmuch').textContent());
  await page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click();
  await page.locator('dialog .summary').waitFor();
  await accessible(page, 'an export without a reason');
  await shoot(page, 'hunt-export', false);
  const file = async (form) => {
    await page.getByRole('dialog').getByRole('radio', { name: form }).check();
    await page.getByRole('dialog').getByLabel('What it is for').fill('Case 7');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click()]);
    let text = '';
    for await (const part of await download.createReadStream()) text += part;
    await page.locator('dialog').waitFor({ state: 'detached' });
    return { name: download.suggestedFilename(), text };
  };
  const csv = await file('CSV');
  check('a file of its own name', /^hunt-\d{8}T\d{6}Z\.csv$/.test(csv.name), csv.name);
  check('with its head', ['"# query","*"', '"# rows","50"', '"# matched","600"', '"# whole","false"', '"# exported_by_name","Ana Reyes"', '"# reason","Case 7"'].every((line) => csv.text.includes(`${line}\r\n`)), csv.text.slice(0, 900));
  check('and its rows', csv.text.split('\r\n\r\n')[1].trim().split('\r\n').length === 51);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const lines = (await file('JSON lines')).text.trim().split('\n').map((line) => JSON.parse(line));
  check('and as JSON lines', lines.length === 51 && lines[0].export.matched === 600 && lines[1].fields.EventID >= 4624);
  const told = (await server.ask('eve', 'GET', '/audit?limit=200')).items;
  check('both are claims of the audit', told.filter((c) => c.value.verb === 'exportHunt' && c.value.reason?.includes('50 rows (there are more) of 600 events') && c.value.reason.includes('Case 7')).length === 2, JSON.stringify(told.map((c) => c.value)).slice(0, 1500));
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep up to 10,000' }).click();
  await page.waitForURL(/keep=10000/);
  await done(page);
  check('more are kept when asked for', (await page.locator('.cnt').textContent()).trim() === '600 events', await page.locator('.cnt').textContent());

  // What stands around an event.
  await page.locator('.grid').focus();
  for (let i = 0; i < 60; i++) await page.keyboard.press('j');
  const aimed = await page.locator('.gr.cur').getAttribute('aria-rowindex');
  check('the sixtieth is under the cursor', aimed === '62', aimed);
  await page.locator('.detail').getByRole('link', { name: 'Same source' }).click();
  await page.waitForURL(/around=/);
  await page.locator('.hunt.around .gr.centre').waitFor();
  check('fifty before and behind', (await page.locator('.cnt').textContent()).includes('50 before it, 50 behind it'), await page.locator('.cnt').textContent());
  const middle = new URL(page.url()).searchParams.get('around');
  check('the event is marked, and under the cursor', (await page.locator('.gr.centre.cur').count()) === 1 && (await page.locator('.detail').textContent()).includes(middle));
  await page.getByRole('button', { name: '10 each way' }).click();
  await page.getByText('10 before it, 10 behind it').waitFor();
  await page.getByRole('button', { name: 'Same host' }).click();
  await page.waitForURL(/by=host/);
  await page.locator('.hunt.around[data-busy=false] .gr.centre').waitFor();
  const hosts = new Set(await page.locator('.gr .gc:nth-child(3)').allTextContents());
  check('of one host', hosts.size === 1 && [...hosts][0].startsWith('ws-'), [...hosts].join());
  await page.keyboard.press('.');
  await everywhere(page, 'hunt-around', `/hunt?around=${middle}&each=10`, () => page.locator('.gr.centre').waitFor(), [1680, 390]);
  await visit(page, `/hunt?around=${middle}&lang=fr&theme=light`);
  check('in French, too', (await page.locator('.cnt').textContent()).includes('50 avant, 50 après'));
  await shoot(page, 'hunt-around-fr', false);
  await visit(page, '/hunt?around=0000-0000-0000&lang=en');
  await accessible(page, 'around what there is not');

  // Progress adds up, and is stopped: the server holds the search at a block (tests/api/test_api_hunts.c); here its answers are given.
  const going = (state, searched) => ({ id: 'a'.repeat(24), query: '*', state, created: new Date().toISOString(), ended: state === 'running' ? null : new Date().toISOString(), from: null, to: null, organisation: '', source: '',
    matched: 7, rows: 0, cut: false, exact: true, rows_done: false, progress: { blocks: 96, skipped: 20, counted: 4, searched, damaged: 0, left: 72 - searched } });
  let stopped = false;
  await page.route(/\/api\/v1\/hunts(\/|$)/, (route) => {
    const { pathname } = new URL(route.request().url());
    stopped = stopped || pathname.endsWith('/cancel');
    const body = pathname.endsWith('/rows') ? { items: [], next: stopped ? null : 'more' } : pathname.endsWith('/summary') ? { complete: false } : going(stopped ? 'cancelled' : 'running', 41);
    return route.fulfill({ status: route.request().method() === 'DELETE' ? 204 : 200, contentType: 'application/json', body: route.request().method() === 'DELETE' ? '' : JSON.stringify(body) });
  });
  await page.goto('/hunt?q=%2Fslow%2F&theme=light'); // it does not come to rest
  await page.locator('.going', { hasText: '65 of 96 blocks' }).waitFor();
  const sums = await page.locator('.sums').textContent();
  const [, doneBlocks, blocks] = /(\d+) of (\d+) blocks/.exec(sums).map(Number);
  const parts = ['skipped', 'counted', 'searched', 'left'].map((word) => Number(new RegExp(`(\\d+) ${word}`).exec(sums)[1]));
  check('skipped, counted, searched and left are all', parts.reduce((a, b) => a + b) === blocks && blocks - parts[3] === doneBlocks, sums);
  await accessible(page, 'hunt that runs');
  await shoot(page, 'hunt-running', false);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.going', { hasText: 'Cancelled: this is not all' }).waitFor();
  check('cancelled on the server, and what was looked at stays', stopped && (await page.locator('.sums').textContent()).includes('41 searched, 31 left'), await page.locator('.sums').textContent());
  await shoot(page, 'hunt-cancelled', false);
  await page.unroute(/\/api\/v1\/hunts(\/|$)/);

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
