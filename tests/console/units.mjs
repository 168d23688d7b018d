// The console's pure parts, and its catalogue: what needs no browser.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(path.join(source, 'console/package.json'));
const esbuild = require('esbuild');

/** A module of src/, as node runs it. */
async function load(file) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cordon-units-'));
  const out = path.join(folder, 'module.mjs');
  await esbuild.build({ entryPoints: [path.join(source, 'console/src', file)], outfile: out, bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' });
  const module = await import(pathToFileURL(out).href);
  fs.rmSync(folder, { recursive: true });
  return module;
}

let failed = 0;
async function test(name, body) {
  try {
    await body();
    console.log(`ok: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}\n${error.message}`);
  }
}

const { parse, fill } = await load('core/icu.ts');
const text = (message, values, locale = 'en-GB') => fill(parse(message), values, locale).join('');
const arguments_ = (nodes, found = new Set()) => {
  for (const node of nodes) {
    if (typeof node !== 'string') {
      found.add(node.name);
      [...node.options.values()].forEach((inner) => arguments_(inner, found));
    }
  }
  return found;
};

await test('arguments are put in', () => assert.equal(text('of {who}', { who: 'Ada' }), 'of Ada'));
await test('plurals of English', () => {
  const message = '{n, plural, =0 {none} one {# alert} other {# alerts}}';
  assert.deepEqual([0, 1, 2, 1200].map((n) => text(message, { n })), ['none', '1 alert', '2 alerts', '1,200 alerts']);
});
await test('plurals of French: nought is one', () => {
  assert.deepEqual([0, 1, 2].map((n) => text('{n, plural, one {# alerte} other {# alertes}}', { n }, 'fr-FR')), ['0 alerte', '1 alerte', '2 alertes']);
});
await test('choices', () => assert.equal(text('{k, select, host {machine} other {thing}}', { k: 'host' }), 'machine'));
await test('elements stay as they are', () => {
  const link = { element: true };
  assert.deepEqual(fill(parse('see {link}.'), { link }, 'en-GB'), ['see ', link, '.']);
});
for (const wrong of ['{', '}', '{a', '{a, what}', '{n, plural, one {x}}', '{n, plural, other {x}', '{{a}}']) {
  await test(`refused: ${wrong}`, () => assert.throws(() => parse(wrong)));
}

// The catalogue: every key in every language, well-formed, with the same arguments, once.
const folder = path.join(source, 'console/src/messages');
const keys = new Map();
for (const file of fs.readdirSync(folder).filter((f) => f.endsWith('.json')).sort()) {
  await test(`catalogue: ${file}`, () => {
    const whole = fs.readFileSync(path.join(folder, file), 'utf8');
    for (const [key, texts] of Object.entries(JSON.parse(whole))) {
      assert.deepEqual(Object.keys(texts).sort(), ['en', 'fr'], `${key}: its languages`);
      assert.ok(texts.en.trim() && texts.fr.trim(), `${key}: empty`);
      assert.deepEqual([...arguments_(parse(texts.fr))].sort(), [...arguments_(parse(texts.en))].sort(), `${key}: arguments differ`);
      assert.ok(!keys.has(key), `${key}: is in ${keys.get(key)}, too`);
      assert.equal(whole.split(`"${key}":`).length, 2, `${key}: twice`);
      keys.set(key, file);
    }
  });
}
await test('every area of the catalogue is in keys.ts', () => {
  const list = fs.readFileSync(path.join(source, 'console/src/core/keys.ts'), 'utf8');
  new Set(keys.values()).forEach((file) => assert.ok(list.includes(`messages/${file}`), file));
});

// What happened in an incident: every kind that the server tells of has its sentence.
const { sentence, MISSING } = await load('core/templates.ts');
await test('what is not known of an entry is left out of its sentence', () => {
  assert.equal(sentence(`task open: call⟦, by ${MISSING}⟧⟦, due 12:00⟧`), 'task open: call, due 12:00');
  assert.equal(sentence(`${MISSING}⟦: ${MISSING}⟧`), '');
});
await test('every kind of the timeline has a sentence', () => {
  const table = fs.readFileSync(path.join(source, 'src/triage/incident_timeline.c'), 'utf8').split('static const struct phrase phrases[]')[1].split('\n};')[0];
  const kinds = [...table.matchAll(/^ {4}\{"([a-z.-]+)",/gm)].map((m) => m[1]);
  assert.ok(kinds.length > 30);
  for (const kind of [...kinds, 'sighting']) assert.ok(keys.has(`incidents.said.${kind}`), kind);
});

// What the server says, translated: each template is one of its texts, and finds it.
const { pattern, translated } = await load('core/templates.ts');
const sources = ['detect', 'api', 'record', 'triage', 'care'].flatMap((room) => fs.readdirSync(path.join(source, 'src', room)).filter((f) => f.endsWith('.c')).map((f) => fs.readFileSync(path.join(source, 'src', room, f), 'utf8')))
  .join('\n').replace(/"\s*\n\s*"/g, '').replace(/" PRI[a-z0-9]+ "/gi, '').replaceAll('%%', '%');
for (const file of ['problems.json', 'figures.json']) {
  await test(`the server says what is translated: ${file}`, () => {
    for (const [key, texts] of Object.entries(JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')))) {
      const wanted = new RegExp(texts.en.replace(/"/g, '\\"').replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^;]{1,14}?'));
      assert.ok(key === 'problem.right' || wanted.test(sources), `${key}: the server does not say "${texts.en}"`);
      const example = texts.en.replace(/\{(\w+)\}/g, '<$1>');
      assert.equal(translated(example, [[pattern(texts.en), texts.fr]], 'fr-FR'), texts.fr.replace(/\{(\w+)\}/g, '<$1>'), key);
    }
  });
}
await test('what looks like another text of the server is translated as itself', () => {
  const texts = JSON.parse(fs.readFileSync(path.join(folder, 'problems.json'), 'utf8'));
  const all = Object.values(texts).map(({ en, fr }) => [pattern(en), fr]);
  assert.equal(translated(texts['problem.lint.noid'].en, all, 'fr-FR'), texts['problem.lint.noid'].fr);
  assert.equal(translated('there is no alert A-1', all, 'fr-FR'), 'il n’y a rien de tel : alert A-1');
});
await test('what the server says of anything else is not translated', () => assert.equal(translated('there is no task T-1 of it', [[pattern('there is no task'), 'x']], 'fr-FR'), null));

// Where the person is: an address that replaces another is shown at once, and written at intervals.
const realTimers = [globalThis.setTimeout, globalThis.clearTimeout, Date.now];
const browser = { now: 10_000, timers: new Map(), last: 0, heard: new Map(), written: [] };
globalThis.location = { pathname: '/alerts', search: '', href: 'http://cordon/alerts' };
globalThis.history = {
  replaceState: (_, __, to) => browser.written.push(`= ${to.pathname}${to.search}`),
  pushState: (_, __, to) => browser.written.push(`+ ${to.pathname}${to.search}`),
};
globalThis.addEventListener = (name, listener) => browser.heard.set(name, listener);
globalThis.setTimeout = (what, ms) => {
  const id = ++browser.last;
  browser.timers.set(id, { what, at: browser.now + ms });
  return id;
};
globalThis.clearTimeout = (id) => browser.timers.delete(id);
Date.now = () => browser.now;
const pass = (ms) => {
  browser.now += ms;
  for (const [id, timer] of Array.from(browser.timers)) {
    if (timer.at <= browser.now && browser.timers.delete(id)) timer.what();
  }
};
const router = await load('core/router.ts');
await test('what a held key does is shown at once, and written at intervals', () => {
  for (let i = 1; i <= 1000; i++) {
    router.setQuery({ row: String(i) });
    assert.equal(router.query.value.get('row'), String(i));
    pass(10);
  }
  assert.ok(browser.written.length >= 40 && browser.written.length <= 55, `${browser.written.length} in ten seconds`);
  pass(200);
  assert.equal(browser.written.at(-1), '= /alerts?row=1000');
  assert.equal(browser.timers.size, 0);
});
await test('what waits to be written is, before one goes on', () => {
  browser.written.length = 0;
  router.setQuery({ row: '7' });
  router.setQuery({ row: '8' });
  router.go('/incidents');
  assert.deepEqual(browser.written.slice(-2), ['= /alerts?row=8', '+ /incidents']);
  assert.equal(router.path.value, '/incidents');
  router.setQuery({ state: 'all' });
  router.setQuery({ state: 'closed' });
  browser.heard.get('pagehide')();
  assert.equal(browser.written.at(-1), '= /incidents?state=closed');
});
await test('going back is not written over by what waited', () => {
  router.setQuery({ state: 'open' });
  router.setQuery({ state: 'all' });
  const count = browser.written.length;
  Object.assign(globalThis.location, { pathname: '/alerts', search: '?row=8', href: 'http://cordon/alerts?row=8' });
  browser.heard.get('popstate')();
  pass(1000);
  assert.equal(browser.written.length, count);
  assert.equal(`${router.path.value} ${router.query.value}`, '/alerts row=8');
});
await test('two changes at once keep both', () => {
  router.setQuery({ q: 'host:a' });
  router.setQuery({ sort: 'risk' });
  assert.equal(router.query.value.get('q'), 'host:a');
  pass(1000);
  assert.equal(browser.written.at(-1), '= /alerts?row=8&q=host:a&sort=risk');
});
[globalThis.setTimeout, globalThis.clearTimeout, Date.now] = realTimers;

globalThis.BroadcastChannel = class { postMessage() {} };
globalThis.location = { pathname: '/', search: '' };
globalThis.addEventListener = () => undefined;
const realInterval = globalThis.setInterval;
globalThis.setInterval = () => 0;
const { EventParser } = await load('core/live.ts');
globalThis.setInterval = realInterval;
await test('events of a stream, however it is cut', () => {
  const stream = ': beat\n\nid: 7\nevent: claim\ndata: {"a":\ndata: 1}\n\nevent: nothing\n\ndata: 2\r\n\r\nid: 8\ndata: wrong{\n\n';
  const wanted = [{ name: 'claim', id: '7', data: { a: 1 } }, { name: 'message', id: '7', data: 2 }, { name: 'message', id: '8', data: undefined }];
  for (let cut = 0; cut <= stream.length; cut++) {
    const heard = [];
    const parser = new EventParser((event) => heard.push(event));
    // A line end that is CR LF is not cut by the server.
    if (stream[cut - 1] === '\r') continue;
    parser.push(stream.slice(0, cut));
    parser.push(stream.slice(cut));
    assert.deepEqual(heard, wanted, `cut at ${cut}`);
  }
});

const { qr } = await load('core/qr.ts');
await test('a QR code has its finders and timing', () => {
  const rows = qr('otpauth://totp/Cordon:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Cordon');
  const size = rows.length;
  assert.equal((size - 17) % 4, 0);
  assert.deepEqual(rows[0].slice(0, 8), [true, true, true, true, true, true, true, false]);
  assert.deepEqual(rows[size - 1].slice(0, 8), [true, true, true, true, true, true, true, false]);
  for (let i = 8; i < size - 8; i++) assert.equal(rows[6][i], i % 2 === 0);
});
await test('a QR code of what is too long is refused', () => assert.throws(() => qr('x'.repeat(413)), RangeError));

// --- queries of a hunt, changed by what is clicked (core/query) ---

const hunt = await load('core/query.ts');
await test('a query is parted at its first pipe, not in quotes, nor at "or"', () => {
  assert.deepEqual(hunt.parted('a:"x | y" || b | count by c | head 2'), ['a:"x | y" || b', '| count by c | head 2']);
  assert.deepEqual(hunt.parted("don't:x | head"), ["don't:x", '| head']);
  assert.deepEqual(hunt.parted('a:/x|y/ AND b'), ['a:/x|y/ AND b', '']);
});
await test('values are verbatim', () => {
  assert.equal(hunt.condition('Image', 'C:\\a*.exe', true), "Image:'C:\\a*.exe'");
  assert.equal(hunt.condition('Logon Type', "it's", false), "NOT \"Logon Type\":'it''s'");
  assert.deepEqual([hunt.condition('a', null, true), hunt.condition('a', null, false), hunt.condition('a', '', true), hunt.condition('a', 'or', true)], ['NOT a:*', 'a:*', 'a:""', "a:'or'"]);
});
await test('a condition more keeps what was meant', () => {
  assert.equal(hunt.narrowed('*', 'a:1'), 'a:1');
  assert.equal(hunt.narrowed('a OR b | top c', 'd:1'), '(a OR b) AND d:1 | top c');
  assert.equal(hunt.narrowed('a | top c', 'd:1', false), 'a AND d:1');
});
await test('one event by its id', () => {
  assert.deepEqual(['id:1M4J-879M-CV57', ' id="1M4J-879M-CV57" ', 'id:1M4J-879M-CV57 AND a', 'id:x'].map(hunt.eventId), ['1M4J-879M-CV57', '1M4J-879M-CV57', null, null]);
});
await test('a fault has its column', () => assert.deepEqual(hunt.fault("column 5: there is no 'x'\n  a | x"), { column: 5, text: "there is no 'x'" }));

process.exit(failed ? 1 : 0);
