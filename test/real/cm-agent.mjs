// Stands in for Cloudera Manager's agent: runs the role of a parcel's service in a guest laid out like a node
// (test/support/cdh-node/make), by what is known of the agent (the wiki of cloudera/cm_ext, Cloudera's own services): a
// folder of the process with scripts and configurations, the environment of the active parcels, the role's user, no
// terminal, a TERM to stop it.
//   node test/real/cm-agent.mjs activate --machine <guest> --parcel <file>
//   node test/real/cm-agent.mjs start|check|stop --machine <guest> --service <jar> [--set <name>=<value>]…
// --set: parameters of the role, over their defaults; besides safety_valve (for role-conf/spark-defaults.conf, lines
// between ;), hive_conf and yarn_conf (folders of the guest that stand for what Cloudera Manager renders), principal and
// keytab (those it makes; a file of the guest). Needs root, lxc, unzip.
import {execFileSync, spawnSync} from 'node:child_process';
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {basename, join} from 'node:path';
import {parseArgs} from 'node:util';

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    machine: {type: 'string'},
    parcel: {type: 'string'},
    service: {type: 'string'},
    set: {type: 'string', multiple: true, default: []},
  },
});
const [verb] = positionals;
const {machine, parcel, service} = values;
if (machine === undefined || (verb === 'activate' ? parcel : service) === undefined) {
  console.error(
    'usage: cm-agent.mjs activate|start|check|stop --machine <guest> --parcel <file>|--service <jar>',
  );
  process.exit(2);
}
const rootfs = `/var/lib/lxc/${machine}/rootfs`;
const parcels = '/opt/cloudera/parcels';
const processes = '/var/run/cloudera-scm-agent/process';
const path = '/usr/sbin:/usr/bin:/sbin:/bin';

/** @param {readonly string[]} argv @param {string} [input] */
function guest(argv, input) {
  const words = ['-n', machine, '--clear-env', '--', 'env', `PATH=${path}`, 'LC_ALL=C.UTF-8', ...argv];
  const {status, stdout, stderr} = spawnSync('lxc-attach', words, {input: input ?? '', encoding: 'utf8'});
  return {status, stdout, stderr};
}
function mustGuest(argv, input) {
  const {status, stdout, stderr} = guest(argv, input);
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout;
}
const write = (file, text, mode = '644') => {
  mustGuest(['tee', file], text);
  mustGuest(['chmod', mode, file]);
};

/** Unpacks the parcel, links it, registers its alternatives. */
function activate() {
  mustGuest(['mkdir', '-p', parcels]);
  execFileSync('tar', ['-xzf', parcel, '--numeric-owner', '-C', join(rootfs, parcels)]);
  const top = basename(parcel).replace(/-[^-]*\.parcel$/, '');
  const meta = join(rootfs, parcels, top, 'meta');
  const read = (name) => JSON.parse(readFileSync(join(meta, name), 'utf8'));
  mustGuest(['ln', '-sfn', top, `${parcels}/${read('parcel.json').name}`]);
  for (const [file, {user, group, permissions}] of Object.entries(read('permissions.json'))) {
    mustGuest(['chown', `${user}:${group}`, `${parcels}/${top}/${file}`]);
    mustGuest(['chmod', permissions, `${parcels}/${top}/${file}`]);
  }
  for (const [name, {destination, source, priority}] of Object.entries(read('alternatives.json')))
    mustGuest([
      'update-alternatives',
      '--install',
      destination,
      name,
      `${parcels}/${top}/${source}`,
      `${priority}`,
    ]);
  console.log(`${top} is active.`);
}

/** Scripts and folder names of the active parcels that have one of these tags. */
function findParcels(tags) {
  const found = readdirSync(join(rootfs, parcels), {withFileTypes: true}).flatMap((entry) => {
    if (!entry.isSymbolicLink()) return [];
    const top = readlinkSync(join(rootfs, parcels, entry.name));
    try {
      const described = JSON.parse(readFileSync(join(rootfs, parcels, top, 'meta/parcel.json'), 'utf8'));
      return described.provides.some((tag) => tags.includes(tag))
        ? [{top, script: `${parcels}/${top}/meta/${described.scripts.defines}`}]
        : [];
    } catch {
      return []; // As the node's CDH, which is a layout alone.
    }
  });
  return {scripts: found.map(({script}) => script).join(':'), dirnames: found.map(({top}) => top).join(':')};
}

/** What Cloudera's wrapper does before a service's own script. */
const wrapper = `#!/bin/bash
set -e
IFS=: read -ra scripts <<<"$SCM_DEFINES_SCRIPTS"
IFS=: read -ra names <<<"$PARCEL_DIRNAMES"
for each in "\${!scripts[@]}"; do
  PARCEL_DIRNAME=\${names[$each]}
  . "\${scripts[$each]}"
done
for home in /usr/java/jdk1.8* /usr/lib/jvm/java-8-openjdk-amd64; do
  if [ -z "$JAVA_HOME" ] && [ -x "$home/bin/java" ]; then JAVA_HOME=$home; fi
done
export JAVA_HOME
find "$CONF_DIR" -regex '.*\\.\\(py\\|sh\\)$' -exec chmod u+x {} \\;
exec "$@" >"$CONF_DIR/logs/stdout.log" 2>"$CONF_DIR/logs/stderr.log"
`;

function describeRole() {
  const sdl = JSON.parse(
    execFileSync('unzip', ['-p', service, 'descriptor/service.sdl'], {encoding: 'utf8'}),
  );
  const given = Object.fromEntries(
    values.set.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
  return {sdl, role: sdl.roles[0], given, state: `/var/run/cloudera-scm-agent/${sdl.name.toLowerCase()}`};
}

/** Makes the folder of a process. @returns It, and the words that run the program in it. */
function prepare({sdl, role, given}, runner) {
  const {user, group} = sdl.runAs;
  const host = mustGuest(['hostname', '-f']).trim();
  const parameters = Object.fromEntries(role.parameters.map(({name, default: value}) => [name, `${value}`]));
  const all = {...parameters, ...given, host, user, group};
  const fill = (text) => text.replace(/\$\{(\w+)\}/g, (_, name) => all[name]);
  const folder = `${processes}/${Date.now()}-${role.name}`;
  // As the agent does: a file system of its own, from which scripts can be run.
  mustGuest(['mkdir', '-p', processes]);
  if (guest(['mountpoint', '-q', processes]).status !== 0)
    mustGuest(['mount', '-t', 'tmpfs', '-o', 'mode=751', 'cm_processes', processes]);
  mustGuest(['mkdir', '-p', `${folder}/logs`, `${folder}/role-conf`, `${folder}/scripts`]);
  for (const name of ['control.sh', 'service.sh'])
    write(
      `${folder}/scripts/${name}`,
      execFileSync('unzip', ['-p', service, `scripts/${name}`], {encoding: 'utf8'}),
    );
  mustGuest(['cp', '-rL', given.hive_conf ?? '/etc/hive/conf', `${folder}/hive-conf`]);
  if (given.yarn_conf !== undefined) mustGuest(['cp', '-rL', given.yarn_conf, `${folder}/yarn-conf`]);
  write(`${folder}/role-conf/spark-defaults.conf`, `${(given.safety_valve ?? '').replaceAll(';', '\n')}\n`);
  const {dir, filename, additionalConfigs} = role.logging;
  mustGuest(['install', '-d', '-o', user, '-g', group, '-m', '0755', dir]);
  write(
    `${folder}/${role.logging.configFilename}`,
    [
      'log4j.rootLogger=INFO,RFA',
      'log4j.appender.RFA=org.apache.log4j.RollingFileAppender',
      `log4j.appender.RFA.File=${dir}/${fill(filename)}`,
      'log4j.appender.RFA.layout=org.apache.log4j.PatternLayout',
      'log4j.appender.RFA.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n',
      ...additionalConfigs.map(({key, value}) => `${key}=${value}`),
      '',
    ].join('\n'),
  );
  const keytab = `${folder}/${sdl.name.toLowerCase()}.keytab`;
  if (given.keytab !== undefined) mustGuest(['install', '-m', '0600', given.keytab, keytab]);
  write(`${folder}/csd.sh`, wrapper);
  // As Cloudera Manager does: its files are the role's alone, and passwords stand in them.
  mustGuest(['chown', '-R', `${user}:${group}`, folder]);
  mustGuest(['find', folder, '-type', 'f', '!', '-name', '*.keytab', '-exec', 'chmod', '0640', '{}', '+']);
  mustGuest(['chmod', '0751', folder]);
  const {scripts, dirnames} = findParcels(sdl.parcel.requiredTags);
  const environment = {
    ...{PATH: path, LANG: 'C.UTF-8', CONF_DIR: folder, CDH_VERSION: sdl.compatibility.cdhVersion.min[0]},
    ...{PARCELS_ROOT: parcels, PARCEL_DIRNAMES: dirnames, SCM_DEFINES_SCRIPTS: scripts},
    CSD_JAVA_OPTS: '-Xms52428800',
    ...Object.fromEntries(
      Object.entries(runner.environmentVariables).map(([key, text]) => [key, fill(text)]),
    ),
    ...(given.principal === undefined ? {} : {[role.kerberosPrincipals[0].name]: given.principal}),
  };
  const words = [
    ...['setpriv', '--reuid', user, '--regid', group, '--init-groups', 'env', '-i', '-C', folder],
    ...Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    ...['bash', `${folder}/csd.sh`, `${folder}/${runner.program}`, ...runner.args],
  ];
  return {folder, words};
}

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const readLogs = (folder) =>
  mustGuest(['sh', '-c', 'tail -n 30 "$0"/logs/stderr.log; tail -n 5 "$0"/logs/stdout.log', folder]);

async function start(asked) {
  const {folder, words} = prepare(asked, asked.role.startRunner);
  const began = performance.now();
  // As supervisord: a child of its own that is not waited for; exec keeps its process id for the server.
  mustGuest([
    ...[
      'sh',
      '-c',
      'echo "$1" >"$0.folder"; shift; setsid sh -c \'echo $$ >"$0.pid"; exec "$@"\' "$0" "$@" &',
    ],
    ...[asked.state, folder, ...words],
  ]);
  for (;;) {
    await sleep(1000);
    const line = mustGuest(['cat', `${folder}/logs/stdout.log`]);
    if (line.includes(' listens on ')) {
      console.log(line.trim());
      console.log(`after ${((performance.now() - began) / 1000).toFixed(1)} s`);
      return 0;
    }
    if (guest(['sh', '-c', 'kill -0 "$(cat "$0.pid")"', asked.state]).status !== 0) {
      console.log(`The role has ended:\n${readLogs(folder)}`);
      return 1;
    }
  }
}

function check(asked) {
  const runner = asked.role.commands[0].commandRunner;
  const {folder, words} = prepare(asked, runner);
  const {status} = guest(words);
  console.log(readLogs(folder).trim());
  return asked.role.commands[0].expectedExitCodes.includes(status) ? 0 : 1;
}

async function stop(asked) {
  const pid = mustGuest(['cat', `${asked.state}.pid`]).trim();
  const began = performance.now();
  mustGuest(['kill', '-TERM', pid]);
  while (guest(['kill', '-0', pid]).status === 0) await sleep(200);
  console.log(`Process ${pid} ended ${((performance.now() - began) / 1000).toFixed(1)} s after a TERM.`);
  return 0;
}

if (verb === 'activate') activate();
else {
  const verbs = {start, check, stop};
  if (!Object.hasOwn(verbs, verb)) throw new Error(`${verb} is none of activate, start, check and stop`);
  process.exitCode = await verbs[verb](describeRole());
}
