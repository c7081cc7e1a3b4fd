// Reads the fixtures on stdin, runs web/preprocess.js on each, prints what differs as JSON.
require("../web/preprocess.js");
const zlib = require("node:zlib");
let text = "";
process.stdin.on("data", (part) => (text += part));
process.stdin.on("end", () => {
  const wrong = [];
  const items = JSON.parse(text);
  items.forEach((item, at) => {
    const grey = new Uint8Array(zlib.inflateSync(Buffer.from(item.zlib, "base64")));
    const seen = forgetdemo.preprocess(grey, item.width, item.height);
    const equal = seen.pixels.every((value, i) => value === item.pixels[i]);
    if (!equal || seen.blank !== item.blank || seen.note !== item.note) wrong.push(at);
  });
  console.log(JSON.stringify({ compared: items.length, wrong }));
});
