// Owns what a build is at, read from the lines that Maven, make-distribution.sh, Puppet and package managers print. Pure.
import type {ModuleAtWork} from '../core/events.ts';
import {stripControls} from '../core/printable.ts';
import {findAtWork, giveWay, isEnding, noteGoal, type Runner} from './running-modules.ts';

/** How long earlier builds of the same kind took; see history.ts. */
export interface ProgressEstimate {
  /** Of the whole step, in ms. */
  readonly stepMs?: number | undefined;
  /** Of each reactor module by its name, in ms. */
  readonly moduleMs: Readonly<Record<string, number>>;
}

export interface Progress {
  /** Such as "[7/25] Spark Project SQL"; with several threads all that run. */
  readonly message: string;
  readonly fraction?: number | undefined;
  readonly remainingMs?: number | undefined;
  /** Those that the message names. */
  readonly modules?: readonly ModuleAtWork[] | undefined;
}

export interface ProgressState {
  readonly startedMs: number;
  /** From the Reactor Build Order, which Maven before 3.3 has as well. */
  readonly order: readonly string[];
  /** Of Maven's -T. */
  readonly threads: number;
  /** The one that began last. */
  readonly module?: {
    readonly name: string;
    readonly index: number;
    readonly total: number;
    readonly sinceMs: number;
  };
  /** Those that have begun, in this order. */
  readonly begun: readonly Runner[];
  /** Of the rule before a module's title, since Maven 3.6. */
  readonly artifactId?: string;
  /** Files that Maven fetched. */
  readonly downloads: number;
  /** What is at work when no module is: Puppet, packages, copying. */
  readonly activity?: string;
  /** From the Reactor Summary, in ms: of each module by itself, also with several threads. */
  readonly moduleMs: Readonly<Record<string, number>>;
  readonly section: 'none' | 'order' | 'rule' | 'summary';
}

export function planProgress(startedMs: number): ProgressState {
  return {startedMs, order: [], threads: 1, begun: [], downloads: 0, moduleMs: {}, section: 'none'};
}

/** No line that tells something is longer; a guest may print any. */
const longestLine = 500;

/** @returns The same object when the line tells nothing. */
export function parseProgressLine(state: ProgressState, raw: string, nowMs: number): ProgressState {
  if (raw.length > longestLine) return state;
  const line = stripControls(raw).trimEnd();
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
    return {startedMs, downloads, moduleMs, order: [], threads: 1, begun: [], section: 'order'};
  }
  const threads = /^Using the \w+ implementation with a thread count of (\d+)$/.exec(text)?.[1];
  if (threads !== undefined) return {...state, threads: Number(threads), section: 'none'};
  if (/^Reactor Summary(?: for .*)?:$/.test(text)) return {...state, begun: [], section: 'summary'};
  // Of 3.0 to 3.5 a line of dashes, since 3.6 one with the artifact in it, before each module.
  const rule = /^-{20,}$|^-+< (?:[\w.-]+:)?([\w.-]+) >-+$/.exec(text);
  if (rule !== null) {
    const [, artifactId] = rule;
    if (artifactId !== undefined) return {...state, section: 'rule', artifactId};
    return state.section === 'rule' ? state : {...state, section: 'rule'};
  }
  if (state.section === 'summary') return parseSummaryLine(state, text);
  const goal = /^--- (\S+) (\([^)]*\)) @ (\S+) ---$/.exec(text);
  if (goal !== null) return {...state, section: 'none', begun: noteGoal(state.begun, goal, nowMs)};
  const title = parseTitle(text);
  if (title !== undefined && (state.section === 'rule' || title.total !== undefined)) {
    return startModule(state, title, nowMs);
  }
  if (state.section === 'order') {
    if (text === '') return state;
    const name = renderModuleName(text.replace(/ \[[\w-]+\]$/, ''));
    return {...state, order: [...state.order, name]};
  }
  return state.section === 'rule' && text !== '' ? {...state, section: 'none'} : state;
}

interface Title {
  readonly name: string;
  readonly index?: number;
  readonly total?: number;
}

/** `Building Spark Project SQL 1.6.0-cdh5.7.0        [3/4]`, before Maven 3.3 without the counter. */
function parseTitle(text: string): Title | undefined {
  if (!text.startsWith('Building ')) return undefined;
  const [counter = '', index, total] = / \[(\d+)\/(\d+)\]$/.exec(text) ?? [];
  const name = renderModuleName(text.slice('Building '.length, text.length - counter.length));
  if (name === '') return undefined;
  return {name, ...(index === undefined ? {} : {index: Number(index), total: Number(total)})};
}

function startModule(state: ProgressState, title: Title, nowMs: number): ProgressState {
  const {name} = title;
  const {startedMs, order, threads, downloads, moduleMs, artifactId} = state;
  const place = order.indexOf(name) + 1;
  const {index = place, total = order.length} = title;
  const runner = {name, sinceMs: nowMs, lastMs: nowMs, isOver: false};
  const begun = [
    ...giveWay(state.begun, threads),
    artifactId === undefined ? runner : {...runner, artifactId},
  ];
  const last = state.module;
  // With several threads they begin in any order; what has been reached counts.
  const isBehind = last !== undefined && index > 0 && index < last.index;
  if (isBehind && threads === 1) return {...state, section: 'none'};
  const module = isBehind ? last : {name, index, total, sinceMs: nowMs};
  // Without the activity: what the script copied before the last module no longer matters.
  return {startedMs, order, threads, begun, downloads, moduleMs, section: 'none', module};
}

/** Takes the version off: "Spark Project SQL 1.6.0-cdh5.7.0" is "Spark Project SQL". */
function renderModuleName(title: string): string {
  const text = title.trim();
  const at = text.lastIndexOf(' ');
  return at > 0 && /^v?\d[\w.-]*$/.test(text.slice(at + 1)) ? text.slice(0, at).trimEnd() : text;
}

function parseSummaryLine(state: ProgressState, text: string): ProgressState {
  const [end = '', time = ''] = / \.+ ?(?:SUCCESS|FAILURE) \[([^[\]]+)\]$/.exec(text) ?? [];
  const durationMs = parseMavenDuration(time.trim());
  if (end === '' || durationMs === undefined) return state;
  const name = renderModuleName(text.slice(0, text.length - end.length));
  return {...state, moduleMs: {...state.moduleMs, [name]: durationMs}};
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
  const message = renderMessage(state, nowMs);
  const modules = findAtWork(state.begun, nowMs).map((one) => ({
    name: one.name,
    elapsedMs: Math.max(0, nowMs - one.sinceMs),
    ...(isEnding(one) ? {isEnding: true as const} : {}),
  }));
  const fraction = findFraction(state, nowMs, estimate);
  const remainingMs = findRemaining(state, nowMs, fraction, estimate);
  if (message === undefined) return undefined;
  return {
    message,
    fraction,
    remainingMs,
    modules: modules.length === 0 || !message.includes(modules[0]?.name ?? '') ? undefined : modules,
  };
}

function renderMessage(state: ProgressState, nowMs: number): string | undefined {
  const {module, activity, downloads} = state;
  if (module !== undefined) {
    const isLast = module.total > 0 && module.index === module.total;
    if (isLast && activity !== undefined) return activity;
    const counter = module.index === 0 || module.total === 0 ? '' : `[${module.index}/${module.total}] `;
    const names = findAtWork(state.begun, nowMs).map(({name}) => name);
    return `${counter}${names.length === 0 ? module.name : names.join(', ')}`;
  }
  if (activity !== undefined) return activity;
  return downloads === 0 ? undefined : `Downloading (${downloads} files so far)`;
}

function findFraction(state: ProgressState, nowMs: number, estimate?: ProgressEstimate): number | undefined {
  const {module, order, threads, begun} = state;
  if (module === undefined || module.index === 0 || module.total === 0) return undefined;
  const atWork = findAtWork(state.begun, nowMs);
  const byCount = (module.index - Math.max(1, atWork.length)) / module.total;
  const weights = estimate?.moduleMs ?? {};
  const total = sum(order.map((name) => weights[name] ?? 0));
  if (order.length !== module.total || total === 0) return Math.max(0, byCount);
  const busy = new Set(atWork.map(({name}) => name));
  const over = begun.map(({name}) => name).filter((name) => !busy.has(name));
  const done = threads === 1 ? order.slice(0, module.index - 1) : over;
  const before = sum(done.map((name) => weights[name] ?? 0));
  const current = sum(atWork.map(({name, sinceMs}) => Math.min(nowMs - sinceMs, weights[name] ?? 0)));
  return Math.min(1, (before + current) / total);
}

/** By the share that is done of a known whole; modules may run side by side, so their sum is not elapsed time. */
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
