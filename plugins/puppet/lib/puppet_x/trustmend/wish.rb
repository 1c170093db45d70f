require_relative 'attributes'
require_relative 'words'

module PuppetX
  module Trustmend
    # One resource on its way through a run: what the program is asked, and what it said.
    class Wish
      WHERE = ['certificate', 'store', 'scope', 'user'].freeze # of an instance, what says which one it is

      # The program's results: of `plan` or `get`, and of `apply`. `stamp` is that of the course when
      # the last of them was got.
      attr_reader :resource, :planned, :done, :stamp
      # Under noop, the resource that has to come first.
      attr_accessor :pending
      # How many wishes of others the plan stands on.
      attr_accessor :footing
      attr_writer :settled

      def initialize(resource)
        @resource = resource
        @settled = false
        @footing = 0
      end

      def type
        @resource.class.kind
      end

      # Its turn is over.
      def settled?
        @settled
      end

      # Nothing is to be done about it, whatever the machine is like.
      def leave(result)
        @left = true
        @planned = result
      end

      def left?
        @left
      end

      # Nothing is wished for: it is looked at.
      def reading?
        @resource.only_read?
      end

      def purging?
        @resource.purging?
      end

      # Wishes of the same place can be in one run of the program.
      def place
        [@resource[:root], @resource[:program]]
      end

      def document
        @document ||= { 'type' => type.to_s }.merge(found.slice(*WHERE), given)
      end

      # In the program's words. What is not given and names the resource is the title.
      def given
        names = ATTRIBUTES[type]
        given = names.to_h { |name, attribute| [attribute, wanted(name)] }.compact
        key = names[@resource.class.key]
        given[key] ||= @resource[:name] unless found.key?(key)
        given
      end

      def wanted(name)
        property = @resource.property(name)
        property && property.wanted
      end

      # Of an instance that was listed.
      def found
        @resource.provider.found
      end

      # What may name files, `or` between alternatives.
      def inputs
        names = ATTRIBUTES[type].values_at(*FILES[type])
        document.values_at(*names).flatten.compact.flat_map { |text| text.split(/\sor\s/) }.map(&:strip)
      end

      def looked(result, stamp)
        @planned = result
        @done = nil
        @stamp = stamp
      end

      def carried_out(result, stamp)
        @done = result
        @stamp = stamp
      end

      # What would change, or changed, by the program's names.
      def changes
        @planned['changes']
      end

      def changed?
        @planned['changed']
      end

      # As it is now, as far as is known.
      def state
        ((settled? && @done) || @planned)['state'] || {}
      end

      def warnings
        ((settled? && @done) || @planned)['warnings'].map { |text| redacted(Words.shown(text)) }
      end

      def error(result = @planned)
        result['error'] && redacted(Words.error(result['error']))
      end

      # Without values that are sensitive.
      def redacted(value, secrets = self.secrets)
        case value
        when String then secrets.empty? ? value : value.gsub(Regexp.union(secrets), '[redacted]')
        when Array then value.map { |item| redacted(item, secrets) }
        when Hash then value.transform_values { |item| redacted(item, secrets) }
        else value
        end
      end

      # What sensitive attributes are to be, are and were.
      def secrets(*results)
        sensitive = @resource.properties.select(&:sensitive)
        known = sensitive.flat_map do |property|
          [property.wanted, *[@planned, @done, *results].compact.flat_map { |result| values(result, property.attribute) }]
        end
        texts(known).reject(&:empty?).uniq.sort_by { |text| -text.size }
      end

      def values(result, attribute)
        state = result['state'] || {}
        change = result['changes'][attribute] || {}
        [state[attribute], change, (state['per_target'] if attribute == 'value')]
      end

      def texts(value)
        case value
        when String then [value]
        when Array then value.flat_map { |item| texts(item) }
        when Hash then texts(value.values)
        else []
        end
      end
    end
  end
end
