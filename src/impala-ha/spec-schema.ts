// The shape of a spec of impala-ha, as zod knows it: keys, defaults, and what each means. Knows nothing of YAML and HAProxy.
import {z} from '../core/schema.ts';
import {
  accountSchema,
  addressSchema,
  commandSchema,
  durationSchema,
  hostSchema,
  logSchema,
  nameSchema,
  networkSchema,
  pathSchema,
  portSchema,
  realmSchema,
  sshSchema,
  urlPathSchema,
  versionSchema,
} from './spec-values.ts';

const algorithms = ['leastconn', 'roundrobin', 'source'] as const;
export type Algorithm = (typeof algorithms)[number];

const balance = z
  .enum(algorithms)
  .optional()
  .describe(
    'leastconn: fewest connections first · roundrobin: in turn · source: one client address, one daemon',
  );

const frontend = (what: string) =>
  z
    .union([
      z.boolean(),
      z.strictObject({
        port: portSchema.optional().describe('port on the proxy'),
        balance,
        timeout: durationSchema.optional().describe('idle time after which a session is cut'),
      }),
    ])
    .optional()
    .describe(what);

const tls = z
  .discriminatedUnion('mode', [
    z.strictObject({mode: z.literal('none')}),
    z.strictObject({
      mode: z.literal('passthrough').describe('the daemons do TLS; the proxy passes it on unread'),
      ca: pathSchema
        .optional()
        .describe(
          'on the proxy: CA that health checks of Thriftservers trust; without it they check nothing',
        ),
    }),
    z.strictObject({
      mode: z.literal('terminate').describe('the proxy does TLS'),
      certificate: pathSchema.describe('on the proxy: PEM file with certificate, chain and key'),
      backends: z.enum(['plain', 'tls']).default('plain').describe('what the daemons speak'),
      ca: pathSchema.optional().describe('on the proxy: CA of the daemons, for backends: tls'),
    }),
  ])
  .default({mode: 'none'});

/** How `drill` reaches, stops and starts a daemon. */
const control = {
  ssh: sshSchema.optional().describe('where stop and start run; default: the host of the daemon'),
  stop: commandSchema.default('operator'),
  start: commandSchema.default('operator'),
};

const checks = z
  .strictObject({
    interval: durationSchema.default('2s').describe('between two health checks of one daemon'),
    fall: z.int().min(1).max(100).default(2).describe('failed checks until a daemon is taken out'),
    rise: z.int().min(1).max(100).default(2).describe('good checks until it is back'),
    timeout: durationSchema.default('2s').describe('how long one answer may take'),
  })
  .prefault({});

const limit = z
  .int()
  .min(1)
  .max(1_000_000)
  .optional()
  .describe('connections that one daemon is given per frontend; more wait in the proxy');

const coordinator = z.strictObject({
  name: nameSchema,
  host: hostSchema,
  ports: z
    .strictObject({
      hs2: portSchema.default(21050),
      beeswax: portSchema.default(21000),
      http: portSchema.default(28000).describe('HiveServer2 over HTTP'),
      web: portSchema
        .default(25000)
        .describe('web UI, or metrics_webserver_port where the UI asks for a password'),
    })
    .prefault({}),
  ...control,
});

const impala = z.strictObject({
  cdh: versionSchema
    .optional()
    .describe("of CDH, such as '5.16.2', in place of Impala's own version: which Impala it has is known"),
  version: versionSchema
    .optional()
    .describe('of Impala, not of CDH; says whether it has /healthz (3.4) and Beeswax (not from 5.0)'),
  coordinators: z
    .array(coordinator)
    .min(1)
    .max(100)
    .describe('only daemons that take clients; no pure executors'),
  frontends: z
    .strictObject({
      hs2: frontend('JDBC, ODBC, impyla, impala-shell; 21050'),
      hue: frontend('HiveServer2 for Hue: one coordinator per Hue address, long timeout; 21051'),
      beeswax: frontend('old impala-shell; 21000. Off unless version is given and below 5.0'),
      http: frontend('HiveServer2 over HTTP; 28000. Off unless named'),
    })
    .prefault({}),
  webTls: z
    .boolean()
    .default(false)
    .describe(
      'the web UI, which health checks ask, speaks https; its certificate is checked with webCa only',
    ),
  webCa: pathSchema
    .optional()
    .describe(
      'on the proxy: CA of the certificate of the web UI. Where the daemons have a ca too (tls), it must be the same file',
    ),
  healthPath: urlPathSchema.optional().describe('default: /healthz, or / for Impala before 3.4'),
  tls,
  checks,
  maxConnections: limit,
});

/** What the server's port speaks before the first call: HiveServer2's authentication NONE, LDAP, CUSTOM, PAM are `plain`. */
const mechanisms = ['nosasl', 'plain', 'kerberos'] as const;

const thriftserver = z.strictObject({
  authentication: z
    .enum(mechanisms)
    .default('plain')
    .describe(
      'hive.server2.authentication: NONE, LDAP, PAM, CUSTOM are plain; NOSASL nosasl; KERBEROS kerberos',
    ),
  servers: z
    .array(
      z.strictObject({
        name: nameSchema,
        host: hostSchema,
        port: portSchema.optional().describe('default: 10015, or 10001 for http'),
        transport: z.enum(['binary', 'http']).default('binary').describe('hive.server2.transport.mode'),
        ...control,
      }),
    )
    .min(1)
    .max(100),
  frontends: z
    .strictObject({
      binary: frontend('for servers with transport binary; 10015'),
      http: frontend('for servers with transport http; 10001; one server per client address'),
    })
    .prefault({}),
  httpPath: urlPathSchema.default('/cliservice').describe('hive.server2.thrift.http.path'),
  tls,
  checks,
  maxConnections: limit,
});

export const specSchema = z.strictObject({
  proxy: z
    .strictObject({
      host: hostSchema.describe('the name that clients use'),
      bind: z
        .array(addressSchema)
        .min(1)
        .max(20)
        .describe(
          "addresses of the proxy's host on which it listens; there is no default, so that none is open by accident",
        ),
      ssh: sshSchema.optional().describe('how apply, drain and status reach the host; default: this host'),
      haproxy: versionSchema
        .optional()
        .describe('version of HAProxy there; default: 2.4 or newer; apply asks the host'),
      allow: z
        .array(networkSchema)
        .min(1)
        .max(100)
        .optional()
        .describe('only clients of these networks; default: all'),
      connections: z.int().min(10).max(1_000_000).default(4000).describe('at once, in all'),
      log: logSchema
        .optional()
        .describe(
          'stdout (the journal of systemd), /dev/log, or address:port of a syslog; default: stdout, before 1.9 127.0.0.1:514',
        ),
    })
    .describe('the host that HAProxy runs on'),
  impala: impala.optional(),
  thriftserver: thriftserver.optional(),
  kerberos: z
    .strictObject({
      realm: realmSchema,
      impala: nameSchema.default('impala').describe('first part of the principal of Impala'),
      thriftserver: nameSchema.default('hive').describe('first part of the principal of the Thriftservers'),
    })
    .optional(),
  extra: z
    .string()
    .min(1)
    .max(500)
    // eslint-disable-next-line no-control-regex -- exactly these are refused
    .regex(/^[^\u0000-\u001F\u007F]*$/, 'give the name of a file')
    .optional()
    .describe(
      'file beside the spec with sections of your own (listen, frontend, backend, defaults for them); put below ours as it is',
    ),
  timeouts: z
    .strictObject({
      connect: durationSchema.default('4s').describe('until a daemon accepts'),
      queue: durationSchema.default('30s').describe('wait for a daemon with a free connection'),
      session: durationSchema.default('3h').describe('idle time after which a session is cut'),
      hue: durationSchema.default('12h').describe('the same for Hue, whose pool keeps connections'),
    })
    .prefault({}),
  statistics: z
    .union([
      z.literal(false),
      z.strictObject({
        port: portSchema.default(8404).describe('on 127.0.0.1 of the proxy only'),
        prometheus: z.boolean().default(true).describe('/metrics'),
      }),
    ])
    .prefault({})
    .describe('the page /stats, and /metrics for Prometheus'),
  admin: z
    .strictObject({
      socket: pathSchema.default('/var/lib/haproxy/admin.sock').describe('runtime socket, mode 0660'),
      group: accountSchema.default('haproxy').describe('who else than root may use it'),
    })
    .prefault({}),
});

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? {readonly [Key in keyof T]: DeepReadonly<T[Key]>}
    : T;

export type HaSpec = DeepReadonly<z.output<typeof specSchema>> & {
  /** The text of the file `extra`, once it was read. */
  readonly extraSections?: string;
};
export type ImpalaSpec = NonNullable<HaSpec['impala']>;
export type ThriftserverSpec = NonNullable<HaSpec['thriftserver']>;
type Coordinator = ImpalaSpec['coordinators'][number];
export type TlsSpec = ImpalaSpec['tls'];
export type Command = Coordinator['stop'];

/** The published JSON Schema of what people write (defaults are optional there). */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(specSchema, {io: 'input', target: 'draft-2020-12'});
  return `${JSON.stringify({title: 'Spec of impala-ha', ...schema}, null, 2)}\n`;
}
