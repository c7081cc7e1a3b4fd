/* Drawing on a canvas: mouse, touch and pen; white ink on black. Knows neither Gradio nor the page.
 * Plain functions, no imports; loaded by a script tag, by the app and by the static page alike. */
(() => {
  "use strict";
  const SIDE = 280; // backing store, whatever the size on screen

  /** Build the pad's markup inside `root`; every part is found by its class. */
  function padMarkup() {
    return `
      <canvas class="fd-canvas" width="${SIDE}" height="${SIDE}" role="img" tabindex="-1"
        aria-label="Drawing area: draw one digit"></canvas>
      <div class="fd-pad-buttons">
        <button type="button" class="fd-button fd-undo">Undo</button>
        <button type="button" class="fd-button fd-clear">Clear</button>
      </div>`;
  }

  /** Start a pad inside `root` (which must hold `padMarkup()`).
   *
   * options: pen (ink width in pixels of 280), everyMs (at most one call per so many milliseconds
   * while the pen is down), onInk(dataUrl, done) with `done` true on pen-up, onClear(), asPng (false:
   * dataUrl is null, for whoever reads grey() and has no use for a PNG).
   * Returns { show(dataUrl), clear(), undo(), grey(), canvas }. */
  function mountPad(root, options) {
    const { pen = 20, everyMs = 120, onInk = () => {}, onClear = () => {}, asPng = true } = options;
    const canvas = root.querySelector(".fd-canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    let picture = null; // shown below the strokes: a sample digit
    let awaited = null; // the picture that is loading; an older one must not replace it
    let strokes = []; // lists of [x, y] in canvas pixels
    let active = null; // pointer that draws
    let timer = 0;

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
      timer = 0;
    }

    /** End a stroke from outside: whoever clears, undoes or shows does so while a pen may be down. */
    function lift() {
      quiet();
      active = null;
    }

    function send(done) {
      quiet();
      onInk(asPng ? canvas.toDataURL("image/png") : null, done);
    }

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
      const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      const from = points.length - 1;
      for (const part of parts.length ? parts : [event]) points.push(position(part));
      ink(points.slice(from));
      if (!timer) timer = setTimeout(() => send(false), everyMs);
    });
    const end = (event) => {
      if (event.pointerId !== active) return;
      active = null;
      send(true);
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
      if (strokes.length || picture) send(true);
      else onClear();
    }

    /** Put a picture on the pad without calling back; null empties it. */
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

    root.querySelector(".fd-clear").addEventListener("click", clear);
    root.querySelector(".fd-undo").addEventListener("click", undo);
    redraw();
    return { show, clear, undo, grey, canvas };
  }

  globalThis.forgetdemo = Object.assign(globalThis.forgetdemo || {}, { mountPad, padMarkup });
})();
