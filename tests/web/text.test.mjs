// Nothing but escaped text and markup of our own making reaches a page.

import assert from "node:assert/strict";
import test from "node:test";
import { place } from "./helpers/shared.mjs";

const { count, fill, html, percent, short } = forgetdemo;
const EVIL = `"><img src=x onerror=alert(1)><script>alert(2)</script>'&`;

test("values are escaped in text and in attributes", () => {
  const node = place();
  fill(node, html`<p title="${EVIL}">${EVIL}</p>`);
  assert.equal(node.children.length, 1);
  assert.deepEqual(node.firstChild.getAttributeNames(), ["title"]);
  assert.equal(node.firstChild.title, EVIL);
  assert.equal(node.textContent, EVIL);
});

test("markup stays markup, lists are joined, numbers are text", () => {
  const list = [1, 2].map((n) => html`<b>${n}</b>`);
  assert.equal(
    html`<i>${list}${[EVIL.slice(0, 2), "c"]}</i>`.text,
    "<i><b>1</b><b>2</b>&#34;&#62;c</i>",
  );
  assert.equal(html`<i${html` hidden`}${""}></i>`.text, "<i hidden></i>");
  assert.equal(html`\n`.text, "\n", "escapes of JavaScript are what they always are");
});

test("what would need no quote to break out has no place in a tag", () => {
  for (const wrong of [
    () => html`<b ${"onclick=alert(1)"}></b>`,
    () => html`<b class=${"x onclick=alert(1)"}></b>`,
    () => html`<b class='${"x"}'></b>`,
    () => html`<b title="${html`"`}"></b>`,
    () => html`<b title="${["x"]}"></b>`,
    () => html`<b title="${undefined}"></b>`,
  ])
    assert.throws(wrong, /^TypeError: not a place for/);
});

test("only what `html` made goes into a page", () => {
  for (const wrong of ["<b></b>", { text: "<b></b>" }, JSON.parse('{"text": "<b></b>"}'), null])
    assert.throws(() => fill(place(), wrong), /only what `html` made/);
  assert.equal(html`${{ text: "<b></b>" }}`.text, "[object Object]", "JSON cannot pass for it");
});

test("names and numbers for people", () => {
  assert.deepEqual(["0", "Coat", "Dress", "お o"].map(short), ["0", "Coat", "Dre.", "お o"]);
  assert.deepEqual(
    [percent(0.9957), percent(0.9957, 2), percent(1, 0)],
    ["99.6 %", "99.57 %", "100 %"],
  );
  assert.equal(count(429258), "429,258");
});
