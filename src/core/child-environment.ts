// What each command inherits of the environment the tool was started in: a short list, for people in docs/hosts.md. Pure.

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What every command gets. Whatever else is set was meant for other programs: VAGRANT_CWD leads to another
 * project, RUBYOPT or LD_PRELOAD into Vagrant, GIT_DIR to another repository, BASH_ENV into every script.
 */
const base: readonly string[] = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'TZ'],
  // Both spellings, as programs differ.
  ...['http_proxy', 'https_proxy', 'ftp_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]),
  // The certificates of a company's proxy.
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE'],
  ...['KRB5CCNAME', 'KRB5_CONFIG'],
  // Sessions of the user: keyrings, virsh.
  ...['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'],
  // Without them Linux within Windows starts no Windows program.
  ...['WSL_INTEROP', 'WSL_DISTRO_NAME', 'WSLENV'],
];

/** On a terminal users read their own language; all other commands answer us, in English and UTF-8. */
const onTerminal: readonly string[] = ['TERM', 'COLORTERM', 'LANG', 'LANGUAGE'];
const localeName = /^LC_[A-Z]+$/;

const virtualbox: readonly string[] = ['VBOX_USER_HOME', 'XDG_CONFIG_HOME'];

/** What one command gets besides. */
const ofCommand: Readonly<Record<string, readonly string[]>> = {
  // A private source is reached by the user's own keys, helpers and settings; where git works is ours to say.
  git: [
    ...['SSH_AUTH_SOCK', 'SSH_ASKPASS', 'SSH_ASKPASS_REQUIRE', 'DISPLAY', 'WAYLAND_DISPLAY'],
    ...['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT', 'GIT_ASKPASS', 'GIT_USERNAME', 'GIT_PASSWORD'],
    ...['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_SSL_CERT', 'GIT_SSL_KEY', 'GIT_HTTP_PROXY_AUTHMETHOD'],
    ...['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_NOSYSTEM', 'GIT_CONFIG_COUNT', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME'],
    // Of credential helpers.
    ...['GH_TOKEN', 'GITHUB_TOKEN', 'GH_CONFIG_DIR', 'CI_JOB_TOKEN', 'GNUPGHOME', 'PASSWORD_STORE_DIR'],
  ],
  // Where boxes come from and machines lie. Which project, and which file, is ours to say: machine/vagrant-command.ts.
  vagrant: [
    ...['VAGRANT_HOME', 'VAGRANT_CLOUD_TOKEN', 'VAGRANT_SERVER_URL'],
    ...['VAGRANT_WSL_ENABLE_WINDOWS_ACCESS', 'VAGRANT_WSL_WINDOWS_ACCESS_USER'],
    'VAGRANT_WSL_WINDOWS_ACCESS_USER_HOME_PATH',
    ...virtualbox,
  ],
  VBoxManage: virtualbox,
};
/** Settings of git that go by number. */
const numbered = /^GIT_CONFIG_(KEY|VALUE)_\d+$/;

/** Where a system lacks it, it means C, which is English too. macOS has no `C.UTF-8`. */
export function planLocale(platform: string): string {
  return platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
}

/**
 * @param command First word of what is run.
 * @param isInteractive Whether it has the terminal; without it `locale` is set.
 */
export function planChildEnvironment(
  env: Environment,
  command: string,
  {isInteractive, locale}: {readonly isInteractive: boolean; readonly locale: string},
): Environment {
  const own = Object.hasOwn(ofCommand, command) ? (ofCommand[command] ?? []) : [];
  const names = new Set([...base, ...own, ...(isInteractive ? onTerminal : [])]);
  const isPassed = (name: string): boolean =>
    names.has(name) || (isInteractive && localeName.test(name)) || (command === 'git' && numbered.test(name));
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => isPassed(name))),
    ...(isInteractive ? {} : {LC_ALL: locale}),
  };
}
