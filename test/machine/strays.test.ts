import {expect, test} from 'vitest';
import {findStrays, type ProcessFacts} from '../../src/machine/strays.ts';

const id = 'build-spark-cdh5.7.0-nodeps-0a1b2c';
const facts = (pid: number, parent: number, command: string, isMarked = false): ProcessFacts => ({
  pid,
  parent,
  isMarked,
  isRoots: true,
  argv: command.split(' '),
});

test('what sudo started without our mark is found through its parents', () => {
  const processes = [
    facts(10, 1, 'vagrant up', true),
    facts(11, 10, 'sudo lxc-create', true),
    facts(12, 11, '/bin/bash /usr/share/lxc/templates/some'),
    facts(13, 12, 'tar xz'),
    facts(20, 1, 'vagrant up'),
  ];
  expect(findStrays(processes, id, 99)).toEqual([10, 11, 12, 13]);
});

test.each([
  `lxc-create -B dir --name ${id}`,
  `bash /usr/share/lxc/templates/lxc-local --name=${id}`,
  `bash /usr/share/vagrant-lxc/scripts/lxc-template --path=/var/lib/lxc/${id}`,
  `sudo /usr/bin/env lxc-create -B dir --name ${id}`,
  `bash /checkout/vagrant/layers.sh drop ${id}`,
  `tar -x -C /var/lib/lxc/${id}/rootfs`,
])('an orphan that names the machine to LXC is found: %s', (command) => {
  expect(findStrays([facts(12, 1, command), facts(13, 12, 'gzip -d')], id, 99)).toEqual([12, 13]);
});

test.each([
  `lxc-create --name ${id}0`,
  `lxc-create --name other-${id}`,
  `lxc-create --name ${id.replaceAll('.', 'x')}`,
  `tar -x -C /var/lib/lxc/${id}0/rootfs`,
  `lxc-stop -k -n ${id}`,
  `sudo /usr/bin/lxc-destroy -f -n ${id}`,
  `ssh -o UserKnownHostsFile=/root/machines/${id}/known_hosts`,
  `tail -f /var/lib/lxc/${id}/rootfs/var/log/syslog`,
  `less --name=${id}`,
  `rsync -a /var/lib/lxc/${id}/ /backup`,
  `tar -czf /backup/a.tgz -C /var/lib/lxc/${id} .`,
  `sudo du -sh /var/lib/lxc/${id}`,
])('a process of another machine, or what an operator types, is left alone: %s', (command) => {
  expect(findStrays([facts(12, 1, command)], id, 99)).toEqual([]);
});

test('neither we ourselves nor the monitor of LXC, nor what these started, is a stray', () => {
  const processes = [
    facts(99, 1, `node main.js ${id}`, true),
    facts(98, 99, 'ps'),
    {pid: 30, parent: 1, isMarked: true, isRoots: true, argv: [`[lxc monitor] /var/lib/lxc ${id}`]},
    facts(31, 30, 'init [2]'),
  ];
  expect(findStrays(processes, id, 99)).toEqual([]);
});

test('what a user who is not root runs for himself is left alone, whatever it is called', () => {
  const own = {...facts(12, 1, `lxc-create --name ${id}`), isRoots: false};
  expect(findStrays([own], id, 99)).toEqual([]);
});
