// Reads the fixtures on stdin, runs web/shared/preprocess.js on each, prints what differs as JSON.
import crypto from "node:crypto";
import zlib from "node:zlib";
import "../../web/shared/preprocess.js";

let text = "";
process.stdin.on("data", (part) => (text += part));
process.stdin.on("end", () => {
  const wrong = [];
  const blown_up = []; // SHA-256 of canvasOf for each canvas of 28×28
  const items = JSON.parse(text);
  items.forEach((item, at) => {
    const grey = new Uint8Array(zlib.inflateSync(Buffer.from(item.zlib, "base64")));
    const seen = forgetdemo.preprocess(grey, item.width, item.height);
    const equal = seen.pixels.every((value, i) => value === item.pixels[i]);
    if (!equal || seen.blank !== item.blank || seen.note !== item.note) wrong.push(at);
    if (item.width === 28 && item.height === 28)
      blown_up.push(crypto.createHash("sha256").update(forgetdemo.canvasOf(grey)).digest("hex"));
  });
  console.log(JSON.stringify({ compared: items.length, wrong, blown_up }));
});
