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
  clean(page, 'sources');
});
