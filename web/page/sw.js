/* Keeps one whole, verified copy of the page for visits without a network, or with a host that
 * fails. A page names its scripts, styles and first data with their hashes; another page is taken
 * up only once all of that is here, so versions never mix. The export fills the next line in, so
 * another page is another worker and browsers take it up. */
const SITE = { version: "source" };

/** What `self` is here; the checker takes it for any worker's.
 * @type {ServiceWorkerGlobalScope & typeof globalThis} */
const worker = /** @type {any} */ (self);
const prefix = `forgetdemo:${new URL("./", worker.location.href).pathname}:`;
const [KEPT, DATA] = [`${prefix}page`, `${prefix}data`];
const [PATIENCE, FOR_ALL] = [8000, 20000]; // ms for a page, and for all its files
const MANY = 50; // pages that are told of
/** Why pages were not the host's newest, by client.
 * @type {Map<string, string>} */
const told = new Map();

/**
 * What a page cannot do without, as its own text names it; throws if that is no page of ours.
 * @param {string} text of index.html
 * @returns {{ files: { path: string, integrity: string, shelf: string }[], data: Set<string> }}
 */
function needs(text) {
  const named = text.matchAll(/(?:src|href)="(app-[^"]+)" integrity="([^"]+)"/g);
  const files = [...named].map(([, path, integrity]) => ({ path, integrity, shelf: KEPT }));
  const site = JSON.parse(/** @type {string[]} */ (/ id="site">(.*?)<\/script>/s.exec(text))[1]);
  const pair = site.models.slice(0, 2).map((/** @type {{ file: string }} */ model) => model.file);
  for (const name of ["runtime.wasm", "samples", ...pair]) {
    const { path, sha256 } = site.files[name];
    const bytes = sha256.replace(/../g, (/** @type {string} */ two) =>
      String.fromCharCode(parseInt(two, 16)),
    );
    files.push({ path, integrity: `sha256-${btoa(bytes)}`, shelf: DATA });
  }
  const data = new Set(Object.values(site.files).map(({ path }) => path));
  return { files, data };
}

/**
 * Take a page up: fetch and verify what it needs, and only then keep it in the older one's place.
 * @param {string} text of index.html
 */
async function take(text) {
  const { files, data } = needs(text);
  const signal = AbortSignal.timeout(FOR_ALL);
  await Promise.all(
    files.map(async ({ path, integrity, shelf }) => {
      const cache = await caches.open(shelf);
      if (await cache.match(path)) return;
      const reply = await fetch(path, { integrity, signal }).catch(
        () => fetch(path, { integrity, signal, cache: "reload" }), // what the browser kept may be damaged
      );
      if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
      await cache.put(path, reply);
    }),
  );
  const kept = await caches.open(KEPT);
  const headers = { "content-type": "text/html; charset=utf-8" };
  await kept.put("./", new Response(text, { headers }));
  await tidy(kept, new Set(["./", ...files.map(({ path }) => path)]));
  await tidy(await caches.open(DATA), data);
}

/**
 * Drop what is not known.
 * @param {Cache} cache
 * @param {Set<string>} known
 */
async function tidy(cache, known) {
  const urls = new Set([...known].map((path) => new URL(path, worker.location.href).href));
  for (const request of await cache.keys()) if (!urls.has(request.url)) await cache.delete(request);
}

worker.addEventListener("install", (event) => {
  const first = async () => {
    const reply = await fetch("./", { cache: "no-store" });
    const text = await reply.text();
    if (!text.includes(`app-${SITE.version}/`)) throw new Error("half a new version is here");
    await take(text);
    await worker.skipWaiting();
  };
  event.waitUntil(first());
});

worker.addEventListener("activate", (event) => {
  const begin = async () => {
    for (const name of await caches.keys())
      if (name.startsWith(prefix) && name !== KEPT && name !== DATA) await caches.delete(name);
    await worker.clients.claim();
  };
  event.waitUntil(begin());
});

/**
 * The page itself: the host's where it is whole, else the one that was kept.
 * @param {FetchEvent} event
 */
async function page(event) {
  const kept = await (await caches.open(KEPT)).match("./");
  let why = "offline";
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const reply = await fetch(event.request, { cache: "no-store", signal }); // not the browser's own
    if (!kept || reply.type === "opaqueredirect") return reply;
    why = "host";
    const text = reply.ok ? await reply.clone().text() : "";
    if (text !== (await kept.clone().text())) await take(text);
    return reply;
  } catch (error) {
    if (!kept) throw error;
    if (told.size >= MANY) told.clear();
    told.set(event.resultingClientId, why);
    return kept;
  }
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  const root = new URL("./", worker.location.href).pathname;
  if (request.mode === "navigate" && [root, `${root}index.html`].includes(pathname)) {
    event.respondWith(page(event));
  } else if (pathname.startsWith(`${root}app-`)) {
    // its name changes with its content
    const found = caches.match(request, { cacheName: KEPT });
    event.respondWith(found.then((kept) => kept || fetch(request)));
  }
});

worker.addEventListener("message", (event) => {
  const source = /** @type {Client | null} */ (event.source);
  event.ports[0]?.postMessage(told.get(source?.id ?? "") ?? "");
});
