# frozen_string_literal: true

# Reads apt's sources, both of their formats. Knows nothing of the disk.
module Sparkbuilder
  module AptSources
    module_function

    # @param texts [Array<Array(String, String)>] pairs of file name and content
    # @param suite [String] for example trixie; exactly, so neither trixie-updates nor trixie-security
    # @return [String, nil] the first address that serves the suite's main component
    def archive(texts, suite)
      entries = texts.flat_map { |name, text| name.end_with?('.sources') ? stanzas(text) : lines(text) }
      found = entries.find do |entry|
        entry[:suites].include?(suite) && entry[:components].include?('main') && !entry[:uri].start_with?('cdrom:')
      end
      found && found[:uri]
    end

    def lines(text)
      text.lines.filter_map do |line|
        match = line.match(/\Adeb\s+(?:\[[^\]]*\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)\s+(?<components>[^#]*)/)
        match && { uri: match[:uri], suites: [match[:suite]], components: match[:components].split }
      end
    end

    def stanzas(text)
      text.lines.reject { |line| line.start_with?('#') }.join.split(/\n\s*\n/).flat_map do |stanza|
        fields = stanza.scan(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/).to_h { |name, value| [name.downcase, value.split] }
        next [] unless fields.fetch('types', []).include?('deb') && fields['enabled'] != ['no']

        fields.fetch('uris', []).map do |uri|
          { uri: uri, suites: fields.fetch('suites', []), components: fields.fetch('components', []) }
        end
      end
    end
  end
end
