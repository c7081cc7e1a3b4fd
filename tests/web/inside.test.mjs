// Layers whose units are chosen by mouse and keyboard, marks that need no colour, places on a map.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { place, sample } from "./helpers/shared.mjs";

const { views } = forgetdemo;
const PICTURE = "data:image/png;base64,AA==";

/** Two layers of six and of three units, the first in rows of three. */
const record = (changes = {}) => ({
  picture: PICTURE,
  titles: ["Before", "After"],
  roles: ["before", "after"],
  layers: [
    {
      title: "First",
      words: "6 maps",
      across: 3,
      count: 6,
      names: [],
      pictures: [PICTURE, PICTURE],
      strengths: [Array(6).fill(0.25), Array(6).fill(1)],
      differs: [0, 4],
    },
    {
      title: "Answers",
      words: "3 answers",
      across: 3,
      count: 3,
      names: ["zero", "one", "two"],
      pictures: [PICTURE, PICTURE],
      strengths: [Array(3).fill(0.5), Array(3).fill(0.5)],
      differs: [],
    },
  ],
  chosen: [],
  ...changes,
});
const key = (node, name) =>
  node.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));

test("what differs has a frame, a corner and a count, and is said", () => {
  const node = place();
  views.inside(node, record({ chosen: [0, 4] }));
  const tiles = node.querySelectorAll(".fd-tiles");
  assert.equal(tiles.length, 4);
  for (const one of [tiles[0], tiles[1]]) {
    assert.equal(one.querySelector(".fd-differs").getAttribute("d"), "M0 0h1v1h-1zM1 1h1v1h-1z");
    assert.match(one.querySelector(".fd-spots").getAttribute("d"), /^M1 0v0.32l-0.32 -0.32zM2 1v/);
    assert.equal(one.querySelector(".fd-chosen").getAttribute("d"), "M1 1h1v1h-1z");
    assert.match(one.getAttribute("aria-valuetext"), /^unit 5 of 6, strength \d+ %, differs$/);
  }
  assert.equal(node.querySelectorAll(".fd-count")[0].textContent, "2 of 6 differ ◥");
  assert.equal(tiles[2].getAttribute("aria-valuetext"), "zero, strength 50 %, not chosen");
});

test("units are chosen by a click where it lands, and by keys from the chosen one on", () => {
  const node = place();
  const pick = mock.fn();
  views.inside(node, record(), pick);
  const tiles = node.querySelectorAll(".fd-tiles")[1];
  tiles.getBoundingClientRect = () => ({ left: 10, top: 20, width: 300, height: 200 });
  for (const [clientX, clientY] of [
    [15, 25],
    [310, 220],
    [190, 130],
  ])
    tiles.dispatchEvent(new MouseEvent("click", { clientX, clientY }));
  const clicked = pick.mock.calls.map((call) => call.arguments);
  assert.deepEqual(clicked, [
    [0, 0],
    [0, 5],
    [0, 4],
  ]);
  const heard = (name, chosen) => {
    views.inside(node, record({ chosen }), pick);
    pick.mock.resetCalls();
    key(tiles, name);
    return pick.mock.calls.map((call) => call.arguments[1])[0];
  };
  assert.equal(heard("ArrowRight", [0, 1]), 2);
  assert.equal(heard("ArrowDown", [0, 1]), 4);
  assert.equal(heard("ArrowUp", [0, 1]), undefined, "no unit is there");
  assert.equal(heard("ArrowUp", [0, 4]), 1);
  assert.equal(heard("End", [0, 1]), 5);
  assert.equal(heard("Enter", []), 0);
  assert.equal(heard("ArrowRight", [1, 2]), 0, "another layer's unit was chosen");
  assert.equal(heard("x", [0, 1]), undefined);
});

test("layers are filled in place; a blank drawing empties them", () => {
  const node = place();
  views.inside(node, record());
  const tiles = node.querySelector(".fd-tiles");
  assert.equal(tiles.querySelector("img").hidden, false);
  const blank = record({ picture: null });
  for (const layer of blank.layers)
    Object.assign(layer, { pictures: [null, null], strengths: [[], []], differs: [] });
  views.inside(node, blank);
  assert.equal(node.querySelector(".fd-tiles"), tiles);
  assert.equal(tiles.querySelector("img").hidden, true);
  assert.equal(node.querySelector(".fd-count").textContent, "nothing was asked");
  assert.match(tiles.getAttribute("aria-valuetext"), /not asked/);
  views.inside(node, { ...blank, titles: ["Before", "Retrained"] });
  assert.notEqual(node.querySelector(".fd-tiles"), tiles, "another pair is laid out anew");
});

test("a unit's images call back with their column and place", () => {
  const node = place();
  const pick = mock.fn();
  views.unit(node, sample("Unit", "x"), pick);
  node.querySelectorAll("section")[3].querySelectorAll("button")[7].click();
  assert.deepEqual(pick.mock.calls[0].arguments, [3, 7]);
});

test("places on a map keep their shape, and the drawing stays inside", () => {
  const node = place();
  const data = {
    titles: ["Before"],
    roles: ["before"],
    labels: ["1", "2", "6"],
    marked: "6",
    places: [
      [
        [0, 0],
        [10, 0],
        [10, 20],
      ],
    ],
    at: [[5, 10]],
    words: ["w"],
  };
  views.cloud(node, data);
  const texts = [...node.querySelectorAll("text")];
  const at = texts.map((text) => [Number(text.getAttribute("x")), Number(text.getAttribute("y"))]);
  assert.equal(at[1][0] - at[0][0], (at[1][1] - at[2][1]) / 2, "one scale both ways, up is up");
  assert.deepEqual(
    texts.map((text) => text.classList.contains("fd-ours")),
    [false, false, true],
  );
  const here = node.querySelector(".fd-here");
  assert.equal(here.getAttribute("transform"), "translate(150.0 150.0)");
  views.cloud(node, { ...data, at: [[9999, -9999]] });
  assert.equal(node.querySelector(".fd-here"), here, "points are not drawn again");
  assert.equal(here.getAttribute("transform"), "translate(292.0 292.0)");
  views.cloud(node, { ...data, at: [null] });
  assert(here.hasAttribute("hidden"));
  views.cloud(node, { ...data, places: [[]], at: [null] });
  assert.equal(node.querySelectorAll("text").length, 0);
});

test("sets of digits, none of them, and a drawing that is no digit", async () => {
  const { candidates, surenessOf } = await import("../../web/page/sure.js");
  const p = [0.1, 0.5, 0, 0.1, 0.3, 0, 0, 0, 0, 0];
  assert.deepEqual(candidates(p, 0.1), [1, 4, 0, 3]);
  const sure = { least: { "95 %": 0.6, "99 %": 0.3 }, energy: 5 };
  const column = { title: "Before", role: "before", classes: [..."0123456789"], forget: null };
  const asked = [{ ...column, probabilities: p }];
  const node = place();
  views.sureness(node, surenessOf(sure, asked, 4.9));
  const said = () => [...node.querySelectorAll("dd")].map((one) => one.textContent);
  assert.deepEqual(said(), ["none", "1, 4"]);
  assert.match(node.querySelector(".fd-doubt").textContent, /does not look like a digit/);
  views.sureness(node, surenessOf(sure, asked, 5));
  assert.equal(node.querySelector(".fd-doubt").textContent, "");
  views.sureness(node, surenessOf(sure, [{ ...column, probabilities: null }], null));
  assert.deepEqual(said(), ["–", "–"]);
});
