require 'puppet'

require_relative 'attributes'
require_relative 'requires'
require_relative 'words'

module PuppetX
  module Trustmend
    # What the types have in common. `lead` is the property that stands for all that a wish implies.
    module Type
      attr_reader :kind, :key, :lead

      IDENTITIES = { anchor: ['sha256', 'store'], env: ['name', 'scope', 'user'] }.freeze

      def describes(kind, key:, lead:)
        @kind = kind
        @key = key
        @lead = lead
        include Resource
      end

      # What two resources about one thing have alike, as reported.
      def identity
        IDENTITIES.fetch(@kind, [])
      end

      def instances
        LISTED.include?(@kind) ? super : Unlisted.new("not every #{name} of a machine can be found: give its #{@key}")
      end

      def autorequires
        autorequire(:file) { Requires.new(self).all }
      end
    end

    # The instances of a type that nobody can list. One of them can still be looked for by its name.
    class Unlisted
      include Enumerable

      def initialize(reason)
        @reason = reason
      end

      def find
        nil
      end

      def each
        raise Puppet::Error, @reason
      end
    end

    # A resource.
    module Resource
      NAMING = [:store, :scope, :user, :targets].freeze

      # An audit of `ensure` keeps Puppet from setting its default.
      def initialize(*)
        super
        self[:ensure] = :present if property(:ensure) && property(:ensure).should.nil? && !only_read?
      end

      # Nothing but an audit is asked for.
      def only_read?
        given = original_parameters.keys.map(&:to_sym) & ATTRIBUTES[self.class.kind].keys
        original_parameters.key?(:audit) && (given - NAMING - [self.class.key]).empty?
      end

      def retrieve
        provider.turn
        super
      end

      # Attributes that are wished for, by the program's names.
      def given
        names = ATTRIBUTES[self.class.kind]
        names.reject { |name, _| property(name).nil? || property(name).should.nil? }.values
      end
    end

    # The value that Puppet calls absent where there is none.
    module Reading
      def retrieve
        value = provider.read(attribute)
        value.nil? ? :absent : value
      end

      def attribute
        ATTRIBUTES[resource.class.kind].fetch(name, name.to_s)
      end
    end

    # An attribute that is reported alone.
    class ReadOnly < Puppet::Property
      include Reading

      def insync?(_current)
        true
      end
    end

    # An attribute that is wished for. Whether it is in sync the plan knows.
    class Wished < Puppet::Property
      include Reading

      def wanted
        should
      end

      def insync?(_current)
        own = changes.key?(attribute)
        lead? ? !own && (changes.empty? || rest.any? { |name| changes.key?(name) }) : !own
      end

      def sync
        provider.converge
      end

      # `lead` tells of what differs without a wish for it.
      def change_to_s(current, wanted)
        return unknown if unknown
        return Words.shown("mended: #{Words.changes(provider.wish.redacted(changes))}#{counts}") if derived?

        "#{told(current, wanted)}#{counts}"
      end

      def told(current, wanted)
        Puppet::Property.instance_method(:change_to_s).bind(self).call(current, wanted)
      end

      def is_to_s(current) # rubocop:disable Naming/PredicateName
        return unknown if unknown
        return "#{super} (#{Words.changes(provider.wish.redacted(changes))})" if derived?

        Words.text(super)
      end

      def should_to_s(wanted)
        Words.text(super)
      end

      private

      # Under noop, where a resource that comes first has not made what this one rests on.
      def unknown
        pending = provider.wish.pending
        "unknown, because #{pending} is not there yet" if lead? && pending
      end

      def lead?
        resource.class.lead == name
      end

      def derived?
        lead? && !changes.empty? && !changes.key?(attribute)
      end

      def rest
        resource.given - [attribute]
      end

      def changes
        provider.changes || {}
      end

      def counts
        time = provider.read('effective_from')
        time ? "; counts from: #{time}" : ''
      end
    end

    # One text.
    class Text < Wished
      def unsafe_validate(value)
        super
        text = value.to_s.dup.force_encoding(Encoding::UTF_8)
        raise ArgumentError, "#{name} is not UTF-8" unless text.valid_encoding?
        raise ArgumentError, "#{name} is #{value.class}: give a text" if value.is_a?(Hash)
      end

      # What is one of few values is a symbol.
      def unsafe_munge(value)
        munged = super
        munged.is_a?(Symbol) ? munged : munged.to_s
      end

      def wanted
        should.is_a?(Symbol) ? should.to_s : should
      end
    end

    # A list of texts, which the plan compares as a whole.
    class List < Text
    end

    # Permission bits. A number that is not quoted is octal for Puppet, and nobody knows for whom else.
    class Mode < Text
      def unsafe_validate(value)
        super
        raise ArgumentError, "mode is the number #{value}: quote it, such as '0644'" if value.is_a?(Numeric)
      end
    end

    # true or false.
    class Switch < Wished
      def wanted
        should && should.to_s == 'true'
      end

      def retrieve
        value = super
        [true, false].include?(value) ? value.to_s.to_sym : value
      end
    end

    # `state`, as Puppet calls it.
    class Ensure < Text
      def retrieve
        super.to_sym
      end

      def told(current, wanted)
        return 'created' if current == :absent && wanted == :present
        return 'removed' if wanted == :absent

        super
      end
    end

    # An absolute path, which steers the run.
    class PathParameter < Puppet::Parameter
      def unsafe_validate(value)
        raise ArgumentError, "#{name}: '#{value}' is not an absolute path" unless value.is_a?(String) && Puppet::Util.absolute_path?(value)
      end
    end
  end
end
