# Loads a machine's folder with the Vagrant of this host, its box's Vagrantfile included, and prints what came of all: JSON.
require 'json'
require 'rubygems'
gem 'vagrant'
require 'vagrant'

folder, home = ARGV
env = Vagrant::Environment.new(cwd: folder, home_path: home)
name = env.machine_names.first
config = env.vagrantfile.machine_config(name, :virtualbox, env.boxes, nil, false)[:config]
puts JSON.generate(
  'folders' => config.vm.synced_folders.map { |path, options| [path, options[:disabled]] },
  'provisioners' => config.vm.provisioners.map(&:name),
  'networks' => config.vm.networks.map { |type, options| [type, options[:id], options[:host_ip]] },
  'triggers' => config.trigger.before_triggers.size + config.trigger.after_triggers.size,
  'mac' => config.vm.base_mac,
)
