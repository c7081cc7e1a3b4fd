/* The lesson "Has it really forgotten?": six steps beside a pad. Where a visitor is, what they
 * guessed and their score live here; a page hands in answers, and hears what is asked of it. */
(() => {
  "use strict";
  const { fill, html, part, parts } = forgetdemo;
  const { LETTERS, lessonSays: told } = forgetdemo;
  const STEPS = 6;
  /** What `pick` is told first: put a sample on the pad, teach all, open a place. */
  const [SAMPLE, TEACH, OPEN] = [0, 1, 2];
  const NONE = -1; // nothing guessed, nobody accused

  /** @type {WeakMap<Element, LessonVisit>} */
  const visits = new WeakMap();

  /**
   * The step that an address asks for, "#lesson=3" or "?lesson=3": null where it does not ask, 0
   * where there is no such step.
   * @param {string} hash
   * @param {string} search
   */
  function lessonStep(hash, search) {
    const asked =
      new URLSearchParams(hash.replace(/^#/, "")).get("lesson") ??
      new URLSearchParams(search).get("lesson");
    if (asked === null || asked === "") return null;
    return /^[1-6]$/.test(asked) ? Number(asked) : 0;
  }

  /** @param {number} count */
  function shuffled(count) {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i -= 1) {
      const other = Math.floor(Math.random() * (i + 1));
      [order[i], order[other]] = [order[other], order[i]];
    }
    return order;
  }

  /** @param {Lesson} data */
  function begin(data) {
    const asked = lessonStep(globalThis.location?.hash ?? "", globalThis.location?.search ?? "");
    return {
      ...{ step: asked || 1, guess: NONE, order: shuffled(data.networks.length) },
      ...{ taught: false, looked: false, accused: NONE, right: 0, played: 0, laidOut: "" },
      wrong: asked === 0 ? "The link asks for a step that the lesson does not have." : "",
    };
  }

  /**
   * Keep the step in the address, and nothing else there.
   * @param {Lesson} data
   * @param {number} step
   */
  function keep(data, step) {
    if (!globalThis.history?.replaceState || !globalThis.location) return;
    const address = new URL(location.href);
    if (data.query) address.searchParams.set("lesson", String(step));
    else address.hash = `lesson=${step}`;
    history.replaceState(history.state, "", address);
  }

  /**
   * The columns of the open step: whom the drawing is asked.
   * @param {Lesson} data
   * @param {LessonVisit} visit
   * @returns {ComparisonColumn[]}
   */
  function columnsOf(data, visit) {
    const answers = data.answers ?? {};
    const before = {
      key: "before",
      title: "Before",
      role: "before",
      probabilities: answers.before ?? null,
    };
    const named = data.networks.map(({ key, title, role }) => {
      return { key, title, role, probabilities: answers[key] ?? null };
    });
    const [after, masked] = [named.slice(0, 1), named.slice(1, 2)];
    if (visit.step === 1) return [before, ...after];
    if (visit.step === 2) return [before, ...after, ...(visit.guess === NONE ? [] : masked)];
    if (visit.step !== 3) return visit.step === 4 ? named : [before, ...after];
    const [shown, role] = [visit.taught ? (data.taught ?? {}) : answers, "unnamed"];
    return visit.order.map((place, i) => {
      const { key, title } = data.networks[place];
      const letter = `${LETTERS[i]}${visit.taught && data.taught ? ", taught" : ""}`;
      const open = visit.accused !== NONE;
      return {
        ...{ key: `${LETTERS[i]}`, title: open ? `${LETTERS[i]}: ${title}` : letter },
        ...{ role: open ? data.networks[place].role : role, probabilities: shown[key] ?? null },
      };
    });
  }

  /**
   * Lay the open step out, and fill it.
   * @param {HTMLElement} node
   * @param {Lesson} data
   * @param {LessonVisit} visit
   * @param {Picked} pick
   * @param {boolean} [focus] put the keyboard on the step's title
   */
  function show(node, data, visit, pick, focus = false) {
    const { title, words, more } = told(data, visit);
    const state = JSON.stringify([
      ...[visit.step, visit.guess, visit.order, visit.taught, visit.looked, visit.accused],
      ...[visit.played, Boolean(data.curves), data.classes, data.networks.length],
    ]);
    if (visit.laidOut !== state) {
      const held = document.activeElement;
      const attribute = node.contains(held) ? held?.getAttributeNames().find(isOurs) : undefined;
      const value = attribute && held?.getAttribute(attribute);
      visit.laidOut = state;
      const steps = Array.from({ length: STEPS }, (_, i) => {
        const current = i + 1 === visit.step ? html` aria-current="step"` : "";
        return html`<button type="button" data-step="${i + 1}" aria-label="Step ${i + 1}"${
          current
        }>${i + 1}</button>`;
      });
      const samples = data.samples.map(
        ({ label, picture }, i) => html`<button type="button" data-sample="${i}"
          aria-label="${label}" title="${label}"><img alt="" src="${picture}"></button>`,
      );
      fill(
        node,
        html`<section class="fd-lesson" aria-label="Has it really forgotten?">
          <nav class="fd-steps" aria-label="Steps of the lesson">${steps}</nav>
          <h2 tabindex="-1" class="fd-step-title">${visit.step}. ${title}</h2>
          <p class="fd-lesson-words">${words}</p>
          <div class="fd-lesson-more">${more}</div>
          <p class="fd-status" role="status"></p>
          <div class="fd-pictures" role="group" aria-label="Put one on the pad">${samples}</div>
          <div class="fd-lesson-answers"></div>
          <div class="fd-choices fd-lesson-ways">
            <button type="button" class="fd-button" data-step="${visit.step - 1}"${
              visit.step === 1 ? html` disabled` : ""
            }>Back</button>
            <button type="button" class="fd-button strong" data-step="${visit.step + 1}"${
              visit.step === STEPS ? html` disabled` : ""
            }>Next</button>
            <button type="button" class="fd-button" data-open="0">Skip the lesson</button>
          </div></section>`,
      );
      hear(node, data, visit, pick);
      if (focus) part(node, ".fd-step-title").focus();
      else if (attribute)
        parts(node, `[${attribute}="${value}"]`)
          .find((one) => !one.hasAttribute("disabled"))
          ?.focus();
    }
    part(node, ".fd-lesson > .fd-status").textContent = visit.wrong || data.status;
    const columns = columnsOf(data, visit);
    const blank = columns.every(({ probabilities }) => !probabilities);
    forgetdemo.views.comparison(part(node, ".fd-lesson-answers"), {
      classes: data.classes,
      columns,
      sentence: blank ? "Draw, or take one of the pictures." : "",
    });
    if (visit.taught)
      // axes first, so that nothing moves when the lines come
      for (const place of parts(node, ".fd-lesson-curves"))
        forgetdemo.views.curves(place, curvesOf(data, visit));
  }

  /** @param {string} attribute */
  const isOurs = (attribute) =>
    /^data-(step|guess|accuse|teach|look|again|open|sample)$/.test(attribute);

  /**
   * @param {Lesson} data
   * @param {LessonVisit} visit
   * @returns {Curves}
   */
  function curvesOf(data, visit) {
    return {
      title: `Share of the test images of ${data.classes[data.forget]} answered right`,
      xLabel: "steps of learning from five images",
      yRange: [0, 1],
      lines: visit.order.map((place, i) => {
        return { name: LETTERS[i], points: data.curves?.[data.networks[place].key] ?? [] };
      }),
    };
  }

  /**
   * @param {HTMLElement} node
   * @param {Lesson} data
   * @param {LessonVisit} visit
   * @param {Picked} pick
   */
  function hear(node, data, visit, pick) {
    /**
     * @param {string} what
     * @param {(value: number) => void} doing
     */
    const on = (what, doing) =>
      parts(node, `[data-${what}]`).forEach((button) =>
        button.addEventListener("click", () => {
          visit.wrong = "";
          doing(Number(button.getAttribute(`data-${what}`)));
        }),
      );
    const again = () => show(node, current(node, data), visit, pick);
    on("step", (step) => {
      visit.step = step;
      keep(current(node, data), step);
      show(node, current(node, data), visit, pick, true);
    });
    on("guess", (guess) => {
      visit.guess = guess;
      again();
    });
    on("look", () => {
      visit.looked = true;
      again();
    });
    on("teach", () => {
      visit.taught = true;
      again();
      pick(TEACH, 0);
    });
    on("accuse", (place) => {
      visit.accused = place;
      visit.played += 1;
      visit.right += Number(current(node, data).networks[place].key === "oracle");
      again();
    });
    on("again", () => {
      Object.assign(visit, { order: shuffled(data.networks.length), accused: NONE });
      Object.assign(visit, { taught: false, looked: false });
      again();
    });
    on("open", (place) => pick(OPEN, place));
    on("sample", (place) => pick(SAMPLE, place));
  }

  /** The newest record of a node: a button may have been laid out with an older one.
   * @type {WeakMap<Element, Lesson>} */
  const newest = new WeakMap();
  /**
   * @param {HTMLElement} node
   * @param {Lesson} data
   */
  const current = (node, data) => newest.get(node) ?? data;

  /**
   * The lesson's panel. pick(0, place): put that sample on the pad; pick(1, 0): teach all networks
   * five images; pick(2, place): open one of PLACES.
   * @param {HTMLElement} node
   * @param {Lesson} data
   * @param {Picked} [pick]
   */
  function lesson(node, data, pick = () => {}) {
    const known = visits.get(node);
    const visit = known?.order.length === data.networks.length ? known : begin(data);
    visits.set(node, visit);
    newest.set(node, data);
    if (data.status && !data.curves) visit.taught = visit.taught && data.teaching;
    show(node, data, visit, pick);
  }

  Object.assign(forgetdemo, /** @satisfies {Partial<Forgetdemo>} */ ({ lessonStep }));
  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ lesson }));
})();
