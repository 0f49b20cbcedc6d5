# frozen_string_literal: true

# What the catalogue promises on each system. Values of one machine are given as its own Hiera layer gives them.
require_relative 'spec_helper'
require 'fileutils'

MACHINE = File.join(ENV.fetch('SPARKBUILDER_ENVIRONMENTS'), 'build/data/machine.json')

DEBIANS = ['debian-13', 'ubuntu-22.04', 'ubuntu-24.04'].freeze
REDHATS = ['centos-7', 'rocky-8', 'almalinux-8', 'rocky-9', 'almalinux-9'].freeze

RSpec.describe 'sparkbuilder', type: :class do
  # The box of ours has its JDK already; `facts` of a test may say otherwise.
  let(:facts) do
    recorded = JSON.parse(File.read(File.join(FACTS, "#{system}.json"))).fetch('facts')
    system.start_with?('debian', 'ubuntu') ? recorded.merge('sparkbuilder' => sparkbuilder_fact) : recorded
  end
  let(:sparkbuilder_fact) { { 'apt_archive' => 'http://archive.example/debian', 'jdk8' => true } }
  let(:machine) { {} }
  let(:environment) { 'build' }
  # Makes every example's catalogue its own: rspec-puppet keeps them by facts and parameters, not by Hiera's data.
  let(:node) { "n#{machine.hash.abs}.example" }

  before do
    File.write(MACHINE, JSON.generate(machine.transform_keys { |key| "sparkbuilder::#{key}" }))
  end
  after { FileUtils.rm_f(MACHINE) }

  def failure
    catalogue
    nil
  rescue Puppet::Error => e
    e.message
  end

  (DEBIANS + REDHATS).each do |name|
    context "on #{name}" do
      let(:system) { name }
      let(:debian) { DEBIANS.include?(name) }

      it { is_expected.to compile.with_all_deps }

      it 'works without a layer for the machine' do
        FileUtils.rm_f(MACHINE)
        is_expected.to compile.with_all_deps
      end

      it 'installs JDK 8 and tells the build where it is' do
        home = debian ? '/usr/lib/jvm/java-8-openjdk-amd64' : '/usr/lib/jvm/java-1.8.0-openjdk'
        is_expected.to contain_package(debian ? 'openjdk-8-jdk-headless' : 'java-1.8.0-openjdk-devel')
        is_expected.to contain_file('/etc/profile.d/sparkbuilder.sh').with_content(/^export JAVA_HOME='#{home}'$/)
        is_expected.to contain_file('/etc/sparkbuilder.env').with_content(/^JAVA_HOME=#{home}$/)
      end

      it 'installs what the build and the copying call' do
        %w[git patch rsync curl unzip].each { |tool| is_expected.to contain_package(tool) }
      end

      it 'puts Java before Maven, and the proxy and the trust before all that downloads' do
        is_expected.to contain_class('sparkbuilder::proxy').that_comes_before('Class[sparkbuilder::trust]')
        is_expected.to contain_class('sparkbuilder::trust').that_comes_before('Class[sparkbuilder::repositories]')
        is_expected.to contain_class('sparkbuilder::repositories').that_comes_before('Class[sparkbuilder::java]')
        is_expected.to contain_class('sparkbuilder::java').that_comes_before('Class[sparkbuilder::maven]')
      end

      it 'leaves R out' do
        is_expected.not_to contain_class('sparkbuilder::r')
        %w[r-base-core R-core epel-release].each { |package| is_expected.not_to contain_package(package) }
      end

      context 'with SparkR' do
        let(:machine) { { 'with_r' => true } }

        it { is_expected.to contain_package(debian ? 'r-base-core' : 'R-core').that_requires('Class[sparkbuilder::java]') }

        it 'brings the repository that R is in' do
          next is_expected.not_to contain_package('epel-release') if debian

          is_expected.to contain_package('epel-release').that_comes_before('Package[R-core]')
        end
      end

      context 'when Maven has to be newer than the package' do
        let(:machine) { { 'maven_minimum' => '3.9.10', 'maven_archive_version' => '3.9.11' } }

        it 'takes it from the archive' do
          is_expected.not_to contain_package('maven')
          is_expected.to contain_exec('install Maven from its archive').with_creates('/opt/apache-maven-3.9.11/bin/mvn')
          is_expected.to contain_file('/etc/sparkbuilder.env').with_content(%r{^MVN=/opt/apache-maven-3.9.11/bin/mvn$})
        end
      end

      context 'when no Maven is new enough' do
        let(:machine) { { 'maven_minimum' => '4.0.0' } }

        it { expect(failure).to match(/needs Maven 4\.0\.0 or newer, but this system's is older, and so is 3\.6\.3/) }
      end

      context 'with CA certificates' do
        let(:machine) { { 'ca_certificates' => { 'company' => PEM, 'second.crt' => PEM } } }

        it 'puts them where the system takes them from, and makes its bundle' do
          directory = debian ? '/usr/local/share/ca-certificates' : '/etc/pki/ca-trust/source/anchors'
          %w[company second].each do |file|
            is_expected.to contain_file("#{directory}/#{file}.crt")
              .with_content(PEM).with_mode('0644').that_comes_before('Exec[make the bundle of certificates]')
          end
          is_expected.to contain_exec('make the bundle of certificates')
            .with_command(debian ? 'update-ca-certificates' : 'update-ca-trust extract')
        end
      end

      context 'with a CA whose name leads elsewhere' do
        let(:machine) { { 'ca_certificates' => { '../../etc/evil' => PEM } } }

        it { expect(failure).to match(/ca_certificates/) }
      end

      it 'gives the builder a folder for Maven, and knows no settings' do
        is_expected.to contain_file('/home/vagrant/.m2').with(ensure: 'directory', owner: 'vagrant', mode: '0755')
        is_expected.not_to contain_file('/home/vagrant/.m2/settings.xml')
      end

      it 'removes proxies of an earlier use' do
        is_expected.to contain_file('/etc/profile.d/sparkbuilder-proxy.sh').with_ensure('absent')
        is_expected.to contain_file(debian ? '/etc/apt/apt.conf.d/90build-spark-proxy' : '/etc/sparkbuilder-yum-proxy')
          .with_ensure('absent')
      end

      context 'with proxies' do
        let(:machine) do
          { 'http_proxy' => 'http://u:hidden@p.example:3128', 'https_proxy' => 'http://p.example:3129',
            'no_proxy' => 'localhost, .corp.example,10.0.0.0/8,maven.corp.example' }
        end

        it 'tells shells' do
          is_expected.to contain_file('/etc/profile.d/sparkbuilder-proxy.sh').with(ensure: 'file', mode: '0640', show_diff: false)
          expect(catalogue.resource('File', '/etc/profile.d/sparkbuilder-proxy.sh')[:content].lines)
            .to include("export https_proxy='http://p.example:3129'\n", "export HTTP_PROXY='http://u:hidden@p.example:3128'\n")
        end

        it 'tells the package manager' do
          if debian
            # The bootstrap's, which knows the archives.
            is_expected.not_to contain_file('/etc/apt/apt.conf.d/90build-spark-proxy')
          else
            is_expected.to contain_file('/etc/sparkbuilder-yum-proxy')
              .with(mode: '0600', content: sensitive("proxy=http://p.example:3129\n"))
            is_expected.to contain_exec('set the proxy of yum')
              .with_command(name == 'centos-7' ? %r{ /etc/yum\.conf$} : %r{ /etc/dnf/dnf\.conf$})
          end
        end

        it 'shows no password anywhere in the catalogue but in those files' do
          # A secret is a plain value here; what marks it is the list beside it.
          shown = catalogue.resources.flat_map do |resource|
            resource.to_hash.except(*resource.sensitive_parameters).values
                    .reject { |value| value.is_a?(Puppet::Pops::Types::PSensitiveType::Sensitive) }
          end
          expect(shown.join("\n")).not_to include('hidden')
        end
      end
    end
  end

  describe 'Maven' do
    { 'debian-13' => '3.5.4', 'ubuntu-22.04' => '3.5.4', 'ubuntu-24.04' => '3.5.4', 'rocky-8' => '3.5.4',
      'almalinux-9' => '3.5.4' }.each do |name, minimum|
      context "on #{name}, whose package is new enough for #{minimum}" do
        let(:system) { name }
        let(:machine) { { 'maven_minimum' => minimum } }

        it 'comes from the distribution' do
          is_expected.to contain_package('maven').that_requires('Class[sparkbuilder::java]')
          is_expected.to contain_file('/etc/sparkbuilder.env').with_content(%r{^MVN=/usr/bin/mvn$})
          is_expected.not_to contain_class('sparkbuilder::maven::archive')
        end
      end
    end

    { 'centos-7' => '3.3.3', 'rocky-8' => '3.6.0' }.each do |name, minimum|
      context "on #{name}, whose package is too old for #{minimum}" do
        let(:system) { name }
        let(:machine) { { 'maven_minimum' => minimum } }

        it 'comes from the archive, checked' do
          is_expected.not_to contain_package('maven')
          is_expected.to contain_exec('install Maven from its archive')
            .with_command(%r{'https://archive\.apache\.org/.*/apache-maven-3\.6\.3-bin\.tar\.gz'.*'\h{128}  \S+' \| sha512sum -c}m)
            .with_command(%r{ /opt/apache-maven-3\.6\.3/bin/mvn /usr/local/bin/mvn$})
            .that_comes_before('File[/etc/sparkbuilder.env]')
          is_expected.to contain_file('/etc/sparkbuilder.env').with_content(%r{^MVN=/opt/apache-maven-3\.6\.3/bin/mvn$})
        end
      end
    end
  end

  describe 'Debian 12' do
    let(:system) { 'debian-12' }

    it('is refused, with the reason') { expect(failure).to match(/Debian 12 has no JDK 8.*glibc 2\.38/m) }
  end

  describe 'a system that nobody thought of' do
    let(:system) { 'debian-13' }
    let(:facts) do
      os = JSON.parse(File.read(File.join(FACTS, 'debian-13.json')))['facts']['os']
      { 'os' => os.merge('release' => { 'full' => '11.9', 'major' => '11' }) }
    end

    it('is refused, naming those that work') { expect(failure).to match(/Debian 11\.9 is none of .*Enterprise Linux/m) }
  end

  describe 'Debian 13 without a JDK 8' do
    let(:system) { 'debian-13' }
    let(:sparkbuilder_fact) { { 'apt_archive' => 'http://archive.example/debian', 'jdk8' => false } }

    it 'takes it from unstable of its own archive, and nothing else from there' do
      is_expected.to contain_file('/etc/apt/sources.list.d/sparkbuilder-unstable.sources')
        .with_content(%r{^URIs: http://archive\.example/debian$.*^Suites: unstable$.*^Check-Valid-Until: no$}m)
        .that_comes_before('Exec[refresh the lists of apt]')
      is_expected.to contain_file('/etc/apt/preferences.d/sparkbuilder-unstable')
        .with_content(/^Pin-Priority: 100$/)
        .that_comes_before('File[/etc/apt/sources.list.d/sparkbuilder-unstable.sources]')
      is_expected.to contain_exec('refresh the lists of apt').that_comes_before('Package[openjdk-8-jdk-headless]')
    end

    context 'and with sources that name no archive' do
      let(:sparkbuilder_fact) { { 'apt_archive' => nil, 'jdk8' => false } }

      it { expect(failure).to match(/apt sources of this box do not name an archive/) }
    end
  end

  describe 'Debian 13 with a JDK 8, as in a box of ours' do
    let(:system) { 'debian-13' }

    it('adds no archive') { is_expected.not_to contain_file('/etc/apt/sources.list.d/sparkbuilder-unstable.sources') }
  end

  describe 'Ubuntu' do
    let(:system) { 'ubuntu-22.04' }
    let(:sparkbuilder_fact) { { 'apt_archive' => nil, 'jdk8' => false } }

    it('has JDK 8 itself') { is_expected.not_to contain_file('/etc/apt/sources.list.d/sparkbuilder-unstable.sources') }
  end

  describe 'R on CentOS 7' do
    let(:system) { 'centos-7' }
    let(:machine) { { 'with_r' => true } }

    it 'comes from where EPEL 7 is kept today, with its signatures checked' do
      is_expected.to contain_file('/etc/yum.repos.d/epel.repo')
        .with_content(%r{^baseurl=https://archives\.fedoraproject\.org/pub/archive/epel/7/\$basearch$.*^gpgcheck=1$}m)
        .that_requires('Package[epel-release]').that_comes_before('Package[R-core]')
    end
  end
end
