// A box keeps the entries of this device and its numbers {device, count, clock}. An entry is an edit with cadre, on (the day of
// the visit) and state: new, taken, refused (with why), known (somebody else's, or noted before). No time and no place of writing.
//
// Its one way to write is change: it gets the numbers and returns {put, drop}, all in one transaction, so that two tabs of one
// device never give the same number twice.

const newDevice = () => ({device: [...crypto.getRandomValues(new Uint8Array(8))].map(b => b.toString(16).padStart(2, '0')).join(''), count: 0, clock: 0});

async function openBox() {
  try { return await databaseBox(); } catch (e) { /* refused: a private window, or a file in some browsers */ }
  try {
    localStorage.setItem('lianxin-try', '1');
    localStorage.removeItem('lianxin-try');
    return textBox(localStorage, true);
  } catch (e) { /* refused too */ }
  const held = {};
  return textBox({getItem: k => held[k] || null, setItem: (k, v) => { held[k] = v; }, removeItem: k => { delete held[k]; }}, false);
}

async function databaseBox() {
  const wait = r => new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); });
  const open = indexedDB.open('lianxin-visits', 1);
  open.onupgradeneeded = () => { open.result.createObjectStore('entries', {keyPath: 'id'}); open.result.createObjectStore('device'); };
  const db = await wait(open);
  return {
    kept: true,
    all: () => wait(db.transaction('entries').objectStore('entries').getAll()),
    write: change => new Promise((ok, no) => {
      const t = db.transaction(['device', 'entries'], 'readwrite', {durability: 'strict'}), numbers = t.objectStore('device'), entries = t.objectStore('entries');
      let done;
      t.oncomplete = () => ok(done);
      t.onerror = t.onabort = () => no(t.error || new Error('aborted'));
      const ask = numbers.get(0);
      ask.onsuccess = () => {
        try {
          const d = ask.result || newDevice();
          done = change(d);
          numbers.put(d, 0);
          for (const id of done.drop || []) entries.delete(id);
          for (const e of done.put) entries.put(e);
        } catch (e) { t.abort(); no(e); }
      };
    }),
    clear: async () => {
      const t = db.transaction(['device', 'entries'], 'readwrite');
      t.objectStore('device').clear();
      await wait(t.objectStore('entries').clear());
    },
  };
}

function textBox(storage, kept) {
  const name = 'lianxin-visits', read = () => JSON.parse(storage.getItem(name) || 'null') || {numbers: newDevice(), entries: {}};
  return {
    kept,
    all: async () => Object.values(read().entries),
    write: async change => {
      const all = read(), done = change(all.numbers);
      for (const id of done.drop || []) delete all.entries[id];
      for (const e of done.put) all.entries[e.id] = e;
      storage.setItem(name, JSON.stringify(all));
      return done;
    },
    clear: async () => storage.removeItem(name),
  };
}
