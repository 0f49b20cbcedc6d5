// The shape of a spec of impala-ha, as zod knows it: keys, defaults, and what each means. Knows nothing of YAML and HAProxy.
import {z} from '../core/schema.ts';
import {
  accountSchema,
  addressSchema,
  facilities,
  fileSchema,
  ipSchema,
  vipSchema,
  narrowNetworksSchema,
  durationSchema,
  hostSchema,
  logSchema,
  nameSchema,
  networkSchema,
  pathSchema,
  portSchema,
  realmSchema,
  sshSchema,
  versionSchema,
} from './spec-values.ts';
import {hiveserver2, impala, thriftserver} from './spec-services.ts';

export type {Algorithm} from './spec-services.ts';

/** Two balancers and one address that one of them has. */
const vip = z
  .strictObject({
    address: vipSchema,
    balancers: z
      .array(
        z.strictObject({
          ssh: sshSchema,
          address: ipSchema.describe('its own; the two speak to each other by these'),
        }),
      )
      .length(2)
      .describe('the first is preferred when both start at once'),
    router: z.int().min(1).max(255).default(51).describe('virtual_router_id; one of its own in a network'),
    passwordFile: fileSchema.describe('file beside the spec; its first line, 4 to 8 letters and digits'),
    preempt: z
      .boolean()
      .default(false)
      .describe('the first takes the address back when it returns, which cuts everybody a second time'),
  })
  .describe('an address that moves to the other of two balancers, by keepalived');

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
      vip: vip.optional(),
      connections: z.int().min(10).max(1_000_000).default(4000).describe('at once, in all'),
      log: logSchema
        .optional()
        .describe(
          'stdout (the journal of systemd), /dev/log, or address:port of a syslog; default: stdout, before 1.9 127.0.0.1:514',
        ),
      logFacility: z
        .enum(facilities)
        .default('local2')
        .describe(
          'of a syslog; where rsyslog runs on the proxy, apply has it written to /var/log/haproxy.log',
        ),
    })
    .describe('the host that HAProxy runs on'),
  impala: impala.optional(),
  thriftserver: thriftserver.optional(),
  hiveserver2: hiveserver2.optional(),
  kerberos: z
    .strictObject({
      realm: realmSchema,
      impala: nameSchema.default('impala').describe('first part of the principal of Impala'),
      thriftserver: nameSchema.default('hive').describe('first part of the principal of the Thriftservers'),
      hiveserver2: nameSchema.default('hive').describe('first part of the principal of HiveServer2'),
    })
    .optional(),
  extra: fileSchema
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
        bind: z
          .array(addressSchema)
          .min(1)
          .max(20)
          .default(['127.0.0.1'])
          .describe('beyond loopback only with user, passwordFile and allow'),
        port: portSchema.default(8404),
        user: nameSchema.optional(),
        passwordFile: fileSchema
          .optional()
          .describe('file beside the spec; its first line is what `openssl passwd -6` prints'),
        allow: narrowNetworksSchema.optional().describe('who may ask; not the whole world'),
        tls: z
          .strictObject({certificate: pathSchema.describe('on the proxy: PEM file with certificate and key')})
          .optional(),
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
  /** The first line of `statistics.passwordFile`, once it was read. */
  readonly statisticsPassword?: string;
  /** The first line of `proxy.vip.passwordFile`, once it was read. */
  readonly vipPassword?: string;
};
export type ImpalaSpec = NonNullable<HaSpec['impala']>;
/** Thriftservers and HiveServer2 speak the same. */
export type HiveSpec = NonNullable<HaSpec['thriftserver']>;
export type HiveService = 'thriftserver' | 'hiveserver2';
type Coordinator = ImpalaSpec['coordinators'][number];
export type TlsSpec = ImpalaSpec['tls'];
export type Command = Coordinator['stop'];

/** The published JSON Schema of what people write (defaults are optional there). */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(specSchema, {io: 'input', target: 'draft-2020-12'});
  return `${JSON.stringify({title: 'Spec of impala-ha', ...schema}, null, 2)}\n`;
}
