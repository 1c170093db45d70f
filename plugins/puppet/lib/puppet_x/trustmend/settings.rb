require 'yaml'
require 'puppet'

module PuppetX
  module Trustmend
    # What is set on a node by itself, in trustmend.yaml beside puppet.conf:
    #
    #     program: /srv/tools/trustmend   # the program to use, whatever its version
    #     root: /mnt/image                # the root directory of all managed paths
    #     timeout: 900                    # seconds that one run of the program may take
    #     fact: false                     # no fact trustmend, and no run for it
    #     fact_age: 300                   # seconds before the fact is read anew
    #     variables: {}                   # of the profile that the fact is about
    #
    # All are optional, as is the file.
    module Settings
      KNOWN = {
        'program' => String, 'root' => String, 'timeout' => Numeric, 'fact' => [TrueClass, FalseClass],
        'fact_age' => Numeric, 'variables' => Hash,
      }.freeze
      DEFAULTS = { 'timeout' => 900, 'fact' => true, 'fact_age' => 300, 'variables' => {} }.freeze

      module_function

      def path
        File.join(Puppet[:confdir], 'trustmend.yaml')
      end

      def [](name)
        read.fetch(name, DEFAULTS[name])
      end

      def read
        given = File.exist?(path) ? YAML.safe_load(File.read(path)) || {} : {}
        raise Puppet::Error, "#{path}: it holds no settings: write NAME: VALUE" unless given.is_a?(Hash)

        given.each { |name, value| check(name, value) }
      rescue SystemCallError, Psych::Exception => e
        raise Puppet::Error, "#{path} cannot be read: #{e.message}"
      end

      def check(name, value)
        kinds = Array(KNOWN.fetch(name) { raise Puppet::Error, "#{path}: there is no setting #{name} (there are #{KNOWN.keys.join(', ')})" })
        raise Puppet::Error, "#{path}: #{name}: #{value.inspect} does not fit: give #{kinds.join(' or ')}" if kinds.none? { |kind| value.is_a?(kind) }
        return unless ['program', 'root'].include?(name) && !Puppet::Util.absolute_path?(value)

        raise Puppet::Error, "#{path}: #{name}: '#{value}' is not an absolute path"
      end
    end
  end
end
