/* Drawing on a canvas: mouse, touch and pen; white ink on black. */
(() => {
  "use strict";
  const { fill, greyOf, html, packedPng, part, strokeInto } = forgetdemo;
  const SIDE = 280; // backing store, whatever the size on screen

  /**
   * Put a pad into `root`, empty.
   * @param {HTMLElement} root
   * @param {PadOptions} options
   * @returns {Pad}
   */
  function mountPad(root, { pen, everyMs, onInk, onClear, asPng = true }) {
    fill(
      root,
      html`<canvas class="fd-canvas" width="${SIDE}" height="${SIDE}" role="img" tabindex="-1"
          aria-label="Drawing area: draw one digit"></canvas>
        <div class="fd-pad-buttons">
          <button type="button" class="fd-button fd-undo">Undo</button>
          <button type="button" class="fd-button fd-clear">Clear</button>
        </div>`,
    );
    const canvas = /** @type {HTMLCanvasElement} */ (part(root, "canvas"));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const ink = new Uint8Array(SIDE * SIDE); // the drawing; the canvas only shows it
    /** Below the strokes: a sample digit.
     * @type {Uint8Array | null} */
    let picture = null;
    /** Counts pictures that were shown, and drawings that were sent: an older one must not come
     * after a newer one. */
    let [shown, sent] = [0, 0];
    /** @type {Stroke[]} */
    let strokes = [];
    /** The pointer that draws.
     * @type {number | null} */
    let active = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    /** @param {Box | null} box */
    function paint(box) {
      if (!box) return;
      const [width, height] = [box.right - box.left, box.bottom - box.top];
      const seen = context.createImageData(width, height);
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          const value = ink[(box.top + y) * SIDE + box.left + x];
          seen.data.set([value, value, value, 255], 4 * (y * width + x));
        }
      context.putImageData(seen, box.left, box.top);
    }

    function redraw() {
      if (picture) ink.set(picture);
      else ink.fill(0);
      for (const points of strokes) strokeInto(ink, SIDE, points, pen);
      paint({ left: 0, top: 0, right: SIDE, bottom: SIDE });
    }

    function quiet() {
      clearTimeout(timer);
      timer = undefined;
    }

    /** End a stroke from outside: whoever clears, undoes or shows may do so while a pen is down. */
    function lift() {
      quiet();
      active = null;
      shown += 1;
      sent += 1;
    }

    function send() {
      quiet();
      if (!asPng) {
        onInk(null);
        return;
      }
      sent += 1;
      const mine = sent;
      void packedPng(ink, SIDE).then((url) => {
        if (mine === sent) onInk(url);
      });
    }

    /**
     * Where a pointer is, in canvas pixels, whatever enlarges the page or the pad.
     * @param {PointerEvent} event
     * @returns {[number, number]}
     */
    function position(event) {
      const box = canvas.getBoundingClientRect();
      const across = (event.clientX - box.left) * (canvas.offsetWidth / box.width);
      const down = (event.clientY - box.top) * (canvas.offsetHeight / box.height);
      return [
        ((across - canvas.clientLeft) * SIDE) / canvas.clientWidth,
        ((down - canvas.clientTop) * SIDE) / canvas.clientHeight,
      ];
    }

    canvas.addEventListener("pointerdown", (event) => {
      if (active !== null || event.button > 0) return;
      event.preventDefault();
      active = event.pointerId;
      canvas.setPointerCapture(active);
      strokes.push([position(event)]);
      paint(strokeInto(ink, SIDE, strokes[strokes.length - 1], pen)); // a tap leaves a dot
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== active) return;
      const points = strokes[strokes.length - 1];
      const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      const from = points.length - 1;
      for (const move of moves.length ? moves : [event]) points.push(position(move));
      paint(strokeInto(ink, SIDE, points.slice(from), pen));
      if (!timer) timer = setTimeout(send, everyMs);
    });
    /** @param {PointerEvent} event */
    const end = (event) => {
      if (event.pointerId !== active) return;
      active = null;
      send();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);

    function clear() {
      lift();
      strokes = [];
      picture = null;
      redraw();
      onClear();
    }

    function undo() {
      lift();
      if (strokes.length) strokes.pop();
      else picture = null;
      redraw();
      if (strokes.length || picture) send();
      else onClear();
    }

    /**
     * Put a picture on the pad without calling back; null empties it.
     * @param {string | Uint8Array | null} given a PNG data URL ("": none), or grey values
     */
    function show(given) {
      lift();
      strokes = [];
      picture = typeof given === "string" ? null : given;
      redraw();
      if (typeof given !== "string" || !given) return;
      const mine = shown;
      void greyOf(given, SIDE).then((values) => {
        if (mine !== shown) return;
        picture = values;
        redraw();
      });
    }

    const grey = () => ink;

    part(root, ".fd-clear").addEventListener("click", clear);
    part(root, ".fd-undo").addEventListener("click", undo);
    redraw();
    return { show, grey };
  }

  Object.assign(forgetdemo, /** @satisfies {Partial<Forgetdemo>} */ ({ mountPad }));
})();
