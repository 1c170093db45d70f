require 'puppet'

require_relative 'batch'

module PuppetX
  module Trustmend
    # What the providers' classes have in common.
    module ProviderClass
      def prefetch(resources)
        batch = Batch.new(resources.values)
        resources.each_value { |resource| resource.provider.batch = batch }
        batch.prefetch
      end

      def instances
        report = Program.list(resource_type.kind.to_s)
        raise Puppet::Error, Words.error(report['error']) if report['error']

        named(report['results']).map { |name, result| new(name: name, found: result['state']) }
      end

      # Names, with a part of the identity where several have the same.
      def named(results)
        counts = results.group_by { |result| result['name'] }
        results.map do |result|
          name = result['name']
          several = counts[name].size > 1
          identity = resource_type.identity.map { |attribute| result['state'][attribute].to_s[0, 16] }
          [several ? [name, *identity].join(' ') : name, result]
        end
      end
    end

    # What the providers have in common: a resource's part in its batch.
    module Provider
      def batch=(batch)
        @batch = batch
        @wish = nil
      end

      def batch
        @batch ||= Batch.new([resource])
      end

      # Of an instance that was listed: its state.
      def found
        @property_hash[:found] || {}
      end

      def wish
        @wish ||= batch.wish(resource)
      end

      # What the resource is now is about to be asked for.
      def turn
        return if listed?

        batch.turn(wish)
      end

      def listed?
        !found.empty? && !resource.purging? && @batch.nil?
      end

      def read(attribute)
        return found[attribute] if listed?

        wish.redacted(wish.state[attribute])
      end

      def changes
        wish.changes
      end

      def converge
        batch.converge(wish)
      end
    end
  end
end
