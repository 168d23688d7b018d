// Rules and coverage: the matrix in its three readings, the rules and those refused, how one has
// done, a trial over stored events, and a suppression from it until it is ended.
import { RULE, accessible, check, clean, everywhere, openPage, run, settle, shoot, signIn, startServer, until, visit } from './kit.mjs';

const ID = '5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11';
const other = (i, tags, level, product = 'windows') => `title: Rule number ${i}
id: 5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e${20 + i}
status: experimental
author: Cordon
date: 2026-03-0${i}
references: [https://attack.example/${i}]
falsepositives: [Administrators at work]
tags: [${tags}]
logsource: {product: ${product}}
detection:
    selection: {CommandLine|contains: 'thing${i}'}
    condition: selection
level: ${level}
`;
const rules = [
  RULE, other(1, 'attack.t1059.001, attack.execution', 'critical'), other(2, 'attack.t1059', 'medium'), other(3, 'attack.t1003.001', 'low', 'linux'), other(4, 'attack.t1003.001', 'low', 'linux'),
  other(5, 'car.2013-05-002', 'informational'), other(6, 'attack.t1486', 'high').replace('CommandLine|contains', 'CommandLine|whatever'),
];

await run(async () => {
  const server = await startServer({ rules, accounts: [['mel', 'Mel Okafor', 'X26', 'national-analyst'], ['kit', 'Kit Ng', 'X26', 'auditor']] });
  const evil = (i) => ({ EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Image: 'C:\\evil.exe', CommandLine: `evil ${i}`, Computer: i % 3 ? 'PACS-01' : `WARD-${i}`, User: 'svc-backup' });
  await server.events(Array.from({ length: 12 }, (_, i) => evil(i)));
  const page = await openPage(server);
  await signIn(page, server, 'mel');
  await everywhere(page, 'coverage', '/rules', undefined, [1680, 390]);
  await visit(page, '/rules?theme=light');
  check('fourteen or more tactics', (await page.locator('.tactic').count()) >= 14);
  const cell = page.locator('.cell', { hasText: 'T1059' }).first();
  check('two rules for T1059', (await cell.locator('.cv').textContent()).startsWith('2'), await cell.textContent());
  await page.getByRole('button', { name: 'Data', exact: true }).click();
  await page.waitForURL(/read=data/); // written up to 200 ms after it is shown
  check('how it is read is in the address', new URL(page.url()).searchParams.get('read') === 'data');
  await page.getByRole('button', { name: 'No data', exact: true }).click();
  await page.getByRole('button', { name: 'Open sub-techniques' }).click();
  check('rules without data are blind, not nought', (await page.locator('.cell.sub.blind').count()) >= 1);
  await accessible(page, 'coverage by data');
  await shoot(page, 'coverage-data', false);
  await everywhere(page, 'coverage-hits', '/rules?read=hits&only=covered&sub=1', undefined, [1680, 390]);
  await everywhere(page, 'coverage-table', '/rules?view=table&only=covered', undefined, [1680, 390]);
  await visit(page, '/rules?theme=light');
  const layer = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Navigator layer' }).click()]).then(([d]) => d.createReadStream());
  let text = '';
  for await (const part of layer) text += part;
  check('the layer is one of the Navigator', JSON.parse(text).versions.layer === '4.5');

  await everywhere(page, 'rules', '/rules?tab=list', undefined, [1680, 390]);
  await visit(page, '/rules?tab=list&theme=light');
  const all = await page.locator('tbody tr').count();
  await page.getByLabel('Name').fill('evil');
  await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length < n, all);
  await page.waitForURL(/title=ev/);
  check('rules are found by name', (await page.locator('tbody tr').count()) === 1 && new URL(page.url()).searchParams.get('title') === 'evil');
  await everywhere(page, 'rules-refused', '/rules?tab=refused', undefined, [1680, 390]);
  check('a rule that cannot be honoured is refused, with the reason', (await page.locator('tbody').textContent()).includes('whatever'));
  await visit(page, '/rules?tab=list&title=nothing+has+this+name&theme=light');
  await accessible(page, 'no rule');

  await visit(page, '/rules?tab=list&theme=light');
  await page.getByRole('link', { name: 'Evil ran' }).click();
  await page.waitForURL(`**/rules/${ID}`);
  await settle(page);
  check('nobody has judged it', (await page.locator('.sum').textContent()).includes('Nobody has judged it yet'));
  await everywhere(page, 'rule', `/rules/${ID}`, undefined, [1680, 390]);
  await visit(page, `/rules/${ID}?theme=light`);
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.locator('.found').waitFor();
  check('the trial found what there is', (await page.locator('.found').textContent()).includes('12 findings in 7 days'), await page.locator('.found').textContent());
  check('with hosts and examples', (await page.locator('.two').textContent()).includes('PACS-01') && (await page.getByRole('region', { name: 'Examples' }).locator('tbody tr').count()) > 0);
  await page.waitForURL(/trial=/);
  const tried = page.url();
  await everywhere(page, 'rule-tried', tried.slice(tried.indexOf('/rules')), () => page.locator('.found').waitFor(), [1680, 390]);
  await page.getByRole('button', { name: 'Discard' }).click();

  await page.getByRole('button', { name: 'A suppression' }).click();
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByRole('alert').waitFor();
  await accessible(page, 'a suppression without a scope');
  await shoot(page, 'rule-scope-fault');
  await page.getByLabel('Organisation').fill('RXA');
  await page.getByLabel('Host').fill('PACS-01');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.locator('.found').waitFor();
  check('it says what it would have hidden', (await page.locator('.found').textContent()).includes('8 of 12 findings'), await page.locator('.found').textContent());
  await page.waitForURL(/trial=/);
  const asked = page.url();
  await everywhere(page, 'suppression-tried', asked.slice(asked.indexOf('/rules')), () => page.locator('.found').waitFor(), [1680, 390]);
  await page.getByRole('button', { name: 'Suppress', exact: true }).click();
  check('a reason is needed', (await page.locator('.suppress .fault').count()) === 1);
  await page.getByLabel('Reason').fill('The backup of the imaging store is named like that');
  await page.getByRole('button', { name: 'Suppress', exact: true }).click();
  await page.getByText('The suppression is in force').waitFor();
  await page.locator('.sups').waitFor();
  check('it is in force', (await page.locator('.sups').textContent()).includes('In force'), await page.locator('.sups').textContent());
  check('with what came of trying it', (await page.locator('.sups').textContent()).includes('8 of 12 in 7 days'));
  await server.events([evil(1), evil(2), evil(3)]);
  await everywhere(page, 'suppressions', '/rules?tab=suppressions', undefined, [1680, 390]);
  await visit(page, `/rules/${ID}?theme=light`);
  await page.getByRole('button', { name: 'End it' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('The backup was renamed');
  await accessible(page, 'end a suppression');
  await shoot(page, 'suppression-end', false);
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await page.locator('.sups .tag', { hasText: 'Ended' }).waitFor();
  check('the reason is with it', (await page.locator('.sups').textContent()).includes('The backup was renamed'));
  // Its text, as it was read.
  await visit(page, `/rules/${ID}?theme=light`);
  check('the text is shown, with whose it is', (await page.locator('.yaml').textContent()).includes("Image|endswith: '\\evil.exe'") && (await page.locator('.panel', { has: page.locator('.yaml') }).locator('.sub').textContent()).includes('Cordon'), await page.locator('.yaml').textContent());
  check('coloured by elements', (await page.locator('.yaml .y-key').count()) > 8 && (await page.locator('.yaml .y-str').count()) > 0);
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.locator('.found').waitFor();
  await until('its trials are told', async () => (await page.locator('.trials').textContent()).includes('15 findings in 7 days'));
  const before = new Date(Date.now() - 3600_000).toISOString();
  await visit(page, `/rules/${ID}?at=${before}&theme=light`);
  check('as known an hour ago there was no alert', (await page.locator('.sum').textContent()).includes('Nobody has judged it yet') && (await page.locator('.sum dd').nth(1).textContent()).startsWith('0'), await page.locator('.sum').textContent());
  check('nor anything suppressed', (await page.locator('.sups').count()) === 0);
  await everywhere(page, 'rule-then', `/rules/${ID}?at=${before}`, undefined, [1680, 390]);

  // From a hunt to a draft, which says what it leaves out.
  const wanted = 'Image:*\\evil.exe AND CommandLine:/^evil [0-9]+$/i AND NOT host:WARD-0 AND org:RXA';
  await visit(page, `/hunt?q=${encodeURIComponent(wanted)}&theme=light`);
  await page.locator('.hunt[data-busy=false]').waitFor();
  await page.getByRole('link', { name: 'Make a rule' }).click();
  await page.waitForURL(/\/rules\/new\?/);
  await page.locator('.checked .tag.on').waitFor();
  const notes = page.getByRole('region', { name: 'What the rule does not say as the query did' });
  check('what cannot be said is named', (await notes.locator('tbody tr').count()) === 1 && (await notes.textContent()).includes('org:RXA'), await notes.textContent());
  const shown = () => page.locator('#rule-text').evaluate((e) => [...e.shadowRoot.querySelectorAll('.cm-line')].map((l) => l.textContent).join('\n'));
  const drafted = await shown();
  check('the rest is the rule', ["product: 'windows'", "category: 'process_creation'", "Image|endswith: '\\evil.exe'", "CommandLine|re|i: '^evil [0-9]+$'", "'WARD-0'", 'not filter'].every((part) => drafted.includes(part)), drafted);
  const address = new URL(page.url());
  await everywhere(page, 'rule-draft', address.pathname + address.search, () => page.locator('.checked .tag.on').waitFor(), [1680, 390]);
  await visit(page, `${address.pathname}${address.search}&theme=light`);
  await page.locator('.checked .tag.on').waitFor();
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.locator('.found').waitFor();
  const hits = Number(/(\d+) findings/.exec(await page.locator('.found').textContent())?.[1]);
  check('tried, it finds what the hunt found', hits === 14, await page.locator('.found').textContent());
  await shoot(page, 'rule-draft-tried');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download it' }).click()]);
  let yaml = '';
  for await (const part of await download.createReadStream()) yaml += part;
  check('it is a file', download.suggestedFilename() === 'drafted_from_a_hunt.yml' && yaml.startsWith('# Left out, column'), download.suggestedFilename());
  check('and in force nowhere', !(await server.ask('mel', 'GET', '/rules')).items.some((r) => r.title === 'Drafted from a hunt'));
  // Spoilt, the server says where.
  await page.locator('#rule-text').evaluate((e) => e.shadowRoot.querySelector('.cm-content').focus());
  await page.keyboard.press('Control+End');
  await page.keyboard.type('nonsense: [');
  await page.locator('.checked .tag.bad').first().waitFor();
  check('what is no rule cannot be tried', (await page.locator('.checked').textContent()).includes('Cannot be used') && (await page.locator('.checked').textContent()).includes('line'), await page.locator('.checked').textContent());
  await accessible(page, 'a draft that is none');
  await shoot(page, 'rule-draft-wrong');
  await visit(page, `/rules/new?q=${encodeURIComponent('org:RXA | count by host')}&theme=light`);
  await page.getByText('Nothing of this query can be said by a rule.').waitFor();
  await accessible(page, 'nothing to draft');
  await shoot(page, 'rule-draft-none');
  await visit(page, '/rules/new?theme=light');
  await page.locator('.checked .tag').first().waitFor();
  await accessible(page, 'a rule from nothing');
  await visit(page, `${address.pathname}${address.search}&theme=light&lang=fr`);
  await page.locator('.checked .tag.on').waitFor();
  await page.getByText('Une règle vaut pour tous les organismes').waitFor();
  await accessible(page, 'draft in French');
  await shoot(page, 'rule-draft-fr');
  await visit(page, '/rules?lang=en');
  for (const [name, where] of [['coverage', '/rules'], ['rules', '/rules?tab=list'], ['rule', `/rules/${ID}?`]]) {
    await visit(page, `${where}${where.includes('?') ? '&' : '?'}lang=fr&theme=light`);
    await accessible(page, `${name} in French`);
    await shoot(page, `${name}-fr`, false);
  }
  clean(page, 'rules');

  const auditor = await openPage(server, { width: 1366, height: 768 });
  await signIn(auditor, server, 'kit');
  await visit(auditor, `/rules/${ID}?lang=en`);
  await accessible(auditor, 'rule of an auditor');
  await shoot(auditor, 'rule-auditor');
  check('an auditor ends no suppression', (await auditor.getByRole('button', { name: 'End it' }).count()) === 0);
  clean(auditor, 'rules of an auditor');
});
