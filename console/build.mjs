// Builds the console: TypeScript, CSS and fonts under src/ to a folder of files
// with hashed names, and, asked with --embed, to an assembler file and a table in C
// that are linked into `cordon`. The same sources always give the same bytes.
//
//   node build.mjs --out DIR [--embed DIR]     DIR is emptied before
//   node build.mjs --out DIR --watch           again at every change; for --web-root
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import esbuild from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const out = argument('--out');
const embed = argument('--embed');
if (!out) {
  console.error('usage: node build.mjs --out DIR [--embed DIR | --watch]');
  process.exit(2);
}

// --- messages: src/messages/AREA.json holds {"key": {"en": "...", "fr": "..."}} ---

const messagesFolder = path.join(here, 'src/messages');
const areas = () => fs.readdirSync(messagesFolder).filter((f) => f.endsWith('.json')).sort().map((f) => f.slice(0, -5));
const languages = ['en', 'fr'];

// `messages:index` maps area and language to a function that loads a chunk with that
// area's texts in that language alone.
const messages = {
  name: 'messages',
  setup(build) {
    build.onResolve({ filter: /^messages:/ }, (args) => ({ path: args.path.slice(9), namespace: 'messages' }));
    build.onLoad({ filter: /.*/, namespace: 'messages' }, (args) => {
      if (args.path === 'index') {
        const rows = areas().map((area) =>
          `${JSON.stringify(area)}: {${languages.map((l) => `${l}: () => import('messages:${area}.${l}')`).join(', ')}}`);
        return { contents: `export const index = {${rows.join(',\n')}};`, loader: 'js', resolveDir: here };
      }
      const [area, language] = args.path.split('.');
      const file = path.join(messagesFolder, `${area}.json`);
      const texts = Object.entries(JSON.parse(fs.readFileSync(file, 'utf8'))).map(([key, text]) => [key, text[language] ?? text.en]);
      return { contents: `export default ${JSON.stringify(Object.fromEntries(texts))};`, loader: 'js', watchFiles: [file] };
    });
  },
};

// A page's own style sheet is fetched with the page: `import sheet from './x.page.css'`
// gives its address.
const sheets = {
  name: 'sheets',
  setup(build) {
    build.onLoad({ filter: /\.page\.css$/ }, async (args) => {
      const source = await fs.promises.readFile(args.path, 'utf8');
      const { code } = await esbuild.transform(source, { loader: 'css', minify: true, target, sourcefile: args.path });
      return { contents: code, loader: 'file', watchFiles: [args.path] };
    });
  },
};

const target = ['es2022', 'chrome110', 'firefox115', 'safari16.4'];
const options = {
  absWorkingDir: here,
  entryPoints: { main: 'src/main.tsx' },
  outdir: out,
  publicPath: '/',
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  metafile: true,
  target,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.woff2': 'file' },
  plugins: [messages, sheets],
  logLevel: 'warning',
};

// index.html, with what the first page needs named in it, so that nothing is waited for twice.
function writePage(meta) {
  const outputs = Object.entries(meta.outputs);
  const url = (file) => `/${path.relative(out, path.resolve(here, file))}`;
  const entry = outputs.find(([, o]) => o.entryPoint === 'src/main.tsx');
  const tags = [];
  const first = entry[1].imports.filter((i) => i.kind === 'import-statement').map((i) => i.path);
  if (entry[1].cssBundle) {
    tags.push(`<link rel="stylesheet" href="${url(entry[1].cssBundle)}" />`);
  }
  const font = outputs.find(([name]) => /hyperlegible-next-latin-wght-normal-.*\.woff2$/.test(name));
  if (font) {
    tags.push(`<link rel="preload" href="${url(font[0])}" as="font" type="font/woff2" crossorigin />`);
  }
  tags.push(...first.map((file) => `<link rel="modulepreload" href="${url(file)}" />`));
  tags.push(`<script type="module" src="${url(entry[0])}"></script>`);
  const page = fs.readFileSync(path.join(here, 'index.html'), 'utf8').replace(/<!-- build\.mjs.*?-->/, tags.join('\n    '));
  fs.writeFileSync(path.join(out, 'index.html'), page);
  for (const file of fs.readdirSync(path.join(here, 'public'))) {
    fs.copyFileSync(path.join(here, 'public', file), path.join(out, file));
  }
}

// --- embedding ---

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json', '.txt': 'text/plain; charset=utf-8',
};

function listFiles(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? listFiles(file) : [file];
  });
}

// Of each encoding that is shorter than the plain file.
function encodings(body, extension) {
  const all = { raw: body };
  if (extension !== '.woff2') {
    const gz = zlib.gzipSync(body, { level: 9 });
    const br = zlib.brotliCompressSync(body, {
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    });
    Object.assign(all, gz.length < body.length && { gz }, br.length < body.length && { br });
  }
  return all;
}

function embedFiles(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const files = listFiles(out).map((file) => ({ url: `/${path.relative(out, file)}`, body: fs.readFileSync(file) }));
  files.sort((a, b) => Buffer.compare(Buffer.from(a.url), Buffer.from(b.url)));
  let assembler = '    .section .rodata\n';
  let declarations = '';
  let rows = '';
  let total = 0;
  files.forEach(({ url, body }, i) => {
    const extension = path.extname(url);
    const parts = encodings(body, extension);
    for (const [name, bytes] of Object.entries(parts)) {
      const symbol = `cord_console_assets_${i}_${name}`;
      fs.writeFileSync(path.join(folder, `${i}.${name}`), bytes);
      total += bytes.length;
      assembler += `    .balign 16\n    .global ${symbol}\n    .type ${symbol}, @object\n    .size ${symbol}, ${bytes.length}\n` +
        `${symbol}:\n    .incbin "${path.join(folder, `${i}.${name}`)}"\n`;
      declarations += `extern const char ${symbol}[];\n`;
    }
    const text = (name) => parts[name] ? `{cord_console_assets_${i}_${name}, ${parts[name].length}}` : '{NULL, 0}';
    const tag = crypto.createHash('sha256').update(body).digest('hex').slice(0, 32);
    rows += `    {"${url}", "${types[extension] ?? 'application/octet-stream'}", "${tag}",\n` +
      `     ${text('raw')}, ${text('gz')}, ${text('br')}, ${url.startsWith('/assets/')}},\n`;
  });
  fs.writeFileSync(path.join(folder, 'console_assets_data.S'), `${assembler}    .section .note.GNU-stack,"",@progbits\n`);
  fs.writeFileSync(path.join(folder, 'console_assets.c'),
    `/* Made by console/build.mjs. */\n#include "cmd/console_assets.h"\n\n${declarations}\n` +
    `const struct cord_web_asset cord_console_assets[] = {\n${rows}};\nconst size_t cord_console_assets_count = ${files.length};\n`);
  console.log(`console: ${files.length} files, ${Math.ceil(total / 1024)} KiB embedded`);
}

function writeSizes(meta) {
  const rows = Object.keys(meta.outputs).sort().map((file) => {
    const body = fs.readFileSync(path.resolve(here, file));
    const parts = encodings(body, path.extname(file));
    return `${String((parts.br ?? body).length).padStart(8)} ${String(body.length).padStart(8)}  ${path.basename(file)}`;
  });
  console.log(`  brotli      raw\n${rows.join('\n')}`);
}

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
if (process.argv.includes('--watch')) {
  const pages = { name: 'pages', setup: (build) => build.onEnd((result) => { if (result.metafile) { writePage(result.metafile); console.log('built'); } }) };
  const context = await esbuild.context({ ...options, sourcemap: 'linked', plugins: [...options.plugins, pages] });
  await context.watch();
} else {
  const { metafile } = await esbuild.build(options);
  writePage(metafile);
  if (process.argv.includes('--sizes')) {
    writeSizes(metafile);
  }
  if (embed) {
    embedFiles(embed);
  }
}
