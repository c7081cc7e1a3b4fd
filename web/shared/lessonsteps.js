/* What each step of the lesson says and offers; lesson.js lays it out and hears what is pressed. */
(() => {
  "use strict";
  const { html, percent } = forgetdemo;
  const LETTERS = "ABCDEFGHIJ"; // of networks that have no name yet
  /** What is opened, by its place in this list; forgetdemo/views/lesson.py has the same. */
  const PLACES = ["draw", "inside", "relearn"];
  const HALF = 0.5; // of the class's test images: when it is called back
  const GUESSES = ["nearly all of them", "about half of them", "none of them, like After"];
  const [NONE, RIGHT_GUESS] = [-1, 2];

  /**
   * First step at which half of the class is back; null: never.
   * @param {number[][]} curve
   */
  const halfBack = (curve) => curve.find(([, share]) => share >= HALF)?.[0] ?? null;

  /**
   * @param {number[][] | undefined} curve
   */
  function backWords(curve) {
    if (!curve) return "";
    const step = halfBack(curve);
    if (step === null) return "not half back within the lesson";
    return `half back after ${step} step${step === 1 ? "" : "s"}`;
  }

  /**
   * Why the network that was accused fooled the visitor, or how the right one was known.
   * @param {Lesson} data
   * @param {number} accused
   */
  function verdict(data, accused) {
    const found = data.networks[accused];
    const oracle = data.networks.findIndex(({ key }) => key === "oracle");
    const [own, other] = [data.curves?.[found.key], data.curves?.[data.networks[oracle]?.key]];
    const measured = own ? ` Taught five: ${backWords(own)}` : "";
    if (accused === oracle) return html`<b>Right.</b> ${found.why}${measured}${own ? "." : ""}`;
    const beside = other ? `, the retrained one ${backWords(other)}.` : "";
    const said = html`<b>That one fooled you.</b> It is “${found.title}”.`;
    return html`${said} ${found.why}${measured}${beside}`;
  }

  /**
   * What the open step says: its title, one sentence, and what is done there.
   * @param {Lesson} data
   * @param {LessonVisit} visit
   * @returns {{ title: Content, words: Content, more: Content }}
   */
  function lessonSays(data, visit) {
    const name = data.classes[data.forget];
    const other = data.redirect === null ? "something else" : data.classes[data.redirect];
    const one = (/** @type {string} */ key) => data.networks.find((each) => each.key === key);
    const [after, masked] = [one("after"), one("logit_mask")];
    const score = visit.played
      ? html`<p class="fd-score" role="status">Score: ${visit.right} of ${visit.played}</p>`
      : "";
    if (visit.step === 1)
      return {
        title: html`Draw a ${name}`,
        words: html`Draw a ${name} on the pad, or take one below: Before says ${name}, After was
          made to say ${other}.`,
        more: "",
      };
    if (visit.step === 2) return guessing(data, visit, masked, after);
    if (visit.step === 3)
      return {
        title: "Which one never saw it?",
        words: html`Four networks, none of which answers ${name}: ask them digits, teach each five
          images of ${name}, look inside, then say which one never saw a ${name}.`,
        more: html`${blind(data, visit)}${score}`,
      };
    if (visit.step === 4)
      return {
        title: "Look inside",
        words: html`The answers of these four agree, what they hold does not: see how many test
          images of ${name} come back when only the last layer is rebuilt from five images.`,
        more: html`${figures(data, null)}${
          data.inside ? opener("inside", "Look at the layers while you draw") : ""
        }`,
      };
    if (visit.step === 5)
      return {
        title: "Bring it back yourself",
        words: html`Draw a ${name} a few times and teach After with your own drawings: what was
          hidden is back within a few steps.`,
        more: opener("relearn", "Bring it back in Relearn"),
      };
    return {
      title: "What this shows, and what not",
      words: html`Zero right answers say what a network tells you, not what it knows; only networks
        that never saw a ${name} show what forgetting looks like.`,
      more: html`<p class="fd-small">It does not show that nothing is left: no test can. These are
        small networks, one seed each, and attacks that we thought of.</p>${score}${opener(
          "draw",
          "Go on drawing",
        )}`,
    };
  }

  /**
   * @param {string} place one of PLACES
   * @param {string} words
   */
  const opener = (place, words) =>
    html`<p><button type="button" class="fd-button" data-open="${PLACES.indexOf(
      place,
    )}">${words}</button></p>`;

  /**
   * @param {Lesson} data
   * @param {LessonVisit} visit
   * @param {LessonNetwork | undefined} masked
   * @param {LessonNetwork | undefined} after
   */
  function guessing(data, visit, masked, after) {
    const name = data.classes[data.forget];
    const options = GUESSES.map((words, i) => {
      const mark = visit.guess === i ? html` aria-pressed="true"` : html` aria-pressed="false"`;
      return html`<button type="button" class="fd-button" data-guess="${i}"${mark}>${
        words
      }</button>`;
    });
    const share = (/** @type {LessonNetwork | undefined} */ each) =>
      each ? percent(each.acc_forget) : "–";
    const said =
      visit.guess === NONE
        ? ""
        : html`<p class="fd-honest"><b>${
            visit.guess === RIGHT_GUESS ? "Yes." : "No."
          }</b> Output switched off: ${share(masked)} of the test images of ${name} are answered
          right. After: ${share(after)}. One changed number reaches the same figure, and nothing
          was forgotten.</p>`;
    return {
      title: "Guess",
      words: html`Nothing is unlearned, only the original's output for ${name} is switched off: of
        all test images of ${name}, how many does it still call ${name}?`,
      more: html`<div class="fd-choices" role="group" aria-label="Your guess">${options}</div>${
        said
      }`,
    };
  }

  /**
   * The blind test's buttons, and after the guess what the networks were.
   * @param {Lesson} data
   * @param {LessonVisit} visit
   */
  function blind(data, visit) {
    const name = data.classes[data.forget];
    if (visit.accused !== NONE) {
      const names = visit.order.map(
        (place, i) => html`<li><b>${LETTERS[i]}</b> ${data.networks[place].title}</li>`,
      );
      return html`<p class="fd-honest">${verdict(data, visit.accused)}</p><ul
        class="fd-reveal">${names}</ul><p><button type="button" class="fd-button"
        data-again="1">Play again</button></p>`;
    }
    const waits = visit.taught && !data.curves;
    const teach = waits ? "Teaching …" : `Teach each five images of ${name}`;
    const off = waits || (visit.taught && data.curves) ? html` disabled` : "";
    const accuse = visit.order.map(
      (place, i) =>
        html`<button type="button" class="fd-button" data-accuse="${place}">${
          LETTERS[i]
        } never saw a ${name}</button>`,
    );
    return html`<div class="fd-choices"><button type="button" class="fd-button" data-teach="1"${
      off
    }>${teach}</button><button type="button" class="fd-button" data-look="1"${
      visit.looked ? html` disabled` : ""
    }>Look inside</button></div><div class="fd-lesson-curves"></div>${
      visit.looked ? figures(data, visit.order) : ""
    }<div class="fd-choices" role="group" aria-label="Your guess">${accuse}</div>`;
  }

  /**
   * Two figures of each network, as bars; by letter where they are not to be named.
   * @param {Lesson} data
   * @param {number[] | null} order
   */
  function figures(data, order) {
    const places = order ?? data.networks.map((_, i) => i);
    const name = data.classes[data.forget];
    const rows = places.map((place, i) => {
      const { title, rebuilt, probe } = data.networks[place];
      return html`<tr><th scope="row">${order ? LETTERS[i] : title}</th>${bar(rebuilt)}${bar(
        probe,
      )}</tr>`;
    });
    const heads = [
      "network",
      `${name} back, its output rebuilt from five images`,
      `${name} told from the rest by a linear reader`,
    ].map((words) => html`<th scope="col">${words}</th>`);
    return html`<div class="fd-scroll" tabindex="0" role="region" aria-label="Inside"><table
      class="fd-inside"><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
  }

  /** @param {number} share */
  const bar = (share) =>
    html`<td><span class="fd-bar"><i style="width:${(100 * share).toFixed(1)}%"></i></span><span
      class="fd-bar-value">${percent(share)}</span></td>`;

  Object.assign(forgetdemo, /** @satisfies {Partial<Forgetdemo>} */ ({ LETTERS, lessonSays }));
})();
