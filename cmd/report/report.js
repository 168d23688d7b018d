"use strict";
(() => {
  const D = JSON.parse(document.getElementById("data").textContent);
  const LEVELS = ["critical", "high", "medium", "low", "informational", "none"];
  const $ = (id) => document.getElementById(id);
  const el = (tag, attrs, ...kids) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attrs || {})) {
      if (k === "class") e.className = v;
      else if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
      else if (v !== undefined && v !== null) e.setAttribute(k, v);
    }
    for (const kid of kids) if (kid !== null && kid !== undefined) e.append(kid);
    return e;
  };
  const svg = (tag, attrs) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [k, v] of Object.entries(attrs || {})) e.setAttribute(k, v);
    return e;
  };
  const fmt = (n) => n.toLocaleString("en-GB");
  const plural = (n, one, many) => `${fmt(n)} ${n === 1 ? one : many}`;
  const time = (ms) => (ms === null ? "time unknown" : new Date(ms).toISOString().replace("T", " ").replace(".000Z", "Z"));
  const second = (ms) => (ms === null ? "time unknown" : time(ms).slice(0, 19));
  const SHAPES = {
    critical: "M6 0l6 6-6 6-6-6z", high: "M6 1l6 10H0z", medium: "M1 1h10v10H1z",
    low: "M6 1a5 5 0 100 10A5 5 0 006 1z",
    informational: "M6 1a5 5 0 100 10A5 5 0 006 1zm0 2a3 3 0 110 6 3 3 0 010-6z",
    none: "M1 5h10v2H1z",
  };
  const sev = (level) => {
    const s = el("span", { class: "sev", style: `color:var(--${level})` });
    const icon = svg("svg", { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" });
    icon.append(svg("path", { d: SHAPES[level] }));
    s.append(icon, level === "none" ? "no level" : level[0].toUpperCase() + level.slice(1));
    return s;
  };

  /* One object a finding; the file keeps them as short arrays. */
  const F = D.findings.map((f, i) => {
    const rule = D.rules[f[0]];
    return {
      i, rule, ruleNo: f[0], level: rule.level || "none", host: D.hosts[f[1]], source: D.sources[f[2]], record: f[3],
      time: f[4], user: f[5], eventId: f[6], channel: f[7], reasons: f[8], fields: f[9], message: f[10], incomplete: f[11], evidence: f[12],
      text: null,
    };
  });
  F.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || (a.time ?? Infinity) - (b.time ?? Infinity) || a.i - b.i);
  const textOf = (f) => (f.text ??= [f.rule.title, f.rule.id, f.host, f.user, f.source, f.channel, f.eventId, f.evidence, f.message,
    ...f.fields.map((x) => `${x[0]} ${x[1]}`), ...f.reasons.map((r) => `${r[1]} ${r[2]}`)].join("\n").toLowerCase());
  const tacticsOf = (rule) => rule.tactics;

  const state = { level: new Set(), host: new Set(), rule: new Set(), source: new Set(), tactic: new Set(), q: "", from: null, to: null, view: "findings" };
  const keyOf = { level: (f) => f.level, host: (f) => f.host, rule: (f) => f.ruleNo, source: (f) => f.source };
  const passes = (f, except) => {
    for (const k of Object.keys(keyOf)) if (k !== except && state[k].size && !state[k].has(keyOf[k](f))) return false;
    if (except !== "tactic" && state.tactic.size && !tacticsOf(f.rule).some((t) => state.tactic.has(t))) return false;
    if (except !== "time" && state.from !== null && (f.time === null || f.time < state.from || f.time >= state.to)) return false;
    return !state.q || textOf(f).includes(state.q);
  };
  const tally = (list, key) => {
    const m = new Map();
    for (const f of list) for (const k of [].concat(key(f))) m.set(k, (m.get(k) || 0) + 1);
    return m;
  };
  const toggle = (set, v) => { set.has(v) ? set.delete(v) : set.add(v); draw(); };

  function headline() {
    const t = D.totals, by = t.levels;
    const worst = LEVELS.filter((l) => by[l]).slice(0, 2).map((l) => `${fmt(by[l])} ${l === "none" ? "without level" : l}`);
    $("say").textContent = t.findings === 0
      ? `Nothing matched in ${plural(t.read, "event", "events")} of ${plural(t.streams, "source", "sources")}.`
      : `${plural(t.findings, "finding", "findings")} by ${plural(D.rules.length, "rule", "rules")} on ${plural(t.hosts, "host", "hosts")}: ${worst.join(", ")}.`;
    const facts = [["Events read", fmt(t.read)], ["Sources", fmt(t.streams) + (t.streams_failed ? ` (${fmt(t.streams_failed)} unreadable)` : "")],
      ["Records refused", `${fmt(t.refused)} of ${fmt(t.records)}`], ["Rules loaded", `${fmt(D.meta.rules_loaded)} of ${fmt(D.meta.rules_loaded + D.meta.rules_refused)}`], ["Made (UTC)", second(D.meta.made)]];
    for (const [k, v] of facts) $("facts").append(el("div", {}, el("dt", {}, k), el("dd", {}, v)));
    const notes = [];
    if (D.meta.listed < t.findings) notes.push(`The list below holds the ${fmt(D.meta.listed)} most severe of ${fmt(t.findings)} findings; counts by rule and level are of all. Use --output jsonl for every one.`);
    if (D.notes) notes.push(D.notes);
    if (notes.length) { $("notice").hidden = false; $("notice").textContent = notes.join(" "); }
    $("foot").textContent = `Times are UTC. Cordon ${D.meta.version}. Rules are named with their authors as the Detection Rule License asks; see each rule.`;
  }

  function histogram() {
    const list = F.filter((f) => f.time !== null && passes(f, "time"));
    const all = F.filter((f) => f.time !== null);
    $("hist").replaceChildren();
    const unknown = F.length - all.length;
    if (!all.length) { $("hist").append(el("p", { class: "empty" }, "No finding carries a time.")); return; }
    let lo = Infinity, hi = -Infinity;
    for (const f of all) { lo = Math.min(lo, f.time); hi = Math.max(hi, f.time); }
    const STEPS = [1e3, 5e3, 15e3, 6e4, 3e5, 9e5, 36e5, 108e5, 216e5, 864e5, 6048e5, 2592e6, 31536e6];
    const box = $("hist").getBoundingClientRect();
    const W = Math.max(320, box.width), H = Math.max(176, Math.min(320, box.height)), L = 44, B = 20, T = 8;
    const step = STEPS.find((s) => (hi - lo) / s <= 110) || 31536e7;
    const start = Math.floor(lo / step) * step, n = Math.max(1, Math.floor((hi - start) / step) + 1);
    const bins = Array.from({ length: n }, () => Object.fromEntries(LEVELS.map((l) => [l, 0])));
    for (const f of list) bins[Math.floor((f.time - start) / step)][f.level]++;
    const max = Math.max(1, ...bins.map((b) => LEVELS.reduce((s, l) => s + b[l], 0)));
    const bw = (W - L) / n, y = (v) => (H - B - T) * v / max;
    const s = svg("svg", { viewBox: `0 0 ${W} ${H}`, width: W, height: H, role: "img", "aria-label": "Findings over time" });
    for (const v of [0, max]) {
      const yy = H - B - y(v);
      s.append(svg("line", { class: "ax", x1: L, x2: W, y1: yy, y2: yy }));
      const t = svg("text", { x: L - 6, y: yy + 4, "text-anchor": "end" }); t.textContent = fmt(v); s.append(t);
    }
    bins.forEach((b, i) => {
      let base = H - B;
      for (const l of LEVELS) if (b[l]) {
        const h = Math.max(1, y(b[l])); base -= h;
        const r = svg("rect", { x: L + i * bw + .5, width: Math.max(1, bw - 1), y: base, height: h, fill: `var(--bar-${l})` });
        const title = svg("title", {}); title.textContent = `${time(start + i * step)}: ${b[l]} ${l}`; r.append(title); s.append(r);
      }
    });
    const ticks = Math.max(1, Math.min(6, n, Math.floor(W / 120)));
    for (let k = 0; k < ticks; k++) {
      const i = Math.floor(k * n / ticks), iso = time(start + i * step);
      const t = svg("text", { x: L + i * bw, y: H - 5 }); t.textContent = step < 864e5 ? iso.slice(5, step < 6e4 ? 19 : 16) : iso.slice(0, 10); s.append(t);
    }
    if (state.from !== null) s.append(svg("rect", { class: "band", x: L + (state.from - start) / step * bw, width: Math.max(2, (state.to - state.from) / step * bw), y: T, height: H - B - T }));
    const at = (e) => { const r = s.getBoundingClientRect(); return Math.max(0, Math.min(n - 1, Math.floor(((e.clientX - r.left) / r.width * W - L) / bw))); };
    let from = null;
    s.addEventListener("pointerdown", (e) => { from = at(e); });
    s.addEventListener("pointerup", (e) => {
      if (from === null) return;
      const to = at(e); state.from = start + Math.min(from, to) * step; state.to = start + (Math.max(from, to) + 1) * step; from = null; draw();
    });
    $("hist").append(s);
    $("when-sub").textContent = state.from === null
      ? `${second(lo)} to ${second(hi)}, drag to narrow${unknown ? `; ${plural(unknown, "finding", "findings")} without a time` : ""}`
      : `${second(state.from)} to ${second(state.to)}`;
    $("brush-clear").hidden = state.from === null;
  }

  function tactics() {
    const list = F.filter((f) => passes(f, "tactic"));
    const counts = tally(list, (f) => tacticsOf(f.rule));
    const rules = new Map();
    for (const f of list) for (const t of tacticsOf(f.rule)) { if (!rules.has(t)) rules.set(t, new Set()); rules.get(t).add(f.ruleNo); }
    const max = Math.max(1, ...counts.values());
    $("tactics").replaceChildren(...D.tactics.filter((t) => counts.get(t) || state.tactic.has(t)).map((t) => el("li", {}, el("button", {
      type: "button", class: state.tactic.has(t) ? "on" : "", "aria-pressed": state.tactic.has(t), onclick: () => toggle(state.tactic, t),
    }, t, el("i", { style: `width:${100 * (counts.get(t) || 0) / max}%` }), el("span", { class: "n" }, `${fmt(counts.get(t) || 0)}, ${rules.get(t)?.size || 0}`)))));
    if (!counts.size) $("tactics").append(el("li", { class: "more" }, "No rule names a tactic."));
  }

  function facet(name, label) {
    const list = F.filter((f) => passes(f, name));
    const counts = tally(list, keyOf[name]);
    for (const v of state[name]) if (!counts.has(v)) counts.set(v, 0);
    const entries = [...counts].sort(name === "level" ? (a, b) => LEVELS.indexOf(a[0]) - LEVELS.indexOf(b[0]) : (a, b) => b[1] - a[1]);
    const max = Math.max(1, ...counts.values());
    const rows = entries.slice(0, 40).map(([v, c]) => el("li", {}, el("button", {
      type: "button", class: "fv" + (state[name].has(v) ? " on" : ""), "aria-pressed": state[name].has(v), title: name === "rule" ? D.rules[v].title : v, onclick: () => toggle(state[name], v),
    }, label(v), el("span", { class: "c" }, fmt(c)), el("i", { style: `width:${100 * c / max}%` }))));
    if (entries.length > 40) rows.push(el("li", { class: "more" }, `and ${fmt(entries.length - 40)} more; search narrows`));
    $("f-" + name).replaceChildren(...rows);
  }
  const word = (v) => el("span", { class: "el" }, v === "" ? "(not stated)" : v);

  let rows = [], cur = -1;
  const ROW = 30, grid = $("grid"), body = $("gb");
  const cell = (text, cls) => el("span", { class: cls || "", title: text }, text);
  function compute() {
    if (state.view === "findings") { rows = F.filter((f) => passes(f)); return; }
    const by = new Map();
    for (const f of F) if (passes(f)) {
      let r = by.get(f.ruleNo);
      if (!r) by.set(f.ruleNo, r = { rule: f.rule, ruleNo: f.ruleNo, level: f.level, count: 0, hosts: new Set(), first: null, last: null, sample: f });
      r.count++; r.hosts.add(f.host);
      if (f.time !== null) { r.first = r.first === null ? f.time : Math.min(r.first, f.time); r.last = r.last === null ? f.time : Math.max(r.last, f.time); }
    }
    rows = [...by.values()].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.count - a.count);
  }
  function rowOf(r, i) {
    const e = el("div", { class: "gr" + (i === cur ? " cur" : ""), style: `top:${i * ROW}px`, role: "option", id: "r" + i, "aria-selected": i === cur, onclick: () => { cur = i; open(); } });
    if (state.view === "rules") e.append(el("span", {}, sev(r.level)), cell(r.rule.title), cell(fmt(r.count), "num"), cell(fmt(r.hosts.size), "num"), cell(second(r.first), "mono"), cell(second(r.last), "mono"));
    else {
      const what = r.reasons[0] ? r.reasons[0][2] : r.message || "";
      e.append(el("span", {}, sev(r.level)), cell(second(r.time), "mono"), cell(r.rule.title), cell(r.host), cell(r.user, "mono"), cell(what, "mono"));
    }
    return e;
  }
  function paint() {
    const first = Math.max(0, Math.floor(grid.scrollTop / ROW) - 8), last = Math.min(rows.length, first + Math.ceil(grid.clientHeight / ROW) + 16);
    const out = [];
    for (let i = first; i < last; i++) out.push(rowOf(rows[i], i));
    body.style.height = rows.length * ROW + "px";
    body.replaceChildren(...out);
    if (!rows.length) body.replaceChildren(el("p", { class: "empty" }, F.length ? "No finding passes these filters." : "No rule matched. That is no proof of health: see which sources were read below."));
    grid.setAttribute("aria-activedescendant", cur >= 0 ? "r" + cur : "");
  }
  function heads() {
    const names = state.view === "rules" ? ["Level", "Rule", "Findings", "Hosts", "First (UTC)", "Last (UTC)"] : ["Level", "Time (UTC)", "Rule", "Host", "User", "What matched"];
    $("gh").replaceChildren(...names.map((n, i) => el("span", { class: state.view === "rules" && (i === 2 || i === 3) ? "num" : "" }, n)));
    document.querySelector(".gwrap").classList.toggle("by-rule", state.view === "rules");
  }
  function marked(value, pattern) {
    const literal = pattern.replace(/^\S+ /, "").replace(/^\*+|\*+$/g, "");
    const at = literal ? value.toLowerCase().indexOf(literal.toLowerCase()) : -1;
    if (at < 0) return [value];
    return [value.slice(0, at), el("mark", {}, value.slice(at, at + literal.length)), value.slice(at + literal.length)];
  }
  const link = (u) => (/^https?:\/\//.test(u) ? el("a", { href: u, rel: "noreferrer noopener", target: "_blank" }, u) : u);
  function open() {
    paint();
    const r = rows[cur];
    const box = $("detail");
    document.querySelector(".bench").classList.toggle("open", Boolean(r));
    box.hidden = !r;
    if (!r) return;
    const rule = r.rule, f = r.sample || r;
    const dl = (pairs) => { const d = el("dl", { class: "sum" }); for (const [k, v] of pairs) if (v !== "" && v !== null && v !== undefined) d.append(el("div", {}, el("dt", {}, k), el("dd", {}, v))); return d; };
    box.replaceChildren(
      el("header", {}, sev(r.level), el("button", { class: "x", type: "button", "aria-label": "Close", onclick: close }, "\u00d7")),
      el("h2", {}, rule.title));
    if (rule.description) box.append(el("p", {}, rule.description));
    if (f.incomplete) box.append(el("p", { class: "notice" }, "Not fully evaluated: a regular expression met its limit."));
    box.append(el("h3", {}, r.sample ? "Why it fired, in the first event" : "Why it fired"));
    const why = el("ul", { class: "why" });
    for (const [sel, field, value, pattern] of f.reasons) why.append(el("li", {}, el("div", {}, el("span", { class: "f" }, field || "any value"), " ", el("span", { class: "s" }, `${pattern}  (${sel})`)), el("div", {}, ...marked(value, pattern))));
    if (!f.reasons.length) why.append(el("li", {}, "Nothing in the event had to be present: the rule asks for absences only."));
    box.append(why, el("h3", {}, "Event"), dl([["Time", time(f.time)], ["Host", f.host], ["User", f.user], ["Channel", f.channel], ["Event ID", f.eventId], ["Source", f.source], ["Record", fmt(f.record)], ["Evidence", f.evidence], ...f.fields.map((x) => [x[0], x[1]]), ["Message", f.message]]));
    box.append(el("h3", {}, "Rule"), dl([["Author", rule.author], ["Id", rule.id], ["Status", rule.status], ["File", rule.file], ["Findings", fmt(rule.count)]]));
    if (rule.falsepositives.length) box.append(el("h3", {}, "Known false alarms"), el("ul", {}, ...rule.falsepositives.map((x) => el("li", {}, x))));
    if (rule.tags.length) box.append(el("h3", {}, "Tags"), el("ul", { class: "tags" }, ...rule.tags.map((x) => el("li", {}, x))));
    if (rule.references.length) box.append(el("h3", {}, "References"), el("ul", {}, ...rule.references.map((x) => el("li", {}, link(x)))));
  }
  function close() { cur = -1; open(); grid.focus(); }

  function draw() {
    const kept = cur >= 0 ? rows[cur] : null;
    compute(); heads(); histogram(); tactics();
    facet("level", sev); facet("host", word); facet("rule", (v) => word(D.rules[v].title)); facet("source", word);
    cur = kept ? rows.findIndex((r) => r === kept || (r.sample && r.ruleNo === kept.ruleNo)) : -1;
    $("count").textContent = state.view === "rules" ? plural(rows.length, "rule", "rules") : `${fmt(rows.length)} of ${plural(F.length, "finding", "findings")}`;
    $("reset").hidden = !(state.q || state.from !== null || ["level", "host", "rule", "source", "tactic"].some((k) => state[k].size));
    if (kept) open(); else paint();
  }
  function move(step) {
    if (!rows.length) return;
    cur = Math.max(0, Math.min(rows.length - 1, cur + step));
    const top = cur * ROW;
    if (top < grid.scrollTop) grid.scrollTop = top;
    if (top + ROW > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + ROW - grid.clientHeight;
    $("detail").hidden ? paint() : open();
  }
  grid.addEventListener("scroll", paint);
  grid.addEventListener("keydown", (e) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[e.key];
    if (step) { e.preventDefault(); move(step); }
    if (e.key === "Enter") open();
    if (e.key === "Escape") close();
    if (e.key === "/") { e.preventDefault(); $("q").focus(); }
  });
  let wait = 0;
  $("q").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(() => { state.q = $("q").value.trim().toLowerCase(); draw(); }, 120); });
  const view = (v) => { state.view = v; cur = -1; $("v-findings").setAttribute("aria-pressed", v === "findings"); $("v-rules").setAttribute("aria-pressed", v === "rules"); grid.scrollTop = 0; draw(); open(); };
  $("v-findings").addEventListener("click", () => view("findings"));
  $("v-rules").addEventListener("click", () => view("rules"));
  $("brush-clear").addEventListener("click", () => { state.from = state.to = null; draw(); });
  $("reset").addEventListener("click", () => { for (const k of ["level", "host", "rule", "source", "tactic"]) state[k].clear(); state.q = $("q").value = ""; state.from = state.to = null; draw(); });
  const dark = (on) => { document.documentElement.dataset.theme = on ? "dark" : "light"; };
  dark(matchMedia("(prefers-color-scheme: dark)").matches);
  $("theme").addEventListener("click", () => dark(document.documentElement.dataset.theme !== "dark"));

  if (D.problems.length) {
    const table = el("table", {}, el("tr", {}, el("th", {}, "Source"), el("th", {}, "At byte"), el("th", {}, "Why")));
    for (const [s, o, why] of D.problems) table.append(el("tr", {}, el("td", {}, s), el("td", {}, fmt(o)), el("td", {}, why)));
    $("problems").hidden = false;
    $("problems").append(el("h2", {}, `What could not be read: ${plural(D.totals.refused, "record", "records")}, ${plural(D.totals.streams_failed, "source", "sources")}`), table);
    if (D.problems.length < D.totals.problems) $("problems").append(el("p", {}, `${fmt(D.totals.problems - D.problems.length)} more are not listed here.`));
  }
  addEventListener("resize", () => { histogram(); paint(); });
  headline();
  draw();
})();
