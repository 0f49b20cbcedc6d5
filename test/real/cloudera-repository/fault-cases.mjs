// In which ways Cloudera's repository may fail, and what the tool has to say of each. Data.

/** One artifact; its checksum and its pom are served. */
const jar = (kind) => ({faults: [{pattern: /hadoop-annotations-[^/]*\.jar$/, kind}]});

/**
 * @type {readonly {name: string, rig?: object, proxy?: {login?: string}, proxyLogin?: string, argv?: readonly string[], isUntrusted?: boolean, isWithoutLogin?: boolean,
 *   code: number, says: readonly RegExp[]}[]}
 */
// What is got is kept for the next of them: those that fail come first.
export const cases = [
  {
    name: 'a login that is not given',
    ...{
      rig: {login: 'me:pass'},
      isWithoutLogin: true,
    },
    ...{code: 4, says: [/wants a login/, /USER:PASSWORD@/]},
  },
  {
    name: 'an unknown certificate authority',
    isUntrusted: true,
    code: 4,
    says: [/certificate is not trusted/, /--ca-cert/],
  },
  {
    name: 'a proxy that wants a password',
    ...{proxy: {login: 'me pass'}},
    ...{code: 4, says: [/407|proxy wants a login/, /USER:PASSWORD/]},
  },
  {
    name: 'a proxy that wants a password, met by Maven',
    ...{proxy: {login: 'me pass'}, argv: ['--dependencies', 'apache']},
    ...{code: 1, says: [/^dependency: .*the proxy wants a login \(407\)/, /--proxy http:\/\/USER:PASSWORD@/]},
  },
  {
    name: '401 of one artifact',
    rig: jar('401'),
    code: 1,
    says: [/^dependency: .*hadoop-annotations.*10\.0\.3\.1.*refuses \(401\)/, /USER:PASSWORD/],
  },
  {
    name: '403 of one artifact',
    rig: jar('403'),
    code: 1,
    says: [/^dependency: .*hadoop-annotations.*10\.0\.3\.1.*refuses \(403\)/, /--dependencies apache/],
  },
  {
    name: '404 of one artifact',
    rig: jar('404'),
    code: 1,
    says: [/^dependency: .*hadoop-annotations.*no repository that was asked has it/, /--dependencies apache/],
  },
  {
    name: '503 of one artifact',
    rig: jar('503'),
    code: 1,
    says: [/^network: .*hadoop-annotations.*an error of its own/],
  },
  {
    name: 'a truncated jar',
    rig: jar('truncated'),
    code: 1,
    says: [/^network: .*hadoop-annotations.*broke off/],
  },
  {
    name: 'a wrong checksum',
    rig: {faults: [{pattern: /hadoop-annotations-[^/]*\.jar/, kind: 'checksum'}]},
    ...{code: 1, says: [/^network: .*hadoop-annotations.*another checksum/]},
  },
  {
    name: 'a page to log in',
    rig: jar('page'),
    code: 1,
    says: [/^network: .*hadoop-annotations.*another checksum/],
  },
  {
    name: 'a repository that takes a connection and says nothing',
    rig: jar('hang'),
    code: 1,
    says: [/^network: .*hadoop-annotations.*10\.0\.3\.1/],
  },
  {
    name: 'a redirect to a host of an unknown certificate authority',
    rig: jar('stranger'),
    code: 1,
    says: [/^network: .*(?:certificate is not trusted|Maven does not say why: a certificate)/, /--ca-cert/],
  },
  {name: 'all well', code: 0, says: []},
  {name: 'the old address, which redirects', rig: {isOldPath: true}, code: 0, says: []},
  {name: 'a login', rig: {login: 'me:p%40ss'}, code: 0, says: []},
  {name: 'a proxy', proxy: {}, code: 0, says: []},
  {
    name: 'a proxy with its password',
    proxy: {login: 'me pass'},
    proxyLogin: 'me:pass@',
    code: 0,
    says: [],
  },
  {name: 'a redirect to http', rig: jar('http'), code: 0, says: []},
];
