// The sheet of one cadre and day: what is tapped is kept on the device first, and leaves when there is a network.
(async () => {
  const sheet = JSON.parse(document.getElementById('sheet').textContent);
  const say = (key, v = {}) => sheet.words[key].replace(/\{(\w+)\}/g, (_, k) => v[k]);
  const $ = id => document.getElementById(id);
  const h = (tag, of = {}, ...kids) => {
    const n = document.createElement(tag);
    for (const [k, v] of Object.entries(of)) {
      if (k.startsWith('on')) n.addEventListener(k.slice(2), v);
      else if (v === true) n.setAttribute(k, '');
      else if (v !== false && v != null) n.setAttribute(k, v);
    }
    n.append(...kids.flat().filter(k => k != null && k !== false));
    return n;
  };
  const today = () => { const d = new Date(); return new Date(d - d.getTimezoneOffset() * 6e4).toISOString().slice(0, 10); };

  // What this device knows.
  const box = await openBox(), entries = new Map();
  const mine = () => [...entries.values()].filter(e => e.cadre === sheet.cadre && e.state !== 'known');
  const waiting = () => mine().filter(e => e.state === 'new').sort((a, b) => a.clock - b.clock || (a.id < b.id ? -1 : 1));
  const known = visit => [...entries.values()].filter(e => e.visit === visit && e.state !== 'refused');
  const record = visit => merge(visit, known(visit));
  const plain = ({id, visit, field, value, clock, over}) => over ? {id, visit, field, value, clock, over} : {id, visit, field, value, clock};
  const change = async f => {
    const done = await box.write(f);
    for (const id of done.drop || []) entries.delete(id);
    for (const e of done.put) entries.set(e.id, e);
  };

  for (const e of await box.all()) entries.set(e.id, e);
  await change(() => {
    const put = sheet.edits.filter(e => !entries.has(e.id)).map(e => ({...e, cadre: sheet.cadre, on: sheet.on, state: 'known'}));
    for (const e of sheet.refused || []) if (!entries.has(e.id)) put.push({...e, cadre: sheet.cadre, on: sheet.on, state: 'refused'});
    const old = dayAfter(today(), -60); // what was delivered long ago needs to be on no telephone
    return {put, drop: [...entries.values()].filter(e => e.on < old && (e.state === 'taken' || e.state === 'known') && e.on !== sheet.on).map(e => e.id)};
  });

  // Writing: one after the other, so that each edit sees the one before.
  let writing = Promise.resolve(), full = false;
  const write = (visit, field, value) => writing = writing.then(async () => {
    const r = record(visit);
    if ((r.fields[field] || '') === value && (r.heads[field] || []).length < 2) return;
    await change(d => ({put: [{...newEdit(d, known(visit), visit, field, value), cadre: sheet.cadre, on: sheet.on, state: 'new'}]}));
    full = false;
    later(400);
  }).catch(() => { full = true; }).then(show);

  // Sending: in parts of so many bytes, smaller after a failure, again and again until each entry has its receipt.
  let timer, busy = false, trouble = '', pause = 500, room = 6 << 10, most = 1000;
  const later = ms => { clearTimeout(timer); timer = setTimeout(send, ms); };
  const bytes = s => new TextEncoder().encode(s).length;
  function nextPart() {
    const part = [];
    let size = 12;
    for (const e of waiting()) {
      size += bytes(JSON.stringify(plain(e))) + 1;
      if (part.length && (size > room || part.length >= most)) break;
      part.push(e);
    }
    return part;
  }

  async function send() {
    if (busy || sheet.file) return;
    busy = true;
    clearTimeout(timer);
    try {
      for (let part = nextPart(); part.length; part = nextPart()) {
        const stop = new AbortController(), clock = setTimeout(() => stop.abort(), 90000);
        let answer, body;
        try {
          answer = await fetch('/api/visits/sync', {method: 'POST', credentials: 'same-origin', redirect: 'error', signal: stop.signal,
            headers: {'Content-Type': 'application/json'}, body: JSON.stringify({edits: part.map(plain)})});
          if (answer.status >= 500) throw new Error('later');
          body = await answer.json();
        } finally { clearTimeout(clock); }
        if (answer.status === 401) { trouble = 'signin'; return; }
        trouble = '';
        if (answer.ok) {
          await absorb(body);
          [pause, room, most] = [500, Math.min(room * 2, 48 << 10), Math.min(most * 2, 1000)];
        } else if (part.length > 1) most = Math.ceil(part.length / 2); // one of them is not taken: find it
        else if (answer.status === 409) await renumber(part[0]);
        else await change(() => ({put: [{...part[0], state: 'refused', say: body.say}]}));
        show();
      }
      trouble = '';
    } catch (e) {
      trouble = navigator.onLine === false ? 'offline' : 'retry';
      room = Math.max(1 << 10, room >> 1);
      later(pause * (0.7 + 0.6 * Math.random()));
      pause = Math.min(pause * 2, 60000);
    } finally { busy = false; show(); }
  }

  // absorb takes an answer of the server: receipts, and what others wrote.
  async function absorb(answer) {
    await change(d => {
      const put = [];
      for (const r of answer.receipts) {
        const e = entries.get(r.id);
        if (e && e.state === 'new') put.push(r.taken ? {...e, state: 'taken'} : {...e, state: 'refused', say: r.refused});
      }
      for (const e of answer.edits || []) {
        d.clock = Math.max(d.clock, e.clock);
        if (!entries.has(e.id)) put.push({...e, cadre: sheet.cadre, on: (sheet.stops.some(s => s.visit === e.visit) ? sheet.on : today()), state: 'known'});
      }
      return {put};
    });
  }

  // renumber: another device uses our numbers (a telephone restored from a copy). We take a new name, and no edit is lost.
  async function renumber(e) {
    await change(d => {
      Object.assign(d, {device: newDevice().device, count: 1});
      const id = d.device + '-1';
      const put = waiting().filter(w => w.id !== e.id && (w.over || []).includes(e.id)).map(w => ({...w, over: w.over.map(o => o === e.id ? id : o)}));
      return {put: [{...e, id}, ...put], drop: [e.id]};
    });
    copied = true;
  }

  // What is shown.
  let at = Math.max(0, sheet.stops.findIndex(s => !record(s.visit).fields.outcome)), part = '', adding = false, listed = 20, copied = false, ready = false;
  const field = f => { const [kind, name] = f.split('/'); if (kind === 'promise') return say('promise-n', {n: name}); if (kind === 'outcome') return say('outcome');
    for (const s of sheet.sections) { if (s.key === name) return s.title; for (const it of s.items) if (it.key === name) return it.say; } return f; };
  const value = (f, v) => { if (v === '') return say('empty'); const [kind] = f.split('/'), [word, ...rest] = v.split(' ');
    return kind === 'tick' ? say('ticked') : kind === 'outcome' ? [say(word), ...rest].join(' ') : kind === 'promise' ? rest.slice(1).join(' ') + ' ' + rest[0] : v; };

  const show = () => { top(); stops(); if (!$('stop').contains(document.activeElement) || !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) stop(); log(); };

  function top() {
    const n = waiting().length, all = mine().length, bad = mine().filter(e => e.state === 'refused').length;
    let kind = 'calm', words;
    if (full) [kind, words] = ['bad', say('full')];
    else if (!box.kept) [kind, words] = ['bad', say('not-kept')];
    else if (sheet.file) words = n ? say('file-n', {n}) : say('file');
    else if (trouble === 'signin') [kind, words] = ['bad', [say('signin', {n}) + ' ', h('a', {href: '/sign-in?next=' + encodeURIComponent(location.pathname + location.search)}, say('signin-do'))]];
    else if (n && (trouble || navigator.onLine === false)) words = say('offline-n', {n});
    else if (n) words = say('sending', {n});
    else if (navigator.onLine === false || trouble) words = say('offline');
    else if (all) [kind, words] = bad ? ['calm', say('delivered-rest')] : ['done', say('delivered')];
    else [kind, words] = ready ? ['done', say('ready')] : ['calm', say('online')];
    if (bad && !full) words = [say('refused-n', {n: bad}), ' · ', words].flat();
    if (copied) words = [words, ' · ', say('copied')].flat();
    $('strip').className = kind;
    $('strip').replaceChildren(...[words].flat());
  }

  function stops() {
    $('stops').replaceChildren(...sheet.stops.map((s, i) => {
      const r = record(s.visit), o = (r.fields.outcome || '').split(' ')[0], here = i === at;
      const bad = mine().some(e => e.visit === s.visit && e.state === 'refused');
      const side = bad ? h('span', {class: 'warn'}, say('s-refused')) : o ? h('span', {class: o === 'done' ? 'ok' : 'warn'}, o === 'done' ? say('noted') : say(o)) : h('span', {class: 'sub'}, here ? say('this-one') : s.muted ? say('muted') : s.hours);
      return h('button', {class: 'row' + (here ? ' here' : ''), type: 'button', 'aria-current': here ? 'true' : null, onclick: () => go(i)},
        h('span', {}, h('i', {}, String(s.stop)), ' ', h('span', {class: 'code'}, s.code), ' ', s.head), side);
    }));
  }

  function go(i) { at = i; part = ''; adding = false; $('stop').replaceChildren(); show(); $('stop').scrollIntoView({block: 'start'}); }

  const button = (on, words, act) => h('button', {type: 'button', 'aria-pressed': String(!!on), class: on ? 'on' : '', onclick: act}, words);
  const warn = words => h('p', {class: 'alert', role: 'alert'}, words);

  // A field of free words: it warns as one types, and keeps nothing that must not be kept.
  function words(tag, of, save) {
    const told = h('p', {class: 'alert', role: 'alert', hidden: true});
    const check = () => { const bad = secretIn(box1.value); told.hidden = !bad; if (bad) told.textContent = say('secret-' + bad); return !bad; };
    const done = () => check() && save(box1.value.trim());
    const box1 = h(tag, {...of, oninput: check, onchange: done});
    if (of.value != null) box1.value = of.value;
    return [box1, told];
  }

  function stop() {
    const s = sheet.stops[at];
    if (!s) return void $('stop').replaceChildren(h('p', {class: 'sub'}, say('none')));
    const r = record(s.visit), [o, day] = (r.fields.outcome || '').split(' '), kids = [];
    kids.push(h('h2', {}, h('i', {}, String(s.stop)), ' ', s.head, ' ', h('span', {class: 'code sub'}, s.code)), h('p', {class: 'sub'}, [s.where, s.hours, ...s.needs].join(' · ')));
    for (const line of s.lines) kids.push(h('p', {class: 'sub'}, line));
    if (sheet.on > today()) kids.push(h('p', {class: 'note'}, say('future')));
    for (const [f, others] of Object.entries(r.both)) {
      kids.push(h('div', {class: 'alert'}, say('both', {field: field(f)}), h('div', {class: 'chips'},
        [r.fields[f] || '', ...new Set(others.map(x => x.value))].map((v, i) => h('button', {type: 'button', onclick: () => write(s.visit, f, v)}, (i ? '' : '✓ ') + value(f, v))))));
    }
    for (const e of entries.values()) if (e.visit === s.visit && e.state === 'refused') kids.push(refused(e));
    for (const t of s.open) kids.push(h('div', {class: 'row'}, h('span', {}, t.say), h('span', {class: t.overdue ? 'warn' : 'sub'}, t.due)));
    const moved = h('input', {type: 'date', min: dayAfter(sheet.on, 1), max: dayAfter(sheet.on, 366), 'aria-label': say('moved-to'), onchange: e => isDay(e.target.value) && e.target.value > sheet.on && write(s.visit, 'outcome', 'moved ' + e.target.value)});
    moved.value = day || '';
    const move = h('label', {class: 'wide', hidden: o !== 'moved'}, say('moved-to'), moved);
    kids.push(h('div', {class: 'seg', role: 'group', 'aria-label': say('outcome')}, ['done', 'not-home', 'declined'].map(w => button(o === w, say(w), () => write(s.visit, 'outcome', o === w ? '' : w))),
      button(o === 'moved', say('moved'), () => { move.hidden = !move.hidden && o !== 'moved'; if (o === 'moved') write(s.visit, 'outcome', ''); else moved.focus(); })), move);

    kids.push(h('p', {class: 'sub label'}, say('what')), h('div', {class: 'chips'}, sheet.sections.map(sec => {
      const n = sec.items.filter(it => r.fields['tick/' + it.key]).length + (r.fields['note/' + sec.key] ? 1 : 0);
      return h('button', {type: 'button', class: n ? 'on' : '', 'aria-expanded': String(part === sec.key), onclick: () => { part = part === sec.key ? '' : sec.key; stop(); }}, sec.title + (n ? ' ' + n : ''), h('small', {}, part === sec.key ? '▴' : '▾'));
    })));
    const sec = sheet.sections.find(x => x.key === part);
    if (sec) kids.push(h('div', {class: 'part'}, h('p', {class: 'sub'}, sec.role), h('div', {class: 'chips'}, sec.items.map(it => {
      const on = !!r.fields['tick/' + it.key];
      return button(on, (on ? '✓ ' : '') + it.say, () => write(s.visit, 'tick/' + it.key, on ? '' : 'yes'));
    })), words('textarea', {rows: 2, maxlength: 300, placeholder: say('note'), 'aria-label': say('note'), value: r.fields['note/' + sec.key] || ''}, v => write(s.visit, 'note/' + sec.key, v))));

    kids.push(h('p', {class: 'sub label'}, say('promises')));
    for (const p of r.promises) kids.push(h('div', {class: 'row'}, h('span', {}, p.say, h('small', {}, say(p.kind))), h('span', {}, h('b', {}, sheet.lang === 'zh' ? Number(p.due_on.slice(5, 7)) + '月' + Number(p.due_on.slice(8)) + '日' : p.due_on), ' ',
      h('button', {type: 'button', class: 'x', 'aria-label': say('take-back'), onclick: () => write(s.visit, 'promise/' + p.number, '')}, '×'))));
    if (adding) kids.push(promiseForm(s, r));
    else if (r.promises.length < 9) kids.push(h('button', {type: 'button', class: 'row more', onclick: () => { adding = true; stop(); }}, say('add')));
    $('stop').replaceChildren(...kids.flat(2));
    const next = sheet.stops.findIndex((x, i) => i !== at && !record(x.visit).fields.outcome);
    $('next').textContent = next < 0 ? say('all-noted') : say('next');
    $('next').onclick = () => { if (document.activeElement) document.activeElement.blur(); if (next >= 0) go(next); else $('log').scrollIntoView(); };
  }

  function promiseForm(s, r) {
    let kind = 'errand', text = '';
    const day = h('input', {type: 'date', min: sheet.on, max: dayAfter(sheet.on, 366), 'aria-label': say('due')});
    day.value = dayAfter(sheet.on, 7);
    const told = h('p', {class: 'alert', hidden: true}), kinds = h('div', {class: 'seg three'});
    const pick = k => { kind = k; kinds.replaceChildren(...promiseKinds.map(x => button(x === kind, say(x), () => pick(x)))); };
    pick(kind);
    const [input, bad] = words('input', {maxlength: 100, placeholder: say('promise-say'), 'aria-label': say('promise-say')}, v => { text = v; });
    const save = () => {
      text = input.value.trim();
      if (secretIn(text)) return;
      if (!text || !isDay(day.value) || day.value < sheet.on || day.value > dayAfter(sheet.on, 366)) { told.hidden = false; told.textContent = say('promise-needs'); return; }
      let n = 1;
      while (r.fields['promise/' + n]) n++;
      adding = false;
      input.blur();
      write(s.visit, 'promise/' + n, kind + ' ' + day.value + ' ' + text);
    };
    return h('div', {class: 'part'}, kinds, input, bad, h('label', {class: 'wide'}, say('due'), day), told, h('div', {class: 'chips'}, button(true, say('promise-save'), save), button(false, say('promise-drop'), () => { adding = false; stop(); })));
  }

  const reason = e => (e.say && (e.say[sheet.lang] || e.say.zh)) || '';
  const refused = e => h('div', {class: 'alert'}, say('refused', {field: field(e.field), value: value(e.field, e.value)}), h('br'), reason(e),
    sheet.file ? null : h('div', {class: 'chips'}, h('button', {type: 'button', onclick: async () => { await change(() => ({put: [{...e, state: 'new', say: null}]})); later(0); show(); }}, say('again'))));

  // The list of what this device noted, newest first, each with its receipt.
  function log() {
    const all = mine().sort((a, b) => b.clock - a.clock), stop = new Map(sheet.stops.map(s => [s.visit, s.code]));
    const state = {new: say('s-new'), taken: say('s-taken'), refused: say('s-refused')};
    $('log').hidden = !all.length;
    $('log-n').textContent = say('log', {n: all.length, taken: all.filter(e => e.state === 'taken').length});
    if ($('log').open) $('entries').replaceChildren(...all.slice(0, listed).map(e => h('div', {class: 'row entry', 'data-state': e.state}, h('span', {}, h('span', {class: 'code'}, stop.get(e.visit) || e.on), ' ', field(e.field), h('small', {}, value(e.field, e.value), e.state === 'refused' ? ' · ' + reason(e) : '')),
      h('span', {class: e.state === 'taken' ? 'ok' : e.state === 'new' ? 'sub' : 'warn'}, state[e.state]))),
      all.length > listed ? h('button', {type: 'button', class: 'row more', onclick: () => { listed += 200; log(); }}, say('more', {n: all.length - listed})) : '');
    $('export').hidden = !waiting().length;
    $('send').hidden = sheet.file || !waiting().length;
  }
  $('log').addEventListener('toggle', log);
  $('send').onclick = () => { pause = 500; send(); };

  // Leaving by a file: what has no receipt yet. It stays here until the receipts are read in.
  $('export').onclick = () => {
    const text = JSON.stringify({edits: waiting().map(plain)}, null, 1), a = h('a', {href: URL.createObjectURL(new Blob([text], {type: 'application/json'})), download: say('file-name', {code: sheet.code, on: sheet.on}) + '.json'});
    $('copy').hidden = false;
    $('copy').value = text;
    $('how').hidden = false;
    a.click();
  };
  $('receipts').onchange = async e => {
    try { await absorb(JSON.parse(await e.target.files[0].text())); } catch (err) { alert(say('no-receipts')); }
    e.target.value = '';
    show();
  };
  $('forget').onclick = async () => {
    const n = waiting().length + mine().filter(e => e.state === 'refused').length;
    if (!confirm(n ? say('forget-n', {n}) : say('forget-sure'))) return;
    await box.clear();
    entries.clear();
    if (worker) worker.postMessage({drop: true});
    show();
  };

  // Kept for no network: this sheet and those of the coming days, by the service worker; it needs https or localhost.
  let worker;
  if (!sheet.file && navigator.serviceWorker) {
    navigator.serviceWorker.addEventListener('message', e => { ready = ready || (e.data.kept || []).length > 0; document.documentElement.dataset.kept = (e.data.kept || []).length; top(); });
    navigator.serviceWorker.register('/visits/sw.js', {scope: '/visits/'}).then(() => navigator.serviceWorker.ready).then(r => {
      worker = r.active;
      worker.postMessage({keep: [location.href, ...sheet.days.filter(d => d.on >= today() && d.on <= dayAfter(today(), 45)).map(d => d.href)]});
    }).catch(() => { $('no-worker').hidden = false; });
  } else if (!sheet.file) $('no-worker').hidden = false;

  if (box.kept && navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  addEventListener('online', () => { pause = 500; later(0); });
  addEventListener('offline', top);
  document.addEventListener('visibilitychange', async () => {
    if (document.hidden) { const a = document.activeElement; if (a && a.blur) a.blur(); return; } // what is being typed is kept now
    for (const e of await box.all()) entries.set(e.id, e); // another tab of this device
    show();
    later(0);
  });
  show();
  document.documentElement.dataset.shown = '1';
  document.documentElement.dataset.shownAt = performance.now(); // since the page was asked for
  later(0);
})();
