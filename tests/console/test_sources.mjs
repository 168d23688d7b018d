// Sources with their loss ledger: the silent ones first, what was lost stands out.
import { check, clean, everywhere, openPage, run, shoot, signIn, startServer, visit } from './kit.mjs';

await run(async () => {
  const server = await startServer({ accounts: [['mel', 'Mel Okafor', 'X26', 'national-analyst']] });
  await server.events(Array.from({ length: 20 }, (_, i) => ({ EventID: 1, Image: `C:\\tool${i}.exe`, Computer: 'ws1' })));
  const page = await openPage(server);
  await signIn(page, server, 'mel');
  await everywhere(page, 'sources', '/sources', undefined, [1680, 320]);
  await visit(page, '/sources?theme=light');
  check('who was never heard is unknown, and first', (await page.locator('tbody tr').first().textContent()).includes('Unknown: never heard'));
  await page.getByRole('link', { name: 'ward', exact: true }).click();
  await page.locator('.sum').waitFor();
  check('the ledger balances', (await page.locator('.sources').textContent()).includes('The ledger balances: 20 = 20 + 0 + 0'), await page.locator('.sources').textContent());
  await everywhere(page, 'source', '/sources/ward', undefined, [1366, 320]);
  await visit(page, '/sources?lang=fr&theme=light');
  await shoot(page, 'sources-fr');
  // What is no event is refused, with a reason; the ledger still balances.
  await server.events(['no event', ...Array.from({ length: 5 }, (_, i) => ({ EventID: 1, Image: `C:\\later${i}.exe`, Computer: 'ws1' }))]);
  await visit(page, '/sources/ward?lang=en&theme=light');
  check('refused records have their reason', (await page.locator('.reasons tbody tr').count()) === 1, await page.locator('.sources').textContent());
  check('and the ledger balances with them', (await page.locator('.sources').textContent()).includes('The ledger balances: 26 = 25 + 1 + 0'), await page.locator('.sources').textContent());
  check('the last day is drawn, and said in words', /26 in all, 1 of them lost/.test(await page.locator('.chart').getAttribute('aria-label')), await page.locator('.chart').getAttribute('aria-label'));
  await everywhere(page, 'source-lost', '/sources/ward', undefined, [1680, 390]);
  await everywhere(page, 'source-never', '/sources/lab', undefined, [1680, 390]);
  await visit(page, '/sources/lab?theme=light');
  check('who was never heard is not known', (await page.locator('.notice.warn').textContent()).includes('never heard'));
  clean(page, 'sources');
});
