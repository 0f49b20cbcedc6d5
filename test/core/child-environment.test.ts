// What commands inherit, and what they must not.
import {describe, expect, test} from 'vitest';
import {planChildEnvironment, planLocale} from '../../src/core/child-environment.ts';
import {createExec} from '../../src/core/exec.ts';

const locale = 'C.UTF-8';
const plan = (env: Record<string, string>, command: string, isInteractive = false) =>
  planChildEnvironment(env, command, {isInteractive, locale});

/** Each was seen to lead a command elsewhere, or to break it. */
const foreign = Object.fromEntries(
  [
    ...['VAGRANT_CWD', 'VAGRANT_VAGRANTFILE', 'VAGRANT_DOTFILE_PATH', 'VAGRANT_LOG', 'VAGRANT_ALIAS_FILE'],
    ...['VAGRANT_DEFAULT_PROVIDER', 'VAGRANT_EXPERIMENTAL', 'VAGRANT_NO_PLUGINS', 'LIBVIRT_DEFAULT_URI'],
    ...['RUBYOPT', 'RUBYLIB', 'GEM_HOME', 'GEM_PATH', 'BUNDLE_GEMFILE', 'BUNDLE_PATH', 'RUBYGEMS_GEMDEPS'],
    ...['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_DEFAULT_HASH', 'GIT_TRACE', 'GIT_NAMESPACE'],
    ...['GIT_CONFIG_PARAMETERS', 'GIT_OBJECT_DIRECTORY', 'GIT_EXEC_PATH', 'GIT_TEMPLATE_DIR', 'GIT_PAGER'],
    ...['LD_PRELOAD', 'LD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'PERL5LIB', 'PERL5OPT', 'PYTHONPATH'],
    ...['BASH_ENV', 'ENV', 'CDPATH', 'IFS', 'SHELLOPTS', 'BASHOPTS', 'BASH_FUNC_cd%%', 'GREP_OPTIONS'],
    ...['POSIXLY_CORRECT', 'TAR_OPTIONS', 'RSYNC_RSH', 'RSYNC_PROXY', 'GZIP', 'LS_COLORS', 'NODE_OPTIONS'],
    ...['JAVA_TOOL_OPTIONS', 'MAVEN_OPTS', 'MAVEN_ARGS', 'FACTERLIB', 'HTTP_COOKIE', 'BUILD_SPARK_LAYERS'],
    ...['AWS_SECRET_ACCESS_KEY', 'NPM_TOKEN', 'LC_ALL', 'LC_MESSAGES', 'LANG', 'LANGUAGE', 'constructor'],
  ].map((name) => [name, 'theirs']),
);

test.each(['vagrant', 'git', 'rsync', 'ssh', 'tar', 'bash', 'sudo', 'VBoxManage', 'constructor'])(
  'nothing that was meant for other programs reaches %s',
  (command) => {
    expect(plan(foreign, command)).toEqual({LC_ALL: locale});
  },
);

test('every command finds its programs, its files, the time and the network', () => {
  const env = {
    PATH: '/bin',
    HOME: '/h',
    TMPDIR: '/t',
    TZ: 'UTC',
    https_proxy: 'p',
    NO_PROXY: 'n',
    SSL_CERT_FILE: '/c',
  };
  expect(plan(env, 'tar')).toEqual({...env, LC_ALL: locale});
});

test('git gets what a private source is reached with, and no other command does', () => {
  const env = {
    SSH_AUTH_SOCK: '/s',
    GIT_SSH_COMMAND: 'ssh -i k',
    GIT_ASKPASS: '/a',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: 'Authorization: x',
    GIT_SSL_CAINFO: '/c',
  };
  expect(plan(env, 'git')).toEqual({...env, LC_ALL: locale});
  expect(plan(env, 'vagrant')).toEqual({LC_ALL: locale});
});

test('vagrant gets its home and what boxes are fetched with', () => {
  const env = {VAGRANT_HOME: '/v', VAGRANT_CLOUD_TOKEN: 't', VBOX_USER_HOME: '/b'};
  expect(plan(env, 'vagrant')).toEqual({...env, LC_ALL: locale});
  expect(plan(env, 'git')).toEqual({LC_ALL: locale});
});

test('on a terminal the language of the user holds, elsewhere ours', () => {
  const env = {TERM: 'xterm', LANG: 'de_DE.UTF-8', LC_MESSAGES: 'fr_FR', LC_ALL: 'ja_JP.SJIS'};
  expect(plan(env, 'ssh', true)).toEqual(env);
  expect(plan(env, 'ssh')).toEqual({LC_ALL: locale});
  expect(planLocale('darwin')).toBe('en_US.UTF-8');
  expect(planLocale('linux')).toBe('C.UTF-8');
});

describe('a command that was really started', () => {
  const print = ['/usr/bin/env'] as const;

  test('sees the list, what its caller adds, and nothing else', async () => {
    const exec = createExec({...foreign, PATH: process.env.PATH, HOME: '/h'});
    const {stdout} = await exec(print, {env: {ADDED: '1', HOME: undefined}});
    expect(stdout.split('\n').toSorted()).toEqual([
      'ADDED=1',
      `LC_ALL=${planLocale(process.platform)}`,
      `PATH=${process.env.PATH ?? ''}`,
    ]);
  });

  test('bash reads no file and no function of the user, and is not told to be careful', async () => {
    const exec = createExec({
      PATH: process.env.PATH,
      BASH_ENV: '/nonexistent',
      SHELLOPTS: 'noclobber:noglob',
      'BASH_FUNC_cd%%': '() { echo theirs; }',
      CDPATH: '/',
    });
    const {stdout, stderr} = await exec([
      'bash',
      '-c',
      'cd usr 2>/dev/null; cd /; set -o | grep "^no.*on$" || echo none',
    ]);
    expect([stdout, stderr]).toEqual(['none', '']);
  });
});
