"use strict";
/* What the pages do by themselves: they hear of events, ask for the part that changed, say how long
   ago things were, and follow the keys. All they show comes escaped from the server. */
(() => {
  const PAUSE_MS = 250;
  const MINUTE_MS = 60000;
  const SUMMARY_MS = 700;
  const waiting = new Map();
  const told = new Set();
  let opened = false;

  const body = document.body;
  const part = () => document.querySelector("[data-part]");

  /* How long ago, or how long still. */
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  function span(seconds) {
    const [unit, size] = UNITS.find(([, each]) => seconds >= each) || UNITS[3];
    return `${Math.floor(seconds / size)} ${unit}`;
  }
  function relate(root) {
    for (const each of root.querySelectorAll(".ago")) {
      const apart = (Date.now() - Date.parse(each.dataset.at)) / 1000;
      if (Number.isNaN(apart)) continue;
      const text = Math.abs(apart) < 1 ? "now" : apart > 0 ? `${span(apart)} ago` : `in ${span(-apart)}`;
      if (each.textContent !== text) each.textContent = text;
    }
  }

  /* At most one request for each part at a time, a moment after the first event about it. */
  function soon(key, act, pause) {
    if (waiting.has(key)) return;
    waiting.set(key, setTimeout(() => { waiting.delete(key); act(); }, pause));
  }

  function rowOf(service, environment) {
    return [...document.querySelectorAll(".target-row")].find(
      (row) => row.dataset.service === service && row.dataset.environment === environment);
  }

  async function fetched(url) {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected) { location.reload(); return null; }
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  function put(old, fresh) {
    const held = old.contains(document.activeElement) ? document.activeElement : null;
    const path = held && (held.id ? `#${CSS.escape(held.id)}` :
      held.matches(".row-link") ? `#${CSS.escape(held.closest("tr").id)} .row-link` : null);
    const open = [...old.querySelectorAll("details[open][id]")].map((each) => each.id);
    for (const id of open) fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    const node = document.importNode(fresh, true);
    old.replaceWith(node);
    relate(document);
    if (path) document.querySelector(path)?.focus({ preventScroll: true });
    return node;
  }

  async function refreshRow(service, environment) {
    const query = new URLSearchParams({ service, environment });
    const page = await fetched(`/row?${query}`);
    const fresh = page?.querySelector(".target-row");
    const old = rowOf(service, environment);
    if (!fresh || !old) return;
    if (old.outerHTML === fresh.outerHTML) return;
    put(old, fresh).classList.add("fresh");
  }

  async function refreshSummary() {
    const page = await fetched(location.href);
    const fresh = page?.querySelector("#summary"), old = document.querySelector("#summary");
    if (fresh && old) { put(old, fresh); document.title = page.title; }
  }

  async function refreshPart() {
    const old = part();
    if (!old || old.querySelector("form :focus")) return;
    const page = await fetched(location.href);
    const fresh = page?.querySelector("[data-part]");
    if (fresh) { put(old, fresh); document.title = page.title; }
  }

  /* Events. */
  const REBUILDS = new Set(["director.target.registered", "director.target.removed", "reset"]);
  function hear(name, data) {
    let said = {};
    try { said = JSON.parse(data); } catch { return; }
    const id = said["event.id"];
    if (name === "director.decision.changed" && id && !told.has(id)) {
      told.add(id);
      announce(String(said.message || "A decision changed"));
    }
    const service = said["director.subject.name"];
    const environment = said["deployment.environment.name"] || "";
    const here = part();
    if (!here) return;
    if ("board" in here.dataset) {
      if (REBUILDS.has(name)) { soon("part", refreshPart, SUMMARY_MS); return; }
      if (service) soon(`${service}@${environment}`, () => refreshRow(service, environment), PAUSE_MS);
      soon("summary", refreshSummary, SUMMARY_MS);
    } else if ("frozen" in here.dataset) {
      return;
    } else if ("service" in here.dataset) {
      const about = here.dataset.service === service && here.dataset.environment === environment;
      if (about || name === "reset") soon("part", refreshPart, PAUSE_MS);
    } else if ("cases" in here.dataset) {
      if (name === "director.case.recorded" || name === "director.decision.made" || name === "reset") soon("part", refreshPart, PAUSE_MS);
    } else {
      soon("part", refreshPart, SUMMARY_MS);
    }
  }

  function announce(text) {
    const live = document.querySelector("#live"), shown = document.querySelector("#told");
    live.textContent = text;
    shown.textContent = text;
    shown.hidden = false;
    soon("hide", () => { shown.hidden = true; }, 8000);
  }

  body.addEventListener("htmx:sseBeforeMessage", (event) => {
    event.preventDefault();
    hear(event.detail.type, event.detail.data);
  });
  /* Who was away may have missed something. */
  body.addEventListener("htmx:sseOpen", () => {
    if (opened) soon("part", refreshPart, PAUSE_MS);
    opened = true;
    body.dataset.listening = "";
  });
  body.addEventListener("htmx:sseError", () => { delete body.dataset.listening; });
  /* What becomes old does so without an event. */
  setInterval(() => {
    if (!document.hidden && part() && !("frozen" in part().dataset)) refreshPart();
  }, MINUTE_MS);
  setInterval(() => relate(document), 1000);
  relate(document);

  /* Keys. */
  let before = "";
  function step(by) {
    const links = [...document.querySelectorAll(".row-link, .steps tbody a, .part-wide tbody a")];
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const inText = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && inText) { event.target.blur(); return; }
    if (inText) return;
    const keys = document.querySelector("#keys");
    if (keys?.open) return;
    if (event.key === "/") {
      const search = document.querySelector("#q");
      if (search) { event.preventDefault(); search.focus(); search.select(); } else if (keys) location.assign("/");
    } else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?") keys?.showModal();
    else if (event.key === "h" && before === "g") location.assign("/");
    before = event.key;
  });
  document.querySelector(".filters")?.addEventListener("change", (event) => {
    if (event.target.matches("select")) event.target.form.requestSubmit();
  });
  window.addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details.evidence")) each.open = true;
  });
})();
