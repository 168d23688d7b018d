// What a page looks like, compared with what it looked like: tests/console/baselines/NAME.png is a
// quarter of the screenshot's size and in few colours, which is small and can still be looked at.
//
// Both are compared by the mean colour of blocks of 8 x 8 pixels of the screen. How letters are smoothed
// does not show there, nor does another version of Chromium; another colour, a thing that is gone or
// one that stands elsewhere does.
//
// UPDATE_BASELINES=1 writes the baselines instead.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { check, cordon } from './kit.mjs';

const baselines = path.join(path.dirname(fileURLToPath(import.meta.url)), 'baselines');
const out = path.join(path.dirname(cordon), 'console-looks');
const update = process.env.UPDATE_BASELINES === '1';
const shots = process.env.CONSOLE_SHOTS;
/** A pixel of a baseline is the mean of 4 x 4 of the screen; a block is 2 x 2 of these. */
const SHRINK = 4;
/** Of 255, in red, green or blue: by so much a block has changed. */
const FAR = 14;
/** Of a thousand blocks so many may have. */
const FEW = 1.5;
/** What does not look alike at once may not be there yet. */
const WAIT_MS = 120_000;
/** When others have not come to look alike: all of them are still to be named. */
const WAIT_LESS_MS = 3000;
let differed = false;
const GAP_MS = 250;

// --- PNG (ISO/IEC 15948): 8 bits a channel, red green blue, with or without alpha, not interlaced ---

const paeth = (a, b, c) => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};
const predicted = (filter, a, b, c) => [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];

function decode(png) {
  let header = null;
  const parts = [];
  for (let at = 8; at < png.length;) {
    const size = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + size);
    if (type === 'IHDR') header = { width: body.readUInt32BE(0), height: body.readUInt32BE(4), kind: body.toString('hex', 8) };
    if (type === 'IDAT') parts.push(body);
    at += 12 + size;
  }
  const channels = { '0802000000': 3, '0806000000': 4 }[header.kind];
  if (!channels) throw new Error(`a PNG of another kind: ${header.kind}`);
  const raw = zlib.inflateSync(Buffer.concat(parts));
  const { width, height } = header;
  const stride = width * channels;
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const i = y * stride + x;
      const a = x >= channels ? pixels[i - channels] : 0;
      const b = y > 0 ? pixels[i - stride] : 0;
      const c = x >= channels && y > 0 ? pixels[i - stride - channels] : 0;
      pixels[i] = raw[y * (stride + 1) + 1 + x] + predicted(filter, a, b, c);
    }
  }
  return { width, height, channels, pixels };
}

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function chunk(type, body) {
  const all = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  let crc = 0xffffffff;
  for (const byte of all) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 4);
  return Buffer.concat([ends.subarray(0, 4), all, ends.subarray(4)]);
}
function encode({ width, height, pixels }) {
  const stride = width * 3;
  const raw = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    let best = Infinity;
    for (let filter = 0; filter < 5; filter++) {
      const row = Buffer.alloc(stride);
      let sum = 0;
      for (let x = 0; x < stride; x++) {
        const i = y * stride + x;
        const a = x >= 3 ? pixels[i - 3] : 0;
        const b = y > 0 ? pixels[i - stride] : 0;
        const c = x >= 3 && y > 0 ? pixels[i - stride - 3] : 0;
        row[x] = pixels[i] - predicted(filter, a, b, c);
        sum += row[x] < 128 ? row[x] : 256 - row[x];
      }
      if (sum < best) {
        best = sum;
        raw[y * (stride + 1)] = filter;
        row.copy(raw, y * (stride + 1) + 1);
      }
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.write('0802000000', 8, 'hex');
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', zlib.deflateSync(raw, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

// --- pictures ---

/** Means of `by` x `by` pixels; what is over at the edges is left out. */
function shrink({ width, height, channels, pixels }, by) {
  const w = Math.floor(width / by);
  const h = Math.floor(height / by);
  const sums = new Float64Array(w * h * 3);
  for (let y = 0; y < h * by; y++) {
    for (let x = 0; x < w * by; x++) {
      const to = (Math.floor(y / by) * w + Math.floor(x / by)) * 3;
      const at = (y * width + x) * channels;
      for (let c = 0; c < 3; c++) sums[to + c] += pixels[at + c];
    }
  }
  return { width: w, height: h, channels: 3, pixels: sums.map((sum) => sum / (by * by)) };
}
/** In steps of eight. */
const coarse = (picture) => ({ ...picture, pixels: Uint8Array.from(picture.pixels, (v) => Math.min(255, Math.round(v / 8) * 8)) });

/** Which blocks differ, and how many of a thousand; null when they are not of one size. */
function compare(now, then) {
  if (now.width !== then.width || now.height !== then.height) return null;
  const [a, b] = [shrink(now, 2), shrink(then, 2)];
  const differ = Array.from({ length: a.width * a.height }, (_, i) => [0, 1, 2].some((c) => Math.abs(a.pixels[i * 3 + c] - b.pixels[i * 3 + c]) > FAR));
  return { differ, width: a.width, share: differ.filter(Boolean).length / differ.length * 1000 };
}
/** The picture, pale, with the blocks that differ in red. */
function marked(picture, { differ, width }) {
  const pixels = Uint8Array.from(picture.pixels, (v, i) => {
    const place = Math.floor(i / 3);
    const block = Math.floor(Math.floor(place / picture.width) / 2) * width + Math.floor((place % picture.width) / 2);
    return differ[block] ? [230, 0, 40][i % 3] : 160 + v * 0.37;
  });
  return { ...picture, pixels };
}

// --- pages ---

/** A style of the test's own, which the page's policy lets no element bring. */
const style = (page, text) => page.evaluate((css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}, text);
const ALWAYS = '* { caret-color: transparent !important; transition: none !important; animation: none !important; scroll-behavior: auto !important }';

/** Checks that the window looks as it did. hidden: selectors of what is never the same, whose room stays (`room`) or does not (`gone`). */
export async function looks(page, name, { room = '', gone = '' } = {}) {
  await style(page, [ALWAYS, room && `:is(${room}) { visibility: hidden !important }`, gone && `:is(${gone}) { display: none !important }`].join(' '));
  const shot = () => page.screenshot({ animations: 'disabled', caret: 'hide' });
  const file = path.join(baselines, `${name}.png`);
  const small = (png) => coarse(shrink(decode(png), SHRINK));
  if (update) {
    let [before, now] = [null, await shot()];
    for (; !before?.equals(now); [before, now] = [now, await shot()]) await page.waitForTimeout(GAP_MS);
    fs.mkdirSync(baselines, { recursive: true });
    const png = encode(small(now));
    if (shots) fs.writeFileSync(path.join(shots, `look-${name}.png`), now);
    fs.writeFileSync(file, png);
    console.log(`written: ${name}, ${png.length} bytes`);
    return;
  }
  if (!fs.existsSync(file)) {
    check(`looks as it did: ${name}`, false, `${file} is not there: UPDATE_BASELINES=1 writes it`);
    return;
  }
  const then = decode(fs.readFileSync(file));
  let png = null;
  let found = null;
  for (const end = Date.now() + (differed ? WAIT_LESS_MS : WAIT_MS); ;) {
    png = await shot();
    found = compare(small(png), then);
    if (!found || found.share <= FEW || Date.now() > end) break;
    await page.waitForTimeout(GAP_MS);
  }
  if (!check(`looks as it did: ${name}`, found !== null && found.share <= FEW)) {
    differed = true;
    fs.mkdirSync(out, { recursive: true });
    fs.writeFileSync(path.join(out, `${name}.actual.png`), png);
    if (found) fs.writeFileSync(path.join(out, `${name}.difference.png`), encode(marked(small(png), found)));
    console.log(found ? `  ${found.share.toFixed(1)} of a thousand blocks differ, ${FEW} may: see ${out}/${name}.actual.png and .difference.png beside it, and ${file}`
      : `  it is of another size: see ${out}/${name}.actual.png and ${file}`);
  }
}
