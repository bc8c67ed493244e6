'use strict';
// Keeps the visit sheets of this device so that they open without a network. Nothing else of the site is kept: not the
// pages with contacts, not the answers of the server.
const shelf = 'lianxin-sheets-1', last = '/visits/offline';

// keyOf names a sheet by cadre and day; empty for any other address.
function keyOf(address) {
  const u = new URL(address, location.href), q = u.searchParams;
  if (u.origin !== location.origin || u.pathname !== last || q.has('file')) return '';
  return q.has('on') ? last + '?' + new URLSearchParams({cadre: q.get('cadre') || '', on: q.get('on')}) : last;
}

// open asks the server and, if that fails, is slow, or wants a new sign-in, takes the kept sheet: what was noted must stay in reach.
async function open(request, key) {
  const shelves = await caches.open(shelf), held = await shelves.match(key);
  const ask = fetch(request).then(async answer => {
    if (answer.ok && !answer.redirected) {
      await shelves.put(key, answer.clone());
      await shelves.put(last, answer.clone());
    }
    return answer;
  });
  if (!held) return ask.catch(async () => await shelves.match(last) || Response.error());
  const late = new Promise(ok => setTimeout(() => ok(held), 3000));
  return Promise.race([ask.then(answer => answer.ok ? answer : held, () => held), late]);
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', e => e.waitUntil(self.clients.claim()));
self.addEventListener('fetch', e => {
  const key = e.request.method === 'GET' && e.request.mode === 'navigate' && keyOf(e.request.url);
  if (key) e.respondWith(open(e.request, key));
});
// A page asks to keep the sheets of the coming days too; it is told which are kept.
self.addEventListener('message', e => e.waitUntil((async () => {
  if (e.data.drop) return void (await caches.delete(shelf), e.source.postMessage({dropped: true}));
  const kept = [];
  for (const address of e.data.keep || []) {
    const key = keyOf(address);
    try {
      const answer = key && await fetch(address, {redirect: 'error', credentials: 'same-origin'});
      if (answer && answer.ok) { await (await caches.open(shelf)).put(key, answer); kept.push(address); }
    } catch (err) { /* no network: the next visit of the page asks again */ }
  }
  e.source.postMessage({kept});
})()));
