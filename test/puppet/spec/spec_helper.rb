# frozen_string_literal: true

# Sets rspec-puppet up for the repository's own environment and module, and hands out facts by system.
require 'json'
require 'rspec-puppet'

ROOT = File.expand_path('../../..', __dir__)
FACTS = File.join(ROOT, 'test/puppet/facts')
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

RSpec.configure do |config|
  config.environmentpath = ENV.fetch('SPARKBUILDER_ENVIRONMENTS')
  config.module_path = File.join(ROOT, 'puppet/modules')
  config.hiera_config = File.join(config.environmentpath, 'build/hiera.yaml')
  config.strict_variables = true
end
