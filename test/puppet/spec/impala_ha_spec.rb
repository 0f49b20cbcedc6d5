# frozen_string_literal: true

# What the class of the balancer promises, with a configuration that the renderer's own tests hold.
require_relative 'spec_helper'

RENDERED = File.read(File.join(ROOT, 'test/impala-ha/golden/full.cfg'))

RSpec.describe 'impala_ha', type: :class do
  let(:environment) { 'build' }
  let(:selinux) { { 'enabled' => false } }
  let(:facts) do
    recorded = JSON.parse(File.read(File.join(FACTS, "#{system}.json"))).fetch('facts')
    recorded.merge('os' => recorded.fetch('os').merge('selinux' => selinux))
  end
  let(:system) { 'debian-13' }
  let(:params) { { 'config_content' => RENDERED } }

  Dir[File.join(FACTS, '*.json')].map { |file| File.basename(file, '.json') }.each do |name|
    context "on #{name}" do
      let(:system) { name }

      it { is_expected.to compile.with_all_deps }

      it 'puts the rendered file there as it is, only when HAProxy accepts it' do
        is_expected.to contain_file('/etc/haproxy/haproxy.cfg').with(
          content: RENDERED, owner: 'root', mode: '0644', validate_cmd: '/usr/sbin/haproxy -c -f %',
          backup: '.before-impala-ha'
        ).that_requires('Package[haproxy]')
      end

      it 'reloads, and does not restart, when the file changed; and starts at boot' do
        is_expected.to contain_service('haproxy').with(
          ensure: 'running', enable: true, restart: '/bin/systemctl reload haproxy'
        ).that_subscribes_to('File[/etc/haproxy/haproxy.cfg]')
      end

      it 'leaves SELinux alone where there is none' do
        is_expected.not_to contain_exec('impala_ha: SELinux lets HAProxy connect to any port')
      end
    end
  end

  context 'where SELinux is on' do
    let(:system) { 'rocky-9' }
    let(:selinux) { { 'enabled' => true } }

    it 'is allowed to connect before HAProxy starts' do
      is_expected.to contain_exec('impala_ha: SELinux lets HAProxy connect to any port')
        .with(command: 'setsebool -P haproxy_connect_any 1').that_comes_before('Service[haproxy]')
    end

    it 'and not when that was switched off' do
      params['connect_any'] = false
      is_expected.not_to contain_exec('impala_ha: SELinux lets HAProxy connect to any port')
    end
  end

  context 'with a source' do
    let(:params) { { 'config_source' => 'puppet:///modules/profile/haproxy.cfg' } }

    it { is_expected.to contain_file('/etc/haproxy/haproxy.cfg').with(source: params['config_source'], content: nil) }
  end

  [{}, { 'config_content' => 'a', 'config_source' => 'puppet:///modules/a/b' }].each do |wrong|
    context "with #{wrong.length} configurations" do
      let(:params) { wrong }

      it { is_expected.to compile.and_raise_error(/either config_content or config_source/) }
    end
  end
end
