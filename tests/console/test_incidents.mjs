// From the queue to an incident: declared of chosen alerts, worked on, read as known before it was.
import { accessible, check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

await run(async () => {
  const server = await startServer({ accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst'], ['bo', 'Bo Lind', 'RXB', 'security-lead', '--organisation', 'RXB']] });
  await server.events(['ws-1', 'ws-2', 'ws-3'].map((host, i) => ({
    '@timestamp': new Date(Date.now() - 600_000 + i * 60_000).toISOString(), EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: host, Image: 'C:\\Users\\Public\\evil.exe',
  })));
  const before = new Date(Date.now() - 300_000).toISOString();
  const page = await openPage(server);
  await signIn(page, server, 'ana');
  await until('findings become alerts', async () => (await server.ask('ana', 'GET', '/alerts')).total === 3);
  await visit(page, '/incidents');
  await accessible(page, 'no incident');
  await visit(page, '/alerts');
  await page.locator('.grid').focus();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('i');
  await page.locator('dialog').waitFor();
  await accessible(page, 'declaring an incident');
  await shoot(page, 'incident-declare', false);
  await page.getByLabel('Title').fill('Evil on two wards');
  await page.locator('dialog').getByRole('button', { name: 'Declare incident' }).click();
  await page.waitForURL(/\/incidents\/INC-/);
  await settle(page);
  const id = new URL(page.url()).pathname.split('/')[2];
  check('it has its title', (await page.locator('h1').textContent()) === 'Evil on two wards');

  const say = async (button, fields) => {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await page.locator('dialog').waitFor();
    for (const [label, text] of fields) await page.locator('dialog').getByLabel(label, { exact: true }).fill(text);
    await page.locator('dialog').getByRole('button', { name: 'Record' }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    await settle(page);
  };
  await say('Note', [['Note', 'Ward 3 has pulled the plug.']]);
  await say('Decision', [['What was decided', 'Keep the message spine on'], ['Why', 'It is not affected.']]);
  await say('Task', [['What is to be done', 'Call the site lead']]);
  await until('the note is on the timeline', async () => (await page.locator('.events').textContent()).includes('Ward 3 has pulled the plug.'));
  await until('the task is there', async () => (await page.locator('.inccols').textContent()).includes('Call the site lead'));
  check('what is not known is not nought', (await page.locator('.kpi .hatch').count()) > 0);
  await everywhere(page, 'incident', `/incidents/${id}`, undefined, [1680, 1366, 390]);
  await page.setViewportSize({ width: 1680, height: 1050 });
  for (const part of ['timeline', 'tasks', 'decisions', 'organisations', 'evidence']) {
    await visit(page, `/incidents/${id}/${part}?theme=light`);
    await accessible(page, `incident: ${part}`);
  }
  await until('two alerts are linked', async () => (await page.locator('tbody tr').count()) === 2);
  await shoot(page, 'incident-evidence');
  await visit(page, `/incidents/${id}/tasks`);
  await page.locator('tbody').getByRole('button', { name: 'Open' }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await page.locator('tbody').getByRole('button', { name: 'Done' }).waitFor();
  await until('a task is done by another claim', async () => (await server.ask('ana', 'GET', `/incidents/${id}`)).tasks[0].history.length === 2);
  await visit(page, `/incidents/${id}?at=${before}`);
  check('before it was declared there is none', (await page.locator('.notice').textContent()).includes('not there'));
  await visit(page, '/incidents?lang=fr');
  check('in French', (await page.locator('.page').textContent()).includes('Délais') || (await page.locator('.page').textContent()).includes('Déclaré'));
  await accessible(page, 'incidents in French');
  await shoot(page, 'incidents-fr');
  const other = await openPage(server);
  await signIn(other, server, 'bo');
  await visit(other, '/incidents?state=all');
  check('who is not in it does not see it', !(await other.locator('body').textContent()).includes('Evil on two wards'));
  clean(page, 'incidents');
});
