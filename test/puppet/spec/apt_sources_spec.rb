# frozen_string_literal: true

require_relative '../../../puppet/modules/sparkbuilder/lib/sparkbuilder/apt_sources'

RSpec.describe Sparkbuilder::AptSources do
  def archive(name, text)
    described_class.archive([[name, text]], 'trixie')
  end

  it 'reads the one-line format, with and without options' do
    expect(archive('sources.list', "# deb http://old.example trixie main\ndeb http://a.example/debian trixie main\n"))
      .to eq('http://a.example/debian')
    expect(archive('x.list', "deb [arch=amd64 signed-by=/k.gpg] https://b.example/debian trixie contrib main # here\n"))
      .to eq('https://b.example/debian')
  end

  it 'reads the stanza format, with several addresses, comments and continued lines' do
    text = <<~SOURCES
      # Modernized
      Types: deb deb-src
      URIs: http://a.example/debian http://b.example/debian
      Suites: trixie
       trixie-updates
      # Components: contrib
      Components: main
      Signed-By:
       -----BEGIN PGP PUBLIC KEY BLOCK-----
       .
    SOURCES
    expect(archive('debian.sources', text)).to eq('http://a.example/debian')
  end

  it 'takes no other suite, no source or disabled entry, no CD, and no archive without main' do
    ['deb http://a.example/debian-security trixie-security main', 'deb-src http://a.example/debian trixie main',
     'deb cdrom:[Debian]/ trixie main', 'deb http://a.example/tools trixie stable'].each do |line|
      expect(archive('sources.list', "#{line}\n")).to be_nil
    end
    stanza = "Types: deb\nURIs: http://a.example/debian\nSuites: trixie\nComponents: main\n"
    expect(archive('debian.sources', stanza)).to eq('http://a.example/debian')
    expect(archive('debian.sources', "#{stanza}Enabled: no\n")).to be_nil
  end
end
