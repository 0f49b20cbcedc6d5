# frozen_string_literal: true

# Fact `sparkbuilder`, Debian's family only: what the catalogue cannot know without looking.
#   apt_archive: address of the archive that serves this release's main component, or nil
#   jdk8: whether a JDK 8 is there already, as in a box of ours
require_relative '../sparkbuilder/apt_sources'

Facter.add(:sparkbuilder) do
  confine { (Facter.value(:os) || {})['family'] == 'Debian' }
  setcode do
    codename = (Facter.value(:os)['distro'] || {})['codename']
    texts = ['/etc/apt/sources.list', *Dir['/etc/apt/sources.list.d/*.{list,sources}'].sort]
            .select { |file| File.readable?(file) }
            .map { |file| [file, File.read(file, encoding: 'utf-8')] }
    {
      'apt_archive' => Sparkbuilder::AptSources.archive(texts, codename),
      'jdk8' => !Dir['/usr/lib/jvm/java-8-openjdk-*/bin/javac'].empty?,
    }
  end
end
