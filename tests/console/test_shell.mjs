// The states every page has: loading, failed, offline and back; one stream for all tabs; keys; budgets.
import { accessible, check, clean, openPage, openTab, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

/** Bytes over the wire of everything the page has fetched, and when it first drew. */
const measure = (page) => page.evaluate(() => {
  const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  return {
    bytes: all.reduce((sum, e) => sum + e.transferSize, 0), requests: all.length,
    shell: all.filter((e) => /\.(js|css)$/.test(e.name)).reduce((sum, e) => sum + e.encodedBodySize, 0),
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  };
});

await run(async () => {
  const server = await startServer({ accounts: [['root', 'Ada Price', 'X26', 'administrator'], ['mel', 'Mel Okafor', 'X26', 'national-analyst']] });
  const page = await openPage(server, { width: 1366, height: 768 });
  await signIn(page, server, 'root');

  // Budgets of the first visit. How long it took is said, and no verdict: other work shares the machine.
  await visit(page, '/account');
  const first = await measure(page);
  console.log(`  first visit: ${(first.bytes / 1024).toFixed(0)} KiB, ${first.requests} requests, scripts and styles ${(first.shell / 1024).toFixed(1)} KiB, first paint ${first.paint.toFixed(0)} ms`);
  check('the first page is 250 KiB at most', first.bytes <= 250 * 1024, `${first.bytes}`);
  await visit(page, '/account');
  const again = await measure(page);
  check('what was fetched is kept', again.bytes < 30 * 1024, `${again.bytes}`);

  // Whose it is and how it is marked, over every page: as configured, and anew after a reload.
  await visit(page, '/account');
  check('it is marked unless somebody says otherwise', (await page.locator('.marking').textContent()) === 'Marked TLP:AMBER');
  check('and has a name', (await page.locator('.svc').textContent()) === 'Security operations');
  await server.reload('service: Fédération hospitalière\nmarking: OFFICIAL-SENSITIVE\n');
  await visit(page, '/account');
  check('the operator names it', (await page.locator('.svc').textContent()) === 'Fédération hospitalière');
  check('and marks it', (await page.locator('.marking').textContent()) === 'Marked OFFICIAL-SENSITIVE');
  for (const width of [1366, 390, 320]) {
    await page.setViewportSize({ width, height: 768 });
    check(`both are seen at ${width} px`, (await page.locator('.svc').isVisible()) && (await page.locator('.marking').isVisible()));
    await accessible(page, `marking, ${width}`);
    await shoot(page, `marking-${width}`, false);
  }
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.emulateMedia({ media: 'print' });
  check('in print, too', (await page.locator('.marking').isVisible()) && !(await page.locator('.rail').isVisible()));
  await page.emulateMedia({ media: 'screen' });
  const stranger = await openPage(server, { width: 390, height: 844 });
  await visit(stranger, '/sign-in');
  check('and before anybody signs in', (await stranger.locator('.marking').textContent()) === 'Marked OFFICIAL-SENSITIVE');
  await accessible(stranger, 'marking at sign-in');
  await stranger.context().close();

  // Loading.
  await page.route('**/api/v1/users*', async (route) => { await new Promise((r) => { setTimeout(r, 1500); }); await route.continue(); });
  await page.goto('/admin/users');
  await page.locator('.skeleton.on').waitFor();
  await accessible(page, 'loading');
  await shoot(page, 'state-loading', false);
  await settle(page);
  await page.unroute('**/api/v1/users*');

  // Failed: what, which request, and another try.
  await page.route('**/api/v1/roles*', (route) => route.fulfill({
    status: 500, contentType: 'application/problem+json', headers: { 'X-Request-Id': '00c0ffee00c0ffee' }, body: '{"title":"Internal Server Error","status":500,"detail":"this went wrong; the server\'s log says how"}',
  }));
  page.expected = /status of (401|500)|ERR_(CONNECTION|EMPTY|NETWORK|ABORTED|INTERNET)/;
  await page.getByRole('link', { name: 'Roles' }).click();
  await page.getByRole('alert').waitFor();
  check('the request is named', (await page.getByRole('alert').textContent()).includes('00c0ffee00c0ffee'));
  await accessible(page, 'failed');
  await shoot(page, 'state-failed', false);
  await page.unroute('**/api/v1/roles*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await settle(page);
  await until('another try brings it', async () => (await page.locator('tbody tr').count()) === 2);

  // Every page while nothing comes, and when nothing can be had.
  const pages = ['/', '/figures', '/alerts', '/alerts/A-7K2M-9QXF', '/incidents', '/incidents/INC-2026-7QK2', '/hunt?q=*', '/organisations', '/organisations/RXB', '/rules', '/sources', '/sources/ward', '/admin/audit', '/claims/K7QM-2F9A-XHP3'];
  const every = await openPage(server, { width: 900, height: 700 });
  every.expected = /./;
  await signIn(every, server, 'mel');
  const data = /\/api\/v1\/(?!session)/;
  for (const [state, mark, answer] of [
    ['loading', '.skeleton.on', () => new Promise(() => undefined)],
    ['failed', '.notice.bad', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"Internal Server Error","status":500,"detail":"this went wrong; the server\'s log says how"}' })],
  ]) {
    await every.route(data, answer);
    for (const where of pages) {
      await every.goto(`${where}${where.includes('?') ? '&' : '?'}theme=${state === 'failed' ? 'dark' : 'light'}`);
      await every.locator('h1').first().waitFor({ state: 'attached' });
      if (!(state === 'loading' && where === '/hunt?q=*')) await every.locator(mark).first().waitFor();
      await accessible(every, `${state}: ${where}`);
    }
    await every.unroute(data, answer);
  }
  await every.context().close();

  // The server goes and comes back.
  await visit(page, '/admin/users');
  await server.stop();
  await page.getByRole('link', { name: 'API tokens' }).click();
  await page.locator('.offline').waitFor();
  check('no answer is told, with since when', /No answer from the server since \d\d:\d\d/.test(await page.locator('.offline').textContent()));
  await accessible(page, 'offline');
  await shoot(page, 'state-offline', false);
  await server.start();
  await page.getByRole('button', { name: 'Try again' }).click();
  await settle(page);
  await until('it is back', async () => (await page.locator('.offline').count()) === 0);

  // A page that is not there, and a way of getting anywhere by keys.
  await visit(page, '/nothing/here');
  check('no such page', (await page.locator('h1').textContent()) === 'There is no such page');
  await accessible(page, 'no such page');
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.waitForURL('**/admin/users');
  check('g and a letter goes there', true);
  await page.keyboard.press('Tab');
  await page.goto('/account');
  await settle(page);
  await page.keyboard.press('Tab');
  check('the first stop of the keyboard skips to what matters', (await page.evaluate(() => document.activeElement?.textContent)) === 'Skip to main content');
  await shoot(page, 'skip', false);
  await page.emulateMedia({ forcedColors: 'active' });
  await visit(page, '/admin/users');
  await shoot(page, 'forced-colours', false);
  await page.emulateMedia({ forcedColors: 'none' });
  clean(page, 'shell');

  // Three tabs, one stream; whoever leads may go.
  const one = await openPage(server, { width: 1366, height: 768 });
  await signIn(one, server, 'mel');
  let streams = 0;
  let open = 0;
  const tabs = [one, await openTab(one), await openTab(one)];
  for (const tab of tabs) {
    tab.on('request', (request) => { streams += request.url().endsWith('/claims/stream') ? 1 : 0; });
    tab.on('response', (response) => { open += response.url().endsWith('/claims/stream') ? 1 : 0; });
    await visit(tab, '/account');
    await tab.evaluate(async () => {
      const main = document.querySelector('script[type=module]').src;
      const { listen } = (await import(main)).forTests;
      window.heard = [];
      listen('/claims/stream', (event) => window.heard.push(event.name));
    });
  }
  await until('a stream is opened', () => open === 1);
  check('three tabs have one stream', streams === 1, `${streams}`);
  const claim = { claims: [{ kind: 'status.claim', subject: 'org:X26', value: { state: 'exposed' }, method: 'telephone' }] };
  await server.ask('mel', 'POST', '/claims', claim);
  const heard = async (tab) => tab.waitForFunction(() => window.heard.includes('claim'), null, { timeout: 120000 }).then(() => true, () => false);
  check('all of them hear it', (await heard(tabs[0])) && (await heard(tabs[1])) && (await heard(tabs[2])));
  await tabs[0].close();
  await until('another stream is opened', () => open === 2);
  await tabs[1].evaluate(() => { window.heard = []; });
  await tabs[2].evaluate(() => { window.heard = []; });
  claim.claims[0].value.state = 'clear';
  await server.ask('mel', 'POST', '/claims', claim);
  check('another tab takes over', (await heard(tabs[1])) && (await heard(tabs[2])));
  check('by a stream of its own', streams === 2, `${streams}`);
  clean(tabs[2], 'streams');
});
