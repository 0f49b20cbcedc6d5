// The health checks of each kind of daemon: each speaks the daemon's own protocol, so that a frozen one is found, whose
// port the kernel still answers. Pure. What each costs and what it does not see: docs/ha-spec.md.
import {isWebKind, type Frontend} from './frontends.ts';
import type {HaSpec, HiveSpec, ImpalaSpec, TlsSpec} from './spec-schema.ts';
import type {HaproxyFeatures} from './versions.ts';

export interface HealthCheck {
  /** Lines of the backend, in order. */
  readonly lines: readonly string[];
  /** Where a server's line must name the port that the first step goes to. */
  readonly serverPort: 'own' | 'web';
}

export function planHealthCheck(spec: HaSpec, frontend: Frontend, can: HaproxyFeatures): HealthCheck {
  const {kind, service} = frontend;
  if (service === 'impala') {
    if (spec.impala === undefined) throw new Error(`No service for ${kind}`);
    return isWebKind(kind)
      ? {lines: planWebCheck(spec.impala, kind === 'impala-web', can), serverPort: 'own'}
      : planImpalaCheck(spec.impala, frontend, can);
  }
  const hive = spec[service];
  if (hive === undefined) throw new Error(`No service for ${kind}`);
  const lines = kind.endsWith('-http') ? planThriftHttpCheck(hive, can) : planThriftBinaryCheck(hive);
  return {lines, serverPort: 'own'};
}

/** /healthz came with IMPALA-8895: not in 2.x, nor in CDH 5 and 6. */
export function planHealthPath({version, healthPath}: ImpalaSpec): {
  readonly path: string;
  readonly codes: string;
} {
  if (healthPath !== undefined) return {path: healthPath, codes: '200'};
  if (version === undefined) return {path: '/healthz', codes: '(200|401|404)'};
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 4)
    ? {path: '/healthz', codes: '200'}
    : {path: '/', codes: '(200|401)'};
}

/** Statestore and catalog have no /healthz before the coordinators have one, and their page is `/` in every version. */
function planWebCheck(impala: ImpalaSpec, isCoordinator: boolean, can: HaproxyFeatures): readonly string[] {
  const {path, codes} = isCoordinator ? planHealthPath(impala) : {path: '/', codes: '(200|401)'};
  const secure = impala.webTls ? ' ssl' : '';
  return can.httpCheckSteps
    ? [
        'option httpchk',
        `http-check connect${secure}`,
        `http-check send meth GET uri ${path} ver HTTP/1.1 hdr Host impalad hdr Connection close`,
        `http-check expect ${codes === '200' ? 'status 200' : `rstatus ^${codes}$`}`,
      ]
    : [
        'option tcp-check',
        `tcp-check connect${secure}`,
        `tcp-check send GET\\ ${path}\\ HTTP/1.0\\r\\nHost:\\ impalad\\r\\n\\r\\n`,
        `tcp-check expect rstring ^HTTP/1\\.[01]\\ ${codes}`,
      ];
}

/** First the web UI says that the process works, then the port of the clients says that it takes any: executors do not. */
function planImpalaCheck(impala: ImpalaSpec, {servers}: Frontend, can: HaproxyFeatures): HealthCheck {
  const {path, codes} = planHealthPath(impala);
  const webPorts = [...new Set(servers.map(({webPort}) => webPort))];
  const ports = [...new Set(servers.map(({port}) => port))];
  const hasOneWebPort = webPorts.length === 1;
  // What differs from server to server is said in their lines, what is the same for all in the step.
  const toWeb = hasOneWebPort ? ` port ${webPorts[0] ?? 0}` : '';
  const toClients = hasOneWebPort ? '' : ` port ${ports[0] ?? 0}`;
  const secureWeb = impala.webTls ? ' ssl' : '';
  const isSecure = impala.tls.mode === 'terminate' && impala.tls.backends === 'tls';
  // A check by HTTP steps waits after its last connect for an answer inside TLS, and a daemon speaks second (2.6, 3.0).
  const lines =
    can.httpCheckSteps && !isSecure
      ? [
          'option httpchk',
          `http-check connect${toWeb}${secureWeb}`,
          `http-check send meth GET uri ${path} ver HTTP/1.1 hdr Host impalad hdr Connection close`,
          `http-check expect ${codes === '200' ? 'status 200' : `rstatus ^${codes}$`}`,
          `http-check connect${toClients === '' ? ' default' : toClients}`,
        ]
      : [
          'option tcp-check',
          `tcp-check connect${toWeb}${secureWeb}`,
          `tcp-check send GET\\ ${path}\\ HTTP/1.0\\r\\nHost:\\ impalad\\r\\n\\r\\n`,
          `tcp-check expect rstring ^HTTP/1\\.[01]\\ ${codes}`,
          `tcp-check connect${toClients}${isSecure ? ' ssl' : ''}`,
        ];
  return {lines, serverPort: hasOneWebPort ? 'own' : 'web'};
}

/** Thrift's SASL: status, length of the payload, payload. */
function frameSasl(status: number, payload: string): string {
  const bytes = Buffer.from(payload, 'latin1');
  const head = Buffer.alloc(5);
  head.writeUInt8(status, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]).toString('hex');
}

const sasl = {start: 1, bad: 3} as const;

/** A mechanism that no server has: every server with SASL answers that it is bad, and no one is logged in. */
const unknownMechanism = 'HEALTH';

/** Thrift's binary protocol, strict: version and type, name, sequence number. */
function frameThrift(type: number, name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0x8001_0000 + type, 0);
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]).toString('hex');
}

const thrift = {call: 1, exception: 3} as const;

/** A call that no server has: it answers with an exception, and no session is opened. */
const unknownCall = 'health';

/** Sequence number 0, and no arguments. */
const emptyArguments = '0000000000';

/** A check of several steps is not encrypted because its server is: HAProxy wants to be told for each. */
const speaksTls = (tls: TlsSpec): boolean =>
  tls.mode === 'passthrough' || (tls.mode === 'terminate' && tls.backends === 'tls');

function planThriftBinaryCheck({authentication, tls}: HiveSpec): readonly string[] {
  const secure = speaksTls(tls) ? ' ssl' : '';
  const [question, answer] =
    authentication === 'nosasl'
      ? [frameThrift(thrift.call, unknownCall) + emptyArguments, frameThrift(thrift.exception, unknownCall)]
      : [frameSasl(sasl.start, unknownMechanism), frameSasl(sasl.bad, '').slice(0, 8)];
  return [
    'option tcp-check',
    `tcp-check connect${secure}`,
    `tcp-check send-binary ${question}`,
    `tcp-check expect binary ${answer}`,
  ];
}

/** What a server can answer without a login and without reading any call of HiveServer2; so it logs nothing. */
function planThriftHttpCheck({httpPath, tls}: HiveSpec, can: HaproxyFeatures): readonly string[] {
  const secure = speaksTls(tls) ? ' ssl' : '';
  // Any answer of HTTP will do, also that of a filter before it which wants a password.
  return can.httpCheckSteps
    ? [
        'option httpchk',
        `http-check connect${secure}`,
        `http-check send meth OPTIONS uri ${httpPath} ver HTTP/1.1 hdr Host thriftserver hdr Connection close`,
        'http-check expect rstatus ^[2-5]',
      ]
    : [
        'option tcp-check',
        `tcp-check connect${secure}`,
        `tcp-check send OPTIONS\\ ${httpPath}\\ HTTP/1.0\\r\\nHost:\\ thriftserver\\r\\n\\r\\n`,
        'tcp-check expect rstring ^HTTP/1\\.[01]\\ [2-5]',
      ];
}
