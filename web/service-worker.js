// The page without a network: all of its files are fetched when this worker is installed, and served from then on. The build
// puts the list of the files and its digest in place of the two names below (offline.ts).

/* global VERSION, FILES */

const PREFIX = `spherical-cnn ${self.registration.scope}`;
const CACHE = `${PREFIX} ${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(`${PREFIX} `) && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== self.location.origin) return;
  const answer = async () => {
    const cache = await caches.open(CACHE);
    // Each file is the same for everyone, whatever header the server says that it varies by.
    return (await cache.match(event.request, { ignoreSearch: true, ignoreVary: true })) ?? fetch(event.request);
  };
  event.respondWith(answer());
});
