// Owns what a build is at, read from the lines that Maven, make-distribution.sh, Puppet and package managers print. Pure.
import {stripVTControlCharacters} from 'node:util';

/** How long earlier builds of the same kind took; see history.ts. */
export interface ProgressEstimate {
  /** Of the whole step, in ms. */
  readonly stepMs?: number;
  /** Of each reactor module by its name, in ms. */
  readonly moduleMs: Readonly<Record<string, number>>;
}

export interface Progress {
  /** Such as "[7/25] Spark Project SQL". */
  readonly message: string;
  readonly fraction?: number;
  readonly remainingMs?: number;
}

export interface ProgressState {
  readonly startedMs: number;
  /** From the Reactor Build Order, which Maven before 3.3 has as well. */
  readonly order: readonly string[];
  readonly module?: {
    readonly name: string;
    readonly index: number;
    readonly total: number;
    readonly sinceMs: number;
  };
  /** Files that Maven fetched. */
  readonly downloads: number;
  /** What is done where there are no modules: Puppet, packages, copying. */
  readonly activity?: string;
  /** From the Reactor Summary, in ms. */
  readonly moduleMs: Readonly<Record<string, number>>;
  readonly section: 'none' | 'order' | 'rule' | 'summary';
}

export function planProgress(startedMs: number): ProgressState {
  return {startedMs, order: [], downloads: 0, moduleMs: {}, section: 'none'};
}

/** @returns The same object when the line tells nothing. */
export function parseProgressLine(state: ProgressState, raw: string, nowMs: number): ProgressState {
  const line = (raw.includes('\u001b') ? stripVTControlCharacters(raw) : raw).trimEnd();
  if (/^(?:\[INFO\] )?Downloaded(?: from [^:]+)?: /.test(line))
    return {...state, downloads: state.downloads + 1};
  if (line.startsWith('[INFO]')) return parseMavenLine(state, line.slice('[INFO]'.length).trim(), nowMs);
  const activity = findActivity(line);
  if (activity === undefined || activity === state.activity) return state;
  return {...state, activity};
}

function parseMavenLine(state: ProgressState, text: string, nowMs: number): ProgressState {
  if (text === 'Reactor Build Order:') {
    const {startedMs, downloads, moduleMs} = state;
    return {startedMs, downloads, moduleMs, order: [], section: 'order'};
  }
  if (/^Reactor Summary(?: for .*)?:$/.test(text)) return {...state, section: 'summary'};
  // Of 3.0 to 3.5 a line of dashes, since 3.6 one with the artifact in it, before each module.
  if (/^-{20,}$|^-+< [\w.:-]+ >-+$/.test(text)) {
    return state.section === 'rule' ? state : {...state, section: 'rule'};
  }
  if (state.section === 'summary') return parseSummaryLine(state, text);
  const building = /^Building (.+?)(?:\s+\[(\d+)\/(\d+)\])?$/.exec(text);
  if (building !== null && (state.section === 'rule' || building[2] !== undefined)) {
    return startModule(state, building, nowMs);
  }
  if (state.section === 'order') {
    if (text === '') return state;
    const name = renderModuleName(text.replace(/\s+\[[\w-]+\]$/, ''));
    return {...state, order: [...state.order, name]};
  }
  return state.section === 'rule' && text !== '' ? {...state, section: 'none'} : state;
}

function startModule(
  state: ProgressState,
  [, title = '', index, total]: RegExpExecArray,
  nowMs: number,
): ProgressState {
  const name = renderModuleName(title);
  const place = state.order.indexOf(name) + 1;
  const module = {
    name,
    index: index === undefined ? place : Number(index),
    total: total === undefined ? state.order.length : Number(total),
    sinceMs: nowMs,
  };
  // With several threads they begin in any order; what has been reached counts.
  if (state.module !== undefined && module.index > 0 && module.index < state.module.index)
    return {...state, section: 'none'};
  // Without the activity: what the script copied before the last module is no news after it.
  const {startedMs, order, downloads, moduleMs} = state;
  return {startedMs, order, downloads, moduleMs, section: 'none', module};
}

/** Takes the version off: "Spark Project SQL 1.6.0-cdh5.7.0" is "Spark Project SQL". */
function renderModuleName(title: string): string {
  return title.trim().replace(/\s+v?\d[\w.-]*$/, '');
}

function parseSummaryLine(state: ProgressState, text: string): ProgressState {
  const match = /^(.+?) \.+ ?(?:SUCCESS|FAILURE) \[\s*([^\]]+?)\s*\]$/.exec(text);
  const durationMs = match === null ? undefined : parseMavenDuration(match[2] ?? '');
  if (match === null || durationMs === undefined) return state;
  const moduleMs = {...state.moduleMs, [renderModuleName(match[1] ?? '')]: durationMs};
  return {...state, moduleMs};
}

/** `3.123 s`, `01:12 min`, `1:02 h` of Maven 3.1 and later; `3.123s`, `1:12.345s`, `1:02:03.456s` of 3.0. */
export function parseMavenDuration(text: string): number | undefined {
  const match = /^(?:(\d+):)?(?:(\d+):)?(\d+(?:[.,]\d+)?)\s*(s|min|h)$/.exec(text);
  if (match === null) return undefined;
  const fields = [match[1], match[2], match[3]].filter((field) => field !== undefined);
  const numbers = fields.map((field) => Number(field.replace(',', '.')));
  const last = {s: 1, min: numbers.length === 1 ? 60 : 1, h: numbers.length === 1 ? 3600 : 60}[
    match[4] as 's' | 'min' | 'h'
  ];
  return Math.round(numbers.reduce((sum, number) => sum * 60 + number, 0) * last * 1000);
}

const activities: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^\++ (?:\S*\/)?(?:install-dev\.sh|R CMD\b.*)/, () => 'Building the R package'],
  [/^\++ (?:cp|tar|mkdir -p) /, () => 'Copying into the dist'],
  [/^Notice: Compiled catalog for \S+/, () => 'Puppet: catalogue compiled'],
  [/^Notice: Applied catalog in /, () => 'Puppet: catalogue applied'],
  [
    /^Notice: \/Stage\[main\]\/.*?(\w[\w:]*)\[([^\]]*)\]\/\w+: (\w+)/,
    ([, type, title]) => `Puppet: ${type ?? ''}[${title ?? ''}]`,
  ],
  [/^Get:\d+ \S+ \S+ \S+ (\S+)/, ([, name]) => `Fetching ${name ?? ''}`],
  [/^(?:Unpacking|Setting up) ([^\s:]+)/, ([, name]) => `Installing ${name ?? ''}`],
  [
    /^ {2}(?:Installing|Updating|Upgrading) *: (\S+)\s+(\d+\/\d+)/,
    ([, name, count]) => `Installing ${name ?? ''} (${count ?? ''})`,
  ],
];

function findActivity(line: string): string | undefined {
  const vagrant = /^==> [\w.-]+: (.*)$/.exec(line)?.[1];
  const text = vagrant ?? line.replace(/^ {4}[\w.-]+: /, '');
  for (const [pattern, render] of activities) {
    const match = pattern.exec(text);
    if (match !== null) return render(match);
  }
  // What Vagrant says about itself is short and made for people: "Importing base box 'x'...".
  return vagrant !== undefined && /^[A-Z][\w' -]+/.test(vagrant) ? vagrant.replace(/\.{3}$/, '') : undefined;
}

/** @returns undefined as long as nothing is known. Modules are weighed by what they took in earlier builds. */
export function findProgress(
  state: ProgressState,
  nowMs: number,
  estimate?: ProgressEstimate,
): Progress | undefined {
  const message = renderMessage(state);
  const fraction = findFraction(state, nowMs, estimate);
  const remainingMs = findRemaining(state, nowMs, fraction, estimate);
  if (message === undefined) return undefined;
  return {
    message,
    ...(fraction === undefined ? {} : {fraction}),
    ...(remainingMs === undefined ? {} : {remainingMs}),
  };
}

function renderMessage({module, activity, downloads}: ProgressState): string | undefined {
  if (module !== undefined) {
    const isLast = module.total > 0 && module.index === module.total;
    if (isLast && activity !== undefined) return activity;
    const counter = module.index === 0 || module.total === 0 ? '' : `[${module.index}/${module.total}] `;
    return `${counter}${module.name}`;
  }
  if (activity !== undefined) return activity;
  return downloads === 0 ? undefined : `Downloading (${downloads} files so far)`;
}

function findFraction(
  {module, order}: ProgressState,
  nowMs: number,
  estimate?: ProgressEstimate,
): number | undefined {
  if (module === undefined || module.index === 0 || module.total === 0) return undefined;
  const byCount = (module.index - 1) / module.total;
  const weights = estimate?.moduleMs ?? {};
  const total = sum(order.map((name) => weights[name] ?? 0));
  if (order.length !== module.total || total === 0) return byCount;
  const before = sum(order.slice(0, module.index - 1).map((name) => weights[name] ?? 0));
  const current = Math.min(nowMs - module.sinceMs, weights[module.name] ?? 0);
  return Math.min(1, (before + current) / total);
}

/** By the share that is done of a known whole; modules may run side by side, so their sum is no clock. */
function findRemaining(
  {startedMs}: ProgressState,
  nowMs: number,
  fraction: number | undefined,
  estimate?: ProgressEstimate,
): number | undefined {
  if (estimate?.stepMs === undefined) return undefined;
  const byClock = Math.max(0, estimate.stepMs - (nowMs - startedMs));
  if (fraction === undefined) return Math.round(byClock);
  const byShare = estimate.stepMs * (1 - fraction);
  return Math.round((byClock + byShare) / 2);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
