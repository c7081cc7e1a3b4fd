/* Keeps the page's code for offline visits; its data is kept by load.js, which verifies it. The
 * export fills the next line in, so another page is another worker and browsers take it up. */
/** @type {{ version: string, shell: string[], data: string[] }} */
const SITE = { version: "source", shell: [], data: [] };

/** What `self` is here; the checker takes it for any worker's.
 * @type {ServiceWorkerGlobalScope & typeof globalThis} */
const worker = /** @type {any} */ (self);
const prefix = `forgetdemo:${new URL("./", worker.location.href).pathname}:`;
const [SHELL, DATA] = [`${prefix}shell-${SITE.version}`, `${prefix}data`];
/** @param {string} path */
const absolute = (path) => new URL(path, worker.location.href).href;

worker.addEventListener("install", (event) => {
  const fresh = (/** @type {string} */ path) =>
    new Request(path, path === "./" ? { cache: "no-store" } : {});
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(SITE.shell.map(fresh)))
      .then(() => worker.skipWaiting()),
  );
});

/** Drop the code of other versions, and data that this version does not know. */
async function tidy() {
  for (const name of await caches.keys())
    if (name.startsWith(`${prefix}shell-`) && name !== SHELL) await caches.delete(name);
  const known = new Set(SITE.data.map(absolute));
  const cache = await caches.open(DATA);
  for (const request of await cache.keys())
    if (!known.has(request.url)) await cache.delete(request);
  await worker.clients.claim();
}
worker.addEventListener("activate", (event) => event.waitUntil(tidy()));

/**
 * The page itself: the newest where there is a network, else the one that was kept.
 * @param {Request} request
 */
async function page(request) {
  const cache = await caches.open(SHELL);
  try {
    return await fetch(request, { cache: "no-store" }); // not what the browser kept
  } catch (error) {
    const kept = await cache.match("./");
    if (kept) return kept;
    throw error;
  }
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  const root = new URL("./", worker.location.href).pathname;
  if (request.mode === "navigate" && [root, `${root}index.html`].includes(pathname)) {
    event.respondWith(page(request));
  } else if (pathname.startsWith(`${root}app-`)) {
    // its name changes with its content
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});
