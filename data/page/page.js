// The little that a page of ours does by itself: filters, copying, opening what an address names, and taking over what a run
// that goes on sends. All that is shown was written by the tool; nothing here makes HTML of a text.
'use strict';

const find = (selector, from = document) => from.querySelector(selector);
const findAll = (selector, from = document) => [...from.querySelectorAll(selector)];
const say = (text) => {
  find('#said').textContent = text;
};

// --- filters -----------------------------------------------------------------------------------------------------------
const filters = find('#filters');

function readFilters() {
  const wanted = {release: '', host: '', status: ''};
  if (filters) for (const name of Object.keys(wanted)) wanted[name] = filters.elements[name].value.trim();
  return wanted;
}

function applyFilters(isSaid) {
  if (!filters) return;
  const wanted = readFilters();
  const text = wanted.release.toLowerCase().replace(/^(?:cdh|spark) /, '');
  const isShown = ({release, host, status, build}) =>
    (text === '' || (release ?? build ?? '').toLowerCase().includes(text)) &&
    (wanted.host === '' || host === wanted.host) &&
    (wanted.status === '' || status === wanted.status);
  const builds = findAll('details.build');
  const shown = new Set(builds.filter(({dataset}) => isShown(dataset)).map(({dataset}) => dataset.build));
  const isAll = shown.size === builds.length;
  for (const each of findAll('[data-build]')) each.classList.toggle('off', !shown.has(each.dataset.build));
  for (const cell of findAll('.matrix td[data-status]')) {
    const {host, status} = cell.dataset;
    cell.classList.toggle('dimmed', !isShown({release: cell.parentElement.dataset.release, host, status}));
  }
  for (const row of findAll('.matrix tr[data-release]')) {
    row.classList.toggle('off', !isAll && !row.querySelector('td[data-status]:not(.dimmed)'));
  }
  const words = isAll ? '' : `${shown.size} of ${builds.length} builds`;
  find('#shown').textContent = words;
  if (isSaid) say(words === '' ? `All ${builds.length} builds are shown` : `${words} are shown`);
}

/** What came since the page was written can be chosen too. */
function fillFilters() {
  if (!filters) return;
  for (const name of ['host', 'status']) {
    const select = filters.elements[name];
    const known = new Set([...select.options].map(({value}) => value));
    for (const build of findAll('details.build')) {
      const value = build.dataset[name];
      if (!value || known.has(value)) continue;
      known.add(value);
      select.add(new Option(name === 'status' ? value.replaceAll('-', ' ') : value, value));
    }
  }
}

if (filters) {
  filters.addEventListener('input', () => applyFilters(true));
  filters.addEventListener('reset', () => setTimeout(() => applyFilters(true)));
  filters.addEventListener('submit', (event) => event.preventDefault());
}

// --- copying -----------------------------------------------------------------------------------------------------------
async function copy(button) {
  const code = find('code', button.parentElement);
  try {
    await navigator.clipboard.writeText(code.textContent);
    say('Copied');
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  } catch {
    // Not allowed to: what is selected can be copied by hand.
    getSelection().selectAllChildren(code);
    say('Selected; copy it with your keyboard');
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) void copy(button);
});

// --- what an address names ----------------------------------------------------------------------------------------------
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
  if (target.classList.contains('off') && filters) {
    filters.reset();
    applyFilters(false);
  }
  target.scrollIntoView({block: 'start'});
  (target.tagName === 'DETAILS' ? find('summary', target) : target).focus({preventScroll: true});
}
addEventListener('hashchange', openTarget);
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#"]');
  // The same address once more is no change.
  if (link && link.getAttribute('href') === location.hash) openTarget();
});

// --- arrows, within the matrix and among the builds ----------------------------------------------------------------------
document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const cell = event.target.closest('.matrix a');
  if (cell) moveInMatrix(event, cell.closest('td'));
  else if (event.target.matches('details.build > summary')) moveInBuilds(event, event.target);
});

function moveInMatrix(event, cell) {
  const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
  if (!step) return;
  const rows = findAll('.matrix tbody tr:not(.off)');
  let row = rows.indexOf(cell.parentElement);
  let column = [...cell.parentElement.children].indexOf(cell);
  for (;;) {
    row += step[0];
    column += step[1];
    const next = rows[row]?.children[column];
    if (!next || next.tagName === 'TH') return;
    const link = find('a', next);
    if (!link) continue;
    event.preventDefault();
    link.focus();
    return;
  }
}

function moveInBuilds(event, summary) {
  const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
  if (!step) return;
  const all = findAll('details.build:not(.off) > summary');
  const next = all[all.indexOf(summary) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

// --- live --------------------------------------------------------------------------------------------------------------
/** What the reader has opened, and where they are, stays. */
function replacePart(id, text) {
  const part = document.getElementById(id);
  if (!part) return;
  const isBuild = part.tagName === 'DETAILS';
  const keep = takeState(part);
  // Written by the tool, with the same escaping as the page itself; a script in it would not run, nor would a style apply.
  if (isBuild) part.outerHTML = text;
  else part.innerHTML = text;
  giveState(document.getElementById(id), keep);
}

const tableOf = (table) => `${table.closest('details[id]')?.id} ${find('summary', table).textContent}`;

function takeState(part) {
  const all = findAll('details[id]', part.parentElement).filter((each) => part.contains(each));
  const focused = part.contains(document.activeElement) ? document.activeElement : undefined;
  return {
    open: new Map(all.map((each) => [each.id, each.open])),
    tables: new Set(findAll('details.as-table[open]', part).map(tableOf)),
    scrolled: findAll('.scroll', part).map((each) => each.scrollLeft),
    href: focused?.getAttribute('href'),
    owner: focused?.tagName === 'SUMMARY' ? focused.closest('details[id]')?.id : undefined,
  };
}

function giveState(part, {open, tables, scrolled, href, owner}) {
  const all = findAll('details[id]', part.parentElement).filter((each) => part.contains(each));
  for (const each of all) if (open.has(each.id)) each.open = open.get(each.id);
  for (const each of findAll('details.as-table', part)) if (tables.has(tableOf(each))) each.open = true;
  findAll('.scroll', part).forEach((each, index) => (each.scrollLeft = scrolled[index] ?? 0));
  if (href) find(`a[href="${CSS.escape(href)}"]`, part)?.focus({preventScroll: true});
  else if (owner) find('summary', document.getElementById(owner) ?? part)?.focus({preventScroll: true});
}

if (document.documentElement.hasAttribute('data-live')) {
  const state = document.createElement('p');
  state.id = 'connection';
  state.setAttribute('role', 'status');
  document.body.prepend(state);
  const show = (text, isLost) => {
    state.textContent = text;
    state.classList.toggle('lost', isLost);
  };
  show('Connecting …', false);
  const source = new EventSource('events');
  source.addEventListener('open', () => show('Live', false));
  source.addEventListener('error', () => {
    const isOver = source.readyState === EventSource.CLOSED;
    show(isOver ? 'Disconnected: load the page again' : 'Connection lost; trying again …', true);
  });
  source.addEventListener('parts', (event) => {
    const {title, parts} = JSON.parse(event.data);
    for (const {id, text} of parts) replacePart(id, text);
    document.title = title;
    fillFilters();
    applyFilters(false);
  });
}

applyFilters(false);
if (location.hash !== '') openTarget();
