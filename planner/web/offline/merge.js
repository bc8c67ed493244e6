'use strict';
// What the sheet and the server must do alike: planner/followup.Merge, the making of an edit, and planner/sheet.SecretIn.
// A test in a browser holds them equal to Go.

// merge makes the record of one visit out of its edits, in whatever order and however often they came.
function merge(visit, edits) {
  const over = new Set(), seen = new Set(), heads = new Map();
  for (const e of edits) for (const o of e.over || []) over.add(o);
  for (const e of edits) {
    if (over.has(e.id) || seen.has(e.id)) continue;
    seen.add(e.id);
    if (!heads.has(e.field)) heads.set(e.field, []);
    heads.get(e.field).push(e);
  }
  const r = {visit, fields: {}, heads: {}, both: {}, promises: []};
  for (const [field, list] of heads) {
    list.sort((a, b) => b.clock - a.clock || (a.id < b.id ? 1 : -1));
    const holds = list[0].value;
    if (holds !== '') r.fields[field] = holds;
    r.heads[field] = list.map(e => e.id);
    const others = list.filter(e => e.value !== holds).map(e => ({id: e.id, value: e.value}));
    if (others.length) r.both[field] = others;
    const p = promise(field, holds);
    if (p) r.promises.push(p);
  }
  r.promises.sort((a, b) => a.number - b.number);
  return r;
}

const promiseKinds = ['promise', 'errand', 'escort'];

// promise reads the value of a promise's field: KIND DUE-DAY WORDS.
function promise(field, value) {
  const at = /^promise\/([+-]?\d+)$/.exec(field), m = /^(\S*) (\d{4}-\d{2}-\d{2}) ([^]*)$/.exec(value);
  if (!at || !m || !promiseKinds.includes(m[1]) || !isDay(m[2]) || m[3].trim() === '') return null;
  return {number: Number(at[1]), kind: m[1], due_on: m[2], say: m[3].trim()};
}

function isDay(s) {
  const t = Date.parse(s + 'T00:00:00Z');
  return /^\d{4}-\d{2}-\d{2}$/.test(s) && !isNaN(t) && new Date(t).toISOString().slice(0, 10) === s;
}

const dayAfter = (day, n) => new Date(Date.parse(day + 'T00:00:00Z') + n * 864e5).toISOString().slice(0, 10);

// newEdit is the next edit of a device {device, count, clock}, which it moves on, over what the device knows of the visit.
function newEdit(d, known, visit, field, value) {
  for (const e of known) d.clock = Math.max(d.clock, e.clock);
  d.clock++;
  d.count++;
  const e = {id: d.device + '-' + d.count, visit, field, value, clock: d.clock};
  const over = merge(visit, known).heads[field];
  if (over) e.over = over;
  return e;
}

// secretIn says which number that must not stand in free words it finds: id, card, mobile, or none.
function secretIn(words) {
  for (const run of words.match(/[0-9]{11,}[Xx]?/g) || []) {
    const digits = run.replace(/[Xx]$/, '');
    if (validID(run)) return 'id';
    if (digits.length >= 16 && digits.length <= 19 && luhn(digits)) return 'card';
    if (/^1[3-9]\d{9}$/.test(digits)) return 'mobile';
  }
  return '';
}

function validID(s) {
  if (!/^\d{17}[\dXx]$/.test(s)) return false;
  const y = s.slice(6, 10), m = s.slice(10, 12), d = s.slice(12, 14);
  if (y < '1900' || y > '2100' || m < '01' || m > '12' || d < '01' || d > '31') return false;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += Number(s[i]) * ((1 << (17 - i)) % 11);
  return '10X98765432'[sum % 11] === s[17].toUpperCase();
}

function luhn(s) {
  let sum = 0;
  for (let i = 0; i < s.length; i++) {
    let d = Number(s[s.length - 1 - i]);
    if (i % 2 === 1 && (d *= 2) > 9) d -= 9;
    sum += d;
  }
  return sum % 10 === 0;
}
