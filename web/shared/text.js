/* Text and numbers on their way to a page, both pages' and every script's. `html` escapes whatever
 * is put into it, and `fill` takes nothing else: no name or number of a file can become code. */
(() => {
  "use strict";

  /** Markup that is safe in a page; only `html` makes it, so no JSON can pass for it. */
  class Markup {
    /** @param {string} text */
    constructor(text) {
      this.text = text;
    }
  }

  /** Where each value of a template stands: in the page's text, in a quoted attribute, or bare in a
   * tag, where escaping does not help.
   * @type {WeakMap<TemplateStringsArray, ("text" | "quoted" | "bare")[]>} */
  const known = new WeakMap();

  /** @param {TemplateStringsArray} pieces */
  function placesOf(pieces) {
    let [inTag, quoted] = [false, false];
    return pieces.slice(0, -1).map((piece) => {
      for (const sign of piece) {
        if (inTag && sign === '"') quoted = !quoted;
        else if (!quoted && (sign === "<" || sign === ">")) inTag = sign === "<";
      }
      if (inTag) return quoted ? "quoted" : "bare";
      return "text";
    });
  }

  /**
   * @param {Content} value
   * @returns {string}
   */
  function safe(value) {
    if (value instanceof Markup) return value.text;
    if (Array.isArray(value)) return value.map(safe).join("");
    return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  }

  /**
   * Markup with values put into it: text and numbers escaped, markup as it is, lists joined.
   *
   * Attributes are quoted by `"` and take text or numbers; bare in a tag only markup may stand, or
   * nothing. Anything else is a TypeError.
   * @param {TemplateStringsArray} pieces
   * @param {...Content} values
   * @returns {Markup}
   */
  function html(pieces, ...values) {
    const places = known.get(pieces) ?? placesOf(pieces);
    known.set(pieces, places);
    values.forEach((value, at) => {
      const plain = typeof value === "string" || typeof value === "number";
      if (places[at] === "quoted" ? !plain : places[at] === "bare" && plain && value !== "")
        throw new TypeError(`not a place for ${String(value)}: ${pieces.join("${…}")}`);
    });
    return new Markup(String.raw({ raw: pieces }, ...values.map(safe)));
  }

  /**
   * Replace what is in a node.
   * @param {Element} node
   * @param {Markup} markup
   */
  function fill(node, markup) {
    if (!(markup instanceof Markup)) throw new TypeError("only what `html` made goes into a page");
    node.innerHTML = markup.text; // eslint-disable-line no-restricted-properties -- the one place
  }

  /**
   * The first part of a node that a selector finds; it is there.
   * @param {Element} node
   * @param {string} selector
   */
  const part = (node, selector) => /** @type {HTMLElement} */ (node.querySelector(selector));

  /**
   * All parts of a node that a selector finds.
   * @param {Element} node
   * @param {string} selector
   */
  const parts = (node, selector) =>
    /** @type {HTMLElement[]} */ ([...node.querySelectorAll(selector)]);

  /**
   * 0.99574 → "99.6 %".
   * @param {number} share
   * @param {number} [digits]
   */
  const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

  /**
   * 4293 → "4,293".
   * @param {number} value
   */
  const count = (value) => value.toLocaleString("en");

  /**
   * A class's name where there is room for four letters.
   * @param {string} name
   */
  const short = (name) => (name.length > 4 ? `${name.slice(0, 3)}.` : name);

  globalThis.forgetdemo = Object.assign(
    globalThis.forgetdemo ?? {},
    /** @satisfies {Partial<Forgetdemo>} */ ({ html, fill, part, parts, percent, count, short }),
    { views: {} }, // each script adds its own
  );
})();
