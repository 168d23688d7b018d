// What the tests of the console begin with: a server of one's own with accounts, a browser, and
// the checks that hold for every page: no violation of axe's rules, none of the page's policy, no error
// on the browser's console, nothing wider than the window.
//
//   node tests/console/test_X.mjs CORDON
//
// CONSOLE_SHOTS=DIR keeps screenshots there. Without Chromium the tests are skipped (code 77).
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const source = path.resolve(here, '../..');
const require = createRequire(path.join(source, 'console/package.json'));

export const cordon = path.resolve(process.argv[2] ?? path.join(source, 'build/dev/cordon'));
const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((f) => fs.existsSync(f));
if (!CHROMIUM) {
  console.log('skipped: there is no Chromium (./setup test installs it)');
  process.exit(77);
}
export const SKIPPED = 77;
const shots = process.env.CONSOLE_SHOTS;
if (shots) fs.mkdirSync(shots, { recursive: true });

// --- what was found ---

let failures = 0;
export function check(name, good, detail = '') {
  console.log(`${good ? 'ok' : 'FAILED'}: ${name}${good || !detail ? '' : `\n  ${detail}`}`);
  failures += good ? 0 : 1;
  return good;
}

/** Longer than anything takes on a machine that is busy with other things. */
const PATIENCE_MS = 120_000;

/** Checks what becomes true of itself: asked again and again for two minutes at most. What throws is not yet true. */
export async function until(name, wanted, detail = () => '') {
  let fault = 'not within two minutes';
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    try {
      if (await wanted()) return check(name, true);
    } catch (error) {
      fault = error.stack;
    }
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return check(name, false, `${fault} ${await detail()}`);
}

const ends = [];
/** Runs the test; closes what was opened, whatever happened. */
export async function run(test) {
  try {
    await test();
  } catch (error) {
    check('no exception', false, error.stack);
  } finally {
    for (const end of ends.reverse()) await end().catch(() => undefined);
  }
  process.exit(failures ? 1 : 0);
}

// --- a server ---

/** In the scenario may-2017: 20:00 in London. */
export const EVENING = '2017-05-12T19:00:00Z';
const PASSWORD = 'four plain words here';
export const RULE = `title: Evil ran
id: 5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11
status: test
author: Cordon
description: For the tests of the console.
tags: [attack.execution, attack.t1059]
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\\evil.exe'
    condition: selection
level: high
`;
const TOKEN = '0123456789abcdef0123456789abcdef';

/** A code of RFC 6238 for a base32 secret. */
function totp(secret, timeMs = Date.now()) {
  const bits = [...secret.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(timeMs / 30000)));
  const mac = crypto.createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}
export { totp, PASSWORD };

/** A port that stays ours while the server comes and goes: see tests/system/hold_ports.py. */
async function holdPort() {
  const holder = spawn('python3', [path.join(source, 'tests/system/hold_ports.py'), '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  ends.push(async () => holder.kill());
  let said = '';
  for await (const part of holder.stdout) said += part; // it ends when all is said
  if (!Number(said)) throw new Error('no port is to be had');
  return Number(said);
}

/**
 * Starts `cordon serve` on loopback over an empty folder.
 *   options.rules: texts of Sigma rules; options.sources: rows of YAML; options.config: further YAML
 *   options.accounts: [login, name, organisation, role, ...scope of `cordon admin grant`]
 *   options.requests: of one account a second, at most
 *   options.exercise: the scenario whose record is there; the server is one of an exercise
 * Gives url, and: admin(...), run(...) (the program), ask(login, method, path, body), events([...]), stop(), start().
 */
export async function startServer(options = {}) {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'cordon-console-'));
  const data = path.join(work, 'data');
  const file = path.join(work, 'cordon.yaml');
  fs.mkdirSync(path.join(work, 'rules'));
  (options.rules ?? [RULE]).forEach((text, i) => fs.writeFileSync(path.join(work, `rules/${i}.yml`), text));
  const hash = crypto.createHash('sha256').update(TOKEN).digest('hex');
  const config = (port) => `data: ${data}
rules: [${work}/rules]
pack_after: 1
api_requests: ${options.requests ?? 1000}
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: status, address: "127.0.0.1:0"}
  - {protocol: api, address: "127.0.0.1:${port}"}
sources:
${(options.sources ?? [`{name: ward, organisation: RXA, token_sha256: [${hash}]}`, '{name: lab, organisation: RXB, addresses: [192.0.2.1/32]}']).map((s) => `  - ${s}\n`).join('')}${options.exercise ? `exercise: ${options.exercise}\n` : ''}${options.config ?? ''}`;
  const apiPort = await holdPort();
  let child = null;
  let log = '';
  const port = (name) => Number([...log.matchAll(new RegExp(`server.listening listener="${name}" .*port=(\\d+)`, 'g'))].pop()?.[1]);
  const server = { work, data, url: '', sessions: new Map(), log: () => log };
  server.start = async () => {
    log = '';
    fs.writeFileSync(file, config(apiPort));
    child = spawn(cordon, ['serve', '--config', file, ...(options.arguments ?? [])], { stdio: ['ignore', 'inherit', 'pipe'] });
    child.stderr.on('data', (text) => { log += text; });
    for (const end = Date.now() + PATIENCE_MS; !log.includes(' server.ready');) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`the server ended, or does not begin:\n${log}`);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    server.url = `http://127.0.0.1:${port('api')}`;
    server.http = `http://127.0.0.1:${port('http')}`;
    server.status = `http://127.0.0.1:${port('status')}`;
  };
  server.stop = async (signal = 'SIGTERM') => {
    const gone = child;
    child = null;
    if (!gone || gone.exitCode !== null) return;
    const end = new Promise((resolve) => { gone.on('exit', resolve); });
    gone.kill(signal);
    await end;
  };
  /** Another configuration comes into force: further lines, in place of options.config. */
  server.reload = async (further) => {
    options.config = further;
    const before = log.split('server.reloaded').length;
    fs.writeFileSync(file, config(new URL(server.url).port));
    child.kill('SIGHUP');
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end && log.split('server.reloaded').length === before;) await new Promise((resolve) => { setTimeout(resolve, 50); });
  };
  server.run = (...words) => execFileSync(cordon, words, { encoding: 'utf8' });
  server.admin = (input, ...words) => execFileSync(cordon, ['admin', '--data', data, ...words], { encoding: 'utf8', input });
  /** An account with password, second factor and role: then signIn(page, login) and ask(login, ...). */
  server.account = async (login, name, organisation, role, ...scope) => {
    server.admin(`${PASSWORD}\n`, 'add-user', login, '--name', name, '--organisation', organisation, '--password');
    if (role) server.admin('', 'grant', login, role, ...(scope.length ? scope : ['--national']));
    const send = async (method, where, body, session = {}) => {
      const headers = { 'Content-Type': 'application/json', ...(session.cookie ? { Cookie: session.cookie, 'X-Cordon-CSRF': session.csrf } : {}) };
      const init = { method, headers };
      if (body !== undefined) init.body = JSON.stringify(body);
      const response = await fetch(`${server.url}/api/v1${where}`, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${text}`);
      return { cookie: response.headers.get('set-cookie')?.split(';')[0], body: text ? JSON.parse(text) : null };
    };
    const first = await send('POST', '/session', { login, password: PASSWORD });
    const session = { cookie: first.cookie, csrf: first.body.csrf, send };
    const { secret } = (await send('POST', '/session/factor', undefined, session)).body;
    await send('POST', '/session/factor/confirm', { code: totp(secret) }, session);
    session.secret = secret;
    server.sessions.set(login, session);
    return session;
  };
  server.ask = async (login, method, where, body) => {
    const session = server.sessions.get(login);
    return (await session.send(method, where, body, session)).body;
  };
  server.events = async (list) => {
    const response = await fetch(`${server.http}/api/v1/events`, {
      method: 'POST', headers: { Authorization: `Bearer ${TOKEN}` }, body: list.map((e) => `${JSON.stringify(e)}\n`).join(''),
    });
    if (!response.ok) throw new Error(`events: ${response.status} ${await response.text()}`);
  };
  ends.push(async () => {
    await server.stop('SIGKILL');
    fs.rmSync(work, { recursive: true, force: true });
  });
  if (options.exercise) {
    fs.mkdirSync(data);
    server.run('replay', options.exercise, '--record', `${data}/record`, '--speed', 'max');
  }
  await server.start();
  for (const row of options.accounts ?? []) await server.account(...row);
  return server;
}

// --- a browser ---

let browser = null;
export async function openBrowser() {
  if (!browser) {
    const { chromium } = require('playwright-core');
    browser = await chromium.launch({
      executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb', '--font-render-hinting=none', '--hide-scrollbars'],
    });
    ends.push(() => browser.close());
  }
  return browser;
}

/** What the browser may complain of: answers that a test asks for. */
const EXPECTED = /status of (401|403|404|409|422|429|503)/;

/**
 * A page in a context of its own, as one person's browser. Counts errors and violations of the policy into page.faults.
 * options: width, height, and those of playwright's newContext (colorScheme, locale, offline...).
 */
export async function openPage(server, { width = 1680, height = 1050, ...options } = {}) {
  const context = await (await openBrowser()).newContext({
    baseURL: server.url, viewport: { width, height }, reducedMotion: 'reduce', timezoneId: 'Europe/London', locale: 'en-GB', ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return watched(await context.newPage());
}
/** Another tab of the same browser. */
export const openTab = async (page) => watched(await page.context().newPage());

async function watched(page) {
  page.faults = [];
  page.expected = EXPECTED;
  page.on('console', (message) => {
    if (message.type() === 'error' && !page.expected.test(message.text())) page.faults.push(message.text());
  });
  page.on('pageerror', (error) => page.faults.push(error.stack ?? error.message));
  await page.addInitScript(() => {
    // The offer to undo stays for ten seconds, which a busy machine can miss.
    const later = window.setTimeout;
    window.setTimeout = (what, ms, ...rest) => later(what, ms === 10_000 ? 120_000 : ms, ...rest);
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
  });
  return page;
}

/** By the session's cookie, as the form would; see signInByForm for the form itself. */
export async function signIn(page, server, login) {
  const { secret } = server.sessions.get(login);
  await page.goto('/favicon.svg');
  for (let i = 0; ; i++) {
    // A code is good once: the next one is half a minute away at most.
    const status = await page.evaluate(async (body) => (await fetch('/api/v1/session', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    })).status, { login, password: PASSWORD, code: totp(secret, Date.now() + 30000) });
    if (status === 200) return;
    if (i >= 120) throw new Error(`${login} cannot sign in: ${status}`);
    await page.waitForTimeout(1000);
  }
}

/** Goes to a path of the console and waits until it has come to rest. */
export async function visit(page, where) {
  await page.goto(where, { waitUntil: 'load' });
  await settle(page);
}
export async function settle(page) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() => document.querySelector('h1, .say') && !document.querySelector('.skeleton') && !document.querySelector('[aria-busy=true]'), null, { timeout: PATIENCE_MS });
  await page.waitForTimeout(250); // an address is written up to 200 ms late (core/router)
}

export async function shoot(page, name, fullPage = true) {
  if (shots) await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage, animations: 'disabled', caret: 'hide' });
}

const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** All of axe's rules for WCAG 2.2 AA and good practice, and nothing wider than the window. */
export async function accessible(page, name) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Runtime.evaluate', { expression: axeSource });
  const { result } = await devtools.send('Runtime.evaluate', {
    expression: `axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then((r) => JSON.stringify(
      r.violations.map((v) => v.id + ' (' + v.impact + ', ' + v.nodes.length + '): ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ': ' +
      [...n.any, ...n.all, ...n.none].map((c) => c.message).join('; ').slice(0, 200)).join(' | '))))`,
    awaitPromise: true, returnByValue: true,
  });
  await devtools.detach();
  const violations = JSON.parse(result.value);
  check(`axe: ${name}`, violations.length === 0, violations.join('\n  '));
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(`nothing is wider than the window: ${name}`, over <= 0, `${over} px`);
}
export const clean = (page, name) => check(`no error and no violation of the policy: ${name}`, page.faults.length === 0, page.faults.join('\n  '));

/** A page at every width and theme: axe, screenshots, errors. `prepare` brings it into the state that is looked at. */
export async function everywhere(page, name, where, prepare = async () => undefined, widths = [1680, 1366, 390, 320]) {
  const { width: before, height } = page.viewportSize();
  for (const theme of ['light', 'dark']) {
    for (const width of widths) {
      await page.setViewportSize({ width, height: width < 500 ? 844 : height });
      const mark = where.includes('?') ? '&' : '?';
      await visit(page, `${where}${mark}theme=${theme}`);
      await prepare(page);
      await accessible(page, `${name}, ${theme}, ${width}`);
      await shoot(page, `${name}-${theme}-${width}`);
    }
  }
  await page.setViewportSize({ width: before, height });
  clean(page, name);
}
