// The national picture over the record of May 2017: as known at eight in the evening of the 12th,
// before and after; each number leads to its claims.
import { EVENING, accessible, check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

const say = (page) => page.locator('.say').textContent();

await run(async () => {
  const server = await startServer({
    exercise: 'may-2017',
    accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst']],
  });
  const page = await openPage(server);
  await signIn(page, server, 'ana');
  await everywhere(page, 'picture', `/?at=${EVENING}`);
  await page.setViewportSize({ width: 1680, height: 1050 });
  await visit(page, `/?at=${EVENING}&theme=light`);
  check('37 trusts were known to be infected then', /37 are infected/.test(await say(page)), await say(page));
  check('who has said nothing is unknown', /Of 197 nothing is known/.test(await say(page)), await say(page));
  check('it says whom that is out of', /of 239/.test(await say(page)));
  const row = page.locator('.led tr', { hasText: 'Organisations infected' }).first();
  check('45 organisations in all', /infected45 organisations/.test(await row.textContent()), await row.textContent());
  await visit(page, '/?at=2017-05-12T10:00:00Z');
  check('two hours before, nobody was', !/infected/.test(await say(page)), await say(page));
  await visit(page, '/?at=2018-10-01T00:00:00Z&role=trust');
  const affected = page.locator('.led tr', { hasText: 'Trusts affected' }).first();
  check('80 in the end', /affected80 /.test(await affected.textContent()), await affected.textContent());
  await visit(page, `/?at=${EVENING}`);

  await page.getByRole('button', { name: 'As table' }).click();
  await accessible(page, 'picture as a table');
  await shoot(page, 'picture-table');
  await page.getByRole('button', { name: 'As table' }).click();
  const tile = page.locator('.tile[aria-pressed=true]');
  await tile.focus();
  await page.keyboard.press('ArrowRight');
  await until('arrow keys go from area to area', async () => (await page.locator('.tile[aria-pressed=true]').getAttribute('id')) === (await page.evaluate(() => document.activeElement.id)));

  // What spreads: the largest first, and how many more there are.
  const cluster = (hosts, i) => ({ id: `S-0000-0000-000${i}`, technique: 'T1210', title: `Cluster of ${hosts}`, first: EVENING, last: EVENING, organisations: 1, hosts, rate_hosts_per_minute: '0.5', state: 'quiet' });
  await page.route('**/api/v1/spread?*', (route) => route.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify({ items: [2, 6, 3, 2, 71, 4].map(cluster) }) }));
  await visit(page, `/?at=${EVENING}`);
  const clusters = page.getByRole('region', { name: 'What is spreading' });
  await until('what took the most machines is seen first', async () => /71/.test(await clusters.locator('li').first().textContent()));
  await clusters.getByRole('button', { name: 'All 6' }).click();
  await until('and all of it when asked for', async () => (await clusters.locator('li').count()) === 6);
  await page.unroute('**/api/v1/spread?*');
  await visit(page, `/?at=${EVENING}`);

  await row.getByRole('link').click();
  await page.waitForURL('**/figures/organisations.infected**');
  await settle(page);
  check('the figure keeps the time that was chosen', Date.parse(new URL(page.url()).searchParams.get('at')) === Date.parse(EVENING), page.url());
  check('its claims are there', (await page.locator('a[href^="/claims/"]').count()) >= 45);
  await accessible(page, 'figure');
  await shoot(page, 'figure');
  await page.locator('a[href^="/claims/"]').last().click();
  await page.waitForURL('**/claims/**');
  await settle(page);
  check('a claim says who said it', (await page.locator('.saying').textContent()).includes('org:'));
  await accessible(page, 'claim');
  await shoot(page, 'claim');
  await visit(page, `/figures?at=${EVENING}`);
  await accessible(page, 'figures');
  await shoot(page, 'figures');
  await visit(page, `/?at=${EVENING}&lang=fr`);
  check('in French', /37 sont infectés/.test(await say(page)), await say(page));
  await accessible(page, 'picture in French');
  await shoot(page, 'picture-fr');
  clean(page, 'picture');
});
