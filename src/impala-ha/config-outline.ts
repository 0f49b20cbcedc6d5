// What any haproxy.cfg serves: its sections and their ports, as far as another configuration could lack them. Pure; it does
// not validate.

export interface Section {
  /** `listen`, `frontend`, `backend`, … */
  readonly type: string;
  readonly name: string;
  readonly ports: readonly number[];
}

export interface Outline {
  /** Without global and defaults. */
  readonly sections: readonly Section[];
  /** Of its own runtime socket. */
  readonly socket?: string | undefined;
  /** Before any section, or in one that holds for others too: the first words of such lines. */
  readonly global: readonly string[];
}

const named = new Set(
  'listen frontend backend peers userlist resolvers mailers program cache ring http-errors fcgi-app log-forward log-profile crt-store'.split(
    ' ',
  ),
);

/** @param text A configuration, ours or another's. */
export function outlineConfig(text: string): Outline {
  const sections: {type: string; name: string; ports: number[]}[] = [];
  const global: string[] = [];
  let place: 'global' | 'defaults' | 'section' = 'global';
  let socket: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [word = '', second = '', third = ''] = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (word === '') continue;
    if (word === 'global' || word === 'defaults') place = word;
    else if (named.has(word)) {
      place = 'section';
      // Before 1.5 a section's address stood behind its name.
      sections.push({type: word, name: second, ports: [...listPorts(third)]});
      continue;
    }
    if (place === 'global') global.push(word);
    if (word === 'bind') sections.at(-1)?.ports.push(...listPorts(second));
    if (place === 'global' && word === 'stats' && second === 'socket' && third.startsWith('/'))
      socket ??= third;
  }
  return {sections, socket, global};
}

/** `*:80,[::1]:443`, `:8000-8002`; nothing of a unix socket. */
function listPorts(addresses: string): readonly number[] {
  return addresses.split(',').flatMap((address) => {
    const [, first, last] = /:(\d+)(?:-(\d+))?$/.exec(address) ?? [];
    if (first === undefined || address.startsWith('/')) return [];
    const end = Math.min(Number(last ?? first), Number(first) + 1_000);
    return Array.from({length: end - Number(first) + 1}, (_, index) => Number(first) + index);
  });
}

/** The first line of every configuration that impala-ha writes, the article's layout too. */
const ownHead = /^# (?:Made by impala-ha|The original article's layout, repaired by impala-ha)/;
const ownName = /^(?:(?:fe|be)_[a-z0-9_]+|main|app|statistics)$/;

/** @returns What of the present configuration the new one does not have: a section, or a port of one. */
export function findForeign(present: string, wanted: string): readonly Section[] {
  const isOurs = ownHead.test(present);
  const {sections: next} = outlineConfig(wanted);
  const ports = new Set(next.flatMap((section) => section.ports));
  return outlineConfig(present)
    .sections.filter(({name}) => !(isOurs && ownName.test(name)))
    .map((section) => ({...section, ports: [...new Set(section.ports)].filter((port) => !ports.has(port))}))
    .filter(
      ({type, name, ports: missing}) =>
        missing.length > 0 || !next.some((other) => other.type === type && other.name === name),
    );
}

export const describeSection = ({type, name, ports}: Section): string =>
  `${type} ${name}${ports.length === 0 ? '' : `: port ${ports.join(', ')}`}`;

/** @returns Why a file of the operator's own cannot stand below ours; empty when it can. */
export function findExtraProblems(text: string, ownPorts: readonly number[]): readonly string[] {
  const {sections, global} = outlineConfig(text);
  const taken = new Set(ownPorts);
  return [
    ...(global.length === 0
      ? []
      : [
          `it has ${global[0] ?? ''} outside of a section of its own; global is that of impala-ha, and what stands first must be defaults, listen, frontend or backend`,
        ]),
    ...sections
      .filter(({name}) => /^(?:fe|be)_/.test(name))
      .map(({type, name}) => `${type} ${name}: names that begin with fe_ or be_ are those of impala-ha`),
    ...sections.flatMap(({type, name, ports}) =>
      ports
        .filter((port) => taken.has(port))
        .map((port) => `${type} ${name}: port ${port} is already one of the spec's`),
    ),
  ];
}
