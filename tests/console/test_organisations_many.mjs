// Hundreds of organisations, and one with all that can be said of it: whom to call, who may act in
// its house, a service's state; and a record in which there is none.
import { check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

const COUNT = 640;
const REGIONS = ['North', 'Midlands', 'East', 'London', 'South East', 'South West', 'Wales', 'Isles'];
const code = (i) => `T${String(i).padStart(4, '0')}`;

await run(async () => {
  const server = await startServer({ accounts: [
    ['ana', 'Ana Reyes', 'T0001', 'national-analyst'], ['lea', 'Léa Martin', 'T0002', 'executive', '--organisation', 'T0002'], ['bo', 'Bo Lind', 'T0002', 'security-lead', '--organisation', 'T0002'],
  ] });
  const page = await openPage(server);
  await signIn(page, server, 'ana');
  await everywhere(page, 'picture-none', '/', undefined, [1680, 390]);
  await visit(page, '/?theme=light');
  check('of none it says so', (await page.locator('.say').textContent()) === 'No organisation is known.');
  check('without organisations it says how they come', (await page.locator('.mapcol').textContent()).includes('cordon organisations import'));

  const claims = [
    ...REGIONS.map((name, i) => ({ kind: 'org.upsert', subject: `org:Y${i}`, value: { name, role: 'region', opened: '2010-01-01' } })),
    ...Array.from({ length: COUNT }, (_, i) => ({ kind: 'org.upsert', subject: `org:${code(i)}`, value: { name: `General Hospital number ${i} of the Federated Foundation`, role: 'trust', region: `Y${i % REGIONS.length}`, opened: '2010-01-01' } })),
  ].map((claim) => ({ ...claim, valid_from: '2010-01-01T00:00:00Z', method: 'list', marking: 'TLP:GREEN' }));
  const states = ['infected', 'disrupted', 'disconnected', 'contained', 'clear', 'recovered', 'contacted', 'exposed'];
  claims.push(...Array.from({ length: 200 }, (_, i) => ({ kind: 'status.claim', subject: `org:${code(i * 3)}`, value: { state: states[i % states.length], reason: 'Said on the telephone.' }, method: 'telephone' })));
  for (let at = 0; at < claims.length; at += 100) await server.ask('ana', 'POST', '/claims', { claims: claims.slice(at, at + 100) });
  await server.ask('ana', 'POST', '/claims', { claims: [
    { role: 'security', order: 1, channel: 'mobile', address: '+44 7700 900123', name: 'Joy Marchetti', hours: 'day and night', independent: true },
    { role: 'security', order: 2, channel: 'mail', address: 'security@trust.example', name: 'Security desk', hours: 'Mon-Fri 8-18' },
    { role: 'executive', order: 1, channel: 'telephone', address: '01632 960001', name: 'Chief executive' },
    { role: 'on-call', order: 1, channel: 'radio', address: 'Channel 4' },
  ].map((value) => ({ kind: 'contact', subject: 'org:T0002', value, method: 'telephone' })) });
  // Who may delegate is in the house itself.
  const able = [];
  for (const who of ['lea', 'bo']) {
    const { rights } = await server.ask(who, 'GET', '/session');
    if (rights.includes('delegation.write')) able.push(who);
  }
  check('somebody in the house may delegate', able.length > 0);
  await server.ask(able[0], 'POST', '/delegations', { to: 'T0001', right: 'containment.execute', until: new Date(Date.now() + 7 * 86_400_000).toISOString(), reason: 'While the worm spreads.' });

  // What is known now may be five seconds old.
  await until('all of them are on the picture', async () => {
    await visit(page, '/?theme=light');
    return (await page.locator('.say').textContent()).includes(`of ${COUNT}`);
  });
  await everywhere(page, 'picture-many', '/');
  await page.setViewportSize({ width: 1680, height: 1050 });
  await visit(page, '/?theme=light&lang=fr');
  check('states are in the plural of French', /25 infectés/.test(await page.locator('.legend').textContent()), await page.locator('.legend').textContent());
  await shoot(page, 'picture-many-fr');
  await visit(page, '/organisations/T0002?lang=en');
  const contacts = page.locator('[aria-labelledby=h-contacts]');
  await until('whom to call first comes first', async () => (await contacts.locator('li').first().textContent()).includes('Joy Marchetti'));
  check('a number can be called', (await contacts.getByRole('link', { name: '+44 7700 900123' }).getAttribute('href')) === 'tel:+447700900123');
  check('an address written to', (await contacts.getByRole('link', { name: 'security@trust.example' }).getAttribute('href')) === 'mailto:security@trust.example');
  await until('who may act in its house has a name', async () => (await page.locator('[aria-labelledby=h-delegations]').textContent()).includes('General Hospital number 1 '));
  await until('so has its region', async () => (await page.locator('.saidof').textContent()).includes('East'));
  await everywhere(page, 'organisation-full', '/organisations/T0002', undefined, [1680, 390]);
  await page.setViewportSize({ width: 1680, height: 1050 });
  await visit(page, '/organisations/T0002?lang=fr&theme=light');
  await until('its contacts in French', async () => (await contacts.textContent()).includes('Astreinte'));
  await shoot(page, 'organisation-full-fr');
  await visit(page, '/organisations?lang=en');
  await page.getByRole('button', { name: 'Show more' }).click();
  await settle(page);
  await until('the list goes on', async () => (await page.locator('tbody tr').count()) > 200);
  clean(page, 'many organisations');
});
