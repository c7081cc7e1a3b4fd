/* Grey values ↔ PNG pictures, without a canvas: a browser may falsify what is read back from one.
 * PNG as in ISO/IEC 15948, 8 bits a channel, not interlaced. */
(() => {
  "use strict";
  const PREFIX = "data:image/png;base64,";
  const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
  const CHANNELS = new Map([0, 2, 4, 6].map((kind, at) => [kind, [1, 3, 2, 4][at]]));
  const WORST = 2 ** 24; // bytes that a picture may unpack to
  const UP = 2;

  /** CRC-32 of each byte. */
  const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
    return value;
  });

  /** @param {Uint8Array} bytes */
  function crc32(bytes) {
    let value = -1;
    for (const byte of bytes) value = (value >>> 8) ^ CRC[(value ^ byte) & 255];
    return ~value >>> 0;
  }

  /** @param {number} value */
  const word = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

  /**
   * @param {string} kind
   * @param {ArrayLike<number>} data
   */
  function chunk(kind, data) {
    const body = new Uint8Array(4 + data.length);
    body.set([...kind].map((letter) => letter.charCodeAt(0)));
    body.set(data, 4);
    return [word(data.length), body, word(crc32(body))];
  }

  /** @param {Uint8Array} bytes */
  function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  }

  /**
   * @param {Uint8Array} packed what a picture was packed to
   * @param {number} width
   * @param {number} height
   * @param {number} channels 1: grey, 3: colours
   */
  function urlOf(packed, width, height, channels) {
    const header = [...word(width), ...word(height), 8, channels === 3 ? 2 : 0, 0, 0, 0];
    const chunks = [chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", [])];
    const parts = [SIGNATURE, ...chunks.flat()];
    const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return PREFIX + base64(bytes);
  }

  /**
   * Rows as PNG has them, each after its filter.
   * @param {Uint8Array} values
   * @param {number} across values in a row
   * @param {number} filter 0: as they are; UP: what differs from the row above
   */
  function rowsOf(values, across, filter) {
    const height = values.length / across;
    const rows = new Uint8Array(values.length + height);
    for (let y = 0; y < height; y += 1) {
      const at = y * (across + 1);
      rows[at] = filter;
      for (let x = 0; x < across; x += 1) {
        const above = filter === UP && y ? values[(y - 1) * across + x] : 0;
        rows[at + 1 + x] = values[y * across + x] - above;
      }
    }
    return rows;
  }

  /**
   * A picture → a PNG data URL, at once and as large as it is: for showing.
   * @param {Uint8Array} values row by row
   * @param {number} width
   * @param {number} [height] a square's, if none is given
   * @param {number} [channels] 1: grey, 3: colours
   */
  function plainPng(values, width, height = width, channels = 1) {
    const rows = rowsOf(values, width * channels, 0);
    let [a, b] = [1, 0]; // Adler-32
    for (const value of rows) {
      a = (a + value) % 65521;
      b = (b + a) % 65521;
    }
    const parts = [0x78, 1];
    for (let at = 0; at < rows.length; at += 65535) {
      const piece = rows.subarray(at, at + 65535);
      const size = piece.length;
      parts.push(
        at + size < rows.length ? 0 : 1,
        size & 255,
        size >>> 8,
        ~size & 255,
        (~size >>> 8) & 255,
      );
      for (const value of piece) parts.push(value);
    }
    const packed = Uint8Array.from([...parts, ...word(b * 65536 + a)]);
    return urlOf(packed, width, height, channels);
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {CompressionStream | DecompressionStream} machine
   * @param {number} most bytes that may come out
   */
  async function through(bytes, machine, most) {
    const found = [];
    let size = 0;
    const reader = new Blob([bytes]).stream().pipeThrough(machine).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > most) {
        void reader.cancel();
        throw new Error("the picture unpacks to more than it may");
      }
      found.push(value);
    }
    return new Uint8Array(await new Blob(found).arrayBuffer());
  }

  /**
   * A square of grey values → a small PNG data URL: for sending.
   * @param {Uint8Array} grey
   * @param {number} side
   */
  const packedPng = async (grey, side) =>
    urlOf(
      await through(rowsOf(grey, side, UP), new CompressionStream("deflate"), WORST),
      side,
      side,
      1,
    );

  /**
   * The value that a PNG filter predicts: from the left, from above, from both.
   * @param {number} filter
   * @param {number} left
   * @param {number} above
   * @param {number} corner
   */
  function predicted(filter, left, above, corner) {
    if (filter === 1) return left;
    if (filter === UP) return above;
    if (filter === 3) return (left + above) >> 1;
    if (filter !== 4) return 0;
    const guess = left + above - corner;
    const [l, u, c] = [left, above, corner].map((value) => Math.abs(guess - value));
    if (l <= u && l <= c) return left;
    return u <= c ? above : corner;
  }

  /**
   * A PNG data URL of side · side pixels → its grey values (the first channel, if there are more).
   *
   * Rejects with an Error: not such a picture, or 16 bits, a palette, interlaced.
   * @param {string} url
   * @param {number} side
   */
  async function greyOf(url, side) {
    const bytes = Uint8Array.from(atob(url.slice(PREFIX.length)), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const channels = CHANNELS.get(bytes[25]);
    const fits = bytes.length > 33 && view.getUint32(16) === side && view.getUint32(20) === side;
    if (!url.startsWith(PREFIX) || !fits || bytes[24] !== 8 || !channels || bytes[28])
      throw new Error(`expected a PNG of ${side}×${side} pixels, 8 bits each`);
    const packed = [];
    for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
      const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
      if (kind === "IDAT") packed.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
    }
    const all = new Uint8Array(await new Blob(packed).arrayBuffer());
    const rows = await through(all, new DecompressionStream("deflate"), WORST);
    const across = side * channels;
    if (rows.length !== side * (across + 1)) throw new Error("the picture is not whole");
    const grey = new Uint8Array(side * side);
    let above = new Uint8Array(across);
    for (let y = 0; y < side; y += 1) {
      const row = rows.slice(y * (across + 1) + 1, (y + 1) * (across + 1));
      const filter = rows[y * (across + 1)];
      for (let x = 0; x < across; x += 1) {
        const [left, corner] = x < channels ? [0, 0] : [row[x - channels], above[x - channels]];
        row[x] += predicted(filter, left, above[x], corner);
        if (x % channels === 0) grey[y * side + x / channels] = row[x];
      }
      above = row;
    }
    return grey;
  }

  Object.assign(
    forgetdemo,
    /** @satisfies {Partial<Forgetdemo>} */ ({ plainPng, packedPng, greyOf }),
  );
})();
