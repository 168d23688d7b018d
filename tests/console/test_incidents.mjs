// From the queue to an incident: declared of chosen alerts, worked on, read as known before it was.
import { accessible, check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

await run(async () => {
  const server = await startServer({ accounts: [['ana', 'Ana Reyes', 'X24', 'national-analyst'], ['bo', 'Bo Lind', 'RXB', 'security-lead', '--organisation', 'RXB']] });
  await server.events(['ws-1', 'ws-2', 'ws-3'].map((host, i) => ({
    '@timestamp': new Date(Date.now() - 600_000 + i * 60_000).toISOString(), EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: host, Image: 'C:\\Users\\Public\\evil.exe',
  })));
  await server.ask('ana', 'POST', '/claims', { claims: [['RXA', 'General Hospital A'], ['RXB', 'General Hospital B']].map(([code, name]) => ({
    kind: 'org.upsert', subject: `org:${code}`, value: { name, role: 'trust', opened: '2010-01-01' }, valid_from: '2010-01-01T00:00:00Z', method: 'list', marking: 'TLP:GREEN',
  })) });
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

  // A form for one kind of entry: `fields` are filled in or, with a list's option, chosen.
  const fill = async (fields) => {
    const dialog = page.locator('dialog');
    await dialog.waitFor();
    for (const [label, text] of fields) {
      const field = dialog.getByLabel(label, { exact: true });
      if (await field.evaluate((e) => e.tagName === 'SELECT')) await field.selectOption(text);
      else await field.fill(text);
    }
    await dialog.getByRole('button', { name: 'Record' }).click();
    await dialog.waitFor({ state: 'detached' });
    await settle(page);
  };
  const say = async (button, fields) => {
    await page.locator('.acts').getByRole('button', { name: button, exact: true }).click();
    await fill(fields);
  };
  const further = async (entry, fields) => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: entry, exact: true }).click();
    await fill(fields);
  };
  await say('Note', [['Note', 'Ward 3 has pulled the plug.']]);
  await say('Decision', [['What was decided', 'Keep the message spine on'], ['Why', 'It is not affected.'], ['Options considered (optional)', 'Cut it\nKeep it on']]);
  await until('a decision says what else was considered', async () => (await server.ask('ana', 'GET', `/incidents/${id}`)).decisions[0].options.length === 2);
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
  await page.locator('tbody').getByRole('button', { name: /^Open/ }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await page.locator('tbody').getByRole('button', { name: /^Done/ }).waitFor();
  await until('a task is done by another claim', async () => (await server.ask('ana', 'GET', `/incidents/${id}`)).tasks[0].history.length === 2);
  await page.locator('tbody').getByRole('button', { name: /Owner of the task/ }).click();
  await fill([['Owner', { label: 'Ana Reyes' }], ['Due (optional)', '2020-01-02T03:04']]);
  await until('a task has an owner, and until when', async () => (await page.locator('tbody').textContent()).includes('Ana Reyes'));
  await page.locator('.past summary').click();
  await accessible(page, 'the history of a task');

  // The whole life: organisations and how they are, an alert by hand, evidence, command, phases, another incident.
  await further('Add an organisation', [['Organisation', 'RXB']]);
  await visit(page, `/incidents/${id}/organisations`);
  await until('an organisation is in it', async () => (await page.locator('tbody').textContent()).includes('General Hospital B'));
  await page.getByRole('button', { name: 'Say how it is General Hospital B' }).click();
  await page.locator('dialog').waitFor();
  await accessible(page, 'the state of an organisation');
  await shoot(page, 'incident-state', false);
  await fill([['State', 'disrupted'], ['Reason (optional)', 'Theatres are closed.']]);
  const once = async () => (await page.locator('.events li', { hasText: 'isrupted' }).textContent()).split('General Hospital B').length === 2;
  await until('its state is told, and who spoke last', async () => /Disrupted.*ago/s.test(await page.locator('tbody tr', { hasText: 'General Hospital B' }).textContent()));
  await visit(page, `/incidents/${id}`);
  await until('the timeline names it once, as a link', once);
  check('where all of it is seen at once, nothing is cut: how an organisation is, is said where they all are', (await page.getByRole('button', { name: /^Say how/ }).count()) === 0);
  await further('Raise an alert by hand', [['Organisation', 'RXB'], ['What was seen', 'A note asks for ransom'], ['Severity', 'critical'], ['Machine (optional)', 'ws-9']]);
  await visit(page, `/incidents/${id}/evidence`);
  await until('the alert belongs to it', async () => (await page.locator('tbody').textContent()).includes('A note asks for ransom'));
  await further('Link evidence', [['Kind', 'advisory'], ['Its id', 'CC-4217'], ['Reason (optional)', 'What they were told.']]);
  await until('so does an advisory', async () => (await page.locator('tbody').textContent()).includes('CC-4217'));
  await page.getByRole('button', { name: 'Unlink CC-4217' }).click();
  await fill([['Reason', 'The wrong one.']]);
  await until('and no longer', async () => !(await page.locator('tbody').textContent()).includes('CC-4217'));
  await further('Hand over command', [['Who commands from now on', { label: 'Ana Reyes' }]]);
  await say('Phase', [['Phase', 'contained']]);
  await until('how long it took shows', async () => (await server.ask('ana', 'GET', `/incidents/${id}`)).kpi.contain.seconds !== null);
  const splitting = page.getByRole('button', { name: 'More', exact: true });
  await splitting.click();
  await page.getByRole('menuitem', { name: 'Split off', exact: true }).click();
  await page.locator('dialog').getByLabel(/A note asks for ransom/).check();
  await accessible(page, 'splitting');
  await shoot(page, 'incident-split', false);
  await fill([['Title of the incident', 'Ransom at B'], ['Reason', 'Another gang.']]);
  await until('it names what was split off', async () => (await page.locator('.page').textContent()).includes('Split off: INC-'));
  const off = (await server.ask('ana', 'GET', `/incidents/${id}`)).split_off[0];
  await visit(page, `/incidents/${off}`);
  check('which says whence', (await page.locator('.page').textContent()).includes(`Split off from: ${id}`));
  await further('Merge into another', [['Incident that goes on', id], ['Reason', 'The same gang after all.']]);
  await until('merged, it leads to the one that goes on', async () => (await page.locator('.notice').textContent()).includes(id));
  await accessible(page, 'a merged incident');
  await say('Part again', [['Reason', 'No: another one.']]);
  await until('and stands alone again', async () => (await server.ask('ana', 'GET', `/incidents/${off}`)).state === 'open');
  await further('Stand down', [['Reason', 'Over.']]);
  await until('it is over', async () => (await page.locator('.pagehead').textContent()).includes('Stood down'));
  check('what is over takes no note', (await page.getByRole('button', { name: 'Note', exact: true }).count()) === 0);
  await say('Declare it anew', [['Reason (optional)', 'It came back.']]);
  await until('declared anew it is open', async () => (await page.locator('.acts').getByRole('button', { name: 'Note', exact: true }).count()) === 1);
  await page.locator('.acts').getByRole('button', { name: 'Decision', exact: true }).click();
  await page.locator('dialog').getByRole('button', { name: 'Record' }).click();
  await until('what is missing is said at its field', async () => (await page.locator('dialog .fault').count()) === 2);
  await accessible(page, 'what is missing');
  await page.keyboard.press('Escape');
  for (const part of ['overview', 'timeline', 'tasks', 'decisions', 'organisations', 'evidence']) await everywhere(page, `incident-${part}`, `/incidents/${id}/${part}`, undefined, [1680, 390]);
  await page.setViewportSize({ width: 1680, height: 1050 });
  await visit(page, `/incidents/${id}?lang=fr&theme=light`);
  await accessible(page, 'an incident in French');
  await shoot(page, 'incident-fr');
  await visit(page, `/incidents/${id}?at=${before}&lang=en`);
  check('before it was declared there is none', (await page.locator('.notice').textContent()).includes('not there'));
  await visit(page, '/incidents?lang=fr');
  check('in French', (await page.locator('.page').textContent()).includes('Délais') || (await page.locator('.page').textContent()).includes('Déclaré'));
  await accessible(page, 'incidents in French');
  await shoot(page, 'incidents-fr');
  await visit(page, `/incidents/${id}/timeline?lang=fr`);
  for (const text of ['déclaré : Evil on two wards, critique', 'décidé : Keep the message spine on, parce que It is not affected.', 'tâche faite : Call the site lead', 'rattaché : alerte A-']) {
    await until(`its story in French: ${text}`, async () => (await page.locator('.events').textContent()).includes(text));
  }
  await shoot(page, 'incident-timeline-fr');
  const other = await openPage(server);
  await signIn(other, server, 'bo');
  await visit(other, '/incidents?state=all');
  check('who is not in it does not see it', !(await other.locator('body').textContent()).includes('Evil on two wards'));
  clean(page, 'incidents');
});
