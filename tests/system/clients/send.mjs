// send.mjs: sends numbered events with a real client, and says what it was told.
//
//   node send.mjs CLIENT PORT TOKEN FIRST COUNT
//
// Ends with 0 when all were acknowledged; standard output is one JSON line. Clients
// that give up are started again, as agents are, for minutes: whatever was not
// acknowledged is sent again.
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);

const [client, port, token, firstText, countText] = process.argv.slice(2);
const first = Number(firstText);
const count = Number(countText);
const batch = 20;
const pauseMs = 60; // that the load lasts while the server is started again and again
const node = `http://127.0.0.1:${port}`;
const numbers = Array.from({ length: count }, (_, at) => first + at);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function event(n) {
  return { "@timestamp": "2026-11-22T08:00:00.000Z", n, client, host: { name: `ward-${n % 7}` }, message: `event ${n}` };
}

// Each sender takes numbers and resolves to those that are to be sent again.
async function elastic(packageName) {
  const { Client, HttpConnection } = require(packageName);
  const es = new Client({ node, auth: { apiKey: Buffer.from(`id:${token}`).toString("base64") }, Connection: HttpConnection, maxRetries: 0 });
  return {
    async send(some) {
      const answer = await es.bulk({ operations: some.flatMap((n) => [{ create: { _index: "logs-test-default" } }, event(n)]) });
      return some.filter((n, at) => answer.items[at].create.status !== 201);
    },
    // The client's own helper, which decides by each item's status what to drop.
    async helper(some) {
      const result = await es.helpers.bulk({ datasource: some.map(event), onDocument: () => ({ create: { _index: "logs-test-default" } }) });
      return result.failed === 0 && result.successful === some.length ? [] : some;
    },
    async info() {
      return (await es.info()).version.number;
    },
    close: () => es.close(),
  };
}

async function opentelemetry(packageName) {
  const { OTLPLogExporter } = require(packageName);
  const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");
  const exporter = new OTLPLogExporter({ url: `${node}/v1/logs`, headers: { Authorization: `Bearer ${token}` }, compression: "gzip", timeoutMillis: 5000 });
  return {
    send(some) {
      // One record processor an attempt, which hands the exporter exactly these.
      const records = [];
      const collect = { onEmit: (record) => records.push(record), forceFlush: async () => {}, shutdown: async () => {} };
      const provider = new LoggerProvider({ processors: [collect] });
      const logger = provider.getLogger("cordon-test", "1.0");
      for (const n of some) {
        logger.emit({ timestamp: Date.parse("2026-11-22T08:00:00Z"), severityNumber: 9, severityText: "INFO", body: `event ${n}`, attributes: { n, client, list: ["a", 1.5, true] } });
      }
      return new Promise((done) => exporter.export(records, (result) => done(result.code === 0 ? [] : some)));
    },
    close: () => exporter.shutdown(),
  };
}

async function splunk() {
  const { Logger } = require("splunk-logging");
  return {
    send(some) {
      const logger = new Logger({ token, url: node, maxBatchCount: 0, maxRetries: 0, path: "/services/collector/event/1.0" });
      return new Promise((done) => {
        logger.error = () => done(some);
        for (const n of some) {
          logger.send({ message: event(n), metadata: { host: `ward-${n % 7}`, sourcetype: "_json" } });
        }
        logger.flush((error, response, body) => done(!error && body && body.code === 0 ? [] : some));
      });
    },
    close() {},
  };
}

const senders = {
  elasticsearch: () => elastic("@elastic/elasticsearch"),
  elasticsearch8: () => elastic("elasticsearch8"),
  "otlp-json": () => opentelemetry("@opentelemetry/exporter-logs-otlp-http"),
  "otlp-protobuf": () => opentelemetry("@opentelemetry/exporter-logs-otlp-proto"),
  splunk,
};

const sender = await senders[client]();
const deadline = Date.now() + 400000;
let left = numbers;
let again = 0;
while (left.length > 0 && Date.now() < deadline) {
  const some = left.slice(0, batch);
  let undone;
  try {
    undone = await (sender.helper && some[0] % 2 === 0 ? sender.helper(some) : sender.send(some));
  } catch (error) {
    if (error.statusCode === 401 || error.statusCode === 403) {
      console.error(`${client}: ${error.message}`);
      process.exit(2);
    }
    undone = some;
  }
  if (undone.length > 0) {
    again++;
    await sleep(100);
  }
  left = [...undone, ...left.slice(some.length)];
  await sleep(pauseMs);
}
const version = sender.info ? await sender.info() : undefined;
await sender.close();
console.log(JSON.stringify({ client, sent: count, left: left.length, again, version }));
process.exit(left.length === 0 ? 0 : 1);
