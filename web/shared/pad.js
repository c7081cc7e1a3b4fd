/* Drawing on a canvas: mouse, touch and pen; white ink on black. */
(() => {
  "use strict";
  const { fill, html, part } = forgetdemo;
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
    const context = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext("2d", { willReadFrequently: true })
    );
    /** Shown below the strokes: a sample digit.
     * @type {HTMLImageElement | null} */
    let picture = null;
    /** The picture that is loading; an older one must not replace it.
     * @type {HTMLImageElement | null} */
    let awaited = null;
    /** @type {Stroke[]} */
    let strokes = [];
    /** The pointer that draws.
     * @type {number | null} */
    let active = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    /** @param {Stroke} points */
    function ink(points) {
      context.strokeStyle = context.fillStyle = "#fff";
      context.lineWidth = pen;
      context.lineCap = context.lineJoin = "round";
      context.beginPath();
      if (points.length === 1) {
        context.arc(points[0][0], points[0][1], pen / 2, 0, 2 * Math.PI);
        context.fill();
        return;
      }
      context.moveTo(points[0][0], points[0][1]);
      for (const [x, y] of points.slice(1)) context.lineTo(x, y);
      context.stroke();
    }

    function redraw() {
      context.fillStyle = "#000";
      context.fillRect(0, 0, SIDE, SIDE);
      if (picture) context.drawImage(picture, 0, 0, SIDE, SIDE);
      for (const points of strokes) ink(points);
    }

    function quiet() {
      clearTimeout(timer);
      timer = undefined;
    }

    /** End a stroke from outside: whoever clears, undoes or shows may do so while a pen is down. */
    function lift() {
      quiet();
      active = null;
    }

    function send() {
      quiet();
      onInk(asPng ? canvas.toDataURL("image/png") : null);
    }

    /**
     * Where a pointer is, in canvas pixels.
     * @param {PointerEvent} event
     * @returns {[number, number]}
     */
    function position(event) {
      const box = canvas.getBoundingClientRect();
      return [
        ((event.clientX - box.left - canvas.clientLeft) * SIDE) / canvas.clientWidth,
        ((event.clientY - box.top - canvas.clientTop) * SIDE) / canvas.clientHeight,
      ];
    }

    canvas.addEventListener("pointerdown", (event) => {
      if (active !== null || event.button > 0) return;
      event.preventDefault();
      active = event.pointerId;
      canvas.setPointerCapture(active);
      strokes.push([position(event)]);
      ink(strokes[strokes.length - 1]); // a tap leaves a dot
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== active) return;
      const points = strokes[strokes.length - 1];
      const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      const from = points.length - 1;
      for (const move of moves.length ? moves : [event]) points.push(position(move));
      ink(points.slice(from));
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
      picture = awaited = null;
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
     * @param {string | null} url
     */
    function show(url) {
      lift();
      strokes = [];
      picture = awaited = null;
      redraw();
      if (!url) return;
      const image = new Image();
      awaited = image;
      image.onload = () => {
        if (awaited !== image) return;
        picture = image;
        redraw();
      };
      image.src = url;
    }

    /** The 280×280 grey values, row by row. */
    function grey() {
      const rgba = context.getImageData(0, 0, SIDE, SIDE).data;
      const values = new Uint8Array(SIDE * SIDE);
      for (let i = 0; i < values.length; i += 1) values[i] = rgba[4 * i];
      return values;
    }

    part(root, ".fd-clear").addEventListener("click", clear);
    part(root, ".fd-undo").addEventListener("click", undo);
    redraw();
    return { show, grey };
  }

  Object.assign(forgetdemo, /** @satisfies {Partial<Forgetdemo>} */ ({ mountPad }));
})();
