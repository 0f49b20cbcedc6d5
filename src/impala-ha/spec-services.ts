// The part of a spec's shape that describes services and their daemons. Knows nothing of the proxy.
import {z} from '../core/schema.ts';
import {
  commandSchema,
  durationSchema,
  hostSchema,
  nameSchema,
  narrowNetworksSchema,
  pathSchema,
  portSchema,
  sshSchema,
  urlPathSchema,
  versionSchema,
} from './spec-values.ts';

const algorithms = ['leastconn', 'roundrobin', 'source', 'first'] as const;
export type Algorithm = (typeof algorithms)[number];

const balance = z
  .enum(algorithms)
  .optional()
  .describe(
    'leastconn: fewest connections first · roundrobin: in turn · source: one client address, one daemon · first: fill the first daemon up to maxConnections, then the next',
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
      minVersion: z
        .enum(['1.0', '1.1', '1.2', '1.3'])
        .optional()
        .describe('oldest TLS that clients may speak; default: 1.2. JDK 7 and old impala-shells want 1.0'),
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

/** How much of the clients a daemon gets. */
const share = {
  backup: z.boolean().optional().describe('gets clients only when no other daemon is up'),
  weight: z.int().min(1).max(256).optional().describe('its share beside the others; default: 1'),
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
  ...share,
  ...control,
});

const webPage = (port: number) =>
  z.strictObject({
    host: hostSchema,
    port: portSchema.default(port).describe('of the daemon, and of the proxy'),
  });

/** Pages of everybody's queries: never without saying who may see them. */
const web = z
  .strictObject({
    allow: narrowNetworksSchema.describe('who may see them; obligatory, and not the whole world'),
    coordinators: z
      .union([z.boolean(), z.strictObject({port: portSchema})])
      .default(true)
      .describe('port of the proxy for the UI of one coordinator, the same for one client address; 25000'),
    statestore: webPage(25_010).optional(),
    catalog: webPage(25_020).optional(),
  })
  .optional()
  .describe('the web UIs of Impala through the proxy; off by default');

export const impala = z.strictObject({
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
  web,
  healthPath: urlPathSchema.optional().describe('default: /healthz, or / for Impala before 3.4'),
  tls,
  checks,
  maxConnections: limit,
});

/** What the server's port speaks before the first call: HiveServer2's authentication NONE, LDAP, CUSTOM, PAM are `plain`. */
const mechanisms = ['nosasl', 'plain', 'kerberos'] as const;

interface HivePorts {
  readonly binary: number;
  readonly http: number;
  readonly hue: number;
}

/** @param ports Those of the service, on the daemons as on the proxy. */
const hive = (ports: HivePorts) =>
  z.strictObject({
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
          port: portSchema.optional().describe(`default: ${ports.binary}, or ${ports.http} for http`),
          transport: z.enum(['binary', 'http']).default('binary').describe('hive.server2.transport.mode'),
          ...share,
          ...control,
        }),
      )
      .min(1)
      .max(100),
    frontends: z
      .strictObject({
        binary: frontend(`for servers with transport binary; ${ports.binary}`),
        hue: frontend(`the same servers for Hue: one server per Hue address, long timeout; ${ports.hue}`),
        http: frontend(`for servers with transport http; ${ports.http}; one server per client address`),
      })
      .prefault({}),
    httpPath: urlPathSchema.default('/cliservice').describe('hive.server2.thrift.http.path'),
    tls,
    checks,
    maxConnections: limit,
  });

export const hivePorts = {
  thriftserver: {binary: 10_015, http: 10_001, hue: 10_016},
  hiveserver2: {binary: 10_000, http: 10_001, hue: 10_003},
} as const satisfies Record<string, HivePorts>;

export const thriftserver = hive(hivePorts.thriftserver);
export const hiveserver2 = hive(hivePorts.hiveserver2);
