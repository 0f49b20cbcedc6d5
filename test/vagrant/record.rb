# Evaluates a Vagrantfile without Vagrant and prints every setting it makes, one a line. Knows no setting's meaning.
require 'json'

class Recorder < BasicObject
  def initialize(path)
    @path = path
  end

  def method_missing(name, *args, &block)
    text = "#{@path}.#{name}#{args.empty? ? '' : ::JSON.generate(args)}" # the same in every version of Ruby
    return ::Recorder.new(text) if args.empty? && block.nil?

    ::Kernel.puts text
    block&.call(::Recorder.new("  #{name}"))
  end

  def respond_to_missing?(*) = true
end

module Vagrant
  def self.configure(_version) = yield(Recorder.new('config'))
  def self.has_plugin?(_name) = false
end

load ARGV.fetch(0)
