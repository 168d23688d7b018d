// Organisations over the record of May 2017: the list as the picture links to it, and one of them
// with its state and history as known at one time.
import { EVENING, check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, visit } from './kit.mjs';

const said = (page) => page.locator('.pagehead [role=status]').textContent();

await run(async () => {
  const server = await startServer({
    exercise: 'may-2017',
    accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst']],
  });
  const page = await openPage(server);
  await signIn(page, server, 'ana');
  await visit(page, `/?at=${EVENING}&theme=light`);
  await page.locator('.say a.s-infected').click();
  await page.waitForURL('**/organisations?state=infected**');
  await settle(page);
  check('the picture\'s 37 infected trusts are listed', (await said(page)).startsWith('37 organisations'), await said(page));
  check('and all of them are infected', (await page.locator('tbody tr', { hasText: 'Infected' }).count()) === 37);
  await everywhere(page, 'organisations', `/organisations?role=trust&state=infected&at=${EVENING}`, undefined, [1680, 390]);
  await visit(page, `/organisations?role=trust&state=infected&at=${EVENING}&theme=light`);
  const first = page.locator('tbody th a').first();
  const name = await first.textContent();
  await first.click();
  await page.waitForURL('**/organisations/*?at=**');
  await settle(page);
  const where = new URL(page.url());
  check('one of them by its name', (await page.locator('h1').textContent()) === name);
  check('its state was said by somebody', /Infected.*says NHS England/s.test(await page.locator('.nowstate').first().textContent()), await page.locator('.nowstate').first().textContent());
  check('its history has that claim', (await page.locator('[aria-labelledby=h-history] li', { hasText: 'Infected' }).count()) > 0);
  await everywhere(page, 'organisation', where.pathname + where.search, undefined, [1680, 390]);
  await visit(page, `${where.pathname}?at=2017-05-12T08:00:00Z&theme=light`);
  check('in the morning nobody had said anything', (await page.locator('.nowstate').textContent()).includes('Unknown'), await page.locator('.nowstate').textContent());

  await visit(page, `/organisations?at=${EVENING}`);
  await page.getByLabel('Name or code').fill(name.slice(0, 12));
  await page.keyboard.press('Enter');
  await page.waitForURL('**text=**');
  await settle(page);
  check('a name is found', (await page.locator('tbody th', { hasText: name }).count()) === 1);
  await visit(page, `/organisations?text=nobody-is-called-this&at=${EVENING}`);
  check('none is said to be none', (await page.locator('.notice').textContent()).includes('No organisation'));
  await visit(page, '/organisations/ZZZZ');
  check('who is not there is not found', (await page.locator('.notice').textContent()).includes('not there'));
  await visit(page, `${where.pathname}?at=${EVENING}&lang=fr`);
  check('in French', (await page.locator('.page').textContent()).includes('Infecté'));
  await shoot(page, 'organisation-fr');
  clean(page, 'organisations');
});
