// The lesson's panel: where a visitor is, what they guess, what a page is asked for.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { place } from "./helpers/shared.mjs";

const { lessonStep, views } = forgetdemo;
const KEYS = ["after", "logit_mask", "oracle", "deep_natural"];

/** A record of four networks; what `more` names is changed. */
const record = (more = {}) => ({
  classes: [..."0123456789"],
  forget: 6,
  redirect: 3,
  query: false,
  inside: false,
  networks: KEYS.map((key, i) => ({
    key,
    title: `title of ${key}`,
    role: "after",
    why: `why ${key}`,
    acc_forget: 0,
    acc_retain: 1,
    probe: 0.9,
    rebuilt: i / 10,
  })),
  samples: [{ label: "a six", picture: "data:," }],
  answers: Object.fromEntries(["before", ...KEYS].map((key, i) => [key, oneHot(key, i)])),
  taught: null,
  curves: null,
  teaching: false,
  status: "",
  ...more,
});
const oneHot = (key, i) => Array.from({ length: 10 }, (_, c) => Number(c === i + 1));
const CURVES = Object.fromEntries(
  KEYS.map((key, i) => [key, [0, 1, 2, 4].map((step) => [step, Number(step >= 2 ** i / 2)])]),
);

function opened(hash = "", search = "") {
  const href = `http://host/page${search}${hash}`;
  globalThis.location = { hash, search, href };
  globalThis.history = { state: null, replaceState: mock.fn() };
  const [node, pick] = [place(), mock.fn()];
  const show = (more) => views.lesson(node, record(more), pick);
  show();
  const press = (selector) => node.querySelector(selector).click();
  const go = (step) => press(`nav [data-step="${step}"]`);
  return { node, pick, show, press, go, said: () => node.textContent.replace(/\s+/g, " ") };
}

test("a link names a step, or none, or one that is not there", () => {
  for (let step = 1; step <= 6; step += 1) {
    assert.equal(lessonStep(`#lesson=${step}`, ""), step);
    assert.equal(lessonStep("", `?forget=6&lesson=${step}`), step);
  }
  for (const hash of ["", "#", "#draw", "#lesson", "#lesson="])
    assert.equal(lessonStep(hash, ""), null);
  for (const wrong of ["0", "7", "03", "1e0", "-1", "x".repeat(9999), "<b>", "1.5"])
    assert.equal(lessonStep(`#lesson=${wrong}`, ""), 0, wrong);
});

test("it begins where the link says, and the address follows", () => {
  const { node, go, said } = opened("#lesson=4");
  assert.match(node.querySelector("h2").textContent, /^4\. Look inside/);
  go(2);
  assert.equal(document.activeElement, node.querySelector("h2"), "the title is read");
  const [, , address] = history.replaceState.mock.calls.at(-1).arguments;
  assert.equal(address.href, "http://host/page#lesson=2");
  const other = opened("", "?lesson=9&seed=1");
  assert.match(other.said(), /The link asks for a step that the lesson does not have/);
  assert.match(other.node.querySelector("h2").textContent, /^1\./);
  other.show({ query: true });
  other.go(3);
  const asked = history.replaceState.mock.calls.at(-1).arguments[2];
  assert.equal(asked.href, "http://host/page?lesson=3&seed=1");
  assert.doesNotMatch(other.said(), /The link asks/);
  assert.match(said(), /2\. Guess/, "another visitor stays where they are");
});

test("the guess is answered, and the switched-off output shown only then", () => {
  const { node, go, press, said } = opened();
  go(2);
  assert.equal(node.querySelectorAll(".fd-column").length, 2);
  press('[data-guess="0"]');
  assert.match(said(), /No\. Output switched off: 0\.0 %/);
  assert.equal(node.querySelectorAll(".fd-column").length, 3);
  assert.equal(document.activeElement.dataset?.guess ?? "0", "0");
  press('[data-guess="2"]');
  assert.match(said(), /Yes\. Output switched off/);
  assert.equal(node.querySelector('[data-guess="2"]').getAttribute("aria-pressed"), "true");
});

test("four networks without names, until one is accused", () => {
  const { node, pick, show, go, press, said } = opened();
  go(3);
  assert.doesNotMatch(said(), /title of|why /);
  const letters = [...node.querySelectorAll(".fd-column h3")].map((head) => head.textContent);
  assert.deepEqual(letters, ["A", "B", "C", "D"]);
  press("[data-teach]");
  assert.deepEqual(pick.mock.calls.at(-1).arguments, [1, 0]);
  assert.match(said(), /Teaching …/);
  assert.equal(node.querySelectorAll(".fd-curves").length, 1, "axes, so that nothing moves");
  show({ teaching: true, status: "Teaching network 2 of 4 …" });
  assert.match(said(), /Teaching network 2 of 4/);
  const taught = record().answers;
  show({ curves: CURVES, taught });
  assert.equal(node.querySelectorAll(".fd-lesson-curves .fd-line").length, 4);
  assert.match(said(), /A, taught/);
  press("[data-look]");
  assert.equal(node.querySelectorAll(".fd-inside tbody tr").length, 4);
  assert.doesNotMatch(said(), /title of|why /, "looking inside names nobody");
  press('[data-accuse="0"]');
  assert.match(said(), /That one fooled you\. It is “title of after”\. why after/);
  assert.match(said(), /half back after 1 step, the retrained one half back after 2 steps/);
  assert.match(said(), /Score: 0 of 1/);
  press("[data-again]");
  assert.doesNotMatch(said(), /title of/);
  press('[data-accuse="2"]');
  assert.match(said(), /Right\. why oracle/);
  assert.match(said(), /Score: 1 of 2/);
  go(6);
  assert.match(said(), /Score: 1 of 2/);
});

test("teaching that failed can be tried again", () => {
  const { node, show, go, press } = opened();
  go(3);
  press("[data-teach]");
  assert(node.querySelector("[data-teach]").disabled);
  show({ status: "the images are gone." });
  assert(!node.querySelector("[data-teach]").disabled);
  assert.match(node.querySelector(".fd-lesson > .fd-status").textContent, /gone/);
});

test("samples and other places are asked for", () => {
  const { node, pick, show, go, press } = opened();
  press('[data-sample="0"]');
  assert.deepEqual(pick.mock.calls.at(-1).arguments, [0, 0]);
  go(5);
  press('.fd-lesson-more [data-open="2"]');
  assert.deepEqual(pick.mock.calls.at(-1).arguments, [2, 2]);
  go(4);
  assert.equal(node.querySelector('[data-open="1"]'), null, "no place shows layers");
  show({ inside: true });
  go(1);
  go(4);
  press('[data-open="1"]');
  assert.deepEqual(pick.mock.calls.at(-1).arguments, [2, 1]);
  press('.fd-lesson-ways [data-open="0"]');
  assert.deepEqual(pick.mock.calls.at(-1).arguments, [2, 0], "skipped");
});
