// Describes the service of a parcel to Cloudera Manager: one role, the Thriftserver, with what an operator may set. Pure.
// Only what Cloudera Manager 5.x and 6.x both read (source: cm-schema of cloudera/cm_ext, 5.8).
import {quietLogger} from '../distribution/cloudera-spark.ts';
import type {ParcelPlan} from './parcel-plan.ts';

const gibibyte = 1024 ** 3;

/** The role's variables: parameters by the name that the control script reads. */
const variables = {
  THRIFT_HOST: '${host}',
  THRIFT_USER: '${user}',
  THRIFT_PORT: '${thrift_port}',
  THRIFT_BIND_HOST: '${thrift_bind_host}',
  THRIFT_UI_PORT: '${spark_ui_port}',
  THRIFT_DRIVER_MEMORY: '${driver_memory}',
  THRIFT_EXECUTORS: '${executors}',
  THRIFT_EXECUTOR_MEMORY: '${executor_memory}',
  THRIFT_EXECUTOR_CORES: '${executor_cores}',
  THRIFT_QUEUE: '${yarn_queue}',
  THRIFT_PRINCIPAL: '${kerberos_principal}',
  THRIFT_KEYTAB: '${kerberos_keytab}',
  THRIFT_ARGUMENTS: '${arguments}',
} as const;

/** The variable with the principal of the role's keys, which Cloudera Manager makes on a cluster with Kerberos. */
export const principalVariable = 'THRIFT_ROLE_PRINCIPAL';

const parameters = [
  {
    name: 'thrift_port',
    label: 'Thriftserver Port',
    description: 'The port on which JDBC and ODBC clients reach the server. HiveServer2 has 10000.',
    type: 'port',
    default: 10015,
    required: 'true',
    configurableInWizard: true,
  },
  {
    name: 'thrift_bind_host',
    label: 'Thriftserver Bind Address',
    description:
      "The name or address on which the server listens. If empty, the host's full name, or all addresses where that name leads to the loopback.",
    type: 'string',
    default: '',
  },
  {
    name: 'spark_ui_port',
    label: 'Spark UI Port',
    description: "The port of the Spark application's own pages.",
    type: 'port',
    default: 4045,
    required: 'true',
  },
  {
    name: 'driver_memory',
    label: 'Java Heap Size of Thriftserver in Bytes',
    description: 'Heap of the server, which is the driver of all its queries and holds their results.',
    type: 'memory',
    unit: 'bytes',
    min: gibibyte / 2,
    default: 4 * gibibyte,
    scaleFactor: 1.3,
    required: 'true',
    configurableInWizard: true,
  },
  {
    name: 'executors',
    label: 'Number of Executors',
    description:
      "How many executors the server keeps in YARN. If 0, what is set for Cloudera's Spark, with dynamic allocation where that is enabled.",
    type: 'long',
    min: 0,
    default: 0,
    required: 'true',
    configurableInWizard: true,
  },
  {
    name: 'executor_memory',
    label: 'Executor Memory in Bytes',
    description: 'Heap of each executor.',
    type: 'long',
    unit: 'bytes',
    min: gibibyte / 2,
    default: 2 * gibibyte,
    required: 'true',
    configurableInWizard: true,
  },
  {
    name: 'executor_cores',
    label: 'Executor Cores',
    description: 'Tasks that each executor runs at once.',
    type: 'long',
    min: 1,
    default: 1,
    required: 'true',
  },
  {
    name: 'yarn_queue',
    label: 'YARN Queue',
    description:
      "The resource pool in which the server's executors run. If empty, what is set for Cloudera's Spark.",
    type: 'string',
    default: '',
    configurableInWizard: true,
  },
  {
    name: 'kerberos_principal',
    label: 'Kerberos Principal for Clients',
    description:
      "Needed only behind a load balancer: the principal of the balancer's name, such as hive/sql.example.com@EXAMPLE.COM. If empty, the role's own, which Cloudera Manager makes.",
    type: 'string',
    default: '',
  },
  {
    name: 'kerberos_keytab',
    label: 'Keytab of that Principal',
    description:
      "A file on the role's host that only the role's user can read, with the keys of the principal above. If empty, the role's own keytab.",
    type: 'string',
    default: '',
  },
  {
    name: 'arguments',
    label: 'Further Arguments',
    description:
      'Passed on to the server, separated by blanks, such as --hiveconf hive.server2.thrift.max.worker.threads=200',
    type: 'string',
    default: '',
  },
];

/** descriptor/service.sdl. @param release Of the dist. */
export function describeService({service, place}: ParcelPlan, release: string) {
  const {type, role, label, version, tag, cdh} = service;
  const run = (verb: string) => ({
    program: 'scripts/control.sh',
    args: [verb],
    environmentVariables: variables,
  });
  return {
    name: type,
    label,
    description: `SQL over JDBC and ODBC, run by Spark: Cloudera's Spark of ${release} with the Thriftserver, built by build-spark. It is not a product of Cloudera.`,
    version,
    compatibility: {generation: 1, cdhVersion: cdh},
    // The warehouse is of that user, the metastore trusts it, and clients ask for a ticket of hive/<host>.
    runAs: {user: 'hive', group: 'hive', principal: 'hive'},
    parcel: {requiredTags: [tag, ...(place.parcel === 'SPARK2' ? ['spark2'] : []), 'cdh']},
    inExpressWizard: false,
    serviceDependencies: [
      {name: 'YARN', required: 'true'},
      {name: 'HIVE', required: 'true'},
    ],
    rolesWithExternalLinks: [role],
    roles: [
      {
        name: role,
        label: 'Thriftserver',
        pluralLabel: 'Thriftservers',
        jvmBased: true,
        startRunner: run('start'),
        externalLink: {name: 'spark_ui', label: 'Spark UI', url: 'http://${host}:${spark_ui_port}'},
        topology: {minInstances: 1},
        kerberosPrincipals: [{name: principalVariable, primary: '${principal}', instance: '${host}'}],
        logging: {
          dir: `/var/log/${tag.replaceAll('_', '-')}-thriftserver`,
          filename: 'thriftserver-${host}.log',
          configFilename: 'role-conf/log4j.properties',
          modifiable: true,
          loggingType: 'log4j',
          additionalConfigs: [quietLogger],
        },
        parameters,
        commands: [
          {
            name: `${role}_CHECK`,
            label: 'Check with a Query',
            description: 'Says in one line whether the server listens and answers a query.',
            expectedExitCodes: [0],
            requiredRoleState: 'running',
            commandRunner: run('check'),
          },
        ],
        configWriter: {
          // Empty but for what an operator writes into its safety valve: the last word on every setting.
          auxConfigGenerators: [{filename: 'role-conf/spark-defaults.conf'}],
        },
        cgroup: {
          cpu: {autoConfigured: true},
          memory: {autoConfigured: true, autoConfiguredMin: gibibyte},
          blkio: {autoConfigured: true},
        },
      },
    ],
  };
}
