import {describe, expect, test} from 'vitest';
import {parseRelease} from '../../src/host/host.ts';
import {planSetup, type SetupFacts} from '../../src/host/setup-plan.ts';

const release = (id: string, versionId: string, like = ''): SetupFacts['release'] =>
  parseRelease(`PRETTY_NAME="${id} ${versionId}"\nID=${id}\nVERSION_ID="${versionId}"\nID_LIKE="${like}"\n`);

const fresh: SetupFacts = {
  platform: 'linux',
  release: release('debian', '12'),
  missingPackages: ['vagrant', 'rsync', 'lxc', 'vagrant-lxc', 'debootstrap'],
  knownPackages: undefined,
  hasForeignVagrant: false,
  usableProvider: undefined,
  isLxcNetworkUp: false,
  hasSystemd: false,
  boxState: 'missing',
  user: {uid: 0, name: 'root'},
  hasSudo: true,
  hasSudoers: false,
  sudoersDraft: '/home/ann/.local/state/build-spark/sudoers',
};
const ready: SetupFacts = {
  ...fresh,
  missingPackages: [],
  usableProvider: 'lxc',
  isLxcNetworkUp: true,
  boxState: 'ready',
};

const effects = (facts: SetupFacts, ...options: [Parameters<typeof planSetup>[1]?]): readonly string[] =>
  planSetup(facts, ...options).steps.map(({effect}) => effect);

test('a fresh Debian 12 gets packages, the bridge and the box, in this order', () => {
  const {steps, problems, provider} = planSetup(fresh);
  expect(provider).toBe('lxc');
  expect(problems).toEqual([]);
  expect(steps.map(({effect}) => effect)).toEqual(['lists', 'packages', 'lxc-network', 'box']);
  expect(steps[1]?.argv.join(' ')).toMatch(
    /apt-get .*--no-install-recommends install vagrant rsync lxc vagrant-lxc debootstrap$/,
  );
});

test('on a host that has everything nothing is done', () => {
  expect(planSetup(ready)).toEqual({provider: 'lxc', steps: [], problems: []});
});

test('only what is missing is done', () => {
  expect(effects({...ready, isLxcNetworkUp: false})).toEqual(['lxc-network']);
  expect(effects({...ready, boxState: 'outdated'})).toEqual(['box']);
  expect(effects({...ready, missingPackages: ['patch']})).toEqual(['lists', 'packages']);
});

describe('libvirt', () => {
  const none = {...fresh, missingPackages: ['vagrant-libvirt', 'sfdisk'], isLxcNetworkUp: true};
  const options = {provider: 'libvirt'} as const;
  test('is installed, started where there is no systemd, and gets a box of its own; lxc is left alone', () => {
    const {steps, problems} = planSetup(none, options);
    expect(problems).toEqual([]);
    expect(steps.map(({effect}) => effect)).toEqual([
      ...['lists', 'packages', 'libvirt-daemon', 'libvirt-daemon', 'box'],
    ]);
    expect(steps.slice(2).map(({argv}) => argv.join(' '))).toEqual([
      'virtlogd -d',
      'libvirtd -d',
      'build-spark box build --provider libvirt',
    ]);
  });
  test('is started by systemd where that runs, and not at all where it answers', () => {
    const daemons = (facts: SetupFacts): readonly string[] =>
      planSetup(facts, options)
        .steps.filter(({effect}) => effect === 'libvirt-daemon')
        .map(({argv}) => argv.join(' '));
    expect(daemons({...none, hasSystemd: true})).toEqual(['systemctl start libvirtd']);
    expect(daemons({...none, missingPackages: [], usableProvider: 'libvirt'})).toEqual([]);
  });
});

describe('a user whose sudo asks', () => {
  const ann = {uid: 1000, name: 'ann'};
  test('gets the rule first, checked before it is put into place, unless it is there', () => {
    const {steps} = planSetup({...fresh, user: ann, hasSudo: false});
    expect(steps.slice(0, 3).map(({argv}) => argv[0])).toEqual(['visudo', 'install', 'apt-get']);
    expect(effects({...ready, user: ann, hasSudo: false, hasSudoers: true})).toEqual([]);
    expect(effects({...ready, user: ann, hasSudo: true})).toEqual([]);
  });
  test('with a name that sudoers would read otherwise is refused rather than escaped', () => {
    const {steps, problems} = planSetup({...ready, user: {uid: 1000, name: 'ALL, ann'}, hasSudo: false});
    expect(steps).toEqual([]);
    expect(problems[0]?.message).toContain('needs care in sudoers');
  });
});

describe('systems without the packages', () => {
  test.each([
    ['debian', '13', '', /Debian 13 has no package vagrant-lxc/],
    ['ubuntu', '24.04', 'debian', /Ubuntu 24\.04 has neither vagrant nor vagrant-lxc/],
    ['rocky', '9.4', 'rhel centos fedora', /not of rocky 9\.4/],
    ['arch', '', '', /not of arch/],
  ])('%s %s: says so and what to do, and installs nothing', (id, version, like, message) => {
    const {steps, problems} = planSetup({...fresh, release: release(id, version, like)});
    expect(steps).toEqual([]);
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.remedy).toMatch(/vagrant/i);
  });
  test.each(['darwin', 'win32'])('%s', (platform) => {
    const {steps, problems, provider} = planSetup({...fresh, platform, release: release('', '')});
    expect(provider).toBe('virtualbox');
    expect(steps).toEqual([]);
    expect(problems.at(-1)?.remedy).toMatch(/VirtualBox/);
  });
  test('a release nobody looked at is believed when its apt knows the packages, and not when it does not', () => {
    const mint = {...fresh, release: release('linuxmint', '21', 'ubuntu debian')};
    expect(
      effects({...mint, knownPackages: fresh.missingPackages}, {mirror: 'http://m.example/debian'}),
    ).toEqual([...['lists', 'packages', 'lxc-network', 'box']]);
    const {steps, problems} = planSetup({...mint, knownPackages: ['vagrant', 'rsync', 'lxc']});
    expect(steps).toEqual([]);
    expect(problems[0]?.message).toContain('no package vagrant-lxc, debootstrap');
  });
});

test("Ubuntu 22.04 needs the address of a Debian archive for Debian's box", () => {
  const ubuntu = {...fresh, release: release('ubuntu', '22.04', 'debian')};
  const {steps, problems} = planSetup(ubuntu);
  expect(steps.map(({effect}) => effect)).toEqual(['lists', 'packages', 'lxc-network']);
  expect(problems[0]?.remedy).toMatch(/setup --mirror/);
  expect(planSetup(ubuntu, {mirror: 'http://m.example/debian'}).steps.at(-1)?.argv).toEqual([
    ...['build-spark', 'box', 'build', '--mirror', 'http://m.example/debian'],
  ]);
});

test("HashiCorp's Vagrant gets its plugin from Vagrant, not from Debian", () => {
  const {steps, problems} = planSetup({
    ...fresh,
    hasForeignVagrant: true,
    missingPackages: ['vagrant-lxc', 'lxc'],
  });
  expect(problems[0]?.remedy).toBe('vagrant plugin install vagrant-lxc');
  expect(steps.find(({effect}) => effect === 'packages')?.argv.slice(-2)).toEqual(['install', 'lxc']);
});

describe('without a network', () => {
  const offline = {aptOptions: ['-o', 'Dir::Etc::sourcelist=/cache/bundle.list'], hasBoxFile: true};

  test('packages come from the bundle alone, and the box is only given to Vagrant', () => {
    const {steps, problems} = planSetup({...fresh, offline});
    expect(problems).toEqual([]);
    expect(steps.map(({effect}) => effect)).toEqual(['lists', 'packages', 'lxc-network', 'box']);
    expect(steps[0]?.argv.join(' ')).toContain('-o Dir::Etc::sourcelist=/cache/bundle.list');
    expect(steps[1]?.argv.join(' ')).toContain('-o Dir::Etc::sourcelist=/cache/bundle.list');
    expect(steps[3]?.argv).toEqual(['build-spark', 'box', 'build', '--offline']);
  });

  test('what no bundle has brought is said, and apt is not asked', () => {
    const {steps, problems} = planSetup({...fresh, offline: {aptOptions: undefined, hasBoxFile: false}});
    expect(steps.map(({effect}) => effect)).not.toContain('packages');
    expect(problems[0]?.message).toContain('no bundle has brought packages for debian 12');
    expect(
      effects({...ready, boxState: 'missing', offline: {aptOptions: undefined, hasBoxFile: false}}),
    ).toEqual([]);
  });
});
