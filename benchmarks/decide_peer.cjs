// The peer of decide.services_per_s: json-rules-engine on the rules of decide_policy.json.
//
// Usage: node decide_peer.cjs POLICY SERVICES. Both are files with JSON. Prints what it makes
// of each service, then runs for as many seconds as each line of its input says, and answers
// how many services it decided and how long that took.

"use strict";

const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { performance } = require("node:perf_hooks");
const { Engine } = require("json-rules-engine");
const { version } = require("json-rules-engine/package.json");

const [policy, services] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path)));

function engineOf(checks) {
  const engine = new Engine([], { allowUndefinedFacts: true });
  for (const [check, { category, role }] of Object.entries(checks)) {
    engine.addRule({
      conditions: { all: [{ fact: check, operator: "equal", value: true }] },
      event: { type: check, params: { category, role } },
    });
  }
  return engine;
}

async function decide(engine, facts) {
  const { events, failureEvents } = await engine.run(facts);
  const passed = {};
  const counting = {};
  for (const { params } of events) {
    passed[params.category] = (passed[params.category] ?? 0) + 1;
    counting[params.category] = (counting[params.category] ?? 0) + 1;
  }
  let blockers = 0;
  let required = 0;
  for (const { params } of failureEvents) {
    counting[params.category] = (counting[params.category] ?? 0) + 1;
    if (params.role === "blocker") blockers += 1;
    if (params.role === "required") required += 1;
  }
  let credit = 0;
  let total = 0;
  for (const category in counting) {
    const weight = policy.categories[category];
    credit += (weight * (passed[category] ?? 0)) / counting[category];
    total += weight;
  }
  const score = credit / total;
  const { go, conditional } = policy.thresholds;
  if (blockers > 0 || required > policy.fail_budget || score < conditional) return "no_go";
  const gaps = failureEvents.length;
  if (score < go || gaps > policy.warn_budget || required > 0) return "conditional_go";
  return "go";
}

async function main() {
  const engine = engineOf(policy.checks);
  const verdicts = [];
  for (const facts of services) verdicts.push(await decide(engine, facts));
  console.log(JSON.stringify({ version, runtime: process.versions.node, verdicts }));
  for await (const line of createInterface({ input: process.stdin })) {
    const began = performance.now();
    const until = began + Number(line) * 1000;
    let decided = 0;
    do {
      for (const facts of services) await decide(engine, facts);
      decided += services.length;
    } while (performance.now() < until);
    console.log(JSON.stringify({ decided, took_s: (performance.now() - began) / 1000 }));
  }
}

main();
