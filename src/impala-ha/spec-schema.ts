// The shape of a spec of impala-ha, as zod knows it: keys, defaults, and what each means. Knows nothing of YAML and HAProxy.
import {z} from '../core/schema.ts';
import {
  accountSchema,
  addressSchema,
  fileSchema,
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
